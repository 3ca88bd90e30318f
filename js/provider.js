import core from "../native.js";
import { StreamPortUnavailableError } from "./errors.js";
import { text } from "./text.js";

/**
 * @param {string} backendId
 * @param {unknown} error
 * @returns {boolean}
 */
export function isProviderSandboxNotFoundError(backendId, error) {
  if (!error) return false;
  const { status, statusCode, name, code, message } = /** @type {any} */ (error);
  const http = status ?? statusCode;
  const said = error instanceof Error ? error.message : (text(error) ?? String(message ?? ""));
  const words = `${text(name) ?? ""} ${text(code) ?? ""} ${said}`;
  return core.isGone(`${backendId}`, typeof http === "number" ? http : undefined, words);
}

/**
 * @param {import("../index.js").ExposedPortEndpoint} endpoint
 * @returns {string}
 */
export function buildStreamUrl({ host, port, tls, path, query }) {
  if (typeof host !== "string" || host === "" || typeof port !== "number") {
    throw new StreamPortUnavailableError(core.malformedEndpoint(String(host), String(port)));
  }
  return core.streamUrl(host, port, Boolean(tls), text(path), query ? `${query}` : "");
}
