import { inquire } from "./driver.js";
import { spelled, text } from "./text.js";

/**
 * @param {string} backendId
 * @param {unknown} error
 * @returns {boolean}
 */
export function isProviderSandboxNotFoundError(backendId, error) {
  if (!error) return false;
  const { status, statusCode, name, code, message } = /** @type {any} */ (error);
  const http = status ?? statusCode;
  const said = text(error) ?? spelled(error instanceof Error ? error.message : (message ?? ""));
  const words = `${text(name) ?? ""} ${text(code) ?? ""} ${said}`;
  return inquire(
    "isGone",
    backendId,
    typeof http === "number" ? http : undefined,
    words.toWellFormed(),
  );
}
