// Makes recordings until it is told how many are enough; without a number, until it is terminated.
import assert from "node:assert/strict";
import { parentPort, workerData } from "node:worker_threads";
import {
  RecordingError,
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";
import { boxWith, videoOf } from "../support/box.js";

const video = videoOf(workerData.length);
const session = boxWith(video);
parentPort?.postMessage("begun");
for (let made = 0; made < (workerData.count ?? Infinity); made++) {
  const recording = await startRecording(session, { recordingId: `r${made}` });
  await stopRecording(session, recording);
  const { bytes } = await readRecordingBytes(session, recording);
  assert.equal(Buffer.compare(bytes, video), 0);
  await assert.rejects(readRecordingBytes(session, recording, 0.5), RecordingError);
  await deleteRecordingArtifacts(session, recording);
}
parentPort?.postMessage("done");
