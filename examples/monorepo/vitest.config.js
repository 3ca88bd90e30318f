// The tests with this package behind the runtime, and, where they are at hand, with the old modules.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const NATIVE = "@opengeni/runtime-native/sandbox";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = path.resolve(here, "../..");
const baseline = path.resolve(root, process.env["OPENGENI_BASELINE"] ?? "../shared/baseline");
const oldModules = ["recording.ts", "routing/backend-resolver.ts"].map((file) =>
  path.join(baseline, file),
);

/**
 * A module in the place of the new one.
 *
 * @param {string} code
 */
const behindTheRuntime = (code) => ({
  name: "behind-the-runtime",
  enforce: /** @type {const} */ ("pre"),
  /** @param {string} id */
  resolveId: (id) => (id === NATIVE ? "\0behind-the-runtime" : undefined),
  /** @param {string} id */
  load: (id) => (id === "\0behind-the-runtime" ? code : undefined),
});

const runtime = path.join(here, "packages/runtime/src");
const alias = [
  { find: /^@opengeni\/runtime$/, replacement: path.join(runtime, "index.ts") },
  { find: /^@opengeni\/runtime\/sandbox$/, replacement: path.join(runtime, "sandbox/index.ts") },
];
const test = { testTimeout: 60_000, hookTimeout: 60_000 };

/** @type {import("vitest/config").TestProjectInlineConfiguration[]} */
const projects = [
  {
    root: here,
    resolve: { alias: [...alias, { find: NATIVE, replacement: path.join(root, "index.js") }] },
    test: { ...test, name: "native", include: ["test/*.test.ts"], provide: { runtime: "native" } },
  },
];

if (oldModules.every((file) => existsSync(file))) {
  console.log("old: recording only; the other modules of the old runtime are not at hand");
  const old = oldModules.map((file) => `export * from ${JSON.stringify(file)};`);
  projects.push({
    root: here,
    plugins: [behindTheRuntime([...old, "export function setSelfhostedApplyDiff() {}"].join("\n"))],
    resolve: {
      alias: [
        ...alias,
        // What the old modules import from others, which are not at hand.
        {
          find: "@opengeni/contracts",
          replacement: path.join(root, "__test__/parity/contracts.js"),
        },
        {
          find: "../selfhosted/session",
          replacement: path.join(root, "__test__/parity/selfhosted-session.js"),
        },
      ],
    },
    test: {
      ...test,
      name: "old",
      include: ["test/worker.test.ts"],
      provide: { runtime: "old" },
    },
  });
} else {
  console.log(`old: left out; the old modules are not in ${baseline}`);
}

export default defineConfig({ root: here, test: { projects } });
