import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NatsControlRpc } from "../../../index.js";
import { ControlRequest, ControlResponse, anyMember, decode, encode } from "../../support/wire.js";

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

const BYTES = new Uint8Array(0);
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

describe("a Uint8Array where the protocol has no bytes", () => {
  const content = Uint8Array.of(1, 2);
  const fsWrite = { path: "p", content, createParents: true, append: false, mode: 0 };

  it.each([
    ["in a field of text", { path: content }, "path"],
    ["in a field of text, beside no content", { path: content, content: undefined }, "path"],
    ["in a flag", { append: content }, "append"],
  ])("is refused %s", async (_where, fields, name) => {
    const { sent, ask } = wireWith();
    const op = { $case: "fsWrite", fsWrite: { ...fsWrite, ...fields } };
    const error = await ask({ requestId: "r", epoch: 0, op }).catch((e) => e);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(new RegExp(`^${name} must be a `));
    expect(sent).toEqual([]);
  });

  it.each(["content", "stdin"])("of another class is no content: %s", async (name) => {
    const exec = { command: [], shell: true, cwd: "", env: {}, stdin: content, timeoutMs: 0 };
    const [$case, member] = name === "stdin" ? ["exec", exec] : ["fsWrite", fsWrite];
    for (const other of [new Uint16Array(2), new ArrayBuffer(2), [1, 2], "text", null]) {
      const { sent, ask } = wireWith();
      const op = { $case, [$case]: { ...member, [name]: other } };
      const error = await ask({ requestId: "r", epoch: 0, op }).catch((e) => e);
      expect(error).toEqual(new TypeError(`${name} must be a Uint8Array`));
      expect(sent).toEqual([]);
    }
  });
});

describe("a field that the operation does not have", () => {
  const content = Uint8Array.of(1, 2);
  const fsWrite = { path: "p", content, createParents: true, append: false, mode: 0 };
  const ping = { nonce: "1" };
  const toJSON = () => ({ path: "other" });

  it.each([
    ["fsWrite", { ...fsWrite, content: undefined, contents: content }, "contents"],
    ["fsWrite", { extra: content, ...fsWrite }, "extra"],
    ["fsWrite", { ...fsWrite, toJSON }, "toJSON"],
    ["fsWrite", { ...fsWrite, "": 1 }, ""],
    ["fsStat", { path: "p", content }, "content"],
    ["fsStat", { path: "p", a: null, b: false }, "a, b"],
    ["fsStat", { path: "p", "\ud83d": 1 }, "\ufffd"],
    ["metrics", { all: true }, "all"],
    ["ping", { ...ping, ["__proto__"]: 1 }, "__proto__"],
    ["ping", { ...ping, constructor: 1 }, "constructor"],
  ])("is named, and nothing is sent: %s %j", async ($case, member, names) => {
    const { sent, ask } = wireWith();
    const op = { $case, [$case]: member };
    const error = await ask({ requestId: "r", epoch: 0, op }).catch((e) => e);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(`${$case} has unknown fields: ${names}`);
    expect(sent).toEqual([]);
  });

  it.each([
    ["without a value", { ...fsWrite, extra: undefined }],
    ["of its class", Object.assign(Object.create({ toJSON, extra: content }), fsWrite)],
    ["under a symbol", { ...fsWrite, [Symbol("s")]: content }],
    ["that no loop sees", Object.defineProperty({ ...fsWrite }, "toJSON", { value: toJSON })],
  ])("is left aside %s", async (_what, member) => {
    const { sent, ask } = wireWith();
    await ask({ requestId: "r", epoch: 0, op: { $case: "fsWrite", fsWrite: member } });
    expect(decode(ControlRequest, sent[0] ?? content).op).toEqual({ $case: "fsWrite", fsWrite });
  });

  it("is not looked for in bytes", async () => {
    const { sent, ask } = wireWith();
    for (const $case of ["fsWrite", "metrics"]) {
      const op = { $case, [$case]: new Uint8Array(1 << 26) };
      const error = await ask({ requestId: "r", epoch: 0, op }).catch((e) => e);
      expect(error).toEqual(new TypeError(`${$case} must be an object`));
    }
    expect(sent).toEqual([]);
  });
});

describe("a reply that holds more than a reply may", () => {
  /** A field of bytes, text or a message. */
  function field(/** @type {number[]} */ key, /** @type {Uint8Array} */ content) {
    const length = [];
    let rest = content.length;
    for (; rest > 127; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
    return Buffer.concat([Uint8Array.of(...key, ...length, rest), content]);
  }
  const entries = (/** @type {number} */ count) =>
    field([0x82, 0x01], Buffer.alloc(2 * count, Uint8Array.of(0x0a, 0x00)));
  const message = (/** @type {number} */ length) =>
    field([0x12], field([0x12], Buffer.alloc(length, 1)));

  it.each([
    ["1 MiB of empty entries", entries(1 << 19), "items in lists and maps", 262_144],
    ["32 MiB of empty entries", entries(1 << 24), "items in lists and maps", 262_144],
    ["100 MiB of control characters", message(100 << 20), "bytes of text", 16_777_216],
  ])("is malformed: %s", async (_what, data, what, limit) => {
    const { requestId, error, result } = await wireWith(data).ask({ requestId: "r1", epoch: 0 });
    expect({ requestId, result }).toEqual({ requestId: "r1", result: undefined });
    expect(error).toStrictEqual({
      code: 7,
      message: `the agent's reply is malformed: it has more than ${limit} ${what}`,
      retryable: false,
      detail: {},
    });
  });

  it("is read up to its limits", async () => {
    const { result } = await wireWith(entries(1 << 18)).ask({ requestId: "r", epoch: 0 });
    const { entries: read } = /** @type {any} */ (result).fsList;
    expect(read).toHaveLength(1 << 18);
    const empty = { name: "", path: "", kind: 0, size: "0", modifiedMs: "0", mode: 0 };
    expect(read.at(-1)).toStrictEqual(empty);
    const { error } = await wireWith(message(1 << 24)).ask({ requestId: "r", epoch: 0 });
    expect(error?.message).toHaveLength(1 << 24);
  });
});

it("a list of any length is read in order", async () => {
  const names = Array.from({ length: 5_000 }, (_, at) => `${at}${at % 3 ? "" : "ä\u{1f600}"}`);
  const entry = { path: "p", kind: 1, size: "18446744073709551615", modifiedMs: "-1", mode: 7 };
  const entries = names.map((name) => ({ name, ...entry }));
  const result = { $case: "fsList", fsList: { entries } };
  const response = { requestId: "r", error: undefined, result };
  const { ask } = wireWith(encode(ControlResponse, response));
  expect(await ask({ requestId: "r", epoch: 0 })).toStrictEqual(response);
});

it("a map may have an entry of the name __proto__", async () => {
  const detail = JSON.parse('{"a":"1","__proto__":"2","constructor":"3"}');
  const error = { code: 1, message: "m", retryable: false, detail };
  const entry = (/** @type {string} */ key, /** @type {string} */ value) => [
    ...[0x22, key.length + value.length + 4],
    ...[0x0a, key.length, ...Buffer.from(key), 0x12, value.length, ...Buffer.from(value)],
  ];
  const entries = Object.entries(detail).flatMap(([key, value]) => entry(key, `${value}`));
  const fields = [0x08, 1, 0x12, 1, 0x6d, ...entries];
  const reply = Uint8Array.of(0x12, fields.length, ...fields);
  const response = await wireWith(reply).ask({ requestId: "r", epoch: 0 });
  expect(response.error).toStrictEqual(error);
  expect(Object.keys(response.error?.detail ?? {})).toEqual(["a", "__proto__", "constructor"]);
});

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

describe("half a surrogate pair", () => {
  const exec = {
    command: ["rm \ud83d"],
    shell: true,
    cwd: "",
    env: {},
    stdin: BYTES,
    timeoutMs: 0,
  };
  const ptyOpen = { command: [], cwd: "", env: {}, cols: 0, rows: 0, term: "" };

  it.each([
    ["command", { $case: "exec", exec }, "must be a string"],
    ["A", { $case: "ptyOpen", ptyOpen: { ...ptyOpen, env: { A: "\udc00" } } }, "must be a string"],
    [
      "env",
      { $case: "ptyOpen", ptyOpen: { ...ptyOpen, env: { "\ud83d": "1" } } },
      "must be an object",
    ],
    ["path", { $case: "fsStat", fsStat: { path: "a\ud83d" } }, "must be a string"],
    [
      "key",
      { $case: "desktopInput", desktopInput: { event: { $case: "key", key: { key: "\ud83d" } } } },
      "must be a string",
    ],
    ["$case", { $case: "\ud83d" }, "must be a string"],
  ])("is no text: %s", async (field, op, expected) => {
    const { sent, ask } = wireWith();
    const error = await ask({ requestId: "r", epoch: 0, op }).catch((e) => e);
    expect(error).toEqual(new TypeError(`${field} ${expected}`));
    expect(sent).toEqual([]);
  });

  it("is none where its other half is there, or where it is written out", async () => {
    const { sent, ask } = wireWith();
    for (const path of ["\ud83d\ude00", "\\ud83d"]) {
      await ask({ requestId: "", epoch: 0, op: { $case: "fsStat", fsStat: { path } } });
      expect(decode(ControlRequest, sent.pop() ?? BYTES).op.fsStat.path).toBe(path);
    }
  });
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

  let deep = /** @type {any} */ ([]);
  for (let depth = 0; depth < 20_000; depth++) deep = depth % 2 ? [deep] : { deep };
  const shallow = { a: [[[[[[[[]]]]]]]] };
  /** @type {any} */
  const cyclic = {};
  cyclic.cyclic = cyclic;
  /** @type {Record<string, any>} */
  const odd = {
    ...{ bigint: 5n, symbol: Symbol("s"), function: () => 1, NaN, Infinity },
    ...{ cyclic, "a cycle in a list": [cyclic], deep, shallow },
    ...{ date: new Date(0), "a text with methods": new String("s") },
    ...{
      "a text of its own": { toJSON: () => "text" },
      "an object of its own": { toJSON: () => ({}) },
    },
  };

  it.each(Object.keys(odd))("is refused by the name of the field: %s", async (what) => {
    const value = odd[what];
    const { sent, ask } = wireWith();
    const exec = { command: [], shell: true, cwd: "", env: {}, stdin: BYTES, timeoutMs: 0 };
    const pointer = { x: 0, y: 0, action: 0, button: 0 };
    const key = { key: "a", isText: false, action: 0 };
    /** @type {[any, string][]} */
    const ops = [
      [{ $case: "fsStat", fsStat: { path: value } }, "path"],
      [{ $case: "exec", exec: { ...exec, command: ["a", value] } }, "command"],
      [{ $case: "exec", exec: { ...exec, env: { A: value } } }, "A"],
      [
        {
          $case: "desktopInput",
          desktopInput: { event: { $case: "pointer", pointer: { ...pointer, y: value } } },
        },
        "y",
      ],
      [
        {
          $case: "desktopInput",
          desktopInput: { event: { $case: "key", key: { ...key, key: value } } },
        },
        "key",
      ],
      [{ $case: "desktopInput", desktopInput: { event: { $case: value } } }, "\\$case"],
      [{ $case: value }, "\\$case"],
    ];
    for (const field of ["command", "shell", "cwd", "stdin", "timeoutMs"]) {
      ops.push([{ $case: "exec", exec: { ...exec, [field]: value } }, field]);
    }
    if (typeof value !== "object") {
      ops.push([{ $case: "exec", exec: { ...exec, env: value } }, "env"]);
      ops.push([{ $case: "desktopInput", desktopInput: { event: value } }, "event"]);
      ops.push([value, "\\$case"]);
    }
    for (const [op, field] of ops) {
      const error = await ask({ requestId: "r", epoch: 0, op }).catch((e) => e);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(new RegExp(`^${field} must be `));
    }
    expect(sent).toEqual([]);
  });

  it("is looked at up to the first item that is none", async () => {
    const { sent, ask } = wireWith();
    const op = { $case: "git", git: { op: 1, cwd: "", args: new Array(2 ** 32 - 1) } };
    await expect(ask({ requestId: "r", epoch: 0, op })).rejects.toThrow(
      new TypeError("args must be a string"),
    );
    expect(sent).toEqual([]);
  });

  /** @param {unknown} member */
  function ping(member) {
    return { op: { $case: "ping", ping: member } };
  }
});
