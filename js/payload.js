import core from "./native.js";

/**
 * How much text goes to the decoder at a time, in characters. Copying it out of the JavaScript heap
 * is the only part that blocks the event loop. Two pieces and what becomes of them fit in the cache.
 */
const PIECE = 1 << 18;
/** The longest that a character of JavaScript can get in UTF-8. */
const BYTES_PER_CHARACTER = 3;

const utf8 = new TextEncoder();

/**
 * Decodes a base64 text off the JavaScript thread.
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
  const room = Math.min(text.length, PIECE) * BYTES_PER_CHARACTER;
  // While one piece is decoded, the next is copied.
  const copies = [new Uint8Array(text.length > PIECE ? room : 0), new Uint8Array(room)];
  /** @type {Promise<void> | undefined} */
  let decoding;
  for (let start = 0; start < text.length; start += PIECE) {
    const [copy = bytes] = copies.reverse();
    const { written } = utf8.encodeInto(text.slice(start, start + PIECE), copy);
    await decoding;
    decoding = decoder.push(copy.subarray(0, written), output);
  }
  await decoding;
  decoder.finish(output);
  return { bytes, decoder };
}
