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
 * What may be a text, among whatever else callers' objects hold. Bytes are read as UTF-8.
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
 * What a thrown value says.
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
 * The text of a value. An object without a text says nothing.
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
