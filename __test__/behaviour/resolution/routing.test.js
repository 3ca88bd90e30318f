import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { RoutingSandboxSession, RoutingUnsupportedError } from "../../../index.js";
import { fence, world } from "../../support/routing.js";
import { rowsOf } from "../../support/table.js";

describe("operations follow the pointer", () => {
  it("resolves once for each epoch and sandbox", async () => {
    const { session, pointer, events, readPointer, resolveActiveBackend } = world();
    expect(await session.exec({})).toBe(null);
    expect(await session.exec({})).toBe(null);
    Object.assign(pointer, { activeSandboxId: "s", activeEpoch: 6 });
    expect(await session.exec({})).toBe("s");
    pointer.activeSandboxId = "t";
    expect(await session.exec({})).toBe("t");
    pointer.activeEpoch = 3;
    expect(await session.exec({})).toBe("t");
    expect(events).toEqual([
      "resolved 5→5 null",
      "epoch-changed 5→6 s",
      "resolved 6→6 t",
      "epoch-changed 6→3 t",
    ]);
    expect(readPointer).toHaveBeenCalledTimes(5);
    expect(resolveActiveBackend).toHaveBeenCalledTimes(4);
  });

  it("passes the resolver the pointer itself", async () => {
    const pointer = { activeSandboxId: "s", activeEpoch: 1, workingDir: "proj" };
    const resolveActiveBackend = vi.fn(async () => ({ session: {}, sandboxId: "s", kind: "k" }));
    const resolved = await new RoutingSandboxSession({
      readPointer: async () => pointer,
      resolveActiveBackend,
    }).prime();
    expect(resolveActiveBackend.mock.calls[0]).toEqual([pointer]);
    expect(/** @type {any[]} */ (resolveActiveBackend.mock.calls[0])[0]).toBe(pointer);
    expect(resolved).toBe(await resolveActiveBackend.mock.results[0]?.value);
  });

  it("never runs on the default backend, nor counts it as resolved", async () => {
    const exec = vi.fn();
    const { session, resolveActiveBackend } = world({
      defaultResolved: { session: { exec }, sandboxId: null, kind: "modal" },
    });
    await session.exec({});
    expect(exec).not.toHaveBeenCalled();
    expect(resolveActiveBackend).toHaveBeenCalledTimes(1);
  });

  it.each(["readPointer", "resolveActiveBackend"])(
    "passes on what %s throws, and tries nothing again",
    async (dep) => {
      const error = fence();
      const failing = vi.fn(async () => {
        throw error;
      });
      const { session, events, resolveActiveBackend } = world({ [dep]: failing });
      await expect(session.exec({})).rejects.toBe(error);
      expect(failing).toHaveBeenCalledTimes(1);
      expect(events).toEqual([]);
      if (dep === "readPointer") expect(resolveActiveBackend).not.toHaveBeenCalled();
    },
  );

  it.each([
    ["nothing", undefined, "nothing"],
    ["null", null, "nothing"],
    ["a text", "box", "nothing"],
    ["no session", { session: undefined, sandboxId: "s", kind: "k" }, "nothing"],
    ["a text for a session", { session: "box" }, '"box"'],
    ["a symbol for a session", { session: Symbol("box") }, "a value of type symbol"],
    ["a big integer for a session", { session: 7n }, "a value of type bigint"],
  ])("refuses %s of a resolver, and asks anew", async (_what, given, got) => {
    const good = { session: { exec: async () => "ran" }, sandboxId: "s", kind: "k" };
    const resolveActiveBackend = vi.fn(async () => good);
    const broken = /** @type {any} */ (given);
    resolveActiveBackend.mockResolvedValueOnce(broken).mockResolvedValueOnce(broken);
    const { session, events } = world({ resolveActiveBackend });
    for (const refused of [session.exec({ cmd: "x" }), session.prime()]) {
      const error = await refused.catch((/** @type {any} */ reason) => reason);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe(
        `the session that resolveActiveBackend resolves to must be an object, got ${got}`,
      );
      expect(() => session.state.manifest).toThrow("no backend yet");
      expect(session.supportsPty()).toBe(false);
    }
    expect(events).toEqual([]);
  });

  it.each([null, { session: undefined }, { session: null }])(
    "describes no backend where defaultResolved is %j",
    (given) => {
      const { session } = world({ defaultResolved: /** @type {any} */ (given) });
      expect(() => session.state.manifest).toThrow("no backend yet");
      expect(session.supportsPty()).toBe(false);
    },
  );

  it.each(["5", 5n, null, undefined])("refuses %s for an epoch, by its name", async (epoch) => {
    const { session, resolveActiveBackend } = world({
      readPointer: async () => ({ activeSandboxId: null, activeEpoch: /** @type {any} */ (epoch) }),
    });
    const error = /** @type {any} */ (await session.exec({}).catch((error) => error));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^activeEpoch must be a finite number/);
    expect(resolveActiveBackend).not.toHaveBeenCalled();
  });

  it("recovers from a resolver that threw at once", async () => {
    let calls = 0;
    const { session } = world({
      resolveActiveBackend() {
        if (++calls === 1) throw new Error("not yet");
        return Promise.resolve({
          session: { exec: async () => 7 },
          sandboxId: null,
          kind: "modal",
        });
      },
    });
    await expect(session.exec({})).rejects.toThrow("not yet");
    expect(await session.exec({})).toBe(7);
  });
});

describe("a pointer of the caller's own", () => {
  it("is read once, so that one that cannot be read again is taken all the same", async () => {
    const { session, pointer } = world({
      async readPointer() {
        const { proxy, revoke } = Proxy.revocable({ ...pointer }, {});
        // It is gone when the backend is there.
        void sleep(1).then(revoke);
        return proxy;
      },
      async resolveActiveBackend({ activeSandboxId }) {
        await sleep(10);
        const backend = { exec: async () => activeSandboxId };
        return { session: backend, sandboxId: activeSandboxId, kind: "modal" };
      },
    });
    for (const activeSandboxId of ["s", "t"]) {
      Object.assign(pointer, { activeSandboxId, activeEpoch: pointer.activeEpoch + 1 });
      expect(await session.exec({})).toBe(activeSandboxId);
      expect(await session.exec({})).toBe(activeSandboxId);
    }
  });

  it("may be one object that is changed: a fence tells the epoch that was fenced off", async () => {
    const one = { activeSandboxId: "s", activeEpoch: 1 };
    let calls = 0;
    const { session, events } = world({
      readPointer: async () => one,
      async resolveActiveBackend() {
        one.activeEpoch = 2;
        const backend = {
          async exec() {
            if (++calls === 1) throw fence();
          },
        };
        return { session: backend, sandboxId: "s", kind: "modal" };
      },
    });
    await session.exec({});
    expect(events).toEqual(["resolved 1→1 s", "fenced-retry 1→1 s", "epoch-changed 1→2 s"]);
  });
});

describe("fences", () => {
  it("are tried again four times in all", async () => {
    const error = fence();
    const exec = vi.fn(async () => {
      throw error;
    });
    const { session, events, resolveActiveBackend } = world({}, () => ({ exec }));
    await expect(session.exec({})).rejects.toBe(error);
    expect(exec).toHaveBeenCalledTimes(4);
    expect(resolveActiveBackend).toHaveBeenCalledTimes(4);
    expect(events).toEqual(Array(4).fill(["resolved 5→5 null", "fenced-retry 5→5 null"]).flat());
  });

  it.each(rowsOf("fences"))("are told or not, as the table has them: %j", async (row) => {
    const { isFence, fenced, ...fields } = row;
    const error = Object.assign(new Error(), fields, fenced ? { fenced } : {});
    const exec = vi.fn(async () => {
      throw error;
    });
    const { session } = world({ maxFenceRetries: 1 }, () => ({ exec }));
    await expect(session.exec({})).rejects.toBe(error);
    expect(exec).toHaveBeenCalledTimes(isFence ? 2 : 1);
  });

  it.each([
    ["a truthy mark", { fenced: 1 }],
    ["a name that is no text", { name: ["SandboxLeaseSupersededError"] }],
    ["a string", "fenced"],
    ["nothing", undefined],
    ["null", null],
  ])("are not told by %s: the operation runs once", async (_, error) => {
    const exec = vi.fn(async () => {
      throw error;
    });
    const { session } = world({}, () => ({ exec }));
    await expect(session.exec({})).rejects.toBe(error);
    expect(exec).toHaveBeenCalledTimes(1);
  });

  it("lead to where the pointer has moved", async () => {
    const { session, pointer, events } = world({}, (id) => ({
      async exec() {
        if (id !== null) return id;
        Object.assign(pointer, { activeSandboxId: "new", activeEpoch: 9 });
        throw fence();
      },
    }));
    expect(await session.exec({})).toBe("new");
    expect(events).toEqual(["resolved 5→5 null", "fenced-retry 5→5 null", "epoch-changed 5→9 new"]);
  });

  it("are thrown synchronously as well", async () => {
    let calls = 0;
    const { session } = world({}, () => ({
      exec() {
        if (++calls === 1) throw fence();
        return Promise.resolve("done");
      },
    }));
    expect(await session.exec({})).toBe("done");
  });

  it("are bounded by maxFenceRetries", async () => {
    const exec = vi.fn(async () => {
      throw fence();
    });
    const once = world({ maxFenceRetries: 0 }, () => ({ exec }));
    await expect(once.session.exec({})).rejects.toMatchObject({ fenced: true });
    expect(exec).toHaveBeenCalledTimes(1);
    for (const maxFenceRetries of [-1, NaN]) {
      const never = world({ maxFenceRetries }, () => ({ exec }));
      await expect(never.session.exec({})).rejects.toThrow(
        'routing op "exec" exhausted fence retries',
      );
      expect(never.readPointer).not.toHaveBeenCalled();
    }
    expect(exec).toHaveBeenCalledTimes(1);
  });
});

describe("ids of sandboxes", () => {
  const gone = Proxy.revocable({}, {});
  gone.revoke();
  it.each([
    ["objects", {}, {}],
    ["symbols", Symbol("s"), Symbol("s")],
    ["texts that are not well-formed", "\ud800", "\ud801"],
    ["nothing and null", undefined, null],
    ["a number and its text", 5, "5"],
    ["proxies that were revoked", gone.proxy, {}],
  ])("are told apart by identity: %s", async (_what, ...ids) => {
    const { session, pointer, resolveActiveBackend } = world({}, (id) => ({
      exec: async () => [id],
    }));
    for (const id of [ids[0], ids[0], ids[1], ids[1], ids[0]]) {
      pointer.activeSandboxId = /** @type {any} */ (id);
      const [ran] = /** @type {any} */ (await session.exec({}));
      expect(Object.is(ran, id)).toBe(true);
    }
    expect(resolveActiveBackend).toHaveBeenCalledTimes(3);
  });

  it("are told apart where both are resolved at the same time", async () => {
    const ids = [{}, {}];
    let reads = 0;
    const { session, resolveActiveBackend } = world({
      readPointer: async () => {
        const activeSandboxId = /** @type {any} */ (ids[reads++] ?? ids[1]);
        return { activeSandboxId, activeEpoch: 1 };
      },
    });
    const results = await Promise.all([session.exec({}), session.exec({})]);
    // Which one was read last, nobody knows: where it matters the pointer is read again.
    expect(results).toEqual([ids[0], ids[1]]);
    const asked = resolveActiveBackend.mock.calls.map(([pointer]) => pointer.activeSandboxId);
    expect(asked).toEqual([ids[0], ids[1], ids[1]]);
  });
});

describe("thrown values", () => {
  const getter = (/** @type {string} */ field) =>
    Object.defineProperty(new Error(), field, {
      get() {
        throw new Error("getter");
      },
    });
  const gone = Proxy.revocable({}, {});
  gone.revoke();
  it.each([
    ["a getter of fenced that throws", getter("fenced")],
    ["a getter of name that throws", getter("name")],
    ["a getter of message that throws", getter("message")],
    ["a getter of code that throws", getter("code")],
    ["a revoked proxy", gone.proxy],
    ["a function", () => {}],
    ["a symbol", Symbol("s")],
    ["an object without a prototype", Object.create(null)],
    ["a clone", structuredClone(new Error("x"))],
    ["undefined", undefined],
  ])("reach the caller as they are: %s", async (_what, thrown) => {
    const fail = async () => {
      throw thrown;
    };
    for (const deps of [{}, { atMostOnce: true }, { onOperation() {} }, { afterMutation() {} }]) {
      const { session } = world(deps, () => ({ exec: fail, readFile: fail }));
      for (const method of /** @type {const} */ (["exec", "readFile"])) {
        const failed = await session[method]({}).then(
          () => expect.unreachable(),
          (/** @type {unknown} */ error) => ({ error }),
        );
        expect(failed.error === thrown).toBe(true);
      }
    }
    const unresolved = world({ resolveActiveBackend: fail });
    const [ended] = await Promise.allSettled([unresolved.session.exec({})]);
    expect(ended?.status === "rejected" && ended.reason === thrown).toBe(true);
  });
});

describe("at the same time", () => {
  it("one resolve serves all", async () => {
    const { session, events, resolveActiveBackend } = world();
    const results = await Promise.all(Array.from({ length: 100 }, () => session.exec({})));
    expect(results).toEqual(Array(100).fill(null));
    expect(resolveActiveBackend).toHaveBeenCalledTimes(1);
    expect(events).toEqual(["resolved 5→5 null"]);
  });

  it("one failed resolve fails all who waited, with the same error, and nobody after", async () => {
    const error = new Error("no backend");
    let calls = 0;
    const { session } = world({
      async resolveActiveBackend() {
        if (++calls === 1) throw error;
        return { session: { exec: async () => "ok" }, sandboxId: null, kind: "modal" };
      },
    });
    const failed = await Promise.allSettled([session.exec({}), session.exec({})]);
    for (const result of failed) expect(result).toEqual({ status: "rejected", reason: error });
    expect(await session.exec({})).toBe("ok");
  });

  it("a late resolve of an older epoch is dropped, and its operation runs on the newer one", async () => {
    /** @type {(() => void)[]} */
    const release = [];
    const { session, pointer, events } = world({
      resolveActiveBackend: async ({ activeSandboxId, activeEpoch }) => {
        if (activeEpoch === 5) await new Promise((resolve) => release.push(() => resolve(0)));
        return {
          session: { exec: async () => activeSandboxId, state: { activeEpoch } },
          sandboxId: activeSandboxId,
          kind: "modal",
        };
      },
    });
    const slow = session.exec({});
    await vi.waitFor(() => expect(release).toHaveLength(1));
    Object.assign(pointer, { activeSandboxId: "s", activeEpoch: 6 });
    expect(await session.exec({})).toBe("s");
    release[0]?.();
    expect(await slow).toBe("s");
    expect(session.state).toEqual({ activeEpoch: 6 });
    expect(events).toEqual(["resolved 6→6 s"]);
  });

  it("a pointer that is out of date when it has been read is read again", async () => {
    const { session, pointer, readPointer } = world();
    /** @type {() => void} */
    let release = () => {};
    const stale = { ...pointer };
    readPointer.mockImplementationOnce(async () => {
      await new Promise((resolve) => (release = () => resolve(0)));
      return stale;
    });
    const slow = session.exec({});
    Object.assign(pointer, { activeSandboxId: "s", activeEpoch: 6 });
    expect(await session.exec({})).toBe("s");
    Object.assign(pointer, { activeSandboxId: "back", activeEpoch: 5 });
    release();
    expect(await slow).toBe("back");
    expect(readPointer).toHaveBeenCalledTimes(3);
  });
});

describe("a resolver that gives nothing", () => {
  it.each([[undefined], [null]])("%s fails its operation, and is asked again", async (nothing) => {
    const { session, resolveActiveBackend, events } = world();
    resolveActiveBackend.mockResolvedValueOnce(/** @type {any} */ (nothing));
    await expect(session.exec({})).rejects.toThrow(TypeError);
    expect(await session.exec({})).toBe(null);
    expect(events).toEqual(["resolved 5→5 null"]);
  });
});

describe("an observer that fails", () => {
  const throws = () => {
    throw new Error("observer");
  };
  it.each([
    ["throws", throws],
    ["rejects", async () => throws()],
  ])("changes nothing where it %s", async (_how, observe) => {
    let fences = 0;
    const { session } = world({ onTransition: observe, onOperation: observe }, () => ({
      async exec() {
        if (fences++ === 0) throw fence();
        return "done";
      },
    }));
    expect(await session.exec({})).toBe("done");
  });
});

describe("methods", () => {
  const FORWARDED = /** @type {const} */ ([
    "writeStdin",
    "readFile",
    "writeFile",
    "listDir",
    "viewImage",
    "materializeEntry",
    "resolveExposedPort",
  ]);

  it.each(FORWARDED)("%s reaches the backend with the same argument and this", async (method) => {
    const args = /** @type {any} */ ({ some: "argument" });
    const backend = { [method]: vi.fn(async () => "result") };
    const { session } = world({}, () => backend);
    expect(await session[method](args)).toBe("result");
    expect(backend[method]?.mock.contexts[0]).toBe(backend);
    expect(/** @type {any[]} */ (backend[method]?.mock.calls[0])[0]).toBe(args);
  });

  it("pathExists passes both arguments", async () => {
    const pathExists = vi.fn(async () => true);
    const { session } = world({}, () => ({ pathExists }));
    expect(await session.pathExists("/a", "user")).toBe(true);
    expect(pathExists).toHaveBeenCalledWith("/a", "user");
  });

  it.each([...FORWARDED, "pathExists", "exec", "execCommand"])(
    "%s is refused where the backend lacks it",
    async (method) => {
      const { session } = world({}, () => ({}));
      const error = await /** @type {any} */ (session)
        [method]({})
        .catch((/** @type {unknown} */ error) => error);
      expect(error).toBeInstanceOf(RoutingUnsupportedError);
      expect(error.name).toBe("RoutingUnsupportedError");
      expect(Object.keys(error)).toEqual(["name"]);
      expect(error.message).toBe(`the active sandbox (modal) does not support "${method}"`);
    },
  );

  it("serializeSessionState is undefined where the backend lacks it", async () => {
    const { session } = world({}, () => ({}));
    expect(await session.serializeSessionState()).toBe(undefined);
  });
});

describe("a session behind a proxy", () => {
  it("reads what names a backend for events and errors alone", async () => {
    const unreadable = {
      session: { exec: async () => "ran" },
      get sandboxId() {
        throw new Error("gone");
      },
      get kind() {
        throw new Error("gone");
      },
    };
    const { session } = world({
      resolveActiveBackend: async () => /** @type {any} */ (unreadable),
    });
    expect(await session.exec({})).toBe("ran");
    expect(await session.exec({})).toBe("ran");
    await expect(session.readFile({ path: "p" })).rejects.toThrow(
      new RoutingUnsupportedError("readFile", "unknown"),
    );
  });

  it("is one", async () => {
    const resolved = { session: { exec: async () => "ran" }, sandboxId: null, kind: "local" };
    const session = new RoutingSandboxSession({
      readPointer: async () => ({ activeSandboxId: null, activeEpoch: 1 }),
      resolveActiveBackend: async () => resolved,
    });
    for (const wrapped of [new Proxy(session, {}), Object.create(session)]) {
      expect(await wrapped.exec({ cmd: "x" })).toBe("ran");
    }
  });
});

describe("members without a promise", () => {
  it("describe the default backend, then the last resolved one", async () => {
    const home = { state: { home: true }, supportsPty: () => true };
    const away = { state: { away: true } };
    const { session, pointer } = world(
      { defaultResolved: { session: home, sandboxId: null, kind: "modal" } },
      (id) => (id === null ? home : away),
    );
    expect(session.state).toBe(home.state);
    expect(session.supportsPty()).toBe(true);
    Object.assign(pointer, { activeSandboxId: "s", activeEpoch: 6 });
    expect(session.state).toBe(home.state);
    await session.prime();
    expect(session.state).toBe(away.state);
    expect(session.supportsPty()).toBe(false);
  });

  it("have nothing to say without a backend", () => {
    const { session } = world();
    expect(session.state).toEqual({});
    expect(session.state).not.toBe(session.state);
    expect(session.supportsPty()).toBe(false);
    expect(() => {
      /** @type {any} */ (session).state = {};
    }).toThrow(TypeError);
  });

  it("say how there is a manifest, where there is no backend to have one", () => {
    const state = /** @type {any} */ (world().session.state);
    expect(() => state.manifest).toThrow(
      "the routing session has no backend yet, so its state has no manifest; " +
        "pass defaultResolved, or await prime() first",
    );
    expect(JSON.stringify({ ...state })).toBe("{}");
    state.manifest = "own";
    expect(state).toEqual({ manifest: "own" });
  });

  it("have no manifest where the backend has no state", async () => {
    const { session } = world();
    await session.prime();
    expect(/** @type {any} */ (session.state).manifest).toBe(undefined);
  });
});

describe("native desktop", () => {
  const desktop = { desktopInput: async () => {}, screenshot: async () => "picture" };
  const withHome = (/** @type {any} */ home) =>
    world({ defaultResolved: { session: home, sandboxId: null, kind: "modal" } }, (id) =>
      id === null ? home : {},
    );

  it("is there only if the default backend has both methods", () => {
    expect(typeof withHome(desktop).session.screenshot).toBe("function");
    expect(typeof withHome(desktop).session.desktopInput).toBe("function");
    for (const home of [{}, { screenshot: desktop.screenshot }, { ...desktop, screenshot: 1 }]) {
      expect(typeof withHome(home).session.screenshot).toBe("undefined");
      expect(typeof withHome(home).session.desktopInput).toBe("undefined");
    }
    expect("screenshot" in RoutingSandboxSession.prototype).toBe(false);
  });

  it("runs on the active backend, or is refused there", async () => {
    const { session, pointer } = withHome(desktop);
    expect(await session.screenshot?.()).toBe("picture");
    Object.assign(pointer, { activeSandboxId: "s", activeEpoch: 6 });
    await expect(session.screenshot?.()).rejects.toThrow(
      'the active sandbox (modal) does not support "screenshot"',
    );
    await expect(session.desktopInput?.({})).rejects.toBeInstanceOf(RoutingUnsupportedError);
  });
});
