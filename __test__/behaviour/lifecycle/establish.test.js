import { afterEach, describe, expect, it } from "vitest";
import {
  PROVIDER_REGISTRY,
  SandboxConfigError,
  establishSandboxSessionFromEnvelope,
  serializeEstablishedSandboxEnvelope,
} from "../../../index.js";

const SETTINGS = /** @type {any} */ ({
  sandboxBackend: "daytona",
  sandboxPreparationProfiles: "none",
  sandboxEnvAllowlist: "",
  dockerExposedPorts: "",
  daytonaApiKey: "k",
});
const ENV = { A: "1" };

const registrations = Object.entries(PROVIDER_REGISTRY).map(([, registration]) => ({
  registration,
  before: { ...registration },
}));
afterEach(() => {
  for (const { registration, before } of registrations) Object.assign(registration, before);
});

/**
 * A client that does what a script says. Each method writes down its call.
 *
 * @param {object} [script]
 */
function scripted(script = {}) {
  const {
    backendId = "daytona",
    state = (/** @type {any} */ given) => ({ ...given, restored: true }),
    resume = (/** @type {any} */ restored) => ({ state: restored }),
    created = { state: { sandboxId: "new" } },
    ...members
  } = /** @type {any} */ (script);
  /** @type {string[]} */
  const calls = [];
  /** @type {any} */
  const client = {
    backendId,
    /** @param {any} given */
    async deserializeSessionState(given) {
      expect(this).toBe(client);
      calls.push("deserialize");
      return state(given);
    },
    /** @param {any} restored */
    async resume(restored) {
      expect(this).toBe(client);
      calls.push("resume");
      return resume(restored);
    },
    /** @param {any[]} args */
    async create(...args) {
      expect(this).toBe(client);
      expect(args).toEqual([{ manifest: { environment: ENV } }]);
      expect(args[0].manifest.environment).toBe(ENV);
      calls.push("create");
      return created;
    },
    ...members,
  };
  for (const name of ["hydrateWorkspace", "terminate", "delete", "close"]) {
    const method = created?.[name];
    if (typeof method !== "function") continue;
    created[name] = async (/** @type {any[]} */ ...args) => {
      calls.push(
        name === "hydrateWorkspace" ? `hydrate(${Buffer.from(args[0])})` : `session.${name}`,
      );
      return method.apply(created, args);
    };
  }
  if (client.delete) {
    const remove = client.delete;
    client.delete = async (/** @type {any} */ given) => {
      calls.push("client.delete");
      expect(given).toBe(created.state);
      return remove(given);
    };
  }
  return { client, calls, created };
}

/**
 * @param {{ client: any, calls: string[] }} script
 * @param {any} envelope
 * @param {{ backend?: any, override?: any }} [options]
 */
async function establish(
  { client, calls },
  envelope,
  { backend = "daytona", override = backend } = {},
) {
  if (Object.hasOwn(PROVIDER_REGISTRY, backend)) {
    PROVIDER_REGISTRY[/** @type {"daytona"} */ (backend)].build = () => client;
    PROVIDER_REGISTRY[/** @type {"daytona"} */ (backend)].validateCredentials = () => {};
  }
  const options = { sessionId: "s", backendOverride: override, environment: ENV };
  const established = await establishSandboxSessionFromEnvelope(SETTINGS, envelope, options).then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  return { calls, .../** @type {{ value?: any, error?: any }} */ (established) };
}

const gone = () => {
  throw new Error("Sandbox sb not found");
};
const ARCHIVE = Buffer.from("ABC").toString("base64");
const stored = (/** @type {object} */ more = {}) => ({
  backendId: "daytona",
  sessionState: { providerState: { sandboxId: "old", z: 1 }, manifest: { m: 1 }, ...more },
});

describe("a session of an envelope", () => {
  it.each([[null], [undefined], [{}], [{ sessionState: null }], [{ sessionState: "x" }]])(
    "is new for %j",
    async (envelope) => {
      const script = scripted();
      const { calls, value } = await establish(script, envelope);
      expect(calls).toEqual(["create"]);
      expect(value).toStrictEqual({
        client: script.client,
        session: script.created,
        sessionState: script.created.state,
        instanceId: "new",
        backendId: "daytona",
      });
      expect(Object.keys(value)).toEqual([
        "client",
        "session",
        "sessionState",
        "instanceId",
        "backendId",
      ]);
      expect(value.sessionState).toBe(script.created.state);
    },
  );

  it("is resumed where its box is named", async () => {
    const session = { state: { sandboxId: "old" } };
    /** @type {any} */
    let restored;
    const resume = (/** @type {any} */ state) => {
      restored = state;
      return session;
    };
    const { calls, value } = await establish(scripted({ resume }), stored());
    expect(calls).toEqual(["deserialize", "resume"]);
    expect(value.session).toBe(session);
    expect(value.sessionState).toBe(restored);
    expect(restored).toEqual({
      sandboxId: "old",
      z: 1,
      manifest: { m: 1 },
      workspaceReady: undefined,
      restored: true,
    });
    expect(value.instanceId).toBe("old");
  });

  it("has the name of the resumed session, whose state a client may not be able to store", async () => {
    const resume = () => ({ state: { sandboxId: "live" } });
    const { calls, value } = await establish(scripted({ resume }), stored());
    expect(calls).toEqual(["deserialize", "resume"]);
    expect(value.instanceId).toBe("live");
    expect(value.sessionState).toMatchObject({ sandboxId: "old" });
  });

  it("is new where the box is gone", async () => {
    const { calls, value } = await establish(scripted({ resume: gone }), stored());
    expect(calls).toEqual(["deserialize", "resume", "create"]);
    expect(value).toMatchObject({ sessionState: { sandboxId: "new" }, instanceId: "new" });
  });

  it("is new where the box is gone, by the name that the client has for its backend", async () => {
    const script = scripted({ backendId: "selfhosted", resume: gone });
    expect(await establish(script, stored())).toMatchObject({
      calls: ["deserialize", "resume"],
      error: new Error("Sandbox sb not found"),
    });
  });

  it("is new where the envelope comes to no state", async () => {
    const { calls } = await establish(scripted({ state: () => undefined }), stored());
    expect(calls).toEqual(["deserialize", "create"]);
  });

  it("is resumed with a state that is null", async () => {
    const { calls, value } = await establish(
      scripted({ state: () => null, resume: () => ({ state: { id: "x" } }) }),
      stored(),
    );
    expect(calls).toEqual(["deserialize", "resume"]);
    expect([value.sessionState, value.instanceId]).toEqual([null, "x"]);
  });

  it.each([
    [Object.assign(new Error("Service unavailable"), { status: 503 })],
    [new Error("not found, but already running")],
    [Object.assign(new Error("getaddrinfo ENOTFOUND api"), { code: "ENOTFOUND" })],
    [new Error("bash: rm: command not found")],
    [undefined],
    [null],
    ["odd"],
  ])("is none where the box may be there: %s", async (thrown) => {
    const resume = () => Promise.reject(thrown);
    const { calls, error } = await establish(
      scripted({ resume }),
      stored({ workspaceArchive: ARCHIVE }),
    );
    expect(calls).toEqual(["deserialize", "resume"]);
    expect(error).toBe(thrown);
  });

  it("fails where the envelope is not read", async () => {
    const state = () => {
      throw new Error("no key");
    };
    const { calls, error } = await establish(scripted({ state }), stored());
    expect(calls).toEqual(["deserialize"]);
    expect(error).toBeInstanceOf(SandboxConfigError);
    expect(error.message).toBe(
      '[sandbox:daytona] Failed to deserialize sandbox resume envelope for backend "daytona": no key',
    );
  });

  it.each(["odd", 5, undefined])("fails where the envelope is not read for %j", async (thrown) => {
    const { error } = await establish(scripted({ state: () => Promise.reject(thrown) }), stored());
    expect(error.message).toMatch(new RegExp(`for backend "daytona": ${thrown}$`));
  });

  it("fails with what creation throws", async () => {
    const thrown = new Error("quota");
    const script = scripted({ create: () => Promise.reject(thrown) });
    expect((await establish(script, null)).error).toBe(thrown);
  });

  it.each(["resume", "deserializeSessionState"])(
    "is new where the client has no %s",
    async (method) => {
      const script = scripted();
      delete script.client[method];
      expect((await establish(script, stored())).calls).toEqual(["create"]);
    },
  );
});

describe("a box is named", () => {
  it.each([
    ["daytona", { sandboxId: "x" }, true],
    ["daytona", { instanceId: "x" }, true],
    ["daytona", { id: "x" }, true],
    ["daytona", { containerId: "x" }, true],
    ["daytona", { sandboxId: 5 }, true],
    ["daytona", { sandboxId: "" }, false],
    ["daytona", { hostId: "x" }, false],
    ["daytona", { devboxId: "x" }, false],
    ["daytona", { workspaceId: "x" }, false],
    ["daytona", { workspaceRootPath: "/nowhere" }, false],
    ["daytona", { sandboxName: "x" }, false],
    ["runloop", { devboxId: "x" }, true],
    ["runloop", { sandboxName: "x" }, false],
    ["blaxel", { sandboxName: "x" }, true],
    ["local", { workspaceRootPath: "/nowhere" }, true],
    ["local", { devboxId: "x" }, false],
  ])("of %s by %j: %s", async (backend, providerState, isNamed) => {
    const { calls, value } = await establish(
      scripted({ backendId: backend }),
      { sessionState: { providerState } },
      { backend },
    );
    expect(calls).toEqual(isNamed ? ["deserialize", "resume"] : ["create"]);
    const [id] = Object.values(providerState);
    if (isNamed) expect(value.instanceId).toBe(typeof id === "string" ? id : "");
  });

  it("not by a state without its provider's", async () => {
    const { calls } = await establish(scripted(), { sessionState: { sandboxId: "x" } });
    expect(calls).toEqual(["create"]);
  });

  it.each([
    [{ sandboxId: "a", instanceId: "b", id: "c" }, "a"],
    [{ sandboxId: null, instanceId: undefined, id: "c", hostId: "d" }, "c"],
    [{ hostId: "d", containerId: "e" }, "d"],
    [{ containerId: "e" }, "e"],
    [{ sandboxId: 5, id: "c" }, ""],
    [{ sandboxId: "", id: "c" }, ""],
    [{ devboxId: "x" }, ""],
    [{}, ""],
    [undefined, ""],
  ])("in the state %j as %j", async (state, instanceId) => {
    const { value } = await establish(scripted({ created: { state } }), null);
    expect(value.instanceId).toBe(instanceId);
    expect(value.sessionState).toBe(state);
  });
});

describe("the archive of a workspace", () => {
  const coldOnly = { backendId: "daytona", sessionState: { workspaceArchive: ARCHIVE } };

  it("is restored in a new box, of which the state is read after that", async () => {
    const created = {
      state: { sandboxId: "new" },
      async hydrateWorkspace() {
        expect(this).toBe(created);
        this.state = { sandboxId: "replacement" };
      },
    };
    const { calls, value } = await establish(
      scripted({ resume: gone, created }),
      stored({ workspaceArchive: ARCHIVE }),
    );
    expect(calls).toEqual(["deserialize", "resume", "create", "hydrate(ABC)"]);
    expect(value).toMatchObject({
      sessionState: { sandboxId: "replacement" },
      instanceId: "replacement",
    });
  });

  it("is restored without a box to resume", async () => {
    const created = { state: { sandboxId: "new" }, hydrateWorkspace: async () => {} };
    expect((await establish(scripted({ created }), coldOnly)).calls).toEqual([
      "create",
      "hydrate(ABC)",
    ]);
  });

  it("is restored though it is empty", async () => {
    const created = { state: {}, hydrateWorkspace: async () => {} };
    const envelope = { sessionState: { workspaceArchive: " " } };
    expect((await establish(scripted({ created }), envelope)).calls).toEqual([
      "create",
      "hydrate()",
    ]);
  });

  it("comes as plain bytes", async () => {
    /** @type {any} */
    let bytes;
    const created = {
      state: {},
      hydrateWorkspace: async (/** @type {any} */ given) => void (bytes = given),
    };
    await establish(scripted({ created }), coldOnly);
    expect(bytes).toStrictEqual(Uint8Array.of(65, 66, 67));
  });

  it("is left where the box is resumed", async () => {
    const envelope = stored({ workspaceArchive: "@@@@" });
    expect((await establish(scripted(), envelope)).calls).toEqual(["deserialize", "resume"]);
  });

  const failed = new Error("no room");
  const hydrateWorkspace = () => Promise.reject(failed);
  const remove = async () => {};
  const refuse = () => Promise.reject(new Error("no"));
  it.each(
    /** @type {[string, any, any, string[]][]} */ ([
      ["the client's delete", { delete: remove }, { terminate: remove }, ["client.delete"]],
      ["the client's delete, which fails", { delete: refuse }, {}, ["client.delete"]],
      ["terminate", {}, { terminate: remove, close: remove }, ["session.terminate"]],
      ["delete", {}, { delete: remove, close: remove }, ["session.delete"]],
      ["close", {}, { close: remove }, ["session.close"]],
      ["close, which fails", {}, { close: refuse }, ["session.close"]],
      ["nothing", {}, {}, []],
    ]),
  )("is not restored: the box is removed by %s", async (_, members, session, removed) => {
    const created = { state: { sandboxId: "new" }, hydrateWorkspace, ...session };
    const { calls, error } = await establish(scripted({ created, ...members }), coldOnly);
    expect(calls).toEqual(["create", "hydrate(ABC)", ...removed]);
    expect(error).toBe(failed);
  });

  it("is not restored: a box without a state is removed by its session", async () => {
    const created = { hydrateWorkspace, close: remove };
    const { calls } = await establish(scripted({ created, delete: remove }), coldOnly);
    expect(calls).toEqual(["create", "hydrate(ABC)", "session.close"]);
  });

  it("is not dropped where the session cannot restore it", async () => {
    const created = { state: { sandboxId: "new" }, close: remove };
    const { calls, error } = await establish(scripted({ created }), coldOnly);
    expect(calls).toEqual(["create", "session.close"]);
    expect(error).toBeInstanceOf(SandboxConfigError);
    expect(error.message).toBe(
      '[sandbox:daytona] Sandbox backend "daytona" cannot restore the workspace archive: its session has no hydrateWorkspace()',
    );
  });

  it.each(["@@@@", "QUJDR", "QUJD!"])(
    "is not restored where it is corrupt: %s",
    async (workspaceArchive) => {
      const created = { state: {}, hydrateWorkspace: remove };
      const { calls, error } = await establish(scripted({ created }), {
        sessionState: { workspaceArchive },
      });
      expect(calls).toEqual([]);
      expect(error).toBeInstanceOf(SandboxConfigError);
      expect(error.message).toMatch(
        'The workspace archive of the envelope for backend "daytona" is corrupt',
      );
    },
  );
});

describe("another box that a client makes in place of one that is gone", () => {
  /** @param {object} [members] */
  function replacing(members) {
    /** @type {any[]} */
    const hydrated = [];
    const session = {
      state: { sandboxId: "other", manifest: {} },
      hydrateWorkspace: async (/** @type {any} */ bytes) => void hydrated.push(bytes),
      ...members,
    };
    return { script: scripted({ resume: () => session }), session, hydrated };
  }

  it("has the archive, and is the one that is stored", async () => {
    const { script, session, hydrated } = replacing();
    const { calls, value } = await establish(script, stored({ workspaceArchive: ARCHIVE }));
    expect(calls).toEqual(["deserialize", "resume"]);
    expect(hydrated).toEqual([Uint8Array.of(65, 66, 67)]);
    expect(value.sessionState).toBe(session.state);
    expect(value.instanceId).toBe("other");
  });

  it("is the one that is stored without an archive, too", async () => {
    const { script, session, hydrated } = replacing();
    const { value } = await establish(script, stored());
    expect([hydrated, value.sessionState]).toEqual([[], session.state]);
  });

  it("is removed where the archive is not restored", async () => {
    let removed = 0;
    const failed = new Error("x");
    const { script } = replacing({
      hydrateWorkspace: () => Promise.reject(failed),
      delete: async () => removed++,
    });
    const { error } = await establish(script, stored({ workspaceArchive: ARCHIVE }));
    expect([error, removed]).toEqual([failed, 1]);
  });

  it("keeps a folder that the client has restored by itself", async () => {
    const { script, hydrated } = replacing({
      state: { sandboxId: "other", manifest: {}, workspaceRootPath: "/folder" },
    });
    const { value } = await establish(script, stored({ workspaceArchive: ARCHIVE }));
    expect([hydrated, value.instanceId]).toEqual([[], "other"]);
  });
});

describe("a session without an identity or a state", () => {
  it("does not get the state of the box that is gone", async () => {
    const { value } = await establish(scripted({ resume: gone, created: {} }), stored());
    expect(value).toMatchObject({ instanceId: "" });
    expect(value.sessionState).toBeUndefined();
    expect(await serializeEstablishedSandboxEnvelope(value)).toBeNull();
  });
});

describe("the backend of an envelope", () => {
  /**
   * @param {any} envelope
   * @param {any} [override]
   */
  const errorOf = async (envelope, override) => {
    const options = { sessionId: "s", backendOverride: override, environment: ENV };
    return establishSandboxSessionFromEnvelope(SETTINGS, envelope, options).catch((error) => error);
  };

  it("is its own, which must be known", async () => {
    expect((await errorOf({ backendId: "unix_local" })).message).toBe(
      '[sandbox:unix_local] Unknown sandbox backend "unix_local"',
    );
  });

  it("is the one that is asked for", async () => {
    const script = scripted();
    expect((await establish(script, { backendId: "unix_local" })).calls).toEqual(["create"]);
    const error = await errorOf(null, 5);
    expect(error).toEqual(new TypeError("backendOverride must be a string, got 5"));
  });

  it.each([[{ backendId: 5 }], [{}], [null]])("is that of the settings in %j", async (envelope) => {
    const script = scripted();
    expect((await establish(script, envelope, { override: undefined })).calls).toEqual(["create"]);
  });

  it("must have a client", async () => {
    const error = await errorOf({ backendId: "none" });
    expect(error).toBeInstanceOf(SandboxConfigError);
    expect(error.message).toBe(
      '[sandbox:none] Cannot establish a sandbox session for backend "none" (no client; sandboxBackend=none?)',
    );
  });

  it("must have one that creates", async () => {
    const { error } = await establish(scripted({ create: undefined }), null);
    expect(error.message).toBe(
      '[sandbox:daytona] Sandbox backend "daytona" does not support create()',
    );
  });

  it("must be configured", async () => {
    const { error } = await establish(scripted(), null, { backend: "cloudflare" });
    expect(error).toBeUndefined();
    const settings = { ...SETTINGS, sandboxBackend: "vercel" };
    await expect(
      establishSandboxSessionFromEnvelope(settings, null, { sessionId: "s" }),
    ).rejects.toThrow("[sandbox:vercel] OPENGENI_VERCEL_TOKEN is required");
  });

  it("has no agent for enrolled machines", async () => {
    const error = await errorOf({
      backendId: "selfhosted",
      sessionState: { providerState: { agentId: "a" } },
    });
    expect(error).toEqual(
      new Error(
        "selfhosted sandbox client: no agentId bound (create()/resume() need a session state carrying agentId)",
      ),
    );
  });
});

describe("the variables of a box", () => {
  it("are the process's, unless others are given", async () => {
    process.env["OPENGENI_TEST_VARIABLE"] = "v";
    /** @type {any} */
    let given;
    PROVIDER_REGISTRY.daytona.build = () => ({
      backendId: "daytona",
      create: async (/** @type {any} */ args) => ((given = args), {}),
    });
    try {
      const settings = { ...SETTINGS, sandboxEnvAllowlist: "OPENGENI_TEST_VARIABLE" };
      await establishSandboxSessionFromEnvelope(settings, null, { sessionId: "s" });
    } finally {
      delete process.env["OPENGENI_TEST_VARIABLE"];
    }
    expect(given).toEqual({ manifest: { environment: { OPENGENI_TEST_VARIABLE: "v" } } });
  });
});
