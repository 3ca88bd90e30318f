/**
 * What is known of how much a session lets through at a time.
 *
 * @typedef {[through: number, patience: number]} Channel The length of a piece of a file that has come
 *   through, in bytes, and after how many whole pieces a longer one is tried.
 */

/** @type {WeakMap<object, Channel>} */
const channels = new WeakMap();

/** Of a machine an answer is one message of NATS, by default of 1 MiB at most. */
export const MACHINE = /** @type {Channel} */ ([700_000, 1_024]);

/** @param {any} session */
export function channelOf(session) {
  return channels.get(session);
}

/**
 * @param {any} session
 * @param {Channel} channel
 */
export function remember(session, channel) {
  // A session may be any value with the method, as a text whose prototype was extended.
  if (Object(session) !== session) return;
  if (channel[0] > 0) channels.set(session, channel);
  else channels.delete(session);
}
