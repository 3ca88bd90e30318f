export {
  CAPABILITY_DESCRIPTORS,
  SELFHOSTED_RECONNECT_WINDOW_MS,
  TERMINAL_STREAM_PORT,
  assertDescriptorRegistryInvariants,
  backendSupportsOs,
  desktopCapableBackend,
  negotiateCapabilities,
  negotiateSelfhostedCapabilities,
  selectBackend,
  selfhostedLiveness,
} from "./js/capabilities.js";
export {
  agentErrorToControlError,
  offlineAgentError,
  offlineControlResponse,
  subjectFor,
  timeoutAgentError,
  timeoutControlResponse,
} from "./js/selfhosted/control.js";
export { setSelfhostedApplyDiff } from "./js/selfhosted/editor.js";
export {
  ActiveBackendUnresolvableError,
  OpenGeniError,
  RecordingError,
  RecordingUnavailableError,
  RoutingMutationOutcomeUnknownError,
  RoutingUnsupportedError,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
} from "./js/errors.js";
export { MockAgentResponder } from "./js/selfhosted/mock.js";
export { NatsControlRpc } from "./js/selfhosted/nats.js";
export { classifyProviderSandboxFailure, isProviderSandboxNotFoundError } from "./js/provider.js";
export {
  DESKTOP_STREAM_PORT,
  contentTypeForCodec,
  deleteRecordingArtifacts,
  extForCodec,
  inspectRecordingArtifact,
  readRecordingBytes,
  recordingStorageKey,
  startRecording,
  stopRecording,
} from "./js/recording/recording.js";
export { uploadRecordingArtifact } from "./js/recording/upload.js";
export { listRecordings, probeRecording, sweepRecordings } from "./js/recording/shelf.js";
export { readRecordingStream } from "./js/recording/stream.js";
export { makeActiveBackendResolver, swapTargetEstablishability } from "./js/resolution/resolver.js";
export { RoutingSandboxSession } from "./js/resolution/routing.js";
export {
  SELFHOSTED_DEFAULT_TIMEOUT_MS,
  SELFHOSTED_RELAY_STREAM_PATH,
  SelfhostedSandboxClient,
  SelfhostedSession,
  buildSelfhostedBackendSession,
  isSelfhostedProviderNotFoundError,
} from "./js/selfhosted/session.js";
export {
  DisplayStackError,
  DisplayStackUnsupportedError,
  StreamPortUnavailableError,
  TerminalServerError,
  TerminalServerUnsupportedError,
} from "./js/errors.js";
export {
  DEFAULT_DESKTOP_GEOMETRY,
  DISPLAY_STACK_TIMEOUT_MS,
  STREAM_PORT,
  TERMINAL_SERVER_TIMEOUT_MS,
  buildDisplayStackScript,
  buildTerminalServerScript,
  ensureDisplayStack,
  ensureTerminalServer,
  tearDownDisplayStack,
  tearDownTerminalServer,
} from "./js/launch/launch.js";
export { StreamTokenPayload } from "./js/stream/claims.js";
export { buildStreamUrl, exposeStreamPort } from "./js/stream/port.js";
export {
  STREAM_TOKEN_DEFAULT_TTL_SECONDS,
  mintStreamToken,
  verifyStreamToken,
} from "./js/stream/token.js";

export { SandboxConfigError, SandboxProviderUnavailableError } from "./js/errors.js";
export { collectSandboxEnvironment, parseExposedPorts } from "./js/lifecycle/environment.js";
export {
  decodeModalSnapshotId,
  deletePriorPersistedSnapshot,
  deserializeSandboxSessionStateEnvelope,
  readWorkspaceArchiveFromEnvelopeSessionState,
  restoredSandboxSessionStateFromEntry,
  sandboxStateEntryFromRunState,
  serializeEstablishedSandboxEnvelope,
} from "./js/lifecycle/envelope.js";
export { establishSandboxSessionFromEnvelope } from "./js/lifecycle/establish.js";
export {
  PROVIDER_REGISTRY,
  assertProviderRegistryInvariants,
  createSandboxClient,
  createSandboxClientForBackend,
} from "./js/lifecycle/registry.js";

export {
  ChannelAConflictError,
  ChannelANotFoundError,
  ChannelAUnsupportedError,
  ChannelAValidationError,
} from "./js/errors.js";
export {
  assertSafeRelPath,
  isExecSessionLostBanner,
  isWorkspaceEscapeError,
  parseExecBannerSessionId,
  parseNumstatZ,
  parsePorcelainV2,
  parseUnifiedPatch,
  stripExecBanner,
} from "./js/channel-a/helpers.js";
export { SandboxChannelAService } from "./js/channel-a/service.js";
