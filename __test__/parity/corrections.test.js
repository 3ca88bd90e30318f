// Each difference of recording that docs/differences.md lists, on the old module, or what it was seen
// to do, and on the new one.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "vitest";
import * as api from "../../index.js";
import * as baseline from "./baseline.js";
import { VIDEO, defects } from "./defects.js";
import { readGolden } from "./golden.js";
import { observe } from "./run.js";
import { difference, everyRowIsShown } from "./sides.js";

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

const empty = {
  type: "RecordingError",
  reason: "ffmpeg-error",
  message: "recording file empty on box: /tmp/og-rec-r1.mp4",
};
correction("C2: a size in hexadecimal", result, { old: VIDEO, new: empty });
correction("C2: a size with a fraction", result, { old: VIDEO, new: empty });

const noBytes = { ...empty, message: "recording read returned 0 bytes: /tmp/og-rec-r1.mp4" };
correction("C3: nothing has come yet", result, {
  old: noBytes,
  new: { ...noBytes, message: `${noBytes.message}; exec session 7 has not finished` },
});

/**
 * Whether what was put into a value ran, where a stand-in for ffmpeg prints its arguments.
 *
 * @param {Observation} observation
 */
function isPwned(observation) {
  const cwd = mkdtempSync(path.join(tmpdir(), "og-c4-"));
  const [command] = commands(observation);
  try {
    const here = command.replaceAll("/tmp/", `${cwd}/`);
    const script = `ffmpeg() { :; }; nohup() { :; }; export -f ffmpeg nohup; ${here}`;
    // What runs in the background holds the last pipe open, and is waited for.
    execFileSync("bash", ["-c", script], { cwd, stdio: ["ignore", "ignore", "ignore", "pipe"] });
  } catch {
    // The old command may be cut short by what was put in.
  }
  const pwned = existsSync(path.join(cwd, "pwned"));
  rmSync(cwd, { recursive: true, force: true, maxRetries: 5 });
  return pwned;
}

correction("C4: a crafted recordingId", isPwned, { old: true, new: false });
correction("C4: a crafted tmpDir", isPwned, { old: true, new: false });
correction("C4: a crafted display", isPwned, { old: true, new: false });
correction(
  "C4: a space in tmpDir",
  (observation) => / ([^ ]* ?[^ ]*mp4'?[^ ]*) (.*)'$/.exec(commands(observation)[0])?.slice(1),
  {
    old: [
      "/tmp/my recordings/og-rec-r1.mp4",
      "</dev/null >/tmp/my recordings/og-rec-r1.log 2>&1 & " +
        "echo $! > /tmp/my recordings/og-rec-r1.pid",
    ],
    new: [
      "'\\''/tmp/my recordings/og-rec-r1.mp4'\\''",
      "</dev/null >'\\''/tmp/my recordings/og-rec-r1.log'\\'' 2>&1 & " +
        "echo $! > '\\''/tmp/my recordings/og-rec-r1.pid'\\''",
    ],
  },
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
    "framerate must be a finite number above 0, got NaN",
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
    "maxSeconds must be a finite number above 0, got Infinity",
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
    "RangeError",
    "startedAt must be a time in milliseconds since the Unix epoch, got NaN",
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
correction("C8: a stop before the read", ({ outcome }) => Object.fromEntries(outcome.resolved), {
  // Each call of the session takes 1.5 s: the stop, the size and the read follow the start.
  old: { durationSeconds: 5, handle: keys },
  new: { durationSeconds: 0, handle: keys },
});

correction(
  "C9: a stop",
  (observation) => commands(observation).map((command) => command.includes("State:.Z")),
  { old: [false], new: [true] },
);

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

correction(
  "C11: two with the default size",
  ({ outcome }) => Object.fromEntries(outcome.resolved),
  { old: { areShared: true }, new: { areShared: false } },
);

everyRowIsShown(/^C/);
