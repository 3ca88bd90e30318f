// Runs one scenario on a module and writes down everything that can be observed from outside.
import { isDeepStrictEqual } from "node:util";
import { vi } from "vitest";

/**
 * @typedef {typeof import("../../index.js")} Api
 * @typedef {{ get: string } | { call: string, args: any[], onSession: boolean }} Event
 * @typedef {{ transcript: Event[], outcome: any }} Observation
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {(log: Event[]) => any} session
 * @property {(api: Api, session: any) => unknown} run
 */

/** When it is at first. */
export const EPOCH_MS = 1_700_000_000_000;
/** How much later it is after each call of the session. */
export const CALL_MS = 1_500;

/**
 * @param {Api} api
 * @param {Scenario} scenario
 * @returns {Promise<Observation>}
 */
export async function observe(api, scenario) {
  /** @type {Event[]} */
  const transcript = [];
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: EPOCH_MS });
  try {
    const session = scenario.session(transcript);
    const outcome = await outcomeOf(api, () => scenario.run(api, session));
    return { transcript, outcome };
  } finally {
    vi.useRealTimers();
  }
}

/**
 * @param {Api} api
 * @param {() => unknown} run
 */
export async function outcomeOf(api, run) {
  /** @type {unknown} */
  let promise;
  try {
    promise = run();
  } catch (error) {
    return { threw: describeError(api, error) };
  }
  const isPromise = promise instanceof Promise;
  try {
    return { [isPromise ? "resolved" : "returned"]: describe(await promise) };
  } catch (error) {
    return { rejected: describeError(api, error) };
  }
}

/** A stand-in for values that are thrown, told apart by identity. */
export class Token {
  /** @param {string} label */
  constructor(label) {
    this.label = label;
  }
}

/**
 * @param {unknown} value
 * @returns {any} JSON
 */
export function describe(value) {
  if (value === undefined) return { undefined: true };
  if (typeof value === "symbol") return { symbol: value.description };
  if (typeof value === "bigint") return { bigint: `${value}` };
  if (typeof value === "function") return { function: value.name };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: `${value}` };
  if (value instanceof Token) return { token: value.label };
  if (ArrayBuffer.isView(value)) {
    const view = /** @type {Uint8Array} */ (value);
    return {
      type: view.constructor.name,
      ownsBuffer: view.byteOffset === 0 && view.buffer.byteLength === view.byteLength,
      base64: Buffer.from(view).toString("base64"),
    };
  }
  if (Array.isArray(value)) return value.map(describe);
  if (value instanceof Error) return { error: value.name, message: value.message };
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([key, field]) => [key, describe(field)]);
  }
  return value;
}

/**
 * @param {Api} api
 * @param {unknown} error
 */
export function describeError(api, error) {
  if (!(error instanceof Error)) return describe(error);
  const { constructor, message } = error;
  /** @type {any} */
  const { [constructor.name]: own } = api;
  const type = { Error, TypeError, RangeError }[constructor.name] ?? own;
  return {
    class: type === constructor ? constructor.name : `another ${constructor.name}`,
    message,
    own: Object.entries(error).map(([key, value]) => [key, describe(value)]),
    ...(isDeepStrictEqual(error.cause, undefined) ? {} : { cause: describe(error.cause) }),
  };
}
