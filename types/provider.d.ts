/** Where a port of a box can be reached. Providers may add fields. */
export type ExposedPortEndpoint = {
  /** A host name or an address. */
  host: string;
  /** A TCP port. */
  port: number;
  /** Whether the endpoint speaks TLS. Default false. */
  tls?: boolean;
  /** The query of its address, without `?`. */
  query?: string;
  /** What it carries: of an enrolled machine `vnc`, `pty` or `raw`. */
  protocol?: string;
  /** Its address, where the provider has one. */
  url?: string;
  /** The path of its address. */
  path?: string;
  [key: string]: unknown;
};

/**
 * The address of a WebSocket at a provider's endpoint. The port is left out where it is the scheme's
 * own; nothing is encoded, and no token is added.
 *
 * @throws {StreamPortUnavailableError} `host` is no text, or `port` no number.
 * @throws {TypeError} A part of it has no text, or one that is no well-formed Unicode.
 */
export declare function buildStreamUrl(endpoint: ExposedPortEndpoint): string;

/**
 * Whether a provider's error says that the box is gone: by a `status` or `statusCode` of 404, or else
 * by its name, code and message. Always false for `selfhosted`.
 */
export declare function isProviderSandboxNotFoundError(backendId: string, error: unknown): boolean;
