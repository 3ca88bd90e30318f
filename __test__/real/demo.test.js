// The demo as a program of its own, and what it leaves behind.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { probe } from "../../testing/video.mjs";
import { block } from "../support/blocks.js";
import { ESCAPE, Run, processesOf } from "../support/program.js";
import { missing } from "../support/tools.js";

const PROGRAM = fileURLToPath(new URL("../../demo/main.mjs", import.meta.url));
const SOCKETS = "/tmp/.X11-unix";
/** What becomes of a run that is left alone. */
const COUNTS =
  /^codec +h264-mp4 +vp9-webm\nframes expected +(\d+) +(\d+)\nframes got +(\d+) +(\d+)$/m;

const isLacking = missing(
  ...["ffmpeg", "ffprobe", "Xvfb", "xclock", "xeyes", "ico", "python3", "setsid", "script"],
);

describe.skipIf(isLacking)("the demo", () => {
  /** @type {string} */
  let root;
  /** @type {string[]} */
  let staleBefore;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "og demo-"));
    staleBefore = staleDisplays();
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  /**
   * A run of the demo, with a folder for its own files and one for its films.
   *
   * @param {object} [options]
   * @param {number} [options.seconds]
   * @param {string} [options.to]
   * @param {boolean} [options.inTerminal]
   */
  function start({ seconds = 1, to = "films", inTerminal = false } = {}) {
    const own = mkdtempSync(path.join(root, "run-"));
    const films = path.join(root, to);
    mkdirSync(films, { recursive: true });
    const words = ["node", PROGRAM, "--seconds", `${seconds}`, "--size", "480x300", "--to", films];
    const { FORCE_COLOR, NO_COLOR, CI, ...env } = process.env;
    const command = words.map((word) => `'${word}'`).join(" ");
    const [program = "", ...args] = inTerminal ? ["script", "-qec", command, "/dev/null"] : words;
    const child = spawn(program, args, { env: { ...env, TERM: "xterm", TMPDIR: own } });
    return new Run(child, own, films);
  }

  /**
   * Nothing runs any more that a run has started, and nothing is on the disk.
   *
   * @param {Run} run
   */
  async function expectNothingOf({ own, films }) {
    expect(processesOf(own)).toEqual([]);
    expect(readdirSync(own)).toEqual([]);
    expect(readdirSync(films)).toEqual([]);
    // Other tests have displays of their own, and end them meanwhile.
    const stale = () => staleDisplays().filter((display) => !staleBefore.includes(display));
    await expect.poll(stale).toEqual([]);
  }

  it("films twice at once, and prints plain lines", async () => {
    const shown = block("README.md", "frames expected");
    const labels = (/** @type {string} */ text) => text.match(/^\S[^\n]*?(?= {2,})/gm) ?? [];
    expect(labels(shown)).toContain("frames expected");
    const runs = [1, 2].map(() => start({ seconds: 4 }));
    for (const run of runs) {
      expect(await run.exit, run.output).toBe(0);
      expect(run.output).not.toContain(ESCAPE);
      const [expected = 0, , got = 0] = COUNTS.exec(run.output)?.slice(1).map(Number) ?? [];
      expect(expected).toBeGreaterThanOrEqual(4 * 15);
      expect(got).toBeGreaterThanOrEqual(expected * 0.95);
      expect(run.output).toMatch(/^pixel format +yuv420p +yuv420p$/m);
      expect(run.output).toMatch(/^finished +yes +yes$/m);
      expect(run.output).toMatch(/^vp9-webm: reading 100 %$/m);
      expect(run.output).toMatch(/^read by +bytes +stream$/m);
      expect(run.output).toMatch(/^pieces read +[1-9]\d* +[1-9]\d*$/m);
      for (const step of ["start", "film", "stop", "read", "delete"]) {
        expect(run.output).toMatch(new RegExp(`^${step}, ms +\\d+ +\\d+$`, "m"));
      }
      expect(run.output).toMatch(/^no faults$/m);
      expect(labels(run.output)).toEqual(expect.arrayContaining(labels(shown)));
      expect(processesOf(run.own)).toEqual([]);
      expect(readdirSync(run.own)).toEqual([]);
    }
    const films = path.join(root, "films");
    expect(readdirSync(films)).toEqual(["contact-sheet.png", "desktop.mp4", "desktop.webm"]);
    for (const name of ["desktop.mp4", "desktop.webm"]) {
      expect(probe(path.join(films, name))).toMatchObject({ width: 480, height: 300 });
    }
  });

  const moments = ["", "h264-mp4: starting", "h264-mp4: filming", "h264-mp4: stopping"].concat([
    "h264-mp4: reading",
    "h264-mp4: looking",
    "vp9-webm: filming",
    "contact sheet",
  ]);
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("leaves nothing behind at %s to the process alone", async (signal, code) => {
    // Two at once: they have to leave each other alone, too.
    for (let at = 0; at < moments.length; at += 2) {
      await Promise.all(
        moments.slice(at, at + 2).map(async (moment, by) => {
          const run = start({ to: `films-${at + by}` });
          await (moment === "" ? run.untilRunning("Xvfb") : run.until(moment));
          run.child.kill(/** @type {NodeJS.Signals} */ (signal));
          expect(await run.exit, `${moment}: ${run.output}`).toBe(code);
          expect(run.output).toContain(`Error: stopped by ${signal}`);
          expect(run.output).not.toContain(ESCAPE);
          await expectNothingOf(run);
        }),
      );
    }
  });

  it("leaves nothing behind at Ctrl+C in a terminal", async () => {
    await Promise.all(
      ["h264-mp4: starting", "h264-mp4: filming", "vp9-webm: stopping"].map(async (moment, at) => {
        const run = start({ to: `films-${at}`, inTerminal: true });
        await run.until(moment);
        run.child.stdin?.write("\x03");
        expect(await run.exit, `${moment}: ${run.output}`).toBe(130);
        await expectNothingOf(run);
        if (moment.startsWith("vp9")) expect(run.output).toMatch(/reading █+░* \d+ %/);
        // The cursor is shown again.
        const [hidden, shown] = ["l", "h"].map((end) =>
          run.output.lastIndexOf(`${ESCAPE}[?25${end}`),
        );
        expect(hidden).toBeGreaterThan(-1);
        expect(shown).toBeGreaterThan(/** @type {number} */ (hidden));
      }),
    );
  });

  it("says in one line what it cannot film", async () => {
    const own = mkdtempSync(path.join(root, "run-"));
    const args = [PROGRAM, "--display", ":4321", "--seconds", "9", "--to", root];
    const child = spawn("node", args, { env: { ...process.env, TMPDIR: own } });
    const run = new Run(child, own, root);
    expect(await run.exit).toBe(1);
    expect(run.output.trim().split("\n").at(-1)).toMatch(/^RecordingError: .*display :4321/);
    expect(processesOf(own)).toEqual([]);
    expect(readdirSync(own)).toEqual([]);
  });
});

describe("the demo's options", () => {
  it.each([
    [["--size", "3"], /^Error: --size must be like 1280x800, got 3$/],
    [["--seconds", "0"], /^Error: --seconds must be a number from 1, got 0$/],
    [["--colour"], /^TypeError .*'--colour'/],
  ])("%j is refused in a line", (args, said) => {
    const { status, stderr } = spawnSync("node", [PROGRAM, ...args], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr.split("\n")).toEqual([expect.stringMatching(said), "--help has the options", ""]);
  });

  it("--help prints them", () => {
    const { status, stdout } = spawnSync("node", [PROGRAM, "--help"], { encoding: "utf8" });
    expect(status).toBe(0);
    for (const name of ["display", "size", "seconds", "to"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}--${name} <`, "m"));
    }
  });
});

/** The displays that no server serves, by their sockets and lock files. */
function staleDisplays() {
  const served = readFileSync("/proc/net/unix", "utf8").split("\n");
  const sockets = namesIn(SOCKETS).map((name) => path.join(SOCKETS, name));
  const stale = sockets.filter((socket) => !served.some((line) => line.endsWith(` ${socket}`)));
  const locks = namesIn("/tmp").filter((name) => /^\.X\d+-lock$/.test(name));
  return [...stale, ...locks.filter((name) => !isHeld(path.join("/tmp", name)))];
}

/** @param {string} folder */
function namesIn(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * Whether the process runs that a lock file names.
 *
 * @param {string} lock
 */
function isHeld(lock) {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch {
    // There is no process, or by now no file.
    return !existsSync(lock);
  }
}
