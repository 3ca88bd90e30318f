import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      // The one import of the old module that is not Node's own.
      "@opengeni/contracts": fileURLToPath(
        new URL("__test__/parity/contracts.js", import.meta.url),
      ),
    },
  },
  test: {
    include: ["__test__/**/*.test.js"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
