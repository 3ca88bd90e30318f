import core from "./native.js";
import { drive, finish } from "./driver.js";

/**
 * @typedef {import("../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../index.js").StartRecordingInput} StartRecordingInput
 * @typedef {import("../index.js").FinalizeRecordingResult} FinalizeRecordingResult
 */

export const { DESKTOP_STREAM_PORT } = core;

/**
 * The stop of each recording: the first, or the first after those that the session refused. The
 * handle itself keeps its shape.
 *
 * @type {WeakMap<RecordingProcess, { calledAt: number, refused: boolean }>}
 */
const stops = new WeakMap();

/**
 * @param {unknown} session
 * @param {StartRecordingInput} input
 * @returns {Promise<RecordingProcess>}
 */
export async function startRecording(session, input) {
  const { codec, dimensions, framerate, maxSeconds, display, tmpDir, recordingId, runAs } = input;
  const flow = core.startRecording({
    codec,
    dimensions: pair(dimensions),
    framerate,
    maxSeconds,
    display,
    tmpDir,
    recordingId,
    runAs: runAs || undefined,
  });
  const { done } = await drive(flow, session);
  return { ...done, dimensions: dimensions ?? done.dimensions };
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @returns {Promise<void>}
 */
export async function stopRecording(session, process) {
  const { pidFile, runAs } = process;
  const flow = core.stopRecording(pidFile, runAs || undefined);
  const stop = { calledAt: Date.now(), refused: false };
  if (stops.get(process)?.refused !== false) {
    stops.set(process, stop);
  }
  const { done: stopped } = await drive(flow, session);
  stop.refused = !stopped;
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {number} [maxBytes]
 * @returns {Promise<FinalizeRecordingResult>}
 */
export async function readRecordingBytes(session, process, maxBytes = core.DEFAULT_MAX_BYTES) {
  const { codec, boxPath, startedAt, runAs } = process;
  const flow = core.readRecordingBytes(
    codec,
    boxPath,
    // Handles come back from storage with times in other clothes.
    Number(startedAt),
    runAs || undefined,
    maxBytes,
    stops.get(process)?.calledAt,
  );
  const { done, bytes } = await drive(flow, session);
  return { bytes, ...done };
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @returns {Promise<void>}
 */
export async function deleteRecordingArtifacts(session, process) {
  const { boxPath, pidFile, runAs } = process;
  await drive(core.deleteRecordingArtifacts(boxPath, pidFile, runAs || undefined), session);
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
 * The first two of anything that can be iterated over; anything else as it is.
 *
 * @param {any} value
 */
function pair(value) {
  if (typeof value?.[Symbol.iterator] !== "function") return value;
  const [first, second] = value;
  return [first, second];
}
