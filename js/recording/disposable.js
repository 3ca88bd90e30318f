/** The symbol of `await using`. Where the engine has none, it is that of compilers, which make their own. */
const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/**
 * Gives a handle a method for `await using`. The handle stays plain data: the method is not enumerable, so
 * JSON, spread and `structuredClone` leave it out.
 *
 * @template {object} Handle
 * @param {Handle} handle
 * @param {() => Promise<void>} dispose
 */
export function disposable(handle, dispose) {
  return Object.defineProperty(handle, ASYNC_DISPOSE, { value: dispose });
}
