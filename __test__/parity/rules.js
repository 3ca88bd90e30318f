// What must be so of every call, by what the box and the session did and by what the old module does.
import { inspect, isDeepStrictEqual } from "node:util";
import * as commands from "./commands.js";
import { DAMAGES, LOGS, SCREENS, SIZES } from "./fuzz.js";
import { EPOCH_MS, describeError } from "./run.js";
import { UNFINISHED_VIDEOS } from "./videos.js";

/**
 * @typedef {import("./fuzz.js").Box} Box
 * @typedef {import("./fuzz.js").Came} Came
 * @typedef {import("./fuzz.js").Event} Event
 * @typedef {import("./fuzz.js").Made} Made
 * @typedef {import("./fuzz.js").Seen} Seen
 * @typedef {Set<string>} Rows Rows of docs/differences.md.
 */

/** Rows that show in the commands alone: what comes of a call is as it was. */
const COMMAND_ROWS = ["C4", "C6", "C7", "C16", "C20", "C22"];
/** The largest recording that is never asked for twice, in bytes. */
const SMALL = 3_072;

/**
 * The size that a box tells, by what it says of it. Where it is none here, it tells no size.
 *
 * @type {Record<string, (length: number) => number>}
 */
const TELLS = {
  ...Object.fromEntries(Object.keys(SIZES).map((size) => [size, (/** @type {number} */ n) => n])),
  "one more": (length) => length + 1,
  "one less": (length) => length - 1,
  "too large": () => 268_435_457,
  zero: () => 0,
};

/** How messages show what is in these paths. */
const SHOWN = { "\n": "\\n", "\u001b": "\\u{1b}", "\u202e": "\\u{202e}" };

/**
 * @param {unknown} isSo
 * @param {string} rule
 * @param {unknown[]} seen
 */
function must(isSo, rule, ...seen) {
  if (!isSo) throw new Error([rule, ...seen.map((one) => inspect(one, { depth: 9 }))].join("\n"));
}

/**
 * What was seen of a session, without what came of it.
 *
 * @param {Seen} seen
 */
function asked({ events }) {
  return events.map(({ cmd, came, ...event }) => ({ ...event, command: came?.command }));
}

/** @param {any} error What is described of one. */
function reasonOf(error) {
  return Object.fromEntries(error?.own ?? []).reason;
}

/**
 * @param {string} text
 */
function shown(text) {
  let all = text;
  for (const [raw, escaped] of Object.entries(SHOWN)) all = all.replaceAll(raw, escaped);
  return all;
}

/**
 * Checks all calls of a caller.
 *
 * @param {Made[]} calls
 * @param {{ box: Box, jump: { by: number } }} caller
 * @returns {Rows[]} The differences that each call shows.
 */
export function check(calls, caller) {
  return calls.map((made, at) => checkCall(made, caller, calls.slice(0, at + 1)));
}

/**
 * @param {Made} made
 * @param {{ box: Box, jump: { by: number } }} caller
 * @param {Made[]} calls Those until then, and itself.
 */
function checkCall(made, caller, calls) {
  const { call, faults, seen, old } = made;
  if (Object.keys(faults).length > 0) return refusal(made);
  const rows = commandRows(made);
  if (call.name === "start") start(made, rows);
  else if (call.name === "read") read(made, rows, caller, calls);
  else same(made);
  const isSame = isDeepStrictEqual(withoutDuration(seen), withoutDuration(old));
  const others = [...rows].filter((row) => !COMMAND_ROWS.includes(row));
  must(isSame || others.length > 0, "what is not listed is as it was", seen, old);
  return rows;
}

/** @param {Seen} seen */
function withoutDuration({ outcome, dimensions }) {
  const { resolved } = outcome;
  const isRead = Array.isArray(resolved) && resolved.at(-1)?.[0] === "durationSeconds";
  return { outcome: isRead ? resolved.slice(0, -1) : outcome, dimensions };
}

/**
 * A call with faulty arguments names one of them, and nothing has run.
 *
 * @param {Made} made
 */
function refusal({ faults, seen, old }) {
  const { class: type, message } = seen.outcome.threw ?? seen.outcome.rejected ?? {};
  const named = Object.entries(faults).some(
    ([field, fault]) =>
      fault.type === type &&
      new RegExp(`^${field}(\\[\\d\\])?( \\(\\w+\\))? must be `).test(message),
  );
  must(named, "the error names a faulty argument", seen.outcome, faults);
  must(seen.events.length === 0, "nothing runs with a faulty argument", seen.events);
  must(!isDeepStrictEqual(seen.outcome, old.outcome), "the old module does otherwise", old);
  return new Set(Object.values(faults).map(({ row }) => row));
}

/**
 * All that is asked is asked as before, and the same comes of it.
 *
 * @param {Made} made
 */
function same({ seen, old }) {
  must(isDeepStrictEqual(asked(seen), asked(old)), "the same is asked", seen, old);
  must(isDeepStrictEqual(seen.outcome, old.outcome), "the same comes of it", seen, old);
}

/**
 * Checks the commands: each is the one that is wanted in its place, and holds what the call was given.
 *
 * @param {Made} made
 * @returns {Rows}
 */
function commandRows({ call, handle, seen }) {
  /** @type {Rows} */
  const rows = new Set();
  const values = "input" in call ? valuesOf(call.input.value) : handle;
  let payloads = 0;
  for (const event of seen.events) {
    if (event.came === undefined) continue;
    const { boxPath, pidFile } = values;
    /** @type {Record<string, () => commands.Wanted>} */
    const kinds = {
      start: () => commands.start(values),
      stop: () => commands.stop(pidFile),
      size: () => commands.size(boxPath),
      payload: () => commands.payload(boxPath, payloads++ > 0),
      log: () => commands.log(boxPath),
      delete: () => commands.remove(boxPath, pidFile),
    };
    const wanted = kinds[event.came.command]?.();
    const as = commands.asWanted(event, { cmd: wanted });
    must(wanted && as.cmd === wanted, "a command is as it is wanted", as.cmd, wanted);
    const texts = { stop: [pidFile], delete: [boxPath, pidFile] }[event.came.command] ?? [boxPath];
    if (call.name === "start") texts.push(values.screen);
    if (texts.some((/** @type {string} */ text) => !commands.PLAIN.test(text))) rows.add("C4");
    if (call.name === "delete") rows.add("C22");
    if (call.name !== "start") continue;
    rows.add("C6");
    if (values.sides.some((/** @type {number} */ side) => side % 2 === 1)) rows.add("C7");
    if (values.codec === "vp9-webm") rows.add("C16");
    if (values.screen === values.display) rows.add("C20");
  }
  return rows;
}

/**
 * What a start is to put into its command.
 *
 * @param {any} input
 */
function valuesOf(input) {
  const stem = `${input.tmpDir ?? "/tmp"}/og-rec-${input.recordingId}`;
  const codec = input.codec ?? "h264-mp4";
  const display = input.display ?? ":0";
  return {
    codec,
    display,
    framerate: input.framerate ?? 15,
    maxSeconds: input.maxSeconds ?? 600,
    sides: [...(input.dimensions ?? [1_280, 800])].slice(0, 2),
    screen: /** @type {Record<string, string>} */ (SCREENS)[display] ?? `${display}.0`,
    boxPath: `${stem}${codec === "vp9-webm" ? ".webm" : ".mp4"}`,
    pidFile: `${stem}.pid`,
  };
}

/**
 * A start gives the old handle, unless the session tells that its command has failed.
 *
 * @param {Made} made
 * @param {Rows} rows
 */
function start({ call, seen, old }, rows) {
  must(isDeepStrictEqual(asked(seen), asked(old)), "a start asks the same", seen, old);
  const came = seen.events.at(-1)?.came;
  if (came?.exitCode !== undefined) {
    rows.add("C19");
    const message = `recording not started; exit code ${came.exitCode}`;
    fails(seen, { reason: "ffmpeg-error", start: message });
    return;
  }
  must(isDeepStrictEqual(seen.outcome, old.outcome), "a start gives the same", seen, old);
  if (seen.started === undefined || !("input" in call)) return;
  const owner = call.input.value.dimensions == null ? "itself" : "the caller";
  must(seen.dimensions === owner, "a handle has an array of its own, or the caller's", seen);
  if (old.dimensions !== owner) rows.add("C11");
}

/**
 * @param {Seen} seen
 * @param {{ reason: string, start: string, holds?: string[] }} error
 */
function fails({ outcome }, { reason, start, holds = [] }) {
  const { class: type, message = "" } = outcome.rejected ?? {};
  const isSuch = type === "RecordingError" && reasonOf(outcome.rejected) === reason;
  must(isSuch && message.startsWith(start), `it is "${start}" (${reason})`, outcome);
  for (const text of holds) must(message.includes(text), `the message holds "${text}"`, outcome);
}

/**
 * @param {Made} made
 * @param {Rows} rows
 * @param {{ box: Box, jump: { by: number } }} caller
 * @param {Made[]} calls
 */
function read(made, rows, { box, jump }, calls) {
  const { call, handle, seen, old } = made;
  const path = shown(handle.boxPath);
  if (path !== handle.boxPath && seen.outcome.rejected?.message?.includes(path)) rows.add("C27");
  const now = asked(seen).filter(({ command }) => command !== "log");
  const before = asked(old);
  const common = Math.min(now.length, before.length);
  must(
    isDeepStrictEqual(now.slice(0, common), before.slice(0, common)),
    "a read asks the same, as far as both ask",
    ...[seen, old],
  );
  const all = seen.events.flatMap(({ came }) => came ?? []);
  const [size, ...others] = all;
  for (const { row } of all) if (row) rows.add(row);
  if (size === undefined || size.threw || size.reads === "no result") return same(made);
  const told = size.reads === "nothing" ? undefined : TELLS[box.size]?.(box.video.length);
  const limit = ("maxBytes" in call ? call.maxBytes.value : undefined) ?? 268_435_456;
  if (told === 0) {
    explained(made, rows, `recording file empty on box: ${path}`, []);
  } else if (told === undefined) {
    noSize(made, rows, size, box);
  } else if (told > limit) {
    must(others.length === 0, "nothing more is asked of what is too large", seen);
    const message = `recording ${told}B exceeds max ${limit}B`;
    fails(seen, { reason: "max-bytes-exceeded", start: message });
  } else {
    payload(made, rows, others, { box, told });
  }
  if (seen.outcome.resolved) duration(made, rows, jump.by !== 0, calls);
  if (isDeepStrictEqual(withoutDuration(seen), withoutDuration(old))) {
    for (const row of ["C1", "C2", "C3", "C27", "C30"]) rows.delete(row);
  }
}

/**
 * Where the box tells no size: what its answer means, and what is asked then.
 *
 * @param {Made} made
 * @param {Rows} rows
 * @param {Came} size
 * @param {Box} box
 */
function noSize(made, rows, size, box) {
  const { handle, seen } = made;
  const path = shown(handle.boxPath);
  const isSilent = size.reads === "nothing" || size.text === "";
  const holds = size.unfinished === undefined || size.hasBanner ? [] : unfinished(size, rows);
  if (isSilent && !size.hasBanner) {
    rows.add("C12");
    holds.push("; the box answered nothing instead of a size");
    explained(made, rows, `recording file missing on box: ${path}`, holds);
  } else if (box.size === "missing") {
    explained(made, rows, `recording file missing on box: ${path}`, holds);
  } else {
    rows.add("C12").add("C2");
    must(seen.events.at(-1)?.came === size, "no log tells of a size", seen);
    holds.push(`${size.text.trim()}" instead of a size`);
    const start = `recording size unknown: ${path}: the box answered "`;
    fails(seen, { reason: "ffmpeg-error", start, holds });
  }
}

/**
 * @param {Came} came
 * @param {Rows} rows
 */
function unfinished(came, rows) {
  rows.add("C3");
  return [`; exec session ${came.unfinished} has not finished`];
}

/**
 * An error for which the log was asked: what it tells decides the reason, and is in the message.
 *
 * @param {Made} made
 * @param {Rows} rows
 * @param {string} start
 * @param {string[]} holds
 * @param {string} [reason] Where the log does not decide it.
 */
function explained({ seen }, rows, start, holds, reason) {
  rows.add(reason ? "C14" : "C10");
  const last = seen.events.at(-1);
  const log = last?.came;
  must(log === undefined || log.command === "log", "the log is asked for", seen);
  const isLog = log?.command === "log" && !log.threw && log.reads === "all";
  const isTold = isLog && (log.exitCode === undefined || log.hasBanner);
  const told = LOGS.find(({ text }) => isTold && text === log.text) ?? LOGS[0];
  fails(seen, {
    reason: reason ?? told?.reason ?? "",
    start,
    holds: [...holds, told?.quote ?? ""],
  });
  const thrown = last?.threw ?? log?.threw;
  if (thrown === undefined) return;
  const cause = causeOf(thrown.value);
  must(isDeepStrictEqual(seen.outcome.rejected.cause, cause), "what was thrown is the cause", seen);
}

/** @param {unknown} value */
function causeOf(value) {
  if (value === undefined) return undefined;
  if (value instanceof Error) return { error: value.name, message: value.message };
  return describeError(/** @type {any} */ ({}), value);
}

/**
 * What was asked for after the size: a recording comes home to the byte, or not at all.
 *
 * @param {Made} made
 * @param {Rows} rows
 * @param {Came[]} others
 * @param {{ box: Box, told: number }} file
 */
function payload(made, rows, others, { box, told }) {
  const { handle, seen } = made;
  const path = shown(handle.boxPath);
  const payloads = others.filter(({ command }) => command === "payload");
  const last = payloads.at(-1);
  const isIn = (/** @type {Came} */ came) => !came.threw && came.reads !== "no result";
  must(
    payloads.slice(0, -1).every((came) => !isIn(came)),
    "what came is not asked for again",
    seen,
  );
  if (last === undefined || !isIn(last)) {
    thrown(made, rows, told, payloads);
    return;
  }
  if (payloads.length > 1) rows.add("C13");
  const bytes = bytesIn(last, box, told);
  if (bytes === undefined) {
    const isNothing = last.reads === "nothing" || last.text.trim() === "";
    const holds = last.unfinished === undefined ? [] : unfinished(last, rows);
    if (last.stderr) holds.push(`; stderr: ${last.stderr}`);
    rows.add("C2");
    const finding = isNothing ? "returned 0 bytes" : "failed";
    const expected = isNothing ? "" : `: expected ${told} bytes, got `;
    const start = `recording read ${finding}: ${path}${expected}`;
    fails(seen, { reason: "ffmpeg-error", start, holds });
  } else if (UNFINISHED_VIDEOS.some((video) => video.equals(bytes))) {
    explained(made, rows, `recording not finished: ${path}: `, [], "ffmpeg-error");
  } else {
    const result = Object.fromEntries(seen.outcome.resolved ?? []);
    const type = handle.codec === "vp9-webm" ? "video/webm" : "video/mp4";
    const home = { type: "Uint8Array", ownsBuffer: true, base64: bytes.toString("base64") };
    must(
      isDeepStrictEqual(
        { ...result, durationSeconds: 0 },
        {
          bytes: home,
          contentType: type,
          sizeBytes: told,
          durationSeconds: 0,
        },
      ),
      "what came whole comes home",
      ...[seen, home],
    );
  }
}

/**
 * The bytes that an answer is the base64 of, if it is, and if there are as many as the box has told.
 *
 * @param {Came} came
 * @param {Box} box
 * @param {number} told
 */
function bytesIn(came, box, told) {
  if (came.reads === "nothing" || told !== box.video.length) {
    if (came.reads === "nothing" || box.damage in DAMAGES) return undefined;
  }
  if (box.damage in DAMAGES) return Buffer.from(box.video);
  const text = came.text.replace(/[ \t-\r]/g, "");
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text && bytes.length === told ? bytes : undefined;
}

/**
 * A session that throws where it is asked for the recording: a small one is asked for once, and a larger
 * one until the third throw. The caller gets the last value.
 *
 * @param {Made} made
 * @param {Rows} rows
 * @param {number} told
 * @param {Came[]} payloads
 */
function thrown({ seen }, rows, told, payloads) {
  const { rejected } = seen.outcome;
  const last = seen.events.at(-1);
  const value = last?.threw ?? last?.came?.threw;
  const isVery = value
    ? isDeepStrictEqual(rejected, describeError(/** @type {any} */ ({}), value.value))
    : ["TypeError", "RecordingUnavailableError"].includes(rejected?.class);
  must("rejected" in seen.outcome && isVery, "the caller gets what was thrown", seen);
  if (told <= SMALL) return;
  rows.add("C13");
  const lookups = seen.events.filter(({ get }) => get !== undefined);
  const throws = lookups.filter(({ threw }) => threw).length + payloads.length;
  const isGone = lookups.some(({ isMethod, threw }) => !isMethod && !threw);
  must(isGone ? throws <= 3 : throws === 3, "it is asked for until the third throw", seen);
}

/**
 * How long a recording was: up to a stop, or to the read, and by the clock that nobody sets where the
 * handle is the one that the start gave.
 *
 * @param {Made} made
 * @param {Rows} rows
 * @param {boolean} hasJumped Whether somebody sets the clock.
 * @param {Made[]} calls
 */
function duration({ handle, whose, seen, old }, rows, hasJumped, calls) {
  const { durationSeconds: seconds } = Object.fromEntries(seen.outcome.resolved);
  const before = Object.fromEntries(old.outcome.resolved ?? []).durationSeconds;
  must(Number.isInteger(seconds) && seconds >= 0, "a duration is whole seconds", seen);
  const stops = calls.filter(({ call, handle: its }) => call.name === "stop" && its === handle);
  const isText = whose === "given" && before?.number === "NaN";
  if (isText) rows.add("C24");
  const until = isText ? Math.max(0, seen.now - EPOCH_MS) / 1_000 : before;
  if (until === undefined) return;
  const start = calls.find(({ seen }) => seen.started === handle)?.call;
  const input = start && "input" in start ? start.input.value : undefined;
  const most = input ? (input.maxSeconds ?? 600) : Infinity;
  must(seconds <= most, "a recording is no longer than it may be", seen, most);
  must(hasJumped || seconds < until + 1, "a recording ends before it is read", seen, old);
  if (stops.length === 0 && !(input && hasJumped)) {
    const isUpToRead = Math.abs(seconds - until) <= 0.5 || seconds > most - 1;
    must(isUpToRead, "without a stop it ends there, or when it may be no longer", seen, old);
  }
  if (seconds !== before && !isText) rows.add(stops.length > 0 ? "C8" : "C29");
}

/**
 * The caller without stops that must not count: all of a handle but the first that the session carries
 * out, or but the last where it carries out none.
 *
 * @template {{ turns: import("./fuzz.js").Call[][] }} Caller
 * @param {Made[]} calls What was seen of the caller.
 * @param {Caller} caller
 * @returns {Caller | undefined} Nothing where all count.
 */
export function withoutIdleStops(calls, caller) {
  const turns = caller.turns.map((turn) => {
    const [made] = calls.filter(({ call }) => call === turn[0]);
    return turn.length === 1 && made && isIdle(made, calls) ? [] : turn;
  });
  return turns.some((turn) => turn.length === 0) ? { ...caller, turns } : undefined;
}

/**
 * @param {Made} made
 * @param {Made[]} calls
 */
function isIdle(made, calls) {
  const ofIt = calls.filter(({ handle, faults }) => {
    return handle === made.handle && Object.keys(faults).length === 0;
  });
  const stops = ofIt.filter(({ call }) => call.name === "stop");
  const last = stops.at(-1);
  if (!stops.includes(made) || last === undefined) return false;
  const counts = stops.find(({ seen }) => {
    const came = seen.events.at(-1)?.came;
    return came !== undefined && !came.threw && came.reads !== "no result";
  });
  const areBefore = ofIt.every(({ call, turn }) => call.name !== "read" || turn > last.turn);
  return areBefore && made !== (counts ?? last);
}
