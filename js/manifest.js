import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

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
  const { Manifest } = sdk();
  return new Manifest(description);
}

/** @returns {any} */
function sdk() {
  const require = createRequire(import.meta.url);
  const builds = [() => require(fileURLToPath(import.meta.resolve(SDK))), () => require(SDK)];
  let cause;
  // Where modules run in a context of their own, as with vitest's `vmThreads`, an ES module cannot
  // be required: there the CommonJS build has to do.
  for (const build of builds) {
    try {
      return build();
    } catch (error) {
      cause = error;
    }
  }
  const advice = "install it with: npm install @openai/agents";
  throw new Error(`a selfhosted session needs ${SDK}; ${advice}`, { cause });
}
