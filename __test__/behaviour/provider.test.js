import { describe, expect, it } from "vitest";
import {
  StreamPortUnavailableError,
  buildStreamUrl,
  isProviderSandboxNotFoundError,
} from "../../index.js";

const coded = (/** @type {object} */ fields) => Object.assign(new Error("m"), fields);

describe("a box is gone", () => {
  it.each([
    [{ status: 404 }],
    [{ statusCode: 404 }],
    [{ status: 404, message: "already running" }],
    [{ status: null, statusCode: 404 }],
    ["not found"],
    [new Error("Sandbox sb-123 not found")],
    [{ name: "NotFoundError" }],
    [{ code: "SANDBOX_NOT_FOUND" }],
    [coded({ code: "ENOTFOUND" })],
    [new Error("command not found")],
    [new Error("Box NO LONGER running")],
    [new Error("the sandbox was terminated")],
    [{ message: ["it does not exist"] }],
  ])("%o", (error) => {
    expect(isProviderSandboxNotFoundError("modal", error)).toBe(true);
    expect(isProviderSandboxNotFoundError("selfhosted", error)).toBe(false);
  });
});

describe("a box is not gone", () => {
  it.each([
    [{ status: "404" }],
    [{ status: 500, statusCode: 404 }],
    [{ code: 404 }],
    [{ response: { status: 404 } }],
    [{ cause: new Error("not found") }],
    [new Error("Not  found")],
    [new Error("terminated")],
    [{ message: "gone" }],
    [new Error("doesn\u2019t exist")],
    [{ name: "SandboxNotFoundException", message: "already exists" }],
    [new Error("is still running")],
    [{ status: 503 }],
    [new Error("timeout")],
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
  it.each([
    [{ host: "abc.modal.host", port: 443, tls: true, query: "" }, "wss://abc.modal.host/"],
    [{ host: "h", port: 80 }, "ws://h/"],
    [{ host: "h", port: 80, tls: true }, "wss://h:80/"],
    [{ host: "h", port: 443 }, "ws://h:443/"],
    [{ host: "h", port: 443, tls: null }, "ws://h:443/"],
    [{ host: "h", port: 443, tls: 1 }, "wss://h/"],
    [{ host: "2001:db8::1", port: 6080, tls: true }, "wss://[2001:db8::1]:6080/"],
    [{ host: "[::1]", port: 6080 }, "ws://[::1]:6080/"],
    [{ host: "a:b", port: 1 }, "ws://[a:b]:1/"],
    [{ host: "h", port: 443, tls: true, query: "t=a&b" }, "wss://h/?t=a&b"],
    [
      { host: "relay", port: 443, tls: true, path: "/stream", query: "ws=w1&channel=c" },
      "wss://relay/stream?ws=w1&channel=c",
    ],
    [{ host: "h", port: 6080, tls: true, path: "stream" }, "wss://h:6080/stream"],
    [{ host: "h", port: 1, path: 5 }, "ws://h:1/"],
    [{ host: "h", port: 1, path: "" }, "ws://h:1/"],
    [{ host: "h", port: 6080, query: "?a=b" }, "ws://h:6080/??a=b"],
    [{ host: "h", port: 6080, path: "/x?y=1", query: "a=b" }, "ws://h:6080/x?y=1?a=b"],
    [{ host: "h", port: 0 }, "ws://h:0/"],
    [{ host: "h", port: NaN }, "ws://h:NaN/"],
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
