import core from "./native.js";
import { RoutingUnsupportedError } from "./errors.js";
import { text } from "./text.js";

/**
 * @typedef {import("../index.js").ActivePointer} ActivePointer
 * @typedef {import("../index.js").ResolvedActiveBackend} ResolvedActiveBackend
 * @typedef {import("../index.js").RoutableBackendSession} RoutableBackendSession
 * @typedef {import("../index.js").RoutingSandboxSessionDeps} RoutingSandboxSessionDeps
 *
 * @typedef {object} Route A backend, and the epoch it was resolved for.
 * @property {ResolvedActiveBackend} resolved
 * @property {number} epoch
 *
 * @typedef {(backend: RoutableBackendSession, kind: string) => unknown} Body
 */

export class RoutingSandboxSession {
  #deps;
  #router;
  /** @type {Route | undefined} */
  #cached;
  /** @type {ResolvedActiveBackend | undefined} */
  #lastResolved;
  /** @type {Map<number, Promise<Route | undefined>>} */
  #flights = new Map();

  /** @param {RoutingSandboxSessionDeps} deps */
  constructor(deps) {
    this.#deps = deps;
    this.#router = new core.Router(Number(deps.maxFenceRetries ?? 3));
    const home = deps.defaultResolved?.session;
    // Consumers choose native computer use by the presence of both, once.
    if (typeof home?.desktopInput === "function" && typeof home.screenshot === "function") {
      /** @param {unknown} event */
      this.desktopInput = (event) => this.#forward("desktopInput", event);
      this.screenshot = () => this.#forward("screenshot");
    }
  }

  get state() {
    return this.#described?.session.state ?? {};
  }

  supportsPty() {
    return Boolean(this.#described?.session.supportsPty?.());
  }

  /** @param {string} [runAs] */
  createEditor(runAs) {
    return this.#described?.session.createEditor?.(runAs);
  }

  async prime() {
    const { resolved } = await this.#resolve();
    return resolved;
  }

  /** @param {unknown} args */
  exec(args) {
    return this.#dispatch("exec", (backend, kind) => {
      if (backend.exec) return backend.exec(args);
      if (backend.execCommand) return backend.execCommand(args);
      return unsupported("exec", kind);
    });
  }

  /** @param {unknown} args */
  execCommand(args) {
    return this.#dispatch("execCommand", async (backend, kind) => {
      if (backend.execCommand) return backend.execCommand(args);
      if (!backend.exec) return unsupported("execCommand", kind);
      const result = /** @type {any} */ (await backend.exec(args));
      return result.stdout ?? result.output ?? "";
    });
  }

  /** @param {unknown} args */
  writeStdin(args) {
    return this.#forward("writeStdin", args);
  }

  /** @param {unknown} args */
  readFile(args) {
    return this.#forward("readFile", args);
  }

  /** @param {unknown} args */
  writeFile(args) {
    return this.#forward("writeFile", args);
  }

  /** @param {unknown} args */
  listDir(args) {
    return this.#forward("listDir", args);
  }

  /**
   * @param {string} path
   * @param {string} [runAs]
   */
  pathExists(path, runAs) {
    return this.#forward("pathExists", path, runAs);
  }

  /** @param {unknown} args */
  viewImage(args) {
    return this.#forward("viewImage", args);
  }

  /** @param {unknown} args */
  materializeEntry(args) {
    return this.#forward("materializeEntry", args);
  }

  /** @param {number} port */
  resolveExposedPort(port) {
    return this.#forward("resolveExposedPort", port);
  }

  serializeSessionState() {
    return this.#dispatch("serializeSessionState", (backend) => backend.serializeSessionState?.());
  }

  /** The backend that the methods without a promise speak of. */
  get #described() {
    return this.#lastResolved ?? this.#deps.defaultResolved;
  }

  /**
   * @param {string} op
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  #forward(op, ...args) {
    return this.#dispatch(op, (backend, kind) => {
      const methods = /** @type {Record<string, any>} */ (backend);
      return methods[op] ? methods[op](...args) : unsupported(op, kind);
    });
  }

  /**
   * Runs an operation on the active backend, and again where that is fenced off.
   *
   * @param {string} op
   * @param {Body} body
   * @returns {Promise<any>}
   */
  async #dispatch(op, body) {
    /** @type {unknown} */
    let fence;
    let fences = 0;
    for (; this.#router.mayTry(fences); fences++) {
      const { resolved, epoch } = await this.#resolve();
      try {
        return await body(resolved.session, resolved.kind);
      } catch (error) {
        if (!isFencedOff(error)) throw error;
        fence = error;
      }
      const transition = this.#router.fence(epoch);
      this.#cached = undefined;
      this.#emit(transition, resolved);
    }
    throw fences > 0 ? fence : new Error(`routing op "${op}" exhausted fence retries`);
  }

  /** @returns {Promise<Route>} */
  async #resolve() {
    for (;;) {
      const attempt = this.#router.begin();
      const pointer = await this.#deps.readPointer();
      const { activeEpoch, activeSandboxId, workingDir } = pointer;
      if (typeof activeEpoch !== "number") {
        throw new TypeError(`activeEpoch must be a number, got ${typeof activeEpoch}`);
      }
      const lookup = () => this.#router.lookup(attempt, activeEpoch, activeSandboxId, workingDir);
      let found = lookup();
      while (found !== null && found < 0) {
        await this.#flights.get(-found);
        found = lookup();
      }
      if (found === null) continue;
      if (found === 0) return /** @type {Route} */ (this.#cached);
      const flight = this.#fly(found, pointer);
      this.#flights.set(found, flight);
      try {
        const route = await flight;
        if (route !== undefined) return route;
      } finally {
        this.#flights.delete(found);
      }
    }
  }

  /**
   * Resolves a pointer, for everyone who waits for it.
   *
   * @param {number} flight
   * @param {ActivePointer} pointer
   * @returns {Promise<Route | undefined>} Nothing where a newer backend has taken over meanwhile.
   */
  async #fly(flight, pointer) {
    let resolved;
    try {
      resolved = await this.#deps.resolveActiveBackend(pointer);
      // What is no backend fails here, before it is taken for one.
      void resolved.session;
    } catch (error) {
      this.#router.abandon(flight);
      throw error;
    }
    const transition = this.#router.land(flight);
    if (transition === null) return undefined;
    this.#lastResolved = resolved;
    this.#cached = { resolved, epoch: pointer.activeEpoch };
    this.#emit(transition, resolved);
    return this.#cached;
  }

  /**
   * @param {string} transition JSON of its type and epochs.
   * @param {ResolvedActiveBackend} backend
   */
  #emit(transition, { sandboxId, kind }) {
    try {
      this.#deps.onTransition?.({ ...JSON.parse(transition), sandboxId, kind });
    } catch {
      // An observer is told; what it makes of it is not the operation's concern.
    }
  }
}

/**
 * Whether a thrown value says that the backend is fenced off.
 *
 * @param {any} error
 */
function isFencedOff(error) {
  if (typeof error !== "object" || error === null) return false;
  const { fenced, name, message } = error;
  return core.isFence(fenced === true, text(name), text(message));
}

/**
 * @param {string} op
 * @param {string} kind
 * @returns {never}
 */
function unsupported(op, kind) {
  throw new RoutingUnsupportedError(op, kind);
}
