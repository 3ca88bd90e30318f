import { ask, run } from "../driver.js";
import { text } from "../text.js";
import { grantOf } from "./token.js";

/**
 * @typedef {import("../../index.js").ExposeStreamPortInput} ExposeStreamPortInput
 * @typedef {import("../../index.js").ExposeStreamPortResult} ExposeStreamPortResult
 * @typedef {import("../../index.js").ExposedPortEndpoint} ExposedPortEndpoint
 */

/**
 * @param {ExposedPortEndpoint} endpoint
 * @returns {string}
 */
export function buildStreamUrl(endpoint) {
  return ask("streamUrl", partsOf(endpoint));
}

/**
 * Converts an endpoint for the core.
 *
 * @param {ExposedPortEndpoint | null | undefined} endpoint
 * @returns {import("../../boundary.js").Calls["endpoint.read"]["result"]}
 */
function partsOf(endpoint) {
  if (endpoint === undefined || endpoint === null) return undefined;
  const { host, port, tls, path, query } = endpoint;
  if (typeof host !== "string" || typeof port !== "number") {
    return [[String(host)], [String(port)], false];
  }
  return [host, port, Boolean(tls), text(path), query ? spelledOut(query) : undefined];
}

/**
 * The text of a value. The conversion of an object runs its own code, so it belongs to JavaScript.
 *
 * @param {unknown} value
 */
function spelledOut(value) {
  return typeof value === "symbol" || typeof value === "function" ? value : `${value}`;
}

/** The host of `exposeStreamPort`: the caller's session, and the endpoint that it returned. */
class PortHost {
  #session;
  #port;
  /** @type {ExposedPortEndpoint | null | undefined} */
  #endpoint;

  /**
   * @param {any} session
   * @param {unknown} port The caller's own value.
   */
  constructor(session, port) {
    this.#session = session;
    this.#port = port;
  }

  "session.canResolveExposedPort"() {
    return typeof this.#session?.resolveExposedPort === "function";
  }

  /** @param {number | null} port */
  async "session.resolveExposedPort"(port) {
    this.#endpoint = await this.#session.resolveExposedPort(port ?? this.#port);
  }

  "endpoint.read"() {
    return partsOf(this.#endpoint);
  }
}

/**
 * @param {unknown} session
 * @param {ExposeStreamPortInput} input
 * @returns {Promise<ExposeStreamPortResult>}
 */
export async function exposeStreamPort(session, input) {
  const grant = grantOf(input);
  const { streamTokenSecret, port, leaseEpoch } = input;
  const { expiresAtSeconds, resolution, ...exposed } = await run(
    "exposeStreamPort",
    [streamTokenSecret, grant],
    new PortHost(session, port),
  );
  return {
    url: exposed.url,
    token: exposed.token,
    expiresAt: new Date(expiresAtSeconds * 1_000).toISOString(),
    transport: exposed.transport,
    client: exposed.client,
    resolution: input.resolution ?? resolution,
    leaseEpoch,
  };
}
