import { errorResponse, offlineControlResponse } from "./control.js";
import { ask, run } from "../driver.js";
import { messageOf, numeric, text } from "../text.js";
import { decode, encode } from "./wire.js";

/**
 * @typedef {import("../../index.js").ControlRequest} ControlRequest
 * @typedef {import("../../index.js").ControlResponse} ControlResponse
 * @typedef {import("../../index.js").NatsRequestConnection} NatsRequestConnection
 */

/**
 * Returns the connection of a `NatsControlRpc`. `undefined` without a connection, for another
 * `controlRpc`, and where the caller has replaced `request`.
 *
 * @type {(rpc: object) => NatsRequestConnection | undefined}
 */
export let connectionOf;

/**
 * Forgets a lost connection, so that the next request dials anew.
 *
 * @type {(rpc: object, connection: NatsRequestConnection) => void}
 */
export let dropConnection;

export class NatsControlRpc {
  static {
    const { request } = this.prototype;
    connectionOf = (rpc) =>
      Object(rpc) === rpc && #connection in rpc && rpc.request === request
        ? rpc.#connection
        : undefined;
    dropConnection = (rpc, connection) => {
      // A newer connection stays.
      if (#connection in rpc && rpc.#connection === connection) rpc.#connection = undefined;
    };
  }

  #connect;
  /** @type {NatsRequestConnection | undefined} */
  #connection;
  /**
   * The dial that is under way. All requests that wait for a connection share it.
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
    if (!this.#connection) await run("connect", [numeric(timeoutMs)], this.#dialer);
    const connection = this.#connection;
    if (!connection) return offlineControlResponse(requestId);
    const payload = encode(req, connection.info?.max_payload);
    if (!(payload instanceof Uint8Array)) return payload;
    let reply;
    try {
      reply = await connection.request(subject, payload, { timeout: timeoutMs });
    } catch (error) {
      const failure = ask("transportFailure", text(codeOf(error)), messageOf(error));
      if (failure.disconnect) dropConnection(this, connection);
      return errorResponse(requestId, failure.error);
    }
    return decode(requestId, reply?.data);
  }

  /** Dials, or joins the dial that is under way. Resolves to whether there is a connection. */
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

/** @param {any} error */
export function codeOf(error) {
  return error?.code;
}
