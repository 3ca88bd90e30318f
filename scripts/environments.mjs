// Runs one small program in each environment that the package is meant to load in, and writes what came of
// it to docs/environments.md. `npm run test:environments -- <part of a name>` runs some, and writes nothing.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { registryWith } from "../__test__/package/registry.js";
import { report, unavailable } from "./checks.mjs";
import { DONE, PROGRAMS } from "./environments/programs.mjs";
import { settings } from "./environments/settings.mjs";
import { ENVIRONMENTS } from "./environments/table.mjs";
import { AS_BUILT, pack } from "./pack.mjs";
import { fetched } from "./runtimes.mjs";
import { RUNTIMES } from "./support.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.join(root, "target/environments");
const bin = path.join(folder, "node_modules/.bin");

/** Where the projects are: below the checkout they would find its packages. */
const away = mkdtempSync(path.join(tmpdir(), "og-environments-"));
symlinkSync(path.join(folder, "node_modules"), path.join(away, "node_modules"));

const NAME = "@opengeni/runtime-native";

/** What the tools of the table are, and of which line. */
const TOOLS = {
  "@rollup/plugin-node-resolve": "16",
  "@rspack/core": "2",
  "@vercel/ncc": "0.45",
  "@vercel/nft": "1",
  "@yarnpkg/cli-dist": "4",
  esbuild: "0.28",
  jest: "30",
  next: "16",
  "node-loader": "2",
  pnpm: "10",
  postject: "1.0.0-alpha.6",
  react: "19",
  "react-dom": "19",
  rollup: "4",
  "ts-jest": "29",
  tsup: "8",
  tsx: "4",
  typescript: "5",
  vite: "7",
  vitest: "4",
  webpack: "5",
};

/**
 * @typedef {import("./environments/table.mjs").Environment} Environment
 * @typedef {{ environment: Environment, result: "works" | "fails" | string }} Outcome
 */

/** Installs the tools, once for all runs. */
function installTools() {
  const manifest = JSON.stringify({ private: true, dependencies: TOOLS }, null, 2);
  const file = path.join(folder, "package.json");
  if (existsSync(file) && readFileSync(file, "utf8") === manifest) return;
  console.log("\n> fetching the tools");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, manifest);
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  try {
    execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  } catch (error) {
    rmSync(file);
    throw error;
  }
}

/** The runtimes beside this one, as variables of the scripts. */
function runtimes() {
  return Object.fromEntries(
    RUNTIMES.map(([name, version]) => {
      const variable = name === "node" ? `NODE${version.split(".")[0]}` : name.toUpperCase();
      const command = fetched(name, version)?.command[0];
      return [variable, command && path.resolve(command)];
    }),
  );
}

/**
 * @param {Environment} environment
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<string>} What came of it.
 */
async function outcomeIn(environment, env) {
  const { name, needs = [], asRoot = false, run, installs = false, quiet = false } = environment;
  const missing = needs.find((need) =>
    need.includes("/")
      ? !existsSync(path.join(root, need))
      : spawnSync("which", [need]).status !== 0,
  );
  if (missing !== undefined) return `skipped: there is no ${missing}`;
  if (asRoot && process.getuid?.() !== 0) return "skipped: it needs root";
  const unset = [...run.matchAll(/\$(NODE\d+|BUN|DENO)\b/g)].find(
    ([, variable]) => env[`${variable}`] === undefined,
  );
  if (unset) return `skipped: ${unset[1]} cannot be fetched`;

  console.log(`\n> ${name}`);
  const project = path.join(away, "projects", name.replaceAll(/[^\w]+/g, "-").toLowerCase());
  rmSync(project, { recursive: true, force: true });
  const programs = (environment.programs ?? []).map((file) => [file, PROGRAMS[file]]);
  // esbuild and tsup are given TypeScript beside JavaScript.
  const files = {
    "package.json": { private: true, dependencies: { [NAME]: "*" } },
    "alone.ts": PROGRAMS["alone.ts"],
    ...Object.fromEntries(programs),
    ...environment.files,
  };
  if (installs && environment.files?.["package.json"] === undefined) {
    files["package.json"] = { private: true };
  }
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
    const written = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(path.join(project, file), written);
  }
  const moved = mkdtempSync(path.join(tmpdir(), "og-environment-"));
  chmodSync(moved, 0o755);
  const install = installs ? "" : `npm install --no-audit --no-fund --silent ${NAME} >&2\n`;
  try {
    // The registry is in this process, which must not wait.
    const shell = spawn("sh", ["-ec", `${install}${run}`], {
      cwd: project,
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 600_000,
      env: {
        ...process.env,
        ...env,
        PATH: `${path.dirname(process.execPath)}:${bin}:${process.env["PATH"]}`,
        BIN: bin,
        ROOT: root,
        TOOLS: folder,
        MOVED: moved,
        CI: "true",
        NODE_PATH: "",
      },
    });
    const [stdout, [status]] = await Promise.all([text(shell.stdout), once(shell, "close")]);
    console.log(stdout.trim());
    return status === 0 && (quiet || stdout.includes(DONE)) ? "works" : "fails";
  } finally {
    rmSync(moved, { recursive: true, force: true });
  }
}

/** @param {Outcome[]} outcomes */
function documentOf(outcomes) {
  const versionOf = (/** @type {string} */ tool) =>
    JSON.parse(readFileSync(path.join(folder, "node_modules", tool, "package.json"), "utf8"))
      .version;
  const all = settings();
  const rows = outcomes.map(({ environment: { name, tool, recipe = "" }, result }) => {
    const version = tool === undefined ? "" : versionOf(tool);
    const setting = all.get(recipe) ?? "";
    return `| ${[name, version, setting, result].join(" | ")} |`;
  });
  return `# Environments

\`npm run test:environments\` writes this page. In each environment the packed packages are installed from
a local registry, and one small program loads the package, makes, stops and reads a recording on a scripted
session, and looks whether each class is there once. It was run on Node ${process.versions.node}, ${process.platform} ${process.arch};
other runtimes: ${RUNTIMES.map(([name, version]) => `${name} ${version}`).join(", ")}.
The settings are those of [deploying.md](deploying.md).

| Environment | Version of the tool | Setting | Result |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}

/**
 * @param {string[]} parts Of the names of environments. Without them, all are run, and the page is written.
 */
async function environments(parts) {
  const runtimePaths = runtimes();
  installTools();
  const packed = pack({ ...AS_BUILT, out: path.join(folder, "packages") });
  const manifest = JSON.parse(
    execFileSync("tar", ["-xzOf", packed.main, "package/package.json"], { encoding: "utf8" }),
  );
  const local = pack({ ...AS_BUILT, byTarball: true, out: path.join(folder, "local") });
  const registry = await registryWith(packed, manifest);
  const env = {
    ...runtimePaths,
    PACKAGES: path.dirname(local.main),
    npm_config_registry: registry.url,
    // What is kept by version would be that of an earlier run.
    npm_config_cache: path.join(away, "npm"),
    npm_config_store_dir: path.join(away, "pnpm"),
    YARN_GLOBAL_FOLDER: path.join(away, "yarn"),
    BUN_INSTALL_CACHE_DIR: path.join(away, "bun"),
  };
  const wanted = ENVIRONMENTS.filter(
    ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
  );
  /** @type {Outcome[]} */
  const outcomes = [];
  try {
    for (const environment of wanted) {
      outcomes.push({ environment, result: await outcomeIn(environment, env) });
    }
  } finally {
    registry.close();
    rmSync(away, { recursive: true, force: true });
  }
  if (parts.length === 0) {
    const page = path.join(root, "docs/environments.md");
    writeFileSync(page, documentOf(outcomes));
    execFileSync("npx", ["prettier", "--write", page], { cwd: root, stdio: "ignore" });
  }
  for (const { environment, result } of outcomes) console.log(`${result}: ${environment.name}`);
  return outcomes.map(({ environment: { name }, result }) => {
    if (result.startsWith("skipped")) return unavailable(name, result);
    const works = result === "works";
    return { passed: Number(works), failed: Number(!works), skipped: 0 };
  });
}

report(await environments(process.argv.slice(2)));
