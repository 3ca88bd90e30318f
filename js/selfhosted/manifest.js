import { Unloadable, loadAtOnce } from "../sdk.js";
import { messageOf } from "../text.js";

/** The module that has the class of manifests. It is large, so it is loaded when it is needed. */
const SDK = "@openai/agents/sandbox";

/**
 * A manifest of the SDK, of the same class as the caller's own imports give.
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
  try {
    return loadAtOnce(SDK);
  } catch (error) {
    if (!(error instanceof Unloadable)) throw error;
    const { cause, isAbsent } = error;
    const need = `a selfhosted session needs ${SDK}`;
    const problem = isAbsent
      ? "install it with: npm install @openai/agents"
      : `it does not load: ${messageOf(cause)}`;
    throw new Error(`${need}; ${problem}`, { cause });
  }
}
