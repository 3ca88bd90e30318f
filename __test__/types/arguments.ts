// The session of a recording: whatever may be one compiles, and what cannot be one does not.
import {
  ensureDisplayStack,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native/sandbox";
import type {
  CommandArgs,
  CommandSession,
  RecordingProcess,
} from "@opengeni/runtime-native/sandbox";

declare const recording: RecordingProcess;
declare const unknownSession: unknown;
declare const anySession: any;
declare const maybe: { exec(args: { cmd: string }): Promise<{ stdout: string }> } | undefined;
declare const promised: Promise<CommandSession>;
declare class Box {
  private secret: string;
  execCommand(args: { cmd: string; runAs?: string }): Promise<string>;
}
interface Empty {}
declare const empty: Empty;

const input = { recordingId: "r" };
export const accepted = [
  startRecording(unknownSession, input),
  startRecording(anySession, input),
  startRecording(maybe, input),
  startRecording(new Box(), input),
  startRecording(empty, input),
  startRecording({ readFile: async () => "" }, input),
  startRecording({ exec: async ({ cmd }: CommandArgs) => ({ output: cmd.trim() }) }, input),
  ensureDisplayStack(new Box()),
];

// The functions still have the types of 0.2.0.
export const start: (
  session: unknown,
  input: { recordingId: string },
) => Promise<RecordingProcess> = startRecording;
export const session: Parameters<typeof stopRecording>[0] = unknownSession;
export function forward<T extends object>(box: T) {
  return stopRecording(box, recording);
}

export const refused = [
  // @ts-expect-error A number is no session.
  startRecording(42, input),
  // @ts-expect-error A text is no session.
  stopRecording("session", recording),
  // @ts-expect-error A promise is no session: an `await` is missing.
  readRecordingBytes(promised, recording),
  // @ts-expect-error Nothing is no session.
  startRecording(undefined, input),
  // @ts-expect-error A number is no session.
  ensureDisplayStack(1),
];
