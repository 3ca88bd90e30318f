// Everything that must hold: lints, the Rust core without Node, the package under vitest, and its
// behaviour on other runtimes.
import { report, tests, vitestCount } from "./checks.mjs";
import { lint } from "./lint.mjs";
import { runtimes } from "./runtimes.mjs";
import { setup } from "./setup.mjs";

const VITEST_REPORT = "target/vitest.json";

setup("sandbox", "recording", "display", "machine", "checks");
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
  tests(
    "the package",
    [
      ...["npx", "vitest", "run"],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${VITEST_REPORT}`],
    ],
    VITEST_REPORT,
    vitestCount,
  ),
  ...runtimes(),
]);
