// Callers that make clients, and store and establish sessions. Nothing here runs.
import {
  PROVIDER_REGISTRY,
  SandboxConfigError,
  collectSandboxEnvironment,
  createSandboxClientForBackend,
  deletePriorPersistedSnapshot,
  deserializeSandboxSessionStateEnvelope,
  establishSandboxSessionFromEnvelope,
  readWorkspaceArchiveFromEnvelopeSessionState,
  serializeEstablishedSandboxEnvelope,
} from "@opengeni/runtime-native/sandbox";
import type {
  EstablishedSandboxSession,
  ProviderConstructionContext,
  ProviderRegistration,
  SandboxBackend,
  SandboxSettings,
} from "@opengeni/runtime-native/sandbox";

/** Settings as a deployment parses them: with more in them, and with what may be missing. */
interface Settings {
  environment: "production" | "test";
  sandboxBackend: SandboxBackend;
  sandboxPreparationProfiles: string;
  sandboxEnvAllowlist: string;
  sandboxDesktopEnabled: boolean;
  dockerExposedPorts: string;
  modalAppName: string;
  modalTimeoutSeconds: number;
  modalIdleTimeoutSeconds?: number | undefined;
  modalWorkspacePersistence: "tar" | "snapshot_filesystem" | "snapshot_directory";
  e2bTimeoutAction?: "pause" | "kill";
}

declare const settings: Settings;

interface Lease {
  backend: SandboxBackend;
  resumeState: Record<string, unknown> | null;
}

export async function spawn(lease: Lease): Promise<Record<string, unknown> | null> {
  const environment = collectSandboxEnvironment(settings);
  const established: EstablishedSandboxSession = await establishSandboxSessionFromEnvelope(
    settings,
    lease.resumeState,
    { sessionId: "s", backendOverride: lease.backend, environment },
  );
  return (await serializeEstablishedSandboxEnvelope(established)) ?? lease.resumeState;
}

export async function drain(lease: Lease): Promise<string | undefined> {
  const client = createSandboxClientForBackend(lease.backend, settings);
  const { sessionState } = lease.resumeState ?? {};
  const state = await deserializeSandboxSessionStateEnvelope(client, sessionState);
  const archive = readWorkspaceArchiveFromEnvelopeSessionState(sessionState);
  const prior = archive && Buffer.from(archive).toString("base64");
  return state ? deletePriorPersistedSnapshot(state, prior) : undefined;
}

declare const Buffer: { from(bytes: Uint8Array): { toString(encoding: "base64"): string } };

const registration: ProviderRegistration = {
  ...PROVIDER_REGISTRY.modal,
  build: ({ settings: { modalAppName }, exposedPorts }: ProviderConstructionContext) => ({
    backendId: "modal",
    modalAppName,
    exposedPorts,
  }),
  validateCredentials(given: SandboxSettings) {
    if (!given.modalAppName) throw new SandboxConfigError("modal", "a name is required");
  },
};
PROVIDER_REGISTRY.modal = registration;

// @ts-expect-error: the client's own name is no backend.
export const unknown = createSandboxClientForBackend("unix_local", settings);
