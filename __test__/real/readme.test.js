// The programs of the README, as they stand there: on a real display, and on real local sandboxes.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDesktop } from "../../testing/desktop.mjs";
import { examine } from "../../testing/video.mjs";
import { missing } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const MODEL = new URL("../support/readme-model.mjs", import.meta.url).href;

/**
 * Writes a program of the README into the package's own folder, where the package's name leads to itself.
 *
 * @param {string} heading The section that begins with it.
 * @param {string} name
 */
function programOf(heading, name) {
  const section = readme.split(`\n## ${heading}\n`)[1] ?? "";
  const program = /```js\n([^]*?)```/.exec(section)?.[1] ?? "";
  const file = path.join(root, "target/examples", name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, program);
  return file;
}
const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3");

describe.skipIf(isLacking)("the README's program", { timeout: 120_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startDesktop>>} */
  let desktop;
  /** @type {string} */
  let folder;
  beforeAll(async () => {
    desktop = await startDesktop({ width: 1280, height: 800 });
    folder = mkdtempSync(path.join(tmpdir(), "og-readme-"));
  });
  afterAll(async () => {
    await desktop?.stop();
    rmSync(folder, { recursive: true });
  });

  it("films the display", async () => {
    const file = programOf("Film a display", "film.mjs");
    const env = { ...process.env, DISPLAY: desktop.display, TMPDIR: folder };
    await promisify(execFile)(process.execPath, [file], { cwd: folder, env, timeout: 60_000 });

    const film = path.join(folder, "hello.mp4");
    const { frames, seconds } = await examine(film, AbortSignal.timeout(60_000));
    expect(frames).toBeGreaterThan(50);
    expect(seconds).toBeGreaterThan(4);
    expect(readdirSync("/tmp").filter((name) => name.startsWith("og-rec-hello"))).toEqual([]);
  });
});

describe.skipIf(missing("bash", "python3"))("the README's turn over several sandboxes", () => {
  it("has commands, edits and processes where they belong, and leaves nothing behind", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "og-readme-"));
    try {
      const file = programOf("A turn over several sandboxes", "turn.mjs");
      const env = { ...process.env, TMPDIR: folder };
      const args = ["--import", MODEL, file];
      const options = { cwd: folder, env, timeout: 60_000 };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
      expect(stderr).toBe("");
      const said = stdout.replaceAll(/^(?:Chunk ID|Wall time|Process|Output).*\n/gm, "");
      expect(said).toBe("away is active\ntaken away\n\nhome is active\nhello\n\ndone\n");
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
