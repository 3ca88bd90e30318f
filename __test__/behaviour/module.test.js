import { expect, it } from "vitest";
import * as direct from "../../index.js";
import { declarations } from "../support/types.js";

it("exports exactly the values that the types declare", () => {
  const values = declarations().filter(({ kind }) => kind !== "type");
  expect(Object.keys(direct).sort()).toEqual(values.map(({ name }) => name).sort());
});

it("names the port of the desktop stream", () => {
  expect(direct.DESKTOP_STREAM_PORT).toBe(6080);
});
