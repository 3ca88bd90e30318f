// Recordings of a virtual display with moving windows.
import { inProcesses } from "./measure.mjs";
import { NAMES } from "./rivals.mjs";
import { row } from "./rows.mjs";

/**
 * @typedef {object} Film
 * @property {number} frames The frames in the file when the stop has returned.
 * @property {number} expected The frames expected by the time between start and stop.
 * @property {number} stop The time of the stop, in milliseconds.
 * @property {string} pixels ffmpeg's name of the pixel format.
 * @property {boolean} isLeft Whether ffmpeg still runs after the stop.
 * @property {number} commands
 *
 * @typedef {Record<"native" | "old", Film>} Films
 */

/** The bits of a pixel, by ffmpeg's names of pixel formats. Browsers play the first one. */
const BITS = { yuv420p: 12, yuv444p: 24, gbrp: 24 };

/** The greatest number of rounds, since a film takes its full duration. */
const ROUNDS = 3;

/**
 * @param {number} rounds
 * @param {(string | number)[]} what Codec, width, height and seconds.
 * @returns {Films}
 */
function films(rounds, what) {
  const run = (/** @type {string} */ rival) => ["film.mjs", rival, ...what.map(String)];
  return inProcesses(Math.min(rounds, ROUNDS), { native: run("native"), old: run("old") });
}

/**
 * A film in VP9 of the default size.
 *
 * @param {import("./rows.mjs").Plan} plan
 */
export function largeFilms({ rounds, film }) {
  return films(rounds, ["vp9-webm", 1280, 800, film]);
}

/**
 * @param {import("./rows.mjs").Plan} plan
 * @param {Films} large The result of `largeFilms`.
 */
export function filmRows({ film }, { native, old }) {
  const short = films(1, ["h264-mp4", 640, 480, Math.min(2, film)]);
  const what = `film of ${film} s, VP9, 1280×800`;
  const part = (/** @type {Film} */ { frames, expected }) => frames / expected;
  const bits = (/** @type {Film} */ { pixels }) => BITS[/** @type {"gbrp"} */ (pixels)];
  return [
    row(
      `${what}: frames`,
      "of those expected",
      part(native),
      NAMES.old,
      part(old),
      row.atLeast(0.95),
    ),
    row(`${what}: stop`, "ms", native.stop, NAMES.old, old.stop, row.atMost(2_000)),
    row(`${what}: bits a pixel`, "", bits(native), NAMES.old, bits(old), row.atMost(12)),
    row(
      "commands of a short recording",
      "",
      short.native.commands,
      NAMES.old,
      short.old.commands,
      row.atMost(5),
    ),
  ];
}
