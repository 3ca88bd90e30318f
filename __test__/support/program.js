// Programs that tests start, and what they leave behind.
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What begins each change of a terminal's colour or cursor. */
export const ESCAPE = "\x1b";

/** A run of a program, with what it prints. */
export class Run {
  output = "";

  /**
   * @param {import("node:child_process").ChildProcessWithoutNullStreams} child
   * @param {string} own The folder for its own files, by which what it has started can be told.
   * @param {string} films
   */
  constructor(child, own, films) {
    this.child = child;
    this.own = own;
    this.films = films;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    }
    /** @type {Promise<number | null>} */
    this.exit = once(child, "close").then(([code]) => code);
  }

  /** @param {string} text */
  async until(text) {
    await this.#poll(() => this.output.includes(text), text);
  }

  /** @param {string} program */
  async untilRunning(program) {
    await this.#poll(
      () => processesOf(this.own).some((line) => line.startsWith(program)),
      `a process ${program}`,
    );
  }

  /**
   * @param {() => boolean} holds
   * @param {string} what
   */
  async #poll(holds, what) {
    while (!holds()) {
      if (this.child.exitCode !== null) throw new Error(`no ${what} in: ${this.output}`);
      await sleep(10);
    }
  }
}

/**
 * The command lines of the processes that know of a folder: by a word, by their environment, or by being in it.
 *
 * @param {string} folder
 */
export function processesOf(folder) {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const [line, environment] = ["cmdline", "environ"].map((file) =>
        readFileSync(`/proc/${pid}/${file}`, "utf8"),
      );
      const directory = readlinkSync(`/proc/${pid}/cwd`);
      return `${line}${environment}${directory}`.includes(folder)
        ? [`${line}`.replaceAll("\0", " ")]
        : [];
    } catch {
      // No process, or one that has just ended.
      return [];
    }
  });
}
