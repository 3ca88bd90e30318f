// vitest.config.js, with workers that check their runtime and pool.
import { fileURLToPath } from "node:url";
import { mergeConfig } from "vitest/config";
import project from "../../vitest.config.js";
import { RUNTIME } from "./this.js";

/** @param {string} path */
function file(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

console.log(`vitest runs on ${RUNTIME}`);
const fakeTimers = process.env["FAKE_TIMERS"] === "true";

export default mergeConfig(project, {
  root: file("../.."),
  test: {
    setupFiles: [file("worker.js"), ...(fakeTimers ? [file("fake-timers.js")] : [])],
  },
});
