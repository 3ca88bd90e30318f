// The examples of docs/observability.md, in processes of their own.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/observability.md", root), "utf8");

/**
 * @param {string} script
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(script, args, env = {}) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return promisify(execFile)(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    timeout: 50_000,
  });
}

test("NODE_DEBUG writes lines like those of the page", async () => {
  const { stderr } = await run("observed.mjs", [], { NODE_DEBUG: "opengeni" });
  const shape = (/** @type {string} */ text) =>
    text.replace(/\d+(\.\d+)?/g, "N").replace(/turn-N|rN/g, "ID");
  const shown = /```text\n([^`]*)```/.exec(page)?.[1] ?? "";
  expect(shape(stderr)).toContain(shape(shown));
  expect((await run("observed.mjs", [])).stderr).toBe("");
});

test("the spans of OpenTelemetry", async () => {
  const folder = new URL("target/examples/", root);
  mkdirSync(folder, { recursive: true });
  const program = new URL("spans.mjs", folder);
  writeFileSync(program, /```js\n([^`]*(?:`[^`]+`[^`]*)*)```/.exec(page)?.[1] ?? "");
  const { stdout } = await run("spans.mjs", [program.href]);
  const name = "opengeni:recording startRecording";
  expect(JSON.parse(stdout)).toEqual([
    [name, { code: 0 }, { recordingId: "r1", boxPath: "/tmp/og-rec-r1.mp4" }],
    [name, { code: 2 }, { recordingId: "r2", "error.type": "TypeError" }],
  ]);
});
