// Runs a demo from its command line to its end: reads options, handles signals, and cleans up in any case.
import { constants } from "node:os";
import { parseArgs } from "node:util";

/** A second signal within this time, in milliseconds, is a copy of the first one that npm passes on. */
const SAME_SIGNAL = 500;

/** The reason with which the signal of {@link interruption} is aborted. */
export class Interruption extends Error {
  /** @param {"SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE"} name */
  constructor(name) {
    super(`stopped by ${name}`);
    /** The exit code by which a shell reports the end of a program by this signal. */
    this.exitCode = 128 + constants.signals[name];
  }
}

/**
 * Listens for signals that end this process. The first one aborts the returned signal, and the program
 * ends in order. The second one exits the process at once.
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
  // The reader of the output is gone: the terminal is closed, or `head` has ended.
  process.stdout.on("error", () => {
    if (!controller.signal.aborted) interrupt("SIGPIPE");
  });
  process.stderr.on("error", () => {});
  return controller.signal;
}

/**
 * Runs a function, and then the clean-up steps that it has registered, the last one first. A step that
 * fails does not prevent the others.
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

/**
 * Runs a demo, and exits: with 0 if all checks passed, with 1 if not, and with 128 plus the number of a
 * signal that ended it.
 *
 * @param {(signal: AbortSignal) => Promise<boolean>} demo Whether all checks passed.
 * @returns {Promise<never>}
 */
export async function conclude(demo) {
  const signal = interruption();
  try {
    const passed = await demo(signal);
    signal.throwIfAborted();
    // The timers of a closed session would keep the process for a minute.
    process.exit(passed ? 0 : 1);
  } catch (error) {
    // A failure after a signal is a consequence of it.
    const reason = signal.aborted ? signal.reason : error;
    console.error(oneLine(reason));
    process.exit(reason?.exitCode ?? 1);
  }
}

/**
 * Reads the options of the command line. For an invalid one and for `--help` the process exits.
 *
 * @template {NonNullable<import("node:util").ParseArgsConfig["options"]>} const Options
 * @template Result
 * @param {string} usage What `--help` prints.
 * @param {Options} options As `parseArgs` takes them.
 * @param {(values: ReturnType<typeof parseArgs<{ options: Options }>>["values"]) => Result} read Returns what
 *   the program needs of them. What it throws is said of an invalid one.
 * @returns {Result}
 */
export function optionsOf(usage, options, read) {
  try {
    /** @type {{ values: any }} */
    const { values } = parseArgs({ options: { ...options, help: { type: "boolean" } } });
    if (!values.help) return read(values);
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(oneLine(error));
    console.error("--help has the options");
    process.exit(1);
  }
}

/** @param {unknown} error */
export function oneLine(error) {
  return `${error}`.trim().replace(/\s*\n\s*/g, " | ");
}
