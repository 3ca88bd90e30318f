// The old module with the differences of docs/differences.md: what this package must be seen to do.
import { correctedCommand } from "./corrections.js";
import { commandOf } from "./fuzz.js";

/**
 * @typedef {import("./run.js").Api} Api
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

/** The stops that were asked for, by handle. */
const stops = new WeakMap();

/** Stand-ins for values that may need quotes: they need none. */
const FOLDER = "/FOLDER";
const NAME = "NAME";
const SCREEN = "SCREEN";

/** A word of a command, quoted where it has to be. */
const word = (/** @type {string} */ text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text));
const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * @param {any} old The old module.
 * @param {Set<string>} rows Where the differences of one call are put down.
 * @returns {Api}
 */
export function withDifferences(old, rows) {
  const { RecordingError, RecordingUnavailableError } = old;

  /** @param {Record<string, [string, string] | undefined>} faults */
  function refuse(faults) {
    const refused = Object.entries(faults).filter(([, fault]) => fault !== undefined);
    if (refused.length === 0) return;
    for (const [, fault] of refused) rows.add(fault?.[1] ?? "");
    throw new Refused(Object.fromEntries(/** @type {any} */ (refused)));
  }

  /**
   * A session that is given the commands of this package, and whose results come in the old module's
   * terms.
   *
   * @param {any} session
   * @param {[string, string][]} values What the stand-ins stand for.
   * @param {(result: any, cmd: string) => any} [result]
   * @param {(cmd: string) => string} [command]
   */
  function adapted(session, values, result = (result) => result, command = (cmd) => cmd) {
    if (Object(session) !== session) return session;
    return new Proxy(Object.create(null), {
      get(_, key) {
        const method = session[key];
        if (typeof method !== "function") return method;
        return (/** @type {any} */ args) => {
          const corrected = correctedCommand(args.cmd);
          if (corrected !== args.cmd) rows.add(commandOf(args.cmd) === "start" ? "C6" : "C9");
          const cmd = withValues(command(corrected), values);
          const given = Reflect.apply(method, session, [{ ...args, cmd }]);
          return (async () => result(await given, cmd))();
        };
      },
    });
  }

  /**
   * A command with the values in it, quoted as they have to be where they stand.
   *
   * @param {string} cmd
   * @param {[string, string][]} values
   */
  function withValues(cmd, values) {
    const isInQuotes = cmd.startsWith("bash -lc '");
    return cmd.replace(/[\w./:@%+=,-]+/g, (plain) => {
      const text = valueOf(plain, values);
      if (text === plain) return plain;
      if (word(text) !== text) rows.add("C4");
      return isInQuotes ? quoted(word(text)).slice(1, -1) : word(text);
    });
  }

  /**
   * Why there is no recording, as far as the log tells.
   *
   * @param {any} session
   * @param {any} process
   * @param {string} message
   */
  async function explained(session, { boxPath, runAs }, message) {
    const log = word(boxPath.replace(/\.(mp4|webm)$/, ".log"));
    const cmd = `bash -lc ${quoted(`echo; echo Output:; tail -c 2000 ${log} 2>/dev/null`)}`;
    const args = {
      cmd,
      ...(runAs ? { runAs } : {}),
      yieldTimeMs: 15_000,
      maxOutputTokens: 4_000,
    };
    let tail = "";
    /** @type {{ cause: unknown } | undefined} */
    let failed;
    try {
      const { text, exitCode = 0 } = printedBy(await call(session, args));
      const isLog = exitCode === 0 || /(^|\n)Output:\n/.test(text);
      if (isLog) tail = withoutBanner(text).trim();
    } catch (cause) {
      failed = { cause };
    }
    rows.add("C10");
    const isScreen = /cannot open display/i.test(tail);
    const reason = tail === "" ? "box-death" : isScreen ? "display-unavailable" : "ffmpeg-error";
    const error = new RecordingError(tail ? `${message}; ffmpeg log: ${tail}` : message, reason);
    if (failed) Object.defineProperty(error, "cause", { value: failed.cause });
    return error;
  }

  /** @type {any} */
  const module = {
    RecordingError,
    RecordingUnavailableError,

    /** @type {any} */
    async startRecording(/** @type {any} */ session, /** @type {any} */ input) {
      refuse(startFaults(input));
      const values = /** @type {[string, string][]} */ ([
        [FOLDER, input.tmpDir ?? "/tmp"],
        [NAME, input.recordingId],
        [SCREEN, input.display ?? ":0"],
      ]);
      const plain = { ...input, tmpDir: FOLDER, recordingId: NAME, display: SCREEN };
      const [width, height] = input.dimensions ?? [1280, 800];
      const isPadded = input.codec !== "vp9-webm" && (width % 2 || height % 2);
      const filter = `-vf pad=${width + (width % 2)}:${height + (height % 2)}`;
      const box = adapted(session, values, undefined, (cmd) => {
        if (!isPadded) return cmd;
        rows.add("C7");
        return cmd.replace("-c:v libx264", `${filter} -c:v libx264`);
      });
      const handle = await old.startRecording(box, plain);
      const texts = ["recordingId", "boxPath", "pidFile", "display"].map((key) => [
        key,
        valueOf(handle[key], values),
      ]);
      const dimensions = input.dimensions ?? [...handle.dimensions];
      return { ...handle, ...Object.fromEntries(texts), dimensions };
    },

    /** @type {any} */
    async stopRecording(/** @type {any} */ session, /** @type {any} */ process) {
      refuse(processFaults(process, ["pidFile", "runAs"]));
      const stop = { at: Date.now(), isRefused: false };
      stops.set(process, [...(stops.get(process) ?? []), stop]);
      let isCarriedOut = false;
      const box = adapted(session, [["/PID", process.pidFile]], (given) => {
        const { text: output } = printedBy(given);
        isCarriedOut = true;
        return { output };
      });
      await old.stopRecording(box, { ...process, pidFile: "/PID" });
      stop.isRefused = !isCarriedOut;
    },

    /** @type {any} */
    async readRecordingBytes(
      /** @type {any} */ session,
      /** @type {any} */ process,
      /** @type {any} */ maxBytes,
    ) {
      refuse({
        ...processFaults(process, ["codec", "boxPath", "startedAt", "runAs"]),
        ...(maxBytes === undefined ? {} : { maxBytes: numberFault(maxBytes, (n) => n > 0) }),
      });
      const calls = stops.get(process);
      const stop = calls?.find((/** @type {any} */ { isRefused }) => !isRefused) ?? calls?.at(-1);
      const { boxPath } = process;
      const values = videoStandIns(boxPath);
      let line = "";
      let notFinished = "";
      /** @type {Error | undefined} */
      let bad;

      /** @param {Printed} printed */
      function readSize(printed) {
        const { text, joined, unfinished } = printed;
        line = lastLine(text);
        if (lastLine(joined) !== line) rows.add("C1");
        const isMissing = line === "MISSING";
        if (unfinished !== undefined) notFinished = unfinishedText(unfinished);
        if (isMissing || /^\d+$/.test(line)) return text;
        if (Number.isFinite(Number(line)) && Number(line) > 0) rows.add("C2");
        return "none";
      }

      /** @param {Printed} printed */
      function readPayload({ text, joined, unfinished, stderr }) {
        const base64 = withoutBanner(text).replace(/[ \t-\r]/g, "");
        const bytes = Buffer.from(base64, "base64");
        const [, number = undefined] =
          /Process running with session ID (\d+)[^]*Output:\n/.exec(text) ?? [];
        const session = unfinished ?? number;
        const told = session === undefined ? "" : unfinishedText(session);
        const row = told ? "C3" : joined === text ? "C2" : "C1";
        const suffix = `${told}${stderr.trim() && `; stderr: ${stderr.trim()}`}`;
        const isExact = bytes.toString("base64") === base64 && bytes.length === Number(line);
        if (base64 === "") {
          bad = error(`recording read returned 0 bytes: ${boxPath}${suffix}`);
        } else if (!isExact) {
          bad = error(
            `recording read failed: ${boxPath}: expected ${Number(line)} bytes, got …${suffix}`,
          );
        }
        if (bad) rows.add(row);
        if (joined !== text) rows.add("C1");
        return text;
      }

      const error = (/** @type {string} */ message) => new RecordingError(message, "ffmpeg-error");
      const box = adapted(session, values, (given, cmd) => {
        const read = commandOf(cmd) === "size" ? readSize : readPayload;
        return { output: read(printedBy(given)) };
      });
      /** @type {any} */
      let result;
      try {
        const plain = { ...process, boxPath: values[0]?.[0] };
        result = await old.readRecordingBytes(box, plain, maxBytes);
      } catch (/** @type {any} */ thrown) {
        if (!(thrown instanceof RecordingError)) throw thrown;
        thrown.message = valueOf(thrown.message, values);
        const message = `${thrown.message}${notFinished}`;
        if (/file missing on box/.test(thrown.message)) {
          if (notFinished) rows.add("C3");
          throw await explained(session, process, message);
        }
        if (/file empty on box/.test(thrown.message)) {
          if (/^0+$/.test(line)) throw await explained(session, process, thrown.message);
          if (notFinished) rows.add("C3");
          throw error(message);
        }
        throw bad ?? thrown;
      }
      if (bad) throw bad;
      const ended = stop?.at ?? Date.now();
      const durationSeconds = Math.max(0, Math.round((ended - process.startedAt) / 1_000));
      if (durationSeconds !== result.durationSeconds) rows.add("C8");
      return { ...result, durationSeconds };
    },

    /** @type {any} */
    async deleteRecordingArtifacts(/** @type {any} */ session, /** @type {any} */ process) {
      refuse(processFaults(process, ["boxPath", "pidFile", "runAs"]));
      const values = videoStandIns(process.boxPath);
      const [[boxPath = ""] = []] = values;
      values.push(["/PID", process.pidFile]);
      const box = adapted(session, values);
      await old.deleteRecordingArtifacts(box, { ...process, boxPath, pidFile: "/PID" });
    },

    /** @type {any} */
    recordingStorageKey(/** @type {any[]} */ ...given) {
      const codec = given[3];
      const [workspaceId = "", sessionId = "", recordingId = ""] = given
        .slice(0, 3)
        .map((id) => `${id}`);
      const entries = Object.entries({ workspaceId, sessionId, recordingId });
      refuse({
        ...Object.fromEntries(
          entries.map(([field, id]) => [
            field,
            id.isWellFormed() ? undefined : ["TypeError", "C4"],
          ]),
        ),
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
 * Stand-ins for the path of a video and of its log. The first ends as the path does, so that the old
 * module makes the second of it.
 *
 * @param {string} path
 * @returns {[string, string][]}
 */
function videoStandIns(path) {
  const [, stem = path, extension = ""] = /^([^]*)(\.(?:mp4|webm))$/.exec(path) ?? [];
  return [
    [`/BOX${extension}`, path],
    ["/BOX.log", `${stem}.log`],
  ];
}

/**
 * @param {string} text
 * @param {[string, string][]} values
 */
function valueOf(text, values) {
  return values.reduce((text, [standIn, value]) => text.replaceAll(standIn, () => value), text);
}

/**
 * Runs a command, if the session can.
 *
 * @param {any} session
 * @param {object} args
 */
async function call(session, args) {
  for (const method of ["exec", "execCommand"]) {
    if (typeof session[method] !== "function") continue;
    const run = session[method];
    if (typeof run !== "function") throw new TypeError(`session.${method} is not a function`);
    return Reflect.apply(run, session, [args]);
  }
  return "";
}

/**
 * @param {any} result
 * @returns {Printed}
 */
function printedBy(result) {
  if (typeof result === "string") {
    return { text: result, joined: result, stderr: "", exitCode: undefined, unfinished: undefined };
  }
  // Not destructured: the engine words the error of a result that is none otherwise.
  const output = result.output;
  const stderr = result.stderr;
  const stdout = result.stdout;
  const exitCode = number(result, "exitCode");
  const isFilled = (/** @type {unknown} */ text) => typeof text === "string" && text !== "";
  const isFailure = typeof stdout === "string" && isFilled(stderr);
  const [text = ""] = [stdout, ...(isFailure ? [] : [output])].filter(isFilled);
  return {
    text,
    joined: [output, stderr, stdout].filter(isFilled).join("\n"),
    stderr: isFilled(stderr) ? stderr : "",
    exitCode,
    unfinished: exitCode === undefined ? number(result, "sessionId") : undefined,
  };
}

/**
 * @param {any} result
 * @param {string} key
 * @returns {number | undefined}
 */
function number(result, key) {
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
  return lines.filter(Boolean).at(-1) ?? "MISSING";
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
  const amount = (/** @type {any} */ value) =>
    value == null ? undefined : numberFault(value, (n) => n > 0 && Number.isFinite(n));
  /** @type {Record<string, Fault>} */
  const faults = {
    recordingId: textFault(recordingId),
    codec: codec == null ? undefined : codecFault(codec),
    framerate: amount(framerate),
    maxSeconds: amount(maxSeconds),
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
 */
function processFaults(process, fields) {
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
  return Object.fromEntries(fields.map((field) => [field, faults[field]]));
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

/** @param {any} runAs */
function userFault(runAs) {
  return runAs ? textFault(runAs) : undefined;
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
 * @param {any} time
 * @returns {Fault}
 */
function timeFault(time) {
  try {
    return numberFault(+time, Number.isFinite);
  } catch {
    return ["TypeError", "C5"];
  }
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
