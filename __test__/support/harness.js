// A session whose box is this machine, and that runs commands as harnesses of many kinds do.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @typedef {object} Kind How a harness runs a command.
 * @property {(cmd: string) => [string, ...string[]]} [argv] What it runs.
 * @property {NodeJS.ProcessEnv} [env] What the environment is beside this process's own.
 * @property {string} [cwd]
 * @property {boolean} [merges] Whether all comes as one text, as from a terminal.
 * @property {boolean} [endsGroup] Whether it ends what a command has left behind in its process group.
 *
 * @typedef {{ cmd: string, yieldTimeMs?: number }} Command
 */

/** @param {Kind} [kind] */
export function harness(kind = {}) {
  return {
    /** @param {Command} command */
    exec: (command) => run(command, kind),
  };
}

/**
 * @param {Command} command
 * @param {Kind} kind
 */
async function run({ cmd, yieldTimeMs = 60_000 }, kind) {
  const { argv = (cmd) => ["sh", "-c", cmd], env, cwd, merges = false, endsGroup = false } = kind;
  const [file, ...args] = argv(cmd);
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  /** @type {Promise<number>} */
  const exit = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      if (endsGroup) endGroup(child);
      resolve(code ?? 1);
    });
  });
  const yielded = new AbortController();
  const end = await Promise.race([
    Promise.all([exit, printed]),
    sleep(yieldTimeMs, undefined, { signal: yielded.signal }).catch(() => undefined),
  ]);
  yielded.abort();
  if (end === undefined) return { output: "", stdout: "", stderr: "", sessionId: child.pid };
  const [exitCode, [stdout, stderr]] = end;
  const output = stderr + stdout;
  return merges ? { output, exitCode } : { output, stdout, stderr, exitCode };
}

/** @param {import("node:child_process").ChildProcess} leader */
function endGroup({ pid = 0 }) {
  signal(-pid, "SIGKILL");
}

/**
 * The same session, with commands changed on their way.
 *
 * @param {{ exec(args: any): Promise<any> }} session
 * @param {(cmd: string) => string} change
 */
export function changing(session, change) {
  return {
    /** @param {any} args */
    exec: (args) => session.exec({ ...args, cmd: change(args.cmd) }),
  };
}

/**
 * The same session on a box whose login shells run a profile first.
 *
 * @param {string} folder Where the home is made.
 * @param {string} profile
 * @param {{ exec(args: any): Promise<any> }} [session]
 */
export function withProfile(folder, profile, session = harness()) {
  const home = path.join(folder, "home");
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, ".bash_profile"), `${profile}\n`);
  return changing(session, (cmd) => `HOME='${home}' ${cmd}`);
}

/**
 * The same with a script in place of ffmpeg, which finds it in `$FFMPEG`.
 *
 * @param {string} folder
 * @param {string} script
 * @param {{ exec(args: any): Promise<any> }} [session]
 */
export function withWrapper(folder, script, session) {
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(path.join(bin, "ffmpeg"), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  const profile = `export FFMPEG="$(type -P ffmpeg)"; PATH='${bin}':"$PATH"`;
  return withProfile(folder, profile, session);
}

/**
 * How a harness gives each command a terminal of its own.
 *
 * @type {Kind}
 */
export const TERMINAL = { argv: (cmd) => ["script", "-qec", cmd, "/dev/null"], merges: true };

/**
 * How a harness hides /proc from each command, which root may.
 *
 * @type {Kind}
 */
export const WITHOUT_PROC = {
  argv: (cmd) => ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec sh -c "$0"', cmd],
};

/**
 * The processes that have a file, or a file under a folder, among their arguments. Those that have
 * ended and are not reaped have none.
 *
 * @param {string} file
 * @returns {number[]}
 */
export function processesOf(file) {
  const numbers = readdirSync("/proc").filter((entry) => /^[0-9]+$/.test(entry));
  return numbers.map(Number).filter((pid) => {
    const [program = "", ...args] = argumentsOf(pid);
    const isTool = !/(^|\/)(tail|head|cat)$/.test(program);
    return isTool && args.some((arg) => arg === file || arg.startsWith(`${file}/`));
  });
}

/** @param {number} pid */
export function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It has just ended.
    return [];
  }
}

/**
 * Lets a process run for moments only, with long ones between them.
 *
 * @param {number} pid
 * @returns {() => void} What lets it run on.
 */
export function slowed(pid) {
  const moments = "while kill -STOP $0; do sleep 0.2; kill -CONT $0; sleep 0.001; done";
  const slowing = spawn("bash", ["-c", moments, `${pid}`], { stdio: "ignore" });
  return () => {
    slowing.kill();
    signal(pid, "SIGCONT");
  };
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} name
 */
export function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
