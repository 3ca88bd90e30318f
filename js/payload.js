import core from "./native.js";

/**
 * How much text goes to the decoder at a time, in characters. Copying it out of the JavaScript heap
 * is the only part that blocks the event loop.
 */
const PIECE = 1 << 20;

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
  for (let start = 0; start < text.length; start += PIECE) {
    await decoder.push(text.slice(start, start + PIECE), output);
  }
  decoder.finish(output);
  return { bytes, decoder };
}
