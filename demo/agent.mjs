// An agent on a machine: answers the control protocol over NATS, and does what it is asked. It reads
// the wire with protobufjs, from the same .proto file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "nats";
import protobuf from "protobufjs";

const PROTO = fileURLToPath(new URL("../proto/opengeni/agent/v1/control.proto", import.meta.url));

const protocol = protobuf.loadSync(PROTO);
export const ControlRequest = protocol.lookupType("opengeni.agent.v1.ControlRequest");
export const ControlResponse = protocol.lookupType("opengeni.agent.v1.ControlResponse");

/** Codes of an agent's error. */
const UNSUPPORTED = 1;
const OS = 2;
const NOT_FOUND = 3;
const CONSENT_REQUIRED = 4;
const DRAINING = 6;
const PROTOCOL = 7;
const FENCED = 10;

/** Kinds of a directory's entry, and of a stream. */
const FILE = 1;
const DIRECTORY = 2;
const SYMLINK = 3;
const PTY = 1;
const DESKTOP = 2;

/** A picture of one pixel: this agent has no desktop. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

/**
 * @typedef {object} Policy What may be changed while it runs.
 * @property {number} epoch The newest epoch it has seen. Older ones are fenced off.
 * @property {boolean} consented Whether the screen may be controlled.
 * @property {boolean} draining Whether it is about to stop.
 * @property {number} lagMs How long its answers are on their way.
 *
 * @typedef {Policy & { stop: () => Promise<void>, asked: string[] }} Agent
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
 * @param {string} options.url The server's.
 * @param {string} options.subject Where it is asked.
 * @param {string} options.root Its workspace root: what is empty or relative is under it.
 * @param {number} [options.epoch] Default 0.
 * @param {boolean} [options.consented] Default true.
 * @returns {Promise<Agent>}
 */
export async function startAgent({ url, subject, root, epoch = 0, consented = true }) {
  const connection = await connect({
    servers: url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  /** @type {Agent} */
  const agent = {
    epoch,
    consented,
    draining: false,
    lagMs: 0,
    asked: [],
    stop: () => connection.close(),
  };
  connection.subscribe(subject, {
    async callback(_error, message) {
      const response = await respond(agent, root, message.data);
      if (agent.lagMs > 0) await sleep(agent.lagMs);
      if (connection.isClosed()) return;
      try {
        message.respond(ControlResponse.encode(response).finish());
      } catch (error) {
        // Nobody would hear of an answer that is too large.
        const limit = connection.info?.max_payload;
        const refusal = new Refusal(
          UNSUPPORTED,
          `the answer exceeds max_payload of ${limit} bytes`,
        );
        const { requestId } = /** @type {any} */ (response);
        message.respond(ControlResponse.encode({ requestId, error: refusal.error }).finish());
      }
    },
  });
  await connection.flush();
  return agent;
}

/**
 * @param {Agent} agent
 * @param {string} root
 * @param {Uint8Array} data
 */
async function respond(agent, root, data) {
  let requestId = "";
  try {
    const request = ControlRequest.toObject(ControlRequest.decode(data), {
      longs: String,
      defaults: true,
      oneofs: true,
    });
    requestId = request["requestId"];
    const { epoch, op: name } = request;
    agent.asked.push(name);
    if (epoch > 0 && epoch < agent.epoch) {
      throw new Refusal(FENCED, `epoch ${epoch} is behind ${agent.epoch}`, { retryable: true });
    }
    agent.epoch = Math.max(agent.epoch, epoch);
    if (agent.draining) throw new Refusal(DRAINING, "the agent is draining");
    if (name === undefined) throw new Refusal(PROTOCOL, "empty op");
    const operation = operations[/** @type {keyof typeof operations} */ (name)];
    if (!operation) throw new Refusal(UNSUPPORTED, `no ${name} here`);
    const result = await operation(request[name], { agent, root });
    return { requestId, [name]: result };
  } catch (error) {
    return { requestId, error: asAgentError(error) };
  }
}

/** @param {any} error */
function asAgentError(error) {
  if (error instanceof Refusal) return error.error;
  const { code, message, errno } = error;
  const detail = errno === undefined ? {} : { errno: String(-errno) };
  return new Refusal(code === "ENOENT" ? NOT_FOUND : OS, message, { detail }).error;
}

/** @typedef {{ agent: Agent, root: string }} Place */

/** @type {Record<string, (request: any, place: Place) => any>} */
const operations = {
  ping: ({ nonce }) => ({ nonce, agentMonotonicMs: Math.round(performance.now()) }),

  exec: ({ command, shell, cwd, env, stdin, timeoutMs }, { root }) => {
    const [file, args] = shell
      ? [process.env["SHELL"] ?? "/bin/sh", ["-c", command.join(" ")]]
      : [command[0], command.slice(1)];
    return run(file, args, { cwd: path.resolve(root, cwd), env, stdin, timeoutMs });
  },

  async fsRead({ path: name, offset, length }, { root }) {
    const file = await open(path.resolve(root, name));
    try {
      const { size } = await file.stat();
      const wanted = Number(length) || size;
      const content = Buffer.alloc(Math.max(0, Math.min(wanted, size - Number(offset))));
      await file.read(content, 0, content.length, Number(offset));
      return { content, totalSize: size };
    } finally {
      await file.close();
    }
  },

  async fsWrite({ path: name, content, createParents, append, mode }, { root }) {
    const file = path.resolve(root, name);
    if (createParents) await mkdir(path.dirname(file), { recursive: true });
    const options = mode ? { mode } : {};
    await (append ? appendFile : writeFile)(file, content, options);
    return { bytesWritten: content.length };
  },

  async fsList({ path: name, recursive }, { root }) {
    const directory = path.resolve(root, name);
    const entries = await readdir(directory, { withFileTypes: true, recursive });
    return {
      entries: await Promise.all(
        entries.map(async (entry) => {
          const file = path.join(entry.parentPath, entry.name);
          return describe(file, path.relative(directory, file), entry);
        }),
      ),
    };
  },

  async fsStat({ path: name }, { root }) {
    const file = path.resolve(root, name);
    const found = await stat(file).catch(() => undefined);
    return found ? { exists: true, entry: await describe(file, name, found) } : { exists: false };
  },

  async fsMkdir({ path: name, parents }, { root }) {
    await mkdir(path.resolve(root, name), { recursive: parents });
    return {};
  },

  async fsMove({ from, to }, { root }) {
    await rename(path.resolve(root, from), path.resolve(root, to));
    return {};
  },

  async fsRemove({ path: name, recursive }, { root }) {
    await rm(path.resolve(root, name), { recursive });
    return {};
  },

  async git({ cwd, args }, { root }) {
    return run("git", args, { cwd: path.resolve(root, cwd) });
  },

  ptyOpen: () => ({ ptyId: "pty-1", channel: { channelId: "pty-1", kind: PTY, port: 7681 } }),

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

/**
 * @param {string} file
 * @param {string} name
 * @param {import("node:fs").Dirent | import("node:fs").Stats} type
 */
async function describe(file, name, type) {
  const { size, mtimeMs, mode } = await stat(file);
  const kind = type.isSymbolicLink() ? SYMLINK : type.isDirectory() ? DIRECTORY : FILE;
  return {
    name: path.basename(file),
    path: name,
    kind,
    size,
    modifiedMs: Math.round(mtimeMs),
    mode: mode & 0o777,
  };
}

/**
 * Runs a command to its end, or to its limit.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd: string, env?: object, stdin?: Uint8Array, timeoutMs?: number }} options
 */
async function run(file, args, { cwd, env, stdin = new Uint8Array(0), timeoutMs = 0 }) {
  const start = performance.now();
  // A group of its own: what the command has started ends with it.
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, detached: true });
  /** @type {Buffer[]} */
  const stdout = [];
  /** @type {Buffer[]} */
  const stderr = [];
  child.stdout.on("data", (chunk) => stdout.push(chunk));
  child.stderr.on("data", (chunk) => stderr.push(chunk));
  child.stdin.on("error", () => {}).end(stdin);
  let timedOut = false;
  const timer =
    timeoutMs &&
    setTimeout(() => {
      timedOut = true;
      process.kill(-(/** @type {number} */ (child.pid)), "SIGKILL");
    }, timeoutMs);
  const [exitCode] = await once(child, "close");
  clearTimeout(timer);
  const durationMs = Math.round(performance.now() - start);
  return timedOut
    ? { exitCode: -1, stdout: [], stderr: Buffer.from("timed out"), timedOut, durationMs }
    : {
        exitCode,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr),
        timedOut,
        durationMs,
      };
}
