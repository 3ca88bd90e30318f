/**
 * Records an agent's desktop in a remote sandbox, routes operations to the active sandbox, reaches
 * machines that users enrol themselves, and tells what a sandbox can do.
 *
 * A recording is made by ffmpeg on the box, driven through the sandbox session's `exec` (or
 * `execCommand`): {@link startRecording}, {@link stopRecording}, {@link readRecordingBytes}, store
 * the bytes, and only then {@link deleteRecordingArtifacts}.
 *
 * Sessions are accepted as they are. A session is any object with one of
 *
 * - `exec(args)`, which resolves to an object with any of `output`, `stdout`, `stderr` (strings, or
 *   bytes of UTF-8), `exitCode` and `sessionId` (numbers), or to a string;
 * - `execCommand(args)`, which resolves to a string, possibly with a banner that ends in a line
 *   `Output:`.
 *
 * `args` is `{ cmd, runAs?, yieldTimeMs, maxOutputTokens }`: the time to wait for the command, in
 * milliseconds, and the most output to return, in tokens, or `null` for the session's own limit. The
 * method is looked up anew for every command and called on the session. Whatever it throws reaches
 * the caller as the same value.
 *
 * A command prints a line before and after what is to be read. What a login shell, a terminal or the
 * session itself prints around the two is ignored, and an answer of which a part is missing is never
 * taken for a whole one. An answer without the two lines, as test doubles give it, is read as it is.
 *
 * @packageDocumentation
 */

import type { AgentError, ControlRequest, ControlResponse } from "./protocol.js";
import type { DesktopInputRequest, ExecRequest, ExecResponse } from "./protocol.js";
import type { FsListResponse } from "./protocol.js";

export type * from "./protocol.js";

/** The TCP port on the box where the desktop is streamed: 6080, as noVNC's proxy has it. */
export declare const DESKTOP_STREAM_PORT: 6080;

/** What a recording is encoded with, and the container it is in. */
export type RecordingCodec = "h264-mp4" | "vp9-webm";

/** The media type of a recording. */
export type RecordingContentType = "video/mp4" | "video/webm";

/** What to record, and how. */
export type StartRecordingInput = {
  /**
   * Names the recording and its files on the box, `<tmpDir>/og-rec-<recordingId>.*`. Not empty,
   * without `/` and NUL. An earlier recording of the same name on the same box is removed; one that
   * ffmpeg is still making refuses the start.
   */
  recordingId: string;
  /** Default `"h264-mp4"`. */
  codec?: RecordingCodec;
  /** Frames per second: 1 to 1000, fractions allowed. Default 15. */
  framerate?: number;
  /**
   * ffmpeg stops by itself after this many seconds: 0.000001 to 9223372036854, fractions allowed
   * (ffmpeg counts microseconds with 63 bits: ffmpeg-utils(1), "Time duration"). Default 600.
   */
  maxSeconds?: number;
  /**
   * Width and height in pixels, from the top left corner of the display: positive integers.
   * Default `[1280, 800]`. An odd side is padded to the next even one.
   */
  dimensions?: [number, number];
  /**
   * The X display, without NUL, as in X(7): with or without a screen, which is 0 by default. Default
   * `":0"`.
   */
  display?: string;
  /** The user to run as on the box. Default: the session's own. */
  runAs?: string;
  /**
   * The directory for the files, taken literally: `~` and `$HOME` are names like any other. Without
   * NUL, and not beginning with a dash. A relative one is under the directory in which the box runs
   * commands, and absolute in the handle. Default `"/tmp"`.
   */
  tmpDir?: string;
};

/** The handle of a recording. Plain data: it may be stored and read back. */
export type RecordingProcess = {
  /** The caller's name for the recording. */
  recordingId: string;
  /** What it is encoded with. */
  codec: RecordingCodec;
  /** Where the video is on the box. */
  boxPath: string;
  /** Where ffmpeg's process number is on the box. */
  pidFile: string;
  /** Width and height in pixels. */
  dimensions: [number, number];
  /** Frames per second. */
  framerate: number;
  /**
   * When ffmpeg was launched, in milliseconds since the Unix epoch. A handle that was stored may have
   * a `Date` here, or its text in ISO 8601.
   */
  startedAt: number;
  /** The X display. */
  display: string;
  /** The user ffmpeg runs as. Absent where none was given. */
  runAs?: string;
};

/** A recording, read from the box. */
export type FinalizeRecordingResult = {
  /** The file, in an array whose buffer is its own. */
  bytes: Uint8Array;
  /** The media type of the file. */
  contentType: RecordingContentType;
  /** `bytes.length`. */
  sizeBytes: number;
  /**
   * Whole seconds from the launch to the call of {@link stopRecording} with the same handle object:
   * the first call, or the first after those that the session refused. To the end of the read where
   * it was not called in this process. With the handle object that {@link startRecording} gave, by a
   * clock that nobody sets, and `maxSeconds` at most; with another, by the wall clock.
   */
  durationSeconds: number;
};

/** The session has neither `exec` nor `execCommand`: its box cannot run ffmpeg. */
export declare class RecordingUnavailableError extends Error {
  /** For callers that report the same: tests, or a provider of their own. */
  constructor(message: string);
}

/** The recording failed, or what came from the box is not the recording. */
export declare class RecordingError extends Error {
  /**
   * @param options `cause`: what the session threw on the way to this error, where it did.
   */
  constructor(message: string, reason: RecordingError["reason"], options?: ErrorOptions);
  /**
   * - `ffmpeg-error`: ffmpeg could not be launched, has failed or has not finished (its words are in
   *   the message), or the bytes that came are not exactly the file (the message says how). The file,
   *   if there is one, is still on the box.
   * - `box-death`: there is no recording on the box, and no log that says why.
   * - `max-bytes-exceeded`: the file is larger than `maxBytes`. It is still on the box.
   * - `display-unavailable`: ffmpeg could not open the X display.
   */
  readonly reason: "ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable";
}

/**
 * Launches ffmpeg on the box, in the background. Resolves to the handle of the recording.
 *
 * A failure of ffmpeg itself (no ffmpeg, no display) is not seen here: {@link readRecordingBytes}
 * rejects with it.
 *
 * Rejects with
 *
 * - {@link RecordingError} (`ffmpeg-error`), where the command failed before ffmpeg was launched: no
 *   bash, no such directory, no space, a file of that name that cannot be removed, or an ffmpeg that
 *   still makes a recording of that name. The message has the shell's words. Nothing is left on the
 *   box;
 * - `TypeError`, for a field of `input` of the wrong type. Nothing has run;
 * - `RangeError`, for a number of `input` that is out of range. Nothing has run;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - whatever the session throws, as the same value.
 *
 * @example
 * const recording = await startRecording(session, { recordingId: "turn-7", maxSeconds: 120 });
 *
 * @param session The sandbox session.
 * @param input What to record, and how.
 */
export declare function startRecording(
  session: unknown,
  input: StartRecordingInput,
): Promise<RecordingProcess>;

/**
 * Interrupts ffmpeg, so that it ends its file properly, and waits until it is gone: 18 seconds at
 * most. In the first seconds of a recording it waits for ffmpeg's first pictures. Harmless when the
 * recording has ended already, or never began.
 *
 * However often it is called, by whichever process, ffmpeg is interrupted once: a second interrupt
 * would have it leave its file as it is. Where ffmpeg takes longer, a later call only waits.
 *
 * Rejects with a `TypeError` where `process` is not a handle, before anything runs, and with nothing
 * else, whatever the session does.
 *
 * @example
 * await stopRecording(session, recording);
 * const { durationSeconds } = await readRecordingBytes(session, recording); // counts up to the stop
 *
 * @param session The session that the recording was started on.
 * @param process The handle.
 */
export declare function stopRecording(session: unknown, process: RecordingProcess): Promise<void>;

/**
 * Reads a stopped recording from the box. The event loop goes on meanwhile.
 *
 * A file of up to 700,000 bytes is read in one command, a longer one in pieces, one after another. A
 * piece that does not come whole is asked for again, and shorter, down to 3 KiB; what comes through
 * is remembered for the session object, and pieces grow up to 6 MiB where all do.
 *
 * The bytes are returned only if they are exactly the file: strictly decoded, of the size that the
 * box says, and of its SHA-256 digest where the box has `openssl` or `sha256sum`. A file that changes
 * meanwhile, and an MP4 or WebM file that ffmpeg has not finished, are refused. The file stays on the
 * box in any case.
 *
 * Rejects with
 *
 * - {@link RecordingError}, whose {@link RecordingError.reason | reason} says what failed;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - `TypeError`, where `process` is not a handle, or `maxBytes` is not a number. Nothing has run;
 * - `RangeError`, where `maxBytes` is NaN or not above 0. Nothing has run;
 * - whatever the session throws, as the same value.
 *
 * @example
 * try {
 *   const { bytes, contentType } = await readRecordingBytes(session, recording, 64 * 1024 * 1024);
 *   await storage.put("turn-7", bytes, contentType);
 * } catch (error) {
 *   if (error instanceof RecordingError && error.reason === "max-bytes-exceeded") {
 *     // The file is still on the box: it can be read with a higher limit.
 *   } else throw error;
 * }
 *
 * @param session The session that the recording was started on.
 * @param process The handle.
 * @param maxBytes The largest file to read, in bytes: above 0, `Infinity` allowed. Default
 *   268435456 (256 MiB). In any case no more than 4 GiB, which is what an array of Node 20 holds.
 */
export declare function readRecordingBytes(
  session: unknown,
  process: RecordingProcess,
  maxBytes?: number,
): Promise<FinalizeRecordingResult>;

/**
 * Removes the video, the process number, the log and the stop's marker from the box. Call it when
 * storage has confirmed the recording, never before.
 *
 * Rejects with a `TypeError` where `process` is not a handle, before anything runs, and with nothing
 * else, whatever the session does.
 *
 * @example
 * const { bytes, contentType } = await readRecordingBytes(session, recording);
 * await storage.put("turn-7", bytes, contentType); // until here the box has it too
 * await deleteRecordingArtifacts(session, recording);
 *
 * @param session The session that the recording was started on.
 * @param process The handle.
 */
export declare function deleteRecordingArtifacts(
  session: unknown,
  process: RecordingProcess,
): Promise<void>;

/**
 * The key of a recording in object storage:
 * `recordings/<workspaceId>/<sessionId>/<recordingId>.<ext>`.
 *
 * @example
 * recordingStorageKey("w1", "s1", "turn-7", "vp9-webm"); // "recordings/w1/s1/turn-7.webm"
 *
 * @throws {TypeError} `codec` is not one of the two, or a part is empty, `.` or `..`, or holds `/` or
 *   NUL: two recordings could have one key.
 */
export declare function recordingStorageKey(
  workspaceId: string,
  sessionId: string,
  recordingId: string,
  codec: RecordingCodec,
): string;

/**
 * The media type of a codec's container.
 *
 * @throws {TypeError} `codec` is not one of the two.
 */
export declare function contentTypeForCodec(codec: RecordingCodec): RecordingContentType;

/**
 * The file name extension of a codec's container, without the dot.
 *
 * @throws {TypeError} `codec` is not one of the two.
 */
export declare function extForCodec(codec: RecordingCodec): "mp4" | "webm";

/** Where an active pointer points. */
export type ActivePointer = {
  /** `null` is the session's own sandbox. */
  activeSandboxId: string | null;
  /** A finite number that grows with every swap. The key of the backend cache. */
  activeEpoch: number;
  /** The base of paths; only a self-hosted target uses it. */
  workingDir?: string | null;
};

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

/** The active backend cannot do what was asked of it. */
export declare class RoutingUnsupportedError extends Error {
  /**
   * @param op The method that is missing.
   * @param kind The kind of the active backend.
   */
  constructor(op: string, kind: string);
}

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

/** The TCP port on the box where the terminal is streamed: 7681, as ttyd has it. */
export declare const TERMINAL_STREAM_PORT: 7681;

/** Who provides a sandbox. */
export type SandboxBackend =
  | "docker"
  | "modal"
  | "local"
  | "none"
  | "daytona"
  | "runloop"
  | "e2b"
  | "blaxel"
  | "cloudflare"
  | "vercel"
  | "selfhosted";

/** The operating system of a box. */
export type SandboxOs = "linux" | "macos" | "windows";

/** How far the box behind a session's lease is up. */
export type SandboxLeaseLiveness = "cold" | "warming" | "warm" | "draining";

/** The way a port of a box is reached. */
export type PortExposureKind = "provider-tunnel" | "preview-url" | "local-port" | "none";

/** What a backend can do at all, whatever the session. */
export type CapabilityDescriptor = {
  /** The key of the row. */
  backend: SandboxBackend;
  /** The name its SDK client goes by: `unix_local` for `local`, for all others the backend's own. */
  backendId: string;
  /** How much of a machine it offers: `dev` is a developer's own, `none` no box at all. */
  tier: "desktop" | "headless" | "dev" | "none";
  /** The operating systems of its boxes. */
  os: { supported: SandboxOs[]; default: SandboxOs };
  /** What its boxes have. `transport` is `null` where there is none. */
  capabilities: {
    FileSystem: { available: boolean; readOnly: boolean };
    Terminal: { available: boolean; transport: "sse-events" | "pty-ws" | null; pty: boolean };
    Git: { available: boolean };
    DesktopStream: { available: boolean; transport: "vnc-ws" | "rdp-ws" | "webrtc" | null };
    Recording: { available: boolean };
  };
  /** How long its boxes live. */
  lifetime: {
    /** After how many milliseconds a box ends, whatever happens. Absent: it has no such limit. */
    hardLifetimeMs?: number;
    /** Whether a longer session must move to a new box through a snapshot. */
    requiresSnapshotRollover: boolean;
    /** Whether the provider ends idle boxes. */
    hasIdleKiller: boolean;
    supportsSuspendResume: boolean;
    /** Whether two may resume a box at once. */
    resumeIsLockFree: boolean;
    /** How to keep the provider from it. Set on no row. */
    idleKillDisableHint?: string;
  };
  /**
   * How a workspace is kept: by what means of the provider's, and whether as a tar file otherwise.
   */
  snapshot: {
    kind: "native-fs" | "native-dir" | "native-snapshot-id" | "tar-only" | "none";
    hasTarFallback: boolean;
  };
  /** How a port of a box is reached. */
  portExposure: {
    kind: PortExposureKind;
    /** Whether a port can be exposed after the box has started. */
    supportsOnDemandPorts: boolean;
  };
  /** Where the workspace is on the box. */
  workspaceRoot: string;
  /** Whether the provider mounts buckets. */
  nativeBucketMount: boolean;
  /** Whether a workspace can be kept. */
  persistable: boolean;
  /** Whether a command can run as another user. */
  supportsRunAs: boolean;
};

/**
 * The table of backends. Every function here looks into this very object, so a change to it counts.
 */
export declare const CAPABILITY_DESCRIPTORS: Record<SandboxBackend, CapabilityDescriptor>;

/**
 * Checks {@link CAPABILITY_DESCRIPTORS}: every backend has a row of its name; a desktop has a port,
 * a transport and recordings; what can be kept has snapshots; no bucket is mounted without a
 * provider.
 *
 * @throws {Error} The first contradiction found.
 */
export declare function assertDescriptorRegistryInvariants(): void;

/**
 * A backend's row: the object in {@link CAPABILITY_DESCRIPTORS} itself.
 *
 * @throws {Error} The table has no such row. A `backendId` such as `unix_local` is not a key.
 */
export declare function selectBackend(backend: SandboxBackend): CapabilityDescriptor;

/**
 * Whether a backend has boxes of that operating system. A row of the caller's own may have systems by
 * any name.
 *
 * @throws {TypeError} The row has no list of them.
 */
export declare function backendSupportsOs(descriptor: CapabilityDescriptor, os: SandboxOs): boolean;

/** Whether a backend's boxes have a desktop, by its name or its `backendId`; false for any other. */
export declare function desktopCapableBackend(idOrBackend: string): boolean;

/**
 * Why something is unavailable.
 *
 * - `backend_unsupported`: the backend has no such thing.
 * - `os_unsupported`: the backend has no boxes of that operating system.
 * - `not_provisioned`: never given.
 * - `disabled_by_policy`: the deployment does not allow it, or cannot sign its addresses.
 * - `lease_cold`: there is no box yet.
 * - `tier_headless`: the backend's boxes have no desktop.
 * - `agent_offline`: the agent on the enrolled machine does not answer, or there is no active
 *   enrollment.
 * - `agent_reconnecting`: it does not answer, but was seen at most
 *   {@link SELFHOSTED_RECONNECT_WINDOW_MS} ago.
 * - `consent_required`: the owner of the machine has not agreed.
 * - `display_unavailable`: the machine has no display.
 */
export type CapabilityUnavailableReason =
  | "backend_unsupported"
  | "os_unsupported"
  | "not_provisioned"
  | "disabled_by_policy"
  | "lease_cold"
  | "tier_headless"
  | "agent_offline"
  | "agent_reconnecting"
  | "consent_required"
  | "display_unavailable";

/** The minted address of a stream. */
export type MintedStream = {
  /** The address of a WebSocket. */
  url: string;
  /** What the viewer proves itself with. */
  token: string;
  /** When the token ends, as text. */
  expiresAt: string;
};

/** What a backend's row is weighed against. */
export type NegotiationContext = {
  /** Echoed, as are all required fields but `desktopEnabled`. Nothing is validated. */
  sessionId: string;
  /** The key of a row in {@link CAPABILITY_DESCRIPTORS}. */
  backend: SandboxBackend;
  /** Of any that the backend does not support, every capability is `os_unsupported`. */
  os: SandboxOs;
  /** Only `cold` makes a difference. */
  liveness: SandboxLeaseLiveness;
  /** The epoch of the session's lease. */
  leaseEpoch: number;
  /** Whether the deployment allows desktops, and with them recordings and computer use. */
  desktopEnabled: boolean;
  /** Whether viewers may use the desktop they see. Default true. */
  desktopInteractive?: boolean | undefined;
  /** Whether the deployment allows computer use. Default true. */
  computerUseEnabled?: boolean | undefined;
  /** Whether computer use may only look. Default false. */
  computerUseReadOnly?: boolean | undefined;
  /** Whether addresses of the desktop can be signed. Default true. */
  streamTokenSecretAvailable?: boolean | undefined;
  /** Whether the viewer knows that the desktop is shown unredacted. Default false. */
  desktopAcknowledged?: boolean | undefined;
  /** Whether the box serves several sessions. Default false. */
  shared?: boolean | undefined;
  /** Those sessions; passed on as the same array. Default none. */
  sharedSessionIds?: string[] | undefined;
  /**
   * The desktop's address, with its width and height in pixels (passed on as the same array). It
   * proves that there is a box, and is handed out once acknowledged. Default: none is minted.
   */
  desktopStream?: (MintedStream & { resolution: [number, number] }) | undefined;
  /** Whether the deployment allows terminals. Default true. */
  terminalEnabled?: boolean | undefined;
  /** The terminal's address. It proves that there is a box. Default: none is minted. */
  terminalStream?: MintedStream | undefined;
  /** Default: the current time. */
  now?: Date | undefined;
};

/** Files. */
export type FileSystemCapability = {
  /** Whether files can be read. */
  available: boolean;
  /** Whether they cannot be written. */
  readOnly: boolean;
  /** Where the backend has its workspaces, which need not be where the session is. */
  root: string;
  /** What separates the names in a path: always `/`. */
  pathSep: "/" | "\\";
  /** How the tree is read: always `lazy`. */
  treeMode: "lazy" | "snapshot";
  /** `null` where available; so in every cell. */
  reason: CapabilityUnavailableReason | null;
};

/** The terminal. */
export type TerminalCapability = {
  /** `pty-ws` is a pseudo-terminal; `sse-events` what there is without; `null` nothing at all. */
  transport: "sse-events" | "pty-ws" | null;
  /** Whether there could be a pseudo-terminal. */
  ptyCapable: boolean;
  /** The shell: always `/bin/bash`. */
  shell: string;
  /** The minted address; `null` where none is handed out. So are the two that follow. */
  url: string | null;
  /** What the viewer proves itself with. */
  token: string | null;
  /** When the token ends, as text. */
  expiresAt: string | null;
  /** Why there is no pseudo-terminal; `null` also where the backend has none but is healthy. */
  reason: CapabilityUnavailableReason | null;
};

/** Git. */
export type GitCapability = {
  /** Whether Git can be used. */
  available: boolean;
  /** Always empty. */
  repos: string[];
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** The desktop as a stream. */
export type DesktopStreamCapability = {
  /** How the stream is carried; `null` where it is unavailable. */
  transport: "vnc-ws" | "rdp-ws" | "webrtc" | "relay-frames" | null;
  /** What shows it; `null` where it is unavailable. */
  client: "novnc" | "web-rdp" | "frames" | null;
  /** Whether viewers may use the desktop that they see. */
  mode: "read-only" | "interactive";
  /** The minted address; `null` until the viewer has acknowledged. So are the two that follow. */
  url: string | null;
  /** What the viewer proves itself with. */
  token: string | null;
  /** When the token ends, as text. */
  expiresAt: string | null;
  /** Width and height in pixels; `[1024, 768]` where no address is handed out. */
  resolution: [number, number];
  /** Whether the desktop is shown as it is: always. */
  unredacted: boolean;
  /** Whether the viewer must acknowledge first. */
  requiresAcknowledgment: boolean;
  /** Whether the viewer has. */
  acknowledged: boolean;
  /** Whether the box serves several sessions. */
  shared: boolean;
  /** Those sessions: the caller's own array. */
  sharedSessionIds: string[];
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** Recordings of the desktop. */
export type RecordingCapability = {
  /** Whether the desktop can be recorded. */
  available: boolean;
  /** When a recording can begin. Empty where it is unavailable. */
  modes: ("manual" | "on-turn" | "on-verify")[];
  /** What it can be encoded with. Empty where it is unavailable. */
  codecs: RecordingCodec[];
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** Using the desktop as a person would. */
export type ComputerUseCapability = {
  /** Whether the agent can use the desktop. */
  available: boolean;
  /** Whether it may only look. */
  readOnly: boolean;
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** What a session can do. Every cell and every field is always there. */
export type SessionCapabilities = {
  /** As it was given. */
  sessionId: string;
  /** As it was given; `selfhosted` for an enrolled machine. */
  backend: SandboxBackend;
  /** As it was given. */
  os: SandboxOs;
  /** As it was given; of an enrolled machine `warm` or `cold`. */
  liveness: SandboxLeaseLiveness;
  /** As it was given. */
  leaseEpoch: number;
  /** How often a viewer says that it is still there: every 30000 milliseconds. */
  viewerHeartbeatIntervalMs: number;
  /** Files. */
  FileSystem: FileSystemCapability;
  /** The terminal. */
  Terminal: TerminalCapability;
  /** Git. */
  Git: GitCapability;
  /** The desktop as a stream. */
  DesktopStream: DesktopStreamCapability;
  /** Recordings of the desktop. */
  Recording: RecordingCapability;
  /** Using the desktop as a person would. */
  ComputerUse: ComputerUseCapability;
  /** ISO 8601, in UTC, with milliseconds. */
  negotiatedAt: string;
};

/**
 * Weighs a backend's row against a session. Nothing is asked of the box.
 *
 * Each call makes a new document, whose `sharedSessionIds` and minted `resolution` are the caller's
 * own arrays.
 *
 * @example
 * const { Recording, DesktopStream } = negotiateCapabilities({
 *   sessionId: "s1",
 *   backend: "modal",
 *   os: "linux",
 *   liveness: "warm",
 *   leaseEpoch: 1,
 *   desktopEnabled: true,
 * });
 * if (!Recording.available) log(Recording.reason);
 *
 * @throws {Error} {@link CAPABILITY_DESCRIPTORS} has no such row.
 * @throws {TypeError} The row lacks something, or `now` is no `Date`; the message names it.
 */
export declare function negotiateCapabilities(ctx: NegotiationContext): SessionCapabilities;

/**
 * For how many milliseconds after it was last seen an agent that does not answer counts as
 * reconnecting: 30000.
 */
export declare const SELFHOSTED_RECONNECT_WINDOW_MS: 30000;

/** What is recorded about a machine that its user enrolled. */
export type SelfhostedEnrollment = {
  /** Only `active` holds. */
  status: string;
  /** Only with `whole-machine` can there be consent. */
  exposure: string;
  /** Whether the owner lets the screen be controlled. */
  allowScreenControl: boolean;
  /** Whether the machine has a display. */
  hasDisplay: boolean;
  /** When the agent was last seen, as text that `Date` reads. */
  lastSeenAt: string | null;
};

/** What can be counted on of an enrolled machine. */
export type SelfhostedLivenessState = {
  /** Whether the agent answers, or was seen at most {@link SELFHOSTED_RECONNECT_WINDOW_MS} ago. */
  state: "online" | "reconnecting" | "offline";
  /** Whether its owner agreed to the control of its screen. */
  consented: boolean;
  /** Whether the machine has a display. */
  hasDisplay: boolean;
};

/**
 * Tells how an enrolled machine is to be had. Without an active enrollment it is offline, whoever
 * answers. A `lastSeenAt` that lies ahead counts as recent.
 *
 * @param i `now` is the current time by default.
 * @throws {TypeError} `now` is no `Date`, or `lastSeenAt` nothing that `Date` reads.
 */
export declare function selfhostedLiveness(i: {
  enrollment: SelfhostedEnrollment | null;
  probeResponded: boolean;
  now?: Date | undefined;
}): SelfhostedLivenessState;

/** What a session on an enrolled machine is weighed against. */
export type SelfhostedNegotiationInput = {
  /** Echoed. */
  sessionId: string;
  /** Default `"linux"`. */
  os?: SandboxOs | undefined;
  /** Echoed. */
  leaseEpoch: number;
  /** What is recorded about the machine. `null` where it is not enrolled. */
  enrollment: SelfhostedEnrollment | null;
  /** Pinged to learn whether the agent answers. Default: it does not. */
  session?: { ping(): Promise<boolean> } | undefined;
  /** Whether it answers, where that is known; then nothing is pinged. */
  probeResponded?: boolean | undefined;
  /** Default true. */
  desktopEnabled?: boolean | undefined;
  /** Default true. */
  terminalEnabled?: boolean | undefined;
  /** Default true. */
  computerUseEnabled?: boolean | undefined;
  /** Whether the viewer knows that the desktop is shown unredacted. Default false. */
  desktopAcknowledged?: boolean | undefined;
  /** Whether the machine serves several sessions. Default false. */
  shared?: boolean | undefined;
  /** Those sessions; passed on as the same array. Default none. */
  sharedSessionIds?: string[] | undefined;
  /** Default: the time after the ping. */
  now?: Date | undefined;
};

/**
 * Weighs the row of `selfhosted` against a session and the machine it is on: warm when the agent
 * answers, otherwise cold and without anything. Viewing and recording need a display; computer use
 * needs the owner's consent as well. No address is handed out.
 *
 * Rejects with what `session.ping` rejects with, as the same value; with a `TypeError` where `now` is
 * no `Date` or `lastSeenAt` nothing that `Date` reads; and with an `Error` where
 * {@link CAPABILITY_DESCRIPTORS} has no row `selfhosted`.
 */
export declare function negotiateSelfhostedCapabilities(
  i: SelfhostedNegotiationInput,
): Promise<SessionCapabilities>;

/**
 * The address of a WebSocket at a provider's endpoint. The port is left out where it is the scheme's
 * own; nothing is encoded, and no token is added.
 *
 * @throws {StreamPortUnavailableError} `host` is no text, or `port` no number.
 * @throws {TypeError} A part of it has no text, or one that is no well-formed Unicode.
 */
export declare function buildStreamUrl(endpoint: ExposedPortEndpoint): string;

/** A stream of the box is not to be had. */
export declare class StreamPortUnavailableError extends Error {
  /** What is behind it, where a caller has said. */
  readonly cause?: unknown;
  /** For callers that report the same, such as a provider of their own. */
  constructor(message: string, cause?: unknown);
}

/**
 * Whether a provider's error says that the box is gone: by a `status` or `statusCode` of 404, or else
 * by its name, code and message. Always false for `selfhosted`.
 */
export declare function isProviderSandboxNotFoundError(backendId: string, error: unknown): boolean;

/** Why a pointer has no backend. */
export type BackendUnresolvableCode =
  /** Its sandbox is gone. */
  | "stale_pointer"
  /** The machine has no enrollment. */
  | "offline_enrollment"
  /** Nobody in this context can establish such a sandbox. */
  | "unsupported_backend_context";

/** A pointer has no backend. */
export declare class ActiveBackendUnresolvableError extends Error {
  /** The name of the class. */
  readonly name: "ActiveBackendUnresolvableError";
  /**
   * Always there on errors of {@link makeActiveBackendResolver}. Absent on that of a
   * {@link RoutingSandboxSession} whose resolver returns the session itself.
   */
  readonly code: BackendUnresolvableCode | undefined;
  /** For callers that report the same, such as a resolver of their own. */
  constructor(message: string, code?: BackendUnresolvableCode);
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

/** Why a machine is not to be had; the names are those of {@link CapabilityUnavailableReason}. */
export type SelfhostedUnavailableReason =
  "agent_offline" | "agent_reconnecting" | "consent_required" | "display_unavailable";

/** What an agent refused, or the way to it did. */
export declare class SelfhostedControlError extends Error {
  /** The code of the {@link AgentError}. */
  readonly code: number;
  /** `null` where the machine is there, and refused. */
  readonly reason: SelfhostedUnavailableReason | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The agent holds a newer epoch. */
  readonly fenced: boolean;
  /** The agent is about to stop. */
  readonly draining: boolean;
  /** Nobody answers to the agent's name. */
  readonly agentOffline: boolean;
  /** There is no such file. The machine itself is there. */
  readonly osNotFound: boolean;
  /** What the agent adds. */
  readonly detail: Record<string, string>;
  /** The flags are false by default, and `detail` is empty. */
  constructor(fields: {
    message: string;
    code: number;
    reason: SelfhostedUnavailableReason | null;
    retryable: boolean;
    fenced?: boolean | undefined;
    draining?: boolean | undefined;
    agentOffline?: boolean | undefined;
    osNotFound?: boolean | undefined;
    detail?: Record<string, string> | undefined;
  });
}

/**
 * A command took too long. Never retryable: running it again could run it twice. Its `code` is 5
 * (timeout); its `reason` is `null` where the agent ended the command, and `agent_reconnecting` where
 * the agent did not answer.
 */
export declare class SelfhostedExecTimeoutError extends SelfhostedControlError {
  /** Whether the command may still be running: nobody knows where the agent did not answer. */
  readonly mayBeRunning: boolean;
  /** For callers that report the same, such as a {@link ControlRpc} of their own. */
  constructor(
    fields: ConstructorParameters<typeof SelfhostedControlError>[0] & { mayBeRunning: boolean },
  );
}

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

export * from "./types/channel-a.js";
