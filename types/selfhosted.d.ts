/**
 * Sessions with enrolled machines, over NATS. An agent here is a machine's agent: the program on it that answers.
 *
 * @module selfhosted
 */

import type {
  AgentError,
  ControlRequest,
  ControlResponse,
  DesktopInputRequest,
  ExecRequest,
  ExecResponse,
  FsListResponse,
} from "../protocol.js";
import type { SelfhostedControlError, SelfhostedExecTimeoutError } from "./errors.js";
import type { ExposedPortEndpoint } from "./provider.js";

/** Carries requests to an agent. */
export type ControlRpc = {
  /**
   * Sends a request to the agent at `subject`, and waits `timeoutMs` milliseconds for the response. Without
   * an agent, and without an answer in time, it resolves to a response with an error (see
   * {@link offlineControlResponse}, {@link timeoutControlResponse}). Where it rejects, operations of a session
   * reject with the same value.
   */
  request(
    subject: string,
    req: ControlRequest,
    opts: { timeoutMs: number },
  ): Promise<ControlResponse>;
};

/**
 * Returns the NATS subject of an agent: `agent.<workspaceId>.<agentId>.rpc`.
 *
 * @throws `TypeError`: an id is no string, or not one token of a subject: empty, longer than 256 bytes of
 *   UTF-8, or with white space, control characters, `.`, `*` or `>`.
 *
 * @example
 * subjectFor("w1", "a1"); // "agent.w1.a1.rpc"
 */
export declare function subjectFor(workspaceId: string, agentId: string): string;

/**
 * Returns the error for an agent that is not connected. Its code is 9 (offline), and it is not retryable.
 *
 * @param message Default: `"no agent responded (offline)"`.
 */
export declare function offlineAgentError(message?: string): AgentError;

/**
 * Returns the error for an agent that does not answer in time. Its code is 5 (timeout), and it is retryable.
 *
 * @param message Default: `"the agent did not respond in time"`.
 */
export declare function timeoutAgentError(message?: string): AgentError;

/** Returns a response with an {@link offlineAgentError}. */
export declare function offlineControlResponse(requestId: string): ControlResponse;

/** Returns a response with a {@link timeoutAgentError}. */
export declare function timeoutControlResponse(requestId: string): ControlResponse;

/**
 * Returns the error that a session throws for an agent's error. Consent (4) and offline (9) are never
 * retryable; timeout (5), draining (6) and fenced (10) always are; for other codes the agent's `retryable`
 * counts. The codes are those of `ErrorCode` in `proto/opengeni/agent/v1/control.proto`.
 *
 * @example
 * const error = agentErrorToControlError({ code: 10, message: "", retryable: false, detail: {} });
 * [error.message, error.fenced, error.retryable]; // ["agent error (10)", true, true]
 */
export declare function agentErrorToControlError(err: AgentError): SelfhostedControlError;

/**
 * The members of a NATS connection that are used. The connections of `nats` 2 and of
 * `@nats-io/transport-node` 3 have them.
 */
export type NatsRequestConnection = {
  /** Sends a message and waits `timeout` milliseconds for the reply. Rejects where there is none. */
  request(
    subject: string,
    payload: Uint8Array,
    opts: { timeout: number },
  ): Promise<{ data: Uint8Array }>;
  /**
   * The server's description of itself. Requests of more than `max_payload` bytes are refused. Without it
   * no size is refused. The default of a NATS server is 1 MiB.
   */
  readonly info?: { readonly max_payload?: number | undefined } | undefined;
  /** Whether the connection is closed. A closed one is dropped before a request is handed over to it. */
  isClosed?(): boolean;
  /** Whether its owner drains it. Such a connection is dropped like a closed one. */
  isDraining?(): boolean;
  /** Closes it. Called for a connection that came too late for every request (see {@link NatsControlRpc}). */
  close?(): Promise<void>;
};

/**
 * Carries requests to agents over NATS.
 *
 * `connect` is called for the first request, and for the first request after a connection was lost, closed or
 * drained, `connect` has rejected, or it has resolved to `null`. Requests that need a connection at the same
 * time share one call. The call continues where it takes longer than they wait, and later requests join it. A
 * connection that comes when no request waits any more is kept for as long as the last one waited. It is
 * closed then, unless a `NatsControlRpc` has sent a request over it.
 *
 * Requests resolve to a response, with an {@link AgentError} for
 *
 * - no responders, or no connection within `timeoutMs`: offline (9);
 * - no answer in time, a connection that is lost before the answer, or one that its owner has closed or
 *   drained: timeout (5);
 * - a request, its answer or the connection that the server does not permit, and anything else that the
 *   client throws: unspecified (0);
 * - a reply that is malformed, answers another request, or has more than 262,144 items in lists and
 *   maps or more than 16 MiB of text: protocol (7);
 * - a request that is larger than the server's `max_payload`: unsupported (1), naming the limit.
 *
 * Where `connect` or the connection has thrown, the error's `detail` has its message in `message`, and in
 * `transport` one of `noResponders`, `timeout`, `lost`, `closed`, `denied`, `tooLarge`, `unconnected` and
 * `unknown`. What was thrown is the `cause` of the {@link SelfhostedControlError} that a session or
 * {@link agentErrorToControlError} makes of it.
 *
 * Requests reject only for a subject that no message can be sent to (`TypeError`: it is empty, longer than
 * 1,024 bytes of UTF-8 or a wildcard, or has empty tokens, white space or control characters), and for
 * requests that cannot be encoded: a number outside its field (`Error`), a text that is no integer
 * (`SyntaxError`), a field that is missing or of another type, or that the operation does not have
 * (`TypeError`). A server would end the connection after a line of more than 4,096 bytes, its
 * `max_control_line`.
 *
 * @example
 * import { connect } from "nats";
 *
 * // `maxReconnectAttempts: -1` reconnects after a server restart.
 * const nats = await connect({ servers: "nats://localhost:4222", maxReconnectAttempts: -1 });
 * const controlRpc = new NatsControlRpc(async () => nats);
 * const session = new SelfhostedSession({ workspaceId, agentId, controlRpc, relay });
 *
 * @see https://docs.nats.io/nats-concepts/core-nats/reqreply for "no responders", and
 *   https://docs.nats.io/running-a-nats-service/configuration for `max_payload`.
 */
export declare class NatsControlRpc implements ControlRpc {
  /**
   * @param connect Returns a connection. It belongs to the caller, who may share it and closes it, unless
   *   it comes too late for every request. A shared one should be there already, and reconnect without end
   *   (`maxReconnectAttempts: -1` of `nats`): a closed connection carries no more requests.
   */
  constructor(connect: () => Promise<NatsRequestConnection | null>);
  /**
   * Sends a request, and waits `timeoutMs` milliseconds for the reply. Where a connection has to be made, it
   * waits as long for that before. Resolves and rejects as the class says.
   */
  request(
    subject: string,
    req: ControlRequest,
    opts: { timeoutMs: number },
  ): Promise<ControlResponse>;
}

/** The default time for an agent's answer: 30000 ms. */
export declare const SELFHOSTED_DEFAULT_TIMEOUT_MS: 30000;

/** The default path of streams at a relay: `/stream`. */
export declare const SELFHOSTED_RELAY_STREAM_PATH: "/stream";

/** The relay of machines' streams. */
export type SelfhostedRelayConfig = {
  /** The host name of the relay. */
  host: string;
  /** The TCP port. Default: 443 with `tls`, else 80. */
  port?: number | undefined;
  /** Whether it speaks TLS. Default: `true`. */
  tls?: boolean | undefined;
  /** The path of the streams. Default: {@link SELFHOSTED_RELAY_STREAM_PATH}. */
  path?: string | undefined;
};

/**
 * How often a session sends a request again, and how long it waits before. Each request has an id of its own.
 * A command is never sent again where an agent may have begun it.
 *
 * Each wait is random, from 0 to `baseMs` times `factor` for each request before, and to `capMs` at most.
 */
export type SelfhostedRetryPolicy = {
  /** How often a command that a draining agent has refused. Default: 10. */
  drainingExec?: number | undefined;
  /** How often another operation that a draining agent has refused. Default: 3. */
  draining?: number | undefined;
  /** How often a request that no agent has got (`neverSent`), unless it is too large. Default: 3. */
  neverSent?: number | undefined;
  /** How often a ping, or reading, listing or looking at files, without an answer. Default: 1. */
  timeout?: number | undefined;
  /** The longest wait before the second request, in milliseconds. Default: 500. */
  baseMs?: number | undefined;
  /** By what the longest wait grows, from 1 to 100. Default: 2. */
  factor?: number | undefined;
  /** The longest wait of all, in milliseconds. Default: 8000. */
  capMs?: number | undefined;
};

/** What came of one request of a session. */
export type SelfhostedOpEvent = {
  /** The operation of the protocol, such as `exec` or `fsRead`. */
  op: string;
  /** The id of the request. */
  requestId: string;
  /** The number of the request among those for the same operation, from 1. */
  attempt: number;
  /** A result (`ok`), an error of the agent or in its name (`error`), or a `controlRpc` that threw (`thrown`). */
  outcome: "ok" | "error" | "thrown";
  /** The code of the error, as in {@link SelfhostedControlError}. `null` without one. */
  code: number | null;
  /** Whether no agent has got the request, as in {@link SelfhostedControlError}. */
  neverSent: boolean;
  /** The wait before the next request, in milliseconds. `null` where there is none. */
  retryInMs: number | null;
  /** The time from the request to its outcome, in milliseconds. */
  ms: number;
};

/** The dependencies of a {@link SelfhostedSession}. */
export type SelfhostedSessionDeps = {
  /** The workspace that the machine is enrolled in. */
  workspaceId: string;
  /**
   * The id of the agent on the machine. Both ids are part of the subject, and each must be one token of it,
   * of 256 bytes at most (see {@link subjectFor}).
   */
  agentId: string;
  /** Carries the requests to the agent. */
  controlRpc: ControlRpc;
  /** The relay of the machine's streams. */
  relay: SelfhostedRelayConfig;
  /** The epoch of the session. The agent refuses one older than its own. Default: 0, never refused. */
  epoch?: number | undefined;
  /**
   * The time for the agent's answer, in milliseconds. Default: 30000. Operations reject with a `TypeError`
   * where it is no number.
   */
  timeoutMs?: number | undefined;
  /**
   * The time after which the agent ends a command, in milliseconds: a whole number from 0 to 2147481647, the
   * longest timer of JavaScript (2147483647) less 2000. The session waits 2000 ms longer. With 0 the agent
   * sets no limit, and the session waits for `timeoutMs`, after which the command may still be running.
   * Default: `timeoutMs` less a tenth of it, and 2000 ms less at most, so that the agent reports the timeout
   * before the session stops waiting. With a `timeoutMs` of 0 the agent sets no limit.
   */
  execTimeoutMs?: number | undefined;
  /** The environment variables that the manifest declares. No command gets them. Default: `{}`. */
  environment?: Record<string, string> | undefined;
  /** The base of relative paths on the machine. Default: the agent's workspace root. */
  workingDir?: string | undefined;
  /**
   * Whether requests are sent again that an agent has refused since it is draining, that no agent has got, or,
   * if they change nothing, that were not answered. `true` for the defaults of the policy. The waits keep the
   * process alive. Default: `false`.
   *
   * @example
   * const session = new SelfhostedSession({ ...deps, retry: { drainingExec: 20, capMs: 30_000 } });
   */
  retry?: boolean | SelfhostedRetryPolicy | undefined;
  /** Called with what came of each request. What it throws has no effect. Default: none. */
  onOp?: ((event: SelfhostedOpEvent) => void) | undefined;
};

/** The command of {@link SelfhostedSession.exec}. */
export type SelfhostedExecArgs = {
  /** The text of the command, for the platform's shell: well-formed Unicode. */
  cmd: string;
  /** The directory in which it runs. Default: the session's working directory. */
  workdir?: string | undefined;
  /** As in {@link SelfhostedSessionDeps}, in milliseconds, for this command. Default: the session's. */
  execTimeoutMs?: number | undefined;
  /** Not used. */
  shell?: string | undefined;
  /** Not used. */
  login?: boolean | undefined;
  /** Not used. */
  tty?: boolean | undefined;
  /** Not used. */
  runAs?: string | undefined;
};

/** The result of a command. Bytes that are not UTF-8 become U+FFFD. */
export type SelfhostedExecResult = {
  /** The same as `stdout`. */
  output: string;
  /** The command's standard output. */
  stdout: string;
  /** The command's standard error. */
  stderr: string;
  /** The exit code that the agent reports. */
  exitCode: number | null;
  /** How long the command ran, in seconds, as the agent reports it. */
  wallTimeSeconds: number;
};

/** The state from which a session is resumed. */
export type SelfhostedSessionState = {
  /** The id of the agent on the machine. */
  agentId: string;
};

/** An image. Its bytes are a copy. */
export type SelfhostedImageOutput = {
  /** The kind of output, for the SDK. */
  type: "image";
  /** The bytes of the file, and its media type, such as `image/png`. */
  image: { data: ReturnType<Uint8ArrayConstructor["from"]>; mediaType: string };
};

/** Returns `input` with a diff in V4A form applied, as `applyDiff` of `@openai/agents` does. */
export type SelfhostedApplyDiff = (
  input: string,
  diff: string,
  mode?: "default" | "create",
) => string;

/**
 * Edits text files on the machine. The methods resolve to `{}`. They reject as the methods of
 * {@link SelfhostedSession} that they use, with the value that the {@link SelfhostedApplyDiff} throws, with a
 * `TypeError` for a path that is no string, and with an `Error` where a method says so.
 */
export type SelfhostedEditor = {
  /**
   * Creates a file and the directories that it needs. Rejects with an `Error` where the file exists.
   */
  createFile(
    op: { path: string; diff: string },
    ctx?: unknown,
  ): Promise<{ output?: string } | void>;
  /**
   * Changes a file, and moves it where `moveTo` is not empty. A byte order mark is kept. Rejects with an
   * `Error` where the file is not UTF-8, and nothing is written then; and where the file is written to
   * `moveTo`, but cannot be removed from `path`.
   */
  updateFile(
    op: { path: string; diff: string; moveTo?: string | undefined },
    ctx?: unknown,
  ): Promise<{ output?: string } | void>;
  /**
   * Removes a file, or a directory with its contents. Of a symbolic link only the link is removed. Rejects
   * with an `Error` where the removal fails, and where the path is the working directory or contains it.
   * That is checked by the path's text, before anything is sent, and on the machine, before anything is
   * removed.
   */
  deleteFile(op: { path: string }, ctx?: unknown): Promise<{ output?: string } | void>;
};

/**
 * Sets the function with which editors apply diffs. It holds for every editor that is created after that, in
 * the whole process.
 *
 * @example
 * import { applyDiff } from "@openai/agents";
 *
 * setSelfhostedApplyDiff(applyDiff);
 */
export declare function setSelfhostedApplyDiff(fn: SelfhostedApplyDiff): void;

/**
 * A session with an enrolled machine. Every operation is one request to its agent, except for the reading of
 * a long file.
 *
 * The name of the working directory is `/workspace`. Paths under it, and relative paths, are under
 * `workingDir` on the machine. Other absolute paths are those of the machine, and are not confined. `runAs`
 * is accepted and never sent.
 *
 * Operations reject with
 *
 * - {@link SelfhostedControlError}, where the agent refuses, is not connected, or does not answer in time;
 * - `TypeError` or `RangeError`, for an argument that cannot be sent. Nothing is sent;
 * - `Error`, where the agent answers another operation;
 * - the value that `controlRpc` rejects with.
 *
 * @example
 * const session = new SelfhostedSession({
 *   workspaceId: "w1",
 *   agentId: "a1",
 *   controlRpc: new NatsControlRpc(async () => nats),
 *   relay: { host: "relay.example" },
 *   workingDir: "proj",
 * });
 * const { stdout, exitCode } = await session.exec({ cmd: "make test", execTimeoutMs: 600_000 });
 * await session.writeFile({ path: "/workspace/log.txt", content: stdout }); // proj/log.txt
 */
export declare class SelfhostedSession {
  /** The backend's name for the SDK. */
  readonly backendId: "selfhosted";
  /** The workspace that the machine is enrolled in. */
  readonly workspaceId: string;
  /** The id of the agent on the machine. */
  readonly agentId: string;
  /**
   * For the SDK, which reads and replaces the manifest. No operation reads it. Only `agentId` is serialized.
   */
  readonly state: {
    /** The id of the agent. */
    agentId: string;
    /** The same as `agentId`. */
    instanceId: string;
    /** A `Manifest` of `@openai/agents/sandbox`. */
    manifest: any;
    /** The environment variables of the manifest. */
    environment: Record<string, string>;
    [key: string]: unknown;
  };
  /**
   * Makes the session. Nothing is sent.
   *
   * @throws `Error`: `@openai/agents` is not installed.
   * @throws `TypeError`: an id is not one token of a subject, `workingDir` is no string, `retry` or one of its
   *   fields is of another type, or it has other fields.
   * @throws `RangeError`: a field of `retry` is out of range.
   */
  constructor(deps: SelfhostedSessionDeps);
  /**
   * Runs a command. A non-zero exit code is no error. Rejects with a {@link SelfhostedExecTimeoutError} where
   * the command takes too long or its answer is lost, with a `TypeError` where `cmd` or `workdir` is no well-formed string or
   * `execTimeoutMs` no number, and with a `RangeError` where `execTimeoutMs` is out of range.
   */
  exec(args: SelfhostedExecArgs): Promise<SelfhostedExecResult>;
  /** As {@link exec}, but resolves to standard output alone. */
  execCommand(args: SelfhostedExecArgs): Promise<string>;
  /**
   * Resolves to the bytes of a file, of which there are `maxBytes` at most. Default of `maxBytes`: 0, the
   * whole file.
   *
   * A file is read in ranges of 512 KiB, half of the largest message of a NATS server with its defaults; or of
   * the server's `max_payload` less 1 KiB, where the connection of a {@link NatsControlRpc} tells one under
   * 513 KiB. One range is one request, and the bytes are a view of its reply. A longer file is read range by
   * range into an array of its length. It must have the same size and time of change before and after, or it
   * is read again, up to three times; of a file that grows, what two readings agree on is the result.
   *
   * Rejects with a `RangeError` where `maxBytes` is no whole number or below 0, and with a `TypeError` where
   * it is no number. Where the file does not exist, the error has `osNotFound`. Rejects with an `Error` where
   * a longer file changes each time that it is read, and where the agent gives other bytes than those of
   * the range.
   *
   * @example
   * const log = await session.readFile({ path: "build.log", maxBytes: 65_536 }); // its beginning
   */
  readFile(args: {
    path: string;
    runAs?: string | undefined;
    maxBytes?: number | undefined;
  }): Promise<Uint8Array>;
  /**
   * Writes a file. Text is written as UTF-8. `createParents`: whether missing directories are created;
   * default: `true`. `append`: whether the content is added to the file; default: `false`. Resolves to the
   * number of bytes written.
   */
  writeFile(args: {
    path: string;
    content: string | Uint8Array;
    createParents?: boolean | undefined;
    append?: boolean | undefined;
    runAs?: string | undefined;
  }): Promise<number>;
  /**
   * Resolves to the agent's own list of a directory. `recursive`: whether it has the entries of all
   * directories under it; default: `false`.
   */
  listFiles(args: {
    path: string;
    recursive?: boolean | undefined;
  }): Promise<{ $case: "fsList"; fsList: FsListResponse }>;
  /** Resolves to the entries of a directory. A symbolic link is `other`. */
  listDir(args: {
    path: string;
    runAs?: string | undefined;
  }): Promise<{ name: string; path: string; type: "file" | "dir" | "other" }[]>;
  /** Resolves to whether a path exists. */
  statFile(args: { path: string }): Promise<{ exists: boolean }>;
  /** As {@link statFile}, but resolves to the boolean itself. */
  pathExists(path: string, runAs?: string): Promise<boolean>;
  /**
   * Resolves to an image: PNG, JPEG, GIF, WebP, BMP, TIFF or SVG, by the first bytes of the file or by its
   * extension. The file is read as by {@link readFile}. Rejects as that, and with an `Error` where it is none
   * of these.
   */
  viewImage(args: { path: string; runAs?: string | undefined }): Promise<SelfhostedImageOutput>;
  /**
   * Moves the pointer or presses a key on the desktop. Rejects with a {@link SelfhostedControlError} of
   * reason `consent_required` where the owner has not agreed.
   */
  desktopInput(event: DesktopInputRequest["event"]): Promise<void>;
  /** Resolves to a picture of the desktop as a PNG file, and its size in pixels. */
  screenshot(): Promise<{ png: Uint8Array; width: number; height: number }>;
  /**
   * Resolves to whether the agent answers without an error. Rejects only with the value that `controlRpc`
   * rejects with, and with a `TypeError` or `SyntaxError` for a nonce or a `timeoutMs` that cannot be sent.
   *
   * @param nonce A decimal number as text. Default: a random one.
   */
  ping(nonce?: string): Promise<boolean>;
  /**
   * Opens a channel, and resolves to its endpoint at the relay: to the desktop for port 6080, to a new
   * terminal for any other port. The endpoint has no token. The `protocol` is `vnc`, `pty` or `raw`, by the
   * kind of channel that the agent reports.
   *
   * @example
   * await session.resolveExposedPort(7681);
   * // { host: "relay.example", port: 443, tls: true, path: "/stream", protocol: "pty",
   * //   query: "ws=w1&agent=a1&port=7681&channel=…" }
   */
  resolveExposedPort(port: number): Promise<ExposedPortEndpoint>;
  /** Resolves without an effect. */
  materializeEntry(args?: unknown): Promise<void>;
  /** Returns `false`. */
  supportsPty(): boolean;
  /** Resolves to the state for {@link SelfhostedSandboxClient.resume}. */
  serializeSessionState(): Promise<SelfhostedSessionState>;
  /**
   * Returns an editor of files on the machine. `runAs` is not used.
   *
   * @throws `Error`: {@link setSelfhostedApplyDiff} was not called before.
   */
  createEditor(runAs?: string): SelfhostedEditor;
}

/** The options of a {@link SelfhostedSandboxClient}. */
export type SelfhostedSandboxClientOptions = {
  /** The workspace that the machines are enrolled in. */
  workspaceId: string;
  /** The relay of their streams. */
  relay: SelfhostedRelayConfig;
  /** Called when the first session is made. All sessions of the client share the result. */
  controlRpcFactory: () => ControlRpc;
  /** The id of the agent for a state without one. Default: none. */
  agentId?: string | undefined;
  /** As in {@link SelfhostedSessionDeps}. */
  epoch?: number | undefined;
  /** As in {@link SelfhostedSessionDeps}, in milliseconds. */
  timeoutMs?: number | undefined;
  /** As in {@link SelfhostedSessionDeps}, in milliseconds. */
  execTimeoutMs?: number | undefined;
  /** As in {@link SelfhostedSessionDeps}. */
  environment?: Record<string, string> | undefined;
  /** As in {@link SelfhostedSessionDeps}. */
  workingDir?: string | undefined;
  /** As in {@link SelfhostedSessionDeps}. */
  retry?: boolean | SelfhostedRetryPolicy | undefined;
  /** As in {@link SelfhostedSessionDeps}. */
  onOp?: ((event: SelfhostedOpEvent) => void) | undefined;
};

/**
 * Makes sessions with agents. Nothing is sent.
 *
 * @example
 * const client = new SelfhostedSandboxClient({
 *   workspaceId: "w1",
 *   relay: { host: "relay.example" },
 *   controlRpcFactory: () => new NatsControlRpc(async () => nats),
 * });
 * const session = await client.resume({ agentId: "a1" });
 * session.agentId; // "a1"
 */
export declare class SelfhostedSandboxClient {
  /** The backend's name for the SDK. */
  readonly backendId: "selfhosted";
  /** For the SDK: the client has no default options. */
  readonly supportsDefaultOptions: false;
  /** Makes the client. `controlRpcFactory` is not called yet. */
  constructor(opts: SelfhostedSandboxClientOptions);
  /**
   * Resolves to a session with the client's own `agentId`. The arguments are not used. Rejects as
   * {@link resume}.
   */
  create(manifest?: unknown, options?: unknown): Promise<SelfhostedSession>;
  /**
   * Resolves to a session with the agent of `state.agentId`, or with the client's own `agentId` without one.
   * Nothing is sent. Rejects with an `Error` without an agent, or where `@openai/agents` is not installed,
   * and with the value that `controlRpcFactory` throws.
   *
   * @example
   * const state = await client.serializeSessionState(session.state); // { agentId: "a1" }
   * const again = await client.resume(state);
   */
  resume(
    state: SelfhostedSessionState | Record<string, unknown>,
    options?: unknown,
  ): Promise<SelfhostedSession>;
  /**
   * Resolves to the agent of `state.agentId`, or to the client's own `agentId` without one. Rejects with an
   * `Error` without an agent.
   */
  serializeSessionState(state: unknown): Promise<SelfhostedSessionState>;
  /**
   * As {@link serializeSessionState}: resolves to a {@link SelfhostedSessionState}. It is `any` for the SDK,
   * whose states have a manifest, which the session makes anew.
   */
  deserializeSessionState(state: Record<string, unknown>): Promise<any>;
  /** Resolves to `false`. */
  canPersistOwnedSessionState(): Promise<boolean>;
}

/** The arguments of {@link buildSelfhostedBackendSession}. */
export type SelfhostedSessionBuild = {
  /** The workspace that the machine is enrolled in. */
  workspaceId: string;
  /** The id of the agent on the machine. */
  agentId: string;
  /** The relay of the machine's streams. */
  relay: SelfhostedRelayConfig;
  /** Called once, for the session. */
  controlRpcFactory: () => ControlRpc;
  /** The epoch of the session. The agent refuses one older than its own; 0 is never refused. */
  epoch: number;
  /** The environment variables that the manifest declares. No command gets them. Default: `{}`. */
  environment?: Record<string, string> | undefined;
  /** The base of relative paths on the machine. Default: the agent's workspace root. */
  workingDir?: string | null | undefined;
  /** As in {@link SelfhostedSessionDeps}, in milliseconds. */
  timeoutMs?: number | undefined;
  /** As in {@link SelfhostedSessionDeps}, in milliseconds. */
  execTimeoutMs?: number | undefined;
  /** As in {@link SelfhostedSessionDeps}. */
  retry?: boolean | SelfhostedRetryPolicy | undefined;
  /** As in {@link SelfhostedSessionDeps}. */
  onOp?: ((event: SelfhostedOpEvent) => void) | undefined;
};

/**
 * Resolves to a new client and its session with an agent. Nothing is sent. Rejects as
 * {@link SelfhostedSandboxClient.resume}.
 *
 * @example
 * const { session } = await buildSelfhostedBackendSession({
 *   workspaceId: "w1",
 *   agentId: "a1",
 *   relay: { host: "relay.example" },
 *   controlRpcFactory: () => new NatsControlRpc(async () => nats),
 *   epoch: 3,
 * });
 */
export declare function buildSelfhostedBackendSession(
  d: SelfhostedSessionBuild,
): Promise<{ client: SelfhostedSandboxClient; session: SelfhostedSession }>;

/** Returns `false`: an enrolled machine is never gone; only its agent can be offline. */
export declare function isSelfhostedProviderNotFoundError(error: unknown): false;

/** Answers the commands of a {@link MockAgentResponder}. */
export type MockExecHandler = (req: ExecRequest) => ExecResponse | Promise<ExecResponse>;

/** The behaviour of a {@link MockAgentResponder}. */
export type MockAgentResponderOptions = {
  /** Whether it answers. Default: `true`. */
  online?: boolean | undefined;
  /** Not used. */
  consented?: boolean | undefined;
  /** Whether every answer is the error 6 (draining). Default: `false`. */
  draining?: boolean | undefined;
  /** The contents of its files, by path. Default: `{}`. */
  files?: Record<string, string | Uint8Array> | undefined;
  /**
   * Answers commands. Default: prints the command itself, or the `hostname` where the command has the word
   * `hostname` in it.
   */
  exec?: MockExecHandler | undefined;
  /** The name of its machine. Default: `"mock-machine"`. */
  hostname?: string | undefined;
};

/**
 * An agent for tests, with files in memory. Lists are recursive and have no directories. A read returns the
 * whole file.
 *
 * @example
 * const mock = new MockAgentResponder({ files: { "notes.txt": "hi" } });
 * const relay = { host: "relay.example" };
 * const session = new SelfhostedSession({ workspaceId: "w1", agentId: "a1", controlRpc: mock, relay });
 * await session.readFile({ path: "notes.txt" }); // the bytes of "hi"
 * mock.requests[0]?.subject; // "agent.w1.a1.rpc"
 * mock.setOnline(false);
 * await session.exec({ cmd: "true" }); // rejects: SelfhostedControlError, reason "agent_offline"
 */
export declare class MockAgentResponder implements ControlRpc {
  /** The name of its machine. */
  readonly hostname: string;
  /** All requests in their order, also those while it was offline. */
  readonly requests: { subject: string; req: ControlRequest }[];
  /** Makes an agent. It is online by default. */
  constructor(opts?: MockAgentResponderOptions);
  /**
   * Sets whether it answers. While it does not, requests resolve to an error with code 9 (offline).
   */
  setOnline(online: boolean): void;
  /** Returns the text of a file; `undefined` where it does not exist. */
  fileText(path: string): string | undefined;
  /** Resolves at once. An operation that it does not implement is an error with code 1 (unsupported). */
  request(
    subject: string,
    req: ControlRequest,
    opts: { timeoutMs: number },
  ): Promise<ControlResponse>;
}
