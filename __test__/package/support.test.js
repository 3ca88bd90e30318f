// What the texts say of the project is what it is.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as api from "../../index.js";
import { GLIBC, PLATFORMS, badges, rows, supported } from "../../scripts/support.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} file */
function text(file) {
  return readFileSync(path.join(root, file), "utf8");
}

describe("the README", () => {
  const readme = text("README.md");

  it("names what is tested, and nothing else", () => {
    const table = /^\| Supported .*\n\|[-\s|]+\n((?:\|.*\n)+)/m.exec(readme)?.[1] ?? "";
    const left = table
      .trim()
      .split("\n")
      .map((row) => row.split(" | ")[0]?.slice(2).trim());
    expect(left).toEqual(rows());
  });

  it("has a badge for each", () => {
    expect(readme.match(/^!\[.*shields\.io.*$/gm)).toEqual(badges());
  });

  it("counts what is exported", () => {
    const exported = JSON.parse(text("__test__/tables/exports.json"));
    const table = /^\| What +\| Values .*\n\|[-\s|]+\n((?:\|.*\n)+)/m.exec(readme)?.[1] ?? "";
    const counts = table
      .trim()
      .split("\n")
      .map((row) => row.split("|").map(Number).slice(2, 4));
    const sum = (/** @type {0 | 1} */ at) =>
      counts.reduce((total, row) => total + (row[at] ?? NaN), 0);
    expect([sum(0), sum(1)]).toEqual([exported.values.length, exported.types.length]);
    expect(readme).toContain(`${sum(0)} values and ${sum(1)} types`);
  });

  it("has the code of each error", () => {
    const table = /^\| Error .*\n\|[-\s|]+\n((?:\|.*\n)+)/m.exec(readme)?.[1] ?? "";
    const rows = table.trim().split("\n");
    for (const [name, value] of Object.entries(api)) {
      const { prototype } = /** @type {any} */ (value);
      if (!(prototype instanceof api.OpenGeniError)) continue;
      const own = rows.filter((row) => row.split(" | ")[0]?.includes(`\`${name}\``));
      expect(own, name).not.toEqual([]);
      const code = name.startsWith("Selfhosted")
        ? undefined
        : Object.create(prototype, { name: { value: name } }).code;
      if (typeof code === "string") expect(own[0]?.split(" | ")[1]).toContain(`\`${code}\``);
    }
  });

  it("names the versions of Node that the packages accept", () => {
    const { node } = JSON.parse(text("package.json")).engines;
    expect(readme).toContain(`Node must be \`${node}\``);
    const lines = Array.from(node.matchAll(/(\d+)(?:\.\d+)*/g), ([, line]) => line);
    expect(lines).toEqual(supported().node);
  });
});

describe("the workflows", () => {
  const names = ["binaries", "ci", "release"];
  const workflows = Object.fromEntries(
    names.map((name) => [name, text(`.github/workflows/${name}.yml`)]),
  );
  const { binaries = "", ci = "", release = "" } = workflows;

  it("build for the glibc that is supported", () => {
    const marks = Array.from(binaries.matchAll(/ glibc: (\S+)/g), ([, mark]) => mark);
    const platforms = PLATFORMS.filter((platform) => platform.endsWith("-gnu"));
    expect(marks).toEqual(platforms.map(() => `.${GLIBC}`));
  });

  it("build for each platform", () => {
    const built = Array.from(binaries.matchAll(/- platform: (\S+)/g), ([, platform]) => platform);
    const npm = execFileSync("git", ["ls-files", "npm/*/package.json"], { cwd: root });
    const wanted = Array.from(npm.toString().matchAll(/npm\/(\S+)\/package/g), ([, name]) => name);
    expect(built.sort()).toEqual(wanted);
  });

  it("publish nothing that is not tested", () => {
    expect(ci).toMatch(/^ {2}workflow_call:$/m);
    expect(ci).toMatch(/^ {6}- run: npm test$/m);
    expect(ci).toMatch(/^ {4}uses: \.\/\.github\/workflows\/binaries\.yml$/m);
    expect(release).toMatch(/^ {2}ci:\n {4}uses: \.\/\.github\/workflows\/ci\.yml$/m);
    expect(release).toMatch(/^ {2}publish:\n(?: {4}#.*\n)*? {4}needs: ci$/m);
    expect(release).not.toContain("continue-on-error");
  });

  it("run no script of a dependency where they publish", () => {
    const installs = Array.from(
      release.matchAll(/npm (?:ci|install|i)\b.*/g),
      ([command]) => command,
    );
    expect(installs).toEqual(["npm install --global npm@11.19.1", "npm ci --ignore-scripts"]);
  });

  it.each(names)("use what is pinned: %s", (name) => {
    const actions = workflows[name]?.matchAll(/uses: (?!\.\/)(\S+)/g) ?? [];
    for (const [, action] of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });
});

it("the notices name each crate that is in a binary", () => {
  const crates = ["tree", "--locked", "--target", "all", "-e", "normal", "--prefix", "none"];
  const tree = execFileSync("cargo", crates, { cwd: root, encoding: "utf8" });
  const lines = tree.trim().split("\n");
  const inBinary = lines.map((line) => line.split(" ").slice(0, 2).join(" "));
  const named = text("THIRD-PARTY-LICENSES.md").matchAll(/^- (\S+) (\d\S*?)(?::|$)/gm);
  const notices = Array.from(named, ([, name, version]) => `${name} v${version}`);
  expect([...new Set(notices)].sort()).toEqual([...new Set(inBinary)].sort());
});

it("the fuzzer of parity fails where it has nothing to compare with", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/fuzz-parity.mjs"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, OPENGENI_BASELINE: "/nowhere" },
  });
  expect(stderr).toMatch("the old modules are not at hand");
  expect(status).toBe(1);
});
