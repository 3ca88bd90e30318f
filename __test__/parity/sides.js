// Tests of the differences: each runs an old side and a new one, and says what both do.
import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";

/**
 * @typedef {object} Sides
 * @property {() => unknown} old
 * @property {() => unknown} new
 */

/** The rows of which both sides have run. */
const shown = new Set();

/**
 * A test of a row of docs/differences.md.
 *
 * @param {string} row
 * @param {string} title
 * @param {Sides} sides
 * @param {{ old: unknown, new: unknown }} expected
 */
export function difference(row, title, sides, expected) {
  it(`${row}: ${title}`, async () => {
    const seen = { old: await sides.old(), new: await sides.new() };
    expect(seen.new).not.toStrictEqual(seen.old);
    expect(seen).toEqual(expected);
    shown.add(row);
  });
}

/**
 * The test, after all others of a file, that these rows are listed and that both sides of each have
 * run: no other tests bear the number of a row.
 *
 * @param {RegExp} rows
 */
export function everyRowIsShown(rows) {
  it("every difference that is listed is shown, and no other", () => {
    const listed = read("../../docs/differences.md").matchAll(/^\| ([A-Z]\d+) /gm);
    const ids = Array.from(listed, ([, id = ""]) => id).filter((id) => rows.test(id));
    expect([...shown].sort()).toEqual(ids.sort());
    for (const file of readdirSync(new URL(".", import.meta.url))) {
      if (!file.endsWith(".test.js")) continue;
      const others = read(file).match(/\b(?:describe|it|test)\b[^;]{0,20}\(\s*["'`][A-Z]\d+\b/);
      expect(others).toBeNull();
    }
  });
}

/** @param {string} file */
function read(file) {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}
