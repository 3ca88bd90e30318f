/**
 * Events of what happens, for logs, metrics and traces.
 *
 * @module diagnostics
 */

import type { AgentError } from "../protocol.js";

/**
 * An event of the channels `opengeni:recording`, `opengeni:routing` and `opengeni:control` of Node's
 * `diagnostics_channel`. An operation has a `begin`, and then an `end` or an `error`, with the same `id`.
 * `begin` is published in the asynchronous context of the caller.
 *
 * An event has no argument, command, content or message, since these may hold secrets.
 *
 * | Channel              | Operations                                                                                        |
 * | -------------------- | ------------------------------------------------------------------------------------------------- |
 * | `opengeni:recording` | `startRecording`, `stopRecording`, `readRecordingBytes`, `inspectRecordingArtifact`, `uploadRecordingArtifact`, `deleteRecordingArtifacts`, `listRecordings`, `sweepRecordings` |
 * | `opengeni:routing`   | Methods of a `RoutingSandboxSession`, such as `exec`                                              |
 * | `opengeni:control`   | `request`: one request of a `NatsControlRpc`                                                      |
 *
 * @example
 * import { subscribe } from "node:diagnostics_channel";
 *
 * subscribe("opengeni:recording", (message) => {
 *   const event = message as DiagnosticsEvent;
 *   if (event.event === "end") histogram.record(event.ms, { operation: event.operation });
 * });
 *
 * @see https://nodejs.org/api/diagnostics_channel.html
 */
export type DiagnosticsEvent =
  | ({ event: "begin" } & DiagnosticsOperation)
  | ({ event: "end"; ms: number } & DiagnosticsOperation & DiagnosticsOutcome)
  | ({ event: "error"; ms: number; error: DiagnosticsError } & DiagnosticsOperation);

/** What all events of an operation have. */
export type DiagnosticsOperation = {
  /** The number of the operation, unique in the process. */
  id: number;
  /** The name of the operation. */
  operation: string;
  /** The recording's id. Recording only, where the handle is plain data. */
  recordingId?: string;
  /** The path of the recording on the box. Of `startRecording` only the `end` has it. */
  boxPath?: string;
  /** The subject of the request, which holds the ids of workspace and agent. Control only. */
  subject?: string;
  /** The id of the request. Control only. */
  requestId?: string;
  /** The length of the encoded request in bytes. Control only. */
  requestBytes?: number;
};

/** What is known at the end of an operation. */
export type DiagnosticsOutcome = {
  /** The length of the recording in bytes. Of what reads, inspects or uploads it. */
  sizeBytes?: number;
  /** The duration of the recording in seconds. Of what reads, inspects or uploads it. */
  durationSeconds?: number;
  /** The kind of the backend that the operation ran on. Routing only. */
  kind?: string;
  /** The id of the sandbox that the operation ran on; `null` for the session's own. Routing only. */
  sandboxId?: string | null;
  /** The number of fences that the operation met. Routing only. */
  fences?: number;
  /** The length of the encoded reply in bytes. Control only, where there is a reply. */
  replyBytes?: number;
  /** The code of the {@link AgentError} of a request without a reply. Control only. */
  code?: number;
};

/** The kind of a failure. A field is there where the thrown value has a text or a number of that name. */
export type DiagnosticsError = {
  name?: string | number;
  code?: string | number;
  reason?: string | number;
};
