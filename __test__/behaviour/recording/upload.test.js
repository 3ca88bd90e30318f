import { describe, expect, it } from "vitest";
import {
  OpenGeniError,
  RecordingError,
  RecordingUnavailableError,
  uploadRecordingArtifact,
} from "../../../index.js";
import { PROCESS } from "../../support/box.js";

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);

const URL = "https://store.test/films/turn-7.mp4?X-Amz-Signature=5ec2e7";
const INPUT = { url: URL, requiredHeaders: { "content-type": "video/mp4" } };

/**
 * A session whose box has a file of 5 bytes and gives keys of zeros.
 *
 * @param {(curl: (exitCode: number, status: number, sent: number) => string) => unknown} [report] Returns what is
 *   reported on an upload, or a promise of it.
 */
function boxOf(report = (curl) => curl(0, 200, 5)) {
  /** @type {string[]} */
  const labels = [];
  /** @type {string[]} */
  const commands = [];
  let config = "";
  const hex = (/** @type {string} */ text) => Buffer.from(text).toString("hex");
  const curl = (
    /** @type {number} */ exitCode,
    /** @type {number} */ status,
    /** @type {number} */ sent,
  ) => {
    const prefix = /write-out = "\\n(og-\w+:)/.exec(config)?.[1];
    return `ended ${exitCode}\n${hex(`\n${prefix}${status}:${sent}:000:0.1\n`)}.`;
  };
  return {
    labels,
    commands,
    config: () => config,
    /** @param {{ cmd: string }} args */
    async exec({ cmd }) {
      commands.push(cmd);
      const [, nonce, label = ""] = /%s:%s\\n" (og-\w+) ([\w+]+);/.exec(cmd) ?? [];
      labels.push(label);
      config = Buffer.from(/cipher=(\w+)/.exec(cmd)?.[1] ?? "", "hex").toString() || config;
      const length = Number(/head -c (\d+) \/dev\/urandom/.exec(cmd)?.[1] ?? 0);
      /** @type {Record<string, () => unknown>} */
      const answers = {
        size: () => "5\n5:1:2:now",
        "0+5": () => "aGVsbG8=",
        key: () => `1\n${"00".repeat(length)}`,
        upload: () => report(curl),
      };
      const answer = (await answers[label]?.()) ?? "";
      return { output: `\n${nonce}:${label}\n${answer}\n${nonce}:end\n`, exitCode: 0 };
    },
  };
}

describe("uploadRecordingArtifact", () => {
  it("has the box send the file, and returns its metadata", async () => {
    const box = boxOf();
    const process = { ...PROCESS, startedAt: Date.now() - 3_000 };
    const done = await uploadRecordingArtifact(box, process, INPUT);
    expect(done).toEqual({ contentType: "video/mp4", sizeBytes: 5, durationSeconds: 3 });
    expect(Object.keys(done)).toEqual(["contentType", "sizeBytes", "durationSeconds"]);
    expect(box.labels).toEqual(["size", "0+5", "key", "upload", "clean", "size"]);
    expect(box.config()).toContain(`url = "${URL}"\n`);
    expect(box.config()).toContain('header = "content-type: video/mp4"\n');
    for (const command of box.commands)
      expect(command).not.toMatch(/5ec2e7|store\.test|video\/mp4/);
  });

  it("tells how far it is", async () => {
    const reports = ["sent 2", "sent", "sent 4"];
    const box = boxOf((curl) => reports.shift() ?? curl(0, 200, 5));
    /** @type {unknown[]} */
    const progress = [];
    await uploadRecordingArtifact(box, PROCESS, {
      ...INPUT,
      onProgress: (one) => progress.push(one),
    });
    const sent = (/** @type {number} */ sentBytes) => ({ sentBytes, totalBytes: 5 });
    expect(progress).toEqual([sent(2), sent(4), sent(5)]);
  });

  it("rejects with how it failed", async () => {
    const box = boxOf((curl) => curl(0, 403, 0));
    const error = await uploadRecordingArtifact(box, PROCESS, INPUT).catch((error) => error);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error).toBeInstanceOf(OpenGeniError);
    expect([error.reason, error.code]).toEqual(["upload-failed", "upload-failed"]);
    expect(error.upload).toEqual({ failure: "refused", httpStatus: 403, curlExitCode: 0 });
    expect(error.message).toBe(
      "recording not uploaded: /tmp/og-rec-r1.mp4: the store refused it; HTTP status 403",
    );
    expect(new RecordingError("no recording", "box-death")).not.toHaveProperty("upload");
  });

  it("passes on what the session throws, and needs one that runs commands", async () => {
    const gone = new Error("gone");
    const throwing = { exec: () => Promise.reject(gone) };
    await expect(uploadRecordingArtifact(throwing, PROCESS, INPUT)).rejects.toBe(gone);
    await expect(uploadRecordingArtifact(any({}), PROCESS, INPUT)).rejects.toBeInstanceOf(
      RecordingUnavailableError,
    );
  });

  it("refuses what it cannot use before anything runs", async () => {
    /** @type {[input: unknown, kind: ErrorConstructor, message: string][]} */
    const cases = [
      [undefined, TypeError, "input must be an object, got nothing"],
      [{ ...INPUT, url: undefined }, TypeError, "url must be an http or https URL of an object"],
      [{ ...INPUT, url: new globalThis.URL(URL) }, TypeError, "got a value of type object"],
      [{ ...INPUT, url: `ftp${URL}` }, TypeError, "got another text"],
      [{ url: URL }, TypeError, "requiredHeaders must be an object with at most 64 headers"],
      [{ ...INPUT, requiredHeaders: [["a", "b"]] }, TypeError, "requiredHeaders must be"],
      [{ ...INPUT, requiredHeaders: new Map([["a", "b"]]) }, TypeError, "requiredHeaders must be"],
      [
        { ...INPUT, requiredHeaders: new Headers({ a: "b" }) },
        TypeError,
        "requiredHeaders must be",
      ],
      [{ ...INPUT, requiredHeaders: { a: 5 } }, TypeError, 'requiredHeaders["a"] must be a string'],
      [{ ...INPUT, requiredHeaders: { a: "5ec2e7\r\nb: c" } }, TypeError, "got another text"],
      [{ ...INPUT, requiredHeaders: { "a b": "c" } }, TypeError, "keys are names of headers"],
      [{ ...INPUT, maxBytes: 0 }, RangeError, "maxBytes must be a number above 0, got 0"],
      [{ ...INPUT, maxSeconds: 301 }, RangeError, "maxSeconds must be a number from 1 to 300"],
      [{ ...INPUT, maxSeconds: "9" }, TypeError, "maxSeconds must be a number from 1 to 300"],
      [{ ...INPUT, onProgress: 5 }, TypeError, "onProgress must be a function"],
      [{ ...INPUT, signal: 5 }, TypeError, "signal"],
      [{ ...INPUT, timeoutMs: 0 }, RangeError, "timeoutMs"],
    ];
    for (const [input, kind, message] of cases) {
      const box = boxOf();
      const error = await uploadRecordingArtifact(box, PROCESS, any(input)).catch((e) => e);
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toContain(message);
      expect(error.message).not.toContain("5ec2e7");
      expect(box.commands).toEqual([]);
    }
    const box = boxOf();
    await expect(uploadRecordingArtifact(box, any(null), INPUT)).rejects.toThrow("process must be");
    expect(box.commands).toEqual([]);
  });

  it.for(["key", "upload"])("cleans up where it is aborted at its %s", async (at) => {
    const controller = new AbortController();
    const box = boxOf();
    const never = {
      /** @param {{ cmd: string }} args */
      exec(args) {
        const answer = box.exec(args);
        if (box.labels.at(-1) !== at) return answer;
        controller.abort("enough");
        return new Promise(() => {});
      },
    };
    const { signal } = controller;
    await expect(uploadRecordingArtifact(never, PROCESS, { ...INPUT, signal })).rejects.toBe(
      "enough",
    );
    await expect.poll(() => box.labels.at(-1)).toBe("clean");
    expect(box.labels.filter((label) => label === "clean")).toHaveLength(1);
  });

  it("ends in time", async () => {
    const box = boxOf(() => new Promise(() => {}));
    const uploading = uploadRecordingArtifact(box, PROCESS, { ...INPUT, timeoutMs: 20 });
    await expect(uploading).rejects.toMatchObject({ name: "TimeoutError" });
    await expect.poll(() => box.labels.at(-1)).toBe("clean");
  });
});
