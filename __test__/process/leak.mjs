// Prints how much memory 100,000 calls leave behind, in bytes.
import {
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";
import { boxWith, videoOf } from "../support/box.js";
import { printGrowth } from "../support/growth.mjs";

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

await printGrowth(make, 20_000, 100_000);
