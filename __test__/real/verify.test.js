// Starts that wait until ffmpeg films, with a limit of the size, and handles for `await using`.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readRecordingBytes, startRecording, stopRecording } from "../../index.js";
import { startDesktop } from "../../testing/desktop.mjs";
import {
  CODECS,
  comesHome,
  folderOf,
  framesOf,
  mountedFor,
  refusalOf,
  start,
  until,
  useDesktop,
} from "../support/films.js";
import { processesOf, signal, withProfile, withWrapper } from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash");
const isUser = lacksRoot();

describe.skipIf(isLacking).concurrent("a start that verifies", { timeout: 60_000 }, () => {
  const stage = useDesktop();

  it.for(CODECS)("(%s) resolves when ffmpeg films", async (codec, test) => {
    for (const crashSafe of [false, true]) {
      const input = { tmpDir: folderOf(test), codec, crashSafe, verify: true };
      const recording = await start(stage.session, stage.display, input);
      expect(statSync(recording.boxPath).size).toBeGreaterThan(0);
      expect(processesOf(recording.boxPath)).toHaveLength(1);
      await stopRecording(stage.session, recording);
      await comesHome(stage.session, recording);
    }
  });

  it("resolves to a film that has ended by itself", async (test) => {
    const input = { tmpDir: folderOf(test), verify: true, maxSeconds: 0.5 };
    const recording = await start(stage.session, stage.display, input);
    await stopRecording(stage.session, recording);
    const { frames } = await comesHome(stage.session, recording);
    // Five, where the machine has time for all of them.
    expect(frames).toBeGreaterThan(1);
    expect(frames).toBeLessThan(8);
  });

  it("waits by the clock on a session that answers early", async (test) => {
    const folder = folderOf(test);
    const late = withWrapper(folder, `case "$*" in *x11grab*) sleep 6;; esac; exec "$FFMPEG" "$@"`);
    let commands = 0;
    const box = {
      exec: (/** @type {any} */ args) =>
        late.exec(++commands > 1 ? { ...args, yieldTimeMs: 1_000 } : args),
    };
    const recording = await start(box, stage.display, { tmpDir: folderOf(test), verify: true });
    expect(processesOf(recording.boxPath)).toHaveLength(1);
    await stopRecording(stage.session, recording);
    await comesHome(stage.session, recording);
  });

  /** @type {[name: string, reason: string, words: RegExp, box: (folder: string) => any, display?: string][]} */
  const failures = [
    ["no display", "display-unavailable", /Cannot open display/, () => stage.session, ":4444"],
    [
      "no ffmpeg",
      "ffmpeg-error",
      /ffmpeg/,
      (folder) =>
        withProfile(
          folder,
          `P=${folder}/tools; mkdir -p $P; ln -s /usr/bin/* $P; rm $P/ffmpeg; PATH=$P`,
        ),
    ],
    [
      "an ffmpeg without the encoder",
      "ffmpeg-error",
      /Unknown encoder 'none'/,
      (folder) => withWrapper(folder, `exec "$FFMPEG" "\${@:1:$#-1}" -c:v none "\${@: -1}"`),
    ],
    ["an ffmpeg that dies", "ffmpeg-error", /ended$/, (folder) => withWrapper(folder, "exit 3")],
    [
      "an ffmpeg that dies after its header",
      "ffmpeg-error",
      /ended; .*Segmentation/,
      (folder) => withWrapper(folder, `echo half >"\${@: -1}"; echo Segmentation fault; exit 139`),
    ],
  ];
  it.for(failures)(
    "rejects where there is %s",
    async ([name, reason, words, boxOf, display], test) => {
      const folder = folderOf(test);
      const tmpDir = folderOf(test);
      const box = boxOf(folder);
      const error = await refusalOf(start(box, display ?? stage.display, { tmpDir, verify: true }));
      expect(error.message).toMatch(words);
      expect(error.message).toMatch(/^recording not started: /);
      expect(error.reason).toBe(reason);
      // A film that has something in it stays, with its log.
      const isKept = name.includes("header");
      expect(readdirSync(tmpDir)).toHaveLength(isKept ? 3 : 0);
      expect(processesOf(tmpDir)).toEqual([]);
    },
  );

  it("rejects where ffmpeg writes nothing, and ends it", async (test) => {
    const [folder, tmpDir] = [folderOf(test), folderOf(test)];
    const box = withWrapper(
      folder,
      `exec python3 -c 'import signal,time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(60)' "$@"`,
    );
    const input = { tmpDir, verify: true, crashSafe: true, codec: CODECS[1] };
    const begun = performance.now();
    const error = await refusalOf(start(box, stage.display, input));
    expect(error.message).toContain("ffmpeg has written nothing in 15 seconds");
    expect(error.reason).toBe("ffmpeg-error");
    expect(performance.now() - begun).toBeLessThan(30_000);
    await until(() => processesOf(tmpDir).length === 0);
    expect(readdirSync(tmpDir)).toEqual([]);
  });

  it("ends ffmpeg where it is aborted meanwhile", async (test) => {
    const [folder, tmpDir] = [folderOf(test), folderOf(test)];
    const silent = withWrapper(folder, `exec python3 -c 'import time; time.sleep(60)' "$@"`);
    const abort = new AbortController();
    let commands = 0;
    const box = {
      exec: (/** @type {any} */ args) => {
        if (++commands === 2) setTimeout(() => abort.abort(new Error("enough")), 300);
        return silent.exec(args);
      },
    };
    const starting = start(box, stage.display, { tmpDir, verify: true, signal: abort.signal });
    await expect(starting).rejects.toThrow("enough");
    await until(() => processesOf(tmpDir).length === 0);
    await until(() => readdirSync(tmpDir).length === 0);
  });

  it("rejects where the display vanishes before the first picture", async (test) => {
    const tmpDir = folderOf(test);
    const desktop = await startDesktop({ width: 320, height: 240 });
    test.onTestFinished(() => desktop.stop());
    // One picture in ten seconds is not there when the display goes.
    const folder = folderOf(test);
    const box = withWrapper(folder, `"$FFMPEG" "\${@:1:7}" -framerate 0.1 "\${@:10}"`);
    const starting = refusalOf(start(box, desktop.display, { tmpDir, verify: true }));
    await until(() => processesOf(tmpDir).length > 0);
    await desktop.stop();
    const error = await starting;
    expect(["ffmpeg-error", "display-unavailable"]).toContain(error.reason);
    expect(processesOf(tmpDir)).toEqual([]);
  });

  it("ends ffmpeg where the session breaks meanwhile", async (test) => {
    const tmpDir = folderOf(test);
    const gone = new Error("the connection is lost");
    let commands = 0;
    const box = {
      exec: (/** @type {any} */ args) => {
        if (++commands === 2) throw gone;
        return stage.session.exec(args);
      },
    };
    const starting = start(box, stage.display, { tmpDir, verify: true });
    await expect(starting).rejects.toBe(gone);
    expect(processesOf(tmpDir)).toEqual([]);
  });
});

describe.skipIf(isLacking).concurrent("a start with a limit", { timeout: 60_000 }, () => {
  const stage = useDesktop();

  for (const codec of CODECS) {
    it.for([40_000, 150_000])(`(${codec}) of %i bytes films no more`, async (maxBytes, test) => {
      for (const crashSafe of [false, true]) {
        const tmpDir = folderOf(test);
        const input = { tmpDir, codec, maxBytes, crashSafe, framerate: 30 };
        const recording = await start(stage.session, stage.display, input);
        expect(recording.maxBytes).toBe(maxBytes);
        await until(() => processesOf(recording.boxPath).length === 0, 40_000);
        await sleep(1_500);
        const handle = JSON.parse(JSON.stringify(recording));
        await stopRecording(stage.session, handle);
        const read = await readRecordingBytes(stage.session, handle, maxBytes);
        const frames = await framesOf(read.bytes);
        expect(read.sizeBytes).toBeLessThanOrEqual(maxBytes);
        expect(read.sizeBytes).toBeGreaterThan(maxBytes / 4);
        // The film has ended before the stop, and its length is its own.
        expect(Math.abs(read.durationSeconds - frames / 30)).toBeLessThanOrEqual(0.7);
        expect(read.salvaged).toBeUndefined();
      }
    });
  }

  it.skipIf(isUser)(
    "is refused where there is too little room, and nothing changes",
    async (test) => {
      const tmpDir = mountedFor(test, "size=1m");
      const old = path.join(tmpDir, "og-rec-r1.mp4");
      writeFileSync(old, "an earlier film");
      for (const [input, needed] of /** @type {const} */ ([
        [{ maxBytes: Infinity }, 32 << 20],
        [{ maxBytes: 2 << 20 }, 2 << 20],
        [{ maxBytes: 900_000, crashSafe: true }, 1_800_000],
      ])) {
        const error = await refusalOf(start(stage.session, stage.display, { tmpDir, ...input }));
        expect(error.reason).toBe("ffmpeg-error");
        expect(error.message).toMatch(/not enough room for a recording in \S+: \d+ bytes are free/);
        expect(error.message).toContain(`${needed} are needed`);
      }
      expect(readFileSync(old, "utf8")).toBe("an earlier film");
      expect(readdirSync(tmpDir)).toEqual(["og-rec-r1.mp4"]);
      const recording = await start(stage.session, stage.display, { tmpDir, maxBytes: 900_000 });
      await sleep(1_000);
      await stopRecording(stage.session, recording);
      await comesHome(stage.session, recording);
    },
  );
});

describe.skipIf(isLacking)("await using", () => {
  const stage = useDesktop();

  it("stops the recording at the end of its block, and deletes nothing", async (test) => {
    const tmpDir = folderOf(test);
    const recording = await startRecording(stage.session, {
      ...{ recordingId: "r1", display: stage.display, dimensions: [320, 240], tmpDir },
      ...{ verify: true, dispose: /** @type {const} */ (true) },
    });
    // `await using` does this; not every supported engine parses it.
    const dispose = /** @type {any} */ (recording)[Symbol.asyncDispose];
    await sleep(500);
    await dispose.call(recording);
    expect(processesOf(tmpDir)).toEqual([]);
    expect((await comesHome(stage.session, recording)).frames).toBeGreaterThan(3);
    for (const pid of processesOf(tmpDir)) signal(pid, "SIGKILL");
  });
});
