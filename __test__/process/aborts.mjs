// Prints how much memory 10,000 aborted calls leave behind, in bytes, on sessions that never answer.
import {
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";
import { PROCESS } from "../support/box.js";
import { printGrowth } from "../support/growth.mjs";

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

await printGrowth(make, 2_000, 10_000);
