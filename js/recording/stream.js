import { channelOf } from "./channels.js";
import { stream } from "../driver.js";
import { given } from "../given.js";
import { limitsOf, observerOf, optionsOf } from "./options.js";
import { SessionHost } from "./session.js";

/** The end of a text that the core gets to see, in characters. It has the digest of the piece. */
const TAIL = 1_024;

/** The session of a stream. Each piece is an array of its own. */
class StreamHost extends SessionHost {
  /** @type {(Uint8Array<ArrayBuffer> | undefined)[]} */
  #pieces = [];

  /**
   * @param {string} text
   * @returns {[length: number, tail: string]}
   */
  outlineOf(text) {
    return [text.length, text.slice(-TAIL)];
  }

  /**
   * @param {number} lane
   * @param {number} _offset
   * @param {number} length
   */
  room(lane, _offset, length) {
    return (this.#pieces[lane] = new Uint8Array(length));
  }

  /** @param {number} lane */
  decoded(lane) {
    return this.#pieces[lane] ?? new Uint8Array(0);
  }

  /**
   * The piece in a lane, which is the reader's from now on.
   *
   * @param {number} lane
   */
  itemOf(lane) {
    const piece = this.#pieces[lane];
    this.#pieces[lane] = undefined;
    return piece;
  }
}

/**
 * @param {unknown} session
 * @param {import("../../index.js").RecordingProcess} process
 * @param {import("../../index.js").StreamRecordingOptions} [options]
 * @returns {ReadableStream<Uint8Array>}
 */
export function readRecordingStream(session, process, options) {
  const { codec, boxPath, runAs, crashSafe, maxBytes: limit } = given("process", process);
  const { offset, maxBytes, onProgress, signal, timeoutMs } = optionsOf(options);
  const limits = limitsOf(signal, timeoutMs);
  const observer = observerOf(onProgress);
  /** @type {import("../../boundary.js").Operations["readRecordingStream"]["args"]} */
  const args = [
    codec,
    boxPath,
    runAs,
    maxBytes ?? Infinity,
    offset ?? 0,
    observer !== null,
    channelOf(session),
    crashSafe,
    limit,
  ];
  return stream("readRecordingStream", args, new StreamHost(session, observer), limits);
}
