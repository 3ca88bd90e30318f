// The driver over a core whose steps a test writes down, and which takes note of what comes back.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Handover, run, stream } from "../../js/driver.js";

/**
 * @typedef {any[] | string | Error} Step What the core gives; an error is a panic.
 * @typedef {Step | ((slot: number, ...entry: any[]) => Step)} Scripted
 */

const scripted = vi.hoisted(() => {
  let reserved = 0;
  /** @type {Scripted[][]} */
  const scripts = [];
  /** @type {Map<number, { script: Scripted[], open: Set<number> }>} */
  const running = new Map();
  /** Where the core has panicked. @type {Set<number>} */
  const broken = new Set();
  /** What the driver hands over, without the slots. @type {any[][]} */
  const log = [];
  /** The slot of each operation that has begun. @type {number[]} */
  const begun = [];
  /** What the driver must never do. @type {string[]} */
  const mistakes = [];

  /** @param {string} text */
  function mistake(text) {
    mistakes.push(text);
    return new Error(text);
  }

  /** @param {number} slot */
  function at(slot) {
    const operation = running.get(slot);
    if (!operation) throw mistake(`no operation is in slot ${slot}`);
    return operation;
  }

  /**
   * @param {number} slot
   * @param {any[]} entry
   * @returns {any[] | string}
   */
  function next(slot, ...entry) {
    log.push(entry);
    const { script, open } = at(slot);
    const line = script.shift();
    const step = typeof line === "function" ? line(slot, ...entry) : line;
    if (step === undefined) throw mistake(`nothing comes after ${JSON.stringify(entry)}`);
    if (step instanceof Error) broken.add(slot);
    if (step instanceof Error || typeof step === "string") running.delete(slot);
    if (step instanceof Error) throw step;
    if (typeof step === "string") return step;
    for (const [number, method] of typeof step[0] === "number" ? [step] : step) {
      if (method !== "drop") open.add(number);
    }
    return step;
  }

  /**
   * @param {number} slot
   * @param {number} number
   */
  function settle(slot, number) {
    if (!at(slot).open.delete(number)) throw mistake(`call ${number} is not open`);
  }

  const core = {
    reserve: () => ({ number: reserved++ }),
    numberOf: (/** @type {{ number: number }} */ guard) => guard.number,
    begin(/** @type {number} */ slot, /** @type {string} */ name, /** @type {any[]} */ args) {
      if (running.has(slot)) throw mistake(`an operation is in slot ${slot}`);
      if (broken.has(slot)) throw mistake(`slot ${slot} is broken`);
      begun.push(slot);
      running.set(slot, { script: scripts.shift() ?? [], open: new Set() });
      return next(slot, "begin", name, args);
    },
    answer(
      /** @type {number} */ slot,
      /** @type {number} */ number,
      /** @type {unknown} */ value,
      /** @type {number} */ epochMs,
      /** @type {number} */ steadyMs,
    ) {
      if (!(epochMs > 0 && steadyMs > 0)) throw mistake("an answer has its time");
      settle(slot, number);
      return next(slot, "answer", number, value);
    },
    answerBytes(
      /** @type {number} */ slot,
      /** @type {number} */ number,
      /** @type {unknown} */ bytes,
    ) {
      settle(slot, number);
      return next(slot, "answerBytes", number, bytes);
    },
    fail(/** @type {number} */ slot, /** @type {number} */ number, /** @type {number} */ thrown) {
      settle(slot, number);
      return next(slot, "fail", number, thrown);
    },
    cancel: (/** @type {number} */ slot, /** @type {number} */ reason) =>
      next(slot, "cancel", reason),
    ask: () => "{}",
  };
  return { core, scripts, running, log, begun, mistakes, reserved: () => reserved };
});
vi.mock("../../native.js", () => ({ default: scripted.core }));

// The timers that tests can fake.
vi.mock("node:timers", () => ({
  setTimeout: (/** @type {() => void} */ then, /** @type {number} */ ms) => {
    const timer = globalThis.setTimeout(then, ms);
    return Object.assign(timer, { unref: () => timer });
  },
  clearTimeout: (/** @type {NodeJS.Timeout} */ timer) => globalThis.clearTimeout(timer),
}));
const { core, scripts, running, log, begun, mistakes } = scripted;

beforeEach(() => {
  for (const list of [scripts, log, begun, mistakes]) list.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  running.clear();
  expect(mistakes).toEqual([]);
});

const BEGIN = ["begin", "connect", [1]];

/** @param {unknown} [done] */
function end(done) {
  return JSON.stringify({ done });
}

/** @param {number} number */
function rethrow(number) {
  return JSON.stringify({ failed: { kind: "thrown", message: "", thrown: number } });
}

/**
 * Carries out an operation of these steps.
 *
 * @param {Scripted[]} steps
 * @param {any} host
 * @param {AbortSignal} [signal]
 * @param {number} [timeoutMs]
 * @returns {Promise<any>}
 */
function operate(steps, host, signal, timeoutMs) {
  scripts.push(steps);
  return run("connect", [1], host, { signal, timeoutMs });
}

/** What a promise came to, to be looked at later. @param {Promise<any>} promise */
function outcome(promise) {
  return promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
}

/** Lets all go on that can. */
function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise for somebody else to settle. */
function later() {
  /** @type {(value?: unknown) => void} */
  let resolve = () => {};
  /** @type {(error: unknown) => void} */
  let reject = () => {};
  const promise = new Promise((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

/**
 * A host whose methods answer when they are told to.
 *
 * @param {string[]} methods
 */
function slow(...methods) {
  /** @type {Record<string, ReturnType<typeof later>>} */
  const calls = {};
  /** @type {string[]} */
  const performed = [];
  const host = Object.fromEntries(
    methods.map((method) => [
      method,
      () => {
        performed.push(method);
        return (calls[method] = later()).promise;
      },
    ]),
  );
  const call = (/** @type {string} */ method) => /** @type {any} */ (calls[method]);
  return { host, call, performed };
}

/** A signal whose listeners are counted. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { added: 0, removed: 0 };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (/** @type {any[]} */ ...args) => {
    counts.added += 1;
    Reflect.apply(add, signal, args);
  };
  signal.removeEventListener = (/** @type {any[]} */ ...args) => {
    counts.removed += 1;
    Reflect.apply(remove, signal, args);
  };
  return { controller, signal, counts };
}

/** Without a signal the driver waits for one call at a time; with one it listens meanwhile. */
const WAYS = /** @type {[string, () => AbortSignal | undefined][]} */ ([
  ["without a signal", () => undefined],
  ["with a signal", () => new AbortController().signal],
]);

describe.each(WAYS)("calls %s", (_way, signal) => {
  it("are performed one after another, by the methods of their names", async () => {
    /** @type {any[]} */
    const calls = [];
    const host = {
      /** @param {any[]} args */
      first(...args) {
        calls.push(["first", this === host, ...args]);
        return 1;
      },
      /** @param {any[]} args */
      async second(...args) {
        calls.push(["second", this === host, ...args]);
        return 2;
      },
    };
    const steps = [[0, "first", "a", "b", "c", "d", "e"], [1, "second", "f"], end("all")];
    const operation = operate(steps, host, signal());
    expect(calls[0]?.[0], "before the caller's next line").toBe("first");
    expect(await operation).toBe("all");
    const none = undefined;
    expect(calls).toEqual([
      ["first", true, "a", "b", "c", "d", "e", begun[0]],
      ["second", true, "f", none, none, none, none, begun[0]],
    ]);
    expect(log).toEqual([BEGIN, ["answer", 0, 1], ["answer", 1, 2]]);
  });

  it.each([
    ["a plain value", () => 7, 7],
    ["null", () => null, null],
    ["nothing", () => {}, undefined],
    ["a promise", () => Promise.resolve(7), 7],
    ["a promise of a promise", () => Promise.resolve().then(async () => 7), 7],
    ["a thenable", () => ({ then: (/** @type {any} */ give) => give(7) }), 7],
    [
      "a thenable that is a function",
      () => Object.assign(() => {}, { then: (/** @type {any} */ give) => setImmediate(give, 7) }),
      7,
    ],
    ["something with another `then`", () => ({ then: 7 }), { then: 7 }],
  ])("are answered with %s", async (_what, work, answer) => {
    await operate([[0, "work"], end()], { work }, signal());
    expect(log).toEqual([BEGIN, ["answer", 0, answer]]);
  });

  const error = new Error("of the host");
  it.each([
    [
      "throws",
      error,
      () => {
        throw error;
      },
    ],
    [
      "throws nothing",
      undefined,
      () => {
        throw undefined;
      },
    ],
    ["rejects", error, () => Promise.reject(error)],
    [
      "has a thenable reject",
      error,
      () => ({
        then: (/** @type {any} */ _, /** @type {any} */ refuse) => refuse(error),
      }),
    ],
    [
      "has a thenable throw",
      error,
      () => ({
        then() {
          throw error;
        },
      }),
    ],
    [
      "has a `then` that throws",
      error,
      () => ({
        get then() {
          throw error;
        },
      }),
    ],
  ])("fail where the host %s, and the very same comes back", async (_what, thrown, work) => {
    const operation = operate([[0, "work"], rethrow(0)], { work }, signal());
    expect(await outcome(operation)).toEqual({ error: thrown });
    await operation.catch((caught) => expect(caught).toBe(thrown));
    expect(log).toEqual([BEGIN, ["fail", 0, 0]]);
  });

  it("that fail go on, and each keeps what it threw", async () => {
    let count = 0;
    const work = async () => {
      throw (count += 1);
    };
    const operation = operate([[0, "work"], [1, "work"], rethrow(1)], { work }, signal());
    expect(await outcome(operation)).toEqual({ error: 2 });
    expect(log).toEqual([BEGIN, ["fail", 0, 0], ["fail", 1, 1]]);
  });

  it("of which the host has no method fail", async () => {
    const operation = operate([[0, "work"], rethrow(0)], {}, signal());
    expect(await outcome(operation)).toEqual({ error: expect.any(TypeError) });
  });

  it("may be answered with more than plain data", async () => {
    const bytes = new Uint8Array(1);
    const work = () => new Handover((slot, number) => core.answerBytes(slot, number, bytes));
    await operate([[0, "work"], end()], { work }, signal());
    expect(log).toEqual([BEGIN, ["answerBytes", 0, bytes]]);
  });

  it.each([
    ["at the beginning", (/** @type {Error} */ panic) => [panic]],
    ["at an answer", (/** @type {Error} */ panic) => [[0, "work"], panic]],
    ["at a failure", (/** @type {Error} */ panic) => [[0, "refuse"], panic]],
  ])("end with a panic of the core %s", async (_when, steps) => {
    const host = { work: () => 1, refuse: () => Promise.reject(error) };
    const panic = new Error("of the core");
    expect(await outcome(operate(steps(panic), host, signal()))).toEqual({ error: panic });
  });
});

it("an end is its own, whatever objects inherit", async () => {
  const prototype = /** @type {any} */ (Object.prototype);
  Object.assign(prototype, { failed: { kind: "type", message: "inherited" } });
  try {
    expect(await operate([[0, "a"], end("b")], { a: () => {} })).toBe("b");
  } finally {
    delete prototype.failed;
  }
});

it("calls that need no waiting take none", () => {
  void operate([[0, "work"], [1, "work"], end()], { work: () => 1 });
  expect(log).toHaveLength(3);
});

describe("several calls at once", () => {
  const THREE = [
    [0, "a"],
    [1, "b"],
    [2, "c"],
  ];

  it.each(["abc", "acb", "bac", "bca", "cab", "cba"])(
    "are answered as they come: %s",
    async (order) => {
      const { host, call, performed } = slow("a", "b", "c");
      const operation = operate([THREE, [], [], end("all")], host);
      expect(performed).toEqual(["a", "b", "c"]);
      for (const method of order) {
        call(method).resolve(method);
        await settled();
      }
      expect(await operation).toBe("all");
      const answers = [...order].map((method) => ["answer", "abc".indexOf(method), method]);
      expect(log).toEqual([BEGIN, ...answers]);
    },
  );

  it("ask for more while others are open", async () => {
    const { host, call, performed } = slow("a", "b", "c", "d", "e");
    const more = [
      [4, "e"],
      [1, "drop"],
    ];
    const operation = operate([THREE, [3, "d"], more, end("all")], host);
    call("b").resolve();
    await settled();
    call("d").resolve();
    await settled();
    expect(performed).toEqual(["a", "b", "c", "d", "e"]);
    call("a").resolve();
    expect(await operation).toBe("all");
  });

  it("go on where one fails", async () => {
    const { host, call } = slow("a", "b", "c");
    const operation = operate([THREE, [], [], rethrow(0)], host);
    const error = new Error("of b");
    call("b").reject(error);
    await settled();
    call("c").resolve(3);
    call("a").resolve(1);
    expect(await outcome(operation)).toEqual({ error });
    expect(log).toEqual([BEGIN, ["fail", 1, 0], ["answer", 2, 3], ["answer", 0, 1]]);
  });

  it.each([
    ["end", end("early"), { value: "early" }],
    ["panic of the core", new Error("of the core"), { error: new Error("of the core") }],
  ])("are left to themselves at the %s", async (_what, last, came) => {
    const { host, call } = slow("a", "b", "c");
    const operation = operate([THREE, last], host);
    call("a").resolve();
    // In the same turn as the end.
    call("b").resolve();
    expect(await outcome(operation)).toEqual(came);
    call("c").reject(new Error("late"));
    await settled();
    expect(log).toEqual([BEGIN, ["answer", 0, undefined]]);
  });

  it("stop where the core ends at the first answer", async () => {
    const work = () => 1;
    const steps = [
      [
        [0, "work"],
        [1, "work"],
      ],
      end("early"),
    ];
    expect(await operate(steps, { work })).toBe("early");
    await settled();
    expect(log).toHaveLength(2);
  });
});

describe("sleep", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });

  it.each([
    ["alone", [0, "clock.sleep", 50]],
    ["as one of several", [[0, "clock.sleep", 50]]],
  ])("is a timer, %s", async (_way, sleep) => {
    const operation = operate([sleep, end("slept")], {});
    await vi.advanceTimersByTimeAsync(49);
    expect(log).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await operation).toBe("slept");
    expect(log).toEqual([BEGIN, ["answer", 0, undefined]]);
  });

  const RACE = [
    [0, "clock.sleep", 50],
    [1, "a"],
    [2, "clock.sleep", 60],
  ];

  it("that is dropped has no timer", async () => {
    const { host, call } = slow("a", "b");
    const drop = [
      [3, "b"],
      [0, "drop"],
    ];
    const operation = operate([RACE, drop, [], end("all")], host);
    expect(vi.getTimerCount()).toBe(2);
    call("a").resolve();
    await settled();
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    call("b").resolve();
    expect(await operation).toBe("all");
    expect(log.slice(1)).toEqual([
      ["answer", 1, undefined],
      ["answer", 2, undefined],
      ["answer", 3, undefined],
    ]);
  });

  it.each([
    ["the end", end()],
    ["a panic of the core", new Error("of the core")],
  ])("has no timer after %s", async (_what, last) => {
    const { host, call } = slow("a");
    const operation = outcome(operate([RACE, last], host));
    call("a").resolve();
    await operation;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has no timer after the end of a cancelled operation", async () => {
    const { controller, signal } = counted();
    const operation = outcome(operate([RACE, rethrow(0)], slow("a").host, signal));
    controller.abort("enough");
    expect(await operation).toEqual({ error: "enough" });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a signal", () => {
  it("that is aborted before lets nothing begin", async () => {
    const [reason, reserved] = [new Error("enough"), scripted.reserved()];
    const operation = operate([end()], {}, AbortSignal.abort(reason));
    await expect(operation).rejects.toBe(reason);
    expect(log).toEqual([]);
    expect(scripted.reserved()).toBe(reserved);
  });

  it("cancels once, and rejects with its reason at once, before the clean-up", async () => {
    const { controller, signal, counts } = counted();
    const { host, call, performed } = slow("a", "b", "clean", "more");
    const open = [
      [0, "a"],
      [1, "b"],
    ];
    const clean = [
      [2, "clean"],
      [0, "drop"],
    ];
    const steps = [open, clean, [3, "more"], rethrow(0)];
    const operation = outcome(operate(steps, host, signal));
    const reason = { why: "enough" };
    controller.abort(reason);
    expect(performed).toEqual(["a", "b", "clean"]);
    const came = /** @type {any} */ (await operation);
    expect(came.error).toBe(reason);
    controller.abort("again");
    call("clean").resolve();
    await settled();
    expect(performed).toEqual(["a", "b", "clean", "more"]);
    call("more").reject("nobody hears of it");
    await settled();
    expect(log.filter(([what]) => what === "cancel")).toEqual([["cancel", 0]]);
    expect(counts).toEqual({ added: 1, removed: 1 });
  });

  it("has a reason beside what was thrown", async () => {
    const { controller, signal } = counted();
    const { host, call } = slow("a", "b");
    const operation = operate([[0, "a"], [1, "b"], rethrow(1)], host, signal);
    call("a").reject("thrown");
    await settled();
    controller.abort("enough");
    expect(await outcome(operation)).toEqual({ error: "enough" });
    expect(log.slice(1)).toEqual([
      ["fail", 0, 0],
      ["cancel", 1],
    ]);
  });

  it("has no effect after the end, and nobody listens to it", async () => {
    const { controller, signal, counts } = counted();
    expect(await operate([[0, "a"], end("all")], { a: () => 1 }, signal)).toBe("all");
    expect(counts).toEqual({ added: 1, removed: 1 });
    controller.abort();
    await settled();
    expect(log).toHaveLength(2);
  });

  it("has no effect in the turn of the end", async () => {
    const { controller, signal } = counted();
    const ends = () => {
      queueMicrotask(() => controller.abort("late"));
      return end("all");
    };
    expect(await operate([[0, "a"], ends], { a: () => 1 }, signal)).toBe("all");
    expect(log).toHaveLength(2);
  });

  it("has nobody listening after a panic of the core", async () => {
    const { controller, signal, counts } = counted();
    const { host, call } = slow("a");
    const panic = new Error("of the core");
    const operation = operate([[0, "a"], panic], host, signal);
    controller.abort("enough");
    expect(await outcome(operation)).toEqual({ error: "enough" });
    call("a").resolve();
    await settled();
    expect(counts).toEqual({ added: 1, removed: 1 });
    expect(log).toHaveLength(2);
  });

  it.each([
    ["the end", rethrow(0), ["a"]],
    ["a clean-up", [2, "clean"], ["a", "clean"]],
    ["a panic", new Error("of the core"), ["a"]],
  ])("that a call aborts lets no other call of its step begin: %s", async (_what, step, all) => {
    const { controller, signal } = counted();
    /** @type {string[]} */
    const performed = [];
    const host = {
      a() {
        performed.push("a");
        controller.abort("enough");
        return new Promise(() => {});
      },
      b: () => void performed.push("b"),
      clean: () => void performed.push("clean"),
    };
    const open = [
      [0, "a"],
      [1, "b"],
    ];
    const operation = operate([open, step, end("cleaned")], host, signal);
    expect(await outcome(operation)).toEqual({ error: "enough" });
    expect(performed).toEqual(all);
  });
});

describe("a time limit", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));

  it("cancels, and rejects with its words, before the clean-up", async () => {
    const { host, call, performed } = slow("a", "clean");
    const steps = [[0, "a"], [1, "clean"], rethrow(0)];
    const operation = outcome(operate(steps, host, undefined, 20));
    await vi.advanceTimersByTimeAsync(20);
    const { error } = /** @type {any} */ (await operation);
    expect([error instanceof DOMException, error.name, error.message]).toEqual([
      true,
      "TimeoutError",
      "connect has not ended within 20 ms",
    ]);
    expect(performed).toEqual(["a", "clean"]);
    expect(log.at(-1)).toEqual(["cancel", 0]);
    call("clean").resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(log.at(-1)).toEqual(["answer", 1, undefined]);
  });

  it("has no timer after the end, or after the signal", async () => {
    await operate([[0, "a"], end()], { a: () => 1 }, undefined, 60_000);
    expect(vi.getTimerCount()).toBe(0);
    const { controller, signal } = counted();
    const steps = [[0, "a"], [1, "clean"], rethrow(0)];
    const operation = outcome(operate(steps, slow("a", "clean").host, signal, 60_000));
    expect(vi.getTimerCount()).toBe(1);
    controller.abort("enough");
    expect(await operation).toEqual({ error: "enough" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([Infinity, 2 ** 31])("of %d ms is none", async (timeoutMs) => {
    const { host, call } = slow("a");
    const operation = operate([[0, "a"], end("all")], host, undefined, timeoutMs);
    expect(vi.getTimerCount()).toBe(0);
    call("a").resolve();
    expect(await operation).toBe("all");
  });
});

describe("a slot", () => {
  it("is no other operation's before the end, and one other's after it", async () => {
    const { host, call } = slow("a");
    const first = operate([[0, "a"], end()], host);
    await operate([[0, "b"], end()], { b: () => 1 });
    call("a").resolve();
    await first;
    const third = operate([[0, "a"], end()], host);
    call("a").resolve();
    const fourth = operate([[0, "b"], end()], { b: () => 1 });
    await Promise.all([third, fourth]);
    const [one, two, three, four] = begun;
    expect(two).not.toBe(one);
    expect([three, four]).toEqual([one, two]);
  });

  it("is not given back while its operation cleans up", async () => {
    const { controller, signal } = counted();
    const { host, call } = slow("a", "clean");
    const operation = outcome(operate([[0, "a"], [1, "clean"], rethrow(0)], host, signal));
    controller.abort();
    await operate([end()], {});
    call("clean").resolve();
    await operation;
    await operate([end()], {});
    expect(begun[1]).not.toBe(begun[0]);
    expect(begun[2]).toBe(begun[0]);
  });

  it("is not given back while it is used, also after the end of its operation", async () => {
    const { controller, signal } = counted();
    const { host, call } = slow("bytes.decode");
    const operation = outcome(operate([[0, "bytes.decode"], rethrow(0)], host, signal));
    controller.abort();
    await operation;
    await operate([end()], {});
    expect(begun[1]).not.toBe(begun[0]);
    call("bytes.decode").resolve();
    await settled();
    void operate([[0, "a"], end()], slow("a").host);
    await operate([end()], {});
    expect(begun.slice(2)).toContain(begun[0]);
  });

  it("is given back by an operation that fails", async () => {
    await outcome(operate([[0, "a"], rethrow(0)], {}));
    await operate([end()], {});
    expect(begun[1]).toBe(begun[0]);
  });

  it.each(WAYS)("is nobody's after a panic of the core %s", async (_way, signal) => {
    const steps = () => [[0, "a"], new Error("of the core")];
    await outcome(operate(steps(), { a: () => 1 }, signal()));
    await outcome(operate(steps(), { a: () => 1 }, signal()));
    await operate([end()], {});
    expect(new Set(begun).size).toBe(3);
  });

  it("is one operation's at a time, whatever comes of the others", async () => {
    const kinds = fc.constantFrom("one", "two", "none", "end", "panic");
    const operations = fc.array(
      fc.record({ kinds: fc.array(kinds, { maxLength: 4 }), isAborted: fc.boolean() }),
      { minLength: 1, maxLength: 8 },
    );
    const turns = fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(operations, turns, async (operations, turns) => {
        /** @type {(() => void)[]} */
        const events = [];
        const work = () => {
          const { promise, resolve, reject } = later();
          events.push(() => (events.length % 3 ? resolve() : reject("no")));
          return promise;
        };
        for (const { kinds, isAborted } of operations) {
          events.push(() => {
            let number = 0;
            const one = () => [number++, "work"];
            const steps = [...kinds, "end"].map((kind) => () => {
              if (kind === "end") return end();
              if (kind === "panic") return new Error("of the core");
              if (kind === "none") return [];
              return kind === "one" ? one() : [one(), one()];
            });
            const controller = new AbortController();
            if (isAborted) events.push(() => controller.abort());
            const signal = isAborted ? controller.signal : undefined;
            void outcome(operate(steps, { work }, signal));
          });
        }
        for (const [at, waits] of turns) {
          if (events.length > 0) events.splice(at % events.length, 1)[0]?.();
          if (waits) await settled();
        }
        for (let event = events.pop(); event; event = events.pop()) event();
        await settled();
        expect(mistakes).toEqual([]);
      }),
    );
  });
});

describe("a stream", () => {
  const TWO = () => [[0, "item", "a"], [1, "item", "b"], end()];

  /**
   * @param {Scripted[]} steps
   * @param {any} [host]
   */
  function streamed(steps, host = {}) {
    scripts.push(steps);
    return stream("connect", [1], host);
  }

  it("gives the items in their order", async () => {
    const items = [];
    for await (const item of /** @type {any} */ (streamed(TWO()))) items.push(item);
    expect(items).toEqual(["a", "b"]);
  });

  it("asks for an item when the one before it is taken", async () => {
    const reader = streamed(TWO()).getReader();
    await settled();
    expect(log).toEqual([BEGIN]);
    expect(await reader.read()).toEqual({ done: false, value: "a" });
    await settled();
    expect(log).toEqual([BEGIN, ["answer", 0, undefined]]);
    expect(await reader.read()).toEqual({ done: false, value: "b" });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(log).toHaveLength(3);
  });

  it("asks for the next item where somebody has waited for the one before it", async () => {
    const { host, call } = slow("work");
    const reader = streamed(
      [[0, "work"], [1, "item", "a"], [2, "item", "b"], end()],
      host,
    ).getReader();
    const read = reader.read();
    await settled();
    call("work").resolve();
    expect(await read).toEqual({ done: false, value: "a" });
    await settled();
    expect(log.at(-1)).toEqual(["answer", 1, undefined]);
  });

  it("serves several who wait", async () => {
    const { host, call } = slow("work");
    const reader = streamed([[0, "work"], ...TWO().map(shifted)], host).getReader();
    const reads = [reader.read(), reader.read(), reader.read()];
    await settled();
    call("work").resolve();
    const all = await Promise.race([Promise.all(reads), settled().then(settled)]);
    const [a, b, none] = /** @type {any[]} */ (all ?? []);
    expect([a?.value, b?.value, none?.done]).toEqual(["a", "b", true]);
  });

  /** The step with numbers for calls that come after one other. @param {Step} step */
  function shifted(step) {
    return Array.isArray(step) ? [step[0] + 1, ...step.slice(1)] : step;
  }

  it("performs its calls on the host itself", async () => {
    class Host {
      #answer = 7;

      work() {
        return this.#answer;
      }
    }
    for await (const _ of /** @type {any} */ (streamed([[0, "work"], end()], new Host())));
    expect(log).toEqual([BEGIN, ["answer", 0, 7]]);
  });

  it("that is cancelled cancels the operation, whose clean-up nobody waits for", async () => {
    const { host, call, performed } = slow("clean");
    const reader = streamed([[0, "item", "a"], [1, "clean"], rethrow(0)], host).getReader();
    await reader.cancel("enough");
    expect(log).toEqual([BEGIN, ["cancel", 0]]);
    expect(performed).toEqual(["clean"]);
    call("clean").resolve();
    await settled();
    expect(log.at(-1)).toEqual(["answer", 1, undefined]);
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  it("is cancelled with the reason as it is", async () => {
    const abort = vi.spyOn(AbortController.prototype, "abort");
    const reason = { why: "enough" };
    await streamed([[0, "item", "a"], rethrow(0)]).cancel(reason);
    expect(abort.mock.calls).toEqual([[reason]]);
    expect(abort.mock.calls[0]?.[0]).toBe(reason);
    abort.mockRestore();
  });

  it("is cancelled where the operation comes to its end all the same", async () => {
    const reader = streamed([[0, "item", "a"], end()]).getReader();
    await reader.cancel("enough");
    expect(log).toEqual([BEGIN, ["cancel", 0]]);
  });

  it("fails as the operation does", async () => {
    const error = new Error("of the host");
    const work = () => Promise.reject(error);
    const reader = streamed([[0, "item", "a"], [1, "work"], rethrow(0)], { work }).getReader();
    expect(await reader.read()).toEqual({ done: false, value: "a" });
    await expect(reader.read()).rejects.toBe(error);
  });

  it("fails where the core panics", async () => {
    const panic = new Error("of the core");
    await expect(streamed([panic]).getReader().read()).rejects.toBe(panic);
  });
});
