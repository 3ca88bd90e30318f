import { require } from "../../native.js";
import { messageOf } from "../text.js";

/** The module that has the class of manifests. It is large, so it is loaded when it is needed. */
const SDK = "@openai/agents/sandbox";

/**
 * A manifest of the SDK, of the same class as the caller's own imports give: its two builds have
 * two, and a plain `require` would find the other one.
 *
 * @param {{ root: string, entries: object, environment: Record<string, string> }} description
 * @returns {object}
 */
export function newManifest(description) {
  const { Manifest } = loaded ?? sdk();
  return new Manifest(description);
}

/** @type {any} */
let loaded;

/** Loads the SDK without holding up the event loop. Where that fails, a manifest says why. */
export async function loadSdk() {
  try {
    loaded ??= await import(SDK);
  } catch {
    // It may load otherwise.
  }
}

/** @returns {any} */
function sdk() {
  const { fileURLToPath } = require("node:url");
  try {
    return require(fileURLToPath(import.meta.resolve(SDK)));
  } catch (cause) {
    try {
      // Where modules run in a context of their own, as with vitest's `vmThreads`, an ES module
      // cannot be required: there the CommonJS build has to do.
      return require(SDK);
    } catch (error) {
      const need = `a selfhosted session needs ${SDK}`;
      const problem = isAbsence(error)
        ? "install it with: npm install @openai/agents"
        : `it does not load: ${messageOf(cause)}`;
      throw new Error(`${need}; ${problem}`, { cause });
    }
  }
}

/**
 * Whether it is the SDK itself that was not found, and not something that it needs.
 *
 * @param {any} error Of `require`.
 */
function isAbsence(error) {
  return error?.code === "MODULE_NOT_FOUND" && messageOf(error).includes(`'${SDK}'`);
}
