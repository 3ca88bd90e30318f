// Runs checks, and counts what passed, failed and was skipped.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 */

/**
 * A check that passes or fails as a whole.
 *
 * @param {string} name
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 * @returns {Count}
 */
export function check(name, command, env) {
  console.log(`\n> ${name}: ${command.join(" ")}`);
  return succeeds(command, env)
    ? { passed: 1, failed: 0, skipped: 0 }
    : { passed: 0, failed: 1, skipped: 0 };
}

/**
 * A check that cannot run here. It is skipped; in CI it fails.
 *
 * @param {string} name
 * @param {string} why
 * @returns {Count}
 */
export function unavailable(name, why) {
  const required = process.env["CI"] !== undefined;
  console.log(`${required ? "failed" : "skipped"}: ${name}: ${why.trim()}`);
  return { passed: 0, failed: required ? 1 : 0, skipped: required ? 0 : 1 };
}

/**
 * A test runner that writes a report.
 *
 * @param {string} name
 * @param {string[]} command
 * @param {string} file The report.
 * @param {(report: string) => Count} read
 * @returns {Count}
 */
export function tests(name, command, file, read) {
  console.log(`\n> ${name}: ${command.join(" ")}`);
  rmSync(file, { force: true });
  const succeeded = succeeds(command);
  /** @type {Count} */
  let count;
  try {
    count = read(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A runner can also fail without a failed test: by a file that does not load, or an uncaught error.
  return succeeded || count.failed > 0 ? count : { ...count, failed: 1 };
}

/**
 * @param {string} json The report of vitest.
 * @returns {Count}
 */
export function vitestCount(json) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(json);
  return {
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests + numTodoTests,
  };
}

/**
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 */
function succeeds([command = "", ...args], env) {
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return status === 0;
}

/**
 * Prints one line with the sums of all checks. The process fails where a check has failed.
 *
 * @param {Count[]} counts
 */
export function report(counts) {
  const sum = (/** @type {keyof Count} */ key) => counts.reduce((all, c) => all + c[key], 0);
  const failed = sum("failed");
  console.log(`\n${sum("passed")} passed, ${failed} failed, ${sum("skipped")} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}
