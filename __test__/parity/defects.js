// What the old module does wrong. The tests of the corrections show both sides.
import { vi } from "vitest";
import { PROCESS } from "../support/box.js";
import { boxed } from "./boxed.js";
import { healthyBox } from "./scenarios.js";
import { session } from "./sessions.js";
import { CUT_MP4, UNFINISHED_MP4, UNFINISHED_WEBM, VIDEO, lines } from "./videos.js";

/**
 * @typedef {import("./run.js").Scenario} Scenario
 * @typedef {import("./run.js").Api} Api
 */

const TEXT = lines(VIDEO);

/**
 * @param {string} name
 * @param {(text: string) => any} put How the session gives the base64.
 * @param {string} [text]
 * @returns {Scenario}
 */
function read(name, put, text = TEXT) {
  return {
    name,
    session: (log) =>
      session(log, ["exec"], async (cmd) =>
        cmd.includes("stat") ? { output: `${VIDEO.length}\n` } : put(text),
      ),
    run: (api, box) => api.readRecordingBytes(box, { ...PROCESS }),
  };
}

/**
 * @param {string} name
 * @param {object} handle What is otherwise in it.
 * @param {number} [maxBytes]
 * @returns {Scenario}
 */
function readOf(name, handle, maxBytes) {
  return {
    name,
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: healthyBox(cmd) })),
    run: (api, box) => api.readRecordingBytes(box, { ...PROCESS, ...handle }, maxBytes),
  };
}

/**
 * @param {string} name
 * @param {any} handle
 * @returns {Scenario}
 */
function stop(name, handle) {
  return {
    name,
    session: (log) => session(log, ["exec"], async () => ({ output: "" })),
    run: (api, box) => api.stopRecording(box, handle),
  };
}

/**
 * @param {string} name
 * @param {string} size
 * @returns {Scenario}
 */
function sized(name, size) {
  return {
    name,
    session: (log) =>
      session(log, ["exec"], async (cmd) => {
        if (cmd.includes("stat")) return { output: size };
        return { output: cmd.includes("base64") ? TEXT : "" };
      }),
    run: (api, box) => api.readRecordingBytes(box, { ...PROCESS }),
  };
}

/**
 * @param {string} name
 * @param {(cmd: string) => string} box
 * @returns {Scenario}
 */
function missing(name, box) {
  return {
    name,
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: box(cmd) })),
    run: (api, box) => api.readRecordingBytes(box, { ...PROCESS }),
  };
}

/**
 * @param {string} name
 * @param {any} input
 * @returns {Scenario}
 */
function start(name, input) {
  return {
    name,
    session: (log) => session(log, ["exec"], async () => ({ output: "" })),
    run: (api, box) => api.startRecording(box, { recordingId: "r1", ...input }),
  };
}

/** @param {string} log */
const withLog = (log) => (/** @type {string} */ cmd) =>
  cmd.includes("stat") ? "MISSING\n" : cmd.includes(".log") ? log : "";

/**
 * @param {string} name
 * @param {Uint8Array} video A file that ffmpeg has not finished.
 * @param {object} [handle] What is otherwise in it.
 * @returns {Scenario}
 */
function unfinished(name, video, handle) {
  const box = (/** @type {string} */ cmd) => {
    if (cmd.includes("stat")) return `${video.length}\n`;
    if (cmd.includes("base64")) return lines(Buffer.from(video));
    return "av_interleaved_write_frame(): No space left on device\n";
  };
  return {
    name,
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: box(cmd) })),
    run: (api, session) => api.readRecordingBytes(session, { ...PROCESS, ...handle }),
  };
}

/**
 * @param {string} name
 * @param {any} result What the session answers to the command.
 * @returns {Scenario}
 */
function failedStart(name, result) {
  return {
    name,
    session: (log) => session(log, ["exec"], async () => result),
    run: async (api, box) => {
      const { boxPath } = await api.startRecording(box, { recordingId: "r1" });
      return { boxPath };
    },
  };
}

/**
 * @param {string} name
 * @param {any[]} parts
 * @returns {Scenario}
 */
function key(name, parts) {
  return {
    name,
    session: () => undefined,
    run: (/** @type {any} */ api) => api.recordingStorageKey(...parts, "h264-mp4"),
  };
}

/**
 * @param {string} name
 * @param {(api: Api, session: any) => Promise<unknown>} between What happens after the start.
 * @param {object} [input]
 * @returns {Scenario}
 */
function timed(name, between, input) {
  return {
    name,
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: healthyBox(cmd) })),
    async run(api, box) {
      const process = await api.startRecording(box, { recordingId: "r1", ...input });
      await between(api, box);
      await api.stopRecording(box, process);
      const { durationSeconds } = await api.readRecordingBytes(box, process);
      return { durationSeconds, handle: Object.keys(process) };
    },
  };
}

/** @type {Scenario[]} */
export const defects = [
  read("C1: output and stdout are the same text", (text) => ({
    output: text,
    stdout: text,
    stderr: "",
    exitCode: 0,
  })),
  read("C1: stderr comes with the payload", (text) => ({
    output: `${text}warning\n`,
    stdout: text,
    stderr: "warning\n",
    exitCode: 0,
  })),
  read("C2: the text is cut", (output) => ({ output }), TEXT.slice(0, 40)),
  read("C2: a login banner comes first", (output) => ({ output }), `Welcome to the box!\n${TEXT}`),
  read(
    "C2: the provider cut the middle",
    (output) => ({ output }),
    `${TEXT.slice(0, 20)}...9 tokens truncated...${TEXT.slice(-21)}`,
  ),
  read("C2: base64 is not there", (output) => ({ output }), "bash: base64: command not found\n"),
  sized("C2: a size in hexadecimal", "0x3c\n"),
  sized("C2: a size with a fraction", "4.5\n"),
  read(
    "C3: the command has not finished",
    (output) => ({ output, stdout: output, stderr: "", sessionId: 7 }),
    TEXT.slice(0, 40),
  ),
  read(
    "C3: a banner says that the command has not finished",
    (text) => `Process running with session ID 7\nOutput:\n${text}`,
    TEXT.slice(0, 40),
  ),
  read(
    "C3: nothing has come yet",
    (text) => `Process running with session ID 7\nOutput:\n${text}`,
    "",
  ),
  start("C4: a crafted recordingId", { recordingId: "x; touch pwned #" }),
  start("C4: a crafted tmpDir", { tmpDir: "/tmp/$(touch pwned)" }),
  start("C4: a crafted display", { display: ":0 && touch pwned;" }),
  start("C4: a space in tmpDir", { tmpDir: "/tmp/my recordings" }),
  {
    name: "C4: a crafted handle",
    session: (log) => session(log, ["exec"], async () => ({ output: "MISSING\n" })),
    async run(api, box) {
      const folder = "/tmp/$(touch pwned)";
      const files = { boxPath: `${folder}.mp4`, pidFile: `${folder}.pid` };
      await api.stopRecording(box, { ...PROCESS, ...files });
      await api.readRecordingBytes(box, { ...PROCESS, ...files }).catch(() => {});
      await api.deleteRecordingArtifacts(box, { ...PROCESS, ...files });
    },
  },
  start("C4: a slash in recordingId", { recordingId: "../../etc/x" }),
  start("C4: NUL in display", { display: ":0\0" }),
  start("C4: half a character in recordingId", { recordingId: "a\ud83d" }),
  readOf("C4: a path that reads as an option", { boxPath: "--help.mp4" }),
  start("C5: an unknown codec", { codec: "av1" }),
  start("C5: NaN frames per second", { framerate: NaN }),
  start("C5: a negative width", { dimensions: [-1, 800] }),
  start("C5: a fractional height", { dimensions: [1280, 800.5] }),
  start("C5: an endless recording", { maxSeconds: Infinity }),
  start("C5: no recordingId", { recordingId: undefined }),
  start("C5: an empty recordingId", { recordingId: "" }),
  {
    name: "C5: NaN as the limit",
    session: (log) =>
      session(log, ["exec"], async (cmd) => ({
        output: cmd.includes("stat") ? "999999999999\n" : healthyBox(cmd),
      })),
    run: (api, box) => api.readRecordingBytes(box, { ...PROCESS }, NaN),
  },
  ...[0, -1, null, "60"].map((limit) =>
    readOf(`C5: ${JSON.stringify(limit)} as the limit`, {}, /** @type {any} */ (limit)),
  ),
  readOf("C5: a handle without a time", { startedAt: undefined }),
  readOf("C5: a time that is a bigint", { startedAt: 1_699_999_990_000n }),
  stop("C5: a handle without files", {}),
  stop("C5: a text for a handle", "r1"),
  stop("C5: a number for a user", { ...PROCESS, runAs: 1_000 }),
  {
    ...start("C5: no input", {}),
    run: (api, box) => api.startRecording(box, /** @type {any} */ (undefined)),
  },
  stop("C5: no handle to stop", null),
  {
    name: "C5: contentTypeForCodec of an unknown codec",
    session: () => undefined,
    run: (api) => api.contentTypeForCodec(/** @type {any} */ ("av1")),
  },
  start("C6: a start", {}),
  start("C7: odd sides", { dimensions: [641, 481] }),
  timed("C8: a stop before the read", async () => {}),
  missing(
    "C10: there was no display",
    withLog("[x11grab @ 0x5] Cannot open display :0, error 1.\n"),
  ),
  missing(
    "C10: there was no ffmpeg",
    withLog("nohup: failed to run command 'ffmpeg': No such file or directory\n"),
  ),
  missing("C10: there is nothing", withLog("")),
  {
    ...start("C11: two with the default size", {}),
    async run(api, box) {
      const first = await api.startRecording(box, { recordingId: "r1" });
      const second = await api.startRecording(box, { recordingId: "r2" });
      return { areShared: first.dimensions === second.dimensions };
    },
  },
  sized("C12: an answer that is no size", "bash: stat: command not found\n"),
  sized("C12: no answer", ""),
  unfinished("C14: an MP4 file without its index", UNFINISHED_MP4),
  unfinished("C14: an MP4 file that breaks off", CUT_MP4),
  unfinished("C14: a WebM file whose length nobody knows", UNFINISHED_WEBM, {
    codec: "vp9-webm",
    boxPath: "/tmp/og-rec-r1.webm",
  }),
  start("C16: a start with VP9", { codec: "vp9-webm" }),
  start("C16: the pixels of VP9", { codec: "vp9-webm" }),
  start("C16: odd sides with VP9", { codec: "vp9-webm", dimensions: [641, 481] }),
  failedStart("C19: the folder cannot be written to", {
    stdout: "",
    stderr: "bash: /tmp/og-rec-r1.log: Read-only file system\n",
    exitCode: 1,
  }),
  failedStart(
    "C19: there is no bash",
    "Process exited with code 127\nOutput:\nsh: 1: bash: not found\n",
  ),
  start("C20: a display with its screen", { display: "localhost:10.0" }),
  start("C21: more seconds than ffmpeg counts", { maxSeconds: 1e21 }),
  start("C21: less than a microsecond", { maxSeconds: 1e-7 }),
  start("C21: a frame in months", { framerate: 1e-7 }),
  start("C21: a million frames per second", { framerate: 1e6 }),
  ...[null, "", false, []].map((startedAt) =>
    readOf(`C24: ${JSON.stringify(startedAt)} for a time`, { startedAt }),
  ),
  {
    ...readOf("C24: a time as JSON has it", {}),
    async run(api, box) {
      const startedAt = /** @type {any} */ (new Date(PROCESS.startedAt).toJSON());
      const read = await api.readRecordingBytes(box, { ...PROCESS, startedAt });
      return { durationSeconds: read.durationSeconds };
    },
  },
  start("C24: false for a user", { runAs: false }),
  stop("C24: 0 for a user", { ...PROCESS, runAs: 0 }),
  {
    ...readOf("C27: line breaks and escapes in a path", {}),
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: withLog("")(cmd) })),
    run: (api, box) =>
      api.readRecordingBytes(box, { ...PROCESS, boxPath: "/tmp/a\n12:00 \u001b[31mok.mp4" }),
  },
  key("C28: a slash in a part of a key", ["a/b", "c", "d"]),
  key("C28: a part of a key that leads upwards", ["a", "..", "d"]),
  key("C28: no part of a key", ["a", "", "d"]),
  timed("C29: the clock is set an hour on", async () => {
    vi.setSystemTime(Date.now() + 3_600_000);
  }),
  timed(
    "C29: ffmpeg stops by itself after two seconds",
    async () => {
      vi.advanceTimersByTime(60_000);
    },
    { maxSeconds: 2 },
  ),
  read("C30: bytes in place of text", (text) => ({ output: Buffer.from(text) })),
  ...boxed,
];
