// Random callers on both modules: they see the same, but for the differences that are listed.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as api from "../../index.js";
import * as baseline from "./baseline.js";
import { numRuns, seed } from "./cases.js";
import { expectedOf } from "./expected.js";
import { callers, observe } from "./fuzz.js";

/**
 * What was seen, in the terms of what was expected.
 *
 * @param {import("./fuzz.js").Step} seen
 * @param {import("./fuzz.js").Step} expected
 */
function asExpected(seen, expected) {
  const { refused } = expected.outcome;
  const { rejected } = seen.outcome;
  if (refused) {
    const field = /^\w+/.exec(rejected?.message)?.[0];
    const isRefusal = ["TypeError", "RangeError"].includes(rejected?.class);
    return isRefusal && refused.includes(field) ? { ...seen, outcome: { refused } } : seen;
  }
  const [start, end] = expected.outcome.rejected?.message?.split("…") ?? [];
  if (end === undefined || !rejected?.message?.startsWith(start)) return seen;
  return { ...seen, outcome: { rejected: { ...rejected, message: `${start}…` } } };
}

describe.skipIf(!baseline.isPresent)("random callers", () => {
  it(`see the same (${numRuns} cases, seed ${seed})`, { timeout: 3_600_000 }, async () => {
    const old = await baseline.load();
    /** @type {Record<string, number>} */
    const shown = {};
    await fc.assert(
      fc.asyncProperty(callers, async (caller) => {
        const expectations = await expectedOf(old, caller);
        const seen = await observe(api, caller);
        for (const [index, { step }] of expectations.entries()) {
          const { transcript, outcome } = asExpected(seen[index] ?? step, step);
          expect({ transcript, outcome }).toEqual({
            transcript: step.transcript,
            outcome: step.outcome,
          });
        }
        for (const row of new Set(expectations.flatMap(({ differences }) => differences))) {
          shown[row] = (shown[row] ?? 0) + 1;
        }
      }),
      { numRuns, seed },
    );
    console.log(`parity: ${numRuns} random callers, seed ${seed}; differences:`, shown);
    const listed = readFileSync(new URL("../../docs/differences.md", import.meta.url), "utf8");
    const rows = Array.from(listed.matchAll(/^\| (C\d+)/gm), ([, row]) => row);
    expect(Object.keys(shown).sort()).toEqual(rows.sort());
  });
});
