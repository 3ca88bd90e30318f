// Every operation of the protocol: asked through a real NATS server, and really done by an agent that
// reads and writes the wire with protobufjs.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { totalmem, tmpdir } from "node:os";
import path from "node:path";
import { connect } from "nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NatsControlRpc, subjectFor } from "../../index.js";
import { ControlRequest, startAgent } from "../../testing/agent.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import { missing } from "../support/tools.js";

const NONE = new Uint8Array(0);
const EPOCH = 7;
/** How long a process may take on a machine that is busy. */
const SOON = { timeout: 20_000 };

const utf8 = (/** @type {string} */ text) => Uint8Array.from(Buffer.from(text));
const text = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString();

describe.skipIf(missing("nats-server", "git", "script", "stty"))("an agent really does", () => {
  /** @type {import("../../testing/nats-server.mjs").NatsServer} */
  let nats;
  /** @type {import("nats").NatsConnection} */
  let connection;
  /** @type {import("../../testing/agent.mjs").Agent} */
  let agent;
  /** @type {string} */
  let root;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
  });
  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });
  beforeEach(async () => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), "machine ")));
    agent = await startAgent({ url: nats.url, subject: subjectFor("w", "a"), root, epoch: EPOCH });
  });
  afterEach(async () => {
    await agent.stop();
    rmSync(root, { recursive: true });
  });

  const file = (/** @type {string} */ name) => path.join(root, name);
  const content = (/** @type {string} */ name) => readFileSync(file(name), "utf8");
  const mode = (/** @type {string} */ name) => statSync(file(name)).mode & 0o777;

  /**
   * The agent's answer to an operation.
   *
   * @param {string} name
   * @param {object} request
   * @returns {Promise<import("../../index.js").ControlResponse>}
   */
  function answer(name, request) {
    const rpc = new NatsControlRpc(async () => connection);
    const op = /** @type {any} */ ({ $case: name, [name]: request });
    const ids = { requestId: `${name} request`, epoch: EPOCH };
    return rpc.request(subjectFor("w", "a"), { ...ids, op }, { timeoutMs: 10_000 });
  }

  /**
   * What came of an operation. Bytes are plain ones, to be compared.
   *
   * @param {string} name
   * @param {object} request
   * @returns {Promise<any>}
   */
  async function ask(name, request) {
    const { requestId, error, result } = await answer(name, request);
    expect({ requestId, error }).toEqual({ requestId: `${name} request`, error: undefined });
    expect(result?.$case).toBe(name);
    /** @type {Record<string, unknown>} */
    const member = /** @type {any} */ (result)[name];
    const plain = (/** @type {unknown} */ value) =>
      value instanceof Uint8Array ? Uint8Array.from(value) : value;
    return Object.fromEntries(Object.entries(member).map(([key, value]) => [key, plain(value)]));
  }

  /**
   * Why an operation was refused.
   *
   * @param {string} name
   * @param {object} request
   */
  async function refusal(name, request) {
    const { error, result } = await answer(name, request);
    expect(result).toBeUndefined();
    return error;
  }

  /** The numbers of `AgentError.code`. */
  const UNSUPPORTED = 1;
  const OS = 2;
  const NOT_FOUND = 3;
  const CONSENT_REQUIRED = 4;

  const terminal = { command: [], cwd: "", env: {}, cols: 0, rows: 0, term: "xterm-256color" };

  /**
   * A terminal, what is typed in it, and what is read of the files it writes.
   *
   * @param {object} [request]
   */
  async function openTerminal(request) {
    const { ptyId, channel } = await ask("ptyOpen", { ...terminal, ...request });
    const type = (/** @type {string} */ line) =>
      ask("ptyWrite", { ptyId, data: utf8(`${line}\n`) });
    const shows = async (/** @type {string} */ command) => {
      rmSync(file("shown"), { force: true });
      await type(
        `(${command}) > '${file("showing")}' && mv '${file("showing")}' '${file("shown")}'`,
      );
      await expect.poll(() => existsSync(file("shown")), SOON).toBe(true);
      return content("shown");
    };
    return { ptyId, channel, type, shows };
  }

  /** @type {Record<string, () => Promise<void>>} */
  const checks = {
    async ping() {
      // The largest there is: no number of JavaScript holds it.
      const nonce = "18446744073709551615";
      const first = await ask("ping", { nonce });
      expect(first).toEqual({ nonce, agentMonotonicMs: expect.stringMatching(/^\d+$/) });
      const second = await ask("ping", { nonce: "0" });
      expect(second.nonce).toBe("0");
      const elapsed = Number(second.agentMonotonicMs) - Number(first.agentMonotonicMs);
      expect(elapsed).toBeGreaterThanOrEqual(0);
      expect(elapsed).toBeLessThan(10_000);
    },

    async hello() {
      const acknowledged = await ask("hello", hello());
      expect(acknowledged).toEqual({
        epoch: EPOCH,
        resumeToken: expect.stringMatching(/^[\da-f-]{36}$/),
        heartbeatIntervalMs: 30_000,
      });
      agent.epoch = EPOCH - 1;
      expect(await ask("hello", { ...hello(), capabilities: undefined })).toEqual(acknowledged);
    },

    async resume() {
      const { resumeToken } = await ask("hello", hello());
      const asked = { agentId: "a", resumeToken, lastKnownEpoch: 3 };
      const accepted = { accepted: true, epoch: EPOCH, resumeToken };
      expect(await ask("resume", asked)).toEqual(accepted);
      const refused = { accepted: false, epoch: EPOCH, resumeToken: "" };
      expect(await ask("resume", { ...asked, resumeToken: "another" })).toEqual(refused);
    },

    async exec() {
      mkdirSync(file("sub dir"));
      const asked = { shell: false, cwd: "", env: {}, stdin: NONE, timeoutMs: 0 };
      const run = (/** @type {string[]} */ command, /** @type {object} */ more = {}) =>
        ask("exec", { ...asked, command, ...more });
      const script = 'cat; printf "%s" "$GIVEN" >&2; exit 3';
      const more = { env: { GIVEN: "é" }, stdin: Uint8Array.of(0, 255, 10) };
      expect(await run(["sh", "-c", script], more)).toEqual({
        exitCode: 3,
        stdout: Uint8Array.of(0, 255, 10),
        stderr: utf8("é"),
        timedOut: false,
        durationMs: expect.stringMatching(/^\d+$/),
      });
      const printed = await run(["printf", "%s|", "a b", "$HOME", ""]);
      expect(text(printed.stdout)).toBe("a b|$HOME||");
      const where = await run(["pwd", "&&", "echo", "$((6 * 7))"], { shell: true, cwd: "sub dir" });
      expect(text(where.stdout)).toBe(`${root}/sub dir\n42\n`);
      expect(text((await run(["pwd"])).stdout)).toBe(`${root}\n`);
      expect(text((await run(["pwd"], { cwd: "/" })).stdout)).toBe("/\n");
      expect(await run(["kill", "-KILL", "$$"], { shell: true })).toMatchObject({ exitCode: 137 });

      const late = await run(["echo out; sleep 30"], { shell: true, timeoutMs: 200 });
      const { durationMs, ...ended } = late;
      const output = { stdout: utf8("out\n"), stderr: utf8("timed out") };
      const timedOut = { exitCode: -1, ...output, timedOut: true };
      expect(ended).toEqual(timedOut);
      expect(Number(durationMs)).toBeGreaterThanOrEqual(199);
      const absent = { ...asked, command: ["no-such-program"] };
      expect(await refusal("exec", absent)).toMatchObject({ code: NOT_FOUND });
    },

    async fsRead() {
      writeFileSync(file("a"), Uint8Array.of(0, 1, 2, 3, 255));
      const read = (/** @type {string} */ offset, /** @type {string} */ length) =>
        ask("fsRead", { path: "a", offset, length });
      const part = (/** @type {number[]} */ ...bytes) => ({
        content: Uint8Array.of(...bytes),
        totalSize: "5",
      });
      expect(await read("0", "0")).toEqual(part(0, 1, 2, 3, 255));
      expect(await read("1", "3")).toEqual(part(1, 2, 3));
      expect(await read("3", "0")).toEqual(part(3, 255));
      expect(await read("3", "100")).toEqual(part(3, 255));
      expect(await read("9", "1")).toEqual(part());
      expect(await refusal("fsRead", { path: "none", offset: "0", length: "0" })).toMatchObject({
        code: NOT_FOUND,
        detail: { errno: "2" },
      });
    },

    async fsWrite() {
      const asked = { path: "d/a", createParents: false, append: false, mode: 0 };
      const write = (/** @type {string} */ words, /** @type {object} */ more = {}) =>
        ask("fsWrite", { ...asked, content: utf8(words), ...more });
      const orphan = { ...asked, content: utf8("x") };
      expect(await refusal("fsWrite", orphan)).toMatchObject({ code: NOT_FOUND });
      expect(await write("one", { createParents: true })).toEqual({ bytesWritten: "3" });
      expect(content("d/a")).toBe("one");
      expect(await write("é", { append: true })).toEqual({ bytesWritten: "2" });
      expect(content("d/a")).toBe("oneé");
      expect(await write("two", { mode: 0o606 })).toEqual({ bytesWritten: "3" });
      expect([content("d/a"), mode("d/a")]).toEqual(["two", 0o606]);
      await write("three");
      expect([content("d/a"), mode("d/a")]).toEqual(["three", 0o606]);
      expect(await write("")).toEqual({ bytesWritten: "0" });
      expect(content("d/a")).toBe("");
    },

    async fsList() {
      mkdirSync(file("d/e"), { recursive: true });
      writeFileSync(file("d/e/f"), "12345", { mode: 0o640 });
      symlinkSync("nowhere", file("d/link"));
      const list = async (/** @type {boolean} */ recursive) => {
        const { entries } = await ask("fsList", { path: "d", recursive });
        return Object.fromEntries(entries.map((/** @type {any} */ entry) => [entry.path, entry]));
      };
      const entry = (/** @type {string} */ name) => {
        const { size, mtimeMs } = statSync(file(`d/${name}`));
        const modifiedMs = String(Math.round(mtimeMs));
        return { path: name, size: `${size}`, modifiedMs, mode: mode(`d/${name}`) };
      };
      const flat = await list(false);
      const e = { name: "e", kind: 2, ...entry("e") };
      expect(flat).toEqual({ e, link: expect.objectContaining({ name: "link", kind: 3 }) });
      const deep = await list(true);
      const f = { name: "f", kind: 1, ...entry("e/f") };
      expect(f).toMatchObject({ size: "5", mode: 0o640 });
      expect(deep).toEqual({ ...flat, "e/f": f });
      const absent = { path: "none", recursive: false };
      expect(await refusal("fsList", absent)).toMatchObject({ code: NOT_FOUND });
    },

    async fsMkdir() {
      const asked = { path: "a/b", parents: false, mode: 0 };
      expect(await refusal("fsMkdir", asked)).toMatchObject({ code: NOT_FOUND });
      expect(await ask("fsMkdir", { ...asked, parents: true })).toEqual({});
      expect(statSync(file("a/b")).isDirectory()).toBe(true);
      expect(await ask("fsMkdir", { ...asked, path: "c", mode: 0o707 })).toEqual({});
      expect(mode("c")).toBe(0o707);
      expect(await refusal("fsMkdir", asked)).toMatchObject({ code: OS, detail: { errno: "17" } });
    },

    async fsMove() {
      mkdirSync(file("d"));
      writeFileSync(file("a"), "a");
      writeFileSync(file("b"), "b");
      const move = { from: "a", to: "b", overwrite: false };
      expect(await refusal("fsMove", move)).toMatchObject({ code: OS, detail: { errno: "17" } });
      expect([content("a"), content("b")]).toEqual(["a", "b"]);
      expect(await ask("fsMove", { ...move, overwrite: true })).toEqual({});
      expect([existsSync(file("a")), content("b")]).toEqual([false, "a"]);
      expect(await ask("fsMove", { from: "b", to: "d/c", overwrite: false })).toEqual({});
      expect([existsSync(file("b")), content("d/c")]).toEqual([false, "a"]);
      expect(await refusal("fsMove", move)).toMatchObject({ code: NOT_FOUND });
    },

    async fsStat() {
      mkdirSync(file("d"));
      writeFileSync(file("d/a"), "123", { mode: 0o600 });
      expect(await ask("fsStat", { path: "d/a" })).toEqual({
        exists: true,
        entry: {
          name: "a",
          path: "d/a",
          kind: 1,
          size: "3",
          modifiedMs: String(Math.round(statSync(file("d/a")).mtimeMs)),
          mode: 0o600,
        },
      });
      expect(await ask("fsStat", { path: root })).toMatchObject({ entry: { kind: 2 } });
      expect(await ask("fsStat", { path: "d/b" })).toEqual({ exists: false, entry: undefined });
      expect(await ask("fsStat", { path: "d/a/b" })).toEqual({ exists: false, entry: undefined });
    },

    async fsRemove() {
      mkdirSync(file("d"));
      writeFileSync(file("d/a"), "");
      writeFileSync(file("b"), "");
      expect(await ask("fsRemove", { path: "b", recursive: false })).toEqual({});
      expect(readdirSync(root)).toEqual(["d"]);
      expect(await refusal("fsRemove", { path: "d", recursive: false })).toMatchObject({
        code: OS,
      });
      expect(readdirSync(file("d"))).toEqual(["a"]);
      expect(await ask("fsRemove", { path: "d", recursive: true })).toEqual({});
      expect(readdirSync(root)).toEqual([]);
      expect(await refusal("fsRemove", { path: "d", recursive: true })).toMatchObject({
        code: NOT_FOUND,
      });
    },

    async git() {
      const [STATUS, DIFF, LOG, ADD, COMMIT] = [1, 2, 3, 4, 5];
      const [BRANCH, CHECKOUT, PULL, PUSH, RAW] = [6, 7, 8, 9, 15];
      const git = (/** @type {number} */ op, /** @type {string[]} */ ...args) =>
        ask("git", { op, cwd: "clone", args });
      const says = async (/** @type {number} */ op, /** @type {string[]} */ ...args) => {
        const { exitCode, stdout, status } = await git(op, ...args);
        expect({ exitCode, status }).toEqual({ exitCode: 0, status: undefined });
        return text(stdout);
      };
      const here = { cwd: root, stdio: /** @type {const} */ ("ignore") };
      execFileSync("git", ["init", "--bare", "--initial-branch=main", "origin"], here);
      execFileSync("git", ["init", "--initial-branch=main", "clone"], here);
      execFileSync("git", ["-C", "clone", "remote", "add", "origin", "../origin"], here);
      for (const name of ["name", "email"]) {
        execFileSync("git", ["-C", "clone", "config", `user.${name}`, "agent@test"], here);
      }
      writeFileSync(file("clone/kept"), "1");
      // As a path that is not known looks in the status.
      writeFileSync(file("clone/? moved"), "1");

      await says(ADD, ".");
      expect(await says(COMMIT, "-m", "First")).toContain("2 files changed");
      expect(await says(LOG, "--format=%s by %ae")).toBe("First by agent@test\n");
      const alone = { branch: "main", upstream: "", ahead: 0, behind: 0 };
      const unchanged = await git(STATUS);
      expect(unchanged.status).toEqual({ ...alone, files: [], clean: true });
      expect([unchanged.exitCode, text(unchanged.stdout)]).toEqual([
        0,
        expect.stringMatching("main"),
      ]);

      for (const message of ["Second", "Third"]) {
        await says(COMMIT, "--allow-empty", "-m", message);
      }
      await says(PUSH, "--set-upstream", "origin", "main");
      expect(await says(PULL)).toBe("Already up to date.\n");
      await says(RAW, "reset", "--hard", "HEAD~2");
      writeFileSync(file("clone/kept"), "2");
      await says(COMMIT, "-a", "-m", "Another");

      await says(RAW, "mv", "? moved", "new name");
      writeFileSync(file("clone/kept"), "3");
      writeFileSync(file("clone/not known"), "");
      const { status } = await git(STATUS);
      const changed = [
        { path: "kept", code: " M", staged: false },
        { path: "new name", code: "R ", staged: true },
        { path: "not known", code: "??", staged: false },
      ];
      const upstream = { branch: "main", upstream: "origin/main", ahead: 1, behind: 2 };
      expect(status).toEqual({ ...upstream, files: changed, clean: false });
      expect(await says(DIFF, "--name-only")).toBe("kept\n");
      await says(CHECKOUT, "-b", "side");
      expect(await says(BRANCH, "--show-current")).toBe("side\n");

      const raw = await git(RAW, "cat-file", "-p", "HEAD:kept");
      const { stdout, stderr } = raw;
      expect(raw).toEqual({ exitCode: 0, stdout, stderr, status: undefined });
      expect([text(stdout), text(stderr)]).toEqual(["2", ""]);
      const failed = await git(RAW, "rev-parse", "--verify", "none");
      expect(failed).toMatchObject({ exitCode: 128, stdout: NONE });
      expect(text(failed.stderr)).toContain("fatal: Needed a single revision");
      const outside = await ask("git", { op: STATUS, cwd: "/", args: [] });
      expect(outside).toMatchObject({ exitCode: 128, status: undefined });
      const none = { op: 0, cwd: "", args: [] };
      expect(await refusal("git", none)).toMatchObject({ code: UNSUPPORTED });
    },

    async ptyOpen() {
      mkdirSync(file("d"));
      const env = { GIVEN: "it's" };
      const first = await openTerminal({ cwd: "d", env, cols: 101, rows: 37 });
      const channel = { workspaceId: "", agentId: "", kind: 1, port: 7681 };
      expect(first.channel).toEqual({ ...channel, channelId: first.ptyId });
      expect(await first.shows("tty; stty size; pwd; echo $TERM $GIVEN")).toMatch(
        new RegExp(`^/dev/\\S+\n37 101\n${root}/d\nxterm-256color it's\n$`),
      );
      const command = ["sh", "-c", 'echo "$@" $0 > said; exec sh', "it's", "a  b", "$HOME"];
      const second = await openTerminal({ command });
      expect(second.ptyId).not.toBe(first.ptyId);
      await expect
        .poll(() => existsSync(file("said")) && content("said"), SOON)
        .toBe("a  b $HOME it's\n");
      expect(await second.shows("stty size")).toBe("24 80\n");
      const nowhere = { ...terminal, cwd: "none" };
      expect(await refusal("ptyOpen", nowhere)).toMatchObject({ code: NOT_FOUND });
    },

    async ptyWrite() {
      const { ptyId, type, shows } = await openTerminal();
      const line = "echo é > typed";
      expect(await type(line)).toEqual({ bytesWritten: String(utf8(`${line}\n`).length) });
      expect(await shows("cat typed")).toBe("é\n");
      // What a terminal does with control characters: this one interrupts what is in the foreground.
      await type("sh -c 'echo > asleep; exec sleep 60'");
      await expect.poll(() => existsSync(file("asleep")), SOON).toBe(true);
      await ask("ptyWrite", { ptyId, data: Uint8Array.of(3) });
      expect(await shows("echo awake")).toBe("awake\n");
      const other = { ptyId: "other", data: NONE };
      expect(await refusal("ptyWrite", other)).toMatchObject({ code: NOT_FOUND });
    },

    async ptyResize() {
      const { ptyId, shows } = await openTerminal({ cols: 80, rows: 24 });
      expect(await ask("ptyResize", { ptyId, cols: 132, rows: 50 })).toEqual({});
      expect(await shows("stty size")).toBe("50 132\n");
      const other = { ptyId: "other", cols: 1, rows: 1 };
      expect(await refusal("ptyResize", other)).toMatchObject({ code: NOT_FOUND });
    },

    async ptyClose() {
      const ended = await openTerminal({ command: ["sh", "-c", "exit 7"] });
      await expect.poll(() => sessions(), SOON).toBe(0);
      const { ptyId } = ended;
      expect(await refusal("ptyWrite", { ptyId, data: NONE })).toMatchObject({ code: OS });
      expect(await ask("ptyClose", { ptyId })).toEqual({ exitCode: 7 });
      expect(await refusal("ptyClose", { ptyId })).toMatchObject({ code: NOT_FOUND });

      const running = await openTerminal({ command: ["sh"] });
      const pid = (await running.shows("echo $$")).trim();
      expect(existsSync(`/proc/${pid}/cwd`)).toBe(true);
      // As one that was hung up.
      expect(await ask("ptyClose", { ptyId: running.ptyId })).toEqual({ exitCode: 129 });
      await expect.poll(() => existsSync(`/proc/${pid}/cwd`), SOON).toBe(false);
    },

    async desktopEnsure() {
      const channel = { channelId: "desktop-1", workspaceId: "", agentId: "", kind: 2, port: 6080 };
      const display = { id: ":0", width: 1024, height: 768, virtual: true };
      const asked = { width: 0, height: 0 };
      expect(await ask("desktopEnsure", asked)).toEqual({ channel, display });
      expect(await ask("desktopEnsure", asked)).toEqual({ channel, display });
    },

    async metrics() {
      const from = Date.now();
      const sample = await ask("metrics", {});
      const { sampledAtMs, cpuPercent, memUsedBytes, diskUsedBytes, diskTotalBytes } = sample;
      expect(sample).toEqual({
        sampledAtMs,
        cpuPercent,
        ...{ load1: expect.any(Number), load5: expect.any(Number), load15: expect.any(Number) },
        memUsedBytes,
        memTotalBytes: String(totalmem()),
        diskUsedBytes,
        diskTotalBytes,
        runQueue: 0,
        gpus: [],
      });
      expect(Number(sampledAtMs)).toBeGreaterThanOrEqual(from);
      expect(Number(sampledAtMs)).toBeLessThanOrEqual(Date.now());
      expect(cpuPercent).toBeGreaterThanOrEqual(0);
      expect(cpuPercent).toBeLessThanOrEqual(100);
      expect(Number(memUsedBytes)).toBeGreaterThan(0);
      expect(Number(memUsedBytes)).toBeLessThan(totalmem());
      const total = execFileSync("df", ["-B1", "--output=size", root], { encoding: "utf8" });
      expect(diskTotalBytes).toBe(total.split("\n")[1]?.trim());
      expect(Number(diskUsedBytes)).toBeLessThan(Number(diskTotalBytes));
    },

    async updateMayProceed() {
      const asked = { agentId: "a", targetVersion: "2" };
      const free = { mayProceed: true, activeSessions: 0 };
      expect(await ask("updateMayProceed", asked)).toEqual(free);
      const { ptyId } = await openTerminal();
      const busy = { mayProceed: false, activeSessions: 1 };
      expect(await ask("updateMayProceed", asked)).toEqual(busy);
      await ask("ptyClose", { ptyId });
      expect(await ask("updateMayProceed", asked)).toEqual(free);
    },

    async desktopInput() {
      const pointer = { x: 10, y: -1, action: 4, button: 1 };
      const key = { key: "ctrl+c", isText: false, action: 3 };
      const scroll = { x: 1, y: 2, deltaX: -3, deltaY: 4 };
      const events = [
        { $case: "pointer", pointer },
        { $case: "key", key },
        { $case: "scroll", scroll },
      ];
      for (const event of [...events, undefined]) {
        expect(await ask("desktopInput", { event })).toEqual({});
      }
      agent.consented = false;
      const refused = { code: CONSENT_REQUIRED, message: "the owner has not agreed" };
      expect(await refusal("desktopInput", { event: events[0] })).toMatchObject(refused);
    },

    async desktopScreenshot() {
      agent.consented = false;
      const { png, width, height } = await ask("desktopScreenshot", {});
      expect({ width, height }).toEqual({ width: 1, height: 1 });
      // The header of a PNG has both as well.
      expect(text(png.subarray(1, 4))).toBe("PNG");
      const header = new DataView(png.buffer);
      expect([header.getUint32(16), header.getUint32(20)]).toEqual([1, 1]);
    },
  };

  const OPERATIONS = ControlRequest.oneofs["op"]?.oneof ?? [];

  it("all that there are", () => {
    expect(OPERATIONS).toHaveLength(21);
    expect(Object.keys(checks).sort()).toEqual([...OPERATIONS].sort());
  });

  it.each(OPERATIONS)("%s", async (name) => {
    await checks[name]?.();
    expect(agent.asked).toContain(name);
  });

  const hello = () => ({
    agentId: "a",
    workspaceId: "w",
    agentVersion: "1",
    os: 1,
    arch: 1,
    machineName: "laptop",
    workspaceRoot: root,
    capabilities: {
      ...{ exec: true, filesystem: true, git: true, pty: true, desktop: true },
      ...{ consentedWholeMachine: true, consentedScreenControl: false },
      display: { id: ":0", width: 1024, height: 768, virtual: true },
    },
    updateChannel: "stable",
    resumeToken: "",
  });

  async function sessions() {
    const asked = { agentId: "a", targetVersion: "2" };
    return (await ask("updateMayProceed", asked)).activeSessions;
  }
});
