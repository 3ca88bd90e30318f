// An agent on a machine: answers the control protocol over NATS, and carries out the requests. It decodes
// them with protobufjs, by the same .proto file.
import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "nats";
import protobuf from "protobufjs";
import { operations as machine } from "./machine.mjs";
import { Terminals } from "./terminals.mjs";

const PROTO = fileURLToPath(new URL("../proto/opengeni/agent/v1/control.proto", import.meta.url));

const protocol = protobuf.loadSync(PROTO);
export const ControlRequest = protocol.lookupType("opengeni.agent.v1.ControlRequest");
export const ControlResponse = protocol.lookupType("opengeni.agent.v1.ControlResponse");

/** The codes of agents' errors. */
const UNSUPPORTED = 1;
const OS = 2;
const NOT_FOUND = 3;
const CONSENT_REQUIRED = 4;
const DRAINING = 6;
const PROTOCOL = 7;
const FENCED = 10;

/** The protocol's codes of system errors. Any other system error has the code `OS`. */
const OF_SYSTEM = { ENOENT: NOT_FOUND, ENOTSUP: UNSUPPORTED };

/** Kinds of a stream. */
const PTY = 1;
const DESKTOP = 2;

const HEARTBEAT_MS = 30_000;

/** A picture of one pixel: this agent has no desktop. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

/**
 * @typedef {object} Policy What may be changed while it runs.
 * @property {number} epoch The newest epoch that it has seen. Older ones are fenced off.
 * @property {boolean} consented Whether the screen may be controlled.
 * @property {boolean} draining Whether it is about to stop.
 * @property {number} lagMs The delay of its answers, in milliseconds.
 *
 * @typedef {object} Conduct
 * @property {string[]} asked The operations that it was asked for, in order.
 * @property {string[]} answered The operations that it has answered, in order.
 * @property {() => Promise<void>} stop
 *
 * @typedef {Policy & Conduct} Agent
 *
 * @typedef {object} Here What operations work on.
 * @property {Agent} agent
 * @property {string} root
 * @property {Terminals} terminals
 * @property {string} resumeToken
 */

class Refusal extends Error {
  /**
   * @param {number} code
   * @param {string} message
   * @param {{ retryable?: boolean, detail?: Record<string, string> }} [more]
   */
  constructor(code, message, more = {}) {
    super(message);
    this.error = { code, message, retryable: false, detail: {}, ...more };
  }
}

/**
 * Starts an agent.
 *
 * @param {object} options
 * @param {string} options.url The address of the NATS server.
 * @param {string} options.subject The subject that it answers on.
 * @param {string} options.root Its workspace root, the base of empty and relative paths.
 * @param {number} [options.epoch] Default: 0.
 * @param {boolean} [options.consented] Default: `true`.
 * @returns {Promise<Agent>}
 */
export async function startAgent({ url, subject, root, epoch = 0, consented = true }) {
  const connection = await connect({
    servers: url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  const terminals = new Terminals();
  /** @type {Agent} */
  const agent = {
    epoch,
    consented,
    draining: false,
    lagMs: 0,
    asked: [],
    answered: [],
    async stop() {
      subscription.unsubscribe();
      // After the flush the server knows of it, and reports "no responders" at once. A server that is gone
      // cannot be flushed.
      await connection.flush().catch(() => {});
      await connection.close();
      await terminals.closeAll();
    },
  };
  const here = { agent, root, terminals, resumeToken: randomUUID() };
  const subscription = connection.subscribe(subject, {
    async callback(_error, message) {
      const { name, response } = await respond(here, message.data);
      if (agent.lagMs > 0) await sleep(agent.lagMs);
      if (connection.isClosed()) return;
      try {
        message.respond(ControlResponse.encode(response).finish());
      } catch (error) {
        // An answer that is too large cannot be sent, so an error is sent in its place.
        const limit = connection.info?.max_payload;
        const refusal = new Refusal(
          UNSUPPORTED,
          `the answer exceeds max_payload of ${limit} bytes`,
        );
        const { requestId } = response;
        message.respond(ControlResponse.encode({ requestId, error: refusal.error }).finish());
      }
      agent.answered.push(name);
    },
  });
  await connection.flush();
  return agent;
}

/**
 * @param {Here} here
 * @param {Uint8Array} data
 */
async function respond(here, data) {
  const { agent } = here;
  let requestId = "";
  let name = "";
  try {
    const request = ControlRequest.toObject(ControlRequest.decode(data), {
      longs: String,
      defaults: true,
      oneofs: true,
    });
    requestId = request["requestId"];
    name = request["op"];
    const { epoch } = request;
    agent.asked.push(name);
    if (epoch > 0 && epoch < agent.epoch) {
      throw new Refusal(FENCED, `epoch ${epoch} is behind ${agent.epoch}`, { retryable: true });
    }
    agent.epoch = Math.max(agent.epoch, epoch);
    if (agent.draining) throw new Refusal(DRAINING, "the agent is draining");
    if (name === undefined) throw new Refusal(PROTOCOL, "empty op");
    const result = await perform(name, request[name], here);
    return { name, response: { requestId, [name]: result } };
  } catch (error) {
    return { name, response: { requestId, error: asAgentError(error) } };
  }
}

/**
 * @param {string} name
 * @param {any} request
 * @param {Here} here
 */
function perform(name, request, here) {
  const operation = machine[name];
  if (operation) return operation(request, here.root);
  const own = operations[name];
  if (!own) throw new Refusal(UNSUPPORTED, `no ${name} here`);
  return own(request, here);
}

/** @param {any} error */
function asAgentError(error) {
  if (error instanceof Refusal) return error.error;
  const { message, errno } = error;
  const code = OF_SYSTEM[/** @type {keyof typeof OF_SYSTEM} */ (error.code)] ?? OS;
  const detail = errno === undefined ? {} : { errno: String(-errno) };
  return new Refusal(code, message, { detail }).error;
}

/**
 * The operations of the agent itself. The machine carries out all others.
 *
 * @type {Record<string, (request: any, here: Here) => any>}
 */
const operations = {
  ping: ({ nonce }) => ({ nonce, agentMonotonicMs: Math.round(performance.now()) }),

  hello: (_request, { agent: { epoch }, resumeToken }) => ({
    epoch,
    resumeToken,
    heartbeatIntervalMs: HEARTBEAT_MS,
  }),

  resume: (request, { agent: { epoch }, resumeToken }) =>
    request.resumeToken === resumeToken
      ? { accepted: true, epoch, resumeToken }
      : { accepted: false, epoch },

  async ptyOpen(request, { root, terminals }) {
    const ptyId = await terminals.open(request, path.resolve(root, request.cwd));
    return { ptyId, channel: { channelId: ptyId, kind: PTY, port: 7681 } };
  },

  async ptyWrite({ ptyId, data }, { terminals }) {
    await terminals.write(ptyId, data);
    return { bytesWritten: data.length };
  },

  async ptyResize({ ptyId, cols, rows }, { terminals }) {
    await terminals.resize(ptyId, cols, rows);
    return {};
  },

  ptyClose: async ({ ptyId }, { terminals }) => ({ exitCode: await terminals.close(ptyId) }),

  updateMayProceed: (_request, { terminals: { active } }) => ({
    mayProceed: active === 0,
    activeSessions: active,
  }),

  desktopEnsure: () => ({
    channel: { channelId: "desktop-1", kind: DESKTOP, port: 6080 },
    display: { id: ":0", width: 1024, height: 768, virtual: true },
  }),

  desktopInput(_request, { agent }) {
    if (!agent.consented) throw new Refusal(CONSENT_REQUIRED, "the owner has not agreed");
    return {};
  },

  desktopScreenshot: () => ({ png: PIXEL, width: 1, height: 1 }),
};
