/**
 * Clients of providers; sessions that are stored and established again.
 *
 * @module lifecycle
 */

import type {
  CAPABILITY_DESCRIPTORS,
  CapabilityDescriptor,
  SandboxBackend,
  OpenGeniError,
} from "../index.js";

/**
 * The settings of a deployment that the clients of sandboxes are made with. Other fields are ignored. Each
 * setting has a variable of its own: `OPENGENI_` and the name in upper snake case. For example,
 * `modalTimeoutSeconds` comes from `OPENGENI_MODAL_TIMEOUT_SECONDS`.
 *
 * A setting of another type is refused with a `TypeError` that names the setting.
 */
export interface SandboxSettings {
  /** The backend of new sandboxes. */
  sandboxBackend: SandboxBackend;
  /** Profiles, separated by commas: `none`, or any of `azure` and `github`. See {@link collectSandboxEnvironment}. */
  sandboxPreparationProfiles: string;
  /** The names of more variables for the box, separated by commas. */
  sandboxEnvAllowlist: string;
  /** The ports to expose, separated by commas, of every backend. See {@link parseExposedPorts}. */
  dockerExposedPorts: string;
  /** Whether boxes have a desktop. The ports of its stream and of the terminal's are then exposed, too. */
  sandboxDesktopEnabled?: boolean | undefined;
  /** The image of Docker's containers. */
  dockerImage?: string | undefined;
  /** A network that Docker's containers are connected to before they are used. */
  dockerNetwork?: string | undefined;
  modalAppName?: string | undefined;
  /** The lifetime of a box, in seconds. */
  modalTimeoutSeconds?: number | undefined;
  /** The lifetime of an idle box, in seconds. Default: `modalTimeoutSeconds`. */
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
  /** The time after which an idle box is stopped, in minutes. 0 is never. */
  daytonaAutoStopInterval?: number | undefined;
  daytonaTimeoutSeconds?: number | undefined;
  daytonaExposedPortUrlTtlSeconds?: number | undefined;
  runloopApiKey?: string | undefined;
  runloopTunnel?: boolean | undefined;
  runloopBaseUrl?: string | undefined;
  runloopBlueprintName?: string | undefined;
  runloopBlueprintId?: string | undefined;
  runloopKeepAliveSeconds?: number | undefined;
  /** Required, though the client reads its key from `E2B_API_KEY` in the process's environment. */
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
  /** The lifetime of a box, in Blaxel's notation, such as `24h`. */
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

/** A backend cannot be used with its configuration. */
export declare class SandboxConfigError extends OpenGeniError {
  /**
   * @param backend The backend.
   * @param message The fault. The error's `message` is `[sandbox:<backend>] <message>`.
   */
  constructor(backend: string, message: string);
  name: "SandboxConfigError";
  /** The backend. */
  backend: string;
}

/**
 * The client of a provider cannot be made: its part of the SDK is not installed, or does not load. Other
 * providers are not affected. `cause` is the error of the loader.
 */
export declare class SandboxProviderUnavailableError extends OpenGeniError {
  /**
   * @param backend The backend. The `message` is `provider <backend> not available in installed
   *   @openai/agents-extensions`.
   * @param remedy The advice at the end of the message.
   * @param options The `cause`.
   */
  constructor(backend: string, remedy?: string, options?: { cause?: unknown });
  name: "SandboxProviderUnavailableError";
  /** The backend. */
  backend: string;
}

/** The arguments of a provider's client. */
export interface ProviderConstructionContext {
  /** The deployment's settings. */
  settings: SandboxSettings;
  /** The variables of the box. Some providers take none. */
  environment: Record<string, string>;
  /** The TCP ports of the box that can be reached from outside. */
  exposedPorts: number[];
}

/** Makes the client of one backend. */
export interface ProviderRegistration {
  /** The backend. */
  backend: SandboxBackend;
  /** Its row in {@link CAPABILITY_DESCRIPTORS}. */
  descriptor: CapabilityDescriptor;
  /**
   * Checks, without a connection, that all credentials are there.
   *
   * @throws a {@link SandboxConfigError} that names the missing variable.
   */
  validateCredentials(settings: SandboxSettings): void;
  /**
   * Makes the client, without a connection. The SDK's package is loaded for its first client.
   *
   * @returns An instance of one of the SDK's classes; `undefined` for the backend `none`.
   * @throws a {@link SandboxProviderUnavailableError} where the package cannot be loaded.
   */
  build(ctx: ProviderConstructionContext): unknown;
}

/**
 * The registration of each backend. The entries are plain objects. Each client is made by the entry that
 * is there at that time, so an entry can be replaced.
 */
export declare const PROVIDER_REGISTRY: Record<SandboxBackend, ProviderRegistration>;

/**
 * Checks {@link CAPABILITY_DESCRIPTORS} and {@link PROVIDER_REGISTRY}. It makes a client of each backend
 * with settings of its own, without a connection, and compares its `backendId`. An import of the package
 * does not run this check, and loads no provider.
 *
 * @throws `Error` with the first fault; {@link SandboxProviderUnavailableError} where a provider's
 *   package cannot be loaded.
 */
export declare function assertProviderRegistryInvariants(): void;

/**
 * Returns the variables of the process that go into a box: those of the profiles in the settings, then
 * those of the list in the settings. A variable that is missing or empty is left out.
 *
 * | Profile  | Variables                                                           |
 * | -------- | ------------------------------------------------------------------- |
 * | `none`   | none                                                                |
 * | `azure`  | four each of `ARM_*` and `AZURE_*`, and `AZURE_AUTHORITY_HOST`      |
 * | `github` | `GH_TOKEN`, `GITHUB_TOKEN`, and name and e-mail of git's identities |
 *
 * @param source The variables to choose from. Default: `process.env`.
 * @throws `Error` for an unknown profile, for `none` beside another one, and for a name that no variable
 *   can have.
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
 * Returns the TCP ports of a list that is separated by commas, in its order. Repeated ports are kept. A
 * number may be in any of JavaScript's forms.
 *
 * @throws `Error` where one of them is no whole number from 1 to 65535.
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
 * Makes a new client of a backend, without a connection.
 *
 * With `dockerNetwork` in the settings, Docker's client is a plain object with the methods of the SDK's.
 * It connects each container to that network before it returns the session. A new container that cannot
 * be connected is removed.
 *
 * The ports of a box are those of `dockerExposedPorts`. With `sandboxDesktopEnabled`, a backend that has
 * a desktop and cannot expose ports later also gets 6080 and 7681.
 *
 * @param environment The variables of the box. Default: those of {@link collectSandboxEnvironment}.
 * @returns An instance of one of the SDK's classes; `undefined` for the backend `none`.
 * @throws a {@link SandboxConfigError} for an unknown backend, and where a credential is missing;
 *   {@link SandboxProviderUnavailableError} where the SDK's package cannot be loaded; the errors of
 *   {@link collectSandboxEnvironment} and {@link parseExposedPorts}.
 */
export declare function createSandboxClientForBackend(
  backend: SandboxBackend,
  settings: SandboxSettings,
  environment?: Record<string, string>,
): unknown;

/**
 * Returns the recovery entry in the state of an agent's run: that of the current agent in
 * `_sandbox.sessionsByAgent`, or else that of `_sandbox` itself.
 *
 * @returns The entry of an agent as the same object, or that of `_sandbox` as a new one; `null` where
 *   there is no entry with a `sessionState`.
 */
export declare function sandboxStateEntryFromRunState(
  state: unknown,
): Record<string, unknown> | null;

/**
 * Reads the state of a session from a recovery entry: {@link deserializeSandboxSessionStateEnvelope} of
 * `entry.sessionState`.
 *
 * @returns The client's state; `undefined` where there is no client, or no `sessionState` in the entry.
 * @throws `Error` where the entry is of another backend than the client.
 */
export declare function restoredSandboxSessionStateFromEntry(
  entry: unknown,
  client: unknown,
): Promise<unknown>;

/**
 * Reads the state of a session from its stored envelope, by the client's `deserializeSessionState`. The
 * client gets the provider's state. These fields of the envelope replace those of the provider's state:
 * `manifest`, `snapshot`, `snapshotFingerprint`, `snapshotFingerprintVersion`, `workspaceReady` and
 * `exposedPorts`. The archive of the workspace is not passed on.
 *
 * @param envelope `sessionState` of an entry or a lease.
 * @returns The client's state; `undefined` where the envelope is no object.
 * @throws `Error` where the client has no `deserializeSessionState`; the error of that method, as the
 *   same value.
 */
export declare function deserializeSandboxSessionStateEnvelope(
  client: unknown,
  envelope: unknown,
): Promise<unknown>;

/**
 * Decodes the archive of a workspace in the envelope of a session. Characters that are not base64 are
 * left out; {@link establishSandboxSessionFromEnvelope} refuses an archive with such characters.
 *
 * @param sessionState `sessionState` of an entry or a lease.
 * @returns The bytes; `undefined` where there is no archive.
 */
export declare function readWorkspaceArchiveFromEnvelopeSessionState(
  sessionState: unknown,
): Uint8Array | undefined;

/**
 * Returns the id of the snapshot at Modal that an archive refers to.
 *
 * @returns The id; `undefined` where the archive is no such reference.
 */
export declare function decodeModalSnapshotId(archive: Uint8Array): string | undefined;

/**
 * Deletes the snapshot at Modal that a replaced archive refers to, with the session's
 * `modal.images.delete`. It never rejects.
 *
 * @param priorArchiveBase64 The replaced archive, in base64.
 * @returns The id of the snapshot; `undefined` where none was deleted.
 */
export declare function deletePriorPersistedSnapshot(
  session: unknown,
  priorArchiveBase64: string | null | undefined,
): Promise<string | undefined>;

/** A live session, with its client. */
export interface EstablishedSandboxSession {
  /** The client. */
  client: unknown;
  /** The session. */
  session: unknown;
  /** The session's state, for {@link serializeEstablishedSandboxEnvelope}; `undefined` where it has none. */
  sessionState: unknown;
  /** The provider's id of the box; empty where the provider has none. */
  instanceId: string;
  /** The client's name of its backend: `unix_local` for `local`, and otherwise the backend. */
  backendId: string;
}

/** The options of {@link establishSandboxSessionFromEnvelope}. */
export interface EstablishSandboxSessionOptions {
  /** The caller's id of the session. */
  sessionId: string;
  /** The backend. Default: that of the envelope, or else of the settings. */
  backendOverride?: SandboxBackend | undefined;
  /** The variables of the box. Default: those of {@link collectSandboxEnvironment}. */
  environment?: Record<string, string> | undefined;
}

/**
 * Makes a live session from a stored envelope. It resumes the box of the envelope. Where the envelope
 * names no box, or the provider says that the box is gone, it creates a box and restores the archive of
 * the workspace.
 *
 * - `create` is called at most once, and nothing is tried again. Any other error of `resume` reaches the
 *   caller as it is, and no box is created.
 * - Some clients resume another box in place of one that is gone. The archive is restored in that box,
 *   too, and the result has the state of its session.
 * - An archive that is not base64 from end to end is refused before a box is created. Where the archive
 *   cannot be restored, the new box is removed: by `client.delete(state)`, or else by the session's
 *   `terminate`, `delete` or `close`.
 *
 * @param envelope `{ backendId?, sessionState }`; `null` or `undefined` for a new box.
 * @throws a {@link SandboxConfigError} where the backend has no client, cannot create a box, cannot read
 *   its envelope, or cannot restore the archive; the errors of {@link createSandboxClientForBackend}; an
 *   error of the client or the session, as the same value.
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
 * Returns the envelope of a live session, `{ backendId, sessionState }`. `sessionState` has the result of
 * the client's `serializeSessionState` as `providerState`, the `manifest` and the ports of that result,
 * and `workspaceReady: true`. The envelope has the values of the box's variables in plain text.
 *
 * @returns The envelope; `null` where there is no state to store, or its serialization fails. An earlier
 *   envelope then stays valid.
 */
export declare function serializeEstablishedSandboxEnvelope(
  established: EstablishedSandboxSession,
): Promise<Record<string, unknown> | null>;
