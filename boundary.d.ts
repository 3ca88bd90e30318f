/* Written from the tables of src/boundary/ by `npm run boundary`. */
import type {
  CapabilityDescriptor,
  DesktopGeometry,
  FinalizeRecordingResult,
  ProviderSandboxFailure,
  RecordingProcess,
  SandboxBackend,
  StreamTokenPayload,
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
import type { Transition, Verdict } from "./js/resolution/routing.js";
import type { ControlErrorFields } from "./js/errors.js";
import type { GivenClaim } from "./js/stream/claims.js";

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
  /** Finds out where a port can be reached, and makes a token for it. */
  exposeStreamPort: {
    args: [secret: unknown, grant: GivenClaim[]];
    result: {
      url: string;
      token: string;
      expiresAtSeconds: number;
      transport: "vnc-ws";
      client: "novnc";
      resolution: [number, number];
    };
  };
  /** Launches the desktop where it is not up. */
  ensureDisplayStack: {
    args: [
      geometry: [width: unknown, height: unknown, dpi: unknown] | null | undefined,
      port: unknown,
      timeoutMs: unknown,
    ];
    result: { port: number; geometry?: DesktopGeometry; marker: string };
  };
  /** Ends the desktop. */
  tearDownDisplayStack: { args: []; result: void };
  /** Launches a terminal where there is none. */
  ensureTerminalServer: {
    args: [port: unknown, timeoutMs: unknown];
    result: { port: number; geometry?: DesktopGeometry; marker: string };
  };
  /** Ends the terminal. */
  tearDownTerminalServer: { args: []; result: void };
  /** Establishes the session of an envelope, of which `named` says which names its box has. The host keeps the session. */
  establish: {
    args: [backend: string, clientId: string, canResume: boolean, named: boolean[]];
    result: { stateOf: "envelope" | "session"; instanceId: string };
  };
  /** What an envelope of a session has beside its provider's state. The host keeps that. */
  serialize: {
    args: [];
    result:
      | { manifest: boolean; exposedPorts: "configuredExposedPorts" | "exposedPorts" | null }
      | null
      | undefined;
  };
  /** Deletes the snapshot that a reference names; its id where it was deleted. */
  deleteSnapshot: { args: [reference: string]; result: string | null | undefined };
  /** Connects a container of Docker to a network. */
  joinNetwork: { args: [network: string, containerId: string, isCreated: boolean]; result: void };
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
  /** Reads a file of a machine. The bytes are in the last response, or so many with the host. */
  readFile: {
    args: [
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      path: unknown,
      maxBytes: unknown,
    ];
    result: number | null;
  };
  /** Runs a command on a machine. The host keeps the result. */
  exec: {
    args: [
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
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
  /** Writes a file of a machine, of which the host has the bytes. The host keeps the result. */
  writeFile: {
    args: [
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
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
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
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
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
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
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
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
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
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
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
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
      place: [workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      port: unknown,
      spelled: unknown,
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
      length?: number,
      total?: string,
      modified?: string,
    ];
  };
  /** Gives the next request an id of its own, and the connection that is there then. */
  "rpc.renew": {
    args: [];
    result:
      [requestId: string, epoch: number, maxPayload: number | null | undefined] | null | undefined;
  };
  /** Begins to put a file of this length together, and keeps the bytes of the reading before. */
  "file.begin": { args: [length: number]; result: void };
  /** Puts the bytes of the last response in their place. */
  "file.put": { args: [offset: number]; result: void };
  /** Whether the file begins with all bytes of the reading before. */
  "file.agrees": { args: []; result: boolean };
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
  /** Whether the session tells where its ports can be reached. */
  "session.canResolveExposedPort": { args: []; result: boolean };
  /** Asks the session where a port can be reached, or the port that the caller has named, and keeps the answer. */
  "session.resolveExposedPort": { args: [port: number | null | undefined]; result: void };
  /** Reads that answer. */
  "endpoint.read": {
    args: [];
    result:
      | [
          host: string | [string],
          port: number | [string],
          tls: boolean,
          path?: string | undefined,
          query?: unknown,
        ]
      | null
      | undefined;
  };
  /** Makes a state of the envelope, and keeps it: whether there is one, or what was thrown. */
  "boxes.deserialize": { args: []; result: [hasState: boolean, thrown?: string | null] };
  /** What that state says of its box. */
  "boxes.state": { args: []; result: [hasState: boolean, isComplete: boolean, ids: unknown[]] };
  /** Whether the folder that it names is there, on this machine. */
  "boxes.folderExists": { args: []; result: boolean };
  /** Resumes the box of that state, of which the client may not see the snapshot, and keeps its session, or tells what it was refused with. */
  "boxes.resume": {
    args: [hidesSnapshot: boolean];
    result: (unknown[] | null)[] | null | undefined;
  };
  /** Throws what it was refused with. */
  "boxes.rethrow": { args: []; result: void };
  /** Decodes the archive of the envelope, and keeps it: whether there is one, and it is whole. */
  "boxes.archive": { args: []; result: [isThere: boolean, isWhole: boolean] };
  /** Creates a box, and keeps its session. */
  "boxes.create": { args: []; result: void };
  /** Restores the archive in the box; whether its session can. */
  "boxes.hydrate": { args: []; result: boolean };
  /** What the session says of its box. */
  "boxes.session": { args: []; result: [hasState: boolean, isComplete: boolean, ids: unknown[]] };
  /** How the box can be removed: by the client's `delete`, or the session's `terminate`, `delete` or `close`. */
  "boxes.removal": { args: []; result: [boolean, boolean, boolean, boolean] };
  /** Removes the box. */
  "boxes.remove": { args: [way: "clientDelete" | "terminate" | "delete" | "close"]; result: void };
  /** Serializes the state of a session, and keeps the result, if there is one: whether it has a manifest, a list of ports and anything of ports. */
  "boxes.serialize": {
    args: [];
    result:
      [hasManifest: boolean, hasConfiguredPorts: boolean, hasPorts: boolean] | null | undefined;
  };
  /** Runs a command on this machine: its exit code, and standard error. */
  "docker.run": {
    args: [argv: string[]];
    result: [exitCode: number | null | undefined, stderr: string];
  };
  /** Deletes an image by its id; whether there is a way to. */
  "images.delete": { args: [id: string]; result: boolean };
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
  subjectFor: { args: [workspaceId: unknown, agentId: unknown]; result: string };
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
  /** What an error of a provider's client is of. */
  providerFailure: {
    args: [backendId: string, chain: (unknown[] | null)[]];
    result: ProviderSandboxFailure;
  };
  /** The working directory of a session. */
  workingDir: { args: [workingDir: unknown]; result: string };
  /** The table of backends. */
  capabilityDescriptors: { args: []; result: Record<SandboxBackend, CapabilityDescriptor> };
  /** How long the banner before an output is, with the line that ends it; none where no line does. A text that is not all of the output may hold the end of the banner, or not. */
  bannerLength: { args: [raw: string, isAll: boolean]; result: number | null | undefined };
  /** The outline of the number of the session that a banner names, which is empty where it names none; none where all of the output is needed. */
  bannerSessionId: { args: [raw: string, isAll: boolean]; result: string | null | undefined };
  /** What the banner that a command's text begins with tells, and how long it is. The beginning of the text is enough. */
  execHeader: {
    args: [head: string];
    result: { length: number; wallTimeSeconds: number; exitCode?: number; sessionId?: number };
  };
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
      STREAM_TOKEN_DEFAULT_TTL_SECONDS: number;
      DEFAULT_DESKTOP_GEOMETRY: DesktopGeometry;
      DISPLAY_STACK_TIMEOUT_MS: number;
      TERMINAL_SERVER_TIMEOUT_MS: number;
      SELFHOSTED_RECONNECT_WINDOW_MS: number;
      SELFHOSTED_DEFAULT_TIMEOUT_MS: number;
      SELFHOSTED_RELAY_STREAM_PATH: string;
      RELAY_PORTS: [number, number];
      VIRTUAL_ROOT: string;
      MUTATIONS: string[];
      RUNNING: string;
      BOX_IDS: string[];
      ERROR_FIELDS: string[];
      LONGEST_CHAIN: number;
      ENTRY_TYPES: ("file" | "dir" | "other")[];
    };
  };
  /** The address of a `WebSocket` at an endpoint. */
  streamUrl: {
    args: [
      endpoint:
        | [
            host: string | [string],
            port: number | [string],
            tls: boolean,
            path?: string | undefined,
            query?: unknown,
          ]
        | null
        | undefined,
    ];
    result: string;
  };
  /** A token for a stream. `clock_ms` is the time, in milliseconds since the Unix epoch. */
  mintStreamToken: {
    args: [secret: unknown, grant: GivenClaim[], clockMs: number];
    result: string;
  };
  /** What a token says; nothing where it is not valid. */
  verifyStreamToken: {
    args: [secret: unknown, token: string, nowSeconds: unknown, clockMs: number];
    result: StreamTokenPayload | null | undefined;
  };
  /** The claims of a token, or what is wrong with them. */
  checkStreamToken: { args: [claims: GivenClaim[] | GivenClaim]; result: StreamTokenPayload };
  /** The command that launches the desktop. */
  displayStackScript: {
    args: [
      geometry: [width: unknown, height: unknown, dpi: unknown] | null | undefined,
      port: unknown,
    ];
    result: string;
  };
  /** The command that launches a terminal. */
  terminalServerScript: { args: [port: unknown]; result: string };
  /** What is said of a desktop that is not up, and at which stage that is. */
  displayStackFailure: {
    args: [exitCode: number, output: string | null | undefined];
    result: { stage: string; message: string };
  };
  /** The same of a terminal. */
  terminalServerFailure: {
    args: [exitCode: number, output: string | null | undefined];
    result: { stage: string; message: string };
  };
  /** The backends, in order. */
  backends: { args: []; result: SandboxBackend[] };
  /** The backend of an envelope. */
  backendOf: { args: [asked: unknown, stored: unknown, configured: unknown]; result: string };
  /** Fails, for an envelope whose backend has no client. */
  refuseNoClient: { args: [backend: string]; result: void };
  /** Fails, for a client that creates nothing. */
  refuseNoCreate: { args: [backend: string]; result: void };
  /** Fails, for a client that reads no stored session. */
  refuseNoDeserialization: { args: []; result: void };
  /** Whether a text is base64 from end to end, by its lengths and what it was decoded to. */
  isWholeArchive: { args: [length: number, padding: number, decoded: number]; result: boolean };
  /** Whether an archive that begins so is a reference to a snapshot. */
  isSnapshotReference: { args: [head: string]; result: boolean };
  /** The id in a reference to a snapshot. */
  modalSnapshotId: { args: [reference: string]; result: string | null | undefined };
  /** The URL in the setting of a relay, as a parser takes it. */
  relayUrl: { args: [setting: unknown]; result: string };
  /** Where a relay is, by the parts of its URL, or by the text that is none. */
  relayAddress: {
    args: [
      text: string,
      url: [protocol: string, hostname: string, port: string, pathname: string] | null | undefined,
    ];
    result: { host: string; port: number; tls: boolean; path: string };
  };
  /** Fails, for a resolver that has handed out the session that asks it. */
  refuseItself: { args: []; result: void };
  /** Fails, for a look at the manifest of a routing session that has no backend yet. */
  refuseNoBackend: { args: []; result: void };
  /** Fails, for a turn that has not its own sandbox. */
  refuseHome: { args: []; result: void };
  /** Whether a value is the code of an error about a pointer without a backend. */
  isUnresolvableCode: { args: [value: unknown]; result: boolean };
}

/** What a router answers by itself. */
export interface RouterQuestions {
  /** Whether an operation may be tried at all. */
  mayTry: { args: []; result: boolean };
  /** Ends a flight that has resolved a backend; the route to it and the event, or nothing where a newer one is there. */
  land: {
    args: [flight: number];
    result: { route: number; transition: Transition } | null | undefined;
  };
  /** Ends a flight that has failed. */
  abandon: { args: [flight: number]; result: void };
  /** What becomes of a run whose backend threw a value, by the fields of it; nothing where the operation itself has failed. */
  fail: {
    args: [
      run: [
        op: string,
        route: number,
        epoch: number,
        sandbox: number,
        fences: number,
        isPinned: boolean,
      ],
      fields: [
        fenced: boolean,
        name: string | undefined,
        message: string | undefined,
        code: number | undefined,
      ],
    ];
    result: ({ transition: Transition } & Verdict) | null | undefined;
  };
  /** What becomes of a run after which the pointer is so; nothing where its answer counts. */
  check: {
    args: [
      run: [
        op: string,
        route: number,
        epoch: number,
        sandbox: number,
        fences: number,
        isPinned: boolean,
      ],
      epoch: number,
      sandbox: number,
    ];
    result: Verdict | null | undefined;
  };
  /** Notes what the answer to a command tells of a process; the routes that have one. */
  start: {
    args: [
      route: number,
      sessionId: number | null | undefined,
      exitCode: number | null | undefined,
      text: string | null | undefined,
    ];
    result: number[];
  };
  /** Notes what the answer to an input tells of its process; the routes that have one. */
  hear: {
    args: [
      route: number,
      process: number,
      exitCode: number | null | undefined,
      text: string | null | undefined,
    ];
    result: number[];
  };
  /** The route that the input of a process goes to; nothing for the active one. */
  process: { args: [process: number]; result: number | null | undefined };
}
