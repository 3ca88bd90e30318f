// Generated from the .proto file by `npm run protocol`.

import { list, map, message, oneof, scalar } from "./parts.js";

/** @import { Tape } from "./wire.js" */
/** @import * as protocol from "../../protocol.js" */

/** @param {Tape} tape @returns {protocol.ControlResponse} */
export function readControlResponse(tape) {
  return {
    requestId: tape.text(),
    error: tape.flag() ? readAgentError(tape) : undefined,
    result: readControlResponseResult(tape),
  };
}

/** @param {Tape} tape @returns {protocol.ControlResponse["result"]} */
function readControlResponseResult(tape) {
  switch (tape.uint32()) {
    case 1:
      return { $case: "ping", ping: readPingResponse(tape) };
    case 2:
      return { $case: "hello", hello: readHelloAck(tape) };
    case 3:
      return { $case: "resume", resume: readResumeResponse(tape) };
    case 4:
      return { $case: "exec", exec: readExecResponse(tape) };
    case 5:
      return { $case: "fsRead", fsRead: readFsReadResponse(tape) };
    case 6:
      return { $case: "fsWrite", fsWrite: readFsWriteResponse(tape) };
    case 7:
      return { $case: "fsList", fsList: readFsListResponse(tape) };
    case 8:
      return { $case: "fsMkdir", fsMkdir: readFsMkdirResponse() };
    case 9:
      return { $case: "fsMove", fsMove: readFsMoveResponse() };
    case 10:
      return { $case: "fsStat", fsStat: readFsStatResponse(tape) };
    case 11:
      return { $case: "fsRemove", fsRemove: readFsRemoveResponse() };
    case 12:
      return { $case: "git", git: readGitResponse(tape) };
    case 13:
      return { $case: "ptyOpen", ptyOpen: readPtyOpenResponse(tape) };
    case 14:
      return { $case: "ptyWrite", ptyWrite: readPtyWriteResponse(tape) };
    case 15:
      return { $case: "ptyResize", ptyResize: readPtyResizeResponse() };
    case 16:
      return { $case: "ptyClose", ptyClose: readPtyCloseResponse(tape) };
    case 17:
      return { $case: "desktopEnsure", desktopEnsure: readDesktopEnsureResponse(tape) };
    case 18:
      return { $case: "metrics", metrics: readMetricsSample(tape) };
    case 19:
      return { $case: "updateMayProceed", updateMayProceed: readUpdateMayProceedResponse(tape) };
    case 20:
      return { $case: "desktopInput", desktopInput: readDesktopInputResponse() };
    case 21:
      return { $case: "desktopScreenshot", desktopScreenshot: readDesktopScreenshotResponse(tape) };
    default:
      return undefined;
  }
}

/** @param {Tape} tape @returns {protocol.AgentError} */
function readAgentError(tape) {
  return { code: tape.int32(), message: tape.text(), retryable: tape.flag(), detail: tape.map() };
}

/** @param {Tape} tape @returns {protocol.PingResponse} */
function readPingResponse(tape) {
  return { nonce: tape.text(), agentMonotonicMs: tape.text() };
}

/** @param {Tape} tape @returns {protocol.HelloAck} */
function readHelloAck(tape) {
  return { epoch: tape.uint32(), resumeToken: tape.text(), heartbeatIntervalMs: tape.uint32() };
}

/** @param {Tape} tape @returns {protocol.ResumeResponse} */
function readResumeResponse(tape) {
  return { accepted: tape.flag(), epoch: tape.uint32(), resumeToken: tape.text() };
}

/** @param {Tape} tape @returns {protocol.ExecResponse} */
function readExecResponse(tape) {
  return {
    exitCode: tape.int32(),
    stdout: tape.bytes(),
    stderr: tape.bytes(),
    timedOut: tape.flag(),
    durationMs: tape.text(),
  };
}

/** @param {Tape} tape @returns {protocol.FsReadResponse} */
function readFsReadResponse(tape) {
  return { content: tape.bytes(), totalSize: tape.text() };
}

/** @param {Tape} tape @returns {protocol.FsWriteResponse} */
function readFsWriteResponse(tape) {
  return { bytesWritten: tape.text() };
}

/** @param {Tape} tape @returns {protocol.FsListResponse} */
function readFsListResponse(tape) {
  return { entries: tape.list(readFsEntry) };
}

/** @returns {protocol.FsMkdirResponse} */
function readFsMkdirResponse() {
  return {};
}

/** @returns {protocol.FsMoveResponse} */
function readFsMoveResponse() {
  return {};
}

/** @param {Tape} tape @returns {protocol.FsStatResponse} */
function readFsStatResponse(tape) {
  return { exists: tape.flag(), entry: tape.flag() ? readFsEntry(tape) : undefined };
}

/** @returns {protocol.FsRemoveResponse} */
function readFsRemoveResponse() {
  return {};
}

/** @param {Tape} tape @returns {protocol.GitResponse} */
function readGitResponse(tape) {
  return {
    exitCode: tape.int32(),
    stdout: tape.bytes(),
    stderr: tape.bytes(),
    status: tape.flag() ? readGitStatus(tape) : undefined,
  };
}

/** @param {Tape} tape @returns {protocol.PtyOpenResponse} */
function readPtyOpenResponse(tape) {
  return { ptyId: tape.text(), channel: tape.flag() ? readStreamChannel(tape) : undefined };
}

/** @param {Tape} tape @returns {protocol.PtyWriteResponse} */
function readPtyWriteResponse(tape) {
  return { bytesWritten: tape.text() };
}

/** @returns {protocol.PtyResizeResponse} */
function readPtyResizeResponse() {
  return {};
}

/** @param {Tape} tape @returns {protocol.PtyCloseResponse} */
function readPtyCloseResponse(tape) {
  return { exitCode: tape.int32() };
}

/** @param {Tape} tape @returns {protocol.DesktopEnsureResponse} */
function readDesktopEnsureResponse(tape) {
  return {
    channel: tape.flag() ? readStreamChannel(tape) : undefined,
    display: tape.flag() ? readDisplay(tape) : undefined,
  };
}

/** @param {Tape} tape @returns {protocol.MetricsSample} */
function readMetricsSample(tape) {
  return {
    sampledAtMs: tape.text(),
    cpuPercent: tape.double(),
    load1: tape.double(),
    load5: tape.double(),
    load15: tape.double(),
    memUsedBytes: tape.text(),
    memTotalBytes: tape.text(),
    diskUsedBytes: tape.text(),
    diskTotalBytes: tape.text(),
    runQueue: tape.double(),
    gpus: tape.list(readGpuSample),
  };
}

/** @param {Tape} tape @returns {protocol.UpdateMayProceedResponse} */
function readUpdateMayProceedResponse(tape) {
  return { mayProceed: tape.flag(), activeSessions: tape.uint32() };
}

/** @returns {protocol.DesktopInputResponse} */
function readDesktopInputResponse() {
  return {};
}

/** @param {Tape} tape @returns {protocol.DesktopScreenshotResponse} */
function readDesktopScreenshotResponse(tape) {
  return { png: tape.bytes(), width: tape.uint32(), height: tape.uint32() };
}

/** @param {Tape} tape @returns {protocol.FsEntry} */
function readFsEntry(tape) {
  return {
    name: tape.text(),
    path: tape.text(),
    kind: tape.int32(),
    size: tape.text(),
    modifiedMs: tape.text(),
    mode: tape.uint32(),
  };
}

/** @param {Tape} tape @returns {protocol.GitStatus} */
function readGitStatus(tape) {
  return {
    branch: tape.text(),
    upstream: tape.text(),
    ahead: tape.int32(),
    behind: tape.int32(),
    files: tape.list(readGitFileStatus),
    clean: tape.flag(),
  };
}

/** @param {Tape} tape @returns {protocol.StreamChannel} */
function readStreamChannel(tape) {
  return {
    channelId: tape.text(),
    workspaceId: tape.text(),
    agentId: tape.text(),
    kind: tape.int32(),
    port: tape.uint32(),
  };
}

/** @param {Tape} tape @returns {protocol.Display} */
function readDisplay(tape) {
  return { id: tape.text(), width: tape.uint32(), height: tape.uint32(), virtual: tape.flag() };
}

/** @param {Tape} tape @returns {protocol.GpuSample} */
function readGpuSample(tape) {
  return {
    name: tape.text(),
    utilPercent: tape.double(),
    memUsedBytes: tape.text(),
    memTotalBytes: tape.text(),
  };
}

/** @param {Tape} tape @returns {protocol.GitFileStatus} */
function readGitFileStatus(tape) {
  return { path: tape.text(), code: tape.text(), staged: tape.flag() };
}

/** @param {any} member */
function partsOfCapabilities(member) {
  return {
    exec: scalar(member.exec),
    filesystem: scalar(member.filesystem),
    git: scalar(member.git),
    pty: scalar(member.pty),
    desktop: scalar(member.desktop),
    consentedWholeMachine: scalar(member.consentedWholeMachine),
    consentedScreenControl: scalar(member.consentedScreenControl),
    display: message(member.display, partsOfDisplay),
  };
}

/** @param {any} member */
function partsOfDisplay(member) {
  return {
    id: scalar(member.id),
    width: scalar(member.width),
    height: scalar(member.height),
    virtual: scalar(member.virtual),
  };
}

/** @param {any} member */
function partsOfPointerEvent(member) {
  return {
    x: scalar(member.x),
    y: scalar(member.y),
    action: scalar(member.action),
    button: scalar(member.button),
  };
}

/** @param {any} member */
function partsOfKeyEvent(member) {
  return { key: scalar(member.key), isText: scalar(member.isText), action: scalar(member.action) };
}

/** @param {any} member */
function partsOfScrollEvent(member) {
  return {
    x: scalar(member.x),
    y: scalar(member.y),
    deltaX: scalar(member.deltaX),
    deltaY: scalar(member.deltaY),
  };
}

/**
 * @typedef {object} Parts The fields of an operation.
 * @property {readonly string[]} names Their names.
 * @property {(member: any) => unknown[]} values The values of its fields in order, with `null` for bytes.
 * @property {(member: any) => unknown} [bytes] The value of its field of bytes.
 */

/** @type {[name: string, parts: Parts][]} */
const operations = [
  ["ping", { names: ["nonce"], values: (member) => [scalar(member.nonce)] }],
  [
    "hello",
    {
      names: [
        "agentId",
        "workspaceId",
        "agentVersion",
        "os",
        "arch",
        "machineName",
        "workspaceRoot",
        "capabilities",
        "updateChannel",
        "resumeToken",
      ],
      values: (member) => [
        scalar(member.agentId),
        scalar(member.workspaceId),
        scalar(member.agentVersion),
        scalar(member.os),
        scalar(member.arch),
        scalar(member.machineName),
        scalar(member.workspaceRoot),
        message(member.capabilities, partsOfCapabilities),
        scalar(member.updateChannel),
        scalar(member.resumeToken),
      ],
    },
  ],
  [
    "resume",
    {
      names: ["agentId", "resumeToken", "lastKnownEpoch"],
      values: (member) => [
        scalar(member.agentId),
        scalar(member.resumeToken),
        scalar(member.lastKnownEpoch),
      ],
    },
  ],
  [
    "exec",
    {
      names: ["command", "shell", "cwd", "env", "stdin", "timeoutMs"],
      values: (member) => [
        list(member.command),
        scalar(member.shell),
        scalar(member.cwd),
        map(member.env),
        null,
        scalar(member.timeoutMs),
      ],
      bytes: (member) => member.stdin,
    },
  ],
  [
    "fsRead",
    {
      names: ["path", "offset", "length"],
      values: (member) => [scalar(member.path), scalar(member.offset), scalar(member.length)],
    },
  ],
  [
    "fsWrite",
    {
      names: ["path", "content", "createParents", "append", "mode"],
      values: (member) => [
        scalar(member.path),
        null,
        scalar(member.createParents),
        scalar(member.append),
        scalar(member.mode),
      ],
      bytes: (member) => member.content,
    },
  ],
  [
    "fsList",
    {
      names: ["path", "recursive"],
      values: (member) => [scalar(member.path), scalar(member.recursive)],
    },
  ],
  [
    "fsMkdir",
    {
      names: ["path", "parents", "mode"],
      values: (member) => [scalar(member.path), scalar(member.parents), scalar(member.mode)],
    },
  ],
  [
    "fsMove",
    {
      names: ["from", "to", "overwrite"],
      values: (member) => [scalar(member.from), scalar(member.to), scalar(member.overwrite)],
    },
  ],
  ["fsStat", { names: ["path"], values: (member) => [scalar(member.path)] }],
  [
    "fsRemove",
    {
      names: ["path", "recursive"],
      values: (member) => [scalar(member.path), scalar(member.recursive)],
    },
  ],
  [
    "git",
    {
      names: ["op", "cwd", "args"],
      values: (member) => [scalar(member.op), scalar(member.cwd), list(member.args)],
    },
  ],
  [
    "ptyOpen",
    {
      names: ["command", "cwd", "env", "cols", "rows", "term"],
      values: (member) => [
        list(member.command),
        scalar(member.cwd),
        map(member.env),
        scalar(member.cols),
        scalar(member.rows),
        scalar(member.term),
      ],
    },
  ],
  [
    "ptyWrite",
    {
      names: ["ptyId", "data"],
      values: (member) => [scalar(member.ptyId), null],
      bytes: (member) => member.data,
    },
  ],
  [
    "ptyResize",
    {
      names: ["ptyId", "cols", "rows"],
      values: (member) => [scalar(member.ptyId), scalar(member.cols), scalar(member.rows)],
    },
  ],
  ["ptyClose", { names: ["ptyId"], values: (member) => [scalar(member.ptyId)] }],
  [
    "desktopEnsure",
    {
      names: ["width", "height"],
      values: (member) => [scalar(member.width), scalar(member.height)],
    },
  ],
  ["metrics", { names: [], values: () => [] }],
  [
    "updateMayProceed",
    {
      names: ["agentId", "targetVersion"],
      values: (member) => [scalar(member.agentId), scalar(member.targetVersion)],
    },
  ],
  [
    "desktopInput",
    {
      names: ["event"],
      values: (member) => [
        oneof(member.event, {
          pointer: partsOfPointerEvent,
          key: partsOfKeyEvent,
          scroll: partsOfScrollEvent,
        }),
      ],
    },
  ],
  ["desktopScreenshot", { names: [], values: () => [] }],
];

/** @type {ReadonlyMap<unknown, Parts>} */
export const OPERATIONS = new Map(operations);
