import { ask } from "../driver.js";
import { messageOf } from "../text.js";
import { numberOf, numstatOf, ordersPlainly, patchOf, statusOf, treeOf } from "./outline.js";

/** @param {string} raw */
export function stripExecBanner(raw) {
  return raw.slice(ask("bannerLength", raw) ?? 0);
}

/** @param {string} raw */
export function parseExecBannerSessionId(raw) {
  return numberOf(ask("bannerSessionId", raw));
}

/** @param {unknown} error */
export function isWorkspaceEscapeError(error) {
  return ask("isWorkspaceEscape", messageOf(error));
}

/**
 * @param {string} out
 * @param {number} execSessionId
 */
export function isExecSessionLostBanner(out, execSessionId) {
  return ask("isExecSessionLost", out, execSessionId);
}

/** @param {string} path */
export function assertSafeRelPath(path) {
  const [from, length] = ask("safeRelPath", path);
  return path.slice(from, from + length);
}

/** @param {string} z */
export function parsePorcelainV2(z) {
  return statusOf(z);
}

/** @param {string} z */
export function parseNumstatZ(z) {
  return numstatOf(z);
}

/** @param {string} patch */
export function parseUnifiedPatch(patch) {
  return patchOf(patch);
}

/**
 * @param {string} text
 * @param {string} root
 * @param {number} maxEntries
 */
export function parseListing(text, root, maxEntries) {
  return treeOf(ask("listing", text, root, maxEntries, ordersPlainly), text, root);
}
