import type { AgentError } from "../protocol.js";
import type { CapabilityUnavailableReason } from "./capabilities.js";
import type { RoutingSandboxSession, makeActiveBackendResolver } from "./resolution.js";
import type { ControlRpc } from "./selfhosted.js";

/** The session has neither `exec` nor `execCommand`: its box cannot run ffmpeg. */
export declare class RecordingUnavailableError extends Error {
  /** For callers that report the same: tests, or a provider of their own. */
  constructor(message: string);
}

/** The recording failed, or what came from the box is not the recording. */
export declare class RecordingError extends Error {
  /**
   * @param options `cause`: what the session threw on the way to this error, where it did.
   */
  constructor(message: string, reason: RecordingError["reason"], options?: ErrorOptions);
  /**
   * - `ffmpeg-error`: ffmpeg could not be launched, has failed or has not finished (its words are in
   *   the message), or the bytes that came are not exactly the file (the message says how). The file,
   *   if there is one, is still on the box.
   * - `box-death`: there is no recording on the box, and no log that says why.
   * - `max-bytes-exceeded`: the file is larger than `maxBytes`. It is still on the box.
   * - `display-unavailable`: ffmpeg could not open the X display.
   */
  readonly reason: "ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable";
}

/** The active backend cannot do what was asked of it. */
export declare class RoutingUnsupportedError extends Error {
  /**
   * @param op The method that is missing.
   * @param kind The kind of the active backend.
   */
  constructor(op: string, kind: string);
}

/** A stream of the box is not to be had. */
export declare class StreamPortUnavailableError extends Error {
  /** What is behind it, where a caller has said. */
  readonly cause?: unknown;
  /** For callers that report the same, such as a provider of their own. */
  constructor(message: string, cause?: unknown);
}

/** Why a pointer has no backend. */
export type BackendUnresolvableCode =
  /** Its sandbox is gone. */
  | "stale_pointer"
  /** The machine has no enrollment. */
  | "offline_enrollment"
  /** Nobody in this context can establish such a sandbox. */
  | "unsupported_backend_context";

/** A pointer has no backend. */
export declare class ActiveBackendUnresolvableError extends Error {
  /** The name of the class. */
  readonly name: "ActiveBackendUnresolvableError";
  /**
   * Always there on errors of {@link makeActiveBackendResolver}. Absent on that of a
   * {@link RoutingSandboxSession} whose resolver returns the session itself.
   */
  readonly code: BackendUnresolvableCode | undefined;
  /** For callers that report the same, such as a resolver of their own. */
  constructor(message: string, code?: BackendUnresolvableCode);
}

/** Why a machine is not to be had; the names are those of {@link CapabilityUnavailableReason}. */
export type SelfhostedUnavailableReason =
  "agent_offline" | "agent_reconnecting" | "consent_required" | "display_unavailable";

/** What an agent refused, or the way to it did. */
export declare class SelfhostedControlError extends Error {
  /** The code of the {@link AgentError}. */
  readonly code: number;
  /** `null` where the machine is there, and refused. */
  readonly reason: SelfhostedUnavailableReason | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The agent holds a newer epoch. */
  readonly fenced: boolean;
  /** The agent is about to stop. */
  readonly draining: boolean;
  /** Nobody answers to the agent's name. */
  readonly agentOffline: boolean;
  /** There is no such file. The machine itself is there. */
  readonly osNotFound: boolean;
  /** What the agent adds. */
  readonly detail: Record<string, string>;
  /** The flags are false by default, and `detail` is empty. */
  constructor(fields: {
    message: string;
    code: number;
    reason: SelfhostedUnavailableReason | null;
    retryable: boolean;
    fenced?: boolean | undefined;
    draining?: boolean | undefined;
    agentOffline?: boolean | undefined;
    osNotFound?: boolean | undefined;
    detail?: Record<string, string> | undefined;
  });
}

/**
 * A command took too long. Never retryable: running it again could run it twice. Its `code` is 5
 * (timeout); its `reason` is `null` where the agent ended the command, and `agent_reconnecting` where
 * the agent did not answer.
 */
export declare class SelfhostedExecTimeoutError extends SelfhostedControlError {
  /** Whether the command may still be running: nobody knows where the agent did not answer. */
  readonly mayBeRunning: boolean;
  /** For callers that report the same, such as a {@link ControlRpc} of their own. */
  constructor(
    fields: ConstructorParameters<typeof SelfhostedControlError>[0] & { mayBeRunning: boolean },
  );
}
