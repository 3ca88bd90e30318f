/**
 * Prints how much memory calls leave behind, in bytes. As many calls as `warmUp` come before, so that what grows
 * once is not counted.
 *
 * @param {(calls: number) => Promise<void>} make
 * @param {number} warmUp
 * @param {number} calls
 */
export async function printGrowth(make, warmUp, calls) {
  await make(warmUp);
  const before = await memory();
  await make(calls);
  const after = await memory();
  console.log(
    JSON.stringify({
      heapUsed: after.heapUsed - before.heapUsed,
      external: after.external - before.external,
      rss: after.rss - before.rss,
    }),
  );
}

async function memory() {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    // Finalizers of the addon's objects run on a later turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapUsed, external, rss };
}
