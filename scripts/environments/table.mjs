// The environments: in each the package is installed, and the same program is run.
import { block } from "../../__test__/support/blocks.js";
import { PROGRAMS } from "./programs.mjs";

const NAME = "@opengeni/runtime-native";

/**
 * @typedef {keyof typeof PROGRAMS} Program
 *
 * @typedef {object} Environment
 * @property {string} name
 * @property {string} [recipe] The row of docs/deploying.md that tells what it needs: the first cell. A test
 *   looks for each setting of that row in `run` and in `files`.
 * @property {string} [tool] The npm package whose version the report names.
 * @property {Program[]} [programs]
 * @property {Record<string, string | object>} [files] Other files of the project.
 * @property {string} run A script of the shell, in the project. `$MOVED` is an empty folder outside of
 *   the checkout, `$PACKAGES` is the one with the tarballs of `npm run pack`; `$NODE22`, `$NODE24`, `$BUN` and
 *   `$DENO` are programs.
 * @property {boolean} [installs] The script installs the package itself.
 * @property {string[]} [needs] Commands, and files of the checkout, without which it is skipped.
 * @property {boolean} [asRoot]
 * @property {boolean} [quiet] A test runner, which says by its exit code alone that the program ran.
 */

const BOTH = /** @type {Program[]} */ (["program.mjs", "program.cjs"]);
const RUN_BOTH = "node program.mjs && node program.cjs";
const RELEASED = "npm/linux-x64-gnu/runtime-native.linux-x64-gnu.node";
const JEST = { testMatch: ["**/program.test.*"], testEnvironment: "node" };
const PLAIN = "Node, Bun, tsx, vitest, node:test, bun test";

/** Tarballs where the README has them, and where docs/deploying.md has them. */
const TARBALLS = `mkdir -p ../runtime-native/target vendor
      ln -sfn $PACKAGES ../runtime-native/target/packages && cp $PACKAGES/*.tgz vendor`;
const OF_README = commandIn(block("README.md", "npm install --offline"), "npm install");
const BY_TARBALLS = block("docs/deploying.md", "npm install --offline");
const ALIAS = block("docs/migrating.md", "module.exports");

/** @param {string} rest */
const webpackConfig = (rest) => `module.exports = {
  mode: "production",
  target: "node",
  entry: "./alone.cjs",
  output: { path: process.env.MOVED, filename: "bundle.cjs" },
  ${rest}
};`;

/** @type {Environment[]} */
export const ENVIRONMENTS = [
  { name: "npm", programs: BOTH, run: RUN_BOTH },
  {
    name: "npm, Node 22 and 24",
    recipe: PLAIN,
    programs: BOTH,
    run: "for node in $NODE22 $NODE24; do $node program.mjs; $node program.cjs; done",
  },
  {
    name: "npm, by tarballs, without a network",
    programs: BOTH,
    installs: true,
    needs: ["unshare"],
    asRoot: true,
    run: `${TARBALLS}
      unshare -n ${OF_README}
      ${RUN_BOTH}
      rm -r node_modules package-lock.json && echo '{ "private": true }' >package.json
      unshare -n ${commandIn(BY_TARBALLS, "npm")}
      ${RUN_BOTH}`,
  },
  {
    name: "yarn 4, by tarballs, without a network",
    tool: "@yarnpkg/cli-dist",
    programs: BOTH,
    installs: true,
    needs: ["unshare"],
    asRoot: true,
    files: { ".yarnrc.yml": "enableTelemetry: false\nenableGlobalCache: false\n", "yarn.lock": "" },
    run: `${TARBALLS}
      unshare -n ${commandIn(BY_TARBALLS, "yarn")}
      yarn node program.mjs && yarn node program.cjs`,
  },
  {
    name: "pnpm, by tarballs, without a network",
    tool: "pnpm",
    programs: BOTH,
    installs: true,
    needs: ["unshare"],
    asRoot: true,
    run: `${TARBALLS}
      unshare -n ${commandIn(BY_TARBALLS, "pnpm")}
      ${RUN_BOTH}`,
  },
  {
    name: "Bun, by tarballs, without a network",
    programs: BOTH,
    installs: true,
    needs: ["unshare"],
    asRoot: true,
    run: `${TARBALLS}
      unshare -n ${commandIn(BY_TARBALLS, "bun").replace("bun", "$BUN")}
      ${RUN_BOTH}`,
  },
  {
    name: "pnpm, isolated",
    tool: "pnpm",
    programs: BOTH,
    installs: true,
    run: `pnpm add --registry $npm_config_registry ${NAME} && ${RUN_BOTH}`,
  },
  {
    name: "yarn 4, `node-modules`",
    tool: "@yarnpkg/cli-dist",
    programs: BOTH,
    installs: true,
    files: { ".yarnrc.yml": yarnrc("node-modules"), "yarn.lock": "" },
    run: `yarn config set npmRegistryServer $npm_config_registry && yarn add ${NAME} && ${RUN_BOTH}`,
  },
  {
    name: "yarn 4, Plug'n'Play",
    tool: "@yarnpkg/cli-dist",
    programs: BOTH,
    installs: true,
    files: { ".yarnrc.yml": yarnrc("pnp"), "yarn.lock": "" },
    run: `yarn config set npmRegistryServer $npm_config_registry && yarn add ${NAME} &&
      yarn node program.mjs && yarn node program.cjs`,
  },
  {
    name: "Bun workspaces",
    recipe: PLAIN,
    installs: true,
    files: {
      "package.json": { private: true, workspaces: ["app"] },
      "app/package.json": { name: "app", version: "1.0.0", dependencies: { [NAME]: "*" } },
      "app/program.mjs": PROGRAMS["program.mjs"],
      "app/program.cjs": PROGRAMS["program.cjs"],
    },
    run: "$BUN install && cd app && $BUN program.mjs && $BUN program.cjs && node program.mjs",
  },
  {
    name: "Jest, CommonJS",
    recipe: "Jest, in CommonJS mode, also by ts-jest",
    tool: "jest",
    programs: ["program.test.cjs"],
    files: { "jest.config.json": JEST },
    quiet: true,
    run: "for node in node $NODE22 $NODE24; do $node $BIN/jest; done",
  },
  {
    name: "Jest, CommonJS, by ts-jest",
    recipe: "Jest, in CommonJS mode, also by ts-jest",
    tool: "ts-jest",
    programs: ["program.test.ts"],
    files: {
      "jest.config.json": { ...JEST, preset: "ts-jest" },
      "tsconfig.json": {
        compilerOptions: { module: "commonjs", moduleResolution: "node10", esModuleInterop: true },
      },
      "globals.d.ts": "declare const test: any, expect: any, require: any, Buffer: any;",
      "package.json": { private: true },
    },
    quiet: true,
    run: "for node in node $NODE24; do $node $BIN/jest; done",
  },
  {
    name: "Jest, ES modules",
    recipe: "Jest, with ES modules",
    tool: "jest",
    programs: ["program.test.mjs"],
    files: { "jest.config.json": { ...JEST, transform: {}, moduleFileExtensions: ["mjs", "js"] } },
    quiet: true,
    run: "NODE_OPTIONS=--experimental-vm-modules jest",
  },
  {
    name: "vitest",
    recipe: PLAIN,
    tool: "vitest",
    programs: ["vitest.test.mjs"],
    quiet: true,
    run: "vitest run && vitest run --pool=vmThreads",
  },
  {
    name: "node:test",
    recipe: PLAIN,
    programs: ["node.test.mjs"],
    run: "node --test node.test.mjs",
  },
  {
    name: "bun test",
    recipe: PLAIN,
    programs: ["bun.test.mjs"],
    run: "$BUN test bun.test.mjs",
  },
  {
    name: "tsx, `.cts` and `.mts`",
    recipe: PLAIN,
    tool: "tsx",
    programs: ["program.cts", "program.mts"],
    run: "tsx program.cts && tsx program.mts",
  },
  {
    name: "esbuild",
    recipe: "esbuild",
    tool: "esbuild",
    programs: ["alone.mjs"],
    run: `build="esbuild --bundle --platform=node"
      $build alone.mjs --packages=external --format=esm --outfile=all.mjs
      $build alone.mjs --external:${NAME} --external:@openai/* --format=esm --outfile=bundle.mjs
      $build alone.ts --external:${NAME} --external:@openai/* --format=cjs --outfile=bundle.cjs
      node all.mjs && node bundle.mjs && node bundle.cjs`,
  },
  {
    name: "esbuild, CommonJS, with the package in the bundle",
    recipe: "esbuild, CommonJS",
    tool: "esbuild",
    programs: ["alone.ts"],
    run: `build="esbuild alone.ts --bundle --platform=node --format=cjs"
      $build --loader:.node=copy --outfile=$MOVED/copy/bundle.cjs
      $build --loader:.node=file --outfile=$MOVED/file/bundle.cjs
      node $MOVED/copy/bundle.cjs && node $MOVED/file/bundle.cjs`,
  },
  {
    name: "esbuild, ES module, with the package in the bundle",
    recipe: "esbuild, ES module",
    tool: "esbuild",
    programs: ["alone.mjs"],
    run: `esbuild alone.mjs --bundle --platform=node --format=esm --outfile=$MOVED/bundle.mjs \\
        --loader:.node=copy --banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
      node $MOVED/bundle.mjs`,
  },
  {
    name: "tsup",
    recipe: "tsup",
    tool: "tsup",
    programs: ["alone.ts"],
    run: "tsup alone.ts --format cjs,esm && for file in dist/*js; do node $file; done",
  },
  {
    name: "Rollup",
    recipe: "Rollup",
    tool: "rollup",
    programs: ["alone.mjs"],
    files: {
      "rollup.config.mjs": `import { nodeResolve } from "@rollup/plugin-node-resolve";
      export default { input: "alone.mjs", external: [/^@opengeni\\/runtime-native/, /^@openai\\//],
        plugins: [nodeResolve()], output: { file: "bundle.mjs", format: "es" } };`,
    },
    run: "rollup -c && node bundle.mjs",
  },
  ...["webpack", "@rspack/core"].map((tool) => ({
    name: nameOf(tool),
    recipe: "webpack, Rspack",
    tool,
    programs: /** @type {Program[]} */ (["alone.cjs"]),
    files: {
      "webpack.config.cjs": webpackConfig(
        `externals: { "${NAME}/sandbox": "commonjs ${NAME}/sandbox" },`,
      ).replace("process.env.MOVED", "__dirname"),
      "build.cjs": bundling(tool),
    },
    run: "node build.cjs && node bundle.cjs",
  })),
  {
    name: "webpack, from the name of the old package",
    tool: "webpack",
    files: {
      "package.json": { private: true, dependencies: { [NAME]: "*" } },
      "caller.cjs": PROGRAMS["alone.cjs"].replace(NAME, "@opengeni/runtime"),
      "alias.cjs": ALIAS,
      "webpack.config.cjs": webpackConfig('...require("./alias.cjs"),')
        .replace("process.env.MOVED", "__dirname")
        .replace("alone.cjs", "caller.cjs"),
      "build.cjs": bundling("webpack"),
    },
    run: "node build.cjs && node bundle.cjs",
  },
  ...["webpack", "@rspack/core"].flatMap((tool) =>
    ["alone.cjs", "alone.mjs"].map((entry) => ({
      name: `${nameOf(tool)}, with the package in the bundle, ${entry.endsWith("cjs") ? "required" : "imported"}`,
      recipe: "webpack, Rspack, with a loader",
      tool,
      programs: /** @type {Program[]} */ ([entry]),
      files: {
        "webpack.config.cjs": webpackConfig(
          `module: { rules: [{ test: /\\.node$/, loader: "node-loader" }] }, node: { __dirname: false },`,
        ).replace("alone.cjs", entry),
        "build.cjs": bundling(tool),
      },
      run: "node build.cjs && node $MOVED/bundle.cjs",
    })),
  ),
  {
    name: "Vite, SSR",
    recipe: "Vite, SSR",
    tool: "vite",
    programs: ["alone.mjs"],
    files: {
      "all.config.mjs": `export default { ssr: { noExternal: true, external: ["${NAME}"] } };`,
    },
    run: `vite build --ssr alone.mjs && node dist/alone.mjs
      vite build --config all.config.mjs --ssr alone.mjs --outDir all && node all/alone.mjs`,
  },
  {
    name: "Next.js, standalone output in another folder",
    recipe: "Next.js",
    tool: "next",
    files: {
      "package.json": { private: true, dependencies: { [NAME]: "*" } },
      "next.config.mjs": `export default { output: "standalone", serverExternalPackages: ["${NAME}"],
        outputFileTracingRoot: "/" };`,
      "app/api/route.js": PROGRAMS["route.mjs"],
      "app/layout.js": "export default ({ children }) => <html><body>{children}</body></html>;",
    },
    run: `export NEXT_TELEMETRY_DISABLED=1 PORT=39471 HOSTNAME=127.0.0.1
      next build && cp -r .next/standalone/. $MOVED
      node $MOVED$PWD/server.js >&2 & server=$!
      trap "kill $server" EXIT
      curl --silent --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:39471/api`,
    needs: ["curl"],
  },
  {
    name: "@vercel/nft, traced files in another folder",
    recipe: "`@vercel/nft`, ncc",
    tool: "@vercel/nft",
    programs: ["alone.mjs", "alone.cjs"],
    files: {
      "trace.cjs": `const { nodeFileTrace } = require("@vercel/nft");
        const { cpSync } = require("node:fs");
        nodeFileTrace(["alone.mjs", "alone.cjs"]).then(({ fileList }) => {
          for (const file of fileList) cpSync(file, process.env.MOVED + "/" + file, { dereference: true });
        });`,
    },
    run: "node trace.cjs && node $MOVED/alone.mjs && node $MOVED/alone.cjs",
  },
  {
    name: "ncc",
    recipe: "`@vercel/nft`, ncc",
    tool: "@vercel/ncc",
    programs: ["alone.cjs", "alone.mjs"],
    run: `ncc build alone.cjs --out $MOVED/required && node $MOVED/required/index.*js
      ncc build alone.mjs --out $MOVED/imported && node $MOVED/imported/index.*js`,
  },
  {
    name: "bun build --compile",
    recipe: "`bun build --compile`",
    programs: ["alone.mjs"],
    run: `$BUN build --compile alone.mjs --outfile $MOVED/program && cd $MOVED && ./program`,
  },
  {
    name: "Node, a single executable (SEA)",
    recipe: "A single executable of Node (SEA)",
    tool: "postject",
    programs: ["beside.cjs"],
    files: { "sea.json": { main: "beside.cjs", output: "sea.blob" } },
    run: `node --experimental-sea-config sea.json
      cp "$(node -p process.execPath)" $MOVED/program && cp -r node_modules $MOVED
      postject $MOVED/program NODE_SEA_BLOB sea.blob \\
        --sentinel-fuse NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2
      $MOVED/program`,
  },
  {
    name: "Deno",
    recipe: "Deno",
    programs: BOTH,
    run: `options="--no-prompt --node-modules-dir=manual"
      for file in program.mjs program.cjs; do
        $DENO run --allow-read --allow-ffi $options $file
        NAPI_RS_NATIVE_LIBRARY_PATH=$(echo $PWD/node_modules/${NAME}-*/*.node) \\
          $DENO run --allow-read --allow-ffi --allow-env $options $file; done`,
  },
  {
    name: "a binary in another place",
    recipe: "A binary in another place",
    programs: BOTH,
    run: `mv node_modules/${NAME}-*/*.node $MOVED/runtime.node
      for file in program.mjs program.cjs; do
        NAPI_RS_NATIVE_LIBRARY_PATH=$MOVED/runtime.node node $file; done`,
  },
  {
    name: "a read-only folder, as another user",
    recipe: "A read-only folder, another user",
    programs: BOTH,
    asRoot: true,
    needs: ["setpriv"],
    run: `cp -r . $MOVED && chmod -R a-w,a+rX $MOVED && cp "$(node -p process.execPath)" $MOVED.node
      chmod a+rx $MOVED.node && cd $MOVED
      for file in program.mjs program.cjs; do
        setpriv --reuid=65534 --regid=65534 --clear-groups $MOVED.node $file; done
      rm $MOVED.node`,
  },
  {
    name: "Debian 11",
    programs: BOTH,
    asRoot: true,
    // The binary that `npm run build` makes needs the glibc of the machine that made it.
    needs: ["debootstrap", RELEASED],
    run: `cp "$ROOT/${RELEASED}" node_modules/${NAME}-linux-x64-gnu/
      debian=$TOOLS/debian-11
      [ -e $debian/ready ] || { rm -rf $debian
        debootstrap --variant=minbase --include=libstdc++6 bullseye $debian >&2 && touch $debian/ready; }
      rm -rf $debian/project && cp -r . $debian/project && cp "$(node -p process.execPath)" $debian/node
      for file in program.mjs program.cjs; do chroot $debian /node /project/$file; done`,
  },
];

/** @param {string} linker */
function yarnrc(linker) {
  return `nodeLinker: ${linker}
enableTelemetry: false
enableGlobalCache: false
npmMinimalAgeGate: 0
unsafeHttpWhitelist: ["127.0.0.1"]
`;
}

/**
 * Runs webpack or Rspack without its command line.
 *
 * @param {string} tool
 */
function bundling(tool) {
  return `const { ${tool === "webpack" ? "webpack" : "rspack"}: bundler } = require("${tool}");
bundler(require("./webpack.config.cjs"), (error, stats) => {
  if (error) throw error;
  console.error(stats.toString({ all: false, warnings: true, errors: true }));
  process.exitCode = stats.hasErrors() ? 1 : 0;
});`;
}

/** @param {string} tool */
function nameOf(tool) {
  return tool === "webpack" ? tool : "Rspack";
}

/**
 * The command of a block that begins with a text, with the lines that it goes on in, and without a comment.
 *
 * @param {string} script
 * @param {string} start
 */
function commandIn(script, start) {
  const [command] = new RegExp(`^${start} (?:.*\\\\\n)*.*`, "m").exec(script) ?? [];
  if (command === undefined) throw new Error(`no command ${start}`);
  return command.replace(/ #.*/, "");
}
