// What is known to be vulnerable, and what nobody could be asked about.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { crateAdvisories, packageAdvisories } from "../../scripts/advisories.mjs";

const bin = mkdtempSync(path.join(tmpdir(), "og-advisories-"));
const env = { PATH: `${bin}${path.delimiter}${process.env["PATH"]}` };
afterAll(() => rmSync(bin, { recursive: true }));

const PASSED = { passed: 1, failed: 0, skipped: 0 };
const FAILED = { passed: 0, failed: 1, skipped: 0 };
const SKIPPED = { passed: 0, failed: 0, skipped: 1 };

/** @type {import("vitest").MockInstance} */
let log;
beforeEach(() => {
  vi.stubEnv("CI", undefined);
  log = vi.spyOn(console, "log").mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const said = () => log.mock.calls.flat().join("\n");

/**
 * @param {string} command
 * @param {string} script What it does instead.
 */
function replace(command, script) {
  const file = path.join(bin, command);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

describe("of packages", () => {
  /**
   * @param {number} high
   * @param {object} [vulnerabilities]
   */
  function answer(high, vulnerabilities = {}) {
    const metadata = { vulnerabilities: { high, critical: 0 } };
    const report = JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata });
    replace("npm", `echo '${report}'; exit ${high > 0 ? 1 : 0}`);
  }

  it("none is known", () => {
    answer(0);
    expect(packageAdvisories(env)).toEqual(PASSED);
  });

  it("one is known", () => {
    answer(1, { leaky: { name: "leaky", severity: "high" } });
    expect(packageAdvisories(env)).toEqual(FAILED);
    expect(said()).toContain("vulnerable: 1 high, 0 critical\n  leaky: high");
  });

  it("nobody can be asked", () => {
    replace("npm", `echo '{"message":"405 Method Not Allowed","error":{}}'; exit 1`);
    expect(packageAdvisories(env)).toEqual(SKIPPED);
    expect(said()).toContain("skipped: known vulnerabilities in packages: the registry gives no");
    expect(said()).toContain("405 Method Not Allowed");
    expect(said()).not.toContain("vulnerable:");
    vi.stubEnv("CI", "true");
    expect(packageAdvisories(env)).toEqual(FAILED);
    expect(said()).toContain("failed: known vulnerabilities in packages: the registry gives no");
  });
});

describe("of crates", () => {
  it("none is known", () => {
    replace("cargo", "exit 0");
    expect(crateAdvisories(env)).toEqual(PASSED);
  });

  it("one is known", () => {
    replace("cargo", `[ "$2" = fetch ]`);
    expect(crateAdvisories(env)).toEqual(FAILED);
    expect(said()).not.toContain("cannot be reached");
  });

  it("nobody can be asked", () => {
    replace("cargo", `[ "$2" != fetch ]`);
    expect(crateAdvisories(env)).toEqual(SKIPPED);
    expect(said()).toContain("the advisory database cannot be reached");
  });
});
