import {
  ActiveBackendUnresolvableError,
  makeActiveBackendResolver,
} from "@opengeni/runtime/sandbox";
import type {
  ActiveBackendResolverDeps,
  ActivePointer,
  ResolvedActiveBackend,
  RoutableBackendSession,
} from "@opengeni/runtime/sandbox";

/** The database of a session's sandboxes. */
export interface Directory extends Pick<ActiveBackendResolverDeps, "getSandbox"> {
  readPointer(): Promise<ActivePointer>;
  writePointer(pointer: ActivePointer): Promise<void>;
}

/** The dependencies of a turn. */
export type Turn = Pick<
  ActiveBackendResolverDeps,
  "workspaceId" | "controlRpcFactory" | "relay" | "establishModalTarget"
> & {
  /** The session's own sandbox. */
  box: RoutableBackendSession;
  boxKind: string;
  directory: Directory;
};

export function resolverOf(turn: Turn): (pointer: ActivePointer) => Promise<ResolvedActiveBackend> {
  const { box, boxKind, directory, ...rest } = turn;
  return makeActiveBackendResolver({
    ...rest,
    defaultBackend: box,
    defaultKind: boxKind,
    getSandbox: (sandboxId) => directory.getSandbox(sandboxId),
  });
}

/** Moves the pointer to a sandbox that can be established. `null` is the session's own sandbox. */
export async function swapSandbox(
  turn: Turn,
  sandboxId: string | null,
): Promise<{ status: 200; kind: string } | { status: 409; message: string }> {
  const { activeEpoch } = await turn.directory.readPointer();
  const pointer = { activeSandboxId: sandboxId, activeEpoch: activeEpoch + 1 };
  try {
    const { kind } = await resolverOf(turn)(pointer);
    await turn.directory.writePointer(pointer);
    return { status: 200, kind };
  } catch (error) {
    if (!(error instanceof ActiveBackendUnresolvableError)) throw error;
    return { status: 409, message: error.message };
  }
}
