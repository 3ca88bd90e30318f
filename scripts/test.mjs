// Runs all checks: lints, the Rust core without Node, the package under vitest, a caller of the old
// module, and the behaviour suite on all runtimes.
import { resolve } from "node:path";
import { report, tests, vitestCount } from "./checks.mjs";
import { lint } from "./lint.mjs";
import { runtimes } from "./runtimes.mjs";
import { setup } from "./setup.mjs";

setup(
  "sandbox",
  "recording",
  "display",
  "streams",
  "boxes",
  "storage",
  "machine",
  "rivals",
  "checks",
);
report([
  ...lint(),
  tests(
    "the Rust core",
    [
      ...["cargo", "nextest", "run", "--locked", "--no-default-features"],
      ...["--no-fail-fast", "--run-ignored", "all"],
    ],
    "target/nextest/default/junit.xml",
    (junit) => {
      const total = (/** @type {string} */ name) =>
        Number(new RegExp(`<testsuites [^>]*\\b${name}="(\\d+)"`).exec(junit)?.[1]);
      const failed = total("failures") + total("errors");
      return { passed: total("tests") - failed, failed, skipped: 0 };
    },
  ),
  suite("the package"),
  suite("a caller, by an alias", "--config", "examples/worker/vitest.config.js"),
  suite("a monorepo, by one line", "--config", "examples/monorepo/vitest.config.js"),
  ...(await runtimes()),
]);

/**
 * @param {string} name
 * @param {string[]} args
 */
function suite(name, ...args) {
  const file = resolve("target/vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  return tests(name, ["npx", "vitest", "run", ...args, ...reporters], file, vitestCount);
}
