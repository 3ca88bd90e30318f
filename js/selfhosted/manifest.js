import { Unloadable, loadAtOnce } from "../sdk.js";
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
