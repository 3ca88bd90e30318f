// What the contract wants of the commands. Their text is the module's own but for the words by which
// callers' doubles tell them apart.

/**
 * @typedef {"start" | "stop" | "size" | "payload" | "log" | "delete"} Command
 *
 * @typedef {object} Wanted What a command must be.
 * @property {Command} command
 * @property {string[]} holds What stands in it.
 * @property {string[]} lacks What does not.
 * @property {string[]} rows The differences that show in it, apart from quotes.
 */

/**
 * The words by which a double takes a command for one of these. None of them is in another command.
 *
 * @type {Record<string, string[]>}
 */
const WORDS = {
  start: ["x11grab", "ffmpeg"],
  stop: ["kill"],
  size: ["stat"],
  payload: ["base64"],
  delete: ["rm -f"],
};

/** Commands whose answers are read. */
const FRAMED = ["start", "size", "payload", "log"];

/**
 * What a double takes a command for.
 *
 * @param {string | Wanted} cmd
 * @returns {string}
 */
export function commandOf(cmd) {
  if (typeof cmd !== "string") return cmd.command;
  const all = Object.entries(WORDS).filter(([, words]) => words.some((word) => cmd.includes(word)));
  return all.length === 0 ? "log" : all.map(([command]) => command).join(" and ");
}

const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A word of a command, quoted where it has to be.
 *
 * @param {string} text
 */
export function word(text) {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text);
}

/** @param {string} boxPath */
function logOf(boxPath) {
  return boxPath.replace(/\.(mp4|webm)$/, ".log");
}

/**
 * @param {object} recording
 * @param {string} recording.codec
 * @param {number} recording.framerate
 * @param {number} recording.maxSeconds
 * @param {number[]} recording.sides
 * @param {string} recording.display
 * @param {string} recording.boxPath
 * @param {string} recording.pidFile
 * @returns {Wanted}
 */
export function start({ codec, framerate, maxSeconds, sides, display, boxPath, pidFile }) {
  const even = sides.map((side) => side + (side % 2));
  const isPadded = String(even) !== String(sides);
  return {
    command: "start",
    holds: [
      "nohup ffmpeg",
      "-loglevel error -y",
      "-f x11grab",
      "-draw_mouse 1",
      `-framerate ${framerate}`,
      `-video_size ${sides.join("x")}`,
      `-i ${word(namesScreen(display) ? display : `${display}.0`)}`,
      `-t ${maxSeconds}`,
      ...(isPadded ? [`-vf pad=${even.join(":")}`] : []),
      ...(codec === "vp9-webm"
        ? ["-c:v libvpx-vp9 -b:v 0 -crf 32 -row-mt 1", "-deadline realtime", "-cpu-used 8"]
        : ["-c:v libx264 -preset veryfast", "-movflags +faststart"]),
      "-pix_fmt yuv420p",
      `${word(boxPath)} </dev/null`,
      `${word(logOf(boxPath))} 2>&1 &`,
      `echo $! > ${word(pidFile)}`,
    ],
    lacks: isPadded ? [] : ["-vf"],
    rows: [
      "C6",
      ...(isPadded ? ["C7"] : []),
      ...(codec === "vp9-webm" ? ["C16"] : []),
      ...(namesScreen(display) ? ["C20"] : []),
    ],
  };
}

/**
 * Whether a display names its screen (X(7), display names).
 *
 * @param {string} display
 */
function namesScreen(display) {
  return /:[^:]*\.[^:]*$/.test(display);
}

/**
 * @param {string} pidFile
 * @returns {Wanted}
 */
export function stop(pidFile) {
  return { command: "stop", holds: ["kill -INT", word(pidFile)], lacks: [], rows: [] };
}

/**
 * @param {string} boxPath
 * @returns {Wanted}
 */
export function size(boxPath) {
  return { command: "size", holds: [`stat -c %s ${word(boxPath)}`], lacks: [], rows: [] };
}

/**
 * @param {string} boxPath
 * @param {boolean} [isInPieces]
 * @returns {Wanted}
 */
export function payload(boxPath, isInPieces = false) {
  const path = word(boxPath);
  return { command: "payload", holds: [isInPieces ? path : `base64 ${path}`], lacks: [], rows: [] };
}

/**
 * @param {string} boxPath
 * @returns {Wanted}
 */
export function log(boxPath) {
  return { command: "log", holds: [word(logOf(boxPath))], lacks: [], rows: [] };
}

/**
 * @param {string} boxPath
 * @param {string} pidFile
 * @returns {Wanted}
 */
export function remove(boxPath, pidFile) {
  const files = [boxPath, pidFile, logOf(boxPath)].map(word);
  return { command: "delete", holds: [`rm -f ${files.join(" ")}`], lacks: [], rows: ["C22"] };
}

/**
 * What is wanted in place of a command of the old module, all of whose values are plain.
 *
 * @param {string} cmd
 * @returns {Wanted}
 */
export function wantedFor(cmd) {
  const [, script = cmd] = /^bash -lc '([^]*)'$/.exec(cmd) ?? [];
  const [, ...words] = OLD[commandOf(cmd)]?.exec(script) ?? [];
  const [first = "", second = ""] = words;
  switch (commandOf(cmd)) {
    case "start": {
      const [framerate, width, height, display = "", maxSeconds, encoder, boxPath = ""] = words;
      return start({
        codec: encoder === "libvpx-vp9" ? "vp9-webm" : "h264-mp4",
        framerate: Number(framerate),
        maxSeconds: Number(maxSeconds),
        sides: [Number(width), Number(height)],
        display,
        boxPath,
        pidFile: words[7] ?? "",
      });
    }
    case "stop":
      return stop(first);
    case "size":
      return size(first);
    case "payload":
      return payload(first);
    default:
      return remove(first, second);
  }
}

/** @type {Record<string, RegExp>} */
const OLD = {
  start:
    /-framerate (\S+) -video_size (\d+)x(\d+) -i (\S*)\.0 -t (\S+) -c:v (\S+) .* (\S+) <\/dev\/null .* > (\S+)$/,
  stop: /^kill -INT "\$\(cat (\S*)\)"/,
  size: /^stat -c %s (\S*) /,
  payload: /^base64 (\S*)$/,
  delete: /^rm -f (\S*) (\S*) /,
};

/**
 * The lines that a command prints around what it says, in their order.
 *
 * @param {string} cmd
 */
export function marksOf(cmd) {
  const prints = cmd.matchAll(/printf "\\n%s:%s\\n" (\S+) ([^\s;']+)/g);
  return Array.from(prints, ([, nonce = "", label = ""]) => ({ nonce, label }));
}

/**
 * What is wrong with a command.
 *
 * @param {string} cmd
 * @param {Wanted} wanted
 * @returns {string[]}
 */
export function faultsOf(cmd, { command, holds, lacks }) {
  const script = scriptOf(cmd);
  if (script === undefined) return ["it is not one script for a login shell"];
  const stands = (/** @type {string} */ text) => {
    const plain = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`${plain}(?![\\w./:@%+=,'-])`).test(script);
  };
  return [
    ...(commandOf(cmd) === command ? [] : [`it is taken for: ${commandOf(cmd)}`]),
    ...holds.filter((text) => !stands(text)).map((text) => `it does not hold: ${text}`),
    ...lacks.filter(stands).map((text) => `it holds: ${text}`),
  ];
}

/** @param {string} cmd */
function scriptOf(cmd) {
  const [, inner = ""] = /^bash -lc '([^]*)'$/.exec(cmd) ?? [];
  const script = inner.replaceAll("'\\''", "'");
  return cmd === `bash -lc ${quoted(script)}` ? script : undefined;
}

/**
 * Whether a command prints a first line and a last one, and shows neither of them itself.
 *
 * @param {string} cmd
 */
function isFramed(cmd) {
  const marks = marksOf(cmd);
  const [{ nonce = "" } = {}] = marks;
  const labels = marks.map(({ label }) => label === "end");
  const isPaired = labels.every((isEnd, index) => isEnd === (index % 2 === 1));
  const isOne = marks.every((mark) => mark.nonce === nonce);
  return marks.length >= 2 && isPaired && labels.at(-1) && isOne && !cmd.includes(`${nonce}:`);
}

/**
 * An event with what is wanted in place of a command, if it is so.
 *
 * @param {any} event
 * @param {any} expected
 */
export function asWanted(event, expected) {
  if (typeof event.cmd !== "string" || expected?.cmd === undefined) return event;
  const { cmd } = event;
  const wanted = expected.cmd;
  const faults = faultsOf(cmd, wanted);
  if (FRAMED.includes(wanted.command) && !isFramed(cmd)) faults.push("its answer has no frame");
  return { ...event, cmd: faults.length === 0 ? wanted : { cmd, faults } };
}
