import { toThrow } from "./errors.js";
import { decodePayload } from "./payload.js";
import { text } from "./text.js";

/**
 * @typedef {import("../binding.js").OperationFlow} OperationFlow
 * @typedef {import("./errors.js").Failure} Failure
 *
 * @typedef {object} ExecArgs
 * @property {string} cmd
 * @property {string} [runAs]
 * @property {number} yieldTimeMs
 * @property {number | null} maxOutputTokens
 *
 * @typedef {{ effect: "canExec" } | { effect: "now" }} Question
 * @typedef {{ effect: "exec", args: ExecArgs, hold: boolean }} Exec
 * @typedef {{ effect: "decode", stream: "stdout" | "output", capacity: number }} Decode
 * @typedef {{ effect?: undefined, done?: any, failed?: Failure }} End
 * @typedef {Question | Exec | Decode | End} Step What a flow wants next, or what it came to.
 *
 * @typedef {() => string} Carry Hands the outcome of an effect to the flow, and gives its
 *   next step as JSON.
 */

/** @type {(json: string) => Step} */
const parse = JSON.parse;

/**
 * What an operation without effects came to, or the throw of why it failed.
 *
 * @param {string} json Its only step.
 */
export function finish(json) {
  return settle(parse(json), []);
}

/**
 * What an operation came to, or the throw of why it failed.
 *
 * @param {Step} end
 * @param {unknown[]} thrown What the session threw, by number.
 */
function settle(end, thrown) {
  const { done, failed } = /** @type {End} */ (end);
  if (failed !== undefined) {
    throw toThrow(failed, thrown);
  }
  return done;
}

/**
 * The first step of an operation, or the throw of why its input is refused.
 *
 * @param {OperationFlow} flow
 */
export function begin(flow) {
  const step = parse(flow.start());
  if (step.effect === undefined) settle(step, []);
  return step;
}

/**
 * Steps an operation to its end: performs each effect on the session, and carries the outcome back.
 *
 * @param {OperationFlow} flow
 * @param {any} session
 * @param {Step} step The first, of a flow that has begun.
 * @returns {Promise<{ done: any, bytes: Uint8Array | undefined }>} What the operation came to, and
 *   the bytes it decoded.
 */
export async function drive(flow, session, step = begin(flow)) {
  /** @type {unknown[]} */
  const thrown = [];
  const hands = new Hands(flow, session);
  while (step.effect !== undefined) {
    /** @type {Carry} */
    let carry;
    try {
      const performed = hands[step.effect](/** @type {any} */ (step));
      // What needs no waiting takes none: the first command runs before the caller's next line.
      carry = typeof performed === "function" ? performed : await performed;
    } catch (error) {
      const number = thrown.push(error) - 1;
      carry = () => flow.thrown(number);
    }
    step = parse(carry());
  }
  return { done: settle(step, thrown), bytes: hands.bytes };
}

/** Performs the effects of one operation, each in the method of its name. */
class Hands {
  /** @type {Uint8Array | undefined} */
  bytes;
  /** @type {{ output?: string | undefined, stdout?: string | undefined }} */
  #held = {};
  #flow;
  #session;

  /**
   * @param {OperationFlow} flow
   * @param {any} session
   */
  constructor(flow, session) {
    this.#flow = flow;
    this.#session = session;
  }

  /** @returns {Carry} */
  canExec() {
    const can = this.#channel() !== undefined;
    return () => this.#flow.canExec(can);
  }

  /** @returns {Carry} */
  now() {
    return () => this.#flow.now(Date.now());
  }

  /**
   * @param {Exec} effect
   * @returns {Promise<Carry>}
   */
  async exec({ args, hold }) {
    const channel = this.#channel();
    if (channel === undefined) {
      return () => this.#flow.unavailable();
    }
    // A session may answer otherwise at every look-up; what it answers now is called.
    const run = this.#session[channel];
    if (typeof run !== "function") {
      throw new TypeError(`session.${channel} is not a function`);
    }
    const result = await Reflect.apply(run, this.#session, [args]);
    const isText = typeof result === "string";
    const output = isText ? result : text(result.output);
    const stderr = isText ? undefined : text(result.stderr);
    const stdout = isText ? undefined : text(result.stdout);
    const sessionId = isText ? undefined : aside(result, "sessionId");
    const exitCode = isText ? undefined : aside(result, "exitCode");
    if (hold) {
      this.#held = { output, stdout };
      return () => this.#flow.held(output?.length, stderr, stdout?.length, sessionId, exitCode);
    }
    return () => this.#flow.replied(output, stderr, stdout, sessionId, exitCode);
  }

  /**
   * @param {Decode} effect
   * @returns {Promise<Carry>}
   */
  async decode({ stream, capacity }) {
    const held = /** @type {string} */ (this.#held[stream]);
    this.#held = {};
    const { bytes, decoder } = await decodePayload(held, capacity);
    this.bytes = bytes;
    return () => this.#flow.decoded(decoder);
  }

  /** The session's method for running commands, looked up anew for every call. */
  #channel() {
    if (typeof this.#session.exec === "function") {
      return "exec";
    }
    return typeof this.#session.execCommand === "function" ? "execCommand" : undefined;
  }
}

/**
 * A number beside the texts of a result. It only ever explains a failure, and makes none.
 *
 * @param {any} result
 * @param {"sessionId" | "exitCode"} key
 */
function aside(result, key) {
  try {
    const value = result[key];
    return typeof value === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}
