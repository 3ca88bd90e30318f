// Reads one recording, in a process of its own. Measures the wall time, the longest stall of the event
// loop, and the peak of memory above that of the provider's string.
//
// node --expose-gc bench/read.mjs <rival> <exec | banner> <bytes> <flat | external | rope> <times>
import { setTimeout as sleep } from "node:timers/promises";
import { PIECE, pieceOf, prefault } from "../js/recording/payload.js";
import core from "../native.js";
import { PROCESS } from "../__test__/support/box.js";
import { boxWith, isVideo, printed } from "./box.mjs";
import { readFromBytes, readUpToBytes, slot } from "./core.mjs";
import { collect, memory, startPeak } from "./measure.mjs";
import { functionsOf } from "./rivals.mjs";
import { startProbe } from "./stall.mjs";

const [rival = "", shape = "exec", size = "1024", form = "flat", times = "1"] =
  process.argv.slice(2);
const bytes = Number(size);

/**
 * @typedef {import("./box.mjs").Form} Form
 * @typedef {import("./box.mjs").Shape} Shape
 */

/** @type {(text: string) => Promise<(() => any)>} */
async function reader(text) {
  if (rival === "bare") return () => ({ bytes: Buffer.from(text, "base64") });
  // Lower bound of the stall: copying the text out of the engine's heap in pieces, as the package does.
  if (rival === "copy") return () => (copyOut(text), { bytes: { length: bytes } });
  // Lower bounds of the time: the first writes to the result's memory, and the decoding, each alone.
  if (rival === "pages") return () => ({ bytes: { length: pages().length } });
  if (rival === "decode") return decoder(text);
  // The stall of an idle event loop.
  if (rival === "idle") return () => sleep(300).then(() => ({ bytes: { length: bytes } }));
  // Reading a character makes the engine copy a rope into one piece.
  if (rival === "flatten") return () => ({ bytes: { length: text.charCodeAt(1) && bytes } });
  const { readRecordingBytes } = await functionsOf(rival);
  const session = boxWith(bytes, /** @type {Shape} */ (shape), text);
  return () => readRecordingBytes(session, PROCESS, Infinity);
}

/** @param {string} text */
function copyOut(text) {
  const utf8 = new TextEncoder();
  const copy = new Uint8Array(PIECE);
  for (let at = 0; at < text.length; at += PIECE) utf8.encodeInto(pieceOf(text, at, PIECE), copy);
}

/** Makes an array for the recording, with all of its pages in memory. */
function pages() {
  const array = new Uint8Array(bytes);
  prefault(array, 0, bytes);
  return array;
}

/** @param {string} text */
function decoder(text) {
  const utf8 = new TextEncoder().encode(text);
  const output = Buffer.from(pages().buffer);
  return () => {
    readUpToBytes(bytes, text.length);
    for (let at = 0; at < utf8.length; at += PIECE) {
      core.pushPiece(slot, utf8.subarray(at, at + PIECE), output);
    }
    readFromBytes(output);
    return { bytes: output };
  };
}

async function main() {
  // A rival that does not remove a banner gets a text without one.
  const printedAs = rival === "bare" ? "exec" : /** @type {Shape} */ (shape);
  const read = await reader(printed(bytes, printedAs, /** @type {Form} */ (form)));
  // Short reads are warmed up and timed together, since one is too short for the clock.
  const many = Number(times);
  let wall = NaN;
  for (let batch = 0; many > 1 && batch < 3; batch++) {
    const start = performance.now();
    for (let made = 0; made < many; made++) await read();
    wall = (performance.now() - start) / many;
  }
  await collect();
  const probe = startProbe();
  const before = startPeak();
  await sleep(5);
  probe.reset();
  const start = performance.now();
  const result = await read();
  if (many === 1) wall = performance.now() - start;
  // The last stall is measured by one more tick.
  await sleep(5);
  const { stall } = probe.stop();
  const peak = memory("VmHWM") - before;
  if (result.bytes instanceof Uint8Array && !isVideo(result.bytes, bytes)) {
    throw new Error("the bytes are not those of the video");
  }
  return { wall, stall, peak };
}

console.log(JSON.stringify(await main().catch((error) => ({ failed: String(error) }))));
