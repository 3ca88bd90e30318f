// Random callers: what they pass in, what their sessions answer, and what they call in which order.
import fc from "fast-check";
import { vi } from "vitest";
import { EPOCH_MS, outcomeOf } from "./run.js";
import { DELIVERIES, SHAPES, THROWABLES, THROWS, session } from "./sessions.js";

/**
 * @typedef {import("./run.js").Api} Api
 * @typedef {import("./run.js").Event} Event
 * @typedef {typeof callers extends fc.Arbitrary<infer T> ? T : never} Caller
 * @typedef {typeof boxes extends fc.Arbitrary<infer T> ? T : never} Box
 * @typedef {"start" | "stop" | "read" | "delete"} Operation
 *
 * @typedef {object} Step What one call was seen to do.
 * @property {Operation} operation
 * @property {number} at When it was made.
 * @property {Event[]} transcript
 * @property {any} outcome
 */

/**
 * Ways to put what a command printed that the old module misreads.
 *
 * @type {Record<string, (text: string) => any>}
 */
const MISREAD = {
  "output and stdout": (text) => ({ output: text, stdout: text, stderr: "", exitCode: 0 }),
  "stderr as well": (text) => ({ output: `${text}warning\n`, stdout: text, stderr: "warning\n" }),
  "an unfinished command": (output) => ({ output, sessionId: 7 }),
};
/** @type {Record<string, (text: string) => any>} */
export const PUTS = { ...SHAPES, ...MISREAD };
const anyKey = (/** @type {object} */ table) => fc.constantFrom(...Object.keys(table));

/**
 * Mostly the first, now and then the second.
 *
 * @template T, U
 * @param {fc.Arbitrary<T>} usual
 * @param {fc.Arbitrary<U>} odd
 */
const mostly = (usual, odd) =>
  fc.oneof({ arbitrary: usual, weight: 9 }, { arbitrary: odd, weight: 1 });

const plain = fc.string({ unit: fc.constantFrom(..."aZ09_.:@%+=,-"), minLength: 1, maxLength: 9 });
const crafted = fc.constantFrom("a b", "x;y", "$(id)", "it's", '"', "`", "é", "#", "~", "a\nb");
const texts = mostly(plain, crafted);
const badTexts = fc.constantFrom("\0", "a\0", "\ud83d", 5);
const numbers = fc.oneof(
  fc.integer({ min: 1, max: 5_000 }),
  fc.double({ min: 1e-9, max: 1e22, noNaN: true }),
);
const badNumbers = fc.constantFrom(NaN, 0, -1, "5");
const sides = mostly(fc.integer({ min: 1, max: 4_000 }), fc.constantFrom(-1, 0, 800.5, NaN));
const codecs = fc.constantFrom("h264-mp4", "vp9-webm");
const users = fc.constantFrom(undefined, "", "agent", "a b");

const inputs = fc.record(
  {
    recordingId: mostly(texts, fc.oneof(badTexts, fc.constantFrom("", "a/b", undefined))),
    codec: mostly(codecs, fc.constantFrom(undefined, null, "av1")),
    framerate: mostly(numbers, fc.oneof(badNumbers, fc.constant(null))),
    maxSeconds: mostly(numbers, fc.oneof(badNumbers, fc.constant(Infinity))),
    dimensions: fc.tuple(sides, sides),
    display: mostly(texts, badTexts),
    runAs: users,
    tmpDir: mostly(
      texts.map((text) => `/${text}`),
      fc.oneof(badTexts, fc.constantFrom("", "-x")),
    ),
  },
  { requiredKeys: ["recordingId"] },
);

const handles = fc
  .record({
    recordingId: fc.constant("r1"),
    codec: codecs,
    folder: texts.map((text) => `/${text}`),
    name: texts,
    dimensions: fc.constant(/** @type {[number, number]} */ ([1280, 800])),
    framerate: fc.constant(15),
    startedAt: fc.integer({ min: EPOCH_MS - 100_000, max: EPOCH_MS + 5_000 }),
    display: fc.constant(":0"),
    runAs: users,
  })
  .map(({ folder, name, runAs, ...handle }) => ({
    ...handle,
    boxPath: `${folder}/${name}.${handle.codec === "vp9-webm" ? "webm" : "mp4"}`,
    pidFile: `${folder}/${name}.pid`,
    ...(runAs === undefined ? {} : { runAs }),
  }));

/** What is on the box, and what becomes of it on the way. */
const boxes = fc.record({
  video: fc.uint8Array({ minLength: 1, maxLength: 120 }),
  lineLength: fc.constantFrom(1_000, 4, 64, 76),
  damage: mostly(
    fc.constant("none"),
    fc.constantFrom("cut", "a banner", "the middle is gone", "an error", "nothing"),
  ),
  size: mostly(
    fc.constantFrom("right", "behind a banner", "with carriage returns"),
    fc.constantFrom("too large", "MISSING\n", "", "0\n", "none\n"),
  ),
  log: fc.constantFrom(
    "",
    "[x11grab @ 0x5] Cannot open display :0, error 1.\n",
    "nohup: failed to run command 'ffmpeg': No such file or directory\n",
  ),
});

export const callers = fc.record({
  box: boxes,
  methods: mostly(
    fc.constantFrom(...[["exec"], ["execCommand"], ["exec", "execCommand"]]),
    fc.constant(/** @type {string[]} */ ([])),
  ),
  put: anyKey(SHAPES),
  putPayload: fc.oneof(anyKey(SHAPES), anyKey(MISREAD)),
  delivery: anyKey(DELIVERIES),
  fault: mostly(
    fc.constant(undefined),
    fc.record({
      at: fc.constantFrom("start", "stop", "size", "payload", "delete"),
      throwable: anyKey(THROWABLES),
      manner: anyKey(THROWS),
    }),
  ),
  input: inputs,
  handle: handles,
  maxBytes: mostly(
    fc.constant(undefined),
    fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constantFrom(NaN, 0, -1, Infinity, "5")),
  ),
  operations: fc.constantFrom(
    .../** @type {Operation[][]} */ ([
      ["start"],
      ["stop", "read", "delete"],
      ["read"],
      ["stop", "stop", "read"],
      ["delete", "stop"],
    ]),
  ),
});

/**
 * The text that a command prints on the box.
 *
 * @param {Box} box
 * @param {string} command
 */
export function printed({ video, lineLength, damage, size, log }, command) {
  if (command === "log") return `\nOutput:\n${log}`;
  if (command === "size") {
    const right = `${video.length}\n`;
    /** @type {Record<string, string>} */
    const sizes = {
      right,
      "behind a banner": `Welcome\n\n${right} \n`,
      "with carriage returns": `${video.length}\r\n`,
      "too large": "268435457\n",
    };
    return sizes[size] ?? size;
  }
  if (command !== "payload") return "";
  const lines = new RegExp(`.{1,${lineLength}}`, "g");
  const text = Buffer.from(video).toString("base64").replace(lines, "$&\n");
  const half = Math.floor(text.length / 2);
  /** @type {Record<string, string>} */
  const damaged = {
    cut: text.slice(0, half),
    "a banner": `Welcome to the box!\n${text}`,
    "the middle is gone": `${text.slice(0, half)}...9 tokens truncated...${text.slice(-2)}`,
    "an error": "bash: base64: command not found\n",
    nothing: " \n",
  };
  return damaged[damage] ?? text;
}

/** @param {string} cmd */
function commandOf(cmd) {
  if (cmd.includes("x11grab")) return "start";
  if (cmd.includes("kill -INT")) return "stop";
  if (cmd.includes("stat -c")) return "size";
  if (cmd.includes("tail -c")) return "log";
  return cmd.includes("base64 ") ? "payload" : "delete";
}

/**
 * What a module is seen to do for a caller, call by call.
 *
 * @param {Api} api
 * @param {Caller} caller
 * @returns {Promise<Step[]>}
 */
export async function observe(api, caller) {
  const { box, methods, put, putPayload, delivery, fault, maxBytes, operations } = caller;
  /** @type {Event[]} */
  const log = [];
  const answer = (/** @type {string} */ cmd) => {
    const command = commandOf(cmd);
    if (fault?.at === command) {
      const value = THROWABLES[/** @type {keyof typeof THROWABLES} */ (fault.throwable)];
      return THROWS[fault.manner]?.(value);
    }
    const shape = PUTS[command === "payload" ? putPayload : put];
    return DELIVERIES[delivery]?.(shape?.(printed(box, command)));
  };
  const given = session(log, methods, answer);
  /** @type {any} */
  const [handle, input] = [{ ...caller.handle }, { ...caller.input }];
  const calls = {
    start: () => api.startRecording(given, input),
    stop: () => api.stopRecording(given, handle),
    read: () => api.readRecordingBytes(given, handle, /** @type {any} */ (maxBytes)),
    delete: () => api.deleteRecordingArtifacts(given, handle),
  };
  vi.useFakeTimers({ toFake: ["Date"], now: EPOCH_MS });
  try {
    const steps = [];
    for (const operation of operations) {
      const at = Date.now();
      const outcome = await outcomeOf(api, calls[operation]);
      steps.push({ operation, at, transcript: log.splice(0), outcome });
    }
    return steps;
  } finally {
    vi.useRealTimers();
  }
}
