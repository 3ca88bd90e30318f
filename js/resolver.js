import core from "../native.js";
import { finish } from "./driver.js";
import { buildSelfhostedBackendSession } from "./selfhosted.js";

/**
 * @typedef {import("../index.js").ActiveBackendResolverDeps} ActiveBackendResolverDeps
 * @typedef {import("../index.js").ActivePointer} ActivePointer
 * @typedef {import("../index.js").ResolvedActiveBackend} ResolvedActiveBackend
 * @typedef {import("../index.js").RoutableSandbox} RoutableSandbox
 * @typedef {import("../index.js").SwapTargetEstablishability} SwapTargetEstablishability
 */

/**
 * @param {{ kind: string, isSessionGroup: boolean, establishesModal?: boolean }} target
 * @returns {SwapTargetEstablishability}
 */
export function swapTargetEstablishability(target) {
  const refused = finish(core.unestablishable(target));
  return refused ? { ok: false, ...refused } : { ok: true };
}

/**
 * @param {ActiveBackendResolverDeps} deps
 * @returns {(pointer: ActivePointer) => Promise<ResolvedActiveBackend>}
 */
export function makeActiveBackendResolver(deps) {
  return async (pointer) => {
    // Both are told by identity, and most operations end here: nothing else is looked at.
    const { activeSandboxId } = pointer;
    if (activeSandboxId === null) {
      return { session: deps.defaultBackend, sandboxId: null, kind: deps.defaultKind };
    }
    const pinned = deps.pinnedSelfhosted;
    if (pinned && activeSandboxId === pinned.sandboxId && pointer.activeEpoch === pinned.epoch) {
      return { session: pinned.session, sandboxId: activeSandboxId, kind: "selfhosted" };
    }
    const sandbox = await deps.getSandbox(activeSandboxId);
    if (!sandbox) return finish(core.pointerIsStale(`${activeSandboxId}`, `${deps.workspaceId}`));
    const { id, kind, enrollmentId } = sandbox;
    const establishesModal = Boolean(deps.establishModalTarget);
    const establishment = finish(
      core.establish(`${id}`, `${kind}`, Boolean(enrollmentId), establishesModal),
    );
    const session =
      establishment === "modal" && deps.establishModalTarget
        ? await deps.establishModalTarget(sandbox)
        : await machine(deps, /** @type {string} */ (enrollmentId), pointer);
    return { session, sandboxId: id, kind: establishment };
  };
}

/**
 * A session with the agent on a machine.
 *
 * @param {ActiveBackendResolverDeps} deps
 * @param {string} agentId
 * @param {ActivePointer} pointer
 */
async function machine(deps, agentId, { activeEpoch: epoch, workingDir }) {
  const { workspaceId, relay, environment } = deps;
  const { selfhostedTimeoutMs: timeoutMs, selfhostedExecTimeoutMs: execTimeoutMs } = deps;
  const { session } = await buildSelfhostedBackendSession({
    workspaceId,
    agentId,
    relay,
    controlRpcFactory: () => deps.controlRpcFactory(),
    epoch,
    timeoutMs,
    execTimeoutMs,
    environment,
    workingDir,
  });
  return session;
}
