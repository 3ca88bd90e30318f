// Measures reads through real sessions: the large one of the table, and the curve over sizes.
import { randomFillSync } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inProcesses } from "./measure.mjs";
import { bytesText } from "./reading.mjs";
import { NAMES } from "./rivals.mjs";
import { row } from "./rows.mjs";

/** @typedef {import("./rows.mjs").Plan} Plan */
/** @typedef {import("./rows.mjs").Row} Row */

/**
 * @typedef {object} Fetched
 * @property {number} wall The wall time, in ms.
 * @property {number} stall The longest stall, in ms.
 * @property {number} own The longest stall that is neither the session's work nor a wait for a core, in ms.
 * @property {number} inside The part of `wall` inside of the session's commands, in ms.
 * @property {number} commands The number of commands.
 * @property {number} peak The peak of memory, in bytes.
 *
 * @typedef {object} Point
 * @property {number} bytes
 * @property {Record<string, Fetched | { failed: string }>} rivals
 */

/** Recordings below this size, in bytes, are read in 3 rounds at most. */
const SHORT = 1 << 26;

/**
 * Measures reads through the local session of `@openai/agents`, by size.
 *
 * @param {Plan} plan
 * @returns {Point[]}
 */
export function fetches({ rounds, real }) {
  return real.map((bytes) => {
    const times = bytes < SHORT ? Math.min(rounds, 3) : rounds;
    return { bytes, rivals: fetch("local", bytes, times, ["native", "pieces", "old"]) };
  });
}

/**
 * @param {import("./sessions.mjs").Channel} channel
 * @param {number} bytes
 * @param {number} rounds
 * @param {string[]} rivals
 */
function fetch(channel, bytes, rounds, rivals) {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const file = recordingOf(bytes, folder);
    const runs = rivals.map((rival) => [rival, ["fetch.mjs", rival, channel, file]]);
    return inProcesses(rounds, Object.fromEntries(runs));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Writes a file with so many random bytes.
 *
 * @param {number} bytes
 * @param {string} folder
 */
function recordingOf(bytes, folder) {
  const name = join(folder, "og-rec-bench.mp4");
  const file = openSync(name, "w");
  const part = Buffer.alloc(Math.min(bytes, 1 << 24));
  for (let at = 0; at < bytes; at += part.length) {
    writeSync(file, randomFillSync(part), 0, Math.min(part.length, bytes - at));
  }
  closeSync(file);
  return name;
}

/**
 * @param {Plan} plan
 * @param {Point[]} points The result of `fetches`.
 */
export function realRows({ rounds }, points) {
  const { bytes, rivals } = /** @type {Point} */ (points.at(-1));
  return [
    ...localRows(bytes, /** @type {any} */ (rivals)),
    ...unlimitedRows(bytes, fetch("unlimited", bytes, rounds, ["native", "command"])),
  ];
}

/**
 * @param {number} bytes
 * @param {Record<"native" | "pieces", Fetched>} rivals
 * @returns {Row[]}
 */
function localRows(bytes, { native, pieces }) {
  const [what, rival] = [`read ${bytesText(bytes)}, local session`, NAMES.pieces];
  const each = "× the recording";
  return [
    row(what, "ms", native.wall, rival, pieces.wall, row.ratioAtMost(1.25)),
    row(`${what}: own stall`, "ms", native.own, rival, pieces.own, row.atMost(8)),
    row(
      `${what}: memory`,
      each,
      native.peak / bytes,
      rival,
      pieces.peak / bytes,
      row.aboveAtMost(1.05),
    ),
    ...commandRows(what, native, rival, pieces),
    row(`${what}: whole stall`, "ms", native.stall, rival, pieces.stall),
  ];
}

/**
 * @param {number} bytes
 * @param {Record<string, any>} rivals
 * @returns {Row[]}
 */
function unlimitedRows(bytes, { native, command }) {
  const [what, rival] = [`read ${bytesText(bytes)}, unlimited session`, NAMES.command];
  const each = "× the recording";
  return [
    row(what, "ms", native.wall, rival, command.wall, row.ratioAtMost(1.2)),
    ...commandRows(what, native, rival, command),
    row(`${what}: own stall`, "ms", native.own, rival, command.own),
    row(`${what}: memory`, each, native.peak / bytes, rival, command.peak / bytes),
  ];
}

/**
 * The rows that split the time between the session and the rival.
 *
 * @param {string} what
 * @param {Fetched} native
 * @param {string} rival
 * @param {Fetched} theirs
 * @returns {Row[]}
 */
function commandRows(what, native, rival, theirs) {
  const outside = (/** @type {Fetched} */ { wall, inside }) => wall - inside;
  return [
    row(`${what}: commands`, "", native.commands, rival, theirs.commands),
    row(`${what}: inside of commands`, "ms", native.inside, rival, theirs.inside),
    row(`${what}: outside of commands`, "ms", outside(native), rival, outside(theirs)),
  ];
}
