// The SDK is an optional peer dependency: what happens where it is missing, or does not load.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @type {string} */
let project;

/** The package alone: above a temporary folder there is no SDK. */
beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), "peer-"));
  const binaries = readdirSync(root).filter((name) => name.endsWith(".node"));
  for (const name of ["index.js", "native.js", "requires.cjs", "js", "package.json", ...binaries]) {
    cpSync(path.join(root, name), path.join(project, name), { recursive: true });
  }
});
afterEach(() => rmSync(project, { recursive: true }));

/**
 * Puts an SDK there, with the code of its two builds.
 *
 * @param {{ esm: string, cjs: string }} [builds] Without them it lacks what is needed of it.
 */
function install(builds) {
  const folder = path.join(project, "node_modules/@openai/agents");
  mkdirSync(folder, { recursive: true });
  const files = { import: "./sandbox.mjs", require: "./sandbox.cjs" };
  const exported = builds ? { "./sandbox": files } : {};
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ exports: exported }));
  writeFileSync(path.join(folder, files.import), builds?.esm ?? "");
  writeFileSync(path.join(folder, files.require), builds?.cjs ?? "");
}

/** What comes of making a session, and what the package says before there is one. */
async function outcome() {
  const code = `
    import { SelfhostedSession, subjectFor } from "./index.js";
    const outcome = { subject: subjectFor("w", "a") };
    try {
      const deps = { workspaceId: "w", agentId: "a", controlRpc: {}, relay: { host: "r" } };
      outcome.manifest = new SelfhostedSession(deps).state.manifest;
    } catch (error) {
      const { message, cause } = error;
      Object.assign(outcome, { message, cause: String(cause), code: cause.code });
    }
    console.log(JSON.stringify(outcome));
  `;
  const args = ["--no-warnings", "--input-type=module", "-e", code];
  const env = { ...process.env, NODE_PATH: "" };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project, env });
  const { subject, ...rest } = JSON.parse(stdout);
  expect(subject).toBe("agent.w.a.rpc");
  return rest;
}

const NEED = "a selfhosted session needs @openai/agents/sandbox; ";
const MANIFEST =
  "class Manifest { constructor({ root }) { this.build = BUILD; this.root = root; } }";
const build = (/** @type {string} */ name) => MANIFEST.replace("BUILD", JSON.stringify(name));

it("is missing: what to install is said", async () => {
  const { message, cause, code } = await outcome();
  expect(message).toBe(`${NEED}install it with: npm install @openai/agents`);
  expect(cause).toMatch("Cannot find package '@openai/agents'");
  expect(code).toBe("ERR_MODULE_NOT_FOUND");
});

it("needs what is missing: what that is is said, and nothing to install", async () => {
  install({ esm: 'import "zod"; export class Manifest {}', cjs: 'require("zod");' });
  const { message, cause, code } = await outcome();
  expect(message.startsWith(`${NEED}it does not load: Cannot find package 'zod'`)).toBe(true);
  expect(message).not.toContain("npm install");
  expect(cause).toMatch("Cannot find package 'zod'");
  expect(code).toBe("ERR_MODULE_NOT_FOUND");
});

it("does not load: the first build says why", async () => {
  install({
    esm: 'throw new TypeError("of the ES module")',
    cjs: 'throw new TypeError("of the CommonJS build")',
  });
  expect(await outcome()).toEqual({
    message: `${NEED}it does not load: of the ES module`,
    cause: "TypeError: of the ES module",
  });
});

it("has no such part: which is said", async () => {
  install();
  const { message, code } = await outcome();
  expect(message).toMatch(/^a selfhosted [^;]+; it does not load: .*'\.\/sandbox'/);
  expect(code).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
});

it("loads: as the caller's own imports have it", async () => {
  install({
    esm: `export ${build("ES module")}`,
    cjs: `exports.Manifest = ${build("CommonJS")}`,
  });
  expect(await outcome()).toEqual({ manifest: { build: "ES module", root: "/workspace" } });
});

it("cannot be required as an ES module: the other build does", async () => {
  install({
    esm: `await undefined; export ${build("ES module")}`,
    cjs: `exports.Manifest = ${build("CommonJS")}`,
  });
  expect(await outcome()).toEqual({ manifest: { build: "CommonJS", root: "/workspace" } });
});

/**
 * Puts a package there, with modules that write down that they are loaded.
 *
 * @param {string} name
 * @param {Record<string, string>} parts Their code.
 */
function installParts(name, parts) {
  const folder = path.join(project, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  const exported = Object.keys(parts).map((part, at) => [`./${part}`, `./${at}.mjs`]);
  writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ name, exports: Object.fromEntries(exported) }),
  );
  Object.entries(parts).forEach(([part, code], at) => {
    const noted = `(globalThis.loaded ??= []).push(${JSON.stringify(part)});`;
    writeFileSync(path.join(folder, `${at}.mjs`), `${noted}\n${code}`);
  });
}

/**
 * What was loaded before any client was made and after each, and the client or the error.
 *
 * @param {string[]} backends
 * @returns {Promise<any[]>}
 */
async function clientsOf(...backends) {
  const code = `
    import { SandboxProviderUnavailableError, createSandboxClientForBackend } from "./index.js";
    const settings = { modalAppName: "a", e2bApiKey: "k", dockerExposedPorts: "" };
    const outcomes = [{ loaded: globalThis.loaded ?? [] }];
    for (const backend of ${JSON.stringify(backends)}) {
      let client;
      try {
        client = createSandboxClientForBackend(backend, settings, {});
      } catch (error) {
        const { message, cause, name } = error;
        const isOfClass = error instanceof SandboxProviderUnavailableError;
        client = { message, isOfClass, backend: error.backend, cause: cause && String(cause) };
      }
      outcomes.push({ loaded: [...(globalThis.loaded ?? [])], client });
    }
    console.log(JSON.stringify(outcomes));
  `;
  const args = ["--no-warnings", "--input-type=module", "-e", code];
  const env = { ...process.env, NODE_PATH: "" };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project, env });
  const [{ loaded }, ...outcomes] = JSON.parse(stdout);
  expect(loaded).toEqual([]);
  return outcomes;
}

const EXTENSIONS = "@openai/agents-extensions";
const client = (/** @type {string} */ name, id = name.toLowerCase()) =>
  `export class ${name}SandboxClient {
    backendId = "${id}";
    constructor(...args) { this.args = args; }
  }`;
const LOCAL = `${client("Docker")} ${client("UnixLocal", "unix_local")}`;
const lack = (/** @type {string} */ backend) =>
  `provider ${backend} not available in installed @openai/agents-extensions; `;

it("has a client of each provider: each part is loaded with its first client", async () => {
  installParts("@openai/agents", { "sandbox/local": LOCAL });
  installParts(EXTENSIONS, {
    "sandbox/e2b": client("E2B"),
    "sandbox/modal": client("Modal"),
  });
  const clients = await clientsOf("selfhosted", "e2b", "local", "docker", "modal", "e2b");
  const [local, e2b, modal] = ["sandbox/local", "sandbox/e2b", "sandbox/modal"];
  expect(clients.map(({ loaded }) => loaded)).toEqual([
    [],
    [e2b],
    [e2b, local],
    [e2b, local],
    [e2b, local, modal],
    [e2b, local, modal],
  ]);
  const ids = clients.map((made) => made.client.backendId);
  expect(ids).toEqual(["selfhosted", "e2b", "unix_local", "docker", "modal", "e2b"]);
});

it("lacks a provider's package: the others go on, and what to install is said", async () => {
  installParts("@openai/agents", { "sandbox/local": LOCAL });
  const [local, modal] = await clientsOf("local", "modal");
  expect(local.client).toEqual({ backendId: "unix_local", args: [] });
  expect(modal.client).toEqual({
    isOfClass: true,
    backend: "modal",
    message: `${lack("modal")}install it with: npm install @openai/agents-extensions @openai/agents`,
    cause: expect.stringContaining("Cannot find package '@openai/agents-extensions'"),
  });
});

it("lacks the package of the local clients: what to install is said", async () => {
  const [docker] = await clientsOf("docker");
  expect(docker.client).toMatchObject({
    backend: "docker",
    message: `${lack("docker")}install it with: npm install @openai/agents`,
  });
});

it("has a package without a provider: a later one is to be installed", async () => {
  installParts(EXTENSIONS, { "sandbox/e2b": client("E2B"), "sandbox/modal": "" });
  const [modal, e2b] = await clientsOf("modal", "e2b");
  const remedy = `install a later one with: npm install ${EXTENSIONS}@latest`;
  const message = `${lack("modal")}${EXTENSIONS} has no ModalSandboxClient; ${remedy}`;
  expect(modal.client).toEqual({ isOfClass: true, backend: "modal", message });
  expect(e2b.client).toEqual({ backendId: "e2b", args: [{ env: {}, exposedPorts: [] }] });

  installParts(EXTENSIONS, { "sandbox/e2b": client("E2B") });
  const [none] = await clientsOf("modal");
  const part = `${lack("modal")}${EXTENSIONS} has no sandbox/modal; ${remedy}`;
  expect(none.client).toMatchObject({ isOfClass: true, message: part });
});

it("has a provider that does not load: which is said", async () => {
  installParts(EXTENSIONS, {
    "sandbox/e2b": client("E2B"),
    "sandbox/modal": 'throw new TypeError("no module");',
  });
  const [modal, e2b] = await clientsOf("modal", "e2b");
  expect(modal.client).toEqual({
    isOfClass: true,
    backend: "modal",
    message: `${lack("modal")}${EXTENSIONS}/sandbox/modal does not load: no module`,
    cause: "TypeError: no module",
  });
  expect(e2b.client).toEqual({ backendId: "e2b", args: [{ env: {}, exposedPorts: [] }] });
});
