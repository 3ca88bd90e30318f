// A routing session over backends of the test's own.
import { expect, vi } from "vitest";
import { RoutingSandboxSession } from "../../index.js";

/**
 * A world with a pointer that tests move, backends by sandbox id, and a log of what happened.
 *
 * @param {Partial<import("../../index.js").RoutingSandboxSessionDeps>} [deps]
 * @param {(id: string | null) => any} [backendOf]
 */
export function world(deps = {}, backendOf = (id) => ({ exec: async () => id })) {
  /** @type {string[]} */
  const events = [];
  const pointer = {
    activeSandboxId: /** @type {string | null} */ (null),
    activeEpoch: 5,
  };
  const readPointer = vi.fn(async () => ({ ...pointer }));
  const resolveActiveBackend = vi.fn(
    async (/** @type {import("../../index.js").ActivePointer} */ { activeSandboxId }) => ({
      session: backendOf(activeSandboxId),
      sandboxId: activeSandboxId,
      kind: "modal",
    }),
  );
  const session = new RoutingSandboxSession({
    readPointer,
    resolveActiveBackend,
    onTransition: (event) => {
      expect(Object.keys(event)).toEqual(["type", "fromEpoch", "toEpoch", "sandboxId", "kind"]);
      expect(event.kind).toBe("modal");
      events.push(`${event.type} ${event.fromEpoch}→${event.toEpoch} ${event.sandboxId}`);
    },
    ...deps,
  });
  return { session, pointer, events, readPointer, resolveActiveBackend };
}

export const fence = () => Object.assign(new Error("op refused"), { fenced: true });
