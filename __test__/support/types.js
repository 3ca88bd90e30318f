// What index.d.ts declares, in the files that it collects.
import { readFileSync } from "node:fs";

const INDEX = new URL("../../index.d.ts", import.meta.url);

export function declarations() {
  const declared = /^export (?:declare )?(?:abstract )?(type|class|const|function) (\w+)/gm;
  return collected(readFileSync(INDEX, "utf8"))
    .map((file) => readFileSync(file, "utf8"))
    .flatMap((types) => Array.from(types.matchAll(declared), ([, kind, name]) => ({ kind, name })));
}

/** @param {string} index */
function collected(index) {
  const files = index.matchAll(/^export (?:type )?\* from "(.+)\.js";/gm);
  return Array.from(files, ([, file]) => new URL(`${file}.d.ts`, INDEX));
}
