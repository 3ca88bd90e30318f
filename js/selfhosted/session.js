import core from "../../native.js";
import { MACHINE, remember } from "../recording/channels.js";
import { ask, clocks, inquire, run } from "../driver.js";
import { newEditor } from "./editor.js";
import { checkFunction, given } from "../given.js";
import { loadSdk, newManifest } from "./manifest.js";
import { deliveryOf } from "./failures.js";
import { connectionOf, opened, send } from "./nats.js";
import { isBytes, numeric, spelled, text, worded } from "../text.js";
import { handOver } from "./wire.js";

/**
 * @typedef {import("../../index.js").ControlRequest} ControlRequest
 * @typedef {import("../../index.js").ControlRpc} ControlRpc
 * @typedef {import("../../index.js").NatsRequestConnection} NatsRequestConnection
 * @typedef {import("../../index.js").SelfhostedExecArgs} SelfhostedExecArgs
 * @typedef {import("../../index.js").SelfhostedOpEvent} SelfhostedOpEvent
 * @typedef {import("../../index.js").SelfhostedRelayConfig} SelfhostedRelayConfig
 * @typedef {import("../../index.js").SelfhostedSessionBuild} SelfhostedSessionBuild
 * @typedef {import("../../index.js").SelfhostedSessionDeps} SelfhostedSessionDeps
 */

const { ENTRY_TYPES, RELAY_PORTS, VIRTUAL_ROOT, ...constants } = ask("constants");
export const { SELFHOSTED_DEFAULT_TIMEOUT_MS, SELFHOSTED_RELAY_STREAM_PATH } = constants;

/** Ill-formed UTF-8 becomes U+FFFD. */
const lenient = new TextDecoder();

/** The agent of one operation, and what it answered. */
class Agent {
  /** @type {any} */
  result;
  /** @type {any} */
  agentError;
  #rpc;
  #epoch;
  #held;
  #onOp;
  /** A connection to the agent, where it is there. */
  #connection;
  /**
   * The response to the next request, where there is no connection for it.
   *
   * @type {import("../../index.js").ControlResponse | undefined}
   */
  #failedOpening;
  #requestId;
  /** When the request began, by the steady clock, where it is observed. */
  #begunMs = 0;

  /**
   * @param {ControlRpc} rpc
   * @param {number} epoch
   * @param {unknown} [held] The field of the operation that is the caller's own.
   * @param {(event: SelfhostedOpEvent) => void} [onOp]
   */
  constructor(rpc, epoch, held, onOp) {
    this.#rpc = rpc;
    this.#epoch = epoch;
    this.#held = held;
    this.#onOp = onOp;
    this.#connection = connectionOf(rpc);
    this.#requestId = crypto.randomUUID();
    if (onOp) this.#begunMs = clocks()[1];
  }

  /** @returns {[string, number, number | undefined] | undefined} */
  get direct() {
    if (!this.#connection || typeof this.#epoch !== "number") return undefined;
    const most = this.#connection.info?.max_payload;
    return [this.#requestId, this.#epoch, typeof most === "number" ? most : undefined];
  }

  /**
   * @param {string} subject
   * @param {Uint8Array} payload
   * @param {number} timeout
   */
  async "connection.request"(subject, payload, timeout) {
    const connection = /** @type {NatsRequestConnection} */ (this.#connection);
    const requestId = this.#requestId;
    const sent = await send(this.#rpc, connection, requestId, subject, payload, timeout);
    if (sent.failed) return this.#failed(sent.failed.error);
    return handOver(requestId, sent.data, ({ error, result }) => {
      this.agentError = error;
      this.result = result && /** @type {any} */ (result)[result.$case];
    });
  }

  /** @param {number} timeoutMs */
  async "rpc.open"(timeoutMs) {
    const { connection, failed } = await opened(this.#rpc, this.#requestId, timeoutMs);
    this.#connection = connection;
    this.#failedOpening = failed;
    return this.direct;
  }

  "rpc.renew"() {
    this.agentError = this.result = this.#failedOpening = undefined;
    this.#connection = connectionOf(this.#rpc);
    this.#requestId = crypto.randomUUID();
    if (this.#onOp) this.#begunMs = clocks()[1];
    return this.direct;
  }

  /** @param {string} json */
  "rpc.observe"(json) {
    const event = { ...JSON.parse(json), requestId: this.#requestId };
    event.ms = clocks()[1] - this.#begunMs;
    // An observer fails nothing, at once or later.
    void (async () => this.#onOp?.(event))().catch(() => {});
  }

  /**
   * @param {string} subject
   * @param {string} json
   * @param {number} timeoutMs
   * @param {string | null} held
   * @returns {Promise<unknown[]>}
   */
  async "rpc.request"(subject, json, timeoutMs, held) {
    const op = JSON.parse(json);
    if (held != null) op[op.$case][held] = this.#held;
    /** @type {ControlRequest} */
    const request = { requestId: this.#requestId, epoch: this.#epoch, op };
    const { error, result } =
      this.#failedOpening ?? (await this.#rpc.request(subject, request, { timeoutMs }));
    if (error) return this.#failed(error);
    const $case = result?.$case;
    if ($case == null) return [];
    if ($case !== op.$case) return [null, null, null, spelled($case)];
    this.result = /** @type {any} */ (result)[$case];
    const { timedOut, channel, content, totalSize, entry } = this.result;
    const kind = typeof channel?.kind === "number" ? channel.kind : undefined;
    return [
      ...[null, null, null, $case, timedOut && true, text(channel?.channelId), kind],
      ...[isBytes(content) ? content.length : undefined, spelled(totalSize)],
      entry ? `${spelled(entry.size)} ${spelled(entry.modifiedMs)}` : undefined,
    ];
  }

  /**
   * The answer for an error.
   *
   * @param {any} error
   */
  #failed(error) {
    const { code, message, retryable } = (this.agentError = error);
    const parts = [numeric(code), text(message), Boolean(retryable)];
    return [...parts, ...Array(7).fill(null), deliveryOf(error)];
  }
}

/** The agent that a file is read from, and what there is of the file. */
class FileAgent extends Agent {
  #bytes = new Uint8Array(0);
  /** The bytes of the reading before. */
  #before = this.#bytes;

  /** @param {number} length */
  "file.begin"(length) {
    this.#before = this.#bytes;
    this.#bytes = new Uint8Array(length);
  }

  /** @param {number} offset */
  "file.put"(offset) {
    this.#bytes.set(this.result.content, offset);
  }

  "file.agrees"() {
    const { length } = this.#before;
    return Buffer.compare(this.#before, this.#bytes.subarray(0, length)) === 0;
  }

  /**
   * The bytes of the file: those of the last response, or the first ones that were put together.
   *
   * @param {number | null} length
   */
  content(length) {
    if (length === null) return this.result.content;
    return length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, length);
  }
}

export class SelfhostedSession {
  /** @type {"selfhosted"} */
  backendId = "selfhosted";
  #controlRpc;
  #relay;
  #epoch;
  #timeoutMs;
  #execTimeoutMs;
  #workingDir;
  #retry;
  #onOp;

  /** @param {SelfhostedSessionDeps} deps */
  constructor(deps) {
    const { workspaceId, agentId, controlRpc } = given("deps", deps);
    given("deps.controlRpc", controlRpc);
    const environment = deps.environment ?? {};
    this.workspaceId = workspaceId;
    this.agentId = agentId;
    this.#controlRpc = controlRpc;
    this.#relay = deps.relay;
    this.#epoch = deps.epoch ?? 0;
    this.#timeoutMs = deps.timeoutMs ?? SELFHOSTED_DEFAULT_TIMEOUT_MS;
    this.#execTimeoutMs = deps.execTimeoutMs;
    this.#workingDir = ask("workingDir", workspaceId, agentId, deps.workingDir);
    const { retry = false } = deps;
    this.#retry = retry === false ? undefined : inquire("retryPolicy", retry);
    this.#onOp = deps.onOp ?? undefined;
    // An agent may say nothing in place of a longer answer, which takes until the end of the wait.
    remember(this, MACHINE);
    this.state = {
      agentId,
      instanceId: agentId,
      manifest: newManifest({ root: VIRTUAL_ROOT, entries: {}, environment }),
      environment,
    };
  }

  /** @param {SelfhostedExecArgs} args */
  async exec(args) {
    const { exitCode, durationMs, ...result } = await this.#exec(args);
    const [stdout, stderr] = [lenient.decode(result.stdout), lenient.decode(result.stderr)];
    const wallTimeSeconds = (Number(durationMs) || 0) / 1000;
    return { output: stdout, stdout, stderr, exitCode, wallTimeSeconds };
  }

  /** @param {SelfhostedExecArgs} args */
  async execCommand(args) {
    const { stdout } = await this.#exec(args);
    return lenient.decode(stdout);
  }

  /** @param {{ path: string, runAs?: string, maxBytes?: number }} args */
  async readFile({ path, maxBytes }) {
    const agent = new FileAgent(this.#controlRpc, this.#epoch, undefined, this.#onOp);
    const length = await run("readFile", [this.#place(), agent.direct, path, maxBytes], agent);
    return agent.content(length);
  }

  /** @param {{ path: string, content: string | Uint8Array, createParents?: boolean, append?: boolean }} args */
  async writeFile({ path, content: given, createParents, append }) {
    const content = typeof given === "string" ? new TextEncoder().encode(given) : given;
    const flags = /** @type {const} */ ([Boolean(createParents ?? true), Boolean(append)]);
    const { bytesWritten } = await this.#ask("writeFile", [path, ...flags], content);
    return Number(bytesWritten);
  }

  /** @param {{ path: string, recursive?: boolean }} args */
  async listFiles({ path, recursive }) {
    const fsList = await this.#ask("listFiles", [path, Boolean(recursive)]);
    return { $case: "fsList", fsList };
  }

  /** @param {{ path: string, runAs?: string }} args */
  async listDir({ path }) {
    const { fsList } = await this.listFiles({ path });
    /** @type {{ name: string, path: string, kind: number }[]} */
    const entries = fsList.entries;
    return entries.map(({ name, path, kind }) => ({
      name,
      path,
      type: ENTRY_TYPES[Number(kind)] ?? "other",
    }));
  }

  /** @param {{ path: string }} args */
  async statFile({ path }) {
    const { exists } = await this.#ask("statFile", [path]);
    return { exists };
  }

  /**
   * @param {string} path
   * @param {string} [_runAs]
   */
  async pathExists(path, _runAs) {
    const { exists } = await this.statFile({ path });
    return exists;
  }

  /** @param {{ path: string, runAs?: string }} args */
  async viewImage({ path }) {
    const content = await this.readFile({ path });
    if (!isBytes(content)) {
      throw new TypeError(`selfhosted view_image: the machine gave no bytes for ${path}`);
    }
    const mediaType = core.imageMediaType(content, path);
    if (mediaType === null) {
      throw new Error(`selfhosted view_image: unsupported image format for ${path}`);
    }
    return { type: "image", image: { data: new Uint8Array(content), mediaType } };
  }

  /** @param {import("../../index.js").DesktopInputRequest["event"]} event */
  async desktopInput(event) {
    await this.#ask("desktopInput", [], event);
  }

  async screenshot() {
    const { png, width, height } = await this.#ask("screenshot", []);
    return { png, width, height };
  }

  async ping(nonce = String(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER))) {
    const agent = this.#agent(nonce);
    return run("ping", [this.#place(), agent.direct], agent);
  }

  /** @param {number} port */
  async resolveExposedPort(port) {
    const { channel, protocol } = await run(
      "openChannel",
      [this.#place(), undefined, port, worded(port)],
      this.#agent(),
    );
    const { workspaceId: ws, agentId: agent } = this;
    const { host, port: relayPort, path } = this.#relay;
    const tls = this.#relay.tls ?? true;
    return {
      host,
      port: relayPort ?? (tls ? RELAY_PORTS[1] : RELAY_PORTS[0]),
      tls,
      path: path ?? SELFHOSTED_RELAY_STREAM_PATH,
      query: Object.entries({ ws, agent, port, channel })
        .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
        .join("&"),
      protocol,
    };
  }

  async materializeEntry() {}

  supportsPty() {
    return false;
  }

  async serializeSessionState() {
    return { agentId: this.agentId };
  }

  /** @param {string} [_runAs] */
  createEditor(_runAs) {
    return newEditor(this, this.#workingDir);
  }

  /** @returns {[unknown, unknown, string, unknown, number[] | undefined, boolean]} */
  #place() {
    const { workspaceId, agentId } = this;
    const isObserved = this.#onOp !== undefined;
    return [workspaceId, agentId, this.#workingDir, this.#timeoutMs, this.#retry, isObserved];
  }

  /** @param {unknown} [held] */
  #agent(held) {
    return new Agent(this.#controlRpc, this.#epoch, held, this.#onOp);
  }

  /** @param {SelfhostedExecArgs} args */
  #exec({ cmd, workdir, execTimeoutMs }) {
    const limit = execTimeoutMs ?? this.#execTimeoutMs;
    return this.#ask("exec", [cmd, workdir, limit], new Uint8Array(0));
  }

  /**
   * What the agent answered to an operation.
   *
   * @param {"exec" | "writeFile" | "listFiles" | "statFile" | "desktopInput" | "screenshot"} name
   * @param {unknown[]} args
   * @param {unknown} [held]
   * @returns {Promise<any>}
   */
  async #ask(name, args, held) {
    const agent = this.#agent(held);
    await run(name, /** @type {any} */ ([this.#place(), agent.direct, ...args]), agent);
    return agent.result;
  }
}

export class SelfhostedSandboxClient {
  /** @type {"selfhosted"} */
  backendId = "selfhosted";
  /** @type {false} */
  supportsDefaultOptions = false;
  #opts;
  /** @type {ControlRpc | undefined} */
  #controlRpc;

  /** @param {import("../../index.js").SelfhostedSandboxClientOptions} opts */
  constructor(opts) {
    checkFunction("opts.controlRpcFactory", given("opts", opts).controlRpcFactory);
    this.#opts = opts;
  }

  /**
   * @param {unknown} [_manifest]
   * @param {unknown} [_options]
   */
  async create(_manifest, _options) {
    return this.#bind(undefined);
  }

  /**
   * @param {unknown} state
   * @param {unknown} [_options]
   */
  async resume(state, _options) {
    return this.#bind(state);
  }

  /** @param {unknown} state */
  async serializeSessionState(state) {
    return { agentId: this.#agentId(state) };
  }

  /** @param {Record<string, unknown>} state */
  async deserializeSessionState(state) {
    return { agentId: this.#agentId(state) };
  }

  async canPersistOwnedSessionState() {
    return false;
  }

  /** @param {unknown} state */
  async #bind(state) {
    // Where there is time for it: loaded at once, the SDK holds up the event loop.
    await loadSdk();
    const agentId = this.#agentId(state);
    this.#controlRpc ??= this.#opts.controlRpcFactory();
    return new SelfhostedSession({ ...this.#opts, agentId, controlRpc: this.#controlRpc });
  }

  /**
   * The agent that a state names, or else the client's own.
   *
   * @param {any} state
   * @returns {string}
   */
  #agentId(state) {
    const named = state?.agentId ?? state?.providerState?.agentId;
    const agentId = (typeof named === "string" && named) || this.#opts.agentId;
    if (!agentId) {
      throw new Error(
        "selfhosted sandbox client: no agentId bound (create()/resume() need a session state carrying agentId)",
      );
    }
    return agentId;
  }
}

/**
 * @param {SelfhostedSessionBuild} build
 * @returns {Promise<{ client: SelfhostedSandboxClient, session: SelfhostedSession }>}
 */
export async function buildSelfhostedBackendSession({ agentId, workingDir, ...opts }) {
  const client = new SelfhostedSandboxClient({
    ...opts,
    agentId,
    workingDir: workingDir || undefined,
  });
  const session = await client.resume({ agentId });
  return { client, session };
}

/**
 * @param {unknown} _error
 * @returns {false}
 */
export function isSelfhostedProviderNotFoundError(_error) {
  return false;
}
