// Each fenced block of the pages is run by a test, compiled, or has a reason why not. A new block needs a row.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../support/blocks.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @typedef {object} Row
 * @property {string} page
 * @property {string} has A text that no other block of the page has.
 * @property {string} [run] The file that runs it, by `block("<page>", "<has>")`.
 * @property {string} [compiled] It compiles as strict TypeScript, after these declarations of what a program
 *   has from elsewhere.
 * @property {string} [reason] Why it, or a part of it, is not run.
 */

/** @type {Row[]} */
const ROWS = [
  {
    page: "README.md",
    has: "npm install --offline",
    run: "scripts/environments/table.mjs",
    reason: "`npm run pack` needs minutes; test:environments packs the binary that is there",
  },
  {
    page: "README.md",
    has: "recorder.startRecording",
    run: "__test__/real/readme.test.js",
    compiled: "",
  },
  {
    page: "README.md",
    has: "export * from",
    compiled: "",
    reason: "the same line of docs/migrating.md is run",
  },
  { page: "README.md", has: "new SandboxAgent", run: "__test__/real/readme.test.js", compiled: "" },
  {
    page: "README.md",
    has: "new NatsControlRpc",
    run: "__test__/real/readme.test.js",
    compiled: `
      import type { RoutableBackendSession, RoutableSandbox } from "@opengeni/runtime-native/sandbox";
      declare const natsUrl: string, workspaceId: string, box: RoutableBackendSession;
      declare const db: { getSandbox(workspace: string, id: string): Promise<RoutableSandbox | null> };`,
  },
  { page: "README.md", has: "frames expected", run: "__test__/real/demo.test.js" },
  { page: "README.md", has: "fenced-retry", run: "__test__/real/demo-routing.test.js" },
  { page: "docs/architecture.md", has: "caller ─▶", reason: "it is a drawing" },
  {
    page: "docs/deploying.md",
    has: "npm install --offline",
    run: "scripts/environments/table.mjs",
  },
  { page: "docs/deploying.md", has: "createRequire", run: "scripts/environments/programs.mjs" },
  {
    page: "docs/migrating.md",
    has: "export * from",
    run: "__test__/package/migrating.test.js",
    compiled: "",
  },
  { page: "docs/migrating.md", has: "-import", reason: "it shows a change, and is no program" },
  {
    page: "docs/migrating.md",
    has: "compilerOptions",
    run: "__test__/package/migrating.test.js",
  },
  {
    page: "docs/migrating.md",
    has: "resolve: { alias",
    run: "__test__/package/migrating.test.js",
  },
  { page: "docs/migrating.md", has: "module.exports", run: "scripts/environments/table.mjs" },
  { page: "docs/migrating.md", has: "overrides", run: "__test__/package/migrating.test.js" },
  {
    page: "docs/migrating.md",
    has: "npm install --offline",
    run: "__test__/package/migrating.test.js",
  },
  {
    page: "docs/observability.md",
    has: "NODE_DEBUG=",
    run: "__test__/process/diagnostics.test.js",
  },
  {
    page: "docs/observability.md",
    has: "OPENGENI 4242:",
    run: "__test__/process/diagnostics.test.js",
  },
  {
    page: "docs/observability.md",
    has: "console.error(event)",
    run: "__test__/process/diagnostics.test.js",
    compiled: "",
  },
  {
    page: "docs/observability.md",
    has: "SpanStatusCode",
    run: "__test__/process/diagnostics.test.js",
  },
  { page: "docs/recording.md", has: "maxBytes: 512", run: "__test__/real/recording-page.test.js" },
  {
    page: "docs/recording.md",
    has: "const { finalized }",
    run: "__test__/real/recording-page.test.js",
  },
  { page: "docs/recording.md", has: "const read = ", run: "__test__/real/recording-page.test.js" },
  {
    page: "docs/recording.md",
    has: "import { writeFile }",
    run: "__test__/real/recording-page.test.js",
  },
  { page: "docs/recording.md", has: "truncate(", run: "__test__/real/recording-page.test.js" },
  {
    page: "docs/recording.md",
    has: "uploadRecordingArtifact(",
    run: "__test__/real/recording-page.test.js",
  },
  {
    page: "docs/recording.md",
    has: "head.sizeBytes",
    run: "__test__/real/recording-page.test.js",
  },
  { page: "docs/recording.md", has: "pkill", run: "__test__/real/recording-page.test.js" },
  {
    page: "docs/recording.md",
    has: "entry?.isRunning",
    run: "__test__/real/recording-page.test.js",
  },
  {
    page: "docs/recording.md",
    has: "probeRecording(",
    run: "__test__/real/recording-page.test.js",
  },
  { page: "docs/recording.md", has: "shutdown.abort", run: "__test__/real/recording-page.test.js" },
  {
    page: "docs/recording.md",
    has: "sweepRecordings(",
    run: "__test__/real/recording-page.test.js",
  },
  { page: "docs/recording.md", has: "router.prime()", run: "__test__/real/recording-page.test.js" },
  { page: "docs/recording.md", has: "owner.session", run: "__test__/real/recording-page.test.js" },
  { page: "docs/recording.md", has: "// worker.mjs", run: "__test__/real/recording-page.test.js" },
];

const inDocs = readdirSync(path.join(root, "docs")).filter((name) => name.endsWith(".md"));
const pages = ["README.md", "CONTRIBUTING.md", ...inDocs.map((name) => `docs/${name}`)];
const blocks = pages.flatMap((page) => blocksOf(page).map((block) => ({ page, ...block })));

it.each(blocks)("$page: a row for $code", ({ page, code }) => {
  const rows = ROWS.filter((row) => row.page === page && code.includes(row.has));
  expect(rows).toHaveLength(1);
});

describe.each(ROWS)("$page: $has", ({ page, has, run, compiled, reason }) => {
  const found = blocks.filter((block) => block.page === page && block.code.includes(has));

  it("is one block", () => expect(found).toHaveLength(1));

  if (run !== undefined) {
    it(`is run by ${run}`, () => {
      const text = readFileSync(path.join(root, run), "utf8").replaceAll(/\(\s+|,?\s+(?=\))/g, "(");
      expect(text).toContain(`block("${page}", "${has}")`);
    });
  } else if (compiled === undefined) {
    it(`is not run: ${reason}`, () => expect(reason).toMatch(/\w/));
  }
});

it("compile as strict TypeScript", () => {
  const folder = path.join(root, "target/examples/blocks");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compiled = ROWS.filter((row) => row.compiled !== undefined);
  compiled.forEach((row, at) => {
    const code = blocks.find(({ page, code }) => page === row.page && code.includes(row.has))?.code;
    writeFileSync(path.join(folder, `${at}.mts`), `${row.compiled}\n${code}`);
  });
  const settings = { module: "nodenext", strict: true, noEmit: true, skipLibCheck: true };
  const compilerOptions = { ...settings, target: "es2022", types: ["node"] };
  const config = path.join(folder, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ["."] }));
  const tsc = path.join(root, "node_modules/.bin/tsc");
  const { stdout, status } = spawnSync(tsc, ["--project", config], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
}, 120_000);
