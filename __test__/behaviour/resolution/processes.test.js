// Processes that a command leaves running: their input goes to the backend that started them.
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { RoutingMutationOutcomeUnknownError, RoutingSandboxSession } from "../../../index.js";
import { fence, world } from "../../support/routing.js";

/** Collects garbage, in Bun by a function of its own. @type {() => void} */
const gc =
  /** @type {any} */ (globalThis).Bun?.gc.bind(null, true) ??
  (setFlagsFromString("--expose-gc"), runInNewContext("gc"));

/** Collects what is held by nothing. */
async function collect() {
  for (const _ of [1, 2]) {
    await setTimeout(1);
    gc();
  }
}

/**
 * A backend that starts processes, and tells which of its inputs it got.
 *
 * @param {string | null} id
 * @param {any} started What its commands answer.
 * @param {any} heard What its inputs are answered with.
 */
function backendOf(id, started, heard) {
  return {
    exec: vi.fn(async () => started),
    execCommand: vi.fn(async () => started),
    writeStdin: vi.fn(async () => heard ?? `${id}`),
  };
}

const RUNNING = "Chunk ID: 1\nWall time: 1.0 seconds\nProcess running with session ID 7\nOutput:\n";
const swap = { activeSandboxId: "away", activeEpoch: 6 };

describe("the input of a process", () => {
  it.each(
    /** @type {const} */ ([
      ["exec", { sessionId: 7 }],
      ["exec", { sessionId: 7, exitCode: null, output: "" }],
      ["exec", RUNNING],
      ["execCommand", RUNNING],
      ["execCommand", RUNNING + "x".repeat(1_000_000)],
    ]),
  )("goes to the backend that started it, after a swap: %s, %j", async (method, started) => {
    const { session, pointer, readPointer } = world({}, (id) => backendOf(id, started, undefined));
    await session[method]({ cmd: "cat" });
    Object.assign(pointer, swap);
    expect(await session.writeStdin({ sessionId: 7, chars: "x" })).toBe("null");
    expect(readPointer).toHaveBeenCalledTimes(1);
    // Others go to the active backend.
    expect(await session.writeStdin({ sessionId: 8, chars: "x" })).toBe("away");
    expect(await session.writeStdin({ sessionId: "7", chars: "x" })).toBe("away");
    expect(await session.writeStdin({})).toBe("away");
    expect(await session.writeStdin(undefined)).toBe("away");
    expect(await session.writeStdin({ sessionId: 7 })).toBe("null");
  });

  it.each(
    /** @type {const} */ ([
      ["exec", { sessionId: 7, exitCode: 0 }],
      ["exec", { sessionId: "7" }],
      ["exec", { sessionId: NaN }],
      ["exec", undefined],
      ["exec", "Process running with session ID 7\n"],
      [
        "execCommand",
        "Process exited with code 0\nOutput:\nProcess running with session ID 7\nOutput:\n",
      ],
      ["execCommand", `text\n${RUNNING}`],
    ]),
  )("goes to the active backend where none is running: %s, %j", async (method, started) => {
    const { session, pointer } = world({}, (id) => backendOf(id, started, undefined));
    await session[method]({ cmd: "true" });
    Object.assign(pointer, swap);
    expect(await session.writeStdin({ sessionId: 7 })).toBe("away");
  });

  it.each([
    ["Process exited with code 0\nOutput:\nbye", true],
    [{ output: "bye", exitCode: 0 }, true],
    ["write_stdin failed: session not found: 7", true],
    [{ output: "session not found: 7" }, true],
    // Any other text may be the process's own.
    [`${RUNNING}session not found: 7`, false],
    [{ output: "session not found: 7", sessionId: 7 }, false],
    ["login: session not found, creating one\nPassword: ", false],
    [{ output: "session not found" }, false],
    ["session not found: 7\n", false],
    ["session not found: 77", false],
    ["more", false],
    [{ output: "more" }, false],
    [undefined, false],
  ])("goes there until it has ended: after %j that is %j", async (heard, hasEnded) => {
    const { session, pointer } = world({}, (id) => {
      const answers = [heard];
      const writeStdin = async () => (id === null && answers.length > 0 ? answers.pop() : id);
      return { ...backendOf(id, { sessionId: 7 }, undefined), writeStdin };
    });
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, swap);
    await session.writeStdin({ sessionId: 7 });
    expect(await session.writeStdin({ sessionId: 7 })).toBe(hasEnded ? "away" : null);
  });

  it("goes there until an error says that it is gone, which is the caller's", async () => {
    const errors = ["exec: session not found: 7", "session not found", "timed out"].map(
      (message) => new Error(message),
    );
    const { session, pointer } = world({}, (id) => ({
      ...backendOf(id, { sessionId: 7 }, undefined),
      async writeStdin() {
        if (id === null) throw errors.pop();
        return id;
      },
    }));
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, swap);
    await expect(session.writeStdin({ sessionId: 7 })).rejects.toThrow("timed out");
    await expect(session.writeStdin({ sessionId: 7 })).rejects.toThrow(/^session not found$/);
    await expect(session.writeStdin({ sessionId: 7 })).rejects.toThrow("session not found: 7");
    expect(await session.writeStdin({ sessionId: 7 })).toBe("away");
  });

  it("goes to the newer one, where two backends use one number", async () => {
    const { session, pointer } = world({}, (id) => backendOf(id, { sessionId: 7 }, undefined));
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, swap);
    expect(await session.writeStdin({ sessionId: 7 })).toBe("null");
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, { activeSandboxId: "third", activeEpoch: 7 });
    expect(await session.writeStdin({ sessionId: 7 })).toBe("away");
  });

  it("goes to the older one, once the newer one has ended", async () => {
    const { session, pointer } = world({}, (id) => ({
      ...backendOf(id, { sessionId: 7 }, undefined),
      writeStdin: async (/** @type {any} */ { chars }) =>
        chars === "exit" ? { output: `${id}`, exitCode: 0 } : `${id}`,
    }));
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, swap);
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, { activeSandboxId: "third", activeEpoch: 7 });
    const write = (chars = "x") => session.writeStdin({ sessionId: 7, chars });
    expect(await write()).toBe("away");
    expect(await write("exit")).toMatchObject({ output: "away" });
    expect(await write()).toBe("null");
    expect(await write("exit")).toMatchObject({ output: "null" });
    expect(await write()).toBe("third");
  });

  it("goes to the instance that started it, also where a fence has replaced that", async () => {
    let instances = 0;
    const { session, pointer, resolveActiveBackend } = world({}, () => {
      const instance = ++instances;
      const readFile = async () => {
        if (instance === 1) throw fence();
        return "read";
      };
      return { ...backendOf(null, { sessionId: 7 }, `instance ${instance}`), readFile };
    });
    await session.exec({ cmd: "cat" });
    expect(await session.readFile({ path: "p" })).toBe("read");
    expect(resolveActiveBackend).toHaveBeenCalledTimes(2);
    expect(await session.writeStdin({ sessionId: 7 })).toBe("instance 1");
    pointer.activeEpoch = 6;
    expect(await session.writeStdin({ sessionId: 7 })).toBe("instance 1");
  });

  it("meets a fence once after a swap: the next backend did not start it", async () => {
    const error = fence();
    const { session, pointer, events } = world({}, (id) => {
      const backend = backendOf(id, { sessionId: 7 }, undefined);
      if (id === null) backend.writeStdin.mockRejectedValue(error);
      return backend;
    });
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, swap);
    await session.prime();
    events.length = 0;
    for (const _ of [1, 2]) {
      await expect(session.writeStdin({ sessionId: 7 })).rejects.toBe(error);
      expect(events.splice(0)).toEqual(["fenced-retry 5→5 null"]);
    }
    // The fence evicts the backend that it is of, and no other one.
    await session.exec({ cmd: "true" });
    expect(events).toEqual([]);
  });

  /**
   * A box whose lease is renewed: each resolve gives a session that is fenced off once there is a newer lease.
   *
   * @param {object} [deps]
   * @param {Error} [thrown]
   */
  function leased(deps, thrown = fence()) {
    const lease = { current: 1 };
    /** @type {string[]} */
    const inputs = [];
    const made = world(deps, (id) => {
      const mine = lease.current;
      /** @param {() => any} run */
      const guarded = (run) => async () => {
        if (mine < lease.current) throw thrown;
        return run();
      };
      return {
        exec: guarded(() => ({ sessionId: 7 })),
        readFile: guarded(() => "read"),
        writeStdin: guarded(() => {
          inputs.push(`${id} ${mine}`);
          return "more";
        }),
      };
    });
    const write = () => made.session.writeStdin({ sessionId: 7 });
    return { ...made, lease, inputs, write };
  }

  it.each([false, true])(
    "follows to the next session with its box after a fence; one is there: %s",
    async (isThere) => {
      const { session, lease, inputs, write, pointer, events } = leased();
      await session.exec({ cmd: "cat" });
      lease.current = 2;
      if (isThere) expect(await session.readFile({ path: "p" })).toBe("read");
      events.length = 0;
      expect(await Promise.all([write(), write()])).toEqual(["more", "more"]);
      expect(events).toEqual([
        "fenced-retry 5→5 null",
        "fenced-retry 5→5 null",
        ...(isThere ? [] : ["resolved 5→5 null"]),
      ]);
      // It stays there, also after a swap.
      Object.assign(pointer, swap);
      await session.prime();
      expect(await write()).toBe("more");
      expect(inputs).toEqual(["null 2", "null 2", "null 2"]);
    },
  );

  it("meets as many fences as other operations", async () => {
    const error = fence();
    const { session, events } = world({ maxFenceRetries: 2 }, (id) => ({
      ...backendOf(id, { sessionId: 7 }, undefined),
      writeStdin: async () => {
        throw error;
      },
    }));
    await session.exec({ cmd: "cat" });
    await expect(session.writeStdin({ sessionId: 7 })).rejects.toBe(error);
    expect(events.filter((event) => event.startsWith("fenced-retry"))).toHaveLength(3);
  });

  it("follows with the next input, where each runs at most once", async () => {
    const { session, lease, inputs, write } = leased({ atMostOnce: true });
    await session.exec({ cmd: "cat" });
    lease.current = 2;
    await expect(write()).rejects.toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect(inputs).toEqual([]);
    expect(await write()).toBe("more");
    expect(inputs).toEqual(["null 2"]);
  });

  it("follows at once where an agent has refused it", async () => {
    const refusal = Object.assign(fence(), { name: "SelfhostedControlError", code: 10 });
    const { session, lease, write } = leased({ atMostOnce: true }, refusal);
    await session.exec({ cmd: "cat" });
    lease.current = 2;
    expect(await write()).toBe("more");
  });

  it("does not follow to where another process has its number", async () => {
    const error = fence();
    /** @type {(error: Error) => void} */
    let reject = () => {};
    const late = new Promise((_resolve, fail) => (reject = fail));
    const inputs = [late, "more"];
    let isFenced = false;
    const { session } = world({}, () => ({
      exec: async () => ({ sessionId: 7 }),
      async readFile() {
        if (isFenced) {
          isFenced = false;
          throw error;
        }
        return "read";
      },
      writeStdin: () => inputs.shift(),
    }));
    await session.exec({ cmd: "cat" });
    const first = session.writeStdin({ sessionId: 7 });
    // A new session with the box starts a process that gets the number.
    isFenced = true;
    expect(await session.readFile({ path: "p" })).toBe("read");
    await session.exec({ cmd: "cat" });
    reject(error);
    await expect(first).rejects.toBe(error);
    expect(inputs).toEqual(["more"]);
    expect(await session.writeStdin({ sessionId: 7 })).toBe("more");
  });

  it("is where it was when the input was given", async () => {
    /** @type {(answer: unknown) => void} */
    let answer = () => {};
    const started = [{ sessionId: 7 }, new Promise((resolve) => (answer = resolve))];
    const { session, pointer } = world({}, (id) => ({
      ...backendOf(id, undefined, undefined),
      exec: async () => started.shift(),
    }));
    await session.exec({ cmd: "cat" });
    Object.assign(pointer, swap);
    const second = session.exec({ cmd: "cat" });
    expect(await session.writeStdin({ sessionId: 7 })).toBe("null");
    answer({ sessionId: 7 });
    await second;
    expect(await session.writeStdin({ sessionId: 7 })).toBe("away");
  });
});

it("only backends with a process running are kept", async () => {
  let activeEpoch = 1;
  const session = new RoutingSandboxSession({
    readPointer: async () => ({ activeSandboxId: null, activeEpoch }),
    resolveActiveBackend: async () => ({
      session: {
        exec: async () => ({ sessionId: 7 }),
        writeStdin: async () => "Process exited with code 0\nOutput:\n",
      },
      sandboxId: null,
      kind: "local",
    }),
  });
  await session.exec({ cmd: "cat" });
  const first = new WeakRef((await session.prime()).session);
  activeEpoch = 2;
  await session.prime();
  await collect();
  expect(first.deref()).toBeDefined();
  await session.writeStdin({ sessionId: 7 });
  // An engine that takes words of its stack for references finds one of them now and then.
  for (let round = 0; round < 100 && first.deref(); round++) await collect();
  expect(first.deref()).toBeUndefined();
});
