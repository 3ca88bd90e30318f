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
 * @param {(op: string, resolved: import("../../index.js").ResolvedActiveBackend) => never} unsupported Throws
 *   that a backend has no such operation.
 * @param {string} [runAs]
 * @returns {RoutingEditor}
 */
export function newEditor(routing, unsupported, runAs) {
  const operation =
    (/** @type {keyof RoutingEditor} */ op) =>
    (/** @type {unknown[]} */ ...args) =>
      routing.dispatch(
        op,
        (backend, resolved) => {
          const editor = /** @type {any} */ (backend.createEditor?.(runAs));
          return editor?.[op] ? editor[op](...args) : unsupported(op, resolved);
        },
        args[0],
      );
  return {
    createFile: operation("createFile"),
    updateFile: operation("updateFile"),
    deleteFile: operation("deleteFile"),
  };
}
