// The facts of a film's bytes, and what is listed and swept on a box of a test's own.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  RecordingError,
  RecordingUnavailableError,
  listRecordings,
  probeRecording,
  sweepRecordings,
} from "../../../index.js";

/** @param {string} name */
function filmOf(name) {
  return readFileSync(new URL(`../../../tests/films/${name}`, import.meta.url));
}

const FILM = { width: 32, height: 18, frames: 5, durationSeconds: 0.5 };

describe("probeRecording", () => {
  it.each([
    ["whole.mp4", { container: "mp4", codec: "h264", finished: true, gap: null }],
    ["fragments.mp4", { container: "mp4", codec: "h264", finished: true, gap: null }],
    ["whole.webm", { container: "webm", codec: "vp9", finished: true, gap: null }],
    ["live.webm", { container: "webm", codec: "vp9", finished: false, gap: expect.any(String) }],
  ])("tells the facts of %s", (name, facts) => {
    expect(probeRecording(filmOf(name))).toEqual({ ...FILM, ...facts });
  });

  it("reads a part of a buffer, and shared memory", () => {
    const film = new Uint8Array(filmOf("whole.mp4"));
    const within = new Uint8Array(film.length + 20);
    within.set(film, 10);
    expect(probeRecording(within.subarray(10, 10 + film.length))).toMatchObject(FILM);
    const shared = new Uint8Array(new SharedArrayBuffer(film.length));
    shared.set(film);
    expect(probeRecording(shared)).toMatchObject({ ...FILM, finished: true });
  });

  it("tells what is unknown by null", () => {
    expect(probeRecording(filmOf("whole.mp4").subarray(0, 40))).toEqual({
      ...{ container: "mp4", codec: null, width: null, height: null, frames: null },
      ...{ durationSeconds: null, finished: false, gap: expect.any(String) },
    });
  });

  it.each([
    [undefined, "bytes must be a Uint8Array, got nothing"],
    ["film", 'bytes must be a Uint8Array, got "film"'],
    [new ArrayBuffer(8), "bytes must be a Uint8Array, got a value of type object"],
    [new Int8Array(8), "bytes must be a Uint8Array, got a value of type object"],
    [[1, 2], "bytes must be a Uint8Array, got a value of type object"],
    [
      new Uint8Array(3),
      "bytes must be the bytes of an MP4 or WebM file, got 3 bytes of another format",
    ],
  ])("refuses %s", (bytes, message) => {
    expect(() => probeRecording(/** @type {any} */ (bytes))).toThrow(new TypeError(message));
  });
});

/**
 * A box that answers a look with these records, and a removal with these lines.
 *
 * @param {string[]} records
 * @param {string} [removed]
 */
function boxOf(records, removed = "") {
  /** @type {any[]} */
  const calls = [];
  return {
    calls,
    /** @param {any} args */
    async exec(args) {
      calls.push(args);
      const [, nonce, label] = /\\n" (og-\w+) (\w+);/.exec(args.cmd) ?? [];
      const answer =
        label === "list" ? Buffer.from(records.join("\0")).toString("base64") : removed;
      return { stdout: `${nonce}:${label}\n${answer}\n\n${nonce}:end\n`, exitCode: 0 };
    },
  };
}

const RECORDS = [
  ...["D/work", "U1000", "T1700000100"],
  "S81a4:3:1700000000:7:1000:me:./og-rec-a.log\n81a4:9:1700000002:8:1000:me:./og-rec-a.mp4",
  ...["P0:12:og-rec-b.pid", "S81a4:3:1700000001:9:0:UNKNOWN:./og-rec-b.pid"],
  ...["S81a4:5:1700000003:10:0:UNKNOWN:./og-rec-b.webm", "A12:1:og-rec-b.webm"],
];

const ENTRY = {
  ...{ recordingId: "a", codec: "h264-mp4", startedAt: 1_700_000_002_000, isRunning: false },
  ...{ boxPath: "/films/og-rec-a.mp4", pidFile: "/films/og-rec-a.pid", runAs: "me" },
  ...{ sizeBytes: 9, modifiedAt: 1_700_000_002_000, ownerId: 1_000, owner: "me" },
};

describe("listRecordings", () => {
  it("resolves to handles", async () => {
    const box = boxOf(RECORDS);
    expect(await listRecordings(box, { tmpDir: "/films", runAs: "me" })).toEqual([
      ENTRY,
      {
        ...{ recordingId: "b", codec: "vp9-webm", startedAt: 1_700_000_001_000, isRunning: true },
        ...{ boxPath: "/films/og-rec-b.webm", pidFile: "/films/og-rec-b.pid", runAs: "me" },
        ...{ sizeBytes: 5, modifiedAt: 1_700_000_003_000, ownerId: 0, owner: null },
      },
    ]);
    expect(box.calls).toEqual([
      { cmd: expect.any(String), runAs: "me", yieldTimeMs: 60_000, maxOutputTokens: null },
    ]);
    const [first] = await listRecordings(boxOf(RECORDS));
    expect(first).toMatchObject({ boxPath: "/tmp/og-rec-a.mp4" });
    expect(first).not.toHaveProperty("runAs");
  });

  it("asks on after a name that is not whole text", async () => {
    const pages = [boxOf([...RECORDS, "Cog-rec-\n'"]), boxOf(RECORDS.slice(0, 3))];
    /** @type {any[]} */
    const calls = [];
    const session = {
      /** @param {any} args */
      exec(args) {
        calls.push(args.cmd);
        return pages.shift()?.exec(args);
      },
    };
    expect(await listRecordings(session)).toHaveLength(2);
    expect(calls[1]).toContain(String.raw`\x6f\x67\x2d\x72\x65\x63\x2d\x0a\x27`);
  });

  it("refuses options and sessions that are none", async () => {
    const box = boxOf(RECORDS);
    await expect(listRecordings(box, { tmpDir: "-x" })).rejects.toThrow(TypeError);
    await expect(listRecordings(box, /** @type {any} */ ({ runAs: 5 }))).rejects.toThrow(TypeError);
    await expect(listRecordings(box, /** @type {any} */ (5))).rejects.toThrow(TypeError);
    await expect(listRecordings(box, { timeoutMs: 0 })).rejects.toThrow(RangeError);
    expect(box.calls).toEqual([]);
    await expect(listRecordings(/** @type {any} */ ({}))).rejects.toThrow(
      RecordingUnavailableError,
    );
    const thrown = { mine: true };
    await expect(listRecordings({ exec: () => Promise.reject(thrown) })).rejects.toBe(thrown);
    const error = await listRecordings(boxOf(["ENo such file"])).catch((error) => error);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error).toMatchObject({
      reason: "ffmpeg-error",
      message: "recordings not listed: /tmp: No such file",
    });
  });
});

it.each([listRecordings, sweepRecordings])("%o ends at once when it is aborted", async (call) => {
  const reason = new Error("enough");
  const aborter = new AbortController();
  let commands = 0;
  const session = {
    exec() {
      commands++;
      aborter.abort(reason);
      return new Promise(() => {});
    },
  };
  const options = { olderThanSeconds: 1, signal: aborter.signal };
  await expect(call(session, options)).rejects.toBe(reason);
  await expect(call(session, options)).rejects.toBe(reason);
  expect(commands).toBe(1);
});

describe("sweepRecordings", () => {
  const removed = {
    ...{ recordingId: "a", codec: "h264-mp4", boxPath: "/tmp/og-rec-a.mp4", sizeBytes: 12 },
    ...{ files: ["/tmp/og-rec-a.log", "/tmp/og-rec-a.mp4"], modifiedAt: 1_700_000_002_000 },
    ...{ ownerId: 1_000, owner: "me" },
  };

  it("only looks where it is dry", async () => {
    const box = boxOf(RECORDS);
    expect(await sweepRecordings(box, { olderThanSeconds: 97, dryRun: true })).toEqual([removed]);
    expect(await sweepRecordings(box, { olderThanSeconds: 98, dryRun: true })).toEqual([]);
    expect(await sweepRecordings(box, { olderThanSeconds: 98 })).toEqual([]);
    expect(box.calls).toHaveLength(3);
  });

  it("resolves to what the box has removed", async () => {
    expect(await sweepRecordings(boxOf(RECORDS, "0:0\n0:1"), { olderThanSeconds: 0 })).toEqual([
      removed,
    ]);
    const part = { ...removed, files: ["/tmp/og-rec-a.mp4"], sizeBytes: 9 };
    expect(await sweepRecordings(boxOf(RECORDS, "0:1"), { olderThanSeconds: 0 })).toEqual([part]);
    expect(await sweepRecordings(boxOf(RECORDS), { olderThanSeconds: 0 })).toEqual([]);
    await expect(
      sweepRecordings(boxOf(RECORDS, "LOCKED"), { olderThanSeconds: 0 }),
    ).rejects.toThrow(
      "recordings not swept: /tmp: another start or sweep has locked the directory",
    );
  });

  it.each([
    [{}, TypeError, "olderThanSeconds must be a number of seconds from 0, got nothing"],
    [{ olderThanSeconds: "1" }, TypeError, /^olderThanSeconds/],
    [{ olderThanSeconds: -1 }, RangeError, /^olderThanSeconds/],
    [{ olderThanSeconds: NaN }, RangeError, /^olderThanSeconds/],
    [{ olderThanSeconds: 1, dryRun: 1 }, TypeError, "dryRun must be a boolean, got 1"],
    [undefined, TypeError, /^olderThanSeconds/],
  ])("refuses %o", async (options, kind, message) => {
    const box = boxOf(RECORDS);
    const error = await sweepRecordings(box, /** @type {any} */ (options)).catch((error) => error);
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
    expect(box.calls).toEqual([]);
  });
});
