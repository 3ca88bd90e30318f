// Sessions of the SDK's own local client, stored and established again.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  PROVIDER_REGISTRY,
  deserializeSandboxSessionStateEnvelope,
  establishSandboxSessionFromEnvelope,
  serializeEstablishedSandboxEnvelope,
} from "../../index.js";

const SETTINGS = /** @type {any} */ ({
  sandboxBackend: "local",
  sandboxPreparationProfiles: "none",
  sandboxEnvAllowlist: "",
  dockerExposedPorts: "",
});
const ENV = { GREETING: "hello" };

/** @type {string} */
let folder;
const { build } = PROVIDER_REGISTRY.local;
/** @type {any[]} */
const opened = [];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), "og-lifecycle-")));
  PROVIDER_REGISTRY.local.build = (ctx) => {
    const client = /** @type {any} */ (build(ctx));
    // Boxes and snapshots of its own.
    client.options.workspaceBaseDir = folder;
    client.options.snapshot = { type: "local", baseDir: path.join(folder, "snapshots") };
    return client;
  };
});
afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
});
afterAll(async () => {
  PROVIDER_REGISTRY.local.build = build;
  await rm(folder, { recursive: true, maxRetries: 5 });
});

/** @param {any} envelope */
async function establish(envelope) {
  const established = await establishSandboxSessionFromEnvelope(SETTINGS, envelope, {
    sessionId: "s",
    backendOverride: "local",
    environment: ENV,
  });
  const session = /** @type {any} */ (established.session);
  opened.push(session);
  return { established, session, root: session.state.workspaceRootPath };
}

/**
 * As it comes back from storage.
 *
 * @param {import("../../index.js").EstablishedSandboxSession} established
 */
async function stored(established) {
  return JSON.parse(JSON.stringify(await serializeEstablishedSandboxEnvelope(established)));
}

const boxes = () => readdirSync(folder).filter((name) => name !== "snapshots");
const snapshots = () => readdirSync(path.join(folder, "snapshots"));

/** @param {string} root */
const note = (root) => path.join(root, "note.txt");

it("is the same box, with what has changed since it was stored", async () => {
  const { established, root } = await establish(null);
  expect(established).toMatchObject({ backendId: "unix_local", instanceId: root });
  writeFileSync(note(root), "stored");
  const envelope = await stored(established);
  writeFileSync(note(root), "changed");

  const again = await establish(envelope);
  expect(again.established.instanceId).toBe(root);
  expect(readFileSync(note(root), "utf8")).toBe("changed");
  expect(await again.session.execCommand({ cmd: "printf %s $GREETING" })).toMatch(/hello$/);
  expect(boxes()).toHaveLength(1);

  // What is stored next takes the place of the snapshot.
  expect(snapshots()).toHaveLength(1);
  await stored(again.established);
  expect(snapshots()).toHaveLength(1);
});

it("would lose what has changed, by the SDK's own resumption", async () => {
  const { established, root } = await establish(null);
  writeFileSync(note(root), "stored");
  const envelope = await stored(established);
  writeFileSync(note(root), "changed");
  const client = /** @type {any} */ (established.client);
  const state = await deserializeSandboxSessionStateEnvelope(client, envelope.sessionState);
  await client.resume(state);
  expect(readFileSync(note(root), "utf8")).toBe("stored");
});

it("is restored from its snapshot where the box is gone", async () => {
  const { established, root } = await establish(null);
  writeFileSync(note(root), "stored");
  const envelope = await stored(established);
  rmSync(root, { recursive: true });

  const again = await establish(envelope);
  expect(again.root).not.toBe(root);
  expect(readFileSync(note(again.root), "utf8")).toBe("stored");
  // The next one finds the new box.
  const next = await establish(await stored(again.established));
  expect(next.root).toBe(again.root);
});

it("is a new box with the archive where nothing is left", async () => {
  const { established, session, root } = await establish(null);
  writeFileSync(note(root), "archived");
  const archive = Buffer.from(await session.persistWorkspace()).toString("base64");
  const envelope = await stored(established);
  envelope.sessionState.workspaceArchive = archive;
  rmSync(root, { recursive: true });
  rmSync(path.join(folder, "snapshots"), { recursive: true });

  const again = await establish(envelope);
  expect(again.root).not.toBe(root);
  expect(readFileSync(note(again.root), "utf8")).toBe("archived");

  const cold = await establish({ sessionState: { workspaceArchive: archive } });
  expect(readFileSync(note(cold.root), "utf8")).toBe("archived");
});

it("leaves no box behind where the archive is none", async () => {
  const before = boxes();
  const workspaceArchive = Buffer.alloc(4096, "not a tar archive").toString("base64");
  await expect(establish({ sessionState: { workspaceArchive } })).rejects.toThrow();
  expect(boxes()).toEqual(before);
});

it("is closed by whoever has it", async () => {
  const { session, root } = await establish(null);
  await session.close();
  expect(existsSync(root)).toBe(false);
});
