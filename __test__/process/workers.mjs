// Several threads record at once; others are terminated in the middle, and the rest go on.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

/** @param {{ length: number, count?: number }} workerData */
function worker(workerData) {
  return new Worker(new URL("recordings.worker.mjs", import.meta.url), { workerData });
}

/** @param {Worker} worker */
async function result(worker) {
  /** @type {string[]} */
  const messages = [];
  worker.on("message", (message) => messages.push(message));
  const [code] = await once(worker, "exit");
  assert.equal(code, 0);
  assert.deepEqual(messages, ["begun", "done"]);
}

async function terminateInTheMiddle() {
  for (let round = 0; round < 8; round++) {
    const doomed = worker({ length: 5_000_000 });
    await once(doomed, "message");
    await sleep(round * 3);
    await doomed.terminate();
  }
}

await Promise.all([
  ...[1, 50_000, 1_000_000, 3_000_000].map((length) => result(worker({ length, count: 50 }))),
  terminateInTheMiddle(),
]);
console.log("all threads recorded");
