import { ask } from "../driver.js";

/**
 * @typedef {import("../../index.js").StreamTokenPayload} Payload
 * @typedef {import("../errors.js").ZodError} ZodError
 *
 * @typedef {string | number | [type: string]} GivenClaim A string or a number; for another value, the name
 *   of its type in an array.
 */

/**
 * Converts a claim for the core.
 *
 * @param {unknown} value
 * @returns {GivenClaim}
 */
export function claim(value) {
  return typeof value === "string" || typeof value === "number" ? value : [typeOf(value)];
}

/**
 * The type of a value; for an object, the name of its class.
 *
 * @param {any} value
 */
function typeOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object" || Object.getPrototypeOf(value) === Object.prototype) {
    return typeof value;
  }
  const name = value.constructor?.name;
  return typeof name === "string" ? name : "object";
}

/**
 * Converts the claims of an object; a value of another type counts as one claim.
 *
 * @param {any} value
 */
function given(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return claim(value);
  const { workspaceId, sessionId, viewerId, leaseEpoch, mode, port, exp } = value;
  return [workspaceId, sessionId, viewerId, leaseEpoch, mode, port, exp].map(claim);
}

/**
 * @param {unknown} value
 * @returns {Payload}
 */
function parse(value) {
  return ask("checkStreamToken", given(value));
}

/**
 * @param {unknown} value
 * @returns {import("../../index.js").StreamTokenParsed}
 */
function safeParse(value) {
  const claims = given(value);
  try {
    return { success: true, data: ask("checkStreamToken", claims) };
  } catch (error) {
    return { success: false, error: /** @type {ZodError} */ (error) };
  }
}

/** @type {import("../../index.js").StreamTokenSchema} */
export const StreamTokenPayload = {
  parse,
  safeParse,
  parseAsync: async (value) => parse(value),
  safeParseAsync: async (value) => safeParse(value),
  "~standard": {
    version: 1,
    vendor: "opengeni",
    validate(value) {
      const parsed = safeParse(value);
      return parsed.success ? { value: parsed.data } : { issues: parsed.error.issues };
    },
  },
};
