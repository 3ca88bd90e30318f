// Measures rivals in turns, so that other load of the machine affects all of them alike.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The median of a list of numbers.
 *
 * @param {number[]} numbers
 */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * The time of one call of each rival, in microseconds: the median over rounds in turns.
 *
 * @template {string} Name
 * @param {Record<Name, () => unknown>} rivals
 * @param {{ calls: number, rounds: number }} options
 * @returns {Promise<Record<Name, number>>}
 */
export async function microseconds(rivals, { calls, rounds }) {
  /** @type {[Name, () => unknown][]} */
  const entries = /** @type {any} */ (Object.entries(rivals));
  const times = entries.map(() => /** @type {number[]} */ ([]));
  // The first rounds warm up.
  for (let round = -2; round < rounds; round++) {
    for (const [index, [, call]] of entries.entries()) {
      globalThis.gc?.();
      await turn();
      const start = performance.now();
      for (let made = 0; made < calls; made++) await call();
      // The finalizers of the calls' garbage run now, and count as a part of their time.
      await turn();
      const each = ((performance.now() - start) * 1_000) / calls;
      if (round >= 0) times[index]?.push(each);
    }
  }
  return /** @type {any} */ (
    Object.fromEntries(entries.map(([name], index) => [name, median(times[index] ?? [])]))
  );
}

/** Waits for one turn of the event loop. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The numbers that a script of this folder prints as JSON for each rival: medians over rounds in turns,
 * each run in a process of its own. One failed run makes the result a failure.
 *
 * @template {string} Name
 * @param {number} rounds
 * @param {Record<Name, string[]>} rivals The script and its arguments, by rival.
 * @returns {Record<Name, any>}
 */
export function inProcesses(rounds, rivals) {
  /** @type {[Name, string[]][]} */
  const entries = /** @type {any} */ (Object.entries(rivals));
  const results = entries.map(() => /** @type {any[]} */ ([]));
  for (let round = 0; round < rounds; round++) {
    for (const [index, [, [script = "", ...args]]] of entries.entries()) {
      const earlier = /** @type {any[]} */ (results[index]);
      if (!earlier[0]?.failed) earlier.push(inProcess(script, ...args));
    }
  }
  return /** @type {any} */ (
    Object.fromEntries(entries.map(([name], index) => [name, medians(results[index] ?? [])]))
  );
}

/** @param {any[]} results */
function medians(results) {
  const [first] = results;
  if (first.failed) return first;
  const keys = Object.keys(first);
  return Object.fromEntries(keys.map((key) => [key, median(results.map((one) => one[key]))]));
}

/**
 * Runs a script of this folder in a process of its own, and returns the JSON that it prints.
 *
 * @param {string} script
 * @param {string[]} args
 */
export function inProcess(script, ...args) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const flags = ["--expose-gc", "--max-old-space-size=8192", file, ...args];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" }));
}

/** Collects garbage, and lets the finalizers run. */
export async function collect() {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * The memory of the process in bytes: the current one, or the peak since the last `startPeak`. It is
 * known on Linux only.
 *
 * @param {"VmRSS" | "VmHWM"} field
 */
export function memory(field) {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
  } catch {
    return NaN;
  }
}

/** Resets the peak of memory, and returns the current memory. */
export function startPeak() {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Not on Linux.
  }
  return memory("VmRSS");
}
