export { RecordingError, RecordingUnavailableError } from "./js/errors.js";
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
