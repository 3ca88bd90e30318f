/**
 * What may be a text, among whatever else callers' objects hold. Bytes are read as UTF-8.
 *
 * @param {unknown} value
 */
export function text(value) {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
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
