// A machine: runs commands, keeps files, runs git, and reports its state.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from "node:fs/promises";
import { constants, cpus, freemem, loadavg, totalmem } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The kinds of a directory's entries. */
const FILE = 1;
const DIRECTORY = 2;
const SYMLINK = 3;

/** Git's commands, by their numbers. */
const STATUS = 1;
const RAW = 15;
/** @type {Record<number, string[]>} */
const GIT_COMMANDS = {
  [STATUS]: ["status", "--porcelain=v2", "--branch", "-z"],
  2: ["diff"],
  3: ["log"],
  4: ["add"],
  5: ["commit"],
  6: ["branch"],
  7: ["checkout"],
  8: ["pull"],
  9: ["push"],
  [RAW]: [],
};

/**
 * An error like those of the system.
 *
 * @param {keyof typeof constants.errno} code
 * @param {string} message
 */
export function systemError(code, message) {
  return Object.assign(new Error(message), { code, errno: -constants.errno[code] });
}

/** @type {Record<string, (request: any, root: string) => any>} */
export const operations = {
  exec({ command, shell, cwd, env, stdin, timeoutMs }, root) {
    const [file, args] = shell
      ? [process.env["SHELL"] ?? "/bin/sh", ["-c", command.join(" ")]]
      : [command[0], command.slice(1)];
    return run(file, args, { cwd: path.resolve(root, cwd), env, stdin, timeoutMs });
  },

  async fsRead({ path: name, offset, length }, root) {
    const file = await open(path.resolve(root, name));
    try {
      const { size } = await file.stat();
      const wanted = Number(length) || size;
      const content = Buffer.alloc(Math.max(0, Math.min(wanted, size - Number(offset))));
      await file.read(content, 0, content.length, Number(offset));
      return { content, totalSize: size };
    } finally {
      await file.close();
    }
  },

  async fsWrite({ path: name, content, createParents, append, mode }, root) {
    const file = path.resolve(root, name);
    if (createParents) await mkdir(path.dirname(file), { recursive: true });
    await (append ? appendFile : writeFile)(file, content);
    if (mode) await chmod(file, mode);
    return { bytesWritten: content.length };
  },

  async fsList({ path: name, recursive }, root) {
    const directory = path.resolve(root, name);
    const names = await readdir(directory, { recursive });
    const entry = async (/** @type {string} */ name) =>
      describe(name, await lstat(path.join(directory, name)));
    return { entries: await Promise.all(names.map(entry)) };
  },

  async fsStat({ path: name }, root) {
    try {
      return { exists: true, entry: describe(name, await stat(path.resolve(root, name))) };
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === "ENOENT" || code === "ENOTDIR") return { exists: false };
      throw error;
    }
  },

  async fsMkdir({ path: name, parents, mode }, root) {
    const directory = path.resolve(root, name);
    await mkdir(directory, { recursive: parents });
    if (mode) await chmod(directory, mode);
    return {};
  },

  async fsMove({ from, to, overwrite }, root) {
    const target = path.resolve(root, to);
    const isTaken = await lstat(target).then(
      () => true,
      () => false,
    );
    if (isTaken && !overwrite) throw systemError("EEXIST", `${to} exists already`);
    await rename(path.resolve(root, from), target);
    return {};
  },

  async fsRemove({ path: name, recursive }, root) {
    await rm(path.resolve(root, name), { recursive });
    return {};
  },

  async git({ op, cwd, args }, root) {
    const command = GIT_COMMANDS[op];
    if (!command) throw systemError("ENOTSUP", `there is no git command ${op}`);
    const result = await run("git", [...command, ...args], { cwd: path.resolve(root, cwd) });
    const isStatus = op === STATUS && result.exitCode === 0;
    return isStatus ? { ...result, status: parseStatus(String(result.stdout)) } : result;
  },

  async metrics(_request, root) {
    const before = busyAndTotal();
    await sleep(100);
    const after = busyAndTotal();
    const [load1, load5, load15] = loadavg();
    const disk = await statfs(root);
    return {
      sampledAtMs: Date.now(),
      cpuPercent: (100 * (after.busy - before.busy)) / Math.max(1, after.total - before.total),
      ...{ load1, load5, load15 },
      memUsedBytes: totalmem() - freemem(),
      memTotalBytes: totalmem(),
      diskUsedBytes: (disk.blocks - disk.bfree) * disk.bsize,
      diskTotalBytes: disk.blocks * disk.bsize,
    };
  },
};

/**
 * A directory's entry.
 *
 * @param {string} name Its path.
 * @param {import("node:fs").Stats} stats
 */
function describe(name, stats) {
  const kind = stats.isSymbolicLink() ? SYMLINK : stats.isDirectory() ? DIRECTORY : FILE;
  return {
    name: path.basename(name),
    path: name,
    kind,
    size: stats.size,
    modifiedMs: Math.round(stats.mtimeMs),
    mode: stats.mode & 0o777,
  };
}

/**
 * Reads the output of `git status --porcelain=v2 --branch -z`.
 *
 * @param {string} text
 */
function parseStatus(text) {
  const status = { branch: "", upstream: "", ahead: 0, behind: 0 };
  const files = [];
  const lines = text.split("\0").values();
  for (const line of lines) {
    const [kind = "", ...words] = line.split(" ");
    const [first = "", second = "", third = ""] = words;
    if (first === "branch.head" && second !== "(detached)") status.branch = second;
    if (first === "branch.upstream") status.upstream = second;
    if (first === "branch.ab") {
      status.ahead = Number(second);
      status.behind = -Number(third);
    }
    // The number of words before the path, for a file that changed, moved, or is in conflict.
    const before = { 1: 7, 2: 8, u: 9, "?": 0 }[kind];
    if (before === undefined) continue;
    const code = kind === "?" ? "??" : first.replaceAll(".", " ");
    files.push({ path: words.slice(before).join(" "), code, staged: !/^[ ?]/.test(code) });
    // The path that it had follows.
    if (kind === "2") lines.next();
  }
  return { ...status, files, clean: files.length === 0 };
}

/** The busy time and the total time of all processors. */
function busyAndTotal() {
  const times = cpus().map(({ times }) => times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const total = times.flatMap((time) => Object.values(time)).reduce((sum, ms) => sum + ms, 0);
  return { busy: total - idle, total };
}

/**
 * Runs a command to its end, or to its limit.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd: string, env?: object, stdin?: Uint8Array, timeoutMs?: number }} options
 */
export async function run(file, args, { cwd, env, stdin = new Uint8Array(0), timeoutMs = 0 }) {
  const start = performance.now();
  // A process group of its own, so that everything that the command has started can be ended with it.
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, detached: true });
  /** @type {Buffer[]} */
  const stdout = [];
  /** @type {Buffer[]} */
  const stderr = [];
  child.stdout.on("data", (chunk) => stdout.push(chunk));
  child.stderr.on("data", (chunk) => stderr.push(chunk));
  child.stdin.on("error", () => {}).end(stdin);
  let timedOut = false;
  const timer =
    timeoutMs &&
    setTimeout(() => {
      timedOut = true;
      process.kill(-(/** @type {number} */ (child.pid)), "SIGKILL");
    }, timeoutMs);
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  const durationMs = Math.round(performance.now() - start);
  if (timedOut) stderr.push(Buffer.from("timed out"));
  return {
    exitCode: timedOut ? -1 : exitCode(code, signal),
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr),
    timedOut,
    durationMs,
  };
}

/**
 * The exit code of a process as shells report it: 128 plus the number of the signal that ended it.
 *
 * @param {number | null} code
 * @param {NodeJS.Signals} signal
 */
function exitCode(code, signal) {
  return code ?? 128 + constants.signals[signal];
}
