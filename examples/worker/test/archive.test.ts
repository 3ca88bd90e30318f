// A film goes from its box to storage by the box itself, through a stream, and after the worker has died.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import type { UnixLocalSandboxSession } from "@openai/agents/sandbox/local";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { missing } from "../../../__test__/support/tools.js";
import { startDesktop, type Desktop } from "../../../testing/desktop.mjs";
import { killRecorders } from "../../../testing/processes.mjs";
import { probe } from "../../../testing/video.mjs";
import { archiveRecording, type ArchiveServices } from "../src/archive.ts";
import { beginRecording } from "../src/recording.ts";
import { JsonFileRows } from "../src/rows.ts";
import { S3Storage } from "../src/storage.ts";
import { createBucket, film, s3 } from "./support.ts";

const ID = "r1";
const OWNER = { workspaceId: "w1", sessionId: "s1" };
const KEY = "recordings/w1/s1/r1.mp4";
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = path.join(ROOT, "target/examples/worker.mjs");
/** A file of several parts. */
const LONG = 11_000_000;

let desktop: Desktop;
let box: UnixLocalSandboxSession;
let client: S3Client;

/** A directory of the box, a bucket and the rows of one test. */
class Stage {
  readonly folder = mkdtempSync(path.join(tmpdir(), "worker-archive-"));
  readonly tmpDir = mkdtempSync(path.join(this.folder, "box-"));
  readonly file = path.join(this.folder, "recordings.json");
  readonly rows = new JsonFileRows(this.file);
  readonly bucket: string;
  readonly storage: S3Storage;

  constructor(bucket: string) {
    this.bucket = bucket;
    this.storage = new S3Storage(client, bucket);
  }

  async begin() {
    const { process } = await beginRecording(box, this, OWNER, {
      recordingId: ID,
      display: desktop.display,
      dimensions: [320, 240],
      tmpDir: this.tmpDir,
    });
    await film(process);
    return process;
  }

  /** A file that is none of ffmpeg's, as long as an hour's film. */
  async beginLong() {
    const process = await this.begin();
    await box.exec({ cmd: `pkill -9 -f ${process.boxPath}` });
    await sleep(100);
    const bytes = Buffer.from(Uint8Array.from({ length: LONG }, (_, at) => at % 251));
    writeFileSync(process.boxPath, bytes);
    return { process, bytes };
  }

  archive(faulty: Partial<ArchiveServices["storage"]> = {}, signal?: AbortSignal) {
    const { storage } = this;
    const whole = {
      head: storage.head.bind(storage),
      presign: storage.presign.bind(storage),
      putStream: storage.putStream.bind(storage),
    };
    return archiveRecording(box, { rows: this.rows, storage: { ...whole, ...faulty }, signal }, ID);
  }

  /** A presigned URL that the box cannot reach. */
  readonly unreachable = async (...args: Parameters<S3Storage["presign"]>) => {
    const { url, requiredHeaders } = await this.storage.presign(...args);
    return { url: url.replace(/:\d+\//, ":1/"), requiredHeaders };
  };

  async keys() {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: this.bucket }));
    return Contents.map(({ Key }) => Key);
  }

  async download(key = KEY) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  remove() {
    killRecorders(this.folder);
    rmSync(this.folder, { recursive: true, maxRetries: 5 });
  }
}

const it = test.extend<{ stage: Stage }>({
  stage: async ({}, use) => {
    const stage = new Stage(await createBucket(client));
    await use(stage);
    stage.remove();
  },
});

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "xclock", "ico", "python3", "curl");

describe.skipIf(isLacking).concurrent("a film is archived", () => {
  beforeAll(async () => {
    desktop = await startDesktop({ width: 400, height: 300 });
    box = await new UnixLocalSandboxClient().create();
    client = s3(inject("endpoint"));
  });
  afterAll(async () => {
    client?.destroy();
    await box?.close();
    await desktop?.stop();
  });

  it("by its box, and nothing crosses the session", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    let onBox = Buffer.alloc(0);
    const row = await stage.archive({
      putStream: () => Promise.reject(new Error("it is uploaded already")),
      head: (key) => {
        onBox = readFileSync(boxPath);
        return stage.storage.head(key);
      },
    });
    expect(onBox.length).toBeGreaterThan(0);
    expect(row).toMatchObject({ status: "available", key: KEY, sizeBytes: onBox.length });
    expect(await stage.rows.get(ID)).toEqual(row);
    expect((await stage.download()).equals(onBox)).toBe(true);
    expect(readdirSync(stage.tmpDir)).toEqual([]);
  });

  it("through a stream where its box cannot reach storage", async ({ stage }) => {
    const { bytes } = await stage.beginLong();
    const row = await stage.archive({ presign: stage.unreachable });
    expect(row).toMatchObject({ sizeBytes: LONG, sha256: expect.stringMatching(/^.{43}=$/) });
    expect((await stage.download()).equals(bytes)).toBe(true);
    expect(readdirSync(stage.tmpDir)).toEqual([]);
  });

  it.for([
    ["the size", { sizeBytes: LONG - 1 }],
    ["the checksum", { sha256: "another" }],
  ] as const)("again where storage confirms something else: %s", async ([, other], { stage }) => {
    const { process } = await stage.beginLong();
    const head = async (key: string) => ({ ...(await stage.storage.head(key)), ...other });
    const archived = stage.archive({ presign: stage.unreachable, head });
    await expect(archived).rejects.toThrow(`${KEY} is stored with`);
    expect(await stage.rows.get(ID)).toMatchObject({ status: "recording" });
    expect(readFileSync(process.boxPath)).toHaveLength(LONG);
    expect(await stage.archive()).toMatchObject({ status: "available", sizeBytes: LONG });
  });

  it("later where the wait is ended", async ({ stage }) => {
    const { process } = await stage.beginLong();
    const controller = new AbortController();
    const reason = new Error("the worker is shutting down");
    const putStream: S3Storage["putStream"] = (...args) => {
      controller.abort(reason);
      return stage.storage.putStream(...args);
    };
    const archived = stage.archive({ presign: stage.unreachable, putStream }, controller.signal);
    await expect(archived).rejects.toBe(reason);
    expect(await stage.keys()).toEqual([]);
    expect(readFileSync(process.boxPath)).toHaveLength(LONG);
    expect(await stage.archive()).toMatchObject({ status: "available", sizeBytes: LONG });
  });

  it("by another process where the worker is killed while it films", async ({ stage }) => {
    await bundle();
    // Its films are in the common directory of the box.
    const id = crypto.randomUUID();
    const key = `recordings/w1/s1/${id}.mp4`;
    const worker = start(stage, "film", id);
    await worker.said(`films ${id}`);
    const { boxPath } = JSON.parse(readFileSync(stage.file, "utf8"))[id].process;
    await film({ boxPath });
    worker.child.kill("SIGKILL");
    await worker.exit;
    expect(await stage.keys()).toEqual([]);

    const next = start(stage, "recover");
    expect(await next.exit).toBe(0);
    expect(next.output).toEqual([expect.stringMatching(`^stored ${key}, [1-9]\\d* bytes$`)]);
    const stored = path.join(stage.folder, "stored.mp4");
    writeFileSync(stored, await stage.download(key));
    expect(probe(stored).frames).toBeGreaterThan(5);
    expect(await stage.rows.get(id)).toMatchObject({ status: "available" });
    expect(readdirSync(path.dirname(boxPath))).not.toContain(path.basename(boxPath));
  });
});

/** Makes the worker's program, since Node 20 does not run TypeScript. */
async function bundle() {
  await build({
    entryPoints: [fileURLToPath(new URL("../src/main.ts", import.meta.url))],
    outfile: PROGRAM,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    alias: { "@opengeni/runtime/sandbox": "@opengeni/runtime-native/sandbox" },
  });
}

/** The worker as a process of its own. */
function start(stage: Stage, ...words: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: {
      ...process.env,
      ROWS: stage.file,
      BUCKET: stage.bucket,
      DISPLAY: desktop.display,
      AWS_ENDPOINT_URL: inject("endpoint"),
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output: string[] = [];
  const lines = createInterface({ input: child.stdout }).on("line", (line) => output.push(line));
  return {
    child,
    output,
    exit: once(child, "exit").then(([code]) => code),
    async said(line: string) {
      while (!output.includes(line)) await once(lines, "line");
    },
  };
}
