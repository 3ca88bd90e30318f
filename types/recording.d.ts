/**
 * Films of the desktop: start, stop, read, delete.
 *
 * @module recording
 */

import type { RecordingError, RecordingUnavailableError } from "./errors.js";
import type { CallSignal, SessionArgument } from "./session.js";

/**
 * The TCP port on the box at which the desktop is streamed: 6080, the default of noVNC's proxy.
 *
 * @see https://github.com/novnc/noVNC#quick-start
 */
export declare const DESKTOP_STREAM_PORT: 6080;

/** The encoding of a recording and its container. */
export type RecordingCodec = "h264-mp4" | "vp9-webm";

/** The media type of a recording. */
export type RecordingContentType = "video/mp4" | "video/webm";

/**
 * The limits of a call. At the end of its time, or when the signal is aborted, the call rejects at once:
 * with the signal's reason, or with a `DOMException` named `TimeoutError`. The recording stays on the box.
 *
 * A command that the session has begun is not awaited any more. An aborted start stops the ffmpeg that it
 * may have launched, in the background, and leaves the file.
 *
 * @example
 * const options = { signal: request.signal, timeoutMs: 30_000 };
 * const { bytes } = await readRecordingBytes(session, recording, options);
 */
export type RecordingCallOptions = {
  /** Aborts the call. */
  signal?: CallSignal | undefined;
  /**
   * The time for the whole call, in milliseconds, above 0. Default: none. A number above 2147483647, the
   * longest time of a timer, is none.
   */
  timeoutMs?: number | undefined;
};

/** The options of {@link readRecordingBytes}. */
export type ReadRecordingOptions = RecordingCallOptions & {
  /**
   * The size of the largest file that is read, in bytes: above 0, `Infinity` allowed. Default: 268435456
   * (256 MiB). The limit is 4 GiB in any case, the longest array of Node 20.
   */
  maxBytes?: number | undefined;
};

/** The request to record. */
export type StartRecordingInput = RecordingCallOptions & {
  /**
   * The name of the recording and of its files on the box, `<tmpDir>/og-rec-<recordingId>.*`. It is not
   * empty, and has no `/` and no NUL. An earlier recording with the same name on the same box is removed.
   * While ffmpeg is still making that one, the start is refused.
   */
  recordingId: string;
  /** The encoding and the container. Default: `"h264-mp4"`. */
  codec?: RecordingCodec | undefined;
  /** Frames per second: 1 to 1000, fractions allowed. Default: 15. */
  framerate?: number | undefined;
  /**
   * The time after which ffmpeg stops by itself, in seconds: 0.000001 to 9223372036854, fractions allowed.
   * ffmpeg counts microseconds with 63 bits (ffmpeg-utils(1), "Time duration"). Default: 600.
   */
  maxSeconds?: number | undefined;
  /**
   * Width and height in pixels, from the top left corner of the display: positive integers.
   * Default: `[1280, 800]`. An odd side is padded to the next even one.
   */
  dimensions?: [number, number] | undefined;
  /**
   * The X display as in X(7), without NUL: with or without a screen, whose default is 0. Default:
   * `":0"`.
   */
  display?: string | undefined;
  /** The user that ffmpeg runs as on the box. Default: the session's own. */
  runAs?: string | undefined;
  /**
   * The directory for the files. It is taken literally: `~` and `$HOME` are ordinary names. It has no NUL,
   * and does not begin with a dash. A relative one is under the directory in which the box runs commands,
   * and absolute in the handle. Default: `"/tmp"`.
   */
  tmpDir?: string | undefined;
  /**
   * Whether to wait until ffmpeg has encoded its first pictures. The start then rejects where ffmpeg fails or
   * writes nothing within 15 seconds. Default: false, which resolves when ffmpeg has been launched.
   */
  verify?: boolean | undefined;
  /**
   * Whether the film can be played up to its last second where ffmpeg or the box dies. The file is written in
   * fragments of a quarter of a second, with a key frame each second, and is larger for it.
   * {@link stopRecording} copies it into an ordinary file, without encoding it again; that needs as much room
   * again. Where nothing has called it, reading does the same. Default: false.
   */
  crashSafe?: boolean | undefined;
  /**
   * The size at which ffmpeg ends the film by itself, in bytes: above 0, `Infinity` allowed. ffmpeg ends it a
   * little earlier, so that the pictures it still holds and the index fit: by an eighth and 32 KiB for small
   * limits, at most by half. The start is refused where less room is free than the limit or 32 MiB, whichever
   * is less; twice as much with `crashSafe`. Default: no limit, and no look at the free room.
   */
  maxBytes?: number | undefined;
  /** Whether the handle has a method for `await using`, which stops the recording. Default: false. */
  dispose?: boolean | undefined;
};

/** The handle of a recording. It is plain data, and may be stored and read back. */
export type RecordingProcess = {
  /** The caller's id of the recording. */
  recordingId: string;
  /** The encoding. */
  codec: RecordingCodec;
  /** The path of the video on the box. */
  boxPath: string;
  /** The path of the file with ffmpeg's process number. */
  pidFile: string;
  /** Width and height in pixels. */
  dimensions: [number, number];
  /** Frames per second. */
  framerate: number;
  /**
   * The time at which ffmpeg was launched, in milliseconds since the Unix epoch. In a stored handle it may
   * also be a `Date`, or the text of one in ISO 8601.
   */
  startedAt: number;
  /** The X display. */
  display: string;
  /** The user that ffmpeg runs as. Absent where none was given. */
  runAs?: string | undefined;
  /** Whether the file survives the death of ffmpeg. Absent where this was not asked for. */
  crashSafe?: true | undefined;
  /** The size at which ffmpeg ends the film, in bytes. Absent where there is no limit. */
  maxBytes?: number | undefined;
};

/**
 * The handle of a recording that `await using` stops at the end of its block. The method is not enumerable:
 * what is stored, copied or spread is plain data.
 */
export type DisposableRecordingProcess = RecordingProcess & {
  // The symbol, where the library of TypeScript has it (`lib: ["esnext.disposable"]`).
  [
    Key in typeof Symbol extends { asyncDispose: infer S extends symbol } ? S : never
  ]: () => Promise<void>;
};

/** What came of a stop. */
export type StopReport = {
  /** Whether the file is finished, so that {@link readRecordingBytes} accepts it. */
  finalized: boolean;
  /** The last signal that was sent to ffmpeg. `null` where ffmpeg had ended by itself. */
  signal: "SIGINT" | "SIGTERM" | "SIGKILL" | null;
  /**
   * Milliseconds from the interrupt to the end of ffmpeg, by the clock of the box. `null` where ffmpeg had ended
   * by itself, or has not ended, or no call with `report` has seen its end.
   */
  exitedAfterMs: number | null;
  /**
   * Whether ffmpeg had died before it finished the film, which was then copied as far as it goes. Only with
   * `crashSafe`; absent otherwise.
   */
  salvaged?: true;
};

/** A recording, read from the box. */
export type FinalizeRecordingResult = {
  /** The file. The array has a buffer of its own. */
  bytes: Uint8Array;
  /** The media type of the file. */
  contentType: RecordingContentType;
  /** `bytes.length`. */
  sizeBytes: number;
  /**
   * Whole seconds from the launch to the first call of {@link stopRecording} with the same handle object, or
   * to the first call after those that the session refused. Without a call in this process they count to
   * the end of the read. With the handle object that {@link startRecording} returned, they are measured by a
   * monotonic clock, and are `maxSeconds` at most. With another handle they are measured by the wall clock.
   *
   * With `crashSafe` or `maxBytes` they are the length of the film, which may have ended earlier.
   */
  durationSeconds: number;
  /** Whether ffmpeg had died before it finished the film. Only with `crashSafe`; absent otherwise. */
  salvaged?: true;
};

/**
 * Launches ffmpeg on the box, in the background. Resolves to the handle of the recording.
 *
 * ffmpeg runs until {@link stopRecording} or `maxSeconds`. Closing the session does not end it. A failure of
 * ffmpeg itself (no ffmpeg, no display, a display that is smaller than `dimensions`) shows later:
 * {@link readRecordingBytes} rejects with it. With `verify` the start itself waits for the first pictures, and
 * rejects with it. ffmpeg is then ended, and its files are removed unless the video has something in it.
 *
 * Rejects with
 *
 * - {@link RecordingError} (`ffmpeg-error`), where the command failed before ffmpeg was launched: no
 *   bash, no such directory, no space, a file of that name that cannot be removed, or an ffmpeg that
 *   still makes a recording of that name. The message quotes the shell. Nothing is left on the box;
 * - {@link RecordingError} (`ffmpeg-error`), where `maxBytes` is given and there is too little room. An earlier
 *   recording of that name stays;
 * - {@link RecordingError} (`display-unavailable` or `ffmpeg-error`), where `verify` is given and ffmpeg has ended
 *   or written nothing. The message quotes its log;
 * - `TypeError`, for a field of `input` of the wrong type. Nothing has run;
 * - `RangeError`, for a number of `input` that is out of range. Nothing has run;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - the value that the session throws.
 *
 * @example
 * const recording = await startRecording(session, { recordingId: "turn-7", maxSeconds: 120 });
 * recording.boxPath; // "/tmp/og-rec-turn-7.mp4"
 *
 * @example
 * {
 *   await using recording = await startRecording(session, {
 *     recordingId: "turn-7",
 *     verify: true, // ffmpeg films, or this rejects
 *     crashSafe: true, // what was filmed can be read, also if ffmpeg is killed
 *     maxBytes: 64 * 1024 * 1024,
 *     dispose: true,
 *   });
 *   await agent.run();
 *   await save(recording); // plain data
 * } // stopped, also after an error; the film is on the box until it is deleted
 *
 * @param session The sandbox session: any object with `exec` or `execCommand`.
 * @param input The request.
 * @see https://ffmpeg.org/ffmpeg-devices.html#x11grab for `display`, `dimensions` and `framerate`.
 */
export declare function startRecording<Session>(
  session: Session & SessionArgument<Session>,
  input: StartRecordingInput & { dispose: true },
): Promise<DisposableRecordingProcess>;
export declare function startRecording<Session>(
  session: Session & SessionArgument<Session>,
  input: StartRecordingInput,
): Promise<RecordingProcess>;

/**
 * Interrupts ffmpeg, which then finishes its file, and waits for its end: 18 seconds at most. In the first
 * seconds of a recording it waits for ffmpeg's first pictures. A recording that has ended, or never began,
 * is no error.
 *
 * ffmpeg is interrupted once, also by several calls from several processes: at a second interrupt ffmpeg
 * would leave its file unfinished. Where ffmpeg takes longer, a later call only waits.
 *
 * Rejects only with a `TypeError` where `process` is not a handle. Nothing has run then. What the session
 * throws is ignored.
 *
 * With `report: true` it ends ffmpeg in any case, and says what came of it. Where ffmpeg has not ended 18 seconds
 * after the interrupt, or 54 seconds while it works, it gets SIGTERM, 6 seconds later SIGKILL. Calls that
 * overlap, also of several processes, send each signal once and resolve to the same report. A film without
 * `crashSafe` whose ffmpeg needed more than the interrupt is seldom finished. It then also rejects with
 *
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - {@link RecordingError} (`ffmpeg-error`), where the box does not answer with a report;
 * - the value that the session throws.
 *
 * With `crashSafe` the film is copied into an ordinary file afterwards. The copy takes the film's name when it is
 * whole. Where it fails (no room, no ffmpeg any more) the fragments stay, and ffmpeg's words are in the log; a
 * later stop or read tries again. It needs nothing but the handle, and may be called after the worker, ffmpeg
 * or the box has died.
 *
 * @example
 * await stopRecording(session, recording);
 * const { durationSeconds } = await readRecordingBytes(session, recording); // counts up to the stop
 *
 * @example
 * const { finalized, signal } = await stopRecording(session, recording, { report: true });
 * if (!finalized) log.warn(`ffmpeg was ended by ${signal} and left no whole film`);
 *
 * @param session The session on which the recording was started.
 * @param process The handle.
 * @param options The limits of the call, and `report`: whether to end ffmpeg by all means and report it. Default:
 *   false. A call with a limit can reject at its end, too.
 * @see https://ffmpeg.org/ffmpeg.html ffmpeg finishes its file at the first interrupt (SIGINT).
 */
export declare function stopRecording<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingProcess,
  options: RecordingCallOptions & { report: true },
): Promise<StopReport>;
export declare function stopRecording<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingProcess,
  options?: RecordingCallOptions & { report?: false | undefined },
): Promise<void>;

/**
 * Reads a stopped recording from the box. The event loop is not blocked.
 *
 * A file of up to 700,000 bytes is read in one command, a longer one in pieces, one after another. A piece
 * that does not arrive whole is asked for again, and shorter, down to 3 KiB. The length that arrives is
 * remembered for the session object. Pieces grow up to 6 MiB where all of them arrive.
 *
 * The bytes are returned only if they are exactly the file: they are decoded strictly, and have the size
 * that the box reports, and its SHA-256 digest where the box has `openssl` or `sha256sum`. A file that
 * changes during the read is refused, and so is an MP4 or WebM file that ffmpeg has not finished. The file
 * stays on the box in any case.
 *
 * Rejects with
 *
 * - {@link RecordingError}, whose {@link RecordingError.reason | reason} tells what failed;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - `TypeError`, where `process` is not a handle, or `maxBytes` is not a number. Nothing has run;
 * - `RangeError`, where `maxBytes` is NaN or not above 0. Nothing has run;
 * - the value that the session throws.
 *
 * @example
 * try {
 *   const { bytes, contentType } = await readRecordingBytes(session, recording, 64 * 1024 * 1024);
 *   await storage.put("turn-7", bytes, contentType);
 * } catch (error) {
 *   if (error instanceof RecordingError && error.reason === "max-bytes-exceeded") {
 *     // The file is still on the box, and can be read with a higher limit.
 *   } else throw error;
 * }
 *
 * @param session The session on which the recording was started.
 * @param process The handle.
 * @param options The options, or `maxBytes` alone.
 * @see RFC 4648, section 4, for base64; ISO/IEC 14496-12 and RFC 9559 for a finished MP4 and WebM file.
 */
export declare function readRecordingBytes<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingProcess,
  options?: number | ReadRecordingOptions,
): Promise<FinalizeRecordingResult>;

/**
 * Removes the video, the process number, the log and the stop's marker from the box, and what a copy of a
 * crash-safe film has left. Call it after storage
 * has confirmed the recording, and after {@link stopRecording}: without the process number, nothing can stop
 * ffmpeg before its `maxSeconds`.
 *
 * Rejects only with a `TypeError` where `process` is not a handle. Nothing has run then. What the session
 * throws is ignored.
 *
 * @example
 * const { bytes, contentType } = await readRecordingBytes(session, recording);
 * await storage.put("turn-7", bytes, contentType); // until now the file is on the box too
 * await deleteRecordingArtifacts(session, recording);
 *
 * @param session The session on which the recording was started.
 * @param process The handle.
 * @param options The limits of the call. A call with a limit can reject at its end, too.
 */
export declare function deleteRecordingArtifacts<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingProcess,
  options?: RecordingCallOptions,
): Promise<void>;

/**
 * Returns the key of a recording in object storage:
 * `recordings/<workspaceId>/<sessionId>/<recordingId>.<ext>`.
 *
 * @example
 * recordingStorageKey("w1", "s1", "turn-7", "vp9-webm"); // "recordings/w1/s1/turn-7.webm"
 *
 * @throws `TypeError`: `codec` is not one of the two; or a part is empty, `.` or `..`, or has `/` or NUL in
 *   it, since two recordings could then have the same key.
 */
export declare function recordingStorageKey(
  workspaceId: string,
  sessionId: string,
  recordingId: string,
  codec: RecordingCodec,
): string;

/**
 * Returns the media type of a codec's container.
 *
 * @example
 * contentTypeForCodec("vp9-webm"); // "video/webm"
 *
 * @throws `TypeError`: `codec` is not one of the two.
 * @see RFC 4337 (`video/mp4`); https://www.webmproject.org/docs/container/ (`video/webm`).
 */
export declare function contentTypeForCodec(codec: RecordingCodec): RecordingContentType;

/**
 * Returns the file name extension of a codec's container, without the dot.
 *
 * @example
 * extForCodec("h264-mp4"); // "mp4"
 *
 * @throws `TypeError`: `codec` is not one of the two.
 */
export declare function extForCodec(codec: RecordingCodec): "mp4" | "webm";
