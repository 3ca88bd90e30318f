// The old module, where it is at hand.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = path.resolve(root, process.env["OPENGENI_BASELINE"] ?? "../shared/baseline");
const file = path.join(folder, "recording.ts");

export const isPresent = existsSync(file);

/** @returns {Promise<typeof import("../../index.js")>} */
export function load() {
  return import(/* @vite-ignore */ pathToFileURL(file).href);
}
