// Stops that come often, early, late, or from elsewhere: the film is whole each time.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { deleteRecordingArtifacts, stopRecording } from "../../index.js";
import { CODECS, comesHome, folderOf, start, until, useDesktop } from "../support/films.js";
import { processesOf, slowed, withWrapper } from "../support/harness.js";
import { missing } from "../support/tools.js";

/** @typedef {import("../../index.js").RecordingProcess} RecordingProcess */

const STOP_ELSEWHERE = fileURLToPath(new URL("../support/stop.mjs", import.meta.url));

/**
 * Many stops of one recording.
 *
 * @type {[name: string, stop: (box: { exec(args: any): Promise<any> }, recording: RecordingProcess) => Promise<unknown>][]}
 */
const STOPS = [
  ["two at once", (box, recording) => times(2, () => stopRecording(box, recording))],
  ["ten at once", (box, recording) => times(10, () => stopRecording(box, recording))],
  [
    "two, one after the other",
    async (box, recording) => {
      await stopRecording(box, recording);
      await stopRecording(box, recording);
    },
  ],
  [
    "one that is delivered twice",
    (box, recording) =>
      stopRecording(
        { exec: (/** @type {any} */ args) => times(2, () => box.exec(args)) },
        recording,
      ),
  ],
  [
    "one that is delivered again a moment later",
    (box, recording) => {
      /** @param {any} args */
      const exec = async (args) => {
        const first = box.exec(args);
        await sleep(60);
        await Promise.all([first, box.exec(args)]);
        return first;
      };
      return stopRecording({ exec }, recording);
    },
  ],
  ["one of another process", (_, recording) => stopElsewhere(recording)],
  [
    "one of this process and two of others",
    (box, recording) =>
      Promise.all([
        stopRecording(box, recording),
        stopElsewhere(recording),
        stopElsewhere(recording),
      ]),
  ],
];

/** What makes ffmpeg hold many pictures, and take long to encode them. */
const SLOW = {
  "h264-mp4": "-preset veryslow -rc-lookahead 200",
  "vp9-webm": "-deadline good -cpu-used 2 -lag-in-frames 25",
};

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash");

describe.skipIf(isLacking).concurrent("stops", { timeout: 60_000 }, () => {
  const stage = useDesktop();

  /** @param {RecordingProcess} recording */
  async function isWholeAndGone(recording) {
    expect(processesOf(recording.boxPath)).toEqual([]);
    const { frames } = await comesHome(stage.session, recording);
    await deleteRecordingArtifacts(stage.session, recording);
    expect(readdirSync(path.dirname(recording.boxPath))).toEqual([]);
    return frames;
  }

  describe.for(CODECS)("of %s:", (codec) => {
    /**
     * Begins a film that takes ffmpeg a while to end.
     *
     * @param {import("../support/films.js").Test} test
     */
    async function beginSlow(test) {
      const folder = folderOf(test);
      const tmpDir = path.join(folder, "films");
      mkdirSync(tmpDir);
      const box = withWrapper(folder, `exec "$FFMPEG" "\${@:1:$#-1}" ${SLOW[codec]} "\${@: -1}"`);
      const recording = await start(box, stage.display, { tmpDir, codec, framerate: 20 });
      await sleep(3_500);
      return { box, recording };
    }

    it.for(STOPS)("%s", async ([, stop], test) => {
      const { box, recording } = await beginSlow(test);
      await stop(box, recording);
      expect(await isWholeAndGone(recording)).toBeGreaterThan(20);
    });

    it("several, while ffmpeg still encodes what it holds", async (test) => {
      const { box, recording } = await beginSlow(test);
      const [pid = 0] = processesOf(recording.boxPath);
      const speedUp = slowed(pid);
      test.onTestFinished(speedUp);
      const stops = [stopRecording(box, recording)];
      await until(() => existsSync(`${recording.pidFile}.int`));
      for (let more = 0; more < 3; more++) {
        await sleep(150);
        expect(processesOf(recording.boxPath)).toEqual([pid]);
        stops.push(stopRecording(box, recording));
      }
      speedUp();
      await Promise.all(stops);
      expect(await isWholeAndGone(recording)).toBeGreaterThan(20);
    });

    it.for([0, 50, 300, 1_000])("one after %i ms", async (ms, test) => {
      const recording = await start(stage.session, stage.display, {
        tmpDir: folderOf(test),
        codec,
      });
      await sleep(ms);
      const begun = performance.now();
      await stopRecording(stage.session, recording);
      // It has waited for the first picture, not for as long as it may.
      expect(performance.now() - begun).toBeLessThan(11_000);
      await isWholeAndGone(recording);
    });

    it("one before the first of few pictures is encoded", async (test) => {
      const recording = await start(stage.session, stage.display, {
        tmpDir: folderOf(test),
        codec,
        framerate: 1,
      });
      await sleep(3_000);
      await stopRecording(stage.session, recording);
      expect(await isWholeAndGone(recording)).toBeGreaterThanOrEqual(3);
    });

    it("one after the film has reached its length", async (test) => {
      const recording = await start(stage.session, stage.display, {
        tmpDir: folderOf(test),
        codec,
        maxSeconds: 1,
      });
      await until(() => processesOf(recording.boxPath).length === 0);
      await stopRecording(stage.session, recording);
      expect(await isWholeAndGone(recording)).toBe(10);
    });
  });

  it("of what is not there come to an end at once", async (test) => {
    const tmpDir = folderOf(test);
    const recording = await start(stage.session, ":4321", { tmpDir });
    await until(() => processesOf(recording.boxPath).length === 0);
    const begun = performance.now();
    await stopRecording(stage.session, recording);
    await deleteRecordingArtifacts(stage.session, recording);
    await stopRecording(stage.session, recording);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

/**
 * @template T
 * @param {number} count
 * @param {() => Promise<T>} run
 * @returns {Promise<T | undefined>} What the first came to.
 */
async function times(count, run) {
  const [first] = await Promise.all(Array.from({ length: count }, run));
  return first;
}

/**
 * Stops a recording by the handle as it comes back from storage.
 *
 * @param {RecordingProcess} recording
 */
async function stopElsewhere(recording) {
  await promisify(execFile)(process.execPath, [STOP_ELSEWHERE, JSON.stringify(recording)]);
}
