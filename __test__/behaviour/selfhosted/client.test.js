import { describe, expect, it, vi } from "vitest";
import {
  SelfhostedSandboxClient,
  SelfhostedSession,
  buildSelfhostedBackendSession,
  isSelfhostedProviderNotFoundError,
} from "../../../index.js";
import { agentWith } from "../../support/control.js";

/** @param {Partial<import("../../../index.js").SelfhostedSandboxClientOptions>} [opts] */
function clientWith(opts) {
  const agent = agentWith();
  const controlRpcFactory = vi.fn(() => agent);
  const relay = { host: "relay.test" };
  const client = new SelfhostedSandboxClient({
    workspaceId: "w",
    relay,
    controlRpcFactory,
    ...opts,
  });
  return { agent, client, controlRpcFactory };
}

const MISSING =
  "selfhosted sandbox client: no agentId bound (create()/resume() need a session state carrying agentId)";

it("is what it says", async () => {
  const { client, controlRpcFactory } = clientWith();
  expect(client.backendId).toBe("selfhosted");
  expect(client.supportsDefaultOptions).toBe(false);
  expect(await client.canPersistOwnedSessionState()).toBe(false);
  expect("delete" in client || "canReusePreservedOwnedSession" in client).toBe(false);
  expect(controlRpcFactory).not.toHaveBeenCalled();
});

describe("the agent", () => {
  it.each([
    [{ agentId: "s" }, "s"],
    [{ agentId: "s", providerState: { agentId: "p" } }, "s"],
    [{ providerState: { agentId: "p" } }, "p"],
    [{ agentId: null, providerState: { agentId: "p" } }, "p"],
    [{ agentId: "", providerState: { agentId: "p" } }, "own"],
    [{ agentId: 5, providerState: { agentId: "p" } }, "own"],
    [{}, "own"],
    [null, "own"],
    [undefined, "own"],
    ["text", "own"],
  ])("of the state %j is %s", async (/** @type {any} */ state, agentId) => {
    const { client } = clientWith({ agentId: "own" });
    expect((await client.resume(state)).agentId).toBe(agentId);
    expect(await client.serializeSessionState(state)).toStrictEqual({ agentId });
    expect(await client.deserializeSessionState(state)).toStrictEqual({ agentId });
  });

  it("is the client's own in a session that is created, whatever is passed", async () => {
    const { client } = clientWith({ agentId: "own" });
    const session = await client.create({ agentId: "other" }, { agentId: "other" });
    expect(session).toBeInstanceOf(SelfhostedSession);
    expect([session.agentId, session.workspaceId]).toEqual(["own", "w"]);
  });

  it("must be known before anything is set up", async () => {
    const { client, controlRpcFactory } = clientWith();
    await expect(client.create()).rejects.toThrow(new Error(MISSING));
    await expect(client.resume({ agentId: "" })).rejects.toThrow(new Error(MISSING));
    await expect(client.serializeSessionState({})).rejects.toThrow(new Error(MISSING));
    await expect(client.deserializeSessionState({})).rejects.toThrow(new Error(MISSING));
    expect(controlRpcFactory).not.toHaveBeenCalled();
  });
});

describe("sessions", () => {
  it("are each new, and share one way to their agents", async () => {
    const { client, agent, controlRpcFactory } = clientWith({ agentId: "own" });
    const sessions = [
      await client.create(),
      await client.create(),
      await client.resume({ agentId: "b" }),
    ];
    expect(new Set(sessions).size).toBe(3);
    for (const session of sessions) await session.ping();
    expect(controlRpcFactory).toHaveBeenCalledOnce();
    expect(agent.asked.map(({ subject }) => subject)).toEqual([
      "agent.w.own.rpc",
      "agent.w.own.rpc",
      "agent.w.b.rpc",
    ]);
  });

  it("have what the client has", async () => {
    const environment = { A: "1" };
    const opts = { agentId: "own", epoch: 3, timeoutMs: 100, environment, workingDir: "proj" };
    const { client, agent } = clientWith(opts);
    const session = await client.create();
    await session.exec({ cmd: "x" });
    expect(session.state.environment).toBe(environment);
    expect(agent.asked[0]).toMatchObject({
      req: { epoch: 3, op: { exec: { cwd: "proj", timeoutMs: 90 } } },
      opts: { timeoutMs: 100 },
    });
    const limited = clientWith({ agentId: "own", execTimeoutMs: 7 });
    await (await limited.client.create()).exec({ cmd: "x" });
    expect(limited.agent.ops[0].exec.timeoutMs).toBe(7);
  });

  it("fail where the way to their agents does", async () => {
    const thrown = Object.freeze({});
    const controlRpcFactory = () => {
      throw thrown;
    };
    const { client } = clientWith({ agentId: "own", controlRpcFactory });
    expect(await client.create().catch((e) => e)).toBe(thrown);
  });
});

describe("a backend session", () => {
  it.each([
    ["proj", "proj"],
    ["", ""],
    [null, ""],
    [undefined, ""],
  ])("is built with its client, in %j", async (workingDir, cwd) => {
    const agent = agentWith();
    const { client, session } = await buildSelfhostedBackendSession({
      workspaceId: "w",
      agentId: "a",
      relay: { host: "relay.test" },
      controlRpcFactory: () => agent,
      epoch: 4,
      timeoutMs: 50,
      workingDir,
    });
    expect(client).toBeInstanceOf(SelfhostedSandboxClient);
    await session.exec({ cmd: "x" });
    expect(agent.asked[0]).toMatchObject({
      subject: "agent.w.a.rpc",
      req: { epoch: 4, op: { exec: { cwd } } },
      opts: { timeoutMs: 50 },
    });
    expect(await client.serializeSessionState({})).toEqual({ agentId: "a" });
  });
});

it.each([[{ status: 404 }], [new Error("sandbox not found")], [null]])(
  "no error says that the machine is gone: %o",
  (error) => {
    expect(isSelfhostedProviderNotFoundError(error)).toBe(false);
  },
);
