import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseListing } from "../../../js/channel-a/helpers.js";
import { ordersPlainly, treeOf } from "../../../js/channel-a/outline.js";
import { ask } from "../../../js/driver.js";
import * as plain from "../../../bench/listed.mjs";

const file = (/** @type {string} */ path) => `f\t1\t1700000000.1234567890\t644\t${path}`;
const dir = (/** @type {string} */ path) => `d\t4096\t1\t755\t${path}`;
/** @type {(...records: string[]) => string} */
const listed = (...records) => records.map((one) => `${one}\0`).join("");

/**
 * The paths of a tree, in their order.
 *
 * @param {import("../../../index.js").FsTreeNode} node
 * @returns {string[]}
 */
const paths = ({ path, children = [] }) => [path, ...children.flatMap(paths)];

describe("a listing", () => {
  it("has the fields of its entries", () => {
    const text = listed(file("./a"), "l\t5\tx\t777\t./b", "s\tx\t-1.2345\t9\t./c", dir("./d"));
    const { root, truncated } = parseListing(text, "", 100);
    expect(truncated).toBe(false);
    const mtimeMs = 1_700_000_000_123;
    expect(root).toStrictEqual({
      ...{ name: "", path: "", type: "dir", sizeBytes: null, mtimeMs: null, mode: null },
      children: [
        {
          ...{ name: "d", path: "d", type: "dir", sizeBytes: null, mtimeMs: 1000, mode: 0o755 },
          children: [],
          truncated: false,
        },
        {
          name: "a",
          path: "a",
          type: "file",
          sizeBytes: 1,
          mtimeMs,
          mode: 0o644,
          truncated: false,
        },
        {
          ...{ name: "b", path: "b", type: "symlink", sizeBytes: 5, mtimeMs: null, mode: 0o777 },
          truncated: false,
        },
        {
          ...{ name: "c", path: "c", type: "other", sizeBytes: null, mtimeMs: -1234, mode: null },
          truncated: false,
        },
      ],
      truncated: false,
    });
  });

  it.each([
    ["src", [dir("src/a"), file("src/a/b")], ["src", "src/a", "src/a/b"]],
    ["./a", [dir("./a/lib"), file("./a/lib/x")], ["./a", "./a/a/lib", "./a/a/lib/x"]],
    [".", [file("./a")], [".", "./a"]],
    ["", [file("a\tb"), file("a\nb"), "f\t1", "x"], ["", "a\tb", "a\nb"]],
    ["", [file("b/c"), file("/a")], ["", "a", "b/c"]],
    ["", [file("a"), dir("a"), file("a/b")], ["", "a", "a/b"]],
    ["", [file("a\ud83d")], ["", "a\ud83d"]],
    ["é", [file("é/😀/b"), dir("é/😀")], ["é", "é/😀", "é/😀/b"]],
  ])("of %j", (root, records, expected) => {
    expect(paths(parseListing(listed(...records), root, 100).root)).toStrictEqual(expected);
  });

  it("ends after as many entries as were asked for", () => {
    const text = listed(file("a"), file("b"));
    expect(parseListing(text, "", 2).truncated).toBe(false);
    const { root, truncated } = parseListing(text, "", 1);
    expect([truncated, ...paths(root)]).toStrictEqual([true, "", "a"]);
  });

  it("is in the order of the host's language", () => {
    const names = ["é", "B", "b", "A", "a", "9", "10", ".l", "_x"];
    const text = listed(...names.map(file), dir("z"));
    const expected = ["", "z", "_x", ".l", "10", "9", "a", "A", "b", "B", "é"];
    expect(paths(parseListing(text, "", 100).root)).toStrictEqual(expected);
  });

  it("may be as deep as it likes", () => {
    const segments = Array.from({ length: 5_000 }, (_, at) => "a/".repeat(at) + "a");
    const { root } = parseListing(listed(...segments.map(dir)), "", 1e9);
    let depth = 0;
    /** @type {import("../../../index.js").FsTreeNode | undefined} */
    let node = root;
    for (; node?.children?.[0]; [node] = node.children) depth++;
    expect(depth).toBe(5_000);
  });
});

describe("random listings are read as plain JavaScript reads them", () => {
  const name = fc.string({
    unit: fc.constantFrom(..."aAbZ09 _-.~\t", "é", "😀"),
    minLength: 1,
    maxLength: 12,
  });
  const record = fc
    .tuple(
      fc.constantFrom("d", "f", "l", "x"),
      fc.constantFrom("0", "12", "x", "-"),
      fc.constantFrom("1.5", "0", "", "17e8x"),
      fc.constantFrom("644", "9", "07"),
      fc.array(name, { minLength: 1, maxLength: 3 }),
    )
    .map((fields) => [...fields.slice(0, 4), `./${fields[4].join("/")}`].join("\t"));

  it.each([true, false])("where the core orders plainly: %s", (plainly) => {
    const property = fc.property(
      fc.array(record),
      fc.integer({ min: 0, max: 12 }),
      (records, most) => {
        const text = listed(...records);
        const tree = treeOf(ask("listing", text, "", most, plainly && ordersPlainly), text, "");
        expect(tree).toStrictEqual(plain.parseListing(text, "", most));
      },
    );
    fc.assert(property, { numRuns: 1_000 });
  });

  it("in the order of the host for every printable character", () => {
    expect(ordersPlainly).toBe(true);
    const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));
    const one = fc.string({
      unit: fc.constantFrom(...printable.filter((c) => c !== "/")),
      minLength: 1,
      maxLength: 20,
    });
    const property = fc.property(fc.uniqueArray(one, { minLength: 2 }), (names) => {
      const text = listed(...names.map((name) => file(`./${name}`)));
      const ordered = parseListing(text, "", 1e9).root.children?.map(({ name }) => name);
      expect(ordered).toStrictEqual([...names].sort((a, b) => a.localeCompare(b)));
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
