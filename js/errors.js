/**
 * @typedef {"ffmpeg-error" | "box-death" | "max-bytes-exceeded" | "display-unavailable"} Reason
 *
 * @typedef {object} Failure An operation's failure, as the core tells it.
 * @property {"type" | "range" | "recording" | "unavailable" | "thrown"} kind
 * @property {string} message
 * @property {Reason} [reason]
 * @property {number} [thrown] The number of the value that the session threw.
 */

export class RecordingUnavailableError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "RecordingUnavailableError";
  }
}

export class RecordingError extends Error {
  /**
   * @param {string} message
   * @param {Reason} reason
   * @param {ErrorOptions | undefined} options
   */
  constructor(message, reason, options = undefined) {
    super(message, options);
    this.reason = reason;
    this.name = "RecordingError";
  }
}

export class RoutingUnsupportedError extends Error {
  /**
   * @param {string} op
   * @param {string} kind
   */
  constructor(op, kind) {
    super(`the active sandbox (${kind}) does not support "${op}"`);
    this.name = "RoutingUnsupportedError";
  }
}

/**
 * The value that a failed operation throws.
 *
 * @param {Failure} failure
 * @param {unknown[]} thrown What the session threw, by number.
 * @returns {unknown}
 */
export function toThrow(failure, thrown) {
  switch (failure.kind) {
    case "type":
      return new TypeError(failure.message);
    case "range":
      return new RangeError(failure.message);
    case "unavailable":
      return new RecordingUnavailableError(failure.message);
    case "thrown":
      return thrown[/** @type {number} */ (failure.thrown)];
    case "recording": {
      const reason = /** @type {Reason} */ (failure.reason);
      const options = failure.thrown === undefined ? undefined : { cause: thrown[failure.thrown] };
      return new RecordingError(failure.message, reason, options);
    }
  }
}
