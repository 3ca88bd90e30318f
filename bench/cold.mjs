// What the package costs before it does anything: its import, and its binary.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inProcess, median } from "./measure.mjs";
import { row } from "./rows.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @param {import("./rows.mjs").Plan} plan */
export function coldRows({ imports }) {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    return [...importRows(folder, imports), binaryRow(folder)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {string} folder
 * @param {number} rounds
 */
function importRows(folder, rounds) {
  const index = JSON.stringify(new URL("../index.js", import.meta.url).href);
  const sources = { native: `import ${index};\n`, empty: "export {};\n" };
  const times = Object.entries(sources).map(([name, source]) => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, source);
    return { file, took: /** @type {number[]} */ ([]) };
  });
  for (let round = -1; round < rounds; round++) {
    for (const { file, took } of times) {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, [file]);
      if (status !== 0) throw new Error(`${file} cannot be imported`);
      if (round >= 0) took.push(performance.now() - start);
    }
  }
  const [native = NaN, empty = NaN] = times.map(({ took }) => median(took));
  const { modules, strangers } = inProcess("loaded.mjs");
  return [
    row("cold import", "ms", native, "an empty module", empty, row.aboveAtMost(15)),
    row("modules of @openai/* on import", "", strangers, "all modules", modules, row.atMost(0)),
  ];
}

/** @param {string} folder */
function binaryRow(folder) {
  const name = readdirSync(root).find((file) => file.endsWith(".node")) ?? "";
  const copy = join(folder, name);
  copyFileSync(resolve(root, name), copy);
  // The build has stripped it; where there is no `strip`, that must do.
  spawnSync("strip", ["--strip-unneeded", copy]);
  const [stripped, built] = [copy, resolve(root, name)].map((file) => statSync(file).size / 1e6);
  const what = `binary, stripped (${name.split(".")[1]})`;
  return row(what, "MB", stripped ?? NaN, "as built", built ?? NaN, row.atMost(1));
}
