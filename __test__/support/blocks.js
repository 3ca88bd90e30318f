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
    firstLine: code.split("\n", 1)[0] ?? "",
  }));
}

/**
 * The code of the one block that begins with a text. `blocks.test.js` knows by this call which test runs a
 * block, so the page and the text are written out.
 *
 * @param {string} page
 * @param {string} start
 */
export function block(page, start) {
  const found = blocksOf(page).filter(({ code }) => code.startsWith(start));
  if (found.length !== 1) throw new Error(`${found.length} blocks of ${page} begin with ${start}`);
  return found[0]?.code ?? "";
}
