import {
  RecordingError,
  deleteRecordingArtifacts,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime";
import type { FinalizeRecordingResult, StartRecordingInput } from "@opengeni/runtime";

/** Films the desktop of a box while some work is done. */
export async function filmed(
  session: unknown,
  input: StartRecordingInput,
  work: () => Promise<void>,
): Promise<FinalizeRecordingResult> {
  const recording = await startRecording(session, input);
  try {
    await work();
  } finally {
    await stopRecording(session, recording);
  }
  const film = await readRecordingBytes(session, recording);
  // What could not be read stays on the box.
  await deleteRecordingArtifacts(session, recording);
  return film;
}

/** Why there is no film, in one word. */
export function reasonOf(error: unknown): string {
  return error instanceof RecordingError ? (error.reason ?? "unknown") : "unknown";
}
