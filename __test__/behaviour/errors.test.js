import { describe, expect, it } from "vitest";
import * as sandbox from "../../index.js";
import {
  ActiveBackendUnresolvableError,
  NatsControlRpc,
  OpenGeniError,
  RecordingError,
  RecordingUnavailableError,
  RoutingSandboxSession,
  SelfhostedControlError,
  SelfhostedSession,
  readRecordingBytes,
} from "../../index.js";
import { PROCESS } from "../support/box.js";

describe("RecordingError", () => {
  const error = new RecordingError("message", "box-death");
  it("is made by callers as by the package", () => {
    expect(error).toBeInstanceOf(Error);
    expect(Object.getOwnPropertyDescriptor(error, "name")?.value).toBe("RecordingError");
    expect(Object.getOwnPropertyDescriptor(error, "reason")?.value).toBe("box-death");
    expect(Object.getOwnPropertyDescriptor(error, "message")?.value).toBe("message");
    expect(`${error}`).toBe("RecordingError: message");
    expect("cause" in error).toBe(false);
  });
  it("takes a cause", () => {
    expect(new RecordingError("message", "box-death", { cause: 1 }).cause).toBe(1);
  });
});

describe("RecordingUnavailableError", () => {
  it("is made by callers as by the package", () => {
    const error = new RecordingUnavailableError("message");
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(RecordingError);
    expect(Object.getOwnPropertyDescriptor(error, "name")?.value).toBe("RecordingUnavailableError");
  });
  it("has a stack that leads to the caller", async () => {
    const error = await readRecordingBytes({}, PROCESS).catch((error) => error);
    expect(error.stack).toContain("readRecordingBytes");
  });
});

describe("the class of all errors", () => {
  const classes = Object.entries(sandbox).filter(([name]) => /^[A-Z].*Error$/.test(name));

  it.each(classes)("is that of %s", (_, value) => {
    expect([value, Object.getPrototypeOf(value)]).toContain(
      value === sandbox.SelfhostedExecTimeoutError ? SelfhostedControlError : OpenGeniError,
    );
  });

  it.each([
    [new RecordingUnavailableError("m"), "recording_unavailable"],
    [new RecordingError("m", "box-death"), "box-death"],
    [new sandbox.RoutingUnsupportedError("exec", "modal"), "routing_unsupported"],
    [new sandbox.ChannelANotFoundError("m"), "channel_a_not_found"],
    [new sandbox.SandboxConfigError("modal", "m"), "sandbox_config"],
    [new ActiveBackendUnresolvableError("m", "stale_pointer"), "stale_pointer"],
    [new ActiveBackendUnresolvableError("m"), undefined],
    [
      new SelfhostedControlError({ message: "m", code: 9, reason: null, retryable: false }),
      /** @type {const} */ (9),
    ],
  ])("%s has the code %j", (error, code) => {
    expect(error).toBeInstanceOf(OpenGeniError);
    expect(error.code).toBe(code);
  });
});

describe("a missing dependency is named where it is missing", () => {
  const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
  const machine = { workspaceId: "w", agentId: "a", relay: { host: "h" } };

  it.each([
    ["deps must be an object, got nothing", () => new RoutingSandboxSession(any(undefined))],
    ["deps.readPointer must be a function", () => new RoutingSandboxSession(any({}))],
    [
      "deps.resolveActiveBackend must be a function",
      () => new RoutingSandboxSession(any({ readPointer: async () => ({}) })),
    ],
    ["deps must be an object, got nothing", () => new SelfhostedSession(any(null))],
    ["deps.controlRpc must be an object, got nothing", () => new SelfhostedSession(any(machine))],
    ["connect must be a function", () => new NatsControlRpc(any(undefined))],
    [
      "opts.controlRpcFactory must be a function",
      () => new sandbox.SelfhostedSandboxClient(any({})),
    ],
    [
      "deps must be an object, got nothing",
      () => sandbox.makeActiveBackendResolver(any(undefined)),
    ],
  ])("%s", (message, make) => {
    expect(make).toThrow(new TypeError(message));
  });
});
