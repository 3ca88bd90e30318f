/**
 * Whether an object has a method of that name.
 *
 * @param {any} object
 * @param {string} method
 */
export function can(object, method) {
  return typeof object?.[method] === "function";
}

/**
 * The methods that remove a box, for the core to choose from: `delete` of the client, and `terminate`,
 * `delete` and `close` of the session.
 *
 * @param {any} client
 * @param {any} session
 * @returns {[boolean, boolean, boolean, boolean]}
 */
export function waysToRemove(client, session) {
  return [
    can(client, "delete") && session?.state !== undefined,
    can(session, "terminate"),
    can(session, "delete"),
    can(session, "close"),
  ];
}

/**
 * @param {any} client
 * @param {any} session
 * @param {"clientDelete" | "terminate" | "delete" | "close"} way
 */
export function remove(client, session, way) {
  return way === "clientDelete" ? client.delete(session.state) : session[way]();
}
