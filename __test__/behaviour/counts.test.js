// What an operation costs, in what can be counted: commands, pieces, arrays.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import core from "../../native.js";
import {
  NatsControlRpc,
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "../../index.js";
import { PROCESS, boxWith, videoOf } from "../support/box.js";
import { ControlRequest, ControlResponse, decode, encode } from "../support/wire.js";

describe("commands", () => {
  it.each([
    ["start", 1, (/** @type {object} */ box) => startRecording(box, { recordingId: "r1" })],
    ["stop", 1, (/** @type {object} */ box) => stopRecording(box, { ...PROCESS })],
    ["read", 2, (/** @type {object} */ box) => readRecordingBytes(box, PROCESS)],
    ["delete", 1, (/** @type {object} */ box) => deleteRecordingArtifacts(box, PROCESS)],
  ])("of one %s: %i", async (_what, count, call) => {
    const box = boxWith(videoOf(1_000));
    await call(box);
    expect(box.commands).toHaveLength(count);
    // A session without `exec` is asked as often.
    const { exec, commands } = boxWith(videoOf(1_000));
    await call({ execCommand: async (/** @type {any} */ args) => (await exec(args)).output });
    expect(commands).toHaveLength(count);
  });
});

describe("slots of the core", () => {
  it("are taken by one operation after another", async () => {
    const box = boxWith(videoOf(1_000));
    await deleteRecordingArtifacts(box, PROCESS);
    const reserve = vi.spyOn(core, "reserveSlot");
    for (let read = 0; read < 10; read++) {
      await readRecordingBytes(box, PROCESS);
      await expect(readRecordingBytes(box, PROCESS, 1)).rejects.toThrow();
      await expect(readRecordingBytes(box, PROCESS, 0)).rejects.toThrow(RangeError);
    }
    expect(reserve).not.toHaveBeenCalled();
    reserve.mockRestore();
  });
});

describe("bytes of a recording", () => {
  /** @typedef {[piece: Uint8Array, output: Uint8Array]} Push */
  /** @type {Push[]} */
  const atOnce = [];
  /** @type {Push[]} */
  const inPool = [];
  let onPush = () => {};

  beforeEach(() => {
    const { pushPiece, pushPieceInPool } = core;
    vi.spyOn(core, "pushPiece").mockImplementation((slot, piece, output) => {
      atOnce.push([piece, output]);
      return pushPiece(slot, piece, output);
    });
    vi.spyOn(core, "pushPieceInPool").mockImplementation((slot, piece, output) => {
      inPool.push([piece, output]);
      onPush();
      return pushPieceInPool(slot, piece, output);
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    atOnce.length = inPool.length = 0;
  });

  /** @param {number} length */
  async function read(length) {
    const { bytes } = await readRecordingBytes(boxWith(videoOf(length)), PROCESS);
    return bytes;
  }

  it("are decoded at once where they are few", async () => {
    const bytes = await read(1_000);
    expect(inPool).toEqual([]);
    expect(atOnce.map(([piece]) => piece.length)).toEqual([Math.ceil(1_000 / 3) * 4]);
    expect(atOnce[0]?.[1]).toBe(bytes);
  });

  it("go through one small buffer where they are decoded at once", async () => {
    const length = 300_000;
    const bytes = await read(length);
    expect(inPool).toEqual([]);
    const fed = atOnce.map(([piece]) => piece.length);
    expect(fed.reduce((sum, length) => sum + length, 0)).toBe((length / 3) * 4);
    const [buffer, ...others] = new Set(atOnce.map(([piece]) => piece.buffer));
    expect(others).toEqual([]);
    expect(buffer?.byteLength).toBeLessThan(1 << 17);
    expect(atOnce.every(([, output]) => output === bytes)).toBe(true);
  });

  it("are of two recordings at a time, which have their arrays no sooner", async () => {
    const [length, recordings] = [6_000_000, 12];
    const session = boxWith(videoOf(length));
    const memory = () => process.memoryUsage().arrayBuffers;
    const before = memory();
    /** @type {Promise<number>} */
    const first = new Promise((resolve) => (onPush = () => resolve(memory())));
    const reads = Array.from({ length: recordings }, () => readRecordingBytes(session, PROCESS));
    // Two arrays, with two pieces for each.
    expect((await first) - before).toBeLessThan(2 * (length + 2 * (1 << 20)) + length);
    await Promise.all(reads);
    expect(new Set(inPool.map(([, part]) => part.buffer)).size).toBe(recordings);
  });

  it("are decoded into the one array that is returned, from small pieces", async () => {
    const length = 6_000_000;
    const bytes = await read(length);
    const pushes = [...atOnce, ...inPool];
    const fed = pushes.map(([piece]) => piece.length);
    // Every character once.
    expect(fed.reduce((sum, length) => sum + length, 0)).toBe((length / 3) * 4);
    expect(Math.max(...fed)).toBeLessThanOrEqual((1 << 20) + 4);
    // The array is as long as the file from the beginning, and nothing is between it and the pieces.
    expect(pushes.every(([, part]) => part.buffer === bytes.buffer)).toBe(true);
    expect(bytes.buffer.byteLength).toBe(length);
    // The pieces have two buffers in turn, which the next recording has as well.
    await read(length);
    expect(new Set(inPool.map(([piece]) => piece.buffer)).size).toBe(2);
  });
});

describe("large bytes of the wire", () => {
  const large = videoOf(1 << 20);
  /** @type {[string, string, object][]} */
  const REPLIES = [
    [
      "exec",
      "stdout",
      { exitCode: 0, stderr: new Uint8Array(0), timedOut: false, durationMs: "1" },
    ],
    [
      "exec",
      "stderr",
      { exitCode: 0, stdout: new Uint8Array(0), timedOut: false, durationMs: "1" },
    ],
    ["fsRead", "content", { totalSize: `${large.length}` }],
    ["desktopScreenshot", "png", { width: 1, height: 1 }],
  ];

  it.each(REPLIES)("of a reply are where they came: %s, %s", async ($case, field, others) => {
    const result = { $case, [$case]: { ...others, [field]: large } };
    const data = encode(ControlResponse, { requestId: "r", error: undefined, result });
    const rpc = new NatsControlRpc(async () => ({ request: async () => ({ data }) }));
    const response = await rpc.request("s", { requestId: "r", epoch: 0 }, { timeoutMs: 1 });
    const got = /** @type {any} */ (response.result)[$case][field];
    expect(got.buffer).toBe(data.buffer);
    expect(Buffer.compare(got, large)).toBe(0);
  });

  it("of a request are in it once, and are passed without a copy that is left", async () => {
    /** @type {Uint8Array[]} */
    const sent = [];
    const rpc = new NatsControlRpc(async () => ({
      async request(_subject, payload) {
        sent.push(payload);
        return { data: new Uint8Array(0) };
      },
    }));
    const fsWrite = { path: "p", content: large, createParents: true, append: false, mode: 0 };
    const op = /** @type {const} */ ({ $case: "fsWrite", fsWrite });
    await rpc.request("s", { requestId: "r", epoch: 0, op }, { timeoutMs: 1 });
    const [payload = new Uint8Array(0)] = sent;
    const { content } = decode(ControlRequest, payload).op.fsWrite;
    expect(Buffer.compare(content, large)).toBe(0);
    expect(payload.length).toBeLessThan(large.length + 64);
    expect(payload.buffer.byteLength).toBe(payload.length);
  });
});
