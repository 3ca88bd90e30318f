/* Written from the tables of src/boundary/ by `npm run boundary`. */
import type {
  CapabilityDescriptor,
  FinalizeRecordingResult,
  RecordingProcess,
  SandboxBackend,
} from "./index.js";
import type {
  ChannelAFsReadResponse,
  ChannelAFsWriteResponse,
  ChannelAGitDiffResponse,
  ChannelAGitLogResponse,
  ChannelAGitShowResponse,
  ChannelAGitStatusResponse,
  ChannelATerminalExecResponse,
} from "./types/channel-a.js";
import type { ControlErrorFields } from "./js/errors.js";

/** The operations: what they take, and what they come to. */
export interface Operations {
  /** Launches ffmpeg on the box. */
  startRecording: {
    args: [
      codec: unknown,
      dimensions: unknown,
      framerate: unknown,
      maxSeconds: unknown,
      display: unknown,
      tmpDir: unknown,
      recordingId: unknown,
      runAs: unknown,
    ];
    result: { process: RecordingProcess; launchedMs: number; maxSeconds: number };
  };
  /** Interrupts ffmpeg and waits until it is gone; whether the session carried the command out. */
  stopRecording: { args: [boxPath: unknown, pidFile: unknown, runAs: unknown]; result: boolean };
  /** Reads the recording. `started` and `stops` are times since the Unix epoch and of the steady clock. */
  readRecordingBytes: {
    args: [
      codec: unknown,
      boxPath: unknown,
      startedAt: unknown,
      runAs: unknown,
      maxBytes: unknown,
      launchedMs: number | null | undefined,
      maxSeconds: number | null | undefined,
      stops: [epochMs: number, steadyMs: number, refused?: boolean][],
      channel: [through: number, patience: number] | null | undefined,
    ];
    result: Omit<FinalizeRecordingResult, "bytes">;
  };
  /** Removes the recording from the box. */
  deleteRecordingArtifacts: {
    args: [boxPath: unknown, pidFile: unknown, runAs: unknown];
    result: void;
  };
  /** Whether there is a connection within a time. */
  connect: { args: [timeoutMs: number]; result: boolean };
  /** Creates a file by a diff, which the host has. */
  createFile: { args: [path: unknown]; result: void };
  /** Changes a file by a diff, which the host has. */
  updateFile: { args: [path: unknown, moveTo: unknown, workingDir: string]; result: void };
  /** Deletes a file. */
  deleteFile: { args: [path: unknown, workingDir: string]; result: void };
  /** Resolves a pointer to a sandbox. The host keeps the session. */
  resolve: {
    args: [sandboxId: string, workspaceId: string];
    result: { sandboxId: string; kind: string };
  };
  /** Lists a directory. */
  fsList: {
    args: [
      workspaceRoot: unknown,
      path: unknown,
      depth: unknown,
      maxEntries: unknown,
      includeHidden: unknown,
      ordersPlainly: boolean,
    ];
    result: { text: string; root: string; outline: string; revision: number };
  };
  /** Reads a file. Without content in the result, the host has the bytes. */
  fsRead: {
    args: [workspaceRoot: unknown, path: unknown, encoding: unknown, maxBytes: unknown];
    result: Omit<ChannelAFsReadResponse, "content"> & { content: string | null };
  };
  /** Writes a file. */
  fsWrite: {
    args: [
      workspaceRoot: unknown,
      path: unknown,
      encoding: unknown,
      content: unknown,
      overwrite: unknown,
      createParents: unknown,
    ];
    result: ChannelAFsWriteResponse;
  };
  /** Deletes a file or a directory. */
  fsDelete: {
    args: [workspaceRoot: unknown, path: unknown, recursive: unknown];
    result: { path?: string; newPath?: string; revision: number };
  };
  /** Moves a file or a directory. */
  fsMove: {
    args: [
      workspaceRoot: unknown,
      path: unknown,
      newPath: unknown,
      overwrite: unknown,
      createParents: unknown,
    ];
    result: { path?: string; newPath?: string; revision: number };
  };
  /** Makes a directory. */
  fsMkdir: {
    args: [workspaceRoot: unknown, path: unknown, recursive: unknown];
    result: { path?: string; newPath?: string; revision: number };
  };
  /** The state of a repository. */
  gitStatus: { args: [workspaceRoot: unknown, path: unknown]; result: ChannelAGitStatusResponse };
  /** How files differ. `pathspec` is JSON. */
  gitDiff: {
    args: [
      workspaceRoot: unknown,
      path: unknown,
      staged: unknown,
      fromRef: unknown,
      toRef: unknown,
      pathspec: unknown,
      contextLines: unknown,
      maxBytesPerFile: unknown,
    ];
    result: ChannelAGitDiffResponse;
  };
  /** Commits. `pathspec` is JSON. */
  gitLog: {
    args: [
      workspaceRoot: unknown,
      path: unknown,
      reference: unknown,
      maxCount: unknown,
      skip: unknown,
      pathspec: unknown,
    ];
    result: ChannelAGitLogResponse;
  };
  /** A commit and what it changed, or a file of it. */
  gitShow: {
    args: [
      workspaceRoot: unknown,
      path: unknown,
      reference: unknown,
      filePath: unknown,
      encoding: unknown,
      maxBytesPerFile: unknown,
    ];
    result: ChannelAGitShowResponse;
  };
  /** Where repositories are. */
  detectRepos: { args: [workspaceRoot: unknown]; result: string[] };
  /** Tells of the state of a repository. */
  emitGitChanged: { args: [workspaceRoot: unknown, path: unknown, reason: string]; result: void };
  /** Runs a command of the caller's. */
  terminalExec: {
    args: [
      workspaceRoot: unknown,
      command: unknown,
      cwd: unknown,
      timeoutMs: unknown,
      emitStream: unknown,
      commandId: string,
    ];
    result: ChannelATerminalExecResponse;
  };
  /** Opens a terminal. */
  ptyOpen: {
    args: [workspaceRoot: unknown, cwd: unknown, shell: unknown];
    result: {
      supportsInput: boolean;
      execSessionId: number | null;
      shell: string;
      initialOutput: string;
    };
  };
  /** Writes to a terminal. */
  ptyWrite: { args: [execSessionId: unknown, data: unknown]; result: string };
  /** Tells a terminal its size. */
  ptyResize: { args: [execSessionId: unknown, cols: unknown, rows: unknown]; result: void };
  /** Ends the input of a terminal. */
  ptyClose: { args: [execSessionId: unknown]; result: void };
  /** Runs a command on a machine. The host keeps the result. */
  exec: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      cmd: unknown,
      workdir: unknown,
      execTimeoutMs: unknown,
    ];
    result: void;
  };
  /** Reads a file of a machine. The host keeps the result. */
  readFile: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      path: unknown,
      maxBytes: unknown,
    ];
    result: void;
  };
  /** Writes a file of a machine, of which the host has the bytes. The host keeps the result. */
  writeFile: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      path: unknown,
      createParents: boolean,
      append: boolean,
    ];
    result: void;
  };
  /** Lists a directory of a machine. The host keeps the result. */
  listFiles: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      path: unknown,
      recursive: boolean,
    ];
    result: void;
  };
  /** Looks at a path of a machine. The host keeps the result. */
  statFile: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      path: unknown,
    ];
    result: void;
  };
  /** Passes an event, which the host has, on to a machine's desktop. */
  desktopInput: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
    ];
    result: void;
  };
  /** Takes a picture of a machine's desktop. The host keeps the result. */
  screenshot: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
    ];
    result: void;
  };
  /** Whether a machine's agent answers to a nonce, which the host has. */
  ping: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
    ];
    result: boolean;
  };
  /** Opens a channel for a port of a machine. */
  openChannel: {
    args: [
      place: [workspaceId: string, agentId: string, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      port: unknown,
      spelled: string,
    ];
    result: { channel: string; protocol: "vnc" | "pty" | "raw" };
  };
}

/** What an operation asks its host for, and what it is answered with. */
export interface Calls {
  /** Whether the session can run commands. */
  "session.canExec": { args: []; result: boolean };
  /** Runs a command; nothing where the session cannot. */
  "session.exec": {
    args: [
      cmd: string,
      yieldTimeMs: number,
      maxOutputTokens: number | null | undefined,
      runAs: string | null | undefined,
    ];
    result:
      | [output?: string, stderr?: string, stdout?: string, sessionId?: number, exitCode?: number]
      | null
      | undefined;
  };
  /** Runs a command and keeps its texts, of which only the lengths are told. */
  "session.execHeld": {
    args: [
      cmd: string,
      yieldTimeMs: number,
      maxOutputTokens: number | null | undefined,
      runAs: string | null | undefined,
    ];
    result:
      | [output?: number, stderr?: string, stdout?: number, sessionId?: number, exitCode?: number]
      | null
      | undefined;
  };
  /** Keeps what is known of the session's channel for the next operation. */
  "session.remember": { args: [through: number, patience: number]; result: void };
  /** Sends an operation of the control protocol, given as JSON without the field `held`, which is the caller's own. */
  "rpc.request": {
    args: [subject: string, op: string, timeoutMs: number, held: string | null | undefined];
    result: [
      code?: number,
      message?: string,
      retryable?: boolean,
      resultCase?: string,
      timedOut?: boolean,
      channelId?: string,
      channelKind?: number,
    ];
  };
  /** Gives up the connection that a request has failed on. */
  "connection.drop": { args: []; result: void };
  /** Whether there is a connection, once the dial has ended that is under way or begins. */
  "connection.connect": { args: []; result: boolean };
  /** Waits. */
  "clock.sleep": { args: [ms: number]; result: void };
  /** Whether there is something at a path. */
  "files.pathExists": { args: [path: string]; result: boolean };
  /** Reads a file, and keeps its bytes. */
  "files.read": { args: [path: string]; result: void };
  /** The text of these bytes. */
  "files.decode": { args: []; result: string };
  /** Applies the caller's diff to a text, or makes a new one. */
  "files.applyDiff": { args: [text: string | null | undefined]; result: string };
  /** Writes a file. */
  "files.write": { args: [path: string, content: string]; result: void };
  /** Runs a command: its exit code, and standard error. */
  "files.run": {
    args: [cmd: string];
    result: [exitCode: number | null | undefined, stderr: string];
  };
  /** Looks up the sandbox of a pointer: its id and kind, whether it is enrolled, and whether the caller establishes modal sandboxes. */
  "sandboxes.get": {
    args: [];
    result:
      [id: string, kind: string, isEnrolled: boolean, establishesModal: boolean] | null | undefined;
  };
  /** Establishes it by the caller's own means, and keeps its session. */
  "sandboxes.establishModal": { args: []; result: void };
  /** Makes a session with its agent, and keeps it. */
  "sandboxes.machine": { args: []; result: void };
  /** What the session of a service can do: whether it has `exec`, `execCommand`, `readFile`, `createEditor` and `writeStdin`, and what its `supportsPty` answers. */
  "workspace.features": { args: []; result: boolean[] };
  /** Runs a command, where the session runs commands (`session`), in a directory, or in a terminal in a directory; nothing where the session cannot. */
  "workspace.exec": {
    args: [
      cmd: string,
      place: string,
      directory: string | null | undefined,
      yieldTimeMs: number | null | undefined,
    ];
    result:
      | string
      | [
          wallTimeSeconds?: number,
          output?: string,
          stderr?: string,
          stdout?: string,
          sessionId?: number,
          exitCode?: number,
        ]
      | null
      | undefined;
  };
  /** Writes to a command that runs, and brings what it has printed since; nothing where the session cannot. */
  "workspace.writeStdin": {
    args: [sessionId: number, chars: string, yieldTimeMs: number];
    result: string | null | undefined;
  };
  /** Reads a file by the session's own means, and keeps its bytes; nothing where it has none. */
  "workspace.readFile": {
    args: [path: string, maxBytes: number];
    result: string | [length: number, zeroAt?: number] | null | undefined;
  };
  /** Creates a file by the session's editor; whether it did. */
  "workspace.createFile": { args: [path: string, diff: string]; result: boolean };
  /** Tells the caller of events, given as JSON. */
  "workspace.emit": { args: [events: string]; result: void };
  /** The revision of the service, one more than before where something has changed, and the epoch of the caller's lease. */
  "workspace.revision": {
    args: [isChanged: boolean];
    result: [revision: number, leaseEpoch: number];
  };
  /** What is known of how much the session lets through. */
  "workspace.channel": { args: []; result: [through: number, patience: number] | null | undefined };
}

/** What the core answers by itself. */
export interface Questions {
  /** The media type of a codec's container. */
  contentTypeForCodec: { args: [codec: unknown]; result: string };
  /** The file name extension of a codec's container. */
  extForCodec: { args: [codec: unknown]; result: string };
  /** The key of a recording in object storage. */
  recordingStorageKey: {
    args: [workspace: unknown, session: unknown, recording: unknown, codec: unknown];
    result: string;
  };
  /** Whether a desktop is used through the session's own methods. */
  hasNativeDesktop: { args: [hasInput: boolean, hasScreenshot: boolean]; result: boolean };
  /** Fails with what is wrong with an epoch, if anything is. */
  checkEpoch: { args: [activeEpoch: unknown]; result: void };
  /** Where an agent is addressed. */
  subjectFor: { args: [workspaceId: string, agentId: string]; result: string };
  /** What an agent's error means. */
  controlError: {
    args: [code: number, message: string, retryable: boolean];
    result: ControlErrorFields;
  };
  /** The error where nobody answers to an agent's name. */
  offlineAgentError: { args: []; result: { code: number; message: string; retryable: boolean } };
  /** The error where nobody answers in time. */
  timeoutAgentError: { args: []; result: { code: number; message: string; retryable: boolean } };
  /** What a transport's error amounts to. */
  transportFailure: {
    args: [code: string | null | undefined, message: string];
    result: { error: { code: number; message: string; retryable: boolean }; disconnect: boolean };
  };
  /** The working directory of a session. */
  workingDir: { args: [workingDir: unknown]; result: string };
  /** The table of backends. */
  capabilityDescriptors: { args: []; result: Record<SandboxBackend, CapabilityDescriptor> };
  /** How long the banner before an output is, with the line that ends it; none where no line does. A text that is not all of the output may hold the end of the banner, or not. */
  bannerLength: { args: [raw: string, isAll: boolean]; result: number | null | undefined };
  /** The outline of the number of the session that a banner names, which is empty where it names none; none where all of the output is needed. */
  bannerSessionId: { args: [raw: string, isAll: boolean]; result: string | null | undefined };
  /** Whether an error says that a path leads out of the workspace. */
  isWorkspaceEscape: { args: [message: string]; result: boolean };
  /** Whether the answer to an input says that the session of the command is gone. */
  isExecSessionLost: {
    args: [out: string | null | undefined, execSessionId: unknown];
    result: boolean;
  };
  /** The part of a path that is within the workspace: how far behind its start it is, and its length. */
  safeRelPath: { args: [path: string | null | undefined]; result: [number, number] };
  /** The outline of a piece of `git status --porcelain=v2 --branch -z`. */
  porcelainV2: { args: [z: string, isLast: boolean]; result: string };
  /** The outline of a piece of `git diff -z --numstat`. */
  numstatZ: { args: [z: string, isLast: boolean]; result: string };
  /** The outline of a piece of a file's `git diff`. */
  unifiedPatch: { args: [patch: string, isLast: boolean]; result: string };
  /** The outline of the tree that `find` has printed. */
  listing: {
    args: [text: string, root: string, maxEntries: number, ordersPlainly: boolean];
    result: string;
  };
  /** Fails with what is wrong with a service's options, if anything is. */
  checkServiceOptions: {
    args: [workspaceRoot: unknown, leaseEpoch: unknown, revision: unknown];
    result: void;
  };
  /** What a service can do with a session, by what the session can. */
  structuredCapabilities: {
    args: [features: boolean[]];
    result: {
      FileSystem: { available: boolean; readOnly: boolean };
      Terminal: { events: boolean; exec: boolean; pty: { available: boolean } };
      Git: { available: boolean };
    };
  };
  /** What does not change. */
  constants: {
    args: [];
    result: {
      DESKTOP_STREAM_PORT: number;
      TERMINAL_STREAM_PORT: number;
      DEFAULT_MAX_BYTES: number;
      SELFHOSTED_RECONNECT_WINDOW_MS: number;
      SELFHOSTED_DEFAULT_TIMEOUT_MS: number;
      SELFHOSTED_RELAY_STREAM_PATH: string;
      RELAY_PORTS: [number, number];
      VIRTUAL_ROOT: string;
      ENTRY_TYPES: ("file" | "dir" | "other")[];
      FILE_STATUSES: string[];
      LINE_TYPES: string[];
      NODE_TYPES: string[];
    };
  };
  /** Fails, for a resolver that has handed out the session that asks it. */
  refuseItself: { args: []; result: void };
}
