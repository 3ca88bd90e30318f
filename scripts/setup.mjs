// Installs what a command of this project needs, and prints each step. It uses Node alone, since it runs
// before any package is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @typedef {object} Need
 * @property {string} what
 * @property {string} [command] A command that is on the PATH where the need is met.
 * @property {() => boolean} [present]
 * @property {string} [apt] The Debian packages that have it.
 * @property {string[][]} [install] The commands that install it.
 */

/** The folder of Rust on a machine that has none: nothing outside of the checkout changes. */
const RUST = path.join(root, "target/rust");
const RUSTUP = "https://static.rust-lang.org/rustup/dist";

/** @type {Need[]} */
const TOOLCHAIN = [
  {
    what: "Rust 1.88 or later",
    present: hasRust,
    // The installer of https://rustup.rs.
    install: [
      [process.execPath, "scripts/download.mjs", rustup(), `${RUST}/rustup-init`],
      [`${RUST}/rustup-init`, "-y", "--no-modify-path", "--profile", "minimal"],
    ],
  },
  { what: "a C linker", command: "cc", apt: "build-essential" },
];

/**
 * The needs of each part of the project.
 *
 * @typedef {"sandbox" | "recording" | "display" | "streams" | "boxes" | "storage" | "machine" | "rivals" | "checks"} Part
 *
 * @type {Record<Part, Need[]>}
 */
const NEEDS = {
  sandbox: [
    {
      what: "Python 3 (the local sandbox session's file operations)",
      command: "python3",
      apt: "python3",
    },
  ],
  recording: [{ what: "ffmpeg", command: "ffmpeg", apt: "ffmpeg" }],
  display: [
    { what: "Xvfb, a virtual X display", command: "Xvfb", apt: "xvfb" },
    { what: "X clients that move", command: "ico", apt: "x11-apps" },
  ],
  streams: [
    { what: "x11vnc, a VNC server", command: "x11vnc", apt: "x11vnc" },
    { what: "websockify, a WebSocket proxy", command: "websockify", apt: "websockify" },
    { what: "nc, which looks at ports", command: "nc", apt: "netcat-openbsd" },
    { what: "socat, for terminals", command: "socat", apt: "socat" },
    { what: "flock", command: "flock", apt: "util-linux" },
  ],
  boxes: [
    { what: "busybox, in place of coreutils", command: "busybox", apt: "busybox" },
    { what: "an SSH server", command: "/usr/sbin/sshd", apt: "openssh-server" },
    { what: "an SSH client", command: "ssh", apt: "openssh-client" },
    { what: "script, for a terminal", command: "script", apt: "bsdutils" },
    { what: "setpriv, taskset, flock", command: "setpriv", apt: "util-linux" },
    { what: "mount", command: "mount", apt: "mount" },
    { what: "openssl, for digests", command: "openssl", apt: "openssl" },
  ],
  storage: [
    {
      what: "Python's venv (for the S3-compatible server of the example)",
      present: () => succeeds("python3", ["-c", "import ensurepip"]),
      apt: "python3-venv",
    },
  ],
  machine: [{ what: "a NATS server", command: "nats-server", apt: "nats-server" }],
  rivals: [
    {
      what: "the benchmark's rivals",
      present: () => isInstalled("bench"),
      install: [["npm", "ci", "--prefix", "bench"]],
    },
  ],
  checks: [
    { what: "git", command: "git", apt: "git" },
    {
      what: "rustfmt",
      present: () => succeeds("cargo", ["fmt", "--version"]),
      install: [["rustup", "component", "add", "rustfmt"]],
    },
    {
      what: "clippy",
      present: () => succeeds("cargo", ["clippy", "--version"]),
      install: [["rustup", "component", "add", "clippy"]],
    },
    {
      what: "cargo-nextest",
      present: () => succeeds("cargo", ["nextest", "--version"]),
      install: [["cargo", "install", "--locked", "cargo-nextest"]],
    },
  ],
};

/** @type {Need} */
const PACKAGES = {
  what: "npm packages",
  present: () => isInstalled("."),
  install: [["npm", "ci"]],
};

/**
 * Installs what is missing, and builds the addon.
 *
 * @param {Part[]} parts
 */
export function setup(...parts) {
  provide(parts.flatMap((part) => NEEDS[part]));
  const first = existsSync("target/release")
    ? ""
    : " with cargo, which takes minutes the first time";
  run(`building the addon${first}`, ["npm", "run", "--silent", "build"]);
}

/**
 * Installs what is missing of these, and of what every command needs.
 *
 * @param {Need[]} particular
 */
export function provide(particular) {
  process.chdir(root);
  useOwnRust();
  const all = [...TOOLCHAIN, ...particular, PACKAGES];
  const needs = [...new Map(all.map((need) => [need.what, need])).values()]; // each once
  const missing = needs.filter((need) => !isPresent(need));
  installWithApt(missing.filter(({ apt }) => apt !== undefined));
  for (const { what, install = [] } of missing) {
    for (const command of install) run(`installing ${what}`, command);
  }
  const stillMissing = needs.filter((need) => !isPresent(need));
  if (stillMissing.length > 0) {
    fail(`not found: ${stillMissing.map(({ what }) => what).join(", ")}`);
  }
}

/** Whether there is a cargo that is recent enough. */
function hasRust() {
  const [, minor = 0] = /^cargo 1\.(\d+)/.exec(output("cargo", ["--version"])) ?? [];
  return Number(minor) >= 88;
}

/** Leads to the Rust of this checkout where the machine has none. */
function useOwnRust() {
  if (hasRust()) return;
  process.env["RUSTUP_HOME"] = `${RUST}/rustup`;
  process.env["CARGO_HOME"] = `${RUST}/cargo`;
  process.env["PATH"] = `${RUST}/cargo/bin${path.delimiter}${process.env["PATH"]}`;
}

/** The address of rustup's installer for this machine. */
function rustup() {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  const system = process.platform === "darwin" ? "apple-darwin" : "unknown-linux-gnu";
  return `${RUSTUP}/${arch}-${system}/rustup-init`;
}

/** @param {Need} need */
function isPresent({ command, present }) {
  return command === undefined
    ? (present?.() ?? true)
    : succeeds("sh", ["-c", `command -v ${command}`]);
}

/** @param {Need[]} needs */
function installWithApt(needs) {
  if (needs.length === 0) return;
  const packages = needs.map(({ apt }) => /** @type {string} */ (apt));
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  const foreign = command.includes(":arm64") ? [["dpkg", "--add-architecture", "arm64"]] : [];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !succeeds("sh", ["-c", "command -v apt-get"])) {
    const commands = [...foreign, ["apt-get", "update"], command.split(" ")];
    const advice = commands.map((words) => `sudo ${words.join(" ")}`).join(" && ");
    fail(`missing ${needs.map(({ what }) => what).join(", ")}; install with: ${advice}`);
  }
  for (const words of foreign) run("adding Debian's arm64 packages", words);
  run("reading Debian's package lists", ["apt-get", "update", "-qq"]);
  run(`installing ${packages.join(", ")}`, command.split(" "), {
    DEBIAN_FRONTEND: "noninteractive",
  });
}

/**
 * Whether what is installed in a folder is what its lock file says.
 *
 * @param {string} folder
 */
function isInstalled(folder) {
  const installed = `${folder}/node_modules/.package-lock.json`;
  return (
    existsSync(installed) &&
    lockedPackages(`${folder}/package-lock.json`) === lockedPackages(installed)
  );
}

/**
 * The packages of a lock file, without what npm notes about this machine's tree.
 *
 * @param {string} file
 */
function lockedPackages(file) {
  /** @type {Record<string, { version?: string, optional?: boolean }>} */
  const packages = JSON.parse(readFileSync(file, "utf8")).packages;
  return Object.entries(packages)
    .filter(([name, { optional }]) => name !== "" && optional !== true)
    .map(([name, { version }]) => `${name}@${version}`)
    .join("\n");
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function output(command, args) {
  return spawnSync(command, args, { encoding: "utf8" }).stdout ?? "";
}

/**
 * @param {string} what
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 */
export function run(what, [command = "", ...args], env) {
  console.log(`setup: ${what}`);
  // The output of a build is long, so it is printed only after a failure.
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    fail(`${what} failed: ${[command, ...args].join(" ")}`);
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
