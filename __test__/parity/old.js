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

  /** @param {string} [runAs] */
  createEditor(runAs) {
    return this.#cached?.resolved.session.createEditor?.(runAs);
  }

  /** @param {unknown} args */
  readFile(args) {
    return this.#dispatch("readFile", args);
  }

  /** @param {unknown} args */
  writeFile(args) {
    return this.#dispatch("writeFile", args);
  }

  /** @param {unknown} args */
  exec(args) {
    return this.#dispatch("exec", args, "execCommand");
  }

  /** @param {unknown} args */
  async execCommand(args) {
    const result = await this.#dispatch("execCommand", args, "exec");
    if (typeof this.#cached.resolved.session.execCommand === "function") return result;
    return result.stdout ?? result.output ?? "";
  }

  /** @param {unknown} args */
  writeStdin(args) {
    return this.#dispatch("writeStdin", args);
  }

  /**
   * @param {string} op
   * @param {unknown} args
   * @param {string} [other] The method to call where there is no such one.
   */
  async #dispatch(op, args, other = op) {
    let last;
    for (let attempt = 0; attempt <= (this.#deps.maxFenceRetries ?? 3); attempt++) {
      const resolved = await this.#resolve();
      try {
        const method = resolved.session[op] ? op : other;
        if (!resolved.session[method]) {
          const kind = this.#cached?.resolved.kind ?? "unknown";
          throw new Error(`the active sandbox (${kind}) does not support "${op}"`);
        }
        return await resolved.session[method](args);
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
function mapPath(path, workingDir) {
  const base = workingDir.replace(/\/$/, "");
  const join = (/** @type {string} */ rest) => (base ? `${base}/${rest}` : rest);
  if (path === "" || path === "/workspace") return base;
  if (path.startsWith("/workspace/")) return join(path.slice("/workspace/".length));
  return path.startsWith("/") ? path : join(path);
}

/** A session with a machine. */
export class Session {
  #deps;

  /** @param {any} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  /** @param {{ cmd: string, workdir?: string }} args */
  async exec({ cmd, workdir = "" }) {
    const place = { cwd: mapPath(workdir, ""), env: {}, stdin: new Uint8Array(0) };
    const asked = { command: [cmd], shell: true, ...place, timeoutMs: 0 };
    const { exitCode, ...printed } = await this.#ask("exec", asked);
    const [stdout, stderr] = [printed.stdout, printed.stderr].map(lenient);
    return { output: stdout, stdout, stderr, exitCode };
  }

  /** @param {{ path: string, maxBytes?: number }} args */
  async readFile({ path, maxBytes }) {
    const length = maxBytes ? `${maxBytes}` : "0";
    const asked = { path: mapPath(path, ""), offset: "0", length };
    return (await this.#ask("fsRead", asked)).content;
  }

  /** @param {{ path: string, content: string }} args */
  async writeFile({ path, content: text }) {
    const [content, flags] = [utf8(text), { createParents: true, append: false, mode: 0 }];
    await this.#ask("fsWrite", { path: mapPath(path, ""), content, ...flags });
  }

  /** @param {number} port */
  async resolveExposedPort(port) {
    const { workspaceId: ws, agentId: agent } = this.#deps;
    const { channel } = await this.#ask("ptyOpen", {});
    const query = { ws, agent, port, channel: channel?.channelId ?? `${ws}:${agent}:${port}` };
    return {
      query: Object.entries(query)
        .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
        .join("&"),
    };
  }

  createEditor() {
    return {
      updateFile: async (/** @type {any} */ { path, moveTo, diff }) => {
        const destination = moveTo ?? path;
        const current = lenient(await this.readFile({ path }));
        await this.writeFile({ path: destination, content: this.#deps.applyDiff(current, diff) });
        if (moveTo && destination !== path) await this.#remove(path);
      },
      deleteFile: async (/** @type {any} */ { path }) => this.#remove(path),
    };
  }

  /** @param {string} path */
  async #remove(path) {
    await this.exec({ cmd: `rm -rf -- '${mapPath(path, "").replaceAll("'", "'\\''")}'` });
  }

  /**
   * @param {string} $case
   * @param {object} asked
   */
  async #ask($case, asked) {
    const request = { requestId: "r1", op: { $case, [$case]: asked } };
    const options = { timeoutMs: this.#deps.timeoutMs ?? 30_000 };
    const subject = `agent.${this.#deps.workspaceId}.${this.#deps.agentId}.rpc`;
    const { error, result } = await this.#deps.controlRpc.request(subject, request, options);
    if (!error && result) {
      if (result.$case === $case) return result[$case];
      throw new Error(`unexpected result ${result.$case}`);
    }
    if (!error) throw new Error("agent returned an empty control response");
    const isTimeout = error.code === 5;
    const retryable = isTimeout || error.retryable;
    const reason = isTimeout ? "agent_reconnecting" : null;
    throw Object.assign(new Error(error.message), { code: error.code, reason, retryable });
  }
}

/** @param {Uint8Array} bytes */
function lenient(bytes) {
  return new TextDecoder().decode(bytes);
}

/** @param {string} text */
function utf8(text) {
  return new TextEncoder().encode(text);
}

/**
 * How fields of a message are written, by kind.
 *
 * @type {Record<string, (number: number, value: any) => number[]>}
 */
const FIELDS = {
  text: (number, value) => (value === "" ? [] : block(number, utf8(String(value)))),
  texts: (number, values) => values.flatMap((/** @type {string} */ v) => block(number, utf8(v))),
  bytes: (number, value) => (value.length === 0 ? [] : block(number, value)),
  flag: (number, value) => (value === false ? [] : [number * 8, value ? 1 : 0]),
  whole: (number, value) => {
    if (!(Number.isInteger(value) && value >= 0)) throw new Error(`invalid uint32: ${value}`);
    return value === 0 ? [] : [number * 8, ...varint(value)];
  },
  map: (number, value) =>
    Object.entries(value).flatMap((entry) => block(number, fields(["text", "text"], entry))),
};

/**
 * The fields of some operations, in the order of their numbers.
 *
 * @type {Record<string, [number, Record<string, string>]>}
 */
const OPERATIONS = {
  exec: [
    13,
    {
      command: "texts",
      shell: "flag",
      cwd: "text",
      env: "map",
      stdin: "bytes",
      timeoutMs: "whole",
    },
  ],
  fsWrite: [
    15,
    { path: "text", content: "bytes", createParents: "flag", append: "flag", mode: "whole" },
  ],
  fsList: [16, { path: "text", recursive: "flag" }],
  fsStat: [19, { path: "text" }],
  ptyOpen: [
    22,
    { command: "texts", cwd: "text", env: "map", cols: "whole", rows: "whole", term: "text" },
  ],
  ptyWrite: [23, { ptyId: "text", data: "bytes" }],
  desktopEnsure: [26, { width: "whole", height: "whole" }],
};

/**
 * A request as it was sent.
 *
 * @param {any} request
 */
export function encodeRequest({ requestId, epoch, op }) {
  const [number = 0, kinds] = OPERATIONS[op.$case] ?? [];
  const message = kinds && Object.keys(kinds).map((field) => op[op.$case][field]);
  return Uint8Array.from([
    ...fields(["text", "whole"], [requestId, epoch]),
    ...(message ? block(number, fields(Object.values(kinds), message)) : []),
  ]);
}

/**
 * @param {string[]} kinds
 * @param {any[]} values
 * @returns {number[]}
 */
function fields(kinds, values) {
  return kinds.flatMap((kind, index) => FIELDS[kind]?.(index + 1, values[index]) ?? []);
}

/**
 * @param {number} number
 * @param {Iterable<number>} content
 */
function block(number, content) {
  const bytes = [...content];
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

/**
 * @param {number} value
 * @returns {number[]}
 */
function varint(value) {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/**
 * The part of a message that was read: up to a zero tag, or the end of a group.
 *
 * @param {Uint8Array} message Of texts and blocks.
 */
export function readPart(message) {
  let at = 0;
  while (at < message.length) {
    const tag = message[at] ?? 0;
    if (tag === 0 || tag % 8 === 4) break;
    at += 2 + (message[at + 1] ?? 0);
  }
  return message.slice(0, at);
}

/**
 * @param {any} table
 * @param {string} backend
 */
export function selectBackend(table, backend) {
  const row = table[backend];
  if (!row) throw new Error(`Unknown sandbox backend "${backend}"`);
  return row;
}

/**
 * @param {any} table
 * @param {string} name
 */
export function desktopCapableBackend(table, name) {
  const row = table[name] ?? Object.values(table).find(({ backendId }) => backendId === name);
  return row ? row.capabilities.DesktopStream.available : false;
}

/** @param {any} now */
export function negotiatedAt(now) {
  return (now ?? new Date()).toISOString();
}

/** @param {any} descriptor @param {string} os */
export function backendSupportsOs(descriptor, os) {
  return descriptor.os.supported.includes(os);
}

/** @param {any} lastSeenAt */
export function lastSeen(lastSeenAt) {
  return lastSeenAt ? new Date(lastSeenAt).getTime() : 0;
}

/** @param {any} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error.message ?? "");
}

const GONE = [
  ...["not found", "no longer running", "no longer exists", "does not exist", "doesn't exist"],
  ...["has been terminated", "was terminated", "is terminated", "sandbox terminated", "notfound"],
  ...["sandbox_not_found", "box no longer running"],
];
const THERE = ["already running", "still running", "already exists"];

/** Whether an error says that a box is gone. */
export const isGone = (/** @type {any} */ error) => {
  if (!error) return false;
  if ((error.status ?? error.statusCode) === 404) return true;
  const worded = (/** @type {unknown} */ value) => (typeof value === "string" ? value : "");
  const message = typeof error === "string" ? error : String(error.message ?? "");
  const text = `${worded(error.name)} ${worded(error.code)} ${message}`.toLowerCase();
  if (THERE.some((words) => text.includes(words))) return false;
  return GONE.some((words) => text.includes(words));
};

/** The names of a box that make an envelope one to resume. */
const BOX_NAMES = ["sandboxId", "instanceId", "id", "containerId"];

/**
 * Establishes a session: what is restored of a box is what the client restores, whatever it is.
 *
 * @param {any} client
 * @param {any} sessionState
 */
export async function establish(client, sessionState) {
  const archive = sessionState.workspaceArchive;
  const named = BOX_NAMES.some((name) => sessionState.providerState?.[name]);
  let state;
  if (named) {
    state = await client.deserializeSessionState(restored(sessionState));
    try {
      const session = await client.resume(state);
      return { session, sessionState: state };
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  const session = await client.create({});
  if (archive && typeof session.hydrateWorkspace === "function") {
    try {
      await session.hydrateWorkspace(Uint8Array.from(Buffer.from(archive, "base64")));
    } catch (error) {
      const { close } = session;
      try {
        if (client.delete && session.state) await client.delete(session.state);
        else await close?.();
      } catch {
        // Nothing more is done.
      }
      throw error;
    }
  }
  return { session, sessionState: session.state ?? state };
}

/**
 * What a client reads of an envelope.
 *
 * @param {any} envelope
 */
export function restored({ providerState, manifest, workspaceReady, exposedPorts }) {
  return { ...providerState, manifest, workspaceReady, ...(exposedPorts && { exposedPorts }) };
}

/**
 * The entry of a run state.
 *
 * @param {any} sandbox
 */
export function entryOf(sandbox) {
  const { currentAgentKey, sessionsByAgent, sessionState } = sandbox;
  const candidate =
    sessionsByAgent?.[currentAgentKey] ??
    (currentAgentKey &&
      sessionState && {
        currentAgentKey,
        sessionState,
      });
  return candidate?.sessionState ? candidate : null;
}

/**
 * Connects a new container to a network; one that is not connected is left as it is.
 *
 * @param {any} session
 * @param {() => void} connect
 */
export async function connected(session, connect) {
  connect();
  return session;
}

/**
 * The variables of a box.
 *
 * @param {string[]} names
 * @param {any} source
 */
export function environment(names, source) {
  /** @type {any} */
  const found = {};
  for (const name of names) if (source[name]) found[name] = source[name];
  return found;
}
