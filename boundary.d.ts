/* Written from the tables of src/boundary/ by `npm run boundary`. */
import type {
  CapabilityDescriptor,
  DesktopGeometry,
  FinalizeRecordingResult,
  ProviderSandboxFailure,
  RecordingEntry,
  RecordingProcess,
  SandboxBackend,
  StopReport,
  StreamTokenPayload,
  SweptRecording,
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
  /** Launches ffmpeg on the box. `isLimited` tells that the start may be cancelled. */
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
      isLimited: boolean,
      verify: unknown,
      crashSafe: unknown,
      maxBytes: unknown,
      dispose: unknown,
    ];
    result: { process: RecordingProcess; launchedMs: number; maxSeconds: number };
  };
  /** Interrupts ffmpeg, and waits for its end. The result is whether the session ran the command, or the report that was asked for. */
  stopRecording: {
    args: [boxPath: unknown, pidFile: unknown, runAs: unknown, crashSafe: unknown, report: unknown];
    result: boolean | StopReport;
  };
  /** Reads the recording. `started` and `stops` are times since the Unix epoch and of the monotonic clock, in milliseconds. */
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
      crashSafe: unknown,
      limit: unknown,
      channel: [through: number, patience: number, atOnce: number] | null | undefined,
      isObserved: boolean,
    ];
    result: Omit<FinalizeRecordingResult, "bytes">;
  };
  /** Hands out the recording from an offset on, piece by piece. */
  readRecordingStream: {
    args: [
      codec: unknown,
      boxPath: unknown,
      runAs: unknown,
      maxBytes: unknown,
      offset: unknown,
      isObserved: boolean,
      channel: [through: number, patience: number, atOnce: number] | null | undefined,
      crashSafe: unknown,
      limit: unknown,
    ];
    result: void;
  };
  /** Describes the recording. The times are those of `readRecordingBytes`. */
  inspectRecordingArtifact: {
    args: [
      codec: unknown,
      boxPath: unknown,
      startedAt: unknown,
      runAs: unknown,
      maxBytes: unknown,
      launchedMs: number | null | undefined,
      maxSeconds: number | null | undefined,
      stops: [epochMs: number, steadyMs: number, refused?: boolean][],
      crashSafe: unknown,
      limit: unknown,
    ];
    result: Omit<FinalizeRecordingResult, "bytes">;
  };
  /** Has the box send the recording to a store. `required_headers` are pairs of a name and a value. Where it `is_observed`, the host is told how many bytes were sent. */
  uploadRecordingArtifact: {
    args: [
      codec: unknown,
      boxPath: unknown,
      startedAt: unknown,
      runAs: unknown,
      maxBytes: unknown,
      launchedMs: number | null | undefined,
      maxSeconds: number | null | undefined,
      stops: [epochMs: number, steadyMs: number, refused?: boolean][],
      crashSafe: unknown,
      limit: unknown,
      url: unknown,
      requiredHeaders: unknown,
      uploadSeconds: unknown,
      isObserved: boolean,
    ];
    result: Omit<FinalizeRecordingResult, "bytes">;
  };
  /** Removes the recording from the box. */
  deleteRecordingArtifacts: {
    args: [boxPath: unknown, pidFile: unknown, runAs: unknown, crashSafe: unknown];
    result: void;
  };
  /** Lists the recordings in a directory of the box. */
  listRecordings: { args: [tmpDir: unknown, runAs: unknown]; result: RecordingEntry[] };
  /** Removes the recordings that are orphans. */
  sweepRecordings: {
    args: [tmpDir: unknown, runAs: unknown, olderThanSeconds: unknown, dryRun: unknown];
    result: SweptRecording[];
  };
  /** Connects. The result is whether there is a connection within the time, in milliseconds. */
  connect: { args: [timeoutMs: number]; result: boolean };
  /** Closes a connection that came after all requests for it had ended, unless it is used in a time. */
  keepLate: { args: [timeoutMs: number]; result: void };
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
  /** Asks for the address of a port, and makes a token for it. */
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
  /** Launches the desktop. */
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
  /** Launches the terminal's server. */
  ensureTerminalServer: {
    args: [port: unknown, timeoutMs: unknown];
    result: { port: number; geometry?: DesktopGeometry; marker: string };
  };
  /** Ends the terminal's server. */
  tearDownTerminalServer: { args: []; result: void };
  /** Establishes the session of an envelope. `named` tells which fields of its state name the box. The host keeps the session. */
  establish: {
    args: [backend: string, clientId: string, canResume: boolean, named: boolean[]];
    result: { stateOf: "envelope" | "session"; instanceId: string };
  };
  /** The fields of a session's envelope beside its provider's state, which the host keeps. */
  serialize: {
    args: [];
    result:
      | { manifest: boolean; exposedPorts: "configuredExposedPorts" | "exposedPorts" | null }
      | null
      | undefined;
  };
  /** Deletes the snapshot of a reference. The result is its id, where it was deleted. */
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
  /** The differences of files. `pathspec` is JSON. */
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
  /** A commit with its changes, or a file of it. */
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
  /** The directories of repositories. */
  detectRepos: { args: [workspaceRoot: unknown]; result: string[] };
  /** Emits the state of a repository. */
  emitGitChanged: { args: [workspaceRoot: unknown, path: unknown, reason: string]; result: void };
  /** Runs a caller's command. */
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
  /** Sets the size of a terminal. */
  ptyResize: { args: [execSessionId: unknown, cols: unknown, rows: unknown]; result: void };
  /** Ends the input of a terminal. */
  ptyClose: { args: [execSessionId: unknown]; result: void };
  /** Reads a file of a machine. The bytes are in the last response, or so many with the host. */
  readFile: {
    args: [
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
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
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
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
  /** Writes a file of a machine. The host has the bytes, and keeps the result. */
  writeFile: {
    args: [
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
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
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      path: unknown,
      recursive: boolean,
    ];
    result: void;
  };
  /** Reads the metadata of a path of a machine. The host keeps the result. */
  statFile: {
    args: [
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
      path: unknown,
    ];
    result: void;
  };
  /** Sends an event, which the host has, to a machine's desktop. */
  desktopInput: {
    args: [
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
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
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
      direct:
        | [requestId: string, epoch: number, maxPayload: number | null | undefined]
        | null
        | undefined,
    ];
    result: void;
  };
  /** Whether a machine's agent answers a nonce, which the host has. */
  ping: {
    args: [
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
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
      place: [
        workspaceId: unknown,
        agentId: unknown,
        workingDir: string,
        timeoutMs: unknown,
        retry: number[] | undefined,
        isObserved: boolean,
      ],
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
  /** Runs a command. Answers nothing where the session cannot. */
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
  /** Runs a command, and keeps its texts in a lane. The answer has their lengths. */
  "session.execHeld": {
    args: [
      cmd: string,
      yieldTimeMs: number,
      maxOutputTokens: number | null | undefined,
      runAs: string | null | undefined,
      lane: number,
    ];
    result:
      | [
          output?: number | [length: number, tail: string],
          stderr?: string,
          stdout?: number | [length: number, tail: string],
          sessionId?: number,
          exitCode?: number,
        ]
      | null
      | undefined;
  };
  /** Hands out the piece in a lane. Answered when it is taken. */
  item: { args: [lane: number]; result: void };
  /** Tells the caller of the bytes that have come, out of all. */
  "progress.tell": { args: [received: number, total: number]; result: void };
  /** Keeps the lengths that the session lets through, and how many commands it runs at once, for the next operation. */
  "session.remember": { args: [through: number, patience: number, atOnce: number]; result: void };
  /** Sends an operation of the control protocol. It is JSON without the field `held`, which the host adds. */
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
      delivery?: string,
    ];
  };
  /** Waits up to `timeout_ms` for a connection that is not there yet. Answers its facts, where there is one. The next request gets the failure of a dial. */
  "rpc.open": {
    args: [timeoutMs: number];
    result:
      [requestId: string, epoch: number, maxPayload: number | null | undefined] | null | undefined;
  };
  /** Makes a new id for the next request. Answers it with the facts of the open connection. */
  "rpc.renew": {
    args: [];
    result:
      [requestId: string, epoch: number, maxPayload: number | null | undefined] | null | undefined;
  };
  /** Tells the caller what came of a request, given as JSON. */
  "rpc.observe": { args: [attempt: string]; result: void };
  /** Begins a file of a number of bytes. The bytes of the last reading are kept. */
  "file.begin": { args: [length: number]; result: void };
  /** Copies the bytes of the last response to their place in the file. */
  "file.put": { args: [offset: number]; result: void };
  /** Whether the file begins with all bytes of the last reading. */
  "file.agrees": { args: []; result: boolean };
  /** Dials, or joins the dial that is under way. Answers whether there is a connection. */
  "connection.connect": { args: []; result: boolean };
  /** Closes the connection that nobody has waited for, unless a request was sent over it since. */
  "connection.closeUnused": { args: []; result: void };
  /** Waits for a number of milliseconds, beside something else. The process may end meanwhile. */
  "clock.sleep": { args: [ms: number]; result: void };
  /** Waits for a number of milliseconds, and keeps the process alive. */
  "clock.pause": { args: [ms: number]; result: void };
  /** Whether a path exists. */
  "files.pathExists": { args: [path: string]; result: boolean };
  /** Reads a file, and keeps its bytes. */
  "files.read": { args: [path: string]; result: void };
  /** The text of the kept bytes. */
  "files.decode": { args: []; result: string };
  /** Applies the caller's diff to a text, or makes a new text from it. */
  "files.applyDiff": { args: [text: string | null | undefined]; result: string };
  /** Writes a file. */
  "files.write": { args: [path: string, content: string]; result: void };
  /** Runs a command: its exit code, and standard error. */
  "files.run": {
    args: [cmd: string];
    result: [exitCode: number | null | undefined, stderr: string];
  };
  /** Looks up the sandbox of a pointer. Answers its id and kind, whether it is enrolled, and whether the caller establishes modal sandboxes. */
  "sandboxes.get": {
    args: [];
    result:
      [id: string, kind: string, isEnrolled: boolean, establishesModal: boolean] | null | undefined;
  };
  /** Establishes the sandbox by the caller's own function, and keeps its session. */
  "sandboxes.establishModal": { args: []; result: void };
  /** Makes a session with the sandbox's agent, and keeps it. */
  "sandboxes.machine": { args: []; result: void };
  /** Whether the session has a method for the addresses of its ports. */
  "session.canResolveExposedPort": { args: []; result: boolean };
  /** Asks the session for the address of a port, and keeps the answer. Without a port, it is the caller's own value. */
  "session.resolveExposedPort": { args: [port: number | null | undefined]; result: void };
  /** Reads the kept endpoint. */
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
  /** Makes a state from the envelope, and keeps it. Answers whether there is one, or the text of the error. */
  "boxes.deserialize": { args: []; result: [hasState: boolean, thrown?: string | null] };
  /** The facts of the kept state about its box. */
  "boxes.state": { args: []; result: [hasState: boolean, isComplete: boolean, ids: unknown[]] };
  /** Whether the folder of the kept state exists on this machine. */
  "boxes.folderExists": { args: []; result: boolean };
  /** Resumes the box of the kept state, and keeps its session. The client does not see the snapshot where the argument is true. Answers the error of the client, if any. */
  "boxes.resume": {
    args: [hidesSnapshot: boolean];
    result: (unknown[] | null)[] | null | undefined;
  };
  /** Throws the error of `resume`. */
  "boxes.rethrow": { args: []; result: void };
  /** Decodes the archive of the envelope, and keeps it. Answers whether there is one, and whether it is complete. */
  "boxes.archive": { args: []; result: [isThere: boolean, isWhole: boolean] };
  /** Creates a box, and keeps its session. */
  "boxes.create": { args: []; result: void };
  /** Restores the archive in the box. Answers whether its session can. */
  "boxes.hydrate": { args: []; result: boolean };
  /** The facts of the session's state about its box. */
  "boxes.session": { args: []; result: [hasState: boolean, isComplete: boolean, ids: unknown[]] };
  /** The ways in which the box can be removed: the client's `delete`, and the session's `terminate`, `delete` and `close`. */
  "boxes.removal": { args: []; result: [boolean, boolean, boolean, boolean] };
  /** Removes the box. */
  "boxes.remove": { args: [way: "clientDelete" | "terminate" | "delete" | "close"]; result: void };
  /** Serializes the state of a session, and keeps the result, if there is one. Answers whether it has a manifest, a list of the ports that were asked for, and a field for the ports. */
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
  /** Deletes an image by its id. Answers whether the session can. */
  "images.delete": { args: [id: string]; result: boolean };
  /** The methods of a service's session: whether it has `exec`, `execCommand`, `readFile`, `createEditor` and `writeStdin`, and the result of its `supportsPty`. */
  "workspace.features": { args: []; result: boolean[] };
  /** Runs a command in the session's own directory (`session`), in a directory, or in a terminal in a directory. Answers nothing where the session cannot. */
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
  /** Writes to a command that goes on. Answers its output since the last answer, or nothing where the session cannot. */
  "workspace.writeStdin": {
    args: [sessionId: number, chars: string, yieldTimeMs: number];
    result: string | null | undefined;
  };
  /** Reads a file by the session's `readFile`, and keeps its bytes. Answers nothing where it has none. */
  "workspace.readFile": {
    args: [path: string, maxBytes: number];
    result: string | [length: number, zeroAt?: number] | null | undefined;
  };
  /** Creates a file by the session's editor. Answers whether it did. */
  "workspace.createFile": { args: [path: string, diff: string]; result: boolean };
  /** Emits events, which are JSON, to the caller. */
  "workspace.emit": { args: [events: string]; result: void };
  /** The revision of the service, increased first where the argument is true, and the epoch of the caller's lease. */
  "workspace.revision": {
    args: [isChanged: boolean];
    result: [revision: number, leaseEpoch: number];
  };
  /** The lengths that the session is known to let through. */
  "workspace.channel": {
    args: [];
    result: [through: number, patience: number, atOnce: number] | null | undefined;
  };
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
  /** Fails where a call's limits are invalid. A valid signal is not passed. */
  checkLimits: { args: [signal: unknown, timeoutMs: unknown]; result: void };
  /** Whether a desktop is used through the session's own methods. */
  hasNativeDesktop: { args: [hasInput: boolean, hasScreenshot: boolean]; result: boolean };
  /** Fails where an epoch is invalid. */
  checkEpoch: { args: [activeEpoch: unknown]; result: void };
  /** Fails where the session of a resolved backend is no object. */
  checkSession: { args: [session: unknown]; result: void };
  /** The subject of an agent. */
  subjectFor: { args: [workspaceId: unknown, agentId: unknown]; result: string };
  /** Fails where no request can be addressed to a subject. */
  checkSubject: { args: [subject: unknown]; result: void };
  /** The meaning of an error of an agent, or in its name. */
  controlError: {
    args: [code: number, message: string, retryable: boolean, delivered: string | null | undefined];
    result: ControlErrorFields;
  };
  /** The error where no agent listens to the subject. */
  offlineAgentError: { args: []; result: { code: number; message: string; retryable: boolean } };
  /** The error where the agent does not answer in time. */
  timeoutAgentError: { args: []; result: { code: number; message: string; retryable: boolean } };
  /** The meaning of a transport's error and its causes. */
  transportFailure: {
    args: [
      thrown: [name: string | undefined, code: string | undefined, message: string][],
      isClosed: boolean,
    ];
    result: {
      error: { code: number; message: string; retryable: boolean };
      fault: string;
      delivery: string;
      disconnect: boolean;
    };
  };
  /** The same of what dialling threw. */
  dialFailure: {
    args: [thrown: [name: string | undefined, code: string | undefined, message: string][]];
    result: {
      error: { code: number; message: string; retryable: boolean };
      fault: string;
      delivery: string;
      disconnect: boolean;
    };
  };
  /** The same of a connection that is closed before it is used. */
  closedFailure: {
    args: [];
    result: {
      error: { code: number; message: string; retryable: boolean };
      fault: string;
      delivery: string;
      disconnect: boolean;
    };
  };
  /** The working directory of a session, once its ids are checked. */
  workingDir: {
    args: [workspaceId: unknown, agentId: unknown, workingDir: unknown];
    result: string;
  };
  /** What an error of a provider's client is of. */
  providerFailure: {
    args: [backendId: string, chain: (unknown[] | null)[]];
    result: ProviderSandboxFailure;
  };
  /** The table of backends. */
  capabilityDescriptors: { args: []; result: Record<SandboxBackend, CapabilityDescriptor> };
  /** The length of the banner before an output, with the line that ends it; none without such a line. The text can be the beginning of the output. */
  bannerLength: { args: [raw: string, isAll: boolean]; result: number | null | undefined };
  /** The outline of the session's number in a banner, empty where there is none; none where the whole output is needed. */
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
  /** The beginning and the length of the safe part of a path. */
  safeRelPath: { args: [path: string | null | undefined]; result: [number, number] };
  /** The outline of a piece of `git status --porcelain=v2 --branch -z`. */
  porcelainV2: { args: [z: string, isLast: boolean]; result: string };
  /** The outline of a piece of `git diff -z --numstat`. */
  numstatZ: { args: [z: string, isLast: boolean]; result: string };
  /** The outline of a piece of a file's `git diff`. */
  unifiedPatch: { args: [patch: string, isLast: boolean]; result: string };
  /** The outline of the tree in the output of `find`. */
  listing: {
    args: [text: string, root: string, maxEntries: number, ordersPlainly: boolean];
    result: string;
  };
  /** Fails where an option of a service is invalid. */
  checkServiceOptions: {
    args: [workspaceRoot: unknown, leaseEpoch: unknown, revision: unknown];
    result: void;
  };
  /** The capabilities of a service, by the methods of its session. */
  structuredCapabilities: {
    args: [features: boolean[]];
    result: {
      FileSystem: { available: boolean; readOnly: boolean };
      Terminal: { events: boolean; exec: boolean; pty: { available: boolean } };
      Git: { available: boolean };
    };
  };
  /** The constants. */
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
  /** The claims of a token; nothing where it is not valid. */
  verifyStreamToken: {
    args: [secret: unknown, token: string, nowSeconds: unknown, clockMs: number];
    result: StreamTokenPayload | null | undefined;
  };
  /** The claims of a token. Fails with all their faults. */
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
  /** The message and the stage of a desktop's failed launch. */
  displayStackFailure: {
    args: [exitCode: number, output: string | null | undefined];
    result: { stage: string; message: string };
  };
  /** The message and the stage of a terminal's failed launch. */
  terminalServerFailure: {
    args: [exitCode: number, output: string | null | undefined];
    result: { stage: string; message: string };
  };
  /** The backends, in order. */
  backends: { args: []; result: SandboxBackend[] };
  /** The backend of an envelope. */
  backendOf: { args: [asked: unknown, stored: unknown, configured: unknown]; result: string };
  /** Fails. The backend of an envelope has no client. */
  refuseNoClient: { args: [backend: string]; result: void };
  /** Fails. The client has no `create`. */
  refuseNoCreate: { args: [backend: string]; result: void };
  /** Fails. The client has no `deserializeSessionState`. */
  refuseNoDeserialization: { args: []; result: void };
  /** Whether a text is base64 from end to end, by its lengths and its decoded length. */
  isWholeArchive: { args: [length: number, padding: number, decoded: number]; result: boolean };
  /** Whether an archive is a reference to a snapshot, by its beginning. */
  isSnapshotReference: { args: [head: string]; result: boolean };
  /** The id in a reference to a snapshot. */
  modalSnapshotId: { args: [reference: string]; result: string | null | undefined };
  /** The setting of a relay as a URL. */
  relayUrl: { args: [setting: unknown]; result: string };
  /** The address of a relay, from the parts of its URL, or from a text that is none. */
  relayAddress: {
    args: [
      text: string,
      url: [protocol: string, hostname: string, port: string, pathname: string] | null | undefined,
    ];
    result: { host: string; port: number; tls: boolean; path: string };
  };
  /** Fails. The resolver has returned the routing session itself. */
  refuseItself: { args: []; result: void };
  /** Fails. The routing session has no backend yet, and so no manifest. */
  refuseNoBackend: { args: []; result: void };
  /** Fails. The turn has no sandbox of its own. */
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
  /** What becomes of a run after which the pointer is so; nothing where its answer or failure counts. */
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
  /** What is next for a mutation that was admitted for a backend and not begun, since another one is active. */
  admitAgain: {
    args: [
      run: [
        op: string,
        route: number,
        epoch: number,
        sandbox: number,
        fences: number,
        isPinned: boolean,
      ],
    ];
    result: Verdict;
  };
  /** Notes what the answer to an input tells of its process; the routes that have one. */
  hear: {
    args: [
      process: number,
      sessionId: number | null | undefined,
      exitCode: number | null | undefined,
      text: string | null | undefined,
    ];
    result: number[];
  };
  /** Notes what the message of an error tells of the process that the input was for; the routes that have one. */
  lose: { args: [process: number, message: string]; result: number[] };
  /** The process that a number means; nothing where none is known to run. */
  process: {
    args: [number: number];
    result: { id: number; route: number; isFenced: boolean } | null | undefined;
  };
  /** Where the input of a process goes after a fence of its backend, by the pointer as it is now. */
  follow: {
    args: [
      run: [
        op: string,
        route: number,
        epoch: number,
        sandbox: number,
        fences: number,
        isPinned: boolean,
      ],
      hasMetFence: boolean,
      epoch: number,
      sandbox: number,
    ];
    result: "active" | "same" | "nowhere";
  };
  /** Moves a process to another route; the routes that have one, or nothing where it does not run there. */
  move: { args: [process: number, route: number]; result: number[] | null | undefined };
}
