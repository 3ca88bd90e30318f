/**
 * Returns an argument, whose fields can be read.
 *
 * @template T
 * @param {string} name
 * @param {T} value
 */
export function given(name, value) {
  if (value === undefined || value === null) {
    throw new TypeError(`${name} must be an object, got nothing`);
  }
  return value;
}

/**
 * Checks that a dependency can be called.
 *
 * @param {string} name
 * @param {unknown} value
 */
export function checkFunction(name, value) {
  if (typeof value !== "function") throw new TypeError(`${name} must be a function`);
}
