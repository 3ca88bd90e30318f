// The SDK's Runner on a routing session over two real local sandboxes: a turn of an agent, during which the
// pointer moves. What is asked for lands on the box that is active then, and stays there.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { run, setTracingDisabled } from "@openai/agents";
import { SandboxAgent, filesystem, shell } from "@openai/agents/sandbox";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { RoutingSandboxSession } from "../../index.js";
import { call, patch, scripted } from "../support/model.js";
import { missing } from "../support/tools.js";

/**
 * @typedef {import("@openai/agents/sandbox/local").UnixLocalSandboxSession} Session
 * @typedef {import("../../index.js").RoutableBackendSession} Backend
 */

/** What a banner says of a command that goes on. */
const SESSION_ID = /^Process running with session ID (\d+)$/m;

describe.skipIf(missing("bash", "python3"))("the SDK's Runner on a routing session", () => {
  /** @type {string} */
  let folder;
  /** @type {{ home: Session, away: Session }} */
  let boxes;
  let pointer = { activeSandboxId: "home", activeEpoch: 1 };

  beforeAll(() => setTracingDisabled(true));
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "og-runner-"));
    const client = new UnixLocalSandboxClient({ workspaceBaseDir: folder });
    boxes = { home: await client.create(), away: await client.create() };
    pointer = { activeSandboxId: "home", activeEpoch: 1 };
  });
  afterEach(async () => {
    await Promise.all([boxes.home.close(), boxes.away.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => setTracingDisabled(false));

  /**
   * @param {Record<string, Backend>} [backends] By their sandbox.
   * @param {Partial<import("../../index.js").RoutingSandboxSessionDeps>} [deps]
   */
  function routed(backends = /** @type {any} */ (boxes), deps = {}) {
    return new RoutingSandboxSession({
      readPointer: async () => ({ ...pointer }),
      resolveActiveBackend: async ({ activeSandboxId }) => ({
        session: /** @type {Backend} */ (backends[`${activeSandboxId}`]),
        sandboxId: activeSandboxId,
        kind: `${activeSandboxId}`,
      }),
      ...deps,
    });
  }

  /** @param {"home" | "away" | "bare"} id */
  function moveTo(id) {
    pointer = { activeSandboxId: id, activeEpoch: pointer.activeEpoch + 1 };
  }

  /**
   * A turn of an agent that takes these steps; the tools that it was offered.
   *
   * @param {RoutingSandboxSession} session
   * @param {Parameters<typeof scripted>[0]} steps
   */
  async function turn(session, steps) {
    const { model, tools } = scripted(steps);
    const capabilities = [shell(), filesystem()];
    const agent = new SandboxAgent({ name: "traveller", model, capabilities });
    const sandbox = { session: /** @type {any} */ (session) };
    expect((await run(agent, "Begin.", { sandbox, maxTurns: 50 })).finalOutput).toBe("done");
    return tools;
  }

  /**
   * The texts of a box's files, by their names.
   *
   * @param {Session} box
   */
  function filesOf(box) {
    const root = box.state.workspaceRootPath;
    const names = readdirSync(root).sort();
    return Object.fromEntries(
      names.map((name) => [name, readFileSync(path.join(root, name), "utf8")]),
    );
  }

  it("runs commands, edits files and writes to processes, each where it belongs", async () => {
    const session = routed();
    await session.prime();
    const tools = await turn(
      session,
      (function* () {
        yield patch({ type: "create_file", path: "plan", diff: "+one\n+two" });
        yield patch({ type: "create_file", path: "draft", diff: "+draft" });
        const started = yield listen();
        const id = Number(SESSION_ID.exec(started)?.[1]);
        moveTo("away");
        // The process is where it was started. Everything else is on the active box.
        expect(yield write(id, "first")).toMatch(/^heard first$/m);
        yield patch({ type: "create_file", path: "plan", diff: "+three" });
        expect(yield command("echo away > where; cat plan")).toMatch(/^three$/m);
        yield patch({ type: "update_file", path: "plan", diff: "-three\n+four" });
        expect(yield write(id, "second")).toMatch(/^heard second$/m);
        moveTo("home");
        yield patch({ type: "update_file", path: "plan", diff: " one\n-two\n+five" });
        yield patch({ type: "delete_file", path: "draft" });
        expect(yield write(id, "third")).toMatch(/^heard third$/m);
        expect(yield command("echo home > where; cat plan")).toMatch(/^one\nfive$/m);
      })(),
    );
    expect([...tools].sort()).toEqual(["apply_patch", "exec_command", "view_image", "write_stdin"]);
    expect(filesOf(boxes.home)).toEqual({
      heard: "first\nsecond\nthird\n",
      plan: "one\nfive",
      where: "home\n",
    });
    expect(filesOf(boxes.away)).toEqual({ plan: "four", where: "away\n" });
  });

  it("writes to the newer of two processes with one number, and to the active box after its end", async () => {
    const session = routed();
    await session.prime();
    await turn(
      session,
      (function* () {
        const [, id] = SESSION_ID.exec(yield listen()) ?? [];
        moveTo("away");
        const started = yield listen();
        expect(SESSION_ID.exec(started)?.[1]).toBe(id);
        moveTo("home");
        yield write(Number(id), "newer");
        expect(yield write(Number(id), "end")).toMatch(/^Process exited with code 0$/m);
        yield write(Number(id), "older");
      })(),
    );
    expect(filesOf(boxes.away)).toEqual({ heard: "newer\n" });
    expect(filesOf(boxes.home)).toEqual({ heard: "older\n" });
  });

  it("leaves a command where it is when the pointer moves meanwhile", async () => {
    const moved = async (/** @type {any} */ args) => {
      const ran = boxes.home.execCommand(args);
      moveTo("away");
      return ran;
    };
    const home = new Proxy(boxes.home, {
      get: (box, name) => (name === "execCommand" ? moved : Reflect.get(box, name, box)),
    });
    await turn(
      routed(
        { home: /** @type {any} */ (home), away: /** @type {any} */ (boxes.away) },
        {
          defaultResolved: {
            session: /** @type {any} */ (boxes.home),
            sandboxId: "home",
            kind: "home",
          },
        },
      ),
      (function* () {
        yield command("sleep 0.2; echo late > late");
        yield patch({ type: "create_file", path: "after", diff: "+x" });
      })(),
    );
    expect(filesOf(boxes.home)).toEqual({ late: "late\n" });
    expect(filesOf(boxes.away)).toEqual({ after: "x" });
  });

  it("tells the model of a box that has no editor, and edits the next one again", async () => {
    const { home } = boxes;
    const bare = { state: home.state, execCommand: home.execCommand.bind(home) };
    const session = routed({ ...boxes, bare }, {});
    await session.prime();
    await turn(
      session,
      (function* () {
        moveTo("bare");
        const refusal = yield patch({ type: "create_file", path: "plan", diff: "+one" });
        expect(refusal).toContain('the active sandbox (bare) does not support "createFile"');
        moveTo("away");
        yield patch({ type: "create_file", path: "plan", diff: "+two" });
      })(),
    );
    expect([filesOf(boxes.home), filesOf(boxes.away)]).toEqual([{}, { plan: "two" }]);
  });

  it("begins by the default backend, without prime()", async () => {
    const home = /** @type {any} */ (boxes.home);
    const session = routed(undefined, {
      defaultResolved: { session: home, sandboxId: "home", kind: "home" },
    });
    const tools = await turn(
      session,
      (function* () {
        yield patch({ type: "create_file", path: "plan", diff: "+one" });
      })(),
    );
    expect(tools).toContain("write_stdin");
    expect(filesOf(boxes.home)).toEqual({ plan: "one" });
  });

  it("names the remedy where it has neither", async () => {
    await expect(turn(routed(), (function* () {})())).rejects.toThrow(
      "pass defaultResolved, or await prime() first",
    );
    expect([filesOf(boxes.home), filesOf(boxes.away)]).toEqual([{}, {}]);
  });
});

/** Starts a process that takes down each line of its input, up to `end`. */
function listen() {
  const loop =
    'while read -r line && [ "$line" != end ]; do echo "$line" >> heard; echo "heard $line"; done';
  return call("exec_command", { cmd: loop, yield_time_ms: 300 });
}

/**
 * @param {number} id
 * @param {string} line
 */
function write(id, line) {
  return call("write_stdin", { session_id: id, chars: `${line}\n`, yield_time_ms: 500 });
}

/** @param {string} cmd */
function command(cmd) {
  return call("exec_command", { cmd, yield_time_ms: 30_000 });
}
