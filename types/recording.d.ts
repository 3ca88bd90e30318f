/**
 * Films of the desktop: start, stop, read, delete.
 *
 * @module recording
 */

import type { RecordingError, RecordingUnavailableError } from "./errors.js";
import type { CallSignal, SessionArgument } from "./session.js";

declare global {
  // The types of Node.js and of the DOM add to it what a stream has.
  interface ReadableStream<R = any> {}
}

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

/** How much of a recording has come. */
export type ReadProgress = {
  /**
   * The number of bytes of the file that have come. It grows from call to call, up to `totalBytes`. For a
   * stream, the bytes before its `offset` count as come.
   */
  receivedBytes: number;
  /** The size of the file in bytes. */
  totalBytes: number;
};

/** The options of {@link inspectRecordingArtifact}. */
export type InspectRecordingOptions = RecordingCallOptions & {
  /**
   * The size of the largest file that is accepted, in bytes: above 0, `Infinity` allowed. Default: 268435456
   * (256 MiB). {@link readRecordingBytes} reads up to 4 GiB in any case, the longest array of Node 20.
   */
  maxBytes?: number | undefined;
};

/** The options of {@link readRecordingBytes}. */
export type ReadRecordingOptions = InspectRecordingOptions & {
  /**
   * Is called after each piece that has come. The value that it throws ends the read, which rejects with it. A
   * promise that it returns is awaited.
   * Default: none.
   */
  onProgress?: ((progress: ReadProgress) => void) | undefined;
};

/** The options of {@link readRecordingStream}. */
export type StreamRecordingOptions = RecordingCallOptions & {
  /** The first byte of the file that is read: a whole number of 0 or above. Default: 0. */
  offset?: number | undefined;
  /** The size of the largest file that is read, in bytes: above 0. Default: `Infinity`. */
  maxBytes?: number | undefined;
  /**
   * Is called after each piece that the reader has taken. The value that it throws ends the stream, which
   * errors with it. Default: none.
   */
  onProgress?: ((progress: ReadProgress) => void) | undefined;
};

/** The request to record. */
export type StartRecordingInput = RecordingCallOptions & {
  /**
   * The name of the recording and of its files on the box, `<tmpDir>/og-rec-<recordingId>.*`. It is not
   * empty, and has no `/` and no NUL. With `crashSafe` it has up to 236 bytes in UTF-8; most file systems have
   * room for 240 without. An earlier recording with the same name on the same box is removed.
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
   * limits, at most by half. The film of a desktop stays below the limit. It is no bound of the file: ffmpeg ends
   * the film at the first picture after it, and does not know how large that one is. A small limit and a picture
   * full of noise exceed it by that picture. So read the film with a higher limit than this one, or with none.
   * The start is refused where less room is free than the limit or 32 MiB, whichever
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
  /**
   * The last signal that was sent to ffmpeg. `null` where ffmpeg had ended by itself, or where the user of the
   * call may not send it one.
   */
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

/** The fields of a handle that the calls after the start need. */
export type RecordingHandle = Pick<
  RecordingProcess,
  "codec" | "boxPath" | "pidFile" | "runAs" | "crashSafe" | "maxBytes"
> & {
  /** The start, in milliseconds since the Unix epoch, or as a `Date`, or the text of one in ISO 8601. */
  startedAt: number | string | Date;
};

/** A recording, read from the box. */
export type FinalizeRecordingResult = RecordingArtifact & {
  /** The file. The array has a buffer of its own, and `sizeBytes` is its length. */
  bytes: Uint8Array;
};

/** The description of a recording on the box. */
export type RecordingArtifact = {
  /** The media type of the file. */
  contentType: RecordingContentType;
  /** The size of the file in bytes. */
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
 * - `RangeError`, for a number of `input` that is out of range, and a `recordingId` that is too long with
 *   `crashSafe`. Nothing has run;
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
  process: RecordingHandle,
  options: RecordingCallOptions & { report: true },
): Promise<StopReport>;
export declare function stopRecording<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingHandle,
  options?: RecordingCallOptions & { report?: false | undefined },
): Promise<void>;

/**
 * Reads a stopped recording from the box. The event loop is not blocked.
 *
 * A file of up to 700,000 bytes is read in one command, a longer one in pieces. Once the first has come, four
 * are asked for at once. A piece that does not arrive whole is asked for again alone, and then shorter, down to
 * 3 KiB. The length that arrives, and the number of commands that the session runs at once, are remembered for
 * the session object. Pieces grow up to 6 MiB where all of them arrive.
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
  process: RecordingHandle,
  options?: number | ReadRecordingOptions,
): Promise<FinalizeRecordingResult>;

/** Where a recording is uploaded to, and how. */
export type UploadRecordingInput = RecordingCallOptions & {
  /**
   * A URL to which the recording can be sent by PUT, as presigners return it: `http` or `https`, in ASCII, without
   * a user name, and with a path that does not end with a slash. It is a secret: see
   * {@link uploadRecordingArtifact}.
   */
  url: string;
  /**
   * The headers that must be sent: those that the URL was signed with. Up to 64, in a plain object. Names are
   * tokens of RFC 9110, and values are ASCII of one line. `Content-Length` is checked and sent once;
   * `Transfer-Encoding` is refused.
   */
  requiredHeaders: Record<string, string>;
  /**
   * The size of the largest file that is sent, in bytes: above 0, `Infinity` allowed. Default: 268435456
   * (256 MiB). Stores have limits of their own, such as 5 GiB for one PUT.
   */
  maxBytes?: number | undefined;
  /** The time for all attempts, in seconds: 1 to 300, fractions allowed. Default: 300. */
  maxSeconds?: number | undefined;
  /**
   * Is called about once in a second while bytes are sent, and at the end. What it throws ends the upload, and reaches the caller. A
   * second attempt begins at 0 again.
   */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
};

/** How far an upload is. */
export type UploadProgress = {
  /** How many bytes of the file curl has taken, in bytes. */
  sentBytes: number;
  /** The size of the file in bytes. */
  totalBytes: number;
};

/**
 * Has the box send a stopped recording to a presigned URL itself, by one PUT. No byte of it passes through the
 * session. The box needs bash and curl 7.42 or later, and a way to the store. Proxies in the environment of its
 * login shell are used (`https_proxy` and the like); `~/.curlrc` is not read, and redirects are not followed.
 *
 * The file must have the same size and modification time before and after, and curl must have sent exactly this
 * many bytes, to a 2xx answer. Where the connection fails, or the store answers 408, 429 or 5xx, the upload is
 * tried once more within `maxSeconds`: a PUT of the same file may be repeated. The file stays on the box in any
 * case, and nothing else of the upload does.
 *
 * **The URL and the headers stay secret.** They are in no command's text, argument, environment variable or file of
 * the box, and in no error: an error has the HTTP status, the store's code where it is a known one such as
 * `SignatureDoesNotMatch`, and curl's exit code, but nothing else of what the store or curl says. The box makes a random key in a directory that only its user can enter, and prints
 * it; the command that begins the upload has the URL combined with that key, so that what other processes see in
 * `/proc` is random. The URL is then in the memory of the shell and of curl, to which it goes by standard input.
 * Root and the same user can read memory. Whoever logs both the commands of a session and their output has the two
 * halves.
 *
 * curl runs beside the commands, in a session of its own. Where this process ends meanwhile, it goes on for
 * `maxSeconds` at most, and removes its files two minutes later. A directory in which no upload has begun is removed
 * by the box after a minute.
 *
 * Rejects with
 *
 * - {@link RecordingError} (`upload-failed`), whose {@link RecordingError.upload | upload} tells how it failed. Where
 *   the box has no curl or does not reach the store, the recording can be read instead;
 * - {@link RecordingError} of another `reason`, for a file that is missing, empty or too large, as
 *   {@link readRecordingBytes} does;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - `TypeError`, where `process` is not a handle, or a field of `input` is of the wrong type. Nothing has run, and
 *   the message has neither URL nor values;
 * - `RangeError`, for a number of `input` that is out of range. Nothing has run;
 * - the value that the session or `onProgress` throws;
 * - the reason of `signal`, or a `TimeoutError`. curl is then ended on the box in the background.
 *
 * @example
 * const { url, headers } = await presign("PUT", key, { "content-type": "video/mp4" });
 * try {
 *   const { sizeBytes } = await uploadRecordingArtifact(session, recording, {
 *     url,
 *     requiredHeaders: headers,
 *   });
 *   await storage.confirm(key, sizeBytes);
 * } catch (error) {
 *   const failure = error instanceof RecordingError ? error.upload?.failure : undefined;
 *   if (failure !== "no-curl" && failure !== "unreachable") throw error;
 *   const { bytes, contentType } = await readRecordingBytes(session, recording);
 *   await storage.put(key, bytes, contentType);
 * }
 * await deleteRecordingArtifacts(session, recording);
 *
 * @param session The session on which the recording was started.
 * @param process The handle.
 * @param input The URL, its headers, and limits.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html
 */
export declare function uploadRecordingArtifact<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingProcess,
  input: UploadRecordingInput,
): Promise<RecordingArtifact>;

/**
 * Reads a stopped recording of any size as a stream of pieces. No more than four pieces of up to 192 KiB, and one
 * more that waits for the reader, are in memory: a piece is asked for when the reader has taken one before it.
 *
 * Each piece is proven before it is handed out: by its length, and by its SHA-256 digest where the box has
 * `openssl` or `sha256sum`. An MP4 or WebM file that ffmpeg has not finished is refused before the first piece:
 * a few small parts of it tell. The last piece is handed out after the box has reported the same size, inode and
 * modification time as at the beginning. A file that changes meanwhile errors the stream, after the pieces before
 * it. The file stays on the box in any case.
 *
 * A stream that has broken off is read on with `offset`, from any byte. Its pieces are of the same file only if
 * nothing has changed the file between the two streams.
 *
 * The read begins at once, and ends when the stream is cancelled. Cancel a stream that is not read to its end:
 * its pieces stay in memory until then. The stream errors with
 *
 * - {@link RecordingError}, whose {@link RecordingError.reason | reason} tells what failed;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - `TypeError` or `RangeError`, where `process` is not a handle, or `offset` or `maxBytes` is invalid. Nothing
 *   has run;
 * - the value that the session, or `onProgress`, throws;
 * - the reason of `signal`, or a `DOMException` named `TimeoutError` after `timeoutMs`.
 *
 * @example
 * import { createWriteStream } from "node:fs";
 * import { Readable } from "node:stream";
 * import { pipeline } from "node:stream/promises";
 *
 * const stream = readRecordingStream(session, recording, {
 *   onProgress: ({ receivedBytes, totalBytes }) => console.log(receivedBytes / totalBytes),
 * });
 * await pipeline(Readable.fromWeb(stream), createWriteStream("turn-7.mp4"));
 *
 * @param session The session on which the recording was started.
 * @param process The handle.
 * @param options The options.
 * @throws `TypeError` or `RangeError`: an option that is read before the stream is made (`signal`, `timeoutMs`,
 *   `onProgress`) is invalid, or `process` is nothing.
 */
export declare function readRecordingStream<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingHandle,
  options?: StreamRecordingOptions,
): ReadableStream<Uint8Array>;

/**
 * Describes a stopped recording without reading it: one small command, and two or three more that look at a few
 * bytes of the container.
 *
 * Rejects like {@link readRecordingBytes} where the file is missing, empty, too large or not finished. A file that
 * is neither MP4 nor WebM, and an MP4 file of many fragments behind an index, count as finished.
 *
 * @example
 * const { sizeBytes, contentType } = await inspectRecordingArtifact(session, recording, Infinity);
 * if (sizeBytes > 64 * 1024 * 1024) await upload(readRecordingStream(session, recording), contentType);
 *
 * @param session The session on which the recording was started.
 * @param process The handle.
 * @param options The options, or `maxBytes` alone.
 */
export declare function inspectRecordingArtifact<Session>(
  session: Session & SessionArgument<Session>,
  process: RecordingHandle,
  options?: number | InspectRecordingOptions,
): Promise<RecordingArtifact>;

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
  process: RecordingHandle,
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

/** What the bytes of a recording tell. A fact that they do not tell is `null`. */
export type RecordingProbe = {
  /** The container. `"matroska"` where an EBML header does not say that the file is WebM. */
  container: "mp4" | "webm" | "matroska";
  /** The codec of the first video track; `null` for others than these. */
  codec: "h264" | "hevc" | "vp8" | "vp9" | "av1" | null;
  /** The width in pixels. */
  width: number | null;
  /** The height in pixels. */
  height: number | null;
  /**
   * The number of frames. In a file that is not finished: of those whose bytes are there; `null` for an MP4 file
   * without fragments that is cut.
   */
  frames: number | null;
  /** The time that these frames take, in seconds, with its fraction. */
  durationSeconds: number | null;
  /**
   * Whether the file is as its writer leaves it in the end: an MP4 file whose boxes are whole, with its index; a
   * fragmented one that ends with its `mfra` box; a WebM file whose Segment has its size. A fragmented file
   * of a writer that leaves `mfra` out is therefore never finished.
   */
  finished: boolean;
  /** What the file lacks, in words; `null` where it is finished. */
  gap: string | null;
};

/**
 * Tells the facts of a recording from its bytes, whole or broken: of MP4 files, also fragmented ones, and of WebM
 * files. Only headers and indexes are read, in place; pictures are not decoded. No command runs.
 *
 * `durationSeconds` of {@link readRecordingBytes} is measured by a clock, in whole seconds; this one is the film's
 * own.
 *
 * Throws a `TypeError`, where `bytes` is no `Uint8Array`, or begins neither like an MP4 nor like a WebM file.
 *
 * @example
 * const { bytes } = await readRecordingBytes(session, recording);
 * const { frames, durationSeconds, finished } = probeRecording(bytes);
 *
 * @param bytes The file.
 * @see https://www.iso.org/standard/83102.html ISO/IEC 14496-12, the boxes of MP4.
 * @see https://www.rfc-editor.org/rfc/rfc9559 The elements of WebM.
 */
export declare function probeRecording(bytes: Uint8Array): RecordingProbe;

/**
 * A recording that is on a box. It is a handle for {@link stopRecording}, {@link readRecordingBytes} and
 * {@link deleteRecordingArtifacts}, on the session that it was listed on.
 */
export type RecordingEntry = RecordingHandle & {
  /** The id that the recording was started with. */
  recordingId: string;
  /**
   * The start, in milliseconds since the Unix epoch, by the box's clock: when the file with ffmpeg's process
   * number was written. Without that file, the last change of the video.
   */
  startedAt: number;
  /** The size of the video in bytes. */
  sizeBytes: number;
  /** The last change of the video, in milliseconds since the Unix epoch, by the box's clock, in whole seconds. */
  modifiedAt: number;
  /** Whether ffmpeg is still making it. A process that only reads it does not count. */
  isRunning: boolean;
  /** The number of the user that the video belongs to. */
  ownerId: number;
  /** The name of that user; `null` where the box knows none. */
  owner: string | null;
};

/** What {@link sweepRecordings} removes of a recording. */
export type SweptRecording = {
  /** The id that the recording was started with. */
  recordingId: string;
  /** The encoding; `null` where there was no video. */
  codec: RecordingCodec | null;
  /** The path of the video on the box; `null` where there was none. */
  boxPath: string | null;
  /** The paths of all its files that are removed. */
  files: string[];
  /** The size of these files in bytes. */
  sizeBytes: number;
  /** The last change of one of them, in milliseconds since the Unix epoch, by the box's clock. */
  modifiedAt: number;
  /** The number of the user that they belong to. */
  ownerId: number;
  /** The name of that user; `null` where the box knows none. */
  owner: string | null;
};

/** Where recordings are looked for. */
export type ListRecordingsOptions = RecordingCallOptions & {
  /** The directory, as `tmpDir` of {@link StartRecordingInput}. Default: `"/tmp"`. */
  tmpDir?: string | undefined;
  /** The user that the commands run as on the box. Default: the session's own. */
  runAs?: string | undefined;
};

/** Which recordings are removed. */
export type SweepRecordingsOptions = ListRecordingsOptions & {
  /**
   * The time since the last change of any file of a recording, by the box's clock, in seconds: from 0, fractions
   * and `Infinity` allowed. Only what has not changed for longer is removed.
   */
  olderThanSeconds: number;
  /** Whether nothing is removed, and the result is what would be. Default: false. */
  dryRun?: boolean | undefined;
};

/**
 * Lists the recordings in a directory of the box, of all users, in the order of their ids: regular files named
 * `og-rec-<recordingId>.mp4` or `.webm`. Links are not followed, and not listed. One command runs for each few
 * hundred files.
 *
 * A process that has lost its handles finds its films again: an entry is a handle. It tells `crashSafe`, by the
 * file `<boxPath>.safe` of the start, but not `maxBytes`. Its `durationSeconds` are
 * counted from `startedAt`, which says little of a film that ended long ago; {@link probeRecording} tells the
 * film's own.
 *
 * Rejects with
 *
 * - {@link RecordingError} (`ffmpeg-error`), where the directory cannot be read, or the answer does not come
 *   whole;
 * - `TypeError`, for an option of the wrong type. Nothing has run;
 * - {@link RecordingUnavailableError}, where the session cannot run commands;
 * - the value that the session throws;
 * - the reason of `signal`, or a `DOMException` named `TimeoutError` after `timeoutMs`.
 *
 * @example
 * for (const entry of await listRecordings(session)) {
 *   if (entry.isRunning) await stopRecording(session, entry);
 *   const { bytes, contentType } = await readRecordingBytes(session, entry);
 *   await storage.put(entry.recordingId, bytes, contentType);
 *   await deleteRecordingArtifacts(session, entry);
 * }
 *
 * @param session The sandbox session: any object with `exec` or `execCommand`.
 * @param options Where to look.
 */
export declare function listRecordings<Session>(
  session: Session & SessionArgument<Session>,
  options?: ListRecordingsOptions,
): Promise<RecordingEntry[]>;

/**
 * Removes recordings that nobody waits for, with all their files: `og-rec-<recordingId>` followed by `.mp4`,
 * `.webm`, `.log`, `.pid` or `.pid.int`, or by `.mp4.` or `.webm.` and `safe` or six letters or digits, also those
 * without a video. Resolves to what was removed, or would be.
 *
 * A recording stays where
 *
 * - a process of the box makes it, or has the path of one of its files as an argument;
 * - one of its files has changed within `olderThanSeconds`;
 * - it has changed since it was looked at. A recording that begins meanwhile is safe: the removal holds the lock
 *   of {@link startRecording}, where the box has `flock`, and looks again.
 *
 * Files of other users, links and all other files stay. So does a directory `og-upload-*`, which is left where a
 * process dies just before its upload begins. It holds random bytes only, and its user may remove it.
 *
 * Rejects with the errors of {@link listRecordings}, and with those below. A sweep that is aborted begins no other
 * command; one that has begun removes up to 100 recordings.
 *
 * - {@link RecordingError} (`ffmpeg-error`), where another process holds the lock of the directory for
 *   longer than 6 seconds. What was removed by then is gone;
 * - `RangeError`, where `olderThanSeconds` is NaN or below 0. Nothing has run.
 *
 * @example
 * const removed = await sweepRecordings(session, { olderThanSeconds: 24 * 60 * 60 });
 * removed.map(({ files }) => files); // [["/tmp/og-rec-turn-7.log", "/tmp/og-rec-turn-7.mp4", …]]
 *
 * @param session The sandbox session: any object with `exec` or `execCommand`.
 * @param options What to remove.
 */
export declare function sweepRecordings<Session>(
  session: Session & SessionArgument<Session>,
  options: SweepRecordingsOptions,
): Promise<SweptRecording[]>;
