// Recordings that the box sends to a store itself, by its own curl.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, request as send } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { connect } from "nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startObjectStorage } from "../../examples/worker/object-storage.mjs";
import * as entry from "../../index.js";
import {
  NatsControlRpc,
  RecordingError,
  SelfhostedSession,
  subjectFor,
  uploadRecordingArtifact,
} from "../../index.js";
import { startAgent } from "../../testing/agent.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import { folderOf } from "../support/films.js";
import {
  TERMINAL,
  WITHOUT_PROC,
  changing,
  harness,
  processesOf,
  signal,
  withProfile,
} from "../support/harness.js";
import { SIGNATURE, startStore } from "../support/store.js";
import { lacksRoot, missing } from "../support/tools.js";

/**
 * @typedef {import("../../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../../index.js").UploadProgress} UploadProgress
 * @typedef {import("../support/films.js").Test} Test
 */

const MIB = 1 << 20;
const SOON = { timeout: 20_000 };
const LONG = { timeout: 120_000 };
const isLacking = missing("curl", "bash");

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * A recording of random bytes in a folder of the test's own.
 *
 * @param {Test} test
 * @param {number} size
 */
function recorded(test, size, name = "og-up load-") {
  const folder = folderOf(test, name);
  const boxPath = path.join(folder, "og-rec-r1.mp4");
  const bytes = randomBytes(size);
  writeFileSync(boxPath, bytes);
  /** @type {RecordingProcess} */
  const recording = {
    recordingId: "r1",
    codec: "h264-mp4",
    boxPath,
    pidFile: path.join(folder, "og-rec-r1.pid"),
    dimensions: [320, 240],
    framerate: 10,
    startedAt: Date.now() - 4_000,
    display: ":0",
  };
  return { folder, recording, bytes, digest: sha256(bytes) };
}

/**
 * Only the recording is left on the box, and no process.
 *
 * @param {string} folder
 */
function expectClean(folder) {
  const left = readdirSync(folder).filter((name) => name.startsWith("og-upload"));
  expect(left).toEqual([]);
  expect(existsSync(path.join(folder, "og-rec-r1.mp4"))).toBe(true);
  expect(processesOf(folder)).toEqual([]);
}

/**
 * @param {Promise<unknown>} uploading
 * @returns {Promise<RecordingError>}
 */
async function refusal(uploading) {
  const error = await uploading.then(
    () => expect.unreachable("the upload has succeeded"),
    (error) => error,
  );
  expect(error).toBeInstanceOf(RecordingError);
  expect(error.reason).toBe("upload-failed");
  expect(error.code).toBe("upload-failed");
  for (const secret of [SIGNATURE, "KEYID", "127.0.0.1", "turn-7"]) {
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(secret);
  }
  return error;
}

describe.skipIf(isLacking || missing("python3", "nats-server"))("to an S3 store", () => {
  /** @type {Awaited<ReturnType<typeof startObjectStorage>>} */
  let storage;
  /** @type {S3Client} */
  let client;
  /** @type {(() => unknown)[]} */
  const ends = [];
  /** @type {Record<string, object>} */
  const sessions = {};

  beforeAll(async () => {
    storage = await startObjectStorage();
    client = new S3Client({
      endpoint: storage.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "KEYID", secretAccessKey: "secret" },
    });
    await client.send(new CreateBucketCommand({ Bucket: "films" }));
    const local = await new UnixLocalSandboxClient().create();
    sessions["the SDK's local session"] = local;
    const nats = await startNatsServer({ maxPayload: MIB });
    const connection = await connect({ servers: nats.url });
    const root = mkdtempSync(path.join(tmpdir(), "machine-"));
    const agent = await startAgent({ url: nats.url, subject: subjectFor("w", "a"), root });
    sessions["a machine of a user"] = new SelfhostedSession({
      workspaceId: "w",
      agentId: "a",
      controlRpc: new NatsControlRpc(async () => connection),
      relay: { host: "relay.test" },
    });
    ends.push(
      () => local.close(),
      () => agent.stop(),
      () => connection.close(),
      () => nats.stop(),
      () => rmSync(root, { recursive: true }),
      () => storage.stop(),
    );
  }, 300_000);
  afterAll(async () => {
    for (const end of ends) await end();
  });

  describe.for(["the SDK's local session", "a machine of a user"])("by %s", (name) => {
    it.for([1, 3_000, 5 * MIB + 1, 200 * MIB])("sends %i bytes", LONG, async (size, test) => {
      const { folder, recording, digest } = recorded(test, size);
      const key = `w/s/${name}/${size}.mp4`;
      const put = {
        Bucket: "films",
        Key: key,
        ContentType: "video/mp4",
        Metadata: { turn: "a b" },
      };
      const url = await getSignedUrl(client, new PutObjectCommand(put), {
        expiresIn: 600,
        unhoistableHeaders: new Set(["x-amz-meta-turn"]),
        signableHeaders: new Set(["content-type"]),
      });
      const done = await uploadRecordingArtifact(sessions[name] ?? {}, recording, {
        url,
        requiredHeaders: { "content-type": "video/mp4", "x-amz-meta-turn": "a b" },
      });
      expect(done).toEqual({
        contentType: "video/mp4",
        sizeBytes: size,
        durationSeconds: expect.any(Number),
      });
      expect(done.durationSeconds).toBeGreaterThanOrEqual(4);
      const got = await client.send(new GetObjectCommand({ Bucket: "films", Key: key }));
      expect([got.ContentType, got.Metadata]).toEqual(["video/mp4", { turn: "a b" }]);
      const hash = createHash("sha256");
      for await (const chunk of /** @type {AsyncIterable<Uint8Array>} */ (got.Body)) {
        hash.update(chunk);
      }
      expect(hash.digest("hex")).toBe(digest);
      expectClean(folder);
    });
  });

  it(
    "by the example of the documentation, or another way where the box has none",
    LONG,
    async (test) => {
      const source = new URL("../../types/recording.d.ts", import.meta.url);
      const [, before = ""] = readFileSync(source, "utf8").split(
        /(?=\/\*\*\n \* Has the box send)/,
      );
      const [, example = ""] = /@example\n([^@]*?) \*\n \* @param/.exec(before) ?? [];
      expect(example).toContain("await deleteRecordingArtifacts(session, recording);");
      const AsyncFunction = (async () => {}).constructor;
      const given = {
        ...entry,
        key: "w/s/example.mp4",
        /** @type {unknown[]} */
        confirmed: [],
        presign: async (
          /** @type {string} */ _method,
          /** @type {string} */ Key,
          /** @type {any} */ headers,
        ) => ({
          url: await getSignedUrl(
            client,
            new PutObjectCommand({ Bucket: "films", Key, ContentType: headers["content-type"] }),
            { signableHeaders: new Set(["content-type"]) },
          ),
          headers,
        }),
        storage: {
          confirm: (/** @type {string} */ _key, /** @type {number} */ size) =>
            void given.confirmed.push(size),
          put: (
            /** @type {string} */ Key,
            /** @type {Uint8Array} */ Body,
            /** @type {string} */ ContentType,
          ) => client.send(new PutObjectCommand({ Bucket: "films", Key, Body, ContentType })),
        },
      };
      const body = example.replaceAll(/^ \* ?/gm, "");
      for (const way of ["curl", "read"]) {
        const { folder, recording, digest } = recorded(test, 700_000, "og-upload-");
        const bare = changing(harness(), (cmd) => cmd.replaceAll("type -P curl", "false"));
        const session = way === "curl" ? harness() : bare;
        const names = ["session", "recording", ...Object.keys(given)];
        // @ts-expect-error: It is a constructor.
        await new AsyncFunction(...names, body)(session, recording, ...Object.values(given));
        const got = await client.send(new GetObjectCommand({ Bucket: "films", Key: given.key }));
        const stored = await /** @type {any} */ (got.Body).transformToByteArray();
        expect([got.ContentType, sha256(stored)]).toEqual(["video/mp4", digest]);
        expect(readdirSync(folder)).toEqual([]);
      }
      expect(given.confirmed).toEqual([700_000]);
    },
  );
});

describe.skipIf(isLacking).concurrent("an upload", { timeout: 120_000 }, () => {
  const session = harness();

  it("sends URL and headers as they are", async (test) => {
    const { folder, recording, digest } = recorded(test, 10_000);
    const { received, url } = await startStore(test);
    const odd = `${url}&a="\\'$(id)\`{1,2}[a-z]%25%22/../x;*~!#f`;
    const requiredHeaders = {
      "X-Odd": `"a\\b\\"c' $HOME \`id\` %0a %x ; & | {1,2}`,
      "x-empty": "",
      "x-blank": " \t ",
      "x-tab": "a\tb",
      "x-at": "@/etc/passwd",
      "Content-Length": "10000",
      "!#$%&'*+.^_`|~-0": "token",
      "x-long": "v".repeat(6_000),
    };
    await uploadRecordingArtifact(session, recording, { url: odd, requiredHeaders });
    const { headers, ...rest } = /** @type {import("../support/store.js").Received} */ (
      received[0]
    );
    const target = odd.slice(odd.indexOf("/bucket"), -2);
    expect(rest).toEqual({ method: "PUT", url: target, length: 10_000, sha256: digest });
    expect(headers).toMatchObject({
      "x-odd": requiredHeaders["X-Odd"],
      "x-empty": "",
      "x-blank": "",
      "x-tab": "a\tb",
      "x-at": "@/etc/passwd",
      "content-length": "10000",
      "!#$%&'*+.^_`|~-0": "token",
      "x-long": requiredHeaders["x-long"],
    });
    expect(headers).not.toHaveProperty("content-type");
    expectClean(folder);
  });

  it("reports how far it is", async (test) => {
    const { recording } = recorded(test, 30 * MIB);
    const { url } = await startStore(test, undefined, async (request) => {
      for (let times = 0; times < 3; times++) {
        request.pause();
        await sleep(1_200);
        request.resume();
        await once(request, "data");
      }
    });
    /** @type {UploadProgress[]} */
    const progress = [];
    // The first pieces go to the test, so the store's sum is of no interest.
    await uploadRecordingArtifact(session, recording, {
      url,
      requiredHeaders: {},
      onProgress: (one) => progress.push(one),
    });
    expect(progress.length).toBeGreaterThan(1);
    const sent = progress.map(({ sentBytes }) => sentBytes);
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
    expect(progress.every(({ totalBytes }) => totalBytes === 30 * MIB)).toBe(true);
    expect(sent[0]).toBeLessThan(30 * MIB);
    expect(sent.at(-1)).toBe(30 * MIB);
  });

  it("that is observed by one who throws ends with that", async (test) => {
    const { folder, recording } = recorded(test, MIB);
    const { url } = await startStore(test);
    const thrown = { odd: true };
    const uploading = uploadRecordingArtifact(session, recording, {
      url,
      requiredHeaders: {},
      onProgress() {
        throw thrown;
      },
    });
    await expect(uploading).rejects.toBe(thrown);
    expectClean(folder);
  });

  describe("that the store refuses", () => {
    it.for([400, 403, 404, 409, 412, 301, 307])(
      "with %i is not tried again",
      async (status, test) => {
        const { folder, recording } = recorded(test, 1_000);
        const { received, url } = await startStore(test, (response) => {
          response.writeHead(status, { location: url });
          response.end(
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
          );
        });
        const error = await refusal(
          uploadRecordingArtifact(session, recording, { url, requiredHeaders: {} }),
        );
        expect(error.upload).toEqual({ failure: "refused", httpStatus: status, curlExitCode: 0 });
        expect(error.message).toBe(
          `recording not uploaded: ${recording.boxPath}: the store refused it; HTTP status ${status}: AccessDenied`,
        );
        expect(received).toHaveLength(1);
        expectClean(folder);
      },
    );

    it.for([408, 429, 500, 503])("with %i is tried once more", async (status, test) => {
      const { folder, recording, digest } = recorded(test, 300_000);
      const once = await startStore(test, (response, _received, at) => {
        response.statusCode = at === 1 ? status : 200;
        response.end("busy");
      });
      await uploadRecordingArtifact(session, recording, { url: once.url, requiredHeaders: {} });
      expect(once.received.map(({ sha256 }) => sha256)).toEqual([digest, digest]);

      const always = await startStore(test, (response) => {
        response.statusCode = status;
        response.end("busy");
      });
      const error = await refusal(
        uploadRecordingArtifact(session, recording, { url: always.url, requiredHeaders: {} }),
      );
      expect(error.upload).toEqual({ failure: "refused", httpStatus: status, curlExitCode: 0 });
      expect(error.message).toMatch(/HTTP status \d+$/);
      expect(always.received).toHaveLength(2);
      expectClean(folder);
    });

    it("by an echo of all that it got tells no secret", async (test) => {
      const { recording } = recorded(test, 1_000);
      const value = ' Bearer hush  "plan"/<x>&hush1 ';
      /** @type {((text: string) => string)[]} */
      const forms = [
        (text) => text,
        (text) => text.trim().replace("Bearer ", ""),
        (text) => text.split(" ").join("\n"),
        (text) => text.replaceAll(/\s+/g, " "),
        (text) => text.toUpperCase(),
        encodeURIComponent,
        (text) => encodeURIComponent(text).replaceAll("%20", "+"),
        (text) => encodeURIComponent(encodeURIComponent(text)),
        (text) => JSON.stringify({ text }).replaceAll("/", "\\/"),
        (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;"),
        (text) => Buffer.from(text).toString("base64"),
        (text) => Buffer.from(text).toString("hex"),
        (text) => `<html><b title="${text}">${text}</b>`,
        (text) => text.repeat(500),
        () => "<Error><Code>hush</Code><Message>plan</Message></Error>",
      ];
      for (const form of forms) {
        const { url } = await startStore(test, (response, { headers, url = "" }) => {
          response.statusCode = 400;
          const text = form(`${headers["x-secret"]}`);
          response.end(`<Code>${text}</Code>${text}${form(`http://${headers.host}${url}`)}`);
        });
        const error = await refusal(
          uploadRecordingArtifact(session, recording, {
            url,
            requiredHeaders: { "x-secret": value },
          }),
        );
        expect(error.message).toBe(
          `recording not uploaded: ${recording.boxPath}: the store refused it; HTTP status 400`,
        );
      }
    });
  });

  describe("of a box", () => {
    it("without curl is refused", async (test) => {
      const { folder, recording } = recorded(test, 1_000, "og-upload-");
      const bin = path.join(folder, "bin");
      mkdirSync(bin);
      const tools = [
        "bash",
        "sh",
        "stat",
        "tail",
        "head",
        "od",
        "tr",
        "mkdir",
        "rm",
        "sleep",
        "wc",
      ];
      for (const tool of tools) {
        const dir = ["/usr/bin", "/bin"].find((dir) => existsSync(`${dir}/${tool}`));
        symlinkSync(`${dir}/${tool}`, path.join(bin, tool));
      }
      const { url } = await startStore(test);
      const bare = withProfile(folder, `PATH='${bin}'`);
      const error = await refusal(
        uploadRecordingArtifact(bare, recording, { url, requiredHeaders: {} }),
      );
      expect(error.upload).toEqual({ failure: "no-curl" });
      expect(error.message).toMatch(/: the box has no curl$/);
      expectClean(folder);
    });

    it.for([
      ["without the host's address", "http://no-such-host.invalid/a/turn-7.mp4", 6],
      ["without a server", "http://127.0.0.1:9/a/turn-7.mp4", 7],
    ])("%s is refused", async ([_name, url, code], test) => {
      const { folder, recording } = recorded(test, 1_000);
      const error = await refusal(
        uploadRecordingArtifact(session, recording, { url: String(url), requiredHeaders: {} }),
      );
      expect(error.upload).toEqual({ failure: "unreachable", curlExitCode: code });
      expect(error.message).toContain(`the box does not reach the store; curl exit code ${code}: `);
      expect(error.message).not.toContain("no-such-host");
      expectClean(folder);
    });

    it.skipIf(lacksRoot())("without a network is refused", async (test) => {
      const { folder, recording } = recorded(test, 1_000);
      const { url } = await startStore(test);
      const lonely = harness({ argv: (cmd) => ["unshare", "-n", "sh", "-c", cmd] });
      const error = await refusal(
        uploadRecordingArtifact(lonely, recording, { url, requiredHeaders: {} }),
      );
      expect(error.upload).toEqual({ failure: "unreachable", curlExitCode: 7 });
      expectClean(folder);
    });

    it("behind a proxy sends by it", async (test) => {
      const { folder, recording, digest } = recorded(test, 2 * MIB);
      const { received, url } = await startStore(test);
      /** @type {string[]} */
      const asked = [];
      const proxy = createServer((request, response) => {
        asked.push(request.url ?? "");
        const { method, headers } = request;
        request.pipe(
          send(request.url ?? "", { method, headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 500);
            answer.pipe(response);
          }),
        );
      });
      proxy.on("connect", (_request, socket) => {
        socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      });
      proxy.listen(0, "127.0.0.1");
      await once(proxy, "listening");
      test.onTestFinished(() => void proxy.close());
      const { port } = /** @type {import("node:net").AddressInfo} */ (proxy.address());
      const at = `http://127.0.0.1:${port}`;
      const behind = withProfile(
        folder,
        `export http_proxy=${at} https_proxy=${at}; unset no_proxy NO_PROXY`,
      );
      await uploadRecordingArtifact(behind, recording, { url, requiredHeaders: {} });
      expect(asked).toEqual([url]);
      expect(received.map(({ sha256 }) => sha256)).toEqual([digest]);

      const secure = url.replace("http:", "https:");
      const error = await refusal(
        uploadRecordingArtifact(behind, recording, { url: secure, requiredHeaders: {} }),
      );
      expect(error.upload?.failure).toBe("unreachable");
      expect(error.message).toMatch(/: the proxy has answered 403$/);
    });

    /** @type {[name: string, kind: import("../support/harness.js").Kind][]} */
    const kinds = [
      ["with a terminal for each command", TERMINAL],
      ["with one text for all output", { merges: true }],
      ["without /proc", WITHOUT_PROC],
    ];
    it.skipIf(lacksRoot()).for(kinds)("%s sends it", async ([_name, kind], test) => {
      const { folder, recording, digest } = recorded(test, MIB);
      const { received, url } = await startStore(test, undefined, () => sleep(1_000));
      await uploadRecordingArtifact(harness(kind), recording, { url, requiredHeaders: {} });
      expect(received).toMatchObject([{ method: "PUT", sha256: digest }]);
      expectClean(folder);
    });

    it("whose user has set curl up otherwise sends the same", async (test) => {
      const { folder, recording, digest } = recorded(test, 1_000);
      const { received, url } = await startStore(test);
      const profile = "set -a; set -x; set -o pipefail; config=x; key=y; umask 0; alias curl=false";
      const set = withProfile(folder, profile);
      writeFileSync(
        path.join(folder, "home/.curlrc"),
        'request = "DELETE"\nproxy = "127.0.0.1:9"\n',
      );
      await uploadRecordingArtifact(set, recording, { url, requiredHeaders: {} });
      expect(received).toMatchObject([{ method: "PUT", sha256: digest }]);
    });

    it("whose upload is killed is refused", async (test) => {
      const { folder, recording } = recorded(test, 1_000);
      const { url } = await startStore(test, undefined, () => sleep(20_000));
      const uploading = refusal(
        uploadRecordingArtifact(session, recording, { url, requiredHeaders: {} }),
      );
      await expect.poll(() => processesOf(folder).length, SOON).toBeGreaterThan(0);
      await expect.poll(() => existsSync(path.join(directoryOf(folder), "curl")), SOON).toBe(true);
      const curl = Number(readFileSync(path.join(directoryOf(folder), "curl"), "utf8"));
      for (const pid of [...processesOf(folder), curl]) signal(pid, "SIGKILL");
      const error = await uploading;
      expect(error.upload?.failure).toBe("failed");
      expectClean(folder);
    });

    it("removes what nobody comes back for", async (test) => {
      const { folder, recording } = recorded(test, 1_000);
      /** @type {any} */
      let prepare;
      const gone = {
        /** @param {any} args */
        async exec(args) {
          if (args.cmd.includes("/dev/urandom")) {
            // The command runs after all that its caller does.
            prepare = { ...args, cmd: args.cmd.replace("i < 60", "i < 4") };
            throw new Error("gone");
          }
          return session.exec(args);
        },
      };
      const uploading = uploadRecordingArtifact(gone, recording, {
        url: "http://127.0.0.1:9/a/turn-7.mp4",
        requiredHeaders: {},
      });
      await expect(uploading).rejects.toThrow("gone");
      await session.exec(prepare);
      expect(directoryOf(folder)).not.toBe("");
      await test.expect.poll(() => directoryOf(folder), SOON).toBe("");
      await test.expect.poll(() => processesOf(folder), SOON).toEqual([]);
      expectClean(folder);
    });

    it("that ends what a command leaves behind sends it", async (test) => {
      const { folder, recording, digest } = recorded(test, MIB);
      const { received, url } = await startStore(test, undefined, () => sleep(2_000));
      const ending = harness({ endsGroup: true });
      await uploadRecordingArtifact(ending, recording, { url, requiredHeaders: {} });
      expect(received).toMatchObject([{ sha256: digest }]);
      expectClean(folder);
    });

    it("that gets each command twice sends it once", async (test) => {
      const { folder, recording, digest } = recorded(test, MIB);
      const { received, url } = await startStore(test, undefined, () => sleep(1_500));
      const twice = {
        /** @param {any} args */
        async exec(args) {
          const [, second] = await Promise.all([session.exec(args), session.exec(args)]);
          return second;
        },
      };
      await uploadRecordingArtifact(twice, recording, { url, requiredHeaders: {} });
      expect(received.map(({ sha256 }) => sha256)).toEqual([digest]);
      expectClean(folder);
    });

    it("whose answers are lost on the way sends it once", async (test) => {
      const { folder, recording, digest } = recorded(test, MIB);
      const { received, url } = await startStore(test, undefined, () => sleep(6_000));
      let answers = 0;
      const lossy = {
        /** @param {any} args */
        async exec(args) {
          const reply = await session.exec(args);
          if (!/og-\w+ (key|upload);/.test(args.cmd)) return reply;
          answers++;
          if (answers % 3 === 1) throw new Error("lost");
          return answers % 3 === 2 ? { ...reply, stdout: "", output: "" } : reply;
        },
      };
      await uploadRecordingArtifact(lossy, recording, {
        url,
        requiredHeaders: {},
        onProgress() {},
      });
      expect(answers).toBeGreaterThan(5);
      expect(received.map(({ sha256 }) => sha256)).toEqual([digest]);
      expectClean(folder);
    });
  });

  describe("that takes too long", () => {
    it("on the way is ended", async (test) => {
      const { folder, recording } = recorded(test, 20 * MIB);
      const { url } = await startStore(test, undefined, () => sleep(60_000));
      const begun = performance.now();
      const error = await refusal(
        uploadRecordingArtifact(session, recording, { url, requiredHeaders: {}, maxSeconds: 2 }),
      );
      expect(error.upload).toEqual({ failure: "timed-out", curlExitCode: 28 });
      expect(performance.now() - begun).toBeLessThan(20_000);
      expectClean(folder);
    });

    it("because no answer comes is ended", async (test) => {
      const { folder, recording } = recorded(test, 1_000);
      const { received, url } = await startStore(test, () => {});
      const error = await refusal(
        uploadRecordingArtifact(session, recording, { url, requiredHeaders: {}, maxSeconds: 2 }),
      );
      expect(error.upload).toEqual({ failure: "timed-out", curlExitCode: 28 });
      expect(received).toHaveLength(1);
      expectClean(folder);
    });

    it("because an answer has no end is ended", async (test) => {
      const { folder, recording } = recorded(test, 1_000);
      const { url } = await startStore(test, (response) => {
        const piece = Buffer.alloc(1 << 16, "x");
        const more = () => response.write(piece, more);
        response.statusCode = 403;
        more();
      });
      const error = await refusal(
        uploadRecordingArtifact(session, recording, { url, requiredHeaders: {}, maxSeconds: 3 }),
      );
      expect(error.upload).toMatchObject({ failure: "refused", httpStatus: 403, curlExitCode: 28 });
      expectClean(folder);
    });

    it("is ended by its caller", async (test) => {
      const { folder, recording } = recorded(test, 20 * MIB);
      const { url } = await startStore(test, undefined, () => sleep(60_000));
      const controller = new AbortController();
      const uploading = uploadRecordingArtifact(session, recording, {
        url,
        requiredHeaders: {},
        signal: controller.signal,
      });
      const ended = expect(uploading).rejects.toThrow("enough");
      await expect.poll(() => processesOf(folder).length, SOON).toBeGreaterThan(0);
      controller.abort(new Error("enough"));
      await ended;
      await expect.poll(() => directoryOf(folder), SOON).toBe("");
      await expect.poll(() => processesOf(folder), SOON).toEqual([]);
      expectClean(folder);
    });
  });

  describe("of a file", () => {
    /** @type {[name: string, change: (file: string) => void][]} */
    const changes = [
      ["grows", (file) => appendFileSync(file, "more")],
      ["shrinks", (file) => truncateSync(file, 21 * MIB)],
      ["is another", (file) => writeFileSync(file, Buffer.alloc(24 * MIB))],
      ["goes away", (file) => rmSync(file)],
    ];
    it.for(changes)("that %s meanwhile is refused", async ([_name, change], test) => {
      const { folder, recording } = recorded(test, 24 * MIB);
      const { url } = await startStore(test, undefined, async () => {
        await sleep(500);
        change(recording.boxPath);
      });
      const error = await uploadRecordingArtifact(session, recording, {
        url,
        requiredHeaders: {},
        maxSeconds: 10,
      }).catch((error) => error);
      expect(error).toBeInstanceOf(RecordingError);
      if (existsSync(recording.boxPath)) {
        expect(error.reason).toBe("upload-failed");
        expect(error.upload.failure).toMatch(/changed|failed|timed-out/);
        expectClean(folder);
      } else {
        expect(error.message).toMatch(/^recording file missing/);
      }
    });

    it("that the store answers before it has read it fails, and has not changed", async (test) => {
      const { folder, recording } = recorded(test, 24 * MIB);
      const server = createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => {
          socket.pause();
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
          setTimeout(() => socket.end(), 300);
          setTimeout(() => socket.destroy(), 1_500);
        });
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      test.onTestFinished(() => void server.close());
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      const url = `http://127.0.0.1:${port}/a/turn-7.mp4`;
      const error = await refusal(
        uploadRecordingArtifact(session, recording, { url, requiredHeaders: {} }),
      );
      expect(error.upload).toEqual({ failure: "failed", httpStatus: 200, curlExitCode: 0 });
      expect(error.message).toMatch(/: the store has answered after \d+ bytes of 25165824$/);
      expectClean(folder);
    });

    it("that is not finished is refused", async (test) => {
      const { folder, recording } = recorded(test, 5_000);
      const { received, url } = await startStore(test);
      const ftyp = Buffer.from("\0\0\0\x10ftypisomisom", "latin1");
      const mdat = Buffer.alloc(100);
      mdat.writeUInt32BE(2_000, 0);
      mdat.write("mdat", 4);
      writeFileSync(recording.boxPath, Buffer.concat([ftyp, mdat]));
      const uploading = uploadRecordingArtifact(session, recording, { url, requiredHeaders: {} });
      await expect(uploading).rejects.toThrow(
        "the MP4 box at offset 16 does not end within the file",
      );
      await expect(uploading).rejects.toMatchObject({ reason: "ffmpeg-error" });
      expect(received).toEqual([]);
      expectClean(folder);
    });

    it("that a header tells another length of is refused", async (test) => {
      const { recording } = recorded(test, 5_000);
      const { received, url } = await startStore(test);
      const error = await refusal(
        uploadRecordingArtifact(session, recording, {
          url,
          requiredHeaders: { "content-length": "5001" },
        }),
      );
      expect(error.upload).toEqual({ failure: "refused" });
      expect(received).toEqual([]);
    });

    it("in a full folder is sent", async (test) => {
      // Nothing can be written beside the file, by root neither.
      const { folder, recording, digest } = recorded(test, 5_000);
      const { received, url } = await startStore(test);
      const full = changing(session, (cmd) =>
        cmd.replace(/mkdir "\$d"/, `case $d in /dev/shm/*) mkdir "$d";; *) false;; esac`),
      );
      await uploadRecordingArtifact(full, recording, { url, requiredHeaders: {} });
      expect(received).toMatchObject([{ sha256: digest }]);
      expect(
        readdirSync("/dev/shm").filter((name) => statSync(`/dev/shm/${name}`).uid < 0),
      ).toEqual([]);
      expectClean(folder);
    });
  });
});

describe.skipIf(isLacking)("what others on the box see of an upload", { timeout: 120_000 }, () => {
  /**
   * Looks for the signature and its other forms in all processes and files, until the end.
   *
   * @param {string} folder
   */
  async function watching(folder) {
    const forms = [
      SIGNATURE,
      ...[0, 1, 2].map((at) => base64Of(SIGNATURE, at)),
      Buffer.from(SIGNATURE).toString("hex"),
    ];
    const source = fileURLToPath(new URL("../support/lookout.mjs", import.meta.url));
    const worker = new Worker(source, { workerData: { forms, folders: [folder, "/dev/shm"] } });
    await once(worker, "message");
    return async () => {
      worker.postMessage("end");
      const [{ rounds, found }] = await once(worker, "message");
      await worker.terminate();
      expect(rounds).toBeGreaterThan(20);
      return /** @type {string[]} */ (found);
    };
  }

  it("is neither URL nor headers", async (test) => {
    const { folder, recording, digest } = recorded(test, 8 * MIB);
    const { received, url } = await startStore(test, undefined, () => sleep(4_000));
    // A shell that keeps its history, and passes everything on.
    const session = withProfile(
      folder,
      `HISTFILE='${folder}/history'; set -o history; set -a; set -x`,
    );
    /** @type {string[]} */
    const transcript = [];
    const logged = {
      /** @param {any} args */
      async exec(args) {
        const reply = await session.exec(args);
        transcript.push(args.cmd, JSON.stringify(reply));
        return reply;
      },
    };
    const ended = await watching(folder);
    await uploadRecordingArtifact(logged, recording, {
      url,
      requiredHeaders: { "x-token": SIGNATURE },
    });
    expect(await ended()).toEqual([]);
    expect(received).toMatchObject([{ sha256: digest, headers: { "x-token": SIGNATURE } }]);
    for (const line of transcript) {
      for (const form of [
        SIGNATURE,
        base64Of(SIGNATURE, 0),
        Buffer.from(SIGNATURE).toString("hex"),
      ]) {
        expect(line).not.toContain(form);
      }
    }
  });

  it("would be found", async (test) => {
    const { folder, recording } = recorded(test, 1_000);
    const { url } = await startStore(test, undefined, () => sleep(1_500));
    const ended = await watching(folder);
    await harness().exec({
      cmd: `TOKEN=${SIGNATURE} curl -T '${recording.boxPath}' '${url}'; echo ${base64Of(SIGNATURE, 0)} >'${folder}/left'`,
    });
    await sleep(500);
    const found = await ended();
    for (const place of ["cmdline", "environ", "left"]) {
      expect(found.some((one) => one.endsWith(place))).toBe(true);
    }
  });

  it("is not the directory of the upload", async (test) => {
    const { folder, recording } = recorded(test, MIB);
    const { url } = await startStore(test, undefined, () => sleep(2_000));
    const uploading = uploadRecordingArtifact(harness(), recording, { url, requiredHeaders: {} });
    await expect.poll(() => directoryOf(folder), SOON).not.toBe("");
    expect(statSync(directoryOf(folder)).mode & 0o777).toBe(0o700);
    await expect.poll(() => readdirSync(directoryOf(folder)).includes("curl"), SOON).toBe(true);
    for (const name of readdirSync(directoryOf(folder))) {
      expect(statSync(path.join(directoryOf(folder), name)).mode & 0o777).toBe(0o600);
    }
    await uploading;
    expectClean(folder);
  });
});

/**
 * The middle of what base64 makes of a text that begins at an offset in a group.
 *
 * @param {string} text
 * @param {number} at
 */
function base64Of(text, at) {
  return Buffer.from(" ".repeat(at) + text)
    .toString("base64")
    .slice(4, -4);
}

/**
 * The directory of the upload that goes on in a folder.
 *
 * @param {string} folder
 */
function directoryOf(folder) {
  const name = readdirSync(folder).find((name) => name.startsWith("og-upload-"));
  return name === undefined ? "" : path.join(folder, name);
}
