// Prints how much memory 60 realms keep that are gone, each with operations that never end and routed
// sessions. Jest gives every file of tests a realm of its own.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { build } from "esbuild";
import { PROCESS } from "../support/box.js";

const entry = fileURLToPath(new URL("../../index.js", import.meta.url));
/** Long enough to show in the memory, where an operation keeps it. */
const pidFile = `/tmp/${"p".repeat(65_000)}`;

const { outputFiles } = await build({
  entryPoints: [entry],
  bundle: true,
  format: "cjs",
  platform: "node",
  write: false,
  define: { "import.meta.dirname": JSON.stringify(path.dirname(entry)) },
  logLevel: "error",
});
const code = new vm.Script(`(function (require, module) { ${outputFiles[0]?.text} })`);

/** The package in a realm of its own; what is not of it is the process's. */
function inRealm() {
  const context = vm.createContext({ process, TextEncoder, TextDecoder, URL, performance, crypto });
  const module = { exports: /** @type {any} */ ({}) };
  code.runInContext(context)(createRequire(entry), module);
  return module.exports;
}

function use() {
  const { RoutingSandboxSession, stopRecording } = inRealm();
  for (let begun = 0; begun < 40; begun++) {
    void stopRecording({ exec: () => new Promise(() => {}) }, { ...PROCESS, pidFile });
  }
  const deps = { readPointer: () => {}, resolveActiveBackend: () => {} };
  for (let made = 0; made < 40; made++) void new RoutingSandboxSession(deps);
}

/** @param {number} realms */
async function leave(realms) {
  for (let realm = 0; realm < realms; realm++) {
    use();
    await new Promise((resolve) => setTimeout(resolve, 1));
    // What was collected is told in a later turn.
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

await leave(15);
const before = process.memoryUsage.rss();
await leave(60);
console.log(process.memoryUsage.rss() - before);
