import { resultOf, textOf } from "./command.js";
import core from "../../native.js";
import { ask } from "../driver.js";
import { newEditor } from "./editor.js";
import { RoutingUnsupportedError } from "../errors.js";
import { text } from "../text.js";

/**
 * @typedef {import("../../index.js").ActivePointer} ActivePointer
 * @typedef {import("../../index.js").ResolvedActiveBackend} ResolvedActiveBackend
 * @typedef {import("../../index.js").RoutableBackendSession} RoutableBackendSession
 * @typedef {import("../../index.js").RoutingSandboxSessionDeps} RoutingSandboxSessionDeps
 *
 * @typedef {object} Route A backend, its number, and the epoch that it was resolved for.
 * @property {ResolvedActiveBackend} resolved
 * @property {number} number
 * @property {number} epoch
 *
 * @typedef {(backend: RoutableBackendSession, resolved: ResolvedActiveBackend) => unknown} Body The run of
 *   an operation. It reads `resolved.kind` only for an error, since a getter may throw.
 */

/** The key of a session's routing. A private field would fail through a Proxy of the caller's. */
const ROUTING = Symbol("routing");

export class RoutingSandboxSession {
  /** @type {Routing} */
  [ROUTING];

  /** @param {RoutingSandboxSessionDeps} deps */
  constructor(deps) {
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
    return described ? (described.session.state ?? {}) : stateWithoutBackend();
  }

  supportsPty() {
    return Boolean(this[ROUTING].described?.session.supportsPty?.());
  }

  /** @param {string} [runAs] */
  createEditor(runAs) {
    return newEditor(this[ROUTING], runAs);
  }

  prime() {
    return this[ROUTING].prime();
  }

  /** @param {unknown} args */
  exec(args) {
    return this[ROUTING].dispatch("exec", (backend, resolved) => {
      if (backend.exec) return backend.exec(args);
      if (!backend.execCommand) return unsupported("exec", resolved);
      return resultOf(backend.execCommand(args));
    });
  }

  /** @param {unknown} args */
  execCommand(args) {
    return this[ROUTING].dispatch("execCommand", (backend, resolved) => {
      if (backend.execCommand) return backend.execCommand(args);
      if (!backend.exec) return unsupported("execCommand", resolved);
      return textOf(backend.exec(args));
    });
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

/** Runs operations on the active backend, which the core's router decides. */
class Routing {
  #deps;
  /** Keeps the router in the core alive. */
  #guard;
  #router;
  #mayBegin;
  /** The number of the last committed route, also where it was fenced off. */
  #newest = 0;
  /** @type {Route | undefined} */
  #cached;
  /** @type {ResolvedActiveBackend | undefined} */
  #lastResolved;
  /** @type {Map<number, Promise<void>>} */
  #flights = new Map();

  /** @param {RoutingSandboxSessionDeps} deps */
  constructor(deps) {
    const { maxFenceRetries } = deps;
    this.#deps = deps;
    this.#guard = core.reserveRouter(maxFenceRetries == null ? undefined : Number(maxFenceRetries));
    this.#router = core.numberOf(this.#guard);
    this.#mayBegin = core.mayTry(this.#router, 0);
  }

  /** The backend of the methods that return no promise: the last one that was resolved. */
  get described() {
    return this.#lastResolved ?? this.#deps.defaultResolved;
  }

  /** @returns {Promise<any>} The active backend. */
  prime() {
    return this.active(({ resolved }) => resolved);
  }

  /**
   * Calls a method of the active backend.
   *
   * @param {string} op
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  forward(op, ...args) {
    return this.dispatch(op, (backend, resolved) => {
      const methods = /** @type {Record<string, any>} */ (backend);
      return methods[op] ? methods[op](...args) : unsupported(op, resolved);
    });
  }

  /**
   * Runs an operation on the active backend. After a fence it runs again, on the next one.
   *
   * @param {string} op
   * @param {Body} body
   * @returns {Promise<any>}
   */
  async dispatch(op, body) {
    /** @type {unknown} */
    let fence;
    for (let fences = 0; this.#mayTry(fences); fences++) {
      const outcome = await this.active((route) => this.#run(route, body));
      if (!("fence" in outcome)) return outcome.value;
      fence = outcome.fence;
    }
    throw fence ?? new Error(`routing op "${op}" exhausted fence retries`);
  }

  /** @param {number} fences The number of fences that the operation has met. */
  #mayTry(fences) {
    return fences === 0 ? this.#mayBegin : core.mayTry(this.#router, fences);
  }

  /**
   * Calls `use` with the active backend, in the same turn of the event loop as the look-up, so that no
   * newer backend can be committed between the two.
   *
   * @template T
   * @param {(route: Route) => T | Promise<T>} use
   * @returns {Promise<T>}
   */
  async active(use) {
    for (;;) {
      const attempt = this.#newest;
      const pointer = await this.#deps.readPointer();
      const { activeEpoch, activeSandboxId, workingDir } = pointer;
      // A finite number is valid, so the core is asked only to word the error.
      if (!Number.isFinite(activeEpoch)) ask("checkEpoch", activeEpoch);
      const lookup = () =>
        core.lookUpBackend(this.#router, attempt, activeEpoch, activeSandboxId, workingDir);
      let found = lookup();
      while (found) {
        await (found < 0 ? this.#flights.get(-found) : this.#fly(found, pointer, activeEpoch));
        found = lookup();
      }
      if (found === 0) return use(/** @type {Route} */ (this.#cached));
    }
  }

  /**
   * @param {Route} route
   * @param {Body} body
   * @returns {Promise<{ value: unknown } | { fence: unknown }>}
   */
  async #run(route, body) {
    const { resolved } = route;
    try {
      return { value: await body(resolved.session, resolved) };
    } catch (error) {
      const transition = this.#fail(route, error);
      if (transition === null) throw error;
      // A fence evicts its own route, and no newer one.
      if (this.#cached === route) this.#cached = undefined;
      this.#emit(JSON.parse(transition), resolved);
      return { fence: error };
    }
  }

  /**
   * @param {Route} route
   * @param {any} error
   */
  #fail({ number, epoch }, error) {
    if (typeof error !== "object" || error === null) return null;
    const [fenced, name, message] = [of(error, "fenced"), of(error, "name"), of(error, "message")];
    return core.failOperation(
      this.#router,
      number,
      epoch,
      fenced === true,
      text(name),
      text(message),
    );
  }

  /**
   * Resolves a pointer as a flight, which other attempts may wait for.
   *
   * @param {number} flight
   * @param {ActivePointer} pointer
   * @param {number} epoch The pointer's, which is read once.
   */
  async #fly(flight, pointer, epoch) {
    const landing = this.#land(flight, pointer, epoch);
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
   * @param {number} epoch
   */
  async #land(flight, pointer, epoch) {
    let resolved;
    try {
      resolved = await this.#deps.resolveActiveBackend(pointer);
      // A resolver's result without a session throws here, before it is committed.
      if (of(resolved.session, ROUTING) === this) ask("refuseItself");
    } catch (error) {
      core.endFlight(this.#router, flight, false);
      throw error;
    }
    const landed = core.endFlight(this.#router, flight, true);
    if (landed === null) return;
    const [number, transition] = JSON.parse(landed);
    this.#newest = number;
    this.#lastResolved = resolved;
    this.#cached = { resolved, number, epoch };
    this.#emit(transition, resolved);
  }

  /**
   * @param {{ type: any, fromEpoch: number, toEpoch: number }} transition
   * @param {ResolvedActiveBackend} backend
   */
  #emit(transition, backend) {
    try {
      const { sandboxId, kind } = backend;
      this.#deps.onTransition?.({ ...transition, sandboxId, kind });
    } catch {
      // An observer that throws does not fail the operation.
    }
  }
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
  throw new RoutingUnsupportedError(op, resolved.kind);
}

/**
 * Reads a property, whose getter may throw.
 *
 * @param {any} value
 * @param {string | symbol} key
 */
function of(value, key) {
  try {
    return value?.[key];
  } catch {
    return undefined;
  }
}
