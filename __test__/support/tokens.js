// Stream tokens without the package's code: its envelope, by Node's own cryptography.
import { createHmac } from "node:crypto";

export const VIEWER = {
  workspaceId: "11111111-1111-4111-8111-111111111111",
  sessionId: "22222222-2222-4222-8222-222222222222",
  viewerId: "33333333-3333-4333-8333-333333333333",
  leaseEpoch: 3,
};

/**
 * Signs a payload as it is.
 *
 * @param {string} secret
 * @param {string} payload
 */
export function sealed(secret, payload) {
  const signature = createHmac("sha256", secret).update(payload).digest("base64url");
  return `ogs_${payload}.${signature}`;
}

/**
 * A token that says this.
 *
 * @param {string} secret
 * @param {string} json
 */
export function signed(secret, json) {
  return sealed(secret, Buffer.from(json).toString("base64url"));
}

/**
 * What a token says.
 *
 * @param {string} token
 */
export function saidBy(token) {
  const [payload = ""] = token.slice("ogs_".length).split(".");
  return Buffer.from(payload, "base64url").toString();
}
