// Random callers: what they pass in, what their sessions answer, and what they call in which order,
// one call after the other or several at once.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { videoOf } from "../support/box.js";
import { commandOf, marksOf } from "./commands.js";
import { CALL_MS, EPOCH_MS, describe, outcomeOf } from "./run.js";
import { DELIVERIES, SHAPES, THROWABLES, THROWS } from "./sessions.js";
import { FINISHED_MP4, FINISHED_WEBM, UNFINISHED_VIDEOS } from "./videos.js";

/**
 * @typedef {import("./run.js").Api} Api
 * @typedef {typeof callers extends fc.Arbitrary<infer T> ? T : never} Caller
 * @typedef {typeof boxes extends fc.Arbitrary<infer T> ? T : never} Box
 * @typedef {typeof sessions extends fc.Arbitrary<infer T> ? T : never} Session
 * @typedef {typeof calls extends fc.Arbitrary<infer T> ? T : never} Call
 *
 * @typedef {object} Seen What one call was seen to do.
 * @property {string} name
 * @property {any} outcome
 * @property {string | undefined} process Whose handle it was given.
 * @property {any} started The handle that it gave.
 * @property {string | undefined} dimensions Whose array is in it.
 * @property {Set<string>} rows The differences that it shows, where the module knows them.
 *
 * @typedef {object} Turn
 * @property {any[]} transcript What all sessions saw.
 * @property {boolean} overlaps Whether that is in no order.
 * @property {Seen[]} calls
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

const plain = fc.string({ unit: fc.constantFrom(..."aZ09_.:@%+=,-"), minLength: 1, maxLength: 9 });
const crafted = fc.constantFrom(
  ...["a b", "x;y", "$(id)", "it's", '"', "`", "é", "#", "~", "a\nb", "\u001b[31m", "\u202e"],
);
const texts = mostly(plain, crafted);
const throwing = {
  valueOf() {
    throw THROWABLES.token;
  },
};
const badTexts = fc.constantFrom("\0", "a\0", "\ud83d", 5, true, Symbol("s"), throwing);
const rates = mostly(
  fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 1, max: 1_000, noNaN: true })),
  fc.constantFrom(1e-7, 0.999, 1_000.1, 1e21),
);
const times = mostly(
  fc.oneof(
    fc.integer({ min: 1, max: 60 }),
    fc.double({ min: 1e-6, max: 9_223_372_036_854, noNaN: true }),
  ),
  fc.constantFrom(1e-6, 9_223_372_036_854, 1e-7, 9_223_372_036_855, 2 ** 53 - 1, 1e21),
);
const displays = mostly(texts, fc.constantFrom(":0", ":0.0", "localhost:10.0", "[::1]:1.2"), 1);
const badNumbers = fc.constantFrom(NaN, 0, -1, "5", 5n, Infinity, {});
const sides = mostly(
  fc.integer({ min: 1, max: 4_000 }),
  fc.constantFrom(-1, 0, 800.5, NaN, "5"),
  29,
);
const codecs = fc.constantFrom("h264-mp4", "vp9-webm");
const badCodecs = fc.constantFrom("av1", "", "H264-mp4", 5, Symbol("s"), {}, ["vp9-webm"]);
const users = mostly(
  fc.constantFrom(undefined, undefined, "", "agent", "a b", null),
  fc.constantFrom("\0", "\ud83d", 5, true, {}, Symbol("s"), false, 0),
  19,
);
const nothing = fc.constantFrom(undefined, null);

/** @type {fc.Arbitrary<any>} */
const inputs = mostly(
  fc.record(
    {
      recordingId: mostly(texts, fc.oneof(badTexts, fc.constantFrom("", "a/b", undefined)), 19),
      codec: mostly(codecs, fc.oneof(nothing, badCodecs)),
      framerate: mostly(rates, fc.oneof(badNumbers, nothing), 19),
      maxSeconds: mostly(times, fc.oneof(badNumbers, nothing), 19),
      dimensions: mostly(
        fc.tuple(sides, sides),
        fc.oneof(
          nothing,
          fc.constantFrom("64", {}, 5, [], [640], [640, 480, 24], new Set([640, 480])),
          fc.constant(Uint16Array.of(641, 480)),
        ),
      ),
      display: mostly(displays, fc.oneof(badTexts, fc.constantFrom("", "-x", null)), 19),
      runAs: users,
      tmpDir: mostly(
        texts.map((text) => `/${text}`),
        fc.oneof(badTexts, fc.constantFrom("", "-x", null, "rec:x", "a b")),
        19,
      ),
    },
    { requiredKeys: ["recordingId"] },
  ),
  fc.constantFrom(undefined, null, 5, "text", Symbol("s")),
  39,
);

/** @type {fc.Arbitrary<any>} */
const processes = mostly(
  fc
    .record({
      recordingId: fc.constant("r1"),
      codec: mostly(codecs, fc.oneof(badCodecs, nothing), 39),
      folder: texts.map((text) => `/${text}`),
      name: texts,
      extension: mostly(fc.constant(undefined), fc.constantFrom("", ".mkv", ".mp4.part")),
      odd: mostly(
        fc.constant({}),
        fc.oneof(
          fc.record({ boxPath: fc.oneof(badTexts, fc.constantFrom("", "-x", undefined)) }),
          fc.record({ pidFile: fc.oneof(badTexts, fc.constantFrom("", "-x", undefined)) }),
        ),
      ),
      dimensions: fc.constant([1280, 800]),
      framerate: fc.constant(15),
      startedAt: mostly(
        fc.integer({ min: EPOCH_MS - 100_000, max: EPOCH_MS + 60_000 }),
        fc.constantFrom(
          `${EPOCH_MS}`,
          new Date(EPOCH_MS),
          new Date(EPOCH_MS).toJSON(),
          null,
          "",
          false,
          [],
          undefined,
          NaN,
          Infinity,
          "soon",
          5n,
          Symbol("s"),
          throwing,
          Object.create(null),
        ),
        19,
      ),
      display: fc.constant(":0"),
      runAs: users,
      isBare: fc.boolean(),
    })
    .map(({ folder, name, extension, runAs, odd, isBare, ...fields }) =>
      Object.freeze(
        Object.assign(isBare ? Object.create(null) : {}, {
          ...fields,
          boxPath: `${folder}/${name}${extension ?? (fields.codec === "vp9-webm" ? ".webm" : ".mp4")}`,
          pidFile: `${folder}/${name}.pid`,
          ...(runAs === undefined ? {} : { runAs }),
          ...odd,
        }),
      ),
    ),
  fc.constantFrom(undefined, null, 5, "text", {}, []),
  39,
);

/**
 * What a command prints of the size of a file of that length.
 *
 * @type {Record<string, (length: number) => string>}
 */
const SIZES = {
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
const DAMAGES = {
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

const logs = fc.constantFrom(
  "",
  "[x11grab @ 0x5] Cannot open display :0, error 1.\n",
  "nohup: failed to run command 'ffmpeg': No such file or directory\n",
  "a\tlog\nof two \u001b[1mlines\n",
);
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

const commands = fc.constantFrom(
  ...["start", "stop", "size", "size", "payload", "payload", "payload", "log", "delete"],
);
const answers = fc.record({
  put: fc.oneof(anyKey(SHAPES), anyKey(ODD_SHAPES), anyKey(UNFINISHED)),
  manner: mostly(anyKey(DELIVERIES), anyKey(MANNERS)),
  fault: mostly(
    fc.constant(undefined),
    fc.record({ throwable: anyKey(THROWABLES), manner: anyKey(THROWS) }),
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
  texts,
  fc.constantFrom(
    "",
    ".",
    "..",
    "...",
    "a/b",
    "\0",
    "\udc00",
    null,
    undefined,
    5,
    5n,
    Symbol("s"),
    {},
    ["a", "b"],
  ),
  4,
);
const anyCodec = mostly(codecs, fc.oneof(badCodecs, nothing), 3);
const on = fc.constantFrom(0, 0, 1);
const process = fc.constantFrom("own", "own", "own, stored", "given", "given, copied");
const limits = mostly(
  fc.constant(undefined),
  fc.oneof(
    fc.integer({ min: 1, max: 120 }),
    fc.constantFrom(NaN, 0, -1, Infinity, 60.5, "5", 5n, null, {}),
  ),
  4,
);
const operations = {
  start: fc.record({ name: fc.constant("start"), input: inputs, on }),
  stop: fc.record({ name: fc.constant("stop"), process, on }),
  read: fc.record({ name: fc.constant("read"), process, maxBytes: limits, on }),
  delete: fc.record({ name: fc.constant("delete"), process, on }),
  key: fc.record({ name: fc.constant("key"), args: fc.tuple(ids, ids, ids, anyCodec) }),
  codec: fc.record({ name: fc.constantFrom("type", "ext"), args: fc.tuple(anyCodec) }),
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
  const limits = turns.flat().map((call) => ("maxBytes" in call ? call.maxBytes : 0));
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
 * The session of a caller.
 *
 * @param {Session} session
 * @param {Box} box
 * @param {any[]} log
 * @param {{ index: number, overlaps: boolean }} turn Which one is on.
 */
function sessionOf(session, box, log, turn) {
  if ("value" in session) return session.value;
  const { eras, callsInEra, answers, noise } = session;
  const scripted = Object.fromEntries(answers);
  let turnOfCalls = 0;
  let callsInTurn = 0;
  let lookups = 0;

  /** @param {string | import("./commands.js").Wanted} cmd */
  function answer(cmd) {
    const command = commandOf(cmd);
    const { put, manner, fault } = scripted[command] ?? usually;
    if (fault) {
      const value = THROWABLES[/** @type {keyof typeof THROWABLES} */ (fault.throwable)];
      return THROWS[fault.manner]?.(value);
    }
    const isWhole = put in SHAPES || WHOLE.includes(put);
    const isLong = command === "payload" && box.video.length > 120;
    const isFramed = noise !== undefined && typeof cmd === "string" && isWhole;
    const text = (isFramed && framed(cmd, box, noise)) || printed(box, command);
    return MANNERS[manner]?.(PUTS[isLong && !isWhole ? "output" : put]?.(text));
  }

  /** @param {string} key */
  function member(key) {
    if (key !== "exec" && key !== "execCommand") return undefined;
    if (turnOfCalls !== turn.index) [turnOfCalls, callsInTurn, lookups] = [turn.index, 0, 0];
    // Where calls overlap, nothing depends on their order.
    const era = turn.index + (turn.overlaps ? 0 : Math.floor(callsInTurn / callsInEra));
    const kind = eras[era % eras.length]?.[key];
    if (kind === undefined) return undefined;
    if (kind === "is no function") return true;
    if (kind === "throws") throw THROWABLES.token;
    if (kind !== "works" && !turn.overlaps && lookups++ % 2 === 1) return undefined;
    return function (/** @type {any[]} */ ...args) {
      const [{ cmd, ...others }, ...rest] = args;
      log.push({
        call: key,
        cmd,
        names: Object.keys(args[0]),
        args: [others, ...rest].map(describe),
        isPlain: Object.getPrototypeOf(args[0]) === Object.prototype,
        // @ts-expect-error It is called as a method.
        onSession: this === scriptedSession,
      });
      callsInTurn++;
      if (!turn.overlaps) pass(CALL_MS);
      return answer(cmd);
    };
  }

  const scriptedSession = new Proxy(Object.create(null), {
    get(_, key) {
      log.push({ get: String(key) });
      return member(String(key));
    },
  });
  return scriptedSession;
}

/**
 * What a module is seen to do for a caller, turn by turn. `Date.now` and `performance.now` must tell the
 * time of `clock`.
 *
 * @param {(rows: Set<string>) => Api} moduleFor The module for one call.
 * @param {Caller} caller
 * @returns {Promise<Turn[]>}
 */
export async function observe(moduleFor, { box, jump, sessions, process, turns }) {
  const given = copyOf(process);
  /** @type {any[]} */
  const log = [];
  const turn = { index: 0, overlaps: false };
  const built = sessions.map((session) => sessionOf(session, box, log, turn));
  /** @type {any[]} */
  const handles = [];

  /** @param {string} whose */
  function processOf(whose) {
    const own = handles.at(-1);
    if (own === undefined || whose.startsWith("given")) {
      const isCopied = whose === "given, copied" && Object(given) === given;
      return { used: "given", handle: isCopied ? { ...given } : given };
    }
    return { used: `own ${handles.length}`, handle: whose === "own" ? own : stored(own) };
  }

  /**
   * @param {Call} call
   * @returns {Promise<Seen>}
   */
  async function make(call) {
    /** @type {Set<string>} */
    const rows = new Set();
    /** @type {any} */
    const api = moduleFor(rows);
    const { used, handle } =
      "process" in call ? processOf(call.process) : { used: undefined, handle: undefined };
    const session = "on" in call ? built[call.on] : undefined;
    /** @type {any} */
    let result;
    /** @type {any} */
    const outcome = await outcomeOf(api, () => (result = run()));
    const started = "input" in call && outcome.resolved ? await result : undefined;
    return { name: call.name, outcome, process: used, started, dimensions: undefined, rows };

    function run() {
      if (call.name === "stop") return api.stopRecording(session, handle);
      if (call.name === "delete") return api.deleteRecordingArtifacts(session, handle);
      if ("maxBytes" in call) return api.readRecordingBytes(session, handle, call.maxBytes);
      if ("input" in call) return api.startRecording(session, call.input);
      const functions = { key: "recordingStorageKey", type: "contentTypeForCodec" };
      const name = functions[/** @type {keyof typeof functions} */ (call.name)] ?? "extForCodec";
      return api[name](.../** @type {any} */ (call).args);
    }
  }

  /**
   * Whose array is in the handle of a recording that was started.
   *
   * @param {Call} call
   * @param {any} started
   */
  function ownerOf(call, { dimensions }) {
    if ("input" in call && dimensions === call.input.dimensions) return "the caller";
    return handles.some((handle) => handle.dimensions === dimensions) ? "an earlier one" : "itself";
  }

  const seen = [];
  for (const [index, calls] of turns.entries()) {
    Object.assign(turn, { index, overlaps: calls.length > 1 });
    clock.steady = index * TURN_MS;
    clock.now = EPOCH_MS + clock.steady + (index >= jump.turn ? jump.by : 0);
    const outcomes = await Promise.all(calls.map(make));
    for (const [at, seen] of outcomes.entries()) {
      if (seen.started === undefined) continue;
      seen.dimensions = ownerOf(/** @type {Call} */ (calls[at]), seen.started);
      handles.push(seen.started);
    }
    const transcript = log.splice(0);
    seen.push({ transcript, overlaps: turn.overlaps, calls: outcomes });
  }
  return seen;
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
  try {
    return JSON.parse(JSON.stringify(handle));
  } catch {
    // The old module gives handles that no JSON can hold.
    return { ...handle };
  }
}
