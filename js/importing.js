/**
 * How ES modules of the SDK are found and loaded: as they are for callers that import this package.
 *
 * @typedef {object} Importing
 * @property {(specifier: string) => string} resolve The URL of a module.
 * @property {() => Promise<any>} sdk The SDK's sandboxes. The name is in the text for the sake of tools
 *   that trace or bundle a program.
 */

/** @type {Importing | undefined} None in the published core, which is a CommonJS module. */
export const importing = /** @type {any} */ (import.meta).isCore
  ? undefined
  : {
      resolve: (specifier) => import.meta.resolve(specifier),
      async sdk() {
        try {
          return await import("@openai/agents/sandbox");
        } catch (error) {
          throw error;
        }
      },
    };
