// Short films of a small desktop, and whether what came home of one is whole.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { afterAll, beforeAll, expect } from "vitest";
import {
  RecordingError,
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "../../index.js";
import { startDesktop } from "../../testing/desktop.mjs";
import { processesOf, signal } from "./harness.js";

/**
 * @typedef {import("../../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../../index.js").StartRecordingInput} StartRecordingInput
 * @typedef {Partial<StartRecordingInput> & { tmpDir: string }} Input
 * @typedef {Pick<import("vitest").TestContext, "onTestFinished">} Test
 */

const SIZE = { width: 320, height: 240 };
export const CODECS = /** @type {const} */ (["h264-mp4", "vp9-webm"]);

const run = promisify(execFile);

/**
 * A desktop, and a session on this machine, for the tests of a `describe`.
 *
 * @returns {{ display: string, session: import("@openai/agents/sandbox/local").UnixLocalSandboxSession }}
 */
export function useDesktop() {
  const stage = /** @type {ReturnType<typeof useDesktop>} */ ({});
  /** @type {Awaited<ReturnType<typeof startDesktop>>} */
  let desktop;
  beforeAll(async () => {
    desktop = await startDesktop(SIZE);
    stage.display = desktop.display;
    stage.session = await new UnixLocalSandboxClient().create();
  });
  afterAll(async () => {
    await stage.session?.close();
    await desktop?.stop();
  });
  return stage;
}

/**
 * A folder of the test's own. In the end what still films into it is ended, and it is removed.
 *
 * @param {Test} test
 * @param {string} [name]
 */
export function folderOf({ onTestFinished }, name = "og-real-") {
  const folder = mkdtempSync(path.join(tmpdir(), name));
  onTestFinished(() => {
    for (const pid of processesOf(folder)) signal(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}

/**
 * @param {object} box
 * @param {string} display
 * @param {Input} input
 */
export function start(box, display, input) {
  return startRecording(box, {
    recordingId: "r1",
    display,
    dimensions: [SIZE.width, SIZE.height],
    framerate: 10,
    ...input,
  });
}

/**
 * Films for a while, and brings the film home.
 *
 * @param {object} box
 * @param {string} display
 * @param {Input} input
 * @param {number} [ms]
 */
export async function film(box, display, input, ms = 1_000) {
  const recording = await start(box, display, input);
  await sleep(ms);
  await stopRecording(box, recording);
  expect(processesOf(recording.boxPath)).toEqual([]);
  const { frames } = await comesHome(box, recording);
  await deleteRecordingArtifacts(box, recording);
  return { recording, frames };
}

/**
 * Reads a film that is whole.
 *
 * @param {object} box
 * @param {RecordingProcess} recording
 */
export async function comesHome(box, recording) {
  const { bytes } = await readRecordingBytes(box, recording);
  const frames = await framesOf(bytes);
  expect(frames).toBeGreaterThan(0);
  return { bytes, frames };
}

/**
 * Reads what may be whole or not. What is refused is refused with a reason, and stays on the box.
 *
 * @param {object} box
 * @param {RecordingProcess} recording
 * @returns {Promise<{ frames: number } | RecordingError>}
 */
export async function wholeOrRefused(box, recording) {
  /** @type {Uint8Array} */
  let bytes;
  try {
    ({ bytes } = await readRecordingBytes(box, recording));
  } catch (error) {
    expect(error).toBeInstanceOf(RecordingError);
    return /** @type {RecordingError} */ (error);
  }
  return { frames: await framesOf(bytes) };
}

/**
 * A folder that is a file system of its own.
 *
 * @param {Test} test
 * @param {string} options Those of tmpfs(5).
 */
export function mountedFor(test, options) {
  const folder = path.join(folderOf(test), "mounted");
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "none", folder]);
  test.onTestFinished(() => {
    execFileSync("umount", ["-l", folder]);
  });
  return folder;
}

/**
 * The error of what must fail.
 *
 * @param {Promise<unknown>} promise
 * @returns {Promise<RecordingError>}
 */
export async function refusalOf(promise) {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (error) => error,
  );
  expect(error).toBeInstanceOf(RecordingError);
  return error;
}

/**
 * How many frames a film has, which must be all right to its end.
 *
 * @param {Uint8Array} bytes
 */
export async function framesOf(bytes) {
  const folder = mkdtempSync(path.join(tmpdir(), "og-film-"));
  const file = path.join(folder, "film");
  writeFileSync(file, bytes);
  try {
    const decoded = await run("ffmpeg", ["-v", "error", "-i", file, "-f", "null", "-"]);
    expect(decoded.stderr).toBe("");
    const probed = await run("ffprobe", [
      ...["-v", "error", "-count_frames", "-select_streams", "v:0", "-of", "csv=p=0"],
      ...["-show_entries", "stream=nb_read_frames", file],
    ]);
    expect(probed.stderr).toBe("");
    return Number.parseInt(probed.stdout, 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Waits until something is so.
 *
 * @param {() => unknown} isSo
 * @param {number} [ms]
 */
export async function until(isSo, ms = 20_000) {
  const end = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`it never was so: ${isSo}`);
    await sleep(20);
  }
}
