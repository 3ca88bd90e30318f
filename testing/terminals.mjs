// The terminals of a machine, each opened by `script` of util-linux. Their output is dropped: there is no
// relay to send it to.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { run, systemError } from "./machine.mjs";

/** The exit code of a program that ended at the hang-up of its terminal. */
const HUNG_UP = 128 + constants.signals.SIGHUP;

/**
 * @typedef {object} Terminal
 * @property {import("node:child_process").ChildProcess} script
 * @property {Promise<any[]>} exit
 * @property {string} device
 */

export class Terminals {
  /** @type {Map<string, Terminal>} */
  #open = new Map();
  #opened = 0;

  /** The number of terminals with a running command. */
  get active() {
    return [...this.#open.values()].filter(({ script }) => isRunning(script)).length;
  }

  /**
   * Opens a terminal with a command in it.
   *
   * @param {any} request A `PtyOpenRequest`.
   * @param {string} cwd
   * @returns {Promise<string>} Its name.
   */
  async open({ command, env, cols, rows, term }, cwd) {
    const words = command.length > 0 ? command.map(quoted).join(" ") : '"$SHELL" -l';
    const size = `stty cols ${cols || 80} rows ${rows || 24}`;
    // The device is known last; from then on the terminal can be resized.
    const start = `${size}; tty >&3; exec 3>&-; exec ${words}`;
    const script = spawn("script", ["-qec", start, "/dev/null"], {
      cwd,
      env: { SHELL: "/bin/sh", ...process.env, TERM: term, ...env },
      stdio: ["pipe", "ignore", "ignore", "pipe"],
    });
    const exit = once(script, "exit");
    script.stdin?.on("error", () => {});
    const told = once(/** @type {import("node:stream").Readable} */ (script.stdio[3]), "data");
    const [device] = await Promise.race([
      told,
      exit.then(() => {
        throw systemError("EIO", "the terminal did not open");
      }),
    ]);
    const id = `pty-${++this.#opened}`;
    this.#open.set(id, { script, exit, device: String(device).trim() });
    return id;
  }

  /**
   * @param {string} id
   * @param {Uint8Array} data
   */
  async write(id, data) {
    const { script } = this.#terminal(id);
    if (!isRunning(script)) throw systemError("EIO", `nothing runs in ${id} any more`);
    script.stdin?.write(data);
  }

  /**
   * @param {string} id
   * @param {number} cols
   * @param {number} rows
   */
  async resize(id, cols, rows) {
    const { device } = this.#terminal(id);
    const args = ["-F", device, "cols", `${cols}`, "rows", `${rows}`];
    const { exitCode, stderr } = await run("stty", args, { cwd: "/" });
    if (exitCode !== 0) throw systemError("EIO", String(stderr).trim());
  }

  /**
   * Hangs a terminal up, which ends its running commands.
   *
   * @param {string} id
   * @returns {Promise<number>} The exit code of its command.
   */
  async close(id) {
    const { script, exit } = this.#terminal(id);
    this.#open.delete(id);
    // `script` closes its end of the terminal, and the system sends a hang-up to the other end.
    script.kill("SIGKILL");
    const [code] = await exit;
    return code ?? HUNG_UP;
  }

  async closeAll() {
    await Promise.all([...this.#open.keys()].map((id) => this.close(id)));
  }

  /** @param {string} id */
  #terminal(id) {
    const terminal = this.#open.get(id);
    if (!terminal) throw systemError("ENOENT", `there is no terminal ${id}`);
    return terminal;
  }
}

/** @param {import("node:child_process").ChildProcess} child */
function isRunning({ exitCode, signalCode }) {
  return exitCode === null && signalCode === null;
}

/**
 * Quotes a word for a shell.
 *
 * @param {string} word
 */
function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
