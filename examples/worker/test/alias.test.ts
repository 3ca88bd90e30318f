import { expect, inject, it } from "vitest";
import * as sandbox from "@opengeni/runtime/sandbox";
import * as native from "../../../index.js";

const alias = inject("alias");

it(`runs ${alias === "on" ? "this package" : "the old modules"} with the alias ${alias}`, () => {
  expect(sandbox.startRecording).toBeTypeOf("function");
  expect(sandbox.makeActiveBackendResolver).toBeTypeOf("function");
  expect(sandbox.startRecording === native.startRecording).toBe(alias === "on");
  expect(sandbox.makeActiveBackendResolver === native.makeActiveBackendResolver).toBe(
    alias === "on",
  );
});
