// A real display, a real ffmpeg, a real sandbox session, a real object storage.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import type { UnixLocalSandboxSession } from "@openai/agents/sandbox/local";
import { RecordingError } from "@opengeni/runtime/sandbox";
import type { RecordingCodec } from "@opengeni/runtime/sandbox";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { missing } from "../../../__test__/support/tools.js";
import { startDesktop, type Desktop } from "../../../testing/desktop.mjs";
import { countPictures, probe } from "../../../testing/video.mjs";
import { beginRecording, discardRecording, finalizeRecording } from "../src/recording.ts";
import { JsonFileRows, type RecordingRows } from "../src/rows.ts";
import { S3Storage, type ObjectStorage } from "../src/storage.ts";
import { createBucket, film, refusing, s3 } from "./support.ts";

const ID = "r1";
const OWNER = { workspaceId: "w1", sessionId: "s1" };
const KEY = "recordings/w1/s1/r1.mp4";

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "xclock", "ico", "python3");

let desktop: Desktop;
let local: UnixLocalSandboxSession;
let client: S3Client;

/** As providers have it whose results are nothing but `output`. */
const session = {
  async exec(args: Parameters<UnixLocalSandboxSession["exec"]>[0]) {
    const { output } = await local.exec(args);
    return { output };
  },
};

/** A directory on the box, a bucket and a file of rows for one recording. */
class Stage {
  readonly box = mkdtempSync(path.join(tmpdir(), "worker-box-"));
  readonly home = mkdtempSync(path.join(tmpdir(), "worker-"));
  readonly rows = new JsonFileRows(path.join(this.home, "recordings.json"));
  readonly storage: S3Storage;
  readonly bucket: string;

  constructor(bucket: string) {
    this.bucket = bucket;
    this.storage = new S3Storage(client, bucket);
  }

  async begin(codec: RecordingCodec = "h264-mp4", rows: RecordingRows = this.rows) {
    const { process } = await beginRecording(session, { rows }, OWNER, {
      recordingId: ID,
      codec,
      display: desktop.display,
      dimensions: [320, 240],
      framerate: 10,
      tmpDir: this.box,
    });
    await film(process);
    return process;
  }

  /** Finalizes, with faulty services in place of the stage's own. */
  finalize(faulty: { rows?: RecordingRows; storage?: ObjectStorage } = {}) {
    return finalizeRecording(session, { rows: this.rows, storage: this.storage, ...faulty }, ID);
  }

  /** Finalizes without a fault, and looks whether everything is as it should be. */
  async succeed(boxPath: string, key = KEY) {
    let onBox = Buffer.alloc(0);
    const row = await this.finalize({
      storage: {
        put: (...args) => {
          // ffmpeg has ended the file by now, and nobody may have touched it.
          onBox = readFileSync(boxPath);
          return this.storage.put(...args);
        },
      },
    });
    const { bytes, contentType } = await this.download(key);
    expect(onBox.length).toBeGreaterThan(0);
    expect(Buffer.compare(bytes, onBox)).toBe(0);
    expect(row).toMatchObject({ status: "available", key, contentType, sizeBytes: bytes.length });
    expect(await this.rows.get(ID)).toEqual(row);
    expect(await this.keys()).toEqual([key]);
    this.expectEmptyBox();
    return { row, bytes };
  }

  expectEmptyBox() {
    expect(readdirSync(this.box)).toEqual([]);
    expect(() => execFileSync("pgrep", ["-f", `ffmpeg.*${this.box}/`])).toThrow();
  }

  async keys() {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: this.bucket }));
    return Contents.map(({ Key }) => Key);
  }

  async download(key: string) {
    const { Body, ContentType } = await client.send(
      new GetObjectCommand({ Bucket: this.bucket, Key: key }),
    );
    const bytes = await Body?.transformToByteArray();
    return { bytes: bytes ?? new Uint8Array(0), contentType: ContentType };
  }

  remove() {
    rmSync(this.box, { recursive: true });
    rmSync(this.home, { recursive: true });
  }
}

const it = test.extend<{ stage: Stage }>({
  // vitest reads off the pattern which other fixtures this one needs.
  stage: async ({}, use) => {
    const stage = new Stage(await createBucket(client));
    await use(stage);
    stage.remove();
  },
});

// Most of their time they film.
describe.skipIf(isLacking).concurrent("a recording", () => {
  beforeAll(async () => {
    desktop = await startDesktop({ width: 400, height: 300 });
    local = await new UnixLocalSandboxClient().create();
    client = s3(inject("endpoint"));
  });
  afterAll(async () => {
    client?.destroy();
    await local?.close();
    desktop?.stop();
  });

  it.for([
    ["h264-mp4", KEY, "video/mp4", "h264"],
    ["vp9-webm", "recordings/w1/s1/r1.webm", "video/webm", "vp9"],
  ] as const)("of %s is stored byte for byte, and then deleted", async (given, { stage }) => {
    const [codec, key, contentType, stream] = given;
    const { boxPath } = await stage.begin(codec);
    const { row, bytes } = await stage.succeed(boxPath, key);
    expect(row.contentType).toBe(contentType);
    expect(row.durationSeconds).toBeGreaterThan(0);

    const file = path.join(stage.home, "downloaded");
    writeFileSync(file, bytes);
    const video = probe(file);
    expect(video).toMatchObject({ codec: stream, width: 320, height: 240 });
    expect(video.seconds).toBeGreaterThan(0.5);
    expect(countPictures(file)).toBeGreaterThan(1);
  });

  it("stays on the box when storage refuses it", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    const nowhere = new S3Storage(client, `${stage.bucket}-of-nobody`);
    await expect(stage.finalize({ storage: nowhere })).rejects.toMatchObject({
      name: "NoSuchBucket",
    });
    expect(await stage.rows.get(ID)).toMatchObject({ status: "recording" });
    await stage.succeed(boxPath);
  });

  it("stays on the box while storage is down", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    // A port that was free a moment ago.
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    const down = s3(`http://127.0.0.1:${port}`);
    await expect(
      stage.finalize({ storage: new S3Storage(down, stage.bucket) }),
    ).rejects.toMatchObject({ code: "ECONNREFUSED" });
    down.destroy();
    await stage.succeed(boxPath);
  });

  it("stays on the box when storage confirms something else", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    const losing: ObjectStorage = {
      put: (key, bytes, about) => stage.storage.put(key, bytes.subarray(0, -1), about),
    };
    await expect(stage.finalize({ storage: losing })).rejects.toThrow(`${KEY} is stored with`);
    expect(await stage.rows.get(ID)).toMatchObject({ status: "recording" });
    await stage.succeed(boxPath);
  });

  it("stays on the box when the commit fails", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    await expect(stage.finalize({ rows: refusing(stage.rows, "available") })).rejects.toThrow(
      "the database is gone",
    );
    expect(await stage.keys()).toEqual([KEY]);
    expect(await stage.rows.get(ID)).toMatchObject({ status: "recording" });
    await stage.succeed(boxPath);
  });

  it("is deleted by the next call when the box was away after the commit", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    const leaving: typeof session = {
      async exec(args) {
        const row = await stage.rows.get(ID);
        if (row?.status === "available") throw new Error("the box is away");
        return session.exec(args);
      },
    };
    const first = await finalizeRecording(leaving, stage, ID);
    expect(readFileSync(boxPath).length).toBe(first.sizeBytes);

    const unused: ObjectStorage = {
      put: () => Promise.reject(new Error("it is stored already")),
    };
    expect(await stage.finalize({ storage: unused })).toEqual(first);
    stage.expectEmptyBox();
  });

  it("is a failure with a reason when it is gone from the box", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    rmSync(boxPath);
    rmSync(boxPath.replace(".mp4", ".log"));
    const error = await stage.finalize().catch((error) => error);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error).toMatchObject({
      reason: "box-death",
      message: `recording file missing on box: ${boxPath}`,
    });
    expect(await stage.rows.get(ID)).toMatchObject({ status: "failed", reason: "box-death" });
    expect(await stage.keys()).toEqual([]);
  });

  it("leaves nothing when it is discarded", async ({ stage }) => {
    await stage.begin();
    await discardRecording(session, stage, ID);
    stage.expectEmptyBox();
    expect(await stage.keys()).toEqual([]);
    expect(await stage.rows.get(ID)).toMatchObject({ status: "discarded" });
    await expect(stage.finalize()).rejects.toThrow("recording r1 was discarded");
  });

  it("is not discarded once it is available", async ({ stage }) => {
    const { boxPath } = await stage.begin();
    const { row } = await stage.succeed(boxPath);
    await expect(discardRecording(session, stage, ID)).rejects.toThrow("r1 is available");
    expect(await stage.rows.get(ID)).toEqual(row);
  });

  it("leaves nothing when its first row cannot be committed", async ({ stage }) => {
    const late: RecordingRows = {
      get: async () => undefined,
      async commit({ process }) {
        await film(process);
        throw new Error("the database is gone");
      },
    };
    await expect(stage.begin("h264-mp4", late)).rejects.toThrow("the database is gone");
    stage.expectEmptyBox();
  });
});
