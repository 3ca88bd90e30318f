import { isObserved, observed } from "../diagnostics.js";
import { ask, run } from "../driver.js";
import { failedResponse, linksOf } from "./failures.js";
import { checkFunction } from "../given.js";
import { numeric } from "../text.js";
import { decode, encode } from "./wire.js";

/**
 * @typedef {import("../../index.js").ControlRequest} ControlRequest
 * @typedef {import("../../index.js").ControlResponse} ControlResponse
 * @typedef {import("../../index.js").NatsRequestConnection} NatsRequestConnection
 *
 * @typedef {{ connection?: NatsRequestConnection, failed?: ControlResponse }} Opened
 */

/**
 * Returns the open connection of a `NatsControlRpc`. `undefined` without one, for another `controlRpc`,
 * and where the caller has replaced `request`.
 *
 * @type {(rpc: object) => NatsRequestConnection | undefined}
 */
export let connectionOf;

/**
 * Opens the connection of a `NatsControlRpc`. Resolves to it, or to the response in place of one to the
 * request that it is for; to neither for another `controlRpc`.
 *
 * @type {(rpc: object, requestId: string, timeoutMs: number) => Promise<Opened>}
 */
export let opened;

/**
 * Forgets a connection, so that the next request dials anew.
 *
 * @type {(rpc: object, connection: NatsRequestConnection) => void}
 */
let drop;

/** The connections over which requests were sent, of every `NatsControlRpc`. */
const used = new WeakSet();

/**
 * Sends a request over the connection of a `NatsControlRpc`. Returns the data of the reply, or the
 * response in its place.
 *
 * @param {object} rpc
 * @param {NatsRequestConnection} connection
 * @param {string} requestId
 * @param {string} subject
 * @param {Uint8Array} payload
 * @param {number} timeout In milliseconds.
 * @returns {Promise<{ data?: any, failed?: ControlResponse }>}
 */
export function send(rpc, connection, requestId, subject, payload, timeout) {
  const sending = () => sent(rpc, connection, requestId, subject, payload, timeout);
  // Most requests have no observer, and need no events.
  if (!isObserved("control")) return sending();
  const details = { requestId, subject, requestBytes: payload.length };
  return observed("control", "request", details, sending, ({ data, failed }) =>
    failed ? { code: failed.error?.code } : { replyBytes: data?.length },
  );
}

/** @type {typeof send} */
async function sent(rpc, connection, requestId, subject, payload, timeout) {
  used.add(connection);
  let reply;
  try {
    reply = await connection.request(subject, payload, { timeout });
  } catch (error) {
    const failure = ask("transportFailure", linksOf(error), isClosed(connection));
    if (failure.disconnect) drop(rpc, connection);
    return { failed: failedResponse(requestId, failure, [error]) };
  }
  return { data: reply?.data };
}

export class NatsControlRpc {
  static {
    const { request } = this.prototype;
    /**
     * @param {object} rpc
     * @returns {rpc is NatsControlRpc}
     */
    const isOurs = (rpc) => Object(rpc) === rpc && #connection in rpc && rpc.request === request;
    connectionOf = (rpc) => (isOurs(rpc) ? rpc.#open() : undefined);
    opened = async (rpc, ...args) => {
      if (!isOurs(rpc)) return {};
      const connection = rpc.#open();
      return connection ? { connection } : rpc.#opened(...args);
    };
    drop = (rpc, connection) => {
      // A newer connection stays.
      if (#connection in rpc && rpc.#connection === connection) rpc.#connection = undefined;
    };
  }

  #connect;
  /** @type {NatsRequestConnection | undefined} */
  #connection;
  /**
   * The dial that is under way, which all requests that wait for a connection share. It resolves to what
   * was thrown, if anything was.
   *
   * @type {Promise<unknown[]> | undefined}
   */
  #dial;
  /** How many requests wait for it. */
  #waiting = 0;
  /** How long the last of them waits, in milliseconds. */
  #patience = 0;
  /**
   * The subject that was checked last.
   *
   * @type {string | undefined}
   */
  #subject;

  /** @param {() => Promise<NatsRequestConnection | null>} connect */
  constructor(connect) {
    checkFunction("connect", connect);
    this.#connect = connect;
  }

  /**
   * @param {string} subject
   * @param {ControlRequest} req
   * @param {{ timeoutMs: number }} opts
   * @returns {Promise<ControlResponse>}
   */
  async request(subject, req, { timeoutMs }) {
    if (typeof subject !== "string" || subject !== this.#subject) {
      ask("checkSubject", subject);
      this.#subject = subject;
    }
    const { requestId } = req;
    const open = this.#open();
    const way = open ? { connection: open } : await this.#opened(requestId, timeoutMs);
    const { connection } = way;
    if (!connection) return way.failed;
    const payload = encode(req, connection.info?.max_payload);
    if (!(payload instanceof Uint8Array)) return payload;
    const { data, failed } = await send(this, connection, requestId, subject, payload, timeoutMs);
    return failed ?? decode(requestId, data);
  }

  /** The connection, unless its owner has closed it: the next request dials anew then. */
  #open() {
    const connection = this.#connection;
    if (!connection || !(isClosed(connection) || connection.isDraining?.())) return connection;
    return (this.#connection = undefined);
  }

  /**
   * Waits for a connection that requests can be sent over.
   *
   * @param {string} requestId
   * @param {number} timeoutMs
   * @returns {Promise<{ connection: NatsRequestConnection } | { connection?: never, failed: ControlResponse }>}
   */
  async #opened(requestId, timeoutMs) {
    const thrown = await this.#wait(numeric(timeoutMs));
    if (!this.#connection) {
      const failure = ask("dialFailure", thrown.flatMap(linksOf));
      return { failed: failedResponse(requestId, failure, thrown) };
    }
    const connection = this.#open();
    return connection
      ? { connection }
      : { failed: failedResponse(requestId, ask("closedFailure")) };
  }

  /**
   * Waits for a connection. Resolves to what dialling threw, if it threw anything meanwhile.
   *
   * @param {number} timeoutMs
   */
  async #wait(timeoutMs) {
    /** @type {unknown[]} */
    let thrown = [];
    const dialer = {
      "connection.connect": async () => {
        thrown = await this.#dialled();
        return this.#connection !== undefined;
      },
    };
    this.#patience = timeoutMs;
    this.#waiting++;
    try {
      await run("connect", [timeoutMs], dialer);
    } finally {
      this.#waiting--;
    }
    return thrown;
  }

  #dialled() {
    if (this.#dial) return this.#dial;
    const dial = this.#dialing();
    this.#dial = dial;
    void dial.then(() => (this.#dial = undefined));
    return dial;
  }

  async #dialing() {
    /** @type {unknown[]} */
    const thrown = [];
    try {
      const connection = (await this.#connect()) ?? undefined;
      this.#connection = connection;
      if (connection && this.#waiting === 0) this.#keep(connection);
    } catch (error) {
      // The next request dials again.
      thrown.push(error);
    }
    return thrown;
  }

  /**
   * Keeps a connection that nobody waits for, for a while.
   *
   * @param {NatsRequestConnection} connection
   */
  #keep(connection) {
    const dialer = {
      "connection.closeUnused": async () => {
        // One that is shared is closed by nobody but its owner.
        if (used.has(connection)) return;
        drop(this, connection);
        await connection.close?.();
      },
    };
    void run("keepLate", [this.#patience], dialer).catch(() => {});
  }
}

/** @param {NatsRequestConnection} connection */
function isClosed(connection) {
  return Boolean(connection.isClosed?.());
}
