// Records a desktop through a local sandbox session, in both codecs, and checks the recordings.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { conclude, optionsOf } from "./lifetime.mjs";

const USAGE = `Films a desktop in both codecs, and checks the films.

  npm run demo -- [options]

  --display <display>   an existing X display, such as :0; default: a virtual one with moving windows
  --size <size>         how much of it is filmed, from the top left corner; default: 1280x800
  --seconds <seconds>   for how long; default: 20
  --to <folder>         the folder for the films; default: demo
  --help                these lines`;

/**
 * @typedef {object} Options
 * @property {string | undefined} display
 * @property {{ width: number, height: number }} size In pixels.
 * @property {number} seconds
 * @property {string} to The folder that the films are put in.
 */

/** @returns {Options} */
export function readOptions() {
  const to = path.dirname(fileURLToPath(import.meta.url));
  const options = /** @type {const} */ ({
    display: { type: "string" },
    size: { type: "string", default: "1280x800" },
    seconds: { type: "string", default: "20" },
    to: { type: "string", default: to },
  });
  return optionsOf(USAGE, options, ({ display, size, seconds, to }) => {
    const [, width, height] = /^(\d+)x(\d+)$/.exec(size) ?? [];
    if (!(Number(width) >= 1 && Number(height) >= 1)) {
      throw new Error(`--size must be like 1280x800, got ${size}`);
    }
    if (!(Number(seconds) >= 1 && Number(seconds) < Infinity)) {
      throw new Error(`--seconds must be a number from 1, got ${seconds}`);
    }
    return {
      display,
      size: { width: Number(width), height: Number(height) },
      seconds: Number(seconds),
      to: path.resolve(to),
    };
  });
}

/**
 * Runs the demo, and exits.
 *
 * @param {Options} options
 * @returns {Promise<never>}
 */
export function main(options) {
  return conclude(async (signal) => {
    // Loaded after the signals are handled, since loading takes a while.
    const { record } = await import("./record.mjs");
    return record(options, signal);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(readOptions());
