// What the providers' own SDKs throw, and what is made of it. Their services are servers of this machine,
// which answer as a test says.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { classifyProviderSandboxFailure } from "../../index.js";

const VERSIONS = {
  modal: "0.7.6",
  e2b: "2.32.0",
  "@daytonaio/sdk": "0.161.0",
  "@runloop/api-client": "1.16.2",
  "@vercel/sandbox": "1.9.3",
};

/** A port that nothing listens on, and that `fetch` does not refuse. */
const CLOSED = "http://127.0.0.1:9999";

/** What the servers answer. @type {{ status: number, body: object, grpc: [code: string, words: string] }} */
const answer = { status: 404, body: {}, grpc: ["5", ""] };

const service = createServer((_, response) => {
  response.writeHead(answer.status, { "content-type": "application/json" });
  response.end(JSON.stringify(answer.body));
});
const grpcService = createHttp2Server();
grpcService.on("stream", (stream) => {
  const [code, words] = answer.grpc;
  stream.respond(
    {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": code,
      "grpc-message": encodeURIComponent(words),
    },
    { endStream: true },
  );
});

/** @type {Record<keyof typeof VERSIONS, any>} */
let sdks;
let url = "";

beforeAll(async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const project = path.join(root, "target/sdk/providers");
  const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  const installed = path.join(project, `installed-${packages.join("-").replaceAll("/", "-")}`);
  if (!existsSync(installed)) {
    mkdirSync(project, { recursive: true });
    writeFileSync(path.join(project, "package.json"), '{ "private": true, "type": "module" }');
    const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
    execFileSync("npm", ["install", ...options, ...packages], { cwd: project, stdio: "pipe" });
    writeFileSync(installed, "");
  }
  const { resolve } = createRequire(path.join(project, "package.json"));
  url = `http://127.0.0.1:${await portOf(service)}`;
  process.env["MODAL_SERVER_URL"] = `http://127.0.0.1:${await portOf(grpcService)}`;
  const names = /** @type {(keyof typeof VERSIONS)[]} */ (Object.keys(VERSIONS));
  const loaded = names.map(async (name) => [
    name,
    await import(/* @vite-ignore */ pathToFileURL(resolve(name)).href),
  ]);
  sdks = Object.fromEntries(await Promise.all(loaded));
}, 300_000);

afterAll(() => {
  service.close();
  grpcService.close();
  delete process.env["MODAL_SERVER_URL"];
});

/** @param {import("node:net").Server} server */
async function portOf(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/**
 * What is made of the error that a call rejects with.
 *
 * @param {string} backend
 * @param {() => Promise<unknown>} call
 */
async function failureOf(backend, call) {
  const error = await call().then(
    () => expect.fail("it succeeds"),
    (/** @type {unknown} */ thrown) => thrown,
  );
  return classifyProviderSandboxFailure(backend, error);
}

it("of modal", async () => {
  const client = new sdks.modal.ModalClient({ tokenId: "t", tokenSecret: "s" });
  const box = () => failureOf("modal", () => client.sandboxes.fromId("sb-01JQXYZABCDEFGHJKMNPQR"));
  answer.grpc = ["5", "no such thing"];
  expect(await box()).toBe("gone");
  expect(await failureOf("modal", () => client.apps.fromName("a"))).toBe("not-gone");
  expect(await failureOf("modal", () => client.sandboxes.fromId("none"))).toBe("not-gone");
  answer.grpc = ["14", "sandbox not found"];
  expect(await box()).toBe("transient");
  answer.grpc = ["16", "sandbox not found"];
  expect(await box()).toBe("not-gone");
}, 60_000);

it("of e2b", async () => {
  const { Sandbox } = sdks.e2b;
  const apiKey = `e2b_${"0".repeat(40)}`;
  const connect = (apiUrl = url) =>
    failureOf("e2b", () => Sandbox.connect("isb1", { apiKey, apiUrl }));
  Object.assign(answer, { status: 404, body: { code: 404, message: "no" } });
  expect(await connect()).toBe("gone");
  Object.assign(answer, { status: 503, body: { code: 503, message: "sandbox not found" } });
  expect(await connect()).toBe("transient");
  Object.assign(answer, { status: 401, body: { code: 401, message: "sandbox not found" } });
  expect(await connect()).toBe("not-gone");
  expect(await connect(CLOSED)).toBe("transient");
});

it("of daytona", async () => {
  const { Daytona } = sdks["@daytonaio/sdk"];
  const get = (apiUrl = url) =>
    failureOf("daytona", () => new Daytona({ apiKey: "k", apiUrl }).get("sb-1"));
  const message = "Sandbox with ID or name sb-1 not found";
  Object.assign(answer, { status: 404, body: { statusCode: 404, message } });
  expect(await get()).toBe("gone");
  Object.assign(answer, {
    status: 404,
    body: { statusCode: 404, message: "Organization not found" },
  });
  expect(await get()).toBe("not-gone");
  for (const status of [429, 502]) {
    Object.assign(answer, { status, body: { message } });
    expect(await get()).toBe("transient");
  }
  expect(await get(CLOSED)).toBe("transient");
});

it("of runloop", async () => {
  const { Runloop } = sdks["@runloop/api-client"];
  const retrieve = (baseURL = url) =>
    failureOf("runloop", () =>
      new Runloop({ bearerToken: "k", baseURL, maxRetries: 0 }).devboxes.retrieve("dbx_1"),
    );
  Object.assign(answer, { status: 404, body: { message: "Devbox not found" } });
  expect(await retrieve()).toBe("gone");
  Object.assign(answer, { status: 409, body: { message: "Devbox not found" } });
  expect(await retrieve()).toBe("not-gone");
  expect(await retrieve(CLOSED)).toBe("transient");
});

it("of vercel", async () => {
  const { Sandbox } = sdks["@vercel/sandbox"];
  const credentials = { token: "t", teamId: "team", projectId: "p" };
  const get = (base = url) =>
    failureOf("vercel", () =>
      Sandbox.get({
        ...{ sandboxId: "sbx_1", ...credentials },
        fetch: (/** @type {string} */ asked, /** @type {RequestInit} */ init) =>
          fetch(`${base}${new URL(asked).pathname}`, init),
      }),
    );
  for (const status of [404, 410]) {
    Object.assign(answer, { status, body: { error: { code: "gone", message: "Gone" } } });
    expect(await get()).toBe("gone");
  }
  Object.assign(answer, { status: 403, body: { error: { message: "Sandbox not found" } } });
  expect(await get()).toBe("not-gone");
}, 30_000);
