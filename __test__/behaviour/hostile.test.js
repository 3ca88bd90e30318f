// What callers without types pass: each outcome is that of the rules, or a TypeError that names the
// field. A run that fails prints its seed, which fast-check replays.
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import {
  CAPABILITY_DESCRIPTORS,
  assertDescriptorRegistryInvariants,
  backendSupportsOs,
  buildStreamUrl,
  desktopCapableBackend,
  isProviderSandboxNotFoundError,
  negotiateCapabilities,
  negotiateSelfhostedCapabilities,
  selectBackend,
  selfhostedLiveness,
  swapTargetEstablishability,
} from "../../index.js";
import { PRISTINE, restoreDescriptors } from "../support/descriptors.js";

const NOW = new Date("2026-06-20T00:00:00Z");
const CONTEXT = {
  ...{ sessionId: "s", backend: "modal", os: "linux", liveness: "warm", leaseEpoch: 1 },
  ...{ desktopEnabled: true, now: NOW },
};
const ENROLLMENT = {
  ...{ status: "active", exposure: "whole-machine", allowScreenControl: true, hasDisplay: true },
  lastSeenAt: NOW.toISOString(),
};

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
const table = any(CAPABILITY_DESCRIPTORS);
afterEach(restoreDescriptors);

/** @type {any} */
const cyclic = { tier: "desktop" };
cyclic.os = { supported: ["linux"], cyclic };
const modal = JSON.parse(PRISTINE).modal;

const odd = fc.oneof(
  fc.constantFrom(
    ...[undefined, null, true, false, NaN, 0, -0, 5, 5n, 0n, "", "x", "\ud800", Symbol("s")],
    ...[() => {}, {}, [], [5n], Object.create(null), new Date(NaN), new Date(5), cyclic],
    ...["linux", "cold", "active", "selfhosted", ["modal"], new String("linux"), new Set()],
  ),
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withTypedArray: true }),
);

/** What must reach nobody: the words of what is between JavaScript and the core. */
const RAW =
  /line \d+ column|invalid (?:type|value)|missing field|Failed to|napi|InvalidArg|Expect|surrogate|object property|circular|serialize|GenericFailure/i;

/**
 * What a call comes to: an error where it throws, which must be one that a caller can read.
 *
 * @param {() => any} run
 * @param {RegExp} [known] Other messages that the rules give.
 */
function outcomeOf(run, known = /^$/) {
  try {
    return { value: run() };
  } catch (error) {
    return { error: readable(error, known) };
  }
}

/**
 * @param {any} error
 * @param {RegExp} known
 */
function readable(error, known) {
  expect(error).toBeInstanceOf(Error);
  expect(error.message).not.toMatch(RAW);
  expect(error.code).toBeUndefined();
  if (known.test(error.message)) return error.message;
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(/^[\w.[\]]+ must be .+, got .+$/s);
  return error.message;
}

/** Messages of JavaScript itself, for what has no text. */
const NO_TEXT =
  /^(?:Cannot convert (?:a Symbol value to a string|object to primitive value)|No default value|Cannot convert a symbol to a string)$/;

const NO_DATE = "now must be a date of the calendar, got NaN";

describe("one odd row", () => {
  /** @type {[string, any][]} */
  const rows = [
    ["nothing in it", {}],
    ["an unknown tier", { ...modal, tier: "lunar" }],
    ["no systems", { ...modal, os: undefined }],
    ["a bigint", { ...modal, lifetime: { hardLifetimeMs: 5n } }],
    ["a cycle", cyclic],
    ["a lone surrogate", { ...modal, backendId: "\ud800" }],
    ["no object", 5],
    ["null", null],
    ["a symbol", Symbol("s")],
    ["no capabilities", { ...modal, capabilities: null }],
  ];
  it.each(rows)("leaves the others alone: %s", (_what, row) => {
    const seen = () => [
      ...["modal", "docker", "e2b", "unix_local", "nobody"].map((id) => desktopCapableBackend(id)),
      negotiateCapabilities(any(CONTEXT)),
      negotiateCapabilities(any({ ...CONTEXT, backend: "selfhosted" })),
      assertDescriptorRegistryInvariants(),
    ];
    const before = seen();
    table.mine = row;
    for (const key of Object.keys(JSON.parse(PRISTINE))) {
      const own = table[key];
      delete table[key];
      table[key] = own; // The odd row comes first.
    }
    expect(seen()).toEqual(before);
  });

  it.each([
    ["nothing in it", {}, "descriptor.capabilities must be an object, got nothing"],
    ["no systems", { ...modal, os: undefined }, "descriptor.os must be an object, got nothing"],
    [
      "a system that is no list",
      { ...modal, os: { supported: 5n } },
      "descriptor.os.supported must be an array, got a value of type bigint",
    ],
    [
      "a root that is none",
      { ...modal, workspaceRoot: 5n },
      "descriptor.workspaceRoot must be a string, got a value of type bigint",
    ],
  ])("says what is odd, when it is asked for: %s", (_what, row, message) => {
    table.mine = row;
    expect(() => negotiateCapabilities(any({ ...CONTEXT, backend: "mine" }))).toThrow(
      new TypeError(message),
    );
  });

  it("says that a list is too long, and reads no more of it", () => {
    const descriptor = { ...modal, os: { supported: new Array(30_000_000) } };
    expect(() => backendSupportsOs(descriptor, "linux")).toThrow(
      new TypeError(
        "descriptor.os.supported must be an array of at most 1000 items, got a value of type object",
      ),
    );
    descriptor.os.supported = new Array(999).fill("plan9").concat("linux");
    expect(backendSupportsOs(descriptor, "linux")).toBe(true);
  });

  it("serves where only names are unknown", () => {
    table.mine = {
      ...modal,
      ...{ tier: "lunar", os: { supported: ["freebsd"] }, snapshot: undefined, lifetime: 5n },
    };
    expect(backendSupportsOs(table.mine, any("freebsd"))).toBe(true);
    expect(backendSupportsOs(table.mine, "linux")).toBe(false);
    const mine = { ...CONTEXT, backend: "mine" };
    const { Git, DesktopStream } = negotiateCapabilities(any({ ...mine, os: "freebsd" }));
    expect([Git.reason, DesktopStream.reason]).toEqual([null, null]);
    expect(negotiateCapabilities(any(mine)).Git.reason).toBe("os_unsupported");
    expect(desktopCapableBackend("mine")).toBe(true);
  });

  it("may be anything", () => {
    fc.assert(
      fc.property(odd, odd, (row, field) => {
        for (const given of [row, { ...modal, os: field }, { ...modal, capabilities: field }]) {
          table.mine = given;
          const known = /^Unknown sandbox backend "mine"$/;
          outcomeOf(() => negotiateCapabilities(any({ ...CONTEXT, backend: "mine" })), known);
          outcomeOf(() => backendSupportsOs(given, "linux"));
          outcomeOf(() => desktopCapableBackend("mine"));
          expect(desktopCapableBackend("modal")).toBe(true);
          expect(assertDescriptorRegistryInvariants()).toBe(undefined);
        }
      }),
    );
  });
});

describe("a negotiation", () => {
  const flags = ["desktopInteractive", "computerUseEnabled", "terminalEnabled"];
  const known = new RegExp(`^Unknown sandbox backend "|^${NO_DATE}$`);

  it("takes any flag for what it counts as", () => {
    fc.assert(
      fc.property(fc.record({ a: odd, b: odd, c: odd, d: odd, e: odd, f: odd }), (given) => {
        const { a, b, c, d, e, f } = given;
        const negotiated = (/** @type {object} */ context) =>
          negotiateCapabilities(any({ ...CONTEXT, ...context }));
        const seen = negotiated({
          ...{
            desktopEnabled: a,
            shared: b,
            desktopAcknowledged: b,
            streamTokenSecretAvailable: c,
          },
          ...Object.fromEntries(flags.map((flag) => [flag, d])),
          ...{ os: e, liveness: f, computerUseReadOnly: a },
        });
        const expected = negotiated({
          ...{ desktopEnabled: Boolean(a), shared: Boolean(b), desktopAcknowledged: Boolean(b) },
          streamTokenSecretAvailable: c !== false,
          ...Object.fromEntries(flags.map((flag) => [flag, d !== false])),
          os: e === "linux" ? e : "plan9",
          liveness: f === "cold" ? f : "warm",
        });
        expected.ComputerUse.readOnly = a ?? false;
        expect(seen).toEqual({ ...expected, os: e, liveness: f });
      }),
    );
  });

  it("names what it cannot take", () => {
    const negotiated = (/** @type {object} */ context) =>
      negotiateCapabilities(any({ ...CONTEXT, ...context }));
    for (const now of [5n, 5, "2026", {}, Symbol("s"), true]) {
      expect(() => negotiated({ now })).toThrow(/^now must be a Date, got /);
    }
    expect(() => negotiated({ now: new Date(NaN) })).toThrow(new RangeError(NO_DATE));
    expect(() => negotiated({ backend: "\ud800" })).toThrow(
      new TypeError("backend must be a string, got a value of type ill-formed string"),
    );
    expect(negotiated({ os: "\ud800", liveness: "\udc00" }).Git.reason).toBe("os_unsupported");
  });

  it("passes on what a field throws", () => {
    for (const thrown of [5, Object.freeze({ gone: true }), new Error("gone")]) {
      for (const field of ["os", "shared", "now", "terminalEnabled"]) {
        const context = Object.defineProperty({ ...CONTEXT }, field, {
          get() {
            throw thrown;
          },
        });
        let caught;
        try {
          negotiateCapabilities(any(context));
        } catch (error) {
          caught = error;
        }
        expect(caught).toBe(thrown);
      }
    }
  });

  it("comes to something that can be read, whatever is passed", () => {
    const names = [...Object.keys(CONTEXT), "desktopStream", "terminalStream", "shared"];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), odd), (given) => {
        const run = () => negotiateCapabilities(any({ ...CONTEXT, ...given }));
        outcomeOf(run, new RegExp(`${known.source}|${NO_TEXT.source}`));
      }),
    );
  });
});

describe("an enrollment", () => {
  const live = (/** @type {object} */ given) =>
    selfhostedLiveness(any({ enrollment: ENROLLMENT, probeResponded: false, now: NOW, ...given }));
  const offline = { state: "offline", consented: false, hasDisplay: false };

  it.each([
    ...[null, undefined, 0, 5, 5n, "", "active", true, Symbol("s"), {}, [], { status: 5n }],
    ...[{ status: "active\ud800" }, new Date(NaN), { status: ["active"], lastSeenAt: 5n }],
  ])("that is none does not hold: %o", (enrollment) => {
    expect(live({ enrollment })).toEqual(offline);
    expect(live({ enrollment, probeResponded: true })).toEqual(offline);
  });

  it.each([
    [new Date(NOW), "reconnecting"],
    [NOW.getTime(), "reconnecting"],
    [{ valueOf: () => NOW.getTime() }, "reconnecting"],
    [new Date(NaN), "offline"],
    [{}, "offline"],
    ["\ud800", "offline"],
    [0n, "offline"],
  ])("was seen when Date says: %o", (lastSeenAt, state) => {
    expect(live({ enrollment: { ...ENROLLMENT, lastSeenAt } }).state).toBe(state);
  });

  it.each([5n, Symbol("s"), Object.create(null)])("names a last sight that is no time", (seen) => {
    const enrollment = { ...ENROLLMENT, lastSeenAt: seen };
    expect(() => live({ enrollment })).toThrow(/^enrollment\.lastSeenAt must be a time, got /);
    expect(live({ enrollment, probeResponded: true }).state).toBe("online");
  });

  it("and a clock that is none", () => {
    for (const now of [5n, 5, "2026", {}, null]) {
      expect(() => live({ now })).toThrow(/^now must be a Date, got /);
    }
    expect(live({ now: new Date(NaN) }).state).toBe("offline");
  });

  it("may be anything", async () => {
    const given = fc.record({ status: odd, exposure: odd, lastSeenAt: odd, hasDisplay: odd });
    const enrollments = fc.oneof(
      odd,
      given.map((fields) => ({ ...ENROLLMENT, ...fields })),
      odd.map((lastSeenAt) => ({ ...ENROLLMENT, lastSeenAt })),
    );
    await fc.assert(
      fc.asyncProperty(enrollments, odd, odd, odd, async (enrollment, now, probe, os) => {
        const { value, error } = outcomeOf(() =>
          live({ enrollment, now: now ?? NOW, probeResponded: probe }),
        );
        const input = { sessionId: "s", leaseEpoch: 1, enrollment, os, now };
        const flags = { desktopEnabled: probe, shared: probe, probeResponded: Boolean(probe) };
        const document = await negotiateSelfhostedCapabilities(any({ ...input, ...flags })).catch(
          (thrown) => readable(thrown, new RegExp(`^${NO_DATE}$`)),
        );
        if (typeof document === "string") expect([error, NO_DATE]).toContain(document);
        else expect(document.liveness).toBe(value?.state === "online" ? "warm" : "cold");
      }),
    );
  });
});

describe("everything else", () => {
  it("finds backends and desktops by any name, or says that there are none", () => {
    const known = new RegExp(`^Unknown sandbox backend "|${NO_TEXT.source}`);
    fc.assert(
      fc.property(odd, (name) => {
        outcomeOf(() => selectBackend(name), known);
        const { value, error } = outcomeOf(() => desktopCapableBackend(name), NO_TEXT);
        if (error === undefined) {
          expect(value).toBe(Object.hasOwn(table, name) && table[name].tier === "desktop");
        }
        outcomeOf(() => backendSupportsOs(CAPABILITY_DESCRIPTORS.modal, name));
        outcomeOf(() => backendSupportsOs(name, "linux"));
      }),
    );
    expect(desktopCapableBackend(any(Symbol("modal")))).toBe(false);
    expect(() => selectBackend(any(Symbol("s")))).toThrow(
      new TypeError("backend must be a string, got a value of type symbol"),
    );
  });

  it("names a part of an address that is longer than any", () => {
    const endpoint = { host: "h", port: 1, tls: true, path: "/p", query: "q" };
    for (const field of ["host", "path", "query"]) {
      const long = { ...endpoint, [field]: "a".repeat(65_537) };
      expect(() => buildStreamUrl(long)).toThrow(
        new TypeError(
          `${field} must be a string of at most 65536 bytes, got "${"a".repeat(100)}"…`,
        ),
      );
    }
  });

  it("admits swap targets by their kind", () => {
    const target = (/** @type {object} */ given) => swapTargetEstablishability(any(given));
    expect(target({ kind: "modal", establishesModal: null })).toMatchObject({ ok: false });
    expect(target({ kind: "modal", establishesModal: 1 })).toEqual({ ok: true });
    expect(target({ kind: 5n, establishesModal: true })).toEqual({
      ...{ ok: false, code: "unsupported_backend_context" },
      reason: 'a sandbox of kind "5" cannot be established',
    });
    expect(() => target({ kind: ["modal"], establishesModal: true })).toThrow(
      new TypeError("kind must be a string, got a value of type object"),
    );
    expect(() => target({ kind: "\ud800" })).toThrow(
      new TypeError("kind must be a string, got a value of type ill-formed string"),
    );
    expect(() => swapTargetEstablishability(any(undefined))).toThrow(
      new TypeError("target must be an object, got nothing"),
    );
    fc.assert(
      fc.property(odd, odd, odd, (kind, isSessionGroup, establishesModal) => {
        const { value } = outcomeOf(() => target({ kind, isSessionGroup, establishesModal }));
        const isKnown = kind === "selfhosted" || (kind === "modal" && Boolean(establishesModal));
        if (value) expect(value.ok).toBe(Boolean(isSessionGroup) || isKnown);
      }),
    );
  });

  it("makes addresses of what has a text", () => {
    const build = (/** @type {object} */ given) =>
      buildStreamUrl(any({ host: "h", port: 1, ...given }));
    for (const field of ["host", "path", "query"]) {
      expect(() => build({ [field]: "\ud800" })).toThrow(
        new TypeError(`${field} must be a string, got a value of type ill-formed string`),
      );
    }
    expect(() => build({ query: Symbol("s") })).toThrow(/^query must be a string, got /);
    expect(build({ query: new URLSearchParams({ a: "b" }) })).toBe("ws://h:1/?a=b");
    const known = new RegExp(`^provider returned a malformed|${NO_TEXT.source}`);
    fc.assert(
      fc.property(odd, odd, odd, odd, (host, port, path, query) => {
        for (const given of [
          { host, port, path, query },
          { tls: host, path, query },
        ]) {
          try {
            expect(build(given)).toMatch(/^wss?:\/\//);
          } catch (error) {
            if (any(error).name !== "StreamPortUnavailableError") readable(error, known);
          }
        }
      }),
    );
  });

  it("tells of any error whether the box is gone", () => {
    fc.assert(
      fc.property(odd, odd, odd, (backendId, error, part) => {
        expect(isProviderSandboxNotFoundError(any("selfhosted"), error)).toBe(false);
        const errors = [error, { message: part, status: error, name: part, code: error }];
        errors.push(Object.assign(new Error("m"), { message: part }));
        for (const each of errors) {
          expect(typeof isProviderSandboxNotFoundError(backendId, each)).toBe("boolean");
        }
      }),
    );
  });
});
