import { inquire } from "./driver.js";
import { spelled, text } from "./text.js";

/**
 * @param {string} backendId
 * @param {unknown} error
 * @returns {boolean}
 */
export function isProviderSandboxNotFoundError(backendId, error) {
  return inquire("isGone", backendId, ...meaningOf(error));
}

/**
 * What the core reads of a provider's error: its HTTP status, and its words.
 *
 * @param {unknown} error
 * @returns {[status: number | undefined, words: string]}
 */
export function meaningOf(error) {
  if (!error) return [undefined, ""];
  const { status, statusCode, name, code, message } = /** @type {any} */ (error);
  const http = status ?? statusCode;
  const said = text(error) ?? spelled(error instanceof Error ? error.message : (message ?? ""));
  const words = `${text(name) ?? ""} ${text(code) ?? ""} ${said}`;
  return [typeof http === "number" ? http : undefined, words.toWellFormed()];
}
