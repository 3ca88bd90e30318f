import { clearTimeout, setTimeout } from "node:timers";
import { toThrow } from "./errors.js";
import core from "../native.js";

/**
 * @typedef {import("./errors.js").Failure} Failure
 * @typedef {import("../boundary.js").Operations} Operations
 * @typedef {import("../boundary.js").Questions} Questions
 *
 * @typedef {[number: number, method: string, ...args: any[]]} Call What the core asks for.
 * @typedef {string | Call | Call[]} Step The end as JSON, one call, or several.
 *
 * @typedef {{ number: number, guard: object }} Slot Where the core steps an operation. The core forgets
 *   the slot when its guard is garbage.
 *
 * @typedef {Record<string, any>} Host Performs the calls of an operation, each in the method of its
 *   name, with up to four arguments and the number of the slot. What it returns, or what that promise
 *   resolves to, is the answer.
 */

/**
 * The slots of operations that have ended, for the next ones: a slot takes longer to make than most
 * operations do.
 *
 * @type {Slot[]}
 */
const idle = [];
/** How many idle ones are kept. */
const KEPT = 64;

/** @returns {Slot} */
function newSlot() {
  const guard = core.reserve();
  return { number: core.numberOf(guard), guard };
}

/** An answer that is more than plain data: it is handed to the core by a function of its own. */
export class Handover {
  /** @param {(slot: number, number: number) => any} give */
  constructor(give) {
    this.give = give;
  }
}

/**
 * Carries out an operation: performs its calls on a host, and hands the answers back, until it ends.
 *
 * @template {keyof Operations} Name
 * @param {Name} name
 * @param {Operations[Name]["args"]} args
 * @param {Host} host
 * @param {AbortSignal} [signal] Cancels the operation, which may clean up before it rejects with the
 *   signal's reason.
 * @returns {Promise<Operations[Name]["result"]>} What it came to.
 */
export async function run(name, args, host, signal) {
  if (signal?.aborted) throw signal.reason;
  const slot = idle.pop() ?? newSlot();
  /** @type {unknown[]} */
  const thrown = [];
  /** @type {any} */
  let step = core.begin(slot.number, name, args);
  // Mostly one call is open at a time, and an `await` is the fastest way to wait for it.
  while (typeof step !== "string") {
    if (signal || typeof step[0] !== "number" || step[1] === "clock.sleep") {
      step = await new Operation(slot, host, thrown).finish(step, signal);
      break;
    }
    let answer;
    try {
      answer = perform(host, step, slot);
      // What needs no waiting takes none: the first command runs before the caller's next line.
      if (typeof answer?.then === "function") answer = await answer;
    } catch (error) {
      step = core.fail(slot.number, step[0], thrown.push(error) - 1);
      continue;
    }
    step = give(slot, step[0], answer);
  }
  if (idle.length < KEPT) idle.push(slot);
  return settle(step, thrown, host);
}

/**
 * @param {Host} host
 * @param {Call} call
 * @param {Slot} slot
 */
function perform(host, call, slot) {
  return host[call[1]](call[2], call[3], call[4], call[5], slot.number);
}

/**
 * @param {Slot} slot
 * @param {number} number
 * @param {unknown} answer
 */
function give(slot, number, answer) {
  return answer instanceof Handover
    ? answer.give(slot.number, number)
    : core.answer(slot.number, number, answer, ...clocks());
}

/**
 * The time since the Unix epoch and by a clock that only goes on, both in milliseconds: a number,
 * whatever a caller's fake of a clock gives.
 *
 * @returns {[epochMs: number, steadyMs: number]}
 */
export function clocks() {
  const [epochMs, steadyMs] = [Date.now(), performance.now()];
  return [
    typeof epochMs === "number" ? epochMs : new Date().getTime(),
    typeof steadyMs === "number" ? steadyMs : NaN,
  ];
}

/** An operation that has several calls open at once, sleeps, or can be cancelled. */
class Operation {
  #slot;
  #host;
  #thrown;
  #hasEnded = false;
  /** How often the core was stepped. */
  #turn = 0;
  /** @type {Map<number, NodeJS.Timeout>} */
  #timers = new Map();
  /** @type {(end: string) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};

  /**
   * @param {Slot} slot
   * @param {Host} host
   * @param {unknown[]} thrown
   */
  constructor(slot, host, thrown) {
    this.#slot = slot;
    this.#host = host;
    this.#thrown = thrown;
  }

  /**
   * Goes on from a step to the end.
   *
   * @param {Step} step
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>}
   */
  async finish(step, signal) {
    const abort = () => {
      const reason = this.#thrown.push(signal?.reason) - 1;
      this.#take(() => core.cancel(this.#slot.number, reason));
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        [this.#resolve, this.#reject] = [resolve, reject];
        this.#take(() => step);
      });
    } finally {
      // What is still open is left to itself: its slot may be another operation's soon.
      this.#hasEnded = true;
      for (const timer of this.#timers.values()) clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** @param {() => any} next */
  #take(next) {
    if (this.#hasEnded) return;
    const turn = ++this.#turn;
    try {
      /** @type {Step} */
      const step = next();
      if (typeof step === "string") {
        this.#hasEnded = true;
        this.#resolve(step);
      } else if (typeof step[0] === "number") {
        void this.#perform(/** @type {Call} */ (step));
      } else {
        for (const call of /** @type {Call[]} */ (step)) {
          void this.#perform(call);
          // A call that aborts the signal has cancelled those after it.
          if (this.#turn !== turn) break;
        }
      }
    } catch (error) {
      this.#hasEnded = true;
      this.#reject(error);
    }
  }

  /** @param {Call} call */
  async #perform(call) {
    const [number, method, ms] = call;
    if (method === "drop") {
      clearTimeout(this.#timers.get(number));
      return this.#timers.delete(number);
    }
    let answer;
    try {
      answer = await (method === "clock.sleep"
        ? this.#sleep(number, ms)
        : perform(this.#host, call, this.#slot));
    } catch (error) {
      return this.#take(() => core.fail(this.#slot.number, number, this.#thrown.push(error) - 1));
    }
    // Nobody waits for a sleep that was dropped.
    if (method === "clock.sleep" && !this.#timers.delete(number)) return;
    this.#take(() => give(this.#slot, number, answer));
  }

  /**
   * Waits, without keeping the process alive for it.
   *
   * @param {number} number
   * @param {number} ms
   */
  #sleep(number, ms) {
    return new Promise((resolve) => {
      this.#timers.set(number, setTimeout(resolve, ms).unref());
    });
  }
}

/**
 * The answer to a question that needs nothing from outside, or the throw of why there is none.
 *
 * @template {keyof Questions} Name
 * @param {Name} name
 * @param {Questions[Name]["args"]} args
 * @returns {Questions[Name]["result"]}
 */
export function ask(name, ...args) {
  return settle(core.ask(name, args));
}

/**
 * The answer to a question about what a caller has passed as it is, or the throw of why there is none.
 *
 * @param {string} name
 * @param {unknown[]} args
 * @returns {any}
 */
export function inquire(name, ...args) {
  return settle(core.inquire(name, args));
}

/**
 * What was done without a call, or the throw of why it failed.
 *
 * @param {string} json Its end.
 */
export function finish(json) {
  return settle(json);
}

/**
 * @param {string} json
 * @param {unknown[]} [thrown]
 * @param {import("./errors.js").Answered} [host] What has the agent's answer, where one was asked.
 */
function settle(json, thrown = [], host = {}) {
  /** @type {{ done?: any, failed: Failure }} */
  const end = JSON.parse(json);
  // What every object inherits is no failure.
  if (Object.hasOwn(end, "failed")) throw toThrow(end.failed, thrown, host);
  return end.done;
}

/**
 * An operation that gives items, as a stream: one is asked for when the one before it is taken.
 *
 * @template {keyof Operations} Name
 * @param {Name} name
 * @param {Operations[Name]["args"]} args
 * @param {Host} host Of this operation alone: it gets the method `item`.
 * @returns {ReadableStream<any>}
 */
export function stream(name, args, host) {
  const cancelled = new AbortController();
  /** @type {() => void} */
  let taken = () => {};
  /** @type {Promise<void>} */
  let ended;
  return new ReadableStream(
    {
      start(controller) {
        host["item"] = (/** @type {unknown} */ value) =>
          new Promise((resolve) => {
            // Whoever waits for an item takes it at once.
            taken = () => resolve(undefined);
            controller.enqueue(value);
          });
        ended = run(name, args, host, cancelled.signal).then(
          () => {
            // What is cancelled is closed already.
            if (!cancelled.signal.aborted) controller.close();
          },
          (error) => controller.error(error),
        );
      },
      pull() {
        taken();
      },
      cancel(reason) {
        cancelled.abort(reason);
        return ended;
      },
    },
    { highWaterMark: 1 },
  );
}
