import { messageOf } from "./js/text.js";
import requires from "./requires.cjs";

const NAME = "@opengeni/runtime-native";

/** Whether this is the checkout, and not the published package. */
const IS_CHECKOUT = !(/** @type {any} */ (import.meta).isCore);

/** The package's version. The published core has it as text, so that no file is read for it. */
const VERSION = IS_CHECKOUT
  ? requires.byName("./package.json").version
  : /** @type {any} */ (import.meta).version;

/** The core, from the binary for this platform. */
export default load();

/** @returns {typeof import("./binding.js")} */
function load() {
  const given = libraryPath();
  if (given) {
    const setting = `NAPI_RS_NATIVE_LIBRARY_PATH=${given}`;
    return ofThisVersion(loaded(given, setting), setting, "Set it to one of the same version");
  }
  for (const file of IS_CHECKOUT ? inCheckout() : []) {
    return ofThisVersion(requires.byName(file), file, "Build it with: npm run build");
  }
  /** @type {unknown[]} */
  const failures = [];
  for (const target of targets()) {
    const core = requires.binaries[target]?.((error) => void failures.push(error));
    if (core) return ofThisVersion(unbundled(core), nameOf(target), installing(target));
  }
  const failure = failures.find((error) => !isAbsence(error));
  throw problem(explanation(failure), failure);
}

/**
 * @param {string} given
 * @param {string} setting
 */
function loaded(given, setting) {
  try {
    return requires.byName(given);
  } catch (cause) {
    const [words] = messageOf(cause).split("\n"); // Others list who requires it.
    throw problem(`${setting} cannot be loaded: ${words}`, cause);
  }
}

/**
 * The exports of a binary. Some bundlers put the path of its copy in their place.
 *
 * @param {any} core
 */
function unbundled(core) {
  const { resolve } = process.getBuiltinModule("node:path");
  return typeof core === "string" ? requires.byName(resolve(folder() ?? "", core)) : core;
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
  throw problem(`${NAME} has version ${VERSION}, but ${file} is of ${found}. ${remedy}`);
}

/** @param {string} target */
function nameOf(target) {
  return `${NAME}-${target}`;
}

/** @param {string} target */
function installing(target) {
  return `Install it with: npm install ${nameOf(target)}@${VERSION}`;
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
  const { existsSync } = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  const files = targets().map((target) => `./runtime-native.${target}.node`);
  return files.filter((file) => existsSync(join(import.meta.dirname, file)));
}

/**
 * An error that a terminal shows in few lines: Node prints the causes of an uncaught error whole, and its own
 * calls.
 *
 * @param {string} message
 * @param {unknown} [cause] Left out where a file is not found, which the message says.
 */
function problem(message, cause) {
  const isKnown = cause === undefined || codeOf(cause) === "MODULE_NOT_FOUND";
  const error = new Error(message, isKnown ? undefined : { cause });
  if (error.stack) error.stack = error.stack.replaceAll(/\n +at .*\(?node:.*/g, "");
  return error;
}

/**
 * The message of the error for a missing binary: what is known, and the likely causes with their remedies.
 *
 * @param {unknown} failure Of a binary that is there.
 */
function explanation(failure) {
  const [target = "", musl = ""] = targets();
  const here = process.platform === "linux" && !isGlibc() ? musl : target;
  const binary = nameOf(here);
  const none = `${NAME} has no binary for ${here.replaceAll("-", " ")}`;
  const published = Object.keys(requires.binaries).map(nameOf);
  if (!published.includes(binary)) return `${none}. There are: ${published.join(", ")}`;
  if (IS_CHECKOUT) return `${none}. Build it with: npm run build`;
  const elsewhere = `A binary in another place is loaded by
NAPI_RS_NATIVE_LIBRARY_PATH=<folder>/runtime-native.${here}.node`;
  const known = failure
    ? ` that can be loaded: ${messageOf(failure)}`
    : `: ${binary} is not found${fromFolder()}`;
  if (codeOf(failure) === "ERR_DLOPEN_FAILED") {
    return `${none}${known}
It is there, and damaged or for another system: install where the program runs. ${elsewhere}`;
  }
  return `${none}${known}
Likely causes, and what to do:
1. It is not installed. ${installing(here)}
   From a lock file of another platform npm leaves out what this one needs
   (https://github.com/npm/cli/issues/4828): remove node_modules and package-lock.json, and install again.
2. It was left out as an optional dependency: install without --omit=optional, --no-optional or the like.
3. A bundler has taken this code away from it: keep ${NAME} out of the bundle, as an external package.
4. A tool that copies the files which it has traced has missed it: let it include
   node_modules/${NAME}-*/**.
5. node_modules was made on another system, as with another C library (glibc or musl) or processor:
   install where the program runs.
https://github.com/opengeni/runtime-native/blob/main/docs/deploying.md has the setting of each tool. ${elsewhere}`;
}

/** Where this code is, and which binaries are beside it. */
function fromFolder() {
  const from = folder();
  if (!from) return "";
  if (!/[\\/]runtime-native$/.test(from)) return `. This code was moved to ${from}`;
  const { readdirSync } = process.getBuiltinModule("node:fs");
  const { basename, dirname } = process.getBuiltinModule("node:path");
  /** @type {string[]} */
  let others = [];
  try {
    const beside = readdirSync(dirname(from));
    others = beside.filter((name) => name.startsWith(`${basename(from)}-`));
  } catch {
    // An archive has no folder that can be read.
  }
  return `, from ${from}${others.length > 0 ? `. Installed is: ${others.join(", ")}` : ""}`;
}

/** The folder of this code. */
function folder() {
  try {
    return import.meta.dirname;
  } catch {
    return undefined; // In an ES module that a bundler has made there is no `__dirname`.
  }
}

/** @param {unknown} error Of the `require` of a binary. */
function isAbsence(error) {
  return codeOf(error) === "MODULE_NOT_FOUND" && messageOf(error).includes(NAME);
}

/** @param {any} error */
function codeOf(error) {
  return error?.code;
}

function isGlibc() {
  const report = /** @type {any} */ (process.report?.getReport());
  return report?.header.glibcVersionRuntime !== undefined;
}
