// The packages as npm has them: what is in them, and that they work where nothing can be built.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync, transformSync } from "esbuild";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import * as checkout from "../../index.js";
import { checkBinary, machineFolders } from "../../scripts/binary.mjs";
import { AS_BUILT, pack } from "../../scripts/pack.mjs";
import { HERE, OLDEST_TYPESCRIPT } from "../../scripts/support.mjs";
import { declarations } from "../support/types.js";
import { machineWith } from "./machine.js";

const NAME = "@opengeni/runtime-native";
const root = fileURLToPath(new URL("../..", import.meta.url));

const machine = machineWith();
const { project, modules } = machine;
afterAll(() => machine.remove());

const { main, binaries } = pack({ ...AS_BUILT, out: path.join(machine.folder, "packages") });
const { [HERE]: binary = "" } = binaries;

for (const file of ["support/box.js", "package/recording.mjs", "package/identity.mjs"]) {
  cpSync(path.join(root, "__test__", file), path.join(project, file));
}
await machine.run("npm", "install", main, binary);

/** @param {string} name Of an installed package. */
function manifestOf(name) {
  return JSON.parse(readFileSync(path.join(modules, name, "package.json"), "utf8"));
}

describe("the packages", () => {
  it("have what is needed to run, and nothing else", () => {
    const listed = (/** @type {string} */ tarball) =>
      execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map((file) => file.replace(/^package\//, ""));
    const legal = ["LICENSE", "README.md", "package.json"];
    const rooms = readdirSync(path.join(root, "types")).map((file) => `types/${file}`);
    const types = ["index.d.ts", "protocol.d.ts", ...rooms].flatMap((file) => [
      file,
      file.replace(/ts$/, "cts"),
    ]);
    const code = ["bundle.js", "core.cjs", "index.cjs", "index.js", "sandbox/package.json"];
    expect(listed(main).sort()).toEqual([...legal, "CHANGELOG.md", ...code, ...types].sort());
    expect(listed(binary).sort()).toEqual(
      [...legal, "THIRD-PARTY-LICENSES.md", `runtime-native.${HERE}.node`].sort(),
    );
  });

  it("are small", () => {
    expect(statSync(main).size).toBeLessThan(180_000);
    expect(checkBinary(native()).bytes).toBe(statSync(native()).size);
  });

  it("say nothing of the machine that built them", () => {
    // The binary is looked at by `checkBinary`, too.
    expect(readFileSync(native(), "latin1")).toContain("src/");
    for (const name of [NAME, `${NAME}-${HERE}`]) {
      const folder = path.join(modules, name);
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name));
      for (const file of files) {
        expect(machineFolders(readFileSync(file, "latin1")), file).toEqual([]);
      }
    }
    expect(machineFolders(`panicked at ${root}src/lib.rs`)).toContain(root);
    expect(machineFolders("/Users/runner/work, D:\\a\\b")).toEqual(["/Users/runner/", "D:\\a\\"]);
  });

  it("run nothing when they are installed", () => {
    const scripts = [NAME, `${NAME}-${HERE}`].flatMap((name) =>
      Object.keys(manifestOf(name).scripts ?? {}),
    );
    expect(scripts.filter((name) => /install|prepare|prepublish/.test(name))).toEqual([]);
  });

  it("have a binary for each platform", () => {
    const manifest = manifestOf(NAME);
    const platforms = ["linux-x64-gnu", "linux-x64-musl", "linux-arm64-gnu", "linux-arm64-musl"];
    platforms.push("darwin-x64", "darwin-arm64", "win32-x64-msvc", "win32-arm64-msvc");
    expect(manifest.optionalDependencies).toEqual(
      Object.fromEntries(platforms.map((name) => [`${NAME}-${name}`, manifest.version])),
    );
  });
});

describe("their manifests", () => {
  const { version, license, repository, engines } = JSON.parse(
    readFileSync(path.join(root, "package.json"), "utf8"),
  );

  it.each([NAME, `${NAME}-${HERE}`])("are those of one project: %s", (name) => {
    const url = "git+https://github.com/opengeni/runtime-native.git";
    expect(manifestOf(name)).toMatchObject({
      name,
      version,
      license,
      engines,
      repository: { url },
    });
    expect(manifestOf(name).repository).toEqual(repository);
  });

  it("can be published when they are packed, and not before", () => {
    for (const [name, source] of [
      [NAME, "package.json"],
      [`${NAME}-${HERE}`, `npm/${HERE}/package.json`],
    ]) {
      expect(manifestOf(`${name}`)).not.toHaveProperty("private");
      const inCheckout = JSON.parse(readFileSync(path.join(root, `${source}`), "utf8"));
      expect(inCheckout.private).toBe(true);
    }
  });

  it("let npm choose what is for a machine", () => {
    const [os, cpu] = HERE.split("-");
    expect(manifestOf(`${NAME}-${HERE}`)).toMatchObject({ os: [os], cpu: [cpu] });
  });
});

describe("its JavaScript", () => {
  const core = path.join(modules, NAME, "core.cjs");

  it.each(["index.js", "bundle.js", "index.cjs"])(
    "is a face on one file that needs nothing but Node: %s",
    (face) => {
      const { metafile } = buildSync({
        ...{ entryPoints: [path.join(modules, NAME, face)], bundle: true, platform: "node" },
        ...{ packages: "external", format: "esm", metafile: true, write: false },
      });
      const files = Object.keys(metafile.inputs).map((file) => path.basename(file));
      expect(files.sort()).toEqual(["core.cjs", face].sort());
      const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
      const atOnce = imports.filter(({ kind }) => kind === "import-statement");
      expect(atOnce.filter((each) => !each.path.startsWith("node:"))).toEqual([]);
    },
  );

  it("asks for nothing later but the binary and the SDK", () => {
    // Comments go with the whitespace.
    const { code } = transformSync(readFileSync(core, "utf8"), { minifyWhitespace: true });
    const named = code.matchAll(/(["'`])((?:\.{1,2}|@[\w-]+)\/[^"'`\s]*)\1/g);
    const names = new Set(Array.from(named, ([, , name]) => name));
    const binaries = Object.keys(manifestOf(NAME).optionalDependencies);
    expect([...names].sort()).toEqual(
      [
        ...binaries,
        "./package.json", // Of the checkout.
        "./runtime-native.${target}.node", // Of the checkout.
        "@openai/agents",
        "@openai/agents-extensions",
        "@openai/agents/sandbox",
        NAME,
      ].sort(),
    );
  });

  it("names each binary in a require of its own, in a try of its own", () => {
    const text = readFileSync(core, "utf8");
    for (const name of Object.keys(manifestOf(NAME).optionalDependencies)) {
      expect(text).toMatch(new RegExp(`try \\{\\s*return require\\("${name}"\\);\\s*\\} catch`));
    }
  });

  it("knows its version without its manifest", () => {
    const { version } = manifestOf(NAME);
    const code = readFileSync(core, "utf8");
    expect(code).toContain(`"${version}"`);
    expect(code).not.toMatch(/import\.meta\.version/);
  });

  it("exports what that of the checkout does, by the same names", async () => {
    const script = `import * as api from "${NAME}"; console.log(JSON.stringify((${named})(api)))`;
    const output = await machine.run("node", "--input-type=module", "-e", script);
    expect(JSON.parse(output)).toEqual(named(checkout));
  });

  /** @param {object} api */
  function named(api) {
    const entries = Object.entries(api).map(([name, value]) => [name, typeof value, value.name]);
    return JSON.parse(JSON.stringify(entries.sort()));
  }
});

describe("an installed package", () => {
  it("records", async () => {
    expect(JSON.parse(await machine.run("node", "package/recording.mjs"))).toEqual({
      bytes: 1_000,
      contentType: "video/mp4",
      commands: 5,
    });
  });

  it("is one module, imported or required", async () => {
    expect(await machine.run("node", "package/identity.mjs")).toBe("");
  });
});

describe("its types", () => {
  const callers = path.join(root, "__test__/types");
  const filesIn = (/** @type {string} */ folder) =>
    readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const files = filesIn(callers);
  const bin = path.join(root, "node_modules/.bin");

  // What the project has beside the package: the SDK and Node's types.
  for (const name of ["@openai/agents", "@types/node"]) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  }

  /** @type {Record<string, string[]>} */
  const compilers = {
    newest: [process.execPath, path.join(root, "node_modules/typescript/bin/tsc")],
    [OLDEST_TYPESCRIPT]: ["npx", "--yes", "--package", `typescript@${OLDEST_TYPESCRIPT}`, "tsc"],
  };

  /** @type {[string, string, string[]][]} */
  const settings = [
    ["esnext", "bundler", ["ts"]],
    ["node16", "node16", ["ts", "cts"]],
    ["nodenext", "nodenext", ["ts", "cts"]],
  ];
  describe.each(Object.entries(compilers))(
    "hold for TypeScript %s",
    { timeout: 180_000 },
    (typescript, [tsc = "", ...args]) => {
      it.each(settings)("with module %s and moduleResolution %s", (module, resolution, kinds) => {
        const compilerOptions = {
          ...{ module, moduleResolution: resolution, target: "es2022", noEmit: true },
          ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        };
        const folder = path.join(project, typescript, module);
        /**
         * @param {string} from
         * @param {string} to
         * @param {object} options
         */
        const compile = (from, to, options) => {
          mkdirSync(to, { recursive: true });
          for (const file of filesIn(from)) {
            for (const kind of kinds) {
              cpSync(path.join(from, file), path.join(to, file.replace(/ts$/, kind)));
            }
          }
          const config = { compilerOptions: { ...compilerOptions, ...options }, include: ["*"] };
          writeFileSync(path.join(to, "tsconfig.json"), JSON.stringify(config));
          execFileSync(tsc, [...args, "-p", to], { encoding: "utf8" });
        };
        compile(callers, folder, { types: [] });
        // The types of the SDK need Node's, and do not hold for these settings themselves.
        const providers = { types: ["node"], skipLibCheck: true };
        compile(path.join(callers, "providers"), path.join(folder, "providers"), providers);
      });
    },
  );

  it("hold for a caller of the old module, by a path", () => {
    const folder = path.join(project, "old");
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, "caller.ts"),
      `import { extForCodec } from "@opengeni/runtime/sandbox";
       export const ext: string = extForCodec("h264-mp4");
       // @ts-expect-error: there are two codecs
       extForCodec("av1");`,
    );
    const types = `./node_modules/${NAME}/index.d.ts`;
    const recipe = readFileSync(path.join(root, "docs/migrating.md"), "utf8");
    expect(recipe).toContain(`"@opengeni/runtime/sandbox": ["${types}"]`);
    const compilerOptions = {
      ...{ module: "esnext", moduleResolution: "bundler", types: [], noEmit: true, strict: true },
      paths: { "@opengeni/runtime/sandbox": [path.join("..", types)] },
    };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    execFileSync(path.join(bin, "tsc"), ["-p", folder], { encoding: "utf8" });
  });

  it("are tested name by name", () => {
    const used = files.map((file) => readFileSync(path.join(callers, file), "utf8")).join("\n");
    const names = declarations().map(({ name }) => name);
    expect(names.length).toBeGreaterThan(140);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(used))).toEqual([]);
  });

  it("and its entry points are found by every tool", () => {
    for (const tarball of [main, binary]) {
      execFileSync(path.join(bin, "publint"), ["run", "--strict", tarball], { encoding: "utf8" });
    }
    execFileSync(path.join(bin, "attw"), [main], { encoding: "utf8" });
  });
});

describe("without its binary", () => {
  const wanted = `${NAME}-${HERE}`;
  const here = HERE.replaceAll("-", " ");
  const installed = path.join(machine.folder, "installed");
  cpSync(modules, installed, { recursive: true, verbatimSymlinks: true });
  beforeEach(() => {
    rmSync(modules, { recursive: true, force: true });
    cpSync(installed, modules, { recursive: true, verbatimSymlinks: true });
  });

  it("says which package is missing, and why that may be", async () => {
    rmSync(path.join(modules, wanted), { recursive: true });
    const [head] = (await failure()).split("\n");
    expect(head).toBe(missing(HERE));
  });

  it.runIf(process.platform === "linux")("says so on musl", async () => {
    rmSync(path.join(modules, wanted), { recursive: true });
    const report = "process.report.getReport = () => ({ header: {} });";
    const [head] = (await failure("--import", preload(report))).split("\n");
    expect(head).toBe(missing(`linux-${process.arch}-musl`));
  });

  it("has what failed as its cause, where a binary is there", async () => {
    const failure = () => failed("error.cause?.code ?? null");
    writeFileSync(native(), "not a binary");
    expect(await failure()).toBe("ERR_DLOPEN_FAILED");
    rmSync(path.join(modules, wanted), { recursive: true });
    expect(await failure()).toBe(null);
  });

  it("says which library was given and does not load", async () => {
    const given = path.join(project, "given.node");
    const env = { NAPI_RS_NATIVE_LIBRARY_PATH: given };
    const start = `NAPI_RS_NATIVE_LIBRARY_PATH=${given} cannot be loaded: `;
    expect(await failed("error.message", env)).toMatch(`${start}Cannot find module '${given}'`);
    writeFileSync(given, "not a binary");
    const message = await failed("error.message", env);
    expect(message).toMatch(start);
    expect(message.slice(start.length)).toContain("given.node");
    expect(await failed("error.cause.code", env)).toBe("ERR_DLOPEN_FAILED");
  });

  it("does not need to read the environment", async () => {
    // As Deno has it where --allow-env is not given.
    const env = `process.env = new Proxy(process.env, {
      get(env, name) {
        if (name === "NAPI_RS_NATIVE_LIBRARY_PATH") throw new Error("denied");
        return env[name];
      },
    });`;
    const script = `${env} import("${NAME}").then((api) => console.log(api.extForCodec("vp9-webm")))`;
    expect(await machine.run("node", "-e", script)).toBe("webm\n");
  });

  it("says that another platform's is there", async () => {
    const other = `runtime-native-${HERE === "darwin-x64" ? "darwin-arm64" : "darwin-x64"}`;
    rmSync(path.join(modules, wanted), { recursive: true });
    mkdirSync(path.join(modules, "@opengeni", other));
    const [head] = (await failure()).split("\n");
    expect(head).toBe(`${missing(HERE)}. Installed is: ${other}`);
  });

  it("says why one does not load", async () => {
    writeFileSync(native(), "not a binary");
    const message = await failure();
    expect(message).toMatch(`${NAME} has no binary for ${here} that can be loaded: /`);
    expect(message).toMatch("It is there, and damaged or for another system: install where");
    expect(message).not.toMatch("Likely causes");
  });

  it("says that one of another version is there", async () => {
    const folder = path.join(modules, wanted);
    writeFileSync(path.join(folder, "index.js"), 'module.exports = { VERSION: "0.1.0" };');
    writeFileSync(path.join(folder, "package.json"), "{}");
    const { version } = manifestOf(NAME);
    expect(await failure()).toBe(
      `${NAME} has version ${version}, but ${wanted} is of version 0.1.0. Install it with: ` +
        `npm install ${wanted}@${version}`,
    );
  });

  it("says what there is for other platforms", async () => {
    const arch = 'Object.defineProperty(process, "arch", { value: "riscv64" });';
    const message = await failure("--import", preload(arch));
    const there = `${NAME} has no binary for ${here.replace(process.arch, "riscv64")}. There are: `;
    expect(message.startsWith(`${there}${NAME}-`)).toBe(true);
    expect(message.split(", ")).toHaveLength(8);
  });

  it("says that a bundle has taken it away from its binary", async () => {
    const folder = path.join(machine.folder, "dist");
    mkdirSync(folder);
    cpSync(path.join(modules, NAME, "core.cjs"), path.join(folder, "bundle.cjs"));
    const bundle = pathToFileURL(path.join(folder, "bundle.cjs")).href;
    const [head] = (await failed("error.message", {}, { module: bundle })).split("\n");
    const home = path.join(realpathSync(machine.folder), "dist");
    expect(head).toBe(
      `${NAME} has no binary for ${here}: ${wanted} is not found. This code was moved to ${home}`,
    );
  });

  it("says in few lines that there is none, where nobody catches it", async () => {
    rmSync(path.join(modules, wanted), { recursive: true });
    for (const script of [`import "${NAME}";`, `require("${NAME}");`]) {
      const type = script.startsWith("import") ? "module" : "commonjs";
      const run = machine.run("node", `--input-type=${type}`, "-e", script);
      const { stderr } = await run.then(
        () => expect.fail("it loads"),
        (error) => error,
      );
      expect(stderr).toContain("Likely causes, and what to do:");
      expect(stderr).not.toMatch(/\[cause\]|\[errors\]|requireStack|\(node:internal/);
      expect(stderr.split("\n").length).toBeLessThan(30);
    }
  });

  it("names the likely causes in their order, each with its remedy", async () => {
    rmSync(path.join(modules, wanted), { recursive: true });
    const [head, , ...lines] = (await failure()).split("\n");
    expect(head).toBe(missing(HERE));
    const text = lines.join("\n");
    const causes = [
      `1. It is not installed. Install it with: npm install ${wanted}@${manifestOf(NAME).version}`,
      "remove node_modules and package-lock.json",
      "2. It was left out as an optional dependency: install without --omit=optional",
      `3. A bundler has taken this code away from it: keep ${NAME} out of the bundle`,
      "4. A tool that copies the files which it has traced has missed it: let it include",
      "5. node_modules was made on another system, as with another C library (glibc or musl)",
      `NAPI_RS_NATIVE_LIBRARY_PATH=<folder>/runtime-native.${HERE}.node`,
    ];
    const places = causes.map((cause) => text.indexOf(cause));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  /** @param {string} platform */
  function missing(platform) {
    const home = path.join(realpathSync(modules), NAME);
    return (
      `${NAME} has no binary for ${platform.replaceAll("-", " ")}: ${NAME}-${platform} is not ` +
      `found, from ${home}`
    );
  }

  /** @param {string} script */
  function preload(script) {
    return `data:text/javascript,${encodeURIComponent(script)}`;
  }

  /** @param {string[]} flags */
  function failure(...flags) {
    return failed("error.message", {}, { flags });
  }

  /**
   * @param {string} what To tell of the error.
   * @param {Record<string, string>} [env]
   * @param {{ flags?: string[], module?: string }} [options]
   */
  async function failed(what, env = {}, { flags = [], module = NAME } = {}) {
    const script = `import("${module}").catch((error) => console.log(JSON.stringify(${what})))`;
    return JSON.parse(await machine.runWith(env, "node", ...flags, "-e", script));
  }
});

function native() {
  return path.join(modules, `${NAME}-${HERE}`, `runtime-native.${HERE}.node`);
}
