import { clearTimeout, setTimeout } from "node:timers";
import { toThrow } from "./errors.js";
import core from "../native.js";

/**
 * @typedef {import("./errors.js").Failure} Failure
 * @typedef {import("../boundary.js").Operations} Operations
 * @typedef {import("../boundary.js").Questions} Questions
 *
 * @typedef {[number: number, method: string, ...args: any[]]} Call A call that the core asks for.
 * @typedef {string | Call | Call[]} Step The end as JSON, one call, or several.
 *
 * @typedef {{ number: number, guard: object }} Slot The place of an operation in the core. The core frees
 *   the slot when its guard is collected.
 *
 * @typedef {Record<string, any>} Host Performs the calls of an operation. Each call has a method of its
 *   name, which gets up to five arguments and the number of the slot. It returns the answer, or a promise
 *   of it.
 */

/**
 * Slots of ended operations, for later ones. Making a slot takes longer than most operations.
 *
 * @type {Slot[]}
 */
const idle = [];
/** The greatest number of idle slots that are kept. */
const KEPT = 64;

/** The waits of the driver's own clock, and whether each keeps the process alive. */
const WAITS = new Map([
  ["clock.sleep", false],
  ["clock.pause", true],
]);

/** The call that uses the slot itself until it settles, also after the end of its operation. */
const USES_SLOT = "bytes.decode";

/** @returns {Slot} */
function newSlot() {
  const guard = core.reserve();
  return { number: core.numberOf(guard), guard };
}

/** An answer that is more than plain data. It gives itself to the core by a native function of its own. */
export class Handover {
  /** @param {(slot: number, number: number) => any} give */
  constructor(give) {
    this.give = give;
  }
}

/**
 * @typedef {object} Limits
 * @property {import("../index.js").CallSignal | undefined} [signal]
 * @property {number | undefined} [timeoutMs] The time for the whole operation, in milliseconds.
 * @property {AbortSignal} [unread] Another signal: that nobody reads a stream any more.
 */

/** The longest time of a timer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Carries out an operation: performs its calls on a host, and returns the answers to the core, until it
 * ends.
 *
 * @template {keyof Operations} Name
 * @param {Name} name
 * @param {Operations[Name]["args"]} args
 * @param {Host} host
 * @param {Limits} [limits] At their end the operation rejects at once, with the reason of the signal or a
 *   `TimeoutError`. It then cleans up in the background.
 * @returns {Promise<Operations[Name]["result"]>} The result.
 */
export async function run(name, args, host, limits) {
  if (limits?.signal?.aborted) throw limits.signal.reason;
  const isLimited = Object.values(limits ?? {}).some((limit) => limit !== undefined);
  const slot = idle.pop() ?? newSlot();
  /** @type {unknown[]} */
  const thrown = [];
  /** @type {any} */
  let step = core.begin(slot.number, name, args);
  // Usually one call is open, and an `await` is the fastest way to wait for one.
  while (typeof step !== "string") {
    if (isLimited || typeof step[0] !== "number" || WAITS.has(step[1])) {
      return settle(
        await new Operation(slot, host, thrown).finish(step, name, limits),
        thrown,
        host,
      );
    }
    let answer;
    try {
      answer = perform(host, step, slot);
      // An answer that is no promise is not awaited, so the first command runs before the caller's next line.
      if (typeof answer?.then === "function") answer = await answer;
    } catch (error) {
      step = core.fail(slot.number, step[0], thrown.push(error) - 1);
      continue;
    }
    step = give(slot, step[0], answer);
  }
  keep(slot);
  return settle(step, thrown, host);
}

/**
 * Keeps the slot of an ended operation.
 *
 * @param {Slot} slot
 */
function keep(slot) {
  if (idle.length < KEPT) idle.push(slot);
}

/**
 * @param {Host} host
 * @param {Call} call
 * @param {Slot} slot
 */
function perform(host, call, slot) {
  return host[call[1]](call[2], call[3], call[4], call[5], call[6], slot.number);
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
 * The time since the Unix epoch, and the time of a monotonic clock, both in milliseconds. They are numbers
 * even where a caller's fake clock returns other values.
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

/** An operation that has several calls open at once, waits for a time, or has limits. */
class Operation {
  #slot;
  #host;
  #thrown;
  #hasEnded = false;
  /** Whether the core has ended it. */
  #isOver = false;
  /** The number of open calls that use the slot. */
  #uses = 0;
  /** The number of steps of the core. */
  #turn = 0;
  /** @type {Map<number, NodeJS.Timeout>} */
  #timers = new Map();
  /** @type {(end: string) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  #unlimit = () => {};
  /** @type {NodeJS.Timeout | undefined} */
  #deadline;
  /** The number of open calls but those of a reader. */
  #awaited = 0;

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
   * Runs the operation from a step to its end.
   *
   * @param {Step} step
   * @param {string} name
   * @param {Limits} [limits]
   * @returns {Promise<string>}
   */
  finish(step, name, limits) {
    return new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
      this.#limit(name, limits);
      this.#take(() => step);
    });
  }

  /**
   * Cancels the operation at the end of its limits.
   *
   * @param {string} name
   * @param {Limits} [limits]
   */
  #limit(name, { signal, unread, timeoutMs = Infinity } = {}) {
    const cancel = (/** @type {unknown} */ reason) => {
      this.#unlimit();
      this.#reject(reason);
      this.#take(() => core.cancel(this.#slot.number, this.#thrown.push(reason) - 1));
    };
    const abort = () => cancel((unread?.aborted ? unread : signal)?.reason);
    const expire = () =>
      cancel(new DOMException(`${name} has not ended within ${timeoutMs} ms`, "TimeoutError"));
    signal?.addEventListener("abort", abort, { once: true });
    unread?.addEventListener("abort", abort, { once: true });
    if (timeoutMs <= LONGEST_TIMER) this.#deadline = setTimeout(expire, timeoutMs);
    this.#unlimit = () => {
      this.#unlimit = () => {};
      signal?.removeEventListener("abort", abort);
      unread?.removeEventListener("abort", abort);
      clearTimeout(this.#deadline);
    };
  }

  #end() {
    // Calls that are still open get no answer, since the slot may soon belong to another operation.
    this.#hasEnded = true;
    this.#unlimit();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #giveBack() {
    if (this.#isOver && this.#uses === 0) keep(this.#slot);
  }

  /** @param {() => any} next */
  #take(next) {
    if (this.#hasEnded) return;
    const turn = ++this.#turn;
    try {
      /** @type {Step} */
      const step = next();
      if (typeof step === "string") {
        this.#end();
        this.#isOver = true;
        this.#giveBack();
        this.#resolve(step);
      } else if (typeof step[0] === "number") {
        void this.#perform(/** @type {Call} */ (step));
      } else {
        for (const call of /** @type {Call[]} */ (step)) {
          void this.#perform(call);
          // A call that aborts the signal cancels the calls after it.
          if (this.#turn !== turn) break;
        }
      }
    } catch (error) {
      this.#end();
      this.#reject(error);
    }
  }

  /** @param {Call} call */
  async #perform(call) {
    const [number, method, ms] = call;
    if (method === "drop") {
      clearTimeout(this.#timers.get(number));
      this.#timers.delete(number);
      return;
    }
    const keepsAlive = WAITS.get(method);
    if (keepsAlive !== undefined) {
      await this.#wait(number, ms, keepsAlive);
      // The timer of a dropped wait is cleared.
      if (this.#timers.delete(number)) this.#take(() => give(this.#slot, number, undefined));
      return;
    }
    const uses = Number(method === USES_SLOT);
    this.#uses += uses;
    const isAwaited = Number(method !== "item");
    this.#awaited += isAwaited;
    if (isAwaited) this.#deadline?.ref();
    /** @type {() => any} */
    let next;
    try {
      const answer = await perform(this.#host, call, this.#slot);
      next = () => give(this.#slot, number, answer);
    } catch (error) {
      next = () => core.fail(this.#slot.number, number, this.#thrown.push(error) - 1);
    }
    this.#awaited -= isAwaited;
    this.#uses -= uses;
    if (uses > 0) this.#giveBack();
    this.#take(next);
    // A reader who is waited for may never come, and is no reason to keep the process alive.
    if (this.#awaited === 0) this.#deadline?.unref();
  }

  /**
   * @param {number} number
   * @param {number} ms
   * @param {boolean} keepsAlive Whether the timer keeps the process alive.
   */
  #wait(number, ms, keepsAlive) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#timers.set(number, keepsAlive ? timer : timer.unref());
    });
  }
}

/**
 * Asks the core a question about plain data. Returns the answer, or throws the core's error.
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
 * Asks the core a question about a caller's object. Returns the answer, or throws the core's error.
 *
 * @param {string} name
 * @param {unknown[]} args
 * @returns {any}
 */
export function inquire(name, ...args) {
  return settle(core.inquire(name, args));
}

/**
 * Returns the result of an operation that ended without a call, or throws its error.
 *
 * @param {string} json The end of the operation.
 */
export function finish(json) {
  return settle(json);
}

/**
 * @param {string} json
 * @param {unknown[]} [thrown]
 * @param {import("./errors.js").Answered} [host] The host, which has the agent's answer if there is one.
 */
function settle(json, thrown = [], host = {}) {
  /** @type {{ done?: any, failed: Failure }} */
  const end = JSON.parse(json);
  // A field that every object inherits is no failure.
  if (Object.hasOwn(end, "failed")) throw toThrow(end.failed, thrown, host);
  return end.done;
}

/**
 * Returns the items of an operation as a stream. An item is asked for when the item before it is taken.
 *
 * @template {keyof Operations} Name
 * @param {Name} name
 * @param {Operations[Name]["args"]} args
 * @param {Host} host The host of this operation alone. It gets the method `item`. Its method `itemOf` makes the
 *   item of what the core hands out.
 * @param {Limits} [limits]
 * @returns {ReadableStream<any>}
 */
export function stream(name, args, host, limits) {
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
            // A pending read takes the item at once.
            taken = () => resolve(undefined);
            controller.enqueue(host["itemOf"] ? host["itemOf"](value) : value);
          });
        ended = run(name, args, host, { ...limits, unread: cancelled.signal }).then(
          () => {
            // A stream that was cancelled is closed already.
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
