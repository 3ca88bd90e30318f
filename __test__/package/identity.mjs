// One module under both entry points, imported or required, in a project that has nothing else.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as root from "@opengeni/runtime-native";
import * as sandbox from "@opengeni/runtime-native/sandbox";

const required = createRequire(import.meta.url)("@opengeni/runtime-native");
for (const [name, value] of Object.entries(root)) {
  assert.equal(Reflect.get(sandbox, name), value, name);
  assert.equal(required[name], value, name);
}
