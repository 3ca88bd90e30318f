// Prints the growth of the heap after many resolves, in KiB, for each rival.
//
// node --expose-gc bench/resolves.mjs <resolves>
import { DEPS } from "./calls.mjs";
import { collect } from "./measure.mjs";
import { functionsOf } from "./rivals.mjs";

const resolves = Number(process.argv[2]);
/** @type {Record<string, number>} */
const grown = {};
for (const rival of ["native", "old"]) {
  const resolve = (await functionsOf(rival)).makeActiveBackendResolver(DEPS);
  const pointers = [null, "s"].map((activeSandboxId) => ({ activeSandboxId, activeEpoch: 1 }));
  const make = async (/** @type {number} */ count) => {
    for (let made = 0; made < count; made++) await resolve(pointers[made % 2]);
    await collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await make(100_000);
  grown[rival] = Math.max(0, (await make(resolves)) - before) / 1024;
}
console.log(JSON.stringify(grown));
