// The examples of docs/observability.md, in processes of their own.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { block } from "../support/blocks.js";

const root = new URL("../../", import.meta.url);

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
  const command = block("docs/observability.md", "NODE_DEBUG=").replace("worker.js", "$PROGRAM");
  const shown = block("docs/observability.md", "OPENGENI 4242:");
  const PROGRAM = fileURLToPath(new URL("observed.mjs", import.meta.url));
  const env = { ...process.env, PROGRAM };
  const { stderr } = await promisify(execFile)("sh", ["-ec", command], { env, timeout: 50_000 });
  const shape = (/** @type {string} */ text) =>
    text.replace(/\d+(\.\d+)?/g, "N").replace(/turn-N|rN/g, "ID");
  expect(shape(stderr)).toContain(shape(shown));
  expect((await run("observed.mjs", [])).stderr).toBe("");
});

/**
 * Writes a program of the page.
 *
 * @param {string} name
 * @param {string} code
 */
function written(name, code) {
  const folder = new URL("target/examples/", root);
  mkdirSync(folder, { recursive: true });
  const program = new URL(name, folder);
  writeFileSync(program, code);
  return program;
}

test("a program prints the events itself", async () => {
  const program = written("printed.mjs", block("docs/observability.md", "console.error(event)"));
  const { execPath } = process;
  const args = ["--import", program.href, fileURLToPath(new URL("observed.mjs", import.meta.url))];
  const { stderr } = await promisify(execFile)(execPath, args, { timeout: 50_000 });
  expect(stderr.match(/event: '\w+'/g)).toEqual(
    ["begin", "end", "begin", "end"].map((event) => `event: '${event}'`),
  );
});

test("the spans of OpenTelemetry", async () => {
  const program = written("spans.mjs", block("docs/observability.md", "SpanStatusCode"));
  const { stdout } = await run("spans.mjs", [program.href]);
  const name = "opengeni:recording startRecording";
  expect(JSON.parse(stdout)).toEqual([
    [name, { code: 0 }, { recordingId: "r1", boxPath: "/tmp/og-rec-r1.mp4" }],
    [name, { code: 2 }, { recordingId: "r2", "error.type": "TypeError" }],
  ]);
});
