// The checks that run no code of the project: formats, lints, types, generated files.
import { fileURLToPath } from "node:url";
import { check, report } from "./checks.mjs";

export function lint() {
  return [
    check("Rust format", ["cargo", "fmt", "--check"]),
    check("Rust lints", ["cargo", "clippy", "--locked", "--all-targets", "--", "-Dwarnings"]),
    check("Rust lints without Node", [
      ...["cargo", "clippy", "--locked", "--all-targets", "--no-default-features"],
      ...["--", "-Dwarnings"],
    ]),
    check("fuzz target", [
      ...["cargo", "check", "--locked", "--manifest-path", "fuzz/Cargo.toml"],
      ...["--target-dir", "target/fuzz"],
    ]),
    check("Rust docs", ["cargo", "doc", "--locked", "--no-deps", "--no-default-features"], {
      RUSTDOCFLAGS: "-Dwarnings",
    }),
    check("types", ["npx", "tsc", "--project", "."]),
    check("public types", ["npx", "tsc", "--project", "__test__/types"]),
    check("types of providers", ["npx", "tsc", "--project", "__test__/types/providers"]),
    check("types of the example", ["npx", "tsc", "--project", "examples/worker"]),
    check("types of the monorepo", ["npx", "tsc", "--project", "examples/monorepo"]),
    check("format", ["npx", "prettier", "--check", "."]),
    check("files made of the .proto file", ["node", "scripts/protocol.mjs", "--check"]),
    check("generated files", ["git", "diff", "--exit-code", "--", "binding.d.ts"]),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  report(lint());
}
