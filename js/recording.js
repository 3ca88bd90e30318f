import core from "../native.js";
import { channelOf } from "./channels.js";
import { begin, drive, finish } from "./driver.js";

/**
 * @typedef {import("../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../index.js").StartRecordingInput} StartRecordingInput
 * @typedef {import("../index.js").FinalizeRecordingResult} FinalizeRecordingResult
 */

export const { DESKTOP_STREAM_PORT } = core;

/**
 * @typedef {object} Stop
 * @property {[epochMs: number, steadyMs: number]} calledAt
 * @property {boolean} [refused] Whether the session refused it, once that is known.
 *
 * @typedef {object} History What is known of a recording beside its handle, which keeps its shape.
 * @property {number} [startedAt] The handle's, which somebody may change.
 * @property {number} [launchedMs] When it was started, by the steady clock.
 * @property {number} [maxSeconds]
 * @property {Stop[]} stops In the order of the calls, up to the first that was carried out.
 * @property {number} refused How many of the first stops were refused.
 */

/** @type {WeakMap<RecordingProcess, History>} */
const histories = new WeakMap();

/**
 * @param {RecordingProcess} process
 * @returns {History}
 */
function historyOf(process) {
  const known = histories.get(process);
  if (known !== undefined) return known;
  const history = { stops: [], refused: 0 };
  if (Object(process) === process) histories.set(process, history);
  return history;
}

/**
 * The stop that counts: the first that the session did not refuse, else the last.
 *
 * @param {History} history
 */
function stopOf(history) {
  const { stops } = history;
  while (stops[history.refused]?.refused) history.refused++;
  return stops[history.refused] ?? stops.at(-1);
}

/**
 * @param {unknown} session
 * @param {StartRecordingInput} input
 * @returns {Promise<RecordingProcess>}
 */
export async function startRecording(session, input) {
  const { codec, dimensions, framerate, maxSeconds, display, tmpDir, recordingId, runAs } = given(
    "input",
    input,
  );
  const wanted = {
    codec,
    dimensions: pair(dimensions),
    framerate,
    maxSeconds,
    display,
    tmpDir,
    recordingId,
    runAs,
  };
  const { done } = await drive(
    begin((slot) => core.startRecording(slot, wanted)),
    session,
  );
  const { process, launchedMs, maxSeconds: atMost } = done;
  const recording = { ...process, dimensions: dimensions ?? process.dimensions };
  const { startedAt } = recording;
  histories.set(recording, { startedAt, launchedMs, maxSeconds: atMost, stops: [], refused: 0 });
  return recording;
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @returns {Promise<void>}
 */
export async function stopRecording(session, process) {
  const { pidFile, runAs, boxPath } = given("process", process);
  const operation = begin((slot) => core.stopRecording(slot, boxPath, pidFile, runAs));
  const history = historyOf(process);
  /** @type {Stop} */
  const stop = { calledAt: [Date.now(), performance.now()] };
  if (stopOf(history)?.refused !== false) history.stops.push(stop);
  const { done: stopped } = await drive(operation, session);
  stop.refused = !stopped;
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {number} [maxBytes]
 * @returns {Promise<FinalizeRecordingResult>}
 */
export async function readRecordingBytes(session, process, maxBytes = core.DEFAULT_MAX_BYTES) {
  const { codec, boxPath, startedAt, runAs } = given("process", process);
  const started = milliseconds(startedAt);
  const history = historyOf(process);
  const isUnchanged = history.startedAt === startedAt;
  /** @type {any} */
  const known = {
    launchedMs: isUnchanged ? history.launchedMs : undefined,
    maxSeconds: history.maxSeconds,
    stopped: stopOf(history)?.calledAt,
    channel: channelOf(session),
  };
  const operation = begin((slot) =>
    core.readRecordingBytes(slot, codec, boxPath, started, runAs, maxBytes, known),
  );
  const { done, bytes } = await drive(operation, session);
  return { bytes, ...done };
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @returns {Promise<void>}
 */
export async function deleteRecordingArtifacts(session, process) {
  const { boxPath, pidFile, runAs } = given("process", process);
  const operation = begin((slot) => core.deleteRecordingArtifacts(slot, boxPath, pidFile, runAs));
  await drive(operation, session);
}

/**
 * @param {string} workspaceId
 * @param {string} sessionId
 * @param {string} recordingId
 * @param {import("../index.js").RecordingCodec} codec
 * @returns {string}
 */
export function recordingStorageKey(workspaceId, sessionId, recordingId, codec) {
  return finish(
    core.recordingStorageKey(`${workspaceId}`, `${sessionId}`, `${recordingId}`, codec),
  );
}

/**
 * @param {import("../index.js").RecordingCodec} codec
 * @returns {import("../index.js").RecordingContentType}
 */
export function contentTypeForCodec(codec) {
  return finish(core.contentTypeForCodec(codec));
}

/**
 * @param {import("../index.js").RecordingCodec} codec
 * @returns {string}
 */
export function extForCodec(codec) {
  return finish(core.extForCodec(codec));
}

/**
 * An argument whose fields can be read.
 *
 * @template T
 * @param {string} name
 * @param {T} value
 */
function given(name, value) {
  if (value === undefined || value === null) {
    throw new TypeError(`${name} must be an object, got nothing`);
  }
  return value;
}

/** How a Date is written by JSON, and other times of ISO 8601 that name their zone. */
const ISO_TIME = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * The number of a time: handles come back from storage with dates and texts. What has no number
 * stays as it is.
 *
 * @param {any} time
 */
function milliseconds(time) {
  if (typeof time === "string") {
    if (ISO_TIME.test(time)) return Date.parse(time);
    const number = Number(time);
    return time.trim() === "" || Number.isNaN(number) ? time : number;
  }
  if (typeof time !== "object" || time === null) return time;
  try {
    const value = time.valueOf();
    return typeof value === "number" ? value : time;
  } catch {
    return time;
  }
}

/**
 * The first two of anything that can be iterated over; anything else as it is.
 *
 * @param {any} value
 */
function pair(value) {
  if (typeof value?.[Symbol.iterator] !== "function") return value;
  const [first, second] = value;
  return [first, second];
}
