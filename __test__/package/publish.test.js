// What is published, and what keeps it from being published.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { execFileSync, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_BINARY_BYTES, checkBinary, marksOf } from "../../scripts/binary.mjs";
import { AS_BUILT, pack } from "../../scripts/pack.mjs";
import { checkVersion, publish } from "../../scripts/publish.mjs";
import { GLIBC, HERE } from "../../scripts/support.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "og-publish-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a release", () => {
  const missing = readdirSync(path.join(root, "npm")).filter(
    (name) => !existsSync(path.join(root, `npm/${name}/runtime-native.${name}.node`)),
  );

  it.runIf(missing.length > 0)("names the platforms that have no binary", () => {
    const out = path.join(folder, "packages");
    mkdirSync(out);
    const release = () => pack({ out });
    expect(release).toThrow(`no binary for ${missing.join(", ")}`);
    expect(existsSync(out)).toBe(true);
  });

  const local = path.join(root, AS_BUILT.binaries[HERE] ?? "");
  const { glibc } = marksOf(HERE);
  const required = glibc === undefined ? undefined : checkBinary(local, { glibc: "99" }).glibc;

  it.runIf(required !== glibc)("refuses a binary for the glibc of this machine", () => {
    const out = path.join(folder, "refused");
    expect(() => pack({ binaries: AS_BUILT.binaries, out })).toThrow(
      `runtime-native.${HERE}.node requires glibc ${required}, not ${glibc}`,
    );
    expect(existsSync(out)).toBe(false);
  });

  it("has one version in every place", () => {
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    expect(() => checkVersion(`v${version}`)).not.toThrow();
    expect(() => checkVersion("v0.0.1")).toThrow(
      `the tag is v0.0.1, but there is ${version} in package.json, ${version} in ` +
        `package-lock.json, ${version} in Cargo.toml, ${version} in CHANGELOG.md`,
    );
  });
});

describe("the checkout", () => {
  it("is not packed by npm, which says what does it", () => {
    const { status, stderr } = spawnSync("npm", ["pack", "--dry-run"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(status).not.toBe(0);
    expect(stderr).toMatch("its JavaScript is made by `npm run pack`");
  });

  it.each(["run", "run-script"])("is packed by the script, which npm %s begins", (command) => {
    // What npm runs before its script `pack`, with the name of its command.
    const env = { ...process.env, npm_command: command };
    const script = path.join(root, "scripts/prepack.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script], { env, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("makes tarballs for which nothing else is looked for", () => {
    const { main } = pack({ ...AS_BUILT, byTarball: true, out: path.join(folder, "local") });
    const args = ["-xzOf", main, "package/package.json"];
    const manifest = JSON.parse(execFileSync("tar", args, { encoding: "utf8" }));
    const binary = `${manifest.name}-${HERE}`;
    expect(manifest).not.toHaveProperty("optionalDependencies");
    expect(manifest.peerDependencies[binary]).toBe(manifest.version);
    expect(manifest.peerDependenciesMeta[binary]).toEqual({ optional: true });
  });
});

describe("a tarball", () => {
  const bin = path.join(folder, "bin");
  const calls = path.join(folder, "calls");
  const tarballs = ["binary", "main"].map((name) => {
    const package_ = path.join(folder, name, "package");
    mkdirSync(package_, { recursive: true });
    writeFileSync(path.join(package_, "package.json"), JSON.stringify({ name, version: "1.2.3" }));
    const tarball = path.join(folder, `${name}.tgz`);
    execFileSync("tar", ["-czf", tarball, "-C", path.dirname(package_), "package"]);
    return tarball;
  });

  beforeEach(() => {
    mkdirSync(bin, { recursive: true });
    vi.stubEnv("PATH", `${bin}${path.delimiter}${process.env["PATH"]}`);
    vi.spyOn(console, "log").mockImplementation(() => {});
    rmSync(calls, { force: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  /**
   * @param {string} view What npm does when it is asked for a package.
   * @param {string} [publishes] What it does when it is to publish one.
   */
  function npm(view, publishes = "exit 0") {
    const file = path.join(bin, "npm");
    // What it reads would be read by whoever called it, too.
    const script = `#!/bin/sh
      echo "$*" >>'${calls}'
      cat
      case "$1 $2" in
        "view "*) ${view} ;;
        "publish "*) ${publishes} ;;
      esac`;
    writeFileSync(file, script);
    chmodSync(file, 0o755);
  }

  function published() {
    const lines = readFileSync(calls, "utf8").trim().split("\n");
    return lines.filter((line) => line.startsWith("publish"));
  }

  it.each([
    ["is published when its package is not there", `echo '{"error":{"code":"E404"}}'; exit 1`],
    ["is published when its version is not there", "exit 0"],
  ])("%s", (_, view) => {
    npm(view);
    publish(tarballs);
    const command = "publish --provenance --access public";
    expect(published()).toEqual(tarballs.map((tarball) => `${command} ${tarball}`));
  });

  it("is left out when it is published already", () => {
    npm(`[ "$2" = main@1.2.3 ] || echo '"1.2.3"'`);
    publish(tarballs);
    expect(published()).toEqual([`publish --provenance --access public ${tarballs[1]}`]);
  });

  it("is not published when nobody can tell whether it is", () => {
    npm(`echo '{"error":{"code":"ECONNREFUSED"}}'; exit 1`);
    expect(() => publish(tarballs)).toThrow("cannot tell whether binary@1.2.3 is published");
    expect(published()).toEqual([]);
  });

  it("that npm refuses ends it", () => {
    npm("exit 0", "echo no >&2; exit 1");
    expect(() => publish(tarballs)).toThrow(/npm publish .*binary\.tgz failed:\nno/);
    expect(published()).toHaveLength(1);
  });
});

describe("a binary", () => {
  /**
   * @param {string} name
   * @param {string | Buffer} content
   */
  function file(name, content) {
    const place = path.join(folder, name);
    writeFileSync(place, content);
    return place;
  }

  it("is not too large", () => {
    const largest = file("largest.node", Buffer.alloc(MAX_BINARY_BYTES));
    expect(checkBinary(largest)).toEqual({ bytes: MAX_BINARY_BYTES });
    const larger = file("larger.node", Buffer.alloc(MAX_BINARY_BYTES + 1));
    expect(() => checkBinary(larger)).toThrow(
      `larger.node has ${MAX_BINARY_BYTES + 1} bytes, more than ${MAX_BINARY_BYTES}`,
    );
  });

  it.each([path.join(root, "src/lib.rs"), "/Users/runner/work/x", "C:\\Users\\runner\\x"])(
    "does not name %s",
    (name) => {
      const naming = file("naming.node", `panicked at ${name}`);
      expect(() => checkBinary(naming)).toThrow(/^naming\.node names /);
    },
  );

  it.runIf(HERE.endsWith("-gnu"))("requires no glibc that is newer than the mark", () => {
    const binary = path.join(root, `runtime-native.${HERE}.node`);
    const required = checkBinary(binary, { glibc: "99" }).glibc;
    expect(required).toMatch(/^2\.\d+/);
    expect(() => checkBinary(binary, { glibc: "2.0" })).toThrow(
      `runtime-native.${HERE}.node requires glibc ${required}, not 2.0`,
    );
  });

  it("has a mark where its platform is one of glibc", () => {
    expect(marksOf("linux-arm64-gnu")).toEqual({ glibc: GLIBC });
    expect(marksOf("linux-x64-musl")).toEqual({});
    expect(marksOf("darwin-arm64")).toEqual({});
  });
});
