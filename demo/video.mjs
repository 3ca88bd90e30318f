// What ffprobe says of a video, and pictures out of it.
import { execFileSync } from "node:child_process";

/**
 * @param {string} file
 * @returns {{ seconds: number, frames: number }} Both counted, not taken from the header alone.
 */
export function probe(file) {
  const json = execFileSync(
    "ffprobe",
    [
      ...["-v", "error", "-count_frames", "-select_streams", "v:0"],
      ...["-show_entries", "stream=nb_read_frames:format=duration", "-of", "json", file],
    ],
    { encoding: "utf8" },
  );
  const { streams, format } = JSON.parse(json);
  return { seconds: Number(format.duration), frames: Number(streams[0].nb_read_frames) };
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
