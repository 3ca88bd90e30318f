// Takes requests apart for the core, which encodes them, and makes objects of the replies that the core
// has decoded.
import core from "../../native.js";
import { Handover, finish } from "../driver.js";
import { failedResponse } from "./failures.js";
import { NO_SUCH, scalar } from "./parts.js";
import { OPERATIONS, readControlResponse } from "./protocol.js";
import { isBytes, text } from "../text.js";

/**
 * @typedef {import("../../index.js").ControlRequest} ControlRequest
 * @typedef {import("../../index.js").ControlResponse} ControlResponse
 */

/**
 * The buffer that the core writes short requests and tapes to. A new array takes longer to create than to
 * fill. The addon is typed for Node's Buffer, and accepts any Uint8Array.
 */
const room = /** @type {Buffer} */ (new Uint8Array(1 << 15));
const numbersInRoom = new Float64Array(room.buffer);

/**
 * Encodes a request. Returns its bytes, or an error response where they exceed `maxPayload`.
 *
 * @param {ControlRequest} req
 * @param {unknown} maxPayload The largest message that the server accepts, in bytes.
 * @returns {Uint8Array | ControlResponse}
 * @throws {TypeError | RangeError | SyntaxError} For a field that cannot be encoded.
 */
export function encode({ requestId, epoch, op }, maxPayload) {
  const isNothing = op === undefined || op === null;
  const { $case, values, bytes, unknown } = isNothing ? NOTHING : split(op);
  const texts = isNothing ? [text(requestId)] : [text(requestId), scalar($case), values, unknown];
  const json = JSON.stringify(texts);
  const made = core.encodeRequest(
    // A lone surrogate, which JSON has as `\ud…`, cannot be encoded as UTF-8.
    json.includes("\\ud") ? JSON.stringify(texts, wellFormed) : json,
    number(epoch),
    isBytes(bytes) ? bytes : undefined,
    number(maxPayload),
    room,
  );
  if (typeof made === "number") return room.slice(0, made);
  if (typeof made !== "string") return made;
  return failedResponse(requestId, { error: finish(made), delivery: "tooLarge" });
}

/** The parts of a request without an operation. */
const NOTHING = { $case: undefined, values: undefined, bytes: undefined, unknown: undefined };

/**
 * Returns an operation's name, the values of its fields, its bytes, and the names of the fields that the
 * protocol does not have. A field that is `undefined` is not there.
 *
 * @param {any} op
 * @returns {{ $case: unknown, values: unknown[] | undefined, bytes: unknown, unknown?: string[] | undefined }}
 */
function split(op) {
  const { $case } = op;
  const parts = OPERATIONS.get($case);
  const member = parts && op[$case];
  if (!parts || typeof member !== "object" || member === null || ArrayBuffer.isView(member)) {
    return { ...NOTHING, $case };
  }
  /** @type {string[] | undefined} */
  let unknown;
  for (const name of Object.keys(member)) {
    if (parts.names.includes(name) || member[name] === undefined) continue;
    (unknown ??= []).push(name.toWellFormed());
  }
  return { $case, values: parts.values(member), bytes: parts.bytes?.(member), unknown };
}

/**
 * Replaces a text that is not well-formed, and a map with such a key, by what no field holds: the core refuses
 * it by the name of the field.
 *
 * @param {string} _key
 * @param {unknown} value
 */
function wellFormed(_key, value) {
  if (typeof value === "string") return value.isWellFormed() ? value : NO_SUCH;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.keys(value).every((key) => key.isWellFormed()) ? value : NO_SUCH;
}

/**
 * Decodes a reply. A reply that is no response becomes an error response.
 *
 * @param {string} requestId The id of the request that the reply must answer.
 * @param {unknown} data
 * @returns {ControlResponse}
 */
export function decode(requestId, data) {
  const reply = isBytes(data) ? data : undefined;
  return responseOf(requestId, core.readReply(reply, `${requestId}`, room), reply);
}

/**
 * Passes a reply to the core as the answer of a call, and the decoded response to `take`.
 *
 * @param {string} requestId
 * @param {unknown} data
 * @param {(response: ControlResponse) => void} take
 */
export function handOver(requestId, data, take) {
  const reply = isBytes(data) ? data : undefined;
  return new Handover((slot, number) => {
    const [step, recorded] = core.answerReply(slot, number, reply, room);
    take(responseOf(requestId, recorded, reply));
    return step;
  });
}

/**
 * @param {string} requestId
 * @param {string | [text: string, numbers: Float64Array]} recorded
 * @param {Uint8Array} [reply]
 * @returns {ControlResponse}
 */
function responseOf(requestId, recorded, reply = new Uint8Array(0)) {
  const tape =
    typeof recorded === "string"
      ? new Tape(recorded, numbersInRoom, reply)
      : new Tape(recorded[0], recorded[1], reply);
  if (tape.flag()) return readControlResponse(tape);
  const error = { code: tape.int32(), message: tape.text(), retryable: tape.flag() };
  return failedResponse(requestId, { error, delivery: "unknown" });
}

/** A message as the core decodes it: all texts in one string, all numbers in one array, and the reply. */
export class Tape {
  #text;
  #numbers;
  #reply;
  /** The place of the next number. */
  #at = 0;
  /** The place of the next text. */
  #from = 0;

  /**
   * @param {string} text
   * @param {Float64Array} numbers
   * @param {Uint8Array} reply
   */
  constructor(text, numbers, reply) {
    this.#text = text;
    this.#numbers = numbers;
    this.#reply = reply;
  }

  double() {
    return /** @type {number} */ (this.#numbers[this.#at++]);
  }

  int32() {
    return this.double() | 0;
  }

  uint32() {
    return this.double() >>> 0;
  }

  flag() {
    return this.double() === 1;
  }

  /** A text, or a 64-bit number. */
  text() {
    const from = this.#from;
    this.#from = from + this.uint32();
    return this.#text.slice(from, this.#from);
  }

  /** Bytes, as a view of the reply. */
  bytes() {
    const from = this.double();
    return this.#reply.subarray(from, this.double());
  }

  /** A list of texts. */
  texts() {
    return this.list((tape) => tape.text());
  }

  /**
   * @template T
   * @param {(tape: Tape) => T} read
   */
  list(read) {
    const items = [];
    for (let left = this.uint32(); left > 0; left--) items.push(read(this));
    return items;
  }

  /** A map of text to text. */
  map() {
    /** @type {Record<string, string>} */
    const map = {};
    for (let left = this.uint32(); left > 0; left--) {
      const key = this.text();
      // An assignment to a name that the prototype has may set that instead, or fail.
      if (key in map) Object.defineProperty(map, key, own(this.text()));
      else map[key] = this.text();
    }
    return map;
  }
}

/**
 * The descriptor of a property that an assignment would make.
 *
 * @param {string} value
 */
function own(value) {
  return { value, writable: true, enumerable: true, configurable: true };
}

/**
 * Returns a number as it is, and `undefined` for any other value.
 *
 * @param {unknown} value
 */
function number(value) {
  return typeof value === "number" ? value : undefined;
}
