// What ends a program before its time, and what it has to do at the end in any case.
import { constants } from "node:os";

/** A second signal that comes this soon is the first again, as npm passes it on. In milliseconds. */
const SAME_SIGNAL = 500;

/** What the signal of {@link interruption} is aborted with. */
export class Interruption extends Error {
  /** @param {"SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE"} name */
  constructor(name) {
    super(`stopped by ${name}`);
    /** What a shell calls the end of a program by this signal. */
    this.exitCode = 128 + constants.signals[name];
  }
}

/**
 * Listens for what should end this process. The first time that is a wish, which the program meets in
 * its order; the second time the process exits.
 *
 * @returns {AbortSignal}
 */
export function interruption() {
  const controller = new AbortController();
  let first = 0;
  /** @param {"SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE"} name */
  const interrupt = (name) => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort(new Interruption(name));
    } else if (performance.now() - first > SAME_SIGNAL) {
      process.exit(controller.signal.reason.exitCode);
    }
  };
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(name, () => interrupt(name));
  }
  // Nobody reads any more: the terminal is closed, or `head` has seen enough.
  process.stdout.on("error", () => {
    if (!controller.signal.aborted) interrupt("SIGPIPE");
  });
  process.stderr.on("error", () => {});
  return controller.signal;
}

/**
 * Runs a function, and then everything that it said must be done afterwards: the last of it first,
 * whatever became of the rest.
 *
 * @template T
 * @param {(afterwards: (step: () => unknown) => void) => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function cleanly(body) {
  /** @type {(() => unknown)[]} */
  const steps = [];
  /** @type {unknown[]} */
  const errors = [];
  try {
    return await body((step) => steps.push(step));
  } finally {
    for (const step of steps.reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    for (const error of errors) console.error(`not cleaned up: ${error}`);
  }
}
