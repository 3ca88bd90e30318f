// Compiles the rivals that are written in TypeScript or generated from the .proto file.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { hasOld, out, sources } from "./rivals.mjs";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));

/** Compiles them once, for all processes. */
export async function prepare() {
  if (hasOld) {
    /** @type {import("esbuild").Plugin} */
    const strangers = {
      name: "strangers",
      setup({ onResolve }) {
        const parity = (/** @type {string} */ name) => ({
          path: resolve(root, "__test__/parity", name),
        });
        onResolve({ filter: /^@opengeni\/contracts$/ }, () => parity("contracts.js"));
        onResolve({ filter: /selfhosted\/session$/ }, () => parity("selfhosted-session.js"));
        onResolve({ filter: /\/index\.js$/ }, () => ({
          path: resolve(root, "index.js"),
          external: true,
        }));
      },
    };
    await compile(sources, resolve(out, "old"), [strangers]);
  }
  // buf compiles the .proto file, and ts-proto generates code from it.
  const options = [
    ...["oneof=unions", "forceLong=string", "outputServices=none"],
    ...["outputJsonMethods=false", "outputPartialMethods=false"],
  ];
  const plugin = resolve(root, "bench/node_modules/.bin/protoc-gen-ts_proto");
  const plugins = [{ local: plugin, out: resolve(out, "ts-proto"), opt: options }];
  execFileSync(
    process.execPath,
    [
      require.resolve("@bufbuild/buf/bin/buf"),
      ...["generate", "proto", "--template", JSON.stringify({ version: "v2", plugins })],
    ],
    { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
  );
  const generated = resolve(out, "ts-proto/opengeni/agent/v1/control.ts");
  await compile({ control: generated }, resolve(out, "ts-proto"));
}

/**
 * @param {Record<string, string>} entryPoints
 * @param {string} outdir
 * @param {import("esbuild").Plugin[]} plugins
 */
function compile(entryPoints, outdir, plugins = []) {
  return build({
    entryPoints,
    outdir,
    plugins,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // The generated code imports a package of the benchmark.
    nodePaths: [resolve(root, "bench/node_modules")],
    outExtension: { ".js": ".mjs" },
    // The rivals are compiled without this project's tsconfig.json.
    tsconfigRaw: {},
  });
}
