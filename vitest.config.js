import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** @param {string} path */
function file(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

export default defineConfig({
  resolve: {
    alias: {
      // Stands in for the imports of the old modules that are not at hand.
      "@opengeni/contracts": file("__test__/parity/contracts.js"),
      "../selfhosted/session": file("__test__/parity/selfhosted-session.js"),
    },
  },
  test: {
    include: ["__test__/**/*.test.js"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
