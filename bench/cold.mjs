// The cost of importing the package, and the size of its binary.
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AS_BUILT, pack } from "../scripts/pack.mjs";
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
  install(folder);
  const write = (/** @type {string} */ name, /** @type {string} */ source) => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, source);
    return file;
  };
  const require = 'import { createRequire } from "node:module";\ncreateRequire(import.meta.url)';
  const files = [
    write("native", 'import "@opengeni/runtime-native";\n'),
    write("empty", "export {};\n"),
    write("binary", `${require}(${JSON.stringify(binary())});\n`),
  ];
  const { modules, strangers } = inProcess("loaded.mjs", files[0] ?? "");
  const times = files.map((file) => ({ file, took: /** @type {number[]} */ ([]) }));
  // The first round warms the cache of files. Each round begins with another rival.
  for (let round = -1; round < rounds; round++) {
    for (const { file, took } of turned(times, round + 1)) {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, [file]);
      if (status !== 0) throw new Error(`${file} cannot be imported`);
      if (round >= 0) took.push(performance.now() - start);
    }
  }
  const [native = NaN, empty = NaN, alone = NaN] = times.map(({ took }) => median(took));
  return [
    row("cold import", "ms", native, "an empty module", empty, row.aboveAtMost(15)),
    row("cold import", "ms", native, "its binary alone", alone),
    row("modules of @openai/* on import", "", strangers, "all modules", modules, row.atMost(0)),
  ];
}

/**
 * Installs the package into a folder as npm does, and the SDK beside it.
 *
 * @param {string} folder
 */
function install(folder) {
  const { main, binaries } = pack({ ...AS_BUILT, out: join(folder, "packages") });
  const modules = join(folder, "node_modules");
  const others = Object.entries(binaries).map(([platform, file]) => [`-${platform}`, file]);
  for (const [suffix, tarball = ""] of [["", main], ...others]) {
    const to = join(modules, `@opengeni/runtime-native${suffix}`);
    mkdirSync(to, { recursive: true });
    execFileSync("tar", ["-xzf", tarball, "-C", to, "--strip-components=1"]);
  }
  symlinkSync(join(root, "node_modules/@openai"), join(modules, "@openai"));
}

/**
 * @template T
 * @param {T[]} list
 * @param {number} by
 */
function turned(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** The path of the binary that was built. */
function binary() {
  return resolve(root, readdirSync(root).find((file) => file.endsWith(".node")) ?? "");
}

/** The largest sections of the binary, as text; empty where `size` is not installed. */
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
  // Without `strip` the binary is taken as the build has stripped it.
  spawnSync("strip", ["--strip-unneeded", copy]);
  const [stripped, built] = [copy, file].map((each) => statSync(each).size / 1e6);
  const what = `binary, stripped (${basename(file).split(".")[1]})`;
  return row(what, "MB", stripped ?? NaN, "as built", built ?? NaN, row.atMost(1));
}
