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

/** The way to an agent. */
export type ControlRpc = {
  /**
   * Asks the agent at `subject`, and waits `timeoutMs` milliseconds for its answer. Nobody there, and
   * no answer in time, are answers as well: responses with an error (see
   * {@link offlineControlResponse}, {@link timeoutControlResponse}). What it throws reaches the caller of a
   * session as the same value.
   */
  request(
    subject: string,
    req: ControlRequest,
    opts: { timeoutMs: number },
  ): Promise<ControlResponse>;
};

/** Where an agent is addressed: `agent.<workspaceId>.<agentId>.rpc`. Nothing is escaped. */
export declare function subjectFor(workspaceId: string, agentId: string): string;

/** The error where nobody answers to an agent's name. Its code is 9 (offline). Not retryable. */
export declare function offlineAgentError(message?: string): AgentError;

/** The error where an agent does not answer in time. Its code is 5 (timeout). Retryable. */
export declare function timeoutAgentError(message?: string): AgentError;

/** The response with an {@link offlineAgentError}. */
export declare function offlineControlResponse(requestId: string): ControlResponse;

/** The response with a {@link timeoutAgentError}. */
export declare function timeoutControlResponse(requestId: string): ControlResponse;

/**
 * The meaning of an agent's error. Consent (4) and offline (9) are never retryable; timeout (5),
 * draining (6) and fenced (10) always are; the rest is as the agent says.
 */
export declare function agentErrorToControlError(err: AgentError): SelfhostedControlError;

/** What is needed of a NATS connection. That of the `nats` package has it. */
export type NatsRequestConnection = {
  /** Sends a message and waits `timeout` milliseconds for the reply. Rejects where there is none. */
  request(
    subject: string,
    payload: Uint8Array,
    opts: { timeout: number },
  ): Promise<{ data: Uint8Array }>;
  /**
   * What the server said about itself. Where `max_payload` is known, in bytes, larger requests are
   * refused. A NATS server has 1 MiB by default.
   */
  readonly info?: { readonly max_payload?: number | undefined } | undefined;
};

/**
 * The way to agents over NATS.
 *
 * `connect` is called by the first request that needs a connection, and again by the next request
 * after one was lost, could not be made, or `connect` resolved to `null`. Requests that need a
 * connection at the same time share one call, which goes on where it takes longer than they wait.
 *
 * Requests resolve to a response, with an {@link AgentError} for
 *
 * - no connection within `timeoutMs`, no responders, or a lost connection: offline (9);
 * - no answer in time: timeout (5);
 * - a reply that is malformed, answers another request, or has more than 262,144 items in lists and
 *   maps or more than 16 MiB of text: protocol (7);
 * - a request that is larger than the server's `max_payload`: unsupported (1), naming the limit.
 *
 * They reject only for requests that cannot be encoded: a number outside its field (`Error`), an
 * integer that is none (`SyntaxError`), a field that is missing or of another type (`TypeError`).
 *
 * @example
 * import { connect } from "nats";
 *
 * // `maxReconnectAttempts: -1` reconnects after a server restart.
 * const nats = await connect({ servers: "nats://localhost:4222", maxReconnectAttempts: -1 });
 * const controlRpc = new NatsControlRpc(async () => nats);
 * const session = new SelfhostedSession({ workspaceId, agentId, controlRpc, relay });
 */
export declare class NatsControlRpc implements ControlRpc {
  /**
   * @param connect Gives a connection. It stays the caller's, who may share it and has to close it:
   *   nothing here does. One that is shared should reconnect without end
   *   (`maxReconnectAttempts: -1` of `nats`), as one that has closed can carry nothing more.
   */
  constructor(connect: () => Promise<NatsRequestConnection | null>);
  /**
   * Sends a request, and waits `timeoutMs` milliseconds for a connection, where there is none, and as
   * long again for the reply.
   */
  request(
    subject: string,
    req: ControlRequest,
    opts: { timeoutMs: number },
  ): Promise<ControlResponse>;
}

/** How long an agent has to answer by default, in milliseconds: 30000. */
export declare const SELFHOSTED_DEFAULT_TIMEOUT_MS: 30000;

/** The path of streams at a relay that names none: `/stream`. */
export declare const SELFHOSTED_RELAY_STREAM_PATH: "/stream";

/** Where the streams of machines are relayed. */
export type SelfhostedRelayConfig = {
  /** Its host name. */
  host: string;
  /** Default 443 with TLS, else 80. */
  port?: number | undefined;
  /** Default true. */
  tls?: boolean | undefined;
  /** Default {@link SELFHOSTED_RELAY_STREAM_PATH}. */
  path?: string | undefined;
};

/** What a session with a machine works with. */
export type SelfhostedSessionDeps = {
  /** The workspace that the machine is enrolled in. */
  workspaceId: string;
  /** The agent on the machine. Both ids are part of the subject (see {@link subjectFor}). */
  agentId: string;
  /** The way to the agent. */
  controlRpc: ControlRpc;
  /** Where the machine's streams are relayed. */
  relay: SelfhostedRelayConfig;
  /** The epoch that the agent fences by. Default 0: never fenced. */
  epoch?: number | undefined;
  /**
   * How long the agent has to answer, in milliseconds. Default 30000. Operations reject with a
   * `TypeError` where it is no number.
   */
  timeoutMs?: number | undefined;
  /**
   * After how many milliseconds the agent ends a command: a whole number from 1 to 2147481647, which
   * is the longest timer of JavaScript (2147483647) less 2000. The session then waits 2000 ms longer
   * than that. Default: `timeoutMs` less a tenth of it, at most 2000 ms less, so that the agent's
   * word comes first; with a `timeoutMs` of 0, never.
   */
  execTimeoutMs?: number | undefined;
  /** What the manifest declares. Default none. */
  environment?: Record<string, string> | undefined;
  /** Where paths start. Default: the agent's workspace root. */
  workingDir?: string | undefined;
};

/** A command. */
export type SelfhostedExecArgs = {
  /** Run by the platform's shell. Well-formed Unicode. */
  cmd: string;
  /** Default: the session's working directory. */
  workdir?: string | undefined;
  /** As in {@link SelfhostedSessionDeps}, for this command. */
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

/** How a command ended. Bytes that are not UTF-8 are U+FFFD. */
export type SelfhostedExecResult = {
  /** The same as `stdout`. */
  output: string;
  /** What the command printed to standard output. */
  stdout: string;
  /** What it printed to standard error. */
  stderr: string;
  /** As the agent has it. */
  exitCode: number | null;
};

/** What is kept of a session. */
export type SelfhostedSessionState = {
  /** The agent on the machine. */
  agentId: string;
};

/** An image. Its bytes are a copy of their own. */
export type SelfhostedImageOutput = {
  /** What the SDK tells it by. */
  type: "image";
  /** The file, and its media type. */
  image: { data: Uint8Array; mediaType: string };
};

/** Applies a diff in V4A form, as `applyDiff` of `@openai/agents` does. */
export type SelfhostedApplyDiff = (
  input: string,
  diff: string,
  mode?: "default" | "create",
) => string;

/**
 * Edits text files on the machine. Its methods resolve to `{}`. They reject as the methods of
 * {@link SelfhostedSession} that they use, with what the way to apply diffs throws, with a `TypeError` for
 * what is no path, and with an `Error` where a method says so.
 */
export type SelfhostedEditor = {
  /**
   * Creates a file, with the directories it needs. Rejects with an `Error` where it is there already.
   */
  createFile(
    op: { path: string; diff: string },
    ctx?: unknown,
  ): Promise<{ output?: string } | void>;
  /**
   * Changes a file, under another name where `moveTo` is not empty. A byte order mark is kept.
   * Rejects with an `Error` where the file is not UTF-8, before anything is written; and where it is
   * written under its other name, but not removed under the old one.
   */
  updateFile(
    op: { path: string; diff: string; moveTo?: string },
    ctx?: unknown,
  ): Promise<{ output?: string } | void>;
  /**
   * Removes a file, or a directory with what is in it. Of a link only the link goes. Rejects with an
   * `Error` where the removal fails, and where the path is the working directory or holds it: by its
   * text, before anything is sent, or by a look on the machine, before anything is removed.
   */
  deleteFile(op: { path: string }, ctx?: unknown): Promise<{ output?: string } | void>;
};

/**
 * Sets what editors that are created from now on apply diffs with, in the whole process.
 *
 * @example
 * import { applyDiff } from "@openai/agents";
 *
 * setSelfhostedApplyDiff(applyDiff);
 */
export declare function setSelfhostedApplyDiff(fn: SelfhostedApplyDiff): void;

/**
 * A session with an enrolled machine: every operation is one request to its agent.
 *
 * Callers know the working directory as `/workspace`. Paths under it, and relative ones, are the
 * machine's under `workingDir`; other absolute paths are the machine's own, and nothing confines
 * them. `runAs` is accepted and never sent.
 *
 * Operations reject with
 *
 * - {@link SelfhostedControlError}, where the agent refuses, is not there, or does not answer in
 *   time;
 * - `TypeError` or `RangeError`, for an argument that cannot be sent. Nothing is sent;
 * - `Error`, where the agent answers another operation;
 * - whatever `controlRpc` rejects with, as the same value.
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
  /** What the SDK tells the backend by. */
  readonly backendId: "selfhosted";
  /** The workspace that the machine is enrolled in. */
  readonly workspaceId: string;
  /** The agent on the machine. */
  readonly agentId: string;
  /**
   * For the SDK, which reads and replaces the manifest. No operation looks at it; only `agentId` is
   * kept.
   */
  readonly state: {
    agentId: string;
    instanceId: string;
    /** A `Manifest` of `@openai/agents/sandbox`. */
    manifest: object;
    environment: Record<string, string>;
    [key: string]: unknown;
  };
  /**
   * Sends nothing.
   *
   * @throws {Error} `@openai/agents` is not installed.
   * @throws {TypeError} `workingDir` is no text.
   */
  constructor(deps: SelfhostedSessionDeps);
  /**
   * Runs a command. Its exit code is no error. Rejects with a {@link SelfhostedExecTimeoutError}
   * where it takes too long; with a `TypeError` where `cmd` is no well-formed text, or `workdir` no
   * path; and with a `TypeError` or `RangeError` for an `execTimeoutMs` that is out of range.
   */
  exec(args: SelfhostedExecArgs): Promise<SelfhostedExecResult>;
  /** As {@link exec}; resolves to standard output alone. */
  execCommand(args: SelfhostedExecArgs): Promise<string>;
  /**
   * The bytes of a file: all of them, or at most `maxBytes` where that is not 0. They are a view of
   * the reply, which is one message: no larger than the server's `max_payload`.
   *
   * Rejects with a `RangeError` where `maxBytes` is no whole number or below 0, and with a
   * `TypeError` where it is no number. `osNotFound` is set on the error where there is no such file.
   */
  readFile(args: {
    path: string;
    runAs?: string | undefined;
    maxBytes?: number | undefined;
  }): Promise<Uint8Array>;
  /**
   * Writes a file, with the directories it needs unless `createParents` is false. Text is written as
   * UTF-8. Default of `append`: false. Resolves to the number of bytes written.
   */
  writeFile(args: {
    path: string;
    content: string | Uint8Array;
    createParents?: boolean | undefined;
    append?: boolean | undefined;
    runAs?: string | undefined;
  }): Promise<number>;
  /** The agent's own listing. Default of `recursive`: false. */
  listFiles(args: {
    path: string;
    recursive?: boolean | undefined;
  }): Promise<{ $case: "fsList"; fsList: FsListResponse }>;
  /** The entries of a directory. Links are `other`. */
  listDir(args: {
    path: string;
    runAs?: string | undefined;
  }): Promise<{ name: string; path: string; type: "file" | "dir" | "other" }[]>;
  /** Whether there is something at a path. */
  statFile(args: { path: string }): Promise<{ exists: boolean }>;
  /** As {@link statFile}; resolves to the answer alone. */
  pathExists(path: string, runAs?: string): Promise<boolean>;
  /**
   * An image file: PNG, JPEG, GIF, WebP, BMP, TIFF or SVG, by how it begins or by its extension.
   * Rejects with an `Error` where it is none of these.
   */
  viewImage(args: { path: string; runAs?: string | undefined }): Promise<SelfhostedImageOutput>;
  /**
   * Moves the pointer or presses a key. Rejects with a {@link SelfhostedControlError} of reason
   * `consent_required` where the owner has not agreed.
   */
  desktopInput(event: DesktopInputRequest["event"]): Promise<void>;
  /** A picture of the desktop as a PNG file, and its size in pixels. */
  screenshot(): Promise<{ png: Uint8Array; width: number; height: number }>;
  /**
   * Whether the agent answers without an error. Rejects only with what `controlRpc` rejects with, and
   * with a `TypeError` or `SyntaxError` for a nonce or a `timeoutMs` that cannot be sent.
   *
   * @param nonce A decimal number. Default: a random one.
   */
  ping(nonce?: string): Promise<boolean>;
  /**
   * Where the desktop (port 6080) or a new terminal (any other port) is streamed: an address at the
   * relay, whose query names workspace, agent, port and channel. No token is in it.
   */
  resolveExposedPort(port: number): Promise<ExposedPortEndpoint>;
  /** Does nothing. */
  materializeEntry(args?: unknown): Promise<void>;
  /** False. */
  supportsPty(): boolean;
  /** What {@link SelfhostedSandboxClient.resume} takes. */
  serializeSessionState(): Promise<SelfhostedSessionState>;
  /**
   * An editor of this machine. `runAs` is not used.
   *
   * @throws {Error} There is nothing to apply diffs with: see {@link setSelfhostedApplyDiff}.
   */
  createEditor(runAs?: string): SelfhostedEditor;
}

/** What a client makes its sessions with. */
export type SelfhostedSandboxClientOptions = {
  /** The workspace that the machines are enrolled in. */
  workspaceId: string;
  /** Where their streams are relayed. */
  relay: SelfhostedRelayConfig;
  /** Called by the first session; all sessions of the client share what it gives. */
  controlRpcFactory: () => ControlRpc;
  /** The agent of sessions whose state names none. */
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
};

/**
 * Binds sessions to agents. Nothing is sent. `create` and `resume` reject with an `Error` where no
 * agent is named, or `@openai/agents` is not installed.
 *
 * @example
 * const client = new SelfhostedSandboxClient({
 *   workspaceId: "w1",
 *   relay: { host: "relay.example" },
 *   controlRpcFactory: () => new NatsControlRpc(async () => nats),
 * });
 * const session = await client.resume({ agentId: "a1" });
 */
export declare class SelfhostedSandboxClient {
  /** What the SDK tells the backend by. */
  readonly backendId: "selfhosted";
  /** For the SDK. */
  readonly supportsDefaultOptions: false;
  /** Calls nothing. */
  constructor(opts: SelfhostedSandboxClientOptions);
  /** A session with the client's own agent. The arguments are not used. */
  create(manifest?: unknown, options?: unknown): Promise<SelfhostedSession>;
  /** A session with the agent that the state names, or else with the client's own. */
  resume(
    state: SelfhostedSessionState | Record<string, unknown>,
    options?: unknown,
  ): Promise<SelfhostedSession>;
  /**
   * The agent that the state names, or else the client's own. Rejects with an `Error` where none is.
   */
  serializeSessionState(state: unknown): Promise<SelfhostedSessionState>;
  /** The same. */
  deserializeSessionState(state: Record<string, unknown>): Promise<SelfhostedSessionState>;
  /** False. */
  canPersistOwnedSessionState(): Promise<boolean>;
}

/** What a session with a machine is built of. */
export type SelfhostedSessionBuild = {
  /** The workspace that the machine is enrolled in. */
  workspaceId: string;
  /** The agent on the machine. */
  agentId: string;
  /** Where the machine's streams are relayed. */
  relay: SelfhostedRelayConfig;
  /** Called once. */
  controlRpcFactory: () => ControlRpc;
  /** The epoch that the agent fences by. */
  epoch: number;
  /** What the manifest declares. Default none. */
  environment?: Record<string, string> | undefined;
  /** Default: the agent's workspace root. */
  workingDir?: string | null | undefined;
  /** As in {@link SelfhostedSessionDeps}, in milliseconds. */
  timeoutMs?: number | undefined;
  /** As in {@link SelfhostedSessionDeps}, in milliseconds. */
  execTimeoutMs?: number | undefined;
};

/**
 * A client, and its session with an agent. Rejects as {@link SelfhostedSandboxClient.resume}, and
 * with what `controlRpcFactory` throws.
 */
export declare function buildSelfhostedBackendSession(
  d: SelfhostedSessionBuild,
): Promise<{ client: SelfhostedSandboxClient; session: SelfhostedSession }>;

/** False: a machine is never gone, only its agent is. */
export declare function isSelfhostedProviderNotFoundError(error: unknown): false;

/** Runs a command in a {@link MockAgentResponder}'s stead. */
export type MockExecHandler = (req: ExecRequest) => ExecResponse | Promise<ExecResponse>;

/** How a mock agent behaves. */
export type MockAgentResponderOptions = {
  /** Default true. */
  online?: boolean | undefined;
  /** Not used. */
  consented?: boolean | undefined;
  /** Default false. */
  draining?: boolean | undefined;
  /** Its files by their paths. Default none. */
  files?: Record<string, string | Uint8Array> | undefined;
  /** Default: answers with the command itself, or with `hostname` where that is asked for. */
  exec?: MockExecHandler | undefined;
  /** Default `"mock-machine"`. */
  hostname?: string | undefined;
};

/**
 * An agent for tests, with files in memory. Lists are recursive and know no directories; parts of
 * files are whole files.
 */
export declare class MockAgentResponder implements ControlRpc {
  /** The name of its machine. */
  readonly hostname: string;
  /** Everything that was asked, also while offline. */
  readonly requests: { subject: string; req: ControlRequest }[];
  /** An agent that is online. */
  constructor(opts?: MockAgentResponderOptions);
  /**
   * Sets whether it answers. While it does not, requests resolve to {@link offlineControlResponse}.
   */
  setOnline(online: boolean): void;
  /** The text of a file, if there is such a file. */
  fileText(path: string): string | undefined;
  /** Answers at once. What it does not implement is an error of code 1 (unsupported). */
  request(
    subject: string,
    req: ControlRequest,
    opts: { timeoutMs: number },
  ): Promise<ControlResponse>;
}
