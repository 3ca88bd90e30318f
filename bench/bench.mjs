// Measures this package against its rivals, and writes the results into bench/results.json and the docs.
//
//   --quick               measures less, and writes into target/bench/
//   --out <folder>        writes into another folder
//   --only <part>,<part>  measures these parts, and writes nothing
//   --rounds <number>     the number of rounds for each row
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureBounds } from "./bounds.mjs";
import { callRows } from "./calls.mjs";
import { coldRows } from "./cold.mjs";
import { filmRows, largeFilms } from "./films.mjs";
import { latencyRows } from "./latency.mjs";
import { manyRows, throughput } from "./many.mjs";
import { pictures } from "./pictures.mjs";
import { fetches, realRows } from "./real.mjs";
import { bytesText, curves, largeRows } from "./reading.mjs";
import { NOISE, json, line, markdown } from "./report.mjs";
import { prepare } from "./prepare.mjs";
import { parserRows } from "./parsers.mjs";
import { wireRows } from "./wire.mjs";

/** @typedef {import("./report.mjs").Results} Results */
/** @typedef {import("./rows.mjs").Plan} Plan */
/** @typedef {import("./rows.mjs").Row} Row */

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
  real: [100_000, 700_000, 1_000_000, 5_000_000, 25_000_000, 60_000_000, 256 * MIB],
  film: 15,
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
  real: [1_000, 1_000_000],
  film: 1,
};

/**
 * The parts of the benchmark, in order.
 *
 * @type {Record<string, (plan: Plan) => Partial<Results> | Promise<Partial<Results>>>}
 */
const PARTS = {
  large: (plan) => ({ rows: largeRows(plan) }),
  calls: async (plan) => ({ rows: await callRows(plan) }),
  wire: async (plan) => ({ rows: await wireRows(plan) }),
  parsers: async (plan) => ({ rows: await parserRows(plan) }),
  many: (plan) => ({ rows: manyRows(plan) }),
  cold: (plan) => ({ rows: coldRows(plan) }),
  real(plan) {
    const real = fetches(plan);
    return { real, rows: realRows(plan, real) };
  },
  latency: async () => ({ rows: await latencyRows() }),
  films(plan) {
    const films = largeFilms(plan);
    return { films, rows: filmRows(plan, films) };
  },
  bounds: async (plan) => ({ bounds: await measureBounds(plan) }),
  sizes: (plan) => ({ sizes: curves(plan) }),
  concurrency: (plan) => ({ concurrency: throughput(plan) }),
};

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    out: { type: "string" },
    only: { type: "string" },
    rounds: { type: "string" },
  },
});
const only = options.only?.split(",") ?? Object.keys(PARTS);
const unknown = only.filter((part) => !(part in PARTS));
if (unknown.length > 0) {
  console.error(`--only takes ${Object.keys(PARTS).join(", ")}; got ${unknown.join(", ")}`);
  process.exit(1);
}
const usual = options.quick ? QUICK : FULL;
/** @type {Plan} */
const plan = { ...usual, rounds: Number(options.rounds ?? usual.rounds) };
const out = resolve(options.out ?? (options.quick ? resolve(root, "target/bench/quick") : root));

console.log(NOISE);
const started = performance.now();
// The load of other processes, before the run adds its own.
const [load = NaN] = loadavg();
await prepare();
/** @type {Row[]} */
const rows = [];
/** @type {Partial<Results>} */
const measured = {};
for (const part of only) {
  const { rows: made = [], ...others } = (await PARTS[part]?.(plan)) ?? {};
  rows.push(...made);
  Object.assign(measured, others);
  for (const one of made) console.log(line(one));
}
const results = /** @type {Results} */ ({
  ...measured,
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
});
if (options.only === undefined) {
  write("bench/results.json", await json(results));
  write("docs/performance.md", await markdown(results));
  for (const [name, svg] of Object.entries(pictures(results))) {
    write(`docs/performance/${name}.svg`, svg);
  }
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
