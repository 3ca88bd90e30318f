import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import {
  NatsControlRpc,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  SelfhostedSession,
  agentErrorToControlError,
} from "../../../index.js";
import { rowsOf } from "../../support/table.js";
import { ControlResponse, encode } from "../../support/wire.js";

const PING = /** @type {import("../../../index.js").ControlRequest} */ ({
  requestId: "r1",
  epoch: 0,
  op: { $case: "ping", ping: { nonce: "1" } },
});
const PONG = encode(ControlResponse, {
  requestId: "r1",
  error: undefined,
  result: { $case: "ping", ping: { nonce: "1", agentMonotonicMs: "2" } },
});

/** @param {object} error */
function failed(error) {
  return { requestId: "r1", error: { retryable: false, detail: {}, ...error }, result: undefined };
}
const OFFLINE = failed({ code: 9, message: "no agent responded (offline)" });
const DENIED = "the NATS server denied the request";

/** The errors of the transport, by what failed. @type {Record<string, object>} */
const FAULTS = {
  noResponders: { code: 9, message: "no agent responded (offline)" },
  timeout: { code: 5, message: "the agent did not respond in time", retryable: true },
  tooLarge: { code: 1, message: "the request exceeds the server's max_payload" },
  denied: { code: 0, message: DENIED },
  closed: { code: 5, message: "the connection to the NATS server is closed", retryable: true },
  lost: {
    ...{ code: 5, message: "the connection to the NATS server was lost before the answer" },
    retryable: true,
  },
  unknown: { code: 0, message: "the request failed on its way" },
};

/** A connection that answers, or does what it is told. */
function connection(request = async () => ({ data: PONG })) {
  return { request: vi.fn(request) };
}

/** @param {NatsControlRpc} rpc */
function ask(rpc) {
  return rpc.request("agent.w.a.rpc", PING, { timeoutMs: 123 });
}

/**
 * The error of a client, and its causes.
 *
 * @param {{ name?: string, code?: unknown, message?: unknown }[]} links
 * @returns {Error | undefined}
 */
function errorOf([link, ...causes]) {
  if (!link) return undefined;
  const cause = errorOf(causes);
  return Object.assign(new Error("", cause && { cause }), link);
}

describe("the connection", () => {
  it("is not made before it is needed, and then kept", async () => {
    const made = connection();
    const connect = vi.fn(async () => made);
    const rpc = new NatsControlRpc(connect);
    expect(connect).not.toHaveBeenCalled();
    await ask(rpc);
    await ask(rpc);
    expect(connect).toHaveBeenCalledOnce();
    expect(made.request).toHaveBeenCalledTimes(2);
    expect(made.request.mock.contexts[0]).toBe(made);
    const [subject, payload, opts] = /** @type {any[]} */ (made.request.mock.calls[0]);
    expect(subject).toBe("agent.w.a.rpc");
    expect(payload).toBeInstanceOf(Uint8Array);
    expect(opts).toEqual({ timeout: 123 });
  });

  it("is made once for all that wait for it", async () => {
    const made = connection();
    const connect = vi.fn(async () => made);
    const rpc = new NatsControlRpc(connect);
    await Promise.all([ask(rpc), ask(rpc), ask(rpc)]);
    expect(connect).toHaveBeenCalledOnce();
    expect(made.request).toHaveBeenCalledTimes(3);
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("refused"))],
    [
      "throws",
      () => {
        throw new Error("refused");
      },
    ],
    ["has nothing yet", async () => /** @type {any} */ (undefined)],
  ])("is tried again after a connect that %s", async (_what, failing) => {
    const connect = vi.fn(failing).mockImplementationOnce(failing);
    connect.mockImplementation(async () => connection());
    connect.mockImplementationOnce(failing).mockImplementationOnce(failing);
    const rpc = new NatsControlRpc(connect);
    const first = await Promise.all([ask(rpc), ask(rpc)]);
    expect(first).toStrictEqual([first[0], first[0]]);
    expect(connect).toHaveBeenCalledOnce();
    for (const { error } of [...first, await ask(rpc), await ask(rpc)]) {
      expect(error).toMatchObject({ code: 9, message: "no agent responded (offline)" });
      const isTold = _what !== "has nothing yet";
      expect(error?.detail).toEqual(isTold ? { transport: "unconnected", message: "refused" } : {});
    }
    expect(await ask(rpc)).toMatchObject({ error: undefined, result: { $case: "ping" } });
    await ask(rpc);
    expect(connect).toHaveBeenCalledTimes(4);
  });

  describe("that takes too long", () => {
    const hasty = { timeoutMs: 20 };
    const dials = () => {
      /** @type {((connection: any) => void)[]} */
      const settle = [];
      const connect = vi.fn(() => new Promise((resolve) => settle.push(resolve)));
      return { settle, connect, rpc: new NatsControlRpc(/** @type {any} */ (connect)) };
    };

    it("keeps no request longer than its answer may, and serves the next", async () => {
      const { settle, connect, rpc } = dials();
      const both = [rpc.request("s", PING, hasty), rpc.request("s", PING, hasty)];
      expect(await Promise.all(both)).toStrictEqual([OFFLINE, OFFLINE]);
      for (let again = 0; again < 3; again++) {
        expect(await rpc.request("s", PING, hasty)).toStrictEqual(OFFLINE);
      }
      const next = rpc.request("s", PING, { timeoutMs: 10_000 });
      settle[0]?.(connection());
      expect(await next).toMatchObject({ error: undefined });
      expect(connect).toHaveBeenCalledOnce();
    });

    it("is taken where it comes late and there is no other", async () => {
      const { settle, connect, rpc } = dials();
      expect(await rpc.request("s", PING, hasty)).toStrictEqual(OFFLINE);
      const late = connection();
      settle[0]?.(late);
      await sleep(1);
      await ask(rpc);
      expect(late.request).toHaveBeenCalledOnce();
      expect(connect).toHaveBeenCalledOnce();
    });

    it("is closed where it comes late and nobody uses it", async () => {
      const { settle, connect, rpc } = dials();
      expect(await rpc.request("s", PING, hasty)).toStrictEqual(OFFLINE);
      const late = { ...connection(), close: vi.fn(async () => {}) };
      settle[0]?.(late);
      await sleep(1);
      expect(late.close).not.toHaveBeenCalled();
      await vi.waitFor(() => expect(late.close).toHaveBeenCalledOnce());
      expect(late.close.mock.contexts[0]).toBe(late);
      const next = ask(rpc);
      settle[1]?.(connection());
      expect(await next).toMatchObject({ error: undefined });
      expect(connect).toHaveBeenCalledTimes(2);
      expect(late.request).not.toHaveBeenCalled();
    });

    it.each([
      ["is used then", async (/** @type {any} */ own, /** @type {any} */ _late) => ask(own)],
      [
        "is another's, who uses it",
        async (/** @type {any} */ _own, /** @type {any} */ late) =>
          ask(new NatsControlRpc(async () => late)),
      ],
    ])("is left open where it comes late and %s", async (_what, use) => {
      const { settle, rpc } = dials();
      expect(await rpc.request("s", PING, hasty)).toStrictEqual(OFFLINE);
      const late = { ...connection(), close: vi.fn(async () => {}) };
      settle[0]?.(late);
      await sleep(1);
      await use(rpc, late);
      await sleep(50);
      expect(late.close).not.toHaveBeenCalled();
      expect(await ask(rpc)).toMatchObject({ error: undefined });
    });

    it.each([
      ["rejects", () => Promise.reject(new Error("c"))],
      [
        "throws",
        () => {
          throw new Error("c");
        },
      ],
      ["is not there", undefined],
    ])("may come late with a close that %s", async (_what, close) => {
      const { settle, connect, rpc } = dials();
      expect(await rpc.request("s", PING, hasty)).toStrictEqual(OFFLINE);
      settle[0]?.({ ...connection(), close });
      await sleep(50);
      void ask(rpc);
      await vi.waitFor(() => expect(connect).toHaveBeenCalledTimes(2));
    });

    it.each([0, Infinity])(
      "is waited for without end by a request with %d ms",
      async (timeoutMs) => {
        const { settle, rpc } = dials();
        const request = rpc.request("s", PING, { timeoutMs });
        await sleep(30);
        settle[0]?.(connection());
        expect(await request).toMatchObject({ error: undefined });
      },
    );
  });

  it("is tried again where there was none", async () => {
    const connect = vi.fn(async () => /** @type {any} */ (null));
    const rpc = new NatsControlRpc(connect);
    expect(await ask(rpc)).toStrictEqual(OFFLINE);
    // Nothing is encoded for nobody.
    const bad = { ...PING, epoch: -1 };
    expect(await rpc.request("s", bad, { timeoutMs: 1 })).toStrictEqual(OFFLINE);
    connect.mockImplementation(async () => connection());
    expect(await ask(rpc)).toMatchObject({ error: undefined });
    expect(connect).toHaveBeenCalledTimes(3);
  });

  it.each(["isClosed", "isDraining"])("is not used while it %s, and dialled anew", async (over) => {
    const isOver = vi.fn(() => false);
    const old = { ...connection(), [over]: isOver };
    const connect = vi.fn(async () => connection()).mockImplementationOnce(async () => old);
    const rpc = new NatsControlRpc(connect);
    await ask(rpc);
    await ask(rpc);
    expect([old.request.mock.calls.length, connect.mock.calls.length]).toEqual([2, 1]);
    isOver.mockReturnValue(true);
    expect(await ask(rpc)).toMatchObject({ error: undefined });
    expect([old.request.mock.calls.length, connect.mock.calls.length]).toEqual([2, 2]);
    expect(isOver.mock.contexts[0]).toBe(old);
  });

  it("that is dialled closed is told, and nothing is handed over to it", async () => {
    const closed = { ...connection(), isClosed: () => true };
    const connect = vi.fn(async () => closed);
    const rpc = new NatsControlRpc(connect);
    const { error } = await ask(rpc);
    expect(error).toStrictEqual({ retryable: false, detail: {}, ...FAULTS["closed"] });
    expect(agentErrorToControlError(/** @type {any} */ (error))).toMatchObject({
      neverSent: true,
      reason: "agent_reconnecting",
    });
    await ask(rpc);
    expect(connect).toHaveBeenCalledTimes(2);
    expect(closed.request).not.toHaveBeenCalled();
  });

  it("that the server denies has a meaning of its own", async () => {
    const denied = errorOf([{ name: "AuthorizationError", message: "Authorization Violation" }]);
    const rpc = new NatsControlRpc(() => Promise.reject(denied));
    const { error } = await ask(rpc);
    const detail = { transport: "denied", message: "Authorization Violation" };
    expect(error).toStrictEqual({ code: 0, message: DENIED, retryable: false, detail });
    const told = agentErrorToControlError(/** @type {any} */ (error));
    expect(told).toMatchObject({ neverSent: true, reason: null, agentOffline: false });
    expect(told.cause).toBe(denied);
  });

  it("that broke is dropped once, not its successor", async () => {
    /** @type {((error: Error) => void)[]} */
    const fail = [];
    const broken = connection(() => new Promise((_resolve, reject) => fail.push(reject)));
    const successor = connection();
    const connect = vi.fn(async () => broken).mockImplementationOnce(async () => broken);
    connect.mockImplementation(async () => successor);
    const rpc = new NatsControlRpc(connect);
    const [early, late] = [ask(rpc), ask(rpc)];
    await vi.waitFor(() => expect(fail).toHaveLength(2));
    fail[0]?.(new Error("x"));
    expect(await early).toMatchObject({ error: FAULTS["unknown"] });
    await ask(rpc);
    fail[1]?.(new Error("x"));
    expect(await late).toMatchObject({ error: FAULTS["unknown"] });
    await ask(rpc);
    expect(connect).toHaveBeenCalledTimes(2);
    expect(successor.request).toHaveBeenCalledTimes(2);
  });
});

describe("what a connection throws", () => {
  /** @type {[thrown: any, fault: string, isDropped: boolean, isClosed?: boolean][]} */
  const cases = [
    ...rowsOf("transport-failures").map(({ thrown, fault, isDropped, isClosed }) => {
      const links = /** @type {any} */ (thrown);
      return /** @type {any} */ ([errorOf(links), fault, isDropped, isClosed]);
    }),
    // Only a text is a code.
    [errorOf([{ message: "x", code: 503 }]), "unknown", true],
    // Only an error has its message read; of any other value that is its text.
    ["timeout", "timeout", false],
    [{ message: "timeout" }, "unknown", true],
    [{ code: "503" }, "noResponders", false],
    [null, "unknown", true],
    [undefined, "unknown", true],
    [Object.create(null), "unknown", true],
    [errorOf([{ message: 503 }]), "unknown", true],
    // A cause may be itself.
    [circular(), "unknown", true],
  ];

  function circular() {
    const error = new Error("x");
    error.cause = error;
    return error;
  }

  /** @param {unknown} thrown @param {boolean} isClosed */
  function rpcOf(thrown, isClosed) {
    let hasThrown = false;
    const request = () => {
      hasThrown = true;
      return Promise.reject(thrown);
    };
    const isClosedNow = () => isClosed && hasThrown;
    const connect = vi.fn(async () => {
      hasThrown = false;
      return { ...connection(request), isClosed: isClosedNow };
    });
    return { connect, rpc: new NatsControlRpc(connect) };
  }

  it.each(cases)("%o means %s", async (thrown, fault, isDropped, isClosed = false) => {
    const { rpc, connect } = rpcOf(thrown, isClosed);
    const response = await ask(rpc);
    const detail = { transport: fault, message: expect.any(String) };
    const expected = failed({ ...FAULTS[fault], detail });
    expect(response).toStrictEqual(expected);
    if (thrown instanceof Error) expect(response.error?.detail.message).toBe(`${thrown.message}`);
    await ask(rpc);
    expect(connect).toHaveBeenCalledTimes(isDropped ? 2 : 1);
  });

  it.each(cases)("%o is the cause of what a session throws", async (thrown, fault, _, isClosed) => {
    const { rpc } = rpcOf(thrown, isClosed ?? false);
    const ids = { workspaceId: "w", agentId: "a" };
    const session = new SelfhostedSession({ ...ids, controlRpc: rpc, relay: { host: "h" } });
    const isNever = fault === "noResponders" || fault === "tooLarge";
    const flags = { neverSent: isNever, payloadTooLarge: fault === "tooLarge" };
    // The first request goes by `request`, as every write does; the next ones go directly, where the
    // connection is kept.
    for (let again = 0; again < 2; again++) {
      const read = await session.statFile({ path: "p" }).catch((e) => e);
      expect(read).toBeInstanceOf(SelfhostedControlError);
      expect(read).not.toBeInstanceOf(SelfhostedExecTimeoutError);
      expect(read).toMatchObject({ ...FAULTS[fault], ...flags, detail: { transport: fault } });
      expect(read.cause).toBe(thrown);
      expect(read.agentOffline).toBe(fault === "noResponders");
      const ran = await session.exec({ cmd: "x" }).catch((e) => e);
      expect(ran).toMatchObject({ ...flags, detail: { transport: fault } });
      expect(ran.cause).toBe(thrown);
      // Nothing but proof says that a command is not running.
      expect(ran.mayBeRunning).toBe(isNever ? undefined : true);
      expect(ran instanceof SelfhostedExecTimeoutError).toBe(!isNever);
      if (!isNever) expect(ran.retryable).toBe(false);
    }
  });

  it("may have nothing that can be read", async () => {
    const get = () => {
      throw new Error("not readable");
    };
    const { rpc } = rpcOf(new Proxy({}, { get }), false);
    const { error } = await ask(rpc);
    const detail = { transport: "unknown", message: "" };
    expect(error).toStrictEqual({ retryable: false, ...FAULTS["unknown"], detail });
  });

  it("may be thrown synchronously", async () => {
    const rpc = new NatsControlRpc(async () => ({
      request() {
        throw new Error("timeout");
      },
    }));
    expect(await ask(rpc)).toMatchObject({ error: FAULTS["timeout"] });
  });

  it("is known of the response for as long as it is passed on", async () => {
    const cause = errorOf([{ name: "NatsError", code: "503", message: "503" }]);
    const nats = new NatsControlRpc(async () => connection(() => Promise.reject(cause)));
    /** @type {import("../../../index.js").ControlRpc} */
    const controlRpc = { request: (...args) => nats.request(...args) };
    const ids = { workspaceId: "w", agentId: "a" };
    const session = new SelfhostedSession({ ...ids, controlRpc, relay: { host: "h" } });
    const error = await session.exec({ cmd: "x" }).catch((e) => e);
    expect(error).toMatchObject({ agentOffline: true, neverSent: true });
    expect(error.cause).toBe(cause);
  });
});

it.each([
  "",
  "a..b",
  "agent.*.a.rpc",
  "agent.>",
  "a b",
  "a\r\nPUB x 0\r\n",
  Symbol("s"),
  undefined,
])("a subject is refused that a message cannot be sent to: %o", async (subject) => {
  const connect = vi.fn(async () => connection());
  const rpc = new NatsControlRpc(connect);
  const request = rpc.request(/** @type {any} */ (subject), PING, { timeoutMs: 1 });
  await expect(request).rejects.toThrow(TypeError);
  await expect(request).rejects.toThrow(/^subject must be a (NATS subject|string)/);
  expect(connect).not.toHaveBeenCalled();
});

it("a subject is refused that is longer than the longest", async () => {
  const made = connection();
  const rpc = new NatsControlRpc(async () => made);
  const subject = `agent.${"a".repeat(1_014)}.rpc`;
  await rpc.request(subject, PING, { timeoutMs: 1 });
  await expect(rpc.request(`${subject}x`, PING, { timeoutMs: 1 })).rejects.toThrow(
    /^subject must be a NATS subject: of 1024 bytes at most/,
  );
  expect(made.request.mock.calls).toEqual([[subject, expect.anything(), expect.anything()]]);
});

describe("a reply", () => {
  it.each([
    ["damaged bytes", { data: PONG.slice(0, -1) }],
    ["text", { data: new TextEncoder().encode("not protobuf") }],
    ["no bytes", {}],
    ["no data at all", undefined],
    ["a string for data", { data: "text" }],
    ["numbers of other sizes", { data: new Uint16Array(2) }],
    ["a view of bytes", { data: new DataView(new ArrayBuffer(2)) }],
  ])("of %s is a protocol error, and the connection is kept", async (_what, reply) => {
    const connect = vi.fn(async () => connection(async () => /** @type {any} */ (reply)));
    const rpc = new NatsControlRpc(connect);
    const { requestId, error, result } = await ask(rpc);
    expect({ requestId, result }).toStrictEqual({ requestId: "r1", result: undefined });
    expect(error).toMatchObject({ code: 7, retryable: false, detail: {} });
    expect(error?.message).toMatch(/^the agent's reply is malformed: ./);
    await ask(rpc);
    expect(connect).toHaveBeenCalledOnce();
  });

  it("to another request is a protocol error", async () => {
    const stray = encode(ControlResponse, { requestId: "r2", error: undefined, result: undefined });
    const rpc = new NatsControlRpc(async () => connection(async () => ({ data: stray })));
    const { requestId, error } = await ask(rpc);
    expect(requestId).toBe("r1");
    expect(error).toMatchObject({ code: 7, message: "the agent replied to another request" });
  });

  it.each([
    ["nothing", new Uint8Array(0), undefined],
    [
      "an agent that could not read the request",
      encode(ControlResponse, {
        requestId: "",
        error: { code: 7, message: "what?", retryable: false, detail: {} },
        result: undefined,
      }),
      { code: 7, message: "what?", retryable: false, detail: {} },
    ],
  ])("of %s is taken as it is", async (_what, data, error) => {
    const rpc = new NatsControlRpc(async () => connection(async () => ({ data })));
    expect(await ask(rpc)).toStrictEqual({ requestId: "", error, result: undefined });
  });
});

describe("a request that is larger than the server takes", () => {
  const fsWrite = { path: "p", createParents: true, append: false, mode: 0 };
  const write = (/** @type {number} */ length) => ({
    requestId: "r1",
    epoch: 0,
    op: /** @type {const} */ ({
      $case: "fsWrite",
      fsWrite: { ...fsWrite, content: new Uint8Array(length) },
    }),
  });

  it("is refused by name, and not sent", async () => {
    const made = { ...connection(), info: { max_payload: 100 } };
    const rpc = new NatsControlRpc(async () => made);
    const { requestId, error, result } = await rpc.request("s", write(100), { timeoutMs: 1 });
    expect({ requestId, result }).toStrictEqual({ requestId: "r1", result: undefined });
    expect(error).toStrictEqual({
      code: 1,
      message: expect.stringMatching(
        /^the request of 1\d\d bytes exceeds the server's max_payload of 100 bytes$/,
      ),
      retryable: false,
      detail: {},
    });
    expect(made.request).not.toHaveBeenCalled();
  });

  it.each([
    [undefined],
    [{}],
    [{ max_payload: undefined }],
    [{ max_payload: /** @type {any} */ ("5") }],
  ])("is sent where no limit is known: %j", async (info) => {
    const made = { ...connection(), info };
    const rpc = new NatsControlRpc(async () => made);
    await rpc.request("s", write(1 << 21), { timeoutMs: 1 });
    expect(made.request).toHaveBeenCalledOnce();
  });
});

describe("bytes of a request", () => {
  it.each([new Uint16Array(2), new DataView(new ArrayBuffer(2)), new ArrayBuffer(2)])(
    "that are none are named: %o",
    async (content) => {
      const made = connection();
      const rpc = new NatsControlRpc(async () => made);
      const fsWrite = { path: "p", content, createParents: true, append: false, mode: 0 };
      const op = /** @type {any} */ ({ $case: "fsWrite", fsWrite });
      const request = rpc.request("s", { requestId: "r1", epoch: 0, op }, { timeoutMs: 1 });
      await expect(request).rejects.toThrow(new TypeError("content must be a Uint8Array"));
      expect(made.request).not.toHaveBeenCalled();
    },
  );
});
