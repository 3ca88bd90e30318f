import core from "../native.js";
import { finish } from "./driver.js";

/**
 * @typedef {import("../index.js").SelfhostedApplyDiff} SelfhostedApplyDiff
 * @typedef {import("../index.js").SelfhostedEditor} SelfhostedEditor
 * @typedef {import("./selfhosted.js").SelfhostedSession} SelfhostedSession
 */

const BYTE_ORDER_MARK = "\uFEFF";

/** Keeps a byte order mark, and accepts nothing that it could not write back as it was. */
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

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} cmd
   */
  async function remove(method, path, cmd) {
    const { exitCode, stderr } = await session.exec({ cmd });
    finish(core.checkFileRemoval(method, path, exitCode, stderr));
  }

  return {
    async createFile({ path, diff }) {
      if (await session.pathExists(path)) {
        throw new Error(`selfhosted createFile: file already exists: ${path}`);
      }
      const content = applyDiff("", diff, "create");
      await session.writeFile({ path, content, createParents: true });
      return {};
    },

    async updateFile({ path, diff, moveTo }) {
      const { destination, removal } = finish(core.fileUpdate(path, moveTo, workingDir));
      const current = decoded(await session.readFile({ path }), path);
      const mark = current.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
      const content = mark + applyDiff(current.slice(mark.length), diff);
      await session.writeFile({ path: destination, content, createParents: true });
      if (removal) await remove("updateFile", path, removal);
      return {};
    },

    async deleteFile({ path }) {
      await remove("deleteFile", path, finish(core.fileRemoval(path, workingDir)));
      return {};
    },
  };
}

/**
 * @param {Uint8Array} content
 * @param {string} path
 */
function decoded(content, path) {
  try {
    return strict.decode(content);
  } catch (cause) {
    throw new Error(`selfhosted updateFile: not UTF-8 text: ${path}`, { cause });
  }
}
