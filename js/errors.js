// The fields of the classes are declared: an assignment to a name that `Error.prototype` has fails
// where that is frozen, and a declaration does not.

/**
 * @typedef {import("../index.js").BackendUnresolvableCode} BackendUnresolvableCode
 * @typedef {import("../index.js").SelfhostedUnavailableReason} SelfhostedUnavailableReason
 *
 * @typedef {"ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable"} Reason
 *
 * @typedef {object} Failure An operation's failure, as the core tells it.
 * @property {"plain" | "type" | "range" | "syntax" | "recording" | "unavailable" | "unresolvable" | "channelValidation" | "channelNotFound" | "channelConflict" | "channelUnsupported" | "control" | "execTimeout" | "thrown"} kind
 * @property {string} message
 * @property {Reason} [reason]
 * @property {BackendUnresolvableCode} [code]
 * @property {number} [thrown] The number of the value that the session threw.
 */

export class RecordingUnavailableError extends Error {
  name = "RecordingUnavailableError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class RecordingError extends Error {
  /** @type {Reason} */
  reason;
  name = "RecordingError";

  /**
   * @param {string} message
   * @param {Reason} reason
   * @param {ErrorOptions | undefined} options
   */
  constructor(message, reason, options = undefined) {
    super(message, options);
    this.reason = reason;
  }
}

export class RoutingUnsupportedError extends Error {
  name = "RoutingUnsupportedError";

  /**
   * @param {string} op
   * @param {string} kind
   */
  constructor(op, kind) {
    super(`the active sandbox (${kind}) does not support "${op}"`);
  }
}

export class ActiveBackendUnresolvableError extends Error {
  name = "ActiveBackendUnresolvableError";

  /**
   * @param {string} message
   * @param {BackendUnresolvableCode} [code]
   */
  constructor(message, code) {
    super(message);
    // An error without a code has no such field.
    if (code !== undefined) this.code = code;
  }
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
 * @property {Record<string, string>} [detail]
 */

export class SelfhostedControlError extends Error {
  name = "SelfhostedControlError";
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
    detail = {},
  }) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.retryable = retryable;
    this.fenced = fenced;
    this.draining = draining;
    this.agentOffline = agentOffline;
    this.osNotFound = osNotFound;
    this.detail = detail;
  }
}

export class SelfhostedExecTimeoutError extends SelfhostedControlError {
  name = "SelfhostedExecTimeoutError";

  /** @param {ControlErrorFields & { mayBeRunning: boolean }} fields */
  constructor({ mayBeRunning, ...fields }) {
    super(fields);
    this.mayBeRunning = mayBeRunning;
  }
}

export class ChannelAValidationError extends Error {
  name = "ChannelAValidationError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class ChannelANotFoundError extends Error {
  name = "ChannelANotFoundError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class ChannelAConflictError extends Error {
  name = "ChannelAConflictError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class ChannelAUnsupportedError extends Error {
  name = "ChannelAUnsupportedError";

  /** @param {string} message */
  constructor(message) {
    super(message);
  }
}

export class StreamPortUnavailableError extends Error {
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

/**
 * The value that a failed operation throws.
 *
 * @param {Failure} failure
 * @param {unknown[]} thrown What the session threw, by number.
 * @param {{ code: number, detail?: Record<string, string> } | undefined} agentError What an agent said.
 * @returns {unknown}
 */
export function toThrow(failure, thrown, agentError) {
  switch (failure.kind) {
    case "plain":
      return new Error(failure.message, causedBy(failure, thrown));
    case "control": {
      const { control } = /** @type {any} */ (failure);
      // As the agent has them, whatever they are.
      const { code = control.code, detail = {} } = agentError ?? {};
      return new SelfhostedControlError({ ...control, code, detail });
    }
    case "execTimeout": {
      const { timedOut } = /** @type {any} */ (failure);
      return new SelfhostedExecTimeoutError({ ...timedOut, detail: agentError?.detail });
    }
    case "type":
      return new TypeError(failure.message);
    case "range":
      return new RangeError(failure.message);
    case "syntax":
      return new SyntaxError(failure.message);
    case "unresolvable":
      return new ActiveBackendUnresolvableError(failure.message, failure.code);
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
    case "thrown":
      return thrown[/** @type {number} */ (failure.thrown)];
    case "recording": {
      const reason = /** @type {Reason} */ (failure.reason);
      return new RecordingError(failure.message, reason, causedBy(failure, thrown));
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
