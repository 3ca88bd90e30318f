// Makes the packages in target/packages: the package itself, and one for the binary of this machine's
// platform, which it builds, to be installed by their tarballs; with `--release` those that are published, one
// for each platform, with the binaries in npm/.
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
export const AS_BUILT = {
  binaries: { [HERE]: `runtime-native.${HERE}.node` },
  unchecked: true,
};

/**
 * @param {object} [options]
 * @param {Record<string, string>} [options.binaries] Those to pack, by platform, as paths in the checkout;
 *   default: that of each platform, in npm/.
 * @param {boolean} [options.unchecked] Packs binaries that fail their check, too.
 * @param {boolean} [options.byTarball] For an installation by tarballs: no package manager looks for what is
 *   not among them.
 * @param {string} [options.out] The folder for the tarballs. Its earlier contents are removed.
 * @returns {{ main: string, binaries: Record<string, string> }} The paths of the tarballs, those of
 *   binaries by platform.
 * @throws {Error} A binary is not there, or fails its check.
 */
export function pack({
  binaries = ofRelease(),
  unchecked = false,
  byTarball = false,
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
  const packedPlatforms = built.map(([platform]) => platform);
  return {
    main: packed(
      out,
      {
        ...main,
        exports: withFaces(main["exports"]),
        ...(byTarball ? asPeers(main, packedPlatforms, version) : asOptional(platforms, version)),
      },
      ["README.md", "CHANGELOG.md", "LICENSE", ...main["files"]],
      javascript(version, engines),
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
 * The binaries as a package manager chooses among them.
 *
 * @param {string[]} platforms
 * @param {string | undefined} version
 */
function asOptional(platforms, version) {
  const optionalDependencies = versions(platforms, version);
  return { optionalDependencies };
}

/**
 * The binaries as a project has them that installs their tarballs itself: a missing optional peer is
 * looked for nowhere, and a peer may be required in an isolated installation.
 *
 * @param {Manifest} main
 * @param {string[]} platforms
 * @param {string | undefined} version
 */
function asPeers({ peerDependencies, peerDependenciesMeta }, platforms, version) {
  const peers = versions(platforms, version);
  const optional = Object.keys(peers).map((name) => [name, { optional: true }]);
  return {
    peerDependencies: { ...peerDependencies, ...peers },
    peerDependenciesMeta: { ...peerDependenciesMeta, ...Object.fromEntries(optional) },
  };
}

/**
 * @param {string[]} platforms
 * @param {string | undefined} version
 */
function versions(platforms, version) {
  return Object.fromEntries(platforms.map((name) => [manifestOf(`npm/${name}`).name, version]));
}

/**
 * The entry points, with the face for webpack and its like. ncc, which is made of webpack, has neither its
 * condition nor `module`, which esbuild, Rollup and Vite have, but `production`.
 *
 * @param {Record<string, any>} entries
 */
function withFaces(entries) {
  const faces = { webpack: "./bundle.js", module: "./index.js", production: "./bundle.js" };
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      if (typeof entry === "string") return [name, entry];
      const { types, ...others } = entry.import;
      return [name, { ...entry, import: { types, ...faces, ...others } }];
    }),
  );
}

/**
 * The package's JavaScript as it is published: the core, and a face on it for each way to it.
 *
 * - `core.cjs` is one file, since Node's loader takes a third of a millisecond per file, and a CommonJS
 *   module, since some tools load nothing else. It has its version as text, and reads no manifest for it.
 * - `index.js` is for callers that import. To find the names of a CommonJS module that is imported takes
 *   Node twenty milliseconds, so the core is required: by `createRequire`, or in the place of bundlers by
 *   the `require` that they follow.
 * - `bundle.js` is the same for webpack and its like, which follow only an `import` in an ES module.
 * - `index.cjs` is for callers that require.
 *
 * @param {string | undefined} version
 * @param {{ node: string }} engines
 * @returns {Record<string, string>}
 */
function javascript(version, { node }) {
  /**
   * @param {"esm" | "cjs"} format
   * @param {string} contents
   */
  const built = (format, contents) =>
    buildSync({
      ...{ stdin: { contents, resolveDir: root }, bundle: true, write: false, metafile: true },
      ...{ platform: "node", target: `node${/[\d.]+/.exec(node)}`, packages: "external", format },
      logOverride: { "empty-import-meta": "silent" }, // What needs it is for the checkout.
      define: {
        "import.meta.isCore": "true",
        "import.meta.version": JSON.stringify(version),
        "import.meta.dirname": "__dirname",
      },
    });
  const api = 'export * from "./index.js";';
  const { outputs } = built("esm", api).metafile;
  const names = Object.values(outputs).flatMap(({ exports }) => exports);
  const core = built("cjs", `${api} export { enterByImport } from "./js/sdk.js";`);
  const importing = readFileSync(path.join(root, "js/importing.js"), "utf8");
  const enter = `${importing.replace("export const", "const")}\ncore.enterByImport(importing);\n`;
  const list = `{\n${names.map((name) => `  ${name},\n`).join("")}}`;
  return {
    "core.cjs": core.outputFiles.map(({ text }) => text).join(""),
    "index.js": `import { createRequire as requireFrom } from "node:module";

// Of a bundler's own, and not that of a script that is given as a text.
const isBundled = typeof require === "function" && require !== globalThis.require;
const core = isBundled ? require("./core.cjs") : requireFrom(import.meta.url)("./core.cjs");

${enter}
export const ${list} = core;
`,
    "bundle.js": `import * as core from "./core.cjs";

${enter}
export ${list} from "./core.cjs";
`,
    "index.cjs":
      'const { enterByImport, ...api } = require("./core.cjs");\nmodule.exports = api;\n',
  };
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
  }
  for (const [file, text] of Object.entries(made)) writeFileSync(path.join(folder, file), text);
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
  const options = release ? {} : { binaries: ofThisMachine(), byTarball: true };
  const { main, binaries } = pack(options);
  for (const tarball of [main, ...Object.values(binaries)]) console.log(tarball);
}
