// Every difference of docs/differences.md that the old module itself does not show: its rule against
// what this package does.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { expect } from "vitest";
import {
  CAPABILITY_DESCRIPTORS,
  NatsControlRpc,
  RoutingSandboxSession,
  SelfhostedSession,
  backendSupportsOs,
  desktopCapableBackend,
  isProviderSandboxNotFoundError,
  negotiateCapabilities,
  selectBackend,
  selfhostedLiveness,
  setSelfhostedApplyDiff,
} from "../../index.js";
import { ControlRequest, ControlResponse, decode, encode } from "../support/wire.js";
import * as old from "./old.js";
import { difference, everyRowIsShown } from "./sides.js";

/** @typedef {import("../../index.js").RoutingSandboxSessionDeps} Deps */

/**
 * A backend at an epoch.
 *
 * @param {string} name
 * @param {object} [members]
 * @returns {any}
 */
function backend(name, members = {}) {
  const session = { state: { name }, readFile: async () => name, ...members };
  return { session, sandboxId: name, kind: name };
}

/** @param {number} activeEpoch */
function pointer(activeEpoch) {
  return { activeSandboxId: `s${activeEpoch}`, activeEpoch };
}

/**
 * A session whose pointer stays where it is.
 *
 * @param {new (deps: Deps) => any} Router
 * @param {() => Promise<any>} resolveActiveBackend
 * @param {Partial<Deps>} [deps]
 */
function unmoved(Router, resolveActiveBackend, deps = {}) {
  return new Router({ readPointer: async () => pointer(1), resolveActiveBackend, ...deps });
}

/** Lets everything happen that waits for nothing. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Both routers in the same course of events.
 *
 * @param {(Router: new (deps: Deps) => any) => Promise<unknown>} course
 */
function routers(course) {
  return { old: () => course(old.Router), new: () => course(RoutingSandboxSession) };
}

/**
 * What `run` comes to: the error's text where it fails.
 *
 * @param {() => unknown} run
 */
async function outcomeOf(run) {
  try {
    return await run();
  } catch (error) {
    return String(error);
  }
}

difference(
  "R1",
  "a word in a text is no fence, and the operation is not run again",
  routers(async (Router) => {
    let runs = 0;
    const readFile = async () => {
      runs++;
      throw new Error("no such file: fenced.txt");
    };
    const session = unmoved(Router, async () => backend("a", { readFile }));
    await session.readFile().catch(() => {});
    return runs;
  }),
  { old: 4, new: 1 },
);

difference(
  "R2",
  "a fence tells its epoch, and what it leads to, in the events",
  routers(async (Router) => {
    let epoch = 5;
    /** @type {string[]} */
    const events = [];
    const readFile = async () => {
      epoch = 9;
      throw Object.assign(new Error("x"), { fenced: true });
    };
    const session = new Router({
      readPointer: async () => pointer(epoch),
      resolveActiveBackend: async ({ activeEpoch }) =>
        activeEpoch === 5 ? backend("a", { readFile }) : backend("b"),
      onTransition: ({ type, fromEpoch, toEpoch }) =>
        events.push(`${type} ${fromEpoch} ${toEpoch}`),
    });
    await session.readFile();
    return events;
  }),
  {
    old: ["resolved 5 5", "fenced-retry 0 0", "resolved 9 9"],
    new: ["resolved 5 5", "fenced-retry 5 5", "epoch-changed 5 9"],
  },
);

difference(
  "R3",
  "overlapping resolves are one for the same pointer",
  routers(async (Router) => {
    let resolves = 0;
    const session = unmoved(Router, async () => backend(`a${resolves++}`));
    await Promise.all([session.readFile(), session.readFile(), session.readFile()]);
    return resolves;
  }),
  { old: 3, new: 1 },
);

difference(
  "R3",
  "overlapping resolves that end late replace nothing newer",
  routers(async (Router) => {
    let epoch = 5;
    /** @type {(backend: any) => void} */
    let land = () => {};
    const session = new Router({
      readPointer: async () => pointer(epoch),
      resolveActiveBackend: ({ activeEpoch }) =>
        activeEpoch === 5
          ? new Promise((resolve) => (land = resolve))
          : Promise.resolve(backend("newer")),
    });
    const late = session.readFile();
    await turn();
    epoch = 6;
    await session.readFile();
    land(backend("older"));
    return [await late, session.state.name];
  }),
  { old: ["older", "older"], new: ["newer", "newer"] },
);

difference(
  "R4",
  "an unsupported operation names its own backend, also where another has just been fenced off from it",
  routers(async (Router) => {
    /** @type {(fence: Error) => void} */
    let supersede = () => {};
    const lost = new Promise((_, reject) => (supersede = reject));
    /** @type {(pointer: unknown) => void} */
    let point = () => {};
    const pointers = [pointer(1), new Promise((resolve) => (point = resolve)), pointer(1)];
    let runs = 0;
    const readFile = () => (runs++ === 0 ? lost : "read");
    const session = new Router({
      readPointer: async () => /** @type {any} */ (pointers.shift() ?? pointer(1)),
      resolveActiveBackend: async () => backend("one", { readFile }),
    });
    const reading = session.readFile();
    await turn();
    const writing = session.writeFile().catch((/** @type {Error} */ error) => error.message);
    await turn();
    // The fence comes between what the second has found and its run.
    point(pointer(1));
    await undefined;
    supersede(Object.assign(new Error("superseded"), { fenced: true }));
    return [await writing, await reading];
  }),
  {
    old: [`the active sandbox (unknown) does not support "writeFile"`, "read"],
    new: [`the active sandbox (one) does not support "writeFile"`, "read"],
  },
);

difference(
  "R5",
  "an observer that throws fails no operation",
  routers(async (Router) => {
    const session = unmoved(Router, async () => backend("a"), {
      onTransition: () => {
        throw new Error("observer");
      },
    });
    return session.readFile().catch((/** @type {Error} */ error) => error.message);
  }),
  { old: "observer", new: "a" },
);

/** @type {[string, unknown, string][]} */
const NO_EPOCHS = [
  ["a text", "7", 'TypeError: activeEpoch must be a finite number, got "7"'],
  ["not finite", Infinity, "RangeError: activeEpoch must be a finite number, got Infinity"],
];
for (const [what, activeEpoch, refusal] of NO_EPOCHS) {
  difference(
    "R6",
    `an epoch that is ${what} is named`,
    routers(async (Router) => {
      const session = new Router({
        readPointer: async () => /** @type {any} */ ({ activeSandboxId: null, activeEpoch }),
        resolveActiveBackend: async () => backend("a"),
      });
      return session.readFile().catch(String);
    }),
    { old: "a", new: refusal },
  );
}

/** @type {[string, string, unknown, unknown][]} */
const TARGETS = [
  ["R7", "a target that is cleared at the same epoch is not served any more", "s", null],
  ["R17", "ids that are no strings are told apart by identity", { id: "s" }, { id: "s" }],
];
for (const [row, title, first, second] of TARGETS) {
  difference(
    row,
    title,
    routers(async (Router) => {
      let activeSandboxId = /** @type {any} */ (first);
      /** @type {string[]} */
      const events = [];
      const session = new Router({
        readPointer: async () => ({ activeSandboxId, activeEpoch: 5 }),
        resolveActiveBackend: async ({ activeSandboxId }) =>
          backend(activeSandboxId === first ? "first" : "second"),
        onTransition: ({ type, fromEpoch, toEpoch, kind }) =>
          events.push(`${type} ${fromEpoch} ${toEpoch} ${kind}`),
      });
      const reads = [await session.readFile()];
      activeSandboxId = second;
      return [...reads, await session.readFile(), ...events];
    }),
    {
      old: ["first", "first", "resolved 5 5 first"],
      new: ["first", "second", "resolved 5 5 first", "resolved 5 5 second"],
    },
  );
}

difference(
  "R8",
  "a resolver that returns the routing session itself is refused at once",
  routers((Router) => {
    let reads = 0;
    /** @type {any} */
    const session = new Router({
      async readPointer() {
        if (reads++ === 100) throw new Error("the pointer was read 100 times");
        return pointer(1);
      },
      resolveActiveBackend: async () => ({ session, sandboxId: "s1", kind: "routing" }),
    });
    return outcomeOf(() => session.readFile());
  }),
  {
    old: "Error: the pointer was read 100 times",
    new:
      "ActiveBackendUnresolvableError: resolveActiveBackend returned the routing session itself; " +
      "it must return a backend's session",
  },
);

difference(
  "R8",
  "a resolver that returns no session is named, and asked anew",
  routers(async (Router) => {
    /** @type {any[]} */
    const given = [undefined];
    const session = unmoved(Router, async () => ({
      session: given.length > 0 ? given.pop() : { readFile: async () => "read" },
      sandboxId: "s1",
      kind: "k",
    }));
    const read = () => outcomeOf(() => session.readFile());
    return [await read(), await read()];
  }),
  {
    old: Array(2).fill("TypeError: Cannot read properties of undefined (reading 'readFile')"),
    new: [
      "TypeError: the session that resolveActiveBackend resolves to must be an object, got nothing",
      "read",
    ],
  },
);

/** @param {string} name */
function editable(name) {
  /** @type {string[]} */
  const files = [];
  const createFile = async (/** @type {any} */ { path }) => void files.push(path);
  return { files, backend: backend(name, { createEditor: () => ({ createFile }) }) };
}

difference(
  "R9",
  "an editor is there before a backend is",
  routers(async (Router) => {
    const home = editable("home");
    const session = unmoved(Router, async () => home.backend);
    await session.createEditor()?.createFile({ path: "notes" });
    return home.files;
  }),
  { old: [], new: ["notes"] },
);
difference(
  "R9",
  "an editor that was taken before a swap edits the box that is active after it",
  routers(async (Router) => {
    const [home, away] = [editable("home"), editable("away")];
    let epoch = 1;
    const session = new Router({
      readPointer: async () => pointer(epoch),
      resolveActiveBackend: async ({ activeEpoch }) =>
        activeEpoch === 1 ? home.backend : away.backend,
    });
    await session.readFile();
    const editor = session.createEditor();
    epoch = 2;
    await session.readFile();
    await editor.createFile({ path: "notes" });
    return { home: home.files, away: away.files };
  }),
  { old: { home: ["notes"], away: [] }, new: { home: [], away: ["notes"] } },
);
difference(
  "R9",
  "an editor that was taken before a swap is refused by a box without one",
  routers(async (Router) => {
    const home = editable("home");
    let epoch = 1;
    const session = new Router({
      readPointer: async () => pointer(epoch),
      resolveActiveBackend: async ({ activeEpoch }) =>
        activeEpoch === 1 ? home.backend : backend("bare"),
    });
    await session.readFile();
    const editor = session.createEditor();
    epoch = 2;
    const outcome = await outcomeOf(() => editor.createFile({ path: "notes" }));
    return { outcome, home: home.files };
  }),
  {
    old: { outcome: undefined, home: ["notes"] },
    new: {
      outcome: `RoutingUnsupportedError: the active sandbox (bare) does not support "createFile"`,
      home: [],
    },
  },
);

/**
 * Both routers over a backend with these members alone.
 *
 * @param {object} members
 * @param {(session: any) => unknown} course
 */
function over(members, course) {
  const resolved = { session: members, sandboxId: null, kind: "cloud" };
  return routers((Router) => outcomeOf(() => course(unmoved(Router, async () => resolved))));
}

const BANNER = "Wall time: 0.5000 seconds\nProcess exited with code 1\nOutput:\n";
difference(
  "R10",
  "exec over execCommand has a result",
  over({ execCommand: async () => `${BANNER}none\n` }, async (session) => {
    const result = await session.exec({ cmd: "cat notes" });
    const { output, stdout, stderr, wallTimeSeconds, exitCode } = result;
    return { output, stdout, stderr, wallTimeSeconds, exitCode };
  }),
  {
    old: {},
    new: { output: "none\n", stdout: "none\n", stderr: "", wallTimeSeconds: 0.5, exitCode: 1 },
  },
);

difference(
  "R14",
  "a manifest that is not there yet is named, with the remedy",
  over({ state: {} }, (session) => session.state.manifest.version),
  {
    old: "TypeError: Cannot read properties of undefined (reading 'version')",
    new:
      "Error: the routing session has no backend yet, so its state has no manifest; " +
      "pass defaultResolved, or await prime() first",
  },
);

for (const answer of ["text", { stdout: "", output: "text" }]) {
  difference(
    "R16",
    `execCommand has the text of ${JSON.stringify(answer)}`,
    over({ exec: async () => answer }, (session) => session.execCommand({ cmd: "x" })),
    { old: "", new: "text" },
  );
}

difference(
  "R11",
  "a fence evicts only the backend that it is of, once",
  routers(async (Router) => {
    let resolves = 0;
    /** @type {((fence: Error) => void)[]} */
    const fence = [];
    const readFile = () => new Promise((_resolve, reject) => fence.push(reject));
    const session = unmoved(Router, async () =>
      resolves++ === 0
        ? backend("first", { readFile, writeFile: async () => {} })
        : backend(`next ${resolves}`),
    );
    await session.writeFile();
    const reads = [session.readFile(), session.readFile()];
    await turn();
    for (const [at, read] of reads.entries()) {
      fence[at]?.(Object.assign(new Error("superseded"), { fenced: true }));
      await read;
    }
    return resolves;
  }),
  { old: 3, new: 2 },
);

const inputs = ["to the first", "to the second", "to the second", "to the first", "to any"];
difference(
  "R12",
  "the input of a process goes to the backend that started it, until it has ended",
  routers(async (Router) => {
    let epoch = 5;
    const session = new Router({
      readPointer: async () => pointer(epoch),
      resolveActiveBackend: async ({ activeEpoch }) => {
        // Each backend counts its processes from 1.
        const exec = async () => ({ output: "", sessionId: 1 });
        const writeStdin = async (/** @type {any} */ { chars }) =>
          chars === "exit" ? "Process exited with code 0\nOutput:\n" : `${activeEpoch}: ${chars}`;
        return backend("box", { exec, writeStdin });
      },
    });
    const write = (/** @type {string} */ chars) => session.writeStdin({ sessionId: 1, chars });
    await session.exec({ cmd: "cat" });
    epoch = 6;
    const first = await write("to the first");
    await session.exec({ cmd: "cat" });
    const second = await write("to the second");
    epoch = 7;
    const after = await write("to the second");
    await write("exit");
    const older = await write("to the first");
    await write("exit");
    return [first, second, after, older, await write("to any")];
  }),
  {
    old: [6, 6, 7, 7, 7].map((epoch, at) => `${epoch}: ${inputs[at]}`),
    new: [5, 6, 6, 5, 7].map((epoch, at) => `${epoch}: ${inputs[at]}`),
  },
);

const gone = Proxy.revocable({}, {});
gone.revoke();
/** @type {[string, string, unknown][]} */
const UNREADABLE = [
  ["R13", "whose getters throw", throwing("fenced")],
  ["R17", "with a message that throws", throwing("message")],
  ["R17", "that is a revoked proxy", gone.proxy],
];
for (const [row, what, thrown] of UNREADABLE) {
  const readFile = async () => {
    throw thrown;
  };
  difference(
    row,
    `a thrown value ${what} is the one that the caller gets`,
    over({ readFile }, (session) =>
      session.readFile().catch((/** @type {unknown} */ error) => error === thrown),
    ),
    { old: false, new: true },
  );
}

/** @param {string} field */
function throwing(field) {
  const get = () => {
    throw new Error("getter");
  };
  return Object.defineProperty({}, field, { get });
}

for (const field of ["sandboxId", "kind"]) {
  difference(
    "R13",
    `an event whose ${field} cannot be read fails no operation`,
    routers(async (Router) => {
      let reads = 0;
      const get = () => {
        // The event is made before the operation runs.
        if (reads++ === 0) throw new Error("getter");
        return "a";
      };
      const resolve = async () =>
        Object.defineProperty(backend("a", { readFile: async () => "read" }), field, { get });
      const session = unmoved(Router, resolve, { onTransition: () => {} });
      return outcomeOf(() => session.readFile());
    }),
    { old: "Error: getter", new: "read" },
  );
}

difference(
  "R15",
  "between the attempts of an operation other work has its turn",
  routers(async (Router) => {
    let runs = 0;
    let isOver = false;
    const readFile = async () => {
      runs++;
      if (!isOver) throw Object.assign(new Error("superseded"), { fenced: true });
    };
    const session = unmoved(Router, async () => backend("a", { readFile }), {
      maxFenceRetries: 1_000,
    });
    setImmediate(() => (isOver = true));
    return (await outcomeOf(() => session.readFile())) ?? `read at run ${runs}`;
  }),
  { old: "Error: superseded", new: "read at run 2" },
);

const PING = /** @type {const} */ ({
  requestId: "r1",
  epoch: 0,
  op: { $case: "ping", ping: { nonce: "1" } },
});
const RESULT = { $case: "ping", ping: { nonce: "1", agentMonotonicMs: "0" } };
const PONG = encode(ControlResponse, { requestId: "r1", error: undefined, result: RESULT });
const STRAY = encode(ControlResponse, { requestId: "r2", error: undefined, result: RESULT });
const answers = { request: async () => ({ data: PONG }) };

/**
 * Both ways to an agent, over the same connections.
 *
 * @param {(nth: number) => any} connect Makes the nth connection.
 * @param {(rpc: any, dials: () => number) => unknown} course
 */
function rpcs(connect, course) {
  const read = (/** @type {Uint8Array} */ data) => decode(ControlResponse, old.readPart(data));
  const run = (/** @type {(dial: () => Promise<any>) => any} */ make) => {
    let dials = 0;
    const rpc = make(async () => connect(dials++));
    return course(rpc, () => dials);
  };
  return {
    old: () => run((dial) => new old.NatsControlRpc(dial, read)),
    new: () => run((dial) => new NatsControlRpc(dial)),
  };
}

/** @param {any} rpc */
function ask(rpc) {
  return rpc.request("s", PING, { timeoutMs: 1 });
}

const codes = (/** @type {any[]} */ responses) => responses.map(({ error }) => error?.code ?? 0);

difference(
  "N1",
  "a failed dial is not the last",
  rpcs(
    (nth) => {
      if (nth === 0) throw new Error("refused");
      return answers;
    },
    async (rpc) => codes([await ask(rpc), await ask(rpc), await ask(rpc)]),
  ),
  { old: [9, 9, 9], new: [9, 0, 0] },
);

difference(
  "N2",
  "the first connection is made once",
  rpcs(
    () => answers,
    async (rpc, dials) => {
      await Promise.all([ask(rpc), ask(rpc), ask(rpc)]);
      return dials();
    },
  ),
  { old: 3, new: 1 },
);

difference(
  "N2",
  "no request waits for it longer than for its answer",
  rpcs(
    async () => {
      await sleep(50);
      return answers;
    },
    async (rpc) => codes([await ask(rpc)]),
  ),
  { old: [0], new: [9] },
);

difference(
  "N11",
  "a dial that takes longer than its request is joined by the next one",
  rpcs(
    async () => {
      await sleep(50);
      return answers;
    },
    async (rpc, dials) => {
      const first = ask(rpc);
      await sleep(10);
      const second = ask(rpc);
      await Promise.all([first, second]);
      await sleep(60);
      return [...codes([await ask(rpc)]), dials()];
    },
  ),
  { old: [0, 2], new: [0, 1] },
);
difference(
  "N11",
  "a dial that gives no connection is not the last",
  rpcs(
    (nth) => (nth === 0 ? null : answers),
    async (rpc) => codes([await ask(rpc), await ask(rpc)]),
  ),
  { old: [9, 9], new: [9, 0] },
);

/**
 * How many connections are open after two requests that each gave up before the dial had an end.
 *
 * @param {(dial: () => Promise<any>) => any} make
 */
async function leftOpen(make) {
  let open = 0;
  const rpc = make(async () => {
    await sleep(20);
    open++;
    return { ...answers, close: async () => void open-- };
  });
  await Promise.race([Promise.all([ask(rpc), ask(rpc)]), sleep(5)]);
  await sleep(60);
  return open;
}
difference(
  "N11",
  "a connection that comes too late for everybody is closed",
  {
    old: () => leftOpen((dial) => new old.NatsControlRpc(dial, () => ({}))),
    new: () => leftOpen((dial) => new NatsControlRpc(dial)),
  },
  { old: 2, new: 0 },
);

/** @type {[string, Uint8Array, any][]} */
const NO_REPLIES = [
  ["is malformed", PONG.slice(0, -1), { old: [9, 2], new: [7, 1] }],
  ["is to another request", STRAY, { old: [0, 1], new: [7, 1] }],
];
for (const [what, data, expected] of NO_REPLIES) {
  difference(
    "N3",
    `a reply that ${what} is a protocol error, and the connection is kept`,
    rpcs(
      () => ({ request: async () => ({ data }) }),
      async (rpc, dials) => {
        const [code] = codes([await ask(rpc), await ask(rpc)]);
        return [code, dials()];
      },
    ),
    expected,
  );
}

difference(
  "N4",
  "a request that is too large is refused, and says so",
  rpcs(
    () => ({
      info: { max_payload: 5 },
      async request() {
        throw Object.assign(new Error("MAX_PAYLOAD_EXCEEDED"), { code: "MAX_PAYLOAD_EXCEEDED" });
      },
    }),
    async (rpc) => (await ask(rpc)).error,
  ),
  {
    old: { code: 9 },
    new: expect.objectContaining({ code: 1, message: expect.stringContaining("5 bytes") }),
  },
);

/** A connection that answers once, and then leaves its requests open. */
function fragile() {
  /** @type {((error: Error) => void)[]} */
  const fail = [];
  let isNew = true;
  const request = () => {
    if (!isNew) return new Promise((_resolve, reject) => fail.push(reject));
    isNew = false;
    return answers.request();
  };
  return { request, fail };
}

/** @type {ReturnType<typeof fragile>} */
let broken;
difference(
  "N5",
  "a request that fails late on a broken connection leaves the connection made since",
  rpcs(
    (nth) => (nth === 0 ? (broken = fragile()) : answers),
    async (rpc, dials) => {
      await ask(rpc);
      const open = [ask(rpc), ask(rpc)];
      await turn();
      for (const [at, request] of open.entries()) {
        broken.fail[at]?.(new Error("CONNECTION_CLOSED"));
        await request;
        await ask(rpc);
      }
      return dials();
    },
  ),
  { old: 3, new: 2 },
);

/**
 * What both send for an operation.
 *
 * @param {any} op
 * @param {(payload: Uint8Array) => unknown} view
 */
function requests(op, view) {
  const request = { requestId: "r1", epoch: 0, op };
  return {
    old: () => outcomeOf(() => view(old.encodeRequest(request))),
    async new() {
      /** @type {Uint8Array[]} */
      const payloads = [];
      const rpc = new NatsControlRpc(async () => ({
        async request(_subject, payload) {
          payloads.push(payload);
          return { data: PONG };
        },
      }));
      const failed = await outcomeOf(() => rpc.request("s", request, { timeoutMs: 1 }));
      const [payload] = payloads;
      return payload ? view(payload) : failed;
    },
  };
}

/** @type {[any, any, string][]} */
const INCOMPLETE = [
  [
    { $case: "fsStat", fsStat: {} },
    { $case: "fsStat", fsStat: { path: "undefined" } },
    "TypeError: path must be a string",
  ],
  [
    { $case: "fsList", fsList: { path: "p" } },
    { $case: "fsList", fsList: { path: "p", recursive: false } },
    "TypeError: recursive must be a boolean",
  ],
  [
    { $case: "desktopEnsure", desktopEnsure: { width: 0 } },
    "Error: invalid uint32: undefined",
    "TypeError: height must be a number",
  ],
  [
    { $case: "desktopEnsure", desktopEnsure: { width: NaN, height: 0 } },
    "Error: invalid uint32: NaN",
    expect.stringMatching(/^TypeError: width must be /),
  ],
  [
    { $case: "ptyWrite", ptyWrite: { ptyId: "p" } },
    expect.stringMatching(/^TypeError: Cannot read properties of undefined/),
    "TypeError: data must be a Uint8Array",
  ],
  [
    { $case: "fsList", fsList: { path: 5, recursive: false } },
    { $case: "fsList", fsList: { path: "5", recursive: false } },
    "TypeError: path must be a string",
  ],
  [{ $case: "reboot" }, undefined, "TypeError: $case must be the name of a known member"],
];
for (const [op, before, refusal] of INCOMPLETE) {
  difference(
    "N6",
    `an incomplete request is not sent: ${JSON.stringify(op)}`,
    requests(op, (payload) => decode(ControlRequest, payload).op),
    { old: before, new: refusal },
  );
}

difference(
  "N7",
  "the entries of a map are in alphabetical order",
  requests(
    {
      $case: "ptyOpen",
      ptyOpen: {
        command: [],
        cwd: "",
        env: { z: "1", 2: "2", a: "3" },
        cols: 0,
        rows: 0,
        term: "",
      },
    },
    // Each entry is a block of a key, field 1, and a value, field 2.
    (payload) =>
      [
        ...Buffer.from(payload)
          .toString("latin1")
          .matchAll(/\n\x01(.)\x12/g),
      ].map(([, key]) => key),
  ),
  { old: ["2", "z", "a"], new: ["2", "a", "z"] },
);

const WRITE = { path: "p", content: Uint8Array.of(1), createParents: true, append: false, mode: 0 };
/** @type {[any, any, string][]} */
const MISSPELT = [
  [
    { $case: "fsWrite", fsWrite: { ...WRITE, extra: Uint8Array.of(2), toJSON: () => ({}) } },
    { $case: "fsWrite", fsWrite: WRITE },
    "TypeError: fsWrite has unknown fields: extra, toJSON",
  ],
  [
    { $case: "fsStat", fsStat: { path: "p", follow: true } },
    { $case: "fsStat", fsStat: { path: "p" } },
    "TypeError: fsStat has unknown fields: follow",
  ],
];
for (const [op, before, refusal] of MISSPELT) {
  difference(
    "N12",
    `fields that an operation does not have are named, and nothing is sent: ${op.$case}`,
    requests(op, (payload) => decode(ControlRequest, payload).op),
    { old: before, new: refusal },
  );
}

const COMMAND = { shell: true, cwd: "", env: {}, stdin: new Uint8Array(0), timeoutMs: 0 };
difference(
  "N16",
  "a command of a request that is no well-formed Unicode is not run as another one",
  requests(
    { $case: "exec", exec: { ...COMMAND, command: ["rm \ud83d"] } },
    (payload) => decode(ControlRequest, payload).op.exec.command,
  ),
  { old: ["rm \ufffd"], new: "TypeError: command must be a string" },
);

/** @type {[string, number[]][]} */
const ENDS = [
  ["a zero tag", [0, 1]],
  ["the end of a group", [0x1c, 0xff]],
];
for (const [what, end] of ENDS) {
  difference(
    "N8",
    `a message that stops at ${what} is malformed`,
    rpcs(
      () => ({ request: async () => ({ data: Uint8Array.of(...PONG, ...end) }) }),
      async (rpc) => {
        const { error, result } = await ask(rpc);
        return error ? error.code : result;
      },
    ),
    { old: RESULT, new: 7 },
  );
}

/** One entry more than a reply may list, all of them empty: the member `fsList` with its length. */
const ENTRIES = Buffer.concat([
  Uint8Array.of(0x82, 0x01, 0x82, 0x80, 0x20),
  Buffer.alloc(2 * (2 ** 18 + 1), Uint8Array.of(0x0a, 0x00)),
]);
difference(
  "N17",
  "a reply of too many items is malformed",
  rpcs(
    () => ({ request: async () => ({ data: ENTRIES }) }),
    async (rpc) => {
      const { error, result } = await ask(rpc);
      return error ? error.message : result.fsList.entries.length;
    },
  ),
  { old: 2 ** 18 + 1, new: expect.stringMatching(/malformed: it has more than 262144 items/) },
);

/**
 * Both sessions with a machine that has one file, and what is asked of it.
 *
 * @param {(session: any, ops: any[]) => unknown} course
 * @param {object} [machine]
 * @param {Uint8Array} [machine.file]
 * @param {(text: string) => string} [machine.change] What becomes of an updated file.
 * @param {object} [machine.results] Answers by operation, or functions that answer, in place of the usual ones.
 * @param {object} [machine.deps] What else the sessions are made with.
 */
function sessions(
  course,
  { file = new Uint8Array(0), change = String, results = {}, deps = {} } = {},
) {
  const bytes = new Uint8Array(0);
  const channel = { channelId: "", kind: 1 };
  /** @type {Record<string, any>} */
  const all = {
    exec: { exitCode: 0, stdout: bytes, stderr: bytes, timedOut: false, durationMs: "0" },
    fsRead: { content: file, totalSize: String(file.length) },
    fsWrite: { bytesWritten: "0" },
    ptyOpen: { ptyId: "p", channel },
    ...results,
  };
  const run = (/** @type {new (deps: any) => any} */ Session) => {
    /** @type {any[]} */
    const ops = [];
    const controlRpc = {
      async request(
        /** @type {string} */ subject,
        /** @type {any} */ request,
        /** @type {any} */ options,
      ) {
        const { requestId, op } = request;
        const { $case } = op;
        ops.push({ $case, ...op[$case], waited: options.timeoutMs, subject });
        const answer = all[$case];
        const { error, ...result } = typeof answer === "function" ? answer(op[$case]) : answer;
        return { requestId, error, result: { $case, [$case]: result } };
      },
    };
    setSelfhostedApplyDiff(change);
    const ids = { workspaceId: "w", agentId: "a", relay: { host: "relay.test" } };
    return course(new Session({ ...ids, controlRpc, applyDiff: change, ...deps }), ops);
  };
  return { old: () => run(old.Session), new: () => run(SelfhostedSession) };
}

difference(
  "S1",
  "a command has an end before the session stops waiting",
  sessions(async (session, ops) => {
    await session.exec({ cmd: "x" });
    await session.exec({ cmd: "x", execTimeoutMs: 600_000 });
    return ops.map(({ timeoutMs, waited }) => [timeoutMs, waited]);
  }),
  {
    // 0 is no limit.
    old: [
      [0, 30_000],
      [0, 30_000],
    ],
    new: [
      [28_000, 30_000],
      [600_000, 602_000],
    ],
  },
);

const timedOut = { code: 5, message: "m", retryable: true, detail: {} };
/** @type {[string, object, object, boolean][]} */
const TIMEOUTS = [
  ["for the agent", { timedOut: true, exitCode: -1 }, { exitCode: -1 }, false],
  ["for the session", { error: timedOut }, { reason: "agent_reconnecting", retryable: true }, true],
];
for (const [what, exec, before, mayBeRunning] of TIMEOUTS) {
  difference(
    "S2",
    `a command that took too long ${what} is an error that says so`,
    sessions((session) => session.exec({ cmd: "x" }).catch((/** @type {any} */ e) => e), {
      results: { exec },
    }),
    {
      old: expect.objectContaining(before),
      new: expect.objectContaining({
        name: "SelfhostedExecTimeoutError",
        code: 5,
        retryable: false,
        mayBeRunning,
      }),
    },
  );
}

difference(
  "N13",
  "execTimeoutMs is read, and 0 is no limit",
  sessions(
    async (session, ops) => {
      await session.exec({ cmd: "x" });
      await session.exec({ cmd: "x", execTimeoutMs: 0 });
      return ops.map(({ timeoutMs, waited }) => [timeoutMs, waited]);
    },
    { deps: { execTimeoutMs: 600_000 } },
  ),
  {
    old: [
      [0, 30_000],
      [0, 30_000],
    ],
    new: [
      [600_000, 602_000],
      [0, 30_000],
    ],
  },
);

const PRINTED = {
  stdout: new TextEncoder().encode("so far"),
  stderr: new TextEncoder().encode("odd"),
};
difference(
  "N14",
  "what a command had printed that took too long is in the error",
  sessions((session) => session.exec({ cmd: "x" }).catch((/** @type {any} */ e) => e), {
    results: { exec: { timedOut: true, exitCode: -1, ...PRINTED } },
  }),
  {
    old: { output: "so far", stdout: "so far", stderr: "odd", exitCode: -1 },
    new: expect.objectContaining({
      name: "SelfhostedExecTimeoutError",
      stdout: "so far",
      stderr: "odd",
    }),
  },
);

/**
 * What both ask of the machine to update a file.
 *
 * @param {{ path: string, moveTo?: string }} op
 * @param {Uint8Array} [file]
 */
function updates(op, file = new Uint8Array(0)) {
  return sessions(
    async (session, ops) => {
      const failed = await outcomeOf(() => session.createEditor().updateFile({ ...op, diff: "d" }));
      const write = ops.find(({ $case }) => $case === "fsWrite");
      const command = ops.find(({ $case }) => $case === "exec")?.command[0];
      return write ? { path: write.path, content: [...write.content], command } : failed;
    },
    { file, change: (text) => `${text}!` },
  );
}

const WRITTEN = { content: [0x21] };
difference(
  "S3",
  "a file that is renamed to another name of itself is not deleted",
  updates({ path: "/workspace/a", moveTo: "a" }),
  {
    old: { ...WRITTEN, path: "a", command: "rm -rf -- 'a'" },
    new: { ...WRITTEN, path: "a", command: undefined },
  },
);
difference("S3", "nor where only the machine knows", updates({ path: "a", moveTo: "/link/a" }), {
  old: { ...WRITTEN, path: "/link/a", command: "rm -rf -- 'a'" },
  new: {
    ...WRITTEN,
    path: "/link/a",
    command: expect.stringMatching(/^\[ 'a' -ef '\/link\/a' \] \|\| \{ .* && rm -rf -- 'a'; \}$/),
  },
});

/**
 * What both come to when they delete a file, and what they run for it.
 *
 * @param {string} path
 * @param {object} [results]
 */
function deletions(path, results = {}) {
  return sessions(
    async (session, ops) => {
      const outcome = await outcomeOf(() => session.createEditor().deleteFile({ path }));
      return { failed: typeof outcome === "string" ? outcome : undefined, ran: ops.map(commandOf) };
    },
    { results },
  );
}

/** @param {any} op */
function commandOf({ command: [command] }) {
  return command;
}

/** @type {[string, string][]} */
const HOLDERS = [
  ["/", "/"],
  [".", "."],
  ["..", ".."],
  ["/workspace", ""],
  ["x/..", "x/.."],
];
for (const [path, mapped] of HOLDERS) {
  difference("S4", `a deletion of ${path} is refused`, deletions(path), {
    old: { failed: undefined, ran: [`rm -rf -- '${mapped}'`] },
    new: { failed: expect.stringMatching(/refusing to delete/), ran: [] },
  });
}
difference(
  "S4",
  "a deletion that fails is an error",
  deletions("a", { exec: { exitCode: 1, stderr: new TextEncoder().encode("rm: busy\n") } }),
  {
    old: { failed: undefined, ran: ["rm -rf -- 'a'"] },
    new: {
      failed: "Error: selfhosted deleteFile: could not delete a: rm exited with 1: rm: busy",
      ran: [expect.stringMatching(/^sh -c '.*' sh '\.\/a' && rm -rf -- 'a'$/)],
    },
  },
);

const MARK = [0xef, 0xbb, 0xbf];
difference(
  "S5",
  "an updated file keeps its byte order mark",
  updates({ path: "a" }, Uint8Array.of(...MARK, 0x61)),
  {
    old: { path: "a", content: [0x61, 0x21], command: undefined },
    new: { path: "a", content: [...MARK, 0x61, 0x21], command: undefined },
  },
);
difference(
  "S5",
  "a file that is not UTF-8 is not written",
  updates({ path: "a" }, Uint8Array.of(0x61, 0xff)),
  {
    old: { path: "a", content: [0x61, 0xef, 0xbf, 0xbd, 0x21], command: undefined },
    new: "Error: selfhosted updateFile: not UTF-8 text: a",
  },
);

difference("S6", "an empty moveTo is none", updates({ path: "a", moveTo: "" }), {
  old: { ...WRITTEN, path: "", command: undefined },
  new: { ...WRITTEN, path: "a", command: undefined },
});

difference(
  "S7",
  "a second slash does not lead out of the workspace",
  sessions(async (session, ops) => {
    await session.readFile({ path: "/workspace//x" });
    return ops[0].path;
  }),
  { old: "/x", new: "x" },
);

difference(
  "S8",
  "a channel without an id goes by its place",
  sessions(async (session) => (await session.resolveExposedPort(7681)).query),
  {
    old: "ws=w&agent=a&port=7681&channel=",
    new: "ws=w&agent=a&port=7681&channel=w%3Aa%3A7681",
  },
);

/** @type {[string, (session: any) => any, any, string][]} */
const NO_TEXTS = [
  [
    "a command that is missing",
    (session) => session.exec({}),
    { sent: 1 },
    "cmd must be a string, got nothing",
  ],
  [
    "a working directory that is a number",
    (session) => session.exec({ cmd: "x", workdir: 5 }),
    { failed: expect.stringMatching(/^TypeError: .* is not a function$/), sent: 0 },
    "workdir must be a string, got 5",
  ],
  [
    "a path that is an object",
    (session) => session.readFile({ path: {} }),
    { failed: expect.stringMatching(/^TypeError: .* is not a function$/), sent: 0 },
    "path must be a string, got a value of type object",
  ],
  [
    "a path that is longer than any",
    (session) => session.readFile({ path: "p".repeat(65_537) }),
    { sent: 1 },
    `path must be a string of at most 65536 bytes, got "${"p".repeat(100)}"…`,
  ],
  [
    "a path that is no well-formed Unicode",
    (session) => session.writeFile({ path: "\ud83d", content: "" }),
    { sent: 1 },
    "path must be a string, got a value of type ill-formed string",
  ],
];
for (const [what, run, before, message] of NO_TEXTS) {
  difference(
    "S9",
    `${what} is named, and nothing is sent`,
    sessions(async (session, ops) => {
      const outcome = await outcomeOf(() => run(session));
      const sent = ops.length;
      return typeof outcome === "string" ? { failed: outcome, sent } : { sent };
    }),
    { old: before, new: { failed: `TypeError: ${message}`, sent: 0 } },
  );
}

/**
 * What both send for an operation, or how it fails.
 *
 * @param {(session: any) => unknown} run
 * @param {object} [deps]
 */
function sent(run, deps = {}) {
  return sessions(
    async (session, ops) => {
      const outcome = await outcomeOf(() => run(session));
      return ops[0] ?? outcome;
    },
    { deps },
  );
}

const WHOLE = "maxBytes must be a whole number of bytes, not below 0";
/** @type {[unknown, string, string][]} */
const NO_LENGTHS = [
  [1.5, "1.5", `RangeError: ${WHOLE}, got 1.5`],
  [-1, "-1", `RangeError: ${WHOLE}, got -1`],
  [NaN, "0", `RangeError: ${WHOLE}, got NaN`],
  ["5", "5", `TypeError: ${WHOLE}, got "5"`],
];
for (const [maxBytes, length, refusal] of NO_LENGTHS) {
  difference(
    "N15",
    `a maxBytes of ${inspect(maxBytes)} is named, and nothing is sent`,
    sent((session) => session.readFile({ path: "a", maxBytes })),
    { old: expect.objectContaining({ $case: "fsRead", length }), new: refusal },
  );
}

difference(
  "N15",
  "a file is asked for by its first range",
  sent((session) => session.readFile({ path: "a" })),
  {
    old: expect.objectContaining({ $case: "fsRead", offset: "0", length: "0" }),
    new: expect.objectContaining({ $case: "fsRead", offset: "0", length: "524288" }),
  },
);

const LONG = new Uint8Array(1_500_000).map((_, at) => at % 251);
/** How an agent answers whose server passes on 1 MiB. */
function readOf(/** @type {any} */ { offset, length }) {
  const from = Number(offset);
  const content = LONG.subarray(from, Number(length) ? from + Number(length) : undefined);
  const totalSize = String(LONG.length);
  const message = "the answer exceeds max_payload";
  return content.length > 2 ** 20 - 100
    ? { error: { code: 1, message, retryable: false, detail: {} } }
    : { content, totalSize };
}
difference(
  "N15",
  "a file that no message holds is read",
  sessions(
    (session) => outcomeOf(async () => Buffer.compare(await session.readFile({ path: "a" }), LONG)),
    {
      results: { fsRead: readOf, fsStat: { exists: true, entry: { size: "1", modifiedMs: "1" } } },
    },
  ),
  { old: "Error: the answer exceeds max_payload", new: 0 },
);

difference(
  "N16",
  "a command that is no well-formed Unicode is not run as another one",
  sent((session) => session.exec({ cmd: "rm \ud83d" })),
  {
    old: expect.objectContaining({ $case: "exec", command: ["rm \ud83d"] }),
    new: "TypeError: cmd must be a string, got a value of type ill-formed string",
  },
);

difference(
  "S11",
  "a timeout that is no number is named, and nothing is sent",
  sent((session) => session.readFile({ path: "a" }), { timeoutMs: "5" }),
  {
    old: expect.objectContaining({ $case: "fsRead", waited: "5" }),
    new: 'TypeError: timeoutMs must be a number of milliseconds, got "5"',
  },
);

const ILL = "must be a string, got a value of type ill-formed string";

/**
 * The subject that both sessions ask at, or why there is no session.
 *
 * @param {object} ids
 */
function subjects(ids) {
  const { old: before, new: after } = sessions(
    async (session, ops) => {
      await session.readFile({ path: "a" });
      return new TextDecoder().decode(Buffer.from(ops[0].subject));
    },
    { deps: ids },
  );
  return { old: before, new: () => outcomeOf(after) };
}

difference(
  "S12",
  "an id whose subject would be another's is named, and nothing is sent",
  subjects({ workspaceId: "\ud800" }),
  { old: "agent.\ufffd.a.rpc", new: `TypeError: workspaceId ${ILL}` },
);

const NO_TOKEN =
  'must be one token of a NATS subject: not empty, of 256 bytes at most, without white space, control characters, ".", "*" and ">"';
const quoted = (/** @type {string} */ id) =>
  id.length > 100 ? `"${id.slice(0, 100)}"…` : JSON.stringify(id);
for (const id of ["", "a 1", "a.b", "*", ">", "a\r\nPUB agent.w.b.rpc 0\r\n", "b".repeat(257)]) {
  difference(
    "N9",
    `an id that is no token is named, and nothing is sent: ${JSON.stringify(id)}`,
    subjects({ agentId: id }),
    { old: `agent.w.${id}.rpc`, new: `TypeError: agentId ${NO_TOKEN}, got ${quoted(id)}` },
  );
}
for (const [id, spelled, got] of /** @type {const} */ ([
  [undefined, "undefined", "nothing"],
  [null, "null", "nothing"],
  [NaN, "NaN", "NaN"],
])) {
  difference(
    "N9",
    `an id that is no string is named, and nothing is sent: ${spelled}`,
    subjects({ agentId: id }),
    { old: `agent.w.${spelled}.rpc`, new: `TypeError: agentId must be a string, got ${got}` },
  );
}
difference(
  "N9",
  "a message for nobody or for many is not published",
  rpcs(
    () => answers,
    (rpc) =>
      outcomeOf(async () => (await rpc.request("agent.w.*.rpc", PING, { timeoutMs: 1 })).requestId),
  ),
  {
    old: "r1",
    new: expect.stringMatching(/^TypeError: subject must be a NATS subject: of 1024 bytes/),
  },
);

/**
 * What a client throws, by its class or code, and its cause.
 *
 * @param {object} fields
 * @param {object} [cause]
 */
const thrown = (fields, cause) => Object.assign(new Error("m", { cause }), fields);
const LOST = thrown({ name: "RequestError" }, thrown({ name: "RequestError" }));
/** @type {[what: string, thrown: Error, code: number, transport: string][]} */
const FAULTS = [
  ["a permission that is missing", thrown({ code: "PERMISSIONS_VIOLATION" }), 0, "denied"],
  ["a connection that is closed", thrown({ name: "ClosedConnectionError" }), 5, "closed"],
  ["a connection that is lost while a command runs", LOST, 5, "lost"],
  ["a text with a number", thrown({ message: "after 503 ms" }), 0, "unknown"],
];
for (const [what, error, code, transport] of FAULTS) {
  const connect = () => ({ request: () => Promise.reject(error) });
  difference(
    "N10",
    `${what} does not say that nobody has the request`,
    rpcs(connect, async (rpc) => (await ask(rpc)).error),
    {
      old: { code: 9 },
      new: expect.objectContaining({ code, detail: { transport, message: error.message } }),
    },
  );
  difference(
    "N10",
    `a command may be running after ${what}`,
    rpcs(connect, async (rpc) => {
      const Session = rpc instanceof NatsControlRpc ? SelfhostedSession : old.Session;
      const ids = { workspaceId: "w", agentId: "a", relay: { host: "relay.test" } };
      const session = new Session({ ...ids, controlRpc: rpc });
      const failed = await session.exec({ cmd: "x" }).catch((/** @type {any} */ e) => e);
      return { code: failed.code, mayBeRunning: failed.mayBeRunning, cause: failed.cause };
    }),
    {
      old: { code: 9, mayBeRunning: undefined, cause: undefined },
      new: { code, mayBeRunning: true, cause: error },
    },
  );
}
for (const [what, result, message] of /** @type {const} */ ([
  ["an empty reply", undefined, "agent returned an empty control response"],
  ["another result", { $case: "ping", ping: {} }, "unexpected result ping"],
])) {
  difference(
    "N10",
    `a command may be running after ${what}`,
    sessions(
      async (session) => {
        const failed = await session.exec({ cmd: "x" }).catch((/** @type {any} */ e) => e);
        return { message: failed.message, mayBeRunning: failed.mayBeRunning };
      },
      { deps: { controlRpc: { request: async () => ({ requestId: "r1", result }) } } },
    ),
    {
      old: { message, mayBeRunning: undefined },
      new: {
        message: expect.stringMatching(`${message}; the command may still be running$`),
        mayBeRunning: true,
      },
    },
  );
}
difference(
  "S12",
  "a port that no address can name is named, and nothing is sent",
  sessions(async (session, ops) => {
    const failed = await outcomeOf(() => session.resolveExposedPort("\ud800"));
    return { failed, sent: ops.length };
  }),
  {
    old: { failed: "URIError: URI malformed", sent: 1 },
    new: { failed: `TypeError: port ${ILL}`, sent: 0 },
  },
);

difference(
  "S13",
  "the result of a command has its duration, as the results of the SDK's sessions have",
  sessions(async (session) => typeof (await session.exec({ cmd: "true" })).wallTimeSeconds),
  { old: "undefined", new: "number" },
);

/**
 * How the command of a deletion ends on a machine, and what it leaves in the working directory, which has a
 * link to the directory above.
 *
 * @param {() => any} deletion
 */
async function onMachine(deletion) {
  const {
    ran: [command],
  } = await deletion();
  const root = mkdtempSync(path.join(tmpdir(), "og-differences-"));
  try {
    const cwd = path.join(root, "proj");
    mkdirSync(cwd);
    symlinkSync("..", path.join(cwd, "up"));
    const { status } = spawnSync("sh", ["-c", command], { cwd });
    return { status, left: existsSync(cwd) ? readdirSync(cwd) : undefined };
  } finally {
    rmSync(root, { recursive: true });
  }
}

const throughLink = deletions("up/proj");
difference(
  "S10",
  "the working directory keeps what is in it, also where a link leads there",
  { old: () => onMachine(throughLink.old), new: () => onMachine(throughLink.new) },
  { old: { status: 0, left: [] }, new: { status: 77, left: ["up"] } },
);
const link = deletions("up/");
difference(
  "S10",
  "of a link with a slash at its end only the link is removed, not what it leads to",
  { old: () => onMachine(link.old), new: () => onMachine(link.new) },
  { old: { status: 0, left: undefined }, new: { status: 0, left: [] } },
);

const INHERITED = /** @type {any} */ ("toString");
difference(
  "K1",
  "only the rows of the table are backends, not what it inherits",
  {
    old: () => outcomeOf(() => typeof old.selectBackend(CAPABILITY_DESCRIPTORS, INHERITED)),
    new: () => outcomeOf(() => typeof selectBackend(INHERITED)),
  },
  { old: "function", new: `Error: Unknown sandbox backend "toString"` },
);
difference(
  "K1",
  "and what it inherits is not capable of a desktop",
  {
    old: () => outcomeOf(() => old.desktopCapableBackend(CAPABILITY_DESCRIPTORS, INHERITED)),
    new: () => outcomeOf(() => desktopCapableBackend(INHERITED)),
  },
  { old: expect.stringMatching(/^TypeError: Cannot read properties of undefined/), new: false },
);

/** @type {[string, () => unknown, () => unknown, { old: unknown, new: unknown }][]} */
const ODD_VALUES = [
  [
    "a clock that is none is named",
    () => old.negotiatedAt(5n),
    () => negotiateCapabilities(/** @type {any} */ ({ backend: "modal", now: 5n })),
    {
      old: expect.stringMatching(/^TypeError: .*toISOString is not a function$/),
      new: "TypeError: now must be a Date, got a value of type bigint",
    },
  ],
  [
    "a last sight that is no time is named",
    () => old.lastSeen(5n),
    () => {
      const enrollment = { status: "active", lastSeenAt: 5n };
      return selfhostedLiveness(/** @type {any} */ ({ enrollment, probeResponded: false }));
    },
    {
      old: "TypeError: Cannot convert a BigInt value to a number",
      new: "TypeError: enrollment.lastSeenAt must be a time, got a value of type bigint",
    },
  ],
  [
    "an error without a text says nothing",
    () => old.messageOf({ message: Object.create(null) }),
    () => isProviderSandboxNotFoundError("modal", { message: Object.create(null) }),
    { old: "TypeError: Cannot convert object to primitive value", new: false },
  ],
  [
    "a text that is no well-formed Unicode is not made another one",
    () => old.selectBackend(CAPABILITY_DESCRIPTORS, "\ud800"),
    () => selectBackend(/** @type {any} */ ("\ud800")),
    {
      old: 'Error: Unknown sandbox backend "\ud800"',
      new: "TypeError: backend must be a string, got a value of type ill-formed string",
    },
  ],
];
for (const [what, before, now, expected] of ODD_VALUES) {
  difference("K2", what, { old: () => outcomeOf(before), new: () => outcomeOf(now) }, expected);
}

const LONG_ROW = { os: { supported: new Array(1_000).fill("plan9").concat("linux") } };
difference(
  "K3",
  "a list of systems has an end",
  {
    old: () => old.backendSupportsOs(LONG_ROW, "linux"),
    new: () => outcomeOf(() => backendSupportsOs(/** @type {any} */ (LONG_ROW), "linux")),
  },
  {
    old: true,
    new: "TypeError: descriptor.os.supported must be an array of at most 1000 items, got a value of type object",
  },
);
const NO_DATE = new Date(NaN);
difference(
  "K3",
  "a clock that is no date of the calendar is named",
  {
    old: () => outcomeOf(() => old.negotiatedAt(NO_DATE)),
    new: () =>
      outcomeOf(() =>
        negotiateCapabilities(/** @type {any} */ ({ backend: "modal", now: NO_DATE })),
      ),
  },
  {
    old: expect.stringMatching(/^RangeError: Invalid (?:time value|Date)$/),
    new: "RangeError: now must be a date of the calendar, got NaN",
  },
);

/**
 * Whether an error says that the box is gone, by both rules.
 *
 * @param {"K4" | "K5" | "K6"} row
 * @param {string} backendId
 * @param {unknown} error
 * @param {boolean} isGone What this package says.
 */
function saysGone(row, backendId, error, isGone) {
  const says = isGone ? "a box is gone" : "no box is gone";
  difference(
    row,
    `${says} by ${inspect(error).split("\n", 1)[0]}`,
    { old: () => old.isGone(error), new: () => isProviderSandboxNotFoundError(backendId, error) },
    { old: !isGone, new: isGone },
  );
}

const named = (/** @type {string} */ name, /** @type {string} */ message) =>
  Object.assign(new Error(message), { name });
saysGone("K4", "modal", new Error("/bin/cat: a: not found"), false);
saysGone("K4", "modal", named("NotFoundError", "App 'a' not found"), false);
saysGone("K4", "e2b", named("FileNotFoundError", "a.txt"), false);
saysGone("K4", "e2b", new Error("the branch does not exist"), false);
saysGone("K4", "e2b", named("NotFoundError", "process with pid 4 not found"), false);
saysGone(
  "K4",
  "e2b",
  named("SandboxNotFoundError", "Sandbox is probably not running anymore"),
  false,
);
saysGone("K4", "modal", Object.assign(new Error("sandbox not found"), { code: 14 }), false);
saysGone("K4", "modal", Object.assign(new Error("sandbox not found"), { status: 403 }), false);
saysGone("K4", "modal", new Error("it does not exist"), false);
saysGone("K4", "modal", new Error("push: sandbox: not found"), false);
saysGone("K5", "daytona", { status: 404, message: "file not found: /a" }, false);
saysGone("K5", "modal", { status: 404, message: "command not found" }, false);
saysGone("K5", "daytona", { statusCode: 404, message: "Snapshot a not found" }, false);
saysGone("K5", "daytona", { statusCode: 404, message: "<html>404 Not Found</html>" }, false);
saysGone("K5", "daytona", { status: 404, url: "https://x/toolbox/sb-1/files/download" }, false);
saysGone("K5", "daytona", { status: 404, message: "Request failed with status code 404" }, false);
saysGone(
  "K5",
  "daytona",
  Object.assign(named("DaytonaNotFoundError", "[object Object]"), { statusCode: 404 }),
  false,
);
saysGone("K5", "mine", { status: 404, message: "Cannot GET /sandboxes/x" }, false);
saysGone("K6", "docker", new Error("Error response from daemon: No such container: 3f2a"), true);
saysGone("K6", "vercel", { message: "Status code 410 is not ok", response: { status: 410 } }, true);
saysGone(
  "K6",
  "vercel",
  {
    message: "Status code 410 is not ok",
    response: { status: 410, url: "https://vercel.com/api/v1/sandboxes/sbx_1/cmd" },
    json: { error: { code: "sandbox_stopped" } },
  },
  true,
);
saysGone("K6", "modal", new Error("Sandbox has already shut down"), true);
saysGone("K6", "modal", new Error("Sandbox sb-1 has already completed"), true);
saysGone("K6", "runloop", new Error("Devbox dbx_1 is in non-running state shutdown"), true);
saysGone("K6", "mine", { status: "404" }, true);
saysGone("K6", "mine", { details: { operation: "resume", status: 404 } }, true);
saysGone("K6", "mine", new Error("no", { cause: { status: 404 } }), true);

const ODD_TABLE = { ...CAPABILITY_DESCRIPTORS, mine: null };
difference(
  "K7",
  "a row that cannot be read is left out",
  {
    old: () => outcomeOf(() => old.desktopCapableBackend(ODD_TABLE, "unheard-of")),
    new: () => {
      const table = /** @type {any} */ (CAPABILITY_DESCRIPTORS);
      try {
        table.mine = null;
        table.yours = {
          get backendId() {
            throw new Error("no");
          },
        };
        return [desktopCapableBackend("unheard-of"), desktopCapableBackend("unix_local")];
      } finally {
        delete table.mine;
        delete table.yours;
      }
    },
  },
  { old: expect.stringMatching(/^TypeError: /), new: [false, false] },
);

everyRowIsShown(/^[^ACFLMT]/);
