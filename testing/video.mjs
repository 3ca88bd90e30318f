// Examines videos with ffprobe and ffmpeg.
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
 * The number of different pictures of a video.
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
 * @property {number} seconds NaN for an unfinished file, which has no duration.
 * @property {number} frames The number of frames that can be decoded.
 * @property {number} pictures The number of different frames.
 * @property {string} complaint The decoder's messages; empty for an intact file.
 */

/**
 * Decodes a whole video. ffprobe counts the frames, since ffmpeg repeats some where they are not evenly
 * spaced. ffmpeg tells which frames differ, and reports errors.
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
 * @param {string} framemd5 The output of ffmpeg's muxer of that name.
 */
function hashesOf(framemd5) {
  const frames = framemd5.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return frames.map((line) => line.split(",").at(-1));
}
