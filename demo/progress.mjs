// Prints the progress of the demo.
import createSpinner from "yocto-spinner";

/**
 * @typedef {object} Progress
 * @property {(text: string) => void} step Prints the step that begins.
 * @property {(text: string) => void} detail Prints how far the step is, where a line can be overwritten.
 * @property {(text: string, done: number, total: number) => void} share Prints how much is done: as a bar
 *   where a line can be overwritten, elsewhere a line for each quarter.
 * @property {(text: string) => void} done Prints what is finished.
 * @property {() => void} stop
 */

/** The width of the bar, in characters. */
const WIDTH = 24;
const QUARTERS = 4;

/**
 * Prints one changing line in a terminal; plain lines elsewhere, and where colours are switched off.
 *
 * @returns {Progress}
 */
export function createProgress() {
  return isLive() ? live() : plain();
}

function isLive() {
  const { TERM, NO_COLOR, CI } = process.env;
  return process.stdout.isTTY && TERM !== "dumb" && !NO_COLOR && CI === undefined;
}

/** @returns {Progress} */
function live() {
  // The program handles signals itself.
  const spinner = createSpinner({ stream: process.stdout, handleSignals: false });
  const stop = () => void spinner.stop();
  // The spinner has hidden the cursor.
  process.once("exit", stop);
  return {
    step: (text) => void (spinner.isSpinning ? (spinner.text = text) : spinner.start(text)),
    detail: (text) => void (spinner.text = text),
    share: (text, done, total) =>
      void (spinner.text = `${text} ${bar(done, total)} ${percent(done, total)}`),
    done: (text) => void spinner.success(text),
    stop() {
      stop();
      process.off("exit", stop);
    },
  };
}

/** @returns {Progress} */
function plain() {
  let printed = "";
  return {
    step: console.log,
    detail() {},
    share(text, done, total) {
      const line = `${text} ${percent(Math.floor((done / total) * QUARTERS), QUARTERS)}`;
      if (line !== printed) console.log(line);
      printed = line;
    },
    done: console.log,
    stop() {},
  };
}

/**
 * @param {number} done
 * @param {number} total
 */
function bar(done, total) {
  return "█".repeat(Math.floor((done / total) * WIDTH)).padEnd(WIDTH, "░");
}

/**
 * @param {number} done
 * @param {number} total
 */
function percent(done, total) {
  return `${Math.floor((done / total) * 100)} %`;
}
