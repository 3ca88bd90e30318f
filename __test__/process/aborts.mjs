// Prints how much memory 10,000 aborted calls leave behind, in bytes, on sessions that never answer.
import {
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";
import { PROCESS } from "../support/box.js";

/** Aborted calls, and calls whose time is over, on one session for the whole of a program. */
const session = { exec: () => new Promise(() => {}) };
const CALLS = [
  (/** @type {object} */ limits) => startRecording(session, { recordingId: "r1", ...limits }),
  (/** @type {object} */ limits) => stopRecording(session, PROCESS, limits),
  (/** @type {object} */ limits) => readRecordingBytes(session, PROCESS, limits),
  (/** @type {object} */ limits) => deleteRecordingArtifacts(session, PROCESS, limits),
];

/** @param {number} calls */
async function make(calls) {
  for (let made = 0; made < calls; made += 2 * CALLS.length) {
    const controller = new AbortController();
    const { signal } = controller;
    const limited = CALLS.flatMap((call) => [call({ signal }), call({ timeoutMs: 1, signal })]);
    if (made % 3) controller.abort();
    else setTimeout(() => controller.abort(), 3);
    for (const { status } of await Promise.allSettled(limited)) {
      if (status !== "rejected") throw new Error("a call came to an end");
    }
  }
}

async function memory() {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapUsed, external, rss };
}

await make(2_000);
const before = await memory();
await make(10_000);
const after = await memory();
console.log(
  JSON.stringify({
    heapUsed: after.heapUsed - before.heapUsed,
    external: after.external - before.external,
    rss: after.rss - before.rss,
  }),
);
