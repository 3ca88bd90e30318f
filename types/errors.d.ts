/**
 * The errors.
 *
 * @module errors
 */

import type { AgentError } from "../protocol.js";
import type { CapabilityUnavailableReason } from "./capabilities.js";
import type { buildStreamUrl } from "./provider.js";
import type { readRecordingBytes, startRecording, stopRecording } from "./recording.js";
import type { RoutingSandboxSession, makeActiveBackendResolver } from "./resolution.js";
import type { ControlRpc, NatsControlRpc } from "./selfhosted.js";

/**
 * The class of the errors that this package makes of its own. Errors of bad input are `TypeError` and
 * `RangeError`; what a caller's object throws is passed on as it is.
 *
 * @example
 * try {
 *   await session.exec({ cmd: "make test" });
 * } catch (error) {
 *   if (error instanceof OpenGeniError) metrics.count("sandbox_error", { code: error.code });
 *   throw error;
 * }
 */
export declare class OpenGeniError extends Error {
  /**
   * The kind of the error: the name of the class in snake case without "error", such as
   * `recording_unavailable`. Of a {@link RecordingError} it is the `reason`, of an
   * {@link ActiveBackendUnresolvableError} why there is no backend, and of a {@link SelfhostedControlError} the
   * number of the {@link AgentError}.
   */
  readonly code: string | number | undefined;
}

/**
 * The session has neither `exec` nor `execCommand`, so it cannot run ffmpeg. {@link startRecording},
 * {@link readRecordingBytes} and a {@link stopRecording} with a report reject with it.
 */
export declare class RecordingUnavailableError extends OpenGeniError {
  /** For callers that throw this error themselves, such as tests or an own provider. */
  constructor(message: string);
}

/** How an upload failed. */
export type RecordingUploadFailure = {
  /**
   * - `no-curl`: the box has no curl.
   * - `unreachable`: the box has no connection to the store: no address, no way, or a proxy that refuses.
   * - `refused`: the store has answered with another status than 2xx, or the headers demand another size.
   * - `timed-out`: `maxSeconds` have passed, or nothing moved for 30 seconds.
   * - `changed`: the file has changed meanwhile. What the store has is not the recording.
   * - `failed`: anything else, such as a connection that broke, or a certificate that is not trusted.
   */
  readonly failure: "no-curl" | "unreachable" | "refused" | "timed-out" | "changed" | "failed";
  /** The HTTP status of the store's answer, where there is one. */
  readonly httpStatus?: number;
  /** The exit code of curl, where it has ended. */
  readonly curlExitCode?: number;
};

/**
 * A recording failed, or the bytes from the box are not the recording. `reason` tells which. The message
 * quotes the shell or ffmpeg's log. `cause` is a value that the session threw when it was asked for the log.
 *
 * @example
 * try {
 *   await readRecordingBytes(session, recording);
 * } catch (error) {
 *   if (!(error instanceof RecordingError)) throw error;
 *   if (error.reason === "box-death") await discard(recording); // nothing can be read
 *   else log(error.reason, error.message);
 * }
 */
export declare class RecordingError extends OpenGeniError {
  /**
   * @param options `cause`: the value that the session threw, if it threw one; `upload`: how an upload
   *   failed.
   */
  constructor(
    message: string,
    reason: RecordingError["reason"],
    options?: { cause?: unknown; upload?: RecordingUploadFailure | undefined },
  );
  /** How an upload failed. Absent for other reasons than `upload-failed`. */
  readonly upload?: RecordingUploadFailure;
  /**
   * - `ffmpeg-error`: ffmpeg was not launched, has failed or has not finished, and the message quotes it;
   *   or the bytes that arrived are not exactly the file, and the message says how. A file stays on the box.
   * - `box-death`: there is no recording on the box, and no log that says why.
   * - `max-bytes-exceeded`: the file is larger than `maxBytes`. It stays on the box.
   * - `display-unavailable`: ffmpeg could not open the X display.
   * - `upload-failed`: the box has not sent the file to the store, and {@link RecordingError.upload} tells how
   *   that failed. The file stays on the box.
   */
  readonly reason:
    "ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable" | "upload-failed";
}

/**
 * The active backend does not have the method. Nothing has run on it.
 *
 * @example
 * try {
 *   await session.viewImage({ path: "plot.png" });
 * } catch (error) {
 *   if (!(error instanceof RoutingUnsupportedError)) throw error;
 *   log(error.message); // the active sandbox (modal) does not support "viewImage"
 * }
 */
export declare class RoutingUnsupportedError extends OpenGeniError {
  /**
   * @param op The missing method.
   * @param kind The kind of the active backend.
   */
  constructor(op: string, kind: string);
}

/**
 * A stream of the box cannot be reached. {@link buildStreamUrl} throws it for an endpoint without a usable
 * host and port.
 */
export declare class StreamPortUnavailableError extends OpenGeniError {
  /** The cause that the constructor was given. */
  readonly cause?: unknown;
  /** For callers that throw this error themselves, such as an own provider. */
  constructor(message: string, cause?: unknown);
}

/**
 * An operation that changes a box may have run, or may run still, and is not run again. The session must have
 * been made with `atMostOnce`, or with an `afterMutation` that has failed. `cause` is what `afterMutation` threw;
 * else what the backend threw, a fence or any other failure; else what `readPointer` threw after the run. It is
 * absent where the backend has answered and the pointer has moved during the run.
 *
 * @example
 * try {
 *   await session.exec({ cmd: "make deploy" });
 * } catch (error) {
 *   if (!(error instanceof RoutingMutationOutcomeUnknownError)) throw error;
 *   await lookWhetherDeployed(); // before it is run again
 * }
 */
export declare class RoutingMutationOutcomeUnknownError extends OpenGeniError {
  /** The name of the class. */
  readonly name: "RoutingMutationOutcomeUnknownError";
  /** Running it again could run it twice. */
  readonly retryable: false;
  /** The name of the operation, such as `exec`. */
  readonly op: string;
  /** The epoch that it ran on, and that of the pointer after the run where the pointer has moved. */
  readonly epochs: readonly number[];
  /** For callers that throw this error themselves, such as an own backend. */
  constructor(op: string, epochs: readonly number[], options?: { cause?: unknown });
}

/** Why a pointer has no backend. */
export type BackendUnresolvableCode =
  /** The sandbox of the pointer does not exist. */
  | "stale_pointer"
  /** The machine has no enrollment. */
  | "offline_enrollment"
  /** A sandbox of this kind cannot be established in this context. */
  | "unsupported_backend_context"
  /**
   * The turn has not the session's own sandbox, but another one in its place (`defaultIsHome`), or
   * `resolveDefaultBackend` has found none.
   */
  | "home_unavailable_this_turn"
  /** For callers' own resolvers: the same may succeed later. This package never gives it. */
  | "transient_establishment";

/**
 * A pointer has no backend.
 *
 * @example
 * try {
 *   await session.exec({ cmd: "make test" });
 * } catch (error) {
 *   if (!(error instanceof ActiveBackendUnresolvableError)) throw error;
 *   if (error.code === "stale_pointer") await db.resetActiveSandbox(sessionId);
 *   else throw error;
 * }
 */
export declare class ActiveBackendUnresolvableError extends OpenGeniError {
  /** The name of the class. */
  readonly name: "ActiveBackendUnresolvableError";
  /**
   * Present on every error of {@link makeActiveBackendResolver}. Absent on the error of a
   * {@link RoutingSandboxSession} whose resolver returns the session itself.
   */
  readonly code: BackendUnresolvableCode | undefined;
  /**
   * For callers that throw this error themselves, such as an own resolver. The arguments may come in either
   * order: of the two, the one that is a {@link BackendUnresolvableCode} is the code.
   */
  constructor(message: string, code?: BackendUnresolvableCode);
  constructor(code: BackendUnresolvableCode, message: string);
}

/** Why a machine is unavailable. The names are those of {@link CapabilityUnavailableReason}. */
export type SelfhostedUnavailableReason =
  "agent_offline" | "agent_reconnecting" | "consent_required" | "display_unavailable";

/**
 * The agent refused a request, or the request did not reach it.
 *
 * @example
 * try {
 *   return await session.readFile({ path: "notes.txt" });
 * } catch (error) {
 *   if (!(error instanceof SelfhostedControlError)) throw error;
 *   if (error.osNotFound) return undefined; // the machine is available, the file does not exist
 *   if (error.reason !== "agent_offline") throw error;
 *   await movePointerHome();
 * }
 */
export declare class SelfhostedControlError extends OpenGeniError {
  /** The code of the {@link AgentError}. */
  readonly code: number;
  /** `null` where the machine is available and refused. */
  readonly reason: SelfhostedUnavailableReason | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The agent holds a newer epoch. */
  readonly fenced: boolean;
  /** The agent is about to stop. */
  readonly draining: boolean;
  /** No agent is connected. */
  readonly agentOffline: boolean;
  /** The file does not exist. The machine is available. */
  readonly osNotFound: boolean;
  /**
   * It is certain that no agent has got the request: nobody listens, there was no open connection, or the
   * request is too large. `false` where that is not known.
   */
  readonly neverSent: boolean;
  /** The request is larger than the server's `max_payload`. */
  readonly payloadTooLarge: boolean;
  /** Details from the agent, or of the failure of a {@link NatsControlRpc}. */
  readonly detail: Record<string, string>;
  /** What the NATS client threw, where it threw. */
  readonly cause?: unknown;
  /** Defaults: `false` for each optional flag, `{}` for `detail`, no `cause`. */
  constructor(fields: {
    message: string;
    code: number;
    reason: SelfhostedUnavailableReason | null;
    retryable: boolean;
    fenced?: boolean | undefined;
    draining?: boolean | undefined;
    agentOffline?: boolean | undefined;
    osNotFound?: boolean | undefined;
    neverSent?: boolean | undefined;
    payloadTooLarge?: boolean | undefined;
    cause?: unknown;
    detail?: Record<string, string> | undefined;
  });
}

/**
 * A command took too long, or what came of it is not known. The error is never retryable, since a retry could
 * run the command twice. Its `code` is 5 (timeout) where the agent ended the command, did not answer in time,
 * or the connection was lost. Otherwise it is that of the failure (see {@link NatsControlRpc}): 0 where the
 * NATS server denied the request or its answer, 7 where the reply is malformed, empty or the result of another
 * operation. Its `reason` is `agent_reconnecting` for a lost connection or answer, and `null` otherwise.
 *
 * @example
 * try {
 *   await session.exec({ cmd: "make release", execTimeoutMs: 600_000 });
 * } catch (error) {
 *   if (!(error instanceof SelfhostedExecTimeoutError)) throw error;
 *   if (error.mayBeRunning) await lookForRunningBuild(); // before it is run again
 *   else console.log(error.stdout); // as far as it came
 * }
 */
export declare class SelfhostedExecTimeoutError extends SelfhostedControlError {
  /**
   * `false` where the agent ended the command. `true` where no answer can be read: the command may not have
   * begun, may still be running, or may have ended.
   */
  readonly mayBeRunning: boolean;
  /**
   * What the command had printed to its standard output, as far as the agent sent it. Empty where the agent
   * did not answer. Bytes that are not UTF-8 become U+FFFD.
   */
  readonly stdout: string;
  /** The same of its standard error, where an agent may also say that the time was up. */
  readonly stderr: string;
  /**
   * For callers that throw this error themselves, such as an own {@link ControlRpc}. Default of `stdout` and
   * `stderr`: empty.
   */
  constructor(
    fields: ConstructorParameters<typeof SelfhostedControlError>[0] & {
      mayBeRunning: boolean;
      stdout?: string | undefined;
      stderr?: string | undefined;
    },
  );
}
