// Callers of the routing session and of capabilities. Nothing here runs.
import {
  ActiveBackendUnresolvableError,
  RoutingMutationOutcomeUnknownError,
  RoutingSandboxSession,
  RoutingUnsupportedError,
  makeActiveBackendResolver,
} from "@opengeni/runtime-native/sandbox";
import type {
  ActiveBackendResolverDeps,
  BackendUnresolvableCode,
  ComputerUseCapability,
  DesktopStreamCapability,
  FileSystemCapability,
  GitCapability,
  MintedStream,
  NegotiationContext,
  PortExposureKind,
  RecordingCapability,
  RoutedCommandArgs,
  RoutedCommandResult,
  RoutingEditor,
  RoutingMutation,
  RoutingMutationSettlement,
  RoutingOperationEvent,
  RoutingSandboxSessionDeps,
  CallSignal,
  RoutingTransitionEvent,
  SandboxLeaseLiveness,
  SelfhostedExecResult,
  SelfhostedSandboxClientOptions,
  SessionCapabilities,
  TerminalCapability,
} from "@opengeni/runtime-native";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_Holds extends true>(): void {}

assertType<Equal<RoutingTransitionEvent["type"], "resolved" | "fenced-retry" | "epoch-changed">>();
assertType<Equal<RoutingTransitionEvent["sandboxId"], string | null>>();
assertType<Equal<SandboxLeaseLiveness, "cold" | "warming" | "warm" | "draining">>();
assertType<Equal<PortExposureKind, "provider-tunnel" | "preview-url" | "local-port" | "none">>();

assertType<Equal<SessionCapabilities["FileSystem"], FileSystemCapability>>();
assertType<Equal<SessionCapabilities["Terminal"], TerminalCapability>>();
assertType<Equal<SessionCapabilities["Git"], GitCapability>>();
assertType<Equal<SessionCapabilities["DesktopStream"], DesktopStreamCapability>>();
assertType<Equal<SessionCapabilities["Recording"], RecordingCapability>>();
assertType<Equal<SessionCapabilities["ComputerUse"], ComputerUseCapability>>();

const minted: MintedStream = { url: "wss://box", token: "t", expiresAt: "2030-01-01T00:00:00Z" };
export const withStream: Partial<NegotiationContext> = {
  desktopStream: { ...minted, resolution: [1280, 800] },
};

export function routed(box: object): RoutingSandboxSession {
  const deps: RoutingSandboxSessionDeps = {
    readPointer: async () => ({ activeSandboxId: null, activeEpoch: 0 }),
    resolveActiveBackend: async () => ({ session: box, kind: "modal", sandboxId: null }),
    onTransition: ({ type, fromEpoch, toEpoch }) => use(type, fromEpoch, toEpoch),
  };
  return new RoutingSandboxSession(deps);
}

export async function edited(session: RoutingSandboxSession): Promise<string | undefined> {
  const editor: RoutingEditor = session.createEditor("user");
  await editor.createFile({ type: "create_file", path: "notes", diff: "+x" }, { runContext: {} });
  await editor.updateFile({ path: "notes", diff: " x", moveTo: "moved" });
  const result = await editor.deleteFile({ path: "moved" });
  return result?.status === "failed" ? result.output : undefined;
}

export function isUnsupported(error: unknown): boolean {
  const refused: Error = new RoutingUnsupportedError("exec", "modal");
  return error instanceof RoutingUnsupportedError && error.name === refused.name;
}

export const minimal: Pick<SelfhostedSandboxClientOptions, "workspaceId" | "relay"> = {
  workspaceId: "w",
  relay: { host: "relay.test" },
};

export function strict(box: object, signal: CallSignal): Promise<unknown>[] {
  const session = new RoutingSandboxSession({
    readPointer: async () => ({ activeSandboxId: null, activeEpoch: 0 }),
    resolveActiveBackend: async () => ({ session: box, kind: "modal", sandboxId: null }),
    atMostOnce: true,
    beforeMutation: async ({ op, args, epoch, sandboxId, kind }) =>
      use(op, args, epoch, sandboxId, kind),
    afterMutation: async (mutation, { outcome, error }) => use(mutation.op, outcome, error),
    onOperation: ({ op, backend, outcome, ms }) => use(op, backend, outcome, ms),
  });
  return [session.prime(), session.prime({ signal }), session.exec({ cmd: "x", signal })];
}
export async function ran(session: RoutingSandboxSession): Promise<string> {
  const args: RoutedCommandArgs = { cmd: "make", workdir: "/src", tty: true };
  const result = await session.exec(args);
  assertType<Equal<typeof result, RoutedCommandResult>>();
  const { stdout, exitCode }: SelfhostedExecResult = result;
  // An argument of any other type is passed on as well.
  const other: string = await session.exec(result.command);
  return `${other} ${stdout} ${exitCode}`;
}
export const named: [RoutingMutation["op"], RoutingMutationSettlement["outcome"]] = [
  "exec",
  "unknown",
];
assertType<Equal<RoutingOperationEvent["ms"], number>>();

export function outcome(error: unknown): [false, string, readonly number[]] | undefined {
  if (!(error instanceof RoutingMutationOutcomeUnknownError)) return undefined;
  return [error.retryable, error.op, error.epochs];
}

export function unresolvable(code: BackendUnresolvableCode): ActiveBackendUnresolvableError[] {
  return [
    new ActiveBackendUnresolvableError("message"),
    new ActiveBackendUnresolvableError("message", code),
    new ActiveBackendUnresolvableError("home_unavailable_this_turn", "message"),
  ];
}

export function withHome(deps: ActiveBackendResolverDeps, box: object): unknown {
  const resolveDefaultBackend: ActiveBackendResolverDeps["resolveDefaultBackend"] = async (
    pointer,
  ) => (pointer.activeEpoch > 0 ? box : null);
  return makeActiveBackendResolver({ ...deps, resolveDefaultBackend, defaultIsHome: false });
}

function use(..._values: unknown[]): void {}
