// A whole recording on a scripted box; runs in a project that has installed the package.
import * as api from "@opengeni/runtime-native/sandbox";
import { boxWith, videoOf } from "../support/box.js";

const box = boxWith(videoOf(1_000));
const recording = await api.startRecording(box, { recordingId: "r1" });
await api.stopRecording(box, recording);
const { bytes, contentType } = await api.readRecordingBytes(box, recording);
await api.deleteRecordingArtifacts(box, recording);
const { length } = Buffer.from(bytes).equals(videoOf(1_000)) ? bytes : [];
console.log(JSON.stringify({ bytes: length, contentType, commands: box.commands.length }));
