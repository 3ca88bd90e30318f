// Crash-safe films whose ffmpeg, worker or box dies: what was filmed comes home, up to the last second.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  deleteRecordingArtifacts,
  inspectRecordingArtifact,
  readRecordingBytes,
  readRecordingStream,
  stopRecording,
} from "../../index.js";
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
import { processesOf, signal, withWrapper } from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

/** @typedef {import("../../index.js").RecordingProcess} RecordingProcess */

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash");
const isUser = lacksRoot();
const FPS = 10;

/** The moments of death are random. The seed of a run can be given again. */
const SEED = Number(process.env["SEED"] ?? Date.now() % 1e6);
const random = randomOf(SEED);
const MOMENTS = Array.from({ length: 10 }, () => Math.round(1_000 + 4_000 * random()));

describe.skipIf(isLacking).concurrent("a crash-safe film", { timeout: 180_000 }, () => {
  const stage = useDesktop();

  describe.for(CODECS)("(%s)", (codec) => {
    /**
     * @param {string} tmpDir
     * @param {object} [input]
     * @param {object} [box]
     */
    const begin = (tmpDir, input = {}, box = stage.session) =>
      start(box, stage.display, { tmpDir, codec, crashSafe: true, framerate: FPS, ...input });

    it.sequential(
      `whose ffmpeg is killed at any moment plays up to it (seed ${SEED})`,
      async (test) => {
        const tmpDir = folderOf(test);
        const films = MOMENTS.map(async (ms, at) => {
          await sleep(300 * at);
          const recording = await begin(tmpDir, { recordingId: `r${at}` });
          // On a busy machine ffmpeg takes a while until it is there.
          let pid = 0;
          await until(
            () => ([pid = 0] = processesOf(recording.boxPath)) && pid > 0 && isFilming(pid),
          );
          const begun = performance.now();
          await sleep(ms);
          signal(pid, "SIGKILL");
          const filmed = (performance.now() - begun) / 1_000;
          // Every other worker has died too, and another has only what was stored.
          const handle = at % 2 ? JSON.parse(JSON.stringify(recording)) : recording;
          await stopRecording(stage.session, handle);
          const { bytes, ...read } = await readRecordingBytes(stage.session, handle);
          const seconds = (await framesOf(bytes)) / FPS;
          return { filmed, seconds, read };
        });
        for (const { filmed, seconds, read } of await Promise.all(films)) {
          expect(seconds).toBeGreaterThan(filmed - 1);
          expect(seconds).toBeLessThan(filmed + 1);
          expect(read.salvaged).toBe(true);
          expect(Math.abs(read.durationSeconds - seconds)).toBeLessThanOrEqual(0.6);
        }
      },
    );

    it("that ends as usual is an ordinary file, and nothing is said", async (test) => {
      const recording = await begin(folderOf(test));
      expect(Object.keys(recording).slice(-2)).toEqual(["display", "crashSafe"]);
      await sleep(1_500);
      await stopRecording(stage.session, recording);
      const { bytes, ...read } = await readRecordingBytes(stage.session, recording);
      expect(Object.keys(read)).toEqual(["contentType", "sizeBytes", "durationSeconds"]);
      expect(await framesOf(bytes)).toBeGreaterThan(8);
      if (codec === "h264-mp4") expect(kindsOf(bytes).slice(0, 2)).toEqual(["ftyp", "moov"]);
      await isCleared(stage.session, recording);
    });

    it("that nothing has stopped is read as far as it goes, or refused while it goes on", async (test) => {
      const recording = await begin(folderOf(test));
      await sleep(2_000);
      const error = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toMatch(/ffmpeg has not finished|changed on box|expected \d+ bytes/);
      kill(recording);
      // The box has restarted, and the number belongs to another process.
      writeFileSync(recording.pidFile, `${process.pid}\n`);
      const told = await inspectRecordingArtifact(stage.session, recording);
      const { bytes, ...read } = await readRecordingBytes(stage.session, recording);
      expect(read.salvaged).toBe(true);
      expect(told).toEqual(read);
      expect(await framesOf(bytes)).toBeGreaterThan(8);
      const pieces = [];
      for await (const piece of readRecordingStream(stage.session, recording)) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      expect((await readRecordingBytes(stage.session, recording)).salvaged).toBe(true);
      await isCleared(stage.session, recording);
    });

    it("is whole wherever its file ends", async (test) => {
      const tmpDir = folderOf(test);
      const recording = await begin(tmpDir);
      await sleep(2_500);
      kill(recording);
      const raw = readFileSync(recording.boxPath);
      let frames = Infinity;
      for (let part = 0; part < 5; part++) {
        writeFileSync(recording.boxPath, raw.subarray(0, raw.length * (1 - part / 6)));
        rmSync(`${recording.pidFile}.int`, { force: true });
        await stopRecording(stage.session, recording);
        const film = await comesHome(stage.session, recording);
        expect(film.frames).toBeLessThanOrEqual(frames);
        frames = film.frames;
      }
    });

    it("without a picture is refused, and stays", async (test) => {
      const recording = await begin(folderOf(test));
      await until(() => statSync(recording.boxPath).size > 0);
      kill(recording);
      const head = readFileSync(recording.boxPath).subarray(0, codec === "h264-mp4" ? 757 : 477);
      writeFileSync(recording.boxPath, head);
      const report = await stopRecording(stage.session, recording, { report: true });
      expect(report).toEqual({ finalized: false, signal: null, exitedAfterMs: null });
      const error = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(error.message).toMatch(/not finished/);
      expect(readFileSync(recording.boxPath)).toEqual(head);
      await isCleared(stage.session, recording);
    });

    it("whose copy is killed loses nothing, and is copied by the next call", async (test) => {
      const folder = folderOf(test);
      // The copy takes long, and dies on its way.
      const box = withWrapper(
        folder,
        `case "$*" in *discardcorrupt*) echo half >"\${!##file:}"; kill -KILL 0;; *) exec "$FFMPEG" "$@";; esac`,
      );
      const recording = await begin(folder, {}, box);
      await sleep(1_500);
      kill(recording);
      const raw = readFileSync(recording.boxPath);
      await stopRecording(box, recording);
      expect(readFileSync(recording.boxPath).equals(raw)).toBe(true);
      const copies = () => readdirSync(folder).filter((name) => /\.[a-zA-Z0-9]{6}$/.test(name));
      expect(copies()).toHaveLength(1);
      await stopRecording(stage.session, recording);
      expect(copies()).toEqual([]);
      expect((await comesHome(stage.session, recording)).frames).toBeGreaterThan(5);
    });

    it("that several calls copy at once is copied well", async (test) => {
      const recording = await begin(folderOf(test));
      await sleep(1_500);
      kill(recording);
      const calls = Array.from({ length: 6 }, (_, at) =>
        at % 2
          ? stopRecording(stage.session, recording)
          : readRecordingBytes(stage.session, recording),
      );
      // A read may meet the moment at which the file changes, and says so.
      await Promise.allSettled(calls);
      expect((await comesHome(stage.session, recording)).frames).toBeGreaterThan(5);
      await isCleared(stage.session, recording);
    });

    it.skipIf(isUser)("that finds no room for its copy stays, and says so", async (test) => {
      const tmpDir = mountedFor(test, "size=1m");
      const recording = await begin(tmpDir);
      await sleep(2_500);
      kill(recording);
      const filler = path.join(tmpDir, "filler");
      try {
        writeFileSync(filler, new Uint8Array(1 << 20));
      } catch {
        // The disk is full now.
      }
      const raw = readFileSync(recording.boxPath);
      const report = await stopRecording(stage.session, recording, { report: true });
      expect(report.finalized).toBe(false);
      const error = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(error.message).toMatch(/not finished.*no space (is )?left/i);
      const untold = await refusalOf(inspectRecordingArtifact(stage.session, recording));
      expect(untold.message).toMatch(/not finished/);
      expect(readFileSync(recording.boxPath).equals(raw)).toBe(true);
      execFileSync("rm", [filler]);
      const after = await stopRecording(stage.session, recording, { report: true });
      expect(after).toMatchObject({ finalized: true, salvaged: true });
      expect((await comesHome(stage.session, recording)).frames).toBeGreaterThan(5);
    });

    it("whose name another start takes during the copy is not put in its place", async (test) => {
      const folder = folderOf(test);
      const box = withWrapper(
        folder,
        `case "$*" in *discardcorrupt*) touch ${folder}/copies; sleep 2;; esac; exec "$FFMPEG" "$@"`,
      );
      const old = await begin(folder, {}, box);
      await sleep(1_200);
      kill(old);
      const stopping = stopRecording(box, old);
      await until(() => existsSync(path.join(folder, "copies")));
      const recording = await begin(folder);
      await stopping;
      await sleep(1_000);
      await stopRecording(stage.session, recording);
      const read = await readRecordingBytes(stage.session, recording);
      expect(read.salvaged).toBeUndefined();
      expect(await framesOf(read.bytes)).toBeGreaterThan(10);
      await isCleared(stage.session, recording, [path.join(folder, "copies")]);
    });
  });

  it.each([
    ["has the hybrid form", "hybrid_fragmented", true],
    ["does not have it", "nothing", false],
  ])("uses what the box's ffmpeg has: one that %s", async (_, listed, isUsed) => {
    // What this ffmpeg says of its muxer, and what it is asked to write.
    /** @type {string[]} */
    const started = [];
    const box = {
      exec: async (/** @type {{ cmd: string }} */ { cmd }) => {
        started.push(cmd);
        return { output: "", exitCode: 0 };
      },
    };
    await start(box, ":0", { tmpDir: "/tmp", crashSafe: true });
    const [cmd = ""] = started;
    const probe = /y=\$\(.*?\); /.exec(cmd)?.[0] ?? "";
    const script = `ffmpeg() { echo ${listed}; }; ${probe} echo "+default_base_moof$y"`;
    const printed = execFileSync("bash", ["-c", script], { encoding: "utf8" });
    expect(printed).toBe(`+default_base_moof${isUsed ? "+hybrid_fragmented" : ""}\n`);
    expect(cmd).toContain("+default_base_moof$y ");
  });
});

/** @param {RecordingProcess} recording */
function kill({ boxPath }) {
  for (const pid of processesOf(boxPath)) signal(pid, "SIGKILL");
}

/**
 * Whether ffmpeg is connected to its display.
 *
 * @param {number} pid
 */
function isFilming(pid) {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((fd) => {
    try {
      return readlinkSync(path.join(folder, fd)).startsWith("socket:");
    } catch {
      return false;
    }
  });
}

/**
 * Deletes a recording, of which nothing is left.
 *
 * @param {object} box
 * @param {RecordingProcess} recording
 * @param {string[]} [others]
 */
async function isCleared(box, recording, others = []) {
  await deleteRecordingArtifacts(box, recording);
  const folder = path.dirname(recording.boxPath);
  const films = readdirSync(folder).filter((name) => name.startsWith("og-rec-"));
  expect(films).toEqual([]);
  expect(others.every((file) => existsSync(file))).toBe(true);
}

/**
 * The kinds of the boxes of an MP4 file.
 *
 * @param {Uint8Array} bytes
 */
function kindsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kinds = [];
  for (let at = 0; at + 8 <= bytes.length; at += Math.max(8, view.getUint32(at))) {
    kinds.push(String.fromCharCode(...bytes.subarray(at + 4, at + 8)));
  }
  return kinds;
}

/**
 * Random numbers that a seed repeats (mulberry32).
 *
 * @param {number} seed
 */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
