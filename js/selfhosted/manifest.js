import { SANDBOX, Unloadable, loadAtOnce, loadSandbox } from "../sdk.js";
import { messageOf } from "../text.js";

/**
 * Returns a manifest of the SDK, of the class that the caller imports or requires. The SDK is loaded when
 * it is first needed.
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
    loaded ??= await loadSandbox();
  } catch {
    // `newManifest` tries again, by `require`.
  }
}

/** @returns {any} */
function sdk() {
  try {
    return loadAtOnce(SANDBOX);
  } catch (error) {
    if (!(error instanceof Unloadable)) throw error;
    const { cause, isAbsent } = error;
    const need = `a selfhosted session needs ${SANDBOX}`;
    const problem = isAbsent
      ? "install it with: npm install @openai/agents"
      : `it does not load: ${messageOf(cause)}`;
    throw new Error(`${need}; ${problem}`, { cause });
  }
}
