import { ask } from "../driver.js";
import { isSignal } from "../fields.js";
import { checkFunction } from "../given.js";

/**
 * Returns the options of a call.
 *
 * @template {object} Options
 * @param {Options | null | undefined} options
 * @returns {Partial<Options>}
 */
export function optionsOf(options) {
  if (options === undefined || options === null) return {};
  if (typeof options !== "object") throw new TypeError("options must be an object");
  return options;
}

/**
 * Returns the checked limits of a call; `undefined` where it has none.
 *
 * @param {import("../../index.js").CallSignal | null | undefined} signal
 * @param {number | null | undefined} timeoutMs
 * @returns {import("../driver.js").Limits | undefined}
 */
export function limitsOf(signal, timeoutMs) {
  if (signal == null && timeoutMs == null) return undefined;
  ask("checkLimits", isSignal(signal) ? undefined : signal, timeoutMs);
  return { signal: signal ?? undefined, timeoutMs: timeoutMs ?? undefined };
}

/**
 * Returns the checked `onProgress` of a call; `null` where it has none.
 *
 * @template {Function} Observer
 * @param {Observer | null | undefined} onProgress
 * @returns {Observer | null}
 */
export function observerOf(onProgress) {
  if (onProgress === undefined || onProgress === null) return null;
  checkFunction("onProgress", onProgress);
  return onProgress;
}
