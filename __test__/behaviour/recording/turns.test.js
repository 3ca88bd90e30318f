// Who gets the threads of the pool, by the order in which reads and digests end.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { readRecordingBytes } from "../../../index.js";
import { digestsOf } from "../../../js/recording/payload.js";
import { PROCESS, boxWith, videoOf } from "../../support/box.js";

const MEGA = 1_000_000;
const LONG = boxWith(videoOf(24 * MEGA));
const SHORT = boxWith(videoOf(2 * MEGA));
const LONG_BYTES = videoOf(64 * MEGA);

/** @type {string[]} */
let ended;
beforeEach(() => {
  ended = [];
});

/**
 * @param {string} name
 * @param {Promise<unknown>} work
 */
async function noted(name, work) {
  await work;
  ended.push(name);
}

/**
 * @param {string} name
 * @param {ReturnType<typeof boxWith>} session
 */
function read(name, session) {
  return noted(name, readRecordingBytes(session, PROCESS));
}

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function digest(name, bytes) {
  return noted(name, Promise.resolve(digestsOf(bytes, [0, bytes.length])));
}

/** @param {(name: string) => Promise<void>} one */
function four(one) {
  return ["first", "second", "third", "fourth"].map((name) => one(name));
}

describe("beside four long reads", () => {
  it.each([
    ["read", () => read("short", SHORT)],
    ["digest", () => digest("short", videoOf(2 * MEGA))],
  ])("a short %s ends first, and they in their order", async (_, short) => {
    const reads = four((name) => read(name, LONG));
    // They are in the middle of it.
    await sleep(2);
    await Promise.all([short(), ...reads]);
    const [first, ...others] = ended;
    expect(first).toBe("short");
    expect(new Set(others.slice(0, 2))).toEqual(new Set(["first", "second"]));
  });
});

it("a short read ends before four long digests", async () => {
  const digests = four((name) => digest(name, LONG_BYTES));
  await Promise.all([read("short", SHORT), ...digests]);
  expect(ended[0]).toBe("short");
});

it("a long read ends beside short ones without an end", async () => {
  const long = read("long", LONG);
  const others = async () => {
    while (!ended.includes("long")) await read("short", SHORT);
  };
  await Promise.all([long, others(), others(), others()]);
  // It waits for as much as it is long, and is decoded beside as much again.
  expect(ended.indexOf("long")).toBeLessThan((2 * 24) / 2 + 6);
});

it("the digests of parts are the same at once and in steps", async () => {
  const bytes = videoOf(3 * MEGA);
  const sha256 = (/** @type {Uint8Array} */ part) => createHash("sha256").update(part).digest();
  const parts = [0, 3 * MEGA, 5, 10, 2 * MEGA, 0, MEGA, 2 * MEGA];
  const expected = [bytes, bytes.subarray(5, 15), bytes.subarray(0, 0), bytes.subarray(MEGA)];
  expect(await digestsOf(bytes, parts)).toEqual(Buffer.concat(expected.map(sha256)));
  expect(await digestsOf(bytes, [5, 10])).toEqual(sha256(bytes.subarray(5, 15)));
});
