import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DockerSandboxClient } from "@openai/agents/sandbox/local";
import { PROVIDER_REGISTRY, createSandboxClientForBackend } from "../../../index.js";

const { build } = PROVIDER_REGISTRY.docker;
const PATH = process.env["PATH"];
/** @type {string} */
let folder;

/** A docker that writes down how it was called, and answers as a script says. */
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "og-docker-"));
});
afterEach(() => {
  PROVIDER_REGISTRY.docker.build = build;
  process.env["PATH"] = PATH;
  rmSync(folder, { recursive: true });
});

/** @param {string} script */
function installDocker(script) {
  const file = path.join(folder, "docker");
  writeFileSync(file, `#!/bin/sh\nprintf '%s|' "$@" >> ${folder}/calls\n${script}\n`);
  chmodSync(file, 0o755);
  process.env["PATH"] = `${folder}:${PATH}`;
}

const callsOfDocker = () => readFileSync(path.join(folder, "calls"), "utf8");

/**
 * @param {any} raw
 * @param {string} [dockerNetwork]
 * @returns {any}
 */
function decorated(raw, dockerNetwork = " net ") {
  PROVIDER_REGISTRY.docker.build = () => raw;
  const settings = { dockerExposedPorts: "", dockerNetwork };
  return createSandboxClientForBackend("docker", /** @type {any} */ (settings), {});
}

describe("a client with a network", () => {
  it("has what the SDK's client has, in its order, and nothing else", () => {
    const raw = new DockerSandboxClient({ image: "i" });
    const client = decorated(raw);
    expect(client).not.toBe(raw);
    expect(Object.getPrototypeOf(client)).toBe(Object.prototype);
    expect(client).toMatchObject({ backendId: "docker", supportsDefaultOptions: true });
    const keys =
      "backendId supportsDefaultOptions create resume delete serializeSessionState canPersistOwnedSessionState canReusePreservedOwnedSession deserializeSessionState";
    expect(Object.keys(client)).toEqual(keys.split(" ").filter((key) => key in raw));
  });

  it.each([["  "], [""], [undefined]])("is the SDK's own for the network %j", (network) => {
    const raw = { backendId: "docker" };
    PROVIDER_REGISTRY.docker.build = () => raw;
    const settings = /** @type {any} */ ({ dockerExposedPorts: "", dockerNetwork: network });
    expect(createSandboxClientForBackend("docker", settings, {})).toBe(raw);
  });

  it("passes calls on, to the client", async () => {
    /** @type {any[]} */
    const calls = [];
    /** @type {any} */
    const raw = { backendId: "docker" };
    const names =
      "create resume delete serializeSessionState canPersistOwnedSessionState canReusePreservedOwnedSession deserializeSessionState";
    for (const name of names.split(" ")) {
      raw[name] = async (/** @type {any[]} */ ...args) => void calls.push([name, ...args]);
      raw[name] = function (/** @type {any[]} */ ...args) {
        expect(this).toBe(raw);
        calls.push([name, ...args]);
        return Promise.resolve(name);
      };
    }
    const client = decorated(raw);
    expect(Object.keys(client)).toEqual(["backendId", ...names.split(" ")]);
    for (const name of names.split(" ")) expect(await client[name](1, 2, 3)).toBe(name);
    expect(calls).toEqual([
      ["create", 1, 2, 3],
      ["resume", 1],
      ["delete", 1],
      ["serializeSessionState", 1, 2],
      ["canPersistOwnedSessionState", 1],
      ["canReusePreservedOwnedSession", 1],
      ["deserializeSessionState", 1],
    ]);
  });
});

describe("a container", () => {
  /** @param {any} state */
  function clientOf(state) {
    let removed = 0;
    const session = { state, delete: async () => void removed++ };
    const raw = { backendId: "docker", create: async () => session, resume: async () => session };
    return { client: decorated(raw), session, removed: () => removed };
  }

  it.each(["create", "resume"])("is connected after %s", async (method) => {
    installDocker("exit 0");
    const { client, session } = clientOf({ containerId: "c1" });
    expect(await client[method]({})).toBe(session);
    expect(callsOfDocker()).toBe("network|connect|net|c1|");
  });

  it("may be connected already", async () => {
    installDocker("echo 'endpoint already exists in network' >&2; exit 1");
    const { client, session, removed } = clientOf({ containerId: "c1" });
    expect(await client.create({})).toBe(session);
    expect(removed()).toBe(0);
  });

  it.each([[undefined], [{}], [{ containerId: "" }], [{ containerId: 5 }]])(
    "is left alone with the state %j",
    async (state) => {
      const { client, session } = clientOf(state);
      expect(await client.create({})).toBe(session);
    },
  );

  it("that is new is removed where it cannot be connected", async () => {
    installDocker("echo ' network net not found ' >&2; exit 1");
    const { client, removed } = clientOf({ containerId: "c1" });
    await expect(client.create({})).rejects.toEqual(
      new Error("Failed to connect Docker sandbox container to network net: network net not found"),
    );
    expect(removed()).toBe(1);
  });

  it("that was there is kept where it cannot be connected", async () => {
    installDocker("echo x >&2; kill -9 $$");
    const { client, removed } = clientOf({ containerId: "c1" });
    await expect(client.resume({})).rejects.toThrow(/to network net: x$/);
    expect(removed()).toBe(0);
  });

  it("is removed where there is no docker, which is said", async () => {
    process.env["PATH"] = folder;
    const { client, removed } = clientOf({ containerId: "c1" });
    await expect(client.create({})).rejects.toMatchObject({ code: "ENOENT" });
    expect(removed()).toBe(1);
  });

  it("does not hold up others while it is connected", async () => {
    // Each waits for the other.
    const both = `[ -e ${folder}/c1 ] && [ -e ${folder}/c2 ]`;
    installDocker(`touch ${folder}/$4; until ${both}; do sleep 0.02; done`);
    const clients = ["c1", "c2"].map((containerId) => clientOf({ containerId }));
    const created = await Promise.all(clients.map(({ client }) => client.create({})));
    expect(created).toEqual(clients.map(({ session }) => session));
  });
});
