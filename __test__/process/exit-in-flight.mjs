// The process leaves while commands run and texts are decoded.
import { readRecordingBytes } from "@opengeni/runtime-native";
import { PROCESS, boxWith } from "../support/box.js";

const session = boxWith(new Uint8Array(64_000_000));
let begun = 0;
const decoding = {
  exec: (/** @type {{ cmd: string }} */ args) => {
    if (args.cmd.includes("base64") && ++begun === 4) {
      setImmediate(() => setImmediate(() => process.exit(0)));
    }
    return session.exec(args);
  },
};
for (let at = 0; at < 4; at++) {
  readRecordingBytes(decoding, PROCESS).then(() => process.exit(1));
}
