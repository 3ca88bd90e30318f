import { require } from "../../native.js";
import { messageOf } from "../text.js";

/** The module with the class of manifests. It is large, so it is loaded when it is first needed. */
const SDK = "@openai/agents/sandbox";

/**
 * Returns a manifest of the SDK, of the class that the caller imports. The SDK's ESM and CommonJS builds
 * have different classes, and a plain `require` would load the CommonJS one.
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

/** Loads the SDK without blocking the event loop. A failure is reported by {@link newManifest}. */
export async function loadSdk() {
  try {
    loaded ??= await import(SDK);
  } catch {
    // `newManifest` tries again, by `require`.
  }
}

/** @returns {any} */
function sdk() {
  const { fileURLToPath } = require("node:url");
  try {
    return require(fileURLToPath(import.meta.resolve(SDK)));
  } catch (cause) {
    try {
      // Where modules run in a context of their own, as in vitest's `vmThreads`, an ES module cannot be
      // required, so the CommonJS build is used.
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
 * Whether the SDK itself was not found, and not a module that it requires.
 *
 * @param {any} error Of `require`.
 */
function isAbsence(error) {
  return error?.code === "MODULE_NOT_FOUND" && messageOf(error).includes(`'${SDK}'`);
}
