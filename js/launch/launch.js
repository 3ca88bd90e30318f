import { ask, run } from "../driver.js";
import { SessionHost } from "../recording/session.js";

/**
 * @typedef {import("../../index.js").DesktopGeometry} DesktopGeometry
 * @typedef {import("../../index.js").EnsureDisplayStackOptions} EnsureDisplayStackOptions
 * @typedef {import("../../index.js").EnsureTerminalServerOptions} EnsureTerminalServerOptions
 */

const constants = ask("constants");
export const { DESKTOP_STREAM_PORT: STREAM_PORT } = constants;
export const { DISPLAY_STACK_TIMEOUT_MS, TERMINAL_SERVER_TIMEOUT_MS } = constants;

/** @type {Readonly<DesktopGeometry>} */
export const DEFAULT_DESKTOP_GEOMETRY = Object.freeze(constants.DEFAULT_DESKTOP_GEOMETRY);

/**
 * The fields of a geometry; `undefined` where there is none.
 *
 * @param {DesktopGeometry | null | undefined} geometry
 * @returns {[unknown, unknown, unknown] | undefined}
 */
function sizeOf(geometry) {
  if (geometry === undefined || geometry === null) return undefined;
  const { width, height, dpi } = geometry;
  return [width, height, dpi];
}

/**
 * The host of a launch. A missing session counts as one that runs no commands.
 *
 * @param {unknown} session
 */
function hostOf(session) {
  return new SessionHost(session ?? {});
}

/**
 * @param {EnsureDisplayStackOptions} [options]
 * @returns {string}
 */
export function buildDisplayStackScript(options) {
  const { geometry, port } = options ?? {};
  return ask("displayStackScript", sizeOf(geometry), port);
}

/**
 * @param {unknown} session
 * @param {EnsureDisplayStackOptions} [options]
 * @returns {Promise<import("../../index.js").EnsureDisplayStackResult>}
 */
export async function ensureDisplayStack(session, options) {
  const { geometry, port, timeoutMs } = options ?? {};
  const launched = await run(
    "ensureDisplayStack",
    [sizeOf(geometry), port, timeoutMs],
    hostOf(session),
  );
  const { marker } = launched;
  const own = /** @type {DesktopGeometry} */ (launched.geometry);
  return { port: launched.port, geometry: geometry ?? own, marker };
}

/**
 * @param {unknown} session
 * @returns {Promise<void>}
 */
export async function tearDownDisplayStack(session) {
  await run("tearDownDisplayStack", [], hostOf(session));
}

/**
 * @param {EnsureTerminalServerOptions} [options]
 * @returns {string}
 */
export function buildTerminalServerScript(options) {
  const { port } = options ?? {};
  return ask("terminalServerScript", port);
}

/**
 * @param {unknown} session
 * @param {EnsureTerminalServerOptions} [options]
 * @returns {Promise<import("../../index.js").EnsureTerminalServerResult>}
 */
export async function ensureTerminalServer(session, options) {
  const { port, timeoutMs } = options ?? {};
  return await run("ensureTerminalServer", [port, timeoutMs], hostOf(session));
}

/**
 * @param {unknown} session
 * @returns {Promise<void>}
 */
export async function tearDownTerminalServer(session) {
  await run("tearDownTerminalServer", [], hostOf(session));
}
