import { createRequire } from "node:module";
import { messageOf } from "./js/text.js";

const NAME = "@opengeni/runtime-native";

/**
 * Loads binaries, and the modules of Node that are rarely needed: an `import` of `node:fs` creates all of
 * its named exports, which takes more than a millisecond.
 */
export const require = createRequire(import.meta.url);

/** The package's version. The published bundle has it as text, so that no file is read for it. */
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
 * Returns the exports of a binary, and refuses one of another version.
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

/** The path of a binary to load instead of the package's own. */
function libraryPath() {
  try {
    return process.env["NAPI_RS_NATIVE_LIBRARY_PATH"];
  } catch {
    return undefined; // Deno throws without --allow-env.
  }
}

/** The targets to try on this machine. Of the two for Linux, only the right one loads. */
function targets() {
  const { platform, arch } = process;
  /** @type {Partial<Record<NodeJS.Platform, string[]>>} */
  const abis = { linux: ["-gnu", "-musl"], win32: ["-msvc"] };
  return (abis[platform] ?? [""]).map((abi) => `${platform}-${arch}${abi}`);
}

/** The binaries that were built in this checkout. To look for a file is faster than to fail to load it. */
function inCheckout() {
  const { existsSync } = require("node:fs");
  const files = targets().map((target) => `./runtime-native.${target}.node`);
  return files.filter((file) => existsSync(new URL(file, import.meta.url)));
}

/** @param {string} target */
function inNpm(target) {
  return `${NAME}-${target}`;
}

/** The message of the error for a missing binary: the reason and the remedy. */
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
 * The package's own manifest, found by the package's name, because a bundler may have moved this code.
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
