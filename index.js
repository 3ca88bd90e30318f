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
  RecordingError,
  RecordingUnavailableError,
  RoutingUnsupportedError,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  StreamPortUnavailableError,
} from "./js/errors.js";
export { MockAgentResponder } from "./js/selfhosted/mock.js";
export { NatsControlRpc } from "./js/selfhosted/nats.js";
export { buildStreamUrl, isProviderSandboxNotFoundError } from "./js/provider.js";
export {
  DESKTOP_STREAM_PORT,
  contentTypeForCodec,
  deleteRecordingArtifacts,
  extForCodec,
  readRecordingBytes,
  recordingStorageKey,
  startRecording,
  stopRecording,
} from "./js/recording/recording.js";
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
