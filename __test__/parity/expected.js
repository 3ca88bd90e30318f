// What this package must be seen to do where the old module was seen to do something, difference by
// difference.
import { correctedCommand } from "./corrections.js";
import { PUTS, observe, printed } from "./fuzz.js";

/**
 * @typedef {import("./fuzz.js").Caller} Caller
 * @typedef {import("./fuzz.js").Step} Step
 *
 * @typedef {object} Expectation
 * @property {Step} step Where a message is a text and "…", it may go on in any way.
 * @property {string[]} differences The rows of docs/differences.md that it shows.
 */

/** A word of a command, quoted where it has to be. */
const word = (/** @type {string} */ text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text));
const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Values that need no quotes. */
const PLAIN = { folder: "/PLAIN", name: "PLAIN", display: "PLAIN" };

/**
 * @param {import("./run.js").Api} old
 * @param {Caller} caller
 * @returns {Promise<Expectation[]>}
 */
export async function expectedOf(old, caller) {
  const seen = await observe(old, caller);
  const plain = await observe(old, withPlainTexts(caller));
  // A stop that the session refused counts until there is another.
  const isRefused = caller.fault?.at === "stop";
  const stops = seen.filter(({ operation }) => operation === "stop");
  const stop = isRefused ? stops.at(-1) : stops[0];
  return seen.map((step, index) => {
    const { transcript } = plain[index] ?? step;
    /** @type {Expectation} */
    const expectation = { step: { ...step, transcript }, differences: [] };
    const refused = refusal(step.operation, caller);
    if (refused) return refusedStep(step, refused);
    correctCommands(expectation, caller);
    if (step.operation === "read") correctRead(expectation, caller, stop?.at);
    return expectation;
  });
}

/**
 * The same caller with values that need no quotes, in commands of the same form.
 *
 * @param {Caller} caller
 * @returns {any}
 */
function withPlainTexts(caller) {
  const { codec } = caller.handle;
  const boxPath = `${PLAIN.folder}/og-rec-${PLAIN.name}.${extension(codec)}`;
  const pidFile = `${PLAIN.folder}/og-rec-${PLAIN.name}.pid`;
  return {
    ...caller,
    input: {
      ...caller.input,
      tmpDir: PLAIN.folder,
      recordingId: PLAIN.name,
      display: PLAIN.display,
    },
    handle: { ...caller.handle, boxPath, pidFile },
  };
}

/** @param {unknown} codec */
function extension(codec) {
  return codec === "vp9-webm" ? "webm" : "mp4";
}

/**
 * The fields that this package refuses, by the row that says so.
 *
 * @param {string} operation
 * @param {Caller} caller
 * @returns {Record<string, string> | undefined}
 */
function refusal(operation, { input, maxBytes }) {
  /** @type {Record<string, string>} */
  const refused = {};
  const isText = (/** @type {unknown} */ text) => typeof text === "string";
  const isCarried = (/** @type {any} */ text) => text.isWellFormed() && !text.includes("\0");
  const isNumber = (/** @type {any} */ n) => typeof n === "number" && n > 0;
  if (operation === "read" && maxBytes !== undefined && !isNumber(maxBytes)) {
    refused["maxBytes"] = "C5";
  }
  if (operation === "start") {
    const { recordingId, codec, framerate, maxSeconds, dimensions, display, tmpDir } = input;
    const id = /** @type {any} */ (recordingId);
    if (!isText(id) || id === "") refused["recordingId"] = "C5";
    else if (!isCarried(id) || id.includes("/")) refused["recordingId"] = "C4";
    for (const [field, text] of Object.entries({ display, tmpDir })) {
      if (text === undefined) continue;
      if (!isText(text)) refused[field] = "C5";
      else if (!isCarried(text)) refused[field] = "C4";
    }
    if (isText(tmpDir) && String(tmpDir).startsWith("-")) refused["tmpDir"] = "C4";
    for (const [field, number] of Object.entries({ framerate, maxSeconds })) {
      if (number != null && !(isNumber(number) && Number.isFinite(number))) refused[field] = "C5";
    }
    if (dimensions?.some((side) => !isNumber(side) || !Number.isInteger(side))) {
      refused["dimensions"] = "C5";
    }
    if (codec != null && codec !== "h264-mp4" && codec !== "vp9-webm") refused["codec"] = "C5";
  }
  return Object.keys(refused).length > 0 ? refused : undefined;
}

/**
 * @param {Step} step
 * @param {Record<string, string>} fields
 * @returns {Expectation}
 */
function refusedStep(step, fields) {
  const outcome = { refused: Object.keys(fields) };
  return { step: { ...step, transcript: [], outcome }, differences: Object.values(fields) };
}

/**
 * @param {Expectation} expectation
 * @param {Caller} caller
 */
function correctCommands({ step, differences }, caller) {
  const { input, handle } = caller;
  const isStart = step.operation === "start";
  const codec = isStart ? input.codec : handle.codec;
  const folder = isStart ? (input.tmpDir ?? "/tmp") : undefined;
  const path = isStart
    ? `${folder}/og-rec-${input.recordingId}`
    : handle.boxPath.replace(/\.\w+$/, "");
  const stem = `${PLAIN.folder}/og-rec-${PLAIN.name}`;
  const texts = ["pid", "log", extension(codec)].map((ext) => [`${stem}.${ext}`, `${path}.${ext}`]);
  texts.push([`${PLAIN.display}.0`, `${input.display ?? ":0"}.0`]);
  for (const event of step.transcript) {
    if (!("call" in event)) continue;
    let cmd = correctedCommand(event.args[0].cmd);
    if (isStart) differences.push("C6");
    if (step.operation === "stop") differences.push("C9");
    const isInQuotes = cmd.startsWith("bash -lc '");
    for (const [from = "", to = ""] of texts) {
      if (cmd.includes(from) && word(to) !== to) differences.push("C4");
      const put = isInQuotes ? quoted(word(to)).slice(1, -1) : word(to);
      cmd = cmd.replaceAll(from, () => put);
    }
    const [width = 1280, height = 800] = input.dimensions ?? [];
    if (isStart && extension(codec) === "mp4" && (width % 2 || height % 2)) {
      differences.push("C7");
      const pad = `-vf pad=${width + (width % 2)}:${height + (height % 2)} `;
      cmd = cmd.replace("-c:v libx264", `${pad}-c:v libx264`);
    }
    event.args[0].cmd = cmd;
  }
}

/**
 * @param {Expectation} expectation
 * @param {Caller} caller
 * @param {number | undefined} stoppedAt
 */
function correctRead({ step, differences }, caller, stoppedAt) {
  const { box, methods, put, putPayload, fault, handle, maxBytes = 268_435_456 } = caller;
  if (methods.length === 0 || fault?.at === "size") return;
  const sizeText = textOf(PUTS[put]?.(printed(box, "size")));
  const line =
    sizeText
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean)
      .pop() ?? "MISSING";
  const size = Number(line);
  if (line === "MISSING" || size === 0) {
    const reasons = { "": "box-death", "[": "display-unavailable", n: "ffmpeg-error" };
    const [first = ""] = box.log;
    const { rejected } = step.outcome;
    rejected.own = [
      ["reason", reasons[/** @type {keyof typeof reasons} */ (first)]],
      ...rejected.own.slice(1),
    ];
    rejected.message += first && `; ffmpeg log: ${box.log.trim()}`;
    const path = handle.boxPath.replace(/\.\w+$/, ".log");
    const script = `echo; echo Output:; tail -c 2000 ${word(path)} 2>/dev/null`;
    // Two looks at the method and its call, behind a look at the one that is not there.
    const again = structuredClone(step.transcript.slice(methods.includes("exec") ? -3 : -4));
    /** @type {any} */ (again.at(-1)).args[0].cmd = `bash -lc ${quoted(script)}`;
    step.transcript = [...step.transcript, ...again];
    differences.push("C10");
    return;
  }
  if (!(size <= Number(maxBytes)) || fault?.at === "payload") return;

  const isUnfinished = putPayload === "an unfinished command";
  const isDoubled = putPayload === "output and stdout" || putPayload === "stderr as well";
  const row = isUnfinished ? "C3" : isDoubled ? "C1" : "C2";
  const rejected = (/** @type {string} */ message) => ({
    class: "RecordingError",
    message,
    own: [
      ["reason", "ffmpeg-error"],
      ["name", "RecordingError"],
    ],
  });
  const payload = textOf(PUTS[putPayload]?.(printed(box, "payload")));
  const text = withoutBanner(payload).replace(/\s/g, "");
  const before = JSON.stringify(step.outcome);
  if (text === "") {
    step.outcome = { rejected: rejected(`recording read returned 0 bytes: ${handle.boxPath}…`) };
  } else if (text === Buffer.from(box.video).toString("base64") && size === box.video.length) {
    const end = stoppedAt ?? step.at + 2 * 1_500;
    const seconds = Math.max(0, Math.round((end - handle.startedAt) / 1_000));
    const old = new Map(step.outcome.resolved);
    if (old.get("durationSeconds") !== seconds) differences.push("C8");
    step.outcome = {
      resolved: [
        ["bytes", { type: "Uint8Array", ownsBuffer: true, base64: text }],
        ["contentType", old.get("contentType")],
        ["sizeBytes", box.video.length],
        ["durationSeconds", seconds],
      ],
    };
    if (old.get("sizeBytes") !== box.video.length) differences.push(row);
    return;
  } else {
    const finding = `expected ${size} bytes, got …`;
    step.outcome = { rejected: rejected(`recording read failed: ${handle.boxPath}: ${finding}`) };
  }
  if (!before.includes("rejected")) differences.push(row);
}

/**
 * What a command printed.
 *
 * @param {any} result
 */
function textOf(result) {
  const isText = (/** @type {unknown} */ text) => typeof text === "string" && text !== "";
  const isFailure = typeof result.stdout === "string" && isText(result.stderr);
  const rest = isFailure ? "" : result.output;
  const text = typeof result === "string" ? result : isText(result.stdout) ? result.stdout : rest;
  return String(text ?? "");
}

/** @param {string} text */
function withoutBanner(text) {
  return text.split(/(?:^|\n)Output:\n/).at(-1) ?? "";
}
