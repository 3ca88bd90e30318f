/**
 * The desktop and the terminal as streams: tokens, ports, and the servers behind them.
 *
 * @module streams
 */

import type { SessionArgument, StreamPortUnavailableError, OpenGeniError } from "../index.js";

/**
 * The claims of a stream token.
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
  /** The rights of the viewer. */
  mode: "view" | "control";
  /** The port on the box: a safe integer from 1 on, also above 65535. */
  port: number;
  /** The last second since the Unix epoch in which the token is valid: a safe integer from 1 on. */
  exp: number;
};

/** The same type as {@link StreamTokenPayload}, by another name. */
export type StreamTokenPayloadType = StreamTokenPayload;

/** A fault of the claims, in the shape of zod's issues. */
export type StreamTokenIssue = {
  /** The class of the fault. */
  code: "invalid_type" | "invalid_format" | "invalid_value" | "too_small" | "too_big";
  /** The name of the claim; empty where the value is no object. */
  path: string[];
  /** The fault in words, as `Too small: expected number to be >=0`. */
  message: string;
  [field: string]: unknown;
};

/** The error of claims that are refused: an `Error` with the shape of zod's, without zod. */
export type StreamTokenError = Error & {
  name: "ZodError";
  /** All faults, in the order of {@link StreamTokenPayload}. */
  issues: StreamTokenIssue[];
};

/** The result of `safeParse`. */
export type StreamTokenParsed =
  | { success: true; data: StreamTokenPayload; error?: undefined }
  | { success: false; error: StreamTokenError; data?: undefined };

/** A schema with the methods of zod's that validate, and Standard Schema, version 1. */
export type StreamTokenSchema = {
  /**
   * Returns the claims of a value, in their order and without other fields.
   *
   * @throws `StreamTokenError` where a claim is refused.
   */
  parse(value: unknown): StreamTokenPayload;
  /** Returns the claims, or the error. It never throws. */
  safeParse(value: unknown): StreamTokenParsed;
  /** `parse` as a promise. */
  parseAsync(value: unknown): Promise<StreamTokenPayload>;
  /** `safeParse` as a promise. */
  safeParseAsync(value: unknown): Promise<StreamTokenParsed>;
  /** The interface for tools that take schemas of any library: https://standardschema.dev. */
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
 * The schema of the claims. Nothing is converted: `"6080"` is no port. The result has no other fields.
 *
 * @example
 * ```ts
 * const parsed = StreamTokenPayload.safeParse(JSON.parse(text));
 * if (!parsed.success) console.error(parsed.error.issues.map(({ message }) => message));
 * ```
 */
export declare const StreamTokenPayload: StreamTokenSchema;

/** The default validity of a token, in seconds: 120. */
export declare const STREAM_TOKEN_DEFAULT_TTL_SECONDS: 120;

/** The arguments of {@link mintStreamToken}. `null` counts as not given. */
export type MintStreamTokenInput = {
  /** A UUID. */
  workspaceId: string;
  /** A UUID. */
  sessionId: string;
  /** A UUID. */
  viewerId: string;
  /** The epoch of the lease: a safe integer from 0 on. */
  leaseEpoch: number;
  /** The rights of the viewer. Default: `view`. */
  mode?: "view" | "control" | undefined;
  /** The port on the box. Default: 6080. */
  port?: number | undefined;
  /** The validity, in whole seconds; 0 is the present second alone. Default: 120. */
  ttlSeconds?: number | undefined;
  /** The beginning of the validity, in whole seconds since the Unix epoch. Default: now. */
  nowSeconds?: number | undefined;
};

/**
 * Makes a token for a stream: `ogs_`, the claims as JSON in base64url, a dot, and their HMAC-SHA256 in
 * base64url (RFC 2104, RFC 4648, section 5, without padding). The secret is the key, in UTF-8.
 *
 * Rejects with a {@link StreamTokenError} where a claim is refused; with a `DOMException` of the name
 * `DataError` where the secret is empty; and with a `TypeError` where the secret is no string, or the
 * input is missing.
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
 * Checks a token: its signature, in constant time, its claims, and its age. The caller compares the
 * claims with its own values: epoch, session, viewer and port.
 *
 * Rejects with a `DOMException` of the name `DataError` where the secret is empty; with a `TypeError`
 * where the secret or the token is no string, or `nowSeconds` is no number; and with a `RangeError` where
 * `nowSeconds` is NaN.
 *
 * @param nowSeconds The present time, in seconds since the Unix epoch. Default: now. A token is valid up
 *   to and including the second `exp`.
 * @returns The claims; `null` where the token is not valid.
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

/** The arguments of {@link exposeStreamPort}. `null` counts as not given. */
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
  /** The port on the box. Default: 6080. */
  port?: number | undefined;
  /** The validity of the token, in whole seconds. Default: 120. */
  ttlSeconds?: number | undefined;
  /** Width and height of the stream, in pixels. Default: 1280 and 800. */
  resolution?: [number, number] | undefined;
  /** The beginning of the validity, in whole seconds since the Unix epoch. Default: now. */
  nowSeconds?: number | undefined;
};

/** A port that is open for a viewer. */
export type ExposeStreamPortResult = {
  /** The address of a WebSocket, without the token. */
  url: string;
  /** The token for the relay, with the mode `view`. */
  token: string;
  /** The end of the token's validity, in ISO 8601 and UTC. */
  expiresAt: string;
  /** The transport of a desktop, for each port. A caller that streams a terminal replaces it. */
  transport: "vnc-ws";
  /** The viewer of a desktop, for each port. A caller that streams a terminal replaces it. */
  client: "novnc";
  /** Width and height, in pixels: the array of the input, or a new one. */
  resolution: [number, number];
  /** The epoch of the input. */
  leaseEpoch: number;
};

/**
 * Asks a session for the address of a port (`session.resolveExposedPort(port)`), and makes a token for it.
 *
 * Rejects with a {@link StreamPortUnavailableError} where the session has no such method, where the method
 * fails (its error is the `cause`), or where its answer has no host or no port; with a `TypeError` where
 * it answers nothing; and with the errors of {@link mintStreamToken}.
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

/** The port of the desktop's stream on the box: 6080, the same as `DESKTOP_STREAM_PORT`. */
export declare const STREAM_PORT: 6080;
/** The default timeout of a desktop's launch, in milliseconds: 60000. */
export declare const DISPLAY_STACK_TIMEOUT_MS: 60_000;
/** The default size of the desktop: 1280 by 800 pixels at 96 dots per inch. The object is frozen. */
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

/** The options of {@link ensureDisplayStack}. `null` counts as not given. */
export type EnsureDisplayStackOptions = {
  /** The size: three finite numbers. Default: {@link DEFAULT_DESKTOP_GEOMETRY}. */
  geometry?: DesktopGeometry | undefined;
  /** The port of the stream on the box: a finite number. Default: 6080. */
  port?: number | undefined;
  /** The time that the session waits for the command, in milliseconds. Default: 60000. */
  timeoutMs?: number | undefined;
};

/** A desktop that is up. */
export type EnsureDisplayStackResult = {
  /** The port that was asked for, or the default. */
  port: number;
  /** The geometry that was asked for, or the default. A desktop that was already up keeps its own one. */
  geometry: DesktopGeometry;
  /** The line of the box from `OPENGENI_DESKTOP_UP` on; empty where the box printed none. */
  marker: string;
};

/**
 * Returns the command that launches a desktop: one line of shell. It launches nothing where both ports of
 * the desktop have a listener. Otherwise it runs `opengeni-desktop-up` of the image under a lock.
 *
 * @throws `TypeError` where a part of the geometry, or the port, is no finite number.
 */
export declare function buildDisplayStackScript(options?: EnsureDisplayStackOptions): string;

/**
 * Launches the desktop, by one command. A desktop that is up stays as it is. Several calls at once launch
 * one desktop.
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
 * Ends the desktop (`opengeni-desktop-down`). The exit code of the command is ignored. With a session that
 * runs no commands, nothing happens. Rejects with what the session rejects with, as the same value.
 */
export declare function tearDownDisplayStack<Session>(
  session: Session & SessionArgument<Session>,
): Promise<void>;

/** The part of the desktop that failed: the X server, the VNC server, or its proxy. */
export type DisplayStackStage = "xvfb" | "x11vnc" | "websockify" | "unknown";

/** The launch of a desktop failed. */
export declare class DisplayStackError extends OpenGeniError {
  /** The exit code. Where the session tells none, it follows from the output; -1 where it does not. */
  readonly exitCode: number;
  /** The stage of the exit code: `xvfb` of 11, `x11vnc` of 12, `websockify` of 13, else `unknown`. */
  readonly stage: DisplayStackStage;
  /** @param output The output of the command, for the end of the message. */
  constructor(exitCode: number, output?: string);
}

/** The session has neither `exec` nor `execCommand`, so it cannot launch a desktop. */
export declare class DisplayStackUnsupportedError extends OpenGeniError {
  constructor(message: string);
}

/** The default timeout of a terminal's launch, in milliseconds: 60000. */
export declare const TERMINAL_SERVER_TIMEOUT_MS: 60_000;

/** The options of {@link ensureTerminalServer}. `null` counts as not given. */
export type EnsureTerminalServerOptions = {
  /** The port of the stream on the box: a finite number. Default: 7681. */
  port?: number | undefined;
  /** The time that the session waits for the command, in milliseconds. Default: 60000. */
  timeoutMs?: number | undefined;
};

/** A terminal that is up. */
export type EnsureTerminalServerResult = {
  /** The port that was asked for, or the default. */
  port: number;
  /** The line of the box from `OPENGENI_TERMINAL_UP` on; empty where the box printed none. */
  marker: string;
};

/**
 * Returns the command that launches a terminal: one line of shell. It runs `opengeni-terminal-up` of the
 * image under a lock.
 *
 * @throws `TypeError` where the port is no finite number.
 */
export declare function buildTerminalServerScript(options?: EnsureTerminalServerOptions): string;

/**
 * Launches the terminal's server, by one command. A server that is up stays as it is. Several calls at
 * once launch one server.
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

/**
 * Ends the terminal's server (`opengeni-terminal-down`). The exit code of the command is ignored. With a
 * session that runs no commands, nothing happens. Rejects with what the session rejects with, as the same
 * value.
 */
export declare function tearDownTerminalServer<Session>(
  session: Session & SessionArgument<Session>,
): Promise<void>;

/** The part of the terminal that failed. */
export type TerminalServerStage = "ttyd" | "unknown";

/** The launch of a terminal's server failed. */
export declare class TerminalServerError extends OpenGeniError {
  /** The exit code. Where the session tells none, it follows from the output; -1 where it does not. */
  readonly exitCode: number;
  /** The stage of the exit code: `ttyd` of 14, else `unknown`. */
  readonly stage: TerminalServerStage;
  /** @param output The output of the command, for the end of the message. */
  constructor(exitCode: number, output?: string);
}

/** The session has neither `exec` nor `execCommand`, so it cannot launch a terminal. */
export declare class TerminalServerUnsupportedError extends OpenGeniError {
  constructor(message: string);
}
