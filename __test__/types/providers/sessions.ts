// Sessions as a provider's SDK declares them, used as they are. Nothing here runs.
import type { SandboxSession } from "@openai/agents/sandbox";
import type { UnixLocalSandboxSession } from "@openai/agents/sandbox/local";
import {
  RoutingSandboxSession,
  makeActiveBackendResolver,
  readRecordingBytes,
  startRecording,
} from "@opengeni/runtime-native/sandbox";
import type {
  ActiveBackendResolverDeps,
  ChannelASession,
  ResolvedActiveBackend,
  RoutableBackendSession,
} from "@opengeni/runtime-native";

declare const local: UnixLocalSandboxSession;
declare const remote: SandboxSession;

// `any`, which a type is that is not found, would be accepted as well.
export const isFound: 0 extends 1 & typeof local ? false : true = true;

export const backends: RoutableBackendSession[] = [local, remote];
export const worked: ChannelASession[] = [local, remote];
export const resolved: ResolvedActiveBackend = { session: local, sandboxId: null, kind: "local" };

export async function film(): Promise<number> {
  const recording = await startRecording(local, { recordingId: "r" });
  const { bytes } = await readRecordingBytes(local, recording);
  return bytes.length;
}

export function routed(
  others: Omit<ActiveBackendResolverDeps, "defaultBackend">,
): RoutingSandboxSession {
  return new RoutingSandboxSession({
    readPointer: async () => ({ activeSandboxId: null, activeEpoch: 0 }),
    resolveActiveBackend: makeActiveBackendResolver({ ...others, defaultBackend: local }),
  });
}
