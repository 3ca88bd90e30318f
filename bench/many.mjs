// Measures many recordings at the same time.
import { inProcesses } from "./measure.mjs";
import { NAMES } from "./rivals.mjs";
import { bytesText } from "./reading.mjs";
import { row } from "./rows.mjs";

/** @typedef {import("./rows.mjs").Plan} Plan */

/** The size of each recording of the curve, in bytes. Up to 10,000 of them are in memory at once. */
export const EACH = 1 << 16;

/**
 * @param {number} rounds
 * @param {number} calls
 * @param {number} bytes
 */
function record(rounds, calls, bytes) {
  const run = (/** @type {string} */ rival) => ["record.mjs", rival, `${calls}`, `${bytes}`];
  return inProcesses(rounds, { native: run("native"), old: run("old"), plain: run("plain") });
}

/** @param {Plan} plan */
export function manyRows({ rounds, together: { calls, bytes } }) {
  const { native, old, plain } = record(rounds, calls, bytes);
  const what = `${calls.toLocaleString("en")} recordings of ${bytesText(bytes)} at once`;
  const mebi = 1024 * 1024;
  return [
    row(what, "/s", native.perSecond, NAMES.old, old.perSecond, row.ratioAtLeast(3)),
    row(what, "/s", native.perSecond, NAMES.plain, plain.perSecond),
    row(`${what}: memory`, "MiB", native.peak / mebi, NAMES.old, old.peak / mebi),
  ];
}

/**
 * @param {Plan} plan
 * @returns {{ calls: number, rivals: Record<string, { perSecond: number, peak: number }> }[]}
 */
export function throughput({ rounds, concurrency }) {
  return concurrency.map((calls) => ({ calls, rivals: record(Math.min(rounds, 3), calls, EACH) }));
}
