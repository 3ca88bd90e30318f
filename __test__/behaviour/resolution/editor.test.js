// The editor of a routing session, which is taken once and used for a whole turn.
import { describe, expect, it, vi } from "vitest";
import {
  RoutingMutationOutcomeUnknownError,
  RoutingSandboxSession,
  RoutingUnsupportedError,
} from "../../../index.js";

const OPERATIONS = /** @type {const} */ (["createFile", "updateFile", "deleteFile"]);

/** @typedef {import("../../../index.js").RoutableBackendSession} Backend */

/**
 * A session whose pointer tests move from one backend to another.
 *
 * @param {Record<string, Backend>} backends By their sandbox.
 * @param {Partial<import("../../../index.js").RoutingSandboxSessionDeps>} [deps]
 */
function routed(backends, deps = {}) {
  const pointer = { activeSandboxId: "home", activeEpoch: 1 };
  const readPointer = vi.fn(async () => ({ ...pointer }));
  /** @type {import("../../../index.js").RoutingTransitionEvent[]} */
  const events = [];
  const session = new RoutingSandboxSession({
    readPointer,
    resolveActiveBackend: async ({ activeSandboxId }) => ({
      session: /** @type {Backend} */ (backends[`${activeSandboxId}`]),
      sandboxId: activeSandboxId,
      kind: `${activeSandboxId}`,
    }),
    onTransition: (event) => events.push(event),
    ...deps,
  });
  const moveTo = (/** @type {string} */ id) => {
    Object.assign(pointer, { activeSandboxId: id, activeEpoch: pointer.activeEpoch + 1 });
  };
  return { session, moveTo, readPointer, events };
}

/** A backend whose editor tells what it was asked for. */
function editable() {
  /** @type {unknown[][]} */
  const calls = [];
  const backend = {
    createEditor(/** @type {unknown} */ runAs) {
      // Methods are called on the backend and on the editor, as their own.
      const isOwn = this === backend;
      const method = (/** @type {string} */ op) =>
        async function (/** @type {unknown[]} */ ...args) {
          // @ts-expect-error: the editor itself
          calls.push([op, runAs, isOwn && this === editor, ...args]);
          return { status: "completed", output: op };
        };
      const editor = Object.fromEntries(OPERATIONS.map((op) => [op, method(op)]));
      return editor;
    },
  };
  return { backend, calls };
}

describe("an editor", () => {
  it("is there before any backend, and reads and resolves nothing", () => {
    const { session, readPointer } = routed({});
    expect(Object.keys(session.createEditor())).toEqual(OPERATIONS);
    expect(readPointer).not.toHaveBeenCalled();
  });

  it.each(OPERATIONS)(
    "%s follows the pointer, with arguments and result as they are",
    async (op) => {
      const [home, away] = [editable(), editable()];
      const { session, moveTo } = routed({ home: home.backend, away: away.backend });
      const editor = session.createEditor("ada");
      const operation = { type: "create_file", path: "notes", diff: "+x" };
      const context = { runContext: {} };
      expect(await editor[op](operation, context)).toEqual({ status: "completed", output: op });
      moveTo("away");
      await editor[op](operation, context);
      await editor[op](operation);
      expect(home.calls).toEqual([[op, "ada", true, operation, context]]);
      expect(away.calls).toEqual([
        [op, "ada", true, operation, context],
        [op, "ada", true, operation],
      ]);
      expect(home.calls[0]?.[3]).toBe(operation);
    },
  );

  it.each(OPERATIONS)("%s is refused by a backend without it, and by no other", async (op) => {
    const home = editable();
    const { session, moveTo } = routed({
      home: home.backend,
      bare: {},
      without: { createEditor: () => undefined },
      partial: { createEditor: () => ({ [op]: undefined }) },
    });
    const editor = session.createEditor();
    for (const kind of ["bare", "without", "partial"]) {
      moveTo(kind);
      const error = await editor[op]({ path: "notes", diff: "" }).catch((error) => error);
      expect(error).toBeInstanceOf(RoutingUnsupportedError);
      expect(error.message).toBe(`the active sandbox (${kind}) does not support "${op}"`);
    }
    moveTo("home");
    await editor[op]({ path: "notes", diff: "" });
    expect(home.calls).toHaveLength(1);
  });

  it("passes on what the backend throws for an editor, and what an editor throws", async () => {
    const [first, second] = [new Error("no editor"), "no file"];
    const { session, moveTo } = routed({
      home: {
        createEditor() {
          throw first;
        },
      },
      away: { createEditor: () => ({ deleteFile: () => Promise.reject(second) }) },
    });
    const editor = session.createEditor();
    await expect(editor.deleteFile({ path: "notes" })).rejects.toBe(first);
    moveTo("away");
    await expect(editor.deleteFile({ path: "notes" })).rejects.toBe(second);
  });

  it("is fenced off as other operations are", async () => {
    let edits = 0;
    const { session, events } = routed({
      home: {
        createEditor: () => ({
          async updateFile() {
            if (edits++ === 0) throw Object.assign(new Error("superseded"), { fenced: true });
            return { output: "edited" };
          },
        }),
      },
    });
    const edited = await session.createEditor().updateFile({ path: "notes", diff: "" });
    expect(edited).toEqual({ output: "edited" });
    expect(events.map(({ type }) => type)).toEqual(["resolved", "fenced-retry", "resolved"]);
  });

  it.each(OPERATIONS)("%s changes the box: it is admitted, and run at most once", async (op) => {
    const beforeMutation = vi.fn();
    let runs = 0;
    const edit = async () => {
      runs++;
      throw Object.assign(new Error("superseded"), { fenced: true });
    };
    const home = { createEditor: () => ({ [op]: edit }) };
    const { session } = routed({ home }, { atMostOnce: true, beforeMutation });
    const operation = { path: "notes", diff: "+x" };
    const error = await session
      .createEditor()
      [op](operation)
      .catch((error) => error);
    expect(error).toBeInstanceOf(RoutingMutationOutcomeUnknownError);
    expect(runs).toBe(1);
    expect(beforeMutation).toHaveBeenCalledTimes(1);
    expect(beforeMutation.mock.calls[0]?.[0]).toMatchObject({ op, args: operation });
  });
});
