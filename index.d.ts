/**
 * Films an agent's desktop in a remote sandbox, routes operations to the active sandbox, reaches machines
 * that users enrol themselves, and negotiates the capabilities of backends.
 *
 * A recording is made by ffmpeg on the box, driven through the sandbox session's `exec` (or
 * `execCommand`): {@link startRecording}, {@link stopRecording}, {@link readRecordingBytes}, store
 * the bytes, and only then {@link deleteRecordingArtifacts}.
 *
 * Sessions are accepted as they are. A session is any object with one of
 *
 * - `exec(args)`, which resolves to an object with any of `output`, `stdout`, `stderr` (strings, or
 *   bytes of UTF-8), `exitCode` and `sessionId` (numbers), or to a string;
 * - `execCommand(args)`, which resolves to a string, possibly with a banner that ends in a line
 *   `Output:`.
 *
 * `args` is `{ cmd, runAs?, yieldTimeMs, maxOutputTokens }`: the time to wait for the command, in
 * milliseconds, and the most output to return, in tokens, or `null` for the session's own limit. The
 * method is looked up anew for every command and called on the session. Whatever it throws reaches
 * the caller as the same value.
 *
 * A command prints a line before and after what is to be read. What a login shell, a terminal or the
 * session itself prints around the two is ignored, and an answer of which a part is missing is never
 * taken for a whole one. An answer without the two lines, as test doubles give it, is read as it is.
 *
 * @packageDocumentation
 */

export type * from "./protocol.js";
export * from "./types/capabilities.js";
export type * from "./types/diagnostics.js";
export * from "./types/errors.js";
export * from "./types/provider.js";
export * from "./types/recording.js";
export * from "./types/resolution.js";
export * from "./types/selfhosted.js";
export type * from "./types/session.js";
export * from "./types/streams.js";
export * from "./types/lifecycle.js";
export * from "./types/channel-a.js";
