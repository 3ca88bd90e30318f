// The rivals that this package is measured against. Only `plain` is written for speed.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as api from "../index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const baseline = resolve(root, process.env["OPENGENI_BASELINE"] ?? "../shared/baseline");
/** The folder with the sources of the old modules. */
export const sources = {
  recording: resolve(baseline, "recording.ts"),
  resolver: resolve(baseline, "routing/backend-resolver.ts"),
};
/** The folder for compiled modules. */
export const out = resolve(root, "target/bench");

/** Whether the old modules are at hand. Otherwise {@link reenacted} does the same with the data. */
export const hasOld = Object.values(sources).every((file) => existsSync(file));

/** The names of the rivals, here and in reports. */
export const NAMES = {
  native: "this package",
  old: hasOld ? "old module" : "old module (re-enacted)",
  plain: "plain JavaScript",
  bare: "Buffer.from",
  pieces: "bare pieces",
  command: "one command",
};

/**
 * Imports a module that `prepare` has compiled.
 *
 * @param {string} name
 * @returns {Promise<any>}
 */
export function compiled(name) {
  return import(pathToFileURL(resolve(out, `${name}.mjs`)).href);
}

/**
 * The functions of a rival.
 *
 * @param {string} rival
 * @returns {Promise<any>}
 */
export async function functionsOf(rival) {
  if (rival === "native") return api;
  if (rival === "plain") return plain;
  if (!hasOld) return reenacted;
  return { ...(await compiled("old/recording")), ...(await compiled("old/resolver")) };
}

/**
 * The fastest code that a user would write: of damage by a provider it notices a wrong size only.
 */
const plain = {
  /**
   * @param {any} session
   * @param {{ recordingId: string }} input
   */
  async startRecording(session, { recordingId }) {
    const [boxPath, pidFile] = [`/tmp/og-rec-${recordingId}.mp4`, `/tmp/og-rec-${recordingId}.pid`];
    await run(session, `bash -lc 'nohup ffmpeg ${boxPath} & echo $! > ${pidFile}'`);
    return { recordingId, boxPath, pidFile, startedAt: Date.now() };
  },
  /**
   * @param {any} session
   * @param {import("../index.js").RecordingProcess} process
   */
  async stopRecording(session, { pidFile }) {
    await run(session, `bash -lc 'kill -INT "$(cat ${pidFile})"'`);
  },
  /**
   * @param {any} session
   * @param {import("../index.js").RecordingProcess} process
   */
  async readRecordingBytes(session, { boxPath }, maxBytes = 256 * 1024 * 1024) {
    const size = Number(body(await run(session, `bash -lc 'stat -c %s ${boxPath}'`)));
    if (!(size <= maxBytes)) throw new RangeError(`${size} bytes are too many`);
    const text = body(await run(session, `bash -lc 'base64 ${boxPath}'`));
    const bytes = fromBase64(text);
    if (bytes.length !== size) throw new Error(`expected ${size} bytes, got ${bytes.length}`);
    return { bytes, sizeBytes: size };
  },
};

/** @type {(text: string) => Uint8Array} */
const fromBase64 =
  /** @type {any} */ (Uint8Array).fromBase64 ??
  ((/** @type {string} */ text) => Buffer.from(text, "base64"));

/**
 * @param {any} session
 * @param {string} cmd
 */
function run(session, cmd) {
  const args = { cmd, yieldTimeMs: 15_000, maxOutputTokens: null };
  return session.exec ? session.exec(args) : session.execCommand(args);
}

/** @param {any} result */
function body(result) {
  const text = typeof result === "string" ? result : result.output;
  const marker = text.lastIndexOf("\nOutput:\n");
  return marker < 0 ? text : text.slice(marker + 9);
}

/** Does the same with the data as the old modules, where they are not at hand. */
const reenacted = {
  ...plain,
  /**
   * @param {any} session
   * @param {any} input
   */
  async startRecording(session, { recordingId, codec, dimensions, framerate, display }) {
    const isWebm = codec === "vp9-webm";
    const path = `/tmp/og-rec-${recordingId}`;
    const boxPath = `${path}.${isWebm ? "webm" : "mp4"}`;
    const encoder = isWebm
      ? "-c:v libvpx-vp9 -b:v 0 -crf 32 -row-mt 1"
      : "-c:v libx264 -preset veryfast -pix_fmt yuv420p -movflags +faststart";
    const ffmpeg =
      `nohup ffmpeg -hide_banner -loglevel error -f x11grab -draw_mouse 1 -framerate ${framerate} ` +
      `-video_size ${dimensions?.join("x")} -i ${display}.0 -t 600 ${encoder} ${boxPath}`;
    await run(session, `bash -lc '${ffmpeg} </dev/null >${path}.log 2>&1 & echo $! > ${path}.pid'`);
    return { recordingId, boxPath, pidFile: `${path}.pid`, startedAt: Date.now() };
  },
  /**
   * @param {any} session
   * @param {any} process
   */
  async stopRecording(session, { pidFile }) {
    const pid = `"$(cat ${pidFile})" 2>/dev/null`;
    const wait = `for i in $(seq 1 80); do kill -0 ${pid} || break; sleep 0.1; done`;
    await run(session, `bash -lc 'kill -INT ${pid}; ${wait}'`);
  },
  /**
   * @param {any} session
   * @param {any} process
   */
  async deleteRecordingArtifacts(session, { boxPath, pidFile }) {
    await run(session, `rm -f ${boxPath} ${pidFile} ${boxPath.replace(/\.\w+$/, ".log")}`);
  },
  /**
   * @param {any} session
   * @param {import("../index.js").RecordingProcess} process
   */
  async readRecordingBytes(session, { boxPath, startedAt }) {
    await run(session, `bash -lc 'stat -c %s ${boxPath}'`);
    const text = body(await run(session, `bash -lc 'base64 ${boxPath}'`)).replace(/\s+/g, "");
    const bytes = Uint8Array.from(Buffer.from(text, "base64"));
    const durationSeconds = Math.round((Date.now() - startedAt) / 1_000);
    return { bytes, sizeBytes: bytes.length, contentType: "video/mp4", durationSeconds };
  },
  /** @param {any} deps */
  makeActiveBackendResolver:
    ({ defaultBackend, defaultKind, pinnedSelfhosted: pinned }) =>
    async (/** @type {any} */ { activeSandboxId, activeEpoch }) =>
      activeSandboxId === null
        ? { session: defaultBackend, kind: defaultKind, sandboxId: null }
        : activeSandboxId === pinned?.sandboxId && activeEpoch === pinned.epoch
          ? { session: pinned.session, kind: "selfhosted", sandboxId: activeSandboxId }
          : undefined,
};
