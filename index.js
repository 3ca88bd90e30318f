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
export { RecordingError, RecordingUnavailableError, RoutingUnsupportedError } from "./js/errors.js";
export { RoutingSandboxSession } from "./js/routing.js";
export {
  DESKTOP_STREAM_PORT,
  contentTypeForCodec,
  deleteRecordingArtifacts,
  extForCodec,
  readRecordingBytes,
  recordingStorageKey,
  startRecording,
  stopRecording,
} from "./js/recording.js";
