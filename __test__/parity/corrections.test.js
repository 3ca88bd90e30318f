// Each difference of recording that docs/differences.md lists, on the old module, or what it was seen
// to do, and on the new one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "vitest";
import * as api from "../../index.js";
import * as baseline from "./baseline.js";
import { Box } from "./box.js";
import { defects } from "./defects.js";
import { readGolden } from "./golden.js";
import { observe } from "./run.js";
import { difference, everyRowIsShown } from "./sides.js";
import { VIDEO } from "./videos.js";

/** @typedef {import("./run.js").Observation} Observation */

const golden = readGolden();
const old = baseline.isPresent ? await baseline.load() : undefined;

/**
 * A test of the row and the title in a scenario's name.
 *
 * @param {string} name
 * @param {(observation: Observation) => unknown} view
 * @param {{ old: unknown, new: unknown }} expected
 */
function correction(name, view, expected) {
  const scenario = defects.find((defect) => defect.name === name);
  const recorded = golden[name];
  const [row = "", title = ""] = name.split(/: (.*)/);
  if (scenario === undefined || recorded === undefined) throw new Error(`no scenario ${name}`);
  const sides = {
    old: async () => view(old ? await observe(old, scenario) : recorded),
    new: async () => view(await observe(api, scenario)),
  };
  difference(row, title, sides, expected);
}

/** @param {Observation} observation */
function commands({ transcript }) {
  return transcript.flatMap((event) => ("call" in event ? [event.args[0].cmd] : []));
}

/**
 * What came of it, or the error.
 *
 * @param {Observation} observation
 */
function resolved({ outcome }) {
  if (outcome.rejected) return rejection(outcome.rejected);
  return Array.isArray(outcome.resolved) ? Object.fromEntries(outcome.resolved) : undefined;
}

/**
 * The bytes that were read, or the error.
 *
 * @param {Observation} observation
 */
function result({ outcome }) {
  if (outcome.rejected) return rejection(outcome.rejected);
  return Buffer.from(new Map(outcome.resolved).get("bytes").base64, "base64");
}

/** @param {any} error */
function rejection({ class: type, message, own = [] }) {
  const { reason } = Object.fromEntries(own);
  return reason === undefined ? { type, message } : { type, message, reason };
}

/**
 * How many commands ran, and the error or that there is none.
 *
 * @param {Observation} observation
 */
function acceptance(observation) {
  const { rejected } = observation.outcome;
  return { ran: commands(observation).length, error: rejected ? rejection(rejected) : undefined };
}

correction("C1: output and stdout are the same text", result, {
  old: Buffer.concat([VIDEO, VIDEO]),
  new: VIDEO,
});
correction("C1: stderr comes with the payload", result, { old: expect.any(Buffer), new: VIDEO });

/** @param {string} finding */
function unread(finding) {
  return {
    type: "RecordingError",
    reason: "ffmpeg-error",
    message: `recording read failed: /tmp/og-rec-r1.mp4: expected 60 bytes, got ${finding}`,
  };
}

const character = (/** @type {string} */ found, /** @type {number} */ at) =>
  `unexpected character '${found}' at offset ${at} of the base64 text`;
/** @type {[string, string][]} */
const PAYLOADS = [
  ["C2: the text is cut", "30"],
  ["C2: a login banner comes first", `9; ${character("!", 18)}`],
  ["C2: the provider cut the middle", `15; ${character(".", 20)}`],
  ["C2: base64 is not there", `3; ${character(":", 4)}`],
  ["C3: the command has not finished", "30; exec session 7 has not finished"],
  ["C3: a banner says that the command has not finished", "30; exec session 7 has not finished"],
];
for (const [name, finding] of PAYLOADS) {
  correction(name, result, { old: expect.any(Buffer), new: unread(finding) });
}

/** @param {string} message */
function failure(message, reason = "ffmpeg-error") {
  return { type: "RecordingError", reason, message };
}

/** @param {string} answer */
function noSize(answer) {
  const finding = `the box answered "${answer}" instead of a size`;
  return failure(`recording size unknown: /tmp/og-rec-r1.mp4: ${finding}`);
}
correction("C2: a size in hexadecimal", result, { old: VIDEO, new: noSize("0x3c") });
correction("C2: a size with a fraction", result, { old: VIDEO, new: noSize("4.5") });

const noBytes = failure("recording read returned 0 bytes: /tmp/og-rec-r1.mp4");
correction("C3: nothing has come yet", result, {
  old: noBytes,
  new: { ...noBytes, message: `${noBytes.message}; exec session 7 has not finished` },
});

/**
 * Whether what was put into a value runs with the commands.
 *
 * @param {Observation} observation
 */
async function isPwned(observation) {
  const box = new Box({ profile: "export FFMPEG=idle" });
  try {
    for (const command of commands(observation)) await box.run(command);
    return box.has("pwned");
  } finally {
    box.remove();
  }
}

correction("C4: a crafted recordingId", isPwned, { old: true, new: false });
correction("C4: a crafted tmpDir", isPwned, { old: true, new: false });
correction("C4: a crafted display", isPwned, { old: true, new: false });
correction("C4: a crafted handle", isPwned, { old: true, new: false });
correction(
  "C4: a space in tmpDir",
  (observation) =>
    ["mp4", "log", "pid"].map((kind) =>
      commands(observation)[0]?.includes(`'\\''/tmp/my recordings/og-rec-r1.${kind}'\\''`),
    ),
  { old: [false, false, false], new: [true, true, true] },
);

/**
 * Scenarios, how many commands the old module runs, and which error it gives, if any; and that of the
 * new one, which runs none.
 *
 * @type {[string, [number, any?], string, string | RegExp][]}
 */
const REFUSALS = [
  ["C4: a slash in recordingId", [1], "TypeError", /^recordingId must be /],
  ["C4: NUL in display", [1], "TypeError", /^display must be /],
  ["C4: half a character in recordingId", [1], "TypeError", /^recordingId must be /],
  ["C4: a path that reads as an option", [2], "TypeError", /^boxPath must be .* a dash, got /],
  ["C5: an unknown codec", [1], "TypeError", 'codec must be "h264-mp4" or "vp9-webm", got "av1"'],
  [
    "C5: NaN frames per second",
    [1],
    "RangeError",
    "framerate must be a number from 1 to 1000, got NaN",
  ],
  [
    "C5: a negative width",
    [1],
    "RangeError",
    "dimensions[0] (width) must be a positive integer of pixels, got -1",
  ],
  [
    "C5: a fractional height",
    [1],
    "RangeError",
    "dimensions[1] (height) must be a positive integer of pixels, got 800.5",
  ],
  [
    "C5: an endless recording",
    [1],
    "RangeError",
    "maxSeconds must be a number from 0.000001 to 9223372036854, got Infinity",
  ],
  [
    "C5: no recordingId",
    [1],
    "TypeError",
    "recordingId must be a non-empty string without slashes and NUL characters, got nothing",
  ],
  [
    "C5: an empty recordingId",
    [1],
    "TypeError",
    'recordingId must be a non-empty string without slashes and NUL characters, got ""',
  ],
  ["C5: NaN as the limit", [2], "RangeError", "maxBytes must be a number above 0, got NaN"],
  ["C5: 0 as the limit", exceeded(0), "RangeError", "maxBytes must be a number above 0, got 0"],
  ["C5: -1 as the limit", exceeded(-1), "RangeError", "maxBytes must be a number above 0, got -1"],
  [
    "C5: null as the limit",
    exceeded(null),
    "TypeError",
    "maxBytes must be a number above 0, got nothing",
  ],
  [
    'C5: "60" as the limit',
    exceeded(60),
    "TypeError",
    'maxBytes must be a number above 0, got "60"',
  ],
  [
    "C5: a handle without a time",
    [2],
    "TypeError",
    "startedAt must be a time in milliseconds since the Unix epoch, got nothing",
  ],
  [
    "C5: a time that is a bigint",
    [2, { type: "TypeError", message: expect.stringContaining("BigInt") }],
    "TypeError",
    "startedAt must be a time in milliseconds since the Unix epoch, got a value of type bigint",
  ],
  [
    "C5: a handle without files",
    [1],
    "TypeError",
    "pidFile must be a string without NUL characters, got nothing",
  ],
  [
    "C5: a text for a handle",
    [1],
    "TypeError",
    "pidFile must be a string without NUL characters, got nothing",
  ],
  [
    "C5: a number for a user",
    [1],
    "TypeError",
    "runAs must be a string without NUL characters, got 1000",
  ],
  [
    "C21: more seconds than ffmpeg counts",
    [1],
    "RangeError",
    "maxSeconds must be a number from 0.000001 to 9223372036854, got 1e+21",
  ],
  [
    "C21: less than a microsecond",
    [1],
    "RangeError",
    "maxSeconds must be a number from 0.000001 to 9223372036854, got 1e-7",
  ],
  [
    "C21: a frame in months",
    [1],
    "RangeError",
    "framerate must be a number from 1 to 1000, got 1e-7",
  ],
  [
    "C21: a million frames per second",
    [1],
    "RangeError",
    "framerate must be a number from 1 to 1000, got 1000000",
  ],
  ["C24: null for a time", [2], "TypeError", /^startedAt must be .*, got nothing$/],
  ['C24: "" for a time', [2], "TypeError", /^startedAt must be .*, got ""$/],
  [
    "C24: false for a time",
    [2],
    "TypeError",
    /^startedAt must be .*, got a value of type boolean$/,
  ],
  ["C24: [] for a time", [2], "TypeError", /^startedAt must be .*, got a value of type object$/],
  ["C24: false for a user", [1], "TypeError", /^runAs must be .*, got a value of type boolean$/],
  ["C24: 0 for a user", [1], "TypeError", /^runAs must be .*, got 0$/],
  ["C5: no input", [0, engine("undefined")], "TypeError", "input must be an object, got nothing"],
  [
    "C5: no handle to stop",
    [0, engine("null")],
    "TypeError",
    "process must be an object, got nothing",
  ],
];
for (const [name, [ran, error], type, message] of REFUSALS) {
  const text = typeof message === "string" ? message : expect.stringMatching(message);
  correction(name, acceptance, {
    old: { ran, error },
    new: { ran: 0, error: { type, message: text } },
  });
}

/**
 * @param {number | null} limit
 * @returns {[number, any]}
 */
function exceeded(limit) {
  const message = `recording 61B exceeds max ${limit}B`;
  return [1, { type: "RecordingError", reason: "max-bytes-exceeded", message }];
}

/** @param {string} value */
function engine(value) {
  const message = expect.stringMatching(`^Cannot read properties of ${value} `);
  return { type: "TypeError", message };
}

correction(
  "C5: contentTypeForCodec of an unknown codec",
  ({ outcome }) => outcome.returned ?? outcome.threw.class,
  { old: "video/mp4", new: "TypeError" },
);

/**
 * The words before those that all starts have.
 *
 * @param {Observation} observation
 */
function flags(observation) {
  return /-loglevel error (.*)x11grab/.exec(commands(observation)[0])?.[1];
}
correction("C6: a start", flags, { old: "-f ", new: "-y -f " });

correction(
  "C7: odd sides",
  (observation) => /-video_size (.*) -preset/.exec(commands(observation)[0])?.[1],
  {
    old: "641x481 -i :0.0 -t 600 -c:v libx264",
    new: "641x481 -i :0.0 -t 600 -vf pad=642:482 -c:v libx264",
  },
);

const keys = [
  ...["recordingId", "codec", "boxPath", "pidFile", "dimensions", "framerate", "startedAt"],
  "display",
];
correction("C8: a stop before the read", resolved, {
  // Each call of the session takes 1.5 s: the stop, the size and the read follow the start.
  old: { durationSeconds: 5, handle: keys },
  new: { durationSeconds: 0, handle: keys },
});

correction("C9: a stop", resolved, {
  old: { waited: 80 },
  new: { waited: 0 },
});

/** @type {[string, string, string][]} */
const LOGS = [
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
];
for (const [name, reason, tail] of LOGS) {
  const message = "recording file missing on box: /tmp/og-rec-r1.mp4";
  const missing = { type: "RecordingError", reason: "box-death", message };
  correction(name, acceptance, {
    old: { ran: 1, error: missing },
    new: { ran: 2, error: { ...missing, reason, message: message + tail } },
  });
}

correction("C11: two with the default size", resolved, {
  old: { areShared: true },
  new: { areShared: false },
});

const missing = "recording file missing on box: /tmp/og-rec-r1.mp4";
const silence = "; the box answered nothing instead of a size";
correction("C12: no answer", result, {
  old: failure(missing, "box-death"),
  new: failure(missing + silence, "box-death"),
});
correction("C12: an answer that is no size", result, {
  old: failure("recording file empty on box: /tmp/og-rec-r1.mp4"),
  new: noSize("bash: stat: command not found"),
});
const same = { length: VIDEO.length, isVideo: true };
const other = { length: expect.any(Number), isVideo: false };
correction("C12: a login profile that prints", resolved, { old: other, new: same });
correction("C12: a login profile that traces, on one channel with the answers", resolved, {
  old: other,
  new: same,
});

correction("C12: the end of the answer is missing", resolved, {
  old: other,
  new: failure(expect.stringContaining("; the answer was cut on the way; asked for 3 times")),
});

correction("C13: the last mebibyte is kept", resolved, {
  old: other,
  new: { length: 800_001, isVideo: true },
});

const noSpace = "; ffmpeg log: av_interleaved_write_frame(): No space left on device";
/** @type {[string, string][]} */
const GAPS = [
  ["C14: an MP4 file without its index", "mp4: the MP4 file has no moov box"],
  [
    "C14: an MP4 file that breaks off",
    "mp4: the MP4 box at offset 34 does not end within the file",
  ],
  ["C14: a WebM file whose length nobody knows", "webm: the WebM Segment has no size yet"],
];
for (const [name, gap] of GAPS) {
  correction(name, result, {
    old: expect.any(Buffer),
    new: failure(`recording not finished: /tmp/og-rec-r1.${gap}${noSpace}`),
  });
}
correction("C14: ffmpeg still writes", resolved, {
  old: { sizeBytes: 28 },
  new: failure(
    "recording not finished: /tmp/og-rec-r1.mp4: the MP4 file has no moov box; " +
      "ffmpeg has not finished",
  ),
});

correction("C15: ffmpeg takes its time to end the file", resolved, {
  old: { file: "recording", waited: 80 },
  new: { file: "recordingfinished", waited: expect.any(Number) },
});

/**
 * The options that say how it is encoded.
 *
 * @param {Observation} observation
 */
function encoding(observation) {
  return /(?:-vf \S+ )?-c:v .*?(?= \S*\.webm)/.exec(commands(observation)[0])?.[0] ?? "";
}
const vp9 = "-c:v libvpx-vp9 -b:v 0 -crf 32 -row-mt 1";
const playable = `${vp9} -pix_fmt yuv420p -deadline realtime -cpu-used 8`;
correction("C16: a start with VP9", encoding, {
  old: vp9,
  new: expect.stringContaining(playable),
});
correction("C16: odd sides with VP9", encoding, {
  old: vp9,
  new: expect.stringContaining(`-vf pad=642:482 ${playable}`),
});

/**
 * The pixel format of a film of what x11grab gives.
 *
 * @param {Observation} observation
 */
function pixelFormat(observation) {
  const folder = mkdtempSync(path.join(tmpdir(), "og-c16-"));
  const file = path.join(folder, "film.webm");
  const source = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=15,format=bgr0", "-t", "0.2"];
  const options = encoding(observation).split(" ");
  spawnSync("ffmpeg", ["-v", "error", ...source, ...options, file]);
  const entry = ["-show_entries", "stream=pix_fmt", "-of", "csv=p=0", file];
  const { stdout } = spawnSync("ffprobe", ["-v", "error", ...entry], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return stdout.trim();
}
if (spawnSync("ffprobe", ["-version"]).status === 0) {
  correction("C16: the pixels of VP9", pixelFormat, { old: "gbrp", new: "yuv420p" });
}

correction("C17: the session ends what belongs to the command", resolved, {
  old: { isFilmed: false },
  new: { isFilmed: true },
});

correction("C18: another process has the number", resolved, {
  old: { signal: "SIGINT" },
  new: { signal: "SIGKILL" },
});

const started = { boxPath: "/tmp/og-rec-r1.mp4" };
correction("C19: the folder cannot be written to", resolved, {
  old: started,
  new: failure(
    "recording not started; exit code 1: bash: /tmp/og-rec-r1.log: Read-only file system",
  ),
});
correction("C19: there is no bash", resolved, {
  old: started,
  new: failure(expect.stringMatching(/^recording not started; exit code 127: .*bash: not found$/)),
});
correction("C19: a folder that is not there", resolved, {
  old: undefined,
  new: failure(expect.stringMatching(/^recording not started; exit code 1: .*No such file or dir/)),
});

correction(
  "C20: a display with its screen",
  (observation) => /-i (\S+)/.exec(commands(observation)[0])?.[1],
  { old: "localhost:10.0.0", new: "localhost:10.0" },
);

correction("C22: a profile that changes the folder", resolved, {
  old: { isAbsolute: false, left: ["mp4", "log", "pid"] },
  new: { isAbsolute: true, left: [] },
});

correction("C23: an older video, and ffmpeg fails", resolved, {
  old: { isOlderVideo: true },
  new: failure("recording file empty on box: /tmp/og-rec-r1.mp4; ffmpeg log: Unknown encoder"),
});
correction("C23: a recording of that id goes on", resolved, {
  old: { started: 2 },
  new: failure(
    "recording not started; exit code 1: " +
      "ffmpeg (process N) is still recording under this recordingId",
  ),
});

correction("C24: a time as JSON has it", resolved, {
  old: { durationSeconds: { number: "NaN" } },
  new: { durationSeconds: 13 },
});

correction("C25: two stops, one while the other waits", resolved, {
  old: { signals: 2, file: "recording" },
  new: { signals: 1, file: "recordingfinished" },
});

correction("C26: two lines have changed places", resolved, {
  old: { length: 300, isVideo: false },
  new: failure(
    "recording read failed: /tmp/og-rec-r1.mp4: " +
      "the SHA-256 digest of what came is not that of the file",
  ),
});

correction("C26: two lines have changed places, once", resolved, {
  old: { length: 300, isVideo: false },
  new: { length: 300, isVideo: true },
});

correction("C27: line breaks and escapes in a path", result, {
  old: failure("recording file missing on box: /tmp/a\n12:00 \u001b[31mok.mp4", "box-death"),
  new: failure("recording file missing on box: /tmp/a\\n12:00 \\u{1b}[31mok.mp4", "box-death"),
});
correction("C27: a link at the log's name", resolved, {
  old: { letter: "" },
  new: { letter: "dear" },
});
correction("C27: a link in place of the video", resolved, {
  old: { sizeBytes: 60 },
  new: failure("recording is a symbolic link on box: /tmp/og-rec-r1.mp4"),
});

/** @param {Observation} observation */
function returned({ outcome }) {
  return outcome.returned ?? rejection(outcome.threw);
}
/** @type {[string, string, string, string][]} */
const KEYS = [
  ["C28: a slash in a part of a key", "recordings/a/b/c/d.mp4", "workspaceId", "a/b"],
  ["C28: a part of a key that leads upwards", "recordings/a/../d.mp4", "sessionId", ".."],
  ["C28: no part of a key", "recordings/a//d.mp4", "sessionId", ""],
];
for (const [name, key, field, got] of KEYS) {
  const rule = "must be a name, not empty, `.` or `..`, without slashes and NUL characters";
  correction(name, returned, {
    old: key,
    new: { type: "TypeError", message: `${field} ${rule}, got "${got}"` },
  });
}

correction("C29: the clock is set an hour on", resolved, {
  old: { durationSeconds: 3_605, handle: keys },
  new: { durationSeconds: 0, handle: keys },
});
correction("C29: ffmpeg stops by itself after two seconds", resolved, {
  old: { durationSeconds: 65, handle: keys },
  new: { durationSeconds: 2, handle: keys },
});

correction("C30: bytes in place of text", result, { old: noBytes, new: VIDEO });
correction("C30: a tmpDir that reads as a protocol", resolved, {
  old: { file: "", log: "rec: Protocol not found\n" },
  new: { file: "recording", log: "" },
});

everyRowIsShown(/^C/);
