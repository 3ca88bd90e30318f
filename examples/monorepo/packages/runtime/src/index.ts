// The root of the runtime, which most callers import.
import { applyDiff } from "@openai/agents";
import { setSelfhostedApplyDiff } from "./sandbox/index.ts";

setSelfhostedApplyDiff(applyDiff);

export * from "./sandbox/index.ts";
