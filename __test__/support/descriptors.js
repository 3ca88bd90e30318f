// The table of backends, which tests change, as it was.
import { CAPABILITY_DESCRIPTORS } from "../../index.js";

/** @type {Record<string, any>} */
const table = CAPABILITY_DESCRIPTORS;
/** The text of the table as it was. */
export const PRISTINE = JSON.stringify(table);
const ROWS = { ...table };

/** Puts every row back as the same object, since other tests may hold it. */
export function restoreDescriptors() {
  for (const key of Object.keys(table)) delete table[key];
  for (const [key, row] of Object.entries(JSON.parse(PRISTINE))) {
    table[key] = Object.assign(ROWS[key], row);
  }
}
