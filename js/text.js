/**
 * Returns a string as it is, bytes decoded as UTF-8, and `undefined` for any other value.
 *
 * @param {unknown} value
 */
export function text(value) {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
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
