// What 0.2.0 has no calls for: a film goes from its box to storage without being in this process's memory.
import {
  RecordingError,
  contentTypeForCodec,
  deleteRecordingArtifacts,
  inspectRecordingArtifact,
  readRecordingStream,
  recordingStorageKey,
  stopRecording,
  uploadRecordingArtifact,
} from "@opengeni/runtime/sandbox";
import type { FinalizeRecordingResult, RecordingProcess } from "@opengeni/runtime/sandbox";
import { rowOf } from "./recording.ts";
import type { RecordingRow, RecordingRows } from "./rows.ts";
import type { S3Storage } from "./storage.ts";

export type ArchiveServices = {
  rows: RecordingRows;
  storage: Pick<S3Storage, "head" | "presign" | "putStream">;
  /** Ends the wait. The film stays on the box. */
  signal?: AbortSignal | undefined;
};

/**
 * Stores a recording, by its box if that can reach storage, else through this process. May be called again
 * after a failure, and by another process than the one that began the recording.
 */
export async function archiveRecording(
  session: unknown,
  services: ArchiveServices,
  recordingId: string,
): Promise<RecordingRow & { status: "available" }> {
  const row = await rowOf(services, recordingId);
  if (row.status === "discarded") throw new Error(`recording ${recordingId} was discarded`);
  const available = row.status === "available" ? row : await store(session, services, row);
  await deleteRecordingArtifacts(session, available.process);
  return available;
}

async function store(
  session: unknown,
  services: ArchiveServices,
  { workspaceId, sessionId, recordingId, process }: RecordingRow,
): Promise<RecordingRow & { status: "available" }> {
  const { rows, storage, signal } = services;
  const identity = { workspaceId, sessionId, recordingId, process };
  const key = recordingStorageKey(workspaceId, sessionId, recordingId, process.codec);
  await stopRecording(session, process, { signal });
  let film: Omit<FinalizeRecordingResult, "bytes">;
  try {
    film = await inspectRecordingArtifact(session, process, { maxBytes: Infinity, signal });
  } catch (error) {
    if (error instanceof RecordingError) {
      await rows.commit({ ...identity, status: "failed", reason: error.reason });
    }
    throw error;
  }
  const { sizeBytes, contentType, durationSeconds } = film;
  const sent = await send(session, services, key, process);
  const stored = await storage.head(key);
  const isSame = sent.sha256 === undefined || sent.sha256 === stored.sha256;
  if (sent.sizeBytes !== sizeBytes || stored.sizeBytes !== sizeBytes || !isSame) {
    throw new Error(`${key} is stored with ${stored.sizeBytes} bytes, not with ${sizeBytes}`);
  }
  const available = {
    ...{ ...identity, status: "available" as const, key },
    ...{ sizeBytes, sha256: stored.sha256, contentType, durationSeconds },
  };
  await rows.commit(available);
  return available;
}

/** Sends a film to storage. Where its box has done it, its checksum is not known here. */
async function send(
  session: unknown,
  { storage, signal }: ArchiveServices,
  key: string,
  process: RecordingProcess,
): Promise<{ sizeBytes: number; sha256?: string | undefined }> {
  const contentType = contentTypeForCodec(process.codec);
  try {
    const request = await storage.presign(key, contentType);
    return await uploadRecordingArtifact(session, process, {
      ...request,
      maxBytes: Infinity,
      signal,
    });
  } catch (error) {
    // Where the box has no curl or no way to storage, the stream still has one.
    const failure = error instanceof RecordingError ? error.upload?.failure : undefined;
    if (failure !== "no-curl" && failure !== "unreachable") throw error;
  }
  const stream = readRecordingStream(session, process, { maxBytes: Infinity, signal });
  return storage.putStream(key, stream, { contentType, signal });
}
