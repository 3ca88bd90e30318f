import { ask } from "../driver.js";
import { messageOf } from "../text.js";
import { numberOf, numstatOf, ordersPlainly, patchOf, statusOf, treeOf } from "./outline.js";

/** The number of UTF-16 units of an output that are searched first. A banner is shorter. */
const HEAD = 1 << 12;

/**
 * Asks the core about the banner of an output. Only a long output without a banner crosses as a whole.
 *
 * @template {"bannerLength" | "bannerSessionId"} Question
 * @param {Question} question
 * @param {string} raw
 */
function ofBanner(question, raw) {
  const isLong = typeof raw === "string" && raw.length > HEAD;
  const told = isLong ? ask(question, raw.slice(0, HEAD), false) : null;
  return told ?? ask(question, raw, true);
}

/** @param {string} raw */
export function stripExecBanner(raw) {
  const length = ofBanner("bannerLength", raw);
  return raw.slice(Number(length ?? 0));
}

/** @param {string} raw */
export function parseExecBannerSessionId(raw) {
  return numberOf(String(ofBanner("bannerSessionId", raw)));
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
