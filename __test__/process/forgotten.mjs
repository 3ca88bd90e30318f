// Prints how much memory 20,000 operations keep whose commands never settle, and of which nobody knows
// any more.
import { stopRecording } from "@opengeni/runtime-native";
import { PROCESS } from "../support/box.js";

/** Long enough to show in the memory, where an operation keeps it. */
const pidFile = `/tmp/${"p".repeat(4_096)}`;

/** @param {number} rounds Of 200 operations each. */
async function forget(rounds) {
  for (let round = 0; round < rounds; round++) {
    for (let begun = 0; begun < 200; begun++) {
      void stopRecording({ exec: () => new Promise(() => {}) }, { ...PROCESS, pidFile });
    }
    globalThis.gc?.();
    // What was collected is told in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

await forget(20);
const before = process.memoryUsage.rss();
await forget(100);
console.log(process.memoryUsage.rss() - before);
