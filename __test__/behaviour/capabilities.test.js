import { afterEach, describe, expect, it, vi } from "vitest";
import {
  CAPABILITY_DESCRIPTORS,
  SELFHOSTED_RECONNECT_WINDOW_MS,
  TERMINAL_STREAM_PORT,
  assertDescriptorRegistryInvariants,
  backendSupportsOs,
  desktopCapableBackend,
  negotiateCapabilities,
  negotiateSelfhostedCapabilities,
  selectBackend,
  selfhostedLiveness,
} from "../../index.js";

const NOW = new Date("2026-06-20T00:00:00Z");

/** @type {import("../../index.js").NegotiationContext} */
const CONTEXT = {
  sessionId: "22222222-2222-4222-8222-222222222222",
  backend: "modal",
  os: "linux",
  liveness: "warm",
  leaseEpoch: 1,
  desktopEnabled: true,
  now: NOW,
};

/** @type {import("../../index.js").SelfhostedEnrollment} */
const ENROLLMENT = {
  status: "active",
  exposure: "whole-machine",
  allowScreenControl: true,
  hasDisplay: true,
  lastSeenAt: null,
};

const MACHINE = { sessionId: "s", leaseEpoch: 2, enrollment: ENROLLMENT, now: NOW };

/** Values that a dynamic caller may pass for another type. */
const odd = (/** @type {unknown} */ value) => /** @type {any} */ (value);

const PRISTINE = JSON.stringify(CAPABILITY_DESCRIPTORS);

afterEach(() => {
  for (const key of Object.keys(CAPABILITY_DESCRIPTORS)) delete odd(CAPABILITY_DESCRIPTORS)[key];
  Object.assign(CAPABILITY_DESCRIPTORS, JSON.parse(PRISTINE));
  vi.useRealTimers();
});

describe("the table", () => {
  it("has its rows and keys in order", () => {
    expect(Object.keys(CAPABILITY_DESCRIPTORS)).toEqual([
      ...["modal", "daytona", "runloop", "e2b", "blaxel", "cloudflare", "vercel", "docker"],
      ...["local", "none", "selfhosted"],
    ]);
    expect(JSON.stringify(CAPABILITY_DESCRIPTORS.local)).toBe(
      '{"backend":"local","backendId":"unix_local","tier":"dev",' +
        '"os":{"supported":["linux"],"default":"linux"},' +
        '"capabilities":{"FileSystem":{"available":true,"readOnly":false},' +
        '"Terminal":{"available":true,"transport":"sse-events","pty":true},' +
        '"Git":{"available":true},"DesktopStream":{"available":false,"transport":null},' +
        '"Recording":{"available":false}},' +
        '"lifetime":{"requiresSnapshotRollover":false,"hasIdleKiller":false,' +
        '"supportsSuspendResume":false,"resumeIsLockFree":true},' +
        '"snapshot":{"kind":"native-dir","hasTarFallback":true},' +
        '"portExposure":{"kind":"local-port","supportsOnDemandPorts":false},' +
        '"workspaceRoot":"/workspace","nativeBucketMount":false,"persistable":false,' +
        '"supportsRunAs":false}',
    );
    expect(CAPABILITY_DESCRIPTORS.modal.lifetime.hardLifetimeMs).toBe(86_400_000);
  });

  it("is a plain object of this realm", () => {
    expect(Object.getPrototypeOf(CAPABILITY_DESCRIPTORS)).toBe(Object.prototype);
    expect(CAPABILITY_DESCRIPTORS.selfhosted.os.supported).toBeInstanceOf(Array);
  });

  it("goes with its constants", () => {
    expect(TERMINAL_STREAM_PORT).toBe(7681);
    expect(SELFHOSTED_RECONNECT_WINDOW_MS).toBe(30_000);
  });
});

describe("selection", () => {
  it("gives the table's own row, by key only", () => {
    for (const [backend, row] of Object.entries(CAPABILITY_DESCRIPTORS)) {
      expect(selectBackend(odd(backend))).toBe(row);
    }
    for (const name of ["unix_local", "", "Modal", undefined]) {
      const error = catching(() => selectBackend(odd(name)));
      expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
      expect(error.message).toBe(`Unknown sandbox backend "${name}"`);
    }
  });

  it.each(["toString", "constructor", "__proto__", "hasOwnProperty"])(
    "does not take what the table inherits for a row: %s",
    (name) => {
      const message = `Unknown sandbox backend "${name}"`;
      expect(() => selectBackend(odd(name))).toThrow(message);
      expect(() => negotiateCapabilities({ ...CONTEXT, backend: odd(name) })).toThrow(message);
      expect(desktopCapableBackend(name)).toBe(false);
    },
  );

  it("tells systems and desktops", () => {
    const { modal, selfhosted } = CAPABILITY_DESCRIPTORS;
    expect(backendSupportsOs(modal, "linux")).toBe(true);
    expect(backendSupportsOs(modal, "macos")).toBe(false);
    expect(backendSupportsOs(selfhosted, "windows")).toBe(true);
    expect(backendSupportsOs(selfhosted, odd(undefined))).toBe(false);
    const desktops = ["modal", "daytona", "runloop", "e2b", "blaxel", "selfhosted"];
    const others = ["docker", "local", "unix_local", "cloudflare", "vercel", "none", "", undefined];
    for (const name of desktops) expect(desktopCapableBackend(name)).toBe(true);
    for (const name of others) expect(desktopCapableBackend(odd(name))).toBe(false);
  });

  it("follows changes of the table", () => {
    CAPABILITY_DESCRIPTORS.docker.capabilities.DesktopStream.available = true;
    CAPABILITY_DESCRIPTORS.docker.workspaceRoot = "/src";
    expect(desktopCapableBackend("docker")).toBe(true);
    const { FileSystem } = negotiateCapabilities({ ...CONTEXT, backend: "docker" });
    expect(FileSystem.root).toBe("/src");
    delete odd(CAPABILITY_DESCRIPTORS).docker;
    expect(() => selectBackend("docker")).toThrow('Unknown sandbox backend "docker"');
    odd(CAPABILITY_DESCRIPTORS).mine = { ...CAPABILITY_DESCRIPTORS.modal, workspaceRoot: "/mine" };
    const mine = negotiateCapabilities({ ...CONTEXT, backend: odd("mine") });
    expect([mine.backend, mine.FileSystem.root]).toEqual(["mine", "/mine"]);
  });
});

describe("the invariants", () => {
  it("hold, and are checked on the table as it stands", () => {
    expect(assertDescriptorRegistryInvariants()).toBe(undefined);

    CAPABILITY_DESCRIPTORS.selfhosted.persistable = true;
    const error = catching(assertDescriptorRegistryInvariants);
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect(Object.keys(error)).toEqual([]);
    expect(error.message).toBe('"selfhosted" persistable but snapshot.kind=none');

    CAPABILITY_DESCRIPTORS.vercel.backend = odd("versel");
    expect(assertDescriptorRegistryInvariants).toThrow(
      'Descriptor.backend mismatch for "vercel" (got "versel")',
    );
    odd(CAPABILITY_DESCRIPTORS).modal = undefined;
    expect(assertDescriptorRegistryInvariants).toThrow(
      'No CapabilityDescriptor for backend "modal"',
    );
    delete odd(CAPABILITY_DESCRIPTORS).docker;
    expect(assertDescriptorRegistryInvariants).toThrow(
      'No CapabilityDescriptor for backend "docker"',
    );
  });
});

describe("negotiation", () => {
  it("gives the whole document, in order", () => {
    expect(JSON.stringify(negotiateCapabilities(CONTEXT))).toBe(
      '{"sessionId":"22222222-2222-4222-8222-222222222222","backend":"modal","os":"linux",' +
        '"liveness":"warm","leaseEpoch":1,"viewerHeartbeatIntervalMs":30000,' +
        '"FileSystem":{"available":true,"readOnly":false,"root":"/workspace","pathSep":"/",' +
        '"treeMode":"lazy","reason":null},' +
        '"Terminal":{"transport":"pty-ws","ptyCapable":true,"shell":"/bin/bash","url":null,' +
        '"token":null,"expiresAt":null,"reason":null},' +
        '"Git":{"available":true,"repos":[],"reason":null},' +
        '"DesktopStream":{"transport":"vnc-ws","client":"novnc","mode":"interactive","url":null,' +
        '"token":null,"expiresAt":null,"resolution":[1024,768],"unredacted":true,' +
        '"requiresAcknowledgment":true,"acknowledged":false,"shared":false,' +
        '"sharedSessionIds":[],"reason":null},' +
        '"Recording":{"available":true,"modes":["manual","on-turn","on-verify"],' +
        '"codecs":["h264-mp4","vp9-webm"],"reason":null},' +
        '"ComputerUse":{"available":true,"readOnly":false,"reason":null},' +
        '"negotiatedAt":"2026-06-20T00:00:00.000Z"}',
    );
  });

  it("echoes what it does not judge, and takes the time where none is given", () => {
    vi.useFakeTimers({ now: 1_234 });
    const leaseEpoch = odd({});
    const { now: _, ...rest } = CONTEXT;
    const context = { ...rest, sessionId: "no id", os: odd("plan9"), liveness: odd("hot") };
    const document = negotiateCapabilities({ ...context, leaseEpoch });
    expect(document).toMatchObject({ sessionId: "no id", os: "plan9", liveness: "hot" });
    expect(document.leaseEpoch).toBe(leaseEpoch);
    expect(document.negotiatedAt).toBe("1970-01-01T00:00:01.234Z");
    expect(document.Git.reason).toBe("os_unsupported");
  });

  it("makes everything anew but the caller's own arrays", () => {
    const sharedSessionIds = ["a", "b"];
    const resolution = /** @type {[number, number]} */ ([1, 2]);
    const minted = { url: "wss://d", token: "t", expiresAt: "soon" };
    const context = {
      ...CONTEXT,
      shared: true,
      sharedSessionIds,
      desktopAcknowledged: true,
      desktopStream: { ...minted, resolution },
    };
    const one = negotiateCapabilities(context);
    const two = negotiateCapabilities(context);
    expect(one).toStrictEqual(two);
    expect(one.DesktopStream.sharedSessionIds).toBe(sharedSessionIds);
    expect(one.DesktopStream.resolution).toBe(resolution);
    for (const cell of /** @type {const} */ (["FileSystem", "Git", "DesktopStream"])) {
      expect(one[cell]).not.toBe(two[cell]);
    }
    expect(one.Recording.modes).not.toBe(two.Recording.modes);
    expect(one.Git.repos).not.toBe(two.Git.repos);
    const plain = negotiateCapabilities(CONTEXT).DesktopStream;
    const again = negotiateCapabilities(CONTEXT).DesktopStream;
    expect(plain.resolution).not.toBe(again.resolution);
    expect(plain.sharedSessionIds).not.toBe(again.sharedSessionIds);
    expect(Object.keys(one.DesktopStream)).toEqual(Object.keys(plain));
  });

  it("names the sessions only of a box that is shared", () => {
    const sharedSessionIds = ["a"];
    const ids = (/** @type {object} */ given) =>
      negotiateCapabilities({ ...CONTEXT, ...given }).DesktopStream.sharedSessionIds;
    expect(ids({ sharedSessionIds })).toEqual([]);
    expect(ids({ shared: true })).toEqual([]);
    expect(ids({ shared: true, sharedSessionIds, desktopEnabled: false })).toEqual([]);
    expect(ids({ shared: true, sharedSessionIds })).toBe(sharedSessionIds);
  });

  it("hands a desktop's address out once acknowledged", () => {
    const desktopStream = { url: "wss://d", token: "t", expiresAt: "soon", resolution: [3, 4] };
    const desktop = (/** @type {object} */ given) =>
      negotiateCapabilities({ ...CONTEXT, desktopStream: odd(desktopStream), ...given })
        .DesktopStream;
    const handed = { url: "wss://d", token: "t", expiresAt: "soon", resolution: [3, 4] };
    const kept = { url: null, token: null, expiresAt: null, resolution: [1024, 768] };
    expect(desktop({ desktopAcknowledged: true, liveness: "cold" })).toMatchObject({
      ...handed,
      reason: null,
    });
    expect(desktop({})).toMatchObject({ ...kept, transport: "vnc-ws", reason: null });
    expect(desktop({ desktopAcknowledged: true, desktopEnabled: false })).toMatchObject(kept);
    expect(desktop({ desktopAcknowledged: true, streamTokenSecretAvailable: false })).toMatchObject(
      { ...kept, reason: "disabled_by_policy" },
    );
    expect(desktop({ desktopStream: odd(null), liveness: "cold" }).reason).toBe("lease_cold");
  });

  it("hands a terminal's address out where there is a pseudo-terminal", () => {
    const terminalStream = { url: "wss://t", token: "t", expiresAt: "soon" };
    const terminal = (/** @type {object} */ given) =>
      negotiateCapabilities({ ...CONTEXT, terminalStream, ...given }).Terminal;
    const kept = { url: null, token: null, expiresAt: null };
    expect(terminal({ liveness: "cold" })).toStrictEqual({
      ...{ transport: "pty-ws", ptyCapable: true, shell: "/bin/bash" },
      ...terminalStream,
      reason: null,
    });
    expect(terminal({ backend: "e2b" })).toMatchObject({ ...kept, transport: "sse-events" });
    expect(terminal({ terminalEnabled: false })).toMatchObject({
      ...kept,
      reason: "disabled_by_policy",
    });
  });

  it("lets only false disable what is on by default", () => {
    for (const value of [undefined, null, 0, "", true]) {
      const document = negotiateCapabilities({
        ...CONTEXT,
        desktopInteractive: odd(value),
        computerUseEnabled: odd(value),
        streamTokenSecretAvailable: odd(value),
        terminalEnabled: odd(value),
      });
      expect(document).toEqual(negotiateCapabilities(CONTEXT));
    }
    for (const value of [undefined, null, 0, "", false]) {
      const document = negotiateCapabilities({ ...CONTEXT, desktopEnabled: odd(value) });
      expect(document.Recording.reason).toBe("disabled_by_policy");
    }
  });
});

describe("an enrolled machine", () => {
  const state = (/** @type {unknown} */ lastSeenAt, probeResponded = false) =>
    selfhostedLiveness({
      enrollment: { ...ENROLLMENT, lastSeenAt: odd(lastSeenAt) },
      probeResponded,
      now: NOW,
    }).state;
  const ago = (/** @type {number} */ ms) => new Date(NOW.getTime() - ms).toISOString();

  it("is there, on its way back, or not", () => {
    expect(state(null, true)).toBe("online");
    for (const ms of [0, 30_000, -1e9]) expect(state(ago(ms))).toBe("reconnecting");
    for (const seen of [ago(30_001), null, "", "yesterday", undefined]) {
      expect(state(seen)).toBe("offline");
    }
    expect(state("2026-06-20T01:59:45+02:00")).toBe("reconnecting");
    // The epoch itself is no time at which an agent that was never seen was seen.
    const early = { enrollment: ENROLLMENT, probeResponded: false, now: new Date(5) };
    expect(selfhostedLiveness(early).state).toBe("offline");
    expect(selfhostedLiveness({ enrollment: null, probeResponded: true })).toStrictEqual({
      ...{ state: "offline", consented: false, hasDisplay: false },
    });
  });

  it("is judged by the current time where none is given", () => {
    vi.useFakeTimers({ now: NOW });
    const enrollment = { ...ENROLLMENT, lastSeenAt: ago(30_000) };
    expect(selfhostedLiveness({ enrollment, probeResponded: false }).state).toBe("reconnecting");
    vi.advanceTimersByTime(1);
    expect(selfhostedLiveness({ enrollment, probeResponded: false }).state).toBe("offline");
  });

  it("gives the whole document, in order", async () => {
    const sharedSessionIds = ["a"];
    const online = { ...MACHINE, probeResponded: true };
    const document = await negotiateSelfhostedCapabilities({
      ...online,
      shared: true,
      sharedSessionIds,
    });
    expect(document.DesktopStream.sharedSessionIds).toBe(sharedSessionIds);
    const base = negotiateCapabilities({
      ...{ sessionId: "s", backend: "selfhosted", os: "linux", liveness: "warm", leaseEpoch: 2 },
      ...{ desktopEnabled: true, shared: true, sharedSessionIds, now: NOW },
    });
    expect(JSON.stringify(document)).toBe(JSON.stringify(base));
    expect(base.DesktopStream).toMatchObject({ transport: "relay-frames", client: "frames" });

    const macos = await negotiateSelfhostedCapabilities({ ...online, os: "macos" });
    expect([macos.os, macos.Git.reason]).toEqual(["macos", null]);
    const plan9 = await negotiateSelfhostedCapabilities({ ...online, os: odd("plan9") });
    expect([plan9.os, plan9.Git.reason]).toEqual(["plan9", "os_unsupported"]);
  });

  it("has nothing without its agent, and keeps no sessions", async () => {
    const document = await negotiateSelfhostedCapabilities({
      ...MACHINE,
      shared: true,
      sharedSessionIds: ["a"],
    });
    expect(document.liveness).toBe("cold");
    expect(document.Terminal).toMatchObject({ transport: null, ptyCapable: true });
    expect(document.DesktopStream.sharedSessionIds).toEqual([]);
    for (const cell of [document.FileSystem, document.Git, document.ComputerUse]) {
      expect(cell).toMatchObject({ available: false, reason: "agent_offline" });
    }
  });

  describe("is asked", () => {
    /** @param {() => Promise<boolean>} ping */
    const session = (ping) => ({ ping: vi.fn(ping) });

    it("by a ping on the session", async () => {
      class Session {
        #answers = true;
        async ping() {
          return this.#answers;
        }
      }
      const asked = await negotiateSelfhostedCapabilities({ ...MACHINE, session: new Session() });
      expect(asked.liveness).toBe("warm");
      const silent = session(async () => false);
      const unanswered = await negotiateSelfhostedCapabilities({ ...MACHINE, session: silent });
      expect(unanswered.liveness).toBe("cold");
      expect(silent.ping).toHaveBeenCalledTimes(1);
      expect((await negotiateSelfhostedCapabilities(MACHINE)).liveness).toBe("cold");
    });

    it("not at all where the answer is known", async () => {
      for (const probeResponded of [true, false]) {
        const other = session(async () => !probeResponded);
        const known = { ...MACHINE, session: other, probeResponded };
        const { liveness } = await negotiateSelfhostedCapabilities(known);
        expect(liveness).toBe(probeResponded ? "warm" : "cold");
        expect(other.ping).not.toHaveBeenCalled();
      }
    });

    it("even without an enrollment", async () => {
      const answering = session(async () => true);
      const document = await negotiateSelfhostedCapabilities({
        ...MACHINE,
        session: answering,
        enrollment: null,
      });
      expect(answering.ping).toHaveBeenCalledTimes(1);
      expect(document.Git.reason).toBe("agent_offline");
    });

    it("and what it throws is passed on", async () => {
      const gone = Object.freeze({ gone: true });
      const failing = session(() => Promise.reject(gone));
      const error = await negotiateSelfhostedCapabilities({ ...MACHINE, session: failing }).catch(
        (error) => error,
      );
      expect(error).toBe(gone);
    });
  });

  it("needs the table's row", async () => {
    delete odd(CAPABILITY_DESCRIPTORS).selfhosted;
    await expect(negotiateSelfhostedCapabilities(MACHINE)).rejects.toThrow(
      'Unknown sandbox backend "selfhosted"',
    );
  });
});

/**
 * @param {() => unknown} run
 * @returns {Error}
 */
function catching(run) {
  try {
    run();
  } catch (error) {
    return /** @type {Error} */ (error);
  }
  throw new Error("it did not throw");
}
