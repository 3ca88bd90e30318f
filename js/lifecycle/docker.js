import { run } from "../driver.js";
import { remove, waysToRemove } from "./boxes.js";

/**
 * Wraps a client, and connects each container to a network before the caller gets it. The wrapper has the
 * fields and methods that the SDK uses.
 *
 * @param {Record<string, any>} client
 * @param {string} network
 * @returns {Record<string, unknown>}
 */
export function onNetwork(client, network) {
  /** @type {Record<string, unknown>} */
  const decorated = { backendId: client["backendId"] };
  if (client["supportsDefaultOptions"] !== undefined) {
    decorated["supportsDefaultOptions"] = client["supportsDefaultOptions"];
  }
  /** @type {Record<string, (...args: any[]) => unknown>} */
  const methods = {
    create: async (...args) => join(client, await client["create"](...args), network, true),
    resume: async (state) => join(client, await client["resume"](state), network, false),
    delete: (state) => client["delete"](state),
    serializeSessionState: (state, options) => client["serializeSessionState"](state, options),
    canPersistOwnedSessionState: (state) => client["canPersistOwnedSessionState"](state),
    canReusePreservedOwnedSession: (state) => client["canReusePreservedOwnedSession"](state),
    deserializeSessionState: (state) => client["deserializeSessionState"](state),
  };
  for (const [name, method] of Object.entries(methods)) {
    if (client[name]) decorated[name] = method;
  }
  return decorated;
}

/**
 * @param {unknown} client
 * @param {any} session
 * @param {string} network
 * @param {boolean} isCreated
 */
async function join(client, session, network, isCreated) {
  const containerId = session?.state?.containerId;
  if (typeof containerId === "string" && containerId) {
    const host = new Container(client, session);
    await run("joinNetwork", [network, containerId, isCreated], host);
  }
  return session;
}

/** The host of an operation on a container. It runs Docker's command line. */
class Container {
  #client;
  #session;

  /**
   * @param {unknown} client
   * @param {unknown} session
   */
  constructor(client, session) {
    this.#client = client;
    this.#session = session;
  }

  /** @param {string[]} argv */
  "docker.run"([program = "", ...args]) {
    const { execFile } = process.getBuiltinModule("node:child_process");
    return new Promise((resolve, reject) => {
      /** @type {(error: any, stdout: string, stderr: string) => void} */
      const ended = (error, _stdout, stderr) => {
        if (!error) resolve([0, stderr]);
        // A program that ran has an exit code, or a signal that ended it.
        else if (typeof error.code === "number" || error.signal) resolve([error.code, stderr]);
        else reject(error);
      };
      execFile(program, args, ended);
    });
  }

  "boxes.removal"() {
    return waysToRemove(this.#client, this.#session);
  }

  /** @param {"clientDelete" | "terminate" | "delete" | "close"} way */
  "boxes.remove"(way) {
    return remove(this.#client, this.#session, way);
  }
}
