// What a mark cannot get below as things are, measured in the same run: said where it is missed.
import core from "../native.js";
import { sections } from "./cold.mjs";
import { inProcesses, microseconds } from "./measure.mjs";

/**
 * @typedef {object} Bounds
 * @property {number} crossing A call of the addon that does nothing, in microseconds.
 * @property {number} flow The two calls of an operation with one command, likewise.
 * @property {string} sections What the binary consists of.
 * @property {number} copy The large text out of the engine's heap, in milliseconds.
 * @property {number} idle The longest stall of an event loop that has nothing to do, likewise.
 */

/**
 * @param {import("./rows.mjs").Plan} plan
 * @returns {Promise<Bounds>}
 */
export async function measureBounds({ rounds, calls, large }) {
  const slot = core.reserveSlot();
  const { crossing, flow } = await microseconds(
    {
      crossing: () => core.dialTimeout(1),
      flow: () => {
        core.stopRecording(slot, "/tmp/og-rec-r1.pid", undefined);
        core.replied(slot, "", undefined, undefined, undefined, 0);
      },
    },
    { calls, rounds },
  );
  const { copy, idle } = inProcesses(rounds, {
    copy: ["read.mjs", "copy", "exec", `${large}`, "flat", "1"],
    idle: ["read.mjs", "idle", "exec", "1", "flat", "1"],
  });
  return { crossing, flow, sections: sections(), copy: copy.wall, idle: idle.stall };
}

/**
 * Why a mark is missed, as far as the run can tell.
 *
 * @param {import("./rows.mjs").Row} row
 * @param {Bounds} bounds
 * @param {import("./rows.mjs").Row[]} rows All of them.
 */
export function boundOf({ what, rival, theirs }, { crossing, flow, copy, idle, sections }, rows) {
  const calls =
    `a call of the addon that does nothing takes ${crossing.toFixed(2)} µs, and the two of an ` +
    `operation with one command, whose texts they give and take, ${flow.toFixed(1)} µs`;
  if (what.startsWith("one exec callback")) return `${calls}.`;
  if (/^read (1 KiB|64 KiB|1 MiB)/.test(what)) {
    return `${calls}; a read makes seven, and plain JavaScript none.`;
  }
  if (what.endsWith(": stall")) {
    return `the probe is late by up to ${idle.toFixed(1)} ms where nothing is done at all.`;
  }
  if (/^read [^:]*$/.test(what)) {
    return (
      `copying the text out of the engine's heap, before anything is decoded, takes ` +
      `${copy.toFixed(0)} ms of the JavaScript thread: ${(copy / theirs).toFixed(2)} of ${rival}.`
    );
  }
  if (what === "cold import") {
    const alone = rows.find((row) => row.what === what && row.rival !== rival);
    return alone && `${alone.rival} takes ${(alone.theirs - theirs).toFixed(1)} ms above it.`;
  }
  if (what.endsWith("at once")) {
    const memory = rows.find((row) => row.what === `${what}: memory`);
    return (
      memory &&
      `${memory.ours.toFixed(0)} MiB are taken for them at the same time, and ` +
        `${memory.theirs.toFixed(0)} MiB by ${rival}: a read has its array and its pieces from its beginning.`
    );
  }
  if (what.startsWith("binary")) return sections && `its largest sections are ${sections}.`;
  return undefined;
}
