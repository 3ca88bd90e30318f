// Signals and time limits of the calls, at each of their commands.
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "../../../index.js";
import { PROCESS, videoOf } from "../../support/box.js";
import { sessionOn } from "../../support/channel.js";

// Time passes in these tests.
beforeEach(() => void vi.useRealTimers());

/** @typedef {import("../../../index.js").RecordingCallOptions} Limits */

/** Two pieces and the end of a file. */
const LONG = 1_500_000;

/** @type {Record<string, { length?: number, commands: number, cleanUp?: string, call: (session: any, limits: any) => Promise<any> }>} */
const CALLS = {
  startRecording: {
    commands: 1,
    cleanUp: "kill -INT",
    call: (session, limits) => startRecording(session, { recordingId: "r1", ...limits }),
  },
  stopRecording: {
    commands: 1,
    call: (session, limits) => stopRecording(session, PROCESS, limits),
  },
  "readRecordingBytes of one piece": {
    length: 60,
    commands: 2,
    call: (session, limits) => readRecordingBytes(session, PROCESS, limits),
  },
  "readRecordingBytes of several pieces": {
    length: LONG,
    commands: 4,
    call: (session, limits) => readRecordingBytes(session, PROCESS, { maxBytes: LONG, ...limits }),
  },
  deleteRecordingArtifacts: {
    commands: 1,
    call: (session, limits) => deleteRecordingArtifacts(session, PROCESS, limits),
  },
};

/**
 * A box whose command of this number is answered when the test says so.
 *
 * @param {number} length
 * @param {number} held
 */
function holding(length, held) {
  const box = sessionOn({ video: videoOf(length) });
  /** @type {string[]} */
  const commands = [];
  let release = () => {};
  /** @type {Promise<void>} */
  const released = new Promise((resolve) => (release = resolve));
  let reach = () => {};
  /** @type {Promise<void>} */
  const reached = new Promise((resolve) => (reach = resolve));
  return {
    commands,
    reached,
    release,
    /** @param {{ cmd: string }} args */
    async exec(args) {
      const number = commands.push(args.cmd);
      if (number === held) {
        reach();
        await released;
      }
      return box.exec(args);
    },
  };
}

/** A signal, and the number of those who listen to it. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  let listening = 0;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (/** @type {any[]} */ ...args) => {
    listening++;
    Reflect.apply(add, signal, args);
  };
  signal.removeEventListener = (/** @type {any[]} */ ...args) => {
    listening--;
    Reflect.apply(remove, signal, args);
  };
  return { controller, signal, listening: () => listening };
}

/** The steps of all calls. */
const STEPS = Object.entries(CALLS).flatMap(([name, { commands }]) =>
  Array.from({ length: commands }, (_, at) => /** @type {const} */ ([name, at + 1])),
);

describe.each(STEPS)("%s, aborted at command %i", (name, number) => {
  const { length = 60, cleanUp, call } = /** @type {typeof CALLS[string]} */ (CALLS[name]);

  it("rejects in the same turn, and asks for nothing more but its clean-up", async () => {
    const session = holding(length, number);
    const { controller, signal, listening } = counted();
    const reason = { why: "enough" };
    /** @type {unknown} */
    let came;
    const called = call(session, { signal }).catch((error) => (came = error));
    await session.reached;
    controller.abort(reason);
    await Promise.resolve()
      .then(() => {})
      .then(() => {})
      .then(() => {});
    await called;
    expect(came).toBe(reason);
    expect(listening()).toBe(0);
    session.release();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const after = session.commands.slice(number);
    expect(after).toHaveLength(cleanUp ? 1 : 0);
    if (cleanUp) expect(after[0]).toContain(cleanUp);
  });

  it("rejects after its time", async () => {
    const session = holding(length, number);
    const error = await call(session, { timeoutMs: 40 }).catch((error) => error);
    expect([error.name, error.message]).toEqual([
      "TimeoutError",
      `${name.split(" ")[0]} has not ended within 40 ms`,
    ]);
    expect(error).toBeInstanceOf(DOMException);
    expect(session.commands.length).toBeLessThanOrEqual(number + (cleanUp ? 1 : 0));
  });
});

describe.each(Object.keys(CALLS))("%s", (name) => {
  const { length = 60, call, commands } = /** @type {typeof CALLS[string]} */ (CALLS[name]);

  it("runs nothing where it is aborted before", async () => {
    const session = holding(length, 0);
    const reason = new Error("enough");
    await expect(call(session, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(session.commands).toEqual([]);
  });

  it("ends as without limits, where they are not reached", async () => {
    const { controller, signal, listening } = counted();
    const session = holding(length, 0);
    await call(session, { signal, timeoutMs: 60_000 });
    expect(listening()).toBe(0);
    controller.abort();
    expect(session.commands).toHaveLength(commands);
    const other = holding(length, 0);
    await call(other, { signal: undefined, timeoutMs: undefined });
    await call(other, { signal: null, timeoutMs: null });
  });

  it.each([
    [{ signal: 5 }, "TypeError", "signal must be an AbortSignal, got 5"],
    [{ signal: {} }, "TypeError", "signal must be an AbortSignal, got a value of type object"],
    [{ timeoutMs: 0 }, "RangeError", "timeoutMs must be a number of milliseconds above 0, got 0"],
    [
      { timeoutMs: NaN },
      "RangeError",
      "timeoutMs must be a number of milliseconds above 0, got NaN",
    ],
    [
      { timeoutMs: "5" },
      "TypeError",
      'timeoutMs must be a number of milliseconds above 0, got "5"',
    ],
  ])("refuses %o", async (limits, className, message) => {
    const session = holding(length, 0);
    const error = await call(session, limits).catch((error) => error);
    expect([error.name, error.message]).toEqual([className, message]);
    expect(session.commands).toEqual([]);
  });
});

it.each([stopRecording, deleteRecordingArtifacts])(
  "options that are no object are refused",
  async (call) => {
    const session = holding(60, 0);
    const options = /** @type {any} */ (5);
    await expect(call(session, PROCESS, options)).rejects.toThrow(
      new TypeError("options must be an object"),
    );
    expect(session.commands).toEqual([]);
  },
);
