// The time that this package adds to calls that take almost none, in microseconds.
import { RoutingSandboxSession, makeActiveBackendResolver } from "../index.js";
import { PROCESS } from "../__test__/support/box.js";
import { boxWith } from "./box.mjs";
import { crossingRows } from "./crossings.mjs";
import { inProcess, microseconds } from "./measure.mjs";
import { NAMES, functionsOf } from "./rivals.mjs";
import { row } from "./rows.mjs";

/** @typedef {import("./rows.mjs").Row} Row */
/** @typedef {import("./rows.mjs").Plan} Plan */

/** @param {Plan} plan */
export async function callRows(plan) {
  return [
    ...(await smallReads(plan)),
    ...(await callback(plan)),
    ...(await resolver(plan)),
    ...(await routed(plan)),
    ...(await crossingRows()),
  ];
}

/** @param {Plan} plan */
async function smallReads({ rounds, calls }) {
  /** @type {Row[]} */
  const rows = [];
  const [native, old, plain] = await Promise.all(["native", "old", "plain"].map(functionsOf));
  for (const [name, bytes] of /** @type {const} */ ([
    ["1 KiB", 1 << 10],
    ["64 KiB", 1 << 16],
    ["1 MiB", 1 << 20],
  ])) {
    for (const shape of /** @type {const} */ (["exec", "banner"])) {
      const session = boxWith(bytes, shape);
      const read = (/** @type {any} */ { readRecordingBytes }) =>
        readRecordingBytes(session, PROCESS);
      const took = await microseconds(
        { native: () => read(native), plain: () => read(plain), old: () => read(old) },
        { calls: Math.max(5, Math.ceil(calls / (1 + bytes / (1 << 12)))), rounds },
      );
      const what = `read ${name}, ${shape}`;
      const mark = row.ratioAtMost(name === "1 KiB" ? 3 : 1.3);
      rows.push(row(what, "µs", took.native, NAMES.plain, took.plain, mark));
      rows.push(row(what, "µs", took.native, NAMES.old, took.old));
    }
  }
  return rows;
}

/** @param {Plan} plan */
async function callback({ rounds, calls }) {
  const session = boxWith(1);
  const [native, old, plain] = await Promise.all(["native", "old", "plain"].map(functionsOf));
  // Each call stops another recording, since stops are remembered for each recording.
  const stop = (/** @type {any} */ { stopRecording }) => stopRecording(session, { ...PROCESS });
  const took = await microseconds(
    { native: () => stop(native), plain: () => stop(plain), old: () => stop(old) },
    { calls, rounds },
  );
  const what = "one exec callback (stopRecording)";
  return [
    row(what, "µs", took.native, NAMES.plain, took.plain, row.aboveAtMost(3)),
    row(what, "µs", took.native, NAMES.old, took.old),
  ];
}

/**
 * The dependencies of a resolver.
 *
 * @type {any}
 */
export const DEPS = {
  workspaceId: "w",
  defaultBackend: { exec: async () => "" },
  defaultKind: "modal",
  getSandbox: async () => null,
  controlRpcFactory: () => ({}),
  relay: { host: "relay.example" },
  pinnedSelfhosted: { sandboxId: "s", epoch: 1, session: {} },
};

/** @param {Plan} plan */
async function resolver({ rounds, calls, resolves }) {
  /** @type {Row[]} */
  const rows = [];
  const old = (await functionsOf("old")).makeActiveBackendResolver(DEPS);
  const native = makeActiveBackendResolver(DEPS);
  for (const [name, activeSandboxId] of [
    ["default", null],
    ["pinned", "s"],
  ]) {
    const pointer = /** @type {any} */ ({ activeSandboxId, activeEpoch: 1 });
    const took = await microseconds(
      { native: () => native(pointer), old: () => old(pointer) },
      { calls, rounds },
    );
    const what = `resolve, ${name} pointer`;
    rows.push(row(what, "µs", took.native, NAMES.old, took.old, row.atMost(1.5)));
    rows.push(row(what, "µs", took.native, NAMES.old, took.old, row.ratioAtMost(3)));
  }
  const grown = inProcess("resolves.mjs", `${resolves}`);
  const what = `heap after ${resolves.toLocaleString("en")} resolves`;
  // The size of the heap varies by some kilobytes in any case.
  rows.push(row(what, "KiB", grown.native, NAMES.old, grown.old, row.atMost(100)));
  return rows;
}

/** @param {Plan} plan */
async function routed({ rounds, calls }) {
  const backend = { exec: async () => "" };
  const pointer = { activeSandboxId: null, activeEpoch: 1 };
  const resolved = { session: backend, sandboxId: null, kind: "modal" };
  const session = new RoutingSandboxSession({
    readPointer: async () => pointer,
    resolveActiveBackend: async () => resolved,
  });
  const took = await microseconds(
    { native: () => session.exec({}), direct: () => backend.exec() },
    { calls, rounds },
  );
  const what = "routed operation, cached backend";
  return [row(what, "µs", took.native, "the backend itself", took.direct, row.aboveAtMost(5))];
}
