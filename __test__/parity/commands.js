// What the contract wants of the commands. Their text is the module's own but for the words by which
// callers' doubles tell them apart.

/**
 * @typedef {"start" | "stop" | "size" | "payload" | "log" | "delete"} Command
 *
 * @typedef {object} Wanted What a command must be.
 * @property {Command} command
 * @property {(string | number)[][]} holds Words that stand in it, one behind the other, as the shell
 *   reads them.
 * @property {string[]} lacks Words that do not.
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

/** A text that stands in a command as it is. */
export const PLAIN = /^[\w./:@%+=,-]+$/;

/**
 * The words and operators of a script (POSIX, 2.3), each with what the shell makes of it. A path from the
 * folder that the shell is in is as good as a relative one.
 *
 * @param {string} script
 */
function wordsOf(script) {
  // What a substitution holds has quotes of its own.
  const substitution = /\$\((?:'[^']*'|\\[^]|[^'\\)])*\)/;
  const quoted = new RegExp(`'([^']*)'|"((?:\\\\[^]|${substitution.source}|[^"\\\\])*)"|\\\\([^])`);
  const word = new RegExp(`(?:${quoted.source}|[^\\s'"\\\\;&|<>])+|[;&|<>]+`, "g");
  return Array.from(script.matchAll(word), ([whole]) => {
    const raw = whole.replace(/^"\$PWD"\//, "");
    const read = raw.replaceAll(new RegExp(quoted, "g"), (_, ...read) =>
      read.slice(0, 3).find((text) => text !== undefined),
    );
    return { raw, read };
  });
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
 * @param {string} recording.screen As ffmpeg is told of it.
 * @param {string} recording.boxPath
 * @param {string} recording.pidFile
 * @returns {Wanted}
 */
export function start({ codec, framerate, maxSeconds, sides, screen, boxPath, pidFile }) {
  const even = sides.map((side) => 2 * Math.ceil(side / 2));
  const isPadded = String(even) !== String(sides);
  return {
    command: "start",
    holds: [
      ["nohup", "ffmpeg"],
      ["-loglevel", "error", "-y"],
      ["-f", "x11grab"],
      ["-draw_mouse", "1"],
      ["-framerate", framerate],
      ["-video_size", sides.join("x")],
      ["-i", screen],
      ["-t", maxSeconds],
      ...(isPadded ? [["-vf", `pad=${even.join(":")}`]] : []),
      ...(codec === "vp9-webm"
        ? [
            ["-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "32", "-row-mt", "1"],
            ["-deadline", "realtime"],
            ["-cpu-used", "8"],
          ]
        : [
            ["-c:v", "libx264", "-preset", "veryfast"],
            ["-movflags", "+faststart"],
          ]),
      ["-pix_fmt", "yuv420p"],
      [boxPath, "<", "/dev/null"],
      [logOf(boxPath), "2", ">&", "1", "&", "echo", "$!", ">", pidFile],
    ],
    lacks: isPadded ? [] : ["-vf"],
  };
}

/**
 * @param {string} pidFile
 * @returns {Wanted}
 */
export function stop(pidFile) {
  return { command: "stop", holds: [["kill", "-INT"], [pidFile]], lacks: [] };
}

/**
 * @param {string} boxPath
 * @returns {Wanted}
 */
export function size(boxPath) {
  return { command: "size", holds: [["stat", "-c", "%s", boxPath]], lacks: [] };
}

/**
 * @param {string} boxPath
 * @param {boolean} [isInPieces]
 * @returns {Wanted}
 */
export function payload(boxPath, isInPieces = false) {
  const words = isInPieces ? [boxPath] : ["base64", boxPath];
  return { command: "payload", holds: [words], lacks: [] };
}

/**
 * @param {string} boxPath
 * @returns {Wanted}
 */
export function log(boxPath) {
  return { command: "log", holds: [[logOf(boxPath)]], lacks: [] };
}

/**
 * @param {string} boxPath
 * @param {string} pidFile
 * @returns {Wanted}
 */
export function remove(boxPath, pidFile) {
  return { command: "delete", holds: [["rm", "-f", boxPath, pidFile, logOf(boxPath)]], lacks: [] };
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
      const [framerate, width, height, screen = "", maxSeconds, encoder, boxPath = ""] = words;
      return start({
        codec: encoder === "libvpx-vp9" ? "vp9-webm" : "h264-mp4",
        framerate: Number(framerate),
        maxSeconds: Number(maxSeconds),
        sides: [Number(width), Number(height)],
        screen,
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
    /-framerate (\S+) -video_size (\d+)x(\d+) -i (\S*) -t (\S+) -c:v (\S+) .* (\S+) <\/dev\/null .* > (\S+)$/,
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
  const [bash, option, script, ...others] = wordsOf(cmd);
  if (bash?.raw !== "bash" || option?.raw !== "-lc" || others.length > 0) {
    return ["it is not one script for a login shell"];
  }
  const words = wordsOf(script?.read ?? "");
  const isWord = (/** @type {number} */ at, /** @type {string | number} */ wanted) => {
    const { raw = "", read = undefined } = words[at] ?? {};
    if (typeof wanted === "number") return /^[\d.]+$/.test(raw) && Number(raw) === wanted;
    return read === wanted && (raw === read || !PLAIN.test(wanted));
  };
  const stands = (/** @type {(string | number)[]} */ wanted) =>
    words.some((_, at) => wanted.every((word, index) => isWord(at + index, word)));
  return [
    ...(commandOf(cmd) === command ? [] : [`it is taken for: ${commandOf(cmd)}`]),
    ...holds.filter((wanted) => !stands(wanted)).map((words) => `it lacks: ${words.join(" ")}`),
    ...lacks.filter((word) => stands([word])).map((word) => `it holds: ${word}`),
  ];
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
