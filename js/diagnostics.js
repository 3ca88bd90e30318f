import { channel } from "node:diagnostics_channel";
import { fieldOf } from "./fields.js";

/** @typedef {import("../index.js").DiagnosticsEvent} DiagnosticsEvent */

const CHANNELS = {
  recording: channel("opengeni:recording"),
  routing: channel("opengeni:routing"),
  control: channel("opengeni:control"),
};

/** The number of operations that were reported. */
let reports = 0;

logIfDebugged();

/**
 * Whether anybody subscribes to a channel.
 *
 * @param {keyof typeof CHANNELS} name
 */
export function isObserved(name) {
  return CHANNELS[name].hasSubscribers;
}

/**
 * Runs an operation. Where somebody subscribes to the channel, its begin and its end are published. An
 * event has neither arguments nor messages, which may hold secrets.
 *
 * @template T
 * @param {keyof typeof CHANNELS} name
 * @param {string} operation
 * @param {object} details What is known at the begin.
 * @param {() => Promise<T>} body
 * @param {(result: T) => object} [outcome] Returns what is known at the end.
 * @returns {Promise<T>}
 */
export function observed(name, operation, details, body, outcome) {
  const events = CHANNELS[name];
  return events.hasSubscribers ? publishing(events, operation, details, body, outcome) : body();
}

/**
 * @template T
 * @param {import("node:diagnostics_channel").Channel} events
 * @param {string} operation
 * @param {object} details
 * @param {() => Promise<T>} body
 * @param {(result: T) => object} [outcome]
 */
async function publishing(events, operation, details, body, outcome) {
  const common = { id: ++reports, operation, ...details };
  const start = performance.now();
  const publish = (/** @type {"end" | "error"} */ event, /** @type {object} */ more) =>
    events.publish({ event, ...common, ms: performance.now() - start, ...more });
  events.publish({ event: "begin", ...common });
  let result;
  try {
    result = await body();
  } catch (error) {
    publish("error", { error: identityOf(error) });
    throw error;
  }
  publish("end", outcome?.(result) ?? {});
  return result;
}

/**
 * The fields of a thrown value that tell its kind.
 *
 * @param {any} error
 */
function identityOf(error) {
  /** @type {Record<string, string | number>} */
  const identity = {};
  for (const key of ["name", "code", "reason"]) {
    const value = fieldOf(error, key);
    if (typeof value === "string" || typeof value === "number") identity[key] = value;
  }
  return identity;
}

/** Writes the events to standard error where NODE_DEBUG has the word `opengeni`. */
function logIfDebugged() {
  const { debuglog, inspect } = process.getBuiltinModule("node:util");
  const log = debuglog("opengeni");
  if (!log.enabled) return;
  for (const events of Object.values(CHANNELS)) {
    events.subscribe((event, name) => {
      log("%s %s", name, inspect(event, { breakLength: Infinity, compact: true }));
    });
  }
}
