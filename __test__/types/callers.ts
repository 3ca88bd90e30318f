// Callers as they exist, compiled against the public types. Nothing here runs.
import {
  DESKTOP_STREAM_PORT,
  RecordingError,
  RecordingUnavailableError,
  contentTypeForCodec,
  deleteRecordingArtifacts,
  extForCodec,
  readRecordingBytes,
  recordingStorageKey,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native/sandbox";
import type {
  FinalizeRecordingResult,
  RecordingCodec,
  RecordingContentType,
  RecordingProcess,
  StartRecordingInput,
} from "@opengeni/runtime-native";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_Holds extends true>(): void {}

assertType<Equal<RecordingCodec, "h264-mp4" | "vp9-webm">>();
assertType<Equal<RecordingContentType, "video/mp4" | "video/webm">>();
assertType<
  Equal<
    RecordingError["reason"],
    "ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable"
  >
>();
assertType<Equal<ReturnType<typeof contentTypeForCodec>, RecordingContentType>>();

// A handle is plain data for whoever stores it.
declare function store(row: Record<string, unknown>): void;

export async function film(session: unknown, input: StartRecordingInput): Promise<string> {
  const port: number = DESKTOP_STREAM_PORT;
  const process: RecordingProcess = await startRecording(session, input);
  store(process);
  await stopRecording(session, process);
  try {
    const finalized: FinalizeRecordingResult = await readRecordingBytes(session, process, 1e6);
    const body: Uint8Array = finalized.bytes;
    const key: string = recordingStorageKey("w", "s", process.recordingId, process.codec);
    await deleteRecordingArtifacts(session, process);
    return `${key} ${body.length} ${finalized.contentType} ${extForCodec(process.codec)} ${port}`;
  } catch (error) {
    if (error instanceof RecordingError) return error.reason;
    if (error instanceof RecordingUnavailableError) return error.name;
    throw error;
  }
}

export const errors: Error[] = [
  new RecordingError("message", "box-death"),
  new RecordingError("message", "ffmpeg-error", { cause: 1 }),
  new RecordingUnavailableError("message"),
];

export const minimal: StartRecordingInput = { recordingId: "r" };

// @ts-expect-error: the id is required
export const nameless: StartRecordingInput = {};
// @ts-expect-error: there are two codecs
export const codec: RecordingCodec = "av1";
// @ts-expect-error: the reason is one of four
new RecordingError("message", "other");
// @ts-expect-error: two sides
export const sides: StartRecordingInput = { recordingId: "r", dimensions: [1] };
