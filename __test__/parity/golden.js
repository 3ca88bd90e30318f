// What the old module was seen to do, recorded by `npm run golden`.
import { readFileSync } from "node:fs";

export const goldenFile = new URL("golden.json", import.meta.url);

/** @returns {Record<string, import("./run.js").Observation>} */
export function readGolden() {
  return JSON.parse(readFileSync(goldenFile, "utf8"));
}
