import { describe, expect, it } from "vitest";
import {
  decodeModalSnapshotId,
  deletePriorPersistedSnapshot,
  deserializeSandboxSessionStateEnvelope,
  readWorkspaceArchiveFromEnvelopeSessionState,
  restoredSandboxSessionStateFromEntry,
  sandboxStateEntryFromRunState,
  serializeEstablishedSandboxEnvelope,
} from "../../../index.js";
import { decodedArchive } from "../../../js/lifecycle/envelope.js";
import { rowsOf } from "../../support/table.js";

const base64 = (/** @type {string} */ text) => Buffer.from(text).toString("base64");

describe("the recovery entry of a run state", () => {
  it.each([
    [undefined],
    [null],
    [5],
    [{}],
    [{ _sandbox: null }],
    [{ _sandbox: {} }],
    [{ _sandbox: { currentAgentKey: "", sessionState: { a: 1 } } }],
    [{ _sandbox: { currentAgentKey: "k" } }],
    [{ _sandbox: { sessionState: { a: 1 } } }],
    [
      {
        _sandbox: {
          currentAgentKey: "k",
          sessionState: { q: 1 },
          sessionsByAgent: { k: { backendId: "b" } },
        },
      },
    ],
  ])("is none in %j", (state) => {
    expect(sandboxStateEntryFromRunState(state)).toBeNull();
  });

  it("is that of the current agent, itself", () => {
    const entry = { backendId: "b", sessionState: { a: 1 }, x: 1 };
    const state = { _sandbox: { currentAgentKey: "k", sessionsByAgent: { k: entry } } };
    expect(sandboxStateEntryFromRunState(state)).toBe(entry);
  });

  it.each(["k", "constructor", "__proto__"])(
    "is the state's own where the agent %s has none",
    (key) => {
      const own = {
        backendId: "bb",
        currentAgentKey: key,
        currentAgentName: "n",
        sessionState: { q: 1 },
      };
      const found = sandboxStateEntryFromRunState({
        _sandbox: { ...own, extra: 1, sessionsByAgent: { other: {} } },
      });
      expect(found).toEqual(own);
      expect(Object.keys(found ?? {})).toEqual(Object.keys(own));
      expect(found?.["sessionState"]).toEqual({ q: 1 });
      expect(sandboxStateEntryFromRunState({ _sandbox: own })).toEqual(own);
    },
  );
});

/** A client that gives what it was called with. */
function reader() {
  /** @type {any[]} */
  const calls = [];
  const client = {
    backendId: "daytona",
    /** @param {any} state */
    async deserializeSessionState(state) {
      expect(this).toBe(client);
      calls.push(state);
      return { state };
    },
  };
  return { client, calls };
}

describe("the state in an envelope", () => {
  it.each(
    /** @type {[any, any][]} */ ([
      [{}, { manifest: undefined, workspaceReady: undefined }],
      [
        {
          providerState: { a: 1, manifest: "x" },
          manifest: { m: 1 },
          snapshot: null,
          exposedPorts: {},
          workspaceReady: false,
          workspaceArchive: "zz",
          other: 1,
        },
        { a: 1, manifest: { m: 1 }, snapshot: null, workspaceReady: false, exposedPorts: {} },
      ],
      [
        {
          providerState: null,
          snapshotFingerprint: "f",
          snapshotFingerprintVersion: 1,
          snapshot: undefined,
        },
        {
          manifest: undefined,
          snapshotFingerprint: "f",
          snapshotFingerprintVersion: 1,
          workspaceReady: undefined,
        },
      ],
      [
        { manifest: null, workspaceReady: null, exposedPorts: 0 },
        { manifest: null, workspaceReady: null },
      ],
      [
        { exposedPorts: [6080] },
        { manifest: undefined, workspaceReady: undefined, exposedPorts: [6080] },
      ],
    ]),
  )("of %j is passed on as %j", async (envelope, expected) => {
    const { client, calls } = reader();
    expect(await deserializeSandboxSessionStateEnvelope(client, envelope)).toEqual({
      state: expected,
    });
    expect(calls).toEqual([expected]);
    expect(Object.keys(calls[0])).toEqual(Object.keys(expected));
  });

  it("has ports of its own, and all else as it is", async () => {
    const { client, calls } = reader();
    const envelope = {
      manifest: {},
      exposedPorts: { 80: { host: "h" } },
      providerState: { a: {} },
    };
    await deserializeSandboxSessionStateEnvelope(client, envelope);
    expect(calls[0].manifest).toBe(envelope.manifest);
    expect(calls[0].a).toBe(envelope.providerState.a);
    expect(calls[0].exposedPorts).toEqual(envelope.exposedPorts);
    expect(calls[0].exposedPorts[80]).not.toBe(envelope.exposedPorts[80]);
  });

  it.each([[null], [undefined], ["text"], [5]])("is none in %j", async (envelope) => {
    expect(await deserializeSandboxSessionStateEnvelope({}, envelope)).toBeUndefined();
  });

  it.each([[{}], [null], [{ deserializeSessionState: 5 }]])("is not read by %j", async (client) => {
    await expect(deserializeSandboxSessionStateEnvelope(client, {})).rejects.toEqual(
      new Error(
        "Sandbox client must implement deserializeSessionState() to resume RunState sandbox state",
      ),
    );
  });

  it("fails with what the client throws", async () => {
    const thrown = { odd: true };
    const client = { deserializeSessionState: () => Promise.reject(thrown) };
    await expect(deserializeSandboxSessionStateEnvelope(client, {})).rejects.toBe(thrown);
  });
});

describe("the state in an entry", () => {
  it.each([
    [null, {}],
    [undefined, {}],
    ["text", {}],
    [{ backendId: "daytona" }, {}],
    [{ sessionState: {} }, null],
  ])("is none in %j for %j", async (entry, client) => {
    expect(await restoredSandboxSessionStateFromEntry(entry, client)).toBeUndefined();
  });

  it.each(["daytona", "", undefined])("is read where the backend is %j", async (backendId) => {
    const { client } = reader();
    const entry = { backendId, sessionState: { manifest: 1 } };
    expect(await restoredSandboxSessionStateFromEntry(entry, client)).toMatchObject({
      state: { manifest: 1 },
    });
  });

  it("is none where the state is no object", async () => {
    expect(await restoredSandboxSessionStateFromEntry({ sessionState: 5 }, {})).toBeUndefined();
  });

  it("is refused where it is of another backend", async () => {
    const entry = { backendId: "modal", sessionState: {} };
    await expect(restoredSandboxSessionStateFromEntry(entry, reader().client)).rejects.toEqual(
      new Error("Stored sandbox envelope backend does not match the configured sandbox client"),
    );
  });
});

describe("the archive in an envelope", () => {
  it.each(rowsOf("archives"))("%j", ({ archive, bytes, isWhole }) => {
    const read = readWorkspaceArchiveFromEnvelopeSessionState({ workspaceArchive: archive });
    expect(read).toEqual(Uint8Array.from(bytes));
    expect(read?.constructor).toBe(Uint8Array);
    expect(decodedArchive({ workspaceArchive: archive })?.isWhole).toBe(isWhole);
  });

  it.each([[null], ["QUJD"], [{}], [{ workspaceArchive: "" }], [{ workspaceArchive: 5 }]])(
    "is none in %j",
    (state) => {
      expect(readWorkspaceArchiveFromEnvelopeSessionState(state)).toBeUndefined();
    },
  );

  it("is whole as it was encoded, and not with a character more or less", () => {
    for (let length = 0; length < 60; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 151 + length) % 256);
      for (const encoding of /** @type {const} */ (["base64", "base64url"])) {
        const archive = Buffer.from(bytes).toString(encoding);
        if (archive === "") continue;
        expect(decodedArchive({ workspaceArchive: archive })).toEqual({ bytes, isWhole: true });
        const wrapped = archive.replace(/(.{20})/g, "$1\r\n");
        expect(decodedArchive({ workspaceArchive: wrapped })).toEqual({ bytes, isWhole: true });
        for (const at of [0, archive.length >> 1, archive.length]) {
          const odd = `${archive.slice(0, at)}!${archive.slice(at)}`;
          expect(decodedArchive({ workspaceArchive: odd })?.isWhole).toBe(false);
        }
      }
    }
  });
});

describe("a reference to a snapshot", () => {
  it.each(rowsOf("snapshot-references"))("%j", ({ text, id }) => {
    expect(decodeModalSnapshotId(new TextEncoder().encode(text))).toBe(id);
  });

  it("is none in bytes that are no text, and in what is no array of bytes", () => {
    expect(decodeModalSnapshotId(Uint8Array.of(0xff, 0xfe, 0))).toBeUndefined();
    expect(decodeModalSnapshotId(/** @type {any} */ (null))).toBeUndefined();
    expect(decodeModalSnapshotId(/** @type {any} */ ("MODAL"))).toBeUndefined();
  });
});

describe("the deletion of a snapshot", () => {
  const ARCHIVE = base64('MODAL_SANDBOX_FS_SNAPSHOT_V1\n{"snapshot_id":"im-1"}');

  /** @param {(id: string) => unknown} act */
  function session(act) {
    /** @type {string[]} */
    const deleted = [];
    const images = {
      /** @param {string} id */
      delete(id) {
        expect(this).toBe(images);
        deleted.push(id);
        return act(id);
      },
    };
    return { session: { modal: { images } }, deleted };
  }

  it("gives its id", async () => {
    const { session: given, deleted } = session(async () => {});
    expect(await deletePriorPersistedSnapshot(given, ARCHIVE)).toBe("im-1");
    expect(deleted).toEqual(["im-1"]);
  });

  it.each([
    [() => Promise.reject(new Error("x"))],
    [
      () => {
        throw new Error("x");
      },
    ],
  ])("gives nothing where it fails", async (act) => {
    const { session: given, deleted } = session(act);
    expect(await deletePriorPersistedSnapshot(given, ARCHIVE)).toBeUndefined();
    expect(deleted).toEqual(["im-1"]);
  });

  it.each([[null], [undefined], [""], ["@@@@"], [base64("tar")]])(
    "is of none in %j",
    async (archive) => {
      const { session: given, deleted } = session(() => {});
      expect(await deletePriorPersistedSnapshot(given, archive)).toBeUndefined();
      expect(deleted).toEqual([]);
    },
  );

  it.each([[{}], [{ modal: {} }], [{ modal: { images: {} } }], [5]])(
    "is none with %j",
    async (given) => {
      expect(await deletePriorPersistedSnapshot(given, ARCHIVE)).toBeUndefined();
    },
  );
});

describe("the envelope of a session", () => {
  /** @param {any} client */
  const envelopeOf = (client, sessionState = /** @type {any} */ ({ s: 1 })) =>
    serializeEstablishedSandboxEnvelope({
      client,
      session: {},
      sessionState,
      instanceId: "i",
      backendId: "b",
    });

  it.each(
    /** @type {[any, any][]} */ ([
      [{ sandboxId: "x" }, {}],
      [
        {
          sandboxId: "x",
          manifest: { r: 1 },
          configuredExposedPorts: [6080],
          exposedPorts: { a: 1 },
        },
        { manifest: { r: 1 }, exposedPorts: [6080] },
      ],
      [{ configuredExposedPorts: null, exposedPorts: { a: 1 } }, { exposedPorts: { a: 1 } }],
      [
        { manifest: null, exposedPorts: null },
        { manifest: null, exposedPorts: null },
      ],
      [{ snapshot: 1, workspaceArchive: "z", configuredExposedPorts: undefined }, {}],
    ]),
  )("of %j has %j beside it", async (flat, lifted) => {
    /** @type {any[]} */
    const calls = [];
    const client = {
      /** @param {any[]} args */
      async serializeSessionState(...args) {
        expect(this).toBe(client);
        calls.push(args);
        return flat;
      },
    };
    const envelope = /** @type {any} */ (await envelopeOf(client));
    const sessionState = { providerState: flat, ...lifted, workspaceReady: true };
    expect(envelope).toStrictEqual({ backendId: "b", sessionState });
    expect(envelope.sessionState.providerState).toBe(flat);
    expect(Object.keys(envelope.sessionState)).toEqual(Object.keys(sessionState));
    expect(calls).toEqual([[{ s: 1 }]]);
  });

  it.each([
    [undefined],
    [null],
    [{}],
    [{ serializeSessionState: 5 }],
    [{ serializeSessionState: async () => null }],
    [{ serializeSessionState: async () => undefined }],
    [{ serializeSessionState: () => Promise.reject(new Error("x")) }],
    [
      {
        serializeSessionState() {
          throw new Error("x");
        },
      },
    ],
  ])("is none with %o", async (client) => {
    expect(await envelopeOf(client)).toBeNull();
  });

  it("is none without a state", async () => {
    const client = { serializeSessionState: async () => ({}) };
    expect(await envelopeOf(client, null)).toBeNull();
    const established = {
      client,
      session: {},
      sessionState: undefined,
      instanceId: "",
      backendId: "b",
    };
    expect(await serializeEstablishedSandboxEnvelope(established)).toBeNull();
  });
});
