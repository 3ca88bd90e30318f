// The first program of the README, as it stands there, on a real display.
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
    const readme = readFileSync(path.join(root, "README.md"), "utf8");
    const program =
      /## Film a display[^`]*(?:`[^`]+`[^`]*)*```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    // In the package's own folder, its name leads to itself.
    const file = path.join(root, "target/examples/film.mjs");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, program);
    const env = { ...process.env, DISPLAY: desktop.display, TMPDIR: folder };
    await promisify(execFile)(process.execPath, [file], { cwd: folder, env, timeout: 60_000 });

    const film = path.join(folder, "hello.mp4");
    const { frames, seconds } = await examine(film, AbortSignal.timeout(60_000));
    expect(frames).toBeGreaterThan(50);
    expect(seconds).toBeGreaterThan(4);
    expect(readdirSync("/tmp").filter((name) => name.startsWith("og-rec-hello"))).toEqual([]);
  });
});
