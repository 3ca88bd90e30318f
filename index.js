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
