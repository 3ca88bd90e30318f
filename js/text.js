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
    return String(error instanceof Error ? error.message : error);
  } catch {
    // An object without a text says nothing.
    return "";
  }
}
