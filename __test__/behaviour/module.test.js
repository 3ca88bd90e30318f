import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as direct from "../../index.js";

it("exports exactly the values that the types declare", () => {
  const index = readFileSync(new URL("../../index.d.ts", import.meta.url), "utf8");
  const rooms = [...index.matchAll(/^export \* from "\.\/(types\/.+)\.js";/gm)].map(([, room]) =>
    readFileSync(new URL(`../../${room}.d.ts`, import.meta.url), "utf8"),
  );
  const types = [index, ...rooms].join("\n");
  const declared = [...types.matchAll(/^export declare (?:const|class|function) (\w+)/gm)];
  expect(Object.keys(direct).sort()).toEqual(declared.map(([, name]) => name).sort());
});

it("names the port of the desktop stream", () => {
  expect(direct.DESKTOP_STREAM_PORT).toBe(6080);
});
