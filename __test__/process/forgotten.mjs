// Prints which slot of the core is the next one while 1,000 operations wait for commands that never
// settle, and which one when nobody knows of these operations any more.
import { stopRecording } from "@opengeni/runtime-native";
import core from "../../native.js";
import { PROCESS } from "../support/box.js";

const OPERATIONS = 1_000;

function begin() {
  for (let begun = 0; begun < OPERATIONS; begun++) {
    void stopRecording({ exec: () => new Promise(() => {}) }, { ...PROCESS });
  }
}

/** A slot that is free again is taken before there are more of them. */
function nextSlot() {
  return core.numberOf(core.reserve());
}

begin();
const waiting = nextSlot();
for (let round = 0; round < 50 && nextSlot() >= OPERATIONS; round++) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log(JSON.stringify({ waiting, next: nextSlot() }));
