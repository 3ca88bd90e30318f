// Measures reads of recordings: the large one of the table, and the curves over all sizes.
import { constants } from "node:buffer";
import { inProcesses } from "./measure.mjs";
import { NAMES } from "./rivals.mjs";
import { row } from "./rows.mjs";

/** @typedef {import("./rows.mjs").Plan} Plan */
/** @typedef {import("./rows.mjs").Row} Row */

/**
 * @param {string} rival
 * @param {string} shape
 * @param {number} bytes
 * @param {import("./box.mjs").Form} form
 */
function run(rival, shape, bytes, form) {
  // A rope is flat after its first read, so it is read once.
  const times = form === "rope" ? 1 : Math.min(1_000, Math.floor((1 << 22) / bytes));
  return ["read.mjs", rival, shape, `${bytes}`, form, `${Math.max(1, times)}`];
}

/** @param {Plan} plan */
export function largeRows({ rounds, large }) {
  /** @type {Row[]} */
  const rows = [];
  const size = bytesText(large);
  for (const [shape, form] of /** @type {const} */ ([
    ["exec", "flat"],
    ["banner", "flat"],
    ["exec", "external"],
  ])) {
    const took = inProcesses(rounds, {
      native: run("native", shape, large, form),
      old: run("old", shape, large, form),
      plain: run("plain", shape, large, form),
      bare: run("bare", shape, large, form),
    });
    const { native, old, plain, bare } = took;
    const kind = form === "external" ? ", external" : "";
    const [what, each] = [`read ${size}, ${shape}${kind}`, "× the recording"];
    rows.push(
      row(what, "ms", native.wall, NAMES.old, old.wall, row.ratioAtMost(0.15)),
      row(what, "ms", native.wall, NAMES.bare, bare.wall, row.ratioAtMost(1.1)),
      row(what, "ms", native.wall, NAMES.plain, plain.wall),
      row(`${what}: stall`, "ms", native.stall, NAMES.old, old.stall, row.atMost(8)),
      row(`${what}: stall`, "ms", native.stall, NAMES.bare, bare.stall),
      row(
        `${what}: memory`,
        each,
        native.peak / large,
        NAMES.old,
        old.peak / large,
        row.atMost(1.05),
      ),
      row(`${what}: memory`, each, native.peak / large, NAMES.bare, bare.peak / large),
    );
  }
  for (const shape of ["exec", "banner"]) {
    const { native, old, bare, flatten } = inProcesses(rounds, {
      native: run("native", shape, large, "rope"),
      old: run("old", shape, large, "rope"),
      bare: run("bare", shape, large, "rope"),
      flatten: run("flatten", shape, large, "rope"),
    });
    const [what, each] = [`read ${size}, ${shape}, rope`, "× the recording"];
    const only = "its flattening alone";
    rows.push(
      row(what, "ms", native.wall, NAMES.old, old.wall),
      row(what, "ms", native.wall, NAMES.bare, bare.wall),
      row(`${what}: stall`, "ms", native.stall, NAMES.old, old.stall),
      row(`${what}: stall`, "ms", native.stall, only, flatten.wall),
      row(`${what}: memory`, each, native.peak / large, NAMES.old, old.peak / large),
      row(`${what}: memory`, each, native.peak / large, only, flatten.peak / large),
    );
  }
  return rows;
}

/**
 * @typedef {object} Point
 * @property {number} bytes
 * @property {Record<string, { wall: number, stall: number, peak: number } | { failed: string }>} rivals
 */

/**
 * @param {Plan} plan
 * @returns {Point[]}
 */
export function curves({ rounds, sizes }) {
  return sizes.map((bytes) => ({
    bytes,
    rivals: inProcesses(bytes < 1 << 26 ? rounds : Math.min(rounds, 3), {
      native: run("native", "exec", bytes, "flat"),
      old: run("old", "exec", bytes, "flat"),
      plain: run("plain", "exec", bytes, "flat"),
      bare: run("bare", "exec", bytes, "flat"),
    }),
  }));
}

/** The longest video whose text, in lines of 76 characters, the engine can hold. */
export const LONGEST = Math.floor(constants.MAX_STRING_LENGTH / 77) * 57;

/** @param {number} bytes */
export function bytesText(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${units[unit]}`;
}

/**
 * The size in units of 1,000, and in MiB where it is a whole number of them.
 *
 * @param {number} bytes
 */
export function decimalText(bytes) {
  if (bytes % (1 << 20) === 0) return bytesText(bytes);
  const units = ["B", "kB", "MB", "GB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** unit).toFixed(1))} ${units[unit]}`;
}
