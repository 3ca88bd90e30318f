import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import * as direct from "../../index.js";

it("exports exactly the values that the types declare", () => {
  const read = (/** @type {string} */ file) => readFileSync(new URL(file, import.meta.url), "utf8");
  const rooms = readdirSync(new URL("../../types", import.meta.url));
  const files = ["../../index.d.ts", ...rooms.map((room) => `../../types/${room}`)];
  const types = files.map(read).join("\n");
  const declared = [...types.matchAll(/^export declare (?:const|class|function) (\w+)/gm)];
  expect(Object.keys(direct).sort()).toEqual(declared.map(([, name]) => name).sort());
});

it("names the port of the desktop stream", () => {
  expect(direct.DESKTOP_STREAM_PORT).toBe(6080);
});
