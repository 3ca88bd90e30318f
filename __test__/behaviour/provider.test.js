import { describe, expect, it } from "vitest";
import { isProviderSandboxNotFoundError } from "../../index.js";
import { rowsOf } from "../support/table.js";

const coded = (/** @type {object} */ fields) => Object.assign(new Error("m"), fields);

it.each(rowsOf("gone-boxes"))("a box is gone, or not: %j", ({ isGone, ...fields }) => {
  const error = coded(fields);
  expect(isProviderSandboxNotFoundError("modal", error)).toBe(isGone);
  expect(isProviderSandboxNotFoundError("selfhosted", error)).toBe(false);
});

describe("a box is gone by what is thrown", () => {
  it.each([
    [{ statusCode: 404 }],
    [{ status: null, statusCode: 404 }],
    ["not found"],
    [{ name: "NotFoundError" }],
    [{ code: "SANDBOX_NOT_FOUND" }],
    [{ message: ["it does not exist"] }],
  ])("%o", (error) => {
    expect(isProviderSandboxNotFoundError("modal", error)).toBe(true);
    expect(isProviderSandboxNotFoundError("selfhosted", error)).toBe(false);
  });
});

describe("a box is not gone by what is thrown", () => {
  it.each([
    [{ status: "404" }],
    [{ status: 500, statusCode: 404 }],
    [{ code: 404 }],
    [coded({ code: "ENOTFOUND" })],
    [{ code: "ENOTFOUND", message: "getaddrinfo ENOTFOUND api" }],
    [{ response: { status: 404 } }],
    [{ cause: new Error("not found") }],
    [{ name: "SandboxNotFoundException", message: "already exists" }],
    [42],
    [true],
    [null],
    [undefined],
    [""],
  ])("%o", (error) => {
    expect(isProviderSandboxNotFoundError("modal", error)).toBe(false);
  });
});
