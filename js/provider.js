import { ask } from "./driver.js";
import { fieldOf, isObject } from "./fields.js";
import { text } from "./text.js";

const { ERROR_FIELDS, LONGEST_CHAIN } = ask("constants");
const PATHS = ERROR_FIELDS.map((field) => field.split("."));

/** How much of a text is read. What is longer ends in an ellipsis. */
const LONGEST_TEXT = 4_000;

/**
 * @param {string} backendId
 * @param {unknown} error
 */
export function classifyProviderSandboxFailure(backendId, error) {
  return ask("providerFailure", said(backendId) ?? "", chainOf(error));
}

/**
 * @param {string} backendId
 * @param {unknown} error
 */
export function isProviderSandboxNotFoundError(backendId, error) {
  return classifyProviderSandboxFailure(backendId, error) === "gone";
}

/**
 * What the core reads of a thrown value and its causes: the values of `ERROR_FIELDS` of each, and `null` for
 * what was not read. A field may be code of the caller's: one that throws is none.
 *
 * @param {unknown} error
 */
export function chainOf(error) {
  /** @type {(unknown[] | null)[]} */
  const chain = [];
  const seen = new Set();
  let link = error;
  while (link != null && !seen.has(link)) {
    if (chain.length === LONGEST_CHAIN) return [...chain, null];
    seen.add(link);
    const object = isObject(link) && said(link) === undefined ? link : { message: link };
    chain.push(PATHS.map((path) => plain(path.reduce(partOf, /** @type {unknown} */ (object)))));
    try {
      link = /** @type {any} */ (object).cause;
    } catch {
      return [...chain, null];
    }
  }
  return chain;
}

/**
 * A field of an object; nothing of any other value.
 *
 * @param {unknown} value
 * @param {string} name
 */
function partOf(value, name) {
  return isObject(value) ? fieldOf(value, name) : undefined;
}

/**
 * A text or a number; nothing for any other value.
 *
 * @param {unknown} value
 */
function plain(value) {
  return typeof value === "number" ? value : said(value);
}

/**
 * The text of a string or of bytes, as much of it as is read; nothing for any other value.
 *
 * @param {unknown} value
 */
function said(value) {
  try {
    const whole = text(value);
    if (whole === undefined || whole.length <= LONGEST_TEXT) return whole?.toWellFormed();
    return `${whole.slice(0, LONGEST_TEXT)}…`.toWellFormed();
  } catch {
    return undefined;
  }
}
