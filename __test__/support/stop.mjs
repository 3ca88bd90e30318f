// Stops the recording whose stored handle it is given.
import { stopRecording } from "../../index.js";
import { harness } from "./harness.js";

const [handle = ""] = process.argv.slice(2);
await stopRecording(harness(), JSON.parse(handle));
