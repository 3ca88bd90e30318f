// Who this package is measured against. Nothing here is written for speed but `plain`.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as api from "../index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const baseline = resolve(root, process.env["OPENGENI_BASELINE"] ?? "../shared/baseline");
/** The sources of the old modules. */
export const sources = {
  recording: resolve(baseline, "recording.ts"),
  resolver: resolve(baseline, "routing/backend-resolver.ts"),
};
/** Where compiled modules go. */
export const out = resolve(root, "target/bench");

/** Whether the old modules are at hand; otherwise their way with the data is re-enacted. */
export const hasOld = Object.values(sources).every((file) => existsSync(file));

/** What the rivals are called, here and in reports. */
export const NAMES = {
  native: "this package",
  old: hasOld ? "old module" : "old module (re-enacted)",
  plain: "plain JavaScript",
  bare: "Buffer.from",
};

/**
 * A module that `prepare` has compiled.
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
 * The best that a user would write: no look at what a provider may have done to the text but the
 * comparison of sizes.
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

/** What the old modules do with the data, for where they are not at hand. */
const reenacted = {
  ...plain,
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
