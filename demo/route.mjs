import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { connect } from "nats";
import {
  NatsControlRpc,
  RoutingSandboxSession,
  makeActiveBackendResolver,
  subjectFor,
  swapTargetEstablishability,
} from "@opengeni/runtime-native";
import { startAgent } from "../testing/agent.mjs";
import { startNatsServer } from "../testing/nats-server.mjs";

const WORKSPACE = "demo";
const LAPTOP = { id: "laptop", kind: "selfhosted", name: "A laptop", enrollmentId: "agent-1" };
const SUBJECT = subjectFor(WORKSPACE, LAPTOP.enrollmentId);
/** A command that prints where it runs: the name of the working directory is that of the place. */
const WHERE = 'basename "$PWD"';

/**
 * @returns {Promise<boolean>} Whether each command ran where it should.
 */
export async function route() {
  const directory = mkdtempSync(path.join(tmpdir(), "routing-"));
  const root = path.join(directory, "laptop");
  mkdirSync(root);
  const nats = await startNatsServer();
  const connection = await connect({ servers: nats.url });
  const box = await new UnixLocalSandboxClient().create();
  const agentOptions = { url: nats.url, subject: SUBJECT, root };
  let agent = await startAgent(agentOptions);

  let pointer = { activeSandboxId: /** @type {string | null} */ (null), activeEpoch: 1 };
  const timeline = new Timeline();
  let fences = 0;
  const session = new RoutingSandboxSession({
    readPointer: async () => pointer,
    resolveActiveBackend: makeActiveBackendResolver({
      workspaceId: WORKSPACE,
      defaultBackend: /** @type {any} */ (box),
      defaultKind: "local",
      getSandbox: async (id) => (id === LAPTOP.id ? LAPTOP : null),
      controlRpcFactory: () => new NatsControlRpc(async () => connection),
      relay: { host: "relay.example" },
    }),
    onTransition({ type, fromEpoch, toEpoch, sandboxId }) {
      if (type === "fenced-retry") fences++;
      timeline.event(`${type} ${fromEpoch}→${toEpoch} ${sandboxId ?? "home"}`);
    },
  });

  const command = async () => {
    const result = /** @type {any} */ (await session.exec({ cmd: WHERE }));
    return /^laptop$/m.test(result.output) ? "on the laptop" : "in the sandbox";
  };
  try {
    await timeline.step("a command", command, "in the sandbox");

    const { ok } = swapTargetEstablishability({ kind: LAPTOP.kind, isSessionGroup: false });
    timeline.note(`the pointer moves to the laptop, which ${ok ? "may" : "may not"} be a target`);
    pointer = { activeSandboxId: LAPTOP.id, activeEpoch: 2 };
    await timeline.step("a command", command, "on the laptop");

    timeline.note("the pointer moves to epoch 3 while a command of epoch 2 is on its way");
    agent.epoch = 3;
    const fenced = timeline.step("a command", command, "on the laptop");
    setImmediate(() => (pointer = { activeSandboxId: LAPTOP.id, activeEpoch: 3 }));
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

    timeline.note("the pointer returns home");
    pointer = { activeSandboxId: null, activeEpoch: 4 };
    await timeline.step("a command", command, "in the sandbox");
    return timeline.asExpected;
  } finally {
    await agent.stop();
    await connection.close();
    await box.close();
    await nats.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Prints events with their times. */
class Timeline {
  asExpected = true;
  #start = performance.now();

  /** @param {string} what */
  note(what) {
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
    const outcome = await run();
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
