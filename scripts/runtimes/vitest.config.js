// The behaviour suite, with workers that check their runtime and pool.
import { fileURLToPath } from "node:url";
import { mergeConfig } from "vitest/config";
import { common } from "../../vitest.config.js";
import { RUNTIME } from "./this.js";

/** @param {string} path */
function file(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

console.log(`vitest runs on ${RUNTIME}`);
const fakeTimers = process.env["FAKE_TIMERS"] === "true";

export default mergeConfig(common, {
  root: file("../.."),
  test: {
    include: ["__test__/behaviour/**/*.test.js"],
    // Runs go on side by side: each has one worker, and none writes a cache.
    maxWorkers: 1,
    cache: false,
    setupFiles: [file("worker.js"), ...(fakeTimers ? [file("fake-timers.js")] : [])],
  },
});
