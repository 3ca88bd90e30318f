import { createRequire } from "node:module";
import { messageOf } from "./js/text.js";

const NAME = "@opengeni/runtime-native";

/**
 * Also for parts of Node that an import of the package can do without: imported, they have all of
 * their names made, which for `node:fs` takes more than a millisecond.
 */
export const require = createRequire(import.meta.url);

/** The package's version. What is published has it here as text, and reads no file for it. */
const VERSION = /** @type {any} */ (import.meta).version ?? require("./package.json").version;

/** The core, from the binary for this platform. */
export default load();

/** @returns {typeof import("./binding.js")} */
function load() {
  const given = libraryPath();
  if (given) {
    const setting = `NAPI_RS_NATIVE_LIBRARY_PATH=${given}`;
    return ofThisVersion(loaded(given, setting), setting, "Set it to one of the same version");
  }
  const failures = [];
  for (const file of [...inCheckout(), ...targets().map(inNpm)]) {
    let core;
    try {
      core = require(file);
    } catch (failure) {
      failures.push(failure);
      continue;
    }
    const isBuilt = file.startsWith(".");
    const remedy = isBuilt ? "Build it with: npm run build" : installing(file);
    return ofThisVersion(core, file, remedy);
  }
  throw new Error(explanation(), { cause: new AggregateError(failures) });
}

/**
 * @param {string} given
 * @param {string} setting
 */
function loaded(given, setting) {
  try {
    return require(given);
  } catch (cause) {
    throw new Error(`${setting} cannot be loaded: ${messageOf(cause)}`, { cause });
  }
}

/**
 * What a binary exports. One of another version would fail somewhere, later.
 *
 * @param {any} core
 * @param {string} file
 * @param {string} remedy
 */
function ofThisVersion(core, file, remedy) {
  if (core.VERSION === VERSION) return core;
  const found = core.VERSION === undefined ? "another version" : `version ${core.VERSION}`;
  throw new Error(`${NAME} has version ${VERSION}, but ${file} is of ${found}. ${remedy}`);
}

/** @param {string} binary */
function installing(binary) {
  return `Install it with: npm install ${binary}@${VERSION}`;
}

/** A library to load instead of the binary of a package. */
function libraryPath() {
  try {
    return process.env["NAPI_RS_NATIVE_LIBRARY_PATH"];
  } catch {
    return undefined; // Deno lets nobody read it without --allow-env.
  }
}

/** What there could be a binary for, here. Of the two for Linux the wrong one does not load. */
function targets() {
  const { platform, arch } = process;
  /** @type {Partial<Record<NodeJS.Platform, string[]>>} */
  const abis = { linux: ["-gnu", "-musl"], win32: ["-msvc"] };
  return (abis[platform] ?? [""]).map((abi) => `${platform}-${arch}${abi}`);
}

/** What was built here. It is looked for, since an attempt to load what is not there takes long. */
function inCheckout() {
  const { existsSync } = require("node:fs");
  const files = targets().map((target) => `./runtime-native.${target}.node`);
  return files.filter((file) => existsSync(new URL(file, import.meta.url)));
}

/** @param {string} target */
function inNpm(target) {
  return `${NAME}-${target}`;
}

/** Why there is no binary, and what to do. */
function explanation() {
  const [target = "", musl = ""] = targets();
  const here = process.platform === "linux" && !isGlibc() ? musl : target;
  const binary = inNpm(here);
  const problem = `${NAME} has no binary for ${here.replaceAll("-", " ")}`;
  const manifest = ownManifest();
  if (!manifest) {
    return `${problem} beside the bundle that it is in. Keep ${NAME} out of the bundle`;
  }
  const published = Object.keys(manifest.optionalDependencies ?? {});
  if (published.length === 0) return `${problem}. Build it with: npm run build`;
  if (!published.includes(binary)) return `${problem}. There are: ${published.join(", ")}`;
  if (isInstalled(binary)) return `${problem} that can be loaded: ${failureOf(binary)}`;
  const missing = `${problem}: ${binary} is not installed. ${installing(binary)}`;
  const other = published.find(isInstalled);
  return other
    ? `${missing}. ${other} is installed: was node_modules made on another platform?`
    : `${missing}. If a lock file was made on another platform, npm may leave out what this one ` +
        "needs (https://github.com/npm/cli/issues/4828): then remove node_modules and " +
        "package-lock.json, and install again";
}

/**
 * What the package says of itself. It is asked for by its name: a bundler may have put this code
 * elsewhere.
 *
 * @returns {{ optionalDependencies?: Record<string, string> } | undefined}
 */
function ownManifest() {
  try {
    return require(`${NAME}/package.json`);
  } catch {
    return undefined;
  }
}

function isGlibc() {
  const report = /** @type {any} */ (process.report?.getReport());
  return report?.header.glibcVersionRuntime !== undefined;
}

/** @param {string} binary */
function isInstalled(binary) {
  try {
    return Boolean(require.resolve(`${binary}/package.json`));
  } catch {
    return false;
  }
}

/** @param {string} binary */
function failureOf(binary) {
  try {
    return require(binary);
  } catch (error) {
    return messageOf(error);
  }
}
