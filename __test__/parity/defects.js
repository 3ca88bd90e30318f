// What the old module does wrong. The tests of the corrections show both sides.
import { session } from "./sessions.js";
import { PROCESS } from "../support/box.js";
import { healthyBox, lines } from "./scenarios.js";

/**
 * @typedef {import("./run.js").Scenario} Scenario
 * @typedef {import("./run.js").Api} Api
 */

/** 60 bytes: a multiple of 3, so that the base64 has no padding. */
export const VIDEO = Buffer.from("not really a video, but 60 bytes of text that stand for one.");
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
      session(log, ["exec"], async (cmd) => ({ output: cmd.includes("stat") ? size : TEXT })),
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
  {
    name: "C8: a stop before the read",
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: healthyBox(cmd) })),
    async run(api, box) {
      const process = await api.startRecording(box, { recordingId: "r1" });
      await api.stopRecording(box, process);
      const { durationSeconds } = await api.readRecordingBytes(box, process);
      return { durationSeconds, handle: Object.keys(process) };
    },
  },
  {
    name: "C9: a stop",
    session: (log) => session(log, ["exec"], async () => ({ output: "" })),
    run: (api, box) => api.stopRecording(box, { ...PROCESS }),
  },
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
];
