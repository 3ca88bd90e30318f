// What requests are made of, as plain data: what has no place in a field becomes what the core refuses by
// the name of the field, and is never left out. Nothing is as deep as a caller can make it.

/** What is neither absent nor anything that a field holds. */
export const NO_SUCH = 0;

/**
 * A text, a number or a flag.
 *
 * @param {unknown} value
 */
export function scalar(value) {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    default:
      return null;
  }
}

/**
 * A list of texts, or of what `read` makes of its items.
 *
 * @param {unknown} value
 * @param {(item: unknown) => unknown} [read]
 */
export function list(value, read = scalar) {
  if (!Array.isArray(value)) return NO_SUCH;
  const items = [];
  for (let at = 0; at < value.length; at++) {
    const item = read(value[at]);
    items.push(item);
    // It is refused: however many follow, they are not looked at.
    if (item === null) break;
  }
  return items;
}

/**
 * A map of texts. What has a text of its own for JSON is no map.
 *
 * @param {any} value
 */
export function map(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return NO_SUCH;
  if (typeof value.toJSON === "function") return NO_SUCH;
  /** @type {Record<string, unknown>} */
  const texts = { __proto__: null };
  for (const key of Object.keys(value)) texts[key] = scalar(value[key]);
  return texts;
}

/**
 * A message that may be absent.
 *
 * @param {unknown} value
 * @param {(message: any) => unknown} read
 */
export function message(value, read) {
  if (value === undefined || value === null) return null;
  return typeof value === "object" ? read(value) : NO_SUCH;
}

/**
 * One of several messages that may be absent.
 *
 * @param {unknown} value
 * @param {Readonly<Record<string, (message: any) => unknown>>} readers By the name of the member.
 */
export function oneof(value, readers) {
  return message(value, (/** @type {any} */ holder) => {
    const { $case } = holder;
    const read =
      typeof $case === "string" && Object.hasOwn(readers, $case) ? readers[$case] : undefined;
    return read ? { $case, [$case]: message(holder[$case], read) } : { $case: scalar($case) };
  });
}
