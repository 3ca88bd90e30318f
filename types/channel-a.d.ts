/**
 * Files, git and terminals of one live session: the service, its errors, its requests and responses, and the
 * functions that read the output of commands.
 *
 * The functions take the whole standard output of a command, and return plain objects. The texts in the
 * objects are slices of the output. An argument that should be a string and is none is a `TypeError` that
 * names it.
 *
 * @module channel-a
 */

import type { RoutingSandboxSession, SelfhostedSession, OpenGeniError } from "../index.js";

/** A request cannot be carried out: its path leads out of the workspace, or the box refused it. HTTP 400. */
export declare class ChannelAValidationError extends OpenGeniError {
  name: "ChannelAValidationError";
  constructor(message: string);
}

/** The file of a request does not exist, or cannot be read. HTTP 404. */
export declare class ChannelANotFoundError extends OpenGeniError {
  name: "ChannelANotFoundError";
  constructor(message: string);
}

/** The state of the box does not allow the request: a file is in the way, or a terminal is lost. HTTP 409. */
export declare class ChannelAConflictError extends OpenGeniError {
  name: "ChannelAConflictError";
  constructor(message: string);
}

/** The session has no method for the request. HTTP 409. */
export declare class ChannelAUnsupportedError extends OpenGeniError {
  name: "ChannelAUnsupportedError";
  constructor(message: string);
}

/** The change of a file of a repository. */
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

/** A file that differs from the last commit. */
export interface GitFileState {
  /** The path from the top of the repository. */
  path: string;
  /** The former path of a file that was renamed or copied, else `null`. */
  oldPath: string | null;
  /** The change from the last commit to the index; `null` where there is none. */
  index: GitFileStatusCode | null;
  /** The change from the index to the worktree; `null` where there is none. */
  worktree: GitFileStatusCode | null;
  /** Whether the file has a merge conflict. */
  isConflicted: boolean;
}

/** The state of a repository: the result of {@link parsePorcelainV2}. */
export interface GitWorktreeStatus {
  /** Always `true`. */
  isRepo: boolean;
  /** The branch that is checked out; `null` where none is. */
  head: string | null;
  /** Whether a commit is checked out, and no branch. */
  detached: boolean;
  /** The branch that the branch follows; `null` where it follows none. */
  upstream: string | null;
  /** The number of commits that `upstream` does not have. */
  ahead: number;
  /** The number of commits that only `upstream` has. */
  behind: number;
  /** The files that differ from the last commit, in git's order. */
  files: GitFileState[];
}

/** The numbers of added and removed lines of a file: a row of {@link parseNumstatZ}. */
export interface NumstatEntry {
  /** The number of added lines; 0 where git gives no number. */
  additions: number;
  /** The number of removed lines; 0 where git gives no number. */
  deletions: number;
  /** Whether git gives neither number, as for a binary file. */
  binary: boolean;
  /** The former path of a file that was renamed or copied, else `null`. */
  oldPath: string | null;
  /** The path from the top of the repository. */
  newPath: string;
}

/** A line of a hunk. */
export interface GitDiffLine {
  /** `meta` is never produced. */
  type: "context" | "add" | "del" | "meta";
  /** The number of the line on the old side, from 1; `null` for an added line. */
  oldNo: number | null;
  /** The number of the line on the new side, from 1; `null` for a removed line. */
  newNo: number | null;
  /** The line without its mark. A carriage return at its end is kept. */
  text: string;
}

/** Changed lines, with their context. */
export interface GitDiffHunk {
  /** The number of the first line on the old side; 0 where the hunk has none there. */
  oldStart: number;
  /** The number of lines on the old side. */
  oldLines: number;
  /** The number of the first line on the new side; 0 where the hunk has none there. */
  newStart: number;
  /** The number of lines on the new side. */
  newLines: number;
  /** The text behind the second `@@`, such as the function that the hunk is in. */
  header: string;
  lines: GitDiffLine[];
}

/** An entry of a directory. */
export interface FsTreeNode {
  /** The last part of the path. */
  name: string;
  /** The path from the root of the workspace. */
  path: string;
  /** The type; `other` is a device, a socket or a pipe. */
  type: "file" | "dir" | "symlink" | "other";
  /** The size in bytes; `null` for a directory, or where it is unknown. */
  sizeBytes: number | null;
  /** The time of the last change, in milliseconds since the Unix epoch; `null` where it is unknown. */
  mtimeMs: number | null;
  /** The permissions as a number, such as `0o644`; `null` where they are unknown. */
  mode: number | null;
  /** The entries of a directory: directories first, then by name in the order of the host's language. */
  children?: FsTreeNode[];
  /** Always `false`. */
  truncated: boolean;
}

/**
 * Removes the banner that some sessions put before the output of a command.
 *
 * @returns The text behind the first line `Output:`; the whole text where there is no such line.
 *
 * @example
 * stripExecBanner("Wall time: 1 seconds\nOutput:\nhello\n"); // "hello\n"
 */
export declare function stripExecBanner(raw: string): string;

/**
 * Reads the number of the session in which a command goes on from the banner before its output.
 *
 * @returns The number; `null` where the banner names none.
 *
 * @example
 * parseExecBannerSessionId("Process running with session ID 7\nOutput:\n"); // 7
 */
export declare function parseExecBannerSessionId(raw: string): number | null;

/**
 * Whether an error of a session says that a path leads out of the workspace, as by a link.
 *
 * @param error An `Error`, whose message counts, or any other value, whose text counts.
 */
export declare function isWorkspaceEscapeError(error: unknown): boolean;

/**
 * Whether the answer to an input says that the session of the command is gone. The result is `false` for an
 * empty answer, and for a message about another session.
 *
 * @param out The answer of `writeStdin`.
 * @param execSessionId The session's number for the command.
 *
 * @example
 * isExecSessionLostBanner("write_stdin failed: session not found: 1", 1); // true
 * isExecSessionLostBanner("write_stdin failed: session not found: 12", 1); // false
 */
export declare function isExecSessionLostBanner(out: string, execSessionId: number): boolean;

/**
 * Checks a path within the workspace.
 *
 * @returns The path without the slashes at its end.
 * @throws a {@link ChannelAValidationError} where the path is empty, begins with a slash, or has a part `..`.
 *
 * @example
 * assertSafeRelPath("src/"); // "src"
 */
export declare function assertSafeRelPath(path: string): string;

/**
 * Reads the output of `git status --porcelain=v2 --branch -z`. Unknown records are skipped.
 *
 * @example
 * const { stdout } = await promisify(execFile)("git", ["status", "--porcelain=v2", "--branch", "-z"]);
 * for (const { path, worktree } of parsePorcelainV2(stdout).files) console.log(path, worktree);
 */
export declare function parsePorcelainV2(z: string): GitWorktreeStatus;

/**
 * Reads the output of `git diff -z --numstat`. Unknown records are skipped.
 *
 * @example
 * parseNumstatZ("5\t2\tf.ts\0"); // [{ additions: 5, deletions: 2, binary: false, oldPath: null, newPath: "f.ts" }]
 */
export declare function parseNumstatZ(z: string): NumstatEntry[];

/**
 * Reads the output of `git diff` for one file.
 *
 * @returns The hunks, and the change: `"added"`, `"deleted"`, `"renamed"` or `"modified"`.
 *
 * @example
 * parseUnifiedPatch("@@ -1 +1 @@\n-a\n+b\n").hunks[0]?.lines.map(({ text }) => text); // ["a", "b"]
 */
export declare function parseUnifiedPatch(patch: string): {
  hunks: GitDiffHunk[];
  status: GitFileStatusCode;
};

/** An event of a {@link SandboxChannelAService}, for the session's stream. */
export type ChannelAEvent =
  | { type: "fs.changed"; payload: FsChangedPayload }
  | { type: "git.changed"; payload: GitChangedPayload }
  | { type: "sandbox.command.output.delta"; payload: CommandOutputDeltaPayload };

/** The arguments of a command of {@link ChannelASession}. */
export interface ChannelAExecArgs {
  /** The command line of a shell. */
  cmd: string;
  /** The directory to run in. Default: the session's own. */
  workdir?: string | undefined;
  /** The shell. Default: the session's own. */
  shell?: string | undefined;
  /** The user to run as. Default: the session's own. */
  runAs?: string | undefined;
  /** Whether the shell is a login shell. */
  login?: boolean | undefined;
  /** Whether the command gets a terminal. */
  tty?: boolean | undefined;
  /** The time after which the session answers, though the command goes on, in milliseconds. */
  yieldTimeMs?: number | undefined;
  /** The length at which the session cuts the output, in tokens. The service never passes it. */
  maxOutputTokens?: number | undefined;
}

/** The result of {@link ChannelASession.exec}. */
export interface ChannelAExecResult {
  /** Standard output and standard error together. It is read where there is no `stdout`. */
  output?: string | undefined;
  /** Standard output alone. */
  stdout?: string | undefined;
  /** Standard error alone. */
  stderr?: string | undefined;
  /** The exit code; `null` or absent while the command goes on. */
  exitCode?: number | null | undefined;
  /** The session's number for a command that goes on. */
  sessionId?: number | undefined;
  /** The duration, in seconds. */
  wallTimeSeconds?: number | undefined;
}

/**
 * The part of a sandbox session that a {@link SandboxChannelAService} uses. Each member is optional. It is
 * looked up at each call, and called on the session itself. The sessions of `@openai/agents`,
 * {@link SelfhostedSession} and {@link RoutingSandboxSession} have this shape; the last one's results have
 * wider types.
 */
export interface ChannelASession {
  /** Runs a command. Preferred to {@link execCommand}. */
  exec?(args: ChannelAExecArgs): Promise<ChannelAExecResult>;
  /** Runs a command. Returns its output, with or without a banner that has the exit code. */
  execCommand?(args: ChannelAExecArgs): Promise<string>;
  /** Reads a file, up to `maxBytes` bytes where the session supports it. */
  readFile?(args: {
    path: string;
    runAs?: string | undefined;
    maxBytes?: number | undefined;
  }): Promise<string | Uint8Array>;
  /** Writes to a command that goes on. Returns the output since the last answer. */
  writeStdin?(args: {
    sessionId: number;
    chars?: string | undefined;
    yieldTimeMs?: number | undefined;
    maxOutputTokens?: number | undefined;
  }): Promise<string>;
  /** Returns an editor. Its `createFile` is used where a command has failed to write a text. */
  createEditor?(runAs?: string): {
    createFile?(operation: { type: "create_file"; path: string; diff: string }): unknown;
    updateFile?(operation: never): unknown;
    deleteFile?(operation: never): unknown;
  };
  /** Whether commands can have a terminal. */
  supportsPty?(): boolean;
}

/** Takes the service's events. The service awaits it, and ignores its errors. */
export type ChannelAEmitter = (events: ChannelAEvent[]) => Promise<void>;

/** The options of a {@link SandboxChannelAService}. */
export interface SandboxChannelAServiceOptions {
  /** The live session. The service never closes it. */
  session: ChannelASession;
  /** The directory that the paths of requests are relative to. Default: `""`, the session's own. */
  workspaceRoot?: string | undefined;
  /** The epoch of the lease, for the events: a finite number. Default: 0. */
  leaseEpoch?: number | undefined;
  /** The first revision: a finite number. Default: 0. */
  revision?: number | undefined;
  /** Takes the events. Default: nobody does. */
  emit?: ChannelAEmitter | undefined;
  /** The user of commands and files. Default, and for `""`: the session's own. */
  runAs?: string | undefined;
}

/** The encoding of a file's content in a request or a response. */
export type ChannelAEncoding = "utf8" | "base64";

/** A request of {@link SandboxChannelAService.fsList}. */
export interface ChannelAFsListRequest {
  /** The directory, relative to the workspace, with or without slashes at its ends. Default: `""`. */
  path?: string | undefined;
  /** The number of levels; 0 counts as 1. Default: 1. */
  depth?: number | undefined;
  /** The greatest number of entries. Default: 2,000. */
  maxEntries?: number | undefined;
  /** Whether names that begin with a dot are listed. Default: true. */
  includeHidden?: boolean | undefined;
}

/** The response of {@link SandboxChannelAService.fsList}. */
export interface ChannelAFsListResponse {
  /** The directory, with its entries in `children`. */
  root: FsTreeNode;
  /** The service's revision. */
  revision: number;
  /** Whether there are more entries than `maxEntries`. */
  truncated: boolean;
}

/** A request of {@link SandboxChannelAService.fsRead}. */
export interface ChannelAFsReadRequest {
  /** The file, by its path from the workspace. */
  path: string;
  /** The encoding of a text. Default: `"utf8"`. */
  encoding?: ChannelAEncoding | undefined;
  /** The greatest number of bytes to read. Default: 5,242,880. */
  maxBytes?: number | undefined;
}

/** The response of {@link SandboxChannelAService.fsRead}. */
export interface ChannelAFsReadResponse {
  /** The path of the request, without the slashes at its end. */
  path: string;
  /** The encoding of `content`: for a binary file always `"base64"`. */
  encoding: ChannelAEncoding;
  /** The content, in `encoding`. */
  content: string;
  /** The length of the content, in bytes. */
  sizeBytes: number;
  /** Whether the content has `maxBytes` bytes, so that the file may have more. */
  truncated: boolean;
  /** Whether a zero is among the first 8,192 bytes. */
  isBinary: boolean;
  /** The service's revision. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.fsWrite}. */
export interface ChannelAFsWriteRequest {
  /** The file, by its path from the workspace. */
  path: string;
  /** The encoding of `content`. Default: `"utf8"`. */
  encoding?: ChannelAEncoding | undefined;
  /** The content, in `encoding`. */
  content: string;
  /** Whether a file in its place may be replaced. Default: true. */
  overwrite?: boolean | undefined;
  /** Whether missing directories are made. Default: true. */
  createParents?: boolean | undefined;
}

/** The response of {@link SandboxChannelAService.fsWrite}. */
export interface ChannelAFsWriteResponse {
  /** The path of the request, without the slashes at its end. */
  path: string;
  /** The length of the file, in bytes. */
  sizeBytes: number;
  /** The service's revision after the write. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.fsDelete}. */
export interface ChannelAFsDeleteRequest {
  /** The file or directory, by its path from the workspace. */
  path: string;
  /** Whether a directory is deleted, with all its entries. Default: false. */
  recursive?: boolean | undefined;
}

/** The response of {@link SandboxChannelAService.fsDelete}. */
export interface ChannelAFsDeleteResponse {
  /** The service's revision after the deletion. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.fsMove}. */
export interface ChannelAFsMoveRequest {
  /** The file or directory, by its path from the workspace. */
  path: string;
  /** The new path from the workspace. */
  newPath: string;
  /** Whether a file in its place may be replaced. Default: false. */
  overwrite?: boolean | undefined;
  /** Whether missing directories are made. Default: true. */
  createParents?: boolean | undefined;
}

/** The response of {@link SandboxChannelAService.fsMove}. */
export interface ChannelAFsMoveResponse {
  /** The path of the request, without the slashes at its end. */
  path: string;
  /** The new path of the request, without the slashes at its end. */
  newPath: string;
  /** The service's revision after the move. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.fsMkdir}. */
export interface ChannelAFsMkdirRequest {
  /** The directory, by its path from the workspace. */
  path: string;
  /** Whether missing parents are made, and an existing directory is accepted. Default: true. */
  recursive?: boolean | undefined;
}

/** The response of {@link SandboxChannelAService.fsMkdir}. */
export interface ChannelAFsMkdirResponse {
  /** The path of the request, without the slashes at its end. */
  path: string;
  /** The service's revision after the change. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.gitStatus}. */
export interface ChannelAGitStatusRequest {
  /** A directory in the repository. Default: `""`, the workspace. */
  path?: string | undefined;
}

/** The response of {@link SandboxChannelAService.gitStatus}. */
export interface ChannelAGitStatusResponse {
  /** Whether the directory is in a repository. Otherwise the other fields are empty. */
  isRepo: boolean;
  /** The branch; `null` where a commit is checked out. */
  head: string | null;
  /** Whether a commit is checked out, and no branch. */
  detached: boolean;
  /** The branch that the branch follows; `null` where it follows none. */
  upstream: string | null;
  /** The number of commits that {@link upstream} does not have. */
  ahead: number;
  /** The number of commits that only {@link upstream} has. */
  behind: number;
  /** The files that differ from the last commit, in git's order. */
  files: GitFileState[];
  /** The service's revision. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.gitDiff}. */
export interface ChannelAGitDiffRequest {
  /** A directory in the repository. Default: `""`, the workspace. */
  path?: string | undefined;
  /** Whether the index is compared with the last commit. Default: false, the worktree with the index. */
  staged?: boolean | undefined;
  /** The ref to compare with {@link toRef}, or with the worktree. */
  fromRef?: string | undefined;
  /** The ref of the new side. It counts only beside {@link fromRef}. */
  toRef?: string | undefined;
  /** The paths to compare, relative to {@link path}. Default: all. */
  pathspec?: string[] | undefined;
  /** The number of unchanged lines around a change. Default: 3. */
  contextLines?: number | undefined;
  /** The longest patch of a file whose hunks are returned, in bytes. Default: 524,288. */
  maxBytesPerFile?: number | undefined;
}

/** The differences of a file. */
export interface GitFileDiff {
  /** The path from the top of the repository. */
  path: string;
  /** The former path of a file that was renamed or copied, else `null`. */
  oldPath: string | null;
  /** The change. Of a `"conflicted"` file, the hunks are against the branch's own side. */
  status: GitFileStatusCode;
  /** Whether git counts no lines of the file. */
  isBinary: boolean;
  /** Whether the name is that of a picture. */
  isImage: boolean;
  /** The number of added lines. */
  additions: number;
  /** The number of removed lines. */
  deletions: number;
  /** The changed lines; empty for a binary file. */
  hunks: GitDiffHunk[];
  /** Whether the hunks were left out, since the patch is longer than `maxBytesPerFile`. */
  truncated: boolean;
}

/** The response of {@link SandboxChannelAService.gitDiff}. */
export interface ChannelAGitDiffResponse {
  /** The files that differ, in git's order. */
  files: GitFileDiff[];
  /** The service's revision. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.gitLog}. */
export interface ChannelAGitLogRequest {
  /** A directory in the repository. Default: `""`, the workspace. */
  path?: string | undefined;
  /** The ref to begin at. Default: `"HEAD"`. */
  ref?: string | undefined;
  /** The greatest number of commits. Default: 100. */
  maxCount?: number | undefined;
  /** The number of newer commits to leave out. Default: 0. */
  skip?: number | undefined;
  /** The paths whose commits count, relative to {@link path}. Default: all. */
  pathspec?: string[] | undefined;
}

/** The author or the committer of a commit, and the time. */
export interface GitPerson {
  name: string;
  email: string;
  /** The time, in seconds since the Unix epoch. */
  timestamp: number;
}

/** A commit. */
export interface GitCommit {
  /** The hash, in hexadecimal. */
  sha: string;
  /** The shortest unambiguous beginning of the hash, as git has it. */
  shortSha: string;
  /** The hashes of the parents. */
  parents: string[];
  author: GitPerson;
  committer: GitPerson;
  /** The first paragraph of the message, on one line. */
  subject: string;
  /** The rest of the message, with the line break at its end. */
  body: string;
  /** Always empty. */
  refs: string[];
}

/** The response of {@link SandboxChannelAService.gitLog}. */
export interface ChannelAGitLogResponse {
  /** The commits, the newest first; none where there is no such ref, or no repository. */
  commits: GitCommit[];
  /** Whether there are older commits. */
  hasMore: boolean;
}

/** A request of {@link SandboxChannelAService.gitShow}. */
export interface ChannelAGitShowRequest {
  /** A directory in the repository. Default: `""`, the workspace. */
  path?: string | undefined;
  /** The commit. */
  ref: string;
  /** A file of the commit, by its path from the top of the repository. Default: the commit is shown. */
  filePath?: string | undefined;
  /** The encoding of a file that is a text. Default: `"utf8"`. */
  encoding?: ChannelAEncoding | undefined;
  /** The greatest number of bytes of the file, or of the patch of a file. Default: 524,288. */
  maxBytesPerFile?: number | undefined;
}

/** The response of {@link SandboxChannelAService.gitShow}. */
export interface ChannelAGitShowResponse {
  /** The commit; `null` where a file was asked for, or there is no such commit. */
  commit: GitCommit | null;
  /** The changes of the commit against its first parent. The first commit of all adds each file. */
  files: GitFileDiff[];
  /** The file that was asked for, else `null`. */
  blob: {
    /** The content, in `encoding`. */
    content: string;
    /** The encoding of `content`: for a binary file always `"base64"`. */
    encoding: ChannelAEncoding;
    /** The length of the content, in bytes. */
    sizeBytes: number;
    /** Whether the file has more bytes. */
    truncated: boolean;
  } | null;
  /** The service's revision. */
  revision: number;
}

/** A request of {@link SandboxChannelAService.terminalExec}. */
export interface ChannelATerminalExecRequest {
  /** The command line, which runs unchanged. */
  command: string;
  /** The directory to run in, relative to the workspace. Default: `""`, the workspace. */
  cwd?: string | undefined;
  /** The time after which the answer comes, though the command goes on, in milliseconds. Default: 30,000. */
  timeoutMs?: number | undefined;
  /** Whether the output is emitted as well. Default: true. */
  emitStream?: boolean | undefined;
}

/** The response of {@link SandboxChannelAService.terminalExec}. */
export interface ChannelATerminalExecResponse {
  /** Standard output; with standard error where the session does not separate them. */
  stdout: string;
  /** Standard error; empty where the session does not separate it. */
  stderr: string;
  /** The exit code; `null` while the command goes on. */
  exitCode: number | null;
  /** Whether the command goes on. */
  running: boolean;
  /** The duration, in seconds; 0 where the session does not say. */
  wallTimeSeconds: number;
}

/** A request of {@link SandboxChannelAService.ptyOpen}. */
export interface ChannelAPtyOpenRequest {
  /** Not used. See {@link SandboxChannelAService.ptyResize}. */
  cols?: number | undefined;
  /** Not used. See {@link SandboxChannelAService.ptyResize}. */
  rows?: number | undefined;
  /** The directory to run in, relative to the workspace. Default: `""`, the workspace. */
  cwd?: string | undefined;
  /** The command of the terminal. Default: `"/bin/bash"`. */
  shell?: string | undefined;
}

/** The answer to a client that opens a terminal. */
export interface ChannelAPtyOpenResponse {
  /** The caller's id of the terminal. */
  ptyId: string;
  streamVia: "sse-events";
  /** Whether the session's terminals take input. */
  supportsInput: boolean;
}

/** A terminal that was opened. */
export interface ChannelAOpenedPty {
  response: ChannelAPtyOpenResponse;
  /** The session's number for the terminal; `null` where its command has ended. */
  execSessionId: number | null;
  /** The command of the terminal. */
  shell: string;
  /** The first output. */
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
  /** The width in characters, from 1 to 65,535. */
  cols: number;
  /** The height in characters, from 1 to 65,535. */
  rows: number;
}

/** The end of a terminal. */
export interface ChannelAPtyCloseRequest {
  ptyId: string;
}

/** The caller's reason for a `git.changed`. */
export type GitChangeReason = "commit" | "checkout" | "stage" | "worktree" | "fetch" | "unknown";

/** The payload of `fs.changed`. */
export interface FsChangedPayload {
  changes: {
    /** The path from the workspace. */
    path: string;
    /** A write is always `"modified"`. A move is `"deleted"` for the old path, and `"created"` for the new. */
    kind: "created" | "modified" | "deleted" | "renamed";
    /** Whether a directory was made. */
    isDir: boolean;
    /** The length of a written file, in bytes; `null` for other changes. */
    sizeBytes: number | null;
  }[];
  source: "write";
  /** The service's revision after the change. */
  revision: number;
  /** The epoch of the service's options. */
  leaseEpoch: number;
}

/** The payload of `git.changed`. */
export interface GitChangedPayload {
  /** The branch; `null` where a commit is checked out. */
  head: string | null;
  /** Whether a file differs from the last commit. */
  dirty: boolean;
  /** The number of commits that the followed branch does not have. */
  ahead: number;
  /** The number of commits that only the followed branch has. */
  behind: number;
  /** The number of files that differ from the last commit. */
  changedFileCount: number;
  reason: GitChangeReason;
  /** The service's revision. */
  revision: number;
  /** The epoch of the service's options. */
  leaseEpoch: number;
}

/** The payload of `sandbox.command.output.delta`. */
export interface CommandOutputDeltaPayload {
  stream: "stdout" | "stderr";
  /** The output. */
  chunk: string;
  /** A UUID, the same for both streams of a command. */
  commandId: string;
  /** 0 for standard output, 1 for standard error. */
  seq: number;
}

/** The result of {@link SandboxChannelAService.capabilities}. */
export interface SessionStructuredCapabilities {
  FileSystem: { available: boolean; readOnly: boolean; root: string };
  Terminal: { events: boolean; exec: boolean; pty: { available: boolean } };
  Git: { available: boolean; repos: string[] };
}

/**
 * Files, git and terminals of one live session, for the duration of one request.
 *
 * Each method rejects with:
 *
 * - a `TypeError` or `RangeError` that names a field of the wrong type or range, before anything runs;
 * - a {@link ChannelAValidationError} for a path that leads out of the workspace, for a ref that begins with
 *   a dash, and where the box refuses a change;
 * - a {@link ChannelAUnsupportedError} where the session has no method for the request;
 * - the session's error, as the same value;
 * - an `Error` where git fails, and where the answer does not come whole.
 *
 * Where the session cuts an answer, the service reads it again in pieces. Where a command outlasts the
 * session's own wait, the service waits up to two minutes, by `writeStdin`.
 *
 * @example
 * const service = new SandboxChannelAService({ session, emit });
 * await service.fsWrite({ path: "notes/today.md", content: "# Today\n" });
 * const { root } = await service.fsList({ path: "notes", depth: 2 });
 */
export declare class SandboxChannelAService {
  /** @throws `TypeError` or `RangeError` that names an option of the wrong type or range. */
  constructor(opts: SandboxChannelAServiceOptions);
  /** Returns {@link SandboxChannelAServiceOptions.revision} plus the number of changes by this service. */
  currentRevision(): number;
  /**
   * Returns the capabilities of the session, by its methods.
   *
   * @param repos The directories of repositories, for the result. Default: none.
   */
  capabilities(repos?: string[]): SessionStructuredCapabilities;
  /** Lists a directory. A missing directory is empty. */
  fsList(req: ChannelAFsListRequest): Promise<ChannelAFsListResponse>;
  /**
   * Reads a file: by the session's `readFile`, else by commands. Rejects with a {@link ChannelANotFoundError}
   * where the file cannot be read, for any reason, and with a {@link ChannelAConflictError} where it changes
   * meanwhile.
   */
  fsRead(req: ChannelAFsReadRequest): Promise<ChannelAFsReadResponse>;
  /**
   * Writes a file. More than 90,000 bytes go to the box in pieces, into a file beside the target, which it
   * replaces when it is complete. Rejects with a {@link ChannelAConflictError} where a file is in the way, and
   * with a {@link ChannelAValidationError} where the content is not base64 and should be.
   */
  fsWrite(req: ChannelAFsWriteRequest): Promise<ChannelAFsWriteResponse>;
  /** Deletes a file or a directory. A missing file counts as deleted. */
  fsDelete(req: ChannelAFsDeleteRequest): Promise<ChannelAFsDeleteResponse>;
  /** Moves a file or a directory. Rejects with a {@link ChannelAConflictError} where a file is in the way. */
  fsMove(req: ChannelAFsMoveRequest): Promise<ChannelAFsMoveResponse>;
  /** Makes a directory. */
  fsMkdir(req: ChannelAFsMkdirRequest): Promise<ChannelAFsMkdirResponse>;
  /** Returns the state of a repository. */
  gitStatus(req: ChannelAGitStatusRequest): Promise<ChannelAGitStatusResponse>;
  /** Returns the differences of files; none where there is no such ref, or no repository. */
  gitDiff(req: ChannelAGitDiffRequest): Promise<ChannelAGitDiffResponse>;
  /** Returns commits, the newest first. */
  gitLog(req: ChannelAGitLogRequest): Promise<ChannelAGitLogResponse>;
  /**
   * Returns a commit with its changes, or a file of a commit. Rejects with a {@link ChannelANotFoundError}
   * where there is no such file.
   */
  gitShow(req: ChannelAGitShowRequest): Promise<ChannelAGitShowResponse>;
  /** Returns the directories of repositories, up to two levels deep. It never rejects. */
  detectRepos(): Promise<string[]>;
  /** Runs a command, unchanged. */
  terminalExec(req: ChannelATerminalExecRequest): Promise<ChannelATerminalExecResponse>;
  /**
   * Opens a terminal.
   *
   * @param ptyId The caller's id of the terminal, for the response.
   */
  ptyOpen(req: ChannelAPtyOpenRequest, ptyId: string): Promise<ChannelAOpenedPty>;
  /**
   * Writes `data` to a terminal, and returns the output since the last answer. Rejects with a
   * {@link ChannelAConflictError} where the terminal is lost. A new one can then be opened.
   *
   * @param execSessionId That of {@link ChannelAOpenedPty}.
   */
  ptyWrite(req: ChannelAPtyWriteRequest, execSessionId: number, data: string): Promise<string>;
  /** Sets the size of a terminal, by an `stty` that is typed into it. */
  ptyResize(req: ChannelAPtyResizeRequest, execSessionId: number): Promise<void>;
  /** Ends the input of a terminal. The session's errors are ignored. */
  ptyClose(req: ChannelAPtyCloseRequest, execSessionId: number | null): Promise<void>;
  /** Emits `git.changed` with the state of a repository, or nothing where git fails. It never rejects. */
  emitGitChanged(repoPath: string, reason: GitChangeReason): Promise<void>;
}
