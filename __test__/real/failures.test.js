// What Docker's client and the SDK's local session say of boxes that are gone, and of boxes that are not.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Manifest } from "@openai/agents/sandbox";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classifyProviderSandboxFailure } from "../../index.js";
import { missing } from "../support/tools.js";

/**
 * What is made of the error that a call rejects with.
 *
 * @param {string} backend
 * @param {Promise<unknown>} call
 */
async function failureOf(backend, call) {
  const error = await call.then(
    () => expect.fail("it succeeds"),
    (thrown) => thrown,
  );
  return classifyProviderSandboxFailure(backend, error);
}

describe.skipIf(missing("docker"))("Docker's client", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "og-docker-"));
  const socket = path.join(folder, "docker.sock");
  // A daemon that has one container, which is stopped.
  const daemon = createServer(({ url = "" }, response) => {
    response.setHeader("Api-Version", "1.44");
    response.setHeader("Content-Type", "application/json");
    const [, id] = /\/containers\/([^/?]+)/.exec(url) ?? [];
    if (url === "/_ping") return response.end("OK");
    response.statusCode = id === "stopped" ? 409 : 404;
    const words = { stopped: "container stopped is not running" }[id ?? ""];
    return response.end(JSON.stringify({ message: words ?? `No such container: ${id}` }));
  });
  beforeAll(async () => {
    daemon.listen(socket);
    await once(daemon, "listening");
  });
  afterAll(() => {
    daemon.close();
    rmSync(folder, { recursive: true });
  });

  /**
   * @param {string[]} args
   * @param {string} [host]
   */
  function docker(args, host = `unix://${socket}`) {
    const env = { ...process.env, DOCKER_HOST: host };
    return failureOf("docker", promisify(execFile)("docker", args, { env }));
  }

  it.each([
    ["container", "inspect", "3f2a"],
    ["inspect", "--type", "container", "3f2a"],
    ["port", "3f2a", "6080/tcp"],
    ["exec", "3f2a", "true"],
    ["start", "3f2a"],
    ["stop", "3f2a"],
  ])("says that a container is gone: docker %s %s", async (...args) => {
    expect(await docker(args)).toBe("gone");
  });

  it("says that one is stopped, which is not gone", async () => {
    expect(await docker(["exec", "stopped", "true"])).toBe("not-gone");
  });

  it("says that there is no daemon", async () => {
    expect(await docker(["inspect", "3f2a"], "unix:///nowhere.sock")).toBe("transient");
    expect(await docker(["ps"], "tcp://nowhere.invalid:2375")).toBe("transient");
  });

  it("is not installed", async () => {
    expect(await failureOf("docker", promisify(execFile)("no-docker", ["ps"]))).toBe("not-gone");
  });
});

describe("the SDK's local session", () => {
  it("is gone with its folder, and not with a file in it", async () => {
    const client = new UnixLocalSandboxClient();
    const session = await client.create({ manifest: new Manifest({}) });
    const read = Promise.resolve().then(() => session.readFile({ path: "none.txt" }));
    expect(await failureOf("unix_local", read)).toBe("not-gone");

    rmSync(session.state.workspaceRootPath, { recursive: true });
    expect(await failureOf("unix_local", client.resume(session.state))).toBe("gone");
    await session.close();
  });
});
