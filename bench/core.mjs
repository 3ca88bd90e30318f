// The core alone, without the JavaScript that drives it.
import core from "../native.js";

/**
 * Has the core read a recording, up to where it takes the text.
 *
 * @param {number} slot
 * @param {number} size
 * @param {number} length Of the text.
 */
export function readUpToBytes(slot, size, length) {
  core.readRecordingBytes(slot, "h264-mp4", "/tmp/og-rec-r1.mp4", 0, undefined, Infinity, {});
  core.answerCanExec(slot, true);
  core.answerReplied(slot, `${size}\n`, undefined, undefined, undefined, 0);
  core.answerHeld(slot, length, undefined, undefined, undefined, 0);
}

/**
 * Has it go on from where the text is through. A box that answers without frames has no digest to
 * compare.
 *
 * @param {number} slot
 * @param {Buffer} bytes
 */
export function readFromBytes(slot, bytes) {
  core.answerDecoded(slot, bytes);
  core.answerInspected(slot, bytes);
  const end = core.answerNow(slot, 0, 0);
  if (typeof end !== "string") throw new Error(`the core asks for ${end[0]}`);
}
