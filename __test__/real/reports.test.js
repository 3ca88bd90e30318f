// Stops with a report, of films that end as asked, and of those that do not.
import { setTimeout as sleep } from "node:timers/promises";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readRecordingBytes, stopRecording } from "../../index.js";
import {
  CODECS,
  comesHome,
  folderOf,
  mountedFor,
  refusalOf,
  start,
  until,
  useDesktop,
} from "../support/films.js";
import { harness, processesOf, signal, withWrapper } from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash");
const isUser = lacksRoot() || missing("setpriv");
const REPORT = /** @type {const} */ ({ report: true });

/** The same machine as another user. */
const NOBODY = harness({
  argv: (cmd) => [
    "setpriv",
    ...["--reuid", "65534", "--regid", "65534", "--clear-groups"],
    ...["sh", "-c", cmd],
  ],
  env: { HOME: "/" },
});

describe.skipIf(isLacking).concurrent("a report", { timeout: 90_000 }, () => {
  const stage = useDesktop();

  describe.for(CODECS)("of %s", (codec) => {
    /**
     * @param {string} tmpDir
     * @param {object} [input]
     */
    const begin = (tmpDir, input = {}) =>
      start(stage.session, stage.display, { tmpDir, codec, verify: true, ...input });

    it("says that the film is finished, the same to all who ask", async (test) => {
      const recording = await begin(folderOf(test));
      await sleep(1_000);
      const stop = () => stopRecording(stage.session, recording, REPORT);
      const [first, second, nothing] = await Promise.all([
        stop(),
        stop(),
        stopRecording(stage.session, recording),
      ]);
      expect(first).toEqual({
        finalized: true,
        signal: "SIGINT",
        exitedAfterMs: expect.any(Number),
      });
      expect(first.exitedAfterMs).toBeLessThan(10_000);
      expect(second).toEqual(first);
      expect(nothing).toBeUndefined();
      expect(
        await stopRecording(stage.session, JSON.parse(JSON.stringify(recording)), REPORT),
      ).toEqual(first);
      await comesHome(stage.session, recording);
    });

    it("after a stop without one has no time", async (test) => {
      const recording = await begin(folderOf(test));
      await stopRecording(stage.session, recording);
      const report = await stopRecording(stage.session, recording, REPORT);
      expect(report).toEqual({ finalized: true, signal: "SIGINT", exitedAfterMs: null });
    });

    it("of a film that has reached its length names no signal", async (test) => {
      const recording = await begin(folderOf(test), { maxSeconds: 0.5 });
      await until(() => processesOf(recording.boxPath).length === 0);
      const report = await stopRecording(stage.session, recording, REPORT);
      expect(report).toEqual({ finalized: true, signal: null, exitedAfterMs: null });
    });

    it("of an ffmpeg that was killed says so", async (test) => {
      const recording = await begin(folderOf(test));
      for (const pid of processesOf(recording.boxPath)) signal(pid, "SIGKILL");
      const report = await stopRecording(stage.session, recording, REPORT);
      expect(report).toEqual({ finalized: false, signal: null, exitedAfterMs: null });
      await refusalOf(readRecordingBytes(stage.session, recording));
    });

    it.for([false, true])(
      "of an ffmpeg that hears nothing is made in bounded time (crash-safe: %s)",
      async (crashSafe, test) => {
        const recording = await begin(folderOf(test), { crashSafe });
        await sleep(1_000);
        for (const pid of processesOf(recording.boxPath)) signal(pid, "SIGSTOP");
        const begun = performance.now();
        const stop = () => stopRecording(stage.session, recording, REPORT);
        const [first, second] = await Promise.all([stop(), stop()]);
        expect(performance.now() - begun).toBeLessThan(45_000);
        expect(processesOf(recording.boxPath)).toEqual([]);
        expect(first).toEqual({
          ...{ finalized: crashSafe, signal: "SIGKILL", exitedAfterMs: expect.any(Number) },
          ...(crashSafe ? { salvaged: true } : {}),
        });
        expect(first.exitedAfterMs).toBeGreaterThan(20_000);
        expect(second).toEqual(first);
        // Each signal was sent by the first that claimed it.
        const journal = readFileSync(`${recording.pidFile}.int`, "utf8");
        expect(journal.match(/^INT /gm)).toHaveLength(1);
        if (crashSafe) await comesHome(stage.session, recording);
      },
    );

    it("does not escalate without need", async (test) => {
      const folder = folderOf(test);
      const recording = await begin(folder);
      await sleep(1_000);
      const [pid = 0] = processesOf(recording.boxPath);
      signal(pid, "SIGSTOP");
      const stopping = stopRecording(stage.session, recording, REPORT);
      await sleep(8_000);
      signal(pid, "SIGCONT");
      const report = await stopping;
      expect(report).toMatchObject({ finalized: true, signal: "SIGINT" });
      expect(report.exitedAfterMs).toBeGreaterThan(7_000);
      await comesHome(stage.session, recording);
    });
  });

  it("of an ffmpeg that ignores interrupts names SIGTERM", async (test) => {
    const [folder, tmpDir] = [folderOf(test), folderOf(test)];
    // Not an ffmpeg that begins: it has written, and goes on.
    const box = withWrapper(
      folder,
      `exec python3 -c 'import signal,sys,time
signal.signal(signal.SIGINT, lambda *_: None)
open(sys.argv[-1], "wb").write(b"film")
while True: time.sleep(1)' "$@"`,
    );
    const recording = await start(box, stage.display, { tmpDir });
    const report = await stopRecording(box, recording, REPORT);
    expect(report).toMatchObject({ finalized: false, signal: "SIGTERM" });
    expect(processesOf(tmpDir)).toEqual([]);
  });

  it("waits longer for an ffmpeg that works", async (test) => {
    const [folder, tmpDir] = [folderOf(test), folderOf(test)];
    const box = withWrapper(
      folder,
      `exec python3 -c 'import signal,sys,time
stopped = []
signal.signal(signal.SIGINT, lambda *_: stopped.append(time.time()))
open(sys.argv[-1], "wb").write(b"film")
while not stopped or time.time() < stopped[0] + 22: sum(range(100000))' "$@"`,
    );
    const recording = await start(box, stage.display, { tmpDir });
    const report = await stopRecording(box, recording, REPORT);
    expect(report.signal).toBe("SIGINT");
    expect(report.exitedAfterMs).toBeGreaterThan(21_000);
  });

  it.skipIf(isUser)("of root leaves a film of another user whole", async (test) => {
    const tmpDir = folderOf(test);
    // As /tmp is, where the kernel does not let even root open such a file to create it.
    chmodSync(tmpDir, 0o1777);
    const recording = await start(NOBODY, stage.display, { tmpDir, verify: true });
    await sleep(1_000);
    const [pid = 0] = processesOf(recording.boxPath);
    signal(pid, "SIGSTOP");
    const stops = [stage.session, stage.session, NOBODY].map(async (box, at) => {
      await sleep(400 * at);
      return stopRecording(box, recording, REPORT);
    });
    await until(() => existsSync(`${recording.pidFile}.int`));
    await sleep(3_000);
    const [, pending = ""] =
      /^ShdPnd:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    expect(Number.parseInt(pending, 16)).toBe(2);
    signal(pid, "SIGCONT");
    const [first, ...others] = await Promise.all(stops);
    expect(first).toMatchObject({ finalized: true, signal: "SIGINT" });
    expect(others).toEqual([first, first]);
    expect(readFileSync(`${recording.pidFile}.int`, "utf8")).toMatch(/^INT \d+\n(END INT \d+\n)+$/);
    await comesHome(stage.session, recording);
  });

  it.skipIf(isUser)("of a user who may not end ffmpeg names no signal", async (test) => {
    const tmpDir = folderOf(test);
    chmodSync(tmpDir, 0o1777);
    const recording = await start(stage.session, stage.display, { tmpDir, verify: true });
    await sleep(500);
    const report = await stopRecording(NOBODY, recording, REPORT);
    expect(report).toEqual({ finalized: false, signal: null, exitedAfterMs: null });
    // The stop of one who may is not taken for the second one.
    expect(await stopRecording(stage.session, recording, REPORT)).toMatchObject({
      ...{ finalized: true, signal: "SIGINT" },
    });
    await comesHome(stage.session, recording);
  });

  it.skipIf(isUser)("ends ffmpeg also where the disk is full", async (test) => {
    const tmpDir = mountedFor(test, "size=1m");
    const recording = await start(stage.session, stage.display, { tmpDir, verify: true });
    await sleep(500);
    for (const pid of processesOf(recording.boxPath)) signal(pid, "SIGSTOP");
    try {
      writeFileSync(path.join(tmpDir, "filler"), new Uint8Array(1 << 20));
    } catch {
      // The disk is full now.
    }
    const report = await stopRecording(stage.session, recording, REPORT);
    expect(report).toEqual({ finalized: false, signal: "SIGKILL", exitedAfterMs: null });
    expect(processesOf(recording.boxPath)).toEqual([]);
  });

  it("waits for a program that has called ffmpeg, and outlives it", async (test) => {
    const box = withWrapper(folderOf(test), `"$FFMPEG" "$@"; sleep 1.5`);
    for (const crashSafe of [false, true]) {
      const input = { tmpDir: folderOf(test), crashSafe, verify: true };
      const recording = await start(box, stage.display, input);
      await sleep(500);
      const report = await stopRecording(box, recording, REPORT);
      expect(report).toMatchObject({ finalized: true, signal: "SIGINT" });
      expect(report.exitedAfterMs).toBeLessThan(1_500);
    }
  });

  it("waits by the clock on a session that answers early", async (test) => {
    const recording = await start(stage.session, stage.display, {
      ...{ tmpDir: folderOf(test), verify: true },
    });
    await sleep(1_000);
    const [pid = 0] = processesOf(recording.boxPath);
    signal(pid, "SIGSTOP");
    const early = harness();
    const box = {
      exec: (/** @type {any} */ args) => early.exec({ ...args, yieldTimeMs: 1_000 }),
    };
    const stopping = stopRecording(box, recording, REPORT);
    await sleep(9_000);
    signal(pid, "SIGCONT");
    const report = await stopping;
    expect(report).toMatchObject({ finalized: true, signal: "SIGINT" });
    expect(report.exitedAfterMs).toBeGreaterThan(8_000);
  });

  it("needs a session that runs commands, and passes on what that throws", async (test) => {
    const recording = await start(stage.session, stage.display, { tmpDir: folderOf(test) });
    const gone = new Error("gone");
    const broken = { exec: () => Promise.reject(gone) };
    await expect(stopRecording(broken, recording, REPORT)).rejects.toBe(gone);
    expect(await stopRecording(broken, recording)).toBeUndefined();
    await stopRecording(stage.session, recording);
  });
});
