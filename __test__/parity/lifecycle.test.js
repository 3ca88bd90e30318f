// The differences of docs/differences.md in the life cycle of a sandbox: the rule of the old module
// against what this package does.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  PROVIDER_REGISTRY,
  collectSandboxEnvironment,
  createSandboxClientForBackend,
  deletePriorPersistedSnapshot,
  deserializeSandboxSessionStateEnvelope,
  establishSandboxSessionFromEnvelope,
  isProviderSandboxNotFoundError,
  sandboxStateEntryFromRunState,
} from "../../index.js";
import * as old from "./old.js";
import { difference, everyRowIsShown } from "./sides.js";

/** @typedef {import("../../index.js").SandboxBackend} SandboxBackend */

/**
 * What `run` comes to: the error's text where it fails.
 *
 * @param {() => unknown} run
 */
async function outcomeOf(run) {
  try {
    return await run();
  } catch (error) {
    return String(error);
  }
}

/**
 * Establishes a session with a client, as a backend.
 *
 * @param {any} client
 * @param {any} sessionState
 * @param {SandboxBackend} [backend]
 */
async function establish(client, sessionState, backend = "local") {
  const registration = PROVIDER_REGISTRY[backend];
  const { build, validateCredentials } = registration;
  Object.assign(registration, { build: () => client, validateCredentials: () => {} });
  try {
    const settings = /** @type {any} */ ({ dockerExposedPorts: "" });
    const options = { sessionId: "s", backendOverride: backend, environment: {} };
    return await establishSandboxSessionFromEnvelope(settings, { sessionState }, options);
  } finally {
    Object.assign(registration, { build, validateCredentials });
  }
}

/**
 * Both ways to establish the same session, with a client of its own for each: what is seen of it.
 *
 * @param {() => any} newClient
 * @param {any} sessionState
 * @param {(established: any, client: any) => unknown} seen Gets the error's text where there is none.
 * @param {SandboxBackend} [backend]
 */
function sides(newClient, sessionState, seen, backend) {
  /** @param {(client: any, sessionState: any, backend?: SandboxBackend) => Promise<unknown>} way */
  const side = (way) => async () => {
    const client = newClient();
    return seen(await outcomeOf(() => way(client, sessionState, backend)), client);
  };
  return { old: side(old.establish), new: side(establish) };
}

/** @param {object} [members] */
function client(members) {
  return {
    backendId: "b",
    calls: /** @type {string[]} */ ([]),
    deserializeSessionState: async (/** @type {any} */ state) => state,
    async resume(/** @type {any} */ state) {
      this.calls.push("resume");
      return { state };
    },
    async create() {
      this.calls.push("create");
      return { state: { sandboxId: "new" } };
    },
    ...members,
  };
}

const ARCHIVE = Buffer.from("ABC").toString("base64");
const callsOf = (/** @type {any} */ _, /** @type {any} */ { calls }) => calls;
const gone = async () => {
  throw new Error("sandbox not found");
};

for (const [what, error] of /** @type {[string, any][]} */ ([
  [
    "a name that is not resolved",
    Object.assign(new Error("getaddrinfo ENOTFOUND api"), { code: "ENOTFOUND" }),
  ],
  ["a program that is missing", new Error("bash: ffmpeg: command not found")],
  ["a program that is missing, by sh", new Error("/bin/sh: 1: ffmpeg: not found")],
])) {
  difference(
    "L1",
    `${what} does not say that the box is gone`,
    { old: () => old.isGone(error), new: () => isProviderSandboxNotFoundError("modal", error) },
    { old: true, new: false },
  );
}
difference(
  "L1",
  "no rival box is created while a name is not resolved",
  sides(
    () => client({ resume: async () => Promise.reject(new Error("getaddrinfo ENOTFOUND api")) }),
    { providerState: { sandboxId: "x" } },
    callsOf,
  ),
  { old: ["create"], new: [] },
);

for (const [backend, id] of /** @type {[SandboxBackend, string][]} */ ([
  ["runloop", "devboxId"],
  ["blaxel", "sandboxName"],
  ["local", "workspaceRootPath"],
])) {
  difference(
    "L2",
    `a box of ${backend} is resumed`,
    sides(client, { providerState: { [id]: "/nowhere" } }, callsOf, backend),
    { old: ["create"], new: ["resume"] },
  );
}

difference(
  "L3",
  "an older snapshot does not replace a folder that has changed since",
  (() => {
    // As the SDK's local client does it: the snapshot is restored where the state names one.
    const withSnapshot = () =>
      client({
        /** @param {any} state */
        resume: async (state) => ({ state, restored: Boolean(state.snapshot) }),
      });
    const run = (/** @type {typeof establish} */ way) => async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "og-folder-"));
      try {
        const state = { id: "b", workspaceRootPath: folder, snapshot: { path: "s" } };
        const { session, sessionState } = /** @type {any} */ (
          await way(withSnapshot(), { providerState: state })
        );
        return { restored: session.restored, snapshot: sessionState.snapshot };
      } finally {
        rmSync(folder, { recursive: true });
      }
    };
    return { old: run(/** @type {any} */ (old.establish)), new: run(establish) };
  })(),
  {
    old: { restored: true, snapshot: { path: "s" } },
    new: { restored: false, snapshot: { path: "s" } },
  },
);

difference(
  "L4",
  "the box that a client makes in place of one that is gone has the archive, and is stored",
  sides(
    () => {
      const session = {
        state: { sandboxId: "other", manifest: {} },
        hydrated: false,
        async hydrateWorkspace() {
          this.hydrated = true;
        },
      };
      return client({ resume: async () => session });
    },
    { providerState: { sandboxId: "x" }, workspaceArchive: ARCHIVE },
    ({ session, sessionState }) => [session.hydrated, sessionState.sandboxId],
  ),
  { old: [false, "x"], new: [true, "other"] },
);

difference(
  "L5",
  "a new session without a state does not get that of the box that is gone",
  sides(
    () => client({ resume: gone, create: async () => ({}) }),
    { providerState: { sandboxId: "x" } },
    ({ sessionState }) => sessionState?.sandboxId,
  ),
  { old: "x", new: undefined },
);

/** @param {object} members */
function unrestorable(members) {
  const removed = /** @type {string[]} */ ([]);
  const session = {
    state: { sandboxId: "new" },
    hydrateWorkspace: async () => Promise.reject(new Error("no room")),
    async close() {
      if (this !== session) throw new Error("no receiver");
      removed.push("close");
    },
    ...members,
  };
  return client({ create: async () => session, removed });
}
difference(
  "L6",
  "a box whose workspace is not restored is removed",
  sides(
    () => unrestorable({}),
    { workspaceArchive: ARCHIVE },
    (error, { removed }) => [error, removed],
  ),
  { old: ["Error: no room", []], new: ["Error: no room", ["close"]] },
);

difference(
  "L7",
  "an archive is not dropped where the session cannot restore it",
  sides(client, { workspaceArchive: ARCHIVE }, (established) =>
    typeof established === "string" ? established : "an empty workspace",
  ),
  {
    old: "an empty workspace",
    new: 'SandboxConfigError: [sandbox:local] Sandbox backend "local" cannot restore the workspace archive: its session has no hydrateWorkspace()',
  },
);

difference(
  "L8",
  "an archive that is corrupt is not restored",
  sides(
    () => {
      const restored = /** @type {string[]} */ ([]);
      const hydrateWorkspace = async (/** @type {Uint8Array} */ bytes) =>
        restored.push(new TextDecoder().decode(bytes));
      return client({ restored, create: async () => ({ state: {}, hydrateWorkspace }) });
    },
    { workspaceArchive: "QUJDR" },
    (established, { restored }) => [typeof established === "string" && established, restored],
  ),
  {
    old: [false, ["ABC"]],
    new: [
      'SandboxConfigError: [sandbox:local] The workspace archive of the envelope for backend "local" is corrupt: it is not base64 from end to end; use an earlier envelope',
      [],
    ],
  },
);

for (const [
  what,
  envelope,
  key,
  before,
  now,
] of /** @type {[string, any, string, unknown, unknown][]} */ ([
  ["manifest", { providerState: { manifest: { m: 1 } } }, "manifest", undefined, { m: 1 }],
  ["readiness", { providerState: { workspaceReady: true } }, "workspaceReady", undefined, true],
  [
    "map of ports",
    { providerState: { exposedPorts: { 80: "h" } }, exposedPorts: [80] },
    ...["exposedPorts", [80], { 80: "h" }],
  ],
])) {
  difference(
    "L9",
    `the ${what} of the provider's state stays where the envelope has none`,
    {
      old: () => /** @type {any} */ (old.restored(envelope))[key],
      new: async () =>
        /** @type {any} */ (await deserializeSandboxSessionStateEnvelope(client(), envelope))[key],
    },
    { old: before, new: now },
  );
}

difference(
  "L10",
  "a new container that is not connected to its network is removed",
  (() => {
    const newSession = () => {
      const removed = /** @type {string[]} */ ([]);
      const remove = async () => void removed.push("delete");
      return { state: { containerId: "c" }, removed, delete: remove };
    };
    return {
      old: async () => {
        const session = newSession();
        const fail = () => {
          throw new Error("no network");
        };
        await old.connected(session, fail).catch(() => {});
        return session.removed;
      },
      new: async () => {
        const session = newSession();
        const { build } = PROVIDER_REGISTRY.docker;
        const settings = /** @type {any} */ ({ dockerExposedPorts: "", dockerNetwork: "n" });
        const { PATH } = process.env;
        PROVIDER_REGISTRY.docker.build = () => client({ create: async () => session });
        process.env["PATH"] = "/nowhere";
        try {
          const made = /** @type {any} */ (createSandboxClientForBackend("docker", settings, {}));
          await made.create({}).catch(() => {});
        } finally {
          PROVIDER_REGISTRY.docker.build = build;
          process.env["PATH"] = PATH;
        }
        return session.removed;
      },
    };
  })(),
  { old: [], new: ["delete"] },
);

const INHERITED = "constructor";
difference(
  "L11",
  "what every object inherits is no variable",
  {
    old: () => typeof old.environment([INHERITED], {})[INHERITED],
    new: () => {
      const settings = { sandboxPreparationProfiles: "", sandboxEnvAllowlist: INHERITED };
      return Object.keys(collectSandboxEnvironment(settings, {})).length;
    },
  },
  { old: "function", new: 0 },
);
difference(
  "L11",
  "and no agent's entry",
  (() => {
    const sandbox = { currentAgentKey: INHERITED, sessionState: { q: 1 }, sessionsByAgent: {} };
    return {
      old: () => old.entryOf(sandbox),
      new: () => sandboxStateEntryFromRunState({ _sandbox: sandbox })?.["sessionState"],
    };
  })(),
  { old: null, new: { q: 1 } },
);

difference(
  "L12",
  "the deletion of a snapshot never fails, also without a session",
  {
    old: () =>
      outcomeOf(() => {
        const session = /** @type {any} */ (null);
        return session.modal?.images?.delete;
      }),
    new: () => {
      const reference = 'MODAL_SANDBOX_FS_SNAPSHOT_V1\n{"snapshot_id":"im-1"}';
      return deletePriorPersistedSnapshot(null, Buffer.from(reference).toString("base64"));
    },
  },
  { old: "TypeError: Cannot read properties of null (reading 'modal')", new: undefined },
);

difference(
  "L13",
  "a setting of another type is named",
  {
    old: () => ({ timeoutMs: /** @type {any} */ ("soon") * 1000 }).timeoutMs,
    new: () =>
      outcomeOf(() =>
        createSandboxClientForBackend(
          "modal",
          /** @type {any} */ ({
            modalAppName: "a",
            modalTimeoutSeconds: "soon",
            dockerExposedPorts: "",
          }),
          {},
        ),
      ),
  },
  {
    old: NaN,
    new: 'TypeError: settings.modalTimeoutSeconds must be a number of seconds, got "soon"',
  },
);

difference(
  "L14",
  "an import makes no clients, and loads nothing that they need",
  {
    // The check of the registry, which runs when the module is loaded.
    old: () => Object.keys(PROVIDER_REGISTRY).filter((backend) => backend !== "none").length,
    new: () => {
      const program = fileURLToPath(new URL("../process/loaded.mjs", import.meta.url));
      const printed = execFileSync(process.execPath, [program], { encoding: "utf8" });
      return JSON.parse(printed).withPackage;
    },
  },
  { old: 10, new: 0 },
);

everyRowIsShown(/^L/);
