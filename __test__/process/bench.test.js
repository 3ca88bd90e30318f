// The benchmark runs, and says what it should; how fast anything is decides nothing here.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { missing } from "../support/tools.js";

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

const isLacking = missing("python3", "ffmpeg", "ffprobe", "Xvfb", "ico");
const options = { timeout: 300_000 };

it.skipIf(isLacking)("measures every rival, and writes where it is told to", options, async () => {
  const before = await tree();
  const script = path.join(root, "bench/bench.mjs");
  const args = ["--expose-gc", script, "--quick", "--out", out];
  const { stdout } = await run(process.execPath, args, { cwd: out });
  expect(stdout).toMatch(/\d+ of \d+ marks are met\. /);
  expect(await tree()).toBe(before);

  const { rows, sizes, real, films } = JSON.parse(
    readFileSync(path.join(out, "bench/results.json"), "utf8"),
  );
  for (const { what, ours, theirs } of rows) {
    expect([what, typeof ours, typeof theirs]).toEqual([what, "number", "number"]);
  }
  expect(rows.filter((/** @type {any} */ { mark }) => mark).length).toBeGreaterThan(20);
  for (const { rivals } of sizes) {
    expect(Object.keys(rivals)).toEqual(["native", "old", "plain", "bare"]);
    expect(JSON.stringify(rivals)).not.toContain("failed");
  }
  for (const { rivals } of real) {
    expect(Object.keys(rivals)).toEqual(["native", "pieces", "old"]);
    expect(JSON.stringify([rivals.native, rivals.pieces])).not.toContain("failed");
  }
  // More than the session keeps of one command.
  expect(real.at(-1).rivals.old).toHaveProperty("failed");
  expect(films.native).toMatchObject({ pixels: "yuv420p", isLeft: false });
  const text = readFileSync(path.join(out, "docs/performance.md"), "utf8");
  const pictures = readdirSync(path.join(out, "docs/performance"));
  const names = ["memory", "real", "stall", "throughput", "time"];
  expect(pictures.sort()).toEqual(names.map((name) => `${name}.svg`));
  for (const picture of pictures) {
    expect(text).toContain(`(performance/${picture})`);
    const svg = readFileSync(path.join(out, "docs/performance", picture), "utf8");
    expect(svg).toMatch(/^<svg [^]*<path [^]*<\/svg>\n$/);
  }
});

it("measures a part, and writes nothing", { timeout: 60_000 }, async () => {
  const script = path.join(root, "bench/bench.mjs");
  const args = ["--expose-gc", script, "--quick", "--only", "wire", "--out", out];
  const { stdout } = await run(process.execPath, args);
  expect(stdout).toMatch(/wire: exec/);
  expect(stdout).not.toMatch(/cold import/);
  expect(readdirSync(out)).toEqual([]);
  await expect(run(process.execPath, [script, "--only", "wires"])).rejects.toThrow(/--only takes/);
});
