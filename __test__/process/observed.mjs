// A recording, with what NODE_DEBUG=opengeni writes.
import { deleteRecordingArtifacts, startRecording } from "../../index.js";
import { boxWith, videoOf } from "../support/box.js";

const session = boxWith(videoOf(10));
const recording = await startRecording(session, { recordingId: "r1" });
await deleteRecordingArtifacts(session, recording);
