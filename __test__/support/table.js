// Tables of cases that the tests of the core and those of the package share.
import { readFileSync } from "node:fs";

/**
 * The rows of a table.
 *
 * @param {string} name A file of `__test__/tables/`, without its extension.
 * @param {string} [part] Which of several tables in it.
 * @returns {Record<string, any>[]}
 */
export function rowsOf(name, part = "rows") {
  return tablesOf(name)[part];
}

/**
 * All that a file of tables has.
 *
 * @param {string} name
 * @returns {Record<string, any>}
 */
export function tablesOf(name) {
  const file = new URL(`../tables/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
