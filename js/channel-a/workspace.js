import { channelOf, remember } from "../recording/channels.js";
import { messageOf, text } from "../text.js";

/**
 * @typedef {import("../../types/channel-a.js").ChannelAEmitter} ChannelAEmitter
 * @typedef {import("../../types/channel-a.js").ChannelASession} ChannelASession
 *
 * @typedef {object} State The state of a service, which its operations share.
 * @property {ChannelASession} session
 * @property {ChannelAEmitter | undefined} emit
 * @property {string | undefined} runAs
 * @property {number} revision
 * @property {number} leaseEpoch
 */

/** The session of one operation, with the bytes that stay in JavaScript. */
export class WorkspaceHost {
  /** The bytes of the session's `readFile`. @type {Buffer | undefined} */
  bytes;
  #state;

  /** @param {State} state */
  constructor(state) {
    this.#state = state;
  }

  "workspace.features"() {
    return featuresOf(this.#state.session);
  }

  /**
   * Runs a command. Returns `undefined` where the session cannot.
   *
   * @param {string} cmd
   * @param {"session" | "directory" | "terminal"} place
   * @param {string | null} directory
   * @param {number | null} yieldTimeMs
   */
  async "workspace.exec"(cmd, place, directory, yieldTimeMs) {
    const { session, runAs } = this.#state;
    const args = {
      cmd,
      ...(place === "session" ? {} : { workdir: directory ?? undefined }),
      ...(place === "terminal" ? { tty: true, login: true } : {}),
      ...(yieldTimeMs == null ? {} : { yieldTimeMs }),
      ...(runAs ? { runAs } : {}),
    };
    // A routing session may return another method at each look-up, and needs itself as `this`.
    const { exec } = session;
    if (exec) {
      const result = await Reflect.apply(exec, session, [args]);
      // The `exec` of a routing session returns a text where the backend has only `execCommand`.
      const all = text(result);
      if (all !== undefined) return all;
      const { wallTimeSeconds, output, stderr, stdout, sessionId, exitCode } = result;
      return [
        number(wallTimeSeconds),
        text(output),
        text(stderr),
        text(stdout),
        number(sessionId),
        number(exitCode),
      ];
    }
    const { execCommand } = session;
    if (!execCommand) return undefined;
    return text(await Reflect.apply(execCommand, session, [args])) ?? "";
  }

  /**
   * Writes to a command that goes on. Returns `undefined` where the session cannot.
   *
   * @param {number} sessionId
   * @param {string} chars
   * @param {number} yieldTimeMs
   */
  async "workspace.writeStdin"(sessionId, chars, yieldTimeMs) {
    const { session } = this.#state;
    const { writeStdin } = session;
    if (!writeStdin) return undefined;
    const args = { sessionId, chars, yieldTimeMs };
    return text(await Reflect.apply(writeStdin, session, [args])) ?? "";
  }

  /**
   * Reads a file by the session's `readFile`, and keeps its bytes. Returns the number of bytes and the place
   * of the first zero; the message of the error where the session throws; `undefined` where it has no
   * `readFile`.
   *
   * @param {string} path
   * @param {number} maxBytes
   */
  async "workspace.readFile"(path, maxBytes) {
    const { session, runAs } = this.#state;
    const { readFile } = session;
    if (!readFile) return undefined;
    const args = { path, maxBytes, ...(runAs ? { runAs } : {}) };
    let content;
    try {
      content = await Reflect.apply(readFile, session, [args]);
    } catch (error) {
      return messageOf(error);
    }
    this.bytes = typeof content === "string" ? Buffer.from(content) : bufferOf(content);
    const zeroAt = this.bytes.indexOf(0);
    return zeroAt < 0 ? [this.bytes.length] : [this.bytes.length, zeroAt];
  }

  /**
   * Creates a file by the session's editor. Returns whether it did.
   *
   * @param {string} path
   * @param {string} diff
   */
  async "workspace.createFile"(path, diff) {
    const { session, runAs } = this.#state;
    try {
      const editor = await session.createEditor?.(runAs);
      if (!editor?.createFile) return false;
      await editor.createFile({ type: "create_file", path, diff });
      return true;
    } catch {
      return false;
    }
  }

  /** @param {string} events JSON. */
  async "workspace.emit"(events) {
    try {
      await this.#state.emit?.(JSON.parse(events));
    } catch {
      // The error of an observer does not fail the operation.
    }
  }

  /** @param {boolean} isChanged */
  "workspace.revision"(isChanged) {
    const state = this.#state;
    if (isChanged) state.revision++;
    return [state.revision, state.leaseEpoch];
  }

  "workspace.channel"() {
    return channelOf(this.#state.session);
  }

  /**
   * @param {number} through
   * @param {number} patience
   * @param {number} atOnce
   */
  "session.remember"(through, patience, atOnce) {
    remember(this.#state.session, [through, patience, atOnce]);
  }
}

/**
 * The methods that a session has now, in the order of the core.
 *
 * @param {any} session
 */
export function featuresOf(session) {
  return [
    Boolean(session.exec),
    Boolean(session.execCommand),
    Boolean(session.readFile),
    Boolean(session.createEditor),
    Boolean(session.writeStdin),
    Boolean(session.supportsPty?.()),
  ];
}

/** @param {unknown} value */
function number(value) {
  return typeof value === "number" ? value : undefined;
}

/** @param {Uint8Array} bytes */
function bufferOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
