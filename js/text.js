/**
 * A string that may be there, among whatever else callers' objects hold.
 *
 * @param {unknown} value
 */
export function text(value) {
  return typeof value === "string" ? value : undefined;
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
