import { require } from "../native.js";
import { messageOf } from "./text.js";

/** Why a module of the SDK, which is an optional peer, cannot be had. */
export class Unloadable extends Error {
  /**
   * @param {string} specifier
   * @param {unknown} cause Why its ES module does not load.
   * @param {unknown} last Why its CommonJS build does not, either.
   */
  constructor(specifier, cause, last) {
    super(`${specifier} does not load: ${messageOf(cause)}`, { cause });
    /** Whether it is the module itself that was not found, and not something that it needs. */
    this.isAbsent = isAbsence(last, specifier);
    /** Whether its package has no such part. */
    this.isUnknown = codeOf(last) === "ERR_PACKAGE_PATH_NOT_EXPORTED";
  }
}

/**
 * A module of the SDK, loaded at once, with the classes that the caller's own imports give: the two
 * builds of the SDK have two, and a plain `require` would find the other ones.
 *
 * @param {string} specifier
 * @returns {any}
 */
export function loadAtOnce(specifier) {
  const { fileURLToPath } = require("node:url");
  try {
    return require(fileURLToPath(import.meta.resolve(specifier)));
  } catch (cause) {
    try {
      // Where modules run in a context of their own, as with vitest's `vmThreads`, an ES module
      // cannot be required: there the CommonJS build has to do.
      return require(specifier);
    } catch (last) {
      throw new Unloadable(specifier, cause, last);
    }
  }
}

/** @param {any} error */
function codeOf(error) {
  return error?.code;
}

/**
 * @param {unknown} error Of `require`.
 * @param {string} specifier
 */
function isAbsence(error, specifier) {
  return codeOf(error) === "MODULE_NOT_FOUND" && messageOf(error).includes(`'${specifier}'`);
}
