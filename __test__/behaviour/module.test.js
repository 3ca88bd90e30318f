import { expect, it } from "vitest";
import * as direct from "../../index.js";
import { declarations } from "../support/types.js";

it("exports exactly the values that the types declare", () => {
  const values = declarations().filter(({ kind }) => kind !== "type");
  // A function with several signatures is declared as often.
  const names = new Set(values.map(({ name }) => name));
  expect(Object.keys(direct).sort()).toEqual([...names].sort());
});

it("names the port of the desktop stream", () => {
  expect(direct.DESKTOP_STREAM_PORT).toBe(6080);
});
