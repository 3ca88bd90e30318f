// The benchmark runs, and says what it should; how fast anything is decides nothing here.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** @type {string} */
let out;
beforeEach(() => {
  out = mkdtempSync(path.join(tmpdir(), "bench-"));
});
afterEach(() => rmSync(out, { recursive: true }));

/** What git sees of where a full run writes. */
async function tree() {
  const { stdout } = await run("git", ["status", "--porcelain", "--", "bench", "docs"], {
    cwd: root,
  });
  return stdout;
}

it("measures every rival, and writes where it is told to", { timeout: 180_000 }, async () => {
  const before = await tree();
  const script = path.join(root, "bench/bench.mjs");
  const args = ["--expose-gc", script, "--quick", "--out", out];
  const { stdout } = await run(process.execPath, args, { cwd: out });
  expect(stdout).toMatch(/\d+ of \d+ marks are met\. /);
  expect(await tree()).toBe(before);

  const { rows, sizes } = JSON.parse(readFileSync(path.join(out, "bench/results.json"), "utf8"));
  for (const { what, ours, theirs } of rows) {
    expect([what, typeof ours, typeof theirs]).toEqual([what, "number", "number"]);
  }
  expect(rows.filter((/** @type {any} */ { mark }) => mark).length).toBeGreaterThan(20);
  for (const { rivals } of sizes) {
    expect(Object.keys(rivals)).toEqual(["native", "old", "plain", "bare"]);
    expect(JSON.stringify(rivals)).not.toContain("failed");
  }
  const text = readFileSync(path.join(out, "docs/performance.md"), "utf8");
  const pictures = readdirSync(path.join(out, "docs/performance"));
  expect(pictures.sort()).toEqual(["memory.svg", "stall.svg", "throughput.svg", "time.svg"]);
  for (const picture of pictures) {
    expect(text).toContain(`(performance/${picture})`);
    const svg = readFileSync(path.join(out, "docs/performance", picture), "utf8");
    expect(svg).toMatch(/^<svg [^]*<path [^]*<\/svg>\n$/);
  }
});
