// Measures the stalls of the event loop, and separates them by their cause.
import { createHook } from "node:async_hooks";
import { openSync, readSync } from "node:fs";

/**
 * A probe: an interval of 1 ms that measures the time between its ticks.
 *
 * @param {(() => number)[]} others The total times, in milliseconds, for which others have kept this
 *   thread. They may overlap.
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
    /** Starts a new measurement. */
    reset() {
      tick();
      [stall, own] = [0, 0];
    },
    /** The longest time between two ticks, and the longest without the time of others. */
    stop() {
      clearInterval(interval);
      return { stall, own };
    },
  };
}

/**
 * Returns the total time for which this thread was ready to run and no core was free, in milliseconds. It
 * is known on Linux only.
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
 * Measures the work of a session on this thread: its methods until they return, and what they cause later,
 * such as the events of the processes that it starts.
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
    /** The total time of its work, in milliseconds. */
    total() {
      turn(isTheirs);
      return total;
    },
  };
}
