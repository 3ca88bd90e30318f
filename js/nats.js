import { setTimeout } from "node:timers/promises";
import core from "../native.js";
import { errorResponse, offlineControlResponse } from "./control.js";
import { messageOf, text } from "./text.js";
import { decode, encode } from "./wire.js";

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
    const payload = encode(req, connection.info?.max_payload);
    if (!(payload instanceof Uint8Array)) return payload;
    let reply;
    try {
      reply = await connection.request(subject, payload, { timeout: timeoutMs });
    } catch (error) {
      const failure = JSON.parse(core.transportFailure(text(codeOf(error)), messageOf(error)));
      // A connection made meanwhile is another.
      if (failure.disconnect && this.#connection === connection) this.#connection = undefined;
      return errorResponse(requestId, failure.error);
    }
    return decode(requestId, reply?.data);
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

/** @param {any} error */
function codeOf(error) {
  return error?.code;
}
