import { ask } from "./driver.js";
import { optionsOf } from "./selfhosted/failures.js";
import { messageOf, text } from "./text.js";

// The classes declare their fields: where `Error.prototype` is frozen, an assignment to a name that it has
// throws, and a declaration does not.

/**
 * @typedef {import("../index.js").RecordingUploadFailure} RecordingUploadFailure
 * @typedef {import("../index.js").BackendUnresolvableCode} BackendUnresolvableCode
 * @typedef {import("../index.js").SelfhostedUnavailableReason} SelfhostedUnavailableReason
 *
 * @typedef {"ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable" | "upload-failed"} Reason
 *
 * @typedef {object} Failure The failure of an operation, as the core returns it.
 * @property {"plain" | "type" | "range" | "syntax" | "recording" | "unavailable" | "unresolvable" | "control" | "execTimeout" | "data" | "claims" | "streamPort" | "displayStack" | "displayStackUnsupported" | "terminalServer" | "terminalServerUnsupported" | "config" | "channelValidation" | "channelNotFound" | "channelConflict" | "channelUnsupported" | "thrown"} kind
 * @property {string} message
 * @property {Reason} [reason]
 * @property {BackendUnresolvableCode} [code]
 * @property {import("../index.js").StreamTokenIssue[]} [issues]
 * @property {{ exitCode: string, output: string }} [launch]
 * @property {RecordingUploadFailure} [upload]
 * @property {string} [backend] The backend that cannot be used.
 * @property {number} [thrown] The number of a value that the host threw.
 *
 * @typedef {object} Answered What an agent has answered.
 * @property {{ code: number, detail?: Record<string, string> }} [agentError] Its error.
 * @property {any} [result] Its result.
 */

/** How a field is defined by an assignment. */
const FIELD = { writable: true, enumerable: true, configurable: true };

/**
 * The class of the errors of this package. Its `code` names the kind of an error as a text: the name of the
 * class in snake case, unless a class says otherwise.
 */
export class OpenGeniError extends Error {
  /**
   * @param {string} [message]
   * @param {ErrorOptions} [options]
   */
  constructor(message, options) {
    super(message, options);
    // The classes below have names of their own, after their other fields.
    if (Object.getPrototypeOf(new.target) === Error) {
      Object.defineProperty(this, "name", { ...FIELD, value: "OpenGeniError" });
    }
  }

  /** @returns {any} */
  get code() {
    const words = this.name.replace(/Error$/, "").match(/[A-Z](?:[a-z]+|(?![a-z]))/g) ?? [];
    return words.join("_").toLowerCase();
  }
}

export class RecordingUnavailableError extends OpenGeniError {
  name = "RecordingUnavailableError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class RecordingError extends OpenGeniError {
  /** @type {Reason} */
  reason;
  name = "RecordingError";

  get code() {
    return this.reason;
  }

  /**
   * @param {string} message
   * @param {Reason} reason
   * @param {ErrorOptions & { upload?: RecordingUploadFailure | undefined } | undefined} options
   */
  constructor(message, reason, options = undefined) {
    super(message, options);
    this.reason = reason;
    // Other errors have no such field.
    if (options?.upload) Object.defineProperty(this, "upload", { ...FIELD, value: options.upload });
  }
}

export class RoutingUnsupportedError extends OpenGeniError {
  name = "RoutingUnsupportedError";

  /**
   * @param {string} op
   * @param {string} kind
   */
  constructor(op, kind) {
    super(`the active sandbox (${kind}) does not support "${op}"`);
  }
}

export class RoutingMutationOutcomeUnknownError extends OpenGeniError {
  name = "RoutingMutationOutcomeUnknownError";
  /** @type {false} */
  retryable = false;
  op;
  epochs;

  /**
   * @param {string} op
   * @param {readonly number[]} epochs
   * @param {ErrorOptions} [options]
   */
  constructor(op, epochs, options) {
    const seen = epochs.join(", ");
    super(
      `"${op}" may have run, and is not run again: its outcome is unknown (epochs: ${seen})`,
      options,
    );
    this.op = op;
    this.epochs = epochs;
  }
}

export class ActiveBackendUnresolvableError extends OpenGeniError {
  name = "ActiveBackendUnresolvableError";

  /**
   * @param {string} first The message, or the code.
   * @param {string} [second] The other one.
   */
  constructor(first, second) {
    const isSwapped = second !== undefined && isCode(first) && !isCode(second);
    const [message, code] = isSwapped ? [second, first] : [first, second];
    super(message);
    // An error without a code has no such field.
    if (code !== undefined) Object.defineProperty(this, "code", { ...FIELD, value: code });
  }

  get code() {
    return undefined;
  }
}

/** @param {unknown} value */
function isCode(value) {
  return ask("isUnresolvableCode", value);
}

/**
 * @typedef {object} ControlErrorFields
 * @property {string} message
 * @property {number} code
 * @property {SelfhostedUnavailableReason | null} reason
 * @property {boolean} retryable
 * @property {boolean} [fenced]
 * @property {boolean} [draining]
 * @property {boolean} [agentOffline]
 * @property {boolean} [osNotFound]
 * @property {boolean} [neverSent]
 * @property {boolean} [payloadTooLarge]
 * @property {Record<string, string>} [detail]
 * @property {unknown} [cause]
 */

export class SelfhostedControlError extends OpenGeniError {
  name = "SelfhostedControlError";
  // @ts-expect-error: It is a field here, in place of the accessor.
  code;
  reason;

  /** @param {ControlErrorFields} fields */
  constructor({
    message,
    code,
    reason,
    retryable,
    fenced = false,
    draining = false,
    agentOffline = false,
    osNotFound = false,
    neverSent = false,
    payloadTooLarge = false,
    detail = {},
    ...options
  }) {
    super(message, options);
    this.code = code;
    this.reason = reason;
    this.retryable = retryable;
    this.fenced = fenced;
    this.draining = draining;
    this.agentOffline = agentOffline;
    this.osNotFound = osNotFound;
    this.neverSent = neverSent;
    this.payloadTooLarge = payloadTooLarge;
    this.detail = detail;
  }
}

export class SelfhostedExecTimeoutError extends SelfhostedControlError {
  name = "SelfhostedExecTimeoutError";

  /** @param {ControlErrorFields & { mayBeRunning: boolean, stdout?: string, stderr?: string }} fields */
  constructor({ mayBeRunning, stdout = "", stderr = "", ...fields }) {
    super(fields);
    this.mayBeRunning = mayBeRunning;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

export class ChannelAValidationError extends OpenGeniError {
  name = "ChannelAValidationError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class ChannelANotFoundError extends OpenGeniError {
  name = "ChannelANotFoundError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class ChannelAConflictError extends OpenGeniError {
  name = "ChannelAConflictError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class ChannelAUnsupportedError extends OpenGeniError {
  name = "ChannelAUnsupportedError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class StreamPortUnavailableError extends OpenGeniError {
  name = "StreamPortUnavailableError";
  /** @type {unknown} */
  cause;

  /**
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(message, cause) {
    super(message);
    this.cause = cause;
  }
}

export class DisplayStackError extends OpenGeniError {
  name = "DisplayStackError";
  /** @type {number} */
  exitCode;
  /** @type {import("../index.js").DisplayStackStage} */
  stage;

  /**
   * @param {number} exitCode
   * @param {string} [output]
   */
  constructor(exitCode, output) {
    const { stage, message } = ask("displayStackFailure", exitCode, output);
    super(message);
    this.exitCode = exitCode;
    this.stage = /** @type {import("../index.js").DisplayStackStage} */ (stage);
  }
}

export class DisplayStackUnsupportedError extends OpenGeniError {
  name = "DisplayStackUnsupportedError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class TerminalServerError extends OpenGeniError {
  name = "TerminalServerError";
  /** @type {number} */
  exitCode;
  /** @type {import("../index.js").TerminalServerStage} */
  stage;

  /**
   * @param {number} exitCode
   * @param {string} [output]
   */
  constructor(exitCode, output) {
    const { stage, message } = ask("terminalServerFailure", exitCode, output);
    super(message);
    this.exitCode = exitCode;
    this.stage = /** @type {import("../index.js").TerminalServerStage} */ (stage);
  }
}

export class TerminalServerUnsupportedError extends OpenGeniError {
  name = "TerminalServerUnsupportedError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

/** What zod throws, as far as callers look at it: zod itself is not needed. */
export class ZodError extends Error {
  name = /** @type {const} */ ("ZodError");
  issues;

  /**
   * @param {string} message
   * @param {import("../index.js").StreamTokenIssue[]} issues
   */
  constructor(message, issues) {
    super(message);
    this.issues = issues;
  }
}

export class SandboxConfigError extends OpenGeniError {
  /** @type {string} */
  backend;
  name = "SandboxConfigError";

  /**
   * @param {string} backend
   * @param {string} message
   */
  constructor(backend, message) {
    super(`[sandbox:${backend}] ${message}`);
    this.backend = backend;
  }
}

export class SandboxProviderUnavailableError extends OpenGeniError {
  /** @type {string} */
  backend;
  name = "SandboxProviderUnavailableError";

  /**
   * @param {string} backend
   * @param {string} [remedy]
   * @param {ErrorOptions} [options]
   */
  constructor(backend, remedy, options) {
    const problem = `provider ${backend} not available in installed @openai/agents-extensions`;
    super(remedy === undefined ? problem : `${problem}; ${remedy}`, options);
    this.backend = backend;
  }
}

/**
 * Returns the value that a failed operation throws.
 *
 * @param {Failure} failure
 * @param {unknown[]} thrown The values that the host threw, by number.
 * @param {Answered} agent What the agent has answered.
 * @returns {unknown}
 */
export function toThrow(failure, thrown, agent) {
  switch (failure.kind) {
    case "plain":
      return new Error(failure.message, causedBy(failure, thrown));
    case "control": {
      const { control } = /** @type {any} */ (failure);
      // Code and detail of the agent's own error, unchanged.
      const { agentError } = agent;
      const { code = control.code, detail = {} } = agentError ?? {};
      return new SelfhostedControlError({ ...control, ...optionsOf(agentError), code, detail });
    }
    case "execTimeout": {
      const { timedOut } = /** @type {any} */ (failure);
      const { agentError, result } = agent;
      const [stdout, stderr] = [text(result?.stdout), text(result?.stderr)];
      return new SelfhostedExecTimeoutError({
        ...{ ...timedOut, ...optionsOf(agentError) },
        detail: agentError?.detail,
        ...{ stdout, stderr },
      });
    }
    case "type":
      return new TypeError(failure.message);
    case "range":
      return new RangeError(failure.message);
    case "syntax":
      return new SyntaxError(failure.message);
    case "unresolvable":
      return new ActiveBackendUnresolvableError(failure.message, failure.code);
    case "config":
      return new SandboxConfigError(/** @type {string} */ (failure.backend), failure.message);
    case "channelValidation":
      return new ChannelAValidationError(failure.message);
    case "channelNotFound":
      return new ChannelANotFoundError(failure.message);
    case "channelConflict":
      return new ChannelAConflictError(failure.message);
    case "channelUnsupported":
      return new ChannelAUnsupportedError(failure.message);
    case "unavailable":
      return new RecordingUnavailableError(failure.message);
    case "data":
      return new DOMException(failure.message, "DataError");
    case "claims":
      return new ZodError(failure.message, failure.issues ?? []);
    case "streamPort": {
      if (failure.thrown === undefined) return new StreamPortUnavailableError(failure.message);
      const cause = thrown[failure.thrown];
      // What a thrown value says is the end of the message.
      return new StreamPortUnavailableError(failure.message + messageOf(cause), cause);
    }
    case "displayStack":
      return new DisplayStackError(...launchOf(failure));
    case "displayStackUnsupported":
      return new DisplayStackUnsupportedError(failure.message);
    case "terminalServer":
      return new TerminalServerError(...launchOf(failure));
    case "terminalServerUnsupported":
      return new TerminalServerUnsupportedError(failure.message);
    case "thrown":
      return thrown[/** @type {number} */ (failure.thrown)];
    case "recording": {
      const reason = /** @type {Reason} */ (failure.reason);
      const { upload } = failure;
      const options = upload ? { upload } : causedBy(failure, thrown);
      return new RecordingError(failure.message, reason, options);
    }
  }
}

/**
 * @param {Failure} failure
 * @param {unknown[]} thrown
 */
function causedBy(failure, thrown) {
  return failure.thrown === undefined ? undefined : { cause: thrown[failure.thrown] };
}

/**
 * @param {Failure} failure
 * @returns {[exitCode: number, output: string]}
 */
function launchOf({ launch }) {
  return [Number(launch?.exitCode), launch?.output ?? ""];
}
