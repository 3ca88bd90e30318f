// What a caller may ask for beyond the rules of every session: mutations that run at most once, and their
// admission and settlement.
import { describe, expect, it, vi } from "vitest";
import {
  RoutingMutationOutcomeUnknownError,
  RoutingUnsupportedError,
  SelfhostedControlError,
  agentErrorToControlError,
} from "../../../index.js";
import { fence, world } from "../../support/routing.js";

const MUTATIONS = /** @type {const} */ ([
  "exec",
  "execCommand",
  "writeStdin",
  "writeFile",
  "materializeEntry",
  "desktopInput",
]);
const READS = /** @type {const} */ (["readFile", "listDir", "viewImage", "serializeSessionState"]);

/** An agent's own answer to an epoch that is not its own: nothing has run. */
const refusal = () =>
  agentErrorToControlError({ code: 10, message: "stale epoch", retryable: true, detail: {} });

/**
 * A world whose backends all have the method `run` for each operation.
 *
 * @param {import("../../../index.js").RoutingSandboxSessionDeps extends infer Deps ? Partial<Deps> : never} deps
 * @param {(id: string | null) => any} run
 */
function worldWith(deps, run) {
  const methods = [...MUTATIONS, ...READS, "screenshot"];
  const backendOf = (/** @type {string | null} */ id) =>
    /** @type {any} */ (Object.fromEntries(methods.map((method) => [method, () => run(id)])));
  const home = { session: backendOf(null), sandboxId: null, kind: "modal" };
  const made = world({ defaultResolved: home, ...deps }, backendOf);
  return { ...made, session: /** @type {any} */ (made.session) };
}

/** @param {Promise<unknown>} promise */
async function rejection(promise) {
  return promise.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe("at most once", () => {
  it.each(MUTATIONS)("%s is not repeated after a fence", async (op) => {
    const cause = fence();
    const run = vi.fn(async () => {
      throw cause;
    });
    const { session, events, readPointer } = worldWith({ atMostOnce: true }, run);
    const error = await rejection(session[op]({}));
    expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect({ ...error }).toEqual({
      name: "RoutingMutationOutcomeUnknownError",
      retryable: false,
      op,
      epochs: [5],
    });
    expect(error.cause).toBe(cause);
    expect(error.message).toBe(
      `"${op}" may have run, and is not run again: its outcome is unknown (epochs: 5)`,
    );
    expect(run).toHaveBeenCalledTimes(1);
    expect(readPointer).toHaveBeenCalledTimes(1);
    // The backend is fenced off, as ever.
    expect(events).toEqual(["resolved 5→5 null", "fenced-retry 5→5 null"]);
  });

  it.each(MUTATIONS)("%s is repeated where an agent has refused it", async (op) => {
    const run = vi.fn(async () => {
      if (run.mock.calls.length < 3) throw refusal();
      return "ran";
    });
    const { session } = worldWith({ atMostOnce: true }, run);
    expect(await session[op]({})).toBe("ran");
    expect(run).toHaveBeenCalledTimes(3);
  });

  it("an agent that always refuses has the last word", async () => {
    const errors = [refusal(), refusal()];
    const thrown = [...errors];
    const { session } = worldWith({ atMostOnce: true, maxFenceRetries: 1 }, async () => {
      throw thrown.shift();
    });
    expect(await rejection(session.exec({}))).toBe(errors[1]);
  });

  it.each([
    ["another error with the same code", Object.assign(new Error("ABORTED"), { code: 10 })],
    ["an agent's other error", new SelfhostedControlError({ ...refusal(), message: "m", code: 6 })],
  ])("%s is no refusal", async (_what, error) => {
    const run = vi.fn(async () => {
      throw Object.assign(error, { fenced: true });
    });
    const { session } = worldWith({ atMostOnce: true }, run);
    expect(await rejection(session.exec({}))).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it.each(READS)("%s is repeated, as ever", async (op) => {
    const run = vi.fn(async () => {
      if (run.mock.calls.length < 3) throw fence();
      return "read";
    });
    const { session } = worldWith({ atMostOnce: true }, run);
    expect(await session[op]({})).toBe("read");
  });

  it("a mutation that was answered by a superseded backend has an unknown outcome", async () => {
    for (const moved of [{ activeEpoch: 6 }, { activeSandboxId: "s" }, { activeEpoch: 4 }]) {
      const run = vi.fn(async () => {
        Object.assign(world.pointer, moved);
        return "ran";
      });
      const world = worldWith({ atMostOnce: true }, run);
      const error = await rejection(world.session.writeFile({ path: "p" }));
      expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
      expect(error.epochs).toEqual([5, moved.activeEpoch ?? 5]);
      expect("cause" in error).toBe(false);
      expect(run).toHaveBeenCalledTimes(1);
    }
  });

  it("a read that was answered by a superseded backend is repeated, and one that has failed", async () => {
    for (const answer of [async () => "old", () => Promise.reject(new Error("gone"))]) {
      const run = vi.fn(async (/** @type {string | null} */ id) => {
        if (id !== null) return id;
        Object.assign(world.pointer, { activeSandboxId: "s", activeEpoch: 6 });
        return answer();
      });
      const world = worldWith({ atMostOnce: true }, run);
      expect(await world.session.readFile({ path: "p" })).toBe("s");
      expect(run).toHaveBeenCalledTimes(2);
    }
  });

  it("a read that is superseded again and again ends with an error", async () => {
    const run = vi.fn(async () => world.pointer.activeEpoch++);
    const world = worldWith({ atMostOnce: true, maxFenceRetries: 2 }, run);
    const error = await rejection(world.session.readFile({ path: "p" }));
    expect(error.message).toBe('routing op "readFile" exhausted fence retries');
    expect(run).toHaveBeenCalledTimes(3);
  });

  it("answers count where the pointer stays; it is read once more for each", async () => {
    const { session, readPointer, resolveActiveBackend } = worldWith(
      { atMostOnce: true },
      async () => "ran",
    );
    expect(await session.exec({})).toBe("ran");
    expect(await session.readFile({})).toBe("ran");
    expect(readPointer).toHaveBeenCalledTimes(4);
    expect(resolveActiveBackend).toHaveBeenCalledTimes(1);
  });

  it("a pointer that cannot be read after a mutation leaves its outcome unknown", async () => {
    const cause = new Error("no database");
    const { session, readPointer } = worldWith({ atMostOnce: true }, async () => "ran");
    await session.prime();
    const good = { activeSandboxId: null, activeEpoch: 5 };
    readPointer.mockResolvedValueOnce(good).mockRejectedValueOnce(cause);
    const error = await rejection(session.exec({}));
    expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect(error.cause).toBe(cause);
    readPointer.mockResolvedValueOnce(good).mockRejectedValueOnce(cause);
    expect(await rejection(session.readFile({}))).toBe(cause);
  });

  it.each(MUTATIONS)(
    "%s that has failed is the caller's to judge where the pointer stays",
    async (op) => {
      const error = new Error("disk full");
      const { session, readPointer } = worldWith({ atMostOnce: true }, async () => {
        throw error;
      });
      expect(await rejection(session[op]({}))).toBe(error);
      expect(readPointer).toHaveBeenCalledTimes(2);
    },
  );

  it.each(MUTATIONS)(
    "%s that has failed on a superseded backend has an unknown outcome",
    async (op) => {
      const cause = new Error("connection closed");
      const run = vi.fn(async () => {
        Object.assign(world.pointer, { activeSandboxId: "s", activeEpoch: 6 });
        throw cause;
      });
      const world = worldWith({ atMostOnce: true }, run);
      const error = await rejection(world.session[op]({}));
      expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
      expect(error.epochs).toEqual([5, 6]);
      expect(error.cause).toBe(cause);
      expect(run).toHaveBeenCalledTimes(1);
    },
  );

  it("a pointer that cannot be read after a failure leaves the outcome unknown, for the failure", async () => {
    const cause = new Error("connection closed");
    const { session, readPointer } = worldWith({ atMostOnce: true }, () => Promise.reject(cause));
    readPointer.mockResolvedValueOnce({ activeSandboxId: null, activeEpoch: 5 });
    readPointer.mockRejectedValueOnce(new Error("no database"));
    const error = await rejection(session.exec({}));
    expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect(error.cause).toBe(cause);
  });

  it("a mutation that the backend does not have has not run", async () => {
    const { session, pointer } = world({ atMostOnce: true }, () => ({
      get writeFile() {
        pointer.activeEpoch++;
        return undefined;
      },
    }));
    expect(await rejection(session.writeFile({}))).toBeInstanceOf(RoutingUnsupportedError);
  });

  it("the input of a process is not checked against the pointer, and repeated by nobody", async () => {
    /** @type {any[]} */
    const answers = [{ sessionId: 7 }, "more", refusal(), fence()];
    const run = async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const { session, pointer } = worldWith({ atMostOnce: true }, run);
    await session.exec({});
    pointer.activeEpoch = 6;
    const write = () => session.writeStdin({ sessionId: 7 });
    expect(await write()).toBe("more");
    expect(await rejection(write())).toMatchObject({ code: 10, fenced: true });
    expect(await rejection(write())).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect(answers).toEqual([]);
  });
});

describe("admission and settlement", () => {
  /**
   * A world that admits all, and logs what it settles.
   *
   * @param {(id: string | null) => any} run
   * @param {object} [deps]
   */
  function admitting(run, deps) {
    /** @type {any[]} */
    const log = [];
    const made = worldWith(
      {
        async beforeMutation(mutation) {
          log.push(mutation);
        },
        async afterMutation(mutation, settlement) {
          expect(log.filter((logged) => logged === mutation)).toHaveLength(1);
          log.push(settlement);
        },
        ...deps,
      },
      run,
    );
    return { ...made, log };
  }

  it("are of mutations alone, with what they are", async () => {
    const { session, log, readPointer } = admitting(async () => "ran");
    const args = { cmd: "make" };
    expect(await session.exec(args)).toBe("ran");
    const mutation = { op: "exec", args, epoch: 5, sandboxId: null, kind: "modal", attempt: 1 };
    expect(log).toEqual([mutation, { outcome: "succeeded" }]);
    expect(log[0].args).toBe(args);
    for (const read of READS) expect(await session[read]({})).toBe("ran");
    expect(await session.screenshot()).toBe("ran");
    expect(log).toHaveLength(2);
    expect(readPointer).toHaveBeenCalledTimes(2 + READS.length + 1);
  });

  it("a refusal is final, and nothing runs, even where it looks like a fence", async () => {
    const refused = fence();
    const run = vi.fn();
    const beforeMutation = vi.fn(() => {
      throw refused;
    });
    const { session, log, events } = admitting(run, { beforeMutation });
    expect(await rejection(session.exec({}))).toBe(refused);
    expect(beforeMutation).toHaveBeenCalledTimes(1);
    expect(run).not.toHaveBeenCalled();
    expect(log).toEqual([]);
    expect(events).toEqual(["resolved 5→5 null"]);
  });

  it("a failure is settled with its error", async () => {
    const error = new Error("disk full");
    const { session, log } = admitting(async () => {
      throw error;
    });
    expect(await rejection(session.exec({}))).toBe(error);
    expect(log[1]).toEqual({ outcome: "failed", error });
    expect(log[1].error).toBe(error);
  });

  it("each attempt has its own", async () => {
    for (const [thrown, outcome] of [
      [fence(), "unknown"],
      [refusal(), "not-run"],
    ]) {
      const run = vi.fn(async () => {
        if (run.mock.calls.length === 1) throw thrown;
        return "ran";
      });
      const { session, log } = admitting(run);
      expect(await session.exec({})).toBe("ran");
      expect(log).toMatchObject([
        { attempt: 1 },
        { outcome, error: thrown },
        { attempt: 2 },
        { outcome: "succeeded" },
      ]);
    }
  });

  it("an unknown outcome is settled as such", async () => {
    const { session, log } = admitting(
      async () => {
        throw fence();
      },
      { atMostOnce: true },
    );
    const error = await rejection(session.exec({}));
    expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect(log[1].outcome).toBe("unknown");
    expect(log[1].error).toBe(error);
    expect(log).toHaveLength(2);
  });

  it("a settlement that fails makes the outcome unknown", async () => {
    const cause = fence();
    const afterMutation = vi.fn(async () => {
      throw cause;
    });
    const fails = () => Promise.reject(new Error("disk full"));
    for (const answer of [async () => "ran", fails]) {
      const run = vi.fn(answer);
      const { session } = admitting(run, { afterMutation });
      const error = await rejection(session.exec({}));
      expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
      expect(error.cause).toBe(cause);
      expect(run).toHaveBeenCalledTimes(1);
    }
  });

  it("one that was admitted for a backend does not run on another one", async () => {
    const run = vi.fn(async (id) => id);
    const { session, log, pointer } = admitting(run, {
      async beforeMutation(/** @type {any} */ mutation) {
        log.push(mutation);
        Object.assign(pointer, { activeSandboxId: "s", activeEpoch: 6 });
      },
    });
    expect(await session.exec({})).toBe("s");
    expect(log).toMatchObject([
      { epoch: 5, sandboxId: null },
      { outcome: "not-run", error: undefined },
      { epoch: 6, sandboxId: "s" },
      { outcome: "succeeded" },
    ]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("a caller whose admission moves the pointer has no attempt without end", async () => {
    vi.useRealTimers();
    const run = vi.fn();
    /** @type {number[]} */
    const attempts = [];
    const { session, log, pointer } = admitting(run, {
      maxFenceRetries: 4,
      beforeMutation(/** @type {any} */ mutation) {
        attempts.push(mutation.attempt);
        log.push(mutation);
        pointer.activeEpoch++;
      },
    });
    const begun = performance.now();
    const error = await rejection(session.exec({}));
    expect(error.message).toBe('routing op "exec" exhausted fence retries');
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    // The attempt after the fourth waits.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(9);
    const settlements = log.filter((logged) => "outcome" in logged);
    expect(settlements).toEqual(attempts.map(() => ({ outcome: "not-run", error: undefined })));
    expect(run).not.toHaveBeenCalled();
  });

  it("what fails between the two is settled as not run", async () => {
    const error = new Error("no database");
    const { session, log, readPointer } = admitting(vi.fn());
    readPointer.mockResolvedValueOnce({ activeSandboxId: null, activeEpoch: 5 });
    readPointer.mockRejectedValueOnce(error);
    expect(await rejection(session.exec({}))).toBe(error);
    expect(log[1]).toEqual({ outcome: "not-run", error });
  });

  it("the input of a process is admitted for its backend", async () => {
    const answers = [{ sessionId: 7 }, "more"];
    const { session, log, pointer } = admitting(async () => answers.shift());
    await session.exec({});
    Object.assign(pointer, { activeSandboxId: "s", activeEpoch: 6 });
    expect(await session.writeStdin({ sessionId: 7 })).toBe("more");
    expect(log[2]).toMatchObject({ op: "writeStdin", epoch: 5, sandboxId: null });
  });

  it("either may be there alone", async () => {
    const settled = vi.fn();
    const { session } = worldWith({ afterMutation: settled }, async () => "ran");
    expect(await session.exec({})).toBe("ran");
    expect(settled).toHaveBeenCalledTimes(1);
    const admitted = vi.fn();
    const other = worldWith({ beforeMutation: admitted }, async () => "ran");
    expect(await other.session.exec({})).toBe("ran");
    expect(admitted).toHaveBeenCalledTimes(1);
  });
});
