// The options of a start and of a stop, on doubles of a session.
import { describe, expect, it } from "vitest";
import {
  RecordingError,
  RecordingUnavailableError,
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "../../../index.js";
import { PROCESS, boxWith, videoOf } from "../../support/box.js";

const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** The line of a frame in a command's text. */
const MARK = /printf "\\n%s:%s\\n" (og-[0-9a-f]{16}) (\S+);/;

/**
 * A session that answers by the label of a command's frame.
 *
 * @param {Record<string, string>} answers
 */
function answering(answers) {
  /** @type {string[]} */
  const labels = [];
  return {
    labels,
    /** @param {{ cmd: string }} args */
    async exec({ cmd }) {
      const [, nonce = "", label = ""] = MARK.exec(cmd) ?? [];
      labels.push(label || cmd);
      return {
        output: `\n${nonce}:${label}\n${answers[label] ?? ""}\n${nonce}:end\n`,
        exitCode: 0,
      };
    },
  };
}

describe("the options of a start", () => {
  it.each([
    [{ verify: 1 }, TypeError, "verify"],
    [{ crashSafe: "yes" }, TypeError, "crashSafe"],
    [{ dispose: {} }, TypeError, "dispose"],
    [{ maxBytes: "5" }, TypeError, "maxBytes"],
    [{ maxBytes: 0 }, RangeError, "maxBytes"],
    [{ maxBytes: Number.NaN }, RangeError, "maxBytes"],
  ])("%j is refused before anything runs", async (options, kind, field) => {
    const box = answering({});
    const input = /** @type {any} */ ({ recordingId: "r1", ...options });
    const error = await startRecording(box, input).catch((error) => error);
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(new RegExp(`^${field} must be `));
    expect(box.labels).toEqual([]);
  });

  it("are read once", async () => {
    /** @type {string[]} */
    const reads = [];
    const input = new Proxy(
      { recordingId: "r1", verify: false, crashSafe: true, maxBytes: 5, dispose: true },
      {
        get(target, key) {
          reads.push(String(key));
          return Reflect.get(target, key);
        },
      },
    );
    await startRecording(answering({}), /** @type {any} */ (input));
    expect([...new Set(reads)]).toEqual(reads);
    expect(reads).toEqual(expect.arrayContaining(Object.keys(input)));
  });

  it("that are not given leave no trace in the handle", async () => {
    const input = { verify: false, crashSafe: false, maxBytes: undefined, dispose: false };
    const handle = await startRecording(answering({}), { recordingId: "r1", ...input });
    expect(Object.keys(handle)).toEqual(Object.keys(PROCESS));
    expect(Object.getOwnPropertySymbols(handle)).toEqual([]);
  });

  it("stand in the handle, which is plain data", async () => {
    const input = { recordingId: "r1", crashSafe: true, maxBytes: 5_000.5, dispose: true };
    const handle = await startRecording(answering({}), /** @type {any} */ (input));
    expect(handle).toMatchObject({ crashSafe: true, maxBytes: 5_000.5 });
    for (const copy of [
      structuredClone(handle),
      JSON.parse(JSON.stringify(handle)),
      { ...handle },
    ]) {
      expect(copy).toEqual(handle);
      expect(Object.keys(copy)).toEqual([...Object.keys(PROCESS), "crashSafe", "maxBytes"]);
      expect(ASYNC_DISPOSE in copy).toBe(false);
    }
    const unlimited = { recordingId: "r1", maxBytes: Infinity };
    expect(await startRecording(answering({}), unlimited)).not.toHaveProperty("maxBytes");
  });

  it("reject with what ffmpeg says, and undo the start", async () => {
    const box = answering({ verify: "GONE\nCannot open display :0, error 1.\n" });
    const error = await startRecording(box, { recordingId: "r1", verify: true }).catch((e) => e);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.reason).toBe("display-unavailable");
    expect(error.message).toBe(
      "recording not started: ffmpeg has ended; ffmpeg log: Cannot open display :0, error 1.",
    );
    expect(box.labels.slice(0, 2)).toEqual(["start", "verify"]);
    expect(box.labels).toHaveLength(3);
  });
});

describe("a handle for await using", () => {
  it("stops on its session, as a stop does, and deletes nothing", async () => {
    const box = answering({});
    const input = { recordingId: "r1", dispose: /** @type {const} */ (true) };
    const handle = /** @type {any} */ (await startRecording(box, input));
    expect(await handle[ASYNC_DISPOSE]()).toBeUndefined();
    expect(box.labels).toHaveLength(2);
    expect(box.labels[1]).toContain("kill -INT");
    box.exec = () => Promise.reject(new Error("gone"));
    expect(await handle[ASYNC_DISPOSE]()).toBeUndefined();
  });
});

describe("a report", () => {
  const REPORT = /** @type {const} */ ({ report: true });

  it("is what the box says", async () => {
    const box = answering({ stop: "GONE TERM 19500", film: "PARTIAL\n-\n" });
    expect(await stopRecording(box, PROCESS, REPORT)).toEqual({
      finalized: false,
      signal: "SIGTERM",
      exitedAfterMs: 19_500,
    });
    expect(box.labels).toEqual(["stop", "film"]);
  });

  it("of a film that was salvaged says so, and so does its read", async () => {
    const box = answering({ stop: "GONE - -", film: "WHOLE\nSALVAGED\n" });
    const handle = { ...PROCESS, crashSafe: /** @type {const} */ (true) };
    expect(await stopRecording(box, handle, REPORT)).toEqual({
      finalized: true,
      signal: null,
      exitedAfterMs: null,
      salvaged: true,
    });
    const film = boxWith(videoOf(9));
    const session = {
      exec: (/** @type {any} */ args) =>
        MARK.exec(args.cmd)?.[2] === "film" ? box.exec(args) : film.exec(args),
    };
    expect(await readRecordingBytes(session, handle)).toMatchObject({ salvaged: true });
    expect(await readRecordingBytes(session, PROCESS)).not.toHaveProperty("salvaged");
  });

  it("is asked for with a boolean", async () => {
    const box = answering({});
    const options = /** @type {any} */ ({ report: "yes" });
    await expect(stopRecording(box, PROCESS, options)).rejects.toThrow(/^report must be a boolean/);
    expect(box.labels).toEqual([]);
    expect(await stopRecording(box, PROCESS, { report: false })).toBeUndefined();
    expect(box.labels).toHaveLength(1);
  });

  it("rejects where nothing can be reported", async () => {
    await expect(stopRecording({}, PROCESS, REPORT)).rejects.toThrow(RecordingUnavailableError);
    const error = await stopRecording(answering({}), PROCESS, REPORT).catch((error) => error);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain("instead of a report");
  });

  it("counts as the stop of its recording", async () => {
    const box = boxWith(videoOf(9));
    const session = {
      exec: async (/** @type {any} */ args) => {
        const label = MARK.exec(args.cmd)?.[2];
        if (label === "stop") return { output: "GONE INT 5", exitCode: 0 };
        return label === "film" ? { output: "WHOLE\n-\n", exitCode: 0 } : box.exec(args);
      },
    };
    const handle = { ...PROCESS, startedAt: Date.now() };
    await stopRecording(session, handle, REPORT);
    const { durationSeconds } = await readRecordingBytes(session, handle);
    expect(durationSeconds).toBe(0);
  });
});

it.each([
  ["stopRecording", stopRecording],
  ["readRecordingBytes", readRecordingBytes],
  ["deleteRecordingArtifacts", deleteRecordingArtifacts],
])("%s refuses a handle whose crashSafe is no boolean", async (_, call) => {
  const box = answering({});
  const handle = /** @type {any} */ ({ ...PROCESS, crashSafe: 1 });
  await expect(call(box, handle)).rejects.toThrow(/^crashSafe must be a boolean, got 1/);
  expect(box.labels).toEqual([]);
});
