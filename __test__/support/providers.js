// The session classes that providers' boxes come with, over objects that answer as the providers' SDKs
// do and run the commands on this machine. What a class makes of a command and of its output is its
// own code; what is here are the calls that it makes of an SDK, without terminals and time limits.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { constants, tmpdir, userInfo } from "node:os";
import path from "node:path";
import { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { TextDecoderStream } from "node:stream/web";
import {
  DaytonaSandboxClient,
  DaytonaSandboxSession,
} from "@openai/agents-extensions/sandbox/daytona";
import { E2BSandboxClient, E2BSandboxSession } from "@openai/agents-extensions/sandbox/e2b";
import { ModalSandboxClient, ModalSandboxSession } from "@openai/agents-extensions/sandbox/modal";

/**
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 *
 * @typedef {object} Provided
 * @property {ModalSandboxSession | E2BSandboxSession | DaytonaSandboxSession} session Its workspace
 *   is a folder of its own, which is the home of what runs in it, too.
 * @property {() => Promise<void>} close Ends the commands that still run, and removes the workspace.
 *   What a command has left behind when it ended goes on.
 */

export const PROVIDERS = {
  modal: () => provided(modal),
  e2b: () => provided(e2b),
  daytona: () => provided(daytona),
};

/**
 * @param {(box: Box) => Promise<Provided["session"]>} open
 * @returns {Promise<Provided>}
 */
async function provided(open) {
  const box = new Box(await realpath(await mkdtemp(path.join(tmpdir(), "og-provider-"))));
  const session = await open(box);
  return {
    session,
    async close() {
      await session.close();
      await rm(box.folder, { recursive: true, maxRetries: 5 });
    },
  };
}

/** @param {Box} box */
async function modal(box) {
  const state = await new ModalSandboxClient().deserializeSessionState({
    ...stateOf(box),
    appName: "app",
  });
  const client = /** @type {any} */ ({});
  return new ModalSandboxSession({ state, modal: client, app: {}, sandbox: modalSandbox(box) });
}

/** @param {Box} box */
async function e2b(box) {
  const state = await new E2BSandboxClient().deserializeSessionState(stateOf(box));
  return new E2BSandboxSession({ state, sandbox: e2bSandbox(box) });
}

/** @param {Box} box */
async function daytona(box) {
  const state = await new DaytonaSandboxClient().deserializeSessionState(stateOf(box));
  return new DaytonaSandboxSession({ state, sandbox: daytonaSandbox(box) });
}

/**
 * What a client keeps of a session. The client makes a manifest of it that its own classes know.
 *
 * @param {Box} box
 */
function stateOf({ folder }) {
  return { sandboxId: path.basename(folder), manifest: { root: folder }, environment: {} };
}

/**
 * `Sandbox` of `modal`. Commands are lists of words, start in the container's environment, and have
 * an input that stays open.
 *
 * @param {Box} box
 */
function modalSandbox(box) {
  return {
    sandboxId: path.basename(box.folder),
    filesystem: {
      /** @param {string} file */
      readBytes: (file) => readFile(file),
      /** @type {(data: Uint8Array | ArrayBuffer, file: string) => Promise<void>} */
      writeBytes: (data, file) => write(file, new Uint8Array(data)),
    },
    /**
     * @param {string[]} command
     * @param {any} [params]
     */
    async exec(command, { workdir, env, pty = false, stdout = "pipe", stderr = "pipe" } = {}) {
      if (pty) throw new Error("no terminals here");
      const child = await box.start(command, {
        cwd: workdir,
        env: { ...box.environment, ...env },
        stdio: ["pipe", stdout, stderr],
      });
      const exit = once(child, "exit");
      return {
        stdin: textInput(child),
        stdout: textOutput(child.stdout),
        stderr: textOutput(child.stderr),
        async wait() {
          const [code, signal] = /** @type {[number | null, NodeJS.Signals]} */ (await exit);
          return code ?? 128 + constants.signals[signal];
        },
      };
    },
    poll: async () => null,
    terminate: async () => box.stop(),
  };
}

/** @param {ChildProcess} child */
function textInput({ stdin }) {
  const stream = Writable.toWeb(/** @type {Writable} */ (stdin));
  return Object.assign(stream, {
    /** @param {string} written */
    async writeText(written) {
      const writer = stream.getWriter();
      try {
        await writer.write(written);
      } finally {
        writer.releaseLock();
      }
    },
  });
}

/**
 * @param {Readable | null} output `null` when it is ignored.
 * @returns {any} A `ReadableStream` of strings.
 */
function textOutput(output) {
  const bytes = Readable.toWeb(output ?? Readable.from([]));
  return bytes.pipeThrough(/** @type {any} */ (new TextDecoderStream()));
}

/**
 * `Sandbox` of `e2b`. Commands are for a login shell with few variables and no input; one that fails
 * is thrown.
 *
 * @param {Box} box
 */
function e2bSandbox(box) {
  const { username } = userInfo();
  const { PATH, HOME } = box.environment;
  return {
    sandboxId: path.basename(box.folder),
    files: {
      /** @type {(file: string, options?: { format?: "text" | "bytes" }) => Promise<string | Uint8Array>} */
      read: (file, { format = "text" } = {}) =>
        format === "text" ? readFile(file, "utf8") : readFile(file),
      /** @type {(file: any, data?: string | Uint8Array) => Promise<void>} */
      write: (file, data = "") => write(file, data),
      /** @param {string} file */
      remove: (file) => rm(file, { recursive: true, force: true }),
      /** @param {string} folder */
      makeDir: (folder) => mkdir(folder, { recursive: true }),
    },
    commands: {
      /**
       * @param {string} command
       * @param {{ cwd?: string, envs?: Record<string, string>, user?: string }} [options]
       */
      async run(command, { cwd, envs, user = username } = {}) {
        if (user !== username) throw new Error(`invalid username: '${user}'`);
        const child = await box.start(["/bin/bash", "-l", "-c", command], {
          cwd,
          env: { PATH, HOME, USER: user, LOGNAME: user, ...envs },
          stdio: ["ignore", "pipe", "pipe"],
        });
        const { code, signal, stdout, stderr } = await finished(child);
        if (code === 0) return { exitCode: 0, stdout, stderr };
        const error = code === null ? `signal: ${signal}` : `exit status ${code}`;
        const result = { exitCode: code ?? -1, error, stdout, stderr };
        throw Object.assign(new Error(error), { name: "CommandExitError", result, ...result });
      },
    },
    kill: async () => box.stop(),
  };
}

/**
 * `Sandbox` of `@daytonaio/sdk`. The box's daemon gives a command to a shell as its input, and does
 * not tell its two outputs apart.
 *
 * @param {Box} box
 */
function daytonaSandbox(box) {
  return {
    id: path.basename(box.folder),
    fs: {
      /** @param {string} folder */
      async createFolder(folder) {
        await mkdir(folder, { recursive: true });
      },
      /** @type {(source: Buffer | string, file: string) => Promise<void>} */
      uploadFile: async (source, file) =>
        write(file, typeof source === "string" ? await readFile(source) : source),
      /** @param {string} file */
      downloadFile: (file) => readFile(file),
      /** @type {(file: string, recursive?: boolean) => Promise<void>} */
      deleteFile: (file, recursive = false) => rm(file, { recursive }),
    },
    process: {
      /**
       * @param {string} command
       * @param {string} [cwd]
       * @param {Record<string, string>} [env]
       */
      async executeCommand(command, cwd, env = {}) {
        const child = await box.start(["/bin/sh", "-c", "exec bash 2>&1"], {
          cwd,
          env: box.environment,
          stdio: ["pipe", "pipe", "ignore"],
        });
        child.stdin?.end(`${exported(env)}${command}`);
        const { code, stdout } = await finished(child);
        return { exitCode: code ?? -1, result: stdout, artifacts: { stdout } };
      },
    },
    start: async () => {},
    stop: async () => box.stop(),
    delete: async () => box.stop(),
  };
}

/**
 * How the SDK sets variables: before the command, in the same text.
 *
 * @param {Record<string, string>} env
 */
function exported(env) {
  return Object.entries(env)
    .map(([name, value]) => [name, Buffer.from(value).toString("base64")])
    .map(([name, value]) => `export ${name}="$(printf '%s' '${value}' | base64 -d)"; `)
    .join("");
}

/** A folder, and the commands that were started for it. */
class Box {
  /** @type {Set<ChildProcess>} */
  #running = new Set();

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    /**
     * With a home in which no scripts of this user lie that shells would run.
     *
     * @type {NodeJS.ProcessEnv}
     */
    this.environment = { ...process.env, HOME: folder };
  }

  /**
   * @param {string[]} command
   * @param {import("node:child_process").SpawnOptions} options
   */
  async start([program = "", ...args], options) {
    // A group of its own, which can be ended as a whole.
    const child = spawn(program, args, { ...options, detached: true });
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child));
    // A command need not read what it is given.
    child.stdin?.on("error", () => {});
    await once(child, "spawn");
    return child;
  }

  stop() {
    for (const { pid } of this.#running) {
      if (pid !== undefined) kill(pid);
    }
  }
}

/** @param {number} group */
function kill(group) {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    // Another process may hold its output still.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

/**
 * How a command ended and what it printed, once nothing holds its outputs any more: a process that it
 * leaves behind is waited for if it has not redirected them.
 *
 * @param {ChildProcess} child
 */
async function finished(child) {
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map((output) => (output ? text(output) : "")),
  );
  const [code, signal] = /** @type {[number | null, NodeJS.Signals]} */ (await closed);
  return { code, signal, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/**
 * @param {string} file
 * @param {string | Uint8Array} content
 */
async function write(file, content) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
