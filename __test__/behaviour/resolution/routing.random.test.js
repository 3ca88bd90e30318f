// The routing session under random interleavings, told apart to the microtask: which of two things
// that happen in the same turn of the event loop comes first decides what an operation may do.
import fc from "fast-check";
import { expect, it } from "vitest";
import { RoutingSandboxSession } from "../../../index.js";
import { cases } from "../../support/repeated.js";

const RETRIES = 2;

/** @param {number} count Microtasks to let pass. */
async function microtasks(count) {
  for (let passed = 0; passed < count; passed++) await undefined;
}

const few = fc.nat({ max: 12 });
const outcome = fc.constantFrom("succeeds", "fails", "is fenced off");

const worlds = fc.record({
  /** The moments at which the pointer moves on. */
  swaps: fc.array(few, { maxLength: 4 }),
  /** The moments at which operations begin. */
  operations: fc.array(few, { minLength: 2, maxLength: 6 }),
  /** How long reads of the pointer, resolves and runs take, and how runs end: each in turn. */
  reads: fc.array(few, { minLength: 1, maxLength: 5 }),
  resolves: fc.array(fc.tuple(few, fc.constantFrom(true, true, true, false)), {
    minLength: 1,
    maxLength: 5,
  }),
  runs: fc.array(fc.tuple(few, outcome), { minLength: 1, maxLength: 5 }),
});

/**
 * @template T
 * @param {T[]} values
 * @returns {() => T} One after the other, over and over.
 */
function inTurn(values) {
  let next = 0;
  return () => /** @type {T} */ (values[next++ % values.length]);
}

it("runs no operation on what is out of date, none again that failed, and none without end", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ swaps, operations, reads, resolves, runs }) => {
      const [read, resolve, run] = [inTurn(reads), inTurn(resolves), inTurn(runs)];
      let epoch = 1;
      let committed = 0;
      const unresolved = new Error("unresolved");
      /** @type {Map<string, { runs: number, failure?: Error, fence?: Error }>} */
      const seen = new Map();

      /** @param {number} of The epoch of the backend. */
      const backend = (of) => ({
        /** @param {string} name */
        async exec(name) {
          const operation = seen.get(name) ?? { runs: 0 };
          seen.set(name, operation);
          operation.runs++;
          expect(of).toBeGreaterThanOrEqual(committed);
          expect(operation.failure).toBeUndefined();
          const [duration, end] = run();
          await microtasks(duration);
          if (end === "fails") {
            operation.failure = new Error("no such file: fenced.txt");
            throw operation.failure;
          }
          if (end === "is fenced off") {
            operation.fence = Object.assign(new Error("fenced off"), { fenced: true });
            throw operation.fence;
          }
          return of;
        },
      });
      const session = new RoutingSandboxSession({
        maxFenceRetries: RETRIES,
        readPointer: async () => {
          await microtasks(read());
          return { activeSandboxId: "s", activeEpoch: epoch };
        },
        resolveActiveBackend: async ({ activeEpoch }) => {
          const [duration, succeeds] = resolve();
          await microtasks(duration);
          if (!succeeds) throw unresolved;
          return { session: backend(activeEpoch), sandboxId: "s", kind: "k" };
        },
        onTransition: ({ type, toEpoch }) => {
          if (type === "fenced-retry") return;
          expect(toEpoch).toBeGreaterThanOrEqual(committed);
          committed = toEpoch;
        },
      });

      const moves = swaps.map(async (moment) => {
        await microtasks(moment);
        epoch++;
      });
      const dispatched = operations.map(async (moment, index) => {
        await microtasks(moment);
        const name = `operation ${index}`;
        const [ended] = await Promise.allSettled([session.exec(name)]);
        const { runs, failure, fence } = seen.get(name) ?? { runs: 0 };
        expect(runs).toBeLessThanOrEqual(1 + RETRIES);
        if (ended?.status === "rejected" && ended.reason !== unresolved) {
          // The very object, and only one that the backend threw last.
          expect(ended.reason).toBe(failure ?? fence);
          expect(failure !== undefined || runs === 1 + RETRIES).toBe(true);
        }
      });
      await Promise.all([...moves, ...dispatched]);
    }),
    { numRuns: cases(3_000) },
  );
});
