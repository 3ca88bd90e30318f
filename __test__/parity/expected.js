// The old module with the differences of docs/differences.md: what this package must be seen to do.
import * as commands from "./commands.js";
import { UNFINISHED_VIDEOS } from "./videos.js";

/**
 * @typedef {import("./run.js").Api} Api
 * @typedef {import("./commands.js").Wanted} Wanted
 *
 * @typedef {object} Printed What a command printed, as both modules take it.
 * @property {string} text As this package does.
 * @property {string} joined As the old module does.
 * @property {string} stderr
 * @property {number | undefined} exitCode
 * @property {number | undefined} unfinished The number of a command that had not finished.
 */

/** What this package refuses: the class of the error and the row of the difference, by field. */
export class Refused extends Error {
  /** @param {Record<string, [string, string]>} fields */
  constructor(fields) {
    super("refused");
    this.fields = fields;
  }
}

/** What the end of a message may be, where its words are the module's own. */
const SOME = "…";
/** The largest recording that is never asked for in pieces, in bytes. */
const SMALL = 3_072;
/** How often the session may throw while a larger one is read. */
const THROWS = 3;

/**
 * What is known of a recording beside its handle.
 *
 * @typedef {object} History
 * @property {number} [launchedAt] When it was started, by the clock that nobody sets.
 * @property {number} [maxSeconds]
 * @property {(Time & { isRefused: boolean })[]} stops
 *
 * @typedef {{ at: number, steadyAt: number }} Time By the clock that may be set, and by the other.
 *
 * @type {WeakMap<object, History>}
 */
const histories = new WeakMap();

/** @param {any} process */
function historyOf(process) {
  const history = histories.get(process) ?? { stops: [] };
  histories.set(process, history);
  return history;
}

/**
 * @param {any} old The old module.
 * @param {Set<string>} rows Where the differences of one call are put down.
 * @returns {Api}
 */
export function withDifferences(old, rows) {
  const { RecordingError, RecordingUnavailableError } = old;
  const failed = (/** @type {string} */ message) => new RecordingError(message, "ffmpeg-error");

  /** @param {Record<string, [string, string] | undefined>} faults */
  function refuse(faults) {
    const refused = Object.entries(faults).filter(([, fault]) => fault !== undefined);
    if (refused.length === 0) return;
    for (const [, fault] of refused) rows.add(fault?.[1] ?? "");
    throw new Refused(Object.fromEntries(/** @type {any} */ (refused)));
  }

  /**
   * Runs a command. What is wanted of it stands in its place.
   *
   * @param {any} session
   * @param {Wanted} cmd
   * @param {{ runAs?: any }} process
   * @param {{ yieldTimeMs?: number, maxOutputTokens?: number | null }} [limits]
   */
  async function run(session, cmd, { runAs }, limits = {}) {
    const { yieldTimeMs = 15_000, maxOutputTokens = 4_000 } = limits;
    const args = { cmd, ...(runAs ? { runAs } : {}), yieldTimeMs, maxOutputTokens };
    for (const method of ["exec", "execCommand"]) {
      if (typeof session[method] !== "function") continue;
      const run = session[method];
      if (typeof run !== "function") throw new TypeError(`session.${method} is not a function`);
      for (const row of cmd.rows) rows.add(row);
      if (cmd.holds.some((text) => text.includes("'"))) rows.add("C4");
      return printedBy(await Reflect.apply(run, session, [args]), rows);
    }
    const lack = "session cannot run commands (no exec/execCommand)";
    throw new RecordingUnavailableError(`${lack} — recording unavailable`);
  }

  /**
   * A path or what the box said, in a message.
   *
   * @param {string} text
   */
  function shown(text) {
    if (visible(text) !== text) rows.add("C27");
    return visible(text);
  }

  /**
   * Why there is no recording, as far as the log tells.
   *
   * @param {any} session
   * @param {any} process
   * @param {string} message
   */
  async function explained(session, process, message, isThere = false) {
    rows.add(isThere ? "C14" : "C10");
    let log = "";
    /** @type {{ cause: unknown } | undefined} */
    let thrown;
    try {
      const printed = await run(session, commands.log(process.boxPath), process);
      const isLog = !printed.exitCode || /(^|\n)Output:\n/.test(printed.text);
      if (isLog) log = withoutBanner(printed.text).trim();
    } catch (cause) {
      if (!(cause instanceof RecordingUnavailableError)) thrown = { cause };
    }
    const isScreen = /cannot open display/i.test(log);
    const reason = log === "" ? "box-death" : isScreen ? "display-unavailable" : "ffmpeg-error";
    const told = log && `; ffmpeg log: ${shown(log)}`;
    const error = new RecordingError(message + told, isThere ? "ffmpeg-error" : reason);
    if (thrown) Object.defineProperty(error, "cause", { value: thrown.cause });
    return error;
  }

  /**
   * @param {any} session
   * @param {any} process
   * @returns {Promise<number>}
   */
  async function sizeOf(session, process) {
    const { boxPath } = process;
    const printed = await run(session, commands.size(boxPath), process);
    const line = lastLine(printed.text);
    const path = shown(boxPath);
    const told = printed.unfinished === undefined ? "" : unfinishedText(printed.unfinished);
    if (lastLine(printed.joined) !== line) rows.add("C1");
    if (line === "" || line === "MISSING") {
      if (told) rows.add("C3");
      const silence = line === "" ? "; the box answered nothing instead of a size" : "";
      if (silence) rows.add("C12");
      throw await explained(
        session,
        process,
        `recording file missing on box: ${path}${silence}${told}`,
      );
    }
    if (!/^\d{1,19}$/.test(line)) {
      rows.add("C12");
      if (told) rows.add("C3");
      const answer = shown(printed.text.trim());
      const finding = `the box answered "${answer}" instead of a size`;
      throw failed(`recording size unknown: ${path}: ${finding}${told}`);
    }
    if (Number(line) === 0) {
      throw await explained(session, process, `recording file empty on box: ${path}`);
    }
    return Number(line);
  }

  /**
   * What the session answers when it is asked for the recording.
   *
   * @param {any} session
   * @param {any} process
   * @param {number} size
   */
  async function payloadOf(session, process, size) {
    const limits = { yieldTimeMs: 60_000, maxOutputTokens: null };
    for (let thrown = 1; ; thrown++) {
      const cmd = commands.payload(process.boxPath, thrown > 1);
      try {
        return await run(session, cmd, process, limits);
      } catch (error) {
        if (size <= SMALL || error instanceof RecordingUnavailableError) throw error;
        rows.add("C13");
        if (thrown === THROWS) throw error;
      }
    }
  }

  /**
   * @param {any} session
   * @param {any} process
   * @param {number} size
   */
  async function bytesOf(session, process, size) {
    const printed = await payloadOf(session, process, size);
    const { text, joined, unfinished, stderr } = printed;
    const base64 = withoutBanner(text).replace(/[ \t-\r]/g, "");
    const bytes = Buffer.from(base64, "base64");
    if (joined !== text) rows.add("C1");
    if (bytes.toString("base64") === base64 && bytes.length === size) {
      return Uint8Array.from(bytes);
    }
    const [, number = undefined] =
      /Process running with session ID (\d+)[^]*Output:\n/.exec(text) ?? [];
    const exec = unfinished ?? number;
    const told = exec === undefined ? "" : unfinishedText(exec);
    rows.add(told ? "C3" : joined === text ? "C2" : "C1");
    const suffix = `${told}${stderr.trim() && `; stderr: ${shown(stderr.trim())}`}`;
    const path = shown(process.boxPath);
    throw failed(
      base64 === ""
        ? `recording read returned 0 bytes: ${path}${suffix}`
        : `recording read failed: ${path}: expected ${size} bytes, got ${SOME}${suffix}`,
    );
  }

  /**
   * Whole seconds, up to the stop where there was one.
   *
   * @param {any} process
   * @param {Time} [stopped]
   */
  function secondsOf(process, stopped) {
    const { launchedAt, maxSeconds = Infinity } = historyOf(process);
    const now = { at: Date.now(), steadyAt: performance.now() };
    const stop = stopped ?? now;
    const whole = (/** @type {number} */ ms) => Math.max(0, Math.round(ms / 1_000));
    const { startedAt } = process;
    const started = Number.isNaN(Number(startedAt)) ? Date.parse(startedAt) : Number(startedAt);
    if (started !== Number(startedAt)) rows.add("C24");
    const before = whole(now.at - started);
    const byTheClock = whole(stop.at - started);
    const seconds =
      launchedAt === undefined
        ? byTheClock
        : Math.min(whole(stop.steadyAt - launchedAt), Math.floor(maxSeconds));
    // What both do to a duration may come to nothing.
    if (seconds !== before && byTheClock !== before) rows.add("C8");
    if (seconds !== before && byTheClock !== seconds) rows.add("C29");
    return seconds;
  }

  /** @type {any} */
  const module = {
    RecordingError,
    RecordingUnavailableError,

    /** @type {any} */
    async startRecording(/** @type {any} */ session, /** @type {any} */ input) {
      refuse(startFaults(input));
      const { recordingId, runAs } = input;
      const codec = input.codec ?? "h264-mp4";
      const framerate = input.framerate ?? 15;
      const maxSeconds = input.maxSeconds ?? 600;
      const display = input.display ?? ":0";
      const dimensions = input.dimensions ?? [1_280, 800];
      const sides = [...dimensions].slice(0, 2);
      const stem = `${input.tmpDir ?? "/tmp"}/og-rec-${recordingId}`;
      const boxPath = `${stem}.${old.extForCodec(codec)}`;
      const pidFile = `${stem}.pid`;
      const recording = { codec, framerate, maxSeconds, sides, display, boxPath, pidFile };
      const { exitCode, text } = await run(session, commands.start(recording), input);
      if (exitCode) {
        rows.add("C19");
        const words = text.trim() && `: ${shown(text.trim())}`;
        throw failed(`recording not started; exit code ${exitCode}${words}`);
      }
      const handle = {
        ...{ recordingId, codec, boxPath, pidFile, dimensions, framerate, startedAt: Date.now() },
        ...{ display, ...(runAs ? { runAs } : {}) },
      };
      histories.set(handle, { launchedAt: performance.now(), maxSeconds, stops: [] });
      return handle;
    },

    /** @type {any} */
    async stopRecording(/** @type {any} */ session, /** @type {any} */ process) {
      refuse(processFaults(process, ["pidFile", "runAs"], ["boxPath"]));
      const stop = { at: Date.now(), steadyAt: performance.now(), isRefused: false };
      historyOf(process).stops.push(stop);
      const limits = { yieldTimeMs: 20_000 };
      await run(session, commands.stop(process.pidFile), process, limits).catch(() => {
        stop.isRefused = true;
      });
    },

    /** @type {any} */
    async readRecordingBytes(
      /** @type {any} */ session,
      /** @type {any} */ process,
      /** @type {any} */ maxBytes = 268_435_456,
    ) {
      refuse({
        ...processFaults(process, ["codec", "boxPath", "startedAt", "runAs"]),
        maxBytes: numberFault(maxBytes, (n) => n > 0),
      });
      if (typeof session.exec !== "function" && typeof session.execCommand !== "function") {
        const lack = "session cannot run commands (no exec/execCommand)";
        throw new RecordingUnavailableError(`${lack} — recording finalize unavailable`);
      }
      const { stops } = historyOf(process);
      const stop = stops.find(({ isRefused }) => !isRefused) ?? stops.at(-1);
      const size = await sizeOf(session, process);
      if (size > maxBytes) {
        throw new RecordingError(
          `recording ${size}B exceeds max ${maxBytes}B`,
          "max-bytes-exceeded",
        );
      }
      const bytes = await bytesOf(session, process, size);
      if (UNFINISHED_VIDEOS.some((video) => video.equals(bytes))) {
        const message = `recording not finished: ${shown(process.boxPath)}: ${SOME}`;
        throw await explained(session, process, message, true);
      }
      const contentType = old.contentTypeForCodec(process.codec);
      return { bytes, contentType, sizeBytes: size, durationSeconds: secondsOf(process, stop) };
    },

    /** @type {any} */
    async deleteRecordingArtifacts(/** @type {any} */ session, /** @type {any} */ process) {
      refuse(processFaults(process, ["boxPath", "pidFile", "runAs"]));
      const cmd = commands.remove(process.boxPath, process.pidFile);
      await run(session, cmd, process).catch(() => {});
    },

    /** @type {any} */
    recordingStorageKey(/** @type {any[]} */ ...given) {
      const codec = given[3];
      const [workspaceId = "", sessionId = "", recordingId = ""] = given
        .slice(0, 3)
        .map((id) => `${id}`);
      const entries = Object.entries({ workspaceId, sessionId, recordingId });
      refuse({
        ...Object.fromEntries(entries.map(([field, id]) => [field, partFault(id)])),
        codec: codecFault(codec),
      });
      return old.recordingStorageKey(workspaceId, sessionId, recordingId, codec);
    },

    /** @type {any} */
    contentTypeForCodec(/** @type {any} */ codec) {
      refuse({ codec: codecFault(codec) });
      return old.contentTypeForCodec(codec);
    },

    /** @type {any} */
    extForCodec(/** @type {any} */ codec) {
      refuse({ codec: codecFault(codec) });
      return old.extForCodec(codec);
    },
  };
  return module;
}

/**
 * A text with nothing in it that a terminal or the reader of a log would act on.
 *
 * @param {string} text
 */
function visible(text) {
  const escaped = (/** @type {string} */ character) => {
    const short = { "\t": "\\t", "\n": "\\n", "\r": "\\r" }[character];
    return short ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
  };
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, escaped);
}

/**
 * @param {any} result
 * @param {Set<string>} rows
 * @returns {Printed}
 */
function printedBy(result, rows) {
  const whole = textOf(result, rows);
  const isText = whole !== undefined;
  // In this order, and so that the engine words the error of a result that is none.
  const given = isText ? [result] : [result.output, result.stderr, result.stdout];
  const [output, stderr = "", stdout] = given.map((value) => textOf(value, rows));
  const exitCode = isText ? undefined : numberOf(result, "exitCode");
  const isFailure = stdout !== undefined && stderr !== "";
  const [, code = undefined] =
    /Process exited with code (\d+)[^]*Output:\n/.exec(output ?? "") ?? [];
  return {
    text: stdout || (isFailure ? "" : (output ?? "")),
    joined: given.filter((value) => typeof value === "string" && value !== "").join("\n"),
    stderr,
    exitCode: exitCode ?? (code === undefined ? undefined : Number(code)),
    unfinished: exitCode === undefined && !isText ? numberOf(result, "sessionId") : undefined,
  };
}

/**
 * @param {any} value
 * @param {Set<string>} rows
 */
function textOf(value, rows) {
  if (typeof value === "string") return value;
  if (!(value instanceof Uint8Array)) return undefined;
  rows.add("C30");
  return new TextDecoder().decode(value);
}

/**
 * @param {any} result
 * @param {string} key
 * @returns {number | undefined}
 */
function numberOf(result, key) {
  try {
    const value = result[key];
    return typeof value === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {number | string} session */
function unfinishedText(session) {
  return `; exec session ${session} has not finished`;
}

/** @param {string} text */
function lastLine(text) {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).at(-1) ?? "";
}

/** @param {string} text */
function withoutBanner(text) {
  return text.split(/(?:^|\n)Output:\n/).at(-1) ?? "";
}

/** @typedef {[string, string] | undefined} Fault The class of the error, and the row. */

/** @param {any} input */
function startFaults(input) {
  if (input === undefined || input === null) {
    return { input: /** @type {Fault} */ (["TypeError", "C5"]) };
  }
  const { recordingId, codec, framerate, maxSeconds, dimensions, display, tmpDir } = input;
  /** @type {Record<string, Fault>} */
  const faults = {
    recordingId: textFault(recordingId),
    codec: codec == null ? undefined : codecFault(codec),
    framerate: amountFault(framerate, 1, 1_000),
    maxSeconds: amountFault(maxSeconds, 1e-6, 9_223_372_036_854),
    dimensions: dimensions == null ? undefined : dimensionsFault(dimensions),
    display: display == null ? undefined : textFault(display),
    tmpDir: tmpDir == null ? undefined : pathFault(tmpDir),
    runAs: userFault(input.runAs),
  };
  if (recordingId === "") faults["recordingId"] = ["TypeError", "C5"];
  if (`${String(recordingId)}`.includes("/")) faults["recordingId"] ??= ["TypeError", "C4"];
  return faults;
}

/**
 * @param {any} process
 * @param {string[]} fields Those that are used.
 * @param {string[]} [optional] Those that are used where they are given.
 */
function processFaults(process, fields, optional = []) {
  if (process === undefined || process === null) {
    return { process: /** @type {Fault} */ (["TypeError", "C5"]) };
  }
  const { codec, boxPath, pidFile, startedAt, runAs } = process;
  /** @type {Record<string, Fault>} */
  const faults = {
    codec: codecFault(codec),
    boxPath: pathFault(boxPath),
    pidFile: pathFault(pidFile),
    startedAt: timeFault(startedAt),
    runAs: userFault(runAs),
  };
  const given = optional.filter((field) => process[field] != null);
  return Object.fromEntries([...fields, ...given].map((field) => [field, faults[field]]));
}

/**
 * @param {any} text
 * @returns {Fault}
 */
function textFault(text) {
  if (typeof text !== "string") return ["TypeError", "C5"];
  return text.isWellFormed() && !text.includes("\0") ? undefined : ["TypeError", "C4"];
}

/**
 * @param {any} path
 * @returns {Fault}
 */
function pathFault(path) {
  return textFault(path) ?? (path.startsWith("-") ? ["TypeError", "C4"] : undefined);
}

/**
 * @param {any} runAs
 * @returns {Fault}
 */
function userFault(runAs) {
  if (runAs == null || runAs === "") return undefined;
  return runAs ? textFault(runAs) : ["TypeError", "C24"];
}

/**
 * A part of a key in storage.
 *
 * @param {string} id
 * @returns {Fault}
 */
function partFault(id) {
  if (!id.isWellFormed()) return ["TypeError", "C4"];
  return /^\.{0,2}$|[/\0]/.test(id) ? ["TypeError", "C28"] : undefined;
}

/**
 * @param {any} codec
 * @returns {Fault}
 */
function codecFault(codec) {
  return codec === "h264-mp4" || codec === "vp9-webm" ? undefined : ["TypeError", "C5"];
}

/**
 * @param {any} value
 * @param {(n: number) => boolean} isGood
 * @returns {Fault}
 */
function numberFault(value, isGood) {
  if (typeof value !== "number") return ["TypeError", "C5"];
  return isGood(value) ? undefined : ["RangeError", "C5"];
}

/**
 * @param {any} value
 * @param {number} least
 * @param {number} most
 * @returns {Fault}
 */
function amountFault(value, least, most) {
  if (value == null) return undefined;
  const fault = numberFault(value, (n) => n > 0 && Number.isFinite(n));
  return fault ?? (value >= least && value <= most ? undefined : ["RangeError", "C21"]);
}

/**
 * @param {any} time
 * @returns {Fault}
 */
function timeFault(time) {
  // JavaScript takes them for 1970.
  if ([null, "", false].includes(time) || (Array.isArray(time) && time.length === 0)) {
    return ["TypeError", "C24"];
  }
  if (typeof time === "number") return numberFault(time, Number.isFinite);
  try {
    const isTime = time instanceof Date || (typeof time === "string" && isTimeText(time));
    return isTime ? undefined : ["TypeError", "C5"];
  } catch {
    return ["TypeError", "C5"];
  }
}

/** @param {string} text */
function isTimeText(text) {
  return Number.isFinite(Number(text)) || Number.isFinite(Date.parse(text));
}

/**
 * @param {any} dimensions
 * @returns {Fault}
 */
function dimensionsFault(dimensions) {
  if (typeof dimensions[Symbol.iterator] !== "function") return ["TypeError", "C5"];
  const isPixels = (/** @type {number} */ n) => n > 0 && Number.isInteger(n);
  const [width, height] = dimensions;
  return numberFault(width, isPixels) ?? numberFault(height, isPixels);
}
