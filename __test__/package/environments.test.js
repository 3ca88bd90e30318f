// Some of the environments of `npm run test:environments`: those that are quick, and where a small change
// to the published JavaScript shows first.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PARTS = ["Jest, CommonJS", "nft", "esbuild, ", "tsx"];

it("load the package", { timeout: 600_000 }, async () => {
  const script = ["scripts/environments.mjs", ...PARTS];
  const { stdout } = await promisify(execFile)(process.execPath, script, {
    cwd: root,
    maxBuffer: 100_000_000,
  });
  const [summary = "", ...lines] = stdout.trim().split("\n").reverse();
  expect(lines.filter((line) => line.startsWith("works: ")).length).toBe(6);
  expect(summary).toMatch(/^\d+ passed, 0 failed, 0 skipped$/);
});
