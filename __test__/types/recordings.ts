// The calls of recordings with their options, each of which may be `undefined`.
import {
  inspectRecordingArtifact,
  listRecordings,
  probeRecording,
  readRecordingBytes,
  readRecordingStream,
  startRecording,
  stopRecording,
  sweepRecordings,
  uploadRecordingArtifact,
} from "@opengeni/runtime-native";
import type {
  CallSignal,
  CommandSession,
  DisposableRecordingProcess,
  FinalizeRecordingResult,
  InspectRecordingOptions,
  ListRecordingsOptions,
  ReadProgress,
  ReadRecordingOptions,
  RecordingArtifact,
  RecordingCallOptions,
  RecordingEntry,
  RecordingError,
  RecordingHandle,
  RecordingProbe,
  RecordingUploadFailure,
  StartRecordingInput,
  StopReport,
  StreamRecordingOptions,
  SweepRecordingsOptions,
  SweptRecording,
  UploadProgress,
  UploadRecordingInput,
} from "@opengeni/runtime-native";

const none = { signal: undefined, timeoutMs: undefined };
const sizes: { maxBytes?: number | undefined } = { maxBytes: undefined };
const onRead = (progress: ReadProgress): void => share(progress.receivedBytes, progress.totalBytes);
const onUpload = (progress: UploadProgress): void => share(progress.sentBytes, progress.totalBytes);
declare function share(part: number, total: number): void;
declare function store(stream: ReadableStream<Uint8Array>): Promise<void>;

export const INSPECT: InspectRecordingOptions = { ...none, ...sizes };
export const READ: ReadRecordingOptions = { ...INSPECT, onProgress: undefined };
export const STREAM: StreamRecordingOptions = { ...READ, offset: undefined };
export const LIST: ListRecordingsOptions = { ...none, tmpDir: undefined, runAs: undefined };
export const SWEEP: SweepRecordingsOptions = {
  ...LIST,
  olderThanSeconds: 3_600,
  dryRun: undefined,
};
export const START: StartRecordingInput = {
  ...none,
  recordingId: "turn-7",
  verify: undefined,
  crashSafe: undefined,
  maxBytes: undefined,
  dispose: undefined,
};
const UPLOAD: UploadRecordingInput = {
  ...INSPECT,
  url: "https://store/turn-7",
  requiredHeaders: { "content-type": "video/mp4" },
  maxSeconds: undefined,
  onProgress: undefined,
};

export async function film(session: CommandSession, signal: CallSignal): Promise<string> {
  const limits: RecordingCallOptions = { signal, timeoutMs: 60_000 };
  const recording = await startRecording(session, { ...START, ...limits, verify: true });
  const disposable: DisposableRecordingProcess = await startRecording(session, {
    ...START,
    dispose: true,
  });
  const nothing: void = await stopRecording(session, disposable, limits);
  const report: StopReport = await stopRecording(session, recording, { ...limits, report: true });
  const read: FinalizeRecordingResult = await readRecordingBytes(session, recording, {
    ...READ,
    onProgress: onRead,
  });
  const same: RecordingArtifact = await inspectRecordingArtifact(session, recording, 1_000);
  const sent: RecordingArtifact = await uploadRecordingArtifact(session, recording, {
    ...UPLOAD,
    ...limits,
    onProgress: onUpload,
  });
  await store(readRecordingStream(session, recording, STREAM));
  const probe: RecordingProbe = probeRecording(read.bytes);
  return [
    nothing,
    report.finalized,
    report.signal,
    sent.contentType,
    same.sizeBytes,
    probe.codec,
  ].join();
}

export async function tidy(session: CommandSession): Promise<string[]> {
  const entries: RecordingEntry[] = await listRecordings(session, LIST);
  const handles: RecordingHandle[] = entries.filter(({ isRunning }) => !isRunning);
  for (const handle of handles) await stopRecording(session, handle);
  const swept: SweptRecording[] = await sweepRecordings(session, SWEEP);
  return swept.flatMap(({ files }) => files);
}

export function isFinal(error: RecordingError): boolean {
  const upload: RecordingUploadFailure | undefined = error.upload;
  return upload?.failure === "refused" && upload.httpStatus === 403;
}

// @ts-expect-error: a sweep needs an age
sweepRecordings({ exec: async () => "" }, {});
// @ts-expect-error: an upload needs its URL
uploadRecordingArtifact({ exec: async () => "" }, {} as RecordingHandle, { requiredHeaders: {} });
// @ts-expect-error: probing takes bytes
probeRecording("film.mp4");
