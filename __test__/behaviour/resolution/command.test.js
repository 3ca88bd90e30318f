// Commands over a backend that has only the other one of `exec` and `execCommand`.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RoutingSandboxSession } from "../../../index.js";

/** @param {import("../../../index.js").RoutableBackendSession} backend */
function over(backend) {
  return new RoutingSandboxSession({
    readPointer: async () => ({ activeSandboxId: null, activeEpoch: 1 }),
    resolveActiveBackend: async () => ({ session: backend, sandboxId: null, kind: "cloud" }),
  });
}

/** @param {any} text What `execCommand` resolves to. */
function exec(text) {
  return over({ execCommand: async () => text }).exec({ cmd: "x" });
}

/** Lines of banners, and what they tell. */
const told = fc.oneof(
  fc.nat().map((code) => ({ line: `Process exited with code ${code}`, is: { exitCode: code } })),
  fc.nat().map((id) => ({ line: `Process running with session ID ${id}`, is: { sessionId: id } })),
  fc.constant({ line: "Original token count: 12", is: {} }),
);
const printed = fc
  .array(
    fc.oneof(
      told.map(({ line }) => line),
      fc.constantFrom("Output:", "Chunk ID: 1a2b3c", "Wall time: 9 seconds", "", "é", "\ud83d"),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((lines) => lines.join("\n"));

describe("exec over execCommand", () => {
  it.each([
    [
      "Chunk ID: 1a2b3c\nWall time: 0.2500 seconds\nProcess exited with code 3\nOutput:\nhi\n",
      { output: "hi\n", wallTimeSeconds: 0.25, exitCode: 3 },
    ],
    [
      "Wall time: 10.0 seconds\nProcess running with session ID 7\nOriginal token count: 9\nOutput:\n",
      { output: "", wallTimeSeconds: 10, sessionId: 7 },
    ],
    ["Wall time: 1 seconds\nOutput:\nhi", { output: "hi", wallTimeSeconds: 1 }],
    ["Output:\nhi", { output: "hi", wallTimeSeconds: 0 }],
    // What a command has printed itself is no banner.
    [
      "Process exited with code 0\nOutput:\nProcess running with session ID 7\nOutput:\n",
      { output: "Process running with session ID 7\nOutput:\n", wallTimeSeconds: 0, exitCode: 0 },
    ],
    [
      "Process exited with code 3\n",
      { output: "Process exited with code 3\n", wallTimeSeconds: 0 },
    ],
    [
      "building\nProcess exited with code 3\nOutput:\nhi",
      { output: "building\nProcess exited with code 3\nOutput:\nhi", wallTimeSeconds: 0 },
    ],
    ["", { output: "", wallTimeSeconds: 0 }],
    [new TextEncoder().encode("Output:\nhi"), { output: "hi", wallTimeSeconds: 0 }],
  ])("makes a result of %j", async (text, { output, ...told }) => {
    expect(await exec(text)).toStrictEqual({ output, stdout: output, stderr: "", ...told });
  });

  it("takes the header for a header, and the output for output, whatever either holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.nat(), told, printed, async (id, ms, { line, is }, output) => {
        const seconds = (ms / 1000).toFixed(4);
        const header = `Chunk ID: ${id}\nWall time: ${seconds} seconds\n${line}\nOutput:\n`;
        const result = { output, stdout: output, stderr: "", wallTimeSeconds: Number(seconds) };
        expect(await exec(header + output)).toStrictEqual({ ...result, ...is });
        const prompt = `$ ${header}${output}`;
        expect(await exec(prompt)).toMatchObject({ output: prompt, wallTimeSeconds: 0 });
      }),
    );
  });

  it("reads a long text by its beginning", async () => {
    const output = "é".repeat(1 << 20);
    const banner = "Wall time: 1 seconds\nProcess exited with code 0\nOutput:\n";
    expect(await exec(banner + output)).toMatchObject({ output, exitCode: 0 });
    expect(await exec(output)).toMatchObject({ output });
  });

  it.each([[{ some: "result" }], [undefined], [7]])(
    "leaves %j, which is no text",
    async (value) => {
      expect(await exec(value)).toBe(value);
    },
  );

  it("leaves a process on its backend, by the banner", async () => {
    let active = "home";
    const backendOf = (/** @type {string} */ name) => ({
      execCommand: async () => "Process running with session ID 7\nOutput:\n",
      writeStdin: async () => `Process running with session ID 7\nOutput:\n${name}`,
    });
    const backends = { home: backendOf("home"), away: backendOf("away") };
    const session = new RoutingSandboxSession({
      readPointer: async () => ({ activeSandboxId: active, activeEpoch: 1 }),
      resolveActiveBackend: async ({ activeSandboxId: id }) => ({
        session: id === "home" ? backends.home : backends.away,
        sandboxId: id,
        kind: "cloud",
      }),
    });
    expect(await session.exec({ cmd: "cat" })).toMatchObject({ sessionId: 7 });
    active = "away";
    expect(await session.writeStdin({ sessionId: 7, chars: "x" })).toMatch(/home$/);
  });

  it("throws what execCommand throws", async () => {
    const error = new Error("gone");
    const session = over({
      execCommand() {
        throw error;
      },
    });
    await expect(session.exec({})).rejects.toBe(error);
  });
});

describe("execCommand over exec", () => {
  it.each([
    [{ stdout: "s", output: "o" }, "s"],
    [{ stdout: "", output: "o" }, "o"],
    [{ stdout: null, output: "o" }, "o"],
    [{ output: "o" }, "o"],
    [{ stdout: "", output: "" }, ""],
    [{ stderr: "e" }, ""],
    [{ stdout: new TextEncoder().encode("é") }, "é"],
    [{}, ""],
    ["text", "text"],
    ["", ""],
  ])("makes of %j the text %j", async (result, expected) => {
    expect(await over({ exec: async () => result }).execCommand({})).toBe(expected);
  });

  it.each([[null], [undefined]])("is a TypeError where it resolves to %s", async (nothing) => {
    const session = over({ exec: async () => nothing });
    await expect(session.execCommand({})).rejects.toBeInstanceOf(TypeError);
  });
});
