import * as core from "../binding.js";
import { drive, finish } from "./driver.js";

/**
 * @typedef {import("../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../index.js").StartRecordingInput} StartRecordingInput
 * @typedef {import("../index.js").FinalizeRecordingResult} FinalizeRecordingResult
 */

export const DESKTOP_STREAM_PORT = 6080;

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/**
 * When each recording was stopped. The handle itself keeps its shape.
 *
 * @type {WeakMap<RecordingProcess, number>}
 */
const stoppedAt = new WeakMap();

/**
 * @param {unknown} session
 * @param {StartRecordingInput} input
 * @returns {Promise<RecordingProcess>}
 */
export async function startRecording(session, input) {
  const { codec, dimensions, framerate, maxSeconds, display, tmpDir, recordingId, runAs } = input;
  const sides = copy(dimensions);
  const flow = core.startRecording({
    codec,
    dimensions: sides,
    framerate,
    maxSeconds,
    display,
    tmpDir,
    recordingId,
    runAs,
  });
  const { done } = await drive(flow, session);
  return { ...done, dimensions: dimensions ?? copy(done.dimensions) };
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @returns {Promise<void>}
 */
export async function stopRecording(session, process) {
  const calledAt = Date.now();
  const { pidFile, runAs } = process;
  const { done: stopped } = await drive(core.stopRecording(pidFile, runAs), session);
  if (stopped && !stoppedAt.has(process)) {
    stoppedAt.set(process, calledAt);
  }
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {number} [maxBytes]
 * @returns {Promise<FinalizeRecordingResult>}
 */
export async function readRecordingBytes(session, process, maxBytes = DEFAULT_MAX_BYTES) {
  const { codec, boxPath, startedAt, runAs } = process;
  const stopped = stoppedAt.get(process);
  const flow = core.readRecordingBytes(codec, boxPath, startedAt, runAs, maxBytes, stopped);
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
  await drive(core.deleteRecordingArtifacts(boxPath, pidFile, runAs), session);
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
 * A plain copy of an array; anything else as it is.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
function copy(value) {
  return Array.isArray(value) ? /** @type {T & unknown[]} */ ([...value]) : value;
}
