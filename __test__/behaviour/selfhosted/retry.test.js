import { describe, expect, it, vi } from "vitest";
import { NatsControlRpc, SelfhostedSession } from "../../../index.js";
import { agentWith } from "../../support/control.js";
import { ControlRequest, ControlResponse, decode, encode } from "../../support/wire.js";

/** @typedef {import("../../../index.js").SelfhostedOpEvent} SelfhostedOpEvent */

const RELAY = { host: "relay.test" };
const CLICK = { $case: "pointer", pointer: { x: 1, y: 2, action: 4, button: 1 } };
/** What each method takes of it. */
const ARGS = { cmd: "x", path: "p", content: "", ...CLICK };
/** As the default, without the waits. */
const AT_ONCE = { baseMs: 0 };
const NOBODY = Object.assign(new Error("503"), { code: "503" });
const LATE = Object.assign(new Error("TIMEOUT"), { code: "TIMEOUT" });

/** @param {Partial<import("../../../index.js").SelfhostedSessionDeps>} deps */
function sessionWith(deps) {
  const ids = { workspaceId: "w", agentId: "a" };
  return new SelfhostedSession({ ...ids, controlRpc: agentWith(), relay: RELAY, ...deps });
}

/** @param {number} code */
function refusal(code) {
  return (/** @type {any} */ { requestId }) => ({
    requestId,
    error: { code, message: "m", retryable: true, detail: { code: `${code}` } },
    result: undefined,
  });
}

/**
 * A connection on which requests come to these outcomes, the last one again and again.
 *
 * @param {(((request: any) => any) | Error)[]} outcomes
 */
function connectionWith(outcomes) {
  /** @type {any[]} */
  const asked = [];
  return {
    asked,
    /** @type {(subject: string, payload: Uint8Array) => Promise<{ data: Uint8Array }>} */
    async request(_subject, payload) {
      const request = decode(ControlRequest, payload);
      const outcome = outcomes[Math.min(asked.push(request), outcomes.length) - 1];
      if (outcome instanceof Error) throw outcome;
      return { data: encode(ControlResponse, outcome?.(request)) };
    },
  };
}

const FS_STAT = { exists: true, entry: undefined };
const found = (/** @type {any} */ { requestId }) => ({
  ...{ requestId, error: undefined },
  result: { $case: "fsStat", fsStat: FS_STAT },
});

describe.each(["directly", "by the caller's own way"])("requests that go %s", (way) => {
  /** @param {ReturnType<typeof connectionWith>} connection */
  function sessionOver(connection, deps = {}) {
    const nats = new NatsControlRpc(async () => connection);
    /** @type {import("../../../index.js").ControlRpc} */
    const wrapped = { request: (...args) => nats.request(...args) };
    const controlRpc = way === "directly" ? nats : wrapped;
    return sessionWith({ controlRpc, retry: AT_ONCE, ...deps });
  }

  it("are sent again with another id, until they are answered", async () => {
    const connection = connectionWith([NOBODY, refusal(6), NOBODY, found]);
    /** @type {SelfhostedOpEvent[]} */
    const events = [];
    const session = sessionOver(connection, { onOp: (/** @type {any} */ e) => events.push(e) });
    expect(await session.statFile({ path: "p" })).toEqual({ exists: true });
    const ids = connection.asked.map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(4);
    const common = { op: "fsStat", ms: expect.any(Number), neverSent: false };
    const again = { ...common, outcome: "error", retryInMs: expect.any(Number) };
    expect(events).toEqual([
      { ...again, requestId: ids[0], attempt: 1, code: 9, neverSent: true },
      { ...again, requestId: ids[1], attempt: 2, code: 6 },
      { ...again, requestId: ids[2], attempt: 3, code: 9, neverSent: true },
      { ...common, requestId: ids[3], attempt: 4, outcome: "ok", code: null, retryInMs: null },
    ]);
  });

  it.each([
    ["a command that a draining agent refuses", "exec", refusal(6), 11],
    ["a look that it refuses", "statFile", refusal(6), 4],
    ["a command that nobody gets", "exec", NOBODY, 4],
    ["a file that nobody gets", "writeFile", NOBODY, 4],
    ["a look without an answer", "statFile", LATE, 2],
    ["a file to read without an answer", "readFile", LATE, 2],
    ["a list without an answer", "listDir", LATE, 2],
    ["a command without an answer", "exec", LATE, 1],
    ["a file to write without an answer", "writeFile", LATE, 1],
    ["a click without an answer", "desktopInput", LATE, 1],
    ["a fenced command", "exec", refusal(10), 1],
    ["a missing file", "readFile", refusal(3), 1],
  ])("%s: %s", async (_what, method, outcome, expected) => {
    const connection = connectionWith([outcome]);
    const session = /** @type {any} */ (sessionOver(connection));
    const error = await session[method](ARGS).catch((/** @type {any} */ e) => e);
    expect(error).toMatchObject({ name: expect.stringMatching(/^Selfhosted.*Error$/) });
    expect(connection.asked).toHaveLength(expected);
    // Unless it is wanted, nothing is.
    const once = connectionWith([outcome]);
    const plain = /** @type {any} */ (sessionOver(once, { retry: false }));
    await plain[method](ARGS).catch(() => {});
    expect(once.asked).toHaveLength(1);
  });

  it("end with the last error, as it came", async () => {
    const connection = connectionWith([refusal(6), NOBODY, refusal(3)]);
    const error = await sessionOver(connection)
      .statFile({ path: "p" })
      .catch((e) => e);
    expect(error).toMatchObject({ code: 3, neverSent: false, detail: { code: "3" } });
    expect(error).not.toHaveProperty("cause");
    const last = await sessionOver(connectionWith([refusal(6), NOBODY]))
      .statFile({ path: "p" })
      .catch((e) => e);
    expect(last).toMatchObject({ code: 9, neverSent: true, cause: NOBODY });
  });

  it("are not sent again where they are too large", async () => {
    const info = { max_payload: 60 };
    const connection = { ...connectionWith([NOBODY]), info };
    /** @type {SelfhostedOpEvent[]} */
    const events = [];
    const session = sessionOver(connection, { onOp: (/** @type {any} */ e) => events.push(e) });
    await session.ping();
    const before = events.length;
    const error = await session.exec({ cmd: "x".repeat(100) }).catch((e) => e);
    expect(error).toMatchObject({ code: 1, payloadTooLarge: true, neverSent: true });
    expect(error.message).toMatch(
      /^the request of \d+ bytes exceeds the server's max_payload of 60/,
    );
    expect(events.slice(before)).toMatchObject([{ code: 1, neverSent: true, retryInMs: null }]);
  });
});

it("a request dials again where its connection is lost, and a reading is sent over the new one", async () => {
  const lost = Object.assign(new Error("gone"), { code: "DISCONNECT" });
  const connections = [connectionWith([found, lost]), connectionWith([found])];
  const connect = vi.fn(
    async () => /** @type {any} */ (connections[connect.mock.calls.length - 1]),
  );
  const session = sessionWith({ controlRpc: new NatsControlRpc(connect), retry: AT_ONCE });
  await session.statFile({ path: "p" });
  expect(await session.statFile({ path: "p" })).toEqual({ exists: true });
  expect(connections.map(({ asked }) => asked.length)).toEqual([2, 1]);
});

it("an agent that is reached in another way says by its own code that it is draining", async () => {
  let left = 3;
  const agent = agentWith({}, (request) =>
    left-- > 0 ? refusal(6)(request) : { result: { $case: "exec", exec: { exitCode: 0 } } },
  );
  const session = sessionWith({ controlRpc: agent, retry: AT_ONCE });
  expect(await session.exec({ cmd: "x" })).toMatchObject({ exitCode: 0 });
  expect(new Set(agent.asked.map(({ req }) => req.requestId)).size).toBe(4);
  // Whether nobody got a request, only this package's own transport can prove.
  const offline = agentWith({}, refusal(9));
  const other = sessionWith({ controlRpc: offline, retry: AT_ONCE });
  await expect(other.exec({ cmd: "x" })).rejects.toMatchObject({ neverSent: false });
  expect(offline.asked).toHaveLength(1);
});

it("waits before a request is sent again", async () => {
  vi.useRealTimers();
  const connection = connectionWith([refusal(6)]);
  const controlRpc = new NatsControlRpc(async () => connection);
  /** @type {SelfhostedOpEvent[]} */
  const events = [];
  const onOp = (/** @type {SelfhostedOpEvent} */ event) => events.push(event);
  const retry = { draining: 4, baseMs: 20, factor: 2, capMs: 40 };
  const begun = performance.now();
  await sessionWith({ controlRpc, retry, onOp })
    .statFile({ path: "p" })
    .catch(() => {});
  const waits = events.map(({ retryInMs }) => retryInMs ?? 0);
  [20, 40, 40, 40, 0].forEach((most, at) => expect(waits[at]).toBeLessThanOrEqual(most));
  // A timer may fire a millisecond early.
  const waited = waits.reduce((sum, ms) => sum + ms, 0) - 5;
  expect(performance.now() - begun).toBeGreaterThanOrEqual(waited);
});

describe("an observer", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("observer");
      },
    ],
    ["rejects", () => Promise.reject(new Error("observer"))],
    ["is none", /** @type {any} */ ("observer")],
  ])("that %s fails nothing", async (_what, onOp) => {
    const session = sessionWith({ onOp });
    expect(await session.ping()).toBe(true);
    expect(await session.exec({ cmd: "x" })).toMatchObject({ exitCode: 0 });
  });

  it("is told of what the transport throws, and the caller gets it", async () => {
    const onOp = vi.fn();
    const gone = { gone: true };
    const controlRpc = agentWith({}, () => Promise.reject(gone));
    const session = sessionWith({ controlRpc, onOp, retry: true });
    expect(await session.exec({ cmd: "x" }).catch((e) => e)).toBe(gone);
    expect(onOp).toHaveBeenCalledOnce();
    expect(onOp.mock.calls[0]?.[0]).toMatchObject({ op: "exec", outcome: "thrown", code: null });
  });

  it("is told of nothing that is refused before it is sent", async () => {
    const onOp = vi.fn();
    await expect(sessionWith({ onOp }).exec({ cmd: /** @type {any} */ (5) })).rejects.toThrow();
    expect(onOp).not.toHaveBeenCalled();
  });
});

describe("a policy", () => {
  const KNOWN =
    "retry must be an object with no other fields than drainingExec, draining, neverSent, timeout, baseMs, factor and capMs";

  it.each([
    ["yes", TypeError, 'retry must be a boolean or an object, got "yes"'],
    [3, TypeError, "retry must be a boolean or an object, got 3"],
    [{ draining: "3" }, TypeError, 'retry.draining must be a whole number from 0 to 100, got "3"'],
    [{ draining: -1 }, RangeError, "retry.draining must be a whole number from 0 to 100, got -1"],
    [{ drainingExec: 1.5 }, RangeError, "retry.drainingExec must be a whole number"],
    [{ neverSent: Infinity }, RangeError, "retry.neverSent must be a whole number"],
    [{ timeout: 101 }, RangeError, "retry.timeout must be a whole number"],
    [{ baseMs: -1 }, RangeError, "retry.baseMs must be a number of milliseconds"],
    [{ capMs: NaN }, RangeError, "retry.capMs must be a number of milliseconds"],
    [{ factor: 0.5 }, RangeError, "retry.factor must be a number from 1 to 100, got 0.5"],
    [{ baseMS: 1, draining: 1, max: 2 }, TypeError, `${KNOWN}, got "baseMS, max"`],
    [[3], TypeError, `${KNOWN}, got "0, length"`],
  ])("is refused by the name of its field: %o", (retry, kind, message) => {
    const make = () => sessionWith({ retry: /** @type {any} */ (retry) });
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });

  it.each([undefined, null, false, {}, { draining: null }, { max: undefined }])(
    "may be %o",
    async (retry) => {
      const session = sessionWith({ retry: /** @type {any} */ (retry) });
      expect(await session.ping()).toBe(true);
    },
  );
});

describe("ids that are no tokens", () => {
  const no = (/** @type {string} */ field) =>
    new RegExp(`^${field} must be one token of a NATS subject`);

  it.each(["", "a 1", "a.b", "*", ">", "a\r\nPUB agent.w.b.rpc 0\r\n", "b".repeat(257)])(
    "are refused where the session is made, and before each request: %j",
    async (id) => {
      expect(() => sessionWith({ workspaceId: id })).toThrow(no("workspaceId"));
      expect(() => sessionWith({ agentId: id })).toThrow(TypeError);
      expect(() => sessionWith({ agentId: id })).toThrow(no("agentId"));
      const controlRpc = agentWith();
      const session = sessionWith({ controlRpc });
      Object.assign(session, { agentId: id });
      await expect(session.exec({ cmd: "x" })).rejects.toThrow(no("agentId"));
      await expect(session.ping()).rejects.toThrow(no("agentId"));
      expect(controlRpc.asked).toEqual([]);
    },
  );

  it.each([undefined, null, NaN, 5, {}])("since they are no strings, too: %o", async (id) => {
    const ids = /** @type {any} */ ({ agentId: id });
    expect(() => sessionWith(ids)).toThrow(/^agentId must be a string, got /);
    expect(() => sessionWith({ workspaceId: ids.agentId })).toThrow(
      /^workspaceId must be a string, got /,
    );
    const controlRpc = agentWith();
    const session = Object.assign(sessionWith({ controlRpc }), ids);
    await expect(session.exec({ cmd: "x" })).rejects.toThrow(/^agentId must be a string, got /);
    expect(controlRpc.asked).toEqual([]);
  });
});
