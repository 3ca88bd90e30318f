import { setTimeout } from "node:timers/promises";
import core from "../native.js";
import { errorResponse, offlineControlResponse } from "./control.js";
import { finish } from "./driver.js";
import { messageOf, text } from "./text.js";

/**
 * @typedef {import("../index.js").ControlRequest} ControlRequest
 * @typedef {import("../index.js").ControlResponse} ControlResponse
 * @typedef {import("../index.js").NatsRequestConnection} NatsRequestConnection
 *
 * @typedef {Promise<NatsRequestConnection | null | undefined>} Dial
 */

/** In place of what does not come in time. */
const LATE = Symbol("late");

export class NatsControlRpc {
  #connect;
  /**
   * Nothing, a connection that is being made, or what came of it.
   *
   * @type {Dial | NatsRequestConnection | null | undefined}
   */
  #connection;

  /** @param {() => Promise<NatsRequestConnection | null>} connect */
  constructor(connect) {
    this.#connect = connect;
  }

  /**
   * @param {string} subject
   * @param {ControlRequest} req
   * @param {{ timeoutMs: number }} opts
   * @returns {Promise<ControlResponse>}
   */
  async request(subject, req, { timeoutMs }) {
    const { requestId } = req;
    const known = this.#connection;
    // Waiting costs some turns of the microtask queue, and there mostly is a connection.
    const connection =
      known === undefined || known instanceof Promise
        ? await this.#inTime(known ?? this.#dial(), timeoutMs)
        : known;
    if (!connection) return offlineControlResponse(requestId);
    const payload = encoded(req, connection.info?.max_payload);
    // An error in the agent's name: it is not sent.
    if (typeof payload === "string") return errorResponse(requestId, finish(payload));
    let reply;
    try {
      reply = await connection.request(subject, payload, { timeout: timeoutMs });
    } catch (error) {
      const failure = JSON.parse(core.transportFailure(text(codeOf(error)), messageOf(error)));
      // A connection made meanwhile is another.
      if (failure.disconnect && this.#connection === connection) this.#connection = undefined;
      return errorResponse(requestId, failure.error);
    }
    return decoded(requestId, reply?.data);
  }

  /**
   * What comes of a dial. All requests that wait for it share it, each for as long as it has itself. One
   * that takes longer is given up, and the next request makes another.
   *
   * @param {Dial} dial
   * @param {number} timeoutMs
   */
  async #inTime(dial, timeoutMs) {
    const made = await inTime(dial, core.dialTimeout(Number(timeoutMs)));
    if (made !== LATE) return made;
    if (this.#connection === dial) this.#connection = undefined;
    return undefined;
  }

  /** @returns {Dial} */
  #dial() {
    const dial = this.#connected();
    this.#connection = dial;
    void dial.then((connection) => {
      // One that was given up comes late, and is as good as any while there is no other.
      if (this.#connection === dial || this.#connection === undefined) {
        this.#connection = connection;
      }
    });
    return dial;
  }

  /** A connection; `null` where there will never be one, nothing where there is none now. */
  async #connected() {
    try {
      return await this.#connect();
    } catch {
      return undefined;
    }
  }
}

/**
 * @template T
 * @param {Promise<T>} promise It does not reject.
 * @param {number | null} timeoutMs
 * @returns {Promise<T | typeof LATE>}
 */
async function inTime(promise, timeoutMs) {
  if (timeoutMs === null) return promise;
  const made = new AbortController();
  const { signal } = made;
  /** @type {Promise<typeof LATE>} */
  const late = setTimeout(timeoutMs, undefined, { signal, ref: false }).then(
    () => LATE,
    () => LATE,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    made.abort();
  }
}

/**
 * A request's bytes, or JSON of why it has none.
 *
 * @param {ControlRequest} req
 * @param {unknown} maxPayload The largest message that the server takes.
 * @returns {Uint8Array | string}
 */
function encoded({ requestId, epoch, op }, maxPayload) {
  const { json, bytes } = op ? split(op) : {};
  return core.encodeRequest(text(requestId), number(epoch), json, bytes, number(maxPayload));
}

/**
 * An operation as JSON, and its bytes beside it.
 *
 * @param {any} op
 * @returns {{ json: string, bytes: Uint8Array | undefined }}
 */
function split(op) {
  const { $case } = op;
  const member = op[$case];
  const key = Object.keys(member ?? {}).find((key) => isBytes(member[key]));
  const bytes = key === undefined ? undefined : member[key];
  const plain = key === undefined ? op : { $case, [$case]: { ...member, [key]: undefined } };
  const json = JSON.stringify(plain);
  // Half a surrogate pair has no UTF-8.
  return { json: json.includes("\\ud") ? JSON.stringify(plain, wellFormed) : json, bytes };
}

/**
 * @param {string} _key
 * @param {unknown} value
 */
function wellFormed(_key, value) {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const properties = Object.entries(value);
  return Object.fromEntries(properties.map(([key, value]) => [key.toWellFormed(), value]));
}

/**
 * @param {string} requestId
 * @param {unknown} data
 * @returns {ControlResponse}
 */
function decoded(requestId, data) {
  const reply = isBytes(data) ? data : undefined;
  const json = core.readReply(reply, `${requestId}`);
  const read = JSON.parse(json);
  const { response, bytes, error } = read.nonFinite ? JSON.parse(json, nonFinite) : read;
  if (error) return errorResponse(requestId, error);
  const { result } = response;
  if (result !== null) {
    const member = result[result.$case];
    for (const key in member) {
      member[key] ??= undefined;
    }
    for (let at = 0; at < bytes.length; at += 3) {
      member[bytes[at]] = reply?.subarray(bytes[at + 1], bytes[at + 2]);
    }
  }
  return {
    requestId: response.requestId,
    error: response.error ?? undefined,
    result: result ?? undefined,
  };
}

/**
 * A number that JSON does not have: not a number is 0 / 0.
 *
 * @param {string} _key
 * @param {any} value
 */
function nonFinite(_key, value) {
  return typeof value?.$nonFinite === "number" ? value.$nonFinite / 0 : value;
}

/**
 * A number that may be there.
 *
 * @param {unknown} value
 */
function number(value) {
  return typeof value === "number" ? value : undefined;
}

/** @param {any} error */
function codeOf(error) {
  return error?.code;
}

/** What gives the name of the class of a typed array, and nothing of another value. */
const className = /** @type {{ get: () => string | undefined }} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
).get;

/**
 * A `Uint8Array`, of this realm or another.
 *
 * @param {unknown} value
 * @returns {value is Uint8Array}
 */
function isBytes(value) {
  return className.call(value) === "Uint8Array";
}
