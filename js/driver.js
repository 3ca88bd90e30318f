import { remember } from "./channels.js";
import { toThrow } from "./errors.js";
import core from "../native.js";
import { decodePayload, digestsOf } from "./payload.js";
import { text } from "./text.js";

/**
 * @typedef {import("./errors.js").Failure} Failure
 *
 * @typedef {["canExec"] | ["now"] | ["inspect"]} Question
 * @typedef {["exec" | "execHeld", cmd: string, yieldTimeMs: number, maxOutputTokens: number | null, runAs: string | null]} Exec
 * @typedef {["decode", stream: "stdout" | "output", offset: number, length: number, total: number]} Decode
 * @typedef {["digest", spans: number[]]} Digest
 * @typedef {["remember", through: number, patience: number]} Remember
 * @typedef {Question | Exec | Decode | Digest | Remember | string} Step An effect with its arguments,
 *   or JSON of the end.
 * @typedef {{ done?: any, failed?: Failure }} End What an operation came to, or why it failed.
 *
 * @typedef {{ number: number }} Slot Where the core steps an operation.
 * @typedef {{ slot: Slot, step: Step }} Operation An operation, and what it wants next.
 *
 * @typedef {() => any} Carry Hands the outcome of an effect to the core, which gives the next step.
 */

/**
 * Slots whose operations have ended, for the next ones.
 *
 * @type {Slot[]}
 */
const idle = [];
/** How many idle ones are kept. */
const KEPT = 64;
/** An operation may wait for a command that never ends, until nobody knows of it any more. */
const forgotten = new FinalizationRegistry(core.releaseSlot);

/** @returns {Slot} */
function reserveSlot() {
  const slot = { number: core.reserveSlot() };
  forgotten.register(slot, slot.number);
  return slot;
}

/** @param {Slot} slot */
function reuse(slot) {
  if (idle.length < KEPT) idle.push(slot);
}

/**
 * What an operation without effects came to, or the throw of why it failed.
 *
 * @param {string} json Its end.
 */
export function finish(json) {
  return settle(json, []);
}

/**
 * @param {string} json
 * @param {unknown[]} thrown What the session threw, by number.
 */
function settle(json, thrown) {
  const { done, failed } = /** @type {End} */ (JSON.parse(json));
  if (failed !== undefined) {
    throw toThrow(failed, thrown);
  }
  return done;
}

/**
 * An operation that has begun, or the throw of why its input is refused.
 *
 * @param {(slot: number) => any} enter
 * @returns {Operation}
 */
export function begin(enter) {
  const slot = idle.pop() ?? reserveSlot();
  /** @type {Step} */
  const step = enter(slot.number);
  if (typeof step === "string") {
    reuse(slot);
    settle(step, []);
  }
  return { slot, step };
}

/**
 * Steps an operation to its end: performs each effect on the session, and carries the outcome back.
 *
 * @param {Operation} operation
 * @param {any} session
 * @returns {Promise<{ done: any, bytes: Uint8Array | undefined }>} What the operation came to, and
 *   the bytes it decoded.
 */
export async function drive({ slot, step }, session) {
  /** @type {unknown[]} */
  const thrown = [];
  const hands = new Hands(slot.number, session);
  while (typeof step !== "string") {
    /** @type {Carry} */
    let carry;
    try {
      const performed = hands[step[0]](/** @type {any} */ (step));
      // What needs no waiting takes none: the first command runs before the caller's next line.
      carry = typeof performed === "function" ? performed : await performed;
    } catch (error) {
      const number = thrown.push(error) - 1;
      carry = () => core.answerThrown(slot.number, number);
    }
    step = carry();
  }
  reuse(slot);
  return { done: settle(step, thrown), bytes: hands.bytes };
}

/** From how many bytes on an array has pages of its own, whatever the engine allocates with. */
const LONG = 1 << 25;

/** @param {number} length */
function newArray(length) {
  const array = new Uint8Array(length);
  if (length > LONG) core.keepFromForks(array);
  return array;
}

/** Performs the effects of one operation, each in the method of its name. */
class Hands {
  /** @type {Uint8Array<ArrayBuffer> | undefined} */
  bytes;
  /** @type {{ output?: string | undefined, stdout?: string | undefined }} */
  #held = {};
  #slot;
  #session;

  /**
   * @param {number} slot
   * @param {any} session
   */
  constructor(slot, session) {
    this.#slot = slot;
    this.#session = session;
  }

  /** @returns {Carry} */
  canExec() {
    const can = this.#channel() !== undefined;
    return () => core.answerCanExec(this.#slot, can);
  }

  /** @returns {Carry} */
  now() {
    return () => core.answerNow(this.#slot, Date.now(), performance.now());
  }

  /**
   * @param {Exec} effect
   * @returns {Promise<Carry>}
   */
  async exec([name, cmd, yieldTimeMs, maxOutputTokens, runAs]) {
    const channel = this.#channel();
    if (channel === undefined) {
      return () => core.answerUnavailable(this.#slot);
    }
    // A session may answer otherwise at every look-up; what it answers now is called.
    const run = this.#session[channel];
    if (typeof run !== "function") {
      throw new TypeError(`session.${channel} is not a function`);
    }
    const args =
      runAs === null
        ? { cmd, yieldTimeMs, maxOutputTokens }
        : { cmd, runAs, yieldTimeMs, maxOutputTokens };
    const result = await Reflect.apply(run, this.#session, [args]);
    const all = text(result);
    const isText = all !== undefined;
    const output = isText ? all : text(result.output);
    const stderr = isText ? undefined : text(result.stderr);
    const stdout = isText ? undefined : text(result.stdout);
    const sessionId = isText ? undefined : aside(result, "sessionId");
    const exitCode = isText ? undefined : aside(result, "exitCode");
    if (name === "exec") {
      return () => core.answerReplied(this.#slot, output, stderr, stdout, sessionId, exitCode);
    }
    this.#held = { output, stdout };
    return () =>
      core.answerHeld(this.#slot, output?.length, stderr, stdout?.length, sessionId, exitCode);
  }

  /** @param {Exec} effect */
  execHeld(effect) {
    return this.exec(effect);
  }

  /**
   * @param {Decode} effect
   * @returns {Promise<Carry>}
   */
  async decode([, stream, offset, length, total]) {
    const held = /** @type {string} */ (this.#held[stream]);
    this.#held[stream] = undefined;
    const place = await decodePayload(this.#slot, held, () => this.#room(offset, length, total));
    return () => core.answerDecoded(this.#slot, place);
  }

  /**
   * A part of the bytes, of which there are `total` from now on.
   *
   * @param {number} offset
   * @param {number} length
   * @param {number} total
   */
  #room(offset, length, total) {
    const before = this.bytes;
    const bytes = before && before.length >= total ? before : newArray(total);
    if (before && before !== bytes) bytes.set(before);
    this.bytes = bytes;
    const isAll = offset === 0 && length === bytes.length;
    return isAll ? bytes : bytes.subarray(offset, offset + length);
  }

  /**
   * @param {Digest} effect
   * @returns {Promise<Carry>}
   */
  async digest([, spans]) {
    const digests = await digestsOf(this.#decoded(), spans);
    return () => core.answerDigested(this.#slot, digests);
  }

  /** @returns {Carry} */
  inspect() {
    return () => core.answerInspected(this.#slot, this.#decoded());
  }

  #decoded() {
    return this.bytes ?? new Uint8Array(0);
  }

  /**
   * @param {Remember} effect
   * @returns {Carry}
   */
  remember([, through, patience]) {
    remember(this.#session, [through, patience]);
    return () => core.answerRemembered(this.#slot);
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
