import { channelOf } from "./channels.js";
import { isObserved, observed } from "../diagnostics.js";
import { ask, clocks, run } from "../driver.js";
import { given } from "../given.js";
import { disposable } from "./disposable.js";
import { worded } from "../text.js";
import { limitsOf, observerOf, optionsOf } from "./options.js";
import { SessionHost } from "./session.js";

/**
 * @typedef {import("../../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../../index.js").StartRecordingInput} StartRecordingInput
 * @typedef {import("../../index.js").FinalizeRecordingResult} FinalizeRecordingResult
 * @typedef {import("../../index.js").StopReport} StopReport
 * @typedef {import("../../index.js").RecordingCallOptions} RecordingCallOptions
 * @typedef {import("../../index.js").ReadRecordingOptions} ReadRecordingOptions
 * @typedef {import("../../index.js").InspectRecordingOptions} InspectRecordingOptions
 * @typedef {import("../../index.js").RecordingArtifact} RecordingArtifact
 */

const { DEFAULT_MAX_BYTES, ...constants } = ask("constants");
export const { DESKTOP_STREAM_PORT } = constants;

/**
 * @typedef {[epochMs: number, steadyMs: number, refused?: boolean]} Stop The time of a stop by two clocks,
 *   and whether the session refused it, once that is known.
 *
 * @typedef {object} History The data of a recording that its handle has no field for.
 * @property {number} [startedAt] The first `startedAt` of the handle, which the caller may change.
 * @property {number} [launchedMs] The time of the start by the monotonic clock, in milliseconds.
 * @property {number} [maxSeconds]
 * @property {Stop[]} stops In the order of the calls, up to the first that was carried out. A refused stop
 *   is left out where there is another.
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
  const history = { stops: [] };
  if (Object(process) === process) histories.set(process, history);
  return history;
}

/**
 * @param {unknown} session
 * @param {StartRecordingInput} input
 * @returns {Promise<any>} The handle.
 */
export async function startRecording(session, input) {
  const request = given("input", input);
  const { codec, dimensions, framerate, maxSeconds, display, tmpDir, recordingId, runAs } = request;
  const { verify, crashSafe, maxBytes, dispose } = request;
  const limits = limitsOf(request.signal, request.timeoutMs);
  const host = new SessionHost(session);
  const {
    process,
    launchedMs,
    maxSeconds: atMost,
  } = await observed(
    "recording",
    "startRecording",
    { recordingId },
    () =>
      run(
        "startRecording",
        [
          codec,
          pair(dimensions),
          framerate,
          maxSeconds,
          display,
          tmpDir,
          recordingId,
          runAs,
          limits !== undefined,
          verify,
          crashSafe,
          maxBytes,
          dispose,
        ],
        host,
        limits,
      ),
    ({ process: { boxPath } }) => ({ boxPath }),
  );
  const recording = { ...process, dimensions: dimensions ?? process.dimensions };
  const { startedAt } = recording;
  histories.set(recording, { startedAt, launchedMs, maxSeconds: atMost, stops: [] });
  return dispose ? disposable(recording, () => stopRecording(session, recording)) : recording;
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {RecordingCallOptions & { report?: boolean | undefined }} [options]
 * @returns {Promise<any>} The report, where one was asked for.
 */
export async function stopRecording(session, process, options) {
  const { pidFile, runAs, boxPath, crashSafe } = given("process", process);
  const { signal, timeoutMs, report } = optionsOf(options);
  const limits = limitsOf(signal, timeoutMs);
  const history = historyOf(process);
  const first = history.stops[0];
  /** @type {Stop} */
  const stop = clocks();
  const stopping = observed("recording", "stopRecording", about(process, boxPath), () =>
    run(
      "stopRecording",
      [boxPath, pidFile, runAs, crashSafe, report],
      new SessionHost(session),
      limits,
    ),
  );
  if (first?.[2] !== false) history.stops.push(stop);
  /** @type {boolean | StopReport} */
  let stopped;
  try {
    stopped = await stopping;
    stop[2] = !stopped;
  } catch (error) {
    leaveOut(history, stop);
    throw error;
  }
  if (first?.[2]) leaveOut(history, first);
  if (stop[2] && history.stops.length > 1) leaveOut(history, stop);
  return report ? stopped : undefined;
}

/**
 * @param {History} history
 * @param {Stop} stop
 */
function leaveOut(history, stop) {
  history.stops = history.stops.filter((other) => other !== stop);
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {number | ReadRecordingOptions} [options]
 * @returns {Promise<FinalizeRecordingResult>}
 */
export async function readRecordingBytes(session, process, options = {}) {
  const { onProgress, ...read } = readingOf(process, options);
  const observer = observerOf(onProgress);
  const host = new SessionHost(session, observer);
  /** @type {import("../../boundary.js").Operations["readRecordingBytes"]["args"]} */
  const args = [...read.args, channelOf(session), observer !== null];
  const done = await observed(
    "recording",
    "readRecordingBytes",
    about(process, read.boxPath),
    () => run("readRecordingBytes", args, host, read.limits),
    ({ sizeBytes, durationSeconds }) => ({ sizeBytes, durationSeconds }),
  );
  return { bytes: /** @type {Uint8Array} */ (host.bytes), ...done };
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {number | InspectRecordingOptions} [options]
 * @returns {Promise<RecordingArtifact>}
 */
export async function inspectRecordingArtifact(session, process, options = {}) {
  const { args, boxPath, limits } = readingOf(process, options);
  return observed(
    "recording",
    "inspectRecordingArtifact",
    about(process, boxPath),
    () => run("inspectRecordingArtifact", args, new SessionHost(session), limits),
    ({ sizeBytes, durationSeconds }) => ({ sizeBytes, durationSeconds }),
  );
}

/**
 * Reads the arguments of a call for a recording that has been made.
 *
 * @param {RecordingProcess} process
 * @param {number | ReadRecordingOptions} options
 */
export function readingOf(process, options) {
  const isOptions = typeof options === "object" && options !== null;
  const {
    maxBytes = DEFAULT_MAX_BYTES,
    signal,
    timeoutMs,
    onProgress,
  } = /** @type {ReadRecordingOptions} */ (isOptions ? options : { maxBytes: options });
  const limits = limitsOf(signal, timeoutMs);
  const {
    codec,
    boxPath,
    startedAt,
    runAs,
    crashSafe,
    maxBytes: limit,
  } = given("process", process);
  const started = milliseconds(startedAt);
  const { startedAt: known, launchedMs, maxSeconds, stops } = historyOf(process);
  /** @type {import("../../boundary.js").Operations["inspectRecordingArtifact"]["args"]} */
  const args = [
    codec,
    boxPath,
    started,
    runAs,
    maxBytes,
    known === startedAt ? launchedMs : undefined,
    maxSeconds,
    // Several stops can be under way. The first that was not refused counts.
    stops.slice(0, 4),
    crashSafe,
    limit,
  ];
  return { args, boxPath, limits, onProgress };
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {RecordingCallOptions} [options]
 * @returns {Promise<void>}
 */
export async function deleteRecordingArtifacts(session, process, options) {
  const { boxPath, pidFile, runAs, crashSafe } = given("process", process);
  const { signal, timeoutMs } = optionsOf(options);
  const limits = limitsOf(signal, timeoutMs);
  await observed("recording", "deleteRecordingArtifacts", about(process, boxPath), () =>
    run(
      "deleteRecordingArtifacts",
      [boxPath, pidFile, runAs, crashSafe],
      new SessionHost(session),
      limits,
    ),
  );
}

/**
 * Returns what an event says of a recording. The id is read only for an observer, and from plain data alone: no
 * operation needs it.
 *
 * @param {RecordingProcess} process
 * @param {unknown} boxPath
 */
export function about(process, boxPath) {
  if (!isObserved("recording")) return {};
  const recordingId = Object.getOwnPropertyDescriptor(process, "recordingId")?.value;
  return { recordingId, boxPath };
}

/**
 * @param {string} workspaceId
 * @param {string} sessionId
 * @param {string} recordingId
 * @param {import("../../index.js").RecordingCodec} codec
 * @returns {string}
 */
export function recordingStorageKey(workspaceId, sessionId, recordingId, codec) {
  const parts = [worded(workspaceId), worded(sessionId), worded(recordingId)];
  return ask("recordingStorageKey", parts[0], parts[1], parts[2], codec);
}

/**
 * @param {import("../../index.js").RecordingCodec} codec
 * @returns {import("../../index.js").RecordingContentType}
 */
export function contentTypeForCodec(codec) {
  const contentType = ask("contentTypeForCodec", codec);
  return /** @type {import("../../index.js").RecordingContentType} */ (contentType);
}

/**
 * @param {import("../../index.js").RecordingCodec} codec
 * @returns {string}
 */
export function extForCodec(codec) {
  return ask("extForCodec", codec);
}

/** The form of a Date in JSON, and of other times of ISO 8601 that name their zone. */
const ISO_TIME = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Converts a time to a number, since handles come back from storage with dates and texts. A value that is
 * no time stays as it is.
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
 * The first two items of an iterable. Another value stays as it is.
 *
 * @param {any} value
 */
function pair(value) {
  if (typeof value?.[Symbol.iterator] !== "function") return value;
  const [first, second] = value;
  return [first, second];
}
