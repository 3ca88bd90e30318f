import type { RecordingError, RecordingUnavailableError } from "./errors.js";

/** The TCP port on the box where the desktop is streamed: 6080, as noVNC's proxy has it. */
export declare const DESKTOP_STREAM_PORT: 6080;

/** What a recording is encoded with, and the container it is in. */
export type RecordingCodec = "h264-mp4" | "vp9-webm";

/** The media type of a recording. */
export type RecordingContentType = "video/mp4" | "video/webm";

/** What to record, and how. */
export type StartRecordingInput = {
  /**
   * Names the recording and its files on the box, `<tmpDir>/og-rec-<recordingId>.*`. Not empty,
   * without `/` and NUL. An earlier recording of the same name on the same box is removed; one that
   * ffmpeg is still making refuses the start.
   */
  recordingId: string;
  /** Default `"h264-mp4"`. */
  codec?: RecordingCodec;
  /** Frames per second: 1 to 1000, fractions allowed. Default 15. */
  framerate?: number;
  /**
   * ffmpeg stops by itself after this many seconds: 0.000001 to 9223372036854, fractions allowed
   * (ffmpeg counts microseconds with 63 bits: ffmpeg-utils(1), "Time duration"). Default 600.
   */
  maxSeconds?: number;
  /**
   * Width and height in pixels, from the top left corner of the display: positive integers.
   * Default `[1280, 800]`. An odd side is padded to the next even one.
   */
  dimensions?: [number, number];
  /**
   * The X display, without NUL, as in X(7): with or without a screen, which is 0 by default. Default
   * `":0"`.
   */
  display?: string;
  /** The user to run as on the box. Default: the session's own. */
  runAs?: string;
  /**
   * The directory for the files, taken literally: `~` and `$HOME` are names like any other. Without
   * NUL, and not beginning with a dash. A relative one is under the directory in which the box runs
   * commands, and absolute in the handle. Default `"/tmp"`.
   */
  tmpDir?: string;
};

/** The handle of a recording. Plain data: it may be stored and read back. */
export type RecordingProcess = {
  /** The caller's name for the recording. */
  recordingId: string;
  /** What it is encoded with. */
  codec: RecordingCodec;
  /** Where the video is on the box. */
  boxPath: string;
  /** Where ffmpeg's process number is on the box. */
  pidFile: string;
  /** Width and height in pixels. */
  dimensions: [number, number];
  /** Frames per second. */
  framerate: number;
  /**
   * When ffmpeg was launched, in milliseconds since the Unix epoch. A handle that was stored may have
   * a `Date` here, or its text in ISO 8601.
   */
  startedAt: number;
  /** The X display. */
  display: string;
  /** The user ffmpeg runs as. Absent where none was given. */
  runAs?: string;
};

/** A recording, read from the box. */
export type FinalizeRecordingResult = {
  /** The file, in an array whose buffer is its own. */
  bytes: Uint8Array;
  /** The media type of the file. */
  contentType: RecordingContentType;
  /** `bytes.length`. */
  sizeBytes: number;
  /**
   * Whole seconds from the launch to the call of {@link stopRecording} with the same handle object:
   * the first call, or the first after those that the session refused. To the end of the read where
   * it was not called in this process. With the handle object that {@link startRecording} gave, by a
   * clock that nobody sets, and `maxSeconds` at most; with another, by the wall clock.
   */
  durationSeconds: number;
};

/**
 * Launches ffmpeg on the box, in the background. Resolves to the handle of the recording.
 *
 * A failure of ffmpeg itself (no ffmpeg, no display) is not seen here: {@link readRecordingBytes}
 * rejects with it.
 *
 * Rejects with
 *
 * - {@link RecordingError} (`ffmpeg-error`), where the command failed before ffmpeg was launched: no
 *   bash, no such directory, no space, a file of that name that cannot be removed, or an ffmpeg that
 *   still makes a recording of that name. The message has the shell's words. Nothing is left on the
 *   box;
 * - `TypeError`, for a field of `input` of the wrong type. Nothing has run;
 * - `RangeError`, for a number of `input` that is out of range. Nothing has run;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - whatever the session throws, as the same value.
 *
 * @example
 * const recording = await startRecording(session, { recordingId: "turn-7", maxSeconds: 120 });
 *
 * @param session The sandbox session.
 * @param input What to record, and how.
 */
export declare function startRecording(
  session: unknown,
  input: StartRecordingInput,
): Promise<RecordingProcess>;

/**
 * Interrupts ffmpeg, so that it ends its file properly, and waits until it is gone: 18 seconds at
 * most. In the first seconds of a recording it waits for ffmpeg's first pictures. Harmless when the
 * recording has ended already, or never began.
 *
 * However often it is called, by whichever process, ffmpeg is interrupted once: a second interrupt
 * would have it leave its file as it is. Where ffmpeg takes longer, a later call only waits.
 *
 * Rejects with a `TypeError` where `process` is not a handle, before anything runs, and with nothing
 * else, whatever the session does.
 *
 * @example
 * await stopRecording(session, recording);
 * const { durationSeconds } = await readRecordingBytes(session, recording); // counts up to the stop
 *
 * @param session The session that the recording was started on.
 * @param process The handle.
 */
export declare function stopRecording(session: unknown, process: RecordingProcess): Promise<void>;

/**
 * Reads a stopped recording from the box. The event loop goes on meanwhile.
 *
 * A file of up to 700,000 bytes is read in one command, a longer one in pieces, one after another. A
 * piece that does not come whole is asked for again, and shorter, down to 3 KiB; what comes through
 * is remembered for the session object, and pieces grow up to 6 MiB where all do.
 *
 * The bytes are returned only if they are exactly the file: strictly decoded, of the size that the
 * box says, and of its SHA-256 digest where the box has `openssl` or `sha256sum`. A file that changes
 * meanwhile, and an MP4 or WebM file that ffmpeg has not finished, are refused. The file stays on the
 * box in any case.
 *
 * Rejects with
 *
 * - {@link RecordingError}, whose {@link RecordingError.reason | reason} says what failed;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - `TypeError`, where `process` is not a handle, or `maxBytes` is not a number. Nothing has run;
 * - `RangeError`, where `maxBytes` is NaN or not above 0. Nothing has run;
 * - whatever the session throws, as the same value.
 *
 * @example
 * try {
 *   const { bytes, contentType } = await readRecordingBytes(session, recording, 64 * 1024 * 1024);
 *   await storage.put("turn-7", bytes, contentType);
 * } catch (error) {
 *   if (error instanceof RecordingError && error.reason === "max-bytes-exceeded") {
 *     // The file is still on the box: it can be read with a higher limit.
 *   } else throw error;
 * }
 *
 * @param session The session that the recording was started on.
 * @param process The handle.
 * @param maxBytes The largest file to read, in bytes: above 0, `Infinity` allowed. Default
 *   268435456 (256 MiB). In any case no more than 4 GiB, which is what an array of Node 20 holds.
 */
export declare function readRecordingBytes(
  session: unknown,
  process: RecordingProcess,
  maxBytes?: number,
): Promise<FinalizeRecordingResult>;

/**
 * Removes the video, the process number, the log and the stop's marker from the box. Call it when
 * storage has confirmed the recording, never before.
 *
 * Rejects with a `TypeError` where `process` is not a handle, before anything runs, and with nothing
 * else, whatever the session does.
 *
 * @example
 * const { bytes, contentType } = await readRecordingBytes(session, recording);
 * await storage.put("turn-7", bytes, contentType); // until here the box has it too
 * await deleteRecordingArtifacts(session, recording);
 *
 * @param session The session that the recording was started on.
 * @param process The handle.
 */
export declare function deleteRecordingArtifacts(
  session: unknown,
  process: RecordingProcess,
): Promise<void>;

/**
 * The key of a recording in object storage:
 * `recordings/<workspaceId>/<sessionId>/<recordingId>.<ext>`.
 *
 * @example
 * recordingStorageKey("w1", "s1", "turn-7", "vp9-webm"); // "recordings/w1/s1/turn-7.webm"
 *
 * @throws {TypeError} `codec` is not one of the two, or a part is empty, `.` or `..`, or holds `/` or
 *   NUL: two recordings could have one key.
 */
export declare function recordingStorageKey(
  workspaceId: string,
  sessionId: string,
  recordingId: string,
  codec: RecordingCodec,
): string;

/**
 * The media type of a codec's container.
 *
 * @throws {TypeError} `codec` is not one of the two.
 */
export declare function contentTypeForCodec(codec: RecordingCodec): RecordingContentType;

/**
 * The file name extension of a codec's container, without the dot.
 *
 * @throws {TypeError} `codec` is not one of the two.
 */
export declare function extForCodec(codec: RecordingCodec): "mp4" | "webm";
