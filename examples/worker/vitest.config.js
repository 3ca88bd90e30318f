// The worker's tests, with the alias, and without it where the old modules are at hand.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const SANDBOX = "@opengeni/runtime/sandbox";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = path.resolve(here, "../..");
const baseline = path.resolve(root, process.env["OPENGENI_BASELINE"] ?? "../shared/baseline");
const oldModules = ["recording.ts", "routing/backend-resolver.ts"].map((file) =>
  path.join(baseline, file),
);

/** Resolves the old entry point to those of its modules that are at hand. */
const oldSandbox = {
  name: "old-sandbox",
  enforce: /** @type {const} */ ("pre"),
  /** @param {string} id */
  resolveId: (id) => (id === SANDBOX ? "\0old-sandbox" : undefined),
  /** @param {string} id */
  load: (id) =>
    id === "\0old-sandbox"
      ? oldModules.map((file) => `export * from ${JSON.stringify(file)};`).join("\n")
      : undefined,
};

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Each concurrent test runs an encoder.
  maxConcurrency: 4,
  // The warning is about later versions of @aws-sdk/client-s3, which are not installed.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
};

/** @type {import("vitest/config").TestProjectInlineConfiguration[]} */
const projects = [
  {
    root: here,
    resolve: { alias: { [SANDBOX]: path.join(root, "index.js") } },
    test: { ...shared, name: "alias on", include: ["test/*.test.ts"], provide: { alias: "on" } },
  },
];

if (oldModules.every((file) => existsSync(file))) {
  console.log(
    "alias off: without turn.test.ts, whose old module is not at hand, and archive.test.ts",
  );
  projects.push({
    root: here,
    plugins: [oldSandbox],
    resolve: {
      alias: {
        // Stands in for the imports of the old modules that are not at hand.
        "@opengeni/contracts": path.join(root, "__test__/parity/contracts.js"),
        "../selfhosted/session": path.join(root, "__test__/parity/selfhosted-session.js"),
      },
    },
    test: {
      ...shared,
      name: "alias off",
      include: ["test/*.test.ts"],
      exclude: ["test/turn.test.ts", "test/archive.test.ts"],
      provide: { alias: "off" },
    },
  });
} else {
  console.log(`alias off: left out; the old modules are not in ${baseline}`);
}

export default defineConfig({
  root: here,
  test: { projects, globalSetup: [path.join(here, "test/global-setup.ts")] },
});
