// Moves an active pointer between two sandboxes and a machine behind NATS, and shows where commands, edits
// and the input of a process land.
import { fileURLToPath } from "node:url";
import { conclude, optionsOf } from "./lifetime.mjs";

const USAGE = `Shows where commands, edits and the input of a process land while the active sandbox changes.

  npm run demo:routing -- [options]

  --nats <address>   a NATS server that runs, such as nats://127.0.0.1:4222; default: one is started
  --help             these lines`;

/**
 * @typedef {object} Options
 * @property {string | undefined} nats The address of a NATS server; by default one is started.
 */

/** @returns {Options} */
export function readOptions() {
  const options = /** @type {const} */ ({ nats: { type: "string" } });
  return optionsOf(USAGE, options, ({ nats }) => ({ nats }));
}

/**
 * Runs the demo, and exits.
 *
 * @param {Options} options
 * @returns {Promise<never>}
 */
export function main(options) {
  return conclude(async (signal) => {
    // Loaded after the signals are handled, since loading takes a while.
    const { route } = await import("./route.mjs");
    return route(options, signal);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(readOptions());
