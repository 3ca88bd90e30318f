// How long operations wait, what ends the wait, and who is told of it.
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { RoutingMutationOutcomeUnknownError } from "../../../index.js";
import { fence, world } from "../../support/routing.js";

describe("between attempts", () => {
  it("there is a turn of the event loop, and a growing wait after the third fence", async () => {
    vi.useRealTimers();
    /** @type {number[]} */
    const tries = [];
    const { session } = world({ maxFenceRetries: Infinity }, () => ({
      async exec() {
        tries.push(performance.now());
        if (tries.length < 8) throw fence();
        return "done";
      },
    }));
    let turns = 0;
    let counts = true;
    const counting = (async () => {
      for (; counts; turns++) await setImmediate();
    })();
    expect(await session.exec({})).toBe("done");
    counts = false;
    await counting;
    expect(turns).toBeGreaterThanOrEqual(7);
    const waits = tries.slice(1).map((at, before) => at - Number(tries[before]));
    // A timer may be early by less than a millisecond.
    for (const [at, wait] of [10, 20, 40, 80].entries()) {
      expect(waits[3 + at]).toBeGreaterThan(wait - 2);
    }
  });

  it("timers are not starved by fences without end", async () => {
    vi.useRealTimers();
    let isOver = false;
    const { session } = world({ maxFenceRetries: Infinity }, () => ({
      async exec() {
        if (isOver) return "done";
        throw fence();
      },
    }));
    setTimeout(() => (isOver = true), 5);
    expect(await session.exec({})).toBe("done");
  });

  it("a test's own timers change nothing", async () => {
    vi.useFakeTimers();
    try {
      let tries = 0;
      const { session } = world({ maxFenceRetries: 5 }, () => ({
        async exec() {
          if (++tries < 6) throw fence();
          return "done";
        },
      }));
      expect(await session.exec({})).toBe("done");
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a signal", () => {
  const reason = new Error("enough");
  const never = () => new Promise(() => {});

  it("that has been aborted before ends an operation before it begins", async () => {
    const { session, readPointer } = world();
    const signal = AbortSignal.abort(reason);
    await expect(session.exec({ signal })).rejects.toBe(reason);
    await expect(session.prime({ signal })).rejects.toBe(reason);
    expect(readPointer).not.toHaveBeenCalled();
  });

  it.each(["readPointer", "resolveActiveBackend"])("ends the wait for %s", async (dep) => {
    const exec = vi.fn();
    const { session } = world({ [dep]: never }, () => ({ exec }));
    for (const call of [session.exec.bind(session), session.prime.bind(session)]) {
      const controller = new AbortController();
      const ended = call({ signal: controller.signal });
      await sleep(1);
      controller.abort(reason);
      await expect(ended).rejects.toBe(reason);
    }
    expect(exec).not.toHaveBeenCalled();
  });

  it("runs nothing that was not run, and leaves the resolve to those who wait for it", async () => {
    /** @type {() => void} */
    let land = () => {};
    const exec = vi.fn(async () => "ran");
    const { session } = world({
      async resolveActiveBackend() {
        await new Promise((resolve) => (land = () => resolve(0)));
        return { session: { exec }, sandboxId: null, kind: "modal" };
      },
    });
    const controller = new AbortController();
    const ended = session.exec({ signal: controller.signal });
    const other = session.exec({});
    await sleep(1);
    controller.abort(reason);
    await expect(ended).rejects.toBe(reason);
    land();
    expect(await other).toBe("ran");
    expect(exec).toHaveBeenCalledTimes(1);
  });

  it("ends the wait for what runs, which goes on", async () => {
    let hasEnded = false;
    const { session } = world({}, () => ({
      async exec() {
        await sleep(20);
        hasEnded = true;
        throw fence();
      },
    }));
    const controller = new AbortController();
    const ended = session.exec({ signal: controller.signal });
    await sleep(5);
    controller.abort(reason);
    await expect(ended).rejects.toBe(reason);
    expect(hasEnded).toBe(false);
    await sleep(30);
    expect(hasEnded).toBe(true);
  });

  it("ends the attempts of an operation that is fenced off", async () => {
    const controller = new AbortController();
    const exec = vi.fn(async () => {
      if (exec.mock.calls.length === 2) controller.abort(reason);
      throw fence();
    });
    const { session } = world({ maxFenceRetries: Infinity }, () => ({ exec }));
    await expect(session.exec({ signal: controller.signal })).rejects.toBe(reason);
    await sleep(10);
    expect(exec).toHaveBeenCalledTimes(2);
  });

  it("ends the wait for an admission, which is settled as not run", async () => {
    const controller = new AbortController();
    const exec = vi.fn();
    const afterMutation = vi.fn();
    const beforeMutation = async () => {
      controller.abort(reason);
    };
    const { session } = world({ beforeMutation, afterMutation }, () => ({ exec }));
    await expect(session.exec({ signal: controller.signal })).rejects.toBe(reason);
    await sleep(1);
    expect(exec).not.toHaveBeenCalled();
    expect(afterMutation.mock.calls[0]?.[1]).toEqual({ outcome: "not-run", error: reason });
  });

  it.each([["SIGTERM"], [{}], [null], [{ aborted: true }]])(
    "is an AbortSignal: %j is an argument like any other",
    async (signal) => {
      const exec = vi.fn(async () => "ran");
      const { session } = world({}, () => ({ exec }));
      const args = { signal };
      expect(await session.exec(args)).toBe("ran");
      expect(/** @type {any[]} */ (exec.mock.calls[0])[0]).toBe(args);
    },
  );

  it("has no listener when the operation has ended", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const { session } = world();
    await session.exec({ signal });
    await session.prime({ signal });
    await setImmediate();
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });
});

describe("telemetry", () => {
  /** @type {any[]} */
  const told = [];
  const onOperation = (/** @type {any} */ event) => told.push(event);

  it("is told how each operation has ended, once", async () => {
    told.length = 0;
    const failures = [fence(), undefined, new Error("disk full"), fence()];
    const run = async () => {
      const failure = failures.shift();
      if (failure) throw failure;
    };
    const { session } = world({ onOperation, atMostOnce: true }, () => ({
      readFile: run,
      writeFile: run,
    }));
    await session.readFile({});
    await session.writeFile({}).catch(() => {});
    await expect(session.writeFile({})).rejects.toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    await session.listDir({ signal: AbortSignal.abort() }).catch(() => {});
    await session.listDir({}).catch(() => {});
    expect(told).toEqual([
      { op: "readFile", backend: "modal", outcome: "succeeded", ms: expect.any(Number) },
      { op: "writeFile", backend: "modal", outcome: "failed", ms: expect.any(Number) },
      { op: "writeFile", backend: "modal", outcome: "unknown", ms: expect.any(Number) },
      { op: "listDir", backend: null, outcome: "aborted", ms: expect.any(Number) },
      { op: "listDir", backend: "modal", outcome: "failed", ms: expect.any(Number) },
    ]);
    expect(told.every(({ ms }) => ms >= 0 && ms < 1_000)).toBe(true);
  });

  it("is told of operations alone", async () => {
    told.length = 0;
    const { session } = world({ onOperation });
    await session.prime();
    expect(told).toEqual([]);
  });
});
