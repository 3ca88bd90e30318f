import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as module from "../../../index.js";
import {
  ChannelAValidationError,
  assertSafeRelPath,
  isExecSessionLostBanner,
  isWorkspaceEscapeError,
  parseExecBannerSessionId,
  parseNumstatZ,
  parsePorcelainV2,
  parseUnifiedPatch,
  stripExecBanner,
} from "../../../index.js";
import * as plain from "../../../bench/listed.mjs";
import { cases } from "../../support/repeated.js";
import { rowsOf } from "../../support/table.js";

describe("by the tables", () => {
  it.each(rowsOf("banners"))("a banner: %j", ({ raw, output, session }) => {
    expect(stripExecBanner(raw)).toBe(output);
    expect(parseExecBannerSessionId(raw)).toBe(session);
  });

  it.each(rowsOf("lost-sessions"))("a lost session: %j", ({ out, id, isLost }) => {
    expect(isExecSessionLostBanner(out, id)).toBe(isLost);
  });

  it.each(rowsOf("escapes"))("a way out of the workspace: %j", ({ message, isEscape }) => {
    expect(isWorkspaceEscapeError(new Error(message))).toBe(isEscape);
    expect(isWorkspaceEscapeError(message)).toBe(isEscape);
    expect(isWorkspaceEscapeError({ message })).toBe(false);
  });

  it.each(rowsOf("safe-paths"))("a path: %j", ({ path, safe, error }) => {
    if (error === undefined) expect(assertSafeRelPath(path)).toBe(safe);
    else expect(() => assertSafeRelPath(path)).toThrow(new ChannelAValidationError(error));
  });

  it.each(rowsOf("statuses"))("a status: %j", ({ z, status }) => {
    expect(parsePorcelainV2(z)).toStrictEqual(status);
  });

  it.each(rowsOf("numstats"))("counts of lines: %j", ({ z, entries }) => {
    expect(parseNumstatZ(z)).toStrictEqual(entries);
  });

  it.each(rowsOf("patches"))("a patch: %j", ({ patch, hunks, status }) => {
    expect(parseUnifiedPatch(patch)).toStrictEqual({ hunks, status });
  });
});

describe("the banner of a long output", () => {
  const long = "x".repeat(20_000);
  const running = "Process running with session ID 7";

  it.each([
    [`${running}\nOutput:\n${long}\nOutput:\n`, `${long}\nOutput:\n`, 7],
    [`${long}\n${running}\nOutput:\ny`, "y", 7],
    [`${long}\n${running}`, `${long}\n${running}`, 7],
    [`Output:\n${long}\n${running}`, `${long}\n${running}`, null],
    [`Output:\n${long}\n${running}\nOutput:\ny`, "y", 7],
    [`\nOutput:\n${long}${running}\nOutput:\ny`, `${long}${running}\nOutput:\ny`, null],
    [long, long, null],
  ])("case %#", (raw, output, session) => {
    expect(stripExecBanner(raw)).toBe(output);
    expect(parseExecBannerSessionId(raw)).toBe(session);
  });
});

describe("where 0.2.0 is wrong", () => {
  const changed = (/** @type {string} */ table) => rowsOf(table).filter(({ old }) => old);

  it.each(changed("lost-sessions"))("A1: a number is not its beginning: %j", (row) => {
    const { out, id, isLost, old } = row;
    expect(out.toLowerCase().includes(`session not found: ${id}`)).toBe(old);
    expect(isExecSessionLostBanner(out, id)).toBe(isLost);
  });

  it.each(changed("numstats"))("A2: what has no number counts as 0: %j", ({ z, entries, old }) => {
    const [theirs] = plain.parseNumstatZ(z);
    const [side] = old.split(" ").slice(1);
    expect(theirs?.[/** @type {"additions"} */ (side)]).toBeNaN();
    expect(parseNumstatZ(z)).toStrictEqual(entries);
  });
});

describe("texts stay what they are", () => {
  const half = "\ud83d";

  it("with half a surrogate pair", () => {
    expect(stripExecBanner(`${half}\nOutput:\n${half}x`)).toBe(`${half}x`);
    expect(assertSafeRelPath(`a${half}/`)).toBe(`a${half}`);
    const z = `# branch.head ${half}\0? a${half}\0? b\0`;
    const { head, files } = parsePorcelainV2(z);
    expect([head, ...files.map(({ path }) => path)]).toStrictEqual([half, `a${half}`, "b"]);
    expect(parseNumstatZ(`1\t2\t${half}\0`)[0]?.newPath).toBe(half);
    const { hunks } = parseUnifiedPatch(`@@ -1 +1 @@ ${half}\n+${half}\n-é\n`);
    expect(hunks[0]?.header).toBe(half);
    expect(hunks[0]?.lines.map(({ text }) => text)).toStrictEqual([half, "é"]);
  });

  it("with numbers beyond those that JSON has", () => {
    const digits = "9".repeat(400);
    expect(parseExecBannerSessionId(`Process running with session ID ${digits}`)).toBe(Infinity);
    expect(parseNumstatZ(`${digits}\t1\tx`)[0]?.additions).toBe(Infinity);
  });
});

describe("what is no text", () => {
  it.each(
    /** @type {[keyof typeof module, string][]} */ ([
      ["stripExecBanner", "raw"],
      ["parseExecBannerSessionId", "raw"],
      ["parsePorcelainV2", "z"],
      ["parseNumstatZ", "z"],
      ["parseUnifiedPatch", "patch"],
    ]),
  )("is refused by %s", (name, argument) => {
    const call = /** @type {(value: unknown) => unknown} */ (module[name]);
    for (const value of [undefined, null, 5, {}, [], Symbol("s"), new Uint8Array(3)]) {
      expect(() => call(value)).toThrow(TypeError);
      expect(() => call(value)).toThrow(`${argument} must be a string`);
    }
  });

  it("is refused as a path, and as the number of a session", () => {
    const call = /** @type {any} */ (module);
    expect(() => call.assertSafeRelPath(5)).toThrow(new TypeError("path must be a string, got 5"));
    expect(() => call.isExecSessionLostBanner("x", "1")).toThrow(
      new TypeError('execSessionId must be a number, got "1"'),
    );
    expect(() => call.isExecSessionLostBanner(5, 1)).toThrow("out must be a string");
    expect(call.isExecSessionLostBanner(undefined, 1)).toBe(false);
    expect(call.isExecSessionLostBanner("", undefined)).toBe(false);
  });

  it.each([null, undefined, 5, {}, Object.create(null), Symbol("workspace")])(
    "is no way out of the workspace",
    (error) => expect(isWorkspaceEscapeError(error)).toBe(false),
  );
});

describe.each(
  /** @type {const} */ ([
    "ChannelAValidationError",
    "ChannelANotFoundError",
    "ChannelAConflictError",
    "ChannelAUnsupportedError",
  ]),
)("%s", (name) => {
  it("is an error with its own name", () => {
    const error = new module[name]("m");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, message: "m" });
  });
});

// What is built of such pieces has each branch of the parsers in it.
const path = fc.string({ unit: fc.constantFrom("a", " ", "\t", "\n", "é", "😀", "\ud83d", "/") });
const record = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("1", "2", "u"),
      fc.string({ unit: fc.constantFrom(..."AMDRCTU.X") }),
      path,
    )
    .map(([kind, letters, path]) => `${kind} ${letters} N... 1 2 3 a b ${path}`),
  path.map((path) => `? ${path}`),
  path.map((path) => `! ${path}`),
  path.map((path) => `# branch.head ${path}`),
  fc.constantFrom("# branch.head (detached)", "# branch.upstream o/m", "# branch.ab +1 -20", ""),
  path,
);
const row = fc.oneof(
  fc
    .tuple(fc.constantFrom("0", "12", "-"), fc.constantFrom("0", "34", "-"), path)
    .filter(([added, deleted]) => (added === "-") === (deleted === "-"))
    .map((fields) => fields.join("\t")),
  path,
);
const line = fc.oneof(
  fc.tuple(fc.constantFrom("+", "-", " ", "\\", "", "@@"), path).map((parts) => parts.join("")),
  fc.constantFrom("@@ -1 +2 @@", "@@ -30,4 +1000,2 @@ f()", "@@ -1 +2 @@\r", "rename from a"),
  fc.constantFrom("new file mode 1", "deleted file mode 1", "rename to b"),
);

describe("random texts are read as plain JavaScript reads them", () => {
  it.each(
    /** @type {[keyof typeof plain, fc.Arbitrary<string>, string][]} */ ([
      ["parsePorcelainV2", record, "\0"],
      ["parseNumstatZ", row, "\0"],
      ["parseUnifiedPatch", line, "\n"],
    ]),
  )("%s", (name, part, separator) => {
    const ours = /** @type {(text: string) => unknown} */ (
      module[/** @type {"parseNumstatZ"} */ (name)]
    );
    const theirs = /** @type {(text: string) => unknown} */ (plain[name]);
    const same = (/** @type {string[]} */ parts) => {
      const text = parts.join(separator);
      expect(ours(text)).toStrictEqual(theirs(text));
    };
    fc.assert(fc.property(fc.array(part), same), { numRuns: cases(500) });
    // The same again many times over, so that pieces end anywhere.
    const repeated = fc.tuple(
      fc.array(part, { minLength: 1 }),
      fc.integer({ min: 3_000, max: 6_000 }),
    );
    const many = (/** @type {[string[], number]} */ [parts, times]) =>
      same(Array.from({ length: times }, () => parts).flat());
    fc.assert(fc.property(repeated, many), { numRuns: cases(20) });
    same(["x", `${"y".repeat(200_000)}é`, "? z", `1 .M N... 1 2 3 a b ${"p".repeat(150_000)}`]);
  });
});
