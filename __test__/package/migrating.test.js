// The recipes of docs/migrating.md, on callers of the old module.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createViteServer } from "vitest/node";
import { AS_BUILT, pack } from "../../scripts/pack.mjs";
import { HERE } from "../../scripts/support.mjs";
import { block } from "../support/blocks.js";
import { machineWith } from "./machine.js";
import { registryWith } from "./registry.js";

const NAME = "@opengeni/runtime-native";
const OLD = "@opengeni/runtime";
const CALLER = `import { extForCodec } from "${OLD}/sandbox";
export const ext = extForCodec("vp9-webm");
console.log(ext);
`;

const root = fileURLToPath(new URL("../..", import.meta.url));
const recipes = readFileSync(path.join(root, "docs/migrating.md"), "utf8");

/** @param {RegExp} pattern */
function recipe(pattern) {
  const found = pattern.exec(recipes)?.[1];
  if (found === undefined) throw new Error(`no recipe ${pattern}`);
  return found;
}

const machine = machineWith();
const workspace = machineWith({
  private: true,
  workspaces: ["app"],
  ...JSON.parse(block("docs/migrating.md", "overrides")),
});
const packed = pack({ ...AS_BUILT, out: path.join(machine.folder, "packages") });
const manifest = JSON.parse(
  execFileSync("tar", ["-xzOf", packed.main, "package/package.json"], { encoding: "utf8" }),
);
const registry = await registryWith(packed, manifest);
machine.registry = registry.url;
workspace.registry = registry.url;
afterAll(() => {
  registry.close();
  machine.remove();
  workspace.remove();
});

describe("a project that installs this package", () => {
  beforeAll(async () => {
    await machine.run("npm", "install", NAME);
    writeFileSync(path.join(machine.project, "caller.js"), CALLER);
  });

  it("gets the binary of its platform, and no other", () => {
    const platforms = Object.keys(manifest.optionalDependencies);
    const installed = platforms.filter((name) => existsSync(path.join(machine.modules, name)));
    expect(installed).toEqual([`${NAME}-${HERE}`]);
  });

  it("does not have the old module", async () => {
    await expect(machine.run("node", "caller.js")).rejects.toThrow("ERR_MODULE_NOT_FOUND");
  });

  it("leads esbuild to it", async () => {
    const flags = recipe(/esbuild: `([^`]+)`/).split(/\s+/);
    const esbuild = path.join(root, "node_modules/.bin/esbuild");
    const build = ["caller.js", "--bundle", "--platform=node", ...flags];
    for (const [format, file] of [
      ["esm", "bundle.mjs"],
      ["cjs", "bundle.cjs"],
    ]) {
      const args = [...build, `--format=${format}`, `--outfile=${file}`, "--log-level=warning"];
      execFileSync(esbuild, args, { cwd: machine.project });
      expect(await machine.run("node", `${file}`)).toBe("webm\n");
    }
  });

  it("leads TypeScript to it", () => {
    // The comment names the file. Of the compiler's settings only the recipe is of interest.
    const text = block("docs/migrating.md", "compilerOptions").replace(/,(?=\s*})/g, "");
    const { compilerOptions } = JSON.parse(text.replace(/^\/\/.*/, ""));
    const settings = { ...compilerOptions, module: "nodenext", strict: true, noEmit: true };
    const config = { compilerOptions: { ...settings, types: [] }, files: ["caller.ts"] };
    writeFileSync(path.join(machine.project, "tsconfig.json"), JSON.stringify(config));
    const use = (/** @type {string} */ type) =>
      `import { extForCodec } from "${OLD}/sandbox";\nexport const ext: ${type} = extForCodec("vp9-webm");\n`;
    const check = (/** @type {string} */ type) => {
      writeFileSync(path.join(machine.project, "caller.ts"), use(type));
      const tsc = path.join(root, "node_modules/.bin/tsc");
      return spawnSync(tsc, ["--project", machine.project], { encoding: "utf8" }).stdout;
    };
    expect(check("string")).toBe("");
    expect(check("number")).toContain("'string' is not assignable to type 'number'");
  });

  it("leads Vite to it", async () => {
    const configFile = path.join(machine.project, "vite.config.js");
    writeFileSync(configFile, block("docs/migrating.md", "resolve: { alias"));
    const server = await createViteServer({
      configFile,
      root: machine.project,
      server: { middlewareMode: true, ws: false },
      logLevel: "error",
    });
    try {
      expect(await server.ssrLoadModule("/caller.js")).toMatchObject({ ext: "webm" });
    } finally {
      await server.close();
    }
  });
});

describe("a workspace whose packages ask for the old module", () => {
  it("has this one in its place", async () => {
    const app = path.join(workspace.project, "app");
    mkdirSync(app);
    const dependencies = { [OLD]: "^0.2.0" };
    writeFileSync(
      path.join(app, "package.json"),
      JSON.stringify({ name: "app", version: "1.0.0", type: "module", dependencies }),
    );
    writeFileSync(path.join(app, "caller.js"), CALLER);
    await workspace.run("npm", "install");
    expect(await workspace.run("node", "app/caller.js")).toBe("webm\n");
    expect(existsSync(path.join(workspace.modules, NAME))).toBe(false);
  });
});

describe("a project that installs the tarballs under the old name", () => {
  const vendored = machineWith();
  afterAll(() => vendored.remove());

  it("has this package, without a network", async () => {
    const vendor = path.join(vendored.project, "vendor");
    const { main, binaries } = pack({
      ...AS_BUILT,
      byTarball: true,
      out: `${vendored.folder}/out`,
    });
    mkdirSync(vendor);
    for (const file of [main, ...Object.values(binaries)]) {
      copyFileSync(file, path.join(vendor, path.basename(file)));
    }
    const command = block("docs/migrating.md", "npm install --offline");
    await vendored.run("sh", "-ec", command.replaceAll("linux-x64-gnu", HERE));
    writeFileSync(path.join(vendored.project, "caller.js"), CALLER);
    expect(await vendored.run("node", "caller.js")).toBe("webm\n");
  });
});

describe("a monorepo that holds the old module", () => {
  const monorepo = machineWith({ private: true, workspaces: ["packages/*", "apps/*"] });
  monorepo.registry = registry.url;
  afterAll(() => monorepo.remove());

  /**
   * @param {string} folder
   * @param {object} manifest
   * @param {Record<string, string>} files
   */
  function member(folder, manifest, files) {
    const own = path.join(monorepo.project, folder);
    mkdirSync(path.join(own, "src/sandbox"), { recursive: true });
    const whole = { version: "0.2.0", type: "module", ...manifest };
    writeFileSync(path.join(own, "package.json"), JSON.stringify(whole));
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(own, file), text);
  }

  it("is switched by one line, for callers of the root and of /sandbox", async () => {
    const line = block("docs/migrating.md", "export * from");
    const entries = { ".": "./src/index.js", "./sandbox": "./src/sandbox/index.js" };
    member(
      "packages/runtime",
      { name: OLD, exports: entries, dependencies: { [NAME]: manifest.version } },
      { "src/sandbox/index.js": line, "src/index.js": 'export * from "./sandbox/index.js";' },
    );
    const caller = `import * as root from "${OLD}";
import * as sandbox from "${OLD}/sandbox";
const same = Object.keys(root).every((name) => root[name] === sandbox[name]);
console.log(root.extForCodec("vp9-webm"), same, root.RecordingError.name);`;
    const dependencies = { [OLD]: "^0.2.0" };
    member("apps/worker", { name: "worker", dependencies }, { "src/caller.js": caller });
    await monorepo.run("npm", "install");
    expect(await monorepo.run("node", "apps/worker/src/caller.js")).toBe(
      "webm true RecordingError\n",
    );
  });
});
