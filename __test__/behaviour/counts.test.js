// What an operation costs, in what can be counted: commands and arrays.
import { describe, expect, it } from "vitest";
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

describe("bytes of a recording", () => {
  it.each([1_000, 300_000, 6_000_000])("are all that their buffer holds: %i", async (length) => {
    const { bytes } = await readRecordingBytes(boxWith(videoOf(length)), PROCESS);
    expect(bytes.length).toBe(length);
    expect(bytes.buffer.byteLength).toBe(length);
  });

  it("have their arrays no sooner than they are decoded", async () => {
    const [length, recordings] = [6_000_000, 12];
    const session = boxWith(videoOf(length));
    const memory = () => process.memoryUsage().arrayBuffers;
    const before = memory();
    const reads = Array.from({ length: recordings }, () => readRecordingBytes(session, PROCESS));
    await Promise.race(reads);
    // Some are decoded at a time, and never all.
    expect(memory() - before).toBeLessThan((recordings * length * 3) / 4);
    await Promise.all(reads);
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
