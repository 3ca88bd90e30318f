// Recordings and files of every size through real sessions: byte for byte, or not at all.
import { createHash, randomFillSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { connect } from "nats";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { NatsControlRpc, SelfhostedSession, readRecordingBytes, subjectFor } from "../../index.js";
import { startAgent } from "../../testing/agent.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import * as baseline from "../parity/baseline.js";
import { PROCESS } from "../support/box.js";
import { PROVIDERS } from "../support/providers.js";
import { missing } from "../support/tools.js";

const MIB = 1 << 20;
/**
 * The most whose lines of base64 fit in the 1,048,576 characters that a session of `@openai/agents`
 * keeps of a command.
 */
const ONE_COMMAND = 776_217;
const SIZES = [1, ONE_COMMAND, ONE_COMMAND + 1, 776_219, 776_220, 1_200_000, 5_000_000];
const LARGE = [60_000_000, 256 * MIB];

/** @type {string} */
let folder;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "og-sizes-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** @param {number} size */
function recordingOf(size) {
  const boxPath = path.join(folder, `og-rec-${size}.mp4`);
  writeFileSync(boxPath, randomFillSync(new Uint8Array(size)));
  return { ...PROCESS, boxPath, pidFile: `${boxPath}.pid` };
}

/** @param {Uint8Array} bytes */
const sum = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * Reads a recording of this size, and counts the commands.
 *
 * @param {any} session
 * @param {number} size
 */
async function comesHome(session, size) {
  const recording = recordingOf(size);
  const channel = typeof session.exec === "function" ? "exec" : "execCommand";
  const spy = vi.spyOn(session, channel);
  try {
    const { bytes, sizeBytes } = await readRecordingBytes(session, recording, 2 * 256 * MIB);
    expect(sizeBytes).toBe(size);
    expect(sum(bytes)).toBe(sum(readFileSync(recording.boxPath)));
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
    rmSync(recording.boxPath);
  }
}

describe.skipIf(missing("python3"))("the local session of @openai/agents", () => {
  /** @type {Awaited<ReturnType<typeof openLocal>>["session"]} */
  let session;
  beforeAll(async () => {
    ({ session } = await openLocal());
  });
  afterAll(() => session?.close());

  const text = () => ({ execCommand: (/** @type {any} */ args) => session.execCommand(args) });

  it.each([...SIZES, ...LARGE])("%i bytes by exec", async (size) => {
    const commands = await comesHome(session, size);
    expect(commands).toBeGreaterThanOrEqual(2);
    // The size is asked for twice, and few pieces are asked for in vain.
    if (size > ONE_COMMAND) expect(commands).toBeLessThan(1.1 * (size / 699_999) + 10);
  });

  it.each([...SIZES, ...LARGE])("%i bytes by the text of execCommand", async (size) => {
    await comesHome(text(), size);
  });
});

describe.each(Object.entries(PROVIDERS))("the session of %s", (_name, open) => {
  /** @type {Awaited<ReturnType<typeof open>> | undefined} */
  let provided;
  beforeAll(async () => {
    provided = await open();
  });
  afterAll(() => provided?.close());

  it.each(SIZES)("%i bytes", async (size) => {
    await comesHome(provided?.session, size);
  });
});

/** A session with a machine behind a NATS server with its defaults, and the agent that answers. */
async function openMachine() {
  const nats = await startNatsServer();
  const connection = await connect({ servers: nats.url });
  expect(connection.info?.max_payload).toBe(MIB);
  const ids = { workspaceId: "w", agentId: "a" };
  const root = mkdtempSync(path.join(folder, "machine "));
  const agent = await startAgent({ url: nats.url, subject: subjectFor("w", "a"), root });
  const controlRpc = new NatsControlRpc(async () => connection);
  const session = new SelfhostedSession({ ...ids, controlRpc, relay: { host: "relay.test" } });
  return {
    session,
    agent,
    async close() {
      await agent.stop();
      await connection.close();
      await nats.stop();
    },
  };
}

const isLackingNats = missing("nats-server");

describe.skipIf(isLackingNats)("a machine behind a NATS server with its defaults", () => {
  /** @type {Awaited<ReturnType<typeof openMachine>>} */
  let machine;
  beforeAll(async () => {
    machine = await openMachine();
  });
  afterAll(() => machine?.close());

  it.each([...SIZES, 10_000_000, 20_000_000])("%i bytes", async (size) => {
    machine.agent.answered.length = 0;
    await comesHome(machine.session, size);
    expect(machine.agent.answered.length).toBeLessThan(size / 699_999 + 5);
  });

  const FILES = [0, 1, MIB / 2, MIB / 2 + 1, MIB, MIB + 1, 10_000_000, 60_000_000];

  it.each(FILES)("a file of %i bytes", async (size) => {
    const file = path.join(folder, `file-${size}`);
    writeFileSync(file, randomFillSync(new Uint8Array(size)));
    machine.agent.answered.length = 0;
    const bytes = await machine.session.readFile({ path: file });
    expect(bytes).toHaveLength(size);
    expect(sum(bytes)).toBe(sum(readFileSync(file)));
    const ranges = Math.ceil(size / (MIB / 2));
    // Beside the ranges: the first of them once more, what follows the end, and the status twice.
    expect(machine.agent.answered).toHaveLength(ranges > 1 ? ranges + 4 : 1);
    rmSync(file);
  });

  it("a file of 10,000,000 bytes that is an image", async () => {
    const file = path.join(folder, "shot.png");
    writeFileSync(file, randomFillSync(new Uint8Array(10_000_000)));
    const { image } = await machine.session.viewImage({ path: file });
    expect(image.mediaType).toBe("image/png");
    expect(sum(image.data)).toBe(sum(readFileSync(file)));
    rmSync(file);
  });

  it("a few files of 10,000,000 bytes at once", async () => {
    const files = ["a", "b", "c", "d"].map((name) => path.join(folder, name));
    for (const file of files) writeFileSync(file, randomFillSync(new Uint8Array(10_000_000)));
    const read = await Promise.all(files.map((path) => machine.session.readFile({ path })));
    expect(read.map(sum)).toEqual(files.map((file) => sum(readFileSync(file))));
    for (const file of files) rmSync(file);
  });
});

describe.skipIf(isLackingNats || !baseline.isPresent)("the old module", () => {
  /** @type {Record<string, () => Promise<{ session: any, close: () => Promise<any> }>>} */
  const SESSIONS = {
    "local, exec": openLocal,
    "local, text": async () => {
      const { session, close } = await openLocal();
      const execCommand = (/** @type {any} */ args) => session.execCommand(args);
      return { session: { execCommand }, close };
    },
    ...PROVIDERS,
    machine: openMachine,
  };
  // Bytes of which a third is whole, and one more; what one command carries, and one more; a film.
  const sizes = [600_000, 600_001, ONE_COMMAND, ONE_COMMAND + 1, 5_000_000];

  it("brings home less, and other bytes", async () => {
    const old = await baseline.load();
    /** @type {Record<string, string[]>} */
    const came = {};
    for (const [name, open] of Object.entries(SESSIONS)) {
      const { session, close } = await open();
      came[name] = [];
      for (const size of sizes) {
        const recording = recordingOf(size);
        const whole = sum(readFileSync(recording.boxPath));
        const outcome = await old.readRecordingBytes(session, recording, 256 * MIB).then(
          ({ bytes }) => (sum(bytes) === whole ? "all" : "other bytes"),
          () => "an error",
        );
        came[name].push(outcome);
      }
      await close();
    }
    console.table(came);
    expect(came).toEqual({
      "local, exec": ["other bytes", "all", "other bytes", "other bytes", "other bytes"],
      "local, text": ["all", "all", "all", "other bytes", "other bytes"],
      modal: ["all", "all", "all", "other bytes", "other bytes"],
      e2b: ["all", "all", "all", "all", "all"],
      daytona: ["all", "all", "all", "all", "all"],
      machine: ["other bytes", "all", "an error", "an error", "an error"],
    });
  });
});

async function openLocal() {
  const session = await new UnixLocalSandboxClient().create();
  return { session, close: () => session.close() };
}
