// Publishes a version. The workflow that its tag starts runs `node scripts/publish.mjs v0.2.0`.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pack } from "./pack.mjs";

/**
 * @param {string} tag
 * @throws {Error} The tag, a manifest and the changelog do not all name the same version.
 */
export function checkVersion(tag) {
  const text = (/** @type {string} */ file) =>
    readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
  /** @type {Record<string, string | undefined>} */
  const versions = {
    "package.json": JSON.parse(text("package.json")).version,
    "package-lock.json": JSON.parse(text("package-lock.json")).version,
    "Cargo.toml": /^version = "(.+)"$/m.exec(text("Cargo.toml"))?.[1],
    "CHANGELOG.md": /^## \[(\d.*)\]/m.exec(text("CHANGELOG.md"))?.[1],
  };
  const others = Object.entries(versions).filter(([, version]) => tag !== `v${version}`);
  if (others.length > 0) {
    const found = others.map(([file, version]) => `${version ?? "no version"} in ${file}`);
    throw new Error(`the tag is ${tag}, but there is ${found.join(", ")}`);
  }
}

/**
 * Publishes the packages that are not on npm yet. It can be repeated after a failure.
 *
 * @param {string[]} tarballs In this order.
 */
export function publish(tarballs) {
  for (const tarball of tarballs) {
    const manifest = run("tar", "-xzOf", tarball, "package/package.json");
    const { name, version } = JSON.parse(manifest.stdout);
    if (isPublished(name, version)) {
      console.log(`${name}@${version} is published already`);
      continue;
    }
    console.log(run("npm", "publish", "--provenance", "--access", "public", tarball).stdout);
  }
}

/**
 * @param {string} name
 * @param {string} version
 */
function isPublished(name, version) {
  const { status, stdout, stderr } = attempt(
    "npm",
    "view",
    `${name}@${version}`,
    "version",
    "--json",
  );
  // For a package without this version npm succeeds and prints nothing.
  if (status === 0) return stdout.trim() !== "";
  /** @type {string | undefined} */
  let code;
  try {
    code = JSON.parse(stdout).error.code;
  } catch {
    // Not JSON: the registry has not answered.
  }
  if (code === "E404") return false;
  throw new Error(`npm cannot tell whether ${name}@${version} is published:\n${stdout}${stderr}`);
}

/**
 * @param {string} command
 * @param {...string} args
 */
function run(command, ...args) {
  const result = attempt(command, ...args);
  if (result.status === 0) return result;
  throw new Error(`${[command, ...args].join(" ")} failed:\n${result.stdout}${result.stderr}`);
}

/**
 * @param {string} command
 * @param {...string} args
 */
function attempt(command, ...args) {
  return spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  checkVersion(process.argv[2] ?? "");
  const { main, binaries } = pack();
  // The package itself comes last, so that its binaries exist when it is installed.
  publish([...Object.values(binaries), main]);
}
