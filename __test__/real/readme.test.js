// The README's program of a routing session, as it is printed there.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { missing } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MODEL = new URL("../support/readme-model.mjs", import.meta.url).href;

describe.skipIf(missing("bash", "python3"))("the README's routing session", () => {
  it("keeps commands, edits and processes of a turn where they belong", () => {
    const readme = readFileSync(path.join(root, "README.md"), "utf8");
    const programs = Array.from(
      readme.matchAll(/```js\n([^]*?)```/g),
      ([, program = ""]) => program,
    );
    const [program = "", ...others] = programs.filter((text) => text.includes("new SandboxAgent"));
    expect(others).toEqual([]);
    // Within the package, so that the package's own name leads to it.
    mkdirSync(path.join(root, "target"), { recursive: true });
    const folder = mkdtempSync(path.join(root, "target/readme-"));
    try {
      writeFileSync(path.join(folder, "program.mjs"), program);
      const tmp = path.join(folder, "tmp");
      mkdirSync(tmp);
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        ["--import", MODEL, path.join(folder, "program.mjs")],
        { encoding: "utf8", env: { ...process.env, TMPDIR: tmp }, timeout: 50_000 },
      );
      expect(stderr).toBe("");
      expect(status).toBe(0);
      const said = stdout.replaceAll(/^(?:Chunk ID|Wall time|Process|Output).*\n/gm, "");
      expect(said).toBe("away is active\ntaken away\n\nhome is active\nhello\n\ndone\n");
      expect(readdirSync(tmp)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
