/**
 * One session over several sandboxes: routing, and the resolver of pointers.
 *
 * @module resolution
 */

import type {
  ActiveBackendUnresolvableError,
  BackendUnresolvableCode,
  RoutingUnsupportedError,
} from "./errors.js";
import type { ExposedPortEndpoint } from "./provider.js";
import type { ControlRpc, SelfhostedRelayConfig, SelfhostedSessionDeps } from "./selfhosted.js";

/** A pointer to the active sandbox of a session. */
export type ActivePointer = {
  /** The id of the active sandbox; `null` for the session's own. */
  activeSandboxId: string | null;
  /** A finite number that grows with every swap. A backend is kept for one epoch. */
  activeEpoch: number;
  /** The base of relative paths. Only a self-hosted target uses it. */
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
   * - `resolved`: a backend was resolved for the first epoch, or again for the known one.
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
  /** Reads the active pointer, once for each attempt of an operation. */
  readPointer(): Promise<ActivePointer>;
  /**
   * Resolves a pointer to a live backend. It is not called again while the epoch stays the same, except
   * after a fence. It must not wait for an operation of the same session, since the operation waits for it.
   */
  resolveActiveBackend(pointer: ActivePointer): Promise<ResolvedActiveBackend>;
  /**
   * The backend that the members without a promise describe until one is resolved. No operation runs on it.
   * Default: none.
   */
  defaultResolved?: ResolvedActiveBackend;
  /**
   * The number of times that an operation is tried again after a fence. Default: 3. With a negative number
   * or NaN every operation rejects with an `Error`, and none is tried.
   */
  maxFenceRetries?: number;
  /** Called for every transition, in the same turn of the event loop. An exception of it is ignored. */
  onTransition?: (event: RoutingTransitionEvent) => void;
};

/**
 * One session that a consumer holds for a whole turn, whichever backend is active. Every operation
 * reads the active pointer and runs on the backend of its epoch.
 *
 * - Operations that need the same unresolved pointer at the same time share one resolve. A resolve that
 *   ends after a newer epoch has been resolved is dropped, and its operations begin again.
 * - A backend that throws a fence is evicted, and the operation is tried again at once. A backend that was
 *   resolved meanwhile stays. A fence is an error with `fenced === true`, with the name
 *   `SandboxLeaseSupersededError`, or with a message that begins with `sandbox lease superseded`.
 *
 * Operations reject with
 *
 * - {@link RoutingUnsupportedError}, where the active backend does not have the method;
 * - the last fence itself, after the last attempt;
 * - any other value that the backend, `readPointer` or `resolveActiveBackend` throws. The operation is not
 *   tried again;
 * - `TypeError` or `RangeError`, where `activeEpoch` is no finite number;
 * - {@link ActiveBackendUnresolvableError}, where `resolveActiveBackend` returns the routing session
 *   itself.
 *
 * @example
 * const session = new RoutingSandboxSession({
 *   readPointer: () => db.readActiveSandbox(sessionId), // { activeSandboxId, activeEpoch }
 *   resolveActiveBackend: makeActiveBackendResolver(deps),
 *   onTransition: ({ type, fromEpoch, toEpoch, kind }) => log(type, fromEpoch, toEpoch, kind),
 * });
 * await session.exec({ cmd: "make test" }); // runs on the active backend
 */
export declare class RoutingSandboxSession implements RoutableBackendSession {
  /** Makes the session. No pointer is read, and nothing is resolved. */
  constructor(deps: RoutingSandboxSessionDeps);
  /**
   * The `state` of the last resolved backend, by reference; a new `{}` at every read where it has none. Like
   * the other members without a promise, it lags behind a swap until the next operation.
   */
  get state(): unknown;
  /** Returns the answer of the last resolved backend; `false` without an answer or a backend. */
  supportsPty(): boolean;
  /**
   * Returns an editor of the last resolved backend. It stays with that backend after a swap. Returns
   * `undefined` without an editor or a backend.
   */
  createEditor(runAs?: string): unknown;
  /**
   * Resolves to the active backend. Nothing runs on it. Rejects as operations do, but with no
   * {@link RoutingUnsupportedError} and no fence.
   *
   * @example
   * const { session: box } = await session.prime();
   * const recording = await startRecording(box, { recordingId: "turn-7" }); // stays on this backend
   */
  prime(): Promise<ResolvedActiveBackend>;
  /**
   * Calls `exec` of the active backend. Where the backend has only `execCommand`, that is called, and the
   * result is its string.
   */
  exec(args: unknown): Promise<unknown>;
  /**
   * Calls `execCommand` of the active backend. Where the backend has only `exec`, that is called, and the
   * result is its `stdout`, else its `output`, else an empty string.
   */
  execCommand(args: unknown): Promise<string>;
  /** Calls `writeStdin` of the active backend, with the same arguments and result. */
  writeStdin(args: unknown): Promise<string>;
  /** Calls `readFile` of the active backend, with the same arguments and result. */
  readFile(args: unknown): Promise<string | Uint8Array>;
  /** Calls `writeFile` of the active backend, with the same arguments and result. */
  writeFile(args: unknown): Promise<unknown>;
  /** Calls `listDir` of the active backend, with the same arguments and result. */
  listDir(args: unknown): Promise<unknown>;
  /** Calls `pathExists` of the active backend, with the same arguments and result. */
  pathExists(path: string, runAs?: string): Promise<boolean>;
  /** Calls `viewImage` of the active backend, with the same arguments and result. */
  viewImage(args: unknown): Promise<unknown>;
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
 * established, and so can a self-hosted machine, whether or not it is online.
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
  /** As `environment` of {@link SelfhostedSessionDeps}. Default: `{}`. */
  environment?: Record<string, string> | undefined;
  /** An existing session with a machine, used for this sandbox at this epoch. Default: none. */
  pinnedSelfhosted?:
    { sandboxId: string; epoch: number; session: RoutableBackendSession } | undefined;
};

/**
 * Returns the `resolveActiveBackend` of a {@link RoutingSandboxSession}. The first rule that matches counts:
 *
 * 1. A pointer without a sandbox (`null`) resolves to `defaultBackend`.
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
