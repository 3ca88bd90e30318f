// What the old module does wrong on a real shell, with a stand-in for ffmpeg.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { PROCESS, videoOf } from "../support/box.js";
import { end, isAlive, onBox, until } from "./box.js";
import { UNFINISHED_MP4, VIDEO } from "./videos.js";

/**
 * @typedef {import("./run.js").Api} Api
 * @typedef {import("./box.js").Box} Box
 */

const ID = "og-rec-r1";

/**
 * Starts the recording, and waits until it is filmed.
 *
 * @param {Api} api
 * @param {any} session
 * @param {Box} box
 */
async function film(api, session, box) {
  const process = await api.startRecording(session, { recordingId: "r1" });
  await until(() => box.text(`${ID}.mp4`) === "recording");
  return process;
}

/**
 * Reads a video that is on the box.
 *
 * @param {Uint8Array} video
 * @returns {(api: Api, session: any, box: Box) => Promise<object>} How long it was, and whether it was
 *   the same.
 */
function reads(video) {
  return async (api, session, box) => {
    writeFileSync(box.path(`${ID}.mp4`), video);
    const { bytes } = await api.readRecordingBytes(session, { ...PROCESS });
    return { length: bytes.length, isVideo: Buffer.compare(bytes, video) === 0 };
  };
}

/** @param {import("./box.js").Printed} printed */
function merged({ stdout, stderr, exitCode }) {
  return { output: stderr + stdout, exitCode };
}

/**
 * What sessions of `@openai/agents` keep of a long output.
 *
 * @param {import("./box.js").Printed} printed
 */
function lastMebibyte({ stdout, exitCode }) {
  const left = stdout.length - 1_048_576;
  const notice = `[...${left} characters truncated from process output...]\n`;
  return { output: left > 0 ? notice + stdout.slice(left) : stdout, exitCode };
}

/**
 * The same lines of base64 in another order.
 *
 * @param {import("./box.js").Printed} printed
 * @param {string} cmd
 */
function swapped({ stdout, exitCode }, cmd) {
  const inAnotherOrder = stdout.replace(/^([\w+/]{76}\n)([\w+/]{76}\n)/m, "$2$1");
  return { output: cmd.includes("base64") ? inAnotherOrder : stdout, exitCode };
}

/**
 * The same, once: of the second command, the first that reads.
 *
 * @param {import("./box.js").Printed} printed
 * @param {string} cmd
 * @param {number} number
 */
function swappedOnce(printed, cmd, number) {
  return number === 2 ? swapped(printed, cmd) : printed;
}

/**
 * Base64 without its end.
 *
 * @param {import("./box.js").Printed} printed
 * @param {string} cmd
 */
function withoutEnd({ stdout, exitCode }, cmd) {
  return { output: cmd.includes("base64") ? stdout.slice(0, -40) : stdout, exitCode };
}

/**
 * An ffmpeg that has ended, and that its parent leaves unburied.
 *
 * @param {Box} box
 */
async function zombie(box) {
  const pidFile = box.path(`${ID}.pid`);
  const script = `FFMPEG=idle "$1" "$2" & echo $! >"$3"; exec sleep 600`;
  const files = [box.path("bin/ffmpeg"), box.path(`${ID}.mp4`), pidFile];
  const parent = spawn("bash", ["-c", script, "bash", ...files], { stdio: "ignore" });
  await until(() => box.linesOf(`${ID}.pid`) === 1 && !isAlive(Number(box.text(`${ID}.pid`))));
  return parent;
}

export const boxed = [
  onBox("C9: a stop", async (api, session, box) => {
    const parent = await zombie(box);
    await api.stopRecording(session, { ...PROCESS });
    parent.kill("SIGKILL");
    return { waited: box.linesOf("waited") };
  }),
  onBox("C12: a login profile that prints", reads(VIDEO), {
    profile: "echo 'Welcome to the box!'",
  }),
  onBox("C12: a login profile that traces, on one channel with the answers", reads(VIDEO), {
    profile: "set -x",
    answer: merged,
  }),
  onBox("C12: the end of the answer is missing", reads(VIDEO), { answer: withoutEnd }),
  onBox("C13: the last mebibyte is kept", reads(videoOf(800_001)), { answer: lastMebibyte }),
  onBox("C14: ffmpeg still writes", async (api, session, box) => {
    const process = await film(api, session, box);
    writeFileSync(box.path(`${ID}.mp4`), UNFINISHED_MP4);
    const { sizeBytes } = await api.readRecordingBytes(session, process);
    return { sizeBytes };
  }),
  onBox(
    "C15: ffmpeg takes its time to end the file",
    async (api, session, box) => {
      const process = await film(api, session, box);
      await api.stopRecording(session, process);
      return { file: box.text(`${ID}.mp4`), waited: box.linesOf("waited") };
    },
    { profile: "export FFMPEG=slow" },
  ),
  onBox(
    "C17: the session ends what belongs to the command",
    async (api, session, box) => {
      const process = await api.startRecording(session, { recordingId: "r1" });
      const pid = Number(box.text(`${ID}.pid`));
      await until(() => box.text(`${ID}.mp4`) === "recording" || !isAlive(pid));
      await api.stopRecording(session, process);
      return { isFilmed: box.text(`${ID}.mp4`) === "recordingfinished" };
    },
    { endsGroup: true },
  ),
  onBox("C18: another process has the number", async (api, session, box) => {
    const stranger = spawn("sleep", ["600"], { stdio: "ignore" });
    const ended = once(stranger, "exit");
    writeFileSync(box.path(`${ID}.pid`), `${stranger.pid}\n`);
    await api.stopRecording(session, { ...PROCESS });
    end(Number(stranger.pid));
    const [, signal] = await ended;
    return { signal };
  }),
  onBox("C19: a folder that is not there", async (api, session, box) => {
    try {
      await api.startRecording(session, { recordingId: "r1", tmpDir: "/tmp/none" });
    } catch (/** @type {any} */ error) {
      error.message = error.message.replaceAll(box.folder, "/tmp");
      throw error;
    }
  }),
  onBox(
    "C22: a profile that changes the folder",
    async (api, session, box) => {
      const process = await api.startRecording(session, { recordingId: "r1", tmpDir: "films" });
      await until(() => box.has(`work/films/${ID}.mp4`));
      await api.stopRecording(session, process);
      await api.deleteRecordingArtifacts(session, process);
      const left = ["mp4", "log", "pid"].filter((kind) => box.has(`work/films/${ID}.${kind}`));
      return { isAbsolute: process.boxPath.startsWith("/"), left };
    },
    { profile: 'mkdir -p "$FOLDER/work/films"; cd "$FOLDER/work"' },
  ),
  onBox(
    "C23: an older video, and ffmpeg fails",
    async (api, session, box) => {
      writeFileSync(box.path(`${ID}.mp4`), VIDEO);
      const process = await api.startRecording(session, { recordingId: "r1" });
      await until(() => box.text(`${ID}.log`).includes("Unknown encoder"));
      const { bytes } = await api.readRecordingBytes(session, process);
      return { isOlderVideo: Buffer.compare(bytes, VIDEO) === 0 };
    },
    { profile: "export FFMPEG=fails" },
  ),
  onBox("C23: a recording of that id goes on", async (api, session, box) => {
    await film(api, session, box);
    try {
      await api.startRecording(session, { recordingId: "r1" });
      await until(() => box.linesOf("started") === 2);
    } catch (/** @type {any} */ error) {
      error.message = error.message.replace(/process \d+/, "process N");
      throw error;
    }
    return { started: box.linesOf("started") };
  }),
  onBox(
    "C25: two stops, one while the other waits",
    async (api, session, box) => {
      const process = await film(api, session, box);
      const first = api.stopRecording(session, process);
      await until(() => box.linesOf("signals") === 1);
      await api.stopRecording(session, process);
      await first;
      return { signals: box.linesOf("signals"), file: box.text(`${ID}.mp4`) };
    },
    { profile: "export FFMPEG=slow STOPS=2" },
  ),
  onBox("C26: two lines have changed places", reads(videoOf(300)), { answer: swapped }),
  onBox("C26: two lines have changed places, once", reads(videoOf(300)), { answer: swappedOnce }),
  onBox("C27: a link at the log's name", async (api, session, box) => {
    writeFileSync(box.path("letter"), "dear");
    symlinkSync(box.path("letter"), box.path(`${ID}.log`));
    await film(api, session, box);
    return { letter: box.text("letter") };
  }),
  onBox("C27: a link in place of the video", async (api, session, box) => {
    writeFileSync(box.path("letter"), VIDEO);
    symlinkSync(box.path("letter"), box.path(`${ID}.mp4`));
    const { sizeBytes } = await api.readRecordingBytes(session, { ...PROCESS });
    return { sizeBytes };
  }),
  onBox("C30: a tmpDir that reads as a protocol", async (api, session, box) => {
    mkdirSync(box.path("rec:x"));
    await api.startRecording(session, { recordingId: "r1", tmpDir: "rec:x" });
    const [film, log] = [`rec:x/${ID}.mp4`, `rec:x/${ID}.log`];
    await until(() => box.text(film) === "recording" || box.text(log).includes("Protocol"));
    return { file: box.text(film), log: box.text(log) };
  }),
];
