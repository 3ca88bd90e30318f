import core from "../native.js";
import { begin, drive, finish } from "./driver.js";

/**
 * @typedef {import("../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../index.js").StartRecordingInput} StartRecordingInput
 * @typedef {import("../index.js").FinalizeRecordingResult} FinalizeRecordingResult
 */

export const { DESKTOP_STREAM_PORT } = core;

/**
 * The stops of each recording that may be the one that counts, in the order of the calls: those under
 * way up to the first that was carried out, and the last where it was refused. The handle itself
 * keeps its shape.
 *
 * @type {WeakMap<RecordingProcess, { calledAt: number, refused?: boolean }[]>}
 */
const stops = new WeakMap();

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
    runAs: runAs || undefined,
  };
  const { done } = await drive(
    begin((slot) => core.startRecording(slot, wanted)),
    session,
  );
  return { ...done, dimensions: dimensions ?? done.dimensions };
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @returns {Promise<void>}
 */
export async function stopRecording(session, process) {
  const { pidFile, runAs } = given("process", process);
  const operation = begin((slot) => core.stopRecording(slot, pidFile, runAs || undefined));
  /** @type {{ calledAt: number, refused?: boolean }} */
  const stop = { calledAt: Date.now() };
  const earlier = stops.get(process)?.filter(({ refused }) => !refused) ?? [];
  if (!earlier.some(({ refused }) => refused === false)) stops.set(process, [...earlier, stop]);
  const { done: stopped } = await drive(operation, session);
  stop.refused = !stopped;
}

/**
 * When a recording was stopped: at the first stop that the session did not refuse, else at the last.
 *
 * @param {RecordingProcess} process
 */
function stoppedAt(process) {
  const calls = stops.get(process);
  const stop = calls?.find(({ refused }) => !refused) ?? calls?.at(-1);
  return stop?.calledAt;
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
  const stopped = stoppedAt(process);
  const operation = begin((slot) =>
    core.readRecordingBytes(slot, codec, boxPath, started, runAs || undefined, maxBytes, stopped),
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
  const operation = begin((slot) =>
    core.deleteRecordingArtifacts(slot, boxPath, pidFile, runAs || undefined),
  );
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

/**
 * The number of a time: handles come back from storage with dates and texts. What has no number
 * stays as it is.
 *
 * @param {any} time
 */
function milliseconds(time) {
  try {
    return +time;
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
