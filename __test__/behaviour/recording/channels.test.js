// Reads through channels that cut, damage and refuse: the exact bytes come home, or none.
import { describe, expect, it } from "vitest";
import { RecordingError, readRecordingBytes } from "../../../index.js";
import { PROCESS, videoOf } from "../../support/box.js";
import { lines, sessionOn } from "../../support/channel.js";

/** @typedef {import("../../support/channel.js").Channel} Channel */

const KIB = 1_024;
const SMALLEST = 3 * KIB;

/**
 * @param {Channel} channel
 * @param {number} length
 */
async function read(channel, length) {
  const video = videoOf(length);
  const session = sessionOn({ video }, channel);
  const { bytes } = await readRecordingBytes(session, PROCESS);
  expect(Buffer.compare(bytes, video)).toBe(0);
  return session;
}

/** Keeps the last of a text, as harnesses do. */
const last = (/** @type {number} */ limit) => (/** @type {string} */ text) => text.slice(-limit);

/** The same, and says so. */
const lastWithNotice = (/** @type {number} */ limit) => (/** @type {string} */ text) =>
  text.length <= limit
    ? text
    : `[...${text.length - limit} characters truncated from process output...]\n${text.slice(-limit)}`;

/** Keeps both ends. */
const ends = (/** @type {number} */ limit) => (/** @type {string} */ text) =>
  text.length <= limit
    ? text
    : `${text.slice(0, limit / 2)}...9 tokens truncated...${text.slice(-limit / 2)}`;

const tooLarge = class extends Error {
  code = "MAX_PAYLOAD_EXCEEDED";
};

/** @type {Record<string, (limit: number) => Channel>} */
const LIMITS = {
  "the last characters": (limit) => last(limit),
  "the last characters, by output alone": (limit) => (text) => ({ output: last(limit)(text) }),
  "the last characters and a notice": (limit) => (text) => lastWithNotice(limit)(text),
  "the first characters": (limit) => (text) => text.slice(0, limit),
  "both ends": (limit) => ends(limit),
  "nothing above the limit": (limit) => (text) => (text.length > limit ? "" : text),
  "words above the limit": (limit) => (text) =>
    text.length > limit ? { output: "output too large", exitCode: 1 } : text,
  "an error above the limit": (limit) => (text) => {
    if (text.length > limit) throw new tooLarge("payload too large");
    return text;
  },
  "a beginning, and the number of what goes on": (limit) => (text) =>
    text.length > limit
      ? { output: text.slice(0, limit), sessionId: 7 }
      : { output: text, exitCode: 0 },
  "a beginning behind a banner": (limit) => (text) =>
    text.length > limit
      ? `Wall time: 60 seconds\nProcess running with session ID 3\nOutput:\n${text.slice(0, limit)}`
      : `Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n${text}`,
};

describe("a channel that lets through", () => {
  const limits = [1_024 * KIB, 256 * KIB, 64 * KIB, 5 * KIB];
  const cases = Object.entries(LIMITS).flatMap(([name, channel]) =>
    limits.map((limit) => /** @type {const} */ ([name, limit, channel(limit)])),
  );
  it.each(cases)("%s, up to %i", async (_name, limit, channel) => {
    const length = Math.min(2_000_000, limit * 20);
    const session = await read(channel, length);
    const whole = length / ((limit * 3) / 4);
    // Few pieces are lost, and the others are at least half as long as they can be.
    expect(session.pieces.length).toBeLessThan(2 * whole * 1.2 + 20);
    // A file that fits is read in one command, and what was found out is still known.
    const again = sessionOn({ video: videoOf(limit / 2) }, channel);
    session.exec = again.exec;
    await readRecordingBytes(session, PROCESS);
    expect(again.pieces.length).toBeLessThanOrEqual(3);
  });

  it("any length is asked for less and less often", async () => {
    const length = 40_000_000;
    const session = await read((text) => text, length);
    expect(session.pieces.length).toBeLessThan(20);
    const lengths = session.pieces.map((piece) => piece.length);
    expect(lengths[0]).toBe(699_999);
    expect(Math.max(...lengths)).toBe(6 * KIB * KIB);
    expect(session.asked.filter(({ what }) => what === "size")).toHaveLength(2);
  });

  it("less in the middle of a read", async () => {
    const session = await read(
      (text, { offset }) => last(offset > 1_000_000 ? 50_000 : 10_000_000)(text),
      3_000_000,
    );
    expect(session.pieces.length).toBeLessThan(150);
  });

  it("more in the middle of a read", async () => {
    const session = await read(
      (text, { offset }) => last(offset < 1_000_000 ? 50_000 : 10_000_000)(text),
      30_000_000,
    );
    expect(session.pieces.length).toBeLessThan(150);
  });

  it("less than the smallest piece brings nothing home, and says how much was tried", async () => {
    const session = sessionOn({ video: videoOf(20_000) }, (text, { what }) =>
      what === "size" ? text : text.slice(-2_000),
    );
    const error = await readRecordingBytes(session, PROCESS).catch((error) => error);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.reason).toBe("ffmpeg-error");
    expect(error.message).toMatch(/expected 20000 bytes, got \d+/);
    expect(error.message).toMatch(/the answer was cut on the way/);
    expect(error.message).toMatch(/asked for \d times, 3072 bytes at last$/);
  });
});

describe("a channel that fails now and then", () => {
  const length = 3_000_000;

  /** @type {Record<string, (text: string) => any>} */
  const FAILURES = {
    "is empty": () => "",
    "is cut": (text) => text.slice(0, text.length / 2),
    "has one character flipped": flipped,
    "has a line twice": (text) => text.replace(/\n(.{76})\n/, "\n$1\n$1\n"),
    "has two lines swapped": (text) => text.replace(/\n(.{76})\n(.{76})\n/, "\n$2\n$1\n"),
    "has noise between its lines": (text) => text.replace(/\n(.{76})\n/, "\n$1\n[1] Done\n"),
    "comes twice": (text) => text + text,
    "is an error": () => {
      throw new Error("connection reset");
    },
  };
  it.each(Object.entries(FAILURES))("so that a piece %s", async (_, fail) => {
    let pieces = 0;
    const session = await read((text, { what }) => {
      const isPiece = what === "piece" || what === "file";
      return isPiece && pieces++ % 3 === 2 ? fail(text) : text;
    }, length);
    expect(session.asked.length).toBeLessThan(60);
  });

  it("is asked for the digests of pieces, and only for what is not right", async () => {
    let isFlipped = false;
    const session = await read((text, { what }) => {
      if (what !== "piece" || isFlipped) return text;
      isFlipped = true;
      return flipped(text);
    }, length);
    const { pieces } = session;
    const offsets = pieces.map(({ offset }) => offset);
    // The first was flipped; nothing else is read twice.
    expect(offsets.filter((offset) => offset === 0)).toHaveLength(2);
    expect(new Set(offsets).size).toBe(offsets.length - 1);
  });

  it("damages the answers to questions as well", async () => {
    for (const what of ["size", "digests"]) {
      let count = 0;
      await read((text, asked) => {
        const isHit = asked.what === what && count++ === 0;
        if (isHit)
          return text.replace(
            /(:|\n)(\d)(\d*)/,
            (_, before, digit, rest) => `${before}${(Number(digit) + 1) % 10}${rest}`,
          );
        return asked.what === "piece" && asked.offset === 0 && count === 1 ? flipped(text) : text;
      }, 2_000_000);
    }
  });

  it.each([
    ["cut in its digest", (/** @type {string} */ text) => text.slice(0, -90)],
    ["garbled in its digest", (/** @type {string} */ text) => text.replace(/[0-9a-f]{10} \*/, "?")],
  ])("is asked again for what is %s", async (_, damage) => {
    const count = { size: 0, file: 0 };
    const session = await read((text, { what }) => {
      if (what === "size" && count.size++ === 0) return damage(text);
      return what === "file" && count.file++ === 0 ? flipped(text) : text;
    }, 30_000);
    expect(session.asked.map(({ what }) => what)).toEqual([
      ...["size", "size", "file"],
      // The digest tells that something is wrong; the only piece is read anew.
      ...["size", "file"],
    ]);
  });

  it("is read once where it says all in stdout and again in output", async () => {
    const session = await read((text) => ({ output: text, stdout: text, stderr: "x" }), length);
    expect(session.pieces.length).toBeLessThan(8);
  });

  /** One character of the payload is another of the alphabet. */
  function flipped(/** @type {string} */ text) {
    const at = Math.floor(text.length / 2);
    const place = /[A-Za-z0-9]/.exec(text.slice(at));
    const found = at + (place?.index ?? 0);
    return text.slice(0, found) + (text[found] === "A" ? "B" : "A") + text.slice(found + 1);
  }
});

describe("a file", () => {
  /**
   * @param {(box: import("../../support/channel.js").Box) => void} change
   */
  async function readChanging(change) {
    /** @type {import("../../support/channel.js").Box} */
    const box = { video: videoOf(2_000_000) };
    const session = sessionOn(box, (text, { what, offset }) => {
      // Once the first piece is printed.
      if (what === "piece" && offset === 0) change(box);
      return text;
    });
    return readRecordingBytes(session, PROCESS).then(
      ({ bytes }) => bytes,
      (error) => error,
    );
  }

  it("that grows while it is read is refused", async () => {
    const error = await readChanging((box) => (box.video = videoOf(2_000_001)));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain("2000000 bytes before, 2000001 bytes after");
  });

  it("that is replaced by one of its size is refused", async () => {
    const error = await readChanging((box) => {
      box.video = new Uint8Array(2_000_000);
      box.state = "1:9:9";
    });
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain("changed on box while it was read");
  });

  it("that is replaced in secret is refused by its digest", async () => {
    const error = await readChanging((box) => (box.video = new Uint8Array(2_000_000)));
    expect(error).toBeInstanceOf(RecordingError);
  });

  it("whose digest the box cannot tell is read as it is", async () => {
    const video = videoOf(2_000_000);
    const session = sessionOn({ video, hasDigests: false });
    const { bytes } = await readRecordingBytes(session, PROCESS);
    expect(Buffer.compare(bytes, video)).toBe(0);
  });

  it.each([1, 2, 3, SMALLEST - 1, SMALLEST, SMALLEST + 1, 699_999, 700_000, 700_001, 1_400_001])(
    "of %i bytes comes home",
    async (length) => {
      const session = await read((text) => text, length);
      expect(session.pieces).toHaveLength(length <= 700_000 ? 1 : 2);
    },
  );
});

describe("a box without frames", () => {
  it.each([1, 3, 1_000, 700_001, 3_000_000])("gives all %i bytes at once", async (length) => {
    const video = videoOf(length);
    let commands = 0;
    const exec = async (/** @type {{ cmd: string }} */ { cmd }) => {
      commands++;
      return { output: cmd.includes("stat -c") ? `${length}\n` : lines(video) };
    };
    const { bytes } = await readRecordingBytes({ exec }, PROCESS);
    expect(Buffer.compare(bytes, video)).toBe(0);
    expect(commands).toBe(2);
  });
});

it("a box without frames gives no piece", async () => {
  // What is there of the text is as long as a piece is, and is not what was asked for.
  const text = Buffer.from(videoOf(6_144)).toString("base64").slice(0, 4_096);
  const exec = async (/** @type {{ cmd: string }} */ { cmd }) => ({
    output: cmd.includes("stat -c") ? "6144\n" : text,
  });
  await expect(readRecordingBytes({ exec }, PROCESS)).rejects.toThrow(
    /expected 6144 bytes, got 3072/,
  );
});

describe("what is around the frame", () => {
  /** @type {Record<string, Channel>} */
  const NOISE = {
    "a terminal's carriage returns": (text) => text.replaceAll("\n", "\r\n"),
    "a prompt and bracketed paste": (text) => `\x1b[?2004h$ \x1b[?2004l\r${text}\x1b[?2004h$ `,
    "the command's echo": (text, { cmd }) => `$ ${cmd}\n${text}`,
    "the shell's trace": (text, { cmd }) => {
      const [, nonce, label] = /printf "\\n%s:%s\\n" (\S+) ([^;' ]+)/.exec(cmd) ?? [];
      return `+ printf '\\n%s:%s\\n' ${nonce} ${label}\n${text}+ printf '\\n%s:%s\\n' ${nonce} end\n`;
    },
    "a blank stdout beside a full output": (text) => ({ output: text, stdout: "\n", stderr: "w" }),
    "an empty stdout beside a full output": (text) => ({ output: text, stdout: "", stderr: "w" }),
    "bytes in place of text": (text) => ({ stdout: Buffer.from(text) }),
    "bytes in place of a result": (text) => Buffer.from(text),
    "a megabyte of words": (text) => `${"noise é\n".repeat(150_000)}${text}`,
  };
  const cases = Object.entries(NOISE).flatMap(([name, channel]) =>
    [1_000, 2_000_000].map((length) => /** @type {const} */ ([name, length, channel])),
  );
  it.each(cases)("%s does not matter, of %i bytes", async (_, length, channel) => {
    const session = await read(channel, length);
    expect(session.pieces.length).toBeLessThan(8);
  });
});
