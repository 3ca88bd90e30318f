/**
 * Clients of providers; sessions that are stored and established again.
 *
 * @module lifecycle
 */

import type { CAPABILITY_DESCRIPTORS, CapabilityDescriptor, SandboxBackend } from "../index.js";

/**
 * The settings of a deployment, as far as clients of sandboxes are made of them. Settings with more in
 * them are accepted as they are. Each comes from the variable `OPENGENI_` with its name in upper snake
 * case, as `modalTimeoutSeconds` from `OPENGENI_MODAL_TIMEOUT_SECONDS`.
 *
 * A setting of another type than is declared is a `TypeError` that names it.
 */
export interface SandboxSettings {
  /** The backend of new sandboxes. */
  sandboxBackend: SandboxBackend;
  /** Profiles, separated by commas: `none`, or any of `azure` and `github`. See {@link collectSandboxEnvironment}. */
  sandboxPreparationProfiles: string;
  /** More names of variables, separated by commas. */
  sandboxEnvAllowlist: string;
  /** Ports, separated by commas, for every backend. See {@link parseExposedPorts}. */
  dockerExposedPorts: string;
  /** Whether boxes have a desktop: then the ports of its stream and of the terminal's are exposed, too. */
  sandboxDesktopEnabled?: boolean | undefined;
  /** The image of Docker's containers. */
  dockerImage?: string | undefined;
  /** A network that Docker's containers are connected to before they are used. */
  dockerNetwork?: string | undefined;
  modalAppName?: string | undefined;
  /** How long a box lives, in seconds. */
  modalTimeoutSeconds?: number | undefined;
  /** How long an idle box lives, in seconds. Default: `modalTimeoutSeconds`. */
  modalIdleTimeoutSeconds?: number | undefined;
  modalWorkspacePersistence?: "tar" | "snapshot_filesystem" | "snapshot_directory" | undefined;
  /** The tag of an image. */
  modalImageRef?: string | undefined;
  modalTokenId?: string | undefined;
  modalTokenSecret?: string | undefined;
  /** The name of an environment at Modal. */
  modalEnvironment?: string | undefined;
  daytonaApiKey?: string | undefined;
  daytonaApiUrl?: string | undefined;
  daytonaTarget?: string | undefined;
  daytonaImage?: string | undefined;
  daytonaSnapshotName?: string | undefined;
  /** In minutes, as Daytona has it; 0 is never. */
  daytonaAutoStopInterval?: number | undefined;
  daytonaTimeoutSeconds?: number | undefined;
  daytonaExposedPortUrlTtlSeconds?: number | undefined;
  runloopApiKey?: string | undefined;
  runloopTunnel?: boolean | undefined;
  runloopBaseUrl?: string | undefined;
  runloopBlueprintName?: string | undefined;
  runloopBlueprintId?: string | undefined;
  runloopKeepAliveSeconds?: number | undefined;
  /** Must be there. The client itself reads `E2B_API_KEY` from the process's environment. */
  e2bApiKey?: string | undefined;
  e2bTemplate?: string | undefined;
  e2bTimeoutSeconds?: number | undefined;
  e2bTimeoutAction?: "pause" | "kill" | undefined;
  e2bAllowInternetAccess?: boolean | undefined;
  e2bAutoResume?: boolean | undefined;
  e2bWorkspacePersistence?: "tar" | "snapshot" | undefined;
  blaxelApiKey?: string | undefined;
  blaxelImage?: string | undefined;
  blaxelRegion?: string | undefined;
  blaxelExposedPortPublic?: boolean | undefined;
  blaxelExposedPortUrlTtlSeconds?: number | undefined;
  blaxelMemoryMb?: number | undefined;
  /** As Blaxel has it, such as `24h`. */
  blaxelTtl?: string | undefined;
  cloudflareWorkerUrl?: string | undefined;
  cloudflareApiKey?: string | undefined;
  vercelToken?: string | undefined;
  vercelProjectId?: string | undefined;
  vercelTeamId?: string | undefined;
  vercelRuntime?: string | undefined;
  /** The relay of enrolled machines. Default: `wss://relay.opengeni.local/stream`. */
  selfhostedRelayUrl?: string | undefined;
}

/** A backend that cannot be used as it is configured. */
export declare class SandboxConfigError extends Error {
  /**
   * @param backend The backend.
   * @param message What is wrong. The error's `message` is `[sandbox:<backend>] <message>`.
   */
  constructor(backend: string, message: string);
  name: "SandboxConfigError";
  /** The backend. */
  backend: string;
}

/**
 * A provider whose client cannot be made, since its part of the SDK is not installed or does not load.
 * Others are not affected. `cause` is what the attempt to load it threw.
 */
export declare class SandboxProviderUnavailableError extends Error {
  /**
   * @param backend The backend. The `message` is `provider <backend> not available in installed
   *   @openai/agents-extensions`.
   * @param remedy What to do about it, which the message ends with.
   * @param options The `cause`.
   */
  constructor(backend: string, remedy?: string, options?: { cause?: unknown });
  name: "SandboxProviderUnavailableError";
  /** The backend. */
  backend: string;
}

/** What a provider's client is made of. */
export interface ProviderConstructionContext {
  /** The deployment's settings. */
  settings: SandboxSettings;
  /** The variables of the box. Providers that take none ignore them. */
  environment: Record<string, string>;
  /** The TCP ports of the box that can be reached from outside. */
  exposedPorts: number[];
}

/** How the client of one backend is made. */
export interface ProviderRegistration {
  /** The backend. */
  backend: SandboxBackend;
  /** Its row in {@link CAPABILITY_DESCRIPTORS}. */
  descriptor: CapabilityDescriptor;
  /**
   * Checks, without a connection, that nothing is missing.
   *
   * @throws a {@link SandboxConfigError} that names the variable.
   */
  validateCredentials(settings: SandboxSettings): void;
  /**
   * Makes the client, without a connection: one of the SDK's own classes, with its `options`;
   * `undefined` for the backend `none`. The SDK's package is loaded when its first client is made.
   *
   * @throws a {@link SandboxProviderUnavailableError} where the package cannot be loaded.
   */
  build(ctx: ProviderConstructionContext): unknown;
}

/**
 * The registration of each backend. The entries are plain objects, and are looked up when a client is
 * made: one that is replaced holds from then on.
 */
export declare const PROVIDER_REGISTRY: Record<SandboxBackend, ProviderRegistration>;

/**
 * Checks {@link CAPABILITY_DESCRIPTORS} and {@link PROVIDER_REGISTRY}: it makes a client of each backend
 * with settings of its own, without a connection, and compares what it calls itself. An import does not
 * run it, and loads no provider.
 *
 * @throws `Error` with the first thing that is wrong; {@link SandboxProviderUnavailableError} where a
 *   provider's package cannot be loaded.
 */
export declare function assertProviderRegistryInvariants(): void;

/**
 * The variables of the process that go into a box: those of the profiles in the settings, then those
 * that the settings list, each once. A variable that is missing or empty is left out.
 *
 * | Profile  | Variables                                                           |
 * | -------- | ------------------------------------------------------------------- |
 * | `none`   | none                                                                |
 * | `azure`  | four each of `ARM_*` and `AZURE_*`, and `AZURE_AUTHORITY_HOST`      |
 * | `github` | `GH_TOKEN`, `GITHUB_TOKEN`, and name and e-mail of git's identities |
 *
 * @param source Where they are read. Default: `process.env`.
 * @throws `Error` for an unknown profile, `none` beside another, and a name that no variable can have.
 *
 * @example
 * ```js
 * collectSandboxEnvironment(
 *   { sandboxPreparationProfiles: "github", sandboxEnvAllowlist: "CI" },
 *   { GH_TOKEN: "t", CI: "1", HOME: "/root" },
 * ); // { GH_TOKEN: "t", CI: "1" }
 * ```
 */
export declare function collectSandboxEnvironment(
  settings: Pick<SandboxSettings, "sandboxPreparationProfiles" | "sandboxEnvAllowlist">,
  source?: Record<string, string | undefined>,
): Record<string, string>;

/**
 * The TCP ports of a list that is separated by commas, in its order, each as often as it has it. A
 * number may be in any of JavaScript's forms.
 *
 * @throws `Error`, where one of them is no whole number from 1 to 65535.
 *
 * @example
 * ```js
 * parseExposedPorts("3000, 8080"); // [3000, 8080]
 * ```
 */
export declare function parseExposedPorts(raw: string): number[];

/**
 * Makes the client of the backend in the settings. See {@link createSandboxClientForBackend}.
 *
 * @example
 * ```js
 * const client = createSandboxClient(settings);
 * const session = await client.create({ manifest: { environment: {} } });
 * ```
 */
export declare function createSandboxClient(
  settings: SandboxSettings,
  environment?: Record<string, string>,
): unknown;

/**
 * Makes the client of a backend, without a connection: one of the SDK's own classes, a new one for each
 * call. With `dockerNetwork` in the settings, Docker's is a plain object instead, which has the client's
 * methods: containers are connected to that network before the caller gets them, and one that was
 * created and cannot be connected is removed.
 *
 * The ports are those of `dockerExposedPorts`; 6080 and 7681 are added for a backend that has a desktop
 * and cannot expose ports later, where `sandboxDesktopEnabled` is true.
 *
 * @param environment The variables of the box. Default: those that {@link collectSandboxEnvironment}
 *   finds.
 * @returns The client; `undefined` for the backend `none`.
 * @throws a {@link SandboxConfigError} for an unknown backend, and where a credential is missing;
 *   {@link SandboxProviderUnavailableError} where the SDK's package cannot be loaded; `Error` as
 *   {@link collectSandboxEnvironment} and {@link parseExposedPorts} have it.
 */
export declare function createSandboxClientForBackend(
  backend: SandboxBackend,
  settings: SandboxSettings,
  environment?: Record<string, string>,
): unknown;

/**
 * The recovery entry in the state of an agent's run: that of the current agent in
 * `_sandbox.sessionsByAgent`, or else the state's own.
 *
 * @returns The entry itself where it is an agent's, a new object where it is the state's own, and `null`
 *   where there is none, or it has no `sessionState`.
 */
export declare function sandboxStateEntryFromRunState(
  state: unknown,
): Record<string, unknown> | null;

/**
 * The state of a session, of a recovery entry: `entry.sessionState`, as
 * {@link deserializeSandboxSessionStateEnvelope} reads it.
 *
 * @returns The client's state; `undefined` without a client, or an entry with a `sessionState`.
 * @throws `Error`, where the entry is of another backend than the client.
 */
export declare function restoredSandboxSessionStateFromEntry(
  entry: unknown,
  client: unknown,
): Promise<unknown>;

/**
 * The state of a session, of the envelope that it was stored in: what the client's
 * `deserializeSessionState` makes of the provider's state and, over it, `manifest`, `snapshot`,
 * `snapshotFingerprint`, `snapshotFingerprintVersion`, `workspaceReady` and `exposedPorts` of the
 * envelope, where it has them. The archive of the workspace is not passed on.
 *
 * @param envelope `sessionState` of an entry or a lease.
 * @returns The client's state; `undefined` for what is no object.
 * @throws `Error`, where the client has no such method; what the method throws.
 */
export declare function deserializeSandboxSessionStateEnvelope(
  client: unknown,
  envelope: unknown,
): Promise<unknown>;

/**
 * The archive of a workspace in the envelope of a session, decoded leniently: what is no base64 is left
 * out. {@link establishSandboxSessionFromEnvelope} refuses such an archive.
 *
 * @param sessionState `sessionState` of an entry or a lease.
 * @returns The bytes; `undefined` where there is no archive.
 */
export declare function readWorkspaceArchiveFromEnvelopeSessionState(
  sessionState: unknown,
): Uint8Array | undefined;

/**
 * The id in a reference to a snapshot at Modal, which stands in place of an archive.
 *
 * @returns The id; `undefined` for an archive, and whatever else is no such reference.
 */
export declare function decodeModalSnapshotId(archive: Uint8Array): string | undefined;

/**
 * Deletes the snapshot at Modal that an archive refers to, once another has taken its place, with the
 * session's `modal.images.delete`. It never rejects.
 *
 * @param priorArchiveBase64 The archive, as the envelope has it.
 * @returns The id of the snapshot; `undefined` where none was deleted.
 */
export declare function deletePriorPersistedSnapshot(
  session: unknown,
  priorArchiveBase64: string | null | undefined,
): Promise<string | undefined>;

/** A live session, with the client that it is of. */
export interface EstablishedSandboxSession {
  /** The client. */
  client: unknown;
  /** The session. */
  session: unknown;
  /** The session's state, for {@link serializeEstablishedSandboxEnvelope}; `undefined` where it has none. */
  sessionState: unknown;
  /** What the provider calls the box; empty where it has no name for it. */
  instanceId: string;
  /** What the client calls its backend: `unix_local` for `local`, and otherwise the backend. */
  backendId: string;
}

/** What a session is established with. */
export interface EstablishSandboxSessionOptions {
  /** The session of the caller. */
  sessionId: string;
  /** The backend. Default: that of the envelope, or else of the settings. */
  backendOverride?: SandboxBackend | undefined;
  /** The variables of the box. Default: those that {@link collectSandboxEnvironment} finds. */
  environment?: Record<string, string> | undefined;
}

/**
 * Makes a live session of a stored envelope: resumes its box or, where the envelope names none or its
 * provider says that the box is gone, creates one and restores the archive of the workspace in it.
 *
 * - `create` is called at most once, and nothing is tried again. Any other error of `resume` reaches the
 *   caller as it is, and no box is created.
 * - Some clients answer `resume` with another box in place of one that is gone. The archive is restored
 *   in that, too, and the session's own state is the result's.
 * - An archive that is not base64 from end to end is refused before a box is created. Where it cannot be
 *   restored, the new box is removed: `client.delete(state)`, or else the session's `terminate`,
 *   `delete` or `close`.
 *
 * @param envelope `{ backendId?, sessionState }`, or nothing for a new box.
 * @throws a {@link SandboxConfigError} where the backend has no client, cannot create, cannot read its
 *   envelope, or cannot restore the archive; what {@link createSandboxClientForBackend} throws; whatever
 *   the client or the session throws, as the same value.
 *
 * @example
 * ```js
 * const established = await establishSandboxSessionFromEnvelope(settings, lease.resumeState, {
 *   sessionId,
 *   backendOverride: "modal",
 *   environment,
 * });
 * await store(await serializeEstablishedSandboxEnvelope(established));
 * ```
 */
export declare function establishSandboxSessionFromEnvelope(
  settings: SandboxSettings,
  envelope: unknown,
  opts: EstablishSandboxSessionOptions,
): Promise<EstablishedSandboxSession>;

/**
 * The envelope of a live session, to be stored: `{ backendId, sessionState }`. `sessionState` has what
 * the client's `serializeSessionState` gives as `providerState`, with its `manifest` and its ports
 * beside it, and `workspaceReady: true`. It holds the values of the box's variables as they are.
 *
 * @returns The envelope; `null` where the client or the session has no state to store, or its
 *   serialization fails: the envelope from before stays good.
 */
export declare function serializeEstablishedSandboxEnvelope(
  established: EstablishedSandboxSession,
): Promise<Record<string, unknown> | null>;
