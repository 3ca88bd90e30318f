import { describe, expect, it } from "vitest";
import {
  DEFAULT_DESKTOP_GEOMETRY,
  DESKTOP_STREAM_PORT,
  DISPLAY_STACK_TIMEOUT_MS,
  DisplayStackError,
  DisplayStackUnsupportedError,
  STREAM_PORT,
  TERMINAL_SERVER_TIMEOUT_MS,
  TERMINAL_STREAM_PORT,
  TerminalServerError,
  TerminalServerUnsupportedError,
  buildDisplayStackScript,
  buildTerminalServerScript,
  ensureDisplayStack,
  ensureTerminalServer,
  tearDownDisplayStack,
  tearDownTerminalServer,
} from "../../../index.js";
import { rowsOf } from "../../support/table.js";

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);

const DESKTOP = {
  name: "desktop",
  build: buildDisplayStackScript,
  ensure: ensureDisplayStack,
  tearDown: tearDownDisplayStack,
  down: "opengeni-desktop-down",
  Failed: DisplayStackError,
  Unsupported: DisplayStackUnsupportedError,
  unsupported:
    "provider session cannot run commands (no exec/execCommand) — desktop tier unavailable",
  words: (/** @type {number} */ code, /** @type {string} */ stage) =>
    `desktop display stack failed at stage "${stage}" (exit ${code})`,
};
/** @type {typeof DESKTOP} */
const TERMINAL = {
  name: "terminal",
  build: buildTerminalServerScript,
  ensure: any(ensureTerminalServer),
  tearDown: any(tearDownTerminalServer),
  down: "opengeni-terminal-down",
  Failed: any(TerminalServerError),
  Unsupported: any(TerminalServerUnsupportedError),
  unsupported:
    "provider session cannot run commands (no exec/execCommand) — terminal pty-ws unavailable",
  words: (code, stage) => `terminal server failed at stage "${stage}" (exit ${code})`,
};

/**
 * A session that answers to every command with the same, and keeps what it was asked.
 *
 * @param {"exec" | "execCommand"} method
 * @param {unknown} reply
 */
function answering(method, reply) {
  const session = {
    /** @type {unknown[][]} */
    calls: [],
    /** @param {unknown[]} args */
    async [method](...args) {
      expect(this).toBe(session);
      session.calls.push(args);
      return reply;
    },
  };
  return session;
}

describe("the constants", () => {
  it("are those of the box", () => {
    expect([STREAM_PORT, DESKTOP_STREAM_PORT, TERMINAL_STREAM_PORT]).toEqual([6080, 6080, 7681]);
    expect([DISPLAY_STACK_TIMEOUT_MS, TERMINAL_SERVER_TIMEOUT_MS]).toEqual([60_000, 60_000]);
    expect(DEFAULT_DESKTOP_GEOMETRY).toEqual({ width: 1280, height: 800, dpi: 96 });
    expect(Object.isFrozen(DEFAULT_DESKTOP_GEOMETRY)).toBe(true);
  });
});

describe.each([DESKTOP, TERMINAL])("the launch of a $name", (server) => {
  const { build, ensure, tearDown, down, Failed, Unsupported } = server;

  it.each(rowsOf("launch-scripts", server.name))("is one command: %j", async (row) => {
    const { options, script } = row;
    expect(build(options)).toBe(script);
    if (Object.keys(options).length === 0) expect(build()).toBe(script);
    const session = answering("exec", { exitCode: 0 });
    await ensure(session, { ...options, timeoutMs: 1_234.5 });
    expect(session.calls).toEqual([
      [{ cmd: script, yieldTimeMs: 1_234.5, maxOutputTokens: 20_000 }],
    ]);
    const other = answering("execCommand", "OPENGENI_DESKTOP_UP OPENGENI_TERMINAL_UP");
    await ensure(other, options);
    expect(other.calls).toEqual([[{ cmd: script, yieldTimeMs: 60_000, maxOutputTokens: 20_000 }]]);
  });

  it.each(rowsOf("launches", server.name))("comes to what the answer says: %j", async (row) => {
    const { reply, marker, exitCode, stage, output } = row;
    for (const method of /** @type {const} */ (["exec", "execCommand"])) {
      const launching = ensure(answering(method, reply));
      if (stage === undefined) {
        expect(await launching).toMatchObject({ marker });
        continue;
      }
      const error = await launching.catch((error) => error);
      expect(error).toBeInstanceOf(Failed);
      expect(error).toMatchObject({ name: Failed.name, exitCode, stage });
      const message = server.words(exitCode, stage);
      expect(error.message).toBe(output === "" ? message : `${message}:\n${output}`);
      expect(error.stack).toContain("ensure");
      const made = new Failed(exitCode, output);
      expect(made).toMatchObject({ exitCode, stage, message: error.message });
    }
  });

  it("tells exit codes that JSON has not", async () => {
    for (const exitCode of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      const error = await ensure(answering("exec", { exitCode })).catch((error) => error);
      expect(error).toBeInstanceOf(Failed);
      expect(error.exitCode).toBe(exitCode);
      expect(error.message).toBe(server.words(exitCode, "unknown"));
    }
  });

  it("runs by `exec` where there is one, and by `execCommand` where that is no function", async () => {
    const failing = () => {
      throw new Error("both");
    };
    const { exec } = answering("exec", { exitCode: 0 });
    await expect(ensure({ exec: any(exec), execCommand: failing })).rejects.toThrow();
    const both = Object.assign(answering("exec", { exitCode: 0 }), { execCommand: failing });
    await ensure(both);
    expect(both.calls).toHaveLength(1);
    const named = Object.assign(answering("execCommand", { exitCode: 0 }), { exec: "exec" });
    await ensure(named);
    expect(named.calls).toHaveLength(1);
  });

  it.each([[undefined], [null], [{}], [{ exec: 1, execCommand: "x" }], [5]])(
    "needs a session that runs commands: %j",
    async (session) => {
      const error = await ensure(session).catch((error) => error);
      expect(error).toBeInstanceOf(Unsupported);
      expect(error).toMatchObject({ name: Unsupported.name, message: server.unsupported });
      await expect(tearDown(session)).resolves.toBeUndefined();
    },
  );

  it("hands on what the session throws", async () => {
    for (const thrown of [new Error("mine"), "text", undefined]) {
      const session = { exec: () => Promise.reject(thrown) };
      expect(await ensure(session).catch((error) => [error])).toEqual([thrown]);
      expect(await tearDown(session).catch((error) => [error])).toEqual([thrown]);
    }
  });

  it("is undone by one command, whatever that says", async () => {
    for (const reply of [{ exitCode: 1, output: "no" }, { exitCode: 0 }, {}]) {
      const session = answering("exec", reply);
      expect(await tearDown(session)).toBeUndefined();
      expect(session.calls).toEqual([[{ cmd: down, yieldTimeMs: 10_000, maxOutputTokens: 4_000 }]]);
    }
    const session = answering("execCommand", "no");
    expect(await tearDown(session)).toBeUndefined();
    expect(session.calls).toHaveLength(1);
  });

  it.each([["1; rm -rf /"], [Number.NaN], [Number.POSITIVE_INFINITY], [{}], [true], [7n]])(
    "runs nothing with a port that is no finite number: %o",
    async (port) => {
      const session = answering("exec", { exitCode: 0 });
      const refused = /^port must be a finite number, got /;
      await expect(ensure(session, any({ port }))).rejects.toThrow(refused);
      expect(() => build(any({ port }))).toThrow(TypeError);
      expect(() => build(any({ port }))).toThrow(refused);
      expect(session.calls).toEqual([]);
    },
  );

  it("runs nothing with a time that is none", async () => {
    const session = answering("exec", { exitCode: 0 });
    await expect(ensure(session, any({ timeoutMs: "1" }))).rejects.toThrow(
      new TypeError('timeoutMs must be a number of milliseconds, got "1"'),
    );
    await expect(ensure(session, { timeoutMs: Number.NaN })).rejects.toThrow(RangeError);
    expect(session.calls).toEqual([]);
  });
});

describe("what is up", () => {
  const marker = "OPENGENI_DESKTOP_UP port=1 geometry=1x1 dpi=1 (precheck)";

  it("is a desktop as it was asked for, not as the box has it", async () => {
    const session = answering("exec", { exitCode: 0, stdout: marker });
    const geometry = { width: 1920, height: 1080, dpi: 120 };
    const up = await ensureDisplayStack(session, { geometry, port: 7090 });
    expect(up).toEqual({ port: 7090, geometry, marker });
    expect(up.geometry).toBe(geometry);
    expect(await ensureDisplayStack(session, any({ geometry: null, port: null }))).toEqual({
      port: 6080,
      geometry: DEFAULT_DESKTOP_GEOMETRY,
      marker,
    });
  });

  it("is a terminal", async () => {
    const session = answering("exec", { exitCode: 0, output: "OPENGENI_TERMINAL_UP port=1" });
    expect(await ensureTerminalServer(session)).toEqual({
      port: 7681,
      marker: "OPENGENI_TERMINAL_UP port=1",
    });
    expect((await ensureTerminalServer(session, { port: 80 })).port).toBe(80);
  });

  it.each([
    [{ width: "1; reboot", height: 1, dpi: 1 }, "geometry.width"],
    [{ width: 1, height: Number.NaN, dpi: 1 }, "geometry.height"],
    [{ width: 1, height: 1 }, "geometry.dpi"],
    ["1920x1080", "geometry.width"],
  ])("has a geometry of finite numbers: %o", async (geometry, field) => {
    const session = answering("exec", { exitCode: 0 });
    const refused = new RegExp(`^${field} must be a finite number, got `);
    const launching = ensureDisplayStack(session, any({ geometry }));
    await expect(launching).rejects.toThrow(refused);
    await expect(launching).rejects.toBeInstanceOf(TypeError);
    expect(() => buildDisplayStackScript(any({ geometry }))).toThrow(refused);
    expect(session.calls).toEqual([]);
  });
});

describe("the errors", () => {
  it("are made by callers as by the package", () => {
    const failed = new DisplayStackError(13);
    expect(failed).toBeInstanceOf(Error);
    expect(failed.stage).toBe("websockify");
    expect(failed.message).toBe('desktop display stack failed at stage "websockify" (exit 13)');
    expect(new TerminalServerError(14, "").stage).toBe("ttyd");
    for (const Class of [DisplayStackUnsupportedError, TerminalServerUnsupportedError]) {
      const error = new Class("m");
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ name: Class.name, message: "m" });
    }
  });
});
