import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { NatsControlRpc } from "../../../index.js";
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

const OFFLINE = {
  requestId: "r1",
  error: { code: 9, message: "no agent responded (offline)", retryable: false, detail: {} },
  result: undefined,
};
const TIMEOUT = {
  requestId: "r1",
  error: { code: 5, message: "the agent did not respond in time", retryable: true, detail: {} },
  result: undefined,
};
const UNSUPPORTED = {
  requestId: "r1",
  error: {
    ...{ code: 1, message: "the request exceeds the server's max_payload" },
    ...{ retryable: false, detail: {} },
  },
  result: undefined,
};

/** A connection that answers, or does what it is told. */
function connection(request = async () => ({ data: PONG })) {
  return { request: vi.fn(request) };
}

/** @param {NatsControlRpc} rpc */
function ask(rpc) {
  return rpc.request("agent.w.a.rpc", PING, { timeoutMs: 123 });
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
    expect(first).toStrictEqual([OFFLINE, OFFLINE]);
    expect(connect).toHaveBeenCalledOnce();
    expect(await ask(rpc)).toStrictEqual(OFFLINE);
    expect(await ask(rpc)).toStrictEqual(OFFLINE);
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
    fail[0]?.(new Error("CONNECTION_CLOSED"));
    expect(await early).toStrictEqual(OFFLINE);
    await ask(rpc);
    fail[1]?.(new Error("CONNECTION_CLOSED"));
    expect(await late).toStrictEqual(OFFLINE);
    await ask(rpc);
    expect(connect).toHaveBeenCalledTimes(2);
    expect(successor.request).toHaveBeenCalledTimes(2);
  });
});

describe("what a connection throws", () => {
  /** @type {Record<string, unknown>} */
  const responses = { offline: OFFLINE, timeout: TIMEOUT, unsupported: UNSUPPORTED };

  /** @type {[thrown: unknown, told: string, isDropped: boolean][]} */
  const cases = [
    ...rowsOf("transport-failures").map(({ code, message, told, isDropped }) => {
      const thrown = Object.assign(new Error(message), code && { code });
      return /** @type {[unknown, string, boolean]} */ ([thrown, told, isDropped]);
    }),
    // Only a text is a code.
    [Object.assign(new Error("x"), { code: 503 }), "offline", true],
    // Only an error has its message read; of any other value that is its text.
    ["timeout", "timeout", false],
    [{ message: "timeout" }, "offline", true],
    [null, "offline", true],
    [undefined, "offline", true],
    [Object.create(null), "offline", true],
    [Object.assign(new Error(), { message: 503 }), "offline", false],
  ];

  it.each(cases)("%o means %s", async (thrown, told, isDropped) => {
    const connect = vi.fn(async () => connection(() => Promise.reject(thrown)));
    const rpc = new NatsControlRpc(connect);
    expect(await ask(rpc)).toStrictEqual(responses[told]);
    await ask(rpc);
    expect(connect).toHaveBeenCalledTimes(isDropped ? 2 : 1);
  });

  it("may be thrown synchronously", async () => {
    const rpc = new NatsControlRpc(async () => ({
      request() {
        throw new Error("timeout");
      },
    }));
    expect(await ask(rpc)).toStrictEqual(TIMEOUT);
  });
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
