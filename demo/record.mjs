import { statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import createSpinner from "yocto-spinner";
import {
  deleteRecordingArtifacts,
  extForCodec,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";
import { startDesktop } from "./desktop.mjs";
import { contactSheet, countPictures, probe } from "./video.mjs";

const FRAMERATE = 15;
const SIZE = { width: 640, height: 480 };
const CONTACT_SHEET = path("contact-sheet.png");
/** @type {import("@opengeni/runtime-native").RecordingCodec[]} */
const CODECS = ["h264-mp4", "vp9-webm"];

/**
 * @typedef {object} Take
 * @property {string} codec
 * @property {string} file
 * @property {number} sizeOnBox In bytes.
 * @property {number} sizeRead In bytes.
 * @property {number} seconds By ffprobe.
 * @property {number} frames By ffprobe.
 * @property {number} pictures How many of the frames differ.
 * @property {number} durationSeconds By the result.
 * @property {number} stopMs
 * @property {number} readMs
 */

/**
 * @param {{ display: string | undefined, seconds: number }} options
 * @returns {Promise<boolean>} Whether everything agreed.
 */
export async function record({ display, seconds }) {
  const desktop = display === undefined ? await startDesktop(SIZE) : { display, stop() {} };
  const session = await new UnixLocalSandboxClient().create();
  const spinner = createSpinner();
  try {
    /** @type {Take[]} */
    const takes = [];
    for (const codec of CODECS) {
      takes.push(await take({ session, display: desktop.display, codec, seconds, spinner }));
    }
    contactSheet(takes, CONTACT_SHEET);
    const agreed = agree(takes, seconds);
    console.log([...takes.map(({ file }) => file), CONTACT_SHEET].join("\n"));
    return agreed;
  } finally {
    spinner.stop();
    await session.close();
    desktop.stop();
  }
}

/**
 * Makes one recording, from start to deletion.
 *
 * @param {object} options
 * @param {any} options.session
 * @param {string} options.display
 * @param {import("@opengeni/runtime-native").RecordingCodec} options.codec
 * @param {number} options.seconds
 * @param {import("yocto-spinner").Spinner} options.spinner
 * @returns {Promise<Take>}
 */
async function take({ session, display, codec, seconds, spinner }) {
  spinner.start(`${codec}: starting`);
  const recording = await startRecording(session, {
    recordingId: `demo-${process.pid}-${codec}`,
    codec,
    display,
    dimensions: [SIZE.width, SIZE.height],
    framerate: FRAMERATE,
    maxSeconds: seconds + 60,
  });
  try {
    for (let elapsed = 0; elapsed < seconds; elapsed += 0.25) {
      spinner.text = `${codec}: recording ${display}, ${elapsed.toFixed(1)} of ${seconds} s`;
      await sleep(250);
    }
    spinner.text = `${codec}: stopping`;
    const stopped = await timed(() => stopRecording(session, recording));
    spinner.text = `${codec}: reading`;
    const read = await timed(() => readRecordingBytes(session, recording));

    const { bytes, sizeBytes, contentType, durationSeconds } = read.value;
    const file = path(`desktop.${extForCodec(codec)}`);
    writeFileSync(file, bytes);
    const sizeOnBox = statSync(recording.boxPath).size;
    spinner.success(`${codec}: ${sizeBytes} bytes, ${contentType}`);
    const { seconds: length, frames } = probe(file);
    return {
      codec,
      file,
      sizeOnBox,
      sizeRead: bytes.length,
      seconds: length,
      frames,
      pictures: countPictures(file),
      durationSeconds,
      stopMs: stopped.ms,
      readMs: read.ms,
    };
  } finally {
    // The file is here by now, or there is none.
    await deleteRecordingArtifacts(session, recording);
  }
}

/**
 * @template T
 * @param {() => Promise<T>} run
 */
async function timed(run) {
  const start = performance.now();
  const value = await run();
  return { value, ms: Math.round(performance.now() - start) };
}

/**
 * Prints the takes, and what is wrong with them.
 *
 * @param {Take[]} takes
 * @param {number} seconds How long each should be.
 */
function agree(takes, seconds) {
  console.table(
    Object.fromEntries(
      takes.map((take) => [
        take.codec,
        {
          "bytes on the box": take.sizeOnBox,
          "bytes read": take.sizeRead,
          "seconds (ffprobe)": take.seconds,
          "seconds (result)": take.durationSeconds,
          frames: take.frames,
          "stop, ms": take.stopMs,
          "read, ms": take.readMs,
        },
      ]),
    ),
  );
  const faults = takes.flatMap((take) => {
    /** @type {[boolean, string][]} */
    const checks = [
      [take.sizeRead === take.sizeOnBox, "the bytes read are not the bytes on the box"],
      [take.sizeRead === statSync(take.file).size, "the file here is not what was read"],
      [Math.abs(take.seconds - seconds) <= 2, `the video is not ${seconds} s long`],
      [Math.abs(take.seconds - take.durationSeconds) <= 2, "the duration is not the video's"],
      [take.pictures > 1, "nothing moves"],
      [Math.abs(take.frames - take.seconds * FRAMERATE) <= FRAMERATE, "frames are missing"],
    ];
    return checks.filter(([holds]) => !holds).map(([, fault]) => `${take.codec}: ${fault}`);
  });
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

/** @param {string} name */
function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
