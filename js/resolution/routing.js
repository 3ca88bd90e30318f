import { setImmediate, setTimeout } from "node:timers";
import { resultOf, textOf } from "./command.js";
import core from "../../native.js";
import { observed } from "../diagnostics.js";
import { ask, clocks, finish } from "../driver.js";
import { fieldOf, isObject, isSignal, numberIn, textIn } from "../fields.js";
import { checkFunction, given } from "../given.js";
import { newEditor } from "./editor.js";
import { RoutingMutationOutcomeUnknownError, RoutingUnsupportedError } from "../errors.js";
import { spelled } from "../text.js";

/**
 * @typedef {import("../../boundary.js").RouterQuestions} RouterQuestions
 * @typedef {import("../../index.js").ActivePointer} ActivePointer
 * @typedef {import("../../index.js").ResolvedActiveBackend} ResolvedActiveBackend
 * @typedef {import("../../index.js").RoutableBackendSession} RoutableBackendSession
 * @typedef {import("../../index.js").RoutingMutation} RoutingMutation
 * @typedef {import("../../index.js").RoutingMutationSettlement} RoutingMutationSettlement
 * @typedef {import("../../index.js").RoutingOperationEvent} RoutingOperationEvent
 * @typedef {import("../../index.js").RoutingSandboxSessionDeps} RoutingSandboxSessionDeps
 * @typedef {import("../../index.js").CallSignal} CallSignal
 *
 * @typedef {object} Route A backend and its number, with what it was resolved for.
 * @property {ResolvedActiveBackend} resolved
 * @property {number} number
 * @property {number} epoch
 * @property {number} sandbox The number of the sandbox's id.
 *
 * @typedef {(backend: RoutableBackendSession, resolved: ResolvedActiveBackend) => unknown} Body The run of
 *   an operation. It reads `resolved.kind` only for an error, since a getter may throw.
 *
 * @typedef {object} Operation
 * @property {string} op Its name.
 * @property {Body} body
 * @property {unknown} args The caller's first argument.
 * @property {CallSignal | undefined} signal
 * @property {Pin | undefined} pin The process that it is the input of, where that is known.
 * @property {{ error: unknown } | undefined} fence The fence that it has met last.
 * @property {number} fences How often it was superseded.
 * @property {Route | undefined} route The backend that it ran on last.
 * @property {boolean} isLost Whether its outcome is unknown.
 *
 * @typedef {object} Pin A process, and the backend that its input goes to.
 * @property {number} id
 * @property {Route} route
 * @property {boolean} isFenced Whether that backend has met an input with a fence.
 *
 * @typedef {object} End How a run ended.
 * @property {"succeeded" | "failed" | "not-run" | "unknown"} outcome What it was to its box.
 * @property {unknown} [value]
 * @property {unknown} [error]
 * @property {number} [waitMs] The wait before the next attempt, where there is one.
 *
 * @typedef {object} Verdict The core's word on a superseded run.
 * @property {"failed" | "not-run" | "unknown"} outcome
 * @property {"again" | "fenced" | "exhausted" | "outcomeUnknown"} next
 * @property {number} [waitMs]
 *
 * @typedef {object} Transition
 * @property {import("../../index.js").RoutingTransitionEvent["type"]} type
 * @property {number} fromEpoch
 * @property {number} toEpoch
 */

const { MUTATIONS, RUNNING } = /** @type {any} */ (ask("constants"));

/** The name of the error about an operation that a backend does not have. */
const UNSUPPORTED = "RoutingUnsupportedError";

/** How many units of a text are looked at for a banner: it is at the start, and has fewer. */
const HEAD = 1 << 12;

/** The key of a session's routing. A private field would fail through a Proxy of the caller's. */
const ROUTING = Symbol("routing");

export class RoutingSandboxSession {
  /** @type {Routing} */
  [ROUTING];

  /** @param {RoutingSandboxSessionDeps} deps */
  constructor(deps) {
    checkFunction("deps.readPointer", given("deps", deps).readPointer);
    checkFunction("deps.resolveActiveBackend", deps.resolveActiveBackend);
    this[ROUTING] = new Routing(deps);
    const home = deps.defaultResolved?.session;
    const has = (/** @type {"desktopInput" | "screenshot"} */ method) =>
      typeof home?.[method] === "function";
    // Callers choose native computer use by the presence of both methods, and look once.
    if (ask("hasNativeDesktop", has("desktopInput"), has("screenshot"))) {
      /** @param {unknown} event */
      this.desktopInput = (event) => this[ROUTING].forward("desktopInput", event);
      this.screenshot = () => this[ROUTING].forward("screenshot");
    }
  }

  get state() {
    const { described } = this[ROUTING];
    return described?.session ? (described.session.state ?? {}) : stateWithoutBackend();
  }

  supportsPty() {
    return Boolean(this[ROUTING].described?.session?.supportsPty?.());
  }

  /** @param {string} [runAs] */
  createEditor(runAs) {
    return newEditor(this[ROUTING], unsupported, runAs);
  }

  /** @param {{ signal?: CallSignal }} [options] */
  prime(options) {
    return this[ROUTING].prime(signalIn(options));
  }

  /** @param {unknown} args */
  exec(args) {
    const body = (/** @type {RoutableBackendSession} */ backend, /** @type {any} */ resolved) => {
      if (backend.exec) return backend.exec(args);
      if (!backend.execCommand) return unsupported("exec", resolved);
      return resultOf(backend.execCommand(args));
    };
    return this[ROUTING].dispatch("exec", body, args);
  }

  /** @param {unknown} args */
  execCommand(args) {
    const body = (/** @type {RoutableBackendSession} */ backend, /** @type {any} */ resolved) => {
      if (backend.execCommand) return backend.execCommand(args);
      if (!backend.exec) return unsupported("execCommand", resolved);
      return textOf(backend.exec(args));
    };
    return this[ROUTING].dispatch("execCommand", body, args);
  }

  /** @param {unknown} args */
  writeStdin(args) {
    return this[ROUTING].forward("writeStdin", args);
  }

  /** @param {unknown} args */
  readFile(args) {
    return this[ROUTING].forward("readFile", args);
  }

  /** @param {unknown} args */
  writeFile(args) {
    return this[ROUTING].forward("writeFile", args);
  }

  /** @param {unknown} args */
  listDir(args) {
    return this[ROUTING].forward("listDir", args);
  }

  /**
   * @param {string} path
   * @param {string} [runAs]
   */
  pathExists(path, runAs) {
    return this[ROUTING].forward("pathExists", path, runAs);
  }

  /** @param {unknown} args */
  viewImage(args) {
    return this[ROUTING].forward("viewImage", args);
  }

  /** @param {unknown} args */
  materializeEntry(args) {
    return this[ROUTING].forward("materializeEntry", args);
  }

  /** @param {number} port */
  resolveExposedPort(port) {
    return this[ROUTING].forward("resolveExposedPort", port);
  }

  serializeSessionState() {
    return this[ROUTING].dispatch("serializeSessionState", (backend) =>
      backend.serializeSessionState?.(),
    );
  }
}

/** Runs operations on the backend that the core's router decides. */
class Routing {
  #deps;
  /** Keeps the router in the core alive. */
  #guard;
  #router;
  #mayBegin;
  #isAtMostOnce;
  #isAdmitted;
  /** How many look-ups were made. */
  #lookups = 0;
  /** @type {Route | undefined} */
  #cached;
  /** @type {ResolvedActiveBackend | undefined} */
  #lastResolved;
  /** @type {Map<number, Promise<void>>} */
  #flights = new Map();
  #sandboxes = new Numbers();
  /**
   * The routes that have a process running, by number.
   *
   * @type {Map<number, Route>}
   */
  #retained = new Map();

  /** @param {RoutingSandboxSessionDeps} deps */
  constructor(deps) {
    const { maxFenceRetries, atMostOnce, beforeMutation, afterMutation } = deps;
    this.#deps = deps;
    this.#isAtMostOnce = Boolean(atMostOnce);
    this.#isAdmitted = Boolean(beforeMutation ?? afterMutation);
    const retries = maxFenceRetries == null ? undefined : Number(maxFenceRetries);
    this.#guard = core.reserveRouter(retries, this.#isAtMostOnce);
    this.#router = core.numberOf(this.#guard);
    this.#mayBegin = this.#ask("mayTry");
  }

  /** The backend of the methods that return no promise: the last one that was resolved. */
  get described() {
    return this.#lastResolved ?? this.#deps.defaultResolved;
  }

  /**
   * @param {CallSignal | undefined} signal
   * @returns {Promise<any>} The active backend.
   */
  prime(signal) {
    return untilAborted(
      signal,
      this.#active(({ resolved }) => resolved, { signal }),
    );
  }

  /**
   * Calls a method of the active backend.
   *
   * @param {string} op
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  forward(op, ...args) {
    const body = (
      /** @type {RoutableBackendSession} */ backend,
      /** @type {ResolvedActiveBackend} */ resolved,
    ) => {
      const methods = /** @type {Record<string, any>} */ (backend);
      return methods[op] ? methods[op](...args) : unsupported(op, resolved);
    };
    return this.dispatch(op, body, args[0]);
  }

  /**
   * Runs an operation on the active backend. After a fence it runs again, on the next one.
   *
   * @param {string} op The name of the operation, from which the core tells whether it changes the box.
   * @param {Body} body
   * @param {unknown} [args] The caller's argument: a signal in it ends the wait, and those who admit
   *   mutations are told it.
   * @returns {Promise<any>}
   */
  dispatch(op, body, args) {
    const signal = signalIn(args);
    const process = op === "writeStdin" ? numberIn(args, "sessionId") : undefined;
    /** @type {Operation} */
    const operation = {
      op,
      body,
      args,
      signal,
      pin: this.#pinOf(process),
      fence: undefined,
      fences: 0,
      route: undefined,
      isLost: false,
    };
    const isObserved = fieldOf(this.#deps, "onOperation") != null;
    const begunMs = isObserved ? clocks()[1] : 0;
    const ended = observed(
      "routing",
      op,
      {},
      () => untilAborted(signal, this.#attempts(operation)),
      () => aboutRun(operation),
    );
    return isObserved ? this.#observed(operation, ended, begunMs) : ended;
  }

  /**
   * The process that an operation has left running under a number.
   *
   * @param {number | undefined} process
   * @returns {Pin | undefined}
   */
  #pinOf(process) {
    if (process === undefined || this.#retained.size === 0) return undefined;
    const found = this.#ask("process", process);
    if (!found) return undefined;
    const route = this.#retained.get(found.route);
    return route && { id: found.id, route, isFenced: found.isFenced };
  }

  /** @param {Operation} operation */
  async #attempts(operation) {
    if (!this.#mayBegin) throw exhausted(operation.op);
    const isAdmitted = this.#isAdmitted && MUTATIONS.includes(operation.op);
    for (;;) {
      const end = await (isAdmitted
        ? this.#admitted(operation)
        : this.#active((route) => this.#run(operation, route), operation));
      if (end.waitMs === undefined) {
        if ("error" in end) throw end.error;
        return end.value;
      }
      operation.fences++;
      await pause(end.waitMs);
    }
  }

  /**
   * Whether the input of a process goes to the backend of that process, also after a fence of it. Else the
   * process follows to the active backend.
   *
   * @param {Operation} operation
   * @param {Pin} pin
   * @param {number} epoch The pointer's.
   * @param {number} sandbox
   */
  #stays(operation, pin, epoch, sandbox) {
    const { fence } = operation;
    const run = runOf(operation, pin.route);
    const following = this.#ask("follow", run, fence !== undefined, epoch, sandbox);
    if (fence && following === "nowhere") throw fence.error;
    return following === "same";
  }

  /**
   * Lets the process of an input follow to a backend. Where it cannot, the input does not go there.
   *
   * @param {Operation} operation
   * @param {Pin} pin
   * @param {Route} route
   * @returns {Route} The one that the input goes to.
   */
  #move({ fence }, pin, route) {
    const routes = this.#ask("move", pin.id, route.number);
    if (routes) {
      this.#retain(route, routes);
      Object.assign(pin, { route, isFenced: false });
    } else if (fence) {
      throw fence.error;
    }
    return pin.route;
  }

  /**
   * Calls `use` with the backend of an operation, in the same turn of the event loop as the look-up, so that
   * no newer backend can be committed between the two.
   *
   * @template T
   * @param {(route: Route) => T | Promise<T>} use
   * @param {Operation | { signal: CallSignal | undefined, pin?: undefined }} operation The input of a
   *   process goes to the backend of that, whichever one is active.
   * @returns {Promise<T>}
   */
  async #active(use, operation) {
    const { signal } = operation;
    throwIfAborted(signal);
    if (operation.pin && !operation.pin.isFenced) return use(operation.pin.route);
    for (;;) {
      const attempt = this.#lookups;
      const pointer = await this.#deps.readPointer();
      const [epoch, sandbox] = this.#targetOf(pointer);
      const lookup = () => {
        throwIfAborted(signal);
        this.#lookups++;
        return core.lookUpBackend(this.#router, attempt, epoch, sandbox);
      };
      if (operation.pin && this.#stays(operation, operation.pin, epoch, sandbox)) {
        throwIfAborted(signal);
        return use(operation.pin.route);
      }
      let found = lookup();
      while (found) {
        await (found < 0
          ? this.#flights.get(-found)
          : this.#fly(found, pointer, { epoch, sandbox }));
        found = lookup();
      }
      if (found === 0) {
        const route = /** @type {Route} */ (this.#cached);
        return use(operation.pin ? this.#move(operation, operation.pin, route) : route);
      }
    }
  }

  /**
   * What a pointer leads to.
   *
   * @param {ActivePointer} pointer
   * @returns {[epoch: number, sandbox: number]}
   */
  #targetOf({ activeEpoch, activeSandboxId }) {
    // A finite number is valid, so the core is asked only to word the error.
    if (!Number.isFinite(activeEpoch)) ask("checkEpoch", activeEpoch);
    return [activeEpoch, this.#sandboxes.of(activeSandboxId)];
  }

  /**
   * Runs a mutation that the caller admits first, and settles afterwards.
   *
   * @param {Operation} operation
   * @returns {Promise<End>}
   */
  async #admitted(operation) {
    const { args } = operation;
    const op = /** @type {RoutingMutation["op"]} */ (operation.op);
    const route = await this.#active((route) => route, operation);
    const { epoch, resolved } = route;
    const [sandboxId, kind] = [fieldOf(resolved, "sandboxId"), fieldOf(resolved, "kind")];
    /** @type {RoutingMutation} */
    const mutation = { op, args, epoch, sandboxId, kind, attempt: operation.fences + 1 };
    await this.#deps.beforeMutation?.(mutation);
    /** @type {End | undefined} */
    let end;
    try {
      // It is admitted for one backend, which another one may have replaced meanwhile.
      end = await this.#active(
        (again) => (again === route ? this.#run(operation, route) : undefined),
        operation,
      );
    } catch (error) {
      end = { outcome: "not-run", error };
    }
    try {
      await this.#deps.afterMutation?.(mutation, settlementOf(end ?? { outcome: "not-run" }));
    } catch (error) {
      return this.#lost(operation, [epoch], error);
    }
    return end ?? this.#ended(operation, this.#ask("admitAgain", runOf(operation, route)), [epoch]);
  }

  /**
   * @param {Operation} operation
   * @param {Route} route
   * @returns {Promise<End>}
   */
  async #run(operation, route) {
    const { resolved } = route;
    operation.route = route;
    let value;
    try {
      value = await operation.body(resolved.session, resolved);
    } catch (error) {
      return this.#failed(operation, route, error);
    }
    if (this.#isAtMostOnce && !operation.pin) {
      const superseded = await this.#superseded(operation, route);
      if (superseded) return superseded;
    }
    this.#note(operation, route, value);
    return { outcome: "succeeded", value };
  }

  /**
   * @param {Operation} operation
   * @param {Route} route
   * @param {unknown} error
   * @returns {Promise<End>}
   */
  async #failed(operation, route, error) {
    const fields = fieldsOf(error);
    const fenced = fields && this.#ask("fail", runOf(operation, route), fields);
    if (fenced) {
      // A fence evicts its own route, and no newer one.
      if (this.#cached === route) this.#cached = undefined;
      this.#emit(fenced.transition, route.resolved);
      operation.fence = { error };
      if (operation.pin) operation.pin.isFenced = true;
      return this.#ended(operation, fenced, [route.epoch], error);
    }
    const failed = { outcome: /** @type {const} */ ("failed"), error };
    if (operation.pin) {
      const message = headOf(fieldOf(error, "message"));
      if (message) this.#retain(route, this.#ask("lose", operation.pin.id, message));
      return failed;
    }
    // A mutation that the backend does not have has not run.
    const isMutation = MUTATIONS.includes(operation.op);
    if (!this.#isAtMostOnce || (isMutation && fieldOf(error, "name") === UNSUPPORTED)) {
      return failed;
    }
    const superseded = await this.#superseded(operation, route, failed);
    const isOwn = superseded?.waitMs === undefined && superseded?.outcome !== "unknown";
    return isOwn ? failed : superseded;
  }

  /**
   * How a run ended whose backend is no longer the active one; nothing where it is.
   *
   * @param {Operation} operation
   * @param {Route} route
   * @param {{ error: unknown }} [failed] What the backend threw.
   * @returns {Promise<End | undefined>}
   */
  async #superseded(operation, route, failed) {
    let epoch, sandbox;
    try {
      [epoch, sandbox] = this.#targetOf(await this.#deps.readPointer());
    } catch (error) {
      // Nobody knows whether the answer counts.
      const cause = failed ? failed.error : error;
      if (MUTATIONS.includes(operation.op)) return this.#lost(operation, [route.epoch], cause);
      return { outcome: "failed", error };
    }
    const verdict = this.#ask("check", runOf(operation, route), epoch, sandbox);
    return verdict
      ? this.#ended(operation, verdict, [route.epoch, epoch], failed?.error)
      : undefined;
  }

  /**
   * @param {Operation} operation
   * @param {Verdict} verdict
   * @param {number[]} epochs
   * @param {unknown} [error] What the backend threw.
   * @returns {End}
   */
  #ended(operation, { outcome, next, waitMs }, epochs, error) {
    switch (next) {
      case "again":
        return { outcome, error, waitMs: Number(waitMs) };
      case "fenced":
        return { outcome, error };
      case "exhausted":
        return { outcome, error: exhausted(operation.op) };
      case "outcomeUnknown":
        return this.#lost(operation, epochs, error);
    }
  }

  /**
   * @param {Operation} operation
   * @param {number[]} epochs
   * @param {unknown} cause
   * @returns {End}
   */
  #lost(operation, epochs, cause) {
    operation.isLost = true;
    const options = cause === undefined ? undefined : { cause };
    const error = new RoutingMutationOutcomeUnknownError(operation.op, epochs, options);
    return { outcome: "unknown", error };
  }

  /**
   * Notes what an answer tells of processes. The core is asked only where there may be one.
   *
   * @param {Operation} operation
   * @param {Route} route
   * @param {unknown} value
   */
  #note(operation, route, value) {
    if (operation.pin) {
      const told = [numberIn(value, "sessionId"), numberIn(value, "exitCode")];
      const head = headOf(typeof value === "string" ? value : fieldOf(value, "output"));
      this.#retain(route, this.#ask("hear", operation.pin.id, told[0], told[1], head));
    } else if (operation.op === "exec" || operation.op === "execCommand") {
      const head = headOf(value);
      const id = numberIn(value, "sessionId");
      // Who has stopped waiting does not know of the process.
      if (operation.signal?.aborted || !(head?.includes(RUNNING) ?? id !== undefined)) return;
      const exitCode = numberIn(value, "exitCode");
      this.#retain(route, this.#ask("start", route.number, id, exitCode, head));
    }
  }

  /**
   * @param {Route} route
   * @param {number[]} routes The numbers of those to keep: no others but this one and those that are kept.
   */
  #retain(route, routes) {
    this.#retained.set(route.number, route);
    for (const number of this.#retained.keys()) {
      if (!routes.includes(number)) this.#retained.delete(number);
    }
  }

  /**
   * Resolves a pointer as a flight, which other attempts may wait for.
   *
   * @param {number} flight
   * @param {ActivePointer} pointer
   * @param {{ epoch: number, sandbox: number }} target The pointer's, which is read once.
   */
  async #fly(flight, pointer, target) {
    const landing = this.#land(flight, pointer, target);
    this.#flights.set(flight, landing);
    try {
      await landing;
    } finally {
      this.#flights.delete(flight);
    }
  }

  /**
   * @param {number} flight
   * @param {ActivePointer} pointer
   * @param {{ epoch: number, sandbox: number }} target
   */
  async #land(flight, pointer, target) {
    let resolved;
    try {
      resolved = await this.#deps.resolveActiveBackend(pointer);
      const session = /** @type {unknown} */ (resolved?.session);
      // An object is valid, so the core is asked only to word the error.
      if (!isObject(session)) ask("checkSession", session);
      if (fieldOf(session, ROUTING) === this) ask("refuseItself");
    } catch (error) {
      this.#ask("abandon", flight);
      throw error;
    }
    const landed = this.#ask("land", flight);
    if (!landed) return;
    this.#lastResolved = resolved;
    this.#cached = { resolved, number: landed.route, ...target };
    this.#emit(landed.transition, resolved);
  }

  /**
   * @param {Transition} transition
   * @param {ResolvedActiveBackend} backend
   */
  #emit(transition, backend) {
    tell(() => {
      const { sandboxId, kind } = backend;
      return this.#deps.onTransition?.({ ...transition, sandboxId, kind });
    });
  }

  /**
   * @param {Operation} operation
   * @param {Promise<unknown>} ended
   * @param {number} begunMs
   */
  async #observed(operation, ended, begunMs) {
    /** @type {RoutingOperationEvent["outcome"]} */
    let outcome = "succeeded";
    try {
      return await ended;
    } catch (error) {
      outcome = outcomeOf(operation, error);
      throw error;
    } finally {
      const { op, route } = operation;
      const backend = route ? kindOf(route.resolved) : null;
      const ms = clocks()[1] - begunMs;
      tell(() => this.#deps.onOperation?.({ op, backend, outcome, ms }));
    }
  }

  /**
   * @template {keyof RouterQuestions} Name
   * @param {Name} name
   * @param {RouterQuestions[Name]["args"]} args
   * @returns {RouterQuestions[Name]["result"]}
   */
  #ask(name, ...args) {
    return finish(core.askRouter(this.#router, name, args));
  }
}

/** Numbers for values: two have the same number where they are the same value. */
class Numbers {
  #count = 0;
  /** @type {Map<unknown, number>} */
  #primitives = new Map();
  /** @type {WeakMap<object, number>} */
  #objects = new WeakMap();

  /** @param {any} value */
  of(value) {
    const numbers = isObject(value) ? this.#objects : this.#primitives;
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, ++this.#count);
    return this.#count;
  }
}

/**
 * @param {Operation} operation
 * @param {Route} route
 * @returns {RouterQuestions["fail"]["args"][0]}
 */
function runOf({ op, fences, pin }, { number, epoch, sandbox }) {
  return [op, number, epoch, sandbox, fences, pin !== undefined];
}

/**
 * The fields of a thrown value by which it is a fence; nothing of one that has none.
 *
 * @param {unknown} error
 * @returns {RouterQuestions["fail"]["args"][1] | undefined}
 */
function fieldsOf(error) {
  if (typeof error !== "object" || error === null) return undefined;
  const isFenced = fieldOf(error, "fenced") === true;
  const [name, message] = [textIn(error, "name"), textIn(error, "message")];
  return [isFenced, name, message, numberIn(error, "code")];
}

/**
 * @param {End} end
 * @returns {RoutingMutationSettlement}
 */
function settlementOf({ outcome, error }) {
  return outcome === "succeeded" ? { outcome } : { outcome, error };
}

/**
 * @param {Operation} operation
 * @param {unknown} error
 */
function outcomeOf({ signal, isLost }, error) {
  if (signal?.aborted && error === signal.reason) return "aborted";
  return isLost ? "unknown" : "failed";
}

/**
 * Where an operation ran, and how often it was superseded before.
 *
 * @param {Operation} operation
 */
function aboutRun({ route, fences }) {
  const resolved = route && {
    sandboxId: fieldOf(route.resolved, "sandboxId"),
    kind: kindOf(route.resolved),
  };
  return { ...resolved, fences };
}

/** @param {string} op */
function exhausted(op) {
  return new Error(`routing op "${op}" exhausted fence retries`);
}

/**
 * The state of a session that has no backend to describe. The SDK reads `manifest` of it, and would name
 * neither the session nor the remedy.
 */
function stateWithoutBackend() {
  return Object.defineProperty({}, "manifest", {
    configurable: true,
    get: () => ask("refuseNoBackend"),
    set(value) {
      const field = { configurable: true, enumerable: true, writable: true, value };
      Object.defineProperty(this, "manifest", field);
    },
  });
}

/**
 * @param {string} op
 * @param {ResolvedActiveBackend} resolved
 * @returns {never}
 */
function unsupported(op, resolved) {
  throw new RoutingUnsupportedError(op, kindOf(resolved));
}

/** @param {ResolvedActiveBackend} resolved */
function kindOf(resolved) {
  return spelled(fieldOf(resolved, "kind") ?? "unknown");
}

/**
 * Calls an observer. What it throws, or rejects with, changes nothing.
 *
 * @param {() => unknown} observe
 */
function tell(observe) {
  try {
    Promise.resolve(observe()).catch(() => {});
  } catch {
    // As above.
  }
}

/**
 * Waits for so many milliseconds; for 0, until the next turn of the event loop.
 *
 * @param {number} ms
 */
function pause(ms) {
  return new Promise((resolve) => {
    if (ms > 0) setTimeout(resolve, ms);
    else setImmediate(resolve);
  });
}

/**
 * The signal among the arguments of a caller; nothing where there is none.
 *
 * @param {unknown} args
 * @returns {CallSignal | undefined}
 */
function signalIn(args) {
  const signal = fieldOf(args, "signal");
  return isSignal(signal) ? signal : undefined;
}

/** @param {CallSignal | undefined} signal */
function throwIfAborted(signal) {
  if (signal?.aborted) throw signal.reason;
}

/**
 * Waits for a promise until a signal ends the wait.
 *
 * @template T
 * @param {CallSignal | undefined} signal
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function untilAborted(signal, promise) {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const done = () => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).finally(done);
  });
}

/**
 * The beginning of a text; nothing of another value.
 *
 * @param {unknown} value
 */
function headOf(value) {
  return typeof value === "string" ? value.slice(0, HEAD) : undefined;
}
