// What the demo is at, for whoever waits for it.
import createSpinner from "yocto-spinner";

/**
 * @typedef {object} Progress
 * @property {(text: string) => void} step Says what begins.
 * @property {(text: string) => void} detail Says how far it is, where a line can be overwritten.
 * @property {(text: string) => void} done Says what is finished.
 * @property {() => void} stop
 */

/**
 * In a terminal one line that changes; elsewhere, and where colours are not wanted, plain lines.
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
  // Signals are for the program to handle.
  const spinner = createSpinner({ stream: process.stdout, handleSignals: false });
  const stop = () => void spinner.stop();
  // The cursor is hidden meanwhile.
  process.once("exit", stop);
  return {
    step: (text) => void (spinner.isSpinning ? (spinner.text = text) : spinner.start(text)),
    detail: (text) => void (spinner.text = text),
    done: (text) => void spinner.success(text),
    stop() {
      stop();
      process.off("exit", stop);
    },
  };
}

/** @returns {Progress} */
function plain() {
  return { step: console.log, detail() {}, done: console.log, stop() {} };
}
