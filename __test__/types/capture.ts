// Starts and stops with their options, compiled against the public types. Nothing here runs.
import { startRecording, stopRecording } from "@opengeni/runtime-native";
import type {
  DisposableRecordingProcess,
  FinalizeRecordingResult,
  RecordingProcess,
  StartRecordingInput,
  StopReport,
} from "@opengeni/runtime-native";

declare const session: { exec(args: { cmd: string }): Promise<string> };
declare const recording: RecordingProcess;

export const input: StartRecordingInput = {
  recordingId: "r1",
  verify: true,
  crashSafe: undefined,
  maxBytes: 1_000,
  dispose: false,
};

export async function calls(): Promise<void> {
  const plain: RecordingProcess = await startRecording(session, input);
  const disposable: DisposableRecordingProcess = await startRecording(session, {
    recordingId: "r1",
    dispose: true,
  });
  const both: RecordingProcess = disposable;
  void [plain, both];

  const report: StopReport = await stopRecording(session, recording, { report: true });
  const signal: "SIGINT" | "SIGTERM" | "SIGKILL" | null = report.signal;
  const salvaged: true | undefined = report.salvaged;
  const nothing: void = await stopRecording(session, recording);
  void [signal, salvaged, nothing, await stopRecording(session, recording, { report: false })];
  // @ts-expect-error: without a report there is none
  const none: StopReport = await stopRecording(session, recording, { timeoutMs: 1 });
  void none;
  // @ts-expect-error: a number is no flag
  await startRecording(session, { recordingId: "r1", verify: 1 });
}

export const isSalvaged = (read: FinalizeRecordingResult): boolean => read.salvaged ?? false;
