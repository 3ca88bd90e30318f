import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import core from "../../native.js";
import { inTurns, isAlone } from "./turns.js";

/**
 * Up to how many characters a text is decoded at once. Decoding them keeps the event loop for less than a
 * millisecond, and handing them to the pool makes it a fifth longer.
 */
const SHORT = 1 << 20;
/** How much of a short text is decoded at a time, in characters: a core's cache holds it. */
const SHORT_PIECE = 1 << 16;
/**
 * How much of a longer text goes to the pool at a time, in characters. Copying it out of the JavaScript
 * heap and prefaulting its place are all that blocks the event loop, for half a millisecond. Handing it
 * over is the only time in which nothing is decoded. Shorter pieces are no faster, and longer ones take
 * more memory.
 */
export const PIECE = 1 << 20;
/** The longest character of UTF-8, in bytes. */
const LONGEST_CHARACTER = 4;
/** The smallest page of memory, in bytes. */
const PAGE = 1 << 12;
/**
 * How much of its piece's place in the output the JavaScript thread prefaults. Copying a piece, decoding
 * it and the first writes to its place take times like 2, 5 and 3, so with this share the pool's thread is
 * the later one, and the JavaScript thread has time for its caller.
 */
const PREFAULTED = 0.6;
/** Whether two threads run at the same time: on one core, prefaulting is only a second pass. */
const HAS_CORES = availableParallelism() > 1;

const utf8 = new TextEncoder();

/**
 * Decodes a base64 text. A long one is decoded off the JavaScript thread.
 *
 * @param {number} slot
 * @param {string} text
 * @param {() => Uint8Array} room Gives the place of the bytes, when its turn has come.
 * @returns {Promise<Buffer>}
 */
export async function decodePayload(slot, text, room) {
  // The addon asks for Node's Buffer, and takes any Uint8Array.
  const output = () => /** @type {Buffer} */ (room());
  return text.length <= SHORT
    ? pushAtOnce(slot, text, output())
    : inTurns(text.length, (turn) => pushInPool(slot, text, output(), turn));
}

/** Up to how many bytes are digested at once, in a quarter of a millisecond. */
const SHORT_BYTES = 1 << 18;
/**
 * How many bytes are digested in a step. It takes a millisecond, as much as a piece of a text. All steps
 * take a twentieth longer than one for all bytes.
 */
const STEP = 1 << 20;

/**
 * The SHA-256 digests of parts of an array, one after the other. Long ones are made off the JavaScript
 * thread.
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
 * Where pieces of long texts were copied to, and the next ones are: new memory would take longer than
 * to decode them.
 *
 * @type {Uint8Array<ArrayBuffer>[]}
 */
const spare = [];
/** How many are kept: as many as one recording takes. */
const SPARE = 2;

function buffer() {
  return spare.pop() ?? new Uint8Array(PIECE + LONGEST_CHARACTER);
}

/** Where short texts are copied to. */
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
  // The engine may collect garbage whenever it gives much memory: that is long enough for one turn.
  await setImmediate();
  let [copy, other] = [buffer(), buffer()];
  await setImmediate();
  /** @type {Promise<void> | undefined} */
  let decoding;
  try {
    for (let start = 0; start < text.length;) {
      const { read, written } = utf8.encodeInto(pieceOf(text, start, PIECE), copy);
      // This thread would only wait, unless it has other recordings' pieces to copy. The pool has the
      // array up to where the place of this piece begins, and has that place next.
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
    // The pool has the array up to here, whatever has failed meanwhile.
    await decoding;
  }
  for (const used of [copy, other]) {
    if (spare.length < SPARE) spare.push(used);
  }
  return output;
}

/**
 * A piece of a text. A character that is two in the text is not cut.
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
 * How many bytes so many characters of base64 stand for at most.
 *
 * @param {number} characters
 */
function bytesOf(characters) {
  return Math.ceil((characters / 4) * 3);
}

/**
 * Writes to each page of a part of an array. The first write to a page takes the kernel longer than it
 * takes to decode what belongs there.
 *
 * @param {Uint8Array} array
 * @param {number} from
 * @param {number} to
 */
export function prefault(array, from, to) {
  for (let at = from; at < to; at += PAGE) array[at] = 0;
}
