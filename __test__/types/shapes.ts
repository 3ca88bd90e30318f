// Events of operations, the shapes of sessions, and what routing says of operations.
import type {
  CommandResult,
  DiagnosticsError,
  DiagnosticsEvent,
  DiagnosticsOperation,
  DiagnosticsOutcome,
  RoutingEditorResult,
  RoutingMutationOp,
  SessionArgument,
} from "@opengeni/runtime-native/sandbox";

export function lineOf(event: DiagnosticsEvent): string {
  const operation: DiagnosticsOperation = event;
  if (event.event === "begin") return `${operation.id} ${operation.operation}`;
  if (event.event === "error") {
    const error: DiagnosticsError = event.error;
    return `${event.ms} ${error.name ?? error.code ?? error.reason}`;
  }
  const outcome: DiagnosticsOutcome = event;
  return `${event.ms} ${outcome.sizeBytes ?? outcome.replyBytes ?? 0}`;
}

// @ts-expect-error: an event that begins has no duration
export const early: number = ({} as DiagnosticsEvent & { event: "begin" }).ms;

export const result: CommandResult = { output: "done", exitCode: 0 };

type Own = { exec(args: { cmd: string }): Promise<CommandResult> };
export const own: SessionArgument<Own> = { exec: async () => result };
// @ts-expect-error: a text is no session
export const text: SessionArgument<string> = "box";

export const edited: RoutingEditorResult = { status: "completed", output: "written" };
export const op: RoutingMutationOp = "exec";
// @ts-expect-error: a ping changes nothing
export const none: RoutingMutationOp = "ping";
