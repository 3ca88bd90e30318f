import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  ActiveBackendUnresolvableError,
  SelfhostedSession,
  makeActiveBackendResolver,
  swapTargetEstablishability,
} from "../../../index.js";
import { agentWith } from "../../support/control.js";
import { rowsOf } from "../../support/table.js";

const MACHINE = { id: "s1", kind: "selfhosted", name: "laptop", enrollmentId: "agent-1" };
const BOX = { id: "s2", kind: "modal", name: "sibling", enrollmentId: null };

const NO_HOME = {
  code: "home_unavailable_this_turn",
  message: "the session's own sandbox is unavailable in this turn",
};

/** @param {Partial<import("../../../index.js").ActiveBackendResolverDeps>} [deps] */
function resolverWith(deps = {}) {
  const agent = agentWith();
  const calls = {
    getSandbox: vi.fn(async () => /** @type {any} */ (MACHINE)),
    controlRpcFactory: vi.fn(() => agent),
  };
  const all = {
    workspaceId: "w",
    defaultBackend: { state: {} },
    defaultKind: "docker",
    relay: { host: "relay.test" },
    ...calls,
    ...deps,
  };
  return { agent, ...calls, deps: all, resolve: makeActiveBackendResolver(all) };
}

/**
 * @param {any} activeSandboxId
 * @param {number} [activeEpoch]
 */
function pointer(activeSandboxId, activeEpoch = 7) {
  return { activeSandboxId, activeEpoch };
}

describe("the default backend", () => {
  it("is where a pointer to nothing leads, by identity", async () => {
    const { resolve, deps, getSandbox, controlRpcFactory } = resolverWith();
    const resolved = await resolve(pointer(null));
    expect(resolved).toStrictEqual({
      session: deps.defaultBackend,
      sandboxId: null,
      kind: "docker",
    });
    expect(resolved.session).toBe(deps.defaultBackend);
    expect(getSandbox).not.toHaveBeenCalled();
    expect(controlRpcFactory).not.toHaveBeenCalled();
  });

  it("comes before the pin", async () => {
    const session = {};
    const pinnedSelfhosted = { sandboxId: /** @type {any} */ (null), epoch: 7, session };
    const { resolve, deps } = resolverWith({ pinnedSelfhosted });
    expect((await resolve(pointer(null))).session).toBe(deps.defaultBackend);
  });

  it.each([[undefined], [""]])("is not where %j leads", async (id) => {
    const { resolve, getSandbox } = resolverWith();
    await resolve(pointer(id));
    expect(getSandbox).toHaveBeenCalledExactlyOnceWith(id);
  });
});

describe("the pinned session", () => {
  const session = { state: {} };
  const pinnedSelfhosted = { sandboxId: "s1", epoch: 7, session };

  it("is where its sandbox at its epoch leads, by identity and each time", async () => {
    const { resolve, getSandbox } = resolverWith({ pinnedSelfhosted });
    for (const _ of [1, 2]) {
      const resolved = await resolve(pointer("s1"));
      expect(resolved).toStrictEqual({ session, sandboxId: "s1", kind: "selfhosted" });
      expect(resolved.session).toBe(session);
    }
    expect(getSandbox).not.toHaveBeenCalled();
  });

  it.each([
    ["s1", 8],
    ["s9", 7],
  ])("is not where %s at %i leads", async (id, epoch) => {
    const { resolve, getSandbox } = resolverWith({ pinnedSelfhosted });
    expect((await resolve(pointer(id, epoch))).session).not.toBe(session);
    expect(getSandbox).toHaveBeenCalledExactlyOnceWith(id);
  });
});

describe("a home that is asked for anew", () => {
  it("is where a pointer to nothing leads, each time", async () => {
    const homes = [{ state: 1 }, { state: 2 }];
    const asked = vi.fn(async () => /** @type {any} */ (homes[asked.mock.calls.length - 1]));
    // It is the session's own sandbox, whatever the default is.
    for (const defaultIsHome of [undefined, true, false]) {
      asked.mockClear();
      const { resolve } = resolverWith({ resolveDefaultBackend: asked, defaultIsHome });
      const to = pointer(null);
      for (const session of homes) {
        const resolved = await resolve(to);
        expect(resolved).toStrictEqual({ session, sandboxId: null, kind: "docker" });
        expect(resolved.session).toBe(session);
      }
      expect(/** @type {any[]} */ (asked.mock.calls[0])[0]).toBe(to);
    }
  });

  it("fails as it fails, and leads nowhere where there is none", async () => {
    const error = new Error("no box");
    const failing = resolverWith({ resolveDefaultBackend: () => Promise.reject(error) });
    await expect(failing.resolve(pointer(null))).rejects.toBe(error);
    for (const nothing of [null, undefined]) {
      const { resolve } = resolverWith({
        resolveDefaultBackend: async () => /** @type {any} */ (nothing),
      });
      await expect(resolve(pointer(null))).rejects.toMatchObject(NO_HOME);
    }
  });

  it("is not asked for another sandbox", async () => {
    const resolveDefaultBackend = vi.fn();
    const { resolve } = resolverWith({ resolveDefaultBackend });
    await resolve(pointer("s1"));
    expect(resolveDefaultBackend).not.toHaveBeenCalled();
  });
});

describe("a default that is not the home of the turn", () => {
  it("serves no pointer to nothing, and hides no other sandbox", async () => {
    const pinned = { sandboxId: "s1", epoch: 7, session: {} };
    const { resolve } = resolverWith({ defaultIsHome: false, pinnedSelfhosted: pinned });
    const error = await resolve(pointer(null)).catch((error) => error);
    expect(error).toBeInstanceOf(ActiveBackendUnresolvableError);
    expect(error).toMatchObject(NO_HOME);
    expect((await resolve(pointer("s1"))).session).toBe(pinned.session);
    expect((await resolve(pointer("s2"))).kind).toBe("selfhosted");
  });
});

it.each([
  ["the default", null],
  ["the pinned", "s1"],
])("%s backend waits for nothing", async (_which, id) => {
  const pinnedSelfhosted = { sandboxId: "s1", epoch: 7, session: {} };
  const { resolve } = resolverWith({ pinnedSelfhosted });
  const nextTurn = new Promise((resolve) => setImmediate(resolve));
  expect(await Promise.race([resolve(pointer(id)), nextTurn])).toBeDefined();
});

describe("a machine", () => {
  it("gets a session of its own each time, fenced by the pointer's epoch", async () => {
    const { resolve, agent, controlRpcFactory } = resolverWith();
    const first = await resolve(pointer("any", 7));
    expect(first).toStrictEqual({
      session: expect.any(SelfhostedSession),
      sandboxId: "s1",
      kind: "selfhosted",
    });
    expect(agent.asked).toEqual([]);
    const second = await resolve(pointer("any", 8));
    expect(second.session).not.toBe(first.session);
    expect(controlRpcFactory).toHaveBeenCalledTimes(2);
    await first.session.exec?.({ cmd: "x" });
    await second.session.exec?.({ cmd: "x" });
    expect(agent.asked.map(({ subject, req }) => [subject, req.epoch])).toEqual([
      ["agent.w.agent-1.rpc", 7],
      ["agent.w.agent-1.rpc", 8],
    ]);
  });

  it.each([
    [{}, {}, { cwd: "", timeoutMs: 28_000, waited: 30_000 }],
    [{ selfhostedTimeoutMs: 0 }, {}, { cwd: "", timeoutMs: 0, waited: 0 }],
    [
      { selfhostedTimeoutMs: 500, selfhostedExecTimeoutMs: 9_000 },
      {},
      { cwd: "", timeoutMs: 9_000, waited: 11_000 },
    ],
    [{}, { workingDir: "proj" }, { cwd: "proj", timeoutMs: 28_000, waited: 30_000 }],
    [{}, { workingDir: "" }, { cwd: "", timeoutMs: 28_000, waited: 30_000 }],
    [{}, { workingDir: null }, { cwd: "", timeoutMs: 28_000, waited: 30_000 }],
  ])("is set up by %j and %j", async (deps, more, expected) => {
    const { resolve, agent } = resolverWith(deps);
    const { session } = await resolve({ ...pointer("s1"), ...more });
    await session.exec?.({ cmd: "x" });
    const { cwd, timeoutMs } = agent.ops[0].exec;
    expect({ cwd, timeoutMs, waited: agent.asked[0]?.opts.timeoutMs }).toEqual(expected);
  });

  it("has its requests sent again and observed", async () => {
    const onOp = vi.fn();
    const controlRpc = agentWith({}, ({ requestId }) => ({
      ...{ requestId, result: undefined },
      error: { code: 6, message: "draining", retryable: true, detail: {} },
    }));
    const { resolve } = resolverWith({
      ...{ controlRpcFactory: vi.fn(() => controlRpc), selfhostedOnOp: onOp },
      selfhostedRetry: { drainingExec: 2, baseMs: 0 },
    });
    const { session } = await resolve(pointer("s1"));
    await expect(session.exec?.({ cmd: "x" })).rejects.toThrow("draining");
    expect(controlRpc.asked).toHaveLength(3);
    expect(onOp.mock.calls.map(([{ op, attempt }]) => [op, attempt])).toEqual([
      ["exec", 1],
      ["exec", 2],
      ["exec", 3],
    ]);
    const misspelt = /** @type {any} */ ({ selfhostedRetry: { baseMS: 0 } });
    await expect(resolverWith(misspelt).resolve(pointer("s1"))).rejects.toThrow(/"baseMS"$/);
  });

  it("has the environment itself", async () => {
    const environment = { A: "1" };
    const { resolve } = resolverWith({ environment });
    const { session } = await resolve(pointer("s1"));
    expect(/** @type {any} */ (session.state).environment).toBe(environment);
  });
});

describe("a modal sandbox", () => {
  it("is established by the caller, who gets the record itself", async () => {
    const session = {};
    const establishModalTarget = vi.fn(async () => session);
    const { resolve, deps } = resolverWith({ getSandbox: async () => BOX, establishModalTarget });
    const resolved = await resolve(pointer("any"));
    expect(resolved).toStrictEqual({ session, sandboxId: "s2", kind: "modal" });
    expect(resolved.session).toBe(session);
    expect(establishModalTarget.mock.calls).toEqual([[BOX]]);
    expect(/** @type {any[]} */ (establishModalTarget.mock.calls)[0][0]).toBe(BOX);
    expect(establishModalTarget.mock.contexts[0]).toBe(deps);
  });
});

describe("a pointer without a backend", () => {
  const refusals = rowsOf("targets", "refusals").map((row) => {
    const enrollmentId = row.isEnrolled ? "agent-1" : null;
    const record = { id: "s", kind: row.kind, name: "n", enrollmentId };
    return [record, row.code, row.message, row.establishesModal];
  });
  const unenrolled = "selfhosted sandbox s1 has no enrollment (agent id) to address";

  it.each([
    ...refusals,
    [null, "stale_pointer", "active sandbox gone not found in workspace w"],
    [undefined, "stale_pointer", "active sandbox gone not found in workspace w"],
    [{ ...MACHINE, enrollmentId: "" }, "offline_enrollment", unenrolled],
  ])("to %j is %s", async (record, code, message, establishesModal) => {
    const { resolve, controlRpcFactory } = resolverWith({
      establishModalTarget: establishesModal ? async () => ({}) : undefined,
      getSandbox: async () => /** @type {any} */ (record),
    });
    const error = await resolve(pointer("gone")).catch((e) => e);
    expect(error).toBeInstanceOf(ActiveBackendUnresolvableError);
    expect(error).toBeInstanceOf(Error);
    const { name } = error;
    expect({ name, code: error.code, message: error.message }).toEqual({
      name: "ActiveBackendUnresolvableError",
      code,
      message,
    });
    expect(controlRpcFactory).not.toHaveBeenCalled();
  });

  it.each([
    [undefined, "active sandbox undefined not found in workspace w"],
    ["", "active sandbox  not found in workspace w"],
  ])("%j is named as it is", async (id, message) => {
    const { resolve } = resolverWith({ getSandbox: async () => null });
    await expect(resolve(pointer(id))).rejects.toThrow(message);
  });

  it("may be told by a caller's own error", () => {
    const error = new ActiveBackendUnresolvableError("m");
    expect(error.message).toBe("m");
    expect(error.code).toBeUndefined();
    expect(Object.hasOwn(error, "code")).toBe(false);
  });

  it.each([
    ["stale_pointer"],
    ["offline_enrollment"],
    ["unsupported_backend_context"],
    ["home_unavailable_this_turn"],
    ["transient_establishment"],
  ])("takes %s and a message in either order", (code) => {
    const Unresolvable = /** @type {new (...args: any[]) => any} */ (
      ActiveBackendUnresolvableError
    );
    for (const error of [new Unresolvable("m", code), new Unresolvable(code, "m")]) {
      expect([error.name, error.message, error.code]).toEqual([
        "ActiveBackendUnresolvableError",
        "m",
        code,
      ]);
    }
    // What is no code is a message, also where it is the only text there is.
    expect(new Unresolvable(code)).toMatchObject({ message: code });
    expect(Object.hasOwn(new Unresolvable(code), "code")).toBe(false);
    expect(new Unresolvable("m", "another")).toMatchObject({ message: "m", code: "another" });
    expect(new Unresolvable(code, code)).toMatchObject({ message: code, code });
  });
});

describe("what a dependency throws", () => {
  const thrown = Object.freeze({ fenced: true });
  const fail = () => Promise.reject(thrown);
  const failAtOnce = () => {
    throw thrown;
  };
  it.each([
    ["getSandbox", { getSandbox: fail }],
    ["getSandbox, at once", { getSandbox: failAtOnce }],
    ["establishModalTarget", { getSandbox: async () => BOX, establishModalTarget: fail }],
    ["controlRpcFactory", { controlRpcFactory: failAtOnce }],
  ])("reaches the caller: %s", async (_which, deps) => {
    const { resolve } = resolverWith(deps);
    expect(await resolve(pointer("s1")).catch((e) => e)).toBe(thrown);
  });
});

describe("a swap target", () => {
  it.each(rowsOf("targets"))("is establishable, or not: %j", (row) => {
    const { isEstablishable: ok, kind, isSessionGroup, ...more } = row;
    const outcome = swapTargetEstablishability({ kind, isSessionGroup, ...more });
    expect(outcome.ok).toBe(ok);
    if (!outcome.ok) {
      const reason = expect.stringContaining(kind);
      expect(outcome).toEqual({ ok, code: "unsupported_backend_context", reason });
    }
  });

  it("is admitted if and only if it can be resolved", async () => {
    const kinds = fc.oneof(fc.constantFrom("selfhosted", "modal", "docker", "Modal"), fc.string());
    await fc.assert(
      fc.asyncProperty(kinds, fc.boolean(), async (kind, establishesModal) => {
        const { resolve } = resolverWith({
          getSandbox: async () => ({ ...MACHINE, kind }),
          establishModalTarget: establishesModal ? async () => ({}) : undefined,
        });
        const { ok } = swapTargetEstablishability({
          kind,
          isSessionGroup: false,
          establishesModal,
        });
        const resolved = await resolve(pointer("s1")).then(
          () => true,
          () => false,
        );
        expect(resolved).toBe(ok);
      }),
    );
  });
});
