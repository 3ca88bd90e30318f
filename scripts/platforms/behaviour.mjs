// Runs the behaviour tests with the addon of another platform.
import { ForksPoolWorker, startVitest } from "vitest/node";

/**
 * Runs the tests. Vitest itself runs in this Node, and only its workers in `node`.
 *
 * @param {string} addon An absolute path.
 * @param {string} [node] The Node to test in; default: this one.
 * @returns {Promise<number>} The number of tests that passed; 0 where anything failed.
 */
export async function behaviour(addon, node) {
  const pool = { name: "other-node", createPoolWorker: workers(node ?? process.execPath) };
  const vitest = await startVitest("test", ["behaviour"], {
    watch: false,
    reporters: [["default", { summary: false }]],
    // An emulator runs a test up to a hundred times slower. The limit is there for what never ends.
    slowTestThreshold: Infinity,
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
    pool,
    // Set for the workers alone, since vitest's own addons read this name too.
    env: { NAPI_RS_NATIVE_LIBRARY_PATH: addon },
  });
  await vitest.close();
  const tests = vitest.state.getTestModules().flatMap(({ children }) => [...children.allTests()]);
  const passed = tests.filter((test) => test.result().state === "passed").length;
  // Vitest sets the exit code also for failures outside of tests.
  return process.exitCode ? 0 : passed;
}

/** @param {string} node */
function workers(node) {
  class OtherNode extends ForksPoolWorker {
    name = "other-node";

    async start() {
      const { execPath } = process;
      process.execPath = node; // the program that a fork runs
      const started = super.start();
      process.execPath = execPath;
      await started;
    }
  }
  return (/** @type {import("vitest/node").PoolOptions} */ options) => new OtherNode(options);
}
