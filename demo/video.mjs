// What ffprobe says of a video, and pictures out of it.
import { execFileSync } from "node:child_process";

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
  const hashes = execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "framemd5", "-"], {
    encoding: "utf8",
  });
  const frames = hashes.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(frames.map((line) => line.split(",").at(-1))).size;
}

/**
 * Writes one picture of frames from the whole length of each video, a row for each.
 *
 * @param {{ file: string, seconds: number }[]} videos
 * @param {string} png
 */
export function contactSheet(videos, png) {
  const columns = 6;
  const rows = videos.map(
    ({ seconds }, at) =>
      `[${at}:v]fps=${columns}/${seconds}:round=up,scale=240:-2,tile=${columns}x1[row${at}]`,
  );
  const stacked = `${videos.map((_, at) => `[row${at}]`).join("")}vstack=inputs=${videos.length}`;
  execFileSync("ffmpeg", [
    ...["-v", "error", "-y"],
    ...videos.flatMap(({ file }) => ["-i", file]),
    ...["-filter_complex", [...rows, stacked].join(";"), "-frames:v", "1", png],
  ]);
}
