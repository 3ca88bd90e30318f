import { ask, run } from "../driver.js";
import { ordersPlainly, treeOf } from "./outline.js";
import { WorkspaceHost, featuresOf } from "./workspace.js";

/**
 * @typedef {import("../../boundary.js").Operations} Operations
 * @typedef {import("./workspace.js").State} State
 * @typedef {import("../../types/channel-a.js").SandboxChannelAServiceOptions} Options
 * @typedef {import("../../types/channel-a.js").SandboxChannelAService} Service
 */

/** @implements {Service} */
export class SandboxChannelAService {
  /** @type {State} */
  #state;
  #workspaceRoot;

  /** @param {Options} opts */
  constructor(opts) {
    const { session, emit, runAs } = opts;
    const workspaceRoot = opts.workspaceRoot ?? "";
    const leaseEpoch = opts.leaseEpoch ?? 0;
    const revision = opts.revision ?? 0;
    ask("checkServiceOptions", workspaceRoot, leaseEpoch, revision);
    this.#state = { session, leaseEpoch, revision, emit, runAs };
    this.#workspaceRoot = workspaceRoot;
  }

  currentRevision() {
    return this.#state.revision;
  }

  /** @param {string[]} [repos] */
  capabilities(repos = []) {
    const features = featuresOf(this.#state.session);
    const { FileSystem, Terminal, Git } = ask("structuredCapabilities", features);
    const root = this.#workspaceRoot;
    return { FileSystem: { ...FileSystem, root }, Terminal, Git: { ...Git, repos } };
  }

  /** @param {import("../../types/channel-a.js").ChannelAFsListRequest} req */
  async fsList({ path, depth, maxEntries, includeHidden }) {
    const { text, root, outline, revision } = await this.#run("fsList", [
      this.#workspaceRoot,
      path,
      depth,
      maxEntries,
      includeHidden,
      ordersPlainly,
    ]);
    const tree = treeOf(outline, text, root);
    return { root: tree.root, revision, truncated: tree.truncated };
  }

  /** @param {import("../../types/channel-a.js").ChannelAFsReadRequest} req */
  async fsRead({ path, encoding, maxBytes }) {
    const host = new WorkspaceHost(this.#state);
    const file = await run("fsRead", [this.#workspaceRoot, path, encoding, maxBytes], host);
    const content = file.content ?? host.bytes?.toString(file.encoding) ?? "";
    return { ...file, content };
  }

  /** @param {import("../../types/channel-a.js").ChannelAFsWriteRequest} req */
  async fsWrite({ path, encoding, content, overwrite, createParents }) {
    return this.#run("fsWrite", [
      this.#workspaceRoot,
      path,
      encoding,
      content,
      overwrite,
      createParents,
    ]);
  }

  /** @param {import("../../types/channel-a.js").ChannelAFsDeleteRequest} req */
  async fsDelete({ path, recursive }) {
    return this.#run("fsDelete", [this.#workspaceRoot, path, recursive]);
  }

  /** @param {import("../../types/channel-a.js").ChannelAFsMoveRequest} req */
  async fsMove({ path, newPath, overwrite, createParents }) {
    const moved = await this.#run("fsMove", [
      this.#workspaceRoot,
      path,
      newPath,
      overwrite,
      createParents,
    ]);
    return /** @type {import("../../types/channel-a.js").ChannelAFsMoveResponse} */ (moved);
  }

  /** @param {import("../../types/channel-a.js").ChannelAFsMkdirRequest} req */
  async fsMkdir({ path, recursive }) {
    const made = await this.#run("fsMkdir", [this.#workspaceRoot, path, recursive]);
    return /** @type {import("../../types/channel-a.js").ChannelAFsMkdirResponse} */ (made);
  }

  /** @param {import("../../types/channel-a.js").ChannelAGitStatusRequest} req */
  async gitStatus({ path }) {
    return this.#run("gitStatus", [this.#workspaceRoot, path]);
  }

  /** @param {import("../../types/channel-a.js").ChannelAGitDiffRequest} req */
  async gitDiff({ path, staged, fromRef, toRef, pathspec, contextLines, maxBytesPerFile }) {
    const limits = listed(pathspec);
    return this.#run("gitDiff", [
      this.#workspaceRoot,
      path,
      staged,
      fromRef,
      toRef,
      limits,
      contextLines,
      maxBytesPerFile,
    ]);
  }

  /** @param {import("../../types/channel-a.js").ChannelAGitLogRequest} req */
  async gitLog({ path, ref, maxCount, skip, pathspec }) {
    const limits = listed(pathspec);
    return this.#run("gitLog", [this.#workspaceRoot, path, ref, maxCount, skip, limits]);
  }

  /** @param {import("../../types/channel-a.js").ChannelAGitShowRequest} req */
  async gitShow({ path, ref, filePath, encoding, maxBytesPerFile }) {
    return this.#run("gitShow", [
      this.#workspaceRoot,
      path,
      ref,
      filePath,
      encoding,
      maxBytesPerFile,
    ]);
  }

  /** @returns {Promise<string[]>} */
  async detectRepos() {
    try {
      return await this.#run("detectRepos", [this.#workspaceRoot]);
    } catch {
      return [];
    }
  }

  /** @param {import("../../types/channel-a.js").ChannelATerminalExecRequest} req */
  async terminalExec({ command, cwd, timeoutMs, emitStream }) {
    return this.#run("terminalExec", [
      this.#workspaceRoot,
      command,
      cwd,
      timeoutMs,
      emitStream,
      crypto.randomUUID(),
    ]);
  }

  /**
   * @param {import("../../types/channel-a.js").ChannelAPtyOpenRequest} req
   * @param {string} ptyId
   */
  async ptyOpen({ cwd, shell: asked }, ptyId) {
    const { supportsInput, execSessionId, shell, initialOutput } = await this.#run("ptyOpen", [
      this.#workspaceRoot,
      cwd,
      asked,
    ]);
    const streamVia = /** @type {const} */ ("sse-events");
    const response = { ptyId, streamVia, supportsInput };
    return { response, execSessionId, shell, initialOutput };
  }

  /**
   * @param {unknown} _req
   * @param {number} execSessionId
   * @param {string} data
   */
  async ptyWrite(_req, execSessionId, data) {
    return this.#run("ptyWrite", [execSessionId, data]);
  }

  /**
   * @param {import("../../types/channel-a.js").ChannelAPtyResizeRequest} req
   * @param {number} execSessionId
   */
  async ptyResize({ cols, rows }, execSessionId) {
    await this.#run("ptyResize", [execSessionId, cols, rows]);
  }

  /**
   * @param {unknown} _req
   * @param {number | null} execSessionId
   */
  async ptyClose(_req, execSessionId) {
    await this.#run("ptyClose", [execSessionId]);
  }

  /**
   * @param {string} repoPath
   * @param {import("../../types/channel-a.js").GitChangeReason} reason
   */
  async emitGitChanged(repoPath, reason) {
    try {
      await this.#run("emitGitChanged", [this.#workspaceRoot, repoPath, reason]);
    } catch {
      // The event is a notice of a change that has happened, so a failure is ignored.
    }
  }

  /**
   * @template {keyof Operations} Name
   * @param {Name} name
   * @param {Operations[Name]["args"]} args
   */
  async #run(name, args) {
    return run(name, args, new WorkspaceHost(this.#state));
  }
}

/**
 * An array as JSON, since only short arrays cross as they are.
 *
 * @param {unknown} array
 */
function listed(array) {
  return array === undefined || array === null ? undefined : JSON.stringify(array);
}
