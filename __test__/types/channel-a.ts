// Who has the shape of a service's session, and what a caller passes.
import type {
  ChannelAEncoding,
  ChannelAEvent,
  GitChangeReason,
  GitFileStatusCode,
} from "@opengeni/runtime-native/sandbox";
import {
  type ChannelAEmitter,
  type ChannelASession,
  SandboxChannelAService,
  type SelfhostedSession,
} from "@opengeni/runtime-native";

declare const machine: SelfhostedSession;
const sessions: ChannelASession[] = [machine, {}];
const emit: ChannelAEmitter = async ([event]) => {
  if (event?.type === "fs.changed") event.payload.changes.map(({ path }) => path);
};

export async function work(session: ChannelASession = sessions[0]!) {
  const service = new SandboxChannelAService({ session, emit, leaseEpoch: 1 });
  const { root } = await service.fsList({ path: "" });
  const { commits } = await service.gitLog({ path: "", maxCount: 1 });
  // @ts-expect-error A path is required.
  await service.fsDelete({});
  return [root.children?.[0]?.name, commits[0]?.author.name];
}

const event: ChannelAEvent["type"] = "fs.changed";
const encoding: ChannelAEncoding = "base64";
const status: GitFileStatusCode = "renamed";
const reason: GitChangeReason = "checkout";
void [event, encoding, status, reason];
