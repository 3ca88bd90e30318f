// Lower bounds for the marks, measured in the same run. The report names them for marks that are missed.
import core from "../native.js";
import { printed } from "./box.mjs";
import { sections } from "./cold.mjs";
import { guard, readFromBytes, readUpToBytes, slot, stop } from "./core.mjs";
import { inProcesses, microseconds } from "./measure.mjs";
import { execParts } from "./wire.mjs";

/**
 * @typedef {object} Bounds
 * @property {number} crossing A call of the addon that does nothing, in µs.
 * @property {number} stop The two calls of an operation with one command, in µs.
 * @property {number} read The six calls that read a recording of 1 KiB, in µs: `begin`, three times
 *   `answer`, `pushPiece` and `answerDecoded`.
 * @property {number} wire An exec on the wire, both ways, in µs.
 * @property {number} wireCore The share of the core in it, in µs.
 * @property {string} sections The sections of the binary with their sizes.
 * @property {number} copy Copying the large text out of the engine, in ms.
 * @property {number} pages The first write to each page of an array for the large recording, in ms.
 * @property {number} decode Decoding it into memory that was written to before, in ms.
 * @property {number} idle The longest stall of an idle event loop, in ms.
 */

/**
 * @param {import("./rows.mjs").Plan} plan
 * @returns {Promise<Bounds>}
 */
export async function measureBounds({ rounds, calls: count, large }) {
  const [text, bytes] = [new TextEncoder().encode(printed(1024)), Buffer.alloc(1024)];
  const parts = await execParts();
  const { crossing, stopping, read, wire, wireCore } = await microseconds(
    {
      crossing: () => core.numberOf(guard),
      stopping: stop,
      read: () => {
        readUpToBytes(bytes.length, text.length);
        core.pushPiece(slot, text, bytes);
        readFromBytes(bytes);
      },
      wire: parts.all,
      wireCore: parts.core,
    },
    { calls: count, rounds },
  );
  const { copy, pages, decode, idle } = inProcesses(rounds, {
    copy: ["read.mjs", "copy", "exec", `${large}`, "external", "1"],
    pages: ["read.mjs", "pages", "exec", `${large}`, "external", "1"],
    decode: ["read.mjs", "decode", "exec", `${large}`, "external", "1"],
    idle: ["read.mjs", "idle", "exec", "1", "flat", "1"],
  });
  const walls = { copy: copy.wall, pages: pages.wall, decode: decode.wall };
  const calls = { crossing, stop: stopping, read, wire, wireCore };
  return { ...calls, ...walls, sections: sections(), idle: idle.stall };
}

/**
 * The reasons for a missed mark that the run can tell.
 *
 * @param {import("./rows.mjs").Row} row
 * @param {Bounds} bounds
 * @param {import("./rows.mjs").Row[]} rows All of them.
 */
export function boundOf(row, bounds, rows) {
  const { what, rival, theirs } = row;
  const { crossing, stop, read, wire, wireCore, copy, pages, decode, idle, sections } = bounds;
  if (what.startsWith("one exec callback")) {
    return (
      `a call of the addon that does nothing takes ${crossing.toFixed(2)} µs, and the two calls of ` +
      `this operation, with their texts, take ${stop.toFixed(1)} µs.`
    );
  }
  if (/^read (1 KiB|64 KiB|1 MiB)/.test(what)) {
    return (
      `a call of the addon that does nothing takes ${crossing.toFixed(2)} µs, and the six calls ` +
      `that read 1 KiB take ${read.toFixed(1)} µs; plain JavaScript makes none.`
    );
  }
  if (what.endsWith(" session")) return sessionBound(row, rows);
  if (what.endsWith(" stall")) {
    return `the probe is late by up to ${idle.toFixed(1)} ms where nothing is done at all.`;
  }
  if (/^read [^:]*$/.test(what)) {
    const ms = (/** @type {number} */ number) => `${number.toFixed(0)} ms`;
    const least = (copy + pages + decode) / 2;
    return (
      `copying the text out of the engine takes ${ms(copy)}, the first write to each page of the ` +
      `result ${ms(pages)}, and decoding into memory that was written to before ${ms(decode)}: ` +
      `shared by two threads without any loss, ${(least / theirs).toFixed(2)} of ${rival}.`
    );
  }
  if (what === "wire: exec") {
    return (
      `to encode and to decode it takes ${wire.toFixed(1)} µs, of which the core's two calls are ` +
      `${wireCore.toFixed(1)} µs.`
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
        `${memory.theirs.toFixed(0)} MiB by ${rival}.`
    );
  }
  if (what.startsWith("binary")) return sections && `its largest sections are ${sections}.`;
  return undefined;
}

/**
 * @param {import("./rows.mjs").Row} row A read through a real session.
 * @param {import("./rows.mjs").Row[]} rows All of them.
 */
function sessionBound({ what, rival }, rows) {
  const [inside, outside] = ["inside", "outside"].map((where) =>
    rows.find((row) => row.what === `${what}: ${where} of commands`),
  );
  if (inside === undefined || outside === undefined) return undefined;
  const ms = (/** @type {number} */ number) => `${number.toFixed(0)} ms`;
  return (
    `the session takes ${ms(inside.ours)} for its commands, and ${ms(inside.theirs)} for those of ` +
    `${rival}; ${ms(outside.ours)} pass between them, and ${ms(outside.theirs)} with ${rival}.`
  );
}
