import { run } from "../driver.js";
import { text } from "../text.js";

/**
 * @typedef {import("../../index.js").SelfhostedApplyDiff} SelfhostedApplyDiff
 * @typedef {import("../../index.js").SelfhostedEditor} SelfhostedEditor
 * @typedef {import("./session.js").SelfhostedSession} SelfhostedSession
 */

/** Keeps a byte order mark, and refuses bytes that could not be written back unchanged. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @type {SelfhostedApplyDiff | undefined} */
let installedApplyDiff;

/** @param {SelfhostedApplyDiff} fn */
export function setSelfhostedApplyDiff(fn) {
  installedApplyDiff = fn;
}

/**
 * @param {SelfhostedSession} session
 * @param {string} workingDir
 * @returns {SelfhostedEditor}
 */
export function newEditor(session, workingDir) {
  const applyDiff = installedApplyDiff;
  if (!applyDiff) {
    throw new Error(
      "selfhosted createEditor: applyDiff not injected (the runtime barrel must call setSelfhostedApplyDiff before an agent turn binds the filesystem capability)",
    );
  }

  return {
    async createFile({ path, diff }) {
      await run("createFile", [path], new EditedFiles(session, applyDiff, diff));
      return {};
    },

    async updateFile({ path, diff, moveTo }) {
      const files = new EditedFiles(session, applyDiff, diff);
      await run("updateFile", [path, moveTo, workingDir], files);
      return {};
    },

    async deleteFile({ path }) {
      await run("deleteFile", [path, workingDir], new EditedFiles(session, applyDiff, undefined));
      return {};
    },
  };
}

/** The host of the editor's operations: a session's files, and the diff of one operation. */
class EditedFiles {
  #session;
  #applyDiff;
  #diff;
  /** @type {Uint8Array} */
  #bytes = new Uint8Array(0);

  /**
   * @param {SelfhostedSession} session
   * @param {SelfhostedApplyDiff} applyDiff
   * @param {any} diff
   */
  constructor(session, applyDiff, diff) {
    this.#session = session;
    this.#applyDiff = applyDiff;
    this.#diff = diff;
  }

  /** @param {string} path */
  async "files.pathExists"(path) {
    return Boolean(await this.#session.pathExists(path));
  }

  /** @param {string} path */
  async "files.read"(path) {
    this.#bytes = await this.#session.readFile({ path });
  }

  "files.decode"() {
    return strict.decode(this.#bytes);
  }

  /** @param {string | null} text */
  "files.applyDiff"(text) {
    const applyDiff = this.#applyDiff;
    const made = text == null ? applyDiff("", this.#diff, "create") : applyDiff(text, this.#diff);
    return `${made}`;
  }

  /**
   * @param {string} path
   * @param {string} content
   */
  async "files.write"(path, content) {
    await this.#session.writeFile({ path, content, createParents: true });
  }

  /** @param {string} cmd */
  async "files.run"(cmd) {
    const { exitCode, stderr } = await this.#session.exec({ cmd });
    // A class of the caller's may answer with anything.
    return [typeof exitCode === "number" ? exitCode : undefined, text(stderr) ?? ""];
  }
}
