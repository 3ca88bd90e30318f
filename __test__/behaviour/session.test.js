import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it, vi } from "vitest";
import {
  RecordingError,
  RecordingUnavailableError,
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "../../index.js";
import { PROCESS, boxWith, videoOf } from "../support/box.js";

/** @type {Record<string, (session: unknown) => Promise<unknown>>} */
const OPERATIONS = {
  startRecording: (session) => startRecording(session, { recordingId: "r1" }),
  stopRecording: (session) => stopRecording(session, PROCESS),
  readRecordingBytes: (session) => readRecordingBytes(session, PROCESS),
  deleteRecordingArtifacts: (session) => deleteRecordingArtifacts(session, PROCESS),
};
const operations = Object.entries(OPERATIONS);

describe("what a session throws", () => {
  const throwables = [new Error("gone"), Object.freeze({ odd: true }), "text", Symbol("s"), null];
  const manners = {
    synchronously: (/** @type {unknown} */ value) => {
      throw value;
    },
    "as a rejection": (/** @type {unknown} */ value) => Promise.reject(value),
  };
  for (const [name, run] of operations) {
    for (const [manner, fail] of Object.entries(manners)) {
      it(`${name} passes it on as it is, or keeps it, when thrown ${manner}`, async () => {
        for (const value of throwables) {
          const failed = await run({ exec: () => fail(value) }).then(
            () => undefined,
            (error) => ({ error }),
          );
          const neverRejects = run === OPERATIONS["stopRecording"] || name.startsWith("delete");
          expect(failed).toEqual(neverRejects ? undefined : { error: value });
          if (failed !== undefined) expect(failed.error).toBe(value);
        }
      });
    }
  }

  it("is the cause where only the log could not be read", async () => {
    const gone = new Error("the box went away");
    const session = {
      exec: async (/** @type {{ cmd: string }} */ { cmd }) => {
        if (cmd.includes("stat")) return { output: "MISSING\n" };
        throw gone;
      },
    };
    const error = await readRecordingBytes(session, PROCESS).catch((error) => error);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.reason).toBe("box-death");
    expect(error.cause).toBe(gone);
  });
});

describe("calling a session", () => {
  it.each(operations)("%s makes its first call before it returns", (_, run) => {
    const exec = vi.fn(() => new Promise(() => {}));
    run({ exec });
    expect(exec).toHaveBeenCalledTimes(1);
  });

  it.each(operations)(
    "%s passes ordinary objects that are the session's to keep",
    async (_, run) => {
      /** @type {object[]} */
      const seen = [];
      await run({
        async exec(/** @type {any} */ args) {
          expect(Object.getPrototypeOf(args)).toBe(Object.prototype);
          seen.push(args);
          args.cmd = args.maxOutputTokens = undefined;
          return { output: "" };
        },
      }).catch(() => {});
      expect(new Set(seen).size).toBe(seen.length);
    },
  );

  it("stays in the caller's asynchronous context", async () => {
    const storage = new AsyncLocalStorage();
    const box = boxWith(videoOf(3_000_000));
    /** @type {unknown[]} */
    const seen = [];
    const session = {
      exec(/** @type {{ cmd: string }} */ args) {
        seen.push(storage.getStore());
        return box.exec(args);
      },
    };
    await storage.run("turn 7", async () => {
      const process = await startRecording(session, { recordingId: "r1" });
      await readRecordingBytes(session, process);
      seen.push(storage.getStore());
      await deleteRecordingArtifacts(session, process);
    });
    expect(seen).toEqual(Array(5).fill("turn 7"));
  });

  it("needs no timers: it works while they are faked", async () => {
    vi.useFakeTimers();
    try {
      const video = videoOf(3_000_000);
      const { bytes } = await readRecordingBytes(boxWith(video), PROCESS);
      expect(Buffer.compare(bytes, video)).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps many recordings apart", async () => {
    const lengths = Array.from({ length: 60 }, (_, at) => at * 49_999 + 1);
    const read = await Promise.all(
      lengths.map(async (length, at) => {
        const session = boxWith(videoOf(length));
        const process = await startRecording(session, { recordingId: `r${at}` });
        await stopRecording(session, process);
        const { bytes } = await readRecordingBytes(session, process);
        await deleteRecordingArtifacts(session, process);
        expect(session.commands).toHaveLength(5);
        expect(session.commands.every((cmd) => cmd.includes(`og-rec-r${at}.`))).toBe(true);
        return bytes;
      }),
    );
    for (const [at, bytes] of read.entries()) {
      expect(Buffer.compare(bytes, videoOf(lengths[at] ?? 0))).toBe(0);
    }
  });

  it("happens as often for a recording as it ever did", async () => {
    const session = boxWith(videoOf(10));
    const process = await startRecording(session, { recordingId: "r1" });
    expect(session.commands.length).toBe(1);
    await stopRecording(session, process);
    expect(session.commands.length).toBe(2);
    await readRecordingBytes(session, process);
    expect(session.commands.length).toBe(4);
    await deleteRecordingArtifacts(session, process);
    expect(session.commands.length).toBe(5);
  });
});

describe("bad input", () => {
  const calls = /** @type {[string, (session: any) => Promise<unknown>][]} */ ([
    ["no input", (session) => startRecording(session, /** @type {any} */ (undefined))],
    ["no handle to stop", (session) => stopRecording(session, /** @type {any} */ (null))],
    ["no handle to read", (session) => readRecordingBytes(session, /** @type {any} */ (undefined))],
    ["an empty handle to stop", (session) => stopRecording(session, /** @type {any} */ ({}))],
    ["an empty handle to read", (session) => readRecordingBytes(session, /** @type {any} */ ({}))],
    [
      "an empty handle to delete",
      (session) => deleteRecordingArtifacts(session, /** @type {any} */ ({})),
    ],
    [
      "a size of the wrong kind",
      (session) =>
        startRecording(session, {
          recordingId: "r1",
          dimensions: /** @type {any} */ (new Set([1, 2])),
        }),
    ],
    [
      "null as the limit",
      (session) => readRecordingBytes(session, PROCESS, /** @type {any} */ (null)),
    ],
    [
      "a NUL in a path",
      (session) => deleteRecordingArtifacts(session, { ...PROCESS, pidFile: "/tmp/a\0b" }),
    ],
    [
      "a symbol for a codec",
      (session) =>
        readRecordingBytes(session, { ...PROCESS, codec: /** @type {any} */ (Symbol()) }),
    ],
  ]);
  it.each(calls)("%s is a TypeError, and nothing runs", async (_, call) => {
    const session = { exec: vi.fn() };
    await expect(call(session)).rejects.toBeInstanceOf(TypeError);
    expect(session.exec).not.toHaveBeenCalled();
  });

  it("comes before the question whether the session can run commands", async () => {
    await expect(readRecordingBytes({}, PROCESS, -1)).rejects.toBeInstanceOf(RangeError);
    await expect(readRecordingBytes({}, PROCESS)).rejects.toBeInstanceOf(RecordingUnavailableError);
  });
});

describe("the handle", () => {
  it("keeps the caller's own dimensions", async () => {
    /** @type {[number, number]} */
    const dimensions = [640, 480];
    const process = await startRecording(boxWith(videoOf(1)), { recordingId: "r1", dimensions });
    expect(process.dimensions).toBe(dimensions);
  });

  it("may be frozen, stored and read back", async () => {
    const session = boxWith(videoOf(5));
    const process = Object.freeze(await startRecording(session, { recordingId: "r1" }));
    await stopRecording(session, process);
    const again = JSON.parse(JSON.stringify(process));
    expect(again).toStrictEqual(process);
    const { bytes } = await readRecordingBytes(session, again);
    expect(bytes).toEqual(videoOf(5));
  });

  it("remembers the first stop that the session carried out", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    try {
      const session = boxWith(videoOf(5));
      const process = await startRecording(session, { recordingId: "r1" });
      vi.setSystemTime(2_000);
      await stopRecording({ exec: () => Promise.reject(new Error("a blip")) }, process);
      vi.setSystemTime(10_000);
      await stopRecording(session, process);
      vi.setSystemTime(30_000);
      await stopRecording(session, process);
      vi.setSystemTime(60_000);
      const { durationSeconds } = await readRecordingBytes(session, process);
      expect(durationSeconds).toBe(10);
      const copy = await readRecordingBytes(session, { ...process });
      expect(copy.durationSeconds).toBe(60);
    } finally {
      vi.useRealTimers();
    }
  });
});
