// The fenced blocks of the pages, so that a test runs what stands there.
import { readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

/**
 * The blocks of a page, in their order.
 *
 * @param {string} page Its path in the checkout.
 */
export function blocksOf(page) {
  const text = readFileSync(new URL(page, ROOT), "utf8");
  return Array.from(text.matchAll(/^```(\w*)\n([^]*?)^```$/gm), ([, language = "", code = ""]) => ({
    language,
    code,
  }));
}

/**
 * The code of the one block that has a text. `blocks.test.js` knows by this call which test runs a block, so
 * both arguments are written out there.
 *
 * @param {string} page
 * @param {string} text
 */
export function block(page, text) {
  const found = blocksOf(page).filter(({ code }) => code.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} blocks of ${page} have ${text}`);
  return found[0]?.code ?? "";
}
