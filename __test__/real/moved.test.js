// A film whose box is not the active one any more: two real boxes, each with a disk and a display of its own,
// and a machine behind NATS.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { connect } from "nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  NatsControlRpc,
  RoutingSandboxSession,
  deleteRecordingArtifacts,
  makeActiveBackendResolver,
  readRecordingBytes,
  readRecordingStream,
  startRecording,
  stopRecording,
  subjectFor,
} from "../../index.js";
import { startAgent } from "../../testing/agent.mjs";
import { startDesktop } from "../../testing/desktop.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import { end, killRecorders, launch } from "../../testing/processes.mjs";
import { probe } from "../../testing/video.mjs";
import { processesOf } from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

/**
 * @typedef {import("@openai/agents/sandbox/local").UnixLocalSandboxSession} Session
 * @typedef {import("../../index.js").ActivePointer} ActivePointer
 * @typedef {"home" | "away"} Id
 */

const SIZES = { home: { width: 320, height: 240 }, away: { width: 400, height: 300 } };

const isLacking =
  missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash", "unshare", "nsenter") ||
  lacksRoot();

/** @type {string} */
let folder;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "og-moved-"));
});
afterEach(() => {
  killRecorders(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe.skipIf(isLacking)("a film of a box that the pointer has left", () => {
  /** @type {{ [id in Id]: import("../../testing/desktop.mjs").Desktop }} */
  let desktops;
  beforeAll(async () => {
    const [home, away] = await Promise.all([startDesktop(SIZES.home), startDesktop(SIZES.away)]);
    desktops = { home, away };
  });
  afterAll(() => Promise.all([desktops?.home.stop(), desktops?.away.stop()]));

  /** @type {string} */
  let disk;
  /** @type {{ [id in Id]: Session }} */
  let boxes;
  /** @type {import("../../testing/processes.mjs").ChildProcess[]} */
  let holders;
  /** @type {ActivePointer} */
  let pointer;
  beforeEach(async () => {
    disk = path.join(folder, "disk");
    mkdirSync(disk);
    holders = [];
    boxes = { home: await createBox("home"), away: await createBox("away") };
    pointer = { activeSandboxId: "home", activeEpoch: 1 };
  });
  afterEach(async () => {
    await Promise.all([boxes?.home.close(), boxes?.away.close()]);
    await Promise.all(holders.map(end));
  });

  /**
   * A local session whose commands have a disk of their own at the common path.
   *
   * @param {string} name
   */
  async function createBox(name) {
    const hold = 'mount -t tmpfs none "$0" && echo && exec sleep infinity';
    const holder = launch("unshare", ["-m", "sh", "-c", hold, disk], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    holders.push(holder);
    await once(/** @type {import("node:stream").Readable} */ (holder.stdout), "data");
    const defaultShell = path.join(folder, `${name}.sh`);
    const enter = `exec nsenter --mount=/proc/${holder.pid}/ns/mnt bash "$@"`;
    writeFileSync(defaultShell, `#!/bin/sh\n${enter}\n`, { mode: 0o755 });
    return new UnixLocalSandboxClient({ workspaceBaseDir: folder, defaultShell }).create();
  }

  /** @param {ActivePointer} pointer */
  async function resolveActiveBackend({ activeSandboxId }) {
    const session = boxes[/** @type {Id} */ (activeSandboxId)];
    return { session: /** @type {any} */ (session), sandboxId: activeSandboxId, kind: "local" };
  }

  function route() {
    return new RoutingSandboxSession({ readPointer: async () => pointer, resolveActiveBackend });
  }

  /** @param {Id} id */
  function moveTo(id) {
    pointer = { activeSandboxId: id, activeEpoch: pointer.activeEpoch + 1 };
  }

  /**
   * Begins to film the display of a box. Films of both have one name.
   *
   * @param {object} session
   * @param {Id} id
   */
  async function begin(session, id) {
    const { width, height } = SIZES[id];
    const recording = await startRecording(session, {
      recordingId: "turn-7",
      display: desktops[id].display,
      dimensions: [width, height],
      framerate: 10,
      maxSeconds: 60,
      tmpDir: disk,
    });
    await sleep(1_500);
    return recording;
  }

  /** @param {Id} id */
  async function filesOn(id) {
    return (await boxes[id].exec({ cmd: `ls '${disk}'` })).stdout.split("\n").filter(Boolean);
  }

  /**
   * The size of a film's picture.
   *
   * @param {Uint8Array} bytes
   */
  function pictureOf(bytes) {
    const file = path.join(folder, "film");
    writeFileSync(file, bytes);
    const { width, height, frames } = probe(file);
    expect(frames).toBeGreaterThan(5);
    return { width, height };
  }

  it("comes home through the session that prime() resolved", async () => {
    const router = route();
    const { session: home } = await router.prime();
    const first = await begin(home, "home");
    moveTo("away");
    await router.exec({ cmd: `echo > '${disk}/here'` });
    // The same name on the other box is another film.
    const { session: away } = await router.prime();
    const second = await begin(away, "away");
    expect(second.boxPath).toBe(first.boxPath);

    await stopRecording(home, first);
    const { bytes } = await readRecordingBytes(home, first);
    expect(pictureOf(bytes)).toEqual(SIZES.home);
    const streamed = await new Response(readRecordingStream(home, first)).arrayBuffer();
    expect(Buffer.from(streamed).equals(bytes)).toBe(true);
    await deleteRecordingArtifacts(home, first);
    expect(await filesOn("home")).toEqual([]);

    // The other film goes on meanwhile.
    expect(processesOf(second.boxPath)).toHaveLength(1);
    await stopRecording(away, second);
    expect(pictureOf((await readRecordingBytes(away, second)).bytes)).toEqual(SIZES.away);
    await deleteRecordingArtifacts(away, second);
    expect(await filesOn("away")).toEqual(["here"]);
  });

  it("comes home to another process by the sandbox's id that is stored beside the handle", async () => {
    const { session: home, sandboxId } = await route().prime();
    const stored = JSON.stringify({ sandboxId, recording: await begin(home, "home") });
    moveTo("away");

    // All that the other process has is the text.
    const { sandboxId: activeSandboxId, recording } = JSON.parse(stored);
    const { activeEpoch } = pointer;
    const { session: box } = await resolveActiveBackend({ activeSandboxId, activeEpoch });
    await stopRecording(box, recording);
    expect(pictureOf((await readRecordingBytes(box, recording)).bytes)).toEqual(SIZES.home);
    await deleteRecordingArtifacts(box, recording);
    expect(await filesOn("home")).toEqual([]);
  });

  it("is missed by the routing session itself, which asks the active box", async () => {
    const router = route();
    const recording = await begin(router, "home");
    moveTo("away");
    await stopRecording(router, recording);
    expect(processesOf(recording.boxPath)).toHaveLength(1);
    await expect(readRecordingBytes(router, recording)).rejects.toMatchObject({
      reason: "box-death",
      message: `recording file missing on box: ${recording.boxPath}`,
    });
    await deleteRecordingArtifacts(router, recording);
    expect(await filesOn("home")).toContain(path.basename(recording.boxPath));

    // The film is still there, for the session of its box.
    await stopRecording(boxes.home, recording);
    const { bytes } = await readRecordingBytes(boxes.home, recording);
    expect(pictureOf(bytes)).toEqual(SIZES.home);
  });

  it("is taken by the routing session for one of the same name on the active box", async () => {
    const router = route();
    const first = await begin(router, "home");
    moveTo("away");
    const second = await begin(router, "away");
    await stopRecording(router, first);
    expect(pictureOf((await readRecordingBytes(router, first)).bytes)).toEqual(SIZES.away);
    await deleteRecordingArtifacts(router, first);
    await expect(readRecordingBytes(boxes.away, second)).rejects.toMatchObject({
      reason: "box-death",
    });
    expect(await filesOn("home")).toContain(path.basename(first.boxPath));
  });
});

const isUnreachable = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "bash", "nats-server");

describe.skipIf(isUnreachable)("a film of a machine to which the pointer has returned", () => {
  it("needs a session of the newer epoch, since the older one is fenced off", async (test) => {
    const server = await startNatsServer();
    test.onTestFinished(() => server.stop());
    const agent = await startAgent({
      url: server.url,
      subject: subjectFor("w", "a"),
      root: folder,
    });
    test.onTestFinished(() => agent.stop());
    const connection = await connect({ servers: server.url });
    test.onTestFinished(() => connection.close());
    const desktop = await startDesktop(SIZES.home);
    test.onTestFinished(() => desktop.stop());

    const laptop = { id: "laptop", kind: "selfhosted", name: "Laptop", enrollmentId: "a" };
    const resolve = makeActiveBackendResolver({
      workspaceId: "w",
      defaultBackend: {},
      defaultKind: "none",
      getSandbox: async (id) => (id === laptop.id ? laptop : null),
      controlRpcFactory: () => new NatsControlRpc(async () => connection),
      relay: { host: "relay.test" },
    });
    const pointer = { activeSandboxId: laptop.id, activeEpoch: 1 };
    const router = new RoutingSandboxSession({
      readPointer: async () => ({ ...pointer }),
      resolveActiveBackend: resolve,
    });
    const { session: old } = await router.prime();
    const recording = await startRecording(old, {
      recordingId: "turn-7",
      display: desktop.display,
      dimensions: [320, 240],
      maxSeconds: 60,
      tmpDir: folder,
    });
    await sleep(1_500);

    // Away and back.
    pointer.activeEpoch = 3;
    await router.exec({ cmd: "true" });
    await stopRecording(old, recording);
    expect(processesOf(recording.boxPath)).toHaveLength(1);
    await expect(readRecordingBytes(old, recording)).rejects.toMatchObject({ fenced: true });

    const { session: box } = await resolve(pointer);
    await stopRecording(box, recording);
    const { bytes } = await readRecordingBytes(box, recording);
    const file = path.join(folder, "film");
    writeFileSync(file, bytes);
    expect(probe(file)).toMatchObject(SIZES.home);
    await deleteRecordingArtifacts(box, recording);
    expect(processesOf(recording.boxPath)).toEqual([]);
  });
});
