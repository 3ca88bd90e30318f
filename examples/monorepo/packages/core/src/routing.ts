import { RoutingSandboxSession, makeActiveBackendResolver } from "@opengeni/runtime/sandbox";
import type { ActiveBackendResolverDeps, ActivePointer } from "@opengeni/runtime/sandbox";

/** A session that follows the pointer of a workspace. */
export function sessionOf(
  readPointer: () => Promise<ActivePointer>,
  deps: ActiveBackendResolverDeps,
): RoutingSandboxSession {
  return new RoutingSandboxSession({
    readPointer,
    resolveActiveBackend: makeActiveBackendResolver(deps),
  });
}
