import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  SELFHOSTED_DEFAULT_TIMEOUT_MS,
  SELFHOSTED_RELAY_STREAM_PATH,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  SelfhostedSession,
} from "../../../index.js";
import { agentWith } from "../../support/control.js";
import { rowsOf } from "../../support/table.js";

/** @typedef {import("@openai/agents/sandbox").Manifest} Manifest */

const RELAY = { host: "relay.test" };

/**
 * @param {ReturnType<typeof agentWith>} controlRpc
 * @param {Partial<import("../../../index.js").SelfhostedSessionDeps>} [deps]
 */
function sessionOn(controlRpc, deps) {
  const ids = { workspaceId: "w", agentId: "a" };
  return new SelfhostedSession({ ...ids, controlRpc, relay: RELAY, ...deps });
}

/** A session, and what it asks for.
 *
 * @param {Partial<import("../../../index.js").SelfhostedSessionDeps>} [deps]
 * @param {Record<string, object>} [results]
 */
function sessionWith(deps, results) {
  const agent = agentWith(results);
  return { agent, session: sessionOn(agent, deps) };
}

const utf8 = (/** @type {string} */ text) => new TextEncoder().encode(text);

it("has the constants of its kind", () => {
  expect(SELFHOSTED_DEFAULT_TIMEOUT_MS).toBe(30_000);
  expect(SELFHOSTED_RELAY_STREAM_PATH).toBe("/stream");
});

describe("the state", () => {
  it("names the agent twice, and has a manifest of the SDK", async () => {
    const environment = { A: "1", B: "" };
    const { session } = sessionWith({ environment });
    expect(session.backendId).toBe("selfhosted");
    expect([session.workspaceId, session.agentId]).toEqual(["w", "a"]);
    const { manifest, ...rest } = session.state;
    expect(rest).toEqual({ agentId: "a", instanceId: "a", environment });
    expect(rest.environment).toBe(environment);
    const { constructor, root, entries } = /** @type {Manifest} */ (manifest);
    expect(constructor.name).toBe("Manifest");
    expect({ root, entries }).toEqual({ root: "/workspace", entries: {} });
    expect(await /** @type {Manifest} */ (manifest).resolveEnvironment()).toEqual(environment);
  });

  it("is plain and may be changed, without a difference to anything", async () => {
    const { session, agent } = sessionWith();
    expect(session.state.environment).toEqual({});
    const manifest = {};
    session.state.manifest = manifest;
    session.state.agentId = "other";
    expect(session.state.manifest).toBe(manifest);
    await session.ping();
    expect(agent.asked[0]?.subject).toBe("agent.w.a.rpc");
    expect(await session.serializeSessionState()).toEqual({ agentId: "a" });
  });
});

/** @type {[string, (session: SelfhostedSession) => Promise<any>, string, string][]} */
const OPERATIONS = [
  ["exec", (session) => session.exec({ cmd: "x" }), "exec", "exec"],
  ["execCommand", (session) => session.execCommand({ cmd: "x" }), "exec", "exec"],
  ["readFile", (session) => session.readFile({ path: "p" }), "readFile", "fsRead"],
  ["viewImage", (session) => session.viewImage({ path: "p.png" }), "readFile", "fsRead"],
  ["writeFile", (session) => session.writeFile({ path: "p", content: "" }), "writeFile", "fsWrite"],
  ["listFiles", (session) => session.listFiles({ path: "p" }), "listFiles", "fsList"],
  ["listDir", (session) => session.listDir({ path: "p" }), "listFiles", "fsList"],
  ["statFile", (session) => session.statFile({ path: "p" }), "statFile", "fsStat"],
  ["pathExists", (session) => session.pathExists("p"), "statFile", "fsStat"],
  ["desktopInput", (session) => session.desktopInput(undefined), "desktopInput", "desktopInput"],
  ["screenshot", (session) => session.screenshot(), "screenshot", "desktopScreenshot"],
  [
    "resolveExposedPort of the desktop",
    (session) => session.resolveExposedPort(6080),
    "resolveExposedPort(6080)",
    "desktopEnsure",
  ],
  [
    "resolveExposedPort of a terminal",
    (session) => session.resolveExposedPort(3000),
    "resolveExposedPort(3000)",
    "ptyOpen",
  ],
];

describe.each(OPERATIONS)("%s", (_name, run, method, op) => {
  const isCommand = op === "exec";
  /** @param {string} message That of a reply which does not say what came of the operation. */
  const unread = (message) =>
    isCommand ? `${message}; the command may still be running` : message;

  it("is one request to the agent", async () => {
    const { session, agent } = sessionWith();
    await run(session);
    const [asked] = agent.asked;
    expect(agent.asked).toHaveLength(1);
    expect(asked?.subject).toBe("agent.w.a.rpc");
    expect(asked?.opts).toEqual({ timeoutMs: 30_000 });
    expect(asked?.req).toEqual({
      requestId: expect.stringMatching(
        /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
      ),
      epoch: 0,
      op: { $case: op, [op]: expect.anything() },
    });
    await run(session);
    expect(agent.asked[1]?.req.requestId).not.toBe(asked?.req.requestId);
  });

  it("takes an error over a result", async () => {
    const error = { code: 3, message: "none", retryable: true, detail: { errno: "2" } };
    const result = { $case: op, [op]: {} };
    const agent = agentWith({}, ({ requestId }) => ({ requestId, error, result }));
    const refused = await run(sessionOn(agent)).catch((e) => e);
    expect(refused).toBeInstanceOf(SelfhostedControlError);
    expect(refused).toMatchObject({ message: "none", osNotFound: true, retryable: true });
    expect(refused.detail).toBe(error.detail);
  });

  it("refuses an empty response", async () => {
    const agent = agentWith({}, ({ requestId }) => ({ requestId }));
    const refused = await run(sessionOn(agent)).catch((e) => e);
    expect(refused).toBeInstanceOf(SelfhostedControlError);
    expect(refused).toMatchObject({
      code: 7,
      message: unread("agent returned an empty control response"),
      retryable: false,
      detail: {},
    });
    expect(refused.mayBeRunning).toBe(isCommand || undefined);
  });

  it("refuses the result of another operation", async () => {
    const result = { $case: "ping", ping: {} };
    const agent = agentWith({}, ({ requestId }) => ({ requestId, error: undefined, result }));
    const refused = await run(sessionOn(agent)).catch((e) => e);
    expect(refused.constructor).toBe(isCommand ? SelfhostedExecTimeoutError : Error);
    expect(refused.message).toBe(unread(`selfhosted ${method}: unexpected result ping`));
    if (isCommand) expect(refused).toMatchObject({ code: 7, mayBeRunning: true, stdout: "" });
  });

  it.each([0, false, NaN, 0n, ""])("refuses a result whose name is no text: %s", async ($case) => {
    const result = /** @type {any} */ ({ $case });
    const agent = agentWith({}, ({ requestId }) => ({ requestId, error: undefined, result }));
    const refused = await run(sessionOn(agent)).catch((e) => e);
    expect(refused.message).toBe(unread(`selfhosted ${method}: unexpected result ${$case}`));
  });

  it("passes on what the way to the agent throws", async () => {
    const thrown = Object.freeze({ odd: true });
    const rejecting = agentWith({}, () => Promise.reject(thrown));
    expect(await run(sessionOn(rejecting)).catch((e) => e)).toBe(thrown);
    const throwing = agentWith({}, () => {
      throw thrown;
    });
    expect(await run(sessionOn(throwing)).catch((e) => e)).toBe(thrown);
  });

  it("does not look at whose response it is", async () => {
    const agent = agentWith();
    const request = agent.request.bind(agent);
    agent.request = async (...args) => ({ ...(await request(...args)), requestId: "other" });
    await expect(run(sessionOn(agent)).then(() => "fine")).resolves.toBe("fine");
  });
});

it.each([
  [{ epoch: 7, timeoutMs: 5 }, 7, 5],
  [{ timeoutMs: 0 }, 0, 0],
])("epoch and time are the session's: %j", async (deps, epoch, timeoutMs) => {
  const { session, agent } = sessionWith(deps);
  await session.statFile({ path: "p" });
  expect(agent.asked[0]?.req.epoch).toBe(epoch);
  expect(agent.asked[0]?.opts).toEqual({ timeoutMs });
});

describe("paths", () => {
  const rows = rowsOf("paths");

  it.each(Object.keys(rows[0]?.mapped))("are mapped in %j, everywhere", async (workingDir) => {
    const { session, agent } = sessionWith({ workingDir });
    for (const { path } of rows) {
      await session.exec({ cmd: "x", workdir: path });
      await session.readFile({ path });
      await session.writeFile({ path, content: "" });
      await session.listFiles({ path });
      await session.listDir({ path });
      await session.statFile({ path });
      await session.pathExists(path);
    }
    const sent = agent.ops.map((op) => op[op.$case].cwd ?? op[op.$case].path);
    expect(sent).toEqual(rows.flatMap(({ mapped }) => Array(7).fill(mapped[workingDir])));
  });

  it("that are not given are the working directory", async () => {
    const { session, agent } = sessionWith({ workingDir: "proj/" });
    await session.exec({ cmd: "x" });
    await session.readFile(/** @type {any} */ ({}));
    await session.readFile({ path: "" });
    expect([agent.ops[0].exec.cwd, agent.ops[1].fsRead.path, agent.ops[2].fsRead.path]).toEqual([
      "proj",
      "proj",
      "proj",
    ]);
  });
});

describe("a command", () => {
  it("goes to the platform's shell, as one word and with nothing beside it", async () => {
    const { session, agent } = sessionWith();
    const more = { shell: "zsh", login: true, tty: true, runAs: "root", yieldTimeMs: 5 };
    await session.exec({ cmd: "ls -la | wc", ...more });
    await session.execCommand({ cmd: "a pair: \ud83d\ude00", runAs: "root" });
    const plain = { shell: true, cwd: "", env: {}, stdin: new Uint8Array(0), timeoutMs: 28_000 };
    expect(agent.ops).toStrictEqual([
      { $case: "exec", exec: { command: ["ls -la | wc"], ...plain } },
      { $case: "exec", exec: { command: ["a pair: \ud83d\ude00"], ...plain } },
    ]);
  });

  it("that is no well-formed text is refused: it would be another command", async () => {
    const { session, agent } = sessionWith();
    for (const args of [{ cmd: "half a pair: \ud83d" }, { cmd: "x", workdir: "\udc00" }]) {
      const error = await session.exec(args).catch((error) => error);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/^(cmd|workdir) must be a string, got .* ill-formed string$/);
    }
    expect(agent.ops).toEqual([]);
  });

  it("needs a time that is a number", async () => {
    const { session, agent } = sessionWith({ timeoutMs: /** @type {any} */ ("30000") });
    const error = await session.exec({ cmd: "x" }).catch((error) => error);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('timeoutMs must be a number of milliseconds, got "30000"');
    expect(agent.ops).toEqual([]);
  });

  it("comes back with its output, its errors and its exit code", async () => {
    const exec = { stdout: utf8("out\n"), stderr: utf8("err\n"), exitCode: 3, durationMs: "9" };
    const { session } = sessionWith({}, { exec });
    expect(await session.exec({ cmd: "x" })).toStrictEqual({
      output: "out\n",
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 3,
      wallTimeSeconds: 0.009,
    });
    expect(await session.execCommand({ cmd: "x" })).toBe("out\n");
  });

  it("may say what is not UTF-8", async () => {
    const stdout = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62);
    const { session } = sessionWith({}, { exec: { stdout, stderr: Buffer.from([0xc3]) } });
    expect(await session.exec({ cmd: "x" })).toMatchObject({
      stdout: "a\ufffdb",
      stderr: "\ufffd",
    });
  });

  it.each([
    [{}, {}, 28_000, 30_000],
    [{ execTimeoutMs: 600_000 }, {}, 600_000, 602_000],
    [{ execTimeoutMs: 600_000 }, { execTimeoutMs: 1 }, 1, 2_001],
    [{ execTimeoutMs: 600_000 }, { execTimeoutMs: 0 }, 0, 30_000],
    [{ execTimeoutMs: 0, timeoutMs: 5 }, {}, 0, 5],
  ])("has its time, or the session's: %j, %j", async (deps, args, agentMs, transportMs) => {
    const { session, agent } = sessionWith(deps);
    await session.exec({ cmd: "x", ...args });
    expect(agent.ops[0].exec.timeoutMs).toBe(agentMs);
    expect(agent.asked[0]?.opts).toEqual({ timeoutMs: transportMs });
  });

  it.each(rowsOf("exec-limits"))("has its time by the table: %j", async (row) => {
    const { agentMs, transportMs, ...given } = row;
    const { session, agent } = sessionWith({ timeoutMs: Number(given.timeoutMs) });
    const args = "execTimeoutMs" in given ? { execTimeoutMs: Number(given.execTimeoutMs) } : {};
    const run = session.exec({ cmd: "x", ...args });
    if (agentMs === undefined) {
      await expect(run).rejects.toThrow(/^execTimeoutMs must be /);
      expect(agent.asked).toEqual([]);
      return;
    }
    await run;
    expect(agent.ops[0].exec.timeoutMs).toBe(agentMs);
    expect(agent.asked[0]?.opts).toEqual({ timeoutMs: Number(transportMs) });
  });

  it("that the agent ended is a timeout, and over", async () => {
    const exec = { timedOut: true, exitCode: -1, stderr: utf8("timed out") };
    const { session } = sessionWith({}, { exec });
    for (const run of [session.exec({ cmd: "x" }), session.execCommand({ cmd: "x" })]) {
      const error = await run.catch((e) => e);
      expect(error).toBeInstanceOf(SelfhostedExecTimeoutError);
      expect(error).toBeInstanceOf(SelfhostedControlError);
      expect({ ...error }).toEqual({
        name: "SelfhostedExecTimeoutError",
        code: 5,
        reason: null,
        retryable: false,
        fenced: false,
        draining: false,
        agentOffline: false,
        osNotFound: false,
        neverSent: false,
        payloadTooLarge: false,
        detail: {},
        mayBeRunning: false,
        stdout: "",
        stderr: "timed out",
      });
      expect(error.message).toBe("the agent ended the command after 28000 ms");
    }
  });

  it.each([
    [utf8("so far\n"), "so far\n"],
    [Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff), "a\ufffd"],
    ["text", "text"],
    [undefined, ""],
    [5n, ""],
  ])("that the agent ended has what it had printed: %o", async (printed, expected) => {
    const exec = { timedOut: true, exitCode: -1, stdout: printed, stderr: printed };
    const { session } = sessionWith({}, { exec });
    const error = await session.exec({ cmd: "x" }).catch((e) => e);
    expect(error).toBeInstanceOf(SelfhostedExecTimeoutError);
    expect([error.stdout, error.stderr]).toEqual([expected, expected]);
  });

  it("of which nothing was heard in time may still be running", async () => {
    const detail = { at: "relay" };
    const late = { code: 5, message: "too late", retryable: true, detail };
    const agent = agentWith({}, ({ requestId }) => ({ requestId, error: late }));
    const error = await sessionOn(agent)
      .exec({ cmd: "x" })
      .catch((e) => e);
    expect(error).toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(error).toMatchObject({
      message: "too late; the command may still be running",
      code: 5,
      reason: "agent_reconnecting",
      retryable: false,
      mayBeRunning: true,
      stdout: "",
      stderr: "",
    });
    expect(error.detail).toBe(detail);
    // What is no command may be asked again.
    const read = await sessionOn(agent)
      .readFile({ path: "p" })
      .catch((e) => e);
    expect(read).not.toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(read).toMatchObject({ message: "too late", retryable: true });
  });
});

describe("files", () => {
  it.each([
    [{}, "524288"],
    [{ maxBytes: 0 }, "524288"],
    [{ maxBytes: 10 }, "10"],
    [{ maxBytes: 1, runAs: "root" }, "1"],
    [{ maxBytes: 600_000 }, "524288"],
  ])("are read, the bytes themselves: %j", async (args, length) => {
    const content = Uint8Array.of(1, 2);
    const { session, agent } = sessionWith({}, { fsRead: { content, totalSize: "2" } });
    expect(await session.readFile({ path: "p", ...args })).toBe(content);
    expect(agent.ops).toStrictEqual([
      { $case: "fsRead", fsRead: { path: "p", offset: "0", length } },
    ]);
  });

  it.each([
    [1.5, RangeError],
    [NaN, RangeError],
    [-1, RangeError],
    [Infinity, RangeError],
    ["10", TypeError],
  ])("of %s bytes at most is refused", async (maxBytes, type) => {
    const { session, agent } = sessionWith();
    const args = { path: "p", maxBytes: /** @type {any} */ (maxBytes) };
    const error = await session.readFile(args).catch((error) => error);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(/^maxBytes must be a whole number of bytes, not below 0, got /);
    expect(agent.ops).toEqual([]);
  });

  it("are written, text as UTF-8 and bytes as they are", async () => {
    const { session, agent } = sessionWith({}, { fsWrite: { bytesWritten: "9007199254740992" } });
    const content = Uint8Array.of(1);
    expect(await session.writeFile({ path: "p", content })).toBe(2 ** 53);
    await session.writeFile({ path: "p", content: "é", createParents: false, append: true });
    expect(agent.ops[0].fsWrite.content).toBe(content);
    const plain = { path: "p", mode: 0 };
    expect(agent.ops).toStrictEqual([
      { $case: "fsWrite", fsWrite: { ...plain, content, createParents: true, append: false } },
      {
        $case: "fsWrite",
        fsWrite: { ...plain, content: utf8("é"), createParents: false, append: true },
      },
    ]);
  });

  it("are listed, as the agent has them and as callers want them", async () => {
    const kinds = rowsOf("kinds", "entries");
    const entries = kinds.map(({ kind }) => ({ name: `n${kind}`, path: `d/n${kind}`, kind }));
    const { session, agent } = sessionWith({}, { fsList: { entries } });
    const listed = await session.listFiles({ path: "p", recursive: true });
    expect(listed).toStrictEqual({ $case: "fsList", fsList: { entries } });
    expect(listed.fsList.entries).toBe(entries);
    const args = { path: "p", recursive: true };
    expect(await session.listDir(args)).toStrictEqual(
      entries.map(({ name, path }, at) => ({ name, path, type: kinds[at]?.type })),
    );
    await session.listFiles({ path: "p" });
    expect(agent.ops.map(({ fsList }) => fsList)).toStrictEqual([
      { path: "p", recursive: true },
      { path: "p", recursive: false },
      { path: "p", recursive: false },
    ]);
  });

  it("are there, or not", async () => {
    const { session, agent } = sessionWith({}, { fsStat: { exists: true, entry: { size: "1" } } });
    expect(await session.statFile({ path: "p" })).toStrictEqual({ exists: true });
    expect(await session.pathExists("p", "root")).toBe(true);
    expect(agent.ops[1]).toStrictEqual({ $case: "fsStat", fsStat: { path: "p" } });
    expect(await sessionWith().session.pathExists("p")).toBe(false);
  });

  it("are images, of which the caller gets a copy", async () => {
    const content = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);
    const { session, agent } = sessionWith({}, { fsRead: { content } });
    const { type, image } = await session.viewImage({ path: "shot" });
    expect({ type, image }).toStrictEqual({
      type: "image",
      image: { data: content, mediaType: "image/png" },
    });
    expect(image.data.buffer).not.toBe(content.buffer);
    expect(agent.ops[0].fsRead.length).toBe("524288");
  });

  it.each(rowsOf("images"))("are images, or not: %j", async ({ hex, path, mediaType }) => {
    const content = Uint8Array.from(Buffer.from(hex, "hex"));
    const { session } = sessionWith({}, { fsRead: { content } });
    const viewed = session.viewImage({ path }).then(
      ({ image }) => image.mediaType,
      () => null,
    );
    expect(await viewed).toBe(mediaType);
  });

  it("are no images", async () => {
    const { session } = sessionWith({}, { fsRead: { content: utf8("text") } });
    const error = await session.viewImage({ path: "/workspace/x.avif" }).catch((e) => e);
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(
      "selfhosted view_image: unsupported image format for /workspace/x.avif",
    );
  });

  it.each([["abc"], [[1, 2]], [new ArrayBuffer(4)], [undefined], [5n]])(
    "are no images where the machine gives no bytes: %o",
    async (content) => {
      const { session } = sessionWith({}, { fsRead: { content } });
      await expect(session.viewImage({ path: "x.png" })).rejects.toThrow(
        new TypeError("selfhosted view_image: the machine gave no bytes for x.png"),
      );
    },
  );

  it("are images in the bytes of another realm", async () => {
    const content = runInNewContext("Uint8Array.of(0x89, 0x50, 0x4e, 0x47)");
    const { session } = sessionWith({}, { fsRead: { content } });
    const { image } = await session.viewImage({ path: "shot" });
    expect([...image.data]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });
});

describe("the desktop", () => {
  it("takes an event as it is", async () => {
    const { session, agent } = sessionWith();
    const event = /** @type {const} */ ({
      $case: "scroll",
      scroll: { x: 1, y: 2, deltaX: 0, deltaY: -3 },
    });
    expect(await session.desktopInput(event)).toBeUndefined();
    await session.desktopInput(undefined);
    expect(agent.ops[0].desktopInput.event).toBe(event);
    expect(agent.ops[1]).toStrictEqual({
      $case: "desktopInput",
      desktopInput: { event: undefined },
    });
  });

  it("is pictured, the bytes themselves", async () => {
    const png = Uint8Array.of(1);
    const { session, agent } = sessionWith({}, { desktopScreenshot: { png, width: 2, height: 3 } });
    const shot = await session.screenshot();
    expect(shot).toStrictEqual({ png, width: 2, height: 3 });
    expect(shot.png).toBe(png);
    expect(agent.ops).toStrictEqual([{ $case: "desktopScreenshot", desktopScreenshot: {} }]);
  });
});

describe("a ping", () => {
  it("has a number of its own, or the caller's", async () => {
    const { session, agent } = sessionWith({ timeoutMs: 9 });
    expect(await session.ping()).toBe(true);
    expect(await session.ping("42")).toBe(true);
    const [own, given] = agent.ops.map(({ ping }) => ping.nonce);
    expect(own).toMatch(/^(0|[1-9]\d{0,15})$/);
    expect(Number.isSafeInteger(Number(own))).toBe(true);
    expect(given).toBe("42");
    expect(agent.asked[0]?.opts).toEqual({ timeoutMs: 9 });
  });

  it.each([
    ["an error", { error: { code: 6, message: "", retryable: true, detail: {} } }],
    ["nothing", {}],
    ["another result", { result: { $case: "exec", exec: {} } }],
  ])("that comes back with %s has failed", async (_what, response) => {
    const agent = agentWith({}, ({ requestId }) => ({ requestId, ...response }));
    expect(await sessionOn(agent).ping()).toBe(false);
  });

  it("passes on what the way to the agent throws", async () => {
    const agent = agentWith({}, () => Promise.reject("gone"));
    expect(
      await sessionOn(agent)
        .ping()
        .catch((e) => e),
    ).toBe("gone");
  });
});

describe("an exposed port", () => {
  it("is a stream at the relay", async () => {
    const { session, agent } = sessionWith({ workspaceId: "w&s", agentId: "a/1" });
    expect(await session.resolveExposedPort(7681)).toStrictEqual({
      host: "relay.test",
      port: 443,
      tls: true,
      path: "/stream",
      query: "ws=w%26s&agent=a%2F1&port=7681&channel=w%26s%3Aa%2F1%3A7681",
      protocol: "raw",
    });
    await session.resolveExposedPort(6080);
    const terminal = { command: [], cwd: "", env: {}, cols: 0, rows: 0, term: "xterm-256color" };
    expect(agent.ops).toStrictEqual([
      { $case: "ptyOpen", ptyOpen: terminal },
      { $case: "desktopEnsure", desktopEnsure: { width: 0, height: 0 } },
    ]);
  });

  it.each([
    [
      { host: "h", tls: false },
      { host: "h", port: 80, tls: false, path: "/stream" },
    ],
    [
      { host: "h", port: 8443, path: "" },
      { host: "h", port: 8443, tls: true, path: "" },
    ],
  ])("is where the relay is: %j", async (relay, expected) => {
    const { session } = sessionWith({ relay });
    expect(await session.resolveExposedPort(1)).toMatchObject(expected);
  });

  it.each(rowsOf("kinds", "channels"))(
    "of a channel of kind $kind is $protocol, under the channel's name",
    async ({ kind, protocol }) => {
      const channel = { channelId: "c 1", kind };
      const { session } = sessionWith({}, { ptyOpen: { channel }, desktopEnsure: { channel } });
      for (const port of [6080, 3000]) {
        expect(await session.resolveExposedPort(port)).toMatchObject({
          protocol,
          query: `ws=w&agent=a&port=${port}&channel=c%201`,
        });
      }
    },
  );

  it.each(["proj/", "/"])(
    "has its terminal in the working directory, as it is: %s",
    async (cwd) => {
      const { session, agent } = sessionWith({ workingDir: cwd });
      await session.resolveExposedPort(7681);
      expect(agent.ops[0].ptyOpen.cwd).toBe(cwd);
    },
  );
});

describe("what needs no agent", () => {
  it("sends nothing", async () => {
    const { session, agent } = sessionWith();
    expect(session.supportsPty()).toBe(false);
    expect(await session.materializeEntry({})).toBeUndefined();
    expect(await session.serializeSessionState()).toStrictEqual({ agentId: "a" });
    expect(agent.asked).toEqual([]);
  });

  it.each(["writeStdin", "close", "applyManifest", "delete"])("there is no %s", (name) => {
    expect(name in sessionWith().session).toBe(false);
  });
});

it("flags are what they count as", async () => {
  const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
  const { session, agent } = sessionWith();
  for (const [given, createParents, append] of [
    [1, true, true],
    ["a", true, true],
    [0, false, false],
    [null, true, false],
    [undefined, true, false],
  ]) {
    agent.asked.length = 0;
    const flags = { createParents: any(given), append: any(given) };
    await session.writeFile({ path: "p", content: "", ...flags });
    await session.listFiles({ path: "p", recursive: any(given) });
    expect(agent.ops[0].fsWrite).toMatchObject({ createParents, append });
    expect(agent.ops[1].fsList.recursive).toBe(append);
  }
});

describe("what cannot be sent", () => {
  it("a working directory that is none is named", () => {
    const build = (/** @type {any} */ workingDir) => () => sessionWith({ workingDir });
    expect(build("a\ud800")).toThrow(TypeError);
    expect(build(5)).toThrow(new TypeError("workingDir must be a string, got 5"));
  });

  it.each([Symbol("w"), "\ud800", "a".repeat(65_537)])(
    "an address that is none is named",
    async (odd) => {
      for (const field of ["workspaceId", "agentId"]) {
        const expected = new RegExp(`^${field} must be a string.*, got `);
        expect(() => sessionWith({ [field]: odd })).toThrow(expected);
        const { session, agent } = sessionWith();
        Object.assign(session, { [field]: odd });
        await expect(session.statFile({ path: "p" })).rejects.toThrow(expected);
        await expect(session.resolveExposedPort(80)).rejects.toThrow(expected);
        expect(agent.asked).toEqual([]);
      }
    },
  );

  const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
  /** @type {[string, (session: SelfhostedSession) => Promise<any>, Error][]} */
  const refusals = [
    ["a missing cmd", (s) => s.exec(any({})), new TypeError("cmd must be a string, got nothing")],
    [
      "a cmd in parts",
      (s) => s.execCommand(any({ cmd: ["ls"] })),
      new TypeError("cmd must be a string, got a value of type object"),
    ],
    [
      "a workdir",
      (s) => s.exec(any({ cmd: "x", workdir: 5 })),
      new TypeError("workdir must be a string, got 5"),
    ],
    [
      "a path",
      (s) => s.listDir(any({ path: true })),
      new TypeError("path must be a string, got a value of type boolean"),
    ],
    [
      "a path that is longer than any",
      (s) => s.statFile({ path: "p".repeat(65_537) }),
      new TypeError(`path must be a string of at most 65536 bytes, got "${"p".repeat(100)}"…`),
    ],
    [
      "a cmd that is longer than any message",
      (s) => s.exec({ cmd: "c".repeat(67_108_865) }),
      new TypeError(`cmd must be a string of at most 67108864 bytes, got "${"c".repeat(100)}"…`),
    ],
    [
      "a port that is no text",
      (s) => s.resolveExposedPort(any(Symbol("p"))),
      new TypeError("port must be a string, got a value of type symbol"),
    ],
    [
      "a port that is no well-formed text",
      (s) => s.resolveExposedPort(any("\ud800")),
      new TypeError("port must be a string, got a value of type ill-formed string"),
    ],
    [
      "a time",
      (s) => s.exec({ cmd: "x", execTimeoutMs: -1 }),
      new RangeError(
        "execTimeoutMs must be a whole number of milliseconds from 0 to 2147481647, got -1",
      ),
    ],
    [
      "a time in text",
      (s) => s.exec(any({ cmd: "x", execTimeoutMs: "5" })),
      new TypeError(
        'execTimeoutMs must be a whole number of milliseconds from 0 to 2147481647, got "5"',
      ),
    ],
  ];
  it.each(refusals)("%s is named, and nothing is sent", async (_what, run, expected) => {
    const { session, agent } = sessionWith();
    const error = await run(session).catch((e) => e);
    expect(error.constructor).toBe(expected.constructor);
    expect(error.message).toBe(expected.message);
    expect(agent.asked).toEqual([]);
  });
});
