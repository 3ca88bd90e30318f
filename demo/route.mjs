import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { applyDiff } from "@openai/agents";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { connect } from "nats";
import {
  NatsControlRpc,
  RoutingSandboxSession,
  makeActiveBackendResolver,
  setSelfhostedApplyDiff,
  subjectFor,
  swapTargetEstablishability,
} from "@opengeni/runtime-native";
import { cleanly } from "./lifetime.mjs";
import { startAgent } from "../testing/agent.mjs";
import { startNatsServer } from "../testing/nats-server.mjs";

const WORKSPACE = `demo-${process.pid}`;
const LAPTOP = { id: "laptop", kind: "selfhosted", name: "A laptop", enrollmentId: "agent-1" };
const SECOND = { id: "second", kind: "modal", name: "A second sandbox", enrollmentId: null };
const SUBJECT = subjectFor(WORKSPACE, LAPTOP.enrollmentId);
/** How long a server may take to answer, in milliseconds. */
const PATIENCE_MS = 3_000;
/** A command that prints where it runs. */
const WHERE = "cat place";
/** A process that takes down each line of its input, where it runs. */
const LISTENER = 'while read -r line; do echo "$line" >> heard; echo "heard $line"; done';

/**
 * @param {import("./route-main.mjs").Options} options
 * @param {AbortSignal} signal Ends the demo between two steps.
 * @returns {Promise<boolean>} Whether everything landed where it should.
 */
export function route(options, signal) {
  return cleanly((afterwards) => routeWith(options, signal, afterwards));
}

/**
 * @param {import("./route-main.mjs").Options} options
 * @param {AbortSignal} signal
 * @param {(step: () => unknown) => void} afterwards
 */
async function routeWith(options, signal, afterwards) {
  const directory = mkdtempSync(path.join(tmpdir(), "routing-"));
  afterwards(() => rmSync(directory, { recursive: true }));
  const root = path.join(directory, "laptop");
  mkdirSync(root);
  const url = options.nats ?? (await startServer(afterwards));
  signal.throwIfAborted();
  const connection = await connected(url);
  afterwards(() => connection.close());
  const client = new UnixLocalSandboxClient({ workspaceBaseDir: directory });
  const [box, second] = [await client.create(), await client.create()];
  afterwards(() => Promise.all([box.close(), second.close()]));
  const agentOptions = { url, subject: SUBJECT, root };
  let agent = await startAgent(agentOptions);
  afterwards(() => agent.stop());
  setSelfhostedApplyDiff(applyDiff);

  /** The folders of the places, by their names. */
  const places = {
    "in the sandbox": box.state.workspaceRootPath,
    "in the second sandbox": second.state.workspaceRootPath,
    "on the laptop": root,
  };
  for (const [place, folder] of Object.entries(places)) {
    writeFileSync(path.join(folder, "place"), place);
  }
  /**
   * The places that have a file with this text.
   *
   * @param {string} file
   * @param {string} text
   */
  const placesOf = (file, text) => {
    const has = (/** @type {string} */ folder) => {
      const name = path.join(folder, file);
      return existsSync(name) && readFileSync(name, "utf8").includes(text);
    };
    const found = Object.entries(places).filter(([, folder]) => has(folder));
    return found.map(([place]) => place).join(" and ") || "nowhere";
  };

  let pointer = { activeSandboxId: /** @type {string | null} */ (null), activeEpoch: 1 };
  const moveTo = (/** @type {string | null} */ id) => {
    pointer = { activeSandboxId: id, activeEpoch: pointer.activeEpoch + 1 };
  };
  const timeline = new Timeline(signal);
  let fences = 0;
  const session = new RoutingSandboxSession({
    readPointer: async () => pointer,
    resolveActiveBackend: makeActiveBackendResolver({
      workspaceId: WORKSPACE,
      defaultBackend: /** @type {any} */ (box),
      defaultKind: "local",
      getSandbox: async (id) => [LAPTOP, SECOND].find((sandbox) => sandbox.id === id) ?? null,
      establishModalTarget: async () => /** @type {any} */ (second),
      controlRpcFactory: () => new NatsControlRpc(async () => connection),
      relay: { host: "relay.example" },
    }),
    onTransition({ type, fromEpoch, toEpoch, sandboxId }) {
      if (type === "fenced-retry") fences++;
      timeline.event(`${type} ${fromEpoch}→${toEpoch} ${sandboxId ?? "home"}`);
    },
  });
  // Taken once for the whole turn, as the SDK's Runner takes it.
  const editor = session.createEditor();

  const command = async () => {
    const { stdout } = /** @type {any} */ (await session.exec({ cmd: WHERE }));
    return stdout.trim();
  };
  let edits = 0;
  const edit = async () => {
    const name = `notes-${++edits}`;
    await editor.createFile({ type: "create_file", path: name, diff: "+noted" });
    return placesOf(name, "noted");
  };

  await timeline.step("a command", command, "in the sandbox");

  const { ok } = swapTargetEstablishability({ kind: LAPTOP.kind, isSessionGroup: false });
  timeline.note(`the pointer moves to the laptop, which ${ok ? "may" : "may not"} be a target`);
  moveTo(LAPTOP.id);
  await timeline.step("a command", command, "on the laptop");

  timeline.note("the pointer moves to epoch 3 while a command of epoch 2 is on its way");
  agent.epoch = 3;
  const fenced = timeline.step("a command", command, "on the laptop");
  setImmediate(() => moveTo(LAPTOP.id));
  await fenced;
  timeline.check(fences === 1, "been fenced off once");

  timeline.note("the laptop goes away");
  await agent.stop();
  const refused = () => command().catch((error) => `refused: ${error.reason}`);
  const took = await timeline.step("a command", refused, "refused: agent_offline");
  timeline.check(took < 1_000, "been refused within a second");

  timeline.note("the laptop comes back");
  agent = await startAgent(agentOptions);
  await timeline.step("a command", command, "on the laptop");

  timeline.note("the pointer returns home, and a process starts there");
  moveTo(null);
  let process = 0;
  const start = async () => {
    const args = { cmd: `${WHERE}; echo; ${LISTENER}`, yieldTimeMs: 300 };
    const started = /** @type {any} */ (await session.exec(args));
    process = started.sessionId;
    return started.stdout.trim();
  };
  await timeline.step("a process", start, "in the sandbox");
  await timeline.step("an edit", edit, "in the sandbox");
  const say = async (/** @type {string} */ line) => {
    await session.writeStdin({ sessionId: process, chars: `${line}\n`, yieldTimeMs: 300 });
    return placesOf("heard", line);
  };
  for (const { id, what, where } of /** @type {const} */ ([
    { id: SECOND.id, what: "a second sandbox", where: "in the second sandbox" },
    { id: LAPTOP.id, what: "the laptop", where: "on the laptop" },
  ])) {
    timeline.note(`the pointer moves to ${what}; the process stays where it is`);
    moveTo(id);
    await timeline.step("a command", command, where);
    await timeline.step("an edit", edit, where);
    await timeline.step("a line to the process", () => say(`from ${id}`), "in the sandbox");
  }
  if (timeline.asExpected) console.log("no faults");
  return timeline.asExpected;
}

/**
 * The address of a NATS server of this demo's own.
 *
 * @param {(step: () => unknown) => void} afterwards
 */
async function startServer(afterwards) {
  const server = await startNatsServer();
  afterwards(() => server.stop());
  return server.url;
}

/** @param {string} url May hold credentials, which no message has. */
async function connected(url) {
  try {
    return await connect({ servers: url, timeout: PATIENCE_MS });
  } catch (error) {
    const { code, message } = /** @type {any} */ (error);
    throw new Error(`the NATS server cannot be reached: ${code ?? message}`);
  }
}

/** Prints events with their times. */
class Timeline {
  asExpected = true;
  #start = performance.now();
  #signal;

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#signal = signal;
  }

  /** @param {string} what */
  note(what) {
    this.#signal.throwIfAborted();
    this.#print(`— ${what}`);
  }

  /** @param {string} what */
  event(what) {
    this.#print(`    ${what}`);
  }

  /**
   * @param {string} what
   * @param {() => Promise<string>} run
   * @param {string} expected
   * @returns {Promise<number>} The time that it took, in milliseconds.
   */
  async step(what, run, expected) {
    const began = performance.now();
    const outcome = await unlessAborted(this.#signal, run);
    const took = performance.now() - began;
    this.#print(`  ${what}: ${outcome}, after ${took.toFixed(1)} ms`);
    this.check(outcome === expected, `been ${expected}`);
    return took;
  }

  /**
   * @param {boolean} holds
   * @param {string} should
   */
  check(holds, should) {
    if (holds) return;
    this.asExpected = false;
    this.#print(`  It should have ${should}.`);
  }

  /** @param {string} line */
  #print(line) {
    const at = Math.round(performance.now() - this.#start);
    console.log(`${String(at).padStart(5)} ms  ${line}`);
  }
}

/**
 * Rejects when the signal is aborted, whatever `run` does by then.
 *
 * @template T
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
async function unlessAborted(signal, run) {
  signal.throwIfAborted();
  /** @type {() => void} */
  let abort = () => {};
  /** @type {Promise<never>} */
  const aborted = new Promise((_, reject) => (abort = () => reject(signal.reason)));
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
