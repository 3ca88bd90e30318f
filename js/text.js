/**
 * A string that may be there, among whatever else callers' objects hold.
 *
 * @param {unknown} value
 */
export function text(value) {
  return typeof value === "string" ? value : undefined;
}
