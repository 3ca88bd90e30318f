import { AsyncLocalStorage } from "node:async_hooks";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import {
  RecordingError,
  RecordingUnavailableError,
  contentTypeForCodec,
  deleteRecordingArtifacts,
  readRecordingBytes,
  recordingStorageKey,
  startRecording,
  stopRecording,
} from "../../../index.js";
import { PROCESS, boxWith, videoOf } from "../../support/box.js";

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);

/** What tells the time: the wall clock, and the one that only goes on. */
const CLOCKS = /** @type {("Date" | "performance")[]} */ (["Date", "performance"]);

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

describe("what a session says beside its text", () => {
  /**
   * @param {object} result What the session adds to a text that is cut.
   */
  async function messageWith(result) {
    const session = {
      exec: async (/** @type {{ cmd: string }} */ { cmd }) =>
        cmd.includes("stat") ? { output: "9" } : Object.assign(result, { stdout: "QUJD" }),
    };
    const error = await readRecordingBytes(session, PROCESS).catch((error) => error);
    return error.message.replace("recording read failed: /tmp/og-rec-r1.mp4: ", "");
  }

  it("explains a failed read", async () => {
    const short = "expected 9 bytes, got 3";
    expect(await messageWith({})).toBe(short);
    expect(await messageWith({ sessionId: 7 })).toBe(`${short}; exec session 7 has not finished`);
    expect(await messageWith({ sessionId: 7, exitCode: 0 })).toBe(short);
    expect(await messageWith({ sessionId: "7" })).toBe(short);
    expect(await messageWith({ stderr: "disk on fire\n" })).toBe(`${short}; stderr: disk on fire`);
  });

  it("may be bytes of another realm", async () => {
    const box = boxWith(videoOf(5));
    const foreign = runInNewContext("(text) => Uint8Array.from(text, (c) => c.charCodeAt(0))");
    const session = {
      async exec(/** @type {any} */ args) {
        const { stdout, output } = await box.exec(args);
        return {
          ...(stdout === undefined ? {} : { stdout: foreign(stdout) }),
          output: foreign(output),
        };
      },
    };
    const { bytes } = await readRecordingBytes(session, PROCESS);
    expect(bytes).toEqual(videoOf(5));
  });

  it("may be a proxy of bytes, which says nothing", async () => {
    const session = { exec: async () => new Proxy(new Uint8Array(4), {}) };
    await expect(readRecordingBytes(session, PROCESS)).rejects.toBeInstanceOf(RecordingError);
  });

  it("may be cut within a character", async () => {
    const box = boxWith(videoOf(5));
    const session = {
      exec: async (/** @type {any} */ args) => ({
        ...(await box.exec(args)),
        stderr: "a warning \ud83d",
      }),
    };
    const { bytes } = await readRecordingBytes(session, PROCESS);
    expect(bytes).toEqual(videoOf(5));
    const silent = { exec: async () => ({ stderr: "gone \ud83d", stdout: "", exitCode: 1 }) };
    await expect(readRecordingBytes(silent, PROCESS)).rejects.toBeInstanceOf(RecordingError);
  });

  it("makes no failure of its own", async () => {
    const result = {
      output: "",
      get sessionId() {
        throw new Error("no such session");
      },
    };
    await startRecording({ exec: async () => result }, { recordingId: "r1" });
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

  it.each([undefined, 5n, new Date(), Symbol("s"), "5"])(
    "needs no clock that gives numbers: %o",
    async (time) => {
      const fakes = [vi.spyOn(Date, "now"), vi.spyOn(performance, "now")];
      for (const fake of fakes) fake.mockReturnValue(/** @type {any} */ (time));
      try {
        const session = boxWith(videoOf(5));
        const before = new Date().getTime();
        const process = await startRecording(session, { recordingId: "r1" });
        expect(process.startedAt).toBeGreaterThanOrEqual(before);
        await stopRecording(session, process);
        const { bytes, durationSeconds } = await readRecordingBytes(session, process);
        expect(bytes).toEqual(videoOf(5));
        expect(durationSeconds).toBe(0);
      } finally {
        for (const fake of fakes) fake.mockRestore();
      }
    },
  );

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
          dimensions: /** @type {any} */ (640),
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

  it("of any shape is refused, and the process lives", async () => {
    /** @type {any[]} */
    const cyclic = [];
    cyclic.push(cyclic, cyclic);
    let deep = /** @type {any} */ ([]);
    for (let depth = 0; depth < 1_000_000; depth++) deep = [deep, deep];
    for (const odd of [cyclic, deep, new Array(2 ** 32 - 1), () => {}, Symbol("s"), 5n]) {
      const session = { exec: vi.fn() };
      for (const field of ["recordingId", "codec", "framerate", "dimensions", "display", "runAs"]) {
        const input = /** @type {any} */ ({ recordingId: "r1", [field]: odd });
        const error = await startRecording(session, input).catch((error) => error);
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message.startsWith(field)).toBe(true);
      }
      for (const field of ["boxPath", "pidFile", "runAs"]) {
        const handle = /** @type {any} */ ({ ...PROCESS, [field]: odd });
        await expect(deleteRecordingArtifacts(session, handle)).rejects.toBeInstanceOf(TypeError);
      }
      expect(session.exec).not.toHaveBeenCalled();
      expect(() => contentTypeForCodec(/** @type {any} */ (odd))).toThrow(TypeError);
    }
  });

  it("that is no well-formed text is refused: it would be another text on the box", async () => {
    const session = { exec: vi.fn() };
    for (const field of ["recordingId", "tmpDir", "display", "runAs"]) {
      const input = /** @type {any} */ ({ recordingId: "r1", [field]: "a\ud800b" });
      await expect(startRecording(session, input)).rejects.toThrow(
        new RegExp(`^${field} must be .* got a value of type ill-formed string$`),
      );
    }
    expect(session.exec).not.toHaveBeenCalled();
    expect(() => recordingStorageKey("w", "\udc00", "r", "h264-mp4")).toThrow(TypeError);
    expect(recordingStorageKey("w", "\u{1f3a5}", "r", "h264-mp4")).toBe(
      "recordings/w/\u{1f3a5}/r.mp4",
    );
  });

  it("that is missing is named", async () => {
    const none = /** @type {any} */ (undefined);
    await expect(startRecording({}, none)).rejects.toThrow("input must be an object, got nothing");
    for (const run of [stopRecording, readRecordingBytes, deleteRecordingArtifacts]) {
      await expect(run({}, none)).rejects.toThrow("process must be an object, got nothing");
    }
  });

  it("is quoted in part where it is long", async () => {
    const input = { recordingId: "/".repeat(1_000_000) };
    const error = await startRecording({}, input).catch((error) => error);
    expect(error.message.length).toBeLessThan(300);
  });

  it("is named where it is longer than any name or path", async () => {
    const session = { exec: vi.fn() };
    const long = `/${"a".repeat(65_536)}`;
    for (const field of ["tmpDir", "display", "runAs"]) {
      const input = /** @type {any} */ ({ recordingId: "r1", [field]: long });
      await expect(startRecording(session, input)).rejects.toThrow(
        new RegExp(`^${field} must be a string of at most 65536 bytes, got `),
      );
    }
    const input = { recordingId: long.slice(1) + "b" };
    await expect(startRecording(session, input)).rejects.toThrow(/^recordingId must be /);
    for (const run of [stopRecording, readRecordingBytes, deleteRecordingArtifacts]) {
      const handle = { ...PROCESS, boxPath: long };
      await expect(run(session, handle)).rejects.toThrow(/^boxPath must be /);
    }
    expect(session.exec).not.toHaveBeenCalled();
    expect(() => recordingStorageKey("w", long.slice(1) + "b", "r", "h264-mp4")).toThrow(
      /^sessionId must be a string of at most 65536 bytes, got /,
    );
  });

  it("is named where it is a symbol", () => {
    expect(() => recordingStorageKey("w", "s", any(Symbol("r")), "h264-mp4")).toThrow(
      /^recordingId must be a name, .*, got a value of type symbol$/,
    );
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
    vi.useFakeTimers({ toFake: CLOCKS, now: 0 });
    try {
      const session = boxWith(videoOf(5));
      const process = await startRecording(session, { recordingId: "r1" });
      vi.advanceTimersByTime(2_000);
      await stopRecording({ exec: () => Promise.reject(new Error("a blip")) }, process);
      vi.advanceTimersByTime(8_000);
      await stopRecording(session, process);
      vi.advanceTimersByTime(20_000);
      await stopRecording(session, process);
      vi.advanceTimersByTime(30_000);
      const { durationSeconds } = await readRecordingBytes(session, process);
      expect(durationSeconds).toBe(10);
      const copy = await readRecordingBytes(session, { ...process });
      expect(copy.durationSeconds).toBe(60);
    } finally {
      vi.useRealTimers();
    }
  });

  it("remembers a stop that is under way, and one that may have come through", async () => {
    vi.useFakeTimers({ toFake: CLOCKS });
    try {
      const session = boxWith(videoOf(5));
      for (const exec of [() => new Promise(() => {}), () => Promise.reject(new Error("lost"))]) {
        vi.setSystemTime(0);
        const process = await startRecording(session, { recordingId: "r1" });
        vi.advanceTimersByTime(2_000);
        const turn = new Promise((resolve) => setImmediate(resolve));
        await Promise.race([stopRecording({ exec }, process), turn]);
        vi.advanceTimersByTime(28_000);
        expect((await readRecordingBytes(session, process)).durationSeconds).toBe(2);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it("remembers the stop that came through of two that overlap", async () => {
    vi.useFakeTimers({ toFake: CLOCKS, now: 0 });
    try {
      const session = boxWith(videoOf(5));
      const process = await startRecording(session, { recordingId: "r1" });
      const lost = { exec: () => Promise.reject(new Error("lost")) };
      const first = stopRecording(lost, process);
      vi.advanceTimersByTime(2_000);
      await Promise.all([first, stopRecording(session, process)]);
      vi.advanceTimersByTime(28_000);
      await stopRecording(session, process);
      expect((await readRecordingBytes(session, process)).durationSeconds).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it("remembers no stop that was refused before it ran", async () => {
    vi.useFakeTimers({ toFake: CLOCKS, now: 0 });
    try {
      const session = boxWith(videoOf(5));
      const process = { ...PROCESS, startedAt: 0, pidFile: "-" };
      await expect(stopRecording(session, process)).rejects.toThrow(/^pidFile must be /);
      vi.setSystemTime(9_000);
      expect((await readRecordingBytes(session, process)).durationSeconds).toBe(9);
      const text = /** @type {any} */ ("r1");
      await expect(stopRecording(session, text)).rejects.toThrow(/^pidFile must be /);
    } finally {
      vi.useRealTimers();
    }
  });

  it("counts by a clock that nobody sets, and up to what ffmpeg films at most", async () => {
    vi.useFakeTimers({ toFake: CLOCKS, now: 0 });
    try {
      const session = boxWith(videoOf(5));
      const process = await startRecording(session, { recordingId: "r1", maxSeconds: 4 });
      expect(process.startedAt).toBe(0);
      vi.advanceTimersByTime(1_000);
      vi.setSystemTime(3_601_000);
      expect((await readRecordingBytes(session, process)).durationSeconds).toBe(1);
      vi.advanceTimersByTime(60_000);
      expect((await readRecordingBytes(session, process)).durationSeconds).toBe(4);
      // Where the start is not known, there is only the time of the handle.
      const stored = JSON.parse(JSON.stringify(process));
      expect((await readRecordingBytes(session, stored)).durationSeconds).toBe(3_661);
      const changed = Object.assign(process, { startedAt: 3_660_000 });
      expect((await readRecordingBytes(session, changed)).durationSeconds).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it("takes any number of stops", async () => {
    const process = await startRecording(boxWith(videoOf(5)), { recordingId: "r1" });
    const never = { exec: () => new Promise(() => {}) };
    // If each looked at all before it, this would take minutes.
    for (let stop = 0; stop < 100_000; stop++) stopRecording(never, process);
  });

  it.each([
    ["of JSON", "2023-11-14T22:13:10.000Z"],
    ["with a zone", "2023-11-14T23:13:10+01:00"],
    ["in digits", "1699999990000"],
    ["of a date", new Date(1_699_999_990_000)],
    ["of an object with a number", new Number(1_699_999_990_000)],
  ])("may have a time %s", async (_, startedAt) => {
    const handle = /** @type {any} */ ({ ...PROCESS, startedAt });
    vi.useFakeTimers({ toFake: CLOCKS, now: 1_700_000_000_000 });
    try {
      const { durationSeconds } = await readRecordingBytes(boxWith(videoOf(5)), handle);
      expect(durationSeconds).toBe(10);
    } finally {
      vi.useRealTimers();
    }
  });
});
