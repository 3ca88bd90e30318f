// Films that ffmpeg cannot finish, or has not finished yet: what comes home is whole, or nothing is,
// with the reason; and the file stays on the box.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { deleteRecordingArtifacts, readRecordingBytes, stopRecording } from "../../index.js";
import { startDesktop } from "../../testing/desktop.mjs";
import {
  CODECS,
  comesHome,
  folderOf,
  mountedFor,
  refusalOf,
  start,
  until,
  useDesktop,
  wholeOrRefused,
} from "../support/films.js";
import { harness, processesOf, signal } from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

/**
 * @typedef {import("../support/films.js").Test} Test
 * @typedef {import("../../index.js").RecordingProcess} RecordingProcess
 */

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash");
const isTasksetLacking = missing("taskset");
const isUser = lacksRoot();

describe.skipIf(isLacking).concurrent("a film", { timeout: 120_000 }, () => {
  const stage = useDesktop();

  describe.for(CODECS)("(%s)", (codec) => {
    /**
     * @param {string} tmpDir
     * @param {object} [box]
     */
    const begin = (tmpDir, box = stage.session) => start(box, stage.display, { tmpDir, codec });

    it.for([0, 600, 1_500, 2_500, 5_500])(
      "whose ffmpeg is killed after %i ms is refused",
      async (ms, test) => {
        const recording = await begin(folderOf(test));
        await sleep(ms);
        kill(recording);
        await stopRecording(stage.session, recording);
        const error = await refusalOf(readRecordingBytes(stage.session, recording));
        const isEmpty = statSync(recording.boxPath).size === 0;
        // Of an empty file with nothing in the log, only the death of ffmpeg is left to say.
        expect(error.reason).toBe(isEmpty ? "box-death" : "ffmpeg-error");
        expect(error.message).toMatch(
          isEmpty ? /^recording file empty/ : /^recording not finished/,
        );
        expect(error.message).not.toContain("ffmpeg has not finished");
        expect(existsSync(recording.boxPath)).toBe(true);
        await deleteRecordingArtifacts(stage.session, recording);
      },
    );

    it("whose ffmpeg is killed while it ends the film is whole or refused", async (test) => {
      for (const ms of [0, 3, 10]) {
        const recording = await begin(folderOf(test));
        await sleep(2_500);
        for (const pid of processesOf(recording.boxPath)) signal(pid, "SIGINT");
        await sleep(ms);
        kill(recording);
        const end = await wholeOrRefused(stage.session, recording);
        if (end instanceof Error) expect(end.reason).toBe("ffmpeg-error");
        else expect(end.frames).toBeGreaterThan(10);
        expect(statSync(recording.boxPath).size).toBeGreaterThan(0);
      }
    });

    it("that is interrupted before its first picture is refused", async (test) => {
      const recording = await begin(folderOf(test));
      await sleep(700);
      for (const pid of processesOf(recording.boxPath)) signal(pid, "SIGINT");
      await until(() => processesOf(recording.boxPath).length === 0);
      const error = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(error.message).toMatch(/the file has no pictures|^recording file empty/);
    });

    it.skipIf(isUser).for([8, 32, 64])(
      "for which %i KiB are too few is refused, and why is said",
      async (kib, test) => {
        const recording = await begin(mountedFor(test, `size=${kib}k`));
        await sleep(6_000);
        await stopRecording(stage.session, recording);
        expect(processesOf(recording.boxPath)).toEqual([]);
        const error = await refusalOf(readRecordingBytes(stage.session, recording));
        expect(error.reason).toBe("ffmpeg-error");
        expect(error.message).toMatch(/^recording not finished: .*no space is left/i);
        expect(existsSync(recording.boxPath)).toBe(true);
      },
    );

    it("that no stop has waited for long enough comes home in the end", async (test) => {
      const recording = await begin(folderOf(test));
      await sleep(2_500);
      const [pid = 0] = processesOf(recording.boxPath);
      signal(pid, "SIGSTOP");
      const begun = performance.now();
      await stopRecording(stage.session, recording);
      const waited = performance.now() - begun;
      expect(waited).toBeGreaterThan(16_900);
      expect(waited).toBeLessThan(21_000);
      const error = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toContain("; ffmpeg has not finished");
      const again = stopRecording(stage.session, recording);
      signal(pid, "SIGCONT");
      await again;
      expect(processesOf(recording.boxPath)).toEqual([]);
      const { frames } = await comesHome(stage.session, recording);
      expect(frames).toBeGreaterThan(10);
    });

    it("that goes on is refused, and comes home when it has ended", async (test) => {
      const recording = await begin(folderOf(test));
      for (let reads = 0; reads < 6; reads++) {
        const error = await refusalOf(readRecordingBytes(stage.session, recording));
        expect(error.reason).toBe("ffmpeg-error");
        // It may also grow between two commands of one read.
        expect(error.message).toMatch(/ffmpeg has not finished|changed on box|expected \d+ bytes/);
        await sleep(500);
      }
      await stopRecording(stage.session, recording);
      await comesHome(stage.session, recording);
    });

    it("whose start is ended with all its process group goes on", async (test) => {
      const recording = await begin(folderOf(test), harness({ endsGroup: true }));
      await sleep(2_000);
      await stopRecording(stage.session, recording);
      await comesHome(stage.session, recording);
    });

    it("whose display goes away is whole or refused", async (test) => {
      const desktop = await startDesktop({ width: 320, height: 240 });
      test.onTestFinished(() => desktop.stop());
      const tmpDir = folderOf(test);
      const recording = await start(stage.session, desktop.display, { tmpDir, codec });
      await sleep(2_500);
      await desktop.stop();
      await until(() => processesOf(recording.boxPath).length === 0);
      await stopRecording(stage.session, recording);
      const end = await wholeOrRefused(stage.session, recording);
      if (end instanceof Error) expect(end.reason).toBe("ffmpeg-error");
      else expect(end.frames).toBeGreaterThan(5);
    });
  });
});

describe.skipIf(isLacking || isTasksetLacking)("a film on one busy processor", () => {
  const stage = useDesktop();

  it.for(CODECS)("(%s) comes home, or says that it has not ended", async (codec, test) => {
    for (let busy = 0; busy < 4; busy++) keepBusy(test);
    const box = harness({ argv: (cmd) => ["taskset", "-c", "0", "sh", "-c", cmd] });
    const tmpDir = folderOf(test);
    const recording = await start(box, stage.display, { tmpDir, codec });
    await sleep(5_000);
    await stopRecording(box, recording);
    const first = await wholeOrRefused(box, recording);
    if (first instanceof Error) expect(first.message).toContain("ffmpeg has not finished");
    await stopRecording(box, recording);
    const { frames } = await comesHome(box, recording);
    expect(frames).toBeGreaterThan(5);
    await deleteRecordingArtifacts(box, recording);
  });
});

/** @param {RecordingProcess} recording */
function kill({ boxPath }) {
  for (const pid of processesOf(boxPath)) signal(pid, "SIGKILL");
}

/** @param {Test} test */
function keepBusy({ onTestFinished }) {
  const loop = spawn("taskset", ["-c", "0", "sh", "-c", "while :; do :; done"], {
    stdio: "ignore",
  });
  onTestFinished(() => {
    loop.kill("SIGKILL");
  });
}
