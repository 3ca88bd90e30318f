// The resolver against the old one, on random pointers, records and dependencies.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as api from "../../index.js";
import { agentWith } from "../support/control.js";
import * as baseline from "./baseline.js";
import { numRuns, seed } from "./cases.js";

if (!baseline.isPresent) console.log("skipped: the old resolver is not at hand");

const ids = fc.constantFrom(null, undefined, "", "s1", "s2", "s3");
const epochs = fc.nat({ max: 3 });
const workingDirs = fc.constantFrom(undefined, null, "", "proj", "/abs/");

const cases = fc.record({
  pointer: fc.record(
    { activeSandboxId: ids, activeEpoch: epochs, workingDir: workingDirs },
    { requiredKeys: ["activeSandboxId", "activeEpoch"] },
  ),
  found: fc.oneof(
    { arbitrary: fc.constantFrom(null, undefined, "throws"), weight: 1 },
    {
      arbitrary: fc.record({
        id: fc.constantFrom("s1", "s2", "other"),
        kind: fc.constantFrom("modal", "selfhosted", "docker", ""),
        name: fc.constant("n"),
        enrollmentId: fc.constantFrom(null, "", "agent-1"),
      }),
      weight: 4,
    },
  ),
  pinned: fc.option(fc.record({ sandboxId: fc.constantFrom("s1", "s2"), epoch: epochs }), {
    nil: undefined,
  }),
  modal: fc.constantFrom("absent", "establishes", "throws"),
  rpc: fc.constantFrom("works", "throws"),
  timeoutMs: fc.constantFrom(undefined, 0, 500),
  environment: fc.constantFrom(undefined, Object.freeze({ A: "1" })),
});

/** @typedef {typeof cases extends fc.Arbitrary<infer T> ? T : never} Case */

/**
 * What a resolver is seen to do.
 *
 * @param {typeof api.makeActiveBackendResolver} make
 * @param {Case} given
 */
async function observe(make, { pointer, found, pinned, modal, rpc, timeoutMs, environment }) {
  /** @type {unknown[]} */
  const transcript = [];
  const agent = agentWith();
  const [home, machine, sibling] = [{ home: true }, { machine: true }, { sibling: true }];
  /** @type {any} */
  const deps = {
    workspaceId: "w",
    defaultBackend: home,
    defaultKind: "local",
    relay: { host: "relay.test" },
    async getSandbox(/** @type {unknown[]} */ ...args) {
      transcript.push(["getSandbox", ...args]);
      if (found === "throws") throw "no database";
      return found;
    },
    controlRpcFactory(/** @type {unknown[]} */ ...args) {
      transcript.push(["controlRpcFactory", ...args]);
      if (rpc === "throws") throw "no network";
      return agent;
    },
  };
  if (modal !== "absent") {
    deps.establishModalTarget = async (/** @type {unknown[]} */ ...args) => {
      transcript.push(["establishModalTarget", args.length, args[0] === found]);
      if (modal === "throws") throw "no provider";
      return sibling;
    };
  }
  if (pinned) deps.pinnedSelfhosted = { ...pinned, session: machine };
  if (timeoutMs !== undefined) deps.selfhostedTimeoutMs = timeoutMs;
  if (environment) deps.environment = environment;

  try {
    const { session, ...rest } = await make(deps)(/** @type {any} */ (pointer));
    const built = session instanceof api.SelfhostedSession ? session : undefined;
    await built?.exec({ cmd: "x", workdir: "sub" });
    const sent = agent.asked.map(({ req, ...others }) => ({ ...others, ...req, requestId: "" }));
    const given = [home, machine, sibling].indexOf(/** @type {any} */ (session));
    const own = built && [built.workspaceId, built.agentId, built.state.environment];
    return { transcript, rest, given, own, sent };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: "", message: error };
    const isOwn = error instanceof Error && name === "ActiveBackendUnresolvableError";
    return { transcript, thrown: { name, message, isOwn } };
  }
}

describe.skipIf(!baseline.isPresent)("the resolver", () => {
  it(
    `does what the old one does (${numRuns} cases, seed ${seed})`,
    { timeout: 3_600_000 },
    async () => {
      const old = await baseline.loadResolver();
      const outcomes = new Set();
      await fc.assert(
        fc.asyncProperty(cases, async (given) => {
          const seen = await observe(old.makeActiveBackendResolver, given);
          expect(await observe(api.makeActiveBackendResolver, given)).toStrictEqual(seen);
          outcomes.add(seen.thrown ? String(seen.thrown.message).slice(0, 10) : seen.given);
        }),
        { numRuns, seed },
      );
      // Each of the rules has been met, and each way to fail.
      expect(outcomes.size).toBe(11);
    },
  );

  it.each([
    ["home", { activeSandboxId: null, activeEpoch: 7, workingDir: "proj" }],
    ["the pinned machine", { activeSandboxId: "s1", activeEpoch: 7, workingDir: "proj" }],
  ])("looks at nothing but its own options that the old one did not, to %s", async (_, pointer) => {
    const options = ["deps.resolveDefaultBackend", "deps.defaultIsHome"];
    const old = await baseline.loadResolver();
    /** @param {typeof api.makeActiveBackendResolver} make */
    const reads = async (make) => {
      const read = new Set();
      /**
       * @param {string} name
       * @param {object} object
       */
      const watched = (name, object) =>
        new Proxy(object, {
          get(target, key) {
            read.add(`${name}.${String(key)}`);
            return Reflect.get(target, key);
          },
        });
      const pinned = watched("pinned", { sandboxId: "s1", epoch: 7, session: {} });
      const deps = { defaultBackend: {}, defaultKind: "local", pinnedSelfhosted: pinned };
      const resolve = make(/** @type {any} */ (watched("deps", deps)));
      await resolve(/** @type {any} */ (watched("pointer", pointer)));
      return [...read].filter((name) => !options.includes(name));
    };
    expect(await reads(api.makeActiveBackendResolver)).toEqual(
      await reads(old.makeActiveBackendResolver),
    );
  });
});
