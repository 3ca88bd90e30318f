// Calls that are aborted, or whose time is over, on a real box.
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readRecordingBytes, startRecording, stopRecording } from "../../index.js";
import { CODECS, comesHome, folderOf, start, until, useDesktop } from "../support/films.js";
import { harness, processesOf } from "../support/harness.js";
import { missing } from "../support/tools.js";

const isLacking = missing("ffmpeg", "Xvfb", "bash");

/** The times at which a start is aborted, in milliseconds. The command takes about 100 ms. */
const MOMENTS = [0, 5, 20, 40, 60, 80, 100, 130, 200];

describe.skipIf(isLacking)("aborted", { timeout: 60_000 }, () => {
  const stage = useDesktop();

  /**
   * A request whose files lie in a folder of their own.
   *
   * @param {import("../support/films.js").Test} test
   * @param {import("../../index.js").RecordingCodec} [codec]
   */
  function requestOf(test, codec) {
    /** @type {[number, number]} */
    const dimensions = [320, 240];
    const { display } = stage;
    return { recordingId: "r1", tmpDir: folderOf(test), display, codec, dimensions };
  }

  it.for(CODECS)("starts leave no ffmpeg behind: %s", async (codec, test) => {
    const box = harness();
    /** All commands, those of the clean-up too. */
    const commands = /** @type {Promise<unknown>[]} */ ([]);
    const session = {
      exec(/** @type {any} */ args) {
        const command = box.exec(args);
        commands.push(command);
        return command;
      },
    };
    const aborted = MOMENTS.map(async (ms) => {
      const input = requestOf(test, codec);
      const controller = new AbortController();
      const started = startRecording(session, { ...input, signal: controller.signal });
      const outcome = started.then(
        (recording) => stopRecording(session, recording),
        (error) => error,
      );
      await sleep(ms);
      controller.abort("enough");
      expect([undefined, "enough"]).toContain(await outcome);
      return input.tmpDir;
    });
    const folders = await Promise.all(aborted);
    expect(commands.length).toBeGreaterThan(MOMENTS.length);
    await Promise.all(commands);
    expect(folders.flatMap((folder) => processesOf(folder))).toEqual([]);
  });

  it("starts leave the recording alone that has their id", async (test) => {
    const input = requestOf(test);
    const recording = await startRecording(stage.session, input);
    const controller = new AbortController();
    /** A box whose answers take long. */
    const slow = {
      exec: async (/** @type {any} */ args) => {
        const answer = await stage.session.exec(args);
        await sleep(1_000);
        return answer;
      },
    };
    const refused = startRecording(slow, { ...input, signal: controller.signal });
    await sleep(600);
    controller.abort("enough");
    expect(await refused.catch((error) => error)).toBe("enough");
    await sleep(1_500);
    expect(processesOf(input.tmpDir)).toHaveLength(1);
    await stopRecording(stage.session, recording);
    expect((await comesHome(stage.session, recording)).frames).toBeGreaterThan(20);
  });

  it("stops and reads leave the file, and come to their end later", async (test) => {
    const tmpDir = folderOf(test);
    const recording = await start(stage.session, stage.display, { tmpDir });
    await sleep(1_000);
    const stopped = stopRecording(stage.session, recording, { timeoutMs: 1 });
    expect((await stopped.catch((error) => error)).name).toBe("TimeoutError");
    await until(() => processesOf(path.dirname(recording.boxPath)).length === 0);
    const read = readRecordingBytes(stage.session, recording, { signal: AbortSignal.timeout(1) });
    expect((await read.catch((error) => error)).name).toBe("TimeoutError");
    await stopRecording(stage.session, recording);
    expect((await comesHome(stage.session, recording)).frames).toBeGreaterThan(5);
  });
});
