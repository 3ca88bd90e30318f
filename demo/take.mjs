// One recording, from its start to its deletion.
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  deleteRecordingArtifacts,
  extForCodec,
  inspectRecordingArtifact,
  readRecordingBytes,
  readRecordingStream,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";
import { hasOpen, isRunning } from "../testing/processes.mjs";
import { examine } from "../testing/video.mjs";

const FRAMERATE = 15;
/** The time that ffmpeg may take until it films, in milliseconds. */
const START = 10_000;

/**
 * @typedef {object} Take
 * @property {string} codec
 * @property {Way} way
 * @property {string} file The path of the recording that was read.
 * @property {number} seconds The requested duration.
 * @property {{ width: number, height: number }} size The requested size, in pixels.
 * @property {number} framesExpected
 * @property {import("../testing/video.mjs").Examination} video
 * @property {number} sizeOnBox In bytes.
 * @property {number} sizeRead In bytes.
 * @property {boolean} isSame Whether the bytes read are those on the box.
 * @property {number} pieces The number of commands that printed them.
 * @property {number} durationSeconds `durationSeconds` of the result.
 * @property {Record<Step, number>} ms The time of each step, in milliseconds.
 *
 * @typedef {"start" | "film" | "stop" | "read" | "delete"} Step
 * @typedef {"bytes" | "stream"} Way How the recording is read: into one array, or piece by piece into the file.
 */

/**
 * @typedef {object} Options
 * @property {import("@opengeni/runtime-native").RecordingCodec} codec
 * @property {Way} way
 * @property {import("@openai/agents/sandbox/local").UnixLocalSandboxSession} session
 * @property {string} display
 * @property {{ width: number, height: number }} size
 * @property {number} seconds
 * @property {string} directory For files on the box, which is this machine, and off it.
 * @property {import("./progress.mjs").Progress} progress
 * @property {AbortSignal} signal
 */

/**
 * @param {Options} options
 * @returns {Promise<Take>}
 */
export async function take(options) {
  const { codec, way, size, seconds, directory, progress, signal } = options;
  const file = path.join(directory, `desktop.${extForCodec(codec)}`);
  const { onBox, ...made } = await film(options, file);
  progress.step(`${codec}: looking at it`);
  const video = await examine(file, signal);
  const read = readFileSync(file);
  progress.done(`${codec}: ${video.frames} frames, ${read.length} bytes`);
  return {
    ...made,
    codec,
    way,
    file,
    seconds,
    size,
    // ffmpeg films a moment longer than the program has waited.
    framesExpected: Math.round(Math.max(seconds, video.seconds || 0) * FRAMERATE),
    video,
    sizeOnBox: onBox.length,
    sizeRead: read.length,
    isSame: onBox.equals(read),
  };
}

/**
 * Makes a recording, reads it into a file and deletes it from the box, also after a failure.
 *
 * @param {Options} options
 * @param {string} file
 */
async function film(options, file) {
  const { codec, display, seconds, progress, signal } = options;
  const box = counted(options.session);
  const ms = { start: 0, film: 0, stop: 0, read: 0, delete: 0 };
  /**
   * @template T
   * @param {Step} name
   * @param {string} text
   * @param {() => Promise<T>} run
   */
  const step = async (name, text, run) => {
    signal.throwIfAborted();
    progress.step(`${codec}: ${text}`);
    const start = performance.now();
    const value = await run();
    ms[name] = Math.round(performance.now() - start);
    return value;
  };

  const { recording, isFilming } = await step("start", "starting", () => start(box, options));
  try {
    if (isFilming) {
      await step("film", `filming ${display} for ${seconds} s`, () => elapse(options));
    }
    await step("stop", "stopping", () => stopRecording(box, recording));
    const durationSeconds = await step("read", "reading", () =>
      read(box, recording, file, options),
    );
    const onBox = readFileSync(recording.boxPath);
    await step("delete", "deleting", () => deleteRecordingArtifacts(box, recording));
    return { onBox, durationSeconds, pieces: box.pieces, ms };
  } catch (error) {
    await stopRecording(box, recording);
    await deleteRecordingArtifacts(box, recording);
    throw error;
  }
}

/**
 * Reads a recording into a file. Returns how long it is said to be.
 *
 * @param {ReturnType<typeof counted>} box
 * @param {import("@opengeni/runtime-native").RecordingProcess} recording
 * @param {string} file
 * @param {Options} options
 */
async function read(box, recording, file, { codec, way, progress, signal }) {
  const onProgress = (/** @type {import("@opengeni/runtime-native").ReadProgress} */ progressed) =>
    progress.share(`${codec}: reading`, progressed.receivedBytes, progressed.totalBytes);
  if (way === "stream") {
    const { durationSeconds } = await inspectRecordingArtifact(box, recording, { signal });
    await writeFile(file, readRecordingStream(box, recording, { signal, onProgress }));
    return durationSeconds;
  }
  const read = await readRecordingBytes(box, recording, { signal, onProgress });
  await writeFile(file, read.bytes);
  return read.durationSeconds;
}

/**
 * A session that counts the commands which print a part of a video.
 *
 * @param {Options["session"]} session
 */
function counted(session) {
  const box = {
    pieces: 0,
    exec(/** @type {Parameters<typeof session.exec>[0]} */ args) {
      if (args.cmd.includes("base64")) box.pieces++;
      return session.exec(args);
    },
  };
  return box;
}

/**
 * Starts a recording, and waits until ffmpeg films: it opens its file when it has opened the display.
 * Where it cannot, a read rejects with the reason.
 *
 * @param {ReturnType<typeof counted>} box
 * @param {Options} options
 */
async function start(box, { codec, display, size, seconds, directory }) {
  const recording = await startRecording(box, {
    recordingId: `demo-${process.pid}-${codec}`,
    codec,
    display,
    dimensions: [size.width, size.height],
    framerate: FRAMERATE,
    maxSeconds: seconds + 60,
    tmpDir: directory,
  });
  const { pidFile, boxPath } = recording;
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
  const latest = performance.now() + START;
  while (isRunning(pid) && !hasOpen(pid, boxPath) && performance.now() < latest) await sleep(20);
  return { recording, isFilming: hasOpen(pid, boxPath) };
}

/**
 * Waits while ffmpeg films.
 *
 * @param {Options} options
 */
async function elapse({ codec, display, seconds, progress, signal }) {
  const start = performance.now();
  for (;;) {
    const elapsed = (performance.now() - start) / 1_000;
    if (elapsed >= seconds) return;
    progress.detail(`${codec}: filming ${display}, ${elapsed.toFixed(1)} of ${seconds} s`);
    await sleep(Math.min(0.25, seconds - elapsed) * 1_000, undefined, { signal });
  }
}
