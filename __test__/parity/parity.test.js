// The new module against the old one, wherever the old one is right.
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as api from "../../index.js";
import * as baseline from "./baseline.js";
import { corrected, inTermsOf } from "./corrections.js";
import { defects } from "./defects.js";
import { goldenFile, readGolden } from "./golden.js";
import { observe } from "./run.js";
import { scenarios } from "./scenarios.js";

const recording = process.env["GOLDEN"] === "record";
const old = baseline.isPresent ? await baseline.load() : undefined;
console.log(
  old === undefined
    ? "parity: against the golden transcripts; the old module is not at hand"
    : "parity: against the old module and its golden transcripts",
);

if (recording) {
  if (old === undefined) throw new Error("recording needs the old module");
  /** @type {string[]} */
  const entries = [];
  for (const scenario of [...scenarios, ...defects]) {
    const observation = await observe(old, scenario);
    entries.push(`${JSON.stringify(scenario.name)}: ${JSON.stringify(observation)}`);
  }
  writeFileSync(goldenFile, `{\n${entries.join(",\n")}\n}\n`);
}
const golden = readGolden();

describe("scenarios", () => {
  it("are all in the golden file, once", () => {
    const names = [...scenarios, ...defects].map(({ name }) => name);
    expect(Object.keys(golden)).toEqual(names);
  });
});

if (old !== undefined) {
  describe("the old module does what the golden file says", () => {
    it.each([...scenarios, ...defects])("$name", async (scenario) => {
      expect(await observe(old, scenario)).toEqual(golden[scenario.name]);
    });
  });
}

describe("the new module does the same, but for the corrections", () => {
  it.each(scenarios)("$name", async (scenario) => {
    const old = /** @type {import("./run.js").Observation} */ (golden[scenario.name]);
    const expected = corrected(old);
    expect(inTermsOf(await observe(api, scenario), expected)).toEqual(expected);
  });
});
