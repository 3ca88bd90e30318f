// The packages as npm has them: what is in them, and that they work where nothing can be built.
import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { pack } from "../../scripts/pack.mjs";

const NAME = "@opengeni/runtime-native";
const root = fileURLToPath(new URL("../..", import.meta.url));
const { main, binaries } = pack();
const [[platform = "", binary = ""] = []] = Object.entries(binaries);

const machine = mkdtempSync(path.join(tmpdir(), "og-install-"));
const project = path.join(machine, "project");
const modules = path.join(project, "node_modules");
afterAll(() => rmSync(machine, { recursive: true }));

/**
 * Runs a program in the project, on a machine that has Node and npm, and no way to anywhere.
 *
 * @param {string} command
 * @param {...string} args
 */
async function run(command, ...args) {
  const { stdout } = await promisify(execFile)(path.join(machine, "bin", command), args, {
    cwd: project,
    env: {
      PATH: path.join(machine, "bin"),
      HOME: machine,
      npm_config_registry: "http://127.0.0.1:9",
      npm_config_fetch_retries: "0",
    },
  });
  return stdout;
}

mkdirSync(path.join(machine, "bin"));
for (const command of ["node", "npm", "sh"]) {
  const found = execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
  const file = command === "node" ? process.execPath : realpathSync(found);
  symlinkSync(file, path.join(machine, "bin", command));
}
mkdirSync(project);
writeFileSync(path.join(project, "package.json"), '{ "private": true, "type": "module" }');
for (const file of ["support/box.js", "package/recording.mjs", "package/identity.mjs"]) {
  cpSync(path.join(root, "__test__", file), path.join(project, file));
}
await run("npm", "install", main, binary);

describe("the packages", () => {
  it("have what is needed to run, and nothing else", () => {
    const listed = (/** @type {string} */ tarball) =>
      execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map((file) => file.replace(/^package\//, ""));
    const legal = ["LICENSE", "package.json"];
    const types = ["index.d.ts", "index.d.cts", "protocol.d.ts", "protocol.d.cts"];
    const others = listed(main).filter((file) => !/^js\/\w+\.js$/.test(file));
    expect(others.sort()).toEqual(
      [...legal, "CHANGELOG.md", "README.md", "index.cjs", "index.js", ...types].sort(),
    );
    expect(listed(binary).sort()).toEqual(
      [...legal, "THIRD-PARTY-LICENSES.md", `runtime-native.${platform}.node`].sort(),
    );
  });

  it("are small", () => {
    expect(statSync(main).size).toBeLessThan(100_000);
    expect(statSync(native()).size).toBeLessThan(1_250_000);
  });

  it("say nothing of the machine that built them", () => {
    const text = readFileSync(native(), "latin1");
    expect(text).toContain("src/");
    for (const folder of [root, homedir(), process.env["CARGO_HOME"] ?? root]) {
      expect(text).not.toContain(path.join(folder, "/"));
    }
  });

  it("run nothing when they are installed", () => {
    const scripts = [NAME, `${NAME}-${platform}`].flatMap((name) => {
      const manifest = readFileSync(path.join(modules, name, "package.json"), "utf8");
      return Object.keys(JSON.parse(manifest).scripts ?? {});
    });
    expect(scripts.filter((name) => /install|prepare|prepublish/.test(name))).toEqual([]);
  });

  it("have a binary for each platform", () => {
    const manifest = JSON.parse(readFileSync(path.join(modules, NAME, "package.json"), "utf8"));
    const platforms = ["linux-x64-gnu", "linux-x64-musl", "linux-arm64-gnu", "linux-arm64-musl"];
    platforms.push("darwin-x64", "darwin-arm64", "win32-x64-msvc", "win32-arm64-msvc");
    expect(manifest.optionalDependencies).toEqual(
      Object.fromEntries(platforms.map((name) => [`${NAME}-${name}`, manifest.version])),
    );
  });
});

describe("an installed package", () => {
  it("records", async () => {
    expect(JSON.parse(await run("node", "package/recording.mjs"))).toEqual({
      bytes: 1_000,
      contentType: "video/mp4",
      commands: 5,
    });
  });

  it("is one module, imported or required", async () => {
    expect(await run("node", "package/identity.mjs")).toBe("");
  });
});

describe("its types", () => {
  const callers = path.join(root, "__test__/types");
  const files = readdirSync(callers).filter((file) => file.endsWith(".ts"));
  const bin = path.join(root, "node_modules/.bin");

  /** @type {[string, string, string[]][]} */
  const settings = [
    ["esnext", "bundler", ["ts"]],
    ["node16", "node16", ["ts", "cts"]],
    ["nodenext", "nodenext", ["ts", "cts"]],
  ];
  it.each(settings)("hold for module %s and moduleResolution %s", (module, resolution, kinds) => {
    const folder = path.join(project, module);
    mkdirSync(folder);
    for (const [file, kind] of files.flatMap((file) => kinds.map((kind) => [file, kind]))) {
      cpSync(path.join(callers, `${file}`), path.join(folder, `${file}`.replace(/ts$/, `${kind}`)));
    }
    const compilerOptions = {
      ...{ module, moduleResolution: resolution, target: "es2023", types: [], noEmit: true },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    execFileSync(path.join(bin, "tsc"), ["-p", folder], { encoding: "utf8" });
  });

  it("are tested name by name", () => {
    const used = files.map((file) => readFileSync(path.join(callers, file), "utf8")).join("\n");
    const types = ["index.d.ts", "protocol.d.ts"]
      .map((file) => readFileSync(path.join(root, file), "utf8"))
      .join("\n");
    const declared = /^export (?:declare )?(?:abstract )?(?:type|class|const|function) (\w+)/gm;
    const names = Array.from(types.matchAll(declared), ([, name]) => name);
    expect(names.length).toBeGreaterThan(140);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(used))).toEqual([]);
  });

  it("and its entry points are found by every tool", () => {
    execFileSync(path.join(bin, "publint"), ["run", "--strict", main], { encoding: "utf8" });
    execFileSync(path.join(bin, "attw"), ["--profile", "node16", main], { encoding: "utf8" });
  });
});

describe("without its binary", () => {
  const wanted = `${NAME}-${platform}`;
  const here = platform.replaceAll("-", " ");
  beforeEach(() => {
    const installed = path.join(machine, "installed");
    rmSync(modules, { recursive: true, force: true });
    cpSync(installed, modules, { recursive: true });
  });
  cpSync(modules, path.join(machine, "installed"), { recursive: true });

  it("says which package is missing, and why that may be", async () => {
    rmSync(path.join(modules, wanted), { recursive: true });
    expect(await failure()).toBe(
      `${NAME} has no binary for ${here}: ${wanted} is not installed. Install it with: ` +
        `npm install ${wanted}@0.2.0. If a lock file was made on another platform, npm may leave ` +
        "out what this one needs (https://github.com/npm/cli/issues/4828): then remove " +
        "node_modules and package-lock.json, and install again",
    );
  });

  it("says that another platform's is there", async () => {
    const other = `${NAME}-${platform === "darwin-x64" ? "darwin-arm64" : "darwin-x64"}`;
    rmSync(path.join(modules, wanted), { recursive: true });
    mkdirSync(path.join(modules, other));
    writeFileSync(path.join(modules, other, "package.json"), "{}");
    expect(await failure()).toBe(
      `${NAME} has no binary for ${here}: ${wanted} is not installed. Install it with: ` +
        `npm install ${wanted}@0.2.0. ${other} is installed: was node_modules made on another ` +
        "platform?",
    );
  });

  it("says why one does not load", async () => {
    writeFileSync(native(), "not a binary");
    expect(await failure()).toMatch(`${NAME} has no binary for ${here} that can be loaded: /`);
  });

  it("says what there is for other platforms", async () => {
    const arch = 'Object.defineProperty(process, "arch", { value: "riscv64" });';
    const message = await failure("--import", `data:text/javascript,${encodeURIComponent(arch)}`);
    const there = `${NAME} has no binary for ${here.replace(process.arch, "riscv64")}. There are: `;
    expect(message.startsWith(`${there}${NAME}-`)).toBe(true);
    expect(message.split(", ")).toHaveLength(8);
  });

  /** @param {string[]} flags */
  async function failure(...flags) {
    const script = `import("${NAME}").catch((error) => console.log(JSON.stringify(error.message)))`;
    return JSON.parse(await run("node", ...flags, "-e", script));
  }
});

function native() {
  return path.join(modules, `${NAME}-${platform}`, `runtime-native.${platform}.node`);
}
