// A panic on a thread of the pool: an error, and the process goes on.
import assert from "node:assert/strict";
import core from "../../native.js";

/** A span that ends beyond all numbers of 64 bits, which the core takes for a bug of its caller. */
const NOWHERE = [1, 2 ** 64];

const bytes = new Uint8Array(100);
assert.throws(() => core.digest(bytes, NOWHERE), /a span ends within 64 bits/);
const digests = core.beginDigests(NOWHERE);
await assert.rejects(core.digestInPool(digests, bytes, 100), (error) => {
  assert(error instanceof Error);
  assert.match(error.message, /a span ends within 64 bits/);
  return true;
});
// What it left half done is not gone on with.
await assert.rejects(core.digestInPool(digests, bytes, 100), /has panicked/);
const made = await core.digestInPool(core.beginDigests([0, 100]), bytes, 100);
console.log(`${made?.length} bytes of a digest`);
