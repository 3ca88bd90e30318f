// Checks a binary before it is published: `node scripts/binary.mjs <file> <platform>`.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { GLIBC } from "./support.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The greatest size of a binary, in bytes. */
export const MAX_BINARY_BYTES = 2_400_000;

/**
 * @typedef {object} Found
 * @property {number} bytes
 * @property {string | undefined} glibc The one that it requires, where a mark was given.
 *
 * @param {string} file
 * @param {object} [options]
 * @param {string} [options.glibc] The newest glibc that it may require.
 * @returns {Found}
 * @throws {Error} It is too large, names folders of the machine that built it, or requires a newer
 *   glibc.
 */
export function checkBinary(file, { glibc } = {}) {
  const name = path.basename(file);
  const content = readFileSync(file);
  if (content.length > MAX_BINARY_BYTES) {
    throw new Error(`${name} has ${content.length} bytes, more than ${MAX_BINARY_BYTES}`);
  }
  const folders = machineFolders(content.toString("latin1"));
  if (folders.length > 0) throw new Error(`${name} names ${folders.join(", ")}`);
  if (glibc === undefined) return { bytes: content.length, glibc };
  const required = highestGlibc(file);
  if (compareVersions(required, glibc) > 0) {
    throw new Error(`${name} requires glibc ${required}, not ${glibc}`);
  }
  return { bytes: content.length, glibc: required };
}

/**
 * The requirements of a platform's binary.
 *
 * @param {string} platform
 * @returns {{ glibc?: string }}
 */
export function marksOf(platform) {
  return /^linux-\w+-gnu$/.test(platform) ? { glibc: GLIBC } : {};
}

/**
 * The folders of build machines that a text names: of this machine, and of those that workflows run on.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function machineFolders(text) {
  const { CARGO_HOME = path.join(homedir(), ".cargo") } = process.env;
  const here = [root, homedir(), CARGO_HOME].map((folder) => path.join(folder, path.sep));
  const named = here.filter((folder) => folder !== path.sep && text.includes(folder));
  const others = text.match(
    /(?:\/home\/runner|\/Users\/\w+|\b[A-Z]:\\(?:a|Users))[/\\]|[/\\]\.(?:cargo|rustup)[/\\]/g,
  );
  return [...new Set([...named, ...(others ?? [])])];
}

/** @param {string} library */
function highestGlibc(library) {
  const { stdout, error } = spawnSync("readelf", ["--wide", "--version-info", library], {
    encoding: "utf8",
  });
  if (error) throw error;
  const versions = [...stdout.matchAll(/\bGLIBC_(\d[\d.]*)/g)].map(([, version = ""]) => version);
  const highest = versions.sort(compareVersions).at(-1);
  if (highest === undefined) throw new Error(`no glibc in ${library}`);
  return highest;
}

/**
 * @param {string} a
 * @param {string} b
 */
function compareVersions(a, b) {
  return a.localeCompare(b, "en", { numeric: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file = "", platform = ""] = process.argv.slice(2);
  const { bytes, glibc } = checkBinary(file, marksOf(platform));
  console.log(`${file}: ${bytes} bytes${glibc === undefined ? "" : `, glibc ${glibc}`}`);
}
