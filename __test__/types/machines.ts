// Callers of machines and of the resolver, compiled against the public types. Nothing here runs.
import {
  ActiveBackendUnresolvableError,
  MockAgentResponder,
  NatsControlRpc,
  RoutingSandboxSession,
  SELFHOSTED_DEFAULT_TIMEOUT_MS,
  SELFHOSTED_RELAY_STREAM_PATH,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  SelfhostedSandboxClient,
  SelfhostedSession,
  StreamPortUnavailableError,
  agentErrorToControlError,
  buildSelfhostedBackendSession,
  buildStreamUrl,
  classifyProviderSandboxFailure,
  isProviderSandboxNotFoundError,
  isSelfhostedProviderNotFoundError,
  makeActiveBackendResolver,
  offlineAgentError,
  offlineControlResponse,
  setSelfhostedApplyDiff,
  subjectFor,
  swapTargetEstablishability,
  timeoutAgentError,
  timeoutControlResponse,
} from "@opengeni/runtime-native/sandbox";
import type {
  ActiveBackendResolverDeps,
  ActivePointer,
  AgentError,
  BackendUnresolvableCode,
  ControlRequest,
  ControlResponse,
  ControlRpc,
  ExposedPortEndpoint,
  MockAgentResponderOptions,
  MockExecHandler,
  NatsRequestConnection,
  ProviderSandboxFailure,
  ResolvedActiveBackend,
  RoutableBackendSession,
  RoutableSandbox,
  SelfhostedApplyDiff,
  SelfhostedEditor,
  SelfhostedExecArgs,
  SelfhostedExecResult,
  SelfhostedImageOutput,
  SelfhostedOpEvent,
  SelfhostedRelayConfig,
  SelfhostedRetryPolicy,
  SelfhostedSessionBuild,
  SelfhostedSessionDeps,
  SelfhostedSessionState,
  SelfhostedUnavailableReason,
  SwapTargetEstablishability,
} from "@opengeni/runtime-native";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_Holds extends true>(): void {}
declare function use(...values: unknown[]): void;

assertType<
  Equal<
    SelfhostedUnavailableReason,
    "agent_offline" | "agent_reconnecting" | "consent_required" | "display_unavailable"
  >
>();
assertType<
  Equal<
    BackendUnresolvableCode,
    | "stale_pointer"
    | "offline_enrollment"
    | "unsupported_backend_context"
    | "home_unavailable_this_turn"
    | "transient_establishment"
  >
>();
assertType<Equal<ReturnType<typeof isSelfhostedProviderNotFoundError>, false>>();
assertType<Equal<SelfhostedExecResult["exitCode"], number | null>>();

// A turn, as a worker has it.
declare const box: RoutableBackendSession;
declare function getSandbox(id: string): Promise<RoutableSandbox | null>;
declare function readPointer(): Promise<ActivePointer>;
declare const relay: SelfhostedRelayConfig;

declare function dial(): Promise<NatsRequestConnection | null>;
const controlRpcFactory = (): ControlRpc => new NatsControlRpc(dial);
const deps: ActiveBackendResolverDeps = {
  workspaceId: "w",
  defaultBackend: box,
  defaultKind: "modal",
  getSandbox,
  controlRpcFactory,
  relay,
};
const resolve: (pointer: ActivePointer) => Promise<ResolvedActiveBackend> =
  makeActiveBackendResolver(deps);

export async function turn(pinned?: { sandboxId: string; epoch: number }): Promise<unknown> {
  const build: SelfhostedSessionBuild = {
    workspaceId: "w",
    agentId: "a",
    relay,
    controlRpcFactory,
    epoch: 1,
    workingDir: null,
  };
  const { client, session } = await buildSelfhostedBackendSession(build);
  const own: SelfhostedSandboxClient = client;
  const backend: RoutableBackendSession = session;
  const pinnedSelfhosted = pinned && { ...pinned, session: backend };
  const resolver = makeActiveBackendResolver({
    ...deps,
    ...(pinnedSelfhosted && { pinnedSelfhosted }),
    establishModalTarget: async () => box,
    selfhostedTimeoutMs: SELFHOSTED_DEFAULT_TIMEOUT_MS,
    selfhostedRetry: { baseMs: 100 },
    selfhostedOnOp: ({ op, attempt }): string => `${op} ${attempt}`,
    environment: { A: "1" },
  });
  const routed = new RoutingSandboxSession({ readPointer, resolveActiveBackend: resolver });
  await own.resume({ agentId: "a", extra: 1 });
  return routed.exec({ cmd: "true" });
}

export async function work(session: SelfhostedSession): Promise<void> {
  const args: SelfhostedExecArgs = { cmd: "ls", workdir: "/workspace", execTimeoutMs: 1_000 };
  const { stdout, exitCode }: SelfhostedExecResult = await session.exec(args);
  await session.execCommand({ ...args, execTimeoutMs: 0 });
  const content: Uint8Array = await session.readFile({ path: stdout, maxBytes: exitCode ?? 0 });
  await session.writeFile({ path: "p", content, createParents: false });
  const [entry] = await session.listDir({ path: "." });
  const kind: "file" | "dir" | "other" | undefined = entry?.type;
  const { image }: SelfhostedImageOutput = await session.viewImage({ path: kind ?? "" });
  await session.desktopInput({ $case: "key", key: { key: "a", isText: true, action: 3 } });
  const endpoint: ExposedPortEndpoint = await session.resolveExposedPort(7681);
  const state: SelfhostedSessionState = await session.serializeSessionState();
  const stored: Record<string, unknown> = state;
  const manifest: object = session.state.manifest;
  session.state.manifest = { ...manifest };
  const editor: SelfhostedEditor = session.createEditor("user");
  await editor.updateFile({ path: "a", diff: `${image.mediaType}`, moveTo: "b" });
  use(buildStreamUrl(endpoint), SELFHOSTED_RELAY_STREAM_PATH, stored);
}

export function tell(error: unknown): string {
  if (error instanceof SelfhostedExecTimeoutError) {
    const { message, code, reason, retryable, mayBeRunning, stdout, stderr } = error;
    const fields = { message, code, reason, retryable, mayBeRunning };
    const again = new SelfhostedExecTimeoutError({ ...fields, stdout });
    use(new SelfhostedExecTimeoutError(fields).stderr, again);
    return mayBeRunning ? "running" : stdout + stderr;
  }
  if (error instanceof SelfhostedControlError) {
    const reason: SelfhostedUnavailableReason | null = error.reason;
    if (error.neverSent || error.payloadTooLarge) use(error.cause);
    return `${reason} ${error.code} ${error.detail["errno"]}`;
  }
  if (error instanceof ActiveBackendUnresolvableError) return error.code ?? error.message;
  if (error instanceof StreamPortUnavailableError) return String(error.cause);
  const failure: ProviderSandboxFailure = classifyProviderSandboxFailure("modal", error);
  return isProviderSandboxNotFoundError("modal", error) ? "gone" : failure;
}

export async function mock(): Promise<void> {
  const exec: MockExecHandler = ({ command }) => ({
    exitCode: 0,
    stdout: new Uint8Array(command.length),
    stderr: new Uint8Array(0),
    timedOut: false,
    durationMs: "1",
  });
  const options: MockAgentResponderOptions = { files: { "/a": "text" }, exec };
  const controlRpc = new MockAgentResponder(options);
  const sessionDeps: SelfhostedSessionDeps = { workspaceId: "w", agentId: "a", controlRpc, relay };
  await work(new SelfhostedSession(sessionDeps));
  const retry: SelfhostedRetryPolicy = { drainingExec: 0, capMs: 1_000 };
  const onOp = ({ op, attempt, retryInMs }: SelfhostedOpEvent) => use(op, attempt, retryInMs);
  await work(new SelfhostedSession({ ...sessionDeps, retry, onOp }));
  await work(new SelfhostedSession({ ...sessionDeps, retry: true }));
  const [first] = controlRpc.requests;
  const op: ControlRequest["op"] = first?.req.op;
  if (op?.$case === "exec") use(op.exec.command);
}

// A way to agents of the caller's own.
export class Direct implements ControlRpc {
  async request(subject: string, req: ControlRequest): Promise<ControlResponse> {
    if (subject !== subjectFor("w", "a")) return offlineControlResponse(req.requestId);
    const error: AgentError = req.epoch > 0 ? timeoutAgentError() : offlineAgentError("nobody");
    use(agentErrorToControlError(error).retryable);
    return { ...timeoutControlResponse(req.requestId), error };
  }
}

const append: SelfhostedApplyDiff = (input, diff, mode) =>
  mode === "create" ? diff : input + diff;
setSelfhostedApplyDiff(append);

const admitted: SwapTargetEstablishability = swapTargetEstablishability({
  kind: "modal",
  isSessionGroup: false,
});
if (!admitted.ok) use(admitted.code, admitted.reason);
export { resolve };
