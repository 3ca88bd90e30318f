import { ask } from "../driver.js";
import { given } from "../given.js";
import { claim } from "./claims.js";

export const { STREAM_TOKEN_DEFAULT_TTL_SECONDS } = ask("constants");

/**
 * @param {string} secret
 * @param {import("../../index.js").MintStreamTokenInput} input
 * @returns {Promise<string>}
 */
export async function mintStreamToken(secret, input) {
  return ask("mintStreamToken", secret, grantOf(input), Date.now());
}

/**
 * @param {string} secret
 * @param {string} token
 * @param {number} [nowSeconds]
 * @returns {Promise<import("../../index.js").StreamTokenPayload | null>}
 */
export async function verifyStreamToken(secret, token, nowSeconds) {
  return ask("verifyStreamToken", secret, token, nowSeconds, Date.now()) ?? null;
}

/**
 * Converts the arguments of a token for the core.
 *
 * @param {import("../../index.js").MintStreamTokenInput} input
 */
export function grantOf(input) {
  const { workspaceId, sessionId, viewerId, leaseEpoch, mode, port, ttlSeconds, nowSeconds } =
    given("input", input);
  return [workspaceId, sessionId, viewerId, leaseEpoch, mode, port, ttlSeconds, nowSeconds].map(
    claim,
  );
}
