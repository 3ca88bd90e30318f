// How the corrections change what the old module does, where it is otherwise right.

/**
 * @typedef {import("./run.js").Observation} Observation
 * @typedef {import("./run.js").Event} Event
 */

const LOG_TAIL = "bash -lc 'echo; echo Output:; tail -c 2000 /tmp/og-rec-r1.log 2>/dev/null'";

/**
 * What the new module should be seen to do where the old one was seen to do `old`.
 *
 * @param {Observation} old
 * @param {number} [sizeIs] What the box said of the file's size; NaN where it was no number.
 * @returns {Observation}
 */
export function corrected(old, sizeIs = NaN) {
  const { transcript, outcome } = structuredClone(old);
  for (const event of transcript) {
    if ("call" in event) event.args[0].cmd = correctedCommand(event.args[0].cmd);
  }
  const size = transcript.length > 0 ? outcome.rejected?.message : undefined;
  const isMissing = /recording file missing on box/.test(size);
  const isEmpty = /recording file empty on box/.test(size) && sizeIs === 0;
  if (isMissing || isEmpty) {
    // The log is asked for, in the way the size was; here it says nothing.
    transcript.push(...asked(transcript, LOG_TAIL));
    outcome.rejected.own[0][1] = "box-death";
  }
  return { transcript, outcome };
}

/** @param {string} cmd */
export function correctedCommand(cmd) {
  return cmd
    .replace("-loglevel error -f x11grab", "-loglevel error -y -f x11grab")
    .replace(
      /(kill -0 "(\$\(cat [^)]+\))" 2>\/dev\/null \|\| break;) sleep/,
      '$1 grep -q "^State:.Z" "/proc/$2/status" 2>/dev/null && break; sleep',
    );
}

/**
 * The events of one more command, like those of the last one.
 *
 * @param {Event[]} transcript
 * @param {string} cmd
 * @returns {Event[]}
 */
function asked(transcript, cmd) {
  const last = transcript.findLastIndex((event) => "call" in event);
  const call = /** @type {any} */ (structuredClone(transcript[last]));
  const lookups = call.call.startsWith("exec ") ? [] : [{ get: "exec" }, { get: "exec" }];
  call.args[0].cmd = cmd;
  return [...lookups, call];
}
