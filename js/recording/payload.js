import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import core from "../../native.js";
import { inTurns, isAlone } from "./turns.js";

/**
 * A text of up to this many characters is decoded on the JavaScript thread. That takes less than a
 * millisecond. In the pool it takes a fifth longer.
 */
const SHORT = 1 << 20;
/** A short text is decoded this many characters at a time, which fit into a core's cache. */
const SHORT_PIECE = 1 << 16;
/**
 * A longer text goes to the pool this many characters at a time. Copying a piece out of the JavaScript
 * heap and prefaulting its place block the event loop for half a millisecond. Shorter pieces are no
 * faster, and longer ones take more memory.
 */
export const PIECE = 1 << 20;
/** The length of the longest character of UTF-8, in bytes. */
const LONGEST_CHARACTER = 4;
/** The smallest page size, in bytes. */
const PAGE = 1 << 12;
/**
 * The share of a piece's place in the output that the JavaScript thread prefaults. Copying a piece,
 * decoding it and the first writes to its place take times in the ratio of 2 to 5 to 3. With this share
 * the pool's thread finishes last, and the JavaScript thread has time for its caller.
 */
const PREFAULTED = 0.6;
/** Whether two threads run at the same time. On one core, prefaulting saves nothing. */
const HAS_CORES = availableParallelism() > 1;

const utf8 = new TextEncoder();

/**
 * Decodes a base64 text, a long one in the pool.
 *
 * @param {number} slot
 * @param {string} text
 * @param {() => Uint8Array} room Returns the array for the bytes. It is called when decoding begins.
 * @returns {Promise<Buffer>}
 */
export async function decodePayload(slot, text, room) {
  // The addon is typed for Node's Buffer, and accepts any Uint8Array.
  const output = () => /** @type {Buffer} */ (room());
  return text.length <= SHORT
    ? pushAtOnce(slot, text, output())
    : inTurns(text.length, (turn) => pushInPool(slot, text, output(), turn));
}

/** Up to this many bytes are hashed on the JavaScript thread. That takes a quarter of a millisecond. */
const SHORT_BYTES = 1 << 18;
/**
 * The pool hashes this many bytes in a step. A step takes a millisecond, as decoding a piece of a text
 * does. All steps together take 5 % longer than one step for all bytes.
 */
const STEP = 1 << 20;

/**
 * Returns the SHA-256 digests of parts of an array, one after the other. Long parts are hashed in the
 * pool.
 *
 * @param {Uint8Array} bytes
 * @param {number[]} spans Offsets and lengths.
 */
export function digestsOf(bytes, spans) {
  const length = spans.reduce((sum, number, at) => sum + (at % 2) * number, 0);
  return length <= SHORT_BYTES
    ? core.digest(bytes, spans)
    : inTurns(length, (turn) => digestInPool(bytes, spans, turn));
}

/**
 * @param {Uint8Array} bytes
 * @param {number[]} spans
 * @param {(length: number) => Promise<void>} turn
 */
async function digestInPool(bytes, spans, turn) {
  const digests = core.beginDigests(spans);
  for (;;) {
    await turn(STEP);
    const made = await core.digestInPool(digests, bytes, STEP);
    if (made) return made;
  }
}

/**
 * The arrays that pieces of long texts are copied to, kept for later pieces. The first writes to a new
 * array take longer than decoding a piece.
 *
 * @type {Uint8Array<ArrayBuffer>[]}
 */
const spare = [];
/** The number of arrays that are kept: as many as one recording uses. */
const SPARE = 2;

function buffer() {
  return spare.pop() ?? new Uint8Array(PIECE + LONGEST_CHARACTER);
}

/** The array that short texts are copied to. */
const scratch = new Uint8Array(SHORT_PIECE + LONGEST_CHARACTER);

/**
 * @param {number} slot
 * @param {string} text
 * @param {Buffer} output
 */
function pushAtOnce(slot, text, output) {
  for (let start = 0; start < text.length;) {
    const { read, written } = utf8.encodeInto(pieceOf(text, start, SHORT_PIECE), scratch);
    start += read;
    core.pushPiece(slot, scratch.subarray(0, written), output);
  }
  return output;
}

/**
 * @param {number} slot
 * @param {string} text
 * @param {Buffer} output
 * @param {(length: number) => Promise<void>} turn
 */
async function pushInPool(slot, text, output, turn) {
  // The engine may collect garbage at each large allocation, so each allocation has its own turn.
  await setImmediate();
  let [copy, other] = [buffer(), buffer()];
  await setImmediate();
  /** @type {Promise<void> | undefined} */
  let decoding;
  try {
    for (let start = 0; start < text.length;) {
      const { read, written } = utf8.encodeInto(pieceOf(text, start, PIECE), copy);
      // Without other recordings this thread would only wait, so it prefaults. The pool is writing the
      // array up to the place of this piece, and gets that place next.
      if (HAS_CORES && isAlone()) {
        prefault(output, bytesOf(start + (1 - PREFAULTED) * read), bytesOf(start + read));
      }
      start += read;
      await decoding;
      await turn(read);
      const part = output.subarray(0, bytesOf(start));
      decoding = core.pushPieceInPool(slot, copy.subarray(0, written), part);
      // While one piece is decoded, the next is copied.
      [copy, other] = [other, copy];
    }
  } finally {
    // The pool still writes to the array, also after a failure of this thread.
    await decoding;
  }
  for (const used of [copy, other]) {
    if (spare.length < SPARE) spare.push(used);
  }
  return output;
}

/**
 * Returns a piece of a text. A surrogate pair is not cut.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} length
 */
export function pieceOf(text, start, length) {
  const end = start + length;
  const isCut = (text.codePointAt(end - 1) ?? 0) > 0xffff;
  return text.slice(start, isCut ? end + 1 : end);
}

/**
 * The greatest number of bytes that so many characters of base64 have.
 *
 * @param {number} characters
 */
function bytesOf(characters) {
  return Math.ceil((characters / 4) * 3);
}

/**
 * Writes to each page of a part of an array. The first write to a page makes the kernel provide it, which
 * takes longer than decoding a page of text.
 *
 * @param {Uint8Array} array
 * @param {number} from
 * @param {number} to
 */
export function prefault(array, from, to) {
  for (let at = from; at < to; at += PAGE) array[at] = 0;
}
