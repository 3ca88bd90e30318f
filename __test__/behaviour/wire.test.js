import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NatsControlRpc } from "../../index.js";
import { ControlRequest, ControlResponse, anyMember, decode, encode } from "../support/wire.js";

/**
 * A way to an agent whose connection sends nothing: it keeps each request, and has the reply ready.
 *
 * @param {Uint8Array} [reply]
 */
function wireWith(reply = new Uint8Array(0)) {
  /** @type {Uint8Array[]} */
  const sent = [];
  const rpc = new NatsControlRpc(async () => ({
    async request(_subject, payload) {
      sent.push(payload);
      return { data: reply };
    },
  }));
  const ask = (/** @type {any} */ request) => rpc.request("s", request, { timeoutMs: 1 });
  return { sent, ask };
}

const TEXTS = fc.string({ unit: "binary" });

describe("every request", () => {
  it.each(ControlRequest.oneofs["op"]?.fieldsArray ?? [])("$name", async (field) => {
    const epochs = fc.nat({ max: 2 ** 32 - 1 });
    await fc.assert(
      fc.asyncProperty(TEXTS, epochs, anyMember(field.resolve()), async (requestId, epoch, op) => {
        const { sent, ask } = wireWith();
        await ask({ requestId, epoch, op });
        const [payload = new Uint8Array(0)] = sent;
        expect(decode(ControlRequest, payload)).toStrictEqual({ requestId, epoch, op });
        // Fields in order of their numbers, defaults left out: the same bytes.
        expect(Buffer.from(payload)).toEqual(
          Buffer.from(encode(ControlRequest, { requestId, epoch, op })),
        );
      }),
    );
  });
});

describe("every response", () => {
  it.each(ControlResponse.oneofs["result"]?.fieldsArray ?? [])("$name", async (field) => {
    await fc.assert(
      fc.asyncProperty(anyMember(field.resolve()), async (result) => {
        const response = { requestId: "r", error: undefined, result };
        const { ask } = wireWith(encode(ControlResponse, response));
        expect(await ask({ requestId: "r", epoch: 0 })).toStrictEqual(response);
      }),
    );
  });

  it("an error, alone and beside a result", async () => {
    const errors = /** @type {import("protobufjs").Field} */ (ControlResponse.fields["error"]);
    const results = fc.option(
      anyMember(/** @type {any} */ (ControlResponse.fields["ping"]).resolve()),
      { nil: undefined },
    );
    await fc.assert(
      fc.asyncProperty(anyMember(errors.resolve()), results, async ({ error }, result) => {
        const response = { requestId: "r", error, result };
        const { ask } = wireWith(encode(ControlResponse, response));
        expect(await ask({ requestId: "r", epoch: 0 })).toStrictEqual(response);
      }),
    );
  });
});

describe("bytes", () => {
  const result = { $case: "fsRead", fsRead: { content: Uint8Array.of(1, 2, 3), totalSize: "3" } };
  const reply = encode(ControlResponse, { requestId: "r", error: undefined, result });

  it.each([
    ["a Buffer", Buffer.from(reply)],
    ["a Uint8Array", Uint8Array.from(reply)],
    ["a part of a larger one", Uint8Array.of(9, ...reply, 9).subarray(1, -1)],
  ])("of a reply that is %s are a view of it", async (_what, data) => {
    const { ask } = wireWith(data);
    const response = await ask({ requestId: "r", epoch: 0 });
    const { content } = /** @type {any} */ (response.result).fsRead;
    expect(content).toStrictEqual(data.subarray(...span(data, [1, 2, 3])));
    expect(content.buffer).toBe(data.buffer);
    expect(content.constructor).toBe(data.constructor);
  });

  it("of a request may be a Buffer", async () => {
    const { sent, ask } = wireWith();
    const content = Buffer.from("text");
    const fsWrite = { path: "p", content, createParents: true, append: false, mode: 0 };
    await ask({ requestId: "", epoch: 0, op: { $case: "fsWrite", fsWrite } });
    const [payload = new Uint8Array(0)] = sent;
    expect(decode(ControlRequest, payload).op.fsWrite.content).toEqual(Uint8Array.from(content));
  });
});

it.each([0, 100, (8 << 10) - 100, 8 << 10, 1 << 20])(
  "a request with %d bytes is an array of its own",
  async (length) => {
    const { sent, ask } = wireWith();
    const content = new Uint8Array(length).fill(7);
    const op = {
      $case: "fsWrite",
      fsWrite: { path: "p", content, createParents: true, append: false, mode: 0 },
    };
    await ask({ requestId: "r", epoch: 0, op });
    const [payload = new Uint8Array(0)] = sent;
    expect(payload.constructor).toBe(Uint8Array);
    expect(payload.buffer.byteLength).toBe(payload.length);
    expect(
      Buffer.from(payload).equals(encode(ControlRequest, { requestId: "r", epoch: 0, op })),
    ).toBe(true);
  },
);

/**
 * From where to where some bytes are.
 *
 * @param {Uint8Array} data
 * @param {number[]} bytes
 */
function span(data, bytes) {
  const from = Buffer.from(data).indexOf(Uint8Array.from(bytes));
  return /** @type {[number, number]} */ ([from, from + bytes.length]);
}

it.each([NaN, Infinity, -Infinity, -0])("%d comes as it is", async (number) => {
  const gpu = { name: "g", utilPercent: number, memUsedBytes: "0", memTotalBytes: "0" };
  const reply = ControlResponse.encode(
    ControlResponse.fromObject({ metrics: { cpuPercent: number, gpus: [gpu] } }),
  ).finish();
  const { result } = await wireWith(reply).ask({ requestId: "r", epoch: 0 });
  const { cpuPercent, gpus } = /** @type {any} */ (result).metrics;
  expect([cpuPercent, gpus]).toStrictEqual([number, [gpu]]);
});

it("text that looks like the mark of such a number stays text", async () => {
  const detail = { $nonFinite: "1" };
  const error = { code: 1, message: '{"$nonFinite":0}', retryable: false, detail };
  const reply = encode(ControlResponse, { requestId: "r", error, result: undefined });
  const response = await wireWith(reply).ask({ requestId: "r", epoch: 0 });
  expect(response.error).toStrictEqual(error);
});

it("zero is sent where it is written in another way", async () => {
  const { sent, ask } = wireWith();
  for (const nonce of ["0", "00", ""]) {
    await ask({ requestId: "", epoch: 0, op: { $case: "ping", ping: { nonce } } });
  }
  expect(sent.map((payload) => Buffer.from(payload).toString("hex"))).toEqual([
    "5200",
    "52020800",
    "52020800",
  ]);
});

it("half a surrogate pair is sent as U+FFFD", async () => {
  const { sent, ask } = wireWith();
  const fsStat = { path: "a\ud83d" };
  await ask({ requestId: "", epoch: 0, op: { $case: "fsStat", fsStat } });
  expect(decode(ControlRequest, sent[0] ?? new Uint8Array(0)).op.fsStat.path).toBe("a\ufffd");
  const env = { "\ud83d": "1" };
  const ptyOpen = { command: [], cwd: "", env, cols: 0, rows: 0, term: "" };
  await ask({ requestId: "", epoch: 0, op: { $case: "ptyOpen", ptyOpen } });
  const [, opened = new Uint8Array(0)] = sent;
  expect(decode(ControlRequest, opened).op.ptyOpen.env).toEqual({ "\ufffd": "1" });
});

describe("a request that cannot be encoded", () => {
  it.each([
    [{ epoch: -1 }, Error, "invalid uint32: -1"],
    [{ epoch: 1.5 }, Error, "invalid uint32: 1.5"],
    [{ epoch: NaN }, Error, "invalid uint32: NaN"],
    [{ epoch: undefined }, TypeError, "epoch must be a number"],
    [{ epoch: null }, TypeError, "epoch must be a number"],
    [{ requestId: undefined }, TypeError, "requestId must be a string"],
    [ping({ nonce: "abc" }), SyntaxError, "Cannot convert abc to a BigInt"],
    [ping({ nonce: "-1" }), Error, "invalid uint64: -1"],
    [ping({}), TypeError, "nonce must be a string"],
    [ping(undefined), TypeError, "ping must be an object"],
    [
      { op: { $case: "reboot", reboot: {} } },
      TypeError,
      "$case must be the name of a known member",
    ],
  ])("%j is refused, and nothing is sent", async (request, ErrorClass, message) => {
    const { sent, ask } = wireWith();
    const error = await ask({ requestId: "r", epoch: 0, ...request }).catch((e) => e);
    expect(error.constructor).toBe(ErrorClass);
    expect(error.message).toBe(message);
    expect(sent).toEqual([]);
  });

  /** @param {unknown} member */
  function ping(member) {
    return { op: { $case: "ping", ping: member } };
  }
});
