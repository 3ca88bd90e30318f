/**
 * The lengths that a session lets through in one answer.
 *
 * @typedef {[through: number, patience: number, atOnce: number]} Channel The length of a piece that has come
 *   through, in bytes; the number of whole pieces after which a longer one is tried; and the number of commands
 *   that the session runs at once.
 */

/** @type {WeakMap<object, Channel>} */
const channels = new WeakMap();

/** The channel of a machine. An answer is one message of NATS, which has 1 MiB at most by default. */
export const MACHINE = /** @type {Channel} */ ([700_000, 1_024, 4]);

/** @param {any} session */
export function channelOf(session) {
  return channels.get(session);
}

/**
 * @param {any} session
 * @param {Channel} channel
 */
export function remember(session, channel) {
  // A session may be any value with the method, also a primitive, which a WeakMap does not take.
  if (Object(session) !== session) return;
  if (channel[0] > 0) channels.set(session, channel);
  else channels.delete(session);
}
