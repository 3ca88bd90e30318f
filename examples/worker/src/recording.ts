import {
  RecordingError,
  deleteRecordingArtifacts,
  readRecordingBytes,
  recordingStorageKey,
  startRecording,
  stopRecording,
} from "@opengeni/runtime/sandbox";
import type { FinalizeRecordingResult, StartRecordingInput } from "@opengeni/runtime/sandbox";
import type { Owner, RecordingRow, RecordingRows } from "./rows.ts";
import type { ObjectStorage } from "./storage.ts";

export type Services = { rows: RecordingRows; storage: ObjectStorage };

/** Begins to film the desktop of a box. */
export async function beginRecording(
  session: unknown,
  { rows }: Pick<Services, "rows">,
  owner: Owner,
  input: StartRecordingInput,
): Promise<RecordingRow> {
  const process = await startRecording(session, input);
  const row: RecordingRow = {
    ...owner,
    recordingId: input.recordingId,
    process,
    status: "recording",
  };
  try {
    await rows.commit(row);
  } catch (error) {
    // Without its row, no later call would find the recording and end it.
    await stopRecording(session, process);
    await deleteRecordingArtifacts(session, process);
    throw error;
  }
  return row;
}

/**
 * Uploads a recording from its box to object storage. It may be called again after a failure: the
 * recording stays on the box until the row is committed.
 */
export async function finalizeRecording(
  session: unknown,
  services: Services,
  recordingId: string,
): Promise<RecordingRow & { status: "available" }> {
  const row = await rowOf(services, recordingId);
  if (row.status === "discarded") throw new Error(`recording ${recordingId} was discarded`);
  const available = row.status === "available" ? row : await store(session, services, row);
  // Also for a row that was committed before: the deletion may have failed then.
  await deleteRecordingArtifacts(session, available.process);
  return available;
}

/** Stops and deletes a recording that is not wanted. */
export async function discardRecording(
  session: unknown,
  services: Pick<Services, "rows">,
  recordingId: string,
): Promise<void> {
  const row = await rowOf(services, recordingId);
  if (row.status === "available") throw new Error(`recording ${recordingId} is available`);
  const { workspaceId, sessionId, process } = row;
  await stopRecording(session, process);
  await deleteRecordingArtifacts(session, process);
  await services.rows.commit({ workspaceId, sessionId, recordingId, process, status: "discarded" });
}

export async function rowOf(
  { rows }: Pick<Services, "rows">,
  recordingId: string,
): Promise<RecordingRow> {
  const row = await rows.get(recordingId);
  if (row === undefined) throw new Error(`there is no recording ${recordingId}`);
  return row;
}

async function store(
  session: unknown,
  { rows, storage }: Services,
  { workspaceId, sessionId, recordingId, process }: RecordingRow,
): Promise<RecordingRow & { status: "available" }> {
  const identity = { workspaceId, sessionId, recordingId, process };
  await stopRecording(session, process);
  let read: FinalizeRecordingResult;
  try {
    read = await readRecordingBytes(session, process);
  } catch (error) {
    if (error instanceof RecordingError) {
      await rows.commit({ ...identity, status: "failed", reason: error.reason });
    }
    throw error;
  }
  const { bytes, sizeBytes, contentType, durationSeconds } = read;
  const sha256 = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("base64");
  const key = recordingStorageKey(workspaceId, sessionId, recordingId, process.codec);
  const stored = await storage.put(key, bytes, { contentType, sha256 });
  if (stored.sizeBytes !== sizeBytes || stored.sha256 !== sha256) {
    throw new Error(
      `${key} is stored with ${stored.sizeBytes} bytes and SHA-256 ${stored.sha256}, ` +
        `not with ${sizeBytes} bytes and ${sha256}`,
    );
  }
  const available = {
    ...identity,
    status: "available" as const,
    key,
    sizeBytes,
    sha256,
    contentType,
    durationSeconds,
  };
  await rows.commit(available);
  return available;
}
