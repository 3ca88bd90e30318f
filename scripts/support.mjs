// The supported versions and platforms. The tests run on them, and a test compares the README with them.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The newest release of the oldest supported line of Node. */
export const OLDEST_NODE = "20.20.2";

/**
 * The newest release of each line that is published for both x64 and arm64.
 *
 * @type {["node" | "bun" | "deno", string][]}
 */
export const RUNTIMES = [
  ["node", OLDEST_NODE],
  ["node", "22.23.3"],
  ["node", "24.21.0"],
  ["bun", "1.4.5"],
  ["deno", "2.9.5"],
];

/** The oldest supported glibc: that of Debian 10, RHEL 8 and Node 20 itself. */
export const GLIBC = "2.28";

/** The oldest supported musl: that of Alpine 3.20. */
export const MUSL = "1.2.5";

/** The platforms that `npm run build:platforms` builds and tests. */
export const PLATFORMS = ["linux-x64-gnu", "linux-arm64-gnu", "linux-x64-musl", "linux-arm64-musl"];

/** The platform that binaries for this machine are named by. */
export const HERE = [process.platform, process.arch, ...abi()].join("-");

/** The oldest supported TypeScript. The newest is a dependency. */
export const OLDEST_TYPESCRIPT = "5.4.5";

/** The lines of versions, as the README names them. */
export function supported() {
  const of = (/** @type {string} */ wanted, /** @type {number} */ parts) =>
    RUNTIMES.filter(([name]) => name === wanted).map(([, version]) => line(version, parts));
  /** @type {string} */
  const newest = require("typescript/package.json").version;
  return {
    node: of("node", 1),
    bun: of("bun", 2),
    deno: of("deno", 2),
    linux: [...new Set(PLATFORMS.map((platform) => platform.split("-")[1] ?? ""))],
    typescript: [line(OLDEST_TYPESCRIPT, 2), line(newest, 1)],
  };
}

/** The left column of the README's table. */
export function rows() {
  const { node, bun, deno, typescript } = supported();
  return [
    `Node ${node.join(", ")}; Bun ${bun.join(", ")}; Deno ${deno.join(", ")}`,
    ...PLATFORMS.map((platform) => {
      const [, arch, library] = platform.split("-");
      return `Linux ${arch}, ${library === "musl" ? `musl ${MUSL}` : `glibc ${GLIBC}`} or later`;
    }),
    `TypeScript ${typescript.join(" and ")}, \`import\` and \`require\``,
  ];
}

/** The README's badges. */
export function badges() {
  const { node, bun, deno, linux, typescript } = supported();
  return [
    badge("Node", node),
    badge("Bun", bun),
    badge("Deno", deno),
    badge("Linux", linux),
    badge("glibc", [`${GLIBC}+`]),
    badge("musl", [`${MUSL}+`]),
    badge("TypeScript", typescript),
  ];
}

/**
 * @param {string} name
 * @param {string[]} versions
 */
function badge(name, versions) {
  const value = versions.join(" | ");
  const url = `https://img.shields.io/badge/${name}-${encodeURIComponent(value)}-informational`;
  return `![${name} ${value}](${url})`;
}

/**
 * @param {string} version
 * @param {number} parts
 */
function line(version, parts) {
  return version.split(".").slice(0, parts).join(".");
}

function abi() {
  if (process.platform === "win32") return ["msvc"];
  if (process.platform !== "linux") return [];
  const report = /** @type {any} */ (process.report.getReport());
  return [report.header.glibcVersionRuntime === undefined ? "musl" : "gnu"];
}
