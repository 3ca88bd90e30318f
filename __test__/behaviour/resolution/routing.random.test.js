// The routing session under random interleavings, told apart to the microtask: which of two things
// that happen in the same turn of the event loop comes first decides what an operation may do.
import fc from "fast-check";
import { expect, it } from "vitest";
import { RoutingMutationOutcomeUnknownError, RoutingSandboxSession } from "../../../index.js";
import { cases } from "../../support/repeated.js";

const RETRIES = 2;

/** @param {number} count Microtasks to let pass. */
async function microtasks(count) {
  for (let passed = 0; passed < count; passed++) await undefined;
}

const few = fc.nat({ max: 12 });
const outcome = fc.constantFrom("succeeds", "succeeds", "fails", "is fenced off", "is refused");
const kind = fc.constantFrom("readFile", "exec", "exec", "writeStdin");

const worlds = fc.record({
  atMostOnce: fc.boolean(),
  /** The moments at which the pointer moves on, and whether its epoch stays. */
  swaps: fc.array(fc.tuple(few, fc.boolean()), { maxLength: 4 }),
  /** The moments at which operations begin, and what they are. */
  operations: fc.array(fc.tuple(fc.nat({ max: 60 }), kind), { minLength: 2, maxLength: 6 }),
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

/**
 * @typedef {object} Seen What an operation came to on its backends.
 * @property {number} runs
 * @property {number} effects How often it may have run.
 * @property {boolean} [hasFailed] Whether a run has failed without a fence.
 * @property {Error} [thrown] What was thrown last.
 */

const fence = () => Object.assign(new Error("fenced off"), { fenced: true });
/** An agent's: nothing has run. */
const refusal = () => Object.assign(fence(), { name: "SelfhostedControlError", code: 10 });

it("runs no operation on what is out of date, none again that must not, and none without end", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (given) => {
      const { atMostOnce, swaps, operations } = given;
      const [read, resolve] = [inTurn(given.reads), inTurn(given.resolves)];
      const run = inTurn(given.runs);
      let epoch = 1;
      let sandbox = 1;
      let committed = 0;
      const unresolved = new Error("unresolved");
      /** @type {Map<string, Seen>} */
      const seen = new Map();
      /** The pointers whose backends have started a process: all of them give it the same number. */
      const started = new Set();
      /** Whether the caller knows of one. */
      let isKnown = false;

      /**
       * @param {number} of The epoch of the backend.
       * @param {string | null} id
       */
      const backend = (of, id) => {
        const target = `${id} ${of}`;
        /** @type {any} */
        const session = {};
        for (const op of ["exec", "readFile", "writeStdin"]) {
          session[op] = async (/** @type {any} */ { name, needsProcess }) => {
            const operation = seen.get(name) ?? { runs: 0, effects: 0 };
            seen.set(name, operation);
            operation.runs++;
            if (needsProcess) expect(started.has(target)).toBe(true);
            else if (op !== "writeStdin") expect(of).toBeGreaterThanOrEqual(committed);
            // A read of a superseded backend is repeated, whatever it came to.
            if (!atMostOnce || op !== "readFile") expect(operation.hasFailed).toBeUndefined();
            if (atMostOnce && op !== "readFile") expect(operation.effects).toBe(0);
            const [duration, end] = run();
            await microtasks(duration);
            if (end === "is refused") throw (operation.thrown = refusal());
            operation.effects++;
            if (end === "fails") {
              operation.hasFailed = true;
              throw (operation.thrown = new Error("no file: fenced.txt"));
            }
            if (end === "is fenced off") throw (operation.thrown = fence());
            if (op === "exec") started.add(target);
            return { sessionId: 1 };
          };
        }
        return session;
      };
      const session = new RoutingSandboxSession({
        maxFenceRetries: RETRIES,
        atMostOnce,
        readPointer: async () => {
          await microtasks(read());
          return { activeSandboxId: `s${sandbox}`, activeEpoch: epoch };
        },
        resolveActiveBackend: async ({ activeEpoch, activeSandboxId }) => {
          const [duration, succeeds] = resolve();
          await microtasks(duration);
          if (!succeeds) throw unresolved;
          return { session: backend(activeEpoch, activeSandboxId), sandboxId: "s", kind: "k" };
        },
        onTransition: ({ type, toEpoch }) => {
          if (type === "fenced-retry") return;
          expect(toEpoch).toBeGreaterThanOrEqual(committed);
          committed = toEpoch;
        },
      });

      const moves = swaps.map(async ([moment, epochStays]) => {
        await microtasks(moment);
        sandbox++;
        if (!epochStays) epoch++;
      });
      const dispatched = operations.map(async ([moment, op], index) => {
        await microtasks(moment);
        const name = `operation ${index}`;
        const needsProcess = op === "writeStdin" && isKnown;
        const args = { name, sessionId: 1, needsProcess };
        const [ended] = await Promise.allSettled([session[op](args)]);
        if (op === "exec" && ended?.status === "fulfilled") isKnown = true;
        const { runs, hasFailed, thrown } = seen.get(name) ?? { runs: 0 };
        expect(runs).toBeLessThanOrEqual(1 + RETRIES);
        if (ended?.status !== "rejected" || ended.reason === unresolved) return;
        const { reason } = ended;
        if (reason instanceof RoutingMutationOutcomeUnknownError) {
          expect(atMostOnce && op !== "readFile").toBe(true);
        } else if (reason.message.endsWith("exhausted fence retries")) {
          expect(atMostOnce && op === "readFile" && runs === 1 + RETRIES).toBe(true);
        } else {
          // The very object, and only one that the backend threw last.
          expect(reason).toBe(thrown);
          expect(hasFailed || runs === 1 + RETRIES || op === "writeStdin").toBe(true);
        }
      });
      await Promise.all([...moves, ...dispatched]);
    }),
    { numRuns: cases(3_000) },
  );
});
