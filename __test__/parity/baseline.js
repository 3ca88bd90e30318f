// The old module, where it is at hand.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = path.resolve(root, process.env["OPENGENI_BASELINE"] ?? "../shared/baseline");
const recording = path.join(folder, "recording.ts");
const resolver = path.join(folder, "routing/backend-resolver.ts");

export const isPresent = existsSync(recording) && existsSync(resolver);

/** @returns {Promise<typeof import("../../index.js")>} */
export function load() {
  return import(/* @vite-ignore */ pathToFileURL(recording).href);
}

/** @returns {Promise<typeof import("../../index.js")>} */
export function loadResolver() {
  return import(/* @vite-ignore */ pathToFileURL(resolver).href);
}
