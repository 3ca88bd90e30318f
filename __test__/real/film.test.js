// A minute of a real desktop, in both codecs, through the real local session.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  deleteRecordingArtifacts,
  extForCodec,
  readRecordingBytes,
  startRecording,
  stopRecording,
} from "../../index.js";
import { startDesktop } from "../../testing/desktop.mjs";
import { examine } from "../../testing/video.mjs";
import { missing } from "../support/tools.js";

const SECONDS = 62;
const FRAMERATE = 15;
const SIZE = { width: 1280, height: 800 };

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3");

describe.skipIf(isLacking)("a film of a minute", { timeout: 240_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startDesktop>>} */
  let desktop;
  /** @type {import("@openai/agents/sandbox/local").UnixLocalSandboxSession} */
  let session;
  /** @type {string} */
  let tmpDir;
  beforeAll(async () => {
    desktop = await startDesktop(SIZE);
    session = await new UnixLocalSandboxClient().create();
    tmpDir = mkdtempSync(path.join(tmpdir(), "og-film-"));
  });
  afterAll(async () => {
    await session?.close();
    await desktop?.stop();
    rmSync(tmpDir, { recursive: true });
  });

  /** @param {import("../../index.js").RecordingCodec} codec */
  async function film(codec) {
    const recording = await startRecording(session, {
      recordingId: codec,
      codec,
      display: desktop.display,
      dimensions: [SIZE.width, SIZE.height],
      framerate: FRAMERATE,
      tmpDir,
    });
    await sleep(SECONDS * 1_000);
    await stopRecording(session, recording);
    const { bytes, durationSeconds } = await readRecordingBytes(session, recording);
    const onBox = readFileSync(recording.boxPath);
    const file = path.join(tmpDir, `home.${extForCodec(codec)}`);
    writeFileSync(file, bytes);
    const video = await examine(file, AbortSignal.timeout(120_000));
    rmSync(file);
    await deleteRecordingArtifacts(session, recording);
    return { codec, bytes, onBox, video, durationSeconds };
  }

  it("comes home byte for byte, in both codecs at once", async () => {
    const films = await Promise.all([film("h264-mp4"), film("vp9-webm")]);
    for (const { codec, bytes, onBox, video, durationSeconds } of films) {
      const { frames, seconds, pictures } = video;
      console.log(`${codec}: ${bytes.length} bytes, ${frames} of ${SECONDS * FRAMERATE} frames`);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(
        createHash("sha256").update(onBox).digest("hex"),
      );
      expect(bytes.length).toBeGreaterThan(5_000_000);
      expect(video).toMatchObject({ ...SIZE, pixelFormat: "yuv420p", complaint: "" });
      expect(pictures).toBeGreaterThan(frames / 2);
      // Two encoders and all that is tested beside them share the processors.
      expect(Math.abs(seconds - durationSeconds)).toBeLessThan(10);
      expect(durationSeconds).toBeGreaterThanOrEqual(SECONDS);
    }
    expect(readdirSync(tmpDir)).toEqual([]);
  });
});
