// Measures requests to an agent: encoded, sent over a connection that has the reply ready, and the reply
// decoded. Each rival does the same work, and returns the same object.
import assert from "node:assert";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { NatsControlRpc } from "../index.js";
import { decode, encode } from "../js/selfhosted/wire.js";
import core from "../native.js";
import { microseconds } from "./measure.mjs";
import { compiled } from "./rivals.mjs";
import { row } from "./rows.mjs";

/** @typedef {import("./rows.mjs").Row} Row */

const PROTO = fileURLToPath(new URL("../proto/opengeni/agent/v1/control.proto", import.meta.url));
const root = protobuf.loadSync(PROTO);
const ControlRequest = root.lookupType("opengeni.agent.v1.ControlRequest");
const ControlResponse = root.lookupType("opengeni.agent.v1.ControlResponse");

const OPTIONS = { timeoutMs: 1_000 };

/** Operations, with the agent's answers. */
const CASES = {
  exec: {
    op: {
      $case: "exec",
      exec: {
        command: ["make test"],
        shell: true,
        cwd: "project",
        env: { CI: "1" },
        stdin: new Uint8Array(0),
        timeoutMs: 30_000,
      },
    },
    result: {
      $case: "exec",
      exec: {
        exitCode: 0,
        stdout: new TextEncoder().encode("all tests passed\n".repeat(20)),
        stderr: new Uint8Array(0),
        timedOut: false,
        durationMs: "1234",
      },
    },
  },
  "1 MiB fsRead": {
    op: { $case: "fsRead", fsRead: { path: "video.mp4", offset: "0", length: "1048576" } },
    result: {
      $case: "fsRead",
      fsRead: { content: new Uint8Array(1 << 20).fill(7), totalSize: "1048576" },
    },
  },
  "1,000-entry fsList": {
    op: { $case: "fsList", fsList: { path: "src", recursive: true } },
    result: {
      $case: "fsList",
      fsList: {
        entries: Array.from({ length: 1_000 }, (_, at) => ({
          name: `module-${at}.ts`,
          path: `src/features/module-${at}.ts`,
          kind: 1,
          size: `${at * 37}`,
          modifiedMs: `${1_700_000_000_000 + at}`,
          mode: 0o644,
        })),
      },
    },
  },
};

const ID = "9f1b2c3d";

/**
 * @param {any} code The module that ts-proto has generated.
 * @param {object} result
 */
function reply(code, result) {
  return Uint8Array.from(code.ControlResponse.encode({ requestId: ID, result }).finish());
}

/**
 * An exec on the wire, both ways: the whole time, and the core's share.
 *
 * @returns {Promise<{ all: () => void, core: () => void }>}
 */
export async function execParts() {
  const { op, result } = CASES.exec;
  const data = reply(await compiled("ts-proto/control"), result);
  const request = /** @type {any} */ ({ requestId: ID, epoch: 3, op });
  const { command, shell, cwd, env, stdin, timeoutMs } = op.exec;
  const parts = JSON.stringify([ID, "exec", [command, shell, cwd, env, null, timeoutMs]]);
  const room = Buffer.alloc(1 << 15);
  return {
    all() {
      encode(request, undefined);
      decode(ID, data);
    },
    core() {
      core.encodeRequest(parts, 3, stdin, undefined, room);
      core.readReply(data, ID, room);
    },
  };
}

/** @param {import("./rows.mjs").Plan} plan */
export async function wireRows({ rounds, calls }) {
  /** @type {Row[]} */
  const rows = [];
  const code = await compiled("ts-proto/control");
  for (const [name, { op, result }] of Object.entries(CASES)) {
    const request = { requestId: ID, epoch: 3, op };
    const expected = { requestId: ID, error: undefined, result };
    const data = reply(code, result);
    // A connection as a client library has it. The request is not read.
    const connection = { request: async (/** @type {Uint8Array} */ _payload) => ({ data }) };
    const rpc = new NatsControlRpc(async () => ({
      request: (_subject, payload) => connection.request(payload),
    }));
    const flattened = flat(request);
    const rivals = {
      native: () => rpc.request("s", /** @type {any} */ (request), OPTIONS),
      reflection: async () => {
        const payload = ControlRequest.encode(flat(request)).finish();
        return shaped((await connection.request(payload)).data);
      },
      own: async () => {
        const payload = ControlRequest.encode(flattened).finish();
        return ControlResponse.decode((await connection.request(payload)).data);
      },
      generated: async () => {
        const payload = code.ControlRequest.encode(request).finish();
        return code.ControlResponse.decode((await connection.request(payload)).data);
      },
    };
    for (const rival of /** @type {const} */ (["native", "reflection", "generated"])) {
      // A loose comparison, since protobufjs has an empty Buffer for absent bytes.
      assert.deepEqual(await rivals[rival](), expected, `${rival} gives another object`);
    }
    const isLong = name.includes("1,000");
    const took = await microseconds(rivals, {
      calls: Math.ceil(calls / (isLong ? 50 : 1)),
      rounds,
    });
    const what = `wire: ${name}`;
    rows.push(
      row(what, "µs", took.native, "ts-proto", took.generated, row.ratioAtMost(1)),
      row(what, "µs", took.native, "protobufjs", took.reflection),
      row(what, "µs", took.native, "protobufjs, its own objects", took.own),
    );
  }
  return [...rows, await hostileRow(rounds)];
}

/**
 * The time for which a reply of 1 MiB of empty entries blocks the event loop.
 *
 * @param {number} rounds
 */
async function hostileRow(rounds) {
  const entry = [0x0a, 0x00];
  const entries = Buffer.alloc(1 << 20, Uint8Array.from(entry));
  // The key of the member `fsList`, and its length.
  const data = Buffer.concat([Uint8Array.of(0x82, 0x01, 0x80, 0x80, 0x40), entries]);
  assert.equal(
    ControlResponse.toObject(ControlResponse.decode(data)).fsList.entries.length,
    1 << 19,
  );
  assert.match(decode(ID, data).error?.message ?? "", /more than \d+ items/);
  const took = await microseconds(
    { native: () => decode(ID, data), reflection: () => shaped(data) },
    { calls: 1, rounds },
  );
  const [ours, theirs] = [took.native / 1_000, took.reflection / 1_000];
  return row("wire: hostile reply of 1 MiB", "ms", ours, "protobufjs", theirs, row.ratioAtMost(1));
}

/**
 * A request as protobufjs has it: each member of a oneof is a field.
 *
 * @param {{ requestId: string, epoch: number, op: any }} request
 */
function flat({ requestId, epoch, op }) {
  return ControlRequest.create({ requestId, epoch, [op.$case]: op[op.$case] });
}

/** The options with which protobufjs makes plain objects. */
const PLAIN = { longs: String, defaults: true, oneofs: true };

/** @param {Uint8Array} data */
function shaped(data) {
  const { requestId, error, result, ...members } = ControlResponse.toObject(
    ControlResponse.decode(data),
    PLAIN,
  );
  return {
    requestId,
    error: error ?? undefined,
    result: result && { $case: result, [result]: members[result] },
  };
}
