import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyProviderSandboxFailure, isProviderSandboxNotFoundError } from "../../index.js";
import { rowsOf } from "../support/table.js";

const rows = rowsOf("provider-failures");

/**
 * An error as a row has it, with its causes.
 *
 * @param {any} fields
 * @returns {any}
 */
function thrown({ plain, cause, ...fields }) {
  const causes = cause && { cause: thrown(cause) };
  return Object.assign(plain ? {} : new Error(fields.message), fields, causes);
}

const coded = (/** @type {object} */ fields) => Object.assign(new Error("m"), fields);

describe("a failure of a provider's client", () => {
  it("has rows of every backend and kind", () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
    const backends = new Set(rows.map(({ backend }) => backend));
    expect([...backends].sort()).toEqual(
      ["modal", "e2b", "daytona", "runloop", "blaxel", "cloudflare", "vercel", "docker"]
        .concat("local", "unix_local")
        .sort(),
    );
  });

  it.each(rows)("$failure: $backend, $source", ({ backend, failure, error }) => {
    expect(classifyProviderSandboxFailure(backend, thrown(error))).toBe(failure);
    expect(isProviderSandboxNotFoundError(backend, thrown(error))).toBe(failure === "gone");
    expect(classifyProviderSandboxFailure("selfhosted", thrown(error))).not.toBe("gone");
  });
});

describe("what is thrown", () => {
  /** @type {[string, unknown][]} */
  const cases = [
    ["gone", { status: 404 }],
    ["gone", { statusCode: 404 }],
    ["gone", { status: null, statusCode: 404 }],
    ["gone", { status: "404" }],
    ["gone", { status: 410 }],
    ["gone", { response: { status: 404 } }],
    ["gone", { response: { statusCode: "410" } }],
    ["gone", { status: 404, message: "already running" }],
    ["gone", new Error("m", { cause: { status: 404 } })],
    ["gone", { cause: new Error("not found") }],
    ["gone", "not found"],
    ["gone", Buffer.from("not found")],
    ["gone", { name: "NotFoundError" }],
    ["gone", new Error("NotFoundError")],
    ["gone", { code: "SANDBOX_NOT_FOUND" }],
    ["gone", new Error(" SANDBOX_NOT_FOUND ")],
    ["gone", new Error("Sandbox sb-123 not found")],
    ["gone", new Error("sandbox sb-1: not found")],
    ["gone", new Error("Box NO LONGER running")],
    ["gone", new Error("the sandbox was terminated")],
    ["not-gone", { name: "SandboxNotFoundException", message: "already exists" }],
    ["not-gone", new Error("is still running")],
    ["not-gone", { status: 404, message: "command not found" }],
    ["not-gone", { status: 404, message: "the file '/a/b' is not there" }],
    ["not-gone", { status: 404, exitCode: 1 }],
    ["not-gone", { status: 403, message: "Sandbox sb-1 not found" }],
    ["not-gone", new Error("Sandbox template not found")],
    ["transient", { status: 500, statusCode: 404 }],
    ["transient", { status: 503 }],
    ["transient", { status: 404, cause: coded({ code: "ECONNRESET" }) }],
    ["transient", coded({ code: "ENOTFOUND" })],
    ["transient", new Error("Sandbox not found", { cause: coded({ code: "EAI_AGAIN" }) })],
    ["unknown", { code: 404 }],
    ["unknown", { status: 404.5 }],
    [
      "unknown",
      { name: "SandboxNotFoundError", message: "Sandbox is probably not running anymore" },
    ],
    ["unknown", new Error("it does not exist")],
    ["unknown", new Error("sandbox foo not found and more")],
    ["unknown", new Error("terminated")],
    ["unknown", { message: "gone" }],
    ["unknown", { message: ["not found"] }],
    ["unknown", 42],
    ["unknown", true],
    ["unknown", null],
    ["unknown", undefined],
    ["unknown", ""],
    ["unknown", Symbol("not found")],
  ];
  it.each(cases)("is %s: %o", (failure, error) => {
    expect(classifyProviderSandboxFailure("modal", error)).toBe(failure);
  });

  it("may be of any form", () => {
    const throws = {
      get message() {
        throw new Error("sandbox not found");
      },
      get status() {
        throw new Error("404");
      },
      response: new Proxy({}, { get: () => expect.fail("a trap") }),
    };
    expect(classifyProviderSandboxFailure("modal", throws)).toBe("unknown");
    const hidden = {
      status: 404,
      get cause() {
        throw new Error("no");
      },
    };
    expect(classifyProviderSandboxFailure("modal", hidden)).toBe("unknown");
    const { proxy, revoke } = Proxy.revocable(new Error("m"), {});
    revoke();
    expect(classifyProviderSandboxFailure("modal", proxy)).toBe("unknown");
    expect(classifyProviderSandboxFailure("modal", { status: 404, cause: proxy })).toBe("unknown");
    const illFormed = { message: "\ud800", name: "SandboxNotFoundError", status: 404 };
    expect(classifyProviderSandboxFailure("modal", illFormed)).toBe("gone");
    expect(classifyProviderSandboxFailure(/** @type {any} */ (Symbol("s")), "not found")).toBe(
      "gone",
    );
  });

  it("may be its own cause", () => {
    const error = new Error("Sandbox sb-1 not found");
    error.cause = Object.assign(new Error("again"), { cause: error });
    expect(classifyProviderSandboxFailure("e2b", error)).toBe("gone");
  });

  it("may have a very long chain of causes, of which what decides is near", () => {
    let deep = thrown({ message: "Sandbox sb-1 not found" });
    for (let at = 0; at < 10_000; at++) deep = new Error("wrapped", { cause: deep });
    expect(classifyProviderSandboxFailure("e2b", deep)).toBe("unknown");
    const gone = new Error("Sandbox sb-1 not found", { cause: deep });
    expect(classifyProviderSandboxFailure("e2b", gone)).toBe("unknown");
    const lost = Object.assign(new Error("m", { cause: deep }), { code: "ECONNRESET" });
    expect(classifyProviderSandboxFailure("e2b", lost)).toBe("transient");
  });

  it("is read once, and no more of a text than is needed", () => {
    let reads = 0;
    const error = {
      get message() {
        reads += 1;
        return `Sandbox sb-1 not found${" ".repeat(100_000)}`;
      },
    };
    expect(classifyProviderSandboxFailure("e2b", error)).toBe("unknown");
    expect(reads).toBe(1);
  });
});

describe("in doubt", () => {
  const words = fc.constantFrom(
    ...["not found", "sandbox", "Sandbox sb-1 not found", "no longer running", "404", "gone", "a"],
    ...[
      "was terminated",
      "No such container: a",
      "does not exist",
      ": ",
      ". ",
      "SANDBOX_NOT_FOUND",
    ],
  );
  const said = fc.array(words, { maxLength: 4 }).map((parts) => parts.join(" "));
  const wrapper = fc.record(
    {
      message: said,
      name: fc.constantFrom("SandboxNotFoundError", "NotFoundError", "Error"),
      code: fc.constantFrom("SANDBOX_NOT_FOUND", "not_found", 5, 404),
      status: fc.constantFrom(404, "410", 200),
      response: fc.constantFrom({ status: 404 }, {}),
    },
    { requiredKeys: [] },
  );
  const settled = rows.filter(({ failure }) => failure === "not-gone" || failure === "transient");

  it("a cause that is of something else stays it, whatever is put around it", () => {
    const wrappers = fc.array(wrapper, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...settled), wrappers, ({ backend, error }, around) => {
        const cause = thrown(error);
        const outer = around.reduce((inner, fields) => thrownAround(fields, inner), cause);
        expect(isProviderSandboxNotFoundError(backend, outer)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it("words do not change what structure decides", () => {
    const structures = fc.constantFrom(
      ...[{ code: "ENOTFOUND" }, { status: 503 }, { response: { status: "403" } }, { exitCode: 1 }],
      ...[{ stderr: "x" }, { name: "FileNotFoundError" }, { code: "ENOENT" }, { statusCode: 409 }],
    );
    const backends = fc.constantFrom("modal", "e2b", "docker", "blaxel", "local", "mine");
    fc.assert(
      fc.property(structures, said, backends, (fields, message, backend) => {
        const alone = classifyProviderSandboxFailure(backend, coded(fields));
        expect(classifyProviderSandboxFailure(backend, coded({ ...fields, message }))).toBe(alone);
        expect(alone).not.toBe("gone");
      }),
      { numRuns: 2_000 },
    );
  });

  /** @param {any} fields @param {unknown} cause */
  function thrownAround(fields, cause) {
    return Object.assign(new Error(fields.message ?? "", { cause }), fields);
  }
});
