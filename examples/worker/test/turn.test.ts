// A turn between a real sandbox session and a real agent behind a real NATS server.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import type { UnixLocalSandboxSession } from "@openai/agents/sandbox/local";
import { NatsControlRpc, subjectFor } from "@opengeni/runtime/sandbox";
import { connect, type NatsConnection } from "nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { missing } from "../../../__test__/support/tools.js";
import { startAgent, type Agent } from "../../../testing/agent.mjs";
import { startDesktop } from "../../../testing/desktop.mjs";
import { startNatsServer, type NatsServer } from "../../../testing/nats-server.mjs";
import { probe } from "../../../testing/video.mjs";
import { beginRecording, finalizeRecording } from "../src/recording.ts";
import { JsonFileRows } from "../src/rows.ts";
import { S3Storage } from "../src/storage.ts";
import { swapSandbox, type Turn } from "../src/swap.ts";
import { runTurn } from "../src/turn.ts";
import { createBucket, emptyDirectory, film, s3 } from "./support.ts";

const isLacking = missing("nats-server", "python3", "ffmpeg", "ffprobe", "Xvfb", "xclock", "ico");

describe.skipIf(isLacking)("a turn", () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  let box: UnixLocalSandboxSession;
  let agent: Agent;
  let directory: ReturnType<typeof emptyDirectory>;
  /** The machine's workspace. */
  let laptop: string;
  let turn: Turn;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
    box = await new UnixLocalSandboxClient().create();
  });
  afterAll(async () => {
    await box?.close();
    await connection?.close();
    await nats?.stop();
  });
  beforeEach(async () => {
    laptop = mkdtempSync(path.join(tmpdir(), "laptop-"));
    agent = await startAgent({ url: nats.url, subject: subjectFor("w1", "a1"), root: laptop });
    directory = emptyDirectory();
    directory.sandboxes.set("pc", { id: "pc", kind: "selfhosted", name: "P", enrollmentId: "a1" });
    turn = {
      workspaceId: "w1",
      box,
      boxKind: "local",
      directory,
      controlRpcFactory: () => new NatsControlRpc(async () => connection),
      relay: { host: "relay.test" },
    };
  });
  afterEach(async () => {
    await agent.stop();
    rmSync(laptop, { recursive: true });
  });

  it("runs each operation where the pointer is", async () => {
    const { transitions } = await runTurn(turn, async (session) => {
      await session.exec({ cmd: "echo home > where" });
      expect(await swapSandbox(turn, "pc")).toEqual({ status: 200, kind: "selfhosted" });
      await session.exec({ cmd: "echo laptop > where" });
      await swapSandbox(turn, null);
      expect(await session.exec({ cmd: "cat where" })).toMatchObject({ stdout: "home\n" });
    });
    expect(readFileSync(path.join(laptop, "where"), "utf8")).toBe("laptop\n");
    expect(transitions.map(({ type, toEpoch, sandboxId }) => [type, toEpoch, sandboxId])).toEqual([
      ["resolved", 1, null],
      ["epoch-changed", 2, "pc"],
      ["epoch-changed", 3, null],
    ]);
  });

  it("runs an operation once that a swap has overtaken", async () => {
    const { transitions } = await runTurn(turn, async (session) => {
      await swapSandbox(turn, "pc");
      await session.exec({ cmd: "true" });
      agent.epoch = 3;
      // The operation reads the pointer just before the swap to epoch 3, and asks just after.
      const read = directory.readPointer;
      directory.readPointer = async () => {
        const before = await read();
        directory.readPointer = read;
        await swapSandbox(turn, "pc");
        return before;
      };
      await session.exec({ cmd: "echo once >> log" });
    });
    expect(readFileSync(path.join(laptop, "log"), "utf8")).toBe("once\n");
    expect(transitions.map(({ type }) => type)).toEqual([
      "resolved",
      "fenced-retry",
      "epoch-changed",
    ]);
  });

  it("hears that the machine is offline, and goes on at home", async () => {
    await runTurn(turn, async (session) => {
      await swapSandbox(turn, "pc");
      await agent.stop();
      await expect(session.exec({ cmd: "true" })).rejects.toMatchObject({
        name: "SelfhostedControlError",
        reason: "agent_offline",
      });
      await swapSandbox(turn, null);
      expect(await session.exec({ cmd: "echo hello" })).toMatchObject({ stdout: "hello\n" });
    });
  });

  it("is filmed at home, wherever its operations run", async () => {
    const desktop = await startDesktop({ width: 400, height: 300 });
    const home = mkdtempSync(path.join(tmpdir(), "worker-"));
    const tmpDir = mkdtempSync(path.join(tmpdir(), "worker-box-"));
    const client = s3(inject("endpoint"));
    try {
      const bucket = await createBucket(client);
      const services = {
        rows: new JsonFileRows(path.join(home, "recordings.json")),
        storage: new S3Storage(client, bucket),
      };
      const owner = { workspaceId: "w1", sessionId: "s1" };
      // By the box's own session: through the turn's the stop could reach another machine.
      const { process } = await beginRecording(box, services, owner, {
        recordingId: "r1",
        display: desktop.display,
        dimensions: [320, 240],
        tmpDir,
      });
      await runTurn(turn, async (session) => {
        await swapSandbox(turn, "pc");
        await session.exec({ cmd: "touch done" });
        await film(process);
      });
      const { key } = await finalizeRecording(box, services, "r1");

      expect(existsSync(path.join(laptop, "done"))).toBe(true);
      expect(readdirSync(tmpDir)).toEqual([]);
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const video = path.join(home, "video");
      writeFileSync(video, (await Body?.transformToByteArray()) ?? "");
      expect(probe(video)).toMatchObject({ codec: "h264", width: 320, height: 240 });
    } finally {
      client.destroy();
      desktop.stop();
      rmSync(home, { recursive: true });
      rmSync(tmpDir, { recursive: true });
    }
  });
});
