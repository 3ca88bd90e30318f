import { ask, inquire, run } from "../driver.js";
import { given } from "../given.js";
import { buildSelfhostedBackendSession } from "../selfhosted/session.js";

/**
 * @typedef {import("../../index.js").ActiveBackendResolverDeps} ActiveBackendResolverDeps
 * @typedef {import("../../index.js").ActivePointer} ActivePointer
 * @typedef {import("../../index.js").ResolvedActiveBackend} ResolvedActiveBackend
 * @typedef {import("../../index.js").RoutableBackendSession} RoutableBackendSession
 * @typedef {import("../../index.js").SwapTargetEstablishability} SwapTargetEstablishability
 */

/**
 * @param {{ kind: string, isSessionGroup: boolean, establishesModal?: boolean }} target
 * @returns {SwapTargetEstablishability}
 */
export function swapTargetEstablishability(target) {
  const refused = inquire("unestablishable", target);
  return refused ? { ok: false, ...refused } : { ok: true };
}

/**
 * @param {ActiveBackendResolverDeps} deps
 * @returns {(pointer: ActivePointer) => Promise<ResolvedActiveBackend>}
 */
export function makeActiveBackendResolver(deps) {
  given("deps", deps);
  return async (pointer) => {
    // Most operations end in one of these two cases, so nothing else is read before them.
    const { activeSandboxId } = pointer;
    if (activeSandboxId === null) {
      let session = deps.defaultBackend;
      if (deps.resolveDefaultBackend) {
        const home = await deps.resolveDefaultBackend(pointer);
        if (!home) ask("refuseHome");
        session = /** @type {RoutableBackendSession} */ (home);
      } else if (deps.defaultIsHome === false) {
        ask("refuseHome");
      }
      return { session, sandboxId: null, kind: deps.defaultKind };
    }
    const pinned = deps.pinnedSelfhosted;
    if (pinned && activeSandboxId === pinned.sandboxId && pointer.activeEpoch === pinned.epoch) {
      return { session: pinned.session, sandboxId: activeSandboxId, kind: "selfhosted" };
    }
    const sandboxes = new Sandboxes(deps, pointer, activeSandboxId);
    const resolved = await run("resolve", [`${activeSandboxId}`, `${deps.workspaceId}`], sandboxes);
    return { session: sandboxes.session, ...resolved };
  };
}

/** The host of `resolve`: the resolver's dependencies, for one pointer. */
class Sandboxes {
  /** @type {any} */
  session;
  /** @type {any} */
  #sandbox;
  #deps;
  #pointer;
  #sandboxId;

  /**
   * @param {ActiveBackendResolverDeps} deps
   * @param {ActivePointer} pointer
   * @param {string} sandboxId
   */
  constructor(deps, pointer, sandboxId) {
    this.#deps = deps;
    this.#pointer = pointer;
    this.#sandboxId = sandboxId;
  }

  async "sandboxes.get"() {
    const sandbox = await this.#deps.getSandbox(this.#sandboxId);
    if (!sandbox) return undefined;
    this.#sandbox = sandbox;
    const { id, kind, enrollmentId } = sandbox;
    return [`${id}`, `${kind}`, Boolean(enrollmentId), Boolean(this.#deps.establishModalTarget)];
  }

  async "sandboxes.establishModal"() {
    this.session = await this.#deps.establishModalTarget?.(this.#sandbox);
  }

  async "sandboxes.machine"() {
    const deps = this.#deps;
    const { activeEpoch: epoch, workingDir } = this.#pointer;
    const { workspaceId, relay, environment } = deps;
    const { selfhostedTimeoutMs: timeoutMs, selfhostedExecTimeoutMs: execTimeoutMs } = deps;
    const { selfhostedRetry: retry, selfhostedOnOp: onOp } = deps;
    const { session } = await buildSelfhostedBackendSession({
      workspaceId,
      agentId: this.#sandbox.enrollmentId,
      relay,
      controlRpcFactory: () => deps.controlRpcFactory(),
      epoch,
      timeoutMs,
      execTimeoutMs,
      environment,
      workingDir,
      retry,
      onOp,
    });
    this.session = session;
  }
}
