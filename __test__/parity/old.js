// What the old module did where this one does otherwise and the module itself is not at hand: its
// rules, in as few lines as show them.

/** @param {any} error */
export function isFence(error) {
  if (typeof error !== "object" || error === null) return false;
  if (error.fenced === true) return true;
  const text = `${error.name ?? ""} ${error.message ?? ""}`.toLowerCase();
  return text.includes("fenced") || (text.includes("epoch") && text.includes("super"));
}

/** Follows a pointer; the epoch alone is the key, and whoever resolves last is kept. */
export class Router {
  /** @type {any} */
  #cached;
  #deps;

  /** @param {import("../../index.js").RoutingSandboxSessionDeps} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  get state() {
    return this.#cached?.resolved.session.state ?? {};
  }

  /** @param {unknown} args */
  readFile(args) {
    return this.#dispatch("readFile", args);
  }

  /** @param {unknown} args */
  writeFile(args) {
    return this.#dispatch("writeFile", args);
  }

  /**
   * @param {string} op
   * @param {unknown} args
   */
  async #dispatch(op, args) {
    let last;
    for (let attempt = 0; attempt < 4; attempt++) {
      const resolved = await this.#resolve();
      try {
        if (!resolved.session[op]) {
          const kind = this.#cached?.resolved.kind ?? "unknown";
          throw new Error(`the active sandbox (${kind}) does not support "${op}"`);
        }
        return await resolved.session[op](args);
      } catch (error) {
        if (!isFence(error)) throw error;
        last = error;
      }
      this.#cached = undefined;
      this.#emit({ type: "fenced-retry", fromEpoch: 0, toEpoch: 0 }, resolved);
    }
    throw last;
  }

  /** @returns {Promise<any>} */
  async #resolve() {
    const pointer = await this.#deps.readPointer();
    const toEpoch = pointer.activeEpoch;
    if (this.#cached?.epoch === toEpoch) return this.#cached.resolved;
    const fromEpoch = this.#cached?.epoch ?? toEpoch;
    const resolved = await this.#deps.resolveActiveBackend(pointer);
    this.#cached = { epoch: toEpoch, resolved };
    const type = fromEpoch === toEpoch ? "resolved" : "epoch-changed";
    this.#emit({ type, fromEpoch, toEpoch }, resolved);
    return resolved;
  }

  /**
   * @param {any} transition
   * @param {any} backend
   */
  #emit(transition, { sandboxId, kind }) {
    this.#deps.onTransition?.({ ...transition, sandboxId, kind });
  }
}

/** Asks over NATS; a reply is whatever `read` makes of it. */
export class NatsControlRpc {
  /** @type {any} */
  #connection;
  #connect;
  #read;

  /**
   * @param {() => Promise<any>} connect
   * @param {(data: Uint8Array) => any} read
   */
  constructor(connect, read) {
    this.#connect = connect;
    this.#read = read;
  }

  /**
   * @param {string} subject
   * @param {any} req
   * @param {{ timeoutMs: number }} opts
   */
  async request(subject, { requestId }, { timeoutMs }) {
    const offline = { requestId, error: { code: 9 }, result: undefined };
    if (this.#connection === undefined) {
      this.#connection = await this.#dial();
    }
    if (!this.#connection) return offline;
    try {
      const payload = new Uint8Array(0);
      const reply = await this.#connection.request(subject, payload, { timeout: timeoutMs });
      return this.#read(reply.data);
    } catch {
      this.#connection = undefined;
      return offline;
    }
  }

  async #dial() {
    try {
      return await this.#connect();
    } catch {
      return null;
    }
  }
}

/**
 * A path on the machine.
 *
 * @param {string} path
 * @param {string} workingDir
 */
export function mapPath(path, workingDir) {
  const base = workingDir.replace(/\/$/, "");
  const join = (/** @type {string} */ rest) => (base ? `${base}/${rest}` : rest);
  if (path === "" || path === "/workspace") return base;
  if (path.startsWith("/workspace/")) return join(path.slice("/workspace/".length));
  return path.startsWith("/") ? path : join(path);
}

/**
 * What the editor asks of the machine to update a file.
 *
 * @param {{ path: string, moveTo?: string }} op
 * @param {Uint8Array} content
 * @param {(text: string) => string} change
 */
export function updateFile({ path, moveTo }, content, change) {
  const destination = moveTo ?? path;
  const written = new TextEncoder().encode(change(new TextDecoder().decode(content)));
  const isRenamed = Boolean(moveTo) && destination !== path;
  return {
    write: mapPath(destination, ""),
    content: written,
    command: isRenamed ? deleteCommand(path) : undefined,
  };
}

/** @param {string} path */
export function deleteCommand(path) {
  return `rm -rf -- '${mapPath(path, "").replaceAll("'", "'\\''")}'`;
}
