/**
 * The desktop and the terminal as streams: tokens, ports, and the servers behind them.
 *
 * @module streams
 */

import type { SessionArgument, StreamPortUnavailableError } from "../index.js";

/**
 * What a stream token says.
 *
 * @example
 * ```ts
 * const claims: StreamTokenPayload | null = await verifyStreamToken(secret, token);
 * if (claims?.mode === "control" && claims.leaseEpoch === lease.epoch) acceptInput();
 * ```
 */
export type StreamTokenPayload = {
  /** A UUID: of a version from 1 to 8, all zeros, or all `f` in lower case. */
  workspaceId: string;
  /** A UUID. */
  sessionId: string;
  /** A UUID: the viewer's. */
  viewerId: string;
  /** The epoch of the lease: a safe integer from 0 on. */
  leaseEpoch: number;
  /** What the viewer may do. */
  mode: "view" | "control";
  /** The port on the box: a safe integer from 1 on, without an upper bound. */
  port: number;
  /** The last second since the Unix epoch in which the token is valid: a safe integer from 1 on. */
  exp: number;
};

/** The same type as {@link StreamTokenPayload}, by another name. */
export type StreamTokenPayloadType = StreamTokenPayload;

/** One thing that is wrong with claims, in the shape of zod's issues. */
export type StreamTokenIssue = {
  /** The class of the fault. */
  code: "invalid_type" | "invalid_format" | "invalid_value" | "too_small" | "too_big";
  /** The name of the claim; nothing where the whole is no object. */
  path: string[];
  /** What is wrong, as `Too small: expected number to be >=0`. */
  message: string;
  [field: string]: unknown;
};

/** What is thrown for claims that are refused: an `Error` with the shape of zod's, without zod. */
export type StreamTokenError = Error & {
  name: "ZodError";
  /** All that is wrong, in the order of {@link StreamTokenPayload}. */
  issues: StreamTokenIssue[];
};

/** What `safeParse` gives. */
export type StreamTokenParsed =
  | { success: true; data: StreamTokenPayload; error?: undefined }
  | { success: false; error: StreamTokenError; data?: undefined };

/** A schema with the methods of zod's that validate, and Standard Schema, version 1. */
export type StreamTokenSchema = {
  /**
   * The claims of a value, in their order and without other fields.
   *
   * @throws `StreamTokenError`: They are refused.
   */
  parse(value: unknown): StreamTokenPayload;
  /** The same, without a throw. */
  safeParse(value: unknown): StreamTokenParsed;
  /** As `parse`. */
  parseAsync(value: unknown): Promise<StreamTokenPayload>;
  /** As `safeParse`. */
  safeParseAsync(value: unknown): Promise<StreamTokenParsed>;
  /** For what takes schemas of any library: https://standardschema.dev. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?:
      { readonly input: StreamTokenPayload; readonly output: StreamTokenPayload } | undefined;
    validate(
      value: unknown,
    ):
      | { readonly value: StreamTokenPayload; readonly issues?: undefined }
      | { readonly issues: ReadonlyArray<StreamTokenIssue> };
  };
};

/**
 * The schema of the claims. Nothing is converted: `"6080"` is no port. What the schema does not know is
 * left out of the result.
 *
 * @example
 * ```ts
 * const parsed = StreamTokenPayload.safeParse(JSON.parse(text));
 * if (!parsed.success) console.error(parsed.error.issues.map(({ message }) => message));
 * ```
 */
export declare const StreamTokenPayload: StreamTokenSchema;

/** For how many seconds a token is valid where the caller does not say: 120. */
export declare const STREAM_TOKEN_DEFAULT_TTL_SECONDS: 120;

/** What a token is asked for with. `null` counts as not given. */
export type MintStreamTokenInput = {
  /** A UUID. */
  workspaceId: string;
  /** A UUID. */
  sessionId: string;
  /** A UUID. */
  viewerId: string;
  /** The epoch of the lease: a safe integer from 0 on. */
  leaseEpoch: number;
  /** What the viewer may do. Default `view`. */
  mode?: "view" | "control" | undefined;
  /** The port on the box. Default 6080. */
  port?: number | undefined;
  /** For how many seconds it is valid: whole, 0 for this second alone. Default 120. */
  ttlSeconds?: number | undefined;
  /** Since when, in whole seconds since the Unix epoch. Default: now. */
  nowSeconds?: number | undefined;
};

/**
 * Makes a token for a stream: `ogs_`, the claims as JSON in base64url, a dot, and their HMAC-SHA256 in
 * base64url (RFC 2104, RFC 4648, section 5, without padding). The secret is the key, in UTF-8.
 *
 * Rejects with a {@link StreamTokenError} where a claim is refused; with a `DOMException` of the name
 * `DataError` where the secret is empty; and with a `TypeError` where it is no string, or there is no
 * input.
 *
 * @example
 * ```ts
 * const token = await mintStreamToken(secret, { workspaceId, sessionId, viewerId, leaseEpoch: 3 });
 * ```
 */
export declare function mintStreamToken(
  secret: string,
  input: MintStreamTokenInput,
): Promise<string>;

/**
 * The claims of a token; `null` where its signature is of another secret, where it is too old, or
 * anything else is wrong with it. In the second `exp` it is valid. Signatures are compared in constant
 * time. What the claims are to be worth is the caller's to compare: epoch, session, viewer and port.
 *
 * Rejects with a `DOMException` of the name `DataError` where the secret is empty; with a `TypeError`
 * where secret or token are no strings, or `nowSeconds` is no number; and with a `RangeError` where that
 * is NaN.
 *
 * @param nowSeconds The second to compare with, since the Unix epoch. Default: now.
 *
 * @example
 * ```ts
 * const claims = await verifyStreamToken(secret, new URL(request.url).searchParams.get("token") ?? "");
 * if (claims === null) return respond(401);
 * ```
 */
export declare function verifyStreamToken(
  secret: string,
  token: string,
  nowSeconds?: number,
): Promise<StreamTokenPayload | null>;

/** Which port of a session is opened, and for whom. `null` counts as not given. */
export type ExposeStreamPortInput = {
  /** A UUID. */
  workspaceId: string;
  /** A UUID. */
  sessionId: string;
  /** A UUID. */
  viewerId: string;
  /** The epoch of the lease: a safe integer from 0 on. */
  leaseEpoch: number;
  /** The key of the token. */
  streamTokenSecret: string;
  /** The port on the box. Default 6080. */
  port?: number | undefined;
  /** For how many seconds the token is valid. Default 120. */
  ttlSeconds?: number | undefined;
  /** The size of what is streamed, in pixels. Default 1280 by 800. */
  resolution?: [number, number] | undefined;
  /** Since when the token is valid, in whole seconds since the Unix epoch. Default: now. */
  nowSeconds?: number | undefined;
};

/** A port that is open for a viewer. */
export type ExposeStreamPortResult = {
  /** The address of a WebSocket. The token is not in it. */
  url: string;
  /** What a relay asks for: a token with the mode `view`. */
  token: string;
  /** When the token ends, as ISO 8601 in UTC. */
  expiresAt: string;
  /** How a desktop is carried. It is the same for each port: callers that stream a terminal set theirs. */
  transport: "vnc-ws";
  /** What shows a desktop. The same holds. */
  client: "novnc";
  /** The size, in pixels: the input's, or an array of the result's own. */
  resolution: [number, number];
  /** The input's. */
  leaseEpoch: number;
};

/**
 * Asks a session where a port can be reached (`session.resolveExposedPort(port)`), and makes a token for
 * it.
 *
 * Rejects with a {@link StreamPortUnavailableError} where the session has no such method, where it fails
 * (`cause` is what it threw), or where what it tells has no host or port; with a `TypeError` where it
 * tells nothing; and as {@link mintStreamToken} does.
 *
 * @example
 * ```ts
 * const stream = await exposeStreamPort(session, {
 *   ...{ workspaceId, sessionId, viewerId, leaseEpoch },
 *   streamTokenSecret: secret,
 * });
 * new WebSocket(stream.url);
 * ```
 */
export declare function exposeStreamPort(
  session: unknown,
  input: ExposeStreamPortInput,
): Promise<ExposeStreamPortResult>;

/** Where the desktop is streamed on the box: 6080, the same as `DESKTOP_STREAM_PORT`. */
export declare const STREAM_PORT: 6080;
/** How long a desktop's launch may take where the caller does not say, in milliseconds: 60000. */
export declare const DISPLAY_STACK_TIMEOUT_MS: 60_000;
/** The desktop's size where the caller does not say: 1280 by 800 at 96 dots per inch. It is frozen. */
export declare const DEFAULT_DESKTOP_GEOMETRY: Readonly<DesktopGeometry>;

/** The size of a desktop. */
export type DesktopGeometry = {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** Dots per inch. */
  dpi: number;
};

/** How a desktop is launched. `null` counts as not given. */
export type EnsureDisplayStackOptions = {
  /** Default {@link DEFAULT_DESKTOP_GEOMETRY}. Three finite numbers. */
  geometry?: DesktopGeometry | undefined;
  /** Where it is streamed on the box: a finite number. Default 6080. */
  port?: number | undefined;
  /** How long the session waits for the command, in milliseconds. Default 60000. */
  timeoutMs?: number | undefined;
};

/** A desktop that is up. */
export type EnsureDisplayStackResult = {
  /** The port that was asked for, or the default. */
  port: number;
  /** The geometry that was asked for, or the default. A desktop that ran before may have another one. */
  geometry: DesktopGeometry;
  /** The line that says so, from `OPENGENI_DESKTOP_UP` on; empty where the box printed none. */
  marker: string;
};

/**
 * The command that launches a desktop: one line of shell. Where both ports of the desktop have a
 * listener it launches nothing; else it runs `opengeni-desktop-up` of the image under a lock.
 *
 * @throws `TypeError`: A part of the geometry, or the port, is no finite number.
 */
export declare function buildDisplayStackScript(options?: EnsureDisplayStackOptions): string;

/**
 * Launches the desktop where it is not up, by one command. It may be called as often as one likes, and
 * several times at once.
 *
 * Rejects with a {@link DisplayStackError} where the launch fails; with a
 * {@link DisplayStackUnsupportedError} where the session has neither `exec` nor `execCommand`; with a
 * `TypeError` or a `RangeError` that names an option, before anything runs; and with what the session
 * rejects with, as the same value.
 *
 * @example
 * ```ts
 * await ensureDisplayStack(session, { geometry: { width: 1920, height: 1080, dpi: 96 } });
 * ```
 */
export declare function ensureDisplayStack<Session>(
  session: Session & SessionArgument<Session>,
  options?: EnsureDisplayStackOptions,
): Promise<EnsureDisplayStackResult>;

/**
 * Ends the desktop (`opengeni-desktop-down`). What the command says is not looked at, and a session that
 * runs no commands is left alone. Rejects with what the session rejects with.
 */
export declare function tearDownDisplayStack<Session>(
  session: Session & SessionArgument<Session>,
): Promise<void>;

/** Where a launch of the desktop fails: the X server, the VNC server, or its proxy. */
export type DisplayStackStage = "xvfb" | "x11vnc" | "websockify" | "unknown";

/** The desktop is not up. */
export declare class DisplayStackError extends Error {
  /** Of the command; where the session tells none, by what was printed, and -1 where that is unknown. */
  readonly exitCode: number;
  /** By the exit code: 11, 12, 13, or any other. */
  readonly stage: DisplayStackStage;
  /** @param output What the command printed, which ends the message. */
  constructor(exitCode: number, output?: string);
}

/** The session runs no commands: there is no desktop. */
export declare class DisplayStackUnsupportedError extends Error {
  constructor(message: string);
}

/** How long a terminal's launch may take where the caller does not say, in milliseconds: 60000. */
export declare const TERMINAL_SERVER_TIMEOUT_MS: 60_000;

/** How a terminal is launched. `null` counts as not given. */
export type EnsureTerminalServerOptions = {
  /** Where it is streamed on the box: a finite number. Default 7681. */
  port?: number | undefined;
  /** How long the session waits for the command, in milliseconds. Default 60000. */
  timeoutMs?: number | undefined;
};

/** A terminal that is up. */
export type EnsureTerminalServerResult = {
  /** The port that was asked for, or the default. */
  port: number;
  /** The line that says so, from `OPENGENI_TERMINAL_UP` on; empty where the box printed none. */
  marker: string;
};

/**
 * The command that launches a terminal: it runs `opengeni-terminal-up` of the image under a lock.
 *
 * @throws `TypeError`: The port is no finite number.
 */
export declare function buildTerminalServerScript(options?: EnsureTerminalServerOptions): string;

/**
 * Launches the terminal's server where it is not up, by one command.
 *
 * Rejects with a {@link TerminalServerError} where the launch fails; with a
 * {@link TerminalServerUnsupportedError} where the session has neither `exec` nor `execCommand`; with a
 * `TypeError` or a `RangeError` that names an option, before anything runs; and with what the session
 * rejects with, as the same value.
 *
 * @example
 * ```ts
 * const { port } = await ensureTerminalServer(session);
 * const { url, token } = await exposeStreamPort(session, { ...viewer, port });
 * ```
 */
export declare function ensureTerminalServer<Session>(
  session: Session & SessionArgument<Session>,
  options?: EnsureTerminalServerOptions,
): Promise<EnsureTerminalServerResult>;

/** Ends the terminal's server (`opengeni-terminal-down`), as {@link tearDownDisplayStack} does. */
export declare function tearDownTerminalServer<Session>(
  session: Session & SessionArgument<Session>,
): Promise<void>;

/** Where a launch of the terminal fails. */
export type TerminalServerStage = "ttyd" | "unknown";

/** The terminal's server is not up. */
export declare class TerminalServerError extends Error {
  /** Of the command; where the session tells none, by what was printed, and -1 where that is unknown. */
  readonly exitCode: number;
  /** By the exit code: 14, or any other. */
  readonly stage: TerminalServerStage;
  /** @param output What the command printed, which ends the message. */
  constructor(exitCode: number, output?: string);
}

/** The session runs no commands: there is no terminal. */
export declare class TerminalServerUnsupportedError extends Error {
  constructor(message: string);
}
