import { afterEach, describe, expect, it } from "vitest";
import { ModalImageSelector } from "@openai/agents-extensions/sandbox/modal";
import {
  OpenGeniError,
  CAPABILITY_DESCRIPTORS,
  PROVIDER_REGISTRY,
  SandboxConfigError,
  SandboxProviderUnavailableError,
  assertProviderRegistryInvariants,
  createSandboxClient,
  createSandboxClientForBackend,
} from "../../../index.js";
import { relayOf } from "../../../js/lifecycle/registry.js";
import { rowsOf } from "../../support/table.js";

/** @typedef {import("../../../index.js").SandboxBackend} SandboxBackend */

const BACKENDS = /** @type {SandboxBackend[]} */ (
  "docker modal local none daytona runloop e2b blaxel cloudflare vercel selfhosted".split(" ")
);

const MINIMAL = {
  sandboxBackend: "modal",
  sandboxPreparationProfiles: "none",
  sandboxEnvAllowlist: "",
  dockerExposedPorts: "",
  dockerImage: "opengeni-sandbox:local",
  modalAppName: "opengeni-sandbox",
  modalTimeoutSeconds: 3600,
  modalWorkspacePersistence: "snapshot_filesystem",
  modalTokenId: "id",
  modalTokenSecret: "secret",
  daytonaApiKey: "key",
  runloopApiKey: "key",
  runloopTunnel: true,
  e2bApiKey: "key",
  blaxelApiKey: "key",
  cloudflareWorkerUrl: "https://worker.example",
  vercelToken: "token",
  vercelProjectId: "project",
};

/** @param {object} [more] */
const settings = (more) => /** @type {any} */ ({ ...MINIMAL, ...more });

const ENV = { A: "1" };

/**
 * @param {string} backend
 * @param {object} [more]
 * @returns {any}
 */
function client(backend, more) {
  return createSandboxClientForBackend(/** @type {any} */ (backend), settings(more), ENV);
}

describe("the registry", () => {
  it("has a plain object for each backend, in order", () => {
    expect(Object.keys(PROVIDER_REGISTRY)).toEqual(BACKENDS);
    for (const [backend, registration] of Object.entries(PROVIDER_REGISTRY)) {
      expect(registration.backend).toBe(backend);
      expect(registration.descriptor).toBe(CAPABILITY_DESCRIPTORS[registration.backend]);
      expect(Object.isFrozen(registration)).toBe(false);
    }
  });

  it("agrees with the table of capabilities and the SDK", () => {
    expect(() => assertProviderRegistryInvariants()).not.toThrow();
  });
});

describe("a registry that is wrong", () => {
  /** @type {(() => void)[]} */
  const undone = [];
  afterEach(() => {
    for (const undo of undone.splice(0)) undo();
  });

  /**
   * @param {any} object
   * @param {string} key
   * @param {unknown} value
   */
  function set(object, key, value) {
    const before = object[key];
    undone.push(() => (object[key] = before));
    object[key] = value;
  }

  const { docker, none, local } = PROVIDER_REGISTRY;
  const row = CAPABILITY_DESCRIPTORS.docker;

  it.each(
    /** @type {[string, any, string, unknown][]} */ ([
      ['PROVIDER_REGISTRY["docker"].backend mismatch (got "modal")', docker, "backend", "modal"],
      [
        'PROVIDER_REGISTRY["docker"].descriptor.backend mismatch (got "modal")',
        ...[docker, "descriptor", { ...row, backend: "modal" }],
      ],
      [
        '"none" descriptor.backendId must be "none" (got "x")',
        ...[none, "descriptor", { ...none.descriptor, backendId: "x" }],
      ],
      [
        'Provider "docker" SDK client has no string backendId',
        docker,
        "build",
        () => ({ backendId: 5 }),
      ],
      ['Provider "local" SDK client has no string backendId', local, "build", () => undefined],
      [
        'Provider "docker" backendId mismatch: descriptor.backendId="docker" but SDK client.backendId="x"',
        ...[docker, "build", () => ({ backendId: "x" })],
      ],
      ['No CapabilityDescriptor for backend "docker"', CAPABILITY_DESCRIPTORS, "docker", undefined],
    ]),
  )("says %s", (message, object, key, value) => {
    set(object, key, value);
    expect(() => assertProviderRegistryInvariants()).toThrow(new Error(message));
  });

  it("is asked as it stands", () => {
    const made = { backendId: "made" };
    set(PROVIDER_REGISTRY, "modal", { ...PROVIDER_REGISTRY.modal, build: () => made });
    expect(client("modal")).toBe(made);
  });
});

describe("credentials", () => {
  const PAIR =
    "OPENGENI_MODAL_TOKEN_ID and OPENGENI_MODAL_TOKEN_SECRET must both be set or both omitted";

  it.each([
    ["modal", { modalTokenId: undefined }, PAIR],
    ["modal", { modalTokenSecret: "", modalAppName: "" }, PAIR],
    ["modal", { modalAppName: "" }, "OPENGENI_MODAL_APP_NAME is required"],
    ["daytona", { daytonaApiKey: undefined }, "OPENGENI_DAYTONA_API_KEY is required"],
    ["runloop", { runloopApiKey: "" }, "OPENGENI_RUNLOOP_API_KEY is required"],
    ["e2b", { e2bApiKey: undefined }, "OPENGENI_E2B_API_KEY is required"],
    ["blaxel", { blaxelApiKey: undefined }, "OPENGENI_BLAXEL_API_KEY is required"],
    ["cloudflare", { cloudflareWorkerUrl: "" }, "OPENGENI_CLOUDFLARE_WORKER_URL is required"],
    ["vercel", { vercelToken: "", vercelProjectId: "" }, "OPENGENI_VERCEL_TOKEN is required"],
    ["vercel", { vercelProjectId: "" }, "OPENGENI_VERCEL_PROJECT_ID is required"],
  ])("of %s without %j are refused", (backend, more, message) => {
    const check = () => client(backend, more);
    expect(check).toThrow(SandboxConfigError);
    expect(check).toThrow(`[sandbox:${backend}] ${message}`);
    const validate = () =>
      PROVIDER_REGISTRY[/** @type {SandboxBackend} */ (backend)].validateCredentials(
        settings(more),
      );
    expect(validate).toThrow(expect.objectContaining({ name: "SandboxConfigError", backend }));
  });

  it("are what they are, not trimmed", () => {
    expect(client("daytona", { daytonaApiKey: " " }).options.apiKey).toBe(" ");
    expect(client("modal", { modalTokenId: "", modalTokenSecret: "" }).options).not.toHaveProperty(
      "tokenId",
    );
  });

  it("are checked when a client is made, not when it is built", () => {
    const build = () =>
      PROVIDER_REGISTRY.daytona.build({
        settings: settings({ daytonaApiKey: "" }),
        environment: {},
        exposedPorts: [],
      });
    expect(build).not.toThrow();
  });
});

describe("the options of a client", () => {
  it.each([
    [
      "modal",
      {
        appName: "opengeni-sandbox",
        timeoutMs: 3_600_000,
        exposedPorts: [],
        env: ENV,
        idleTimeoutMs: 3_600_000,
        workspacePersistence: "snapshot_filesystem",
        tokenId: "id",
        tokenSecret: "secret",
      },
    ],
    ["daytona", { apiKey: "key", env: ENV, exposedPorts: [] }],
    ["runloop", { apiKey: "key", env: ENV, exposedPorts: [], tunnel: true }],
    ["e2b", { env: ENV, exposedPorts: [] }],
    ["blaxel", { apiKey: "key", env: ENV }],
    ["cloudflare", { workerUrl: "https://worker.example", exposedPorts: [] }],
    ["vercel", { token: "token", projectId: "project", env: ENV, exposedPorts: [] }],
    ["docker", { image: "opengeni-sandbox:local", exposedPorts: [] }],
    ["local", {}],
  ])("of %s are the least that it needs", (backend, options) => {
    const made = client(backend);
    expect(made.options).toEqual(options);
    expect(Object.keys(made.options)).toEqual(Object.keys(options));
    expect(made.backendId).toBe(
      CAPABILITY_DESCRIPTORS[/** @type {SandboxBackend} */ (backend)].backendId,
    );
  });

  it.each([
    [
      "modal",
      {
        modalIdleTimeoutSeconds: 60,
        modalImageRef: "image:1",
        modalEnvironment: "main",
        modalWorkspacePersistence: "",
      },
      {
        idleTimeoutMs: 60_000,
        timeoutMs: 3_600_000,
        image: ModalImageSelector.fromTag("image:1"),
        environment: "main",
        workspacePersistence: undefined,
      },
    ],
    ["modal", { modalIdleTimeoutSeconds: 0 }, { idleTimeoutMs: 0 }],
    [
      "daytona",
      {
        daytonaApiUrl: "https://d",
        daytonaTarget: "eu",
        daytonaImage: "i",
        daytonaSnapshotName: "s",
        daytonaAutoStopInterval: 0,
        daytonaTimeoutSeconds: 5,
        daytonaExposedPortUrlTtlSeconds: 6,
      },
      {
        apiUrl: "https://d",
        target: "eu",
        image: "i",
        sandboxSnapshotName: "s",
        autoStopInterval: 0,
        timeoutSec: 5,
        exposedPortUrlTtlS: 6,
      },
    ],
    [
      "runloop",
      {
        runloopTunnel: false,
        runloopBaseUrl: "https://r",
        runloopBlueprintName: "n",
        runloopBlueprintId: "b",
        runloopKeepAliveSeconds: 7,
      },
      {
        tunnel: false,
        baseUrl: "https://r",
        blueprintName: "n",
        blueprintId: "b",
        timeouts: { keepAliveTimeoutMs: 7000 },
      },
    ],
    ["runloop", { runloopKeepAliveSeconds: 0 }, { timeouts: undefined }],
    [
      "e2b",
      {
        e2bTemplate: "t",
        e2bTimeoutSeconds: 8,
        e2bTimeoutAction: "pause",
        e2bAllowInternetAccess: false,
        e2bAutoResume: false,
        e2bWorkspacePersistence: "tar",
      },
      {
        template: "t",
        timeout: 8,
        timeoutAction: "pause",
        allowInternetAccess: false,
        autoResume: false,
        workspacePersistence: "tar",
        apiKey: undefined,
      },
    ],
    [
      "blaxel",
      {
        blaxelImage: "i",
        blaxelRegion: "r",
        blaxelExposedPortPublic: false,
        blaxelExposedPortUrlTtlSeconds: 9,
        blaxelMemoryMb: 512,
        blaxelTtl: "24h",
        dockerExposedPorts: "80",
      },
      {
        image: "i",
        region: "r",
        exposedPortPublic: false,
        exposedPortUrlTtlS: 9,
        memory: 512,
        ttl: "24h",
        exposedPorts: undefined,
      },
    ],
    ["cloudflare", { cloudflareApiKey: "k" }, { apiKey: "k", env: undefined }],
    ["vercel", { vercelTeamId: "t", vercelRuntime: "node24" }, { teamId: "t", runtime: "node24" }],
  ])("of %s with %j", (backend, more, options) => {
    const made = client(backend, more).options;
    for (const [key, value] of Object.entries(options)) {
      expect(made[key]).toEqual(value);
      expect(key in made).toBe(value !== undefined);
    }
  });

  it("have the caller's variables themselves", () => {
    expect(client("modal").options.env).toBe(ENV);
  });

  it.each([
    [
      "modal",
      { modalTimeoutSeconds: "60" },
      'settings.modalTimeoutSeconds must be a number of seconds, got "60"',
    ],
    [
      "modal",
      { modalTimeoutSeconds: NaN },
      "settings.modalTimeoutSeconds must be a number of seconds, got NaN",
    ],
    ["runloop", { runloopTunnel: "yes" }, 'settings.runloopTunnel must be a boolean, got "yes"'],
    [
      "daytona",
      { daytonaApiKey: 123456 },
      "settings.daytonaApiKey must be a string, got a value of type number",
    ],
    [
      "docker",
      { dockerNetwork: "-v" },
      'settings.dockerNetwork must be the name of a network, which does not begin with a dash, got "-v"',
    ],
    [
      "docker",
      { dockerExposedPorts: undefined },
      "settings.dockerExposedPorts must be a string, got nothing",
    ],
  ])("of %s are refused for %j", (backend, more, message) => {
    expect(() => client(backend, more)).toThrow(new TypeError(message));
  });

  it("are of a new client each time, of the SDK's own class", () => {
    expect(client("local").constructor.name).toBe("UnixLocalSandboxClient");
    expect(client("modal").constructor.name).toBe("ModalSandboxClient");
    expect(client("modal")).not.toBe(client("modal"));
  });
});

describe("the ports of a client", () => {
  it.each([
    ["modal", "", [6080, 7681]],
    ["daytona", "6080", [6080, 7681]],
    ["runloop", "7681", [7681, 6080]],
    ["e2b", "3000, 8080", [3000, 8080, 6080, 7681]],
    ["modal", "6080,7681,6080", [6080, 7681, 6080]],
    ["docker", "3000", [3000]],
    ["cloudflare", "6080", [6080]],
    ["vercel", "", []],
  ])("of %s with a desktop and %j", (backend, dockerExposedPorts, ports) => {
    const more = { dockerExposedPorts, sandboxDesktopEnabled: true };
    expect(client(backend, more).options.exposedPorts).toEqual(ports);
    const off = client(backend, { ...more, sandboxDesktopEnabled: false }).options.exposedPorts;
    expect(off).toEqual(dockerExposedPorts.split(",").filter(Boolean).map(Number));
  });
});

describe("a client", () => {
  it("is of the backend in the settings", () => {
    const made = /** @type {any} */ (
      createSandboxClient(settings({ sandboxBackend: "local" }), {})
    );
    expect(made.backendId).toBe("unix_local");
  });

  it("has the variables that the settings name", () => {
    process.env["OPENGENI_TEST_VARIABLE"] = "v";
    try {
      const more = { sandboxEnvAllowlist: "OPENGENI_TEST_VARIABLE" };
      const made = /** @type {any} */ (createSandboxClient(settings(more)));
      expect(made.options.env).toEqual({ OPENGENI_TEST_VARIABLE: "v" });
    } finally {
      delete process.env["OPENGENI_TEST_VARIABLE"];
    }
  });

  it("is none for no backend, whatever the ports", () => {
    expect(client("none", { dockerExposedPorts: "x" })).toBeUndefined();
    expect(PROVIDER_REGISTRY.none.build(/** @type {any} */ ({}))).toBeUndefined();
  });

  it("is refused for variables first, even where there is none", () => {
    const make = (/** @type {any} */ backend) => () =>
      createSandboxClientForBackend(backend, settings({ sandboxPreparationProfiles: "x" }));
    expect(make("none")).toThrow("Unknown sandbox preparation profile x");
    expect(make("y")).toThrow("Unknown sandbox preparation profile x");
  });

  it.each(["unix_local", "toString", "__proto__", ""])(
    "is refused for the backend %j",
    (backend) => {
      const make = () => client(backend);
      expect(make).toThrow(SandboxConfigError);
      expect(make).toThrow(`[sandbox:${backend}] Unknown sandbox backend "${backend}"`);
    },
  );

  it("is refused for credentials before ports", () => {
    const more = { daytonaApiKey: "", dockerExposedPorts: "x" };
    expect(() => client("daytona", more)).toThrow("OPENGENI_DAYTONA_API_KEY is required");
    expect(() => client("selfhosted", { dockerExposedPorts: "x" })).toThrow(
      new Error("OPENGENI_DOCKER_EXPOSED_PORTS must contain TCP port numbers"),
    );
  });
});

describe("the client of enrolled machines", () => {
  it("has no options, and no agent", async () => {
    const made = client("selfhosted");
    expect([made.backendId, made.supportsDefaultOptions, made.options]).toEqual([
      "selfhosted",
      false,
      undefined,
    ]);
    await expect(made.create()).rejects.toThrow("no agentId bound");
  });

  it("reaches nobody: it has no workspace", async () => {
    const resumed = client("selfhosted").resume({ agentId: "a" });
    await expect(resumed).rejects.toThrow(/^workspaceId must be one token of a NATS subject/);
  });

  it.each(rowsOf("relays"))("has its relay where the setting says: %j", ({ url, relay }) => {
    expect(relayOf(url ?? undefined)).toEqual(relay);
  });
});

describe("the errors", () => {
  it("say what they are of", () => {
    const config = new SandboxConfigError("modal", "m");
    expect(config).toMatchObject({
      name: "SandboxConfigError",
      backend: "modal",
      message: "[sandbox:modal] m",
    });
    const unavailable = new SandboxProviderUnavailableError("modal");
    expect(unavailable).toMatchObject({
      name: "SandboxProviderUnavailableError",
      backend: "modal",
      message: "provider modal not available in installed @openai/agents-extensions",
    });
    expect(unavailable).not.toBeInstanceOf(SandboxConfigError);
    expect(config).not.toBeInstanceOf(SandboxProviderUnavailableError);
    expect(Object.getPrototypeOf(SandboxConfigError)).toBe(OpenGeniError);
    expect("cause" in unavailable).toBe(false);
  });
});
