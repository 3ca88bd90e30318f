import { RoutingSandboxSession } from "@opengeni/runtime/sandbox";
import type { RoutingTransitionEvent } from "@opengeni/runtime/sandbox";
import { resolverOf, type Turn } from "./swap.ts";

/** Runs a turn with one session, which follows the active sandbox. */
export async function runTurn<T>(
  turn: Turn,
  work: (session: RoutingSandboxSession) => Promise<T>,
): Promise<{ result: T; transitions: RoutingTransitionEvent[] }> {
  const transitions: RoutingTransitionEvent[] = [];
  const session = new RoutingSandboxSession({
    readPointer: () => turn.directory.readPointer(),
    resolveActiveBackend: resolverOf(turn),
    onTransition: (event) => transitions.push(event),
  });
  return { result: await work(session), transitions };
}
