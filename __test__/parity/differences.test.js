// Every difference of docs/differences.md that the old module itself does not show: its rule against
// what this package does.
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CAPABILITY_DESCRIPTORS,
  NatsControlRpc,
  RoutingSandboxSession,
  SelfhostedExecTimeoutError,
  SelfhostedSession,
  selectBackend,
  setSelfhostedApplyDiff,
} from "../../index.js";
import { ControlRequest, ControlResponse, decode, encode } from "../support/wire.js";
import * as old from "./old.js";

it("every difference that is listed is shown, and the other way round", () => {
  const listed = read("../../docs/differences.md").matchAll(/^\| ([A-Z]\d+) /gm);
  const files = readdirSync(new URL(".", import.meta.url)).filter((file) => /\.test\./.test(file));
  const shown = files.flatMap((file) => [
    ...read(file).matchAll(/(?:describe|it)\("([A-Z]\d+): /g),
  ]);
  const ids = (/** @type {Iterable<RegExpMatchArray>} */ matches) =>
    [...new Set([...matches].map(([, id]) => id))].sort();
  expect(ids(shown)).toEqual(ids(listed));
});

/** @param {string} file */
function read(file) {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}

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

/** Lets everything happen that waits for nothing. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @type {[string, new (deps: Deps) => any][]} */
const ROUTERS = [
  ["old", old.Router],
  ["new", RoutingSandboxSession],
];

/**
 * What both routers make of the same course of events.
 *
 * @param {(Router: new (deps: Deps) => any) => Promise<unknown>} course
 */
async function both(course) {
  const seen = ROUTERS.map(async ([side, Router]) => [side, await course(Router)]);
  return Object.fromEntries(await Promise.all(seen));
}

describe("R1: a word in a text is no fence", () => {
  it("and the operation is not run again", async () => {
    const seen = await both(async (Router) => {
      let runs = 0;
      const readFile = async () => {
        runs++;
        throw new Error("no such file: fenced.txt");
      };
      const session = new Router({
        readPointer: async () => pointer(1),
        resolveActiveBackend: async () => backend("a", { readFile }),
      });
      await session.readFile().catch(() => {});
      return runs;
    });
    expect(seen).toEqual({ old: 4, new: 1 });
  });
});

describe("R2: a fence tells its epoch, and what it leads to", () => {
  it("in the events", async () => {
    const seen = await both(async (Router) => {
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
    });
    expect(seen).toEqual({
      old: ["resolved 5 5", "fenced-retry 0 0", "resolved 9 9"],
      new: ["resolved 5 5", "fenced-retry 5 5", "epoch-changed 5 9"],
    });
  });
});

describe("R3: overlapping resolves", () => {
  it("are one for the same pointer", async () => {
    const seen = await both(async (Router) => {
      let resolves = 0;
      const session = new Router({
        readPointer: async () => pointer(1),
        resolveActiveBackend: async () => backend(`a${resolves++}`),
      });
      await Promise.all([session.readFile(), session.readFile(), session.readFile()]);
      return resolves;
    });
    expect(seen).toEqual({ old: 3, new: 1 });
  });

  it("that end late replace nothing newer", async () => {
    const seen = await both(async (Router) => {
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
    });
    expect(seen).toEqual({ old: ["older", "older"], new: ["newer", "newer"] });
  });
});

describe("R4: an unsupported operation names its own backend", () => {
  it("also where another operation has just been fenced off from it", async () => {
    const seen = await both(async (Router) => {
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
    });
    expect(seen).toEqual({
      old: [`the active sandbox (unknown) does not support "writeFile"`, "read"],
      new: [`the active sandbox (one) does not support "writeFile"`, "read"],
    });
  });
});

describe("R5: an observer that throws", () => {
  it("fails no operation", async () => {
    const seen = await both(async (Router) => {
      const session = new Router({
        readPointer: async () => pointer(1),
        resolveActiveBackend: async () => backend("a"),
        onTransition: () => {
          throw new Error("observer");
        },
      });
      return session.readFile().catch((/** @type {Error} */ error) => error.message);
    });
    expect(seen).toEqual({ old: "observer", new: "a" });
  });
});

describe("R6: an epoch that is no number", () => {
  it("is named", async () => {
    const seen = await both(async (Router) => {
      const session = new Router({
        readPointer: async () => /** @type {any} */ ({ activeSandboxId: null, activeEpoch: "7" }),
        resolveActiveBackend: async () => backend("a"),
      });
      return session.readFile().catch(String);
    });
    expect(seen).toEqual({
      old: "a",
      new: 'TypeError: activeEpoch must be a number, got "7"',
    });
  });
});

describe("K1: only the rows of the table are backends", () => {
  it("not what it inherits", () => {
    const name = /** @type {any} */ ("toString");
    expect(/** @type {any} */ (CAPABILITY_DESCRIPTORS)[name]).toBeTypeOf("function");
    expect(() => selectBackend(name)).toThrow(/toString/);
  });
});

const PING = /** @type {const} */ ({
  requestId: "r1",
  epoch: 0,
  op: { $case: "ping", ping: { nonce: "1" } },
});
const RESULT = { $case: "ping", ping: { nonce: "1", agentMonotonicMs: "0" } };
const PONG = encode(ControlResponse, { requestId: "r1", error: undefined, result: RESULT });
const STRAY = encode(ControlResponse, { requestId: "r2", error: undefined, result: RESULT });

/**
 * Both ways to an agent, over the same connections.
 *
 * @param {() => () => Promise<any>} connects Makes a `connect`.
 * @param {(rpc: any) => Promise<unknown>} course
 */
async function bothRpcs(connects, course) {
  const read = (/** @type {Uint8Array} */ data) => decode(ControlResponse, data);
  return {
    old: await course(new old.NatsControlRpc(connects(), read)),
    new: await course(new NatsControlRpc(connects())),
  };
}

/** @param {any} rpc */
function ask(rpc) {
  return rpc.request("s", PING, { timeoutMs: 1 });
}

const answers = { request: async () => ({ data: PONG }) };
const codes = (/** @type {any[]} */ responses) => responses.map(({ error }) => error?.code ?? 0);

describe("N1: a failed dial", () => {
  it("is not the last", async () => {
    const seen = await bothRpcs(
      () => {
        let dials = 0;
        return async () => {
          if (dials++ === 0) throw new Error("refused");
          return answers;
        };
      },
      async (rpc) => codes([await ask(rpc), await ask(rpc), await ask(rpc)]),
    );
    expect(seen).toEqual({ old: [9, 9, 9], new: [9, 0, 0] });
  });
});

describe("N2: the first connection", () => {
  it("is made once", async () => {
    let dials = 0;
    const seen = await bothRpcs(
      () => {
        dials = 0;
        return async () => {
          dials++;
          return answers;
        };
      },
      async (rpc) => {
        await Promise.all([ask(rpc), ask(rpc), ask(rpc)]);
        return dials;
      },
    );
    expect(seen).toEqual({ old: 3, new: 1 });
  });
});

describe("N3: a reply that is none", () => {
  it.each([
    ["malformed", PONG.slice(0, -1), { old: [9, 2], new: [7, 1] }],
    ["to another request", STRAY, { old: [0, 1], new: [7, 1] }],
  ])("%s", async (_what, data, expected) => {
    let dials = 0;
    const seen = await bothRpcs(
      () => {
        dials = 0;
        return async () => {
          dials++;
          return { request: async () => ({ data }) };
        };
      },
      async (rpc) => {
        const [code] = codes([await ask(rpc), await ask(rpc)]);
        return [code, dials];
      },
    );
    expect(seen).toEqual(expected);
  });
});

describe("N4: a request that is too large", () => {
  it("is refused, and says so", async () => {
    const refusing = {
      info: { max_payload: 5 },
      async request() {
        throw Object.assign(new Error("MAX_PAYLOAD_EXCEEDED"), { code: "MAX_PAYLOAD_EXCEEDED" });
      },
    };
    const seen = await bothRpcs(
      () => async () => refusing,
      async (rpc) => (await ask(rpc)).error,
    );
    expect(seen.old).toMatchObject({ code: 9 });
    expect(seen.new).toMatchObject({ code: 1, message: expect.stringContaining("5 bytes") });
  });
});

describe("N5: a request that fails late on a broken connection", () => {
  it("leaves the connection made since", async () => {
    /** @type {((error: Error) => void)[]} */
    let fail = [];
    let dials = 0;
    const fragile = () => {
      let isNew = true;
      return {
        request() {
          if (!isNew) return new Promise((_resolve, reject) => fail.push(reject));
          isNew = false;
          return answers.request();
        },
      };
    };
    const seen = await bothRpcs(
      () => {
        fail = [];
        dials = 0;
        return async () => (dials++ === 0 ? fragile() : answers);
      },
      async (rpc) => {
        await ask(rpc);
        const broken = [ask(rpc), ask(rpc)];
        await turn();
        for (const [at, request] of broken.entries()) {
          fail[at]?.(new Error("CONNECTION_CLOSED"));
          await request;
          await ask(rpc);
        }
        return dials;
      },
    );
    expect(seen).toEqual({ old: 3, new: 2 });
  });
});

/**
 * What is sent for a request.
 *
 * @param {any} request
 */
async function sent(request) {
  /** @type {any[]} */
  const payloads = [];
  const rpc = new NatsControlRpc(async () => ({
    async request(_subject, payload) {
      payloads.push(decode(ControlRequest, payload));
      return { data: PONG };
    },
  }));
  const response = await rpc
    .request("s", { requestId: "r1", epoch: 0, ...request }, { timeoutMs: 1 })
    .catch(String);
  return payloads[0]?.op ?? response;
}

describe("N6: an incomplete request", () => {
  it.each([
    [{ $case: "fsStat", fsStat: {} }, "TypeError: path must be a string"],
    [{ $case: "fsList", fsList: { path: "p" } }, "TypeError: recursive must be a boolean"],
    [{ $case: "desktopEnsure", desktopEnsure: { width: 0 } }, "TypeError: height must be a number"],
    [{ $case: "ptyWrite", ptyWrite: { ptyId: "p" } }, "TypeError: data must be a Uint8Array"],
    [{ $case: "reboot" }, "TypeError: $case must be the name of a known member"],
  ])("%j is not sent", async (op, refusal) => {
    expect(await sent({ op })).toBe(refusal);
  });
});

describe("N7: the entries of a map", () => {
  it("are in alphabetical order", async () => {
    const env = { b: "1", 2: "2", a: "3", 10: "4" };
    const ptyOpen = { command: [], cwd: "", env, cols: 0, rows: 0, term: "" };
    const { ptyOpen: opened } = await sent({ op: { $case: "ptyOpen", ptyOpen } });
    // An object lists its integer keys first; what was sent shows the order among the others.
    expect(Object.keys(env)).toEqual(["2", "10", "b", "a"]);
    expect(Object.keys(opened.env)).toEqual(["2", "10", "a", "b"]);
    expect(opened.env).toEqual(env);
  });
});

describe("N8: a message with a zero tag", () => {
  it("is malformed", async () => {
    const data = Uint8Array.of(...PONG, 0, 1);
    const rpc = new NatsControlRpc(async () => ({ request: async () => ({ data }) }));
    expect((await ask(rpc)).error).toMatchObject({ code: 7 });
  });
});

/**
 * A session with a machine that has one file, and what was asked of it.
 *
 * @param {Uint8Array} [file]
 * @param {Partial<import("../../index.js").SelfhostedSessionDeps>} [deps]
 * @param {object} [results] Answers by operation, in place of the usual ones.
 */
function machine(file = new Uint8Array(0), deps = {}, results = {}) {
  /** @type {any[]} */
  const ops = [];
  const bytes = new Uint8Array(0);
  /** @type {Record<string, any>} */
  const usual = {
    exec: { exitCode: 0, stdout: bytes, stderr: bytes, timedOut: false, durationMs: "0" },
    fsRead: { content: file, totalSize: String(file.length) },
    fsWrite: { bytesWritten: "0" },
    ptyOpen: { ptyId: "p", channel: { channelId: "", kind: 1 } },
    ...results,
  };
  const session = new SelfhostedSession({
    workspaceId: "w",
    agentId: "a",
    relay: { host: "relay.test" },
    controlRpc: {
      async request(_subject, { requestId, op }, { timeoutMs }) {
        const { $case } = /** @type {any} */ (op);
        const asked = /** @type {any} */ (op)[$case];
        ops.push({ $case, ...asked, waited: timeoutMs });
        const { error, ...result } = usual[$case];
        return /** @type {any} */ ({ requestId, error, result: { $case, [$case]: result } });
      },
    },
    ...deps,
  });
  return { session, ops };
}

describe("S1: a command", () => {
  it("has an end before the session stops waiting", async () => {
    const { session, ops } = machine();
    await session.exec({ cmd: "x" });
    await session.exec({ cmd: "x", execTimeoutMs: 600_000 });
    const limits = ops.map(({ timeoutMs, waited }) => [timeoutMs, waited]);
    // The old session sent 0, which is no limit, and waited for 30000 ms.
    expect(limits).toEqual([
      [28_000, 30_000],
      [600_000, 602_000],
    ]);
  });
});

describe("S2: a command that took too long", () => {
  it.each([
    ["for the agent", { timedOut: true, exitCode: -1 }, false],
    ["for the session", { error: { code: 5, message: "m", retryable: true, detail: {} } }, true],
  ])("%s", async (_what, exec, mayBeRunning) => {
    const { session } = machine(undefined, {}, { exec });
    const error = await session.exec({ cmd: "x" }).catch((e) => e);
    expect(error).toBeInstanceOf(SelfhostedExecTimeoutError);
    expect(error).toMatchObject({ code: 5, retryable: false, mayBeRunning });
  });
});

/**
 * What old and new ask of the machine to update a file.
 *
 * @param {{ path: string, moveTo?: string }} op
 * @param {Uint8Array} [content]
 */
async function updates(op, content = new Uint8Array(0)) {
  /** @type {string[]} */
  const shown = [];
  const change = (/** @type {string} */ text) => {
    shown.push(text);
    return `${text}!`;
  };
  setSelfhostedApplyDiff(change);
  const { session, ops } = machine(content);
  const failed = await session
    .createEditor()
    .updateFile({ ...op, diff: "d" })
    .catch(String);
  const write = ops.find(({ $case }) => $case === "fsWrite");
  return {
    old: old.updateFile(op, content, change),
    new: {
      write: write?.path,
      content: write?.content,
      command: ops.find(({ $case }) => $case === "exec")?.command[0],
    },
    failed,
    shown,
  };
}

describe("S3: a file that is renamed to another name of itself", () => {
  it("is not deleted", async () => {
    const seen = await updates({ path: "/workspace/a", moveTo: "a" });
    expect(seen.old).toMatchObject({ write: "a", command: "rm -rf -- 'a'" });
    expect(seen.new).toMatchObject({ write: "a", command: undefined });
  });
  it("nor where only the machine knows", async () => {
    const seen = await updates({ path: "a", moveTo: "/link/a" });
    expect(seen.old.command).toBe("rm -rf -- 'a'");
    expect(seen.new.command).toBe("[ 'a' -ef '/link/a' ] || rm -rf -- 'a'");
  });
});

describe("S4: a deletion", () => {
  it.each(["/", ".", "..", "/workspace", "x/.."])("of %s is refused", async (path) => {
    const { session, ops } = machine();
    setSelfhostedApplyDiff((text) => text);
    const refused = await session.createEditor().deleteFile({ path }).catch(String);
    expect(old.deleteCommand(path)).toMatch(/^rm -rf -- /);
    expect(refused).toMatch(/refusing to delete/);
    expect(ops).toEqual([]);
  });
  it("that fails is an error", async () => {
    const stderr = new TextEncoder().encode("rm: busy\n");
    const { session } = machine(undefined, {}, { exec: { exitCode: 1, stderr } });
    await expect(session.createEditor().deleteFile({ path: "a" })).rejects.toThrow(
      "selfhosted deleteFile: could not delete a: rm exited with 1: rm: busy",
    );
  });
});

describe("S5: an updated file", () => {
  it("keeps its byte order mark", async () => {
    const marked = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
    const seen = await updates({ path: "a" }, marked);
    expect(seen.shown).toEqual(["a", "a"]);
    expect(seen.old.content).toEqual(Uint8Array.of(0x61, 0x21));
    expect(seen.new.content).toEqual(Uint8Array.of(...marked, 0x21));
  });
  it("is not written where it is not UTF-8", async () => {
    const seen = await updates({ path: "a" }, Uint8Array.of(0x61, 0xff));
    expect(seen.old.content).toEqual(Uint8Array.of(0x61, 0xef, 0xbf, 0xbd, 0x21));
    expect(seen.new.content).toBeUndefined();
    expect(seen.failed).toBe("Error: selfhosted updateFile: not UTF-8 text: a");
  });
});

describe("S6: an empty moveTo", () => {
  it("is none", async () => {
    const seen = await updates({ path: "a", moveTo: "" });
    expect(seen.old.write).toBe("");
    expect(seen.new.write).toBe("a");
  });
});

describe("S7: a second slash", () => {
  it("does not lead out of the workspace", async () => {
    const { session, ops } = machine();
    await session.readFile({ path: "/workspace//x" });
    expect(old.mapPath("/workspace//x", "")).toBe("/x");
    expect(ops[0].path).toBe("x");
  });
});

describe("S8: a channel without an id", () => {
  it("goes by its place", async () => {
    const { session } = machine();
    const { query } = await session.resolveExposedPort(7681);
    // The old session ended it in `channel=`.
    expect(query).toBe("ws=w&agent=a&port=7681&channel=w%3Aa%3A7681");
  });
});

describe("S9: what is no text", () => {
  it.each([
    ["cmd", (/** @type {any} */ session) => session.exec({}), "got nothing"],
    ["workdir", (/** @type {any} */ session) => session.exec({ cmd: "x", workdir: 5 }), "got 5"],
    [
      "path",
      (/** @type {any} */ session) => session.readFile({ path: {} }),
      "got a value of type object",
    ],
    [
      "path",
      (/** @type {any} */ session) => session.writeFile({ path: "\ud83d", content: "" }),
      "got a value of type ill-formed string",
    ],
  ])("%s is named, and nothing is sent", async (field, run, got) => {
    const { session, ops } = machine();
    await expect(run(session)).rejects.toThrow(new TypeError(`${field} must be a string, ${got}`));
    expect(ops).toEqual([]);
  });
});
