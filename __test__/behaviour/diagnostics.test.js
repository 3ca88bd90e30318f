import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  NatsControlRpc,
  RoutingSandboxSession,
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "../../index.js";
import { boxWith, videoOf } from "../support/box.js";

const context = new AsyncLocalStorage();
/** @type {any[]} */
let events = [];
const onEvent = (/** @type {any} */ event) =>
  events.push({ ...event, context: context.getStore() });

const CHANNELS = ["opengeni:recording", "opengeni:routing", "opengeni:control"];

beforeEach(() => {
  events = [];
  for (const channel of CHANNELS) subscribe(channel, onEvent);
});
afterEach(() => {
  for (const channel of CHANNELS) unsubscribe(channel, onEvent);
});

/** The events, without what differs from run to run. */
function told() {
  return events.map(({ id: _, ms: __, context: ___, ...event }) => event);
}

test("each operation of a recording has a begin and an end", async () => {
  const session = boxWith(videoOf(1000));
  const recording = await startRecording(session, { recordingId: "r1" });
  const { boxPath } = recording;
  await stopRecording(session, recording);
  await readRecordingBytes(session, recording);
  await deleteRecordingArtifacts(session, recording);

  const first = events[0].id;
  const shown = events.map(({ id, ms, context: _, ...event }) => {
    expect(ms === undefined).toBe(event.event === "begin");
    if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0);
    return { id: id - first, ...event };
  });
  const start = { id: 0, operation: "startRecording", recordingId: "r1" };
  const [stop, read, deletion] = [
    "stopRecording",
    "readRecordingBytes",
    "deleteRecordingArtifacts",
  ].map((operation, at) => ({ id: at + 1, operation, recordingId: "r1", boxPath }));
  expect(shown).toEqual([
    { event: "begin", ...start },
    { event: "end", ...start, boxPath },
    { event: "begin", ...stop },
    { event: "end", ...stop },
    { event: "begin", ...read },
    { event: "end", ...read, sizeBytes: 1000, durationSeconds: expect.any(Number) },
    { event: "begin", ...deletion },
    { event: "end", ...deletion },
  ]);
});

test("a begin is published in the caller's context, before the first command", async () => {
  const session = boxWith(videoOf(10));
  const starting = context.run("turn 7", () => startRecording(session, { recordingId: "r1" }));
  expect(events).toMatchObject([{ event: "begin", context: "turn 7" }]);
  expect(session.commands).toHaveLength(1);
  await starting;
});

test("an error is published by its kind, and reaches the caller as the same value", async () => {
  const secret = "sk-12345";
  const thrown = Object.assign(new Error(`refused: ${secret}`), { code: "EACCES", token: secret });
  const session = { exec: () => Promise.reject(thrown) };
  await expect(startRecording(session, { recordingId: "r1" })).rejects.toBe(thrown);
  expect(events[1]).toMatchObject({ event: "error", error: { name: "Error", code: "EACCES" } });
  expect(JSON.stringify(events)).not.toContain(secret);
});

test.each([
  ["nothing", undefined, {}],
  ["a text", "gone", {}],
  [
    "an object with a getter that throws",
    Object.defineProperty({ reason: 7 }, "code", {
      get() {
        throw new Error("no code");
      },
    }),
    { reason: 7 },
  ],
  ["an object with other objects", { name: { secret: 1 }, code: [1] }, {}],
])("%s, thrown, is published as %j", async (_, thrown, error) => {
  const session = { exec: () => Promise.reject(thrown) };
  await expect(startRecording(session, { recordingId: "r1" })).rejects.toBe(thrown);
  expect(events[1].error).toEqual(error);
});

test("operations at the same time have numbers of their own", async () => {
  const session = boxWith(videoOf(10));
  await Promise.all(["a", "b"].map((recordingId) => startRecording(session, { recordingId })));
  const [a, b, ...ends] = events;
  expect(a.id).not.toBe(b.id);
  expect(ends.map(({ id, recordingId }) => [id, recordingId])).toEqual([
    [a.id, "a"],
    [b.id, "b"],
  ]);
});

test("without a subscriber nothing is published", async () => {
  for (const channel of CHANNELS) unsubscribe(channel, onEvent);
  await startRecording(boxWith(videoOf(10)), { recordingId: "r1" });
  expect(events).toEqual([]);
});

test("a routed operation says where it ran, and how often it was fenced off", async () => {
  const fence = Object.assign(new Error("moved"), { fenced: true });
  let calls = 0;
  const box = {
    exec: async () => {
      if (calls++ === 0) throw fence;
      return { output: "secret" };
    },
  };
  const session = new RoutingSandboxSession({
    readPointer: async () => ({ activeSandboxId: "s1", activeEpoch: 1 }),
    resolveActiveBackend: async () => ({ session: box, sandboxId: "s1", kind: "modal" }),
  });
  await session.exec({ cmd: "secret" });
  await expect(session.readFile({ path: "secret" })).rejects.toThrow();
  expect(told()).toEqual([
    { event: "begin", operation: "exec" },
    { event: "end", operation: "exec", sandboxId: "s1", kind: "modal", fences: 1 },
    { event: "begin", operation: "readFile" },
    {
      event: "error",
      operation: "readFile",
      error: { name: "RoutingUnsupportedError", code: "routing_unsupported" },
    },
  ]);
});

test("a request to a machine says how long it and its reply are", async () => {
  const pong = Uint8Array.from(Buffer.from("0a02723122050a01311002", "hex"));
  const lost = Object.assign(new Error("no responders"), { code: "503" });
  const request = vi.fn(async () => ({ data: pong }));
  const rpc = new NatsControlRpc(async () => ({ request }));
  /** @type {any} */
  const ping = { requestId: "r1", epoch: 0, op: { $case: "ping", ping: { nonce: "424242" } } };
  await rpc.request("agent.w.a.rpc", ping, { timeoutMs: 100 });
  request.mockRejectedValueOnce(lost);
  await rpc.request("agent.w.a.rpc", ping, { timeoutMs: 100 });
  const about = {
    operation: "request",
    requestId: "r1",
    subject: "agent.w.a.rpc",
    requestBytes: expect.any(Number),
  };
  expect(told()).toEqual([
    { event: "begin", ...about },
    { event: "end", ...about, replyBytes: pong.length },
    { event: "begin", ...about },
    { event: "end", ...about, code: 9 },
  ]);
  expect(JSON.stringify(events)).not.toContain("424242");
});
