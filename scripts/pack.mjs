// Packs what is published into target/packages: the package itself, and a package for the binary that
// was built here; with `--release`, one for each platform, with the binaries that are in npm/.
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

const root = fileURLToPath(new URL("..", import.meta.url));

/** @typedef {{ name: string, version?: string | undefined, [field: string]: any }} Manifest */

/**
 * @param {object} [options]
 * @param {boolean} [options.release]
 * @param {string} [options.out] The folder for the tarballs, which loses what it holds.
 * @returns {{ main: string, binaries: Record<string, string> }} The tarballs, those of binaries by
 *   platform.
 * @throws {Error} A platform of the release has no binary, or none that can be published.
 */
export function pack({ release = false, out = path.join(root, "target/packages") } = {}) {
  const platforms = readdirSync(path.join(root, "npm"));
  const binaryOf = (/** @type {string} */ platform) =>
    path.join(release ? `npm/${platform}` : "", `runtime-native.${platform}.node`);
  const built = platforms.filter((platform) => existsSync(path.join(root, binaryOf(platform))));
  const missing = platforms.filter((platform) => !built.includes(platform));
  if (release) {
    if (missing.length > 0) throw new Error(`no binary for ${missing.join(", ")}`);
    for (const name of built) checkBinary(path.join(root, binaryOf(name)), marksOf(name));
  }
  rmSync(out, { recursive: true, force: true });

  // What is for development only means nothing to whoever installs it; and a package is private
  // where it is not packed.
  const { private: _, scripts, devDependencies, overrides, napi, ...main } = manifestOf(".");
  const { version, license, repository, engines, keywords } = main;
  const binaries = platforms.map((platform) => [manifestOf(`npm/${platform}`).name, version]);
  return {
    main: packed(
      out,
      { ...main, optionalDependencies: Object.fromEntries(binaries) },
      ["README.md", "CHANGELOG.md", "LICENSE", ...main["files"]],
      { "index.js": bundle(version, engines) },
    ),
    binaries: Object.fromEntries(
      built.map((platform) => {
        const { private: _, name, ...own } = manifestOf(`npm/${platform}`);
        const description = `The ${platform} binary of ${main.name}.`;
        return [
          platform,
          packed(
            out,
            { name, version, description, license, repository, keywords, engines, ...own },
            [`npm/${platform}/README.md`, "LICENSE", "THIRD-PARTY-LICENSES.md", binaryOf(platform)],
          ),
        ];
      }),
    ),
  };
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function manifestOf(folder) {
  return JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
}

/**
 * All of the package's JavaScript, as one file: Node's loader takes a third of a millisecond for each.
 * It knows its version, and does not read its manifest for it.
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
 * The tarball of a package.
 *
 * @param {string} out
 * @param {Manifest} manifest
 * @param {string[]} files
 * @param {Record<string, string>} [made] What stands in those of the files that are not copied.
 */
function packed(out, manifest, files, made = {}) {
  const folder = path.join(out, manifest.name.replace("/", "-"));
  mkdirSync(folder, { recursive: true });
  for (const file of files) {
    const to = path.join(folder, path.basename(file));
    if (made[file] === undefined) cpSync(path.join(root, file), to, { recursive: true });
    else writeFileSync(to, made[file]);
  }
  // Whoever requires the package has its types as those of a CommonJS module.
  const all = readdirSync(folder, { encoding: "utf8", recursive: true });
  for (const file of all.filter((file) => file.endsWith(".d.ts"))) {
    const types = readFileSync(path.join(folder, file), "utf8");
    const required = file.replace(/ts$/, "cts");
    writeFileSync(path.join(folder, required), types.replaceAll('.js";', '.cjs";'));
    // What is in a folder is published with it.
    if (path.dirname(required) === ".") files = [...files, required];
  }
  const published = files.map((file) => path.basename(file));
  const text = JSON.stringify({ ...manifest, files: published }, null, 2);
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
  const { main, binaries } = pack({ release: process.argv.includes("--release") });
  for (const tarball of [main, ...Object.values(binaries)]) console.log(tarball);
}
