// The core alone, without the JavaScript that drives it.
import core from "../native.js";

const RECORDING = ["h264-mp4", "/tmp/og-rec-r1.mp4", 0, undefined, Infinity];

/** A slot that is kept as long as this process. */
export const guard = core.reserve();
export const slot = core.numberOf(guard);

/** Has the core stop a recording. */
export function stop() {
  core.begin(slot, "stopRecording", ["/tmp/og-rec-r1.mp4", "/tmp/og-rec-r1.pid", undefined]);
  core.answer(slot, 0, ["", undefined, undefined, undefined, 0], 0, 0);
}

/**
 * Has the core read a recording, up to where it takes the text.
 *
 * @param {number} size
 * @param {number} length Of the text.
 */
export function readUpToBytes(size, length) {
  core.begin(slot, "readRecordingBytes", [...RECORDING, undefined, undefined, []]);
  core.answer(slot, 0, true, 0, 0);
  core.answer(slot, 1, [`${size}\n`, undefined, undefined, undefined, 0], 0, 0);
  core.answer(slot, 2, [length, undefined, undefined, undefined, 0], 0, 0);
}

/**
 * Has it go on from where the text is through. A box that answers without frames has no digest to
 * compare.
 *
 * @param {Buffer} bytes
 */
export function readFromBytes(bytes) {
  let end = core.answerDecoded(slot, 3, bytes, bytes);
  if (typeof end !== "string") end = core.answerBytes(slot, 4, bytes);
  if (typeof end !== "string") throw new Error(`the core asks for ${end}`);
}
