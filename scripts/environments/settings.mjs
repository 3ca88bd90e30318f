// The settings of docs/deploying.md.
import { readFileSync } from "node:fs";

const PAGE = new URL("../../docs/deploying.md", import.meta.url);

/**
 * What each tool needs, in Markdown, by the first cell of its row; an empty text for nothing.
 *
 * @returns {Map<string, string>}
 */
export function settings() {
  const page = readFileSync(PAGE, "utf8");
  const tables = page.matchAll(/^\| Tool +\| Setting +\|\n\|[-| ]+\n((?:\|.*\n)+)/gm);
  const rows = Array.from(tables, ([, lines = ""]) => lines.trim().split("\n")).flat();
  return new Map(
    rows.map((row) => {
      const [, tool = "", setting = ""] = row.split(/ *(?<!\\)\| */);
      return [tool.trim(), setting === "None" ? "" : setting.trim()];
    }),
  );
}

/**
 * The code in a setting, as it is written into a file or a command.
 *
 * @param {string} setting
 */
export function codeIn(setting) {
  return Array.from(setting.matchAll(/`([^`]+)`/g), ([, code = ""]) => code);
}
