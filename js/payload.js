import core from "./native.js";

/**
 * How much text goes to the decoder at a time, in characters. Copying it out of the JavaScript heap
 * is the only part that blocks the event loop. So much takes longer to decode than to hand to a
 * thread of the pool, and a text of no more than that is decoded at once.
 */
const PIECE = 1 << 19;
/** How many pieces the pool has: while it decodes one, the next is there already. */
const IN_POOL = 2;
/** The longest character of UTF-8, in bytes. */
const LONGEST_CHARACTER = 4;

const utf8 = new TextEncoder();

/**
 * Decodes a base64 text. A long one is decoded off the JavaScript thread.
 *
 * @param {string} text
 * @param {number} capacity How many bytes to keep at most.
 * @returns {Promise<{ bytes: Uint8Array, decoder: import("../binding.js").PayloadDecoder }>}
 */
export async function decodePayload(text, capacity) {
  const bytes = new Uint8Array(capacity);
  // The addon asks for Node's Buffer, and takes any Uint8Array. A Buffer made of the array would
  // share its memory, but so would every other small Buffer of the process.
  const output = /** @type {Buffer} */ (bytes);
  const decoder = new core.PayloadDecoder();
  const isShort = text.length <= PIECE;
  const room = Math.min(text.length, PIECE) + LONGEST_CHARACTER;
  const copies = Array.from({ length: isShort ? 1 : IN_POOL + 1 }, () => new Uint8Array(room));
  /** @type {Promise<void>[]} */
  const inPool = [];
  for (let start = 0; start < text.length;) {
    const copy = /** @type {Uint8Array<ArrayBuffer>} */ (copies.shift());
    copies.push(copy);
    const { read, written } = utf8.encodeInto(text.slice(start, start + PIECE), copy);
    start += read;
    const piece = copy.subarray(0, written);
    if (isShort) {
      decoder.push(piece, output);
    } else {
      if (inPool.length === IN_POOL) await inPool.shift();
      inPool.push(decoder.pushInPool(piece, output));
    }
  }
  await Promise.all(inPool);
  decoder.finish(output);
  return { bytes, decoder };
}
