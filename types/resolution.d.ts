import type {
  ActiveBackendUnresolvableError,
  BackendUnresolvableCode,
  RoutingUnsupportedError,
} from "./errors.js";
import type { ExposedPortEndpoint } from "./provider.js";
import type { ControlRpc, SelfhostedRelayConfig, SelfhostedSessionDeps } from "./selfhosted.js";

/** Where an active pointer points. */
export type ActivePointer = {
  /** `null` is the session's own sandbox. */
  activeSandboxId: string | null;
  /** A finite number that grows with every swap. The key of the backend cache. */
  activeEpoch: number;
  /** The base of paths; only a self-hosted target uses it. */
  workingDir?: string | null;
};

/** What a backend may be able to do. Every member is optional. */
export type RoutableBackendSession = {
  /** What the SDK keeps with a session. */
  state?: unknown;
  /** Runs a command. Resolves to its result. */
  exec?(args: unknown): Promise<unknown>;
  /** Runs a command. Resolves to its output as text. */
  execCommand?(args: unknown): Promise<string>;
  /** Writes to a command that runs. */
  writeStdin?(args: unknown): Promise<string>;
  /** Reads a file. */
  readFile?(args: unknown): Promise<string | Uint8Array>;
  /** Writes a file. */
  writeFile?(args: unknown): Promise<unknown>;
  /** Lists a directory. */
  listDir?(args: unknown): Promise<unknown>;
  /** Reads an image file. */
  viewImage?(args: unknown): Promise<unknown>;
  /** Puts an entry of a manifest in its place. */
  materializeEntry?(args: unknown): Promise<void>;
  /** What edits files by diffs. */
  createEditor?(runAs?: string): unknown;
  /** Whether there is something at a path. */
  pathExists?(path: string, runAs?: string): Promise<boolean>;
  /** Whether commands can have a pseudo-terminal. */
  supportsPty?(): boolean;
  /** Where a TCP port of the box can be reached. */
  resolveExposedPort?(port: number): Promise<ExposedPortEndpoint>;
  /** What the session can be resumed from. */
  serializeSessionState?(): Promise<unknown>;
  /** Moves the pointer or presses a key. */
  desktopInput?(event: unknown): Promise<void>;
  /** A picture of the desktop as a PNG file, and its size in pixels. */
  screenshot?(): Promise<{ png: Uint8Array; width: number; height: number }>;
};

/** A live backend. */
export type ResolvedActiveBackend = {
  /** What operations run on. Not the routing session itself. */
  session: RoutableBackendSession;
  /** `null` is the session's own sandbox. */
  sandboxId: string | null;
  /** What kind of backend it is, for messages and events. */
  kind: string;
};

/** An event for those who watch the routing. */
export type RoutingTransitionEvent = {
  /**
   * - `resolved`: a backend was resolved for the first epoch, or again for the known one.
   * - `epoch-changed`: a backend was resolved for another epoch.
   * - `fenced-retry`: an operation's backend was fenced off. Every fence has one, the last of an
   *   operation too.
   */
  type: "resolved" | "fenced-retry" | "epoch-changed";
  /** The epoch before; of a `fenced-retry`, the epoch that was fenced off. */
  fromEpoch: number;
  /** The epoch now; of a `fenced-retry`, the epoch that was fenced off. */
  toEpoch: number;
  /** The backend's; of a `fenced-retry`, that of the one that was fenced off. */
  sandboxId: string | null;
  /** The backend's; of a `fenced-retry`, that of the one that was fenced off. */
  kind: string;
};

/** What a {@link RoutingSandboxSession} is made of. */
export type RoutingSandboxSessionDeps = {
  /** Reads the active pointer, once for each attempt of an operation. */
  readPointer(): Promise<ActivePointer>;
  /**
   * Makes a live backend of a pointer. Not called again while the epoch stays the same. It must not
   * wait for an operation of the session that it resolves for: that one waits for it.
   */
  resolveActiveBackend(pointer: ActivePointer): Promise<ResolvedActiveBackend>;
  /**
   * What the members without a promise describe until an operation has resolved a backend. No
   * operation runs on it.
   */
  defaultResolved?: ResolvedActiveBackend;
  /**
   * How often an operation is tried again after a fence. Default 3. Where it is negative or NaN, no
   * operation is tried.
   */
  maxFenceRetries?: number;
  /** Is told of every transition, in the turn in which it happens. What it throws is dropped. */
  onTransition?: (event: RoutingTransitionEvent) => void;
};

/**
 * One session that a consumer holds for a whole turn, whichever backend is active. Every operation
 * reads the active pointer and runs on the backend of its epoch.
 *
 * - Operations that meet an unresolved epoch at the same time share one resolve. A resolve that ends
 *   after a newer epoch has been resolved is dropped, and its operation begins again.
 * - A backend that throws a fence is discarded, once, and the operation tried again at once. A
 *   backend that was resolved since stays. A fence is an error with `fenced === true`, with the name
 *   `SandboxLeaseSupersededError`, or with a message that begins with `sandbox lease superseded`.
 *
 * Operations reject with
 *
 * - {@link RoutingUnsupportedError}, where the active backend lacks the method;
 * - the last fence itself, with the attempts used up;
 * - anything else that the backend, `readPointer` or `resolveActiveBackend` throws, as the same
 *   value. Nothing of it is tried again;
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
 * await session.exec({ cmd: "make test" }); // runs on the backend that is active now
 */
export declare class RoutingSandboxSession implements RoutableBackendSession {
  /** Reads no pointer and resolves nothing. */
  constructor(deps: RoutingSandboxSessionDeps);
  /**
   * The last resolved backend's own `state`, by reference; a new `{}` at every read where it has
   * none. Like the other members without a promise, it lags behind a swap until the next operation.
   */
  get state(): unknown;
  /** What the last resolved backend says; false where it says nothing, or none is resolved. */
  supportsPty(): boolean;
  /**
   * The last resolved backend's editor, which stays with that backend after a swap. `undefined` where
   * it has none, or no backend is known.
   */
  createEditor(runAs?: string): unknown;
  /** Resolves the active backend without running anything on it. */
  prime(): Promise<ResolvedActiveBackend>;
  /** Falls back on `execCommand`, and then resolves to its bare string. */
  exec(args: unknown): Promise<unknown>;
  /** Falls back on `exec`, and then resolves to its `stdout`, or else its `output`. */
  execCommand(args: unknown): Promise<string>;
  /** The active backend's own; so are the following, with the same arguments and result. */
  writeStdin(args: unknown): Promise<string>;
  /** The active backend's own. */
  readFile(args: unknown): Promise<string | Uint8Array>;
  /** The active backend's own. */
  writeFile(args: unknown): Promise<unknown>;
  /** The active backend's own. */
  listDir(args: unknown): Promise<unknown>;
  /** The active backend's own. */
  pathExists(path: string, runAs?: string): Promise<boolean>;
  /** The active backend's own. */
  viewImage(args: unknown): Promise<unknown>;
  /** The active backend's own. */
  materializeEntry(args: unknown): Promise<void>;
  /** The active backend's own. */
  resolveExposedPort(port: number): Promise<ExposedPortEndpoint>;
  /** The active backend's own. Resolves to `undefined` where the backend has no such method. */
  serializeSessionState(): Promise<unknown>;
  /** There only if `defaultResolved`'s session has this and `screenshot`. */
  desktopInput?(event: unknown): Promise<void>;
  /** There only if `defaultResolved`'s session has this and `desktopInput`. */
  screenshot?(): Promise<{ png: Uint8Array; width: number; height: number }>;
}

/** Whether a swap target can become a backend. */
export type SwapTargetEstablishability =
  { ok: true } | { ok: false; code: BackendUnresolvableCode; reason: string };

/**
 * Tells before a pointer is moved whether {@link makeActiveBackendResolver} could establish its
 * target: the resolver asks the same question. The session's own sandbox always can; a self-hosted
 * machine can, whether or not it is online.
 *
 * @param target `establishesModal` says whether the resolver will have an `establishModalTarget`.
 *   Default false.
 * @throws {TypeError} The kind has no text.
 */
export declare function swapTargetEstablishability(target: {
  kind: string;
  isSessionGroup: boolean;
  establishesModal?: boolean | undefined;
}): SwapTargetEstablishability;

/** A sandbox that a pointer can point to. */
export type RoutableSandbox = {
  /** Its id in the workspace. */
  id: string;
  /** `modal` or `selfhosted`; any other has no backend. */
  kind: string;
  /** Not used. */
  name: string;
  /** The machine's agent. `null` for a modal sandbox. */
  enrollmentId: string | null;
};

/** What a resolver works with. */
export type ActiveBackendResolverDeps = {
  /** The workspace of the session: part of the subject that its machines are addressed by. */
  workspaceId: string;
  /** The session's own sandbox. */
  defaultBackend: RoutableBackendSession;
  /** What kind of sandbox that is, for messages and events. */
  defaultKind: string;
  /** Looks a sandbox up in the workspace. `null` where it is gone. */
  getSandbox(sandboxId: string): Promise<RoutableSandbox | null>;
  /**
   * Called for each resolution of a machine, so also after each fence. Nothing closes what it gives:
   * have all of them share one connection.
   */
  controlRpcFactory(): ControlRpc;
  /** Where the streams of machines are relayed. */
  relay: SelfhostedRelayConfig;
  /** Establishes a modal sandbox. Default: none can be. */
  establishModalTarget?:
    ((sandbox: RoutableSandbox) => Promise<RoutableBackendSession>) | undefined;
  /** As `timeoutMs` of {@link SelfhostedSessionDeps}. */
  selfhostedTimeoutMs?: number | undefined;
  /** As `execTimeoutMs` of {@link SelfhostedSessionDeps}. */
  selfhostedExecTimeoutMs?: number | undefined;
  /** As `environment` of {@link SelfhostedSessionDeps}. */
  environment?: Record<string, string> | undefined;
  /** A session with a machine that is there already, for one sandbox at one epoch. */
  pinnedSelfhosted?:
    { sandboxId: string; epoch: number; session: RoutableBackendSession } | undefined;
};

/**
 * Makes the `resolveActiveBackend` of a {@link RoutingSandboxSession}. First match wins:
 *
 * 1. a pointer without a sandbox (`null`) leads to `defaultBackend`;
 * 2. the pinned sandbox at the pinned epoch, to the pinned session;
 * 3. any other is looked up: a machine gets a new session, fenced by the pointer's epoch and rooted
 *    in its `workingDir`; a modal sandbox goes through `establishModalTarget`.
 *
 * The resolver keeps nothing. It rejects with
 *
 * - {@link ActiveBackendUnresolvableError}, whose `code` says why the pointer has no backend;
 * - whatever a function of `deps` throws, as the same value;
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
 */
export declare function makeActiveBackendResolver(
  deps: ActiveBackendResolverDeps,
): (pointer: ActivePointer) => Promise<ResolvedActiveBackend>;
