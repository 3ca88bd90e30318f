// Programs that run apart from the terminal, and end with this process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** How long a program has to end by itself, in milliseconds. */
const GRACE = 2_000;

/**
 * The groups of processes that run.
 *
 * @type {Set<number>}
 */
const groups = new Set();
process.on("exit", () => {
  for (const group of groups) signalGroup(group, "SIGTERM");
});

/**
 * Starts a program in a session of its own. What the terminal sends to its foreground, as at Ctrl+C,
 * does not reach it: it ends when its starter says so, and in any case when this process exits.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {ChildProcess}
 */
export function launch(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    groups.add(pid);
    child.once("exit", () => groups.delete(pid));
  }
  return child;
}

/**
 * Ends a program that was launched, and what it has started itself. The signal is sent at once.
 *
 * @param {ChildProcess} child
 */
export async function end(child) {
  const { pid } = child;
  if (pid === undefined || !groups.has(pid)) return;
  const exit = once(child, "exit");
  signalGroup(pid, "SIGTERM");
  await Promise.race([exit, sleep(GRACE, undefined, { ref: false })]);
  if (groups.has(pid)) signalGroup(pid, "SIGKILL");
  await exit;
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {AbortSignal} signal Kills it.
 */
export async function run(command, args, signal) {
  signal.throwIfAborted();
  const child = launch(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => {
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
  };
  signal.addEventListener("abort", kill);
  try {
    const [[status], stdout, stderr] = await Promise.all([
      once(child, "close"),
      text(/** @type {import("node:stream").Readable} */ (child.stdout)),
      text(/** @type {import("node:stream").Readable} */ (child.stderr)),
    ]);
    signal.throwIfAborted();
    return { status: /** @type {number | null} */ (status), stdout, stderr };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/**
 * Whether a process runs. One that has ended, and that nobody has waited for, does not.
 *
 * @param {number} pid
 */
export function isRunning(pid) {
  // Behind the name of its program, in parentheses, is its state (proc(5)).
  const stat = readOf(pid, "stat");
  return stat !== "" && !stat.includes(") Z ");
}

/**
 * @param {number} pid
 * @param {string} path Without symbolic links.
 */
export function hasOpen(pid, path) {
  const descriptors = `/proc/${pid}/fd`;
  try {
    return readdirSync(descriptors).some((fd) => readlinkSync(`${descriptors}/${fd}`) === path);
  } catch {
    // The process has just ended, or just closed one of them.
    return false;
  }
}

/**
 * Kills every ffmpeg whose arguments name a path.
 *
 * @param {string} path
 */
export function killRecorders(path) {
  for (const pid of readdirSync("/proc").map(Number)) {
    const [program = "", ...args] = readOf(pid, "cmdline").split("\0");
    if (basename(program) === "ffmpeg" && args.some((arg) => arg.includes(path))) {
      signalProcess(pid, "SIGKILL");
    }
  }
}

/**
 * @param {number} pid
 * @param {"stat" | "cmdline"} file
 */
function readOf(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // No process, or one that has just ended.
    return "";
  }
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  signalProcess(-group, signal);
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalProcess(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}
