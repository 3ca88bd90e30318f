// Generated from the .proto file by `npm run protocol`.

/**
 * The messages of the control protocol, as `ControlRpc` carries them.
 *
 * A oneof is `{ $case, [$case]: … }`. A 64-bit number is decimal text. An enum is a number, which may be an
 * unknown one. Bytes of a decoded message are a view of its reply. A decoded message has every key. The
 * value of an absent message or oneof is `undefined`.
 *
 * @module protocol
 */

/** What a session asks of an agent. */
export type ControlRequest = {
  requestId: string;
  /**
   * The epoch that the session believes to be active. An agent that holds a newer one answers
   * FENCED; 0 is never fenced off.
   */
  epoch: number;
  op?:
    | { $case: "ping"; ping: PingRequest }
    | { $case: "hello"; hello: Hello }
    | { $case: "resume"; resume: ResumeRequest }
    | { $case: "exec"; exec: ExecRequest }
    | { $case: "fsRead"; fsRead: FsReadRequest }
    | { $case: "fsWrite"; fsWrite: FsWriteRequest }
    | { $case: "fsList"; fsList: FsListRequest }
    | { $case: "fsMkdir"; fsMkdir: FsMkdirRequest }
    | { $case: "fsMove"; fsMove: FsMoveRequest }
    | { $case: "fsStat"; fsStat: FsStatRequest }
    | { $case: "fsRemove"; fsRemove: FsRemoveRequest }
    | { $case: "git"; git: GitRequest }
    | { $case: "ptyOpen"; ptyOpen: PtyOpenRequest }
    | { $case: "ptyWrite"; ptyWrite: PtyWriteRequest }
    | { $case: "ptyResize"; ptyResize: PtyResizeRequest }
    | { $case: "ptyClose"; ptyClose: PtyCloseRequest }
    | { $case: "desktopEnsure"; desktopEnsure: DesktopEnsureRequest }
    | { $case: "metrics"; metrics: MetricsRequest }
    | { $case: "updateMayProceed"; updateMayProceed: UpdateMayProceedRequest }
    | { $case: "desktopInput"; desktopInput: DesktopInputRequest }
    | { $case: "desktopScreenshot"; desktopScreenshot: DesktopScreenshotRequest }
    | undefined;
};

/** What an agent answers. Where both are there, the error counts. */
export type ControlResponse = {
  requestId: string;
  error?: AgentError | undefined;
  result?:
    | { $case: "ping"; ping: PingResponse }
    | { $case: "hello"; hello: HelloAck }
    | { $case: "resume"; resume: ResumeResponse }
    | { $case: "exec"; exec: ExecResponse }
    | { $case: "fsRead"; fsRead: FsReadResponse }
    | { $case: "fsWrite"; fsWrite: FsWriteResponse }
    | { $case: "fsList"; fsList: FsListResponse }
    | { $case: "fsMkdir"; fsMkdir: FsMkdirResponse }
    | { $case: "fsMove"; fsMove: FsMoveResponse }
    | { $case: "fsStat"; fsStat: FsStatResponse }
    | { $case: "fsRemove"; fsRemove: FsRemoveResponse }
    | { $case: "git"; git: GitResponse }
    | { $case: "ptyOpen"; ptyOpen: PtyOpenResponse }
    | { $case: "ptyWrite"; ptyWrite: PtyWriteResponse }
    | { $case: "ptyResize"; ptyResize: PtyResizeResponse }
    | { $case: "ptyClose"; ptyClose: PtyCloseResponse }
    | { $case: "desktopEnsure"; desktopEnsure: DesktopEnsureResponse }
    | { $case: "metrics"; metrics: MetricsSample }
    | { $case: "updateMayProceed"; updateMayProceed: UpdateMayProceedResponse }
    | { $case: "desktopInput"; desktopInput: DesktopInputResponse }
    | { $case: "desktopScreenshot"; desktopScreenshot: DesktopScreenshotResponse }
    | undefined;
};

/** Asks whether the agent is there. */
export type PingRequest = {
  nonce: string;
};

/** An agent introduces itself. */
export type Hello = {
  agentId: string;
  workspaceId: string;
  agentVersion: string;
  /** One of 0 (unspecified), 1 (linux), 2 (macos), 3 (windows). */
  os: number;
  /** One of 0 (unspecified), 1 (x86 64), 2 (aarch64). */
  arch: number;
  machineName: string;
  workspaceRoot: string;
  capabilities?: Capabilities | undefined;
  updateChannel: string;
  resumeToken: string;
};

/** What an agent can do, and what its owner has agreed to. Without a display there is none. */
export type Capabilities = {
  exec: boolean;
  filesystem: boolean;
  git: boolean;
  pty: boolean;
  desktop: boolean;
  consentedWholeMachine: boolean;
  consentedScreenControl: boolean;
  display?: Display | undefined;
};

export type Display = {
  id: string;
  width: number;
  height: number;
  virtual: boolean;
};

/** An agent takes up where it left off. */
export type ResumeRequest = {
  agentId: string;
  resumeToken: string;
  lastKnownEpoch: number;
};

/** Runs a command. */
export type ExecRequest = {
  /**
   * The arguments; with `shell`, words that are joined by one space and run by the platform's
   * shell.
   */
  command: string[];
  shell: boolean;
  /** Empty or relative: under the agent's workspace root. */
  cwd: string;
  /** On top of the agent's own. */
  env: Record<string, string>;
  stdin: Uint8Array;
  /** The command is ended after this many milliseconds. 0: never. */
  timeoutMs: number;
};

/** Reads a part of a file. */
export type FsReadRequest = {
  path: string;
  offset: string;
  /** 0: to the end. */
  length: string;
};

/** Writes a file. */
export type FsWriteRequest = {
  path: string;
  content: Uint8Array;
  createParents: boolean;
  append: boolean;
  /** 0: the platform's default. */
  mode: number;
};

/** Lists a directory. */
export type FsListRequest = {
  path: string;
  recursive: boolean;
};

export type FsMkdirRequest = {
  path: string;
  parents: boolean;
  /** 0: the platform's default. */
  mode: number;
};

export type FsMoveRequest = {
  from: string;
  to: string;
  overwrite: boolean;
};

/** Asks whether a path exists. */
export type FsStatRequest = {
  path: string;
};

export type FsRemoveRequest = {
  path: string;
  recursive: boolean;
};

/** Runs git. */
export type GitRequest = {
  /**
   * One of 0 (unspecified), 1 (status), 2 (diff), 3 (log), 4 (add), 5 (commit), 6 (branch), 7
   * (checkout), 8 (pull), 9 (push), 15 (raw).
   */
  op: number;
  /** Empty: the agent's workspace root. */
  cwd: string;
  args: string[];
};

/** Opens a terminal. */
export type PtyOpenRequest = {
  /** Empty: a login shell. */
  command: string[];
  /** Empty: the agent's workspace root. */
  cwd: string;
  env: Record<string, string>;
  cols: number;
  rows: number;
  term: string;
};

export type PtyWriteRequest = {
  ptyId: string;
  data: Uint8Array;
};

export type PtyResizeRequest = {
  ptyId: string;
  cols: number;
  rows: number;
};

export type PtyCloseRequest = {
  ptyId: string;
};

/** Makes sure that the desktop is streamed. Another call gives the same live channel. */
export type DesktopEnsureRequest = {
  /** 0: the display's own. */
  width: number;
  /** 0: the display's own. */
  height: number;
};

export type MetricsRequest = Record<never, never>;

export type UpdateMayProceedRequest = {
  agentId: string;
  targetVersion: string;
};

/** Moves the pointer or presses a key. Needs the owner's consent to the control of the screen. */
export type DesktopInputRequest = {
  event?:
    | { $case: "pointer"; pointer: PointerEvent }
    | { $case: "key"; key: KeyEvent }
    | { $case: "scroll"; scroll: ScrollEvent }
    | undefined;
};

export type PointerEvent = {
  x: number;
  y: number;
  /** One of 0 (unspecified), 1 (move), 2 (down), 3 (up), 4 (click), 5 (double click). */
  action: number;
  /** One of 0 (unspecified), 1 (left), 2 (right), 3 (middle). */
  button: number;
};

export type KeyEvent = {
  /** The name of a key, such as `Enter` or `ctrl+c`; literal text where `is_text`. */
  key: string;
  isText: boolean;
  /** One of 0 (unspecified), 1 (down), 2 (up), 3 (press). */
  action: number;
};

export type ScrollEvent = {
  x: number;
  y: number;
  deltaX: number;
  deltaY: number;
};

/** Takes a picture of the desktop. Needs no consent. */
export type DesktopScreenshotRequest = Record<never, never>;

/** What went wrong. */
export type AgentError = {
  /**
   * One of 0 (unspecified), 1 (unsupported), 2 (os), 3 (not found), 4 (consent required), 5
   * (timeout), 6 (draining), 7 (protocol), 8 (stream), 9 (agent offline), 10 (fenced).
   */
  code: number;
  message: string;
  retryable: boolean;
  detail: Record<string, string>;
};

export type PingResponse = {
  /** The request's. */
  nonce: string;
  agentMonotonicMs: string;
};

export type HelloAck = {
  epoch: number;
  resumeToken: string;
  heartbeatIntervalMs: number;
};

export type ResumeResponse = {
  accepted: boolean;
  epoch: number;
  resumeToken: string;
};

/** How a command ended. */
export type ExecResponse = {
  exitCode: number;
  stdout: Uint8Array;
  stderr: Uint8Array;
  /** The command was ended at its limit; its exit code is then -1. */
  timedOut: boolean;
  durationMs: string;
};

export type FsReadResponse = {
  content: Uint8Array;
  /** Of the whole file. */
  totalSize: string;
};

export type FsWriteResponse = {
  bytesWritten: string;
};

export type FsListResponse = {
  entries: FsEntry[];
};

export type FsEntry = {
  name: string;
  /** Relative to the directory that was listed. */
  path: string;
  /** One of 0 (unspecified), 1 (file), 2 (directory), 3 (symlink). */
  kind: number;
  size: string;
  modifiedMs: string;
  mode: number;
};

export type FsMkdirResponse = Record<never, never>;

export type FsMoveResponse = Record<never, never>;

/** A path that does not exist is no error: it has no entry. */
export type FsStatResponse = {
  exists: boolean;
  entry?: FsEntry | undefined;
};

export type FsRemoveResponse = Record<never, never>;

/** How git ended. */
export type GitResponse = {
  exitCode: number;
  stdout: Uint8Array;
  stderr: Uint8Array;
  /** For STATUS only. */
  status?: GitStatus | undefined;
};

export type GitStatus = {
  branch: string;
  upstream: string;
  ahead: number;
  behind: number;
  files: GitFileStatus[];
  clean: boolean;
};

export type GitFileStatus = {
  path: string;
  /** Two characters, as in `git status --porcelain`. */
  code: string;
  staged: boolean;
};

export type PtyOpenResponse = {
  ptyId: string;
  channel?: StreamChannel | undefined;
};

/** A stream that the relay serves. */
export type StreamChannel = {
  channelId: string;
  workspaceId: string;
  agentId: string;
  /** One of 0 (unspecified), 1 (pty), 2 (desktop). */
  kind: number;
  port: number;
};

export type PtyWriteResponse = {
  bytesWritten: string;
};

export type PtyResizeResponse = Record<never, never>;

export type PtyCloseResponse = {
  exitCode: number;
};

export type DesktopEnsureResponse = {
  channel?: StreamChannel | undefined;
  display?: Display | undefined;
};

export type MetricsSample = {
  sampledAtMs: string;
  cpuPercent: number;
  load1: number;
  load5: number;
  load15: number;
  memUsedBytes: string;
  memTotalBytes: string;
  diskUsedBytes: string;
  diskTotalBytes: string;
  runQueue: number;
  gpus: GpuSample[];
};

export type GpuSample = {
  name: string;
  utilPercent: number;
  memUsedBytes: string;
  memTotalBytes: string;
};

export type UpdateMayProceedResponse = {
  mayProceed: boolean;
  activeSessions: number;
};

export type DesktopInputResponse = Record<never, never>;

export type DesktopScreenshotResponse = {
  png: Uint8Array;
  width: number;
  height: number;
};
