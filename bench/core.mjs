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
  core.readRecordingBytes(slot, "h264-mp4", "/tmp/og-rec-r1.mp4", 0, undefined, Infinity, 0);
  core.answerCanExec(slot, true);
  core.answerReplied(slot, `${size}\n`, undefined, undefined, undefined, 0);
  core.answerHeld(slot, length, undefined, undefined, undefined, 0);
}
