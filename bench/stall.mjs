// How long the event loop stands still, and through whom.
import { createHook } from "node:async_hooks";
import { openSync, readSync } from "node:fs";

/**
 * An interval of 1 ms that watches its own ticks.
 *
 * @param {(() => number)[]} others For how many milliseconds others have kept this thread so far, by
 *   several accounts of which one may include another.
 */
export function startProbe(...others) {
  const accounts = () => [performance.now(), ...others.map((other) => other())];
  let [last, stall, own] = [accounts(), 0, 0];
  const tick = () => {
    const next = accounts();
    const [all = 0, ...theirs] = next.map((value, at) => value - (last[at] ?? 0));
    stall = Math.max(stall, all);
    own = Math.max(own, all - Math.max(0, ...theirs));
    last = next;
  };
  const interval = setInterval(tick, 1);
  return {
    /** Has it begin anew. */
    reset() {
      tick();
      [stall, own] = [0, 0];
    },
    /** The longest time between two ticks, and the longest of which no other account tells. */
    stop() {
      clearInterval(interval);
      return { stall, own };
    },
  };
}

/**
 * Tells for how many milliseconds this thread was ready to run, and no core was free. Only Linux does.
 *
 * @returns {() => number}
 */
export function watchWaits() {
  /** @type {number} */
  let file;
  try {
    file = openSync("/proc/self/schedstat", "r");
  } catch {
    return () => 0;
  }
  const text = Buffer.alloc(64);
  return () => {
    const length = readSync(file, text, 0, text.length, 0);
    return Number(text.toString("latin1", 0, length).split(" ")[1]) / 1e6;
  };
}

/**
 * Tells the work of a session on this thread from all other: what its methods do until they return,
 * and all that comes of it later, as the events of the processes that it starts.
 */
export function watchWork() {
  /** @type {Set<number>} */
  const theirs = new Set();
  /** @type {boolean[]} */
  const outer = [];
  let [isTheirs, since, total] = [false, performance.now(), 0];
  const turn = (/** @type {boolean} */ next) => {
    const now = performance.now();
    if (isTheirs) total += now - since;
    [isTheirs, since] = [next, now];
  };
  createHook({
    init(id) {
      if (isTheirs) theirs.add(id);
    },
    before(id) {
      outer.push(isTheirs);
      turn(theirs.has(id));
    },
    after() {
      turn(outer.pop() ?? false);
    },
    destroy(id) {
      theirs.delete(id);
    },
  }).enable();
  return {
    /**
     * @template T
     * @param {() => T} work
     */
    run(work) {
      const before = isTheirs;
      turn(true);
      try {
        return work();
      } finally {
        turn(before);
      }
    },
    /** For how long it has been at work, in milliseconds. */
    total() {
      turn(isTheirs);
      return total;
    },
  };
}
