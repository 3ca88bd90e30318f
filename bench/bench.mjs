// Measures this package against its rivals, and writes what came of it into bench/results.json and
// the docs. `--quick` measures less and writes into target/bench/ instead, as does `--out <folder>`
// into another one.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureBounds } from "./bounds.mjs";
import { callRows } from "./calls.mjs";
import { coldRows } from "./cold.mjs";
import { manyRows, throughput } from "./many.mjs";
import { pictures } from "./pictures.mjs";
import { bytesText, curves, largeRows } from "./reading.mjs";
import { NOISE, json, line, markdown } from "./report.mjs";
import { prepare } from "./prepare.mjs";
import { wireRows } from "./wire.mjs";

/** @typedef {import("./rows.mjs").Plan} Plan */

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));
const MIB = 1 << 20;

/** @type {Plan} */
const FULL = {
  rounds: 5,
  calls: 5_000,
  resolves: 1_000_000,
  large: 256 * MIB,
  sizes: [
    ...[1, 4, 16, 64, 256].map((kibi) => kibi * 1024),
    ...[1, 4, 16, 64, 256, 379, 512, 1024].map((mebi) => mebi * MIB),
  ],
  together: { calls: 1_000, bytes: MIB },
  concurrency: [1, 10, 100, 1_000, 10_000],
  imports: 61,
};

/** @type {Plan} */
const QUICK = {
  rounds: 1,
  calls: 100,
  resolves: 10_000,
  large: 2 * MIB,
  sizes: [1024, 4 * MIB],
  together: { calls: 10, bytes: MIB },
  concurrency: [1, 10],
  imports: 2,
};

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, out: { type: "string" } },
});
const plan = options.quick ? QUICK : FULL;
const out = resolve(options.out ?? (options.quick ? resolve(root, "target/bench/quick") : root));

console.log(NOISE);
const started = performance.now();
// What else the machine does; the run itself is not in it yet.
const [load = NaN] = loadavg();
await prepare();
/** @type {import("./rows.mjs").Row[]} */
const rows = [];
const groups = [largeRows, callRows, wireRows, manyRows, coldRows];
for (const group of groups) {
  const made = await group(plan);
  rows.push(...made);
  for (const one of made) console.log(line(one));
}
const bounds = await measureBounds(plan);
const sizes = curves(plan);
const concurrency = throughput(plan);
/** @type {import("./report.mjs").Results} */
const results = {
  date: new Date().toISOString().slice(0, 10),
  machine: {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memory: bytesText(totalmem()),
    system: `${type()} ${release()}`,
    load: Number(load.toFixed(2)),
  },
  versions: {
    Node: process.versions.node,
    ...Object.fromEntries(["..", "protobufjs", "ts-proto"].map(versionOf)),
  },
  minutes: Math.ceil((performance.now() - started) / 60_000),
  plan,
  rows,
  bounds,
  sizes,
  concurrency,
};
write("bench/results.json", await json(results));
write("docs/performance.md", await markdown(results));
for (const [name, svg] of Object.entries(pictures(results))) {
  write(`docs/performance/${name}.svg`, svg);
}
const marked = rows.filter(({ mark }) => mark);
const met = marked.filter(({ met }) => met);
console.log(`${met.length} of ${marked.length} marks are met. ${NOISE}`);

/** @param {string} folder */
function versionOf(folder) {
  const { name, version } = require(`${folder}/package.json`);
  return [name, version];
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  const file = resolve(out, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(file);
}
