// What is known of a request whose way fails, over a real NATS server, with both of its clients.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTransport } from "@nats-io/transport-node";
import { connect as connectNats } from "nats";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  NatsControlRpc,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  SelfhostedSession,
  makeActiveBackendResolver,
  subjectFor,
} from "../../index.js";
import { startAgent } from "../../testing/agent.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import { missing } from "../support/tools.js";

/** How long a process may take on a machine that is busy. */
const SOON = { timeout: 30_000 };
const RELAY = { host: "relay.test" };

/** Users that lack a permission each. All others are who connects without a name. */
const USERS = `
no_auth_user: all
authorization {
  users = [
    { user: all, password: p }
    { user: unheard, password: p, permissions: { publish: { deny: "agent.>" } } }
    { user: deaf, password: p, permissions: { subscribe: { deny: "_INBOX.>" } } }
  ]
}`;

/**
 * @typedef {import("nats").NatsConnection | import("@nats-io/transport-node").NatsConnection} Connection
 */

/** @type {[name: string, connect: (options: any) => Promise<Connection>][]} */
const CLIENTS = [
  ["nats 2", connectNats],
  ["@nats-io/transport-node 3", connectTransport],
];

describe.skipIf(missing("nats-server")).each(CLIENTS)("over %s", (_name, connect) => {
  /** @type {string} */
  let root;
  /** @type {import("../../testing/nats-server.mjs").NatsServer} */
  let server;
  /** @type {import("../../testing/agent.mjs").Agent} */
  let agent;
  /** @type {Promise<Connection>[]} */
  let dialled;

  beforeEach(async () => {
    root = mkdtempSync(path.join(tmpdir(), "machine-"));
    server = await startNatsServer({ config: USERS });
    agent = await startAgent({ url: server.url, subject: subjectFor("w", "a"), root });
    dialled = [];
  });
  afterEach(async () => {
    await server.stop();
    const connections = await Promise.allSettled(dialled);
    await Promise.all(connections.map((made) => made.status === "fulfilled" && made.value.close()));
    await agent.stop();
    rmSync(root, { recursive: true });
  });

  /** @param {object} [options] Those of the client. */
  function dial(options) {
    const connection = connect({ servers: server.url, ...options });
    dialled.push(connection);
    return connection;
  }

  /**
   * @param {() => Promise<Connection | null>} connected
   * @param {Partial<import("../../index.js").SelfhostedSessionDeps>} [deps]
   */
  function sessionOver(connected, deps) {
    const controlRpc = new NatsControlRpc(connected);
    const ids = { workspaceId: "w", agentId: "a" };
    return new SelfhostedSession({ ...ids, controlRpc, relay: RELAY, timeoutMs: 3_000, ...deps });
  }

  const restart = async () => {
    server = await startNatsServer({ port: server.port, config: USERS });
  };
  const file = (/** @type {string} */ name) => path.join(root, name);
  const commands = () => agent.asked.filter((name) => name === "exec");
  /** A command that counts its runs, and runs until a file is there. */
  const LONG = "echo run >> runs; until [ -e end ]; do sleep 0.02; done";
  const runs = () => (existsSync(file("runs")) ? readFileSync(file("runs"), "utf8") : "");

  /**
   * What is known of a command whose end nobody has heard of.
   *
   * @param {any} error
   * @param {object} fields
   */
  function expectUnknown(error, fields) {
    expect(error).toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(error).toMatchObject({ mayBeRunning: true, retryable: false, neverSent: false });
    expect(error).toMatchObject({ agentOffline: false, ...fields });
    expect(error.message).toMatch(/; the command may still be running$/);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.detail.message).toBe(error.cause.message);
  }

  it("nobody has a request where nobody listens", async () => {
    const session = sessionOver(dial, { agentId: "nobody" });
    // The first request dials, and the next ones go over the connection.
    for (let again = 0; again < 2; again++) {
      const error = await session.exec({ cmd: "true" }).catch((e) => e);
      expect(error).toBeInstanceOf(SelfhostedControlError);
      expect(error).not.toBeInstanceOf(SelfhostedExecTimeoutError);
      expect(error).toMatchObject({ code: 9, reason: "agent_offline", neverSent: true });
      expect(error.detail.transport).toBe("noResponders");
      expect(error.cause).toBeInstanceOf(Error);
    }
    expect(dialled).toHaveLength(1);
  });

  it("a connection that is lost while a command runs does not run it twice", async () => {
    const session = sessionOver(() => dial({ reconnect: false }), { retry: { baseMs: 1 } });
    await session.ping();
    const running = session.exec({ cmd: LONG, execTimeoutMs: 60_000 }).catch((e) => e);
    await expect.poll(runs, SOON).toBe("run\n");
    await server.stop();
    expectUnknown(await running, {
      ...{ code: 5, reason: "agent_reconnecting" },
      detail: { transport: "lost", message: expect.any(String) },
    });
    await restart();
    writeFileSync(file("end"), "");
    await expect.poll(() => session.ping(), SOON).toBe(true);
    await expect.poll(() => agent.answered, SOON).toContain("exec");
    expect([runs(), commands().length]).toEqual(["run\n", 1]);
    expect(await session.execCommand({ cmd: "echo next" })).toBe("next\n");
  });

  it("a read that loses its connection is sent again over another one", async () => {
    const session = sessionOver(() => dial({ reconnect: false }), {
      retry: { baseMs: 3_000, neverSent: 100, factor: 1 },
    });
    await session.ping();
    agent.lagMs = 60_000;
    const reading = session.statFile({ path: "none" });
    await expect.poll(() => agent.asked, SOON).toContain("fsStat");
    agent.lagMs = 0;
    await server.stop();
    await restart();
    expect(await reading).toEqual({ exists: false });
    expect(dialled.length).toBeGreaterThan(1);
  });

  it("a subject that is not permitted is no agent that is offline", async () => {
    const session = sessionOver(() => dial({ user: "unheard", pass: "p" }), { retry: true });
    for (let again = 0; again < 2; again++) {
      const error = await session.statFile({ path: "x" }).catch((e) => e);
      expect(error).toMatchObject({
        ...{ name: "SelfhostedControlError", message: "the NATS server denied the request" },
        ...{ code: 0, reason: null, retryable: false, agentOffline: false, neverSent: false },
      });
      expect(error.detail.transport).toBe("denied");
      expect(error.detail.message).toMatch(
        /Permissions Violation for Publish to "agent\.w\.a\.rpc"/,
      );
      expectUnknown(await session.exec({ cmd: "true" }).catch((e) => e), { code: 0, reason: null });
    }
    expect(agent.asked).toEqual([]);
    expect(dialled).toHaveLength(1);
  });

  it("an inbox that is not permitted hears nothing of a command that runs", async () => {
    const session = sessionOver(() => dial({ user: "deaf", pass: "p" }), { retry: true });
    for (const at of [1, 2]) {
      const error = await session.exec({ cmd: "echo run >> runs" }).catch((e) => e);
      expectUnknown(error, { code: 0, reason: null, detail: { transport: "denied" } });
      expect(error.detail.message).toMatch(/Permissions Violation for Subscription to "_INBOX\./);
      await expect.poll(runs, SOON).toBe("run\n".repeat(at));
    }
  });

  it("a user that is not known is told", async () => {
    const session = sessionOver(() => dial({ user: "nobody", pass: "p" }));
    const error = await session.exec({ cmd: "true" }).catch((e) => e);
    expect(error).toMatchObject({ code: 0, reason: null, neverSent: true, agentOffline: false });
    expect(error).not.toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(error.detail).toMatchObject({
      transport: "denied",
      message: expect.stringMatching(/Authorization Violation/i),
    });
    expect(error.cause).toBe(await dialled[0]?.catch((e) => e));
  });

  it("a drained connection has a meaning of its own, and its successor is dialled", async () => {
    const session = sessionOver(() => dial());
    await session.ping();
    const running = session.exec({ cmd: LONG, execTimeoutMs: 60_000 }).catch((e) => e);
    await expect.poll(runs, SOON).toBe("run\n");
    const [first] = await Promise.all(dialled);
    const drained = first?.drain();
    // While it drains, nothing more is handed over to it.
    expect(await session.ping()).toBe(true);
    await drained;
    expectUnknown(await running, { code: 5, detail: { transport: "lost" } });
    writeFileSync(file("end"), "");
    expect(await session.execCommand({ cmd: "echo next" })).toBe("next\n");
    expect([runs(), dialled.length]).toEqual(["run\n", 2]);

    // A caller who has no other connection.
    const shared = sessionOver(async () => first ?? null);
    const error = await shared.exec({ cmd: "true" }).catch((e) => e);
    expect(error).not.toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(error).toMatchObject({
      ...{ code: 5, reason: "agent_reconnecting", retryable: true, agentOffline: false },
      ...{ message: "the connection to the NATS server is closed", neverSent: true },
    });
  });

  it("a connection that its owner closes is dialled anew", async () => {
    const session = sessionOver(() => dial());
    await session.ping();
    await (await dialled[0])?.close();
    expect(await session.execCommand({ cmd: "echo next" })).toBe("next\n");
    expect(dialled).toHaveLength(2);
  });

  it("a server that is down for longer than ten requests is dialled by each, and then found", async () => {
    await server.stop();
    const session = sessionOver(() => dial());
    for (let at = 1; at <= 12; at++) {
      const error = await session.exec({ cmd: "true" }).catch((e) => e);
      expect(error).toMatchObject({ reason: "agent_offline", neverSent: true });
      expect(error.detail.transport).toBe("unconnected");
      expect(error.cause).toBe(await dialled[at - 1]?.catch((e) => e));
    }
    expect(dialled).toHaveLength(12);
    await restart();
    await expect.poll(() => session.ping(), SOON).toBe(true);
  });

  it("a dial that takes longer than ten requests is joined by each", async () => {
    await server.stop();
    const patient = { waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 50 };
    const controlRpc = new NatsControlRpc(() => dial(patient));
    const session = sessionOver(dial, { controlRpc, timeoutMs: 50 });
    for (let at = 0; at < 12; at++) {
      const error = await session.statFile({ path: "x" }).catch((e) => e);
      expect(error).toMatchObject({ reason: "agent_offline", neverSent: true, detail: {} });
    }
    // The agent may come back later than the server.
    const retry = { baseMs: 50, neverSent: 100, factor: 1 };
    const lasting = sessionOver(dial, { controlRpc, retry });
    const waiting = lasting.exec({ cmd: "echo found", execTimeoutMs: 30_000 });
    await restart();
    expect(await waiting).toMatchObject({ stdout: "found\n" });
    expect(dialled).toHaveLength(1);
  });

  it("a connection that comes too late for everybody is closed", async () => {
    await server.stop();
    const patient = { waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 50 };
    const session = sessionOver(() => dial(patient), { timeoutMs: 50 });
    expect(await session.ping()).toBe(false);
    await restart();
    const late = await dialled[0];
    await expect.poll(() => late?.isClosed(), SOON).toBe(true);
  });

  it("an agent that drains is asked again, and one that comes is found", async () => {
    agent.draining = true;
    /** @type {import("../../index.js").SelfhostedOpEvent[]} */
    const events = [];
    const onOp = vi.fn((event) => {
      events.push(event);
      if (events.length === 3) agent.draining = false;
    });
    const retry = { baseMs: 20, neverSent: 100, factor: 1 };
    const session = sessionOver(() => dial(), { retry, onOp });
    expect((await session.exec({ cmd: "echo run >> runs" })).exitCode).toBe(0);
    expect([runs(), commands().length]).toEqual(["run\n", 4]);
    expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(4);
    expect(events.map(({ code }) => code)).toEqual([6, 6, 6, null]);

    const other = sessionOver(() => dial(), { retry, agentId: "b" });
    const waiting = other.execCommand({ cmd: "echo b" });
    const late = await startAgent({ url: server.url, subject: subjectFor("w", "b"), root });
    expect(await waiting).toBe("b\n");
    await late.stop();
  });

  it("files of any length are read where the server accepts only short messages", async () => {
    await server.stop();
    server = await startNatsServer({ port: server.port, maxPayload: 65_536 });
    const connection = dial();
    await vi.waitFor(async () => {
      expect(await sessionOver(() => connection).ping()).toBe(true);
    }, SOON);
    for (const length of [64_512, 65_536, 300_000]) {
      const content = Buffer.alloc(length, "0123456789");
      writeFileSync(file("f"), content);
      // The first request of a session waits for its connection.
      const session = sessionOver(() => connection);
      for (const _ of [1, 2]) {
        const bytes = await session.readFile({ path: "f" });
        expect(Buffer.compare(bytes, content)).toBe(0);
      }
    }
  });

  it("an enrollment whose id is no token reaches nobody, and harms nobody", async () => {
    const connection = await dial();
    /** @type {string[]} */
    const heard = [];
    const ear = await dial();
    ear.subscribe(">", {
      callback: (/** @type {unknown} */ _error, /** @type {{ subject: string }} */ { subject }) =>
        void heard.push(subject),
    });
    await ear.flush();
    const controlRpc = new NatsControlRpc(async () => connection);
    const ids = ["a 1", "a.b", "*", ">", "a\r\nPUB agent.w.a.rpc 0\r\n", " ", "b".repeat(5_000)];
    for (const enrollmentId of ids) {
      const resolve = makeActiveBackendResolver({
        ...{ workspaceId: "w", defaultBackend: {}, defaultKind: "none", relay: RELAY },
        getSandbox: async (id) => ({ id, kind: "selfhosted", name: id, enrollmentId }),
        controlRpcFactory: () => controlRpc,
      });
      const resolved = resolve({ activeSandboxId: "s", activeEpoch: 1 });
      await expect(resolved).rejects.toThrow(TypeError);
      await expect(resolved).rejects.toThrow(/^agentId must be one token of a NATS subject/);
      const request = controlRpc.request(
        `agent.w.${enrollmentId}.rpc`,
        { requestId: "r", epoch: 0, op: { $case: "ping", ping: { nonce: "1" } } },
        { timeoutMs: 100 },
      );
      if (enrollmentId !== "a.b") await expect(request).rejects.toThrow(/^subject must be/);
      // Somebody listens, and does not answer.
      else expect(await request).toMatchObject({ error: { code: 5 } });
    }
    await ear.flush();
    expect(heard.filter((subject) => !subject.startsWith("_INBOX."))).toEqual(["agent.w.a.b.rpc"]);
    expect(connection.isClosed()).toBe(false);
    const session = sessionOver(async () => connection);
    expect(await session.execCommand({ cmd: "echo on" })).toBe("on\n");
  });
});
