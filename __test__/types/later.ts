// A caller in the words of later versions of the old package. Nothing here runs.
import {
  ActiveBackendUnresolvableError,
  OpenGeniError,
  RoutingMutationOutcomeUnknownError,
  RoutingSandboxSession,
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  SelfhostedSession,
  classifyProviderSandboxFailure,
  makeActiveBackendResolver,
  negotiateCapabilities,
  uploadRecordingArtifact,
} from "@opengeni/runtime-native/sandbox";
import type {
  ActiveBackendResolverDeps,
  RecordingProcess,
  RoutingSandboxSessionDeps,
  CallSignal,
  SelfhostedSessionDeps,
} from "@opengeni/runtime-native/sandbox";

declare const deps: RoutingSandboxSessionDeps;
declare function note(...words: unknown[]): void;
declare const home: ActiveBackendResolverDeps;
declare const machine: SelfhostedSessionDeps;

export const session = new RoutingSandboxSession({
  ...deps,
  atMostOnce: true,
  async beforeMutation({ op, epoch, sandboxId }) {
    if (sandboxId === null && epoch > 3) throw new Error(`${op} is not admitted`);
  },
  async afterMutation({ op }, { outcome }) {
    note(op, outcome);
  },
  onOperation: ({ op, backend, outcome, ms }) => note(op, backend, outcome, ms),
  resolveActiveBackend: makeActiveBackendResolver({
    ...home,
    resolveDefaultBackend: async ({ activeEpoch }) => {
      if (activeEpoch < 0) throw new ActiveBackendUnresolvableError("stale_pointer", "gone");
      return home.defaultBackend;
    },
    defaultIsHome: false,
  }),
});

export const worker = new SelfhostedSession({
  ...machine,
  execTimeoutMs: 0,
  retry: true,
  onOp: (event) => note(event.op, event.ms),
});

export async function turn(signal: CallSignal): Promise<string> {
  await session.prime({ signal });
  try {
    return await session.execCommand({ cmd: "make", signal });
  } catch (error) {
    if (error instanceof RoutingMutationOutcomeUnknownError) {
      const never: false = error.retryable;
      return `${never} ${error.op} ${error.epochs.join()}`;
    }
    if (error instanceof ActiveBackendUnresolvableError) {
      return error.code === "home_unavailable_this_turn" ? "wait" : "move";
    }
    if (error instanceof SelfhostedExecTimeoutError) return error.stdout + error.stderr;
    if (error instanceof SelfhostedControlError) {
      return error.neverSent ? "again" : error.payloadTooLarge ? "smaller" : "no";
    }
    if (error instanceof OpenGeniError) return `${error.code}`;
    const failure: "gone" | "not-gone" | "transient" | "unknown" = classifyProviderSandboxFailure(
      "modal",
      error,
    );
    return failure;
  }
}

export type Strict = Parameters<typeof negotiateCapabilities>[0]["strict"];

export async function storedBy(url: string, recording: RecordingProcess): Promise<string> {
  const { contentType, sizeBytes, durationSeconds } = await uploadRecordingArtifact(
    session,
    recording,
    { url, requiredHeaders: { "content-type": "video/mp4" }, maxBytes: 1e6, maxSeconds: 60 },
  );
  return `${contentType} ${sizeBytes} ${durationSeconds}`;
}
