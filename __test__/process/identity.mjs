// One module under both entry points, imported or required; and the SDK is the one that is imported.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Manifest } from "@openai/agents/sandbox";
import * as root from "@opengeni/runtime-native";
import * as sandbox from "@opengeni/runtime-native/sandbox";

const required = createRequire(import.meta.url)("@opengeni/runtime-native/sandbox");
assert.ok("startRecording" in root);
for (const [name, value] of Object.entries(root)) {
  assert.equal(Reflect.get(sandbox, name), value, name);
  assert.equal(required[name], value, name);
}

const session = new root.SelfhostedSession({
  workspaceId: "w",
  agentId: "a",
  controlRpc: new root.MockAgentResponder(),
  relay: { host: "relay.test" },
});
assert.ok(session.state.manifest instanceof Manifest);
