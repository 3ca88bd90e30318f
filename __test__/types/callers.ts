// Callers as they exist, compiled against the public types. Nothing here runs.
import {
  CAPABILITY_DESCRIPTORS,
  DESKTOP_STREAM_PORT,
  RecordingError,
  RecordingUnavailableError,
  SELFHOSTED_RECONNECT_WINDOW_MS,
  TERMINAL_STREAM_PORT,
  assertDescriptorRegistryInvariants,
  backendSupportsOs,
  contentTypeForCodec,
  deleteRecordingArtifacts,
  desktopCapableBackend,
  extForCodec,
  negotiateCapabilities,
  negotiateSelfhostedCapabilities,
  readRecordingBytes,
  recordingStorageKey,
  selectBackend,
  selfhostedLiveness,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native/sandbox";
import type {
  CapabilityDescriptor,
  CapabilityUnavailableReason,
  FinalizeRecordingResult,
  NegotiationContext,
  RecordingCodec,
  RecordingContentType,
  RecordingProcess,
  SandboxBackend,
  SandboxOs,
  SelfhostedEnrollment,
  SelfhostedLivenessState,
  SelfhostedNegotiationInput,
  SessionCapabilities,
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
    "ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable" | "upload-failed"
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

assertType<Equal<keyof typeof CAPABILITY_DESCRIPTORS, SandboxBackend>>();
assertType<Equal<CapabilityDescriptor["os"]["default"], SandboxOs>>();
assertType<Equal<SessionCapabilities["Git"]["reason"], CapabilityUnavailableReason | null>>();
assertType<Equal<SelfhostedLivenessState["state"], "online" | "reconnecting" | "offline">>();
assertType<Equal<typeof TERMINAL_STREAM_PORT, 7681>>();

export async function negotiate(
  context: NegotiationContext,
  enrollment: SelfhostedEnrollment | null,
): Promise<SessionCapabilities> {
  assertDescriptorRegistryInvariants();
  const row: CapabilityDescriptor = selectBackend(context.backend);
  if (!backendSupportsOs(row, context.os) || !desktopCapableBackend(row.backendId)) {
    return negotiateCapabilities({
      ...context,
      now: new Date(SELFHOSTED_RECONNECT_WINDOW_MS),
      strict: true,
    });
  }
  const machine: SelfhostedLivenessState = selfhostedLiveness({ enrollment, probeResponded: true });
  const input: SelfhostedNegotiationInput = {
    sessionId: context.sessionId,
    leaseEpoch: context.leaseEpoch,
    enrollment,
    session: { ping: async () => machine.state === "online" },
  };
  return negotiateSelfhostedCapabilities(input);
}

// The table may be changed.
CAPABILITY_DESCRIPTORS.docker.os.supported.push("macos");

// @ts-expect-error: a client's name is not a backend
selectBackend("unix_local");
// @ts-expect-error: whether desktops are allowed must be said
export const silent: NegotiationContext = {
  ...{ sessionId: "s", backend: "modal", os: "linux", liveness: "warm", leaseEpoch: 1 },
};
