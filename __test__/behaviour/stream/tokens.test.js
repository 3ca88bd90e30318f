import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import {
  STREAM_TOKEN_DEFAULT_TTL_SECONDS,
  StreamTokenPayload,
  mintStreamToken,
  verifyStreamToken,
} from "../../../index.js";
import { rowsOf, tablesOf } from "../../support/table.js";
import { VIEWER, saidBy, sealed, signed } from "../../support/tokens.js";

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
const { claims: CLAIMS } = tablesOf("stream-tokens");

/** The schema as zod has it. */
const SCHEMA = z.object({
  workspaceId: z.uuid(),
  sessionId: z.uuid(),
  viewerId: z.uuid(),
  leaseEpoch: z.number().int().nonnegative(),
  mode: z.enum(["view", "control"]),
  port: z.number().int().positive(),
  exp: z.number().int().positive(),
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a token", () => {
  it.each(rowsOf("stream-tokens", "vectors"))("is that of the table: $json", async (row) => {
    const { secret, input, json, token, exp } = row;
    expect(await mintStreamToken(secret, input)).toBe(token);
    const backwards = Object.fromEntries(Object.entries({ ...input, extra: 1 }).reverse());
    expect(await mintStreamToken(secret, any(backwards))).toBe(token);
    expect(signed(secret, json)).toBe(token);
    const claims = await verifyStreamToken(secret, token, exp);
    expect(JSON.stringify(claims)).toBe(json);
    expect(await verifyStreamToken(secret, token, exp + 1)).toBeNull();
    expect(await verifyStreamToken(`${secret} `, token, exp)).toBeNull();
  });

  it("is valid for two minutes where nobody says for how long", async () => {
    vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_999);
    expect(STREAM_TOKEN_DEFAULT_TTL_SECONDS).toBe(120);
    const nothing = { mode: null, port: undefined, ttlSeconds: null, nowSeconds: undefined };
    const token = await mintStreamToken("s", any({ ...VIEWER, ...nothing }));
    const claims = { ...VIEWER, mode: "view", port: 6080, exp: 1_700_000_120 };
    expect(JSON.parse(saidBy(token))).toEqual(claims);
    vi.spyOn(Date, "now").mockReturnValue(1_700_000_120_999);
    expect(await verifyStreamToken("s", token)).toEqual(claims);
    expect(await verifyStreamToken("s", token, any(null))).toEqual(claims);
    vi.spyOn(Date, "now").mockReturnValue(1_700_000_121_000);
    expect(await verifyStreamToken("s", token)).toBeNull();
  });

  it("may be valid for this second alone", async () => {
    const token = await mintStreamToken("s", { ...VIEWER, ttlSeconds: 0, nowSeconds: 10 });
    expect(await verifyStreamToken("s", token, 10)).toMatchObject({ exp: 10 });
    expect(await verifyStreamToken("s", token, 11)).toBeNull();
  });

  it("has a secret of any characters", async () => {
    for (const secret of ["\ud800", "\0", " ", "s".repeat(1_000)]) {
      const token = await mintStreamToken(secret, { ...VIEWER, nowSeconds: 10 });
      expect(token).toBe(signed(secret, saidBy(token)));
      expect(await verifyStreamToken(secret, token, 10)).not.toBeNull();
    }
  });
});

describe("no claims are in", () => {
  const secret = "s";
  const json = JSON.stringify({ ...CLAIMS, exp: 1_000 });
  const token = signed(secret, json);
  const [payload = "", signature = ""] = token.slice(4).split(".");
  const last = signature.at(-1) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The same bytes, by another last character.
  const stray = signature.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
  const base64 = Buffer.from(signature, "base64url").toString("base64");

  it.each([
    [""],
    ["abc"],
    ["ogs_abc"],
    ["ogs_.sig"],
    [`OGS_${token.slice(4)}`],
    ...["ogd_", "oge_", "oget_", "ogr_"].map((prefix) => [`${prefix}${token.slice(4)}`]),
    [`${token}=`],
    [`ogs_${payload}.x.${signature}`],
    [`ogs_${payload}.`],
    [`ogs_${payload}.${stray}`],
    [`ogs_${payload}.${base64}`],
    [`ogs_${payload}\ud800.${signature}`],
    [signed(secret, "null")],
    [signed(secret, "[]")],
    [signed(secret, "text")],
    [sealed(secret, "!")],
    ...["10.5", '"10"', "1e20", "9007199254740993", "0", "null"].map((exp) => [
      signed(secret, json.replace("1000", exp)),
    ]),
  ])("%s", async (text) => {
    expect(await verifyStreamToken(secret, text, 0)).toBeNull();
  });

  it("anything but what was signed", async () => {
    expect(await verifyStreamToken(secret, token, 0)).toEqual({ ...CLAIMS, exp: 1_000 });
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((tail) => `ogs_${tail}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        expect(await verifyStreamToken(secret, text, 0)).toBeNull();
      }),
    );
  });
});

it("leaves out what the schema does not know, and orders the rest", async () => {
  const { exp, ...others } = CLAIMS;
  const token = signed("s", JSON.stringify({ foo: 1, exp, ...others, port: 1 }));
  const claims = await verifyStreamToken("s", token, 0);
  expect(JSON.stringify(claims)).toBe(JSON.stringify({ ...CLAIMS, port: 1 }));
  const float = signed("s", JSON.stringify(CLAIMS).replace("70000", "7e4"));
  expect(await verifyStreamToken("s", float, 0)).toEqual(CLAIMS);
});

describe("an empty secret", () => {
  it("is the error that WebCrypto has for it", async () => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const webcrypto = crypto.subtle
      .importKey("raw", new Uint8Array(0), algorithm, false, ["sign"])
      .catch((error) => error.name);
    expect(await webcrypto).toBe("DataError");
    for (const failing of [mintStreamToken("", VIEWER), verifyStreamToken("", "ogs_a.b")]) {
      const error = await failing.catch((error) => error);
      expect(error).toBeInstanceOf(DOMException);
      expect(error.name).toBe("DataError");
    }
  });

  it("is found only where there is something to sign or to compare", async () => {
    for (const token of ["", "abc", "ogs_abc", "ogs_.sig", "OGS_a.b"]) {
      expect(await verifyStreamToken("", token)).toBeNull();
    }
    await expect(mintStreamToken("", { ...VIEWER, leaseEpoch: -1 })).rejects.toThrow(/Too small/);
  });
});

describe("what is no text or no number", () => {
  it.each([[undefined], [null], [271_828], [{ secret: "s" }], [["s"]]])(
    "is no secret, and in no message: %j",
    async (secret) => {
      for (const failing of [
        mintStreamToken(any(secret), VIEWER),
        verifyStreamToken(any(secret), ""),
      ]) {
        const error = await failing.catch((error) => error);
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toMatch(/^secret must be a string, got /);
        expect(error.message).not.toMatch(/271828/);
      }
    },
  );

  it("is no token and no time", async () => {
    await expect(verifyStreamToken("s", any(undefined))).rejects.toThrow(
      new TypeError("token must be a string, got nothing"),
    );
    await expect(verifyStreamToken("s", "", any("1"))).rejects.toThrow(
      new TypeError('nowSeconds must be a number of seconds, got "1"'),
    );
    await expect(mintStreamToken("s", any(null))).rejects.toThrow(
      new TypeError("input must be an object, got nothing"),
    );
  });
});

describe("claims that are refused", () => {
  it.each(rowsOf("stream-tokens", "issues"))("$given: $message", async ({ given, ...issue }) => {
    const value = { ...CLAIMS, ...given };
    const { success, data, error } = StreamTokenPayload.safeParse(value);
    expect([success, data]).toEqual([false, undefined]);
    expect(error).toMatchObject({ name: "ZodError", issues: [issue] });
    expect(() => StreamTokenPayload.parse(value)).toThrow(
      expect.objectContaining({ name: "ZodError", message: error?.message }),
    );
    expect(JSON.parse(error?.message ?? "")).toEqual(error?.issues);
  });

  it.each([
    [{ viewerId: "x" }, "viewerId", "Invalid UUID"],
    [{ leaseEpoch: -1 }, "leaseEpoch", "Too small: expected number to be >=0"],
    [{ port: 0 }, "port", "Too small: expected number to be >0"],
    [{ ttlSeconds: -10 }, "exp", "Too small: expected number to be >0"],
    [{ ttlSeconds: -11 }, "exp", "Too small: expected number to be >0"],
    [{ ttlSeconds: 0.5 }, "exp", "Invalid input: expected int, received number"],
    [{ nowSeconds: 1.5 }, "exp", "Invalid input: expected int, received number"],
    [{ ttlSeconds: "1" }, "exp", "Invalid input: expected number, received string"],
    [{ nowSeconds: Number.NaN }, "exp", "Invalid input: expected number, received NaN"],
    [{ mode: "watch" }, "mode", 'Invalid option: expected one of "view"|"control"'],
  ])("%j make no token", async (given, name, message) => {
    const minted = mintStreamToken("s", any({ ...VIEWER, nowSeconds: 10, ...given }));
    const error = await minted.catch((error) => error);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("ZodError");
    expect(error.issues).toMatchObject([{ path: [name], message }]);
    expect(error.stack).toContain("mintStreamToken");
  });

  it.each(rowsOf("stream-tokens", "uuids"))("or not: %j", ({ text, isUuid }) => {
    for (const name of ["workspaceId", "sessionId", "viewerId"]) {
      const { success, data } = StreamTokenPayload.safeParse({ ...CLAIMS, [name]: text });
      expect(success).toBe(isUuid);
      if (data) expect(any(data)[name]).toBe(text);
    }
  });
});

describe("the schema", () => {
  class Class {}
  const odd = fc.oneof(
    fc.constantFrom(
      undefined,
      null,
      true,
      1n,
      Symbol("s"),
      () => 1,
      [],
      {},
      new Date(),
      new Class(),
    ),
    fc.constantFrom(
      -1,
      0,
      1,
      0.5,
      2 ** 53 - 1,
      2 ** 53,
      -(2 ** 53),
      Infinity,
      -Infinity,
      NaN,
      -1e21,
    ),
    fc.constantFrom("view", "control", CLAIMS.viewerId, "f".repeat(36)),
    fc.double(),
    fc.integer(),
    fc.uuid(),
    fc.string(),
  );
  const names = Object.keys(CLAIMS);
  const essence = (/** @type {any} */ issue) => {
    const { pattern, received, ...rest } = issue;
    return rest;
  };

  it("takes and refuses what zod does, in the same words", () => {
    const given = fc.oneof(
      fc.record(Object.fromEntries(names.map((name) => [name, odd]))),
      fc
        .tuple(fc.constantFrom(...names), odd)
        .map(([name, value]) => ({ ...CLAIMS, [name]: value })),
      odd,
    );
    fc.assert(
      fc.property(given, (value) => {
        const ours = StreamTokenPayload.safeParse(value);
        const theirs = SCHEMA.safeParse(value);
        expect(ours.success).toBe(theirs.success);
        // A negative zero is zero.
        if (theirs.success) expect(JSON.stringify(ours.data)).toBe(JSON.stringify(theirs.data));
        else expect(ours.error?.issues).toEqual(theirs.error.issues.map(essence));
      }),
      { numRuns: 1_000 },
    );
  });

  it("has zod's methods that validate", async () => {
    const value = { ...CLAIMS, extra: 1 };
    expect(StreamTokenPayload.parse(value)).toEqual(CLAIMS);
    expect(await StreamTokenPayload.parseAsync(value)).toEqual(CLAIMS);
    expect(await StreamTokenPayload.safeParseAsync(value)).toEqual({ success: true, data: CLAIMS });
    await expect(StreamTokenPayload.parseAsync(1)).rejects.toMatchObject({ name: "ZodError" });
    expect(await StreamTokenPayload.safeParseAsync(1)).toMatchObject({ success: false });
  });

  it("is a Standard Schema", async () => {
    const standard = StreamTokenPayload["~standard"];
    expect(standard).toMatchObject({ version: 1, vendor: "opengeni" });
    expect(await standard.validate(CLAIMS)).toEqual({ value: CLAIMS });
    expect(await standard.validate([])).toMatchObject({
      issues: [{ path: [], message: "Invalid input: expected object, received array" }],
    });
  });

  it("hands on what a getter throws", () => {
    const thrown = new Error("mine");
    const value = {
      get workspaceId() {
        throw thrown;
      },
    };
    expect(() => StreamTokenPayload.safeParse(value)).toThrow(thrown);
  });
});
