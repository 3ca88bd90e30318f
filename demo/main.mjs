// Records a desktop through a real sandbox session, in both codecs, and checks what came of it.
//
//   node demo/main.mjs                    a virtual display
//   node demo/main.mjs --display :0       one that is there
//   node demo/main.mjs --size 1920x1080   how much of it, by default 1280x800
//   node demo/main.mjs --seconds 60       for longer than 20 s
//   node demo/main.mjs --to folder        where the films go, by default beside this file
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { interruption } from "./lifetime.mjs";

/**
 * @typedef {object} Options
 * @property {string | undefined} display
 * @property {{ width: number, height: number }} size In pixels.
 * @property {number} seconds
 * @property {string} to The folder that the films are put in.
 */

/**
 * @returns {Options} What the command line says; where it cannot be understood, the process exits.
 */
export function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        display: { type: "string" },
        size: { type: "string", default: "1280x800" },
        seconds: { type: "string", default: "20" },
        to: { type: "string", default: path.dirname(fileURLToPath(import.meta.url)) },
      },
    });
    const { display, size, seconds, to } = values;
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
  } catch (error) {
    console.error(oneLine(error));
    process.exit(1);
  }
}

/**
 * Runs the demo, and exits: with 0 if everything agreed, with 1 if not, and with what a shell makes of
 * the signal if one ended it.
 *
 * @param {Options} options
 * @returns {Promise<never>}
 */
export async function main(options) {
  const signal = interruption();
  try {
    // It takes a while to load, and from now on a signal has its effect.
    const { record } = await import("./record.mjs");
    const agreed = await record(options, signal);
    signal.throwIfAborted();
    // A session's timers go on for a minute when it is closed.
    process.exit(agreed ? 0 : 1);
  } catch (error) {
    // What goes wrong once a signal has come, is its doing.
    const reason = signal.aborted ? signal.reason : error;
    console.error(oneLine(reason));
    process.exit(reason?.exitCode ?? 1);
  }
}

/** @param {unknown} error */
function oneLine(error) {
  return `${error}`.trim().replace(/\s*\n\s*/g, " | ");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(readOptions());
