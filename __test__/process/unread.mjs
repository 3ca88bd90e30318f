// Leaves a stream behind that has a time limit.
import { readRecordingStream } from "@opengeni/runtime-native";
import { PROCESS, videoOf } from "../support/box.js";
import { sessionOn } from "../support/channel.js";

const session = sessionOn({ video: videoOf(3_000_000) });
const reader = readRecordingStream(session, PROCESS, { timeoutMs: 600_000 }).getReader();
await reader.read();
reader.releaseLock();
console.log("read");
