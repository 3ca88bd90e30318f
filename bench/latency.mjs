// Measures reads through a session each of whose commands takes 100 ms.
import { setTimeout as sleep } from "node:timers/promises";
import { readRecordingBytes } from "../index.js";
import { PROCESS, videoOf } from "../__test__/support/box.js";
import { sessionOn } from "../__test__/support/channel.js";
import { bytesText } from "./reading.mjs";
import { row } from "./rows.mjs";

/** The time of a command, in ms. */
const LATENCY = 100;

/**
 * @param {number} bytes
 * @param {number} limit The number of characters that the session keeps of an output.
 * @param {boolean} runsSeveral Whether it runs several commands at once.
 */
async function time(bytes, limit, runsSeveral) {
  const box = sessionOn({ video: videoOf(bytes) }, (text) => text.slice(-limit));
  let last = Promise.resolve();
  const session = {
    async exec(/** @type {{ cmd: string }} */ args) {
      const turn = runsSeveral ? sleep(LATENCY) : (last = last.then(() => sleep(LATENCY)));
      await turn;
      return box.exec(args);
    },
  };
  const start = performance.now();
  await readRecordingBytes(session, PROCESS, Infinity);
  return performance.now() - start;
}

/** @returns {Promise<import("./rows.mjs").Row[]>} */
export async function latencyRows() {
  const rows = [];
  for (const [bytes, limit] of /** @type {const} */ ([
    [5_000_000, 1 << 16],
    [20_000_000, 1 << 18],
    [60_000_000, 1 << 20],
  ])) {
    const what = `read ${bytesText(bytes)}, ${LATENCY} ms a command, ${limit / 1024} KiB an output`;
    const together = await time(bytes, limit, true);
    const queued = await time(bytes, limit, false);
    rows.push(row(what, "ms", together, "one after another", queued, row.ratioAtMost(0.3)));
  }
  return rows;
}
