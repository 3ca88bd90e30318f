// The programs of the README, as they stand there: on a real display, and on real local sandboxes.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { subjectFor } from "../../index.js";
import { startAgent } from "../../testing/agent.mjs";
import { startDesktop } from "../../testing/desktop.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import { examine } from "../../testing/video.mjs";
import { block } from "../support/blocks.js";
import { missing } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MODEL = new URL("../support/readme-model.mjs", import.meta.url).href;

/**
 * Writes a program of the README into the package's own folder, where the package's name leads to itself.
 *
 * @param {string} name
 * @param {string} code
 */
function written(name, code) {
  const file = path.join(root, "target/examples", name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, code);
  return file;
}
const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3");

describe.skipIf(isLacking)("the README's program", { timeout: 120_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startDesktop>>} */
  let desktop;
  /** @type {string} */
  let folder;
  beforeAll(async () => {
    desktop = await startDesktop({ width: 1280, height: 800 });
    folder = mkdtempSync(path.join(tmpdir(), "og-readme-"));
  });
  afterAll(async () => {
    await desktop?.stop();
    rmSync(folder, { recursive: true });
  });

  it("films the display", async () => {
    const file = written("film.mjs", block("README.md", "recorder.startRecording"));
    const env = { ...process.env, DISPLAY: desktop.display, TMPDIR: folder };
    await promisify(execFile)(process.execPath, [file], { cwd: folder, env, timeout: 60_000 });

    const film = path.join(folder, "hello.mp4");
    const { frames, seconds } = await examine(film, AbortSignal.timeout(60_000));
    expect(frames).toBeGreaterThan(50);
    expect(seconds).toBeGreaterThan(4);
    expect(readdirSync("/tmp").filter((name) => name.startsWith("og-rec-hello"))).toEqual([]);
  });
});

describe.skipIf(missing("bash", "python3"))("the README's turn over several sandboxes", () => {
  it("has commands, edits and processes where they belong, and leaves nothing behind", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "og-readme-"));
    try {
      const file = written("turn.mjs", block("README.md", "new SandboxAgent"));
      const env = { ...process.env, TMPDIR: folder };
      const args = ["--import", MODEL, file];
      const options = { cwd: folder, env, timeout: 60_000 };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
      expect(stderr).toBe("");
      const said = stdout.replaceAll(/^(?:Chunk ID|Wall time|Process|Output).*\n/gm, "");
      expect(said).toBe("away is active\ntaken away\n\nhome is active\nhello\n\ndone\n");
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(missing("nats-server"))("the README's turn over users' machines", () => {
  /** Given to the program, which has these names from elsewhere. */
  const BEFORE = `
    const { NATS: natsUrl } = process.env;
    const workspaceId = "w";
    const box = { exec: async () => ({ stdout: "at home" }) };
    const db = {
      getSandbox: async (_, id) => ({ id, kind: "selfhosted", name: id, enrollmentId: "laptop" }),
    };`;
  const AFTER = `
    import { RoutingSandboxSession } from "@opengeni/runtime-native/sandbox";
    let pointer = { activeSandboxId: null, activeEpoch: 1 };
    const readPointer = async () => pointer;
    const session = new RoutingSandboxSession({ readPointer, resolveActiveBackend });
    console.log((await session.exec({ cmd: "cat notes" })).stdout);
    pointer = { activeSandboxId: "l", activeEpoch: 2 };
    console.log((await session.exec({ cmd: "cat notes" })).stdout);
    await nats.close();`;

  it("runs a command at home, and one on a machine behind NATS", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "og-readme-"));
    const nats = await startNatsServer();
    const subject = subjectFor("w", "laptop");
    const agent = await startAgent({ url: nats.url, subject, root: folder, epoch: 2 });
    try {
      writeFileSync(path.join(folder, "notes"), "on the laptop");
      const program = `${BEFORE}\n${block("README.md", "new NatsControlRpc")}\n${AFTER}`;
      const env = { ...process.env, NATS: nats.url };
      const options = { cwd: folder, env, timeout: 60_000 };
      const file = written("machines.mjs", program);
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], options);
      expect(stderr).toBe("");
      expect(stdout).toBe("at home\non the laptop\n");
    } finally {
      await agent.stop();
      await nats.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
