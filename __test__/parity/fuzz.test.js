// Random callers on both modules: they see the same, but for the differences that are listed.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as api from "../../index.js";
import * as baseline from "./baseline.js";
import { numRuns, seed } from "./cases.js";
import { withDifferences } from "./expected.js";
import { callers, clock, observe } from "./fuzz.js";

/** @typedef {import("./fuzz.js").Seen} Seen */

/**
 * What was seen, in the terms of what was expected.
 *
 * @param {any} outcome
 * @param {any} expected
 */
function asExpected(outcome, expected) {
  const [manner = "", error] = Object.entries(expected)[0] ?? [];
  const seen = outcome[manner];
  if (error?.class === "another Refused") {
    const { fields } = Object.fromEntries(error.own);
    const [, field] = /^(\w+)\S* (?:\(\w+\) )?must be /.exec(seen?.message) ?? [];
    const [, [type] = ""] = fields.find(([name = ""]) => name === field) ?? [];
    return type !== undefined && seen.class === type ? expected : outcome;
  }
  const [start, end] = String(error?.message).split("…");
  const isSuch = end !== undefined && seen?.message?.startsWith(start);
  if (!isSuch || !seen.message.endsWith(end)) return outcome;
  return { [manner]: { ...seen, message: error.message } };
}

/**
 * The rows that a call shows.
 *
 * @param {Seen} old
 * @param {Seen} expected
 */
function shownBy(old, expected) {
  const shown = new Set(expected.rows);
  if (expected.started && old.dimensions !== expected.dimensions) shown.add("C11");
  // How a payload is read shows only where something else comes of it.
  if (isDeepStrictEqual(withoutDuration(old), withoutDuration(expected))) {
    for (const row of ["C1", "C2", "C3"]) shown.delete(row);
  }
  return shown;
}

/** @param {Seen} seen */
function withoutDuration({ outcome }) {
  const { resolved } = outcome;
  const isRead = Array.isArray(resolved) && resolved.at(-1)?.[0] === "durationSeconds";
  return isRead ? resolved.slice(0, -1) : outcome;
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
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  it(`see the same (${numRuns} cases, seed ${seed})`, { timeout: 3_600_000 }, async () => {
    const old = await baseline.load();
    /** @type {Record<string, number>} */
    const shown = {};
    await fc.assert(
      fc.asyncProperty(callers, async (caller) => {
        const olds = await observe(() => old, caller);
        const expectations = await observe((rows) => withDifferences(old, rows), caller);
        const seen = await observe(() => api, caller);
        for (const [at, { transcript, calls }] of expectations.entries()) {
          const outcomes = calls.map(({ outcome, dimensions }, call) => ({
            outcome: asExpected(seen[at]?.calls[call]?.outcome, outcome),
            dimensions: seen[at]?.calls[call]?.dimensions,
            expected: { outcome, dimensions },
          }));
          for (const { expected, ...outcome } of outcomes) same(outcome, expected);
          same(seen[at]?.transcript, transcript);

          // What is not listed is as it was.
          const rows = calls.map((call, index) => {
            const before = olds[at]?.calls[index] ?? call;
            const rows = shownBy(before, call);
            for (const row of rows) shown[row] = (shown[row] ?? 0) + 1;
            const isSameCall = before.process === call.process;
            if (rows.size === 0 && isSameCall) same(before.outcome, call.outcome);
            return isSameCall ? rows.size : NaN;
          });
          const before = olds[at]?.transcript;
          if (rows.every((count) => count === 0)) same(before, transcript);
          // What is said to be shown is to be seen.
          const [call] = calls;
          const [count = 0, ...others] = rows;
          if (call === undefined || others.length > 0 || !(count > 0)) continue;
          const { outcome, dimensions } = olds[at]?.calls[0] ?? call;
          const isSame = isDeepStrictEqual(outcome, call.outcome) && dimensions === call.dimensions;
          expect(isSame && isDeepStrictEqual(before, transcript)).toBe(false);
        }
      }),
      { numRuns, seed },
    );
    console.log(`parity: ${numRuns} random callers, seed ${seed}; differences:`, shown);
    const listed = readFileSync(new URL("../../docs/differences.md", import.meta.url), "utf8");
    const rows = Array.from(listed.matchAll(/^\| (C\d+)/gm), ([, row]) => row);
    // The rarest of them takes a hundred callers and more to be met.
    if (numRuns >= 5_000) expect(Object.keys(shown).sort()).toEqual(rows.sort());
  });
});
