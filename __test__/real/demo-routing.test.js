// The demo of routing as a program of its own, with a real NATS server and real local sandboxes, and what it
// leaves behind.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { block } from "../support/blocks.js";
import { ESCAPE, Run, processesOf } from "../support/program.js";
import { missing } from "../support/tools.js";

const PROGRAM = fileURLToPath(new URL("../../demo/route-main.mjs", import.meta.url));
/** A line with its time, and what follows it. */
const LINE = /^ *\d+ ms {2}(.*?)(?:, after [\d.]+ ms)?$/;

const isLacking = missing("nats-server", "bash", "python3", "script");

describe.skipIf(isLacking)("the demo of routing", { timeout: 120_000 }, () => {
  /** @type {string} */
  let root;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "og-route-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  /**
   * @param {string[]} options
   * @param {boolean} [inTerminal]
   */
  function start(options = [], inTerminal = false) {
    const own = mkdtempSync(path.join(root, "run-"));
    const words = ["node", PROGRAM, ...options];
    const { FORCE_COLOR, NO_COLOR, CI, ...env } = process.env;
    const [program = "", ...args] = inTerminal
      ? ["script", "-qec", words.map((word) => `'${word}'`).join(" "), "/dev/null"]
      : words;
    const child = spawn(program, args, { env: { ...env, TERM: "xterm", TMPDIR: own } });
    return new Run(child, own, own);
  }

  /** @param {Run} run */
  function expectNothingOf({ own }) {
    expect(processesOf(own)).toEqual([]);
    expect(readdirSync(own)).toEqual([]);
  }

  it("shows where commands, edits and a process land, in plain lines", async () => {
    const run = start();
    expect(await run.exit, run.output).toBe(0);
    expect(run.output).not.toContain(ESCAPE);
    const shape = (/** @type {string} */ text) => text.replace(/^ *\d+ ms|[\d.]+ ms$/gm, "N ms");
    expect(shape(run.output)).toBe(shape(block("README.md", "fenced-retry")));
    const lines = run.output.trimEnd().split("\n");
    expect(lines.pop()).toBe("no faults");
    const said = lines.map((line) => LINE.exec(line)?.[1]?.trim());
    expect(said).toEqual([
      "resolved 1→1 home",
      "a command: in the sandbox",
      "— the pointer moves to the laptop, which may be a target",
      "epoch-changed 1→2 laptop",
      "a command: on the laptop",
      "— the pointer moves to epoch 3 while a command of epoch 2 is on its way",
      "fenced-retry 2→2 laptop",
      "epoch-changed 2→3 laptop",
      "a command: on the laptop",
      "— the laptop goes away",
      "a command: refused: agent_offline",
      "— the laptop comes back",
      "a command: on the laptop",
      "— the pointer returns home, and a process starts there",
      "epoch-changed 3→4 home",
      "a process: in the sandbox",
      "an edit: in the sandbox",
      "— the pointer moves to a second sandbox; the process stays where it is",
      "epoch-changed 4→5 second",
      "a command: in the second sandbox",
      "an edit: in the second sandbox",
      "a line to the process: in the sandbox",
      "— the pointer moves to the laptop; the process stays where it is",
      "epoch-changed 5→6 laptop",
      "a command: on the laptop",
      "an edit: on the laptop",
      "a line to the process: in the sandbox",
    ]);
    expectNothingOf(run);
  });

  const MOMENTS = ["resolved 1→1", "fenced-retry", "goes away", "comes back"].concat([
    "a process: in",
    "4→5 second",
    "5→6 laptop",
  ]);
  it.each(
    /** @type {const} */ ([
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ]),
  )("leaves nothing behind at %s to the process alone", async (signal, code) => {
    for (const moment of MOMENTS) {
      const run = start();
      await run.until(moment);
      run.child.kill(signal);
      expect(await run.exit, `${moment}: ${run.output}`).toBe(code);
      expect(run.output.trimEnd().split("\n").at(-1)).toBe(`Error: stopped by ${signal}`);
      expectNothingOf(run);
    }
  });

  it("leaves nothing behind at Ctrl+C in a terminal", async () => {
    for (const moment of ["goes away", "a process: in"]) {
      const run = start([], true);
      await run.until(moment);
      run.child.stdin?.write("\x03");
      expect(await run.exit, `${moment}: ${run.output}`).toBe(130);
      expectNothingOf(run);
    }
  });

  it("says in one line that its server cannot be reached, without credentials", async () => {
    const run = start(["--nats", "nats://ada:secret@127.0.0.1:1"]);
    expect(await run.exit).toBe(1);
    expect(run.output).toBe("Error: the NATS server cannot be reached: CONNECTION_REFUSED\n");
    expectNothingOf(run);
  });

  it("says what it does not take, and what it takes", async () => {
    const run = start(["--nat", "x"]);
    expect(await run.exit).toBe(1);
    expect(run.output).toMatch(/^TypeError.*--nat.*\n--help has the options\n$/);
    const help = start(["--help"]);
    expect(await help.exit).toBe(0);
    expect(help.output).toMatch(/^ {2}--nats <address> /m);
    expectNothingOf(run);
  });
});
