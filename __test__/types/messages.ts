// Every message of the control protocol: what has all fields and no other is one.
import type {
  AgentError,
  Capabilities,
  ControlRequest,
  ControlResponse,
  DesktopEnsureRequest,
  DesktopEnsureResponse,
  DesktopInputRequest,
  DesktopInputResponse,
  DesktopScreenshotRequest,
  DesktopScreenshotResponse,
  Display,
  ExecRequest,
  ExecResponse,
  FsEntry,
  FsListRequest,
  FsListResponse,
  FsMkdirRequest,
  FsMkdirResponse,
  FsMoveRequest,
  FsMoveResponse,
  FsReadRequest,
  FsReadResponse,
  FsRemoveRequest,
  FsRemoveResponse,
  FsStatRequest,
  FsStatResponse,
  FsWriteRequest,
  FsWriteResponse,
  GitFileStatus,
  GitRequest,
  GitResponse,
  GitStatus,
  GpuSample,
  Hello,
  HelloAck,
  KeyEvent,
  MetricsRequest,
  MetricsSample,
  PingRequest,
  PingResponse,
  PointerEvent,
  PtyCloseRequest,
  PtyCloseResponse,
  PtyOpenRequest,
  PtyOpenResponse,
  PtyResizeRequest,
  PtyResizeResponse,
  PtyWriteRequest,
  PtyWriteResponse,
  ResumeRequest,
  ResumeResponse,
  ScrollEvent,
  StreamChannel,
  UpdateMayProceedRequest,
  UpdateMayProceedResponse,
} from "@opengeni/runtime-native";

const bytes = new Uint8Array(1);

const pingRequest: PingRequest = {
  nonce: "1",
};
const display: Display = {
  id: "text",
  width: 1,
  height: 1,
  virtual: true,
};
const capabilities: Capabilities = {
  exec: true,
  filesystem: true,
  git: true,
  pty: true,
  desktop: true,
  consentedWholeMachine: true,
  consentedScreenControl: true,
  display: display,
};
const hello: Hello = {
  agentId: "text",
  workspaceId: "text",
  agentVersion: "text",
  os: 1,
  arch: 1,
  machineName: "text",
  workspaceRoot: "text",
  capabilities: capabilities,
  updateChannel: "text",
  resumeToken: "text",
};
const resumeRequest: ResumeRequest = {
  agentId: "text",
  resumeToken: "text",
  lastKnownEpoch: 1,
};
const execRequest: ExecRequest = {
  command: ["text"],
  shell: true,
  cwd: "text",
  env: { KEY: "value" },
  stdin: bytes,
  timeoutMs: 1,
};
const fsReadRequest: FsReadRequest = {
  path: "text",
  offset: "1",
  length: "1",
};
const fsWriteRequest: FsWriteRequest = {
  path: "text",
  content: bytes,
  createParents: true,
  append: true,
  mode: 1,
};
const fsListRequest: FsListRequest = {
  path: "text",
  recursive: true,
};
const fsMkdirRequest: FsMkdirRequest = {
  path: "text",
  parents: true,
  mode: 1,
};
const fsMoveRequest: FsMoveRequest = {
  from: "text",
  to: "text",
  overwrite: true,
};
const fsStatRequest: FsStatRequest = {
  path: "text",
};
const fsRemoveRequest: FsRemoveRequest = {
  path: "text",
  recursive: true,
};
const gitRequest: GitRequest = {
  op: 1,
  cwd: "text",
  args: ["text"],
};
const ptyOpenRequest: PtyOpenRequest = {
  command: ["text"],
  cwd: "text",
  env: { KEY: "value" },
  cols: 1,
  rows: 1,
  term: "text",
};
const ptyWriteRequest: PtyWriteRequest = {
  ptyId: "text",
  data: bytes,
};
const ptyResizeRequest: PtyResizeRequest = {
  ptyId: "text",
  cols: 1,
  rows: 1,
};
const ptyCloseRequest: PtyCloseRequest = {
  ptyId: "text",
};
const desktopEnsureRequest: DesktopEnsureRequest = {
  width: 1,
  height: 1,
};
const metricsRequest: MetricsRequest = {};
const updateMayProceedRequest: UpdateMayProceedRequest = {
  agentId: "text",
  targetVersion: "text",
};
export const pointerEvent: PointerEvent = {
  x: -1,
  y: -1,
  action: 1,
  button: 1,
};
export const keyEvent: KeyEvent = {
  key: "text",
  isText: true,
  action: 1,
};
const scrollEvent: ScrollEvent = {
  x: -1,
  y: -1,
  deltaX: -1,
  deltaY: -1,
};
const desktopInputRequest: DesktopInputRequest = {
  event: { $case: "scroll", scroll: scrollEvent },
};
const desktopScreenshotRequest: DesktopScreenshotRequest = {};
const controlRequest: ControlRequest = {
  requestId: "text",
  epoch: 1,
  op: { $case: "desktopScreenshot", desktopScreenshot: desktopScreenshotRequest },
};
const agentError: AgentError = {
  code: 1,
  message: "text",
  retryable: true,
  detail: { KEY: "value" },
};
const pingResponse: PingResponse = {
  nonce: "1",
  agentMonotonicMs: "1",
};
const helloAck: HelloAck = {
  epoch: 1,
  resumeToken: "text",
  heartbeatIntervalMs: 1,
};
const resumeResponse: ResumeResponse = {
  accepted: true,
  epoch: 1,
  resumeToken: "text",
};
const execResponse: ExecResponse = {
  exitCode: -1,
  stdout: bytes,
  stderr: bytes,
  timedOut: true,
  durationMs: "1",
};
const fsReadResponse: FsReadResponse = {
  content: bytes,
  totalSize: "1",
};
const fsWriteResponse: FsWriteResponse = {
  bytesWritten: "1",
};
const fsEntry: FsEntry = {
  name: "text",
  path: "text",
  kind: 1,
  size: "1",
  modifiedMs: "-1",
  mode: 1,
};
const fsListResponse: FsListResponse = {
  entries: [fsEntry],
};
const fsMkdirResponse: FsMkdirResponse = {};
const fsMoveResponse: FsMoveResponse = {};
const fsStatResponse: FsStatResponse = {
  exists: true,
  entry: fsEntry,
};
const fsRemoveResponse: FsRemoveResponse = {};
const gitFileStatus: GitFileStatus = {
  path: "text",
  code: "text",
  staged: true,
};
const gitStatus: GitStatus = {
  branch: "text",
  upstream: "text",
  ahead: -1,
  behind: -1,
  files: [gitFileStatus],
  clean: true,
};
const gitResponse: GitResponse = {
  exitCode: -1,
  stdout: bytes,
  stderr: bytes,
  status: gitStatus,
};
const streamChannel: StreamChannel = {
  channelId: "text",
  workspaceId: "text",
  agentId: "text",
  kind: 1,
  port: 1,
};
const ptyOpenResponse: PtyOpenResponse = {
  ptyId: "text",
  channel: streamChannel,
};
const ptyWriteResponse: PtyWriteResponse = {
  bytesWritten: "1",
};
const ptyResizeResponse: PtyResizeResponse = {};
const ptyCloseResponse: PtyCloseResponse = {
  exitCode: -1,
};
const desktopEnsureResponse: DesktopEnsureResponse = {
  channel: streamChannel,
  display: display,
};
const gpuSample: GpuSample = {
  name: "text",
  utilPercent: 0.5,
  memUsedBytes: "1",
  memTotalBytes: "1",
};
const metricsSample: MetricsSample = {
  sampledAtMs: "-1",
  cpuPercent: 0.5,
  load1: 0.5,
  load5: 0.5,
  load15: 0.5,
  memUsedBytes: "1",
  memTotalBytes: "1",
  diskUsedBytes: "1",
  diskTotalBytes: "1",
  runQueue: 0.5,
  gpus: [gpuSample],
};
const updateMayProceedResponse: UpdateMayProceedResponse = {
  mayProceed: true,
  activeSessions: 1,
};
const desktopInputResponse: DesktopInputResponse = {};
const desktopScreenshotResponse: DesktopScreenshotResponse = {
  png: bytes,
  width: 1,
  height: 1,
};
const controlResponse: ControlResponse = {
  requestId: "text",
  error: agentError,
  result: { $case: "desktopScreenshot", desktopScreenshot: desktopScreenshotResponse },
};

export const requests: ControlRequest[] = [
  { ...controlRequest, op: undefined },
  { ...controlRequest, op: { $case: "ping", ping: pingRequest } },
  { ...controlRequest, op: { $case: "hello", hello: hello } },
  { ...controlRequest, op: { $case: "resume", resume: resumeRequest } },
  { ...controlRequest, op: { $case: "exec", exec: execRequest } },
  { ...controlRequest, op: { $case: "fsRead", fsRead: fsReadRequest } },
  { ...controlRequest, op: { $case: "fsWrite", fsWrite: fsWriteRequest } },
  { ...controlRequest, op: { $case: "fsList", fsList: fsListRequest } },
  { ...controlRequest, op: { $case: "fsMkdir", fsMkdir: fsMkdirRequest } },
  { ...controlRequest, op: { $case: "fsMove", fsMove: fsMoveRequest } },
  { ...controlRequest, op: { $case: "fsStat", fsStat: fsStatRequest } },
  { ...controlRequest, op: { $case: "fsRemove", fsRemove: fsRemoveRequest } },
  { ...controlRequest, op: { $case: "git", git: gitRequest } },
  { ...controlRequest, op: { $case: "ptyOpen", ptyOpen: ptyOpenRequest } },
  { ...controlRequest, op: { $case: "ptyWrite", ptyWrite: ptyWriteRequest } },
  { ...controlRequest, op: { $case: "ptyResize", ptyResize: ptyResizeRequest } },
  { ...controlRequest, op: { $case: "ptyClose", ptyClose: ptyCloseRequest } },
  { ...controlRequest, op: { $case: "desktopEnsure", desktopEnsure: desktopEnsureRequest } },
  { ...controlRequest, op: { $case: "metrics", metrics: metricsRequest } },
  {
    ...controlRequest,
    op: { $case: "updateMayProceed", updateMayProceed: updateMayProceedRequest },
  },
  { ...controlRequest, op: { $case: "desktopInput", desktopInput: desktopInputRequest } },
  {
    ...controlRequest,
    op: { $case: "desktopScreenshot", desktopScreenshot: desktopScreenshotRequest },
  },
];
export const responses: ControlResponse[] = [
  { requestId: "r", error: agentError },
  { ...controlResponse, result: { $case: "ping", ping: pingResponse } },
  { ...controlResponse, result: { $case: "hello", hello: helloAck } },
  { ...controlResponse, result: { $case: "resume", resume: resumeResponse } },
  { ...controlResponse, result: { $case: "exec", exec: execResponse } },
  { ...controlResponse, result: { $case: "fsRead", fsRead: fsReadResponse } },
  { ...controlResponse, result: { $case: "fsWrite", fsWrite: fsWriteResponse } },
  { ...controlResponse, result: { $case: "fsList", fsList: fsListResponse } },
  { ...controlResponse, result: { $case: "fsMkdir", fsMkdir: fsMkdirResponse } },
  { ...controlResponse, result: { $case: "fsMove", fsMove: fsMoveResponse } },
  { ...controlResponse, result: { $case: "fsStat", fsStat: fsStatResponse } },
  { ...controlResponse, result: { $case: "fsRemove", fsRemove: fsRemoveResponse } },
  { ...controlResponse, result: { $case: "git", git: gitResponse } },
  { ...controlResponse, result: { $case: "ptyOpen", ptyOpen: ptyOpenResponse } },
  { ...controlResponse, result: { $case: "ptyWrite", ptyWrite: ptyWriteResponse } },
  { ...controlResponse, result: { $case: "ptyResize", ptyResize: ptyResizeResponse } },
  { ...controlResponse, result: { $case: "ptyClose", ptyClose: ptyCloseResponse } },
  { ...controlResponse, result: { $case: "desktopEnsure", desktopEnsure: desktopEnsureResponse } },
  { ...controlResponse, result: { $case: "metrics", metrics: metricsSample } },
  {
    ...controlResponse,
    result: { $case: "updateMayProceed", updateMayProceed: updateMayProceedResponse },
  },
  { ...controlResponse, result: { $case: "desktopInput", desktopInput: desktopInputResponse } },
  {
    ...controlResponse,
    result: { $case: "desktopScreenshot", desktopScreenshot: desktopScreenshotResponse },
  },
];

// Numbers of 64 bits are text, and a oneof names its member.
// @ts-expect-error
export const nonce: PingRequest = { nonce: 1 };
// @ts-expect-error
export const op: ControlRequest["op"] = { $case: "ping", hello };
