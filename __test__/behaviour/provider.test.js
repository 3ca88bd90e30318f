import { describe, expect, it } from "vitest";
import {
  StreamPortUnavailableError,
  buildStreamUrl,
  isProviderSandboxNotFoundError,
} from "../../index.js";
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

describe("the address of a stream", () => {
  it.each(rowsOf("stream-urls"))("is as the table has it: %j", (row) => {
    const { url, host, port, ...more } = row;
    expect(buildStreamUrl({ ...more, host, port: Number(port) })).toBe(url);
  });

  it.each([
    [{ host: "h", port: 80 }, "ws://h/"],
    [{ host: "h", port: 443, tls: null }, "ws://h:443/"],
    [{ host: "h", port: 443, tls: 1 }, "wss://h/"],
    [{ host: "h", port: 1, path: 5 }, "ws://h:1/"],
    [{ host: "h", port: 80, url: "wss://other", protocol: "pty", token: "t" }, "ws://h/"],
  ])("%j is %s", (endpoint, url) => {
    expect(buildStreamUrl(/** @type {any} */ (endpoint))).toBe(url);
  });

  it.each([
    [{ host: "h", port: "6080" }, "host=h, port=6080"],
    [{ port: 1 }, "host=undefined, port=1"],
    [{ host: "", port: 1 }, "host=, port=1"],
  ])("%j is malformed", (endpoint, what) => {
    const build = () => buildStreamUrl(/** @type {any} */ (endpoint));
    expect(build).toThrow(StreamPortUnavailableError);
    expect(build).toThrow(`provider returned a malformed exposed-port endpoint (${what})`);
  });

  it.each([[null], [undefined]])("%s is a TypeError", (endpoint) => {
    expect(() => buildStreamUrl(/** @type {any} */ (endpoint))).toThrow(TypeError);
  });

  it("may be refused by callers in the same way", () => {
    const cause = new Error("c");
    const error = new StreamPortUnavailableError("m", cause);
    expect(error).toMatchObject({ name: "StreamPortUnavailableError", message: "m", cause });
    expect(new StreamPortUnavailableError("m").cause).toBeUndefined();
  });
});
