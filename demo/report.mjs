// Reports on the takes, and lists their faults.

/** @typedef {import("./take.mjs").Take} Take */

/** The least and the greatest accepted share of the expected frames. */
const [FEWEST, MOST] = [0.95, 1.05];
/** The greatest accepted difference of two durations of one recording, in seconds. */
const SLACK = 2;

/**
 * A line for each fact, with a column for each take.
 *
 * @param {Take[]} takes
 */
export function table(takes) {
  const columns = takes.map(facts);
  const names = Object.keys(columns[0] ?? {});
  const width = Math.max(...names.map((name) => name.length));
  return names
    .map((name) => {
      const cells = columns.map((column) => `${column[name]}`.padStart(12));
      return `${name.padEnd(width)}${cells.join("")}`;
    })
    .join("\n");
}

/**
 * @param {Take} take
 * @returns {Record<string, string | number>}
 */
function facts({ codec, video, ms, ...take }) {
  return {
    codec,
    "frames expected": take.framesExpected,
    "frames got": video.frames,
    "frames that differ": video.pictures,
    "pixel format": video.pixelFormat,
    size: `${video.width}x${video.height}`,
    finished: isFinished(video) ? "yes" : "no",
    "seconds (ffprobe)": video.seconds,
    "seconds (result)": take.durationSeconds,
    "bytes on the box": take.sizeOnBox,
    "bytes read": take.sizeRead,
    "read by": take.way,
    "pieces read": take.pieces,
    "start, ms": ms.start,
    "film, ms": ms.film,
    "stop, ms": ms.stop,
    "read, ms": ms.read,
    "delete, ms": ms.delete,
  };
}

/**
 * @param {Take} take
 * @returns {string[]}
 */
export function faultsOf({ codec, size, video, ...take }) {
  // The pixel format has one colour for four pixels, so both sides are even.
  const even = (/** @type {number} */ side) => side + (side % 2);
  const [width, height] = [even(size.width), even(size.height)];
  /** @type {[boolean, string][]} */
  const checks = [
    [take.isSame, "the bytes read are not the bytes on the box"],
    [video.frames >= FEWEST * take.framesExpected, "frames are missing"],
    [video.frames <= MOST * take.framesExpected, "there are too many frames"],
    [video.pixelFormat === "yuv420p", "the pixel format is not yuv420p"],
    [video.width === width && video.height === height, `the picture is not ${width}x${height}`],
    [isFinished(video), `the file is not finished. ${video.complaint}`],
    [near(video.seconds, take.seconds), `the video is not ${take.seconds} s long`],
    [near(video.seconds, take.durationSeconds), "the duration is not the video's"],
    [video.pictures > 1, "nothing moves"],
  ];
  return checks
    .filter(([holds]) => !holds)
    .map(([, fault]) => `${codec}: ${fault.trim().replaceAll("\n", " | ")}`);
}

/** @param {import("../testing/video.mjs").Examination} video */
function isFinished({ seconds, complaint }) {
  return complaint === "" && seconds > 0;
}

/**
 * @param {number} a
 * @param {number} b
 */
function near(a, b) {
  return Math.abs(a - b) <= SLACK;
}
