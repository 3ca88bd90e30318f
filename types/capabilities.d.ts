import type { RecordingCodec } from "./recording.js";

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
