// Drives the core directly, without the package's JavaScript.
import core from "../native.js";

const RECORDING = ["h264-mp4", "/tmp/og-rec-r1.mp4", 0, undefined, Infinity];

/** No stop, no options of the start, no channel, no observer. */
const REST = [undefined, undefined, [], undefined, undefined, undefined, false];

/** A slot that lives as long as this process. */
export const guard = core.reserve();
export const slot = core.numberOf(guard);

/** Runs the core's operation that stops a recording. */
export function stop() {
  core.begin(slot, "stopRecording", ["/tmp/og-rec-r1.mp4", "/tmp/og-rec-r1.pid", undefined]);
  core.answer(slot, 0, ["", undefined, undefined, undefined, 0], 0, 0);
}

/**
 * Runs the core's operation that reads a recording, up to the call that decodes the text.
 *
 * @param {number} size
 * @param {number} length The length of the text.
 */
export function readUpToBytes(size, length) {
  core.begin(slot, "readRecordingBytes", [...RECORDING, ...REST]);
  core.answer(slot, 0, true, 0, 0);
  core.answer(slot, 1, [`${size}\n`, undefined, undefined, undefined, 0], 0, 0);
  core.answer(slot, 2, [length, undefined, undefined, undefined, 0], 0, 0);
}

/**
 * Runs the rest of the read after the text is decoded. A box that answers without frames has no digest,
 * so none is compared.
 *
 * @param {Buffer} bytes
 */
export function readFromBytes(bytes) {
  let end = core.answerDecoded(slot, 3, bytes, bytes);
  if (typeof end !== "string") end = core.answerBytes(slot, 4, bytes);
  if (typeof end !== "string") throw new Error(`the core asks for ${end}`);
}
