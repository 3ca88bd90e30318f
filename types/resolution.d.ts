/**
 * One session over several sandboxes: routing, and the resolver of pointers.
 *
 * @module resolution
 */

import type {
  ActiveBackendUnresolvableError,
  BackendUnresolvableCode,
  RoutingMutationOutcomeUnknownError,
  RoutingUnsupportedError,
  SelfhostedControlError,
} from "./errors.js";
import type { ExposedPortEndpoint } from "./provider.js";
import type { CallSignal } from "./session.js";
import type {
  ControlRpc,
  SelfhostedOpEvent,
  SelfhostedRelayConfig,
  SelfhostedRetryPolicy,
  SelfhostedSessionDeps,
} from "./selfhosted.js";

/** A pointer to the active sandbox of a session. */
export type ActivePointer = {
  /** The id of the active sandbox; `null` for the session's own. */
  activeSandboxId: string | null;
  /** A finite number that grows with every swap. A backend is kept for one epoch and one id. */
  activeEpoch: number;
  /** The base of relative paths. Only a machine uses it. */
  workingDir?: string | null;
};

/** The session of a backend. Every member is optional. */
export type RoutableBackendSession = {
  /** The SDK's state of the session. */
  state?: unknown;
  /** Runs a command. Resolves to its result. */
  exec?(args: unknown): Promise<unknown>;
  /** Runs a command. Resolves to its output as text. */
  execCommand?(args: unknown): Promise<string>;
  /** Writes to the standard input of a running command. */
  writeStdin?(args: unknown): Promise<string>;
  /** Reads a file. Resolves to its text or its bytes. */
  readFile?(args: unknown): Promise<string | Uint8Array>;
  /** Writes a file. */
  writeFile?(args: unknown): Promise<unknown>;
  /** Lists a directory. */
  listDir?(args: unknown): Promise<unknown>;
  /** Reads an image file. */
  viewImage?(args: unknown): Promise<unknown>;
  /** Creates an entry of a manifest on the box. */
  materializeEntry?(args: unknown): Promise<void>;
  /** Returns an editor that changes files by diffs. */
  createEditor?(runAs?: string): unknown;
  /** Resolves to whether a path exists. */
  pathExists?(path: string, runAs?: string): Promise<boolean>;
  /** Returns whether commands can have a pseudo-terminal. */
  supportsPty?(): boolean;
  /** Resolves to the endpoint of a TCP port of the box. */
  resolveExposedPort?(port: number): Promise<ExposedPortEndpoint>;
  /** Resolves to the state from which the session can be resumed. */
  serializeSessionState?(): Promise<unknown>;
  /** Moves the pointer or presses a key on the desktop. */
  desktopInput?(event: unknown): Promise<void>;
  /** Resolves to a picture of the desktop as a PNG file, and its size in pixels. */
  screenshot?(): Promise<{ png: Uint8Array; width: number; height: number }>;
};

/**
 * An editor of a {@link RoutingSandboxSession}. Each operation follows the pointer as those of the session do,
 * and rejects as they do. It asks the active backend for an editor, by `createEditor(runAs)`, and calls the
 * method of the same name with the same arguments. Where the backend has no editor, or its editor no such
 * method, the operation rejects with {@link RoutingUnsupportedError}.
 *
 * Operations and results are those of the SDK's `Editor`; the diffs are what its `applyDiff` takes.
 *
 * @example
 * const editor = session.createEditor();
 * await editor.createFile({ type: "create_file", path: "notes.txt", diff: "+first" }); // on the active box
 * await movePointer("laptop");
 * await editor.deleteFile({ type: "delete_file", path: "notes.txt" }); // on the laptop
 */
export type RoutingEditor = {
  /** Creates a file from a diff. */
  createFile(
    operation: { path: string; diff: string; [field: string]: unknown },
    context?: unknown,
  ): Promise<RoutingEditorResult | void>;
  /** Changes a file by a diff, and moves it where `moveTo` is given. */
  updateFile(
    operation: {
      path: string;
      diff: string;
      moveTo?: string | undefined;
      [field: string]: unknown;
    },
    context?: unknown,
  ): Promise<RoutingEditorResult | void>;
  /** Removes a file. */
  deleteFile(
    operation: { path: string; [field: string]: unknown },
    context?: unknown,
  ): Promise<RoutingEditorResult | void>;
};

/** What the backend's editor says of an operation. */
export type RoutingEditorResult = {
  /** Default: `completed`. */
  status?: "completed" | "failed";
  /** A text for the model. */
  output?: string;
};

/** A live backend. */
export type ResolvedActiveBackend = {
  /** The session that operations run on. It must not be the routing session itself. */
  session: RoutableBackendSession;
  /** The id of the sandbox; `null` for the session's own. */
  sandboxId: string | null;
  /** The kind of the backend, such as `modal`, for messages and events. */
  kind: string;
};

/** An event for `onTransition`. */
export type RoutingTransitionEvent = {
  /**
   * - `resolved`: a backend was resolved for the first epoch, or for the known one, after a fence or for
   *   another id.
   * - `epoch-changed`: a backend was resolved for another epoch.
   * - `fenced-retry`: the backend of an operation was fenced off. Each fence has one event, also the last
   *   fence of an operation.
   */
  type: "resolved" | "fenced-retry" | "epoch-changed";
  /** The epoch before; for a `fenced-retry`, the epoch that was fenced off. */
  fromEpoch: number;
  /** The epoch after; for a `fenced-retry`, the epoch that was fenced off. */
  toEpoch: number;
  /** The sandbox of the backend; for a `fenced-retry`, of the backend that was fenced off. */
  sandboxId: string | null;
  /** The kind of the backend; for a `fenced-retry`, of the backend that was fenced off. */
  kind: string;
};

/** The dependencies of a {@link RoutingSandboxSession}. */
export type RoutingSandboxSessionDeps = {
  /**
   * Reads the active pointer, once for each attempt of an operation; with `atMostOnce` also after each run, and
   * again after each `beforeMutation`.
   */
  readPointer(): Promise<ActivePointer>;
  /**
   * Resolves a pointer to a live backend. Where its `session` is no object, the operation rejects, and the next
   * one asks anew. Else it is not called again while epoch and id stay the same, except
   * after a fence. It must not wait for an operation of the same session, since the operation waits for it.
   */
  resolveActiveBackend(pointer: ActivePointer): Promise<ResolvedActiveBackend>;
  /**
   * The backend that `state` and `supportsPty` describe until one is resolved, and the one that decides on
   * `desktopInput` and `screenshot`. No operation runs on it. Default: none; the SDK's Runner then needs
   * {@link RoutingSandboxSession.prime} before it runs.
   */
  defaultResolved?: ResolvedActiveBackend;
  /**
   * The number of times that an operation is tried again after a fence, or admitted again by `beforeMutation`.
   * Default: 3. With a negative number or NaN every operation rejects with an `Error`, and none is tried.
   */
  maxFenceRetries?: number;
  /** Called for every transition, in the same turn of the event loop. An exception of it is ignored. */
  onTransition?: (event: RoutingTransitionEvent) => void;
  /**
   * Whether an operation that changes a box runs at most once. Default: `false`, and a fence repeats it even
   * though it may have run. With `true`
   *
   * - one that meets a fence rejects with {@link RoutingMutationOutcomeUnknownError}. Where an agent has
   *   refused it (a {@link SelfhostedControlError} with code 10), nothing has run, and it is tried again;
   * - the pointer is read again after each run. Where it has moved, one that changes a box rejects with that
   *   error, and a read is repeated, up to `maxFenceRetries` times. So it is after a run that has failed; where
   *   the pointer has not moved, it rejects with its own error. Where the pointer cannot be read, the outcome
   *   is unknown, too. An operation that the backend does not have has not run.
   *
   * Operations that change a box are those of {@link RoutingMutationOp}.
   */
  atMostOnce?: boolean | undefined;
  /**
   * Admits each run of an operation that changes a box, before it runs. The run waits for it. What it throws
   * refuses the operation, which rejects with it and is not tried again. After it the pointer is read again:
   * where another backend is active by then, the run is settled as `not-run` and admitted anew, up to
   * `maxFenceRetries` times.
   */
  beforeMutation?: ((mutation: RoutingMutation) => unknown) | undefined;
  /**
   * Settles each run that was admitted. The operation waits for it. Where it throws, the operation rejects
   * with {@link RoutingMutationOutcomeUnknownError}. It is given the object that `beforeMutation` was given.
   */
  afterMutation?:
    ((mutation: RoutingMutation, settlement: RoutingMutationSettlement) => unknown) | undefined;
  /** Called when an operation has ended. An exception of it is ignored. */
  onOperation?: ((event: RoutingOperationEvent) => void) | undefined;
};

/** The argument of `exec` of a {@link RoutingSandboxSession}, which passes it on as it is. */
export type RoutedCommandArgs = {
  /** The command, for a shell. */
  cmd?: string | undefined;
  /** The directory that it runs in. Default: the backend's own. */
  workdir?: string | undefined;
  /** The user that it runs as. Default: the backend's own. */
  runAs?: string | undefined;
  /** How long to wait for it, in milliseconds. Default: the backend's own. */
  yieldTimeMs?: number | undefined;
  /** The most output to return, in tokens. Default: the backend's own limit. */
  maxOutputTokens?: number | null | undefined;
  /** Ends the wait for it. Default: none. */
  signal?: CallSignal | undefined;
  /** What else the backend takes. */
  [field: string]: unknown;
};

/**
 * The result of `exec` of a {@link RoutingSandboxSession}: that of the backend, so a field is there only where
 * the backend has it, and of the backend's type.
 */
export type RoutedCommandResult = {
  /** Everything that the command printed, as far as the backend keeps it: a text. */
  output: any;
  /** What it printed to standard output: a text. */
  stdout: any;
  /** What it printed to standard error: a text. */
  stderr: any;
  /** The exit code, a number. Absent while the command runs. */
  exitCode: any;
  /** The number of the process that still runs, for `writeStdin`. */
  sessionId: any;
  /** How long it took, in seconds. */
  wallTimeSeconds: any;
  /** What else the backend has. */
  [field: string]: any;
};

/** The operations that change a box; the last three are those of an editor. */
export type RoutingMutationOp =
  | "exec"
  | "execCommand"
  | "writeStdin"
  | "writeFile"
  | "materializeEntry"
  | "desktopInput"
  | "createFile"
  | "updateFile"
  | "deleteFile";

/** A run of an operation that changes a box. */
export type RoutingMutation = {
  /** The operation. */
  readonly op: RoutingMutationOp;
  /** Its argument, by reference. */
  readonly args?: unknown;
  /** The epoch of the backend that it is to run on. */
  readonly epoch: number;
  /** The sandbox of that backend; `null` for the session's own. */
  readonly sandboxId: string | null;
  /** The kind of that backend. */
  readonly kind: string;
  /** The number of the attempt, from 1. It grows with each fence, and where it is admitted anew. */
  readonly attempt: number;
};

/** How a run of an operation that changes a box has ended. */
export type RoutingMutationSettlement =
  /** It has run. */
  | { outcome: "succeeded"; error?: undefined }
  /**
   * - `failed`: the backend has answered with `error`.
   * - `not-run`: it has not begun, since another backend is active (without an `error`), the wait for it has
   *   ended, or an agent has refused it.
   * - `unknown`: it may have run. Without `atMostOnce`, a run that was fenced off and is repeated is settled so.
   */
  | { outcome: "failed" | "not-run" | "unknown"; error: unknown };

/** An operation that has ended, for `onOperation`. */
export type RoutingOperationEvent = {
  /** The name of the operation, such as `readFile`. */
  op: string;
  /** The kind of the backend that it ran on last; `null` where it ran on none. */
  backend: string | null;
  /**
   * `aborted`: a signal has ended the wait. `unknown`: it has rejected with
   * {@link RoutingMutationOutcomeUnknownError}. `failed`: it has rejected with another value.
   */
  outcome: "succeeded" | "failed" | "unknown" | "aborted";
  /** How long the caller has waited, in milliseconds. */
  ms: number;
};

/**
 * One session that a consumer holds for a whole turn, whichever backend is active. Every operation
 * reads the active pointer and runs on the backend of its epoch and id.
 *
 * - Operations that need the same unresolved pointer at the same time share one resolve. A resolve that
 *   ends after a newer epoch has been resolved is dropped, and its operations begin again.
 * - A backend that throws a fence is evicted, and the operation is tried again in the next turn of the event
 *   loop; from the fourth fence on it waits for 10 ms, 20 ms and so on, up to a second. A backend that was
 *   resolved meanwhile stays. A fence is an error with `fenced === true`, with the name
 *   `SandboxLeaseSupersededError`, or with a message that begins with `sandbox lease superseded`.
 * - A process that `exec` or `execCommand` has left running (a `sessionId` without an `exitCode`, or the line
 *   about it in the banner) stays with its backend: `writeStdin` with its number goes there, whichever backend
 *   is active, until an answer has an exit code or says that the process is gone. Without a banner, only an
 *   answer that is `session not found: <number>` from end to end says so, also after `write_stdin failed: `;
 *   any other text may be the process's own. Where two backends use one number, it is that of the newer process;
 *   once that has ended, of the older one.
 * - After a fence, the input of a process is tried again only where the pointer still has the epoch and the id
 *   of the process's backend: the next backend is then another session with the same box, and the process
 *   stays with that from now on. With `atMostOnce` it is the next input that goes there. Where the pointer has
 *   moved, the input rejects with the fence.
 * - A recording belongs to its box. The calls of recordings take the `session` that
 *   {@link RoutingSandboxSession.prime} resolves to. Given the routing session, they would look for the film on
 *   the box that is active by then: a stop would do nothing, and a read would reject with `box-death`; or
 *   they would take the film of the same name on that box.
 * - An `AbortSignal` in the argument of an operation, as its field `signal`, ends the wait for it: the operation
 *   rejects with the signal's reason. What has not begun by then does not run; what runs goes on.
 *
 * Operations reject with
 *
 * - {@link RoutingUnsupportedError}, where the active backend does not have the method;
 * - the last fence itself, after the last attempt;
 * - {@link RoutingMutationOutcomeUnknownError}, with `atMostOnce` or where `afterMutation` has failed;
 * - any other value that the backend, `readPointer` or `resolveActiveBackend` throws. The operation is not
 *   tried again;
 * - `TypeError` or `RangeError`, where `activeEpoch` is no finite number; `TypeError`, where
 *   `resolveActiveBackend` gives no session;
 * - `Error`, where an operation has no attempts left and has met no fence;
 * - {@link ActiveBackendUnresolvableError}, where `resolveActiveBackend` returns the routing session
 *   itself.
 *
 * The SDK's Runner takes it as `sandbox: { session }`. At the start of a turn, before any operation, the Runner
 * reads members without a promise: `state.manifest` for the files and the variables of the box, and
 * `supportsPty()`, without which the agent gets no `write_stdin`. They describe the last resolved backend, else
 * `defaultResolved`, so give that, or await {@link RoutingSandboxSession.prime}.
 *
 * @example
 * const session = new RoutingSandboxSession({
 *   readPointer: () => db.readActiveSandbox(sessionId), // { activeSandboxId, activeEpoch }
 *   resolveActiveBackend: makeActiveBackendResolver(deps),
 *   onTransition: ({ type, fromEpoch, toEpoch, kind }) => log(type, fromEpoch, toEpoch, kind),
 * });
 * await session.exec({ cmd: "make test" }); // runs on the active backend
 * await run(agent, "Mend the tests.", { sandbox: { session } }); // of @openai/agents
 */
export declare class RoutingSandboxSession implements RoutableBackendSession {
  /** Makes the session. No pointer is read, and nothing is resolved. */
  constructor(deps: RoutingSandboxSessionDeps);
  /**
   * The `state` of the last resolved backend, else of `defaultResolved`, by reference; a new `{}` at every read
   * where it has none. It lags behind a swap until the next operation.
   *
   * Without either backend it is a new object, whose `manifest` throws an `Error` that says to give
   * `defaultResolved` or to await `prime()`.
   */
  get state(): any;
  /**
   * Returns the answer of the last resolved backend, else of `defaultResolved`; `false` without an answer or
   * a backend. It lags behind a swap until the next operation.
   */
  supportsPty(): boolean;
  /**
   * Returns an editor that follows the pointer. Nothing is read or resolved yet.
   *
   * @param runAs The user whose files are edited, which is passed to `createEditor` of the backends.
   *   Default: the backend's own.
   */
  createEditor(runAs?: string): RoutingEditor;
  /**
   * Resolves to the active backend. Nothing runs on it. Rejects as operations do, but with no
   * {@link RoutingUnsupportedError} and no fence.
   *
   * @param options `signal`: ends the wait; the promise rejects with its reason. Default: none.
   *
   * @example
   * const { session: box, sandboxId } = await session.prime();
   * const recording = await startRecording(box, { recordingId: "turn-7" }); // stays on this backend
   * await db.put("turn-7", { recording, sandboxId }); // from which `box` can be resolved again
   */
  prime(options?: { signal?: CallSignal | undefined }): Promise<ResolvedActiveBackend>;
  /**
   * Calls `exec` of the active backend. Where the backend has only `execCommand`, that is called, and the
   * result is `{ output, stdout, stderr: "", wallTimeSeconds }` of its text, with `exitCode` of a command that
   * has finished, or `sessionId` of one that goes on. They are read from the banner that the text begins with,
   * and not from what the command has printed. Without a banner the output is all of the text, and
   * `wallTimeSeconds` is 0.
   *
   * @example
   * // execCommand resolves to "Wall time: 0.2 seconds\nProcess exited with code 1\nOutput:\nno such file\n"
   * await session.exec({ cmd: "cat notes" });
   * // { output: "no such file\n", stdout: "no such file\n", stderr: "", wallTimeSeconds: 0.2, exitCode: 1 }
   */
  exec(args: RoutedCommandArgs): Promise<RoutedCommandResult>;
  exec(args: unknown): Promise<any>;
  /**
   * Calls `execCommand` of the active backend. Where the backend has only `exec`, that is called, and the
   * result is the text that it resolves to, or that is its `stdout`; else its `output`, else an empty string.
   */
  execCommand(args: unknown): Promise<string>;
  /**
   * Calls `writeStdin` with the same arguments and result: of the backend that has started the process with
   * this number, where the session knows it, else of the active one.
   */
  writeStdin(args: unknown): Promise<string>;
  /** Calls `readFile` of the active backend, with the same arguments and result. */
  readFile(args: unknown): Promise<string | Uint8Array>;
  /** Calls `writeFile` of the active backend, with the same arguments and result. */
  writeFile(args: unknown): Promise<unknown>;
  /** Calls `listDir` of the active backend, with the same arguments and result. */
  listDir(args: unknown): Promise<any>;
  /** Calls `pathExists` of the active backend, with the same arguments and result. */
  pathExists(path: string, runAs?: string): Promise<boolean>;
  /** Calls `viewImage` of the active backend, with the same arguments and result. */
  viewImage(args: unknown): Promise<any>;
  /** Calls `materializeEntry` of the active backend, with the same arguments and result. */
  materializeEntry(args: unknown): Promise<void>;
  /** Calls `resolveExposedPort` of the active backend, with the same arguments and result. */
  resolveExposedPort(port: number): Promise<ExposedPortEndpoint>;
  /** Calls the method of the active backend. Resolves to `undefined` where the backend does not have it. */
  serializeSessionState(): Promise<unknown>;
  /** Calls the active backend's method. Present only if `defaultResolved.session` has it and `screenshot`. */
  desktopInput?(event: unknown): Promise<void>;
  /** Calls the active backend's method. Present only if `defaultResolved.session` has it and `desktopInput`. */
  screenshot?(): Promise<{ png: Uint8Array; width: number; height: number }>;
}

/** Whether the target of a swap can be established; where not, the reason and the `code` of its error. */
export type SwapTargetEstablishability =
  { ok: true } | { ok: false; code: BackendUnresolvableCode; reason: string };

/**
 * Returns whether {@link makeActiveBackendResolver} can establish the target of a pointer, before the
 * pointer moves. It follows the same rule as the resolver. The session's own sandbox can always be
 * established, and so can a machine, whether or not it is online.
 *
 * @example
 * swapTargetEstablishability({ kind: "selfhosted", isSessionGroup: false }); // { ok: true }
 * swapTargetEstablishability({ kind: "modal", isSessionGroup: false });
 * // { ok: false, code: "unsupported_backend_context",
 * //   reason: "a modal sandbox other than the session's own cannot be established in this context" }
 *
 * @param target `isSessionGroup`: whether it is the session's own sandbox. `establishesModal`: whether the
 *   resolver has an `establishModalTarget`; default: `false`.
 * @throws `TypeError`: `target` is no object, or its `kind` is an object, a function or a symbol.
 */
export declare function swapTargetEstablishability(target: {
  kind: string;
  isSessionGroup: boolean;
  establishesModal?: boolean | undefined;
}): SwapTargetEstablishability;

/** The record of a sandbox that can be the target of a pointer. */
export type RoutableSandbox = {
  /** Its id in the workspace. */
  id: string;
  /** `modal` or `selfhosted`. A sandbox of another kind has no backend. */
  kind: string;
  /** Not used. */
  name: string;
  /** The id of the machine's agent. `null` for a modal sandbox. */
  enrollmentId: string | null;
};

/** The dependencies of {@link makeActiveBackendResolver}. */
export type ActiveBackendResolverDeps = {
  /** The workspace of the session. It is part of the NATS subject of its machines. */
  workspaceId: string;
  /** The session's own sandbox. */
  defaultBackend: RoutableBackendSession;
  /** The kind of `defaultBackend`, for messages and events. */
  defaultKind: string;
  /**
   * Resolves to the session's own sandbox, each time that a pointer without a sandbox is resolved, as after a
   * fence; `null` where there is none: the pointer has no backend (`home_unavailable_this_turn`). Default:
   * `defaultBackend`.
   */
  resolveDefaultBackend?:
    ((pointer: ActivePointer) => Promise<RoutableBackendSession | null>) | undefined;
  /**
   * Whether `defaultBackend` is the session's own sandbox. Default: `true`. With `false`, and without
   * `resolveDefaultBackend`, a pointer without a sandbox has no backend (`home_unavailable_this_turn`).
   */
  defaultIsHome?: boolean | undefined;
  /** Looks up a sandbox of the workspace. Resolves to `null` where it does not exist. */
  getSandbox(sandboxId: string): Promise<RoutableSandbox | null>;
  /**
   * Called for each resolution of a machine, also after each fence. The results are not closed, so let all
   * of them share one connection.
   */
  controlRpcFactory(): ControlRpc;
  /** The relay of the machines' streams. */
  relay: SelfhostedRelayConfig;
  /** Establishes a modal sandbox. Default: modal sandboxes cannot be established. */
  establishModalTarget?:
    ((sandbox: RoutableSandbox) => Promise<RoutableBackendSession>) | undefined;
  /** As `timeoutMs` of {@link SelfhostedSessionDeps}, in milliseconds. Default: 30000. */
  selfhostedTimeoutMs?: number | undefined;
  /** As `execTimeoutMs` of {@link SelfhostedSessionDeps}, in milliseconds. */
  selfhostedExecTimeoutMs?: number | undefined;
  /** As `retry` of {@link SelfhostedSessionDeps}. Default: `false`. */
  selfhostedRetry?: boolean | SelfhostedRetryPolicy | undefined;
  /** As `onOp` of {@link SelfhostedSessionDeps}. Default: none. */
  selfhostedOnOp?: ((event: SelfhostedOpEvent) => void) | undefined;
  /** As `environment` of {@link SelfhostedSessionDeps}. Default: `{}`. */
  environment?: Record<string, string> | undefined;
  /** An existing session with a machine, used for this sandbox at this epoch. Default: none. */
  pinnedSelfhosted?:
    { sandboxId: string; epoch: number; session: RoutableBackendSession } | undefined;
};

/**
 * Returns the `resolveActiveBackend` of a {@link RoutingSandboxSession}. The first rule that matches counts:
 *
 * 1. A pointer without a sandbox (`null`) resolves to `defaultBackend`, or to what `resolveDefaultBackend` gives.
 * 2. The pinned sandbox at the pinned epoch resolves to the pinned session.
 * 3. Any other sandbox is looked up. A machine gets a new session with the epoch and the `workingDir` of the
 *    pointer. A modal sandbox is established by `establishModalTarget`.
 *
 * The resolver keeps no state. It rejects with
 *
 * - {@link ActiveBackendUnresolvableError}, whose `code` tells why the pointer has no backend;
 * - the value that a function of `deps` throws;
 * - `Error`, for a machine where `@openai/agents` is not installed.
 *
 * @example
 * const nats = await connect({ servers: natsUrl, maxReconnectAttempts: -1 });
 * const resolveActiveBackend = makeActiveBackendResolver({
 *   workspaceId,
 *   defaultBackend: box,
 *   defaultKind: "modal",
 *   getSandbox: (id) => db.getSandbox(workspaceId, id),
 *   controlRpcFactory: () => new NatsControlRpc(async () => nats),
 *   relay: { host: "relay.example" },
 * });
 * const session = new RoutingSandboxSession({
 *   readPointer: () => db.readActiveSandbox(sessionId),
 *   resolveActiveBackend,
 * });
 */
export declare function makeActiveBackendResolver(
  deps: ActiveBackendResolverDeps,
): (pointer: ActivePointer) => Promise<ResolvedActiveBackend>;
