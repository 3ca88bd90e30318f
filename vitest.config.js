import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

const TESTS = "__test__/**/*.test.js";

/** These measure memory or count the frames of films, so nothing runs beside them. */
const MEASURING = ["process/process", "real/crash", "real/demo", "real/readme"].map(
  (name) => `__test__/${name}.test.js`,
);

/** The files that take longest, mostly by waiting for films. They begin first. */
const LONG = [
  "real/film",
  "real/recording-page",
  "process/bench",
  "real/unfinished",
  "real/desktop",
  "real/channel-a",
  "real/shells",
  "real/sizes",
  "real/stops",
  "real/files",
  "package/install",
].map((name) => `/__test__/${name}.test.js`);

class LongFirst extends BaseSequencer {
  /** @param {Parameters<BaseSequencer["sort"]>[0]} files */
  async sort(files) {
    const rank = (/** @type {{ moduleId: string }} */ { moduleId }) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** @param {string} path */
function file(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The settings of all tests, wherever they run. */
export const common = defineConfig({
  resolve: {
    alias: {
      // Stands in for the imports of the old modules that are not at hand.
      "@opengeni/contracts": file("__test__/parity/contracts.js"),
      "../selfhosted/session": file("__test__/parity/selfhosted-session.js"),
    },
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default defineConfig({
  ...common,
  test: {
    ...common.test,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: { name: "together", include: [TESTS], exclude: MEASURING, maxWorkers: "100%" },
      },
      {
        extends: true,
        test: { name: "alone", include: MEASURING, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
