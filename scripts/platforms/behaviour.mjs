// Runs the behaviour tests on an addon other than this machine's.
import { ForksPoolWorker, startVitest } from "vitest/node";

/**
 * The addon, and not vitest, is what is for another machine: only the processes that run the tests
 * are given to that machine's Node.
 *
 * @param {string} addon Absolute.
 * @param {string} [node] The Node to test it in, when it is not this one.
 * @returns {Promise<number>} How many tests passed; zero when anything failed.
 */
export async function behaviour(addon, node) {
  const pool = { name: "other-node", createPoolWorker: workers(node ?? process.execPath) };
  const vitest = await startVitest("test", ["behaviour"], {
    watch: false,
    reporters: [["default", { summary: false }]],
    slowTestThreshold: Infinity, // most are, on another machine
    pool,
    // For those processes alone: vitest's own addons heed this name too.
    env: { NAPI_RS_NATIVE_LIBRARY_PATH: addon },
  });
  await vitest.close();
  const tests = vitest.state.getTestModules().flatMap(({ children }) => [...children.allTests()]);
  const passed = tests.filter((test) => test.result().state === "passed").length;
  // Vitest sets it for what is not a test's failure as well.
  return process.exitCode ? 0 : passed;
}

/** @param {string} node */
function workers(node) {
  class OtherNode extends ForksPoolWorker {
    name = "other-node";

    async start() {
      const { execPath } = process;
      process.execPath = node; // what a fork runs
      const started = super.start();
      process.execPath = execPath;
      await started;
    }
  }
  return (/** @type {import("vitest/node").PoolOptions} */ options) => new OtherNode(options);
}
