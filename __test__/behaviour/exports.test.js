// The names that the entry point exports, and what they are.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as entry from "../../index.js";
import { rowsOf } from "../support/table.js";

/** The names that only this package has. */
const OWN = [
  "OpenGeniError",
  "RoutingMutationOutcomeUnknownError",
  "SelfhostedExecTimeoutError",
  "classifyProviderSandboxFailure",
  "inspectRecordingArtifact",
  "listRecordings",
  "probeRecording",
  "readRecordingStream",
  "sweepRecordings",
  "swapTargetEstablishability",
  "uploadRecordingArtifact",
];

const values = rowsOf("exports", "values");
const types = rowsOf("exports", "types");

/** @param {unknown} value */
function kindOf(value) {
  if (typeof value !== "function") return "constant";
  return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
}

it("are those of the table", () => {
  expect([values.length, types.length]).toEqual([91, 50]);
  const known = [...OWN, ...values.map(({ name }) => name)];
  expect(Object.keys(entry).sort()).toEqual(known.sort());
  expect("default" in entry).toBe(false);
});

it.each(values)("$name is a $kind", ({ name, kind }) => {
  expect(kindOf(/** @type {any} */ (entry)[name])).toBe(kind);
});

it("are in the program that imports them all", () => {
  const program = readFileSync(new URL("../types/exports.ts", import.meta.url), "utf8");
  const names = [...values, ...types];
  const left = names.filter(({ name }) => !new RegExp(`^ {2}${name},$`, "m").test(program));
  expect(left).toEqual([]);
});
