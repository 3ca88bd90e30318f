// The clients that the SDK's packages have, in their oldest and newest version that is supported: each
// is made with stub credentials, by the package as it is in a project of its own.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Of `@openai/agents-extensions`, and of `@openai/agents` beside it. */
const OLDEST = { extensions: "0.11.4", agents: "0.11.4" };
const NEWEST = { extensions: "0.18.0", agents: "0.20.0" };

/**
 * A project with the package and these versions of the SDK. What is installed is kept.
 *
 * @param {{ extensions: string, agents: string }} versions
 */
function projectOf({ extensions, agents }) {
  const project = path.join(root, "target/sdk", `${extensions}-${agents}`);
  if (!existsSync(path.join(project, "installed"))) {
    mkdirSync(project, { recursive: true });
    writeFileSync(path.join(project, "package.json"), '{ "private": true, "type": "module" }');
    const packages = [
      `@openai/agents-extensions@${extensions}`,
      `@openai/agents@${agents}`,
      "zod@4",
    ];
    const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
    execFileSync("npm", ["install", ...options, ...packages], { cwd: project, stdio: "pipe" });
    writeFileSync(path.join(project, "installed"), "");
  }
  const home = path.join(project, "node_modules/@opengeni/runtime-native");
  rmSync(home, { recursive: true, force: true });
  const binaries = readdirSync(root).filter((name) => name.endsWith(".node"));
  const types = ["index.d.ts", "protocol.d.ts", "types"];
  const code = ["index.js", "native.js", "requires.cjs", "js", "package.json"];
  for (const name of [...code, ...types, ...binaries]) {
    cpSync(path.join(root, name), path.join(home, name), { recursive: true });
  }
  return project;
}

/**
 * Puts an SDK of Daytona there, whose boxes answer every command with success.
 *
 * @param {string} project
 */
function installDaytona(project) {
  const folder = path.join(project, "node_modules/@daytonaio/sdk");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module", "exports": "./sdk.js" }');
  const code = `
    const boxes = (globalThis.boxes = new Map());
    let made = 0;
    class Box {
      id = "box-" + ++made;
      fs = new Proxy({}, { get: () => async () => Buffer.alloc(0) });
      process = { executeCommand: async () => ({ exitCode: 0, result: "", artifacts: { stdout: "" } }) };
      constructor() { boxes.set(this.id, this); }
      async start() {}
      async stop() {}
      async delete() { boxes.delete(this.id); }
      async getUserHomeDir() { return "/home/daytona"; }
      async getWorkDir() { return "/home/daytona"; }
    }
    export class Daytona {
      async create() { return new Box(); }
      async get(id) {
        if (boxes.has(id)) return boxes.get(id);
        throw Object.assign(new Error("Sandbox " + id + " not found"), { statusCode: 404 });
      }
    }
  `;
  writeFileSync(path.join(folder, "sdk.js"), code);
}

/**
 * What a program in a project prints, as JSON.
 *
 * @param {string} project
 * @param {string} code
 * @param {string} [type]
 */
function printed(project, code, type = "module") {
  const args = ["--no-warnings", `--input-type=${type}`, "-e", code];
  const env = { ...process.env, NODE_PATH: "" };
  return JSON.parse(execFileSync(process.execPath, args, { cwd: project, env, encoding: "utf8" }));
}

describe.each([
  ["oldest", OLDEST],
  ["newest", NEWEST],
])("the %s version of the SDK", (_, versions) => {
  /** @type {string} */
  let project;
  beforeAll(() => {
    project = projectOf(versions);
  }, 300_000);

  it("has every client of the registry", () => {
    const code = `
      import { PROVIDER_REGISTRY, assertProviderRegistryInvariants } from "@opengeni/runtime-native";
      assertProviderRegistryInvariants();
      console.log(JSON.stringify(Object.keys(PROVIDER_REGISTRY).length));
    `;
    expect(printed(project, code)).toBe(11);
  });

  it.each(["import", "require"])("has the classes that an %s of the caller's gives", (how) => {
    const names = {
      modal: "Modal",
      e2b: "E2B",
      daytona: "Daytona",
      vercel: "Vercel",
      cloudflare: "Cloudflare",
      runloop: "Runloop",
      blaxel: "Blaxel",
    };
    const code = `
      const { createSandboxClientForBackend, PROVIDER_REGISTRY } = await import("@opengeni/runtime-native");
      const { UnixLocalSandboxClient } = await import("@openai/agents/sandbox/local");
      const settings = { modalAppName: "a", modalTimeoutSeconds: 1, daytonaApiKey: "k",
        runloopApiKey: "k", blaxelApiKey: "k", cloudflareWorkerUrl: "https://w", vercelToken: "t",
        vercelProjectId: "p", e2bApiKey: "k", dockerExposedPorts: "" };
      const seen = { local: createSandboxClientForBackend("local", settings, {}) instanceof UnixLocalSandboxClient };
      for (const [backend, name] of Object.entries(${JSON.stringify(names)})) {
        const sdk = await import("@openai/agents-extensions/sandbox/" + backend);
        const client = createSandboxClientForBackend(backend, settings, {});
        seen[backend] = client instanceof sdk[name + "SandboxClient"] && client.backendId === backend;
      }
      console.log(JSON.stringify(seen));
    `;
    const wrapped = how === "import" ? code : `(async () => {${code}})()`;
    const all = Object.fromEntries(["local", ...Object.keys(names)].map((name) => [name, true]));
    expect(printed(project, wrapped, how === "import" ? "module" : "commonjs")).toEqual(all);
  });

  it("takes sessions and clients of this package for its own, by its types", () => {
    const caller = path.join(root, "__test__/types/providers/sdk.ts");
    cpSync(caller, path.join(project, "sdk.ts"));
    const options = {
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true },
      ...{ module: "nodenext", target: "es2023", types: [] },
    };
    const config = { compilerOptions: options, files: ["sdk.ts"] };
    writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify(config));
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "--project", project], {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, ""]);
  });

  it("resumes a local box that was stored", () => {
    const code = `
      import { writeFileSync, readFileSync } from "node:fs";
      import { establishSandboxSessionFromEnvelope as establish,
        serializeEstablishedSandboxEnvelope as serialize } from "@opengeni/runtime-native";
      const settings = { sandboxBackend: "local", dockerExposedPorts: "" };
      const opts = { sessionId: "s", backendOverride: "local", environment: {} };
      const first = await establish(settings, null, opts);
      const file = first.instanceId + "/note";
      writeFileSync(file, "1");
      const envelope = JSON.parse(JSON.stringify(await serialize(first)));
      writeFileSync(file, "2");
      const again = await establish(settings, envelope, opts);
      const note = readFileSync(file, "utf8");
      await again.session.close();
      console.log(JSON.stringify([again.instanceId === first.instanceId, note]));
    `;
    expect(printed(project, code)).toEqual([true, "2"]);
  });

  it("gets the archive into the box that Daytona's client makes in place of one that is gone", () => {
    installDaytona(project);
    const code = `
      import { establishSandboxSessionFromEnvelope as establish,
        serializeEstablishedSandboxEnvelope as serialize } from "@opengeni/runtime-native";
      const settings = { sandboxBackend: "daytona", daytonaApiKey: "k", dockerExposedPorts: "" };
      const opts = { sessionId: "s", backendOverride: "daytona", environment: {} };
      const first = await establish(settings, null, opts);
      const envelope = JSON.parse(JSON.stringify(await serialize(first)));
      const kept = await establish(settings, envelope, opts);
      globalThis.boxes.clear();
      // An archive that is none: that it is refused shows that it is restored.
      envelope.sessionState.workspaceArchive = "bm8gdGFy";
      const failed = await establish(settings, envelope, opts).catch((error) => error.name);
      const left = globalThis.boxes.size;
      delete envelope.sessionState.workspaceArchive;
      const again = await establish(settings, envelope, opts);
      const next = await serialize(again);
      console.log(JSON.stringify({
        first: first.instanceId, kept: kept.instanceId, failed, left, again: again.instanceId,
        stored: next.sessionState.providerState.sandboxId,
      }));
    `;
    expect(printed(project, code)).toEqual({
      first: "box-1",
      kept: "box-1",
      failed: expect.stringMatching(/Error$/),
      left: 0,
      again: "box-3",
      stored: "box-3",
    });
  });
});
