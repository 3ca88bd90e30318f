/** What gives the name of the class of a typed array, and nothing of another value. */
const className = /** @type {{ get: () => string | undefined }} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
).get;

/**
 * A `Uint8Array`, of this realm or another.
 *
 * @param {unknown} value
 * @returns {value is Uint8Array}
 */
export function isBytes(value) {
  return className.call(value) === "Uint8Array";
}

/**
 * Returns a string as it is, bytes decoded as UTF-8, and `undefined` for any other value.
 *
 * @param {unknown} value
 */
export function text(value) {
  if (typeof value === "string") return value;
  return isBytes(value) ? new TextDecoder().decode(value) : undefined;
}

/**
 * The text of a value, as in a template literal. A symbol, which has none, stays as it is: the core
 * names it.
 *
 * @param {unknown} value
 */
export function worded(value) {
  return typeof value === "symbol" ? value : `${value}`;
}

/**
 * The number of a value; NaN for a symbol, which has none.
 *
 * @param {unknown} value
 */
export function numeric(value) {
  return typeof value === "symbol" ? NaN : Number(value);
}

/**
 * Returns the message of an error, or the text of any other thrown value.
 *
 * @param {unknown} error
 */
export function messageOf(error) {
  try {
    return spelled(error instanceof Error ? error.message : error);
  } catch {
    return "";
  }
}

/**
 * Returns the text of a value; an empty one for an object that cannot be converted.
 *
 * @param {unknown} value
 */
export function spelled(value) {
  try {
    return String(value);
  } catch {
    return "";
  }
}
