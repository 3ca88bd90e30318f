// A real display, a real ffmpeg and a real sandbox session.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import type { UnixLocalSandboxSession } from "@openai/agents/sandbox/local";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { missing } from "../../../__test__/support/tools.js";
import { startDesktop, type Desktop } from "../../../testing/desktop.mjs";
import { filmed, reasonOf } from "../apps/worker/src/recording.ts";

declare module "vitest" {
  interface ProvidedContext {
    runtime: "native" | "old";
  }
}

describe.skipIf(missing("ffmpeg", "Xvfb", "xclock"))(`a worker, ${inject("runtime")}`, () => {
  let desktop: Desktop;
  let local: UnixLocalSandboxSession;
  let tmpDir: string;
  /** As providers have it whose results are nothing but `output`. */
  const session = {
    async exec(args: Parameters<UnixLocalSandboxSession["exec"]>[0]) {
      const { output } = await local.exec(args);
      return { output };
    },
  };
  const input = () => ({
    recordingId: "r1",
    display: desktop.display,
    dimensions: [320, 240] as [number, number],
    framerate: 10,
    tmpDir,
  });

  beforeAll(async () => {
    tmpDir = mkdtempSync(path.join(tmpdir(), "monorepo-"));
    desktop = await startDesktop({ width: 400, height: 300 });
    local = await new UnixLocalSandboxClient().create();
  });
  afterAll(async () => {
    await local?.close();
    desktop?.stop();
    rmSync(tmpDir, { recursive: true });
  });

  it("films, and leaves nothing on the box", async () => {
    const film = await filmed(session, input(), () => sleep(3_000));
    expect(film.contentType).toBe("video/mp4");
    expect(film.sizeBytes).toBe(film.bytes.length);
    expect(Buffer.from(film.bytes.subarray(4, 8)).toString()).toBe("ftyp");
    expect(readdirSync(tmpDir)).toEqual([]);
  });

  it("tells why there is no film", async () => {
    const lost = filmed(session, input(), async () => {
      for (const file of readdirSync(tmpDir)) rmSync(path.join(tmpDir, file));
    });
    expect(reasonOf(await lost.catch((error) => error))).toBe("box-death");
  });
});
