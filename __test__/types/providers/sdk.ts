// The sessions and the client go wherever those of the SDK go.
import type { SandboxClient, SandboxSession } from "@openai/agents/sandbox";
import type {
  RoutingSandboxSession,
  SelfhostedSandboxClient,
  SelfhostedSession,
} from "@opengeni/runtime-native/sandbox";

declare const routing: RoutingSandboxSession;
declare const machine: SelfhostedSession;
declare const client: SelfhostedSandboxClient;
export const sessions: SandboxSession[] = [routing, machine];
export const clients: SandboxClient[] = [client];
