// Runs checks, and counts what passed, failed and was skipped.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 *
 * @typedef {object} Check A check that can run beside others.
 * @property {string} name
 * @property {string[]} command
 * @property {Report} [report] The report of a test runner. Without it, the check passes or fails as a whole.
 *
 * @typedef {object} Report
 * @property {string} file
 * @property {(report: string) => Count} read
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
  announce(name, command);
  return countOf(succeeds(command, env));
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
  announce(name, command);
  rmSync(file, { force: true });
  return countOf(succeeds(command), { file, read });
}

/**
 * Runs checks side by side, one for each processor. The output of each is printed when it has ended.
 *
 * @param {Check[]} checks
 * @returns {Promise<Count[]>}
 */
export async function sideBySide(checks) {
  const waiting = [...checks];
  /** @type {Count[]} */
  const counts = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) counts.push(await ended(next));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return counts;
}

/** @param {Check} check */
async function ended({ name, command, report }) {
  if (report) rmSync(report.file, { force: true });
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => output.push(chunk));
  }
  const status = await once(child, "close").then(
    ([code]) => code,
    (error) => error,
  );
  announce(name, command);
  process.stdout.write(Buffer.concat(output));
  if (status instanceof Error) console.log(status.message);
  return countOf(status === 0, report);
}

/**
 * @param {string} name
 * @param {string[]} command
 */
function announce(name, command) {
  console.log(`\n> ${name}: ${command.join(" ")}`);
}

/**
 * @param {boolean} succeeded Whether the command did.
 * @param {Report} [report]
 * @returns {Count}
 */
function countOf(succeeded, report) {
  if (!report) return { passed: Number(succeeded), failed: Number(!succeeded), skipped: 0 };
  /** @type {Count} */
  let count;
  try {
    count = report.read(readFileSync(report.file, "utf8"));
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
