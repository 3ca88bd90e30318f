import { run } from "../testing/processes.mjs";

/**
 * Writes one picture of frames from the whole length of each video, a row for each.
 *
 * @param {{ file: string, seconds: number }[]} videos
 * @param {string} png
 * @param {AbortSignal} signal
 */
export async function contactSheet(videos, png, signal) {
  const columns = 6;
  const rows = videos.map(
    ({ seconds }, at) =>
      `[${at}:v]fps=${columns}/${seconds}:round=up,scale=240:-2,tile=${columns}x1[row${at}]`,
  );
  const stacked = `${videos.map((_, at) => `[row${at}]`).join("")}vstack=inputs=${videos.length}`;
  const inputs = videos.flatMap(({ file }) => ["-i", file]);
  const filter = ["-filter_complex", [...rows, stacked].join(";")];
  const { status, stderr } = await run(
    "ffmpeg",
    ["-v", "error", "-nostdin", "-y", ...inputs, ...filter, "-frames:v", "1", png],
    signal,
  );
  if (status !== 0) throw new Error(`no contact sheet: ${stderr}`);
}
