import { describe, expect, it } from "vitest";
import { MockAgentResponder } from "../../../index.js";

const utf8 = (/** @type {string} */ text) => new TextEncoder().encode(text);

/**
 * @param {MockAgentResponder} mock
 * @param {string} $case
 * @param {object} request
 */
async function answer(mock, $case, request = {}) {
  const op = /** @type {any} */ ({ $case, [$case]: request });
  const response = await mock.request("s", { requestId: "r1", epoch: 0, op }, { timeoutMs: 1 });
  expect(response.requestId).toBe("r1");
  expect(Object.keys(response).sort()).toEqual(["error", "requestId", "result"]);
  return response;
}

/**
 * @param {MockAgentResponder} mock
 * @param {string} $case
 * @param {object} [request]
 */
async function resultOf(mock, $case, request) {
  const { error, result } = await answer(mock, $case, request);
  expect(error).toBeUndefined();
  return /** @type {any} */ (result);
}

/**
 * @param {string} joined
 * @param {object} exec
 */
const exec = (joined, exec = {}) => ({
  exitCode: 0,
  stdout: utf8(`${joined}\n`),
  stderr: new Uint8Array(0),
  timedOut: false,
  durationMs: "1",
  ...exec,
});

describe("before it looks at the operation", () => {
  it.each([
    [{ online: false }, 9, "the enrolled agent is offline", false],
    [{ online: false, draining: true }, 9, "the enrolled agent is offline", false],
    [{ draining: true }, 6, "the agent is draining", true],
  ])("it is %j", async (opts, code, message, retryable) => {
    const { error, result } = await answer(new MockAgentResponder(opts), "ping", { nonce: "1" });
    expect(error).toStrictEqual({ code, message, retryable, detail: {} });
    expect(result).toBeUndefined();
  });

  it("may go and come back", async () => {
    const mock = new MockAgentResponder();
    mock.setOnline(false);
    expect((await answer(mock, "ping")).error?.code).toBe(9);
    mock.setOnline(true);
    expect((await answer(mock, "ping", { nonce: "5" })).error).toBeUndefined();
  });

  it("keeps every request itself, also while offline", async () => {
    const mock = new MockAgentResponder({ online: false });
    const req = { requestId: "r", epoch: 1, op: undefined };
    await mock.request("subject", req, { timeoutMs: 1 });
    expect(mock.requests).toEqual([{ subject: "subject", req }]);
    expect(mock.requests[0]?.req).toBe(req);
  });

  it("needs an operation that it knows", async () => {
    const mock = new MockAgentResponder();
    const empty = await mock.request(
      "s",
      { requestId: "r", epoch: 0, op: undefined },
      { timeoutMs: 1 },
    );
    const refused = { retryable: false, detail: {} };
    expect(empty.error).toStrictEqual({ code: 7, message: "empty op", ...refused });
    const { error } = await answer(mock, "git");
    expect(error).toStrictEqual({ code: 1, message: "mock does not implement git", ...refused });
  });

  it("has consent either way", async () => {
    const mock = new MockAgentResponder({ consented: false });
    expect(await resultOf(mock, "ping", { nonce: "1" })).toBeDefined();
  });
});

it("echoes a ping", async () => {
  expect(await resultOf(new MockAgentResponder(), "ping", { nonce: "42" })).toStrictEqual({
    $case: "ping",
    ping: { nonce: "42", agentMonotonicMs: "0" },
  });
});

describe("a command", () => {
  it.each([
    [["echo", "a b"], "echo a b"],
    [["echo $HOSTNAME"], "mock-machine"],
    [["hostname"], "mock-machine"],
    [["Hostname"], "Hostname"],
  ])("of %j prints %s", async (command, joined) => {
    const result = await resultOf(new MockAgentResponder(), "exec", { command });
    expect(result).toStrictEqual({ $case: "exec", exec: exec(joined) });
  });

  it("names the machine", async () => {
    const mock = new MockAgentResponder({ hostname: "laptop" });
    expect(mock.hostname).toBe("laptop");
    const result = await resultOf(mock, "exec", { command: ["hostname"] });
    expect(result.exec).toStrictEqual(exec("laptop"));
  });

  it("is the caller's to run", async () => {
    const ran = exec("x", { exitCode: 3 });
    /** @type {unknown[]} */
    const given = [];
    const mock = new MockAgentResponder({
      exec: async (req) => {
        given.push(req);
        return ran;
      },
    });
    const request = { command: ["x"] };
    const result = await resultOf(mock, "exec", request);
    expect(result.exec).toBe(ran);
    expect(given[0]).toBe(request);
    const thrown = Object.freeze({});
    const failing = new MockAgentResponder({
      exec: () => {
        throw thrown;
      },
    });
    expect(await answer(failing, "exec", request).catch((e) => e)).toBe(thrown);
  });
});

describe("files", () => {
  const files = { "/a.txt": "text", "b/": Uint8Array.of(1), "d/e/f": "deep", "//x/./y": "odd" };

  it.each([
    ["/a.txt", "text"],
    ["a.txt//", "text"],
    ["b", "\u0001"],
    ["//x/./y", "odd"],
    ["/x/y", undefined],
    ["d", undefined],
    ["", undefined],
  ])("are kept by their paths: %s", (path, text) => {
    expect(new MockAgentResponder({ files }).fileText(path)).toBe(text);
  });

  it("are read whole", async () => {
    const mock = new MockAgentResponder({ files });
    const result = await resultOf(mock, "fsRead", { path: "a.txt", offset: "2", length: "1" });
    expect(result.fsRead).toStrictEqual({ content: utf8("text"), totalSize: "4" });
    const { error } = await answer(mock, "fsRead", { path: "none/" });
    expect(error).toStrictEqual({
      code: 3,
      message: "no such file: none/",
      retryable: false,
      detail: {},
    });
  });

  it("are written and appended to", async () => {
    const mock = new MockAgentResponder({ files });
    const write = (/** @type {string} */ path, /** @type {boolean} */ append) =>
      resultOf(mock, "fsWrite", { path, content: utf8("++"), append });
    expect((await write("a.txt", true)).fsWrite).toStrictEqual({ bytesWritten: "2" });
    expect(mock.fileText("/a.txt")).toBe("text++");
    await write("/new", true);
    await write("b", false);
    expect([mock.fileText("new"), mock.fileText("b")]).toEqual(["++", "++"]);
  });

  const file = { kind: 1, modifiedMs: "0", mode: 420 };

  it.each([
    ["d", [{ name: "f", path: "e/f", size: "4", ...file }]],
    ["/d/e/", [{ name: "f", path: "f", size: "4", ...file }]],
    ["a.txt", []],
    ["none", []],
  ])("are listed at any depth: %s", async (path, entries) => {
    const mock = new MockAgentResponder({ files });
    for (const recursive of [false, true]) {
      expect(await resultOf(mock, "fsList", { path, recursive })).toStrictEqual({
        $case: "fsList",
        fsList: { entries },
      });
    }
  });

  it("are listed in the order they came", async () => {
    const mock = new MockAgentResponder({ files: { "/z": "", "/a": "" } });
    const { fsList } = await resultOf(mock, "fsList", { path: "/" });
    expect(fsList.entries.map((/** @type {any} */ entry) => entry.path)).toEqual(["z", "a"]);
  });

  it("are there, and directories are not", async () => {
    const mock = new MockAgentResponder({ files });
    const there = await resultOf(mock, "fsStat", { path: "d/e/f" });
    expect(there.fsStat).toStrictEqual({
      exists: true,
      entry: { name: "f", path: "d/e/f", size: "4", ...file },
    });
    const directory = await resultOf(mock, "fsStat", { path: "d" });
    expect(directory.fsStat).toStrictEqual({ exists: false, entry: undefined });
  });
});

it.each([
  [
    "desktopEnsure",
    {
      channel: { channelId: "mock-desktop", workspaceId: "", agentId: "", kind: 1, port: 6080 },
      display: { id: ":99", width: 1024, height: 768, virtual: true },
    },
  ],
  [
    "ptyOpen",
    {
      ptyId: "mock-pty",
      channel: { channelId: "mock-pty", workspaceId: "", agentId: "", kind: 1, port: 7681 },
    },
  ],
])("streams: %s", async ($case, expected) => {
  expect(await resultOf(new MockAgentResponder(), $case)).toStrictEqual({
    $case,
    [$case]: expected,
  });
});
