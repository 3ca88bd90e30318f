import { inquire } from "./driver.js";
import { StreamPortUnavailableError } from "./errors.js";
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

/**
 * @param {import("../index.js").ExposedPortEndpoint} endpoint
 * @returns {string}
 */
export function buildStreamUrl({ host, port, tls, path, query }) {
  if (typeof host !== "string" || host === "" || typeof port !== "number") {
    const message = inquire("malformedEndpoint", String(host), String(port));
    throw new StreamPortUnavailableError(message);
  }
  // Converting an object to text may run its own code, so it is done here and not in the core.
  const asked = typeof query === "object" && query ? `${query}` : query;
  return inquire("streamUrl", host, port, Boolean(tls), text(path), asked);
}
