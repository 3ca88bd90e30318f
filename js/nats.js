import core from "../native.js";
import { errorResponse, offlineControlResponse } from "./control.js";
import { ask, finish, run } from "./driver.js";
import { messageOf, text } from "./text.js";

/**
 * @typedef {import("../index.js").ControlRequest} ControlRequest
 * @typedef {import("../index.js").ControlResponse} ControlResponse
 * @typedef {import("../index.js").NatsRequestConnection} NatsRequestConnection
 */

export class NatsControlRpc {
  #connect;
  /** @type {NatsRequestConnection | undefined} */
  #connection;
  /**
   * The dial that is under way, which all requests share that wait for a connection.
   *
   * @type {Promise<boolean> | undefined}
   */
  #dial;
  #dialer = { "connection.connect": () => this.#dialed() };

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
    // There mostly is a connection.
    if (!this.#connection) await run("connect", [Number(timeoutMs)], this.#dialer);
    const connection = this.#connection;
    if (!connection) return offlineControlResponse(requestId);
    const payload = encoded(req, connection.info?.max_payload);
    // An error in the agent's name: it is not sent.
    if (typeof payload === "string") return errorResponse(requestId, finish(payload));
    let reply;
    try {
      reply = await connection.request(subject, payload, { timeout: timeoutMs });
    } catch (error) {
      const failure = ask("transportFailure", text(codeOf(error)), messageOf(error));
      // A connection made meanwhile is another.
      if (failure.disconnect && this.#connection === connection) this.#connection = undefined;
      return errorResponse(requestId, failure.error);
    }
    return decoded(requestId, reply?.data);
  }

  /** Whether there is a connection, once the dial has ended. */
  #dialed() {
    if (this.#dial) return this.#dial;
    const dial = this.#dialing();
    this.#dial = dial;
    void dial.then(() => (this.#dial = undefined));
    return dial;
  }

  async #dialing() {
    try {
      this.#connection = (await this.#connect()) ?? undefined;
    } catch {
      // The next request dials again.
    }
    return this.#connection !== undefined;
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
