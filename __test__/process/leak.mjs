// Prints how much memory 100,000 calls leave behind, in bytes.
import {
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";
import { boxWith, videoOf } from "../support/box.js";

const session = boxWith(videoOf(1_000));
const { exec } = session;
// A real session answers in a later turn, and only between turns the addon's objects are finalized.
session.exec = async (args) => {
  await new Promise((resolve) => setImmediate(resolve));
  return exec.call(session, args);
};

/** @param {number} calls */
async function make(calls) {
  for (let made = 0; made < calls; made += 5) {
    const recording = await startRecording(session, { recordingId: "r1" });
    await stopRecording(session, recording);
    await readRecordingBytes(session, recording);
    await readRecordingBytes(session, recording, 1).catch(() => {});
    await deleteRecordingArtifacts(session, recording);
    session.commands.length = 0;
  }
}

async function memory() {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    // Finalizers of the addon's objects run on a later turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapUsed, external, rss };
}

await make(20_000);
const before = await memory();
await make(100_000);
const after = await memory();
console.log(
  JSON.stringify({
    heapUsed: after.heapUsed - before.heapUsed,
    external: after.external - before.external,
    rss: after.rss - before.rss,
  }),
);
