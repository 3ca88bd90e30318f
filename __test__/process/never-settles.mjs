// A command that never settles must not keep the process alive.
import { startRecording, stopRecording } from "@opengeni/runtime-native";

const session = { exec: () => new Promise(() => {}) };
startRecording(session, { recordingId: "r1" }).then(() => process.exit(1));
stopRecording(session, /** @type {any} */ ({ pidFile: "/tmp/x.pid" })).then(() => process.exit(1));
process.on("exit", () => console.log("left by itself"));
