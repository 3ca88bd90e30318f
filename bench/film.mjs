// Films a virtual display, in a process of its own: starts, stops, reads and deletes one recording through
// the local session of `@openai/agents`, and examines the file that the stop has left.
//
// node bench/film.mjs <rival> <codec> <width> <height> <seconds>
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startDesktop } from "../testing/desktop.mjs";
import { functionsOf } from "./rivals.mjs";
import { open } from "./sessions.mjs";

const [rival = "", codec, width, height, seconds] = process.argv.slice(2);
const size = { width: Number(width), height: Number(height) };

/** Frames per second. */
const FRAMERATE = 15;

/**
 * The number of frames of a file, counted by decoding, and its pixel format.
 *
 * @param {string} file
 */
function probe(file) {
  const args = [
    ...["-v", "error", "-count_frames", "-select_streams", "v:0", "-of", "json"],
    ...["-show_entries", "stream=pix_fmt,nb_read_frames", file],
  ];
  try {
    const { streams } = JSON.parse(execFileSync("ffprobe", args, { encoding: "utf8" }));
    return { frames: Number(streams[0].nb_read_frames), pixels: streams[0].pix_fmt };
  } catch {
    return { frames: 0, pixels: "unreadable" };
  }
}

/**
 * Ends an ffmpeg that still runs after the stop.
 *
 * @param {{ boxPath: string, pidFile: string }} recording
 */
function end({ boxPath, pidFile }) {
  try {
    const pid = readFileSync(pidFile, "utf8").trim();
    const isOurs = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(boxPath);
    if (isOurs) process.kill(Number(pid), "SIGKILL");
    return isOurs;
  } catch {
    return false;
  }
}

/**
 * @param {string} display
 * @param {import("./sessions.mjs").Session} session
 */
async function film(display, session) {
  const recordings = await functionsOf(rival);
  let commands = 0;
  const counted = {
    exec(/** @type {import("./sessions.mjs").Command} */ command) {
      commands++;
      return session.exec(command);
    },
  };
  const recording = await recordings.startRecording(counted, {
    recordingId: `bench-${process.pid}`,
    codec,
    display,
    dimensions: [size.width, size.height],
    framerate: FRAMERATE,
  });
  const started = performance.now();
  await sleep(Number(seconds) * 1_000);
  const stopping = performance.now();
  await recordings.stopRecording(counted, recording);
  const stop = performance.now() - stopping;
  const { frames, pixels } = probe(recording.boxPath);
  const isLeft = end(recording);
  await recordings.readRecordingBytes(counted, recording);
  await recordings.deleteRecordingArtifacts(counted, recording);
  const expected = ((stopping - started) / 1_000) * FRAMERATE;
  return { frames, expected, stop, pixels, isLeft, commands };
}

async function main() {
  const { display, stop } = await startDesktop(size);
  const session = await open("local");
  try {
    // The clients take a moment until they move.
    await sleep(1_000);
    return await film(display, session);
  } finally {
    await session.close();
    await stop();
  }
}

const outcome = await main().catch((error) => ({ failed: String(error) }));
// A session may leave timers that would keep the process.
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit());
