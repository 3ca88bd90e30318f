/**
 * Endpoints of boxes, and what their failures mean.
 *
 * @module provider
 */

import type { StreamPortUnavailableError } from "../index.js";

/** The endpoint at which a port of a box can be reached. Providers may add fields. */
export type ExposedPortEndpoint = {
  /** A host name or an IP address. */
  host: string;
  /** A TCP port. */
  port: number;
  /** Whether the endpoint speaks TLS. Default: `false`. */
  tls?: boolean | undefined;
  /** The query of its address, without `?`. */
  query?: string | undefined;
  /** The protocol of the stream; on an enrolled machine `vnc`, `pty` or `raw`. */
  protocol?: string | undefined;
  /** The address of the endpoint, where the provider reports one. */
  url?: string | undefined;
  /** The path of its address. */
  path?: string | undefined;
  [key: string]: unknown;
};

/**
 * Returns the address of a WebSocket at a provider's endpoint: `wss:` with `tls`, else `ws:`. The default
 * port of the scheme (443, 80) is left out. A bare IPv6 address gets brackets. Nothing is percent-encoded,
 * and no token is added. Defaults: `tls: false`, `path: "/"`, no query.
 *
 * @example
 * buildStreamUrl({ host: "box.example", port: 443, tls: true, path: "/websockify", query: "t=1" });
 * // "wss://box.example/websockify?t=1"
 * buildStreamUrl({ host: "::1", port: 6080 }); // "ws://[::1]:6080/"
 *
 * @throws a {@link StreamPortUnavailableError} `host` is no string or empty, or `port` is no number.
 * @throws `TypeError`: `host`, `path` or `query` is not well-formed Unicode; the message names it.
 * @see RFC 6455, section 3, "WebSocket URIs".
 */
export declare function buildStreamUrl(endpoint: ExposedPortEndpoint): string;

/**
 * Returns whether a provider's error says that the box is gone: by a `status` or `statusCode` of 404, else
 * by words in its name, code and message, such as "not found" or "was terminated". The words "already
 * exists", "already running" and "still running" outweigh them. Always `false` for `selfhosted`.
 *
 * @example
 * isProviderSandboxNotFoundError("modal", new Error("Sandbox not found")); // true
 * isProviderSandboxNotFoundError("modal", new Error("already exists")); // false
 * isProviderSandboxNotFoundError("selfhosted", { status: 404 }); // false
 */
export declare function isProviderSandboxNotFoundError(backendId: string, error: unknown): boolean;
