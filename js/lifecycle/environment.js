import { inquire } from "../driver.js";

/**
 * @typedef {import("../../types/lifecycle.js").SandboxSettings} SandboxSettings
 */

/**
 * @param {Pick<SandboxSettings, "sandboxPreparationProfiles" | "sandboxEnvAllowlist">} settings
 * @param {Record<string, string | undefined>} [source]
 * @returns {Record<string, string>}
 */
export function collectSandboxEnvironment(settings, source = process.env) {
  /** @type {string[]} */
  const names = inquire("environmentNames", settings);
  const entries = names.map((name) => [name, source[name]]);
  // A field that every object inherits is no variable.
  return Object.fromEntries(entries.filter(([, value]) => typeof value === "string" && value));
}

/**
 * @param {string} raw
 * @returns {number[]}
 */
export function parseExposedPorts(raw) {
  return inquire("exposedPorts", raw);
}
