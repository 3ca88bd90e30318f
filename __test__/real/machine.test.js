// A real NATS server, and an agent that really does what it is asked.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { applyDiff } from "@openai/agents";
import { connect } from "nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  NatsControlRpc,
  RoutingSandboxSession,
  SandboxChannelAService,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  SelfhostedSession,
  deleteRecordingArtifacts,
  makeActiveBackendResolver,
  readRecordingBytes,
  setSelfhostedApplyDiff,
  startRecording,
  stopRecording,
  subjectFor,
} from "../../index.js";
import { startAgent } from "../../testing/agent.mjs";
import { startDesktop } from "../../testing/desktop.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import { probe } from "../../testing/video.mjs";
import { missing } from "../support/tools.js";

const MIB = 1 << 20;
/** How long a process may take on a machine that is busy. */
const SOON = { timeout: 30_000 };
/** What is known of a command whose end nobody has heard of. */
const UNANSWERED = {
  code: 5,
  reason: "agent_reconnecting",
  retryable: false,
  mayBeRunning: true,
};

const isLacking = missing("nats-server", "git");

describe.skipIf(isLacking)("a machine behind NATS", () => {
  /** @type {import("../../testing/nats-server.mjs").NatsServer} */
  let nats;
  /** @type {import("nats").NatsConnection} */
  let connection;
  /** @type {import("../../testing/agent.mjs").Agent} */
  let agent;
  /** @type {string} */
  let root;
  let agents = 0;
  let agentId = "";

  beforeAll(async () => {
    nats = await startNatsServer({ maxPayload: 16 * MIB });
    connection = await connect({ servers: nats.url });
  });
  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });
  beforeEach(async () => {
    root = mkdtempSync(path.join(tmpdir(), "machine "));
    agentId = `agent-${agents++}`;
    agent = await startAgent({ url: nats.url, subject: subjectFor("w", agentId), root });
  });
  afterEach(async () => {
    await agent.stop();
    rmSync(root, { recursive: true });
  });

  /** @param {Partial<import("../../index.js").SelfhostedSessionDeps>} [deps] */
  function sessionWith(deps) {
    const controlRpc = new NatsControlRpc(async () => connection);
    const relay = { host: "relay.test" };
    return new SelfhostedSession({ workspaceId: "w", agentId, controlRpc, relay, ...deps });
  }

  describe("runs commands", () => {
    it("with output, errors and exit code", async () => {
      const { stdout, stderr, output, exitCode } = await sessionWith().exec({
        cmd: "printf 'a b\\n'; echo oops >&2; exit 3",
      });
      expect({ stdout, stderr, output, exitCode }).toEqual({
        stdout: "a b\n",
        stderr: "oops\n",
        output: "a b\n",
        exitCode: 3,
      });
    });

    it("in the working directory", async () => {
      mkdirSync(path.join(root, "proj/sub"), { recursive: true });
      const session = sessionWith({ workingDir: "proj" });
      expect(await session.execCommand({ cmd: "pwd" })).toBe(`${root}/proj\n`);
      const workdir = "/workspace/sub";
      expect(await session.execCommand({ cmd: "pwd", workdir })).toBe(`${root}/proj/sub\n`);
      expect(await session.execCommand({ cmd: "pwd", workdir: "/" })).toBe("/\n");
    });

    it("until their time is up, and no longer", async () => {
      const cmd = "sleep 30 & echo $! > pid; echo begun; echo odd >&2; wait";
      const session = sessionWith({ timeoutMs: 10_000 });
      const error = await session.exec({ cmd, execTimeoutMs: 1_500 }).catch((e) => e);
      expect(error).toBeInstanceOf(SelfhostedExecTimeoutError);
      expect(error).toMatchObject({ retryable: false, mayBeRunning: false, reason: null });
      expect([error.stdout, error.stderr]).toEqual(["begun\n", "odd\ntimed out"]);
      const pid = Number(readFileSync(path.join(root, "pid"), "utf8"));
      await expect.poll(() => existsSync(`/proc/${pid}/cwd`), SOON).toBe(false);
    });

    it("longer than the session waits for anything else", async () => {
      const session = sessionWith({ timeoutMs: 200, execTimeoutMs: 5_000 });
      expect(await session.execCommand({ cmd: "sleep 0.6; echo done" })).toBe("done\n");
    });

    it("without a limit, for as long as the session waits", async () => {
      const session = sessionWith({ timeoutMs: 1_500, execTimeoutMs: 200 });
      const cmd = "sleep 0.6; echo done";
      expect(await session.execCommand({ cmd, execTimeoutMs: 0 })).toBe("done\n");
      const late = session.exec({ cmd: "sleep 3; echo > late", execTimeoutMs: 0 });
      await expect(late).rejects.toMatchObject({ ...UNANSWERED, stdout: "", stderr: "" });
      await expect.poll(() => existsSync(path.join(root, "late")), SOON).toBe(true);
    });

    it("of which nobody hears in time, and says so", async () => {
      agent.lagMs = 2_500;
      const session = sessionWith({ timeoutMs: 1_500 });
      const error = await session.exec({ cmd: "echo > ran" }).catch((e) => e);
      expect(error).toBeInstanceOf(SelfhostedExecTimeoutError);
      expect(error).toMatchObject(UNANSWERED);
      expect(existsSync(path.join(root, "ran"))).toBe(true);
    });
  });

  describe("keeps files", () => {
    it("as they were written", async () => {
      const session = sessionWith({ workingDir: "proj" });
      const bytes = Uint8Array.of(0, 255, 10, 13);
      expect(await session.writeFile({ path: "/workspace/a/b.bin", content: bytes })).toBe(4);
      expect(await session.writeFile({ path: "a/b.bin", content: "é", append: true })).toBe(2);
      expect(Uint8Array.from(await session.readFile({ path: "a/b.bin" }))).toEqual(
        Uint8Array.of(...bytes, 0xc3, 0xa9),
      );
      const head = await session.readFile({ path: "a/b.bin", maxBytes: 2 });
      expect(Uint8Array.from(head)).toEqual(bytes.slice(0, 2));
      expect(readFileSync(path.join(root, "proj/a/b.bin"))).toHaveLength(6);
    });

    it("and says what is there", async () => {
      mkdirSync(path.join(root, "d/e"), { recursive: true });
      writeFileSync(path.join(root, "d/f"), "12345");
      symlinkSync("f", path.join(root, "d/link"));
      const session = sessionWith();
      const byName = (/** @type {{ name: string }} */ a, /** @type {{ name: string }} */ b) =>
        a.name < b.name ? -1 : 1;
      expect((await session.listDir({ path: "d" })).sort(byName)).toEqual([
        { name: "e", path: "e", type: "dir" },
        { name: "f", path: "f", type: "file" },
        { name: "link", path: "link", type: "other" },
      ]);
      const { fsList } = await session.listFiles({ path: "/workspace", recursive: true });
      expect(fsList.entries.map((entry) => entry.path).sort()).toEqual([
        "d",
        "d/e",
        "d/f",
        "d/link",
      ]);
      expect(fsList.entries.find((entry) => entry.name === "f")).toMatchObject({ size: "5" });
      expect(await session.pathExists("d/f")).toBe(true);
      expect(await session.statFile({ path: "d/x" })).toEqual({ exists: false });
    });

    it("and tells what is not", async () => {
      const session = sessionWith();
      const error = await session.readFile({ path: "none" }).catch((e) => e);
      expect(error).toBeInstanceOf(SelfhostedControlError);
      expect(error).toMatchObject({ code: 3, osNotFound: true, detail: { errno: "2" } });
      const write = session.writeFile({ path: "x/y", content: "", createParents: false });
      await expect(write).rejects.toMatchObject({ code: 3 });
      await expect(session.readFile({ path: "/" })).rejects.toMatchObject({ code: 2 });
    });

    it("of 10 MB, both ways", async () => {
      const session = sessionWith();
      const content = new Uint8Array(10_000_000).map((_, at) => (at * 7) ^ (at >> 9));
      expect(await session.writeFile({ path: "large", content })).toBe(content.length);
      const read = await session.readFile({ path: "large" });
      expect(Buffer.compare(read, content)).toBe(0);
    });

    it("that change while they are read", async () => {
      const session = sessionWith();
      const log = path.join(root, "log");
      let version = 0;
      const replace = () => {
        writeFileSync(`${log}.next`, new Uint8Array(1_200_000).fill(++version));
        renameSync(`${log}.next`, log);
      };
      replace();
      const timer = setInterval(replace, 3);
      try {
        for (let reads = 0; reads < 6; reads++) {
          const read = await session.readFile({ path: "log" }).catch((e) => e);
          if (read instanceof Error) expect(read.message).toMatch(/changes while it is read: log$/);
          else expect(new Set(read).size).toBe(1);
        }
        expect(version).toBeGreaterThan(5);
      } finally {
        clearInterval(timer);
      }
    });

    it("that grow while they are read", async () => {
      const session = sessionWith();
      const log = path.join(root, "log");
      writeFileSync(log, "0123456789".repeat(100_000));
      const timer = setInterval(() => appendFileSync(log, "0123456789"), 3);
      try {
        for (let reads = 0; reads < 20; reads++) {
          const read = await session.readFile({ path: "log" });
          expect(read.length).toBeGreaterThanOrEqual(1_000_000);
          const expected = Buffer.alloc(read.length, "0123456789");
          expect(Buffer.compare(read, expected)).toBe(0);
        }
      } finally {
        clearInterval(timer);
      }
    });

    it("of the system, which have no size", async () => {
      const read = await sessionWith().readFile({ path: "/proc/self/cmdline" });
      expect(read).toHaveLength(0);
    });

    it("but not larger than the server passes on, and says so at once", async () => {
      const session = sessionWith({ timeoutMs: 20_000 });
      const content = new Uint8Array(17 * MIB);
      const written = await session.writeFile({ path: "huge", content }).catch((e) => e);
      expect(written).toBeInstanceOf(SelfhostedControlError);
      expect(written.message).toMatch(/exceeds the server's max_payload of 16777216 bytes/);
      // The connection has taken no harm.
      expect(await session.ping()).toBe(true);
    });
  });

  it("is worked on by a service, directly and through a route", async () => {
    const session = sessionWith();
    const routing = new RoutingSandboxSession({
      resolveActiveBackend: async () => ({ session, sandboxId: "m", kind: "selfhosted" }),
      readPointer: async () => ({ activeSandboxId: "m", activeEpoch: 0 }),
    });
    await expect(session.exec({ cmd: "git init -q r" })).resolves.toMatchObject({ exitCode: 0 });
    const content = "x".repeat(250_000);
    for (const box of [session, routing]) {
      const service = new SandboxChannelAService({ session: /** @type {any} */ (box) });
      expect(service.capabilities()).toMatchObject({
        FileSystem: { available: true, readOnly: false },
        Terminal: { exec: true, pty: { available: false } },
      });
      await service.fsWrite({ path: "r/long", content });
      expect((await service.fsRead({ path: "r/long" })).content).toBe(content);
      const { root: tree } = await service.fsList({ path: "r", includeHidden: false });
      expect(tree.children).toMatchObject([{ path: "r/long", sizeBytes: content.length }]);
      expect(await service.gitStatus({ path: "r" })).toMatchObject({
        files: [{ path: "long", worktree: "untracked" }],
      });
      const { files } = await service.gitDiff({ path: "r" });
      expect(files).toEqual([]);
      await service.fsDelete({ path: "r/long" });
      await expect(service.fsRead({ path: "r/long" })).rejects.toThrow("file not found: r/long");
      const ran = await service.terminalExec({ command: "echo hi; exit 2" });
      expect(ran).toMatchObject({ stdout: "hi\n", exitCode: 2, running: false });
    }
  });

  describe("has its files edited", () => {
    beforeAll(() => setSelfhostedApplyDiff(applyDiff));
    const file = (/** @type {string} */ name) => readFileSync(path.join(root, name), "utf8");

    it("created, changed, renamed, deleted", async () => {
      const editor = sessionWith().createEditor();
      await editor.createFile({ path: "/workspace/a/it's", diff: "+one\n+two" });
      expect(file("a/it's")).toBe("one\ntwo");
      await editor.updateFile({ path: "a/it's", diff: " one\n-two\n+three" });
      expect(file("a/it's")).toBe("one\nthree");
      await editor.updateFile({ path: "a/it's", diff: " one\n-three", moveTo: "b" });
      expect(existsSync(path.join(root, "a/it's"))).toBe(false);
      expect(file("b")).toBe("one");
      await editor.deleteFile({ path: "b" });
      expect(existsSync(path.join(root, "b"))).toBe(false);
    });

    it.each([
      ["a", "./a"],
      ["a", "link"],
      ["link", "a"],
      ["dir/a", "a"],
    ])("and none is lost that is renamed from %s to another name of it, %s", async (from, to) => {
      writeFileSync(path.join(root, "a"), "old");
      symlinkSync("a", path.join(root, "link"));
      symlinkSync(".", path.join(root, "dir"));
      await sessionWith().createEditor().updateFile({ path: from, diff: "-old\n+new", moveTo: to });
      expect([file(from), file(to)]).toEqual(["new", "new"]);
    });

    it("and the working directory and what holds it stay, whatever they are called", async () => {
      mkdirSync(path.join(root, "proj"));
      symlinkSync("..", path.join(root, "proj/up"));
      for (const [workingDir, file] of [
        ["proj", "up/proj"],
        ["proj", path.join(root, "proj")],
        ["proj", root],
        ["proj", "../proj"],
        ["", `../${path.basename(root)}`],
      ]) {
        const editor = sessionWith({ workingDir }).createEditor();
        await expect(editor.deleteFile({ path: `${file}` })).rejects.toThrow(
          `selfhosted deleteFile: refusing to delete ${file}: it holds the working directory`,
        );
      }
      expect(existsSync(path.join(root, "proj"))).toBe(true);
      writeFileSync(path.join(root, "elsewhere"), "");
      const editor = sessionWith({ workingDir: "proj" }).createEditor();
      await editor.deleteFile({ path: path.join(root, "elsewhere") });
      expect(existsSync(path.join(root, "elsewhere"))).toBe(false);
    });

    it("and is told where one could not be deleted", async () => {
      const editor = sessionWith().createEditor();
      await expect(editor.deleteFile({ path: "/proc/1/status" })).rejects.toThrow(
        /^selfhosted deleteFile: could not delete \/proc\/1\/status: rm exited with 1: rm: ./,
      );
    });
  });

  it("has a desktop, and an owner", async () => {
    const session = sessionWith();
    const { png, width, height } = await session.screenshot();
    expect({ width, height }).toEqual({ width: 1, height: 1 });
    writeFileSync(path.join(root, "shot"), png);
    const { image } = await session.viewImage({ path: "shot" });
    expect(image).toEqual({ data: Uint8Array.from(png), mediaType: "image/png" });
    const click = /** @type {const} */ ({
      $case: "pointer",
      pointer: { x: 10, y: -1, action: 4, button: 1 },
    });
    await session.desktopInput(click);
    agent.consented = false;
    await expect(session.desktopInput(click)).rejects.toMatchObject({
      reason: "consent_required",
      retryable: false,
    });
    const desktop = await session.resolveExposedPort(6080);
    expect(desktop).toMatchObject({ protocol: "vnc", query: expect.stringMatching(/desktop-1$/) });
    expect(await session.resolveExposedPort(7681)).toMatchObject({ protocol: "pty" });
  });

  it("fences off older epochs, and takes newer ones", async () => {
    agent.epoch = 5;
    await expect(sessionWith({ epoch: 4 }).exec({ cmd: "echo" })).rejects.toMatchObject({
      code: 10,
      fenced: true,
      retryable: true,
    });
    expect(await sessionWith({ epoch: 0 }).ping()).toBe(true);
    expect(await sessionWith({ epoch: 6 }).ping()).toBe(true);
    expect(await sessionWith({ epoch: 5 }).ping()).toBe(false);
    agent.draining = true;
    await expect(sessionWith({ epoch: 6 }).exec({ cmd: "echo" })).rejects.toMatchObject({
      draining: true,
      retryable: true,
    });
  });

  it.each([
    ["one connection that is the caller's", 1],
    ["a connection for each resolution", 2],
  ])("is resolved anew where it fences, over %s", async (_what, expected) => {
    /** @type {import("nats").NatsConnection[]} */
    const dialled = [];
    const dial = async () => {
      const made = await connect({ servers: nats.url });
      dialled.push(made);
      return made;
    };
    const shared = expected === 1 ? await dial() : undefined;
    const sandbox = { id: "s", kind: "selfhosted", name: "s", enrollmentId: agentId };
    const getSandbox = async () => sandbox;
    const controlRpcFactory = vi.fn(() => new NatsControlRpc(async () => shared ?? dial()));
    const epochs = [1, 2];
    const session = new RoutingSandboxSession({
      readPointer: async () => ({ activeSandboxId: "s", activeEpoch: epochs.shift() ?? 2 }),
      resolveActiveBackend: makeActiveBackendResolver({
        ...{ workspaceId: "w", defaultBackend: {}, defaultKind: "none", getSandbox },
        ...{ controlRpcFactory, relay: { host: "relay.test" } },
      }),
    });
    agent.epoch = 2;
    const { stdout } = /** @type {any} */ (
      await session.exec({ cmd: "echo once >> ran; cat ran" })
    );
    expect(stdout).toBe("once\n");
    expect(agent.asked).toEqual(["exec", "exec"]);
    expect(controlRpcFactory).toHaveBeenCalledTimes(2);
    expect(dialled).toHaveLength(expected);
    // Nobody but the caller closes them.
    expect(dialled.map((made) => made.isClosed())).toEqual(dialled.map(() => false));
    await Promise.all(dialled.map((made) => made.close()));
  });

  it("that is not there is offline at once", async () => {
    // No responders is an answer; only a wait would be a timeout.
    const session = sessionWith({ agentId: "nobody", timeoutMs: 20_000 });
    await expect(session.exec({ cmd: "echo" })).rejects.toMatchObject({
      code: 9,
      reason: "agent_offline",
      agentOffline: true,
    });
  });

  it("answers a thousand at once", async () => {
    const session = sessionWith();
    const paths = Array.from({ length: 1_000 }, (_, at) => `many/${at}`);
    await Promise.all(paths.map((path) => session.writeFile({ path, content: path })));
    const contents = await Promise.all(paths.map((path) => session.readFile({ path })));
    expect(contents.map((content) => new TextDecoder().decode(content))).toEqual(paths);
  });

  it("answers two clients, each its own", async () => {
    const other = await connect({ servers: nats.url });
    const clients = [connection, other].map((own) =>
      sessionWith({ controlRpc: new NatsControlRpc(async () => own) }),
    );
    const echoes = clients.flatMap((session, client) =>
      Array.from({ length: 20 }, async (_, at) => {
        const said = await session.execCommand({ cmd: `sleep 0.0${at % 5}; echo ${client} ${at}` });
        return said === `${client} ${at}\n`;
      }),
    );
    expect(await Promise.all(echoes)).toEqual(echoes.map(() => true));
    await other.close();
  });

  const isBlind = missing("ffmpeg", "ffprobe", "Xvfb", "xclock", "ico");
  it.skipIf(isBlind)("records its desktop", async () => {
    const desktop = await startDesktop({ width: 320, height: 240 });
    const session = sessionWith();
    try {
      const recording = await startRecording(session, {
        recordingId: "r",
        display: desktop.display,
        dimensions: [320, 240],
        tmpDir: root,
        maxSeconds: 30,
      });
      // The header is written when the first picture is there.
      const size = () => statSync(recording.boxPath, { throwIfNoEntry: false })?.size ?? 0;
      await expect.poll(size, SOON).toBeGreaterThan(0);
      await stopRecording(session, recording);
      const { width, height, frames } = probe(recording.boxPath);
      expect([width, height]).toEqual([320, 240]);
      expect(frames).toBeGreaterThan(0);
      const { bytes, sizeBytes } = await readRecordingBytes(session, recording);
      expect(Buffer.compare(bytes, readFileSync(recording.boxPath))).toBe(0);
      expect(sizeBytes).toBe(bytes.length);
      await deleteRecordingArtifacts(session, recording);
      expect(existsSync(recording.boxPath)).toBe(false);
    } finally {
      desktop.stop();
    }
  });
});

describe.skipIf(isLacking)("a server that restarts", () => {
  /** @type {string} */
  let root;
  /** @type {import("../../testing/nats-server.mjs").NatsServer} */
  let server;
  /** @type {import("../../testing/agent.mjs").Agent} */
  let agent;
  /** @type {Promise<import("nats").NatsConnection>[]} */
  let dialled;

  beforeEach(async () => {
    root = mkdtempSync(path.join(tmpdir(), "machine-"));
    server = await startNatsServer();
    agent = await startAgent({ url: server.url, subject: subjectFor("w", "a"), root });
    dialled = [];
  });
  afterEach(async () => {
    const connections = await Promise.allSettled(dialled);
    await Promise.all(connections.map((made) => made.status === "fulfilled" && made.value.close()));
    await agent.stop();
    await server.stop();
    rmSync(root, { recursive: true });
  });

  /** @param {import("nats").ConnectionOptions} [options] */
  function sessionWith(options) {
    const controlRpc = new NatsControlRpc(() => {
      const connection = connect({ servers: server.url, ...options });
      dialled.push(connection);
      return connection;
    });
    const relay = { host: "relay.test" };
    const ids = { workspaceId: "w", agentId: "a" };
    return new SelfhostedSession({ ...ids, controlRpc, relay, timeoutMs: 3_000 });
  }

  const restart = async () => {
    server = await startNatsServer({ port: server.port });
  };
  const release = (/** @type {string} */ name) => writeFileSync(path.join(root, name), "");
  /** A command that runs until a file is there. */
  const until = (/** @type {string} */ name) =>
    `until [ -e ${name} ]; do sleep 0.02; done; echo ${name}`;

  it("costs the requests whose answers it loses, and no others", async () => {
    const session = sessionWith();
    expect(await session.ping()).toBe(true);
    const short = session.exec({ cmd: until("first") }).catch((e) => e);
    const long = session.exec({ cmd: until("second"), execTimeoutMs: 50_000 });
    const commands = () => agent.asked.filter((name) => name === "exec");
    await expect.poll(commands, SOON).toHaveLength(2);
    await server.stop();
    release("first");
    await expect.poll(() => agent.answered, SOON).toContain("exec");
    await restart();

    // It has run, but nobody on this side can know.
    const lost = await short;
    expect(lost).toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(lost).toMatchObject(UNANSWERED);
    await expect.poll(() => session.ping(), SOON).toBe(true);
    release("second");
    expect(await long).toMatchObject({ stdout: "second\n", exitCode: 0 });
    expect(await session.execCommand({ cmd: "echo third" })).toBe("third\n");
    // The connection has made itself anew.
    expect(dialled).toHaveLength(1);
  });

  it("costs a connection that does not reconnect, which is then dialled anew", async () => {
    const session = sessionWith({ reconnect: false });
    expect(await session.ping()).toBe(true);
    const underWay = session.exec({ cmd: until("first") }).catch((e) => e);
    await expect.poll(() => agent.asked, SOON).toContain("exec");
    await server.stop();
    release("first");
    const lost = await underWay;
    expect(lost).toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(lost).toMatchObject(UNANSWERED);
    // The connection is gone, so each request dials: nobody listens, which is no reason to give up for good.
    expect(await session.ping()).toBe(false);
    expect(await session.ping()).toBe(false);
    expect(dialled).toHaveLength(3);

    await restart();
    await expect.poll(() => session.ping(), SOON).toBe(true);
    expect(dialled).toHaveLength(4);
  });
});
