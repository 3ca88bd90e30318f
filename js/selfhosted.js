import core from "../native.js";
import { MACHINE, remember } from "./channels.js";
import { agentErrorToControlError, subjectFor } from "./control.js";
import { finish } from "./driver.js";
import { newEditor } from "./editor.js";
import { SelfhostedExecTimeoutError } from "./errors.js";
import { newManifest } from "./manifest.js";
import { text } from "./text.js";

/**
 * @typedef {import("../index.js").AgentError} AgentError
 * @typedef {import("../index.js").ControlRequest} ControlRequest
 * @typedef {import("../index.js").ControlRpc} ControlRpc
 * @typedef {import("../index.js").SelfhostedExecArgs} SelfhostedExecArgs
 * @typedef {import("../index.js").SelfhostedRelayConfig} SelfhostedRelayConfig
 * @typedef {import("../index.js").SelfhostedSessionBuild} SelfhostedSessionBuild
 * @typedef {import("../index.js").SelfhostedSessionDeps} SelfhostedSessionDeps
 *
 * @typedef {NonNullable<ControlRequest["op"]>} Op
 */

export const { SELFHOSTED_DEFAULT_TIMEOUT_MS, SELFHOSTED_RELAY_STREAM_PATH } = core;

/** Ill-formed UTF-8 becomes U+FFFD. */
const lenient = new TextDecoder();

export class SelfhostedSession {
  /** @type {"selfhosted"} */
  backendId = "selfhosted";
  #controlRpc;
  #relay;
  #epoch;
  #timeoutMs;
  #execTimeoutMs;
  #workingDir;

  /** @param {SelfhostedSessionDeps} deps */
  constructor(deps) {
    const { workspaceId, agentId } = deps;
    const environment = deps.environment ?? {};
    this.workspaceId = workspaceId;
    this.agentId = agentId;
    this.#controlRpc = deps.controlRpc;
    this.#relay = deps.relay;
    this.#epoch = deps.epoch ?? 0;
    this.#timeoutMs = deps.timeoutMs ?? SELFHOSTED_DEFAULT_TIMEOUT_MS;
    this.#execTimeoutMs = deps.execTimeoutMs;
    this.#workingDir = finish(core.workingDir(deps.workingDir));
    // An agent may say nothing in place of a longer answer, which takes until the end of the wait.
    remember(this, MACHINE);
    this.state = {
      agentId,
      instanceId: agentId,
      manifest: newManifest({ root: core.VIRTUAL_ROOT, entries: {}, environment }),
      environment,
    };
  }

  /** @param {SelfhostedExecArgs} args */
  async exec(args) {
    const { exitCode, ...result } = await this.#run(args);
    const stdout = lenient.decode(result.stdout);
    return { output: stdout, stdout, stderr: lenient.decode(result.stderr), exitCode };
  }

  /** @param {SelfhostedExecArgs} args */
  async execCommand(args) {
    const { stdout } = await this.#run(args);
    return lenient.decode(stdout);
  }

  /** @param {{ path: string, runAs?: string, maxBytes?: number }} args */
  async readFile({ path, maxBytes }) {
    const length = maxBytes ? String(maxBytes) : "0";
    const fsRead = { path: this.#path(path), offset: "0", length };
    const { content } = await this.#ask("readFile", { $case: "fsRead", fsRead });
    return content;
  }

  /** @param {{ path: string, content: string | Uint8Array, createParents?: boolean, append?: boolean }} args */
  async writeFile({ path, content: given, createParents, append }) {
    const content = typeof given === "string" ? new TextEncoder().encode(given) : given;
    const fsWrite = {
      path: this.#path(path),
      content,
      createParents: createParents ?? true,
      append: append ?? false,
      mode: 0,
    };
    const { bytesWritten } = await this.#ask("writeFile", { $case: "fsWrite", fsWrite });
    return Number(bytesWritten);
  }

  /** @param {{ path: string, recursive?: boolean }} args */
  async listFiles({ path, recursive }) {
    const asked = { path: this.#path(path), recursive: recursive ?? false };
    const fsList = await this.#ask("listFiles", { $case: "fsList", fsList: asked });
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
      type: core.entryType(Number(kind)),
    }));
  }

  /** @param {{ path: string }} args */
  async statFile({ path }) {
    /** @type {Op} */
    const op = { $case: "fsStat", fsStat: { path: this.#path(path) } };
    const { exists } = await this.#ask("statFile", op);
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
    const mediaType = core.imageMediaType(content, `${path}`);
    if (mediaType === null) {
      throw new Error(`selfhosted view_image: unsupported image format for ${path}`);
    }
    return { type: "image", image: { data: Uint8Array.from(content), mediaType } };
  }

  /** @param {import("../index.js").DesktopInputRequest["event"]} event */
  async desktopInput(event) {
    await this.#ask("desktopInput", { $case: "desktopInput", desktopInput: { event } });
  }

  async screenshot() {
    /** @type {Op} */
    const op = { $case: "desktopScreenshot", desktopScreenshot: {} };
    const { png, width, height } = await this.#ask("screenshot", op);
    return { png, width, height };
  }

  async ping(nonce = String(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER))) {
    const { error, result } = await this.#request({ $case: "ping", ping: { nonce } });
    return !error && result?.$case === "ping";
  }

  /** @param {number} port */
  async resolveExposedPort(port) {
    /** @type {Op} */
    const op =
      port === core.DESKTOP_STREAM_PORT
        ? { $case: "desktopEnsure", desktopEnsure: { width: 0, height: 0 } }
        : { $case: "ptyOpen", ptyOpen: this.#terminal() };
    const { channel } = await this.#ask(`resolveExposedPort(${port})`, op);
    const { workspaceId, agentId } = this;
    const { host, port: relayPort, path } = this.#relay;
    const tls = this.#relay.tls ?? true;
    const query = {
      ws: workspaceId,
      agent: agentId,
      port,
      channel: core.streamChannel(channel?.channelId, workspaceId, agentId, `${port}`),
    };
    return {
      host,
      port: relayPort ?? core.relayPort(Boolean(tls)),
      tls,
      path: path ?? SELFHOSTED_RELAY_STREAM_PATH,
      query: Object.entries(query)
        .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
        .join("&"),
      protocol: core.streamProtocol(channel?.kind),
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

  #terminal() {
    const term = "xterm-256color";
    return { command: [], cwd: this.#workingDir, env: {}, cols: 0, rows: 0, term };
  }

  /** @param {unknown} path */
  #path(path) {
    return finish(core.machinePath(path, this.#workingDir));
  }

  /** @param {SelfhostedExecArgs} args */
  async #run({ cmd, workdir, execTimeoutMs }) {
    const { cwd, agentMs, transportMs } = finish(
      core.checkExec(
        // The text itself stays here: nothing depends on it, and it may be long.
        typeof cmd === "string" ? "" : cmd,
        workdir,
        execTimeoutMs ?? this.#execTimeoutMs,
        this.#workingDir,
        this.#timeoutMs,
      ),
    );
    const stdin = new Uint8Array(0);
    const exec = { command: [cmd], shell: true, cwd, env: {}, stdin, timeoutMs: agentMs };
    /** @type {Op} */
    const op = { $case: "exec", exec };
    // JSON has no infinity.
    const response = await this.#request(op, transportMs ?? this.#timeoutMs);
    const { error } = response;
    const unanswered = error && core.execUnanswered(Number(error.code), text(error.message) ?? "");
    if (unanswered) throw tookTooLong(unanswered, error.detail);
    const result = expected("exec", op, response);
    if (result.timedOut) throw tookTooLong(core.execEnded(agentMs));
    return result;
  }

  /**
   * What the agent answered to an operation.
   *
   * @param {string} method
   * @param {Op} op
   */
  async #ask(method, op) {
    return expected(method, op, await this.#request(op));
  }

  /**
   * @param {Op} op
   * @returns {Promise<any>}
   */
  #request(op, timeoutMs = this.#timeoutMs) {
    const subject = subjectFor(this.workspaceId, this.agentId);
    const request = { requestId: crypto.randomUUID(), epoch: this.#epoch, op };
    return this.#controlRpc.request(subject, request, { timeoutMs });
  }
}

/**
 * The result in a response.
 *
 * @param {string} method
 * @param {Op} op
 * @param {any} response
 */
function expected(method, op, { error, result }) {
  if (error) throw agentErrorToControlError(error);
  const fault = core.responseFault(method, op.$case, result?.$case);
  if (fault === null) return result[op.$case];
  const { agentError, message } = JSON.parse(fault);
  throw agentError ? agentErrorToControlError(agentError) : new Error(message);
}

/**
 * @param {string} timeout
 * @param {Record<string, string>} [detail]
 */
function tookTooLong(timeout, detail) {
  return new SelfhostedExecTimeoutError({ ...JSON.parse(timeout), detail });
}

export class SelfhostedSandboxClient {
  /** @type {"selfhosted"} */
  backendId = "selfhosted";
  /** @type {false} */
  supportsDefaultOptions = false;
  #opts;
  /** @type {ControlRpc | undefined} */
  #controlRpc;

  /** @param {import("../index.js").SelfhostedSandboxClientOptions} opts */
  constructor(opts) {
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
  #bind(state) {
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
