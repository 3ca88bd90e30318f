/* Written from the tables of src/boundary/ by `npm run boundary`. */
import type { FinalizeRecordingResult, RecordingProcess } from "./index.js";

/** The operations: what they take, and what they come to. */
export interface Operations {
  /** Launches ffmpeg on the box. */
  startRecording: {
    args: [
      codec: unknown,
      dimensions: unknown,
      framerate: unknown,
      maxSeconds: unknown,
      display: unknown,
      tmpDir: unknown,
      recordingId: unknown,
      runAs: unknown,
    ];
    result: { process: RecordingProcess; launchedMs: number; maxSeconds: number };
  };
  /** Interrupts ffmpeg and waits until it is gone; whether the session carried the command out. */
  stopRecording: { args: [boxPath: unknown, pidFile: unknown, runAs: unknown]; result: boolean };
  /** Reads the recording. `started` and `stops` are times since the Unix epoch and of the steady clock. */
  readRecordingBytes: {
    args: [
      codec: unknown,
      boxPath: unknown,
      startedAt: unknown,
      runAs: unknown,
      maxBytes: unknown,
      launchedMs: number | null | undefined,
      maxSeconds: number | null | undefined,
      stops: [epochMs: number, steadyMs: number, refused?: boolean][],
      channel: [through: number, patience: number] | null | undefined,
    ];
    result: Omit<FinalizeRecordingResult, "bytes">;
  };
  /** Removes the recording from the box. */
  deleteRecordingArtifacts: {
    args: [boxPath: unknown, pidFile: unknown, runAs: unknown];
    result: void;
  };
}

/** What an operation asks its host for, and what it is answered with. */
export interface Calls {
  /** Whether the session can run commands. */
  "session.canExec": { args: []; result: boolean };
  /** Runs a command; nothing where the session cannot. */
  "session.exec": {
    args: [
      cmd: string,
      yieldTimeMs: number,
      maxOutputTokens: number | null | undefined,
      runAs: string | null | undefined,
    ];
    result:
      | [output?: string, stderr?: string, stdout?: string, sessionId?: number, exitCode?: number]
      | null
      | undefined;
  };
  /** Runs a command and keeps its texts, of which only the lengths are told. */
  "session.execHeld": {
    args: [
      cmd: string,
      yieldTimeMs: number,
      maxOutputTokens: number | null | undefined,
      runAs: string | null | undefined,
    ];
    result:
      | [output?: number, stderr?: string, stdout?: number, sessionId?: number, exitCode?: number]
      | null
      | undefined;
  };
  /** Keeps what is known of the session's channel for the next operation. */
  "session.remember": { args: [through: number, patience: number]; result: void };
}

/** What the core answers by itself. */
export interface Questions {
  /** The media type of a codec's container. */
  contentTypeForCodec: { args: [codec: unknown]; result: string };
  /** The file name extension of a codec's container. */
  extForCodec: { args: [codec: unknown]; result: string };
  /** The key of a recording in object storage. */
  recordingStorageKey: {
    args: [workspace: unknown, session: unknown, recording: unknown, codec: unknown];
    result: string;
  };
  /** Whether a desktop is used through the session's own methods. */
  hasNativeDesktop: { args: [hasInput: boolean, hasScreenshot: boolean]; result: boolean };
  /** Fails with what is wrong with an epoch, if anything is. */
  checkEpoch: { args: [activeEpoch: unknown]; result: void };
  /** Fails, for a resolver that has handed out the session that asks it. */
  refuseItself: { args: []; result: void };
}
