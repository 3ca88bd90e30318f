// How often an operation calls into the binary.
import {
  NatsControlRpc,
  RoutingSandboxSession,
  SelfhostedSession,
  stopRecording,
} from "../index.js";
import core from "../native.js";
import { PROCESS } from "../__test__/support/box.js";
import { ControlRequest, ControlResponse, decode, encode } from "../__test__/support/wire.js";
import { boxWith } from "./box.mjs";
import { row } from "./rows.mjs";

/** @returns {Promise<import("./rows.mjs").Row[]>} */
export async function crossingRows() {
  const routed = routedToMachine();
  const plain = boxWith(1);
  // The first call resolves the backend and makes the slot.
  await routed.exec({ cmd: "true" });
  const exec = await crossings(() => routed.exec({ cmd: "true" }));
  const stop = await crossings(() => stopRecording(plain, { ...PROCESS }));
  const what = "crossings of one routed exec to a machine";
  return [row(what, "", exec, "one exec callback", stop, row.atMost(4))];
}

/** A routing session whose backend is a machine, behind a connection that answers at once. */
function routedToMachine() {
  const result = {
    $case: "exec",
    exec: {
      exitCode: 0,
      stdout: new Uint8Array(0),
      stderr: new Uint8Array(0),
      timedOut: false,
      durationMs: "1",
    },
  };
  const controlRpc = new NatsControlRpc(async () => ({
    async request(_subject, payload) {
      const { requestId } = decode(ControlRequest, payload);
      return { data: encode(ControlResponse, { requestId, error: undefined, result }) };
    },
  }));
  const ids = { workspaceId: "w", agentId: "a" };
  const session = new SelfhostedSession({ ...ids, controlRpc, relay: { host: "relay.example" } });
  return new RoutingSandboxSession({
    readPointer: async () => ({ activeSandboxId: "s", activeEpoch: 1 }),
    resolveActiveBackend: async () => ({ session, sandboxId: "s", kind: "selfhosted" }),
  });
}

/**
 * How many native functions are called meanwhile.
 *
 * @param {() => Promise<unknown>} run
 */
async function crossings(run) {
  let count = 0;
  /** @type {Record<string, any>} */
  const binding = core;
  const functions = Object.entries(binding).filter(([, value]) => typeof value === "function");
  for (const [name, native] of functions) {
    binding[name] = (/** @type {unknown[]} */ ...args) => {
      count++;
      return native(...args);
    };
  }
  try {
    await run();
  } finally {
    Object.assign(binding, Object.fromEntries(functions));
  }
  return count;
}
