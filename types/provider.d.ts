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
  tls?: boolean;
  /** The query of its address, without `?`. */
  query?: string;
  /** The protocol of the stream; on an enrolled machine `vnc`, `pty` or `raw`. */
  protocol?: string;
  /** The address of the endpoint, where the provider reports one. */
  url?: string;
  /** The path of its address. */
  path?: string;
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
 * What a provider's failure is of.
 *
 * - `gone`: the box is gone, as its provider says.
 * - `not-gone`: something else: a command, a file, another resource, or a request that was refused.
 * - `transient`: the way to the box, for now: a connection, a time limit, a rate limit, or a failure of the
 *   provider's own service. The same request may succeed later.
 * - `unknown`: the error does not tell. The box may live.
 */
export type ProviderSandboxFailure = "gone" | "not-gone" | "transient" | "unknown";

/**
 * Tells whether an error of a provider's client means that the box is gone. What to do: for `gone`, create a
 * box anew; for `transient`, try again; for `not-gone`, report the error; for `unknown`, keep the box.
 *
 * Structure decides before words do, and in doubt the box is not gone. In this order, of the error and of its causes (at most 31):
 *
 * 1. `transient`: a `code` of a network's failure (`ENOTFOUND`, `EAI_AGAIN`, `ECONN…`, `ETIMEDOUT`,
 *    `UND_ERR_…`), a class of one (`…TimeoutError`, `…ConnectionError`), a status of 408, 425, 429 or 5xx,
 *    and the codes of gRPC that amount to these.
 * 2. `not-gone`: what a command or a file has failed with: a number as `exitCode`, something in `stderr`, a
 *    class or a code (`FileNotFoundError`, `ENOENT`), a shell's words, a path in quotes. What `docker exec`
 *    prints of a container that is not the one of its command line is of a command, too.
 * 3. A status of 4xx is `not-gone`. A status of 404 or 410 is
 *    - `gone` where the error names the box: by a class or words that say it is gone, by an address that ends
 *      with the box (`…/sandboxes/sb-1`) or a change of its state (`…/sb-1/stop`), or by what its client was
 *      doing (`details.operation` of the SDK's errors);
 *    - `not-gone` where it names something else: a file, a command, a snapshot, a route of the server;
 *    - `gone`, as in 0.2.0, where the status is all that there is: no class of a client, no address, and no
 *      words but `Not Found`;
 *    - `unknown` otherwise: a client words a file's 404 as a box's, as in `Request failed with status code 404`,
 *      `404 status code (no body)`, or a `DaytonaNotFoundError` without words of the service. Who knows that
 *      the box itself was asked for can decide by the status.
 *
 *    Of `vercel`, 410 and the code `sandbox_stopped` are `gone` whatever was asked of the box, unless the
 *    error is of a snapshot.
 * 4. Classes and texts, as those of the SDKs of modal, E2B, Daytona, Runloop, Blaxel, Cloudflare and Vercel,
 *    of the Docker client, and of the SDK's local session. A text must say from end to end that the box is
 *    gone; one that presumes (`probably`, `may have`) does not.
 *
 * Statuses are read of `status`, `statusCode`, `response.status` and the `details` of the SDK's errors, as
 * numbers or as digits; addresses of `url`, `path`, and those of `request`, `response` and `config`. Any value may have been thrown: a field that throws is none. What was thrown is not
 * changed, and nothing is sent. Never `gone` for `selfhosted`: only the agent of a machine can be offline.
 *
 * @param backendId The backend as its client calls itself, such as `modal`, `docker` or `unix_local`. For an
 *   unknown one the rules that all have in common hold.
 * @example
 * classifyProviderSandboxFailure("modal", new Error("Sandbox with id: 'sb-1' not found")); // "gone"
 * classifyProviderSandboxFailure("vercel", { response: { status: 410 } }); // "gone"
 * classifyProviderSandboxFailure("daytona", new TypeError("fetch failed", {
 *   cause: Object.assign(new Error("getaddrinfo ENOTFOUND a"), { code: "ENOTFOUND" }),
 * })); // "transient"
 * classifyProviderSandboxFailure("e2b", new Error("bash: ffmpeg: command not found")); // "not-gone"
 * classifyProviderSandboxFailure("docker", new Error("no")); // "unknown"
 */
export declare function classifyProviderSandboxFailure(
  backendId: string,
  error: unknown,
): ProviderSandboxFailure;

/**
 * Returns whether a provider's error says that the box is gone: whether
 * {@link classifyProviderSandboxFailure} returns `gone`.
 *
 * @example
 * isProviderSandboxNotFoundError("modal", new Error("Sandbox not found")); // true
 * isProviderSandboxNotFoundError("modal", new Error("App 'a' not found")); // false
 * isProviderSandboxNotFoundError("selfhosted", { status: 404 }); // false
 */
export declare function isProviderSandboxNotFoundError(backendId: string, error: unknown): boolean;
