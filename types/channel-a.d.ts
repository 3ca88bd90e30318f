/**
 * Files, git and terminals of one live session: its errors, what its answers are made of, and the functions
 * that read what commands print.
 *
 * The functions take the whole text of a command's standard output and give plain objects. Texts in them are
 * parts of the text that was given, unit by unit of its UTF-16. What is no string where one is expected is a
 * `TypeError` that names the argument.
 *
 * @module
 */

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
 * @throws {@link ChannelAValidationError} where nothing is left of it, where it begins with a slash, and
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
