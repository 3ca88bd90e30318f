// Makes the packages that are published, in target/packages: the package itself, and one for the binary
// of this machine's platform, which it builds; with `--release`, one for each platform, with the binaries
// in npm/.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { checkBinary, marksOf } from "./binary.mjs";
import { compile, neededToBuild } from "./platforms/compile.mjs";
import { provide, run } from "./setup.mjs";
import { HERE } from "./support.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @typedef {{ name: string, version?: string | undefined, [field: string]: any }} Manifest */

/**
 * Packs what `npm run build` has made, whatever glibc it requires: for tests and the benchmark, which run
 * on this machine alone.
 */
export const LOCAL = {
  binaries: { [HERE]: `runtime-native.${HERE}.node` },
  unchecked: true,
};

/**
 * @param {object} [options]
 * @param {Record<string, string>} [options.binaries] Those to pack, by platform, as paths in the checkout;
 *   default: that of each platform, in npm/.
 * @param {boolean} [options.unchecked] Packs binaries that fail their check, too.
 * @param {string} [options.out] The folder for the tarballs. Its earlier contents are removed.
 * @returns {{ main: string, binaries: Record<string, string> }} The paths of the tarballs, those of
 *   binaries by platform.
 * @throws {Error} A binary is not there, or fails its check.
 */
export function pack({
  binaries = ofRelease(),
  unchecked = false,
  out = path.join(root, "target/packages"),
} = {}) {
  const platforms = readdirSync(path.join(root, "npm"));
  const built = Object.entries(binaries);
  const missing = built.filter(([, file]) => !existsSync(path.join(root, file)));
  if (missing.length > 0) {
    throw new Error(`no binary for ${missing.map(([platform]) => platform).join(", ")}`);
  }
  if (!unchecked) {
    for (const [platform, file] of built) checkBinary(path.join(root, file), marksOf(platform));
  }
  rmSync(out, { recursive: true, force: true });

  // The published manifest has no fields for development, and is not private.
  const { private: _, scripts, devDependencies, overrides, napi, ...main } = manifestOf(".");
  const { version, license, repository, engines, keywords } = main;
  const packages = platforms.map((platform) => [manifestOf(`npm/${platform}`).name, version]);
  return {
    main: packed(
      out,
      { ...main, optionalDependencies: Object.fromEntries(packages) },
      ["README.md", "CHANGELOG.md", "LICENSE", ...main["files"]],
      { "index.js": bundle(version, engines) },
    ),
    binaries: Object.fromEntries(
      built.map(([platform, file]) => {
        const { private: _, name, ...own } = manifestOf(`npm/${platform}`);
        const description = `The ${platform} binary of ${main.name}.`;
        return [
          platform,
          packed(
            out,
            { name, version, description, license, repository, keywords, engines, ...own },
            [`npm/${platform}/README.md`, "LICENSE", "THIRD-PARTY-LICENSES.md", file],
          ),
        ];
      }),
    ),
  };
}

/**
 * The binary of each platform.
 *
 * @returns {Record<string, string>}
 */
function ofRelease() {
  const platforms = readdirSync(path.join(root, "npm"));
  return Object.fromEntries(
    platforms.map((platform) => [platform, `npm/${platform}/runtime-native.${platform}.node`]),
  );
}

/** Builds the binary of this machine's platform, which runs on other machines too. */
function ofThisMachine() {
  const { glibc } = marksOf(HERE);
  provide(glibc === undefined ? [] : neededToBuild(HERE));
  if (glibc !== undefined) return { [HERE]: compile(HERE).file };
  run("building the addon", ["npm", "run", "--silent", "build"]);
  return { [HERE]: `runtime-native.${HERE}.node` };
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function manifestOf(folder) {
  return JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
}

/**
 * Bundles the package's JavaScript into one file, since Node's loader takes a third of a millisecond per
 * file. The bundle has its version as text, and does not read the manifest for it.
 *
 * @param {string | undefined} version
 * @param {{ node: string }} engines
 */
function bundle(version, { node }) {
  const { outputFiles } = buildSync({
    ...{ absWorkingDir: root, entryPoints: ["index.js"], bundle: true, write: false },
    ...{ format: "esm", platform: "node", target: `node${/[\d.]+/.exec(node)}` },
    ...{ packages: "external", define: { "import.meta.version": JSON.stringify(version) } },
  });
  return outputFiles.map(({ text }) => text).join("");
}

/**
 * Makes the tarball of a package.
 *
 * @param {string} out
 * @param {Manifest} manifest
 * @param {string[]} files
 * @param {Record<string, string>} [made] The contents of files that are generated, by name.
 */
function packed(out, manifest, files, made = {}) {
  const folder = path.join(out, manifest.name.replace("/", "-"));
  mkdirSync(folder, { recursive: true });
  for (const file of files) {
    const to = path.join(folder, path.basename(file));
    if (made[file] === undefined) cpSync(path.join(root, file), to, { recursive: true });
    else writeFileSync(to, made[file]);
  }
  // A caller that requires the package needs its types as those of a CommonJS module.
  const copied = readdirSync(folder, { encoding: "utf8", recursive: true });
  for (const file of copied.filter((file) => file.endsWith(".d.ts"))) {
    const types = readFileSync(path.join(folder, file), "utf8");
    const required = file.replace(/ts$/, "cts");
    writeFileSync(path.join(folder, required), types.replaceAll('.js";', '.cjs";'));
  }
  const text = JSON.stringify({ ...manifest, files: readdirSync(folder) }, null, 2);
  writeFileSync(path.join(folder, "package.json"), `${text}\n`);
  const { status, stdout, stderr } = spawnSync(
    "npm",
    ["pack", "--json", "--pack-destination", out],
    { cwd: folder, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`npm pack ${manifest.name} failed:\n${stderr}`);
  return path.join(out, JSON.parse(stdout)[0].filename);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const release = process.argv.includes("--release");
  const { main, binaries } = pack(release ? {} : { binaries: ofThisMachine() });
  for (const tarball of [main, ...Object.values(binaries)]) console.log(tarball);
}
