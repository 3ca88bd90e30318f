// Prints the progress of the demo.
import createSpinner from "yocto-spinner";

/**
 * @typedef {object} Progress
 * @property {(text: string) => void} step Prints the step that begins.
 * @property {(text: string) => void} detail Prints how far the step is, where a line can be overwritten.
 * @property {(text: string) => void} done Prints what is finished.
 * @property {() => void} stop
 */

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
