import { importing } from "./importing.js";
import requires from "../requires.cjs";
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

/** The SDK's module with the class of manifests. It is large. */
export const SANDBOX = "@openai/agents/sandbox";

/**
 * The ES modules' side, where the package was imported. It comes before the CommonJS side, where both
 * are used.
 */
let side = importing;

/** @param {import("./importing.js").Importing} importing Of the ES module that was entered. */
export function enterByImport(importing) {
  side = importing;
}

/** The SDK's sandboxes, loaded without blocking the event loop; for a caller that requires, nothing. */
export async function loadSandbox() {
  return side?.sdk();
}

/**
 * A module of the SDK, loaded at once, with the classes that the caller's own imports give, or its own
 * requires: the two builds of the SDK have two.
 *
 * @param {string} specifier
 * @returns {any}
 */
export function loadAtOnce(specifier) {
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  /** @type {unknown} */
  let cause;
  try {
    if (side) return requires.byName(fileURLToPath(side.resolve(specifier)));
  } catch (error) {
    cause = error;
  }
  try {
    // Where modules run in a context of their own, as with vitest's `vmThreads`, an ES module
    // cannot be required: there the CommonJS build has to do.
    return specifier === SANDBOX ? requires.sdk() : requires.byName(specifier);
  } catch (last) {
    throw new Unloadable(specifier, cause ?? last, last);
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
