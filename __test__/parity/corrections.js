// How the corrections change what the old module does, where it is otherwise right.
import { asWanted, log, wantedFor } from "./commands.js";

/**
 * @typedef {import("./run.js").Observation} Observation
 * @typedef {import("./run.js").Event} Event
 */

/**
 * What the new module should be seen to do where the old one was seen to do `old`, with what is wanted
 * in place of each command.
 *
 * @param {Observation} old
 * @returns {{ transcript: any[], outcome: any }}
 */
export function corrected(old) {
  const { transcript, outcome } = structuredClone(old);
  const events = transcript.map(apart).map((event) => {
    return event.cmd === undefined ? event : { ...event, cmd: wantedFor(event.cmd) };
  });
  const size = events.length > 0 ? outcome.rejected?.message : undefined;
  if (/recording file (missing|empty) on box/.test(size)) {
    // The log is asked for, in the way the size was; here it says nothing.
    const [, path = ""] = /on box: (.*)/.exec(size) ?? [];
    events.push(...asked(events, log(path)));
    outcome.rejected.own[0][1] = "box-death";
  }
  return { transcript: events, outcome };
}

/**
 * What was seen, with what is wanted in place of each command that is so.
 *
 * @param {Observation} seen
 * @param {{ transcript: any[] }} expected
 */
export function inTermsOf({ transcript, outcome }, expected) {
  const events = transcript.map((event, at) => asWanted(apart(event), expected.transcript[at]));
  return { transcript: events, outcome };
}

/**
 * An event with its command beside the arguments.
 *
 * @param {any} event
 * @returns {any}
 */
function apart(event) {
  if (!("call" in event)) return event;
  const [args, ...others] = event.args;
  const { cmd, ...rest } = args;
  return { ...event, names: Object.keys(args), args: [rest, ...others], cmd };
}

/**
 * The events of one more command, like those of the last one.
 *
 * @param {any[]} events
 * @param {import("./commands.js").Wanted} cmd
 */
function asked(events, cmd) {
  const last = events.findLast((event) => "call" in event);
  const lookups = last.call.startsWith("exec ") ? [] : [{ get: "exec" }, { get: "exec" }];
  return [...lookups, { ...last, cmd }];
}
