/**
 * What a backend offers, and what a session gets of it.
 *
 * @module capabilities
 */

import type { RecordingCodec } from "./recording.js";

/**
 * The TCP port on the box at which the terminal is streamed: 7681, the default of ttyd.
 *
 * @see https://github.com/tsl0922/ttyd
 */
export declare const TERMINAL_STREAM_PORT: 7681;

/** The name of a provider of sandboxes. */
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

/** The state of the box of a session's lease. */
export type SandboxLeaseLiveness = "cold" | "warming" | "warm" | "draining";

/** The means by which a port of a box is reached. */
export type PortExposureKind = "provider-tunnel" | "preview-url" | "local-port" | "none";

/** A row of {@link CAPABILITY_DESCRIPTORS}: the capabilities of a backend, in any session. */
export type CapabilityDescriptor = {
  /** The key of the row. */
  backend: SandboxBackend;
  /** The `backendId` of its SDK client: `unix_local` for `local`; else the same as `backend`. */
  backendId: string;
  /** `desktop`: its boxes have one; `headless`: they have none; `dev`: for development; `none`: no boxes. */
  tier: "desktop" | "headless" | "dev" | "none";
  /** The operating systems of its boxes, and the one that is chosen by default. */
  os: { supported: SandboxOs[]; default: SandboxOs };
  /**
   * The capabilities of its boxes. `transport` is the means by which a stream is carried, `null` without
   * one. `pty` tells whether a terminal can be a pseudo-terminal.
   */
  capabilities: {
    FileSystem: { available: boolean; readOnly: boolean };
    Terminal: { available: boolean; transport: "sse-events" | "pty-ws" | null; pty: boolean };
    Git: { available: boolean };
    DesktopStream: { available: boolean; transport: "vnc-ws" | "rdp-ws" | "webrtc" | null };
    Recording: { available: boolean };
  };
  /** The lifetime of its boxes. */
  lifetime: {
    /** The age at which a box ends in any case, in milliseconds. Absent without such a limit. */
    hardLifetimeMs?: number;
    /** Whether a longer session must move to a new box through a snapshot. */
    requiresSnapshotRollover: boolean;
    /** Whether the provider ends idle boxes. */
    hasIdleKiller: boolean;
    /** Whether a box can be suspended and resumed. */
    supportsSuspendResume: boolean;
    /** Whether several callers may resume a box at the same time. */
    resumeIsLockFree: boolean;
    /** Advice on how to keep idle boxes alive. Absent in every row of the table. */
    idleKillDisableHint?: string;
  };
  /**
   * The snapshot of a workspace: the provider's means for it, and whether a tar file can replace it.
   */
  snapshot: {
    kind: "native-fs" | "native-dir" | "native-snapshot-id" | "tar-only" | "none";
    hasTarFallback: boolean;
  };
  /** The exposure of a port of a box. */
  portExposure: {
    /** The means by which it is reached. */
    kind: PortExposureKind;
    /** Whether a port can be exposed after the box has started. */
    supportsOnDemandPorts: boolean;
  };
  /** The path of the workspace on the box. */
  workspaceRoot: string;
  /** Whether the provider mounts storage buckets. */
  nativeBucketMount: boolean;
  /** Whether a workspace can be kept in a snapshot. */
  persistable: boolean;
  /** Whether a command can run as another user. */
  supportsRunAs: boolean;
};

/**
 * The table of backends, by name. The values are those of `@opengeni/runtime/sandbox` 0.2.0. Every function
 * here reads this object itself, so a change to it takes effect.
 *
 * @example
 * CAPABILITY_DESCRIPTORS.modal.lifetime.hardLifetimeMs; // 86400000: 24 h
 */
export declare const CAPABILITY_DESCRIPTORS: Record<SandboxBackend, CapabilityDescriptor>;

/**
 * Checks {@link CAPABILITY_DESCRIPTORS}. Every backend has a row with its name. A desktop has a port and a
 * transport, and exactly the backends with a desktop have recordings. A persistable workspace has a kind of
 * snapshot. A backend of tier `dev` or `none` mounts no bucket.
 *
 * @example
 * CAPABILITY_DESCRIPTORS.e2b.portExposure.kind = "none";
 * assertDescriptorRegistryInvariants();
 * // throws: "e2b" claims DesktopStream but portExposure.kind=none
 *
 * @throws `Error`: The first violation.
 * @throws `TypeError`: A row lacks a field that is checked; the message names it.
 */
export declare function assertDescriptorRegistryInvariants(): void;

/**
 * Returns a backend's row: the object in {@link CAPABILITY_DESCRIPTORS} itself.
 *
 * @example
 * selectBackend("modal").workspaceRoot; // "/workspace"
 *
 * @throws `Error`: The table has no such row: `Unknown sandbox backend "nope"`. A `backendId` such as
 *   `unix_local` is not the name of a row.
 */
export declare function selectBackend(backend: SandboxBackend): CapabilityDescriptor;

/**
 * Returns whether a backend has boxes of an operating system. A caller's own row may have other systems
 * than {@link SandboxOs}.
 *
 * @example
 * backendSupportsOs(selectBackend("modal"), "macos"); // false
 *
 * @throws `TypeError`: `descriptor.os.supported` is no array; the message names it.
 */
export declare function backendSupportsOs(descriptor: CapabilityDescriptor, os: SandboxOs): boolean;

/**
 * Returns whether a backend's boxes have a desktop, by its name or its `backendId`; `false` for an unknown
 * one. A row of another backend that cannot be read is left out.
 *
 * @example
 * desktopCapableBackend("modal"); // true
 * desktopCapableBackend("unix_local"); // false: the `backendId` of `local`
 *
 * @throws `TypeError`: The row lacks `capabilities.DesktopStream`; the message names the missing object.
 */
export declare function desktopCapableBackend(idOrBackend: string): boolean;

/**
 * Why a capability is unavailable.
 *
 * - `backend_unsupported`: the backend does not have the capability.
 * - `os_unsupported`: the backend has no boxes of that operating system.
 * - `not_provisioned`: not used by this package.
 * - `disabled_by_policy`: the deployment does not allow it, or cannot sign the desktop's address.
 * - `lease_cold`: there is no box yet, so nothing can be streamed.
 * - `tier_headless`: the backend's boxes have no desktop.
 * - `agent_offline`: the agent on the enrolled machine does not answer, or there is no active
 *   enrollment.
 * - `agent_reconnecting`: the agent does not answer, but was seen at most
 *   {@link SELFHOSTED_RECONNECT_WINDOW_MS} ago.
 * - `consent_required`: the owner of the machine has not agreed to the control of its screen.
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

/** The minted address of a stream. Nothing in it is validated. */
export type MintedStream = {
  /** The address of a WebSocket. */
  url: string;
  /** The viewer's token. */
  token: string;
  /** The time at which the token expires, such as `2026-01-01T00:00:00.000Z`. */
  expiresAt: string;
};

/** The context of {@link negotiateCapabilities}. */
export type NegotiationContext = {
  /** Returned unchanged, as every required field except for `desktopEnabled`. Not validated. */
  sessionId: string;
  /** The name of a row in {@link CAPABILITY_DESCRIPTORS}. */
  backend: SandboxBackend;
  /** With a system that the backend does not support, every capability is `os_unsupported`. */
  os: SandboxOs;
  /** The state of the lease. Only `cold` makes a difference, or with `strict` only `warm`. */
  liveness: SandboxLeaseLiveness;
  /**
   * Whether a stream is offered only where it can be opened. Default: `false`. With `true`
   *
   * - the desktop's stream and the terminal as a pseudo-terminal need `liveness: "warm"`. In any other state
   *   the reason is `lease_cold`, also with a minted address;
   * - the pseudo-terminal needs `streamTokenSecretAvailable`, as the desktop's stream does in any case. Without
   *   it the reason is `disabled_by_policy`.
   *
   * @example
   * // While a box starts
   * const box = { sessionId: "s1", backend: "modal", os: "linux", liveness: "warming", leaseEpoch: 1 };
   * negotiateCapabilities({ ...box, desktopEnabled: true }).Terminal.transport; // "pty-ws"
   * negotiateCapabilities({ ...box, desktopEnabled: true, strict: true }).Terminal.transport; // "sse-events"
   */
  strict?: boolean | undefined;
  /** The epoch of the session's lease. */
  leaseEpoch: number;
  /** Whether the deployment allows desktops, and with them recordings and computer use. */
  desktopEnabled: boolean;
  /** Whether viewers may control the desktop. Default: `true`. */
  desktopInteractive?: boolean | undefined;
  /** Whether the deployment allows computer use. Default: `true`. */
  computerUseEnabled?: boolean | undefined;
  /** Whether computer use may only view the desktop. Default: `false`. */
  computerUseReadOnly?: boolean | undefined;
  /** Whether addresses of streams can be signed. Default: `true`. The terminal needs it with `strict`. */
  streamTokenSecretAvailable?: boolean | undefined;
  /** Whether the viewer has acknowledged that the desktop is shown unredacted. Default: `false`. */
  desktopAcknowledged?: boolean | undefined;
  /** Whether the box serves several sessions. Default: `false`. */
  shared?: boolean | undefined;
  /** The ids of those sessions, returned as the same array. Default: `[]`. */
  sharedSessionIds?: string[] | undefined;
  /**
   * The desktop's address, with its width and height in pixels (returned as the same array). With it a cold
   * lease counts as warm, except with `strict`. It is returned after the viewer's acknowledgment. Default: no address.
   */
  desktopStream?: (MintedStream & { resolution: [number, number] }) | undefined;
  /** Whether the deployment allows terminals. Default: `true`. */
  terminalEnabled?: boolean | undefined;
  /**
   * The terminal's address. With it a cold lease counts as warm, except with `strict`. Default: no address.
   */
  terminalStream?: MintedStream | undefined;
  /** The time of the negotiation. Default: the current time. */
  now?: Date | undefined;
};

/** The access to files. */
export type FileSystemCapability = {
  /** Whether files can be read. */
  available: boolean;
  /** Whether files cannot be written. */
  readOnly: boolean;
  /** The path of the backend's workspace. The session may be in another directory. */
  root: string;
  /** The separator of names in a path: always `/`. */
  pathSep: "/" | "\\";
  /** The way to read the tree of files: always `lazy`. */
  treeMode: "lazy" | "snapshot";
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** The terminal. */
export type TerminalCapability = {
  /** `pty-ws` for a pseudo-terminal; `sse-events` for a terminal without one; `null` without a terminal. */
  transport: "sse-events" | "pty-ws" | null;
  /** Whether the backend's terminal can be a pseudo-terminal. */
  ptyCapable: boolean;
  /** The shell: always `/bin/bash`. */
  shell: string;
  /** The minted address; `null` without a pseudo-terminal or an address. */
  url: string | null;
  /** The viewer's token; `null` where `url` is. */
  token: string | null;
  /** The time at which the token expires; `null` where `url` is. */
  expiresAt: string | null;
  /** Why there is no pseudo-terminal; `null` with one, and where the backend's terminal never has one. */
  reason: CapabilityUnavailableReason | null;
};

/** The use of Git. */
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
  /** The means by which the stream is carried; `null` where it is unavailable. */
  transport: "vnc-ws" | "rdp-ws" | "webrtc" | "relay-frames" | null;
  /** The viewer's program; `null` where it is unavailable. */
  client: "novnc" | "web-rdp" | "frames" | null;
  /** `interactive` where viewers may control the desktop. */
  mode: "read-only" | "interactive";
  /** The minted address; `null` without one, and until the viewer has acknowledged. */
  url: string | null;
  /** The viewer's token; `null` where `url` is. */
  token: string | null;
  /** The time at which the token expires; `null` where `url` is. */
  expiresAt: string | null;
  /** Width and height in pixels; `[1024, 768]` where `url` is `null`. */
  resolution: [number, number];
  /** Whether the desktop is shown without redaction: always `true`. */
  unredacted: boolean;
  /** Whether the viewer must acknowledge the lack of redaction. */
  requiresAcknowledgment: boolean;
  /** Whether the viewer has acknowledged. */
  acknowledged: boolean;
  /** Whether the box serves several sessions. */
  shared: boolean;
  /** The ids of those sessions: the caller's own array where `shared` is set, else empty. */
  sharedSessionIds: string[];
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** Recordings of the desktop. */
export type RecordingCapability = {
  /** Whether the desktop can be recorded. */
  available: boolean;
  /** The times at which a recording can begin. Empty where it is unavailable. */
  modes: ("manual" | "on-turn" | "on-verify")[];
  /** The codecs. Empty where it is unavailable. */
  codecs: RecordingCodec[];
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** Control of the desktop with mouse and keyboard. */
export type ComputerUseCapability = {
  /** Whether the agent can control the desktop. */
  available: boolean;
  /** Whether only viewing is allowed. */
  readOnly: boolean;
  /** Why it is unavailable; `null` where it is available. */
  reason: CapabilityUnavailableReason | null;
};

/** The capabilities of a session. Every field is always present. */
export type SessionCapabilities = {
  /** The id of the context. */
  sessionId: string;
  /** The backend of the context; `selfhosted` for an enrolled machine. */
  backend: SandboxBackend;
  /** The operating system of the context. */
  os: SandboxOs;
  /** The state of the context; for an enrolled machine `warm` or `cold`. */
  liveness: SandboxLeaseLiveness;
  /** The epoch of the context. */
  leaseEpoch: number;
  /** The interval of a viewer's heartbeats: 30000 ms. */
  viewerHeartbeatIntervalMs: number;
  /** The access to files. */
  FileSystem: FileSystemCapability;
  /** The terminal. */
  Terminal: TerminalCapability;
  /** The use of Git. */
  Git: GitCapability;
  /** The desktop as a stream. */
  DesktopStream: DesktopStreamCapability;
  /** Recordings of the desktop. */
  Recording: RecordingCapability;
  /** Control of the desktop with mouse and keyboard. */
  ComputerUse: ComputerUseCapability;
  /** The time of the negotiation: ISO 8601, in UTC, with milliseconds. */
  negotiatedAt: string;
};

/**
 * Returns the capabilities of a session. Nothing is sent to the box.
 *
 * Each call returns a new document. Its `sharedSessionIds` and minted `resolution` are the caller's own
 * arrays.
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
 * Recording.available; // true
 * [DesktopStream.transport, DesktopStream.url]; // ["vnc-ws", null]: no `desktopStream` was passed
 *
 * @throws `Error`: {@link CAPABILITY_DESCRIPTORS} has no such row.
 * @throws `TypeError`: The row lacks a field, or `now` is no `Date`; the message names it.
 * @throws `RangeError`: `now` is an invalid `Date`.
 */
export declare function negotiateCapabilities(ctx: NegotiationContext): SessionCapabilities;

/**
 * The time for which an agent that does not answer counts as reconnecting, from when it was last seen:
 * 30000 ms.
 */
export declare const SELFHOSTED_RECONNECT_WINDOW_MS: 30000;

/** The record of a machine that its user has enrolled. */
export type SelfhostedEnrollment = {
  /** `active` for a valid enrollment. */
  status: string;
  /** Consent requires `whole-machine`. */
  exposure: string;
  /** Whether the owner allows the control of the screen. */
  allowScreenControl: boolean;
  /** Whether the machine has a display. */
  hasDisplay: boolean;
  /**
   * The time at which the agent was last seen, such as `2026-01-01T00:00:00.000Z`. A text that `Date` cannot
   * parse counts as `null`: never seen.
   */
  lastSeenAt: string | null;
};

/** The state of an enrolled machine. */
export type SelfhostedLivenessState = {
  /**
   * `online` where the agent answers; `reconnecting` where it does not, but was seen at most
   * {@link SELFHOSTED_RECONNECT_WINDOW_MS} ago; else `offline`.
   */
  state: "online" | "reconnecting" | "offline";
  /** Whether the owner has agreed to the control of the screen. */
  consented: boolean;
  /** Whether the machine has a display. */
  hasDisplay: boolean;
};

/**
 * Returns the state of an enrolled machine. Without an active enrollment it is offline, even where an agent
 * answers. A `lastSeenAt` in the future counts as recent.
 *
 * @example
 * const lastSeenAt = new Date(Date.now() - 10_000).toISOString();
 * const [status, exposure] = ["active", "whole-machine"];
 * selfhostedLiveness({
 *   enrollment: { status, exposure, allowScreenControl: true, hasDisplay: true, lastSeenAt },
 *   probeResponded: false,
 * }); // { state: "reconnecting", consented: true, hasDisplay: true }
 *
 * @param i `enrollment`: `null` for a machine without one. `probeResponded`: whether the agent has answered
 *   a ping. `now`: default: the current time.
 * @throws `TypeError`: `now` is no `Date`, or `lastSeenAt` is needed and a value that `Date` refuses, such
 *   as a symbol.
 */
export declare function selfhostedLiveness(i: {
  enrollment: SelfhostedEnrollment | null;
  probeResponded: boolean;
  now?: Date | undefined;
}): SelfhostedLivenessState;

/** The context of {@link negotiateSelfhostedCapabilities}. */
export type SelfhostedNegotiationInput = {
  /** Returned unchanged. */
  sessionId: string;
  /** The operating system of the machine. Default: `"linux"`. */
  os?: SandboxOs | undefined;
  /** Returned unchanged. */
  leaseEpoch: number;
  /** The record of the machine. `null` where it is not enrolled. */
  enrollment: SelfhostedEnrollment | null;
  /** A session with the machine, which is pinged. Default: the agent counts as unanswering. */
  session?: { ping(): Promise<boolean> } | undefined;
  /** Whether the agent answers. With it nothing is pinged. Default: the result of `session.ping()`. */
  probeResponded?: boolean | undefined;
  /** Whether the deployment allows desktops, and with them recordings and computer use. Default: `true`. */
  desktopEnabled?: boolean | undefined;
  /** Whether the deployment allows terminals. Default: `true`. */
  terminalEnabled?: boolean | undefined;
  /** Whether the deployment allows computer use. Default: `true`. */
  computerUseEnabled?: boolean | undefined;
  /** Whether the viewer has acknowledged that the desktop is shown unredacted. Default: `false`. */
  desktopAcknowledged?: boolean | undefined;
  /** Whether the machine serves several sessions. Default: `false`. */
  shared?: boolean | undefined;
  /** The ids of those sessions, returned as the same array. Default: `[]`. */
  sharedSessionIds?: string[] | undefined;
  /** The time of the negotiation. Default: the time after the ping. */
  now?: Date | undefined;
};

/**
 * Returns the capabilities of a session on an enrolled machine. It is `warm` where the agent answers;
 * otherwise it is `cold`, and every capability is unavailable. Viewing and recording need a display.
 * Computer use needs a display and the owner's consent. No address is returned.
 *
 * Rejects with
 *
 * - the value that `session.ping` rejects with;
 * - `TypeError`, where `now` is no `Date`, or `lastSeenAt` is needed and a value that `Date` refuses;
 * - `RangeError`, where `now` is an invalid `Date`;
 * - `Error`, where {@link CAPABILITY_DESCRIPTORS} has no row `selfhosted`.
 *
 * @example
 * const { liveness, Recording } = await negotiateSelfhostedCapabilities({
 *   sessionId: "s1",
 *   leaseEpoch: 3,
 *   enrollment: null,
 * });
 * liveness; // "cold"
 * Recording; // { available: false, modes: [], codecs: [], reason: "agent_offline" }
 */
export declare function negotiateSelfhostedCapabilities(
  i: SelfhostedNegotiationInput,
): Promise<SessionCapabilities>;
