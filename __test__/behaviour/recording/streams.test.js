// Streams of a recording, and its description without its bytes.
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  RecordingError,
  RecordingUnavailableError,
  inspectRecordingArtifact,
  readRecordingBytes,
  readRecordingStream,
} from "../../../index.js";
import { PROCESS, videoOf } from "../../support/box.js";
import { sessionOn } from "../../support/channel.js";

// Time passes in these tests.
beforeEach(() => void vi.useRealTimers());

/** @typedef {import("../../../index.js").StreamRecordingOptions} Options */

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);

/** @param {ReadableStream<Uint8Array>} stream */
async function piecesOf(stream) {
  const pieces = [];
  for await (const piece of any(stream)) pieces.push(piece);
  return pieces;
}

/**
 * @param {any} session
 * @param {Options} [options]
 */
async function streamed(session, options) {
  return Buffer.concat(await piecesOf(readRecordingStream(session, PROCESS, options)));
}

/** @param {Promise<unknown>} promise */
const failureOf = (promise) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

/** The pieces that were asked for, without those that only look at the container. */
const asked = (/** @type {ReturnType<typeof sessionOn>} */ session) =>
  session.pieces.filter(({ cmd }) => cmd.includes("sha256"));

const sum = (/** @type {Uint8Array} */ bytes) => createHash("sha256").update(bytes).digest("hex");

describe("a stream", () => {
  it.each([1, 2_048, 2_049, 700_000, 700_001, 5_000_000])("gives all of %i bytes", async (size) => {
    const video = videoOf(size);
    const session = sessionOn({ video });
    expect(sum(await streamed(session))).toBe(sum(video));
    // Nothing is asked for twice.
    expect(asked(session).reduce((sum, { length }) => sum + length, 0)).toBe(size);
    const what = session.asked.map(({ what }) => what);
    expect([what[0], what.at(-1)]).toEqual(["size", "size"]);
    expect(what.filter((what) => what === "digests")).toEqual([]);
    expect(Math.max(...asked(session).map(({ length }) => length))).toBeLessThanOrEqual(196_608);
  });

  it.each([0, 1, 2, 3, 1_000_000, 1_999_999, 2_000_000])("begins at byte %i", async (offset) => {
    const video = videoOf(2_000_000);
    const session = sessionOn({ video });
    expect(sum(await streamed(session, { offset }))).toBe(sum(video.subarray(offset)));
    expect(asked(session).every((piece) => piece.offset >= offset)).toBe(true);
  });

  it("that has broken off is read on", async () => {
    const video = videoOf(3_000_001);
    const session = sessionOn({ video });
    const reader = readRecordingStream(session, PROCESS).getReader();
    const first = any((await reader.read()).value);
    await reader.cancel();
    const rest = await streamed(session, { offset: first.length });
    expect(sum(Buffer.concat([first, rest]))).toBe(sum(video));
  });

  it.each([1, 3, 6])("asks for no more than the reader takes: %i pieces", async (taken) => {
    const video = videoOf(30_000_000);
    const session = sessionOn({ video });
    const reader = readRecordingStream(session, PROCESS).getReader();
    for (let piece = 0; piece < taken; piece++) await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    // Four are in flight, and one waits for the reader.
    expect(asked(session).length).toBeLessThanOrEqual(taken + 6);
    await reader.cancel();
    const before = session.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(session.asked).toHaveLength(before);
  });

  it("asks for four pieces at once", async () => {
    const box = sessionOn({ video: videoOf(10_000_000) });
    let [running, most] = [0, 0];
    const exec = async (/** @type {any} */ args) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return box.exec(args);
    };
    await streamed({ exec });
    expect(most).toBe(4);
  });

  it("keeps the order, whichever piece comes first", async () => {
    const video = videoOf(8_000_000);
    const box = sessionOn({ video });
    let call = 0;
    const exec = async (/** @type {any} */ args) => {
      await new Promise((resolve) => setTimeout(resolve, [9, 1, 5, 3][call++ % 4]));
      return box.exec(args);
    };
    expect(sum(await streamed({ exec }))).toBe(sum(video));
  });

  it.each([1 << 20, 1 << 18, 1 << 16, 5 << 10])("comes through a limit of %i", async (limit) => {
    const video = videoOf(Math.min(3_000_000, limit * 12));
    const session = sessionOn({ video }, (text) => text.slice(-limit));
    expect(sum(await streamed(session))).toBe(sum(video));
  });

  it("mends a damaged piece before it is handed out", async () => {
    const video = videoOf(4_000_000);
    const counts = new Map();
    const session = sessionOn({ video }, (text, { what, offset, cmd }) => {
      const count = (counts.get(offset) ?? 0) + 1;
      counts.set(offset, count);
      if (what !== "piece" || !cmd.includes("sha256") || offset === 0 || count > 1) return text;
      // One character of the payload is another of the alphabet.
      const at = text.indexOf("A", text.length / 2);
      return `${text.slice(0, at)}B${text.slice(at + 1)}`;
    });
    const pieces = await piecesOf(readRecordingStream(session, PROCESS));
    let at = 0;
    for (const piece of pieces) {
      expect(Buffer.compare(piece, video.subarray(at, at + piece.length))).toBe(0);
      at += piece.length;
    }
    expect(at).toBe(video.length);
  });

  it("asks for the digest by itself where the end of the text is noise", async () => {
    const video = videoOf(2_000_000);
    const session = sessionOn({ video }, (text) => text + "bye\n".repeat(1_000));
    expect(sum(await streamed(session))).toBe(sum(video));
    expect(session.asked.some(({ what }) => what === "digests")).toBe(true);
  });

  it("is refused where a piece is another one time after time", async () => {
    const session = sessionOn({ video: videoOf(2_000_000) }, (text, { cmd }) =>
      cmd.includes("| base64") && cmd.includes("sha256") ? text.replace("AA", "AB") : text,
    );
    const error = await failureOf(streamed(session));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain("the SHA-256 digest of what came is not that of the file");
  });

  it("is proven by lengths where the box has no digests", async () => {
    const video = videoOf(2_000_000);
    expect(sum(await streamed(sessionOn({ video, hasDigests: false })))).toBe(sum(video));
  });

  it("keeps the last piece of a file that changes", async () => {
    /** @type {import("../../support/channel.js").Box} */
    const box = { video: videoOf(3_000_000) };
    const session = sessionOn(box);
    const reader = readRecordingStream(session, PROCESS).getReader();
    let taken = any((await reader.read()).value).length;
    box.state = "1:9:9";
    const error = await failureOf(
      (async () => {
        for (;;) taken += any((await reader.read()).value).length;
      })(),
    );
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain("changed on box while it was read");
    expect(taken).toBeLessThan(3_000_000);
  });

  it.each([
    ["offset", { offset: -1 }, RangeError],
    ["offset", { offset: 1.5 }, RangeError],
    ["offset", any({ offset: "1" }), TypeError],
    ["maxBytes", { maxBytes: 0 }, RangeError],
    ["maxBytes", { maxBytes: NaN }, RangeError],
    ["onProgress", any({ onProgress: 1 }), TypeError],
    ["signal", any({ signal: 1 }), TypeError],
    ["timeoutMs", { timeoutMs: 0 }, RangeError],
  ])("names the field %s of %o", async (field, options, type) => {
    const exec = vi.fn();
    const error = await failureOf((async () => streamed({ exec }, options))());
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(field);
    expect(exec).not.toHaveBeenCalled();
  });

  it("says that the file is too large, or ends before the offset", async () => {
    const session = sessionOn({ video: videoOf(1_000) });
    const tooLarge = await failureOf(streamed(session, { maxBytes: 999 }));
    expect(tooLarge.reason).toBe("max-bytes-exceeded");
    const beyond = await failureOf(streamed(session, { offset: 1_001 }));
    expect(beyond).toBeInstanceOf(RecordingError);
    expect(beyond.message).toContain("recording of 1000 bytes ends before the offset 1001");
    expect(asked(session)).toEqual([]);
  });

  it("errors with what the session throws, and without exec", async () => {
    const gone = new Error("gone");
    const exec = () => Promise.reject(gone);
    expect(await failureOf(streamed({ exec }))).toBe(gone);
    expect(await failureOf(streamed({}))).toBeInstanceOf(RecordingUnavailableError);
  });

  it("ends with its signal", async () => {
    const controller = new AbortController();
    const session = sessionOn({ video: videoOf(20_000_000) });
    const { signal } = controller;
    const reader = readRecordingStream(session, PROCESS, { signal }).getReader();
    await reader.read();
    const reason = new Error("enough");
    controller.abort(reason);
    const error = await failureOf(
      (async () => {
        for (;;) if ((await reader.read()).done) return;
      })(),
    );
    expect(error).toBe(reason);
  });
});

describe("progress", () => {
  const size = 3_000_000;

  /** @param {[number, number][]} told */
  function expectProgress(told, from = 0) {
    expect(told.length).toBeGreaterThan(2);
    expect(told.every(([, total]) => total === size)).toBe(true);
    const received = told.map(([received]) => received);
    expect(received).toEqual([...new Set(received)].sort((a, b) => a - b));
    expect(received[0]).toBeGreaterThan(from);
    expect(received.at(-1)).toBe(size);
  }

  it("of a read grows up to the size", async () => {
    /** @type {[number, number][]} */
    const told = [];
    await readRecordingBytes(sessionOn({ video: videoOf(size) }), PROCESS, {
      onProgress: ({ receivedBytes, totalBytes }) => void told.push([receivedBytes, totalBytes]),
    });
    expectProgress(told);
  });

  it("of a stream grows from the offset up to the size", async () => {
    /** @type {[number, number][]} */
    const told = [];
    await streamed(sessionOn({ video: videoOf(size) }), {
      offset: 1_000,
      onProgress: ({ receivedBytes, totalBytes }) => void told.push([receivedBytes, totalBytes]),
    });
    expectProgress(told, 1_000);
  });

  it("of a read that mends a piece tells nothing twice", async () => {
    let isFlipped = false;
    const session = sessionOn({ video: videoOf(size) }, (text, { what }) => {
      if (what !== "piece" || isFlipped) return text;
      isFlipped = true;
      const at = text.indexOf("A", text.length / 2);
      return `${text.slice(0, at)}B${text.slice(at + 1)}`;
    });
    /** @type {[number, number][]} */
    const told = [];
    await readRecordingBytes(session, PROCESS, {
      onProgress: ({ receivedBytes, totalBytes }) => void told.push([receivedBytes, totalBytes]),
    });
    expectProgress(told);
  });

  it("ends the call with what it throws", async () => {
    const enough = { enough: true };
    const onProgress = () => {
      throw enough;
    };
    const session = sessionOn({ video: videoOf(size) });
    expect(await failureOf(readRecordingBytes(session, PROCESS, { onProgress }))).toBe(enough);
    expect(await failureOf(streamed(session, { onProgress }))).toBe(enough);
  });

  it("ends the call with what its promise rejects with", async () => {
    const enough = new Error("enough");
    const onProgress = () => Promise.reject(enough);
    const session = sessionOn({ video: videoOf(60) });
    expect(await failureOf(readRecordingBytes(session, PROCESS, { onProgress }))).toBe(enough);
    expect(await failureOf(streamed(session, { onProgress }))).toBe(enough);
  });
});

describe("a description", () => {
  it("has the size and no bytes", async () => {
    const session = sessionOn({ video: videoOf(5_000_000) });
    const { durationSeconds, ...rest } = await inspectRecordingArtifact(session, PROCESS);
    expect(rest).toEqual({ contentType: "video/mp4", sizeBytes: 5_000_000 });
    expect(durationSeconds).toBeTypeOf("number");
    expect(asked(session)).toEqual([]);
    const looked = session.pieces.reduce((sum, { length }) => sum + length, 0);
    expect(looked).toBeLessThanOrEqual(2_048);
  });

  it.each([
    [999, "max-bytes-exceeded"],
    [{ maxBytes: 999 }, "max-bytes-exceeded"],
  ])("is refused above the limit %o", async (limit, reason) => {
    const session = sessionOn({ video: videoOf(1_000) });
    const error = await failureOf(inspectRecordingArtifact(session, PROCESS, limit));
    expect(error.reason).toBe(reason);
  });

  it("is refused without a file", async () => {
    const exec = async () => ({ output: "MISSING\n" });
    const error = await failureOf(inspectRecordingArtifact({ exec }, PROCESS));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain("recording file missing on box");
  });

  it("comes from a box that knows the size alone", async () => {
    const exec = async (/** @type {any} */ { cmd }) => ({
      output: cmd.includes("stat") ? "7" : "",
    });
    const { sizeBytes } = await inspectRecordingArtifact({ exec }, PROCESS);
    expect(sizeBytes).toBe(7);
  });
});

/** @param {string} kind */
function box(kind, length = 0, size = length + 8) {
  const bytes = Buffer.alloc(8 + length, 7);
  bytes.writeUInt32BE(size);
  bytes.write(kind, 4, "latin1");
  return bytes;
}

const FTYP = box("ftyp", 24);
/**
 * A WebM file: an EBML header, and a Segment whose size is given as in RFC 8794, 6.
 *
 * @param {number[]} size
 * @param {number} length
 */
const webm = (size, length) =>
  Buffer.from(
    [0x1a, 0x45, 0xdf, 0xa3, 0x81, 1, 0x18, 0x53, 0x80, 0x67, ...size].concat(
      Array(length).fill(7),
    ),
  );

describe("a container that ffmpeg has not finished", () => {
  /** @type {[string, Buffer, string | undefined][]} */
  const FILES = [
    [
      "an index first",
      Buffer.concat([FTYP, box("moov", 9_000), box("free"), box("mdat", 90_000)]),
      undefined,
    ],
    ["an index last", Buffer.concat([FTYP, box("mdat", 90_000), box("moov", 9_000)]), undefined],
    ["no index", Buffer.concat([FTYP, box("free"), box("mdat", 90_000)]), "no moov box"],
    ["an open end", Buffer.concat([FTYP, box("free"), box("mdat", 90_000, 0)]), "no moov box"],
    [
      "less than it says",
      Buffer.concat([FTYP, box("moov", 100), box("mdat", 90_000, 190_000)]),
      "does not end within the file",
    ],
    [
      "half a header",
      Buffer.concat([FTYP, box("moov", 9_000), Buffer.alloc(5)]),
      "MP4 box at offset",
    ],
    [
      "many fragments",
      Buffer.concat([
        FTYP,
        box("moov", 900),
        ...Array.from({ length: 90 }, () => box("moof", 5_000)),
      ]),
      undefined,
    ],
  ];
  FILES.push(
    ["a Segment that ends with it", webm([0x10, 0, 0x0f, 0xa0], 4_000), undefined],
    ["a Segment of no size", webm([1, 255, 255, 255, 255, 255, 255, 255], 4_000), "no size yet"],
    ["a Segment that is cut", webm([0x10, 0, 0x1f, 0xa0], 4_000), "does not end with the file"],
  );
  it.each(FILES)("is known by a few bytes: a file with %s", async (_, video, words) => {
    const session = sessionOn({ video });
    const error = await failureOf(inspectRecordingArtifact(session, PROCESS));
    const streaming = await failureOf(streamed(sessionOn({ video }), { offset: 40 }));
    if (words === undefined) {
      expect([error, streaming]).toEqual([undefined, undefined]);
    } else {
      expect(error).toBeInstanceOf(RecordingError);
      expect(error.message).toContain(words);
      expect(streaming.message).toBe(error.message);
    }
    expect(session.pieces.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(20_000);
  });
});

describe("a decode that outlives its read", () => {
  it("writes to no other read", async () => {
    const size = 6_000_000;
    /** Gives all of the file at once, as a box does that knows no pieces. */
    const boxOf = (/** @type {number} */ filling, /** @type {() => void} */ answered) => {
      const text = Buffer.alloc(size, filling).toString("base64");
      return {
        async exec(/** @type {{ cmd: string }} */ { cmd }) {
          if (cmd.includes("stat -c")) return { output: `${size}` };
          answered();
          return { output: text };
        },
      };
    };
    for (let turn = 0; turn < 12; turn++) {
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = readRecordingBytes(
        boxOf(1, () => setTimeout(() => controller.abort(), turn)),
        PROCESS,
        { signal },
      ).catch(() => undefined);
      await aborted;
      const { bytes } = await readRecordingBytes(
        boxOf(2, () => {}),
        PROCESS,
      );
      expect(Buffer.compare(bytes, Buffer.alloc(size, 2))).toBe(0);
    }
  });
});
