// Fields of values that are not the package's own. A getter that throws hides nothing but its field.

/**
 * Whether a value has fields of its own.
 *
 * @param {unknown} value
 */
export function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/**
 * Reads a field; `undefined` where reading it throws.
 *
 * @param {any} value
 * @param {string | symbol} key
 */
export function fieldOf(value, key) {
  try {
    return value?.[key];
  } catch {
    return undefined;
  }
}

/**
 * Whether a value is used as an `AbortSignal`.
 *
 * @param {unknown} value
 */
export function isSignal(value) {
  return (
    typeof fieldOf(value, "aborted") === "boolean" &&
    typeof fieldOf(value, "addEventListener") === "function"
  );
}

/**
 * @param {unknown} value
 * @param {string} key
 * @returns {string | undefined}
 */
export function textIn(value, key) {
  const text = fieldOf(value, key);
  return typeof text === "string" ? text : undefined;
}

/**
 * @param {unknown} value
 * @param {string} key
 * @returns {number | undefined}
 */
export function numberIn(value, key) {
  const number = fieldOf(value, key);
  return typeof number === "number" ? number : undefined;
}
