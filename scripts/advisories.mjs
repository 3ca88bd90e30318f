// Checks crates and npm packages for known vulnerabilities. Without an answer of the advisory database, a
// check is unavailable; it has neither passed nor failed.
import { spawnSync } from "node:child_process";
import { check, unavailable } from "./checks.mjs";

/** @typedef {import("./checks.mjs").Count} Count */

/**
 * Checks the crates.
 *
 * @param {Record<string, string>} [env] The environment in which cargo-deny is found.
 * @returns {Count}
 */
export function crateAdvisories(env) {
  const name = "known vulnerabilities in crates";
  const fetch = ["deny", "fetch", "db", "index"];
  console.log(`\n> ${name}: cargo ${fetch.join(" ")}`);
  const { status } = spawnSync("cargo", fetch, {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status !== 0) return unavailable(name, "the advisory database cannot be reached");
  return check(name, ["cargo", "deny", "--offline", "check", "advisories"], env);
}

/**
 * Checks the npm packages. Vulnerabilities of high or critical severity fail.
 *
 * @param {Record<string, string>} [env] The environment in which npm is found.
 * @returns {Count}
 */
export function packageAdvisories(env) {
  const name = "known vulnerabilities in packages";
  const command = ["audit", "--audit-level=high", "--json"];
  console.log(`\n> ${name}: npm ${command.join(" ")}`);
  const { stdout, stderr } = spawnSync("npm", command, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  const report = parsed(stdout);
  // Every answer of the registry has this field.
  if (report?.auditReportVersion === undefined) {
    return unavailable(name, `the registry gives no advisories: ${report?.message ?? stderr}`);
  }
  const { high, critical } = report.metadata.vulnerabilities;
  console.log(`vulnerable: ${high} high, ${critical} critical`);
  /** @type {{ name: string, severity: string }[]} */
  const packages = Object.values(report.vulnerabilities);
  for (const { name, severity } of packages) console.log(`  ${name}: ${severity}`);
  const failed = high + critical > 0;
  return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 };
}

/** @param {string} json */
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
