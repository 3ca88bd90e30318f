// A model that says what a test has written down, and hears what the tools have answered.
import { Usage } from "@openai/agents";

/**
 * @typedef {import("@openai/agents").AgentOutputItem} Item
 * @typedef {import("@openai/agents").Model} Model
 */

/**
 * Calls a tool.
 *
 * @param {string} name
 * @param {object} args
 */
export function call(name, args) {
  return (/** @type {string} */ callId) =>
    /** @type {Item} */ ({
      ...{ type: "function_call", callId, name, status: "completed" },
      arguments: JSON.stringify(args),
    });
}

/**
 * Edits files.
 *
 * @param {{ type: "create_file" | "update_file" | "delete_file", path: string, diff?: string }} operation
 */
export function patch(operation) {
  return (/** @type {string} */ callId) =>
    /** @type {Item} */ ({ type: "apply_patch_call", callId, status: "completed", operation });
}

/**
 * A model that takes steps, each of which calls one tool; after the last one it is done.
 *
 * @param {Generator<(callId: string) => Item, void, string>} steps What a `yield` comes to is the tool's answer.
 */
export function scripted(steps) {
  /** @type {Set<string>} */
  const tools = new Set();
  let calls = 0;
  /** @type {Model} */
  const model = {
    async getResponse({ input, tools: offered }) {
      for (const { name } of offered) tools.add(name);
      const { output } = /** @type {any} */ (input.at(-1));
      const { value: step } = steps.next(output?.text ?? output ?? "");
      return { usage: new Usage(), output: [step ? step(`call-${++calls}`) : DONE] };
    },
    getStreamedResponse() {
      throw new Error("this model does not stream");
    },
  };
  return { model, tools };
}

const DONE = /** @type {Item} */ ({
  ...{ type: "message", role: "assistant", status: "completed" },
  content: [{ type: "output_text", text: "done" }],
});
