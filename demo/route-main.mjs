// Moves an active pointer between two sandboxes and a machine behind NATS, and shows where commands, edits
// and the input of a process land.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { conclude, oneLine } from "./lifetime.mjs";

const USAGE = `Shows where commands, edits and the input of a process land while the active sandbox changes.

  npm run demo:routing -- [options]

  --nats <address>   a NATS server that runs, such as nats://127.0.0.1:4222; default: one is started
  --help             these lines`;

/**
 * @typedef {object} Options
 * @property {string | undefined} nats The address of a NATS server; by default one is started.
 */

/**
 * @returns {Options} The options of the command line. For an invalid one and for `--help` the process exits.
 */
export function readOptions() {
  try {
    const { values } = parseArgs({
      options: { nats: { type: "string" }, help: { type: "boolean" } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return { nats: values.nats };
  } catch (error) {
    console.error(oneLine(error));
    console.error("--help has the options");
    process.exit(1);
  }
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
