// The program of docs/recording.md, and its worker, as they stand there: on a real display, through a real
// local session, into an S3-compatible storage.
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startObjectStorage } from "../../examples/worker/object-storage.mjs";
import { startDesktop } from "../../testing/desktop.mjs";
import { killRecorders } from "../../testing/processes.mjs";
import { probe } from "../../testing/video.mjs";
import { block } from "../support/blocks.js";
import { until } from "../support/films.js";
import { missing } from "../support/tools.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The parts of the page's program. */
const STORY = [
  block("docs/recording.md", "maxBytes: 512"),
  block("docs/recording.md", "const { finalized }"),
  block("docs/recording.md", "const read = "),
  block("docs/recording.md", "import { writeFile }"),
  block("docs/recording.md", "truncate("),
  block("docs/recording.md", "uploadRecordingArtifact("),
  block("docs/recording.md", "head.sizeBytes"),
  block("docs/recording.md", "pkill"),
  block("docs/recording.md", "entry?.isRunning"),
  block("docs/recording.md", "probeRecording("),
  block("docs/recording.md", "shutdown.abort"),
  block("docs/recording.md", "sweepRecordings("),
  block("docs/recording.md", "router.prime()"),
  block("docs/recording.md", "owner.session"),
].join("\n");
const WORKER = block("docs/recording.md", "// worker.mjs");

/** What the page says that the program has. */
const GIVEN = `
  import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
  import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
  import { S3Storage } from "./examples/worker/src/storage.ts";
  const box = await new UnixLocalSandboxClient().create();
  const display = process.env.DISPLAY;
  const rows = new Map();
  const db = {
    put: async (id, row) => void rows.set(id, JSON.stringify(row)),
    get: async (id) => JSON.parse(rows.get(id)),
  };
  const client = new S3Client({ forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });
  await client.send(new CreateBucketCommand({ Bucket: process.env.BUCKET }));
  const storage = new S3Storage(client, process.env.BUCKET);
  const meter = { shares: [], update: (share) => meter.shares.push(share) };
  const readPointer = async () => ({ activeSandboxId: "home", activeEpoch: 1 });
  const resolveActiveBackend = async ({ activeSandboxId }) => ({
    session: box,
    sandboxId: activeSandboxId,
    kind: "local",
  });
`;

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "curl");

describe.skipIf(isLacking)("docs/recording.md", { timeout: 180_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startDesktop>>} */
  let desktop;
  /** @type {Awaited<ReturnType<typeof startObjectStorage>>} */
  let server;
  /** @type {S3Client} */
  let client;
  /** @type {string} */
  let folder;
  beforeAll(async () => {
    // The warning is about later versions of @aws-sdk/client-s3, which are not installed.
    vi.stubEnv("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");
    server = await startObjectStorage();
    client = new S3Client({
      endpoint: server.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    desktop = await startDesktop({ width: 640, height: 480 });
    folder = mkdtempSync(path.join(tmpdir(), "og-page-"));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    client?.destroy();
    await desktop?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  /**
   * What a program of the page finds in its environment.
   *
   * @param {string} bucket
   */
  function environment(bucket) {
    return {
      ...process.env,
      BUCKET: bucket,
      DISPLAY: desktop.display,
      TMPDIR: folder,
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
  }

  it("has a program that prints what it says", async () => {
    const outfile = path.join(ROOT, "target/examples/recording-page.mjs");
    await build({
      stdin: { contents: `${GIVEN}${STORY}\nprocess.exit();`, resolveDir: ROOT },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    const said = Array.from(
      STORY.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm),
      ([, text]) => text,
    );
    expect(said.length).toBeGreaterThan(3);
    const options = { cwd: folder, env: environment("page-program"), timeout: 120_000 };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [outfile], options);
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n")).toEqual(said);
    expect(readdirSync("/tmp").filter((name) => /^og-rec-turn-/.test(name))).toEqual([]);
    expect(probe(path.join(folder, "turn-7.mp4"))).toMatchObject({ width: 640, height: 480 });
  });

  it.each([
    ["", () => {}],
    [" and one of ffmpeg", (/** @type {string} */ boxPath) => killRecorders(boxPath)],
    [" before it had a row", (/** @type {string} */ _, /** @type {string} */ row) => rmSync(row)],
    [
      " before it had a row, and one of ffmpeg",
      (/** @type {string} */ boxPath, /** @type {string} */ row) => {
        killRecorders(boxPath);
        rmSync(row);
      },
    ],
  ])("has a worker that stores its film after a crash%s", async (_what, crash) => {
    const bucket = `page-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const file = path.join(ROOT, "target/examples/worker-page.mjs");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, WORKER);
    const own = mkdtempSync(path.join(folder, "worker-"));
    const start = () =>
      spawn(process.execPath, [file], {
        cwd: own,
        env: environment(bucket),
        stdio: ["ignore", "inherit", "inherit"],
      });

    const first = start();
    const row = path.join(own, "film.json");
    await until(() => existsSync(row));
    await sleep(3_000);
    const exit = once(first, "exit");
    first.kill("SIGKILL");
    await exit;
    const { boxPath } = JSON.parse(readFileSync(row, "utf8")).film;
    crash(boxPath, row);

    expect(await once(start(), "exit")).toEqual([0, null]);
    expect(existsSync(boxPath)).toBe(false);
    // A crash after the last line but before the end: nothing is filmed again.
    expect(await once(start(), "exit")).toEqual([0, null]);
    expect(existsSync(boxPath)).toBe(false);
    const { Body } = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: "recordings/w1/s1/turn-7.mp4" }),
    );
    const stored = path.join(folder, "stored.mp4");
    writeFileSync(stored, /** @type {Uint8Array} */ (await Body?.transformToByteArray()));
    const { frames, width, height } = probe(stored);
    expect([width, height]).toEqual([640, 480]);
    expect(frames).toBeGreaterThan(15);
  });
});
