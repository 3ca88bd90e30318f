// What the package costs before it does anything: its import, and its binary.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
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
  const { modules, strangers } = inProcess("loaded.mjs");
  const write = (/** @type {string} */ name, /** @type {string} */ source) => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, source);
    return file;
  };
  const index = JSON.stringify(new URL("../index.js", import.meta.url).href);
  const empty = write("empty", "export {};\n");
  const others = Array.from({ length: modules - 1 }, (_, at) => {
    write(`empty-${at}`, "export {};\n");
    return `import "./empty-${at}.mjs";\n`;
  });
  const files = [write("native", `import ${index};\n`), empty, write("many", others.join(""))];
  const times = files.map((file) => ({ file, took: /** @type {number[]} */ ([]) }));
  // The first round warms the machine's cache of files.
  for (let round = -1; round < rounds; round++) {
    for (const { file, took } of times) {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, [file]);
      if (status !== 0) throw new Error(`${file} cannot be imported`);
      if (round >= 0) took.push(performance.now() - start);
    }
  }
  const [native = NaN, one = NaN, many = NaN] = times.map(({ took }) => median(took));
  return [
    row("cold import", "ms", native, "an empty module", one, row.aboveAtMost(15)),
    row("cold import", "ms", native, `${modules} empty modules`, many),
    row("modules of @openai/* on import", "", strangers, "all modules", modules, row.atMost(0)),
  ];
}

/** The binary that the build has made. */
function binary() {
  return resolve(root, readdirSync(root).find((file) => file.endsWith(".node")) ?? "");
}

/** The largest sections of the binary, in words; nothing where there is no `size`. */
export function sections() {
  const { stdout } = spawnSync("size", ["-A", "-d", binary()], { encoding: "utf8" });
  const found = [...(stdout ?? "").matchAll(/^(\.\S+)\s+(\d+)/gm)];
  const sizes = found.map(([, name, size]) => ({ name, size: Number(size) }));
  sizes.sort((a, b) => b.size - a.size);
  return sizes
    .slice(0, 5)
    .map(({ name, size }) => `${name} ${(size / 1e6).toFixed(2)} MB`)
    .join(", ");
}

/** @param {string} folder */
function binaryRow(folder) {
  const file = binary();
  const copy = join(folder, basename(file));
  copyFileSync(file, copy);
  // The build has stripped it; where there is no `strip`, that must do.
  spawnSync("strip", ["--strip-unneeded", copy]);
  const [stripped, built] = [copy, file].map((each) => statSync(each).size / 1e6);
  const what = `binary, stripped (${basename(file).split(".")[1]})`;
  return row(what, "MB", stripped ?? NaN, "as built", built ?? NaN, row.atMost(1));
}
