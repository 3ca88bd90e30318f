/**
 * @typedef {import("../../index.js").ControlRequest} ControlRequest
 * @typedef {import("../../index.js").ControlResponse} ControlResponse
 * @typedef {import("../../index.js").MockAgentResponderOptions} MockAgentResponderOptions
 * @typedef {import("../../index.js").MockExecHandler} MockExecHandler
 */

/** The codes of agents' errors. */
const UNSUPPORTED = 1;
const NOT_FOUND = 3;
const DRAINING = 6;
const PROTOCOL = 7;
const AGENT_OFFLINE = 9;

/** The kind of a file's entry. */
const FILE = 1;
const MODE = 0o644;

export class MockAgentResponder {
  /** @type {{ subject: string, req: ControlRequest }[]} */
  requests = [];
  #isOnline;
  #isDraining;
  #exec;
  /** @type {Map<string, Uint8Array>} */
  #files;

  /** @param {MockAgentResponderOptions} [opts] */
  constructor({
    online = true,
    draining = false,
    files = {},
    exec,
    hostname = "mock-machine",
  } = {}) {
    this.hostname = hostname;
    this.#isOnline = online;
    this.#isDraining = draining;
    this.#exec = exec ?? this.#echo;
    const stored = Object.entries(files).map(
      ([path, content]) =>
        /** @type {const} */ ([
          key(path),
          typeof content === "string" ? new TextEncoder().encode(content) : content,
        ]),
    );
    this.#files = new Map(stored);
  }

  /** @param {boolean} online */
  setOnline(online) {
    this.#isOnline = online;
  }

  /** @param {string} path */
  fileText(path) {
    const content = this.#files.get(key(path));
    return content && new TextDecoder().decode(content);
  }

  /**
   * @param {string} subject
   * @param {ControlRequest} req
   * @param {{ timeoutMs: number }} _opts
   * @returns {Promise<ControlResponse>}
   */
  async request(subject, req, _opts) {
    this.requests.push({ subject, req });
    const { requestId } = req;
    const answer = await this.#answer(req.op);
    return "$case" in answer
      ? { requestId, error: undefined, result: answer }
      : { requestId, error: { ...answer, detail: {} }, result: undefined };
  }

  /**
   * Returns the result of an operation, or the error.
   *
   * @param {any} op
   * @returns {Promise<any>}
   */
  async #answer(op) {
    if (!this.#isOnline) return refusal(AGENT_OFFLINE, "the enrolled agent is offline");
    if (this.#isDraining) return { ...refusal(DRAINING, "the agent is draining"), retryable: true };
    if (!op) return refusal(PROTOCOL, "empty op");
    const { $case } = op;
    switch ($case) {
      case "ping":
        return { $case, ping: { nonce: op.ping.nonce, agentMonotonicMs: "0" } };
      case "exec":
        return { $case, exec: await this.#exec(op.exec) };
      case "fsRead":
        return this.#read(op.fsRead);
      case "fsWrite":
        return { $case, fsWrite: this.#write(op.fsWrite) };
      case "fsList":
        return { $case, fsList: { entries: this.#list(op.fsList) } };
      case "fsStat":
        return { $case, fsStat: this.#stat(op.fsStat) };
      case "desktopEnsure":
        return {
          $case,
          desktopEnsure: {
            channel: channel("mock-desktop", 6080),
            display: { id: ":99", width: 1024, height: 768, virtual: true },
          },
        };
      case "ptyOpen":
        return { $case, ptyOpen: { ptyId: "mock-pty", channel: channel("mock-pty", 7681) } };
      default:
        return refusal(UNSUPPORTED, `mock does not implement ${$case}`);
    }
  }

  /** @type {MockExecHandler} */
  #echo = ({ command }) => {
    const joined = command.join(" ");
    const line = /hostname|HOSTNAME/.test(joined) ? this.hostname : joined;
    return {
      exitCode: 0,
      stdout: new TextEncoder().encode(`${line}\n`),
      stderr: new Uint8Array(0),
      timedOut: false,
      durationMs: "1",
    };
  };

  /** @param {{ path: string }} request */
  #read({ path }) {
    const content = this.#files.get(key(path));
    if (!content) return refusal(NOT_FOUND, `no such file: ${path}`);
    return { $case: "fsRead", fsRead: { content, totalSize: String(content.length) } };
  }

  /** @param {{ path: string, content: Uint8Array, append: boolean }} request */
  #write({ path, content, append }) {
    const before = (append && this.#files.get(key(path))) || new Uint8Array(0);
    const after = new Uint8Array(before.length + content.length);
    after.set(before);
    after.set(content, before.length);
    this.#files.set(key(path), after);
    return { bytesWritten: String(content.length) };
  }

  /** @param {{ path: string }} request */
  #list({ path }) {
    const directory = key(path) === "/" ? "/" : `${key(path)}/`;
    return [...this.#files]
      .filter(([file]) => file.startsWith(directory))
      .map(([file, content]) => entry(file.slice(directory.length), content));
  }

  /** @param {{ path: string }} request */
  #stat({ path }) {
    const content = this.#files.get(key(path));
    return { exists: content !== undefined, entry: content && entry(path, content) };
  }
}

/**
 * The key of a file: its path with a slash at the beginning and none at the end.
 *
 * @param {string} path
 */
function key(path) {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
}

/**
 * @param {string} path
 * @param {Uint8Array} content
 */
function entry(path, content) {
  return {
    name: path.slice(path.lastIndexOf("/") + 1),
    path,
    kind: FILE,
    size: String(content.length),
    modifiedMs: "0",
    mode: MODE,
  };
}

/**
 * @param {string} channelId
 * @param {number} port
 */
function channel(channelId, port) {
  return { channelId, workspaceId: "", agentId: "", kind: 1, port };
}

/**
 * @param {number} code
 * @param {string} message
 */
function refusal(code, message) {
  return { code, message, retryable: false };
}
