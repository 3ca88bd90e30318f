/**
 * Files, git and terminals of one live session: its errors, what its answers are made of, and the functions
 * that read what commands print.
 *
 * The functions take the whole text of a command's standard output and give plain objects. Texts in them are
 * parts of the text that was given, unit by unit of its UTF-16. What is no string where one is expected is a
 * `TypeError` that names the argument.
 *
 * @module channel-a
 */

import type { RoutingSandboxSession, SelfhostedSession } from "../index.js";

/** A request that cannot be carried out as it is: a path out of the workspace, a write that failed. HTTP 400. */
export declare class ChannelAValidationError extends Error {
  name: "ChannelAValidationError";
  constructor(message: string);
}

/** What is asked about is not there. HTTP 404. */
export declare class ChannelANotFoundError extends Error {
  name: "ChannelANotFoundError";
  constructor(message: string);
}

/** What is there stands against the request: a file that is not to be overwritten, a lost terminal. HTTP 409. */
export declare class ChannelAConflictError extends Error {
  name: "ChannelAConflictError";
  constructor(message: string);
}

/** The session has no method for what is asked. HTTP 409. */
export declare class ChannelAUnsupportedError extends Error {
  name: "ChannelAUnsupportedError";
  constructor(message: string);
}

/** What happened to a file of a repository. */
export type GitFileStatusCode =
  | "added"
  | "modified"
  | "deleted"
  | "renamed"
  | "copied"
  | "untracked"
  | "ignored"
  | "conflicted"
  | "typechange";

/** A file that is not as it was committed. */
export interface GitFileState {
  /** From the top of the repository. */
  path: string;
  /** What it was called before, of a file that was renamed or copied. */
  oldPath: string | null;
  /** In the index, against the last commit; `null` where nothing happened to it. */
  index: GitFileStatusCode | null;
  /** In the worktree, against the index; `null` where nothing happened to it. */
  worktree: GitFileStatusCode | null;
  /** Whether it is to be merged by hand. */
  isConflicted: boolean;
}

/** The state of a repository, as {@link parsePorcelainV2} reads it. */
export interface GitWorktreeStatus {
  /** Always `true`. */
  isRepo: boolean;
  /** The branch that is checked out; `null` where none is. */
  head: string | null;
  /** Whether a commit is checked out, and no branch. */
  detached: boolean;
  /** The branch that it follows; `null` where it follows none. */
  upstream: string | null;
  /** How many commits the branch has that the other has not. */
  ahead: number;
  /** How many commits the other has that the branch has not. */
  behind: number;
  /** In git's order. */
  files: GitFileState[];
}

/** How many lines a file gained and lost: a row of {@link parseNumstatZ}. */
export interface NumstatEntry {
  /** 0 where git gives no number. */
  additions: number;
  /** 0 where git gives no number. */
  deletions: number;
  /** Whether git gives neither number, as it does for what is no text. */
  binary: boolean;
  /** What the file was called before; `null` where it has the same path. */
  oldPath: string | null;
  /** From the top of the repository. */
  newPath: string;
}

/** A line of a hunk. */
export interface GitDiffLine {
  /** `meta` is never produced. */
  type: "context" | "add" | "del" | "meta";
  /** Its number on the old side, from 1; `null` where it is not there. */
  oldNo: number | null;
  /** Its number on the new side, from 1; `null` where it is not there. */
  newNo: number | null;
  /** Without the mark before it; a carriage return at its end is kept. */
  text: string;
}

/** Lines that change, with some around them. */
export interface GitDiffHunk {
  /** The number of its first line on the old side; 0 where it has none there. */
  oldStart: number;
  oldLines: number;
  /** The number of its first line on the new side; 0 where it has none there. */
  newStart: number;
  newLines: number;
  /** What git says about the place, as the function that it is in. */
  header: string;
  lines: GitDiffLine[];
}

/** An entry of a directory. */
export interface FsTreeNode {
  /** The last part of its path. */
  name: string;
  /** From the root of the workspace. */
  path: string;
  type: "file" | "dir" | "symlink" | "other";
  /** In bytes; `null` for a directory, or where it is not known. */
  sizeBytes: number | null;
  /** When it was last changed, in milliseconds since the Unix epoch; `null` where it is not known. */
  mtimeMs: number | null;
  /** Its permissions, as `0o644`; `null` where they are not known. */
  mode: number | null;
  /** Of a directory: what is in it, directories first, then in the order of the host's language. */
  children?: FsTreeNode[];
  /** Always `false`. */
  truncated: boolean;
}

/**
 * What a command printed, without the banner that some sessions put before it: all behind the first line
 * `Output:`. A text without that line is its own.
 *
 * @example
 * stripExecBanner("Wall time: 1 seconds\nOutput:\nhello\n"); // "hello\n"
 */
export declare function stripExecBanner(raw: string): string;

/**
 * The number of the session in which a command goes on, as the banner before its output tells; `null` where
 * the banner names none.
 *
 * @example
 * parseExecBannerSessionId("Process running with session ID 7\nOutput:\n"); // 7
 */
export declare function parseExecBannerSessionId(raw: string): number | null;

/**
 * Whether what a session threw says that a path leads out of the workspace, as by a link. Only the message of
 * an `Error`, or the text of what is none, counts.
 */
export declare function isWorkspaceEscapeError(error: unknown): boolean;

/**
 * Whether the answer to an input says that the session of the command is gone. A message that names another
 * session says nothing about this one. An empty answer, or none, says nothing.
 *
 * @example
 * isExecSessionLostBanner("write_stdin failed: session not found: 1", 1); // true
 * isExecSessionLostBanner("write_stdin failed: session not found: 12", 1); // false
 */
export declare function isExecSessionLostBanner(out: string, execSessionId: number): boolean;

/**
 * A path within the workspace, without the slashes at its end.
 *
 * @throws a {@link ChannelAValidationError} where nothing is left of it, where it begins with a slash, and
 *   where a part of it is `..`.
 *
 * @example
 * assertSafeRelPath("src/"); // "src"
 */
export declare function assertSafeRelPath(path: string): string;

/**
 * Reads `git status --porcelain=v2 --branch -z`. A record that it does not know is passed over.
 *
 * @example
 * const { stdout } = await promisify(execFile)("git", ["status", "--porcelain=v2", "--branch", "-z"]);
 * for (const { path, worktree } of parsePorcelainV2(stdout).files) console.log(path, worktree);
 */
export declare function parsePorcelainV2(z: string): GitWorktreeStatus;

/**
 * Reads `git diff -z --numstat`. A record that it does not know is passed over.
 *
 * @example
 * parseNumstatZ("5\t2\tf.ts\0"); // [{ additions: 5, deletions: 2, binary: false, oldPath: null, newPath: "f.ts" }]
 */
export declare function parseNumstatZ(z: string): NumstatEntry[];

/**
 * Reads the `git diff` of one file: its hunks, and what happens to it, which is `"added"`, `"deleted"`,
 * `"renamed"` or `"modified"`.
 */
export declare function parseUnifiedPatch(patch: string): {
  hunks: GitDiffHunk[];
  status: GitFileStatusCode;
};

/** An event for the session's stream, as a {@link SandboxChannelAService} emits it. */
export type ChannelAEvent =
  | { type: "fs.changed"; payload: FsChangedPayload }
  | { type: "git.changed"; payload: GitChangedPayload }
  | { type: "sandbox.command.output.delta"; payload: CommandOutputDeltaPayload };

/** What a command of {@link ChannelASession} is run with. */
export interface ChannelAExecArgs {
  /** The command line, as a shell reads it. */
  cmd: string;
  /** Where it runs; `undefined` is the session's own directory. */
  workdir?: string | undefined;
  /** The shell; the session's own when absent. */
  shell?: string | undefined;
  /** The user to run as. */
  runAs?: string | undefined;
  /** Whether the shell is a login shell. */
  login?: boolean | undefined;
  /** Whether it gets a terminal. */
  tty?: boolean | undefined;
  /** After how many milliseconds the session answers though the command goes on. */
  yieldTimeMs?: number | undefined;
  /** Where the session cuts the output, in tokens. The service never passes it. */
  maxOutputTokens?: number | undefined;
}

/** What a command of {@link ChannelASession.exec} left behind. */
export interface ChannelAExecResult {
  /** Standard output and standard error together. It is read where there is no `stdout`. */
  output?: string | undefined;
  /** Standard output alone. */
  stdout?: string | undefined;
  /** Standard error alone. */
  stderr?: string | undefined;
  /** `null` or absent while the command goes on. */
  exitCode?: number | null | undefined;
  /** The session's number for a command that goes on. */
  sessionId?: number | undefined;
  /** How long it took, in seconds. */
  wallTimeSeconds?: number | undefined;
}

/**
 * The part of a sandbox session that a {@link SandboxChannelAService} uses. Each member is optional, is
 * looked up when it is called, and is called on the session itself. The sessions of `@openai/agents` and
 * {@link SelfhostedSession} have this shape. A {@link RoutingSandboxSession} is one as well, though its types
 * say less of its results.
 */
export interface ChannelASession {
  /** Runs a command; preferred to {@link execCommand}. */
  exec?(args: ChannelAExecArgs): Promise<ChannelAExecResult>;
  /** Runs a command; the text begins with a banner that tells its exit code, or is the plain output. */
  execCommand?(args: ChannelAExecArgs): Promise<string>;
  /** Reads a file, up to `maxBytes` bytes where the session heeds that. */
  readFile?(args: {
    path: string;
    runAs?: string | undefined;
    maxBytes?: number | undefined;
  }): Promise<string | Uint8Array>;
  /** Writes to a command that goes on, and answers what it has printed since. */
  writeStdin?(args: {
    sessionId: number;
    chars?: string | undefined;
    yieldTimeMs?: number | undefined;
    maxOutputTokens?: number | undefined;
  }): Promise<string>;
  /** An editor; of its methods only `createFile` is used, where a command has failed to write a text. */
  createEditor?(runAs?: string): {
    createFile?(operation: { type: "create_file"; path: string; diff: string }): unknown;
    updateFile?(operation: never): unknown;
    deleteFile?(operation: never): unknown;
  };
  /** Whether commands can have a terminal. */
  supportsPty?(): boolean;
}

/** Takes the service's events. It is awaited, and what it throws is dropped. */
export type ChannelAEmitter = (events: ChannelAEvent[]) => Promise<void>;

/** What a {@link SandboxChannelAService} is made with. */
export interface SandboxChannelAServiceOptions {
  /** The live session. The service never closes it. */
  session: ChannelASession;
  /** What the paths of requests are relative to. Default `""`: the session resolves them by itself. */
  workspaceRoot?: string | undefined;
  /** What events tell as their epoch. Default 0. */
  leaseEpoch?: number | undefined;
  /** From where revisions are counted. Default 0. */
  revision?: number | undefined;
  /** Takes the events. Without it there are none. */
  emit?: ChannelAEmitter | undefined;
  /** The user that commands and files belong to. An empty text means the session's own. */
  runAs?: string | undefined;
}

/** How the content of a file crosses. */
export type ChannelAEncoding = "utf8" | "base64";

/** What {@link SandboxChannelAService.fsList} lists. */
export interface ChannelAFsListRequest {
  /** The directory; default `""`, the workspace itself. Slashes at its ends are dropped. */
  path?: string | undefined;
  /** How deep; default 1, which 0 means as well. */
  depth?: number | undefined;
  /** The most entries; default 2,000. */
  maxEntries?: number | undefined;
  /** Whether names that begin with a dot are listed; default true. */
  includeHidden?: boolean | undefined;
}

/** What {@link SandboxChannelAService.fsList} answers. */
export interface ChannelAFsListResponse {
  root: FsTreeNode;
  revision: number;
  /** Whether there are more entries than were asked for. */
  truncated: boolean;
}

/** What {@link SandboxChannelAService.fsRead} reads. */
export interface ChannelAFsReadRequest {
  /** Relative to the workspace, and within it. */
  path: string;
  /** Default `"utf8"`. */
  encoding?: ChannelAEncoding | undefined;
  /** The most bytes; default 5,242,880. */
  maxBytes?: number | undefined;
}

/** What {@link SandboxChannelAService.fsRead} answers. */
export interface ChannelAFsReadResponse {
  path: string;
  /** `"base64"` also where text was asked for and the file is binary. */
  encoding: ChannelAEncoding;
  content: string;
  /** Of the content, in bytes. */
  sizeBytes: number;
  /** Whether it is as long as was asked for at most; there may be more then. */
  truncated: boolean;
  /** Whether there is a zero among the first 8,192 bytes. */
  isBinary: boolean;
  revision: number;
}

/** What {@link SandboxChannelAService.fsWrite} writes. */
export interface ChannelAFsWriteRequest {
  /** Relative to the workspace, and within it. */
  path: string;
  /** Default `"utf8"`. */
  encoding?: ChannelAEncoding | undefined;
  content: string;
  /** Whether a file in its place may be replaced; default true. */
  overwrite?: boolean | undefined;
  /** Whether missing directories are made; default true. */
  createParents?: boolean | undefined;
}

/** What {@link SandboxChannelAService.fsWrite} answers. */
export interface ChannelAFsWriteResponse {
  path: string;
  /** In bytes. */
  sizeBytes: number;
  revision: number;
}

/** What {@link SandboxChannelAService.fsDelete} deletes. */
export interface ChannelAFsDeleteRequest {
  /** Relative to the workspace, and within it. */
  path: string;
  /** Whether a directory may be deleted, with all that is in it; default false. */
  recursive?: boolean | undefined;
}

/** What {@link SandboxChannelAService.fsDelete} answers. */
export interface ChannelAFsDeleteResponse {
  revision: number;
}

/** What {@link SandboxChannelAService.fsMove} moves. */
export interface ChannelAFsMoveRequest {
  /** Relative to the workspace, and within it. */
  path: string;
  /** Likewise. */
  newPath: string;
  /** Whether a file in its place may be replaced; default false. */
  overwrite?: boolean | undefined;
  /** Whether missing directories are made; default true. */
  createParents?: boolean | undefined;
}

/** What {@link SandboxChannelAService.fsMove} answers. */
export interface ChannelAFsMoveResponse {
  path: string;
  newPath: string;
  revision: number;
}

/** What {@link SandboxChannelAService.fsMkdir} makes. */
export interface ChannelAFsMkdirRequest {
  /** Relative to the workspace, and within it. */
  path: string;
  /** Whether missing directories above it are made, and one that is there is fine; default true. */
  recursive?: boolean | undefined;
}

/** What {@link SandboxChannelAService.fsMkdir} answers. */
export interface ChannelAFsMkdirResponse {
  path: string;
  revision: number;
}

/** Which repository {@link SandboxChannelAService.gitStatus} looks at. */
export interface ChannelAGitStatusRequest {
  /** A directory in it; default `""`. */
  path?: string | undefined;
}

/** What {@link SandboxChannelAService.gitStatus} answers. */
export interface ChannelAGitStatusResponse {
  /** False outside of repositories; the other fields are empty then. */
  isRepo: boolean;
  /** The branch; `null` where a commit is checked out. */
  head: string | null;
  detached: boolean;
  upstream: string | null;
  /** How many commits {@link upstream} does not have. */
  ahead: number;
  /** How many commits of {@link upstream} are missing. */
  behind: number;
  files: GitFileState[];
  revision: number;
}

/** What {@link SandboxChannelAService.gitDiff} compares. */
export interface ChannelAGitDiffRequest {
  /** A directory in the repository; default `""`. */
  path?: string | undefined;
  /** Whether the index is compared with the last commit; default false: the worktree with the index. */
  staged?: boolean | undefined;
  /** What to compare with {@link toRef}, or with the worktree. */
  fromRef?: string | undefined;
  /** Only beside {@link fromRef}. */
  toRef?: string | undefined;
  /** Limits, relative to {@link path}; default none. */
  pathspec?: string[] | undefined;
  /** Default 3. */
  contextLines?: number | undefined;
  /** Above how many bytes of a patch its hunks are left out; default 524,288. */
  maxBytesPerFile?: number | undefined;
}

/** How a file differs. */
export interface GitFileDiff {
  /** From the top of the repository. */
  path: string;
  /** What it was called before. */
  oldPath: string | null;
  /** `"conflicted"` where it is not merged; the hunks are against the branch's own side then. */
  status: GitFileStatusCode;
  isBinary: boolean;
  /** Whether it is a picture, by its name. */
  isImage: boolean;
  additions: number;
  deletions: number;
  hunks: GitDiffHunk[];
  /** Whether the hunks were left out because there are too many. */
  truncated: boolean;
}

/** What {@link SandboxChannelAService.gitDiff} answers. */
export interface ChannelAGitDiffResponse {
  files: GitFileDiff[];
  revision: number;
}

/** What part of the log {@link SandboxChannelAService.gitLog} reads. */
export interface ChannelAGitLogRequest {
  /** A directory in the repository; default `""`. */
  path?: string | undefined;
  /** Default `"HEAD"`. */
  ref?: string | undefined;
  /** Default 100. */
  maxCount?: number | undefined;
  /** Default 0. */
  skip?: number | undefined;
  /** Limits, relative to {@link path}; default none. */
  pathspec?: string[] | undefined;
}

/** Who made a commit, and when. */
export interface GitPerson {
  name: string;
  email: string;
  /** In seconds since the Unix epoch. */
  timestamp: number;
}

/** A commit. */
export interface GitCommit {
  sha: string;
  shortSha: string;
  parents: string[];
  author: GitPerson;
  committer: GitPerson;
  subject: string;
  /** The message behind its first paragraph, with the line break at its end. */
  body: string;
  /** Always empty. */
  refs: string[];
}

/** What {@link SandboxChannelAService.gitLog} answers. */
export interface ChannelAGitLogResponse {
  /** The newest first; none where there is no such ref, or no repository. */
  commits: GitCommit[];
  hasMore: boolean;
}

/** What {@link SandboxChannelAService.gitShow} shows. */
export interface ChannelAGitShowRequest {
  /** A directory in the repository; default `""`. */
  path?: string | undefined;
  ref: string;
  /** From the top of the repository. With it the file is shown, and else the commit. */
  filePath?: string | undefined;
  /** Default `"utf8"`. */
  encoding?: ChannelAEncoding | undefined;
  /** The most bytes of the file, or of a patch; default 524,288. */
  maxBytesPerFile?: number | undefined;
}

/** What {@link SandboxChannelAService.gitShow} answers. */
export interface ChannelAGitShowResponse {
  /** `null` where a file was asked for, or there is no such commit. */
  commit: GitCommit | null;
  /** What the commit changed; of the first commit of all, every file. */
  files: GitFileDiff[];
  blob: {
    content: string;
    encoding: ChannelAEncoding;
    /** Of the content, in bytes. */
    sizeBytes: number;
    /** Whether there is more. */
    truncated: boolean;
  } | null;
  revision: number;
}

/** What {@link SandboxChannelAService.terminalExec} runs. */
export interface ChannelATerminalExecRequest {
  /** It runs as it is. */
  command: string;
  /** Default `""`. */
  cwd?: string | undefined;
  /** After how many milliseconds it is answered though the command goes on; default 30,000. */
  timeoutMs?: number | undefined;
  /** Whether the output is emitted as well; default true. */
  emitStream?: boolean | undefined;
}

/** What {@link SandboxChannelAService.terminalExec} answers. */
export interface ChannelATerminalExecResponse {
  stdout: string;
  /** Empty where the session does not tell it apart. */
  stderr: string;
  /** `null` while the command goes on. */
  exitCode: number | null;
  running: boolean;
  wallTimeSeconds: number;
}

/** What terminal {@link SandboxChannelAService.ptyOpen} opens. */
export interface ChannelAPtyOpenRequest {
  /** Not used. */
  cols?: number | undefined;
  /** Not used. */
  rows?: number | undefined;
  /** Default `""`. */
  cwd?: string | undefined;
  /** Default `"/bin/bash"`. */
  shell?: string | undefined;
}

/** What callers are told of a terminal. */
export interface ChannelAPtyOpenResponse {
  ptyId: string;
  streamVia: "sse-events";
  supportsInput: boolean;
}

/** A terminal that was opened. */
export interface ChannelAOpenedPty {
  response: ChannelAPtyOpenResponse;
  /** The session's number for it; `null` where it has ended already. */
  execSessionId: number | null;
  shell: string;
  initialOutput: string;
}

/** An input for a terminal. */
export interface ChannelAPtyWriteRequest {
  ptyId: string;
  data: string;
}

/** The size of a terminal. */
export interface ChannelAPtyResizeRequest {
  ptyId: string;
  cols: number;
  rows: number;
}

/** The end of a terminal. */
export interface ChannelAPtyCloseRequest {
  ptyId: string;
}

/** Why a repository is told to have changed. */
export type GitChangeReason = "commit" | "checkout" | "stage" | "worktree" | "fetch" | "unknown";

/** What `fs.changed` tells. */
export interface FsChangedPayload {
  changes: {
    path: string;
    /** A file that was written is always `"modified"`; one that was moved is deleted, and created. */
    kind: "created" | "modified" | "deleted" | "renamed";
    isDir: boolean;
    sizeBytes: number | null;
  }[];
  source: "write";
  revision: number;
  leaseEpoch: number;
}

/** What `git.changed` tells. */
export interface GitChangedPayload {
  head: string | null;
  dirty: boolean;
  ahead: number;
  behind: number;
  changedFileCount: number;
  reason: GitChangeReason;
  revision: number;
  leaseEpoch: number;
}

/** What `sandbox.command.output.delta` tells. */
export interface CommandOutputDeltaPayload {
  stream: "stdout" | "stderr";
  chunk: string;
  /** A UUID, the same for both streams of a command. */
  commandId: string;
  seq: number;
}

/** What {@link SandboxChannelAService.capabilities} answers. */
export interface SessionStructuredCapabilities {
  FileSystem: { available: boolean; readOnly: boolean; root: string };
  Terminal: { events: boolean; exec: boolean; pty: { available: boolean } };
  Git: { available: boolean; repos: string[] };
}

/**
 * Files, git and terminals of one live session, for the duration of one request.
 *
 * What the session throws reaches the caller as it is. An answer that the session has cut is asked for
 * again in pieces; a command that goes on is waited for, for two minutes, where the session has
 * `writeStdin`. Where neither helps, the method rejects with an `Error` that says so, and never answers
 * with a part as if it were all.
 *
 * @example
 * const service = new SandboxChannelAService({ session, emit });
 * await service.fsWrite({ path: "notes/today.md", content: "# Today\n" });
 * const { root } = await service.fsList({ path: "notes", depth: 2 });
 */
export declare class SandboxChannelAService {
  constructor(opts: SandboxChannelAServiceOptions);
  /** How often this service has changed something, from {@link SandboxChannelAServiceOptions.revision} on. */
  currentRevision(): number;
  /** What the session can do, by the methods that it has. */
  capabilities(repos?: string[]): SessionStructuredCapabilities;
  /** Lists a directory. One that is not there is empty. */
  fsList(req: ChannelAFsListRequest): Promise<ChannelAFsListResponse>;
  /** Reads a file: by the session's `readFile`, else by commands. */
  fsRead(req: ChannelAFsReadRequest): Promise<ChannelAFsReadResponse>;
  /**
   * Writes a file. One of more than 90,000 bytes goes to the box in pieces, into a file beside it, which
   * takes its place when it is complete. Content that is no base64 where it should be is refused.
   */
  fsWrite(req: ChannelAFsWriteRequest): Promise<ChannelAFsWriteResponse>;
  /** Deletes a file, or a directory. What is not there counts as deleted. */
  fsDelete(req: ChannelAFsDeleteRequest): Promise<ChannelAFsDeleteResponse>;
  /** Moves a file or a directory. */
  fsMove(req: ChannelAFsMoveRequest): Promise<ChannelAFsMoveResponse>;
  /** Makes a directory. */
  fsMkdir(req: ChannelAFsMkdirRequest): Promise<ChannelAFsMkdirResponse>;
  /** The state of a repository. */
  gitStatus(req: ChannelAGitStatusRequest): Promise<ChannelAGitStatusResponse>;
  /** How files differ. */
  gitDiff(req: ChannelAGitDiffRequest): Promise<ChannelAGitDiffResponse>;
  /** Commits, the newest first. */
  gitLog(req: ChannelAGitLogRequest): Promise<ChannelAGitLogResponse>;
  /** A commit and what it changed, or a file as it was in a commit. */
  gitShow(req: ChannelAGitShowRequest): Promise<ChannelAGitShowResponse>;
  /** The directories of repositories, up to two levels deep; none where they cannot be looked for. */
  detectRepos(): Promise<string[]>;
  /** Runs a command as it is. */
  terminalExec(req: ChannelATerminalExecRequest): Promise<ChannelATerminalExecResponse>;
  /** Opens a terminal. */
  ptyOpen(req: ChannelAPtyOpenRequest, ptyId: string): Promise<ChannelAOpenedPty>;
  /** Writes `data` to a terminal, and answers what it has printed since. */
  ptyWrite(req: ChannelAPtyWriteRequest, execSessionId: number, data: string): Promise<string>;
  /** Types an `stty` into a terminal. */
  ptyResize(req: ChannelAPtyResizeRequest, execSessionId: number): Promise<void>;
  /** Ends the input of a terminal, whatever comes of that. */
  ptyClose(req: ChannelAPtyCloseRequest, execSessionId: number | null): Promise<void>;
  /** Emits `git.changed` with the state of a repository; nothing where git fails. It never fails. */
  emitGitChanged(repoPath: string, reason: GitChangeReason): Promise<void>;
}
