// Random callers on both modules: what they see keeps the rules, and is the same but for the differences
// that are listed.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as api from "../../index.js";
import * as baseline from "./baseline.js";
import { numRuns, seed } from "./cases.js";
import { marksOf } from "./commands.js";
import { callers, clock, observe } from "./fuzz.js";
import { check, withoutIdleStops } from "./rules.js";

/** Rows that no random caller meets; the tests of the corrections show them. */
const ELSEWHERE = [
  // They are of processes, and these boxes have none.
  ...["C9", "C15", "C17", "C18", "C23", "C25"],
  // It takes an answer that is the size of the file and another, beside the digest of the file.
  "C26",
];

/**
 * What came of reads.
 *
 * @param {import("./fuzz.js").Made[]} calls
 * @param {(made: import("./fuzz.js").Made) => boolean} [isMeant]
 */
function readsIn(calls, isMeant = () => true) {
  return calls
    .filter((made) => made.call.name === "read" && isMeant(made))
    .map(({ seen }) => seen.outcome);
}

/**
 * @param {unknown} seen
 * @param {unknown} expected
 */
function same(seen, expected) {
  // The matcher shows what differs, but takes its time.
  if (!isDeepStrictEqual(seen, expected)) expect(seen).toStrictEqual(expected);
}

describe.skipIf(!baseline.isPresent)("random callers", () => {
  beforeAll(() => {
    vi.spyOn(Date, "now").mockImplementation(() => clock.now);
    vi.spyOn(performance, "now").mockImplementation(() => clock.steady);
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  it(`see the same (${numRuns} cases, seed ${seed})`, { timeout: 3_600_000 }, async () => {
    const modules = { old: await baseline.load(), api };
    /** @type {Record<string, number>} */
    const shown = {};
    /** The marks of the frames so far. */
    const nonces = new Set();
    await fc.assert(
      fc.asyncProperty(callers, async (caller) => {
        const calls = await observe(modules, caller);
        for (const row of check(calls, caller).flatMap((rows) => [...rows])) {
          shown[row] = (shown[row] ?? 0) + 1;
        }
        if (caller.jump.by !== 0) {
          // Nobody who sets the clock changes what is read of a recording of this process.
          const isOwn = (/** @type {import("./fuzz.js").Made} */ { whose }) => whose === "own";
          const undisturbed = await observe(modules, { ...caller, jump: { turn: 0, by: 0 } });
          same(readsIn(undisturbed, isOwn), readsIn(calls, isOwn));
        }
        const fewer = withoutIdleStops(calls, caller);
        if (fewer) same(readsIn(await observe(modules, fewer)), readsIn(calls));
        for (const { cmd = "" } of calls.flatMap(({ seen }) => seen.events)) {
          const [mark] = marksOf(cmd);
          if (mark === undefined) continue;
          // The matcher would look through all of them.
          expect(nonces.has(mark.nonce)).toBe(false);
          nonces.add(mark.nonce);
        }
      }),
      { numRuns, seed },
    );
    console.log(`parity: ${numRuns} random callers, seed ${seed}; differences:`, shown);
    const listed = readFileSync(new URL("../../docs/differences.md", import.meta.url), "utf8");
    const rows = Array.from(listed.matchAll(/^\| (C\d+)/gm), ([, row]) => row);
    const met = rows.filter((row) => !ELSEWHERE.includes(row ?? ""));
    // The rarest of them takes a hundred callers and more to be met.
    if (numRuns >= 5_000) expect(Object.keys(shown).sort()).toEqual(met.sort());
  });
});
