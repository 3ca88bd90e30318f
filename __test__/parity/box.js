// A box that is a folder of this machine: its commands run in bash, with a stand-in for ffmpeg.
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { session } from "./sessions.js";

/**
 * @typedef {import("./run.js").Scenario} Scenario
 * @typedef {import("./run.js").Api} Api
 * @typedef {{ stdout: string, stderr: string, exitCode: number }} Printed
 *
 * @typedef {object} Kind How a box is.
 * @property {string} [profile] What its login shell runs first.
 * @property {(printed: Printed, cmd: string, number: number) => any} [answer] What the session makes of
 *   what the command of that number printed.
 * @property {boolean} [endsGroup] Whether the session ends all processes of a command's group with it.
 */

/**
 * Films nothing. Its output begins with `recording`, and `finished` follows when it has ended it.
 *
 * - `FFMPEG=idle`: ends at once, and leaves the output alone.
 * - `FFMPEG=fails`: says so as well.
 * - `FFMPEG=slow`: ends its file only when as many as `STOPS` wait for it, and have waited 200 times.
 */
const FFMPEG = `#!${process.execPath}
const fs = require("node:fs");
const path = require("node:path");
const { FFMPEG, FOLDER, STOPS } = process.env;
const output = process.argv.at(-1);
const log = (name, text) => fs.appendFileSync(path.join(FOLDER, name), text);
if (FFMPEG === "idle") process.exit();
if (FFMPEG === "fails") {
  console.error("Unknown encoder");
  process.exit(1);
}
if (/^\\w+:/.test(output)) {
  console.error(output.split(":")[0] + ": Protocol not found");
  process.exit(1);
}
log("started", process.pid + "\\n");
let signals = 0;
process.on("SIGINT", () => {
  log("signals", "INT\\n");
  if (++signals > 1) process.exit(255);
  finish();
});
function finish() {
  if (FFMPEG === "slow" && !isWaitedFor()) return setTimeout(finish, 5);
  fs.appendFileSync(output, "finished");
  process.exit();
}
function isWaitedFor() {
  try {
    const shells = fs.readFileSync(path.join(FOLDER, "waited"), "utf8").split("\\n");
    return shells.length > 200 && new Set(shells).size > (Number(STOPS) || 1);
  } catch {
    return false;
  }
}
fs.writeFileSync(output, "recording");
setTimeout(() => process.exit(1), 60_000);
`;

/** Nobody waits, and how often is written down. */
const WAITS = 'sleep() { echo $$ >>"$FOLDER/waited"; }';

export class Box {
  #kind;
  #commands = 0;

  /** @param {Kind} [kind] */
  constructor(kind = {}) {
    this.#kind = kind;
    this.folder = mkdtempSync(path.join(tmpdir(), "og-parity-"));
    for (const folder of ["bin", "home"]) mkdirSync(this.path(folder));
    writeFileSync(this.path("bin/ffmpeg"), FFMPEG);
    chmodSync(this.path("bin/ffmpeg"), 0o755);
    const profile = [
      `export FOLDER='${this.folder}'`,
      'PATH="$FOLDER/bin:$PATH"',
      WAITS,
      kind.profile ?? "",
    ];
    writeFileSync(this.path("home/.bash_profile"), profile.join("\n"));
  }

  /** @param {string} name A file of the box, whose `/tmp` is its folder. */
  path(name) {
    return path.join(this.folder, name);
  }

  /** @param {string} name */
  has(name) {
    return existsSync(this.path(name));
  }

  /** @param {string} name */
  text(name) {
    return this.has(name) ? readFileSync(this.path(name), "utf8") : "";
  }

  /** @param {string} name */
  linesOf(name) {
    return this.text(name).split("\n").length - 1;
  }

  /**
   * @param {string} cmd
   * @returns {Promise<any>}
   */
  async run(cmd) {
    const number = ++this.#commands;
    // What names the folder already is left as it is.
    const parts = cmd.split(this.folder).map((part) => part.replaceAll("/tmp/", `${this.folder}/`));
    const child = spawn("bash", ["-c", parts.join(this.folder)], {
      cwd: this.folder,
      detached: true,
      env: { PATH: process.env["PATH"], HOME: this.path("home"), LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = [child.stdout, child.stderr].map(textOf);
    const exitCode = await new Promise((resolve) => child.on("close", resolve));
    if (this.#kind.endsGroup) endGroup(Number(child.pid));
    const printed = { stdout: await stdout, stderr: await stderr, exitCode };
    const { answer } = this.#kind;
    return answer ? answer(/** @type {Printed} */ (printed), cmd, number) : printed;
  }

  /** Ends what still runs, and removes all files. */
  remove() {
    for (const pid of this.text("started").split("\n").filter(Boolean)) end(Number(pid));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * A scenario with a box.
 *
 * @param {string} name
 * @param {(api: Api, session: any, box: Box) => unknown} run
 * @param {Kind} [kind]
 * @returns {Scenario}
 */
export function onBox(name, run, kind) {
  /** @type {WeakMap<object, Box>} */
  const boxes = new WeakMap();
  return {
    name,
    session(log) {
      const box = new Box(kind);
      const made = session(log, ["exec"], (cmd) => box.run(cmd));
      boxes.set(made, box);
      return made;
    },
    async run(api, session) {
      const box = /** @type {Box} */ (boxes.get(session));
      try {
        return await run(api, session, box);
      } finally {
        box.remove();
      }
    },
  };
}

/**
 * Waits until something is so.
 *
 * @param {() => unknown} isSo
 */
export async function until(isSo) {
  for (let waited = 0; !isSo(); waited++) {
    if (waited > 4_000) throw new Error(`it never was so: ${isSo}`);
    await sleep(5);
  }
}

/**
 * Whether a process is there, and is no zombie.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    return /\) [^XZ] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** @param {number} pid */
export function end(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** @param {number} leader */
function endGroup(leader) {
  end(-leader);
}

/** @param {import("node:stream").Readable} stream */
async function textOf(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
