// Random callers: what they pass in, what their sessions answer, and what they call in which order,
// one call after the other or several at once.
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { videoOf } from "../support/box.js";
import { commandOf, marksOf } from "./commands.js";
import { CALL_MS, EPOCH_MS, Token, describe, outcomeOf } from "./run.js";
import { DELIVERIES, SHAPES, THROWABLES, THROWS } from "./sessions.js";
import { FINISHED_MP4, FINISHED_WEBM, UNFINISHED_VIDEOS } from "./videos.js";

/**
 * @typedef {import("./run.js").Api} Api
 * @typedef {typeof callers extends fc.Arbitrary<infer T> ? T : never} Caller
 * @typedef {typeof boxes extends fc.Arbitrary<infer T> ? T : never} Box
 * @typedef {typeof sessions extends fc.Arbitrary<infer T> ? T : never} Session
 * @typedef {typeof calls extends fc.Arbitrary<infer T> ? T : never} Call
 *
 * @typedef {object} Came What a session gave for a command.
 * @property {string} command
 * @property {string} text What the command had printed.
 * @property {"all" | "nothing" | "no result"} reads How much of it the result has.
 * @property {boolean} [hasBanner]
 * @property {number} [exitCode] Other than 0, where the result has one.
 * @property {number} [unfinished] The number of a command that has not finished.
 * @property {string} [stderr]
 * @property {string} [row] Of the difference in how such a result is read.
 * @property {{ value: unknown }} [threw] What was thrown in place of a result.
 *
 * @typedef {object} Event A look-up of a method, or a call of one.
 * @property {string} [get]
 * @property {{ value: unknown }} [threw] What the look-up threw.
 * @property {boolean} [isMethod] Whether it gave one.
 * @property {string} [call]
 * @property {string} [cmd]
 * @property {Came} [came]
 *
 * @typedef {object} Seen What one call was seen to do.
 * @property {any} outcome
 * @property {Event[]} events What the session saw of it.
 * @property {any} started The handle that it gave.
 * @property {string | undefined} dimensions Whose array is in it.
 * @property {number} now When the outcome was there, by the clock that may be set.
 *
 * @typedef {object} Made A call, and what both modules did.
 * @property {Call} call
 * @property {Faults} faults Those of its arguments.
 * @property {any} handle The one that it was given.
 * @property {"own" | "own, stored" | "given" | undefined} whose
 * @property {number} turn
 * @property {boolean} overlaps Whether other calls were on at the same time.
 * @property {Seen} seen
 * @property {Seen} old
 */

/** What time it is for callers and modules: by the clock that may be set, and by the other. */
export const clock = { now: EPOCH_MS, steady: 0 };
/** How much later each turn begins. */
const TURN_MS = 20_000;

/**
 * Ways to put what a command printed that the old module misreads, and ways that tell it of nothing.
 *
 * @type {Record<string, (text: string) => any>}
 */
const ODD_SHAPES = {
  "output and stdout": (text) => ({ output: text, stdout: text, stderr: "", exitCode: 0 }),
  "stderr as well": (text) => ({ output: `${text}warning\n`, stdout: text, stderr: "warning\n" }),
  "stderr without stdout": (text) => ({ output: text, stderr: "warning\n" }),
  "stderr alone": (text) => ({ output: text, stdout: "", stderr: text, exitCode: 1 }),
  "a failed command": (output) => ({ output, exitCode: 1 }),
  "an object without a prototype": (output) => Object.assign(Object.create(null), { output }),
  "getters that throw beside the text": (output) => ({
    output,
    get sessionId() {
      throw THROWABLES.error;
    },
  }),
  "bytes for the output": (text) => ({ output: Buffer.from(text) }),
  "bytes alone": (text) => new TextEncoder().encode(text),
  "an array": (text) => [text],
  "an empty object": () => ({}),
  "a number": () => 5,
  null: () => null,
  undefined: () => undefined,
};
/**
 * Ways to say that a command has not finished, and one that only seems so.
 *
 * @type {Record<string, (text: string) => any>}
 */
const UNFINISHED = {
  number: (output) => ({ output, sessionId: 7 }),
  "number without a code": (stdout) => ({ stdout, sessionId: 8, exitCode: null }),
  banner: (text) => `Wall time: 15.0 seconds\nProcess running with session ID 9\nOutput:\n${text}`,
  "number of a finished command": (output) => ({ output, sessionId: 7, exitCode: 0 }),
};
/**
 * What of a result is not the text of its command, by the way it is put.
 *
 * @type {Record<string, Partial<Came>>}
 */
const READS = {
  "a string with a banner": { hasBanner: true },
  "an output with a banner": { hasBanner: true },
  "output and stdout": { row: "C1" },
  "stderr as well": { stderr: "warning", row: "C1" },
  "stderr without stdout": { stderr: "warning", row: "C1" },
  "stderr alone": { reads: "nothing", exitCode: 1, row: "C1" },
  "bytes for the output": { row: "C30" },
  "bytes alone": { row: "C30" },
  "a failed command": { exitCode: 1 },
  "an array": { reads: "nothing" },
  "an empty object": { reads: "nothing" },
  "a number": { reads: "nothing" },
  null: { reads: "no result" },
  undefined: { reads: "no result" },
  number: { unfinished: 7 },
  "number without a code": { unfinished: 8 },
  banner: { unfinished: 9, hasBanner: true },
};
/** Those that carry all that was printed, and say nothing else of it. */
const WHOLE = ["output and stdout", "stderr as well", "null", "undefined"];
/** @type {Record<string, (text: string) => any>} */
const PUTS = { ...SHAPES, ...ODD_SHAPES, ...UNFINISHED };
/** @type {Record<string, (value: any) => any>} */
const MANNERS = {
  ...DELIVERIES,
  "a promise that takes its time": (value) =>
    new Promise((resolve) => setImmediate(resolve, value)),
};
const anyKey = (/** @type {object} */ table) => fc.constantFrom(...Object.keys(table));

/**
 * Mostly the first, now and then the second.
 *
 * @template T, U
 * @param {fc.Arbitrary<T>} usual
 * @param {fc.Arbitrary<U>} odd
 */
const mostly = (usual, odd, weight = 9) =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: odd, weight: 1 });

/**
 * @typedef {{ type: "TypeError" | "RangeError", row: string }} Fault The class of the error, and the row
 *   of docs/differences.md.
 * @typedef {Record<string, Fault>} Faults By field.
 * @typedef {{ value: any, fault?: Fault }} Given A value that a caller passes, and how it is refused.
 */

/**
 * Values that are taken.
 *
 * @template T
 * @param {fc.Arbitrary<T>} values
 * @returns {fc.Arbitrary<Given>}
 */
const taken = (values) => values.map((value) => ({ value }));

/**
 * Values that are refused.
 *
 * @param {Fault["type"]} type
 * @param {string} row
 * @param {any[]} values
 * @returns {fc.Arbitrary<Given>}
 */
const refused = (type, row, ...values) =>
  fc.constantFrom(...values.map((value) => ({ value, fault: { type, row } })));

/**
 * The fields of an argument, and the faults of those that have one.
 *
 * @param {Record<string, Given>} fields
 * @returns {{ value: any, faults: Faults }}
 */
function together(fields) {
  const entries = Object.entries(fields);
  const faulty = entries.flatMap(([name, { fault }]) => (fault ? [[name, fault]] : []));
  return {
    value: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    faults: Object.fromEntries(faulty),
  };
}

const throwing = {
  valueOf() {
    throw THROWABLES.token;
  },
};
// A dot or two are a folder.
const plain = fc
  .string({ unit: fc.constantFrom(..."aZ09_.:@%+=,-"), minLength: 1, maxLength: 9 })
  .filter((text) => !/^\.{1,2}$/.test(text));
const crafted = fc.constantFrom(
  ...["a b", "x;y", "$(id)", "it's", '"', "`", "é", "#", "~", "a\nb", "\u001b[31m", "\u202e"],
);
const texts = mostly(plain, crafted);
const nothing = fc.constantFrom(undefined, null);
const badTexts = fc.oneof(
  refused("TypeError", "C4", "\0", "a\0", "\ud83d"),
  refused("TypeError", "C5", 5, true, Symbol("s"), throwing),
);
const options = refused("TypeError", "C4", "-x");
const noAmounts = fc.oneof(
  refused("RangeError", "C5", NaN, 0, -1, Infinity),
  refused("TypeError", "C5", "5", 5n, {}),
);
const rates = mostly(
  taken(
    fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 1, max: 1_000, noNaN: true })),
  ),
  refused("RangeError", "C21", 1e-7, 0.999, 1_000.1, 1e21),
);
const times = mostly(
  taken(
    fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 1e-6, max: 9_223_372_036_854, noNaN: true }),
      fc.constantFrom(1e-6, 9_223_372_036_854),
    ),
  ),
  refused("RangeError", "C21", 1e-7, 9_223_372_036_855, 2 ** 53 - 1, 1e21),
);
/** What ffmpeg is told of these displays: their first screen, where they name none. */
export const SCREENS = {
  ":0": ":0.0",
  ":0.0": ":0.0",
  "localhost:10.0": "localhost:10.0",
  "[::1]:1.2": "[::1]:1.2",
  "a:b.c:1": "a:b.c:1.0",
};
const displays = mostly(
  // One with a dot behind its last colon names a screen.
  texts.filter((text) => !/:[^:]*\./.test(text)),
  fc.constantFrom(...Object.keys(SCREENS)),
  1,
);
const side = fc.integer({ min: 1, max: 4_000 });
const sizes = mostly(
  taken(
    fc.oneof(
      { weight: 9, arbitrary: fc.tuple(side, side) },
      nothing,
      fc.constantFrom([640, 480, 24], new Set([640, 480]), Uint16Array.of(641, 480)),
    ),
  ),
  fc.oneof(
    refused("TypeError", "C5", {}, 5, [], [640], [640, "5"], ["5", 640], "64"),
    refused("RangeError", "C5", [-1, 480], [640, 0], [800.5, 600], [640, NaN]),
  ),
  19,
);
const codecs = fc.constantFrom("h264-mp4", "vp9-webm");
const badCodecs = refused("TypeError", "C5", "av1", "", "H264-mp4", 5, Symbol("s"), {}, [
  "vp9-webm",
]);
const noCodecs = refused("TypeError", "C5", undefined, null);
const users = mostly(
  taken(fc.constantFrom(undefined, undefined, "", "agent", "a b", null)),
  fc.oneof(
    refused("TypeError", "C4", "\0", "\ud83d"),
    refused("TypeError", "C5", 5, true, {}, Symbol("s")),
    refused("TypeError", "C24", false, 0),
  ),
  19,
);

/** @type {fc.Arbitrary<{ value: any, faults: Faults }>} */
const inputs = mostly(
  fc
    .record(
      {
        recordingId: mostly(
          taken(texts),
          fc.oneof(
            badTexts,
            refused("TypeError", "C4", "a/b"),
            refused("TypeError", "C5", "", undefined),
          ),
          19,
        ),
        codec: mostly(taken(codecs), fc.oneof(taken(nothing), badCodecs)),
        framerate: mostly(rates, fc.oneof(noAmounts, taken(nothing)), 19),
        maxSeconds: mostly(times, fc.oneof(noAmounts, taken(nothing)), 19),
        dimensions: sizes,
        display: mostly(
          taken(displays),
          fc.oneof(badTexts, taken(fc.constantFrom("", "-x", null))),
          19,
        ),
        runAs: users,
        tmpDir: mostly(
          taken(texts.map((text) => `/${text}`)),
          fc.oneof(badTexts, options, taken(fc.constantFrom("", null, "rec:x", "a b"))),
          19,
        ),
      },
      { requiredKeys: ["recordingId"] },
    )
    .map((fields) => together(/** @type {any} */ (fields))),
  fc.oneof(
    fc.constantFrom(undefined, null).map((value) => ({
      value,
      faults: { input: /** @type {Fault} */ ({ type: "TypeError", row: "C5" }) },
    })),
    fc.constantFrom(5, "text", Symbol("s")).map((value) => ({
      value,
      faults: { recordingId: /** @type {Fault} */ ({ type: "TypeError", row: "C5" }) },
    })),
  ),
  39,
);

const startTimes = mostly(
  taken(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: EPOCH_MS - 100_000, max: EPOCH_MS + 60_000 }) },
      fc.constantFrom(`${EPOCH_MS}`, new Date(EPOCH_MS), new Date(EPOCH_MS).toJSON()),
    ),
  ),
  fc.oneof(
    refused("TypeError", "C24", null, "", false, []),
    refused("TypeError", "C5", undefined, "soon", 5n, Symbol("s"), throwing, Object.create(null)),
    refused("RangeError", "C5", NaN, Infinity),
  ),
  19,
);
const badPaths = fc.oneof(badTexts, options);
const noPath = refused("TypeError", "C5", undefined);

/** @type {fc.Arbitrary<{ value: any, faults: Faults }>} */
const processes = mostly(
  fc
    .record({
      recordingId: taken(fc.constant("r1")),
      codec: mostly(taken(codecs), fc.oneof(badCodecs, noCodecs), 39),
      folder: texts.map((text) => `/${text}`),
      name: texts,
      extension: mostly(fc.constant(undefined), fc.constantFrom("", ".mkv", ".mp4.part")),
      odd: mostly(
        fc.constant({}),
        fc.oneof(
          fc.record({ boxPath: fc.oneof(badPaths, taken(fc.constant("")), noPath) }),
          fc.record({ pidFile: fc.oneof(badPaths, taken(fc.constant("")), noPath) }),
        ),
      ),
      dimensions: taken(fc.constant([1280, 800])),
      framerate: taken(fc.constant(15)),
      startedAt: startTimes,
      display: taken(fc.constant(":0")),
      runAs: users,
      isBare: fc.boolean(),
    })
    .map(({ folder, name, extension, runAs, odd, isBare, ...fields }) => {
      const usual = fields.codec.value === "vp9-webm" ? ".webm" : ".mp4";
      const { value, faults } = together({
        ...fields,
        boxPath: { value: `${folder}/${name}${extension ?? usual}` },
        pidFile: { value: `${folder}/${name}.pid` },
        ...(runAs.value === undefined ? {} : { runAs }),
        ...odd,
      });
      return {
        value: Object.freeze(Object.assign(isBare ? Object.create(null) : {}, value)),
        faults,
      };
    }),
  fc.oneof(
    fc.constantFrom(undefined, null).map((value) => ({
      value,
      faults: { process: /** @type {Fault} */ ({ type: "TypeError", row: "C5" }) },
    })),
    fc.constantFrom(5, "text", {}, []).map((value) => ({
      value,
      faults: Object.fromEntries(
        ["codec", "boxPath", "pidFile", "startedAt"].map((field) => [
          field,
          /** @type {Fault} */ ({ type: "TypeError", row: "C5" }),
        ]),
      ),
    })),
  ),
  39,
);

/**
 * The fields of a handle that a call uses, and those that it uses where they are given.
 *
 * @type {Record<string, { uses: string[], given?: string[] }>}
 */
const FIELDS = {
  stop: { uses: ["process", "pidFile", "runAs"], given: ["boxPath"] },
  read: { uses: ["process", "codec", "boxPath", "startedAt", "runAs"] },
  delete: { uses: ["process", "boxPath", "pidFile", "runAs"] },
};

/**
 * The faults of a handle that a call meets.
 *
 * @param {string} name
 * @param {{ value: any, faults: Faults }} process
 * @returns {Faults}
 */
function metBy(name, { value, faults }) {
  const { uses, given = [] } = FIELDS[name] ?? { uses: [] };
  const met = [...uses, ...given.filter((field) => value?.[field] != null)];
  return Object.fromEntries(Object.entries(faults).filter(([field]) => met.includes(field)));
}

/**
 * What a command prints of the size of a file of that length.
 *
 * @type {Record<string, (length: number) => string>}
 */
export const SIZES = {
  right: (length) => `${length}\n`,
  "behind a banner": (length) => `Welcome\n\n${length}\n \n`,
  "with carriage returns": (length) => `${length}\r\n`,
  "with zeros before it": (length) => `00${length}\n`,
  "behind a byte order mark": (length) => `\ufeff${length}\n`,
};
/** @type {Record<string, (length: number) => string>} */
const ODD_SIZES = {
  "one more": (length) => `${length + 1}\n`,
  "one less": (length) => `${length - 1}\n`,
  "too large": () => "268435457\n",
  missing: () => "MISSING\n",
  silence: () => "",
  zero: () => "0\n",
  "a word": () => "none\n",
  hexadecimal: (length) => `0x${length.toString(16)}\n`,
  octal: (length) => `0o${length.toString(8)}\n`,
  binary: (length) => `0b${length.toString(2)}\n`,
  "a fraction": (length) => `${length}.0\n`,
  "a half": (length) => `${length}.5\n`,
  "an exponent": (length) => `${length}e0\n`,
  signed: (length) => `+${length}\n`,
  negative: (length) => `-${length}\n`,
  "in bytes": (length) => `${length} bytes\n`,
  "in other digits": () => "\u0663\n",
  infinite: () => "Infinity\n",
  "longer than any": () => `${"9".repeat(400)}\n`,
};

/**
 * What becomes of the text of a payload on the way.
 *
 * @type {Record<string, (text: string) => string>}
 */
export const DAMAGES = {
  none: (text) => text,
  "other white space": (text) => text.replaceAll("\n", " \t\f\r\n"),
  "an earlier output": (text) => `${text}\nOutput:\n${text}`,
};
/** @type {Record<string, (text: string) => string>} */
const ODD_DAMAGES = {
  cut: (text) => text.slice(0, text.length / 2),
  doubled: (text) => text + text,
  "a banner": (text) => `Welcome to the box!\n${text}`,
  "the middle is gone": (text) =>
    `${text.slice(0, text.length / 2)}...9 tokens truncated...${text.slice(-2)}`,
  "an error": () => "bash: base64: command not found\n",
  nothing: () => " \n",
  "no padding": (text) => text.replaceAll("=", ""),
  "one more character": (text) => `${text}A`,
  "loose bits": (text) => text.replace(/.(?==+\s*$)/, "/"),
  "the alphabet of addresses": (text) => text.replaceAll("+", "-").replaceAll("/", "_"),
  "white space beyond ASCII": (text) => `\u00a0${text}`,
};

/** Logs of ffmpeg, the reason that each is, and how a message quotes it. */
export const LOGS = [
  { text: "", reason: "box-death", quote: "" },
  {
    text: "[x11grab @ 0x5] Cannot open display :0, error 1.\n",
    reason: "display-unavailable",
    quote: "; ffmpeg log: [x11grab @ 0x5] Cannot open display :0, error 1.",
  },
  {
    text: "nohup: failed to run command 'ffmpeg': No such file or directory\n",
    reason: "ffmpeg-error",
    quote: "; ffmpeg log: nohup: failed to run command 'ffmpeg': No such file or directory",
  },
  {
    text: "a\tlog\nof two \u001b[1mlines\n",
    reason: "ffmpeg-error",
    quote: "; ffmpeg log: a\\tlog\\nof two \\u{1b}[1mlines",
  },
];
const logs = fc.constantFrom(...LOGS.map(({ text }) => text));
const lineLength = fc.constantFrom(1_000, 4, 64, 76);

/** What is on the box, and what becomes of it on the way. */
const boxes = mostly(
  fc.record({
    video: mostly(
      fc.uint8Array({ minLength: 1, maxLength: 120 }),
      fc.constantFrom(...UNFINISHED_VIDEOS, FINISHED_MP4, FINISHED_WEBM),
      4,
    ),
    lineLength,
    damage: mostly(fc.constant("none"), anyKey({ ...DAMAGES, ...ODD_DAMAGES }), 3),
    size: mostly(fc.constant("right"), anyKey({ ...SIZES, ...ODD_SIZES }), 2),
    log: logs,
  }),
  // Of a longer one what does not come whole is asked for in pieces, which no bare double knows of.
  fc.record({
    video: fc.integer({ min: 3_073, max: 9_000 }).map(videoOf),
    lineLength,
    damage: mostly(fc.constant("none"), anyKey(DAMAGES), 3),
    size: mostly(fc.constant("right"), anyKey(SIZES), 2),
    log: logs,
  }),
);

/** What is thrown is another value each time. */
const ANOTHER = "another";

/**
 * @param {string} throwable
 * @param {number} calls How many commands the call has run.
 */
function throwableOf(throwable, calls) {
  if (throwable === ANOTHER) return new Token(`${calls}`);
  return THROWABLES[/** @type {keyof typeof THROWABLES} */ (throwable)];
}

const commands = fc.constantFrom(
  ...["start", "stop", "size", "size", "payload", "payload", "payload", "log", "delete"],
);
const answers = fc.record({
  put: fc.oneof(anyKey(SHAPES), anyKey(ODD_SHAPES), anyKey(UNFINISHED)),
  manner: mostly(anyKey(DELIVERIES), anyKey(MANNERS)),
  fault: mostly(
    fc.constant(undefined),
    fc.record({ throwable: anyKey({ ...THROWABLES, [ANOTHER]: 0 }), manner: anyKey(THROWS) }),
    2,
  ),
});
const usually = { put: "output", manner: "a promise", fault: undefined };

/**
 * What stands around an answer in its frame, where a box prints frames.
 *
 * @type {Record<string, (text: string, cmd: string) => string>}
 */
const NOISES = {
  none: (text) => text,
  "a login banner": (text) => `Welcome to the box!\n12\n${text}`,
  "a prompt": (text, cmd) => `$ ${cmd}\n${text}$ `,
  "a trace": (text, cmd) => `+ ${cmd}\n${text}+ exit\n`,
  "carriage returns": (text) => text.replaceAll("\n", "\r\n"),
  "bracketed paste": (text) => `\u001b[?2004h$ \u001b[?2004l\r${text}\u001b[?2004h`,
  "a warning": (text) => `${text}bash: warning: setlocale: LC_ALL: cannot change locale\n`,
  "base64 before and behind": (text) => `QUJD\n${text}QUJD\n`,
};

/** What a look-up of a method comes to. */
const methods = mostly(
  fc.constantFrom("works", "works", "works", undefined),
  fc.constantFrom("is no function", "throws", "is gone at the next look-up"),
  19,
);
const eras = fc.record({ exec: methods, execCommand: methods });
const sessions = mostly(
  fc.record({
    eras: fc.array(eras, { minLength: 1, maxLength: 2 }),
    /** After how many calls of a turn it is another, if it is. */
    callsInEra: fc.constantFrom(1, 2, 99),
    answers: fc.array(fc.tuple(commands, answers), { maxLength: 3 }),
    noise: fc.option(anyKey(NOISES), { nil: undefined }),
  }),
  fc
    .constantFrom(undefined, null, 0, "text", true, 5n, Symbol("s"), () => {}, [])
    .map((value) => ({
      value,
    })),
  19,
);

const ids = mostly(
  taken(mostly(texts, fc.constantFrom("...", null, undefined, 5, 5n, {}, ["a", "b"]), 4)),
  fc.oneof(
    refused("TypeError", "C4", "\udc00"),
    refused("TypeError", "C28", "", ".", "..", "a/b", "\0"),
  ),
  9,
);
const anyCodec = mostly(taken(codecs), fc.oneof(badCodecs, noCodecs), 3);
const on = fc.constantFrom(0, 0, 1);
const process = fc.constantFrom("own", "own", "own, stored", "given", "given, copied");
const limits = mostly(
  taken(
    fc.oneof(
      fc.constant(undefined),
      fc.integer({ min: 1, max: 120 }),
      fc.constantFrom(Infinity, 60.5),
    ),
  ),
  fc.oneof(
    refused("RangeError", "C5", NaN, 0, -1),
    refused("TypeError", "C5", "5", 5n, null, true),
  ),
  9,
);
const operations = {
  start: fc.record({ name: fc.constant("start"), input: inputs, on }),
  stop: fc.record({ name: fc.constant("stop"), process, on }),
  read: fc.record({ name: fc.constant("read"), process, maxBytes: limits, on }),
  delete: fc.record({ name: fc.constant("delete"), process, on }),
  key: fc
    .record({ workspaceId: ids, sessionId: ids, recordingId: ids, codec: anyCodec })
    .map((parts) => ({ name: "key", args: together(parts) })),
  codec: fc
    .record({ name: fc.constantFrom("type", "ext"), codec: anyCodec })
    .map(({ name, codec }) => ({ name, args: together({ codec }) })),
};
const calls = fc.oneof(
  { weight: 4, arbitrary: operations.start },
  { weight: 4, arbitrary: operations.stop },
  { weight: 6, arbitrary: operations.read },
  { weight: 2, arbitrary: operations.delete },
  { weight: 1, arbitrary: fc.oneof(operations.key, operations.codec) },
);

/**
 * Calls in this order.
 *
 * @param {(keyof typeof operations)[][]} turns Those of a turn overlap.
 * @returns {fc.Arbitrary<Call[][]>}
 */
const inOrder = (...turns) =>
  fc.tuple(...turns.map((names) => fc.tuple(...names.map((name) => operations[name]))));

/**
 * Whether a caller asks for a file that is said to be longer than any, so that what does not come whole
 * is asked for in pieces.
 *
 * @param {{ box: Box, turns: Call[][] }} caller
 */
function isEndless({ box, turns }) {
  const limits = turns.flat().map((call) => ("maxBytes" in call ? call.maxBytes.value : 0));
  return box.size === "too large" && limits.includes(Infinity);
}

const anyCallers = fc.record({
  box: boxes,
  /** From which turn on the clock is another. */
  jump: mostly(
    fc.constant({ turn: 0, by: 0 }),
    fc.record({ turn: fc.integer({ min: 1, max: 4 }), by: fc.constantFrom(3_600_000, -3_600_000) }),
    4,
  ),
  sessions: fc.tuple(sessions, sessions),
  process: processes,
  turns: fc.oneof(
    { weight: 1, arbitrary: inOrder(["start"], ["stop"], ["read"], ["delete"]) },
    { weight: 1, arbitrary: inOrder(["start"], ["stop", "stop"], ["stop"], ["read"]) },
    {
      weight: 4,
      arbitrary: fc.array(
        mostly(
          calls.map((call) => [call]),
          fc.array(calls, { minLength: 2, maxLength: 3 }),
          3,
        ),
        { minLength: 1, maxLength: 5 },
      ),
    },
  ),
});

export const callers = anyCallers.filter((caller) => !isEndless(caller));

/**
 * The text that a command prints on the box.
 *
 * @param {Box} box
 * @param {string} command
 */
function printed({ video, lineLength, damage, size, log }, command) {
  if (command === "log") return log;
  if (command === "size") return (SIZES[size] ?? ODD_SIZES[size])?.(video.length) ?? "";
  if (command !== "payload") return "";
  const text = Buffer.from(video).toString("base64");
  let lines = "";
  for (let at = 0; at < text.length; at += lineLength) {
    lines += `${text.slice(at, at + lineLength)}\n`;
  }
  return (DAMAGES[damage] ?? ODD_DAMAGES[damage])?.(lines) ?? "";
}

/** What a framed size may be, and what may be done to a framed payload. */
const FRAMED_SIZES = ["right", "too large", "missing", "zero"];
const FRAMED_DAMAGES = ["none", "other white space"];

/**
 * What a command prints on a box with a shell, if this stands for one: a bare answer that is undamaged,
 * in its frame and among noise. What comes of it must be what comes of the bare answer.
 *
 * @param {string} cmd
 * @param {Box} box
 * @param {string} noise
 */
function framed(cmd, box, noise) {
  const marks = marksOf(cmd);
  const command = commandOf(cmd);
  const isUndamaged = {
    // In a frame stands the folder that a relative path is in.
    start: !/echo \$! > (?:'\\'')?[^'/]/.test(cmd),
    size: FRAMED_SIZES.includes(box.size),
    payload: FRAMED_DAMAGES.includes(box.damage) && box.size in SIZES,
  }[command];
  if (marks.length === 0 || !isUndamaged) return undefined;
  const size = printed(box, "size").trim();
  const states = /^[1-9]/.test(size) ? `${size}:1:2:3\n` : "";
  /** @type {Record<string, string>} */
  const contents = {
    size: `${size}\n${states}`,
    sha256: `${createHash("sha256").update(box.video).digest("hex")} *film\n`,
  };
  const text = marks.map(({ nonce, label }) => {
    const content = contents[label] ?? (label === "end" ? "" : printed(box, command));
    return `\n${nonce}:${label}\n${content}`;
  });
  return NOISES[noise]?.(`${text.join("")}\n`, cmd);
}

/**
 * @typedef {object} Doing A call that is on.
 * @property {Event[]} events
 * @property {number} calls How many commands it has run.
 * @property {number} lookups
 */

/** @type {AsyncLocalStorage<Doing>} */
const doing = new AsyncLocalStorage();

/**
 * The session of a caller.
 *
 * @param {Session} session
 * @param {Box} box
 * @param {{ index: number, overlaps: boolean }} turn Which one is on.
 */
function sessionOf(session, box, turn) {
  if ("value" in session) return session.value;
  const { eras, callsInEra, answers, noise } = session;
  const scripted = Object.fromEntries(answers);

  /**
   * @param {string} cmd
   * @param {Came} came
   */
  function answer(cmd, came) {
    const { command } = came;
    const call = /** @type {Doing} */ (doing.getStore());
    const { put, manner, fault } = scripted[command] ?? usually;
    if (fault) {
      const value = throwableOf(fault.throwable, call.calls);
      came.threw = { value };
      return THROWS[fault.manner]?.(value);
    }
    const isWhole = put in SHAPES || WHOLE.includes(put);
    const isLong = command === "payload" && box.video.length > 120;
    const way = isLong && !isWhole ? "output" : put;
    const text = (noise !== undefined && isWhole && framed(cmd, box, noise)) || came.text;
    Object.assign(came, READS[way]);
    return MANNERS[manner]?.(PUTS[way]?.(text));
  }

  /** @param {string} key */
  function member(key) {
    if (key !== "exec" && key !== "execCommand") return undefined;
    const call = /** @type {Doing} */ (doing.getStore());
    const era = turn.index + Math.floor(call.calls / callsInEra);
    const kind = eras[era % eras.length]?.[key];
    if (kind === undefined) return undefined;
    if (kind === "is no function") return true;
    if (kind === "throws") throw THROWABLES.token;
    if (kind !== "works" && call.lookups++ % 2 === 1) return undefined;
    return function (/** @type {any[]} */ ...args) {
      const [{ cmd, ...others }, ...rest] = args;
      /** @type {Came} */
      const came = { command: commandOf(cmd), text: printed(box, commandOf(cmd)), reads: "all" };
      /** @type {any} */ (call.events).push({
        call: key,
        cmd,
        came,
        names: Object.keys(args[0]),
        args: [others, ...rest].map(describe),
        isPlain: Object.getPrototypeOf(args[0]) === Object.prototype,
        // @ts-expect-error It is called as a method.
        onSession: this === scriptedSession,
      });
      call.calls++;
      if (!turn.overlaps) pass(CALL_MS);
      return answer(cmd, came);
    };
  }

  const scriptedSession = new Proxy(Object.create(null), {
    get(_, key) {
      /** @type {Event} */
      const event = { get: String(key) };
      doing.getStore()?.events.push(event);
      try {
        const found = member(String(key));
        event.isMethod = typeof found === "function";
        return found;
      } catch (value) {
        event.threw = { value };
        throw value;
      }
    },
  });
  return scriptedSession;
}

/**
 * What a module is seen to do for calls that are made at once.
 *
 * @param {Api} api
 * @param {any[]} sessions
 * @param {{ call: Call, handle: any }[]} made
 * @returns {Promise<Seen[]>}
 */
function observeTurn(api, sessions, made) {
  return Promise.all(
    made.map(({ call, handle }) => {
      const session = "on" in call ? sessions[call.on] : undefined;
      /** @type {Doing} */
      const store = { events: [], calls: 0, lookups: 0 };
      return doing.run(store, async () => {
        /** @type {any} */
        let result;
        /** @type {any} */
        const outcome = await outcomeOf(api, () => (result = make(api, call, session, handle)));
        const { now } = clock;
        const started = "input" in call && outcome.resolved ? await result : undefined;
        return { outcome, events: store.events, started, dimensions: undefined, now };
      });
    }),
  );
}

/**
 * @param {any} api
 * @param {Call} call
 * @param {any} session
 * @param {any} handle
 */
function make(api, call, session, handle) {
  if ("input" in call) return api.startRecording(session, call.input.value);
  if ("maxBytes" in call) return api.readRecordingBytes(session, handle, call.maxBytes.value);
  if (call.name === "stop") return api.stopRecording(session, handle);
  if (call.name === "delete") return api.deleteRecordingArtifacts(session, handle);
  const { workspaceId, sessionId, recordingId, codec } = /** @type {any} */ (call).args.value;
  if (call.name === "type") return api.contentTypeForCodec(codec);
  if (call.name === "ext") return api.extForCodec(codec);
  return api.recordingStorageKey(workspaceId, sessionId, recordingId, codec);
}

/**
 * The faults of a call's arguments.
 *
 * @param {Call} call
 * @param {Faults} ofProcess
 * @returns {Faults}
 */
function faultsIn(call, ofProcess) {
  if ("input" in call) return call.input.faults;
  if ("args" in call) return call.args.faults;
  const limit = "maxBytes" in call ? call.maxBytes.fault : undefined;
  return limit ? { ...ofProcess, maxBytes: limit } : ofProcess;
}

/**
 * What both modules are seen to do for a caller, call by call. The old one is given the handles of the
 * new one. `Date.now` and `performance.now` must tell the time of `clock`.
 *
 * @param {{ old: Api, api: Api }} modules
 * @param {Caller} caller
 * @returns {Promise<Made[]>}
 */
export async function observe({ old, api }, { box, jump, sessions, process, turns }) {
  const given = copyOf(process.value);
  const turn = { index: 0, overlaps: false };
  const worlds = [api, old].map((module) => ({
    module,
    sessions: sessions.map((session) => sessionOf(session, box, turn)),
    /** @type {any[]} */
    handles: [],
  }));
  const handles = worlds[0]?.handles ?? [];

  /** @param {Call} call */
  function prepared(call) {
    if (!("process" in call)) return { call, handle: undefined, whose: undefined, faults: {} };
    const own = handles.at(-1);
    if (own !== undefined && call.process.startsWith("own")) {
      const isStored = call.process === "own, stored";
      return { call, handle: isStored ? stored(own) : own, whose: call.process, faults: {} };
    }
    const isCopied = call.process === "given, copied" && Object(given) === given;
    const handle = isCopied ? { ...given } : given;
    return {
      call,
      handle,
      whose: "given",
      faults: metBy(call.name, { ...process, value: handle }),
    };
  }

  /** @type {Made[]} */
  const all = [];
  for (const [index, calls] of turns.entries()) {
    Object.assign(turn, { index, overlaps: calls.length > 1 });
    const made = calls.map(prepared);
    const seen = [];
    for (const { module, sessions, handles } of worlds) {
      clock.steady = index * TURN_MS;
      clock.now = EPOCH_MS + clock.steady + (index >= jump.turn ? jump.by : 0);
      const all = await observeTurn(module, sessions, made);
      for (const [at, seen] of all.entries()) {
        if (seen.started === undefined) continue;
        seen.dimensions = ownerOf(/** @type {Call} */ (calls[at]), seen.started, handles);
        handles.push(seen.started);
      }
      seen.push(all);
    }
    for (const [at, call] of made.entries()) {
      const [[now], [before]] = /** @type {[[Seen], [Seen]]} */ (seen.map((all) => [all[at]]));
      const faults = faultsIn(call.call, call.faults);
      all.push(
        /** @type {Made} */ ({
          ...call,
          ...{ faults, turn: index, seen: now, old: before },
          overlaps: turn.overlaps,
        }),
      );
    }
  }
  return all;
}

/**
 * Whose array is in the handle of a recording that was started.
 *
 * @param {Call} call
 * @param {any} started
 * @param {any[]} handles The earlier ones.
 */
function ownerOf(call, { dimensions }, handles) {
  if ("input" in call && dimensions === call.input.value.dimensions) return "the caller";
  return handles.some((handle) => handle.dimensions === dimensions) ? "an earlier one" : "itself";
}

/** @param {number} ms */
function pass(ms) {
  clock.now += ms;
  clock.steady += ms;
}

/**
 * The same handle as another object, so that a module knows nothing of it.
 *
 * @param {any} process
 */
function copyOf(process) {
  if (Object(process) !== process) return process;
  return Object.freeze(Object.assign(Object.create(Object.getPrototypeOf(process)), process));
}

/**
 * A handle that was stored and read back.
 *
 * @param {object} handle
 */
function stored(handle) {
  return JSON.parse(JSON.stringify(handle));
}
