// Each correction, old against new.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import * as api from "../../index.js";
import { VIDEO, defects } from "./defects.js";
import { readGolden } from "./golden.js";
import { observe } from "./run.js";

const golden = readGolden();

/**
 * What both modules were seen to do.
 *
 * @param {string} name
 */
async function both(name) {
  const scenario = defects.find((defect) => defect.name === name);
  const old = golden[name];
  if (scenario === undefined || old === undefined) throw new Error(`no scenario ${name}`);
  return { old, new: await observe(api, scenario) };
}

/** @param {import("./run.js").Observation} observation */
function commands({ transcript }) {
  return transcript.flatMap((event) => ("call" in event ? [event.args[0].cmd] : []));
}

/** @param {import("./run.js").Observation} observation */
function bytes({ outcome }) {
  const read = new Map(outcome.resolved);
  return Buffer.from(read.get("bytes").base64, "base64");
}

/** @param {import("./run.js").Observation} observation */
function rejection({ outcome }) {
  const { class: type, message, own = [] } = outcome.rejected;
  return { type, message, reason: new Map(own).get("reason") };
}

describe("C1: the payload is stdout, else output, and never stderr", () => {
  it("is not read twice", async () => {
    const seen = await both("C1: output and stdout are the same text");
    expect(bytes(seen.old)).toEqual(Buffer.concat([VIDEO, VIDEO]));
    expect(bytes(seen.new)).toEqual(VIDEO);
  });
  it("has no stderr in it", async () => {
    const seen = await both("C1: stderr comes with the payload");
    expect(bytes(seen.old)).not.toEqual(VIDEO);
    expect(bytes(seen.new)).toEqual(VIDEO);
  });
});

describe("C2: only the exact bytes of the file are returned", () => {
  const path = "/tmp/og-rec-r1.mp4";
  it.each([
    ["C2: the text is cut", `expected 60 bytes, got 30`],
    [
      "C2: a login banner comes first",
      "expected 60 bytes, got 9; unexpected character '!' at offset 18 of the base64 text",
    ],
    [
      "C2: the provider cut the middle",
      "expected 60 bytes, got 15; unexpected character '.' at offset 20 of the base64 text",
    ],
    [
      "C2: base64 is not there",
      "expected 60 bytes, got 3; unexpected character ':' at offset 4 of the base64 text",
    ],
  ])("%s", async (name, finding) => {
    const seen = await both(name);
    expect(bytes(seen.old)).not.toEqual(VIDEO);
    expect(rejection(seen.new)).toEqual({
      type: "RecordingError",
      reason: "ffmpeg-error",
      message: `recording read failed: ${path}: ${finding}`,
    });
  });
});

it("C3: an unfinished command is named", async () => {
  const seen = await both("C3: the command has not finished");
  expect(bytes(seen.old)).not.toEqual(VIDEO);
  expect(rejection(seen.new)).toEqual({
    type: "RecordingError",
    reason: "ffmpeg-error",
    message:
      "recording read failed: /tmp/og-rec-r1.mp4: expected 60 bytes, got 30; " +
      "exec session 7 has not finished",
  });
});

describe("C4: values are data, not commands", () => {
  /** @param {string} command Run with a stand-in for ffmpeg that prints its arguments. */
  function run(command) {
    const cwd = mkdtempSync(path.join(tmpdir(), "og-c4-"));
    try {
      const here = command.replaceAll("/tmp/", `${cwd}/`);
      const script = `ffmpeg() { :; }; nohup() { :; }; export -f ffmpeg nohup; ${here}`;
      // The end of the output is that of the shells in the background, too.
      execFileSync("bash", ["-c", script], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    } catch {
      // The old command may be cut short by what was put in.
    }
    const pwned = existsSync(path.join(cwd, "pwned"));
    rmSync(cwd, { recursive: true, force: true, maxRetries: 5 });
    return { pwned };
  }

  it.each(["C4: a crafted recordingId", "C4: a crafted tmpDir", "C4: a crafted display"])(
    "%s",
    async (name) => {
      const seen = await both(name);
      expect(run(commands(seen.old)[0])).toEqual({ pwned: true });
      expect(run(commands(seen.new)[0])).toEqual({ pwned: false });
    },
  );
  it("quotes a path as a whole, wherever it stands", async () => {
    const seen = await both("C4: a space in tmpDir");
    expect(commands(seen.old)[0]).toContain(" /tmp/my recordings/og-rec-r1.mp4 ");
    const quoted = (/** @type {string} */ ext) => `'\\''/tmp/my recordings/og-rec-r1.${ext}'\\''`;
    expect(commands(seen.new)[0]).toContain(
      ` ${quoted("mp4")} </dev/null >${quoted("log")} 2>&1 & echo $! > ${quoted("pid")}`,
    );
  });
  it.each([
    ["C4: a slash in recordingId", "recordingId"],
    ["C4: NUL in display", "display"],
  ])("%s", async (name, field) => {
    const seen = await both(name);
    expect(commands(seen.old)).toHaveLength(1);
    expect(commands(seen.new)).toHaveLength(0);
    expect(rejection(seen.new).type).toBe("TypeError");
    expect(rejection(seen.new).message).toMatch(new RegExp(`^${field} must be `));
  });
});

describe("C5: bad values are refused by field, before anything runs", () => {
  it.each([
    ["C5: an unknown codec", "TypeError", 'codec must be "h264-mp4" or "vp9-webm", got "av1"'],
    [
      "C5: NaN frames per second",
      "RangeError",
      "framerate must be a finite number above 0, got NaN",
    ],
    [
      "C5: a negative width",
      "RangeError",
      "dimensions[0] (width) must be a positive integer of pixels, got -1",
    ],
    [
      "C5: a fractional height",
      "RangeError",
      "dimensions[1] (height) must be a positive integer of pixels, got 800.5",
    ],
    [
      "C5: an endless recording",
      "RangeError",
      "maxSeconds must be a finite number above 0, got Infinity",
    ],
    [
      "C5: no recordingId",
      "TypeError",
      "recordingId must be a non-empty string without slashes and NUL characters, got nothing",
    ],
    [
      "C5: an empty recordingId",
      "TypeError",
      'recordingId must be a non-empty string without slashes and NUL characters, got ""',
    ],
    ["C5: NaN as the limit", "RangeError", "maxBytes must be a number above 0, got NaN"],
  ])("%s", async (name, type, message) => {
    const seen = await both(name);
    expect(commands(seen.old).length).toBeGreaterThan(0);
    expect(commands(seen.new)).toHaveLength(0);
    expect(rejection(seen.new)).toMatchObject({ type, message });
  });
  it("refuses an unknown codec without a session as well", async () => {
    const seen = await both("C5: contentTypeForCodec of an unknown codec");
    expect(seen.old.outcome).toEqual({ returned: "video/mp4" });
    expect(seen.new.outcome.threw).toMatchObject({ class: "TypeError" });
  });
});

it("C6: an older file of the same name is overwritten", async () => {
  const seen = await both("C6: a start");
  expect(commands(seen.old)[0]).toContain("ffmpeg -hide_banner -loglevel error -f x11grab ");
  expect(commands(seen.new)[0]).toContain("ffmpeg -hide_banner -loglevel error -y -f x11grab ");
});

it("C7: odd sides are padded to even ones", async () => {
  const seen = await both("C7: odd sides");
  expect(commands(seen.old)[0]).toContain("-video_size 641x481 -i :0.0 -t 600 -c:v libx264 ");
  expect(commands(seen.new)[0]).toContain(
    "-video_size 641x481 -i :0.0 -t 600 -vf pad=642:482 -c:v libx264 ",
  );
});

it("C8: the duration ends with the stop, and the handle keeps its shape", async () => {
  const seen = await both("C8: a stop before the read");
  const old = new Map(seen.old.outcome.resolved);
  const corrected = new Map(seen.new.outcome.resolved);
  // Each call of the session takes 1.5 s: the stop, the size and the read follow the start.
  expect(old.get("durationSeconds")).toBe(5);
  expect(corrected.get("durationSeconds")).toBe(0);
  expect(corrected.get("handle")).toEqual(old.get("handle"));
});

it("C9: the wait looks for zombies", async () => {
  const seen = await both("C9: a stop");
  expect(commands(seen.old)[0]).not.toContain("State:.Z");
  expect(commands(seen.new)[0]).toContain("State:.Z");
  expect(commands(seen.new)).toHaveLength(1);
});

describe("C10: the log tells why there is no recording", () => {
  it.each([
    [
      "C10: there was no display",
      "display-unavailable",
      "; ffmpeg log: [x11grab @ 0x5] Cannot open display :0, error 1.",
    ],
    [
      "C10: there was no ffmpeg",
      "ffmpeg-error",
      "; ffmpeg log: nohup: failed to run command 'ffmpeg': No such file or directory",
    ],
    ["C10: there is nothing", "box-death", ""],
  ])("%s", async (name, reason, tail) => {
    const seen = await both(name);
    const message = "recording file missing on box: /tmp/og-rec-r1.mp4";
    expect(rejection(seen.old)).toMatchObject({ reason: "box-death", message });
    expect(rejection(seen.new)).toMatchObject({ reason, message: message + tail });
    expect(commands(seen.new)).toHaveLength(commands(seen.old).length + 1);
  });
});
