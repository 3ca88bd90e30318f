import { pbkdf2 } from "node:crypto";
import { setImmediate } from "node:timers";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RecordingError, readRecordingBytes } from "../../../index.js";
import { PROCESS, boxWith, videoOf } from "../../support/box.js";

/** How much text is decoded at a time, in characters. */
const PIECE = 1 << 20;

const derive = promisify(pbkdf2);

describe("the bytes", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("are a plain Uint8Array with a buffer of its own, which can be moved to a worker", async () => {
    const { bytes } = await readRecordingBytes(boxWith(videoOf(100)), PROCESS);
    expect(bytes.constructor).toBe(Uint8Array);
    expect(bytes).toStrictEqual(videoOf(100));
    expect(bytes.byteOffset).toBe(0);
    expect(bytes.buffer.byteLength).toBe(100);
    const buffer = /** @type {ArrayBuffer} */ (bytes.buffer);
    const moved = structuredClone(bytes, { transfer: [buffer] });
    expect(moved).toStrictEqual(videoOf(100));
    expect(bytes.length).toBe(0);
  });

  it.each([1, 2, 3, 4, 57, 58, 1_000])("come right when there are %i", async (length) => {
    const { bytes, sizeBytes } = await readRecordingBytes(boxWith(videoOf(length)), PROCESS);
    expect(bytes).toStrictEqual(videoOf(length));
    expect(sizeBytes).toBe(length);
  });

  // Around the seams between pieces, and with line breaks that fall on them.
  it.each([-4, -3, -2, -1, 0, 1, 2, 3, 4].map((by) => (PIECE / 4) * 3 + by))(
    "come right when there are %i",
    async (length) => {
      const video = videoOf(length);
      const wrapped = boxWith(video, (result) => {
        const lines = result.stdout.replace(/.{76}/g, "$&\n");
        return `Wall time: 0.1 seconds\nOutput:\n${lines}\n`;
      });
      for (const session of [boxWith(video), wrapped]) {
        const { bytes } = await readRecordingBytes(session, PROCESS);
        expect(Buffer.compare(bytes, video)).toBe(0);
      }
    },
  );

  it("are left alone once they are decoded", async () => {
    // Each piece is through before the next one is copied, and no byte is zero.
    const { encodeInto } = TextEncoder.prototype;
    const encoder = new TextEncoder();
    const slow = vi.spyOn(TextEncoder.prototype, "encodeInto");
    slow.mockImplementation((text, bytes) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      return encodeInto.call(encoder, text, bytes);
    });
    const video = new Uint8Array(5_000_000).fill(255);
    const { bytes } = await readRecordingBytes(boxWith(video), PROCESS);
    expect(slow).toHaveBeenCalled();
    expect(Buffer.compare(bytes, video)).toBe(0);
  });

  it("come right where the pool has other work", async () => {
    let reading = true;
    // Each piece waits for a thread, and the next ones could be copied meanwhile.
    const busy = Array.from({ length: 8 }, async () => {
      while (reading) await derive("password", "salt", 20_000, 64, "sha512");
    });
    const video = videoOf(5_000_000);
    const { bytes } = await readRecordingBytes(boxWith(video), PROCESS);
    reading = false;
    await Promise.all(busy);
    expect(Buffer.compare(bytes, video)).toBe(0);
  });

  it("of one recording have no part in the next, whatever became of it", async () => {
    const { encodeInto } = TextEncoder.prototype;
    const session = boxWith(videoOf(3_000_000));
    vi.spyOn(TextEncoder.prototype, "encodeInto")
      .mockImplementationOnce(encodeInto)
      .mockImplementationOnce(() => {
        throw new Error("no memory");
      });
    await expect(readRecordingBytes(session, PROCESS)).rejects.toThrow("no memory");
    for (const length of [1_000, 3_000_000]) {
      const { bytes } = await readRecordingBytes(boxWith(videoOf(length)), PROCESS);
      expect(Buffer.compare(bytes, videoOf(length))).toBe(0);
    }
  });

  // Of pieces that are decoded at once, and in the pool.
  it.each([
    [100_000, 1 << 16],
    [2_000_000, PIECE],
  ])("that are bad are named, also at the seam of two pieces", async (length, piece) => {
    for (const at of [piece - 2, piece - 1, piece]) {
      const text = `${"A".repeat(at)}😀${"A".repeat(length)}`;
      const exec = async (/** @type {{ cmd: string }} */ { cmd }) =>
        cmd.includes("stat") ? `${length}` : text;
      await expect(readRecordingBytes({ exec }, PROCESS)).rejects.toThrow(
        `unexpected character '😀' at offset ${at}`,
      );
    }
  });

  it("come from a banner as long as several pieces", async () => {
    const video = videoOf(2_000_000);
    const noise = "é: noise\n".repeat(PIECE / 3);
    const session = boxWith(video, ({ stdout }) => `${noise}Output:\n${stdout}`);
    const { bytes } = await readRecordingBytes(session, PROCESS);
    expect(Buffer.compare(bytes, video)).toBe(0);
  });

  it("are refused when one character in the middle of many is bad", async () => {
    const at = 2 * PIECE + 12_345;
    const session = boxWith(videoOf(3_000_000), (result) => ({
      ...result,
      stdout: `${result.stdout.slice(0, at)}é${result.stdout.slice(at + 1)}`,
    }));
    // The size comes from the same session; it has no such place.
    const exec = session.exec.bind(session);
    const error = await readRecordingBytes(
      {
        exec: async (/** @type {{ cmd: string }} */ args) =>
          args.cmd.includes("stat") ? { output: "3000000" } : exec(args),
      },
      PROCESS,
    ).catch((error) => error);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain(`unexpected character 'é' at offset ${at} of the base64 text`);
  });

  it("of 256 MiB are read while the event loop turns", async () => {
    const length = 256 * 1024 * 1024;
    // The text of a video of zeros, as long as any other.
    const base64 = "AAAA".repeat(Math.floor(length / 3)) + "AA==";
    expect(length % 3).toBe(1);
    const session = {
      exec: async (/** @type {{ cmd: string }} */ { cmd }) => ({
        stdout: cmd.includes("stat") ? `${length}` : base64,
      }),
    };
    let turns = 0;
    let reading = true;
    const turn = () => {
      turns++;
      if (reading) setImmediate(turn);
    };
    setImmediate(turn);
    const { bytes } = await readRecordingBytes(session, PROCESS, length);
    reading = false;
    expect(bytes.length).toBe(length);
    expect(Buffer.compare(bytes, Buffer.alloc(length))).toBe(0);
    // At least once for each piece.
    expect(turns).toBeGreaterThan(base64.length / PIECE);
  });

  it("are not asked for when the size is over the limit", async () => {
    const session = boxWith(videoOf(1_000));
    await expect(readRecordingBytes(session, PROCESS, 999)).rejects.toMatchObject({
      name: "RecordingError",
      reason: "max-bytes-exceeded",
      message: "recording 1000B exceeds max 999B",
    });
    expect(session.commands).toHaveLength(1);
    expect(session.commands[0]).toContain("stat -c %s");
  });
});
