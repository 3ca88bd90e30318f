// What git and find print, to objects: this package against plain JavaScript, and against the time that the
// objects alone take, which no way of reading can undercut.
import assert from "node:assert";
import { parseNumstatZ, parsePorcelainV2, parseUnifiedPatch } from "../index.js";
import { parseListing } from "../js/channel-a/helpers.js";
import * as plain from "./listed.mjs";
import { microseconds } from "./measure.mjs";
import { row } from "./rows.mjs";

/** @typedef {import("./rows.mjs").Row} Row */

const HASH = "0123456789abcdef0123456789abcdef01234567";
/** Of the long patch. */
const HUNKS = 6_000;
const KNOWN = `N... 100644 100644 100644 ${HASH} ${HASH}`;

/** @param {number} count */
const many = (count) => Array.from({ length: count }, (_, at) => at);

/** @param {number} count */
function status(count) {
  const head = [`# branch.oid ${HASH}`, "# branch.head main", "# branch.ab +2 -3"];
  const files = many(count).map((at) => {
    const path = `src/features/area-${at % 97}/module-${at}.ts`;
    if (at % 10 < 6) return `1 .M ${KNOWN} ${path}`;
    if (at % 10 < 7) return `2 R. ${KNOWN} R100 ${path}\0old/${path}`;
    return at % 10 < 9 ? `? ${path}` : `1 A. ${KNOWN} ${path}`;
  });
  return ended([...head, ...files], "\0");
}

/** @param {number} count */
function numstat(count) {
  const rows = many(count).map((at) => {
    const path = `src/features/module-${at}.ts`;
    return at % 10 === 0 ? `${at}\t3\t\0old/${path}\0${path}` : `${at}\t3\t${path}`;
  });
  return ended(rows, "\0");
}

/** @param {number} count Of hunks with 40 lines. */
function patch(count) {
  const hunks = many(count).flatMap((at) => [
    `@@ -${at * 50 + 1},32 +${at * 50 + 1},32 @@ function f${at}() {`,
    ...many(40).map((line) => `${" -+  "[line % 5]}  const value${line} = of(${at}, "some text");`),
  ]);
  return ended(["diff --git a/x b/x", "--- a/x", "+++ b/x", ...hunks], "\n");
}

/** @param {number} count */
function listing(count) {
  const directories = many(Math.ceil(count / 50));
  const entries = [
    ...directories.map((at) => `d\t4096\t17000000${at % 100}.5\t755\t./dir-${at}`),
    ...many(count - directories.length).map((at) => {
      const path = `./dir-${at % directories.length}/module-${(at * 7_919) % count}.ts`;
      return `f\t${at * 37}\t17000${at}.1234567890\t644\t${path}`;
    }),
  ];
  return ended(entries, "\0");
}

/**
 * A text as Node makes one of a process's output.
 *
 * @param {string[]} records
 * @param {string} end
 */
function ended(records, end) {
  return Buffer.from(records.map((record) => record + end).join("")).toString();
}

/**
 * What reads a text, plainly and by this package, and the text.
 *
 * @satisfies {Record<string, [(text: string) => unknown, (text: string) => unknown, string]>}
 */
const CASES = {
  "100,000-file status": [parsePorcelainV2, plain.parsePorcelainV2, status(100_000)],
  "100,000-file numstat": [parseNumstatZ, plain.parseNumstatZ, numstat(100_000)],
  "10 MB patch": [parseUnifiedPatch, plain.parseUnifiedPatch, patch(HUNKS)],
  "50,000-entry listing": [
    (/** @type {string} */ text) => parseListing(text, "", Infinity),
    (/** @type {string} */ text) => plain.parseListing(text, "", Infinity),
    listing(50_000),
  ],
  "3-file status": [parsePorcelainV2, plain.parsePorcelainV2, status(3)],
  "3-file numstat": [parseNumstatZ, plain.parseNumstatZ, numstat(3)],
  "1-hunk patch": [parseUnifiedPatch, plain.parseUnifiedPatch, patch(1)],
};

/**
 * Makes as many lines as a patch of 10 MB has, of a text of which each place is known: what is left of the time
 * where reading takes none.
 *
 * @param {string} text
 */
function linesAlone(text) {
  const hunks = [];
  for (let from = 0; from + 1_640 <= text.length; from += 1_640) {
    const lines = [];
    for (let line = 0; line < 40; line++) {
      const start = from + line * 41;
      lines.push({
        type: "context",
        oldNo: line,
        newNo: line,
        text: text.slice(start, start + 40),
      });
    }
    hunks.push({ oldStart: 1, oldLines: 40, newStart: 1, newLines: 40, header: "", lines });
  }
  return hunks;
}

/** @param {import("./rows.mjs").Plan} plan */
export async function parserRows({ rounds, calls }) {
  /** @type {Row[]} */
  const rows = [];
  for (const [name, [ours, theirs, text]] of Object.entries(CASES)) {
    const expected = theirs(text);
    assert.deepStrictEqual(ours(text), expected, `${name}: another result`);
    const json = JSON.stringify(expected);
    const isLarge = text.length > 1 << 16;
    const took = await microseconds(
      { native: () => ours(text), plain: () => theirs(text), json: () => JSON.parse(json) },
      { calls: isLarge ? 1 : calls, rounds },
    );
    const what = `read a ${name}`;
    const mark = isLarge ? row.ratioAtMost(1 / 3) : row.aboveAtMost(5);
    rows.push(
      row(what, "µs", took.native, "plain JavaScript", took.plain, mark),
      row(what, "µs", took.native, "JSON.parse of the result", took.json),
    );
  }
  const large = patch(HUNKS);
  const took = await microseconds(
    { native: () => parseUnifiedPatch(large), alone: () => linesAlone(large) },
    { calls: 1, rounds },
  );
  rows.push(row("read a 10 MB patch", "µs", took.native, "its objects alone", took.alone));
  return rows;
}
