// Errors are made as ever where all that JavaScript itself has is frozen, as SES does.
import assert from "node:assert/strict";
import * as errors from "@opengeni/runtime-native";

const fields = { message: "m", code: 9, reason: null, retryable: false };
/** @type {Record<string, () => Error>} */
const makers = {
  OpenGeniError: () => new errors.OpenGeniError("m"),
  RecordingError: () => new errors.RecordingError("m", "box-death", { cause: 1 }),
  RecordingUnavailableError: () => new errors.RecordingUnavailableError("m"),
  RoutingUnsupportedError: () => new errors.RoutingUnsupportedError("exec", "modal"),
  ActiveBackendUnresolvableError: () =>
    new errors.ActiveBackendUnresolvableError("m", "stale_pointer"),
  RoutingMutationOutcomeUnknownError: () =>
    new errors.RoutingMutationOutcomeUnknownError("exec", [1, 2]),
  SandboxConfigError: () => new errors.SandboxConfigError("modal", "m"),
  SandboxProviderUnavailableError: () => new errors.SandboxProviderUnavailableError("modal"),
  SelfhostedControlError: () => new errors.SelfhostedControlError(fields),
  SelfhostedExecTimeoutError: () =>
    new errors.SelfhostedExecTimeoutError({ ...fields, mayBeRunning: true }),
  ChannelAValidationError: () => new errors.ChannelAValidationError("m"),
  ChannelANotFoundError: () => new errors.ChannelANotFoundError("m"),
  ChannelAConflictError: () => new errors.ChannelAConflictError("m"),
  ChannelAUnsupportedError: () => new errors.ChannelAUnsupportedError("m"),
  StreamPortUnavailableError: () => new errors.StreamPortUnavailableError("m", 1),
  DisplayStackError: () => new errors.DisplayStackError(11, "m"),
  DisplayStackUnsupportedError: () => new errors.DisplayStackUnsupportedError("m"),
  TerminalServerError: () => new errors.TerminalServerError(14, "m"),
  TerminalServerUnsupportedError: () => new errors.TerminalServerUnsupportedError("m"),
};
const classes = Object.keys(errors).filter((name) => /^[A-Z].*Error$/.test(name));
assert.deepEqual(Object.keys(makers).sort(), classes.sort());

/** @param {() => Error} make */
function parts(make) {
  const { stack: _, ...own } = Object.getOwnPropertyDescriptors(make());
  return Object.entries(own);
}

const before = Object.values(makers).map(parts);
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const intrinsic = Reflect.get(globalThis, name);
  if (typeof intrinsic === "function") Object.freeze(intrinsic.prototype);
}
assert.deepEqual(Object.values(makers).map(parts), before);
for (const [name, make] of Object.entries(makers)) {
  const { value, ...flags } = /** @type {any} */ (Object.getOwnPropertyDescriptor(make(), "name"));
  assert.equal(value, name);
  assert.deepEqual(flags, { writable: true, enumerable: true, configurable: true });
}
const failure = await errors.readRecordingBytes({}, /** @type {any} */ ({})).catch((e) => e);
assert.ok(failure instanceof TypeError || failure instanceof errors.RecordingUnavailableError);

// A request that dials sleeps beside the dial, and ends that sleep. What an agent says may have the
// names of what is frozen.
const message = new TextEncoder().encode("constructor");
const detail = [0x22, message.length + 5, 0x0a, message.length, ...message, 0x12, 1, 0x78];
const data = Uint8Array.of(0x12, detail.length + 2, 0x08, 9, ...detail);
const controlRpc = new errors.NatsControlRpc(async () => ({ request: async () => ({ data }) }));
const request = /** @type {any} */ ({ requestId: "", epoch: 0 });
const { error } = await controlRpc.request("s", request, { timeoutMs: 1_000 });
assert.deepEqual({ ...error?.detail }, { constructor: "x" });
await new Promise((resolve) => setTimeout(resolve, 50));
