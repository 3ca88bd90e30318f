// What ffprobe and ffmpeg say of a video.
import { execFileSync } from "node:child_process";
import { run } from "./processes.mjs";

/**
 * @param {string} file
 * @returns {{ seconds: number, frames: number, codec: string, width: number, height: number }} The
 *   frames are counted by decoding them.
 */
export function probe(file) {
  const json = execFileSync(
    "ffprobe",
    [
      ...["-v", "error", "-count_frames", "-select_streams", "v:0", "-of", "json"],
      ...["-show_entries", "stream=codec_name,width,height,nb_read_frames:format=duration"],
      file,
    ],
    { encoding: "utf8" },
  );
  const {
    streams: [stream],
    format,
  } = JSON.parse(json);
  return {
    seconds: Number(format.duration),
    frames: Number(stream.nb_read_frames),
    codec: stream.codec_name,
    width: stream.width,
    height: stream.height,
  };
}

/**
 * How many different pictures a video has.
 *
 * @param {string} file
 */
export function countPictures(file) {
  const args = ["-v", "error", "-i", file, "-f", "framemd5", "-"];
  return new Set(hashesOf(execFileSync("ffmpeg", args, { encoding: "utf8" }))).size;
}

/**
 * @typedef {object} Examination
 * @property {string} pixelFormat
 * @property {number} width
 * @property {number} height
 * @property {number} seconds NaN where the file does not say: its writer has not finished it.
 * @property {number} frames How many can be decoded.
 * @property {number} pictures How many of them differ.
 * @property {string} complaint What the decoder has to say; empty for a whole file.
 */

/**
 * Looks at a video from its beginning to its end. ffprobe counts its frames, since ffmpeg repeats some
 * where they do not come evenly; ffmpeg tells which of them differ, and whether all is well.
 *
 * @param {string} file
 * @param {AbortSignal} signal
 * @returns {Promise<Examination>}
 */
export async function examine(file, signal) {
  const entries = "stream=pix_fmt,width,height,nb_read_frames:format=duration";
  const probed = await run(
    "ffprobe",
    [
      ...["-v", "error", "-count_frames", "-select_streams", "v:0", "-of", "json"],
      ...["-show_entries", entries, file],
    ],
    signal,
  );
  const { streams: [stream] = [], format } = JSON.parse(probed.stdout || "{}");
  const decoded = await run(
    "ffmpeg",
    ["-v", "error", "-nostdin", "-xerror", "-i", file, "-map", "0:v:0", "-f", "framemd5", "-"],
    signal,
  );
  const complaint = `${probed.stderr}${decoded.stderr}`.trim();
  return {
    pixelFormat: stream?.pix_fmt ?? "none",
    width: stream?.width ?? 0,
    height: stream?.height ?? 0,
    seconds: Number(format?.duration),
    frames: Number(stream?.nb_read_frames ?? 0),
    pictures: new Set(hashesOf(decoded.stdout)).size,
    complaint: complaint || (decoded.status === 0 ? "" : `ffmpeg ended with ${decoded.status}`),
  };
}

/**
 * The hash of each frame.
 *
 * @param {string} framemd5 What ffmpeg's muxer of that name writes.
 */
function hashesOf(framemd5) {
  const frames = framemd5.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return frames.map((line) => line.split(",").at(-1));
}
