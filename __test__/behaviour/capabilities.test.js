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
import { restoreDescriptors } from "../support/descriptors.js";
import { rowsOf } from "../support/table.js";

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

/** @param {number} ms */
const ago = (ms) => new Date(NOW.getTime() - ms).toISOString();

/**
 * The cells of a row: what is named, and otherwise no reason.
 *
 * @param {Record<string, any>} cells
 */
function cellsOf(cells) {
  const names = ["FileSystem", "Terminal", "Git", "DesktopStream", "Recording", "ComputerUse"];
  const cell = (/** @type {unknown} */ given) =>
    typeof given === "string" ? { reason: given } : { reason: null, ...odd(given) };
  expect(names).toEqual(expect.arrayContaining(Object.keys(cells)));
  return Object.fromEntries(names.map((name) => [name, cell(cells[name])]));
}

/**
 * The enrollment of a row.
 *
 * @param {Record<string, any>} row
 */
function enrolled({ enrollment, seenAgo }) {
  const lastSeenAt = typeof seenAgo === "number" ? ago(seenAgo) : null;
  return enrollment && { ...ENROLLMENT, ...enrollment, lastSeenAt };
}

afterEach(() => {
  restoreDescriptors();
  vi.useRealTimers();
});

describe("the table", () => {
  it("has its rows and keys in order", () => {
    const rows = rowsOf("capabilities", "backends").map((row) => [row["backend"], row]);
    expect(JSON.stringify(CAPABILITY_DESCRIPTORS)).toBe(JSON.stringify(Object.fromEntries(rows)));
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

  it("tells systems", () => {
    const { modal, selfhosted } = CAPABILITY_DESCRIPTORS;
    expect(backendSupportsOs(modal, "linux")).toBe(true);
    expect(backendSupportsOs(modal, "macos")).toBe(false);
    expect(backendSupportsOs(selfhosted, "windows")).toBe(true);
    expect(backendSupportsOs(selfhosted, odd(undefined))).toBe(false);
  });

  it.each(rowsOf("capabilities", "desktops"))("tells desktops: %j", ({ name, isCapable }) => {
    expect(desktopCapableBackend(name)).toBe(isCapable);
  });

  it("tells no desktop without a name", () => {
    expect(desktopCapableBackend(odd(undefined))).toBe(false);
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
  it("hold", () => {
    expect(assertDescriptorRegistryInvariants()).toBe(undefined);
  });

  it.each(rowsOf("capabilities", "contradictions"))(
    "are checked on the table as it stands: %j",
    ({ at, changes, message }) => {
      const changed = at.reduce(
        (/** @type {any} */ value, /** @type {string} */ name) => value[name],
        CAPABILITY_DESCRIPTORS,
      );
      Object.assign(changed, changes);
      if (message === null) return assertDescriptorRegistryInvariants();
      const error = catching(assertDescriptorRegistryInvariants);
      expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
      expect(Object.keys(error)).toEqual([]);
      expect(error.message).toBe(message);
    },
  );

  it("miss a row that is not there", () => {
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

  it.each(rowsOf("capabilities", "negotiations"))(
    "gives what the table says: %j",
    ({ context, cells, handedOut = [] }) => {
      const minted = { url: "wss://m", token: "t", expiresAt: "soon" };
      const withheld = { url: null, token: null, expiresAt: null };
      const document = negotiateCapabilities({
        ...{ ...CONTEXT, ...context },
        terminalStream: context.terminalStream && minted,
        desktopStream: context.desktopStream && { ...minted, resolution: [3, 4] },
      });
      expect(document).toMatchObject(cellsOf(cells));
      const isHandedOut = (/** @type {string} */ cell) => handedOut.includes(cell);
      expect(document.Terminal).toMatchObject(isHandedOut("Terminal") ? minted : withheld);
      expect(document.DesktopStream).toMatchObject(
        isHandedOut("DesktopStream")
          ? { ...minted, resolution: [3, 4] }
          : { ...withheld, resolution: [1024, 768] },
      );
    },
  );

  it("takes a null for no stream", () => {
    const document = negotiateCapabilities({
      ...CONTEXT,
      ...{ liveness: "cold", terminalStream: odd(null), desktopStream: odd(null) },
    });
    expect(document.Terminal.reason).toBe("lease_cold");
    expect(document.DesktopStream.reason).toBe("lease_cold");
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
  it.each(rowsOf("capabilities", "sightings"))(
    "is there, on its way back, or not: %j",
    ({ answers, liveness, ...row }) => {
      const given = { enrollment: enrolled(row), probeResponded: answers, now: NOW };
      expect(selfhostedLiveness(given)).toStrictEqual(liveness);
    },
  );

  it.each([
    ["2026-06-20T01:59:45+02:00", "reconnecting"],
    ["", "offline"],
    ["yesterday", "offline"],
    [undefined, "offline"],
  ])("was seen when the engine reads it so: %j", (lastSeenAt, state) => {
    const enrollment = { ...ENROLLMENT, lastSeenAt: odd(lastSeenAt) };
    expect(selfhostedLiveness({ enrollment, probeResponded: false, now: NOW }).state).toBe(state);
  });

  it("was not seen at the epoch itself when it was never seen", () => {
    const early = { enrollment: ENROLLMENT, probeResponded: false, now: new Date(5) };
    expect(selfhostedLiveness(early).state).toBe("offline");
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
  });

  it("echoes the system by whatever name", async () => {
    const plan9 = { ...MACHINE, probeResponded: true, os: odd("plan9") };
    expect((await negotiateSelfhostedCapabilities(plan9)).os).toBe("plan9");
  });

  it.each(rowsOf("capabilities", "machines"))(
    "has what the table says: %j",
    async ({ answers, input, cells, ...row }) => {
      const enrollment = enrolled(row);
      const document = await negotiateSelfhostedCapabilities({
        ...MACHINE,
        ...input,
        enrollment,
        probeResponded: answers,
      });
      expect(document).toMatchObject(cellsOf(cells));
      expect(document.liveness).toBe(answers && enrollment ? "warm" : "cold");
    },
  );

  it("names no sessions without its agent", async () => {
    const shared = { ...MACHINE, shared: true, sharedSessionIds: ["a"] };
    const { DesktopStream } = await negotiateSelfhostedCapabilities(shared);
    expect(DesktopStream.sharedSessionIds).toEqual([]);
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
