// Starts programs in sessions of their own, and ends them with this process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** The time that a program has to end after a signal, in milliseconds. */
const GRACE = 2_000;

/**
 * The numbers of the running process groups.
 *
 * @type {Set<number>}
 */
const groups = new Set();
process.on("exit", () => {
  for (const group of groups) signalGroup(group, "SIGTERM");
});

/**
 * Starts a program in a session of its own. Signals of the terminal, as of Ctrl+C, do not reach it. It ends
 * when its starter ends it, and at the latest when this process exits.
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
 * Ends a program that was launched, with all processes of its group. The signal is sent synchronously.
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
 * Whether a process runs. A zombie does not.
 *
 * @param {number} pid
 */
export function isRunning(pid) {
  // The state follows the program's name, which is in parentheses (proc(5)).
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
    // The process has just ended, or has just closed a file.
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
    // Not a process, or one that has just ended.
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
    // The process has just ended.
  }
}
