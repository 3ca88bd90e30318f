import { RoutingUnsupportedError } from "../errors.js";

/**
 * @typedef {import("../../index.js").RoutingEditor} RoutingEditor
 *
 * @typedef {object} Dispatcher
 * @property {(op: string, body: import("./routing.js").Body, args: unknown) => Promise<any>} dispatch
 */

/**
 * An editor that belongs to no backend: each operation runs on an editor of the backend that is active then.
 *
 * @param {Dispatcher} routing
 * @param {string} [runAs]
 * @returns {RoutingEditor}
 */
export function newEditor(routing, runAs) {
  const operation =
    (/** @type {keyof RoutingEditor} */ op) =>
    (/** @type {unknown[]} */ ...args) =>
      routing.dispatch(
        op,
        (backend, resolved) => {
          const editor = /** @type {any} */ (backend.createEditor?.(runAs));
          if (!editor?.[op]) throw new RoutingUnsupportedError(op, resolved.kind);
          return editor[op](...args);
        },
        args[0],
      );
  return {
    createFile: operation("createFile"),
    updateFile: operation("updateFile"),
    deleteFile: operation("deleteFile"),
  };
}
