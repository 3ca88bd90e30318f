// What is on the shelf of a box: the facts of films that the real ffmpeg has made, whole and broken.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { connect } from "nats";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  NatsControlRpc,
  SelfhostedSession,
  deleteRecordingArtifacts,
  listRecordings,
  probeRecording,
  readRecordingBytes,
  stopRecording,
  subjectFor,
  sweepRecordings,
} from "../../index.js";
import { startAgent } from "../../testing/agent.mjs";
import { startNatsServer } from "../../testing/nats-server.mjs";
import { CODECS, folderOf, framesOf, start, until, useDesktop } from "../support/films.js";
import { WITHOUT_PROC, harness, withProfile } from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

const run = promisify(execFile);

const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const VP9 = "-c:v libvpx-vp9 -b:v 0 -crf 50 -pix_fmt yuv420p -deadline realtime -cpu-used 8".split(
  " ",
);
const FRAGMENTED = ["-movflags", "frag_keyframe+empty_moov"];

/**
 * @typedef {object} Shot
 * @property {"mp4" | "webm"} container
 * @property {string} size
 * @property {number | string} rate
 * @property {number} frames
 * @property {string[]} [options]
 */

/** @type {Shot[]} */
const SHOTS = [
  ...["64x48", "320x240", "322x182", "1280x800"].flatMap((size) =>
    [1, 2, 37].map((frames) => /** @type {Shot} */ ({ container: "mp4", size, rate: 15, frames })),
  ),
  ...["64x48", "63x47", "320x240", "1280x800"].flatMap((size) =>
    [1, 2, 37].map((frames) => /** @type {Shot} */ ({ container: "webm", size, rate: 15, frames })),
  ),
  ...[1, 7.5, "30000/1001", 60, 144].flatMap((rate) => [
    { container: /** @type {const} */ ("mp4"), size: "64x48", rate, frames: 50 },
    { container: /** @type {const} */ ("webm"), size: "64x48", rate, frames: 50 },
  ]),
  ...["mp4", "webm"].map(
    (container) => /** @type {Shot} */ ({ container, size: "64x48", rate: 10, frames: 6_000 }),
  ),
  ...[
    ["-movflags", "+faststart"],
    ["-bf", "3"],
    ["-g", "5", ...FRAGMENTED],
    ["-g", "5", "-movflags", "frag_keyframe"],
    ["-g", "5", "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
    ["-g", "5", "-bf", "2", ...FRAGMENTED],
    ["-frag_duration", "300000", "-movflags", "empty_moov"],
    ["-vf", "setpts=PTS*(1+mod(N\\,3))", "-vsync", "vfr"],
    ["-video_track_timescale", "90000"],
    ["-f", "lavfi", "-i", "sine=d=2", "-shortest"],
  ].map(
    (options) =>
      /** @type {Shot} */ ({ container: "mp4", size: "320x240", rate: 15, frames: 40, options }),
  ),
  ...[
    ["-g", "5"],
    ["-cluster_time_limit", "300"],
    ["-cues_to_front", "1"],
    ["-vf", "setpts=PTS*(1+mod(N\\,3))", "-vsync", "vfr"],
    ["-dash", "1"],
  ].map(
    (options) =>
      /** @type {Shot} */ ({ container: "webm", size: "320x240", rate: 15, frames: 40, options }),
  ),
];

/**
 * @param {string} file
 * @param {Shot} shot
 */
async function shoot(file, { container, size, rate, frames, options = [] }) {
  const inputs = options[0] === "-f" ? options.slice(0, 4) : [];
  await run("ffmpeg", [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc=s=${size}:r=${rate}`, ...inputs],
    ...(container === "mp4" ? H264 : VP9),
    ...options.slice(inputs.length),
    ...["-frames:v", String(frames), file],
  ]);
}

/**
 * What ffprobe tells of a file; nothing where it cannot read it.
 *
 * @param {string} file
 */
async function ffprobed(file) {
  const args = ["-v", "quiet", "-of", "json", "-count_packets", "-select_streams", "v:0"];
  const show = [
    "-show_entries",
    "stream=codec_name,width,height,nb_read_packets,avg_frame_rate:packet=pts_time,duration_time",
  ];
  const { stdout } = await run("ffprobe", [...args, ...show, file], { maxBuffer: 1 << 26 }).catch(
    () => ({ stdout: "{}" }),
  );
  const { streams: [stream] = [], packets = [] } = JSON.parse(stdout);
  if (stream === undefined) return undefined;
  const ends = packets.map(
    (/** @type {any} */ { pts_time: start, duration_time: length = 0 }) =>
      Number(start) + Number(length),
  );
  const [above, below] = stream.avg_frame_rate.split("/").map(Number);
  const { codec_name: codec, width, height, nb_read_packets: frames } = stream;
  const starts = packets.map((/** @type {any} */ { pts_time: start }) => Number(start));
  return {
    ...{ codec, width, height, frames: Number(frames ?? 0) },
    start: starts.reduce(
      (/** @type {number} */ a, /** @type {number} */ b) => Math.min(a, b),
      Infinity,
    ),
    end: ends.reduce((/** @type {number} */ a, /** @type {number} */ b) => Math.max(a, b), 0),
    frame: above ? below / above : 1,
  };
}

const isLacking = missing("ffmpeg", "ffprobe");

describe.skipIf(isLacking)("probeRecording", { timeout: 300_000 }, () => {
  /** @type {string} */
  let folder;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "og-probe-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param {string} file */
  async function agrees(file) {
    const probe = probeRecording(readFileSync(file));
    const told = await ffprobed(file);
    if (told === undefined) throw new Error(`ffprobe cannot read ${file}`);
    const { codec, width, height, frames, start, end, frame } = told;
    expect(probe).toMatchObject({ codec, width, height, frames });
    // In MP4 the time before the first picture is in none of the tables.
    const seconds = probe.container === "mp4" ? end - start : end;
    expect(Math.abs((probe.durationSeconds ?? NaN) - seconds)).toBeLessThanOrEqual(
      frame * 1.01 + 0.002,
    );
    return probe;
  }

  it(`agrees with ffprobe on ${SHOTS.length} films`, async () => {
    expect(SHOTS.length).toBeGreaterThanOrEqual(50);
    for (const [number, shot] of SHOTS.entries()) {
      const file = path.join(folder, `${number}.${shot.container}`);
      await shoot(file, shot);
      const probe = await agrees(file).catch((error) => {
        throw new Error(JSON.stringify(shot), { cause: error });
      });
      expect(probe, JSON.stringify(shot)).toMatchObject({
        container: shot.container,
        frames: shot.options?.includes("-shortest") ? expect.any(Number) : shot.frames,
        finished: true,
        gap: null,
      });
    }
  });

  it("agrees on what is left of films that are cut anywhere", async () => {
    const seed = Date.now() % 1e9;
    const random = generator(seed);
    for (const [number, shot] of SHOTS.entries()) {
      if (shot.frames < 37 || shot.frames > 100) continue;
      const file = path.join(folder, `cut-${number}.${shot.container}`);
      await shoot(file, shot);
      truncateSync(file, 40 + Math.floor(random() * (statSync(file).size - 40)));
      const bytes = readFileSync(file);
      const probe = probeRecording(bytes);
      const told = await ffprobed(file);
      const about = `seed ${seed}: ${JSON.stringify(shot)}, ${bytes.length} bytes`;
      expect(probe.finished, about).toBe(false);
      if (told === undefined || probe.frames === null) continue;
      // ffprobe also counts a frame that is cut.
      expect(Math.abs(probe.frames - told.frames), about).toBeLessThanOrEqual(1);
    }
  });

  it.each([
    ["mp4", [...H264, "-movflags", "+faststart"]],
    ["mp4", [...H264, "-g", "5", ...FRAGMENTED, "-flush_packets", "1"]],
    ["webm", [...VP9, "-g", "10", "-cluster_time_limit", "300", "-flush_packets", "1"]],
  ])("agrees on a %s file whose ffmpeg was killed (%s)", async (container, options) => {
    const file = path.join(folder, `killed-${options.length}.${container}`);
    const ffmpeg = spawn("ffmpeg", [
      ...[
        "-v",
        "error",
        "-y",
        "-re",
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=320x240:r=30",
        ...options,
        file,
      ],
    ]);
    await until(() => statSync(file, { throwIfNoEntry: false })?.size ?? 0 > 40);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    ffmpeg.kill("SIGKILL");
    await once(ffmpeg, "exit");
    const probe = probeRecording(readFileSync(file));
    const told = await ffprobed(file);
    expect(probe.finished).toBe(false);
    expect(probe.gap).toEqual(expect.any(String));
    if (told !== undefined) {
      expect(Math.abs((probe.frames ?? NaN) - told.frames)).toBeLessThanOrEqual(1);
      expect(Math.abs((probe.durationSeconds ?? NaN) - told.end)).toBeLessThan(0.1);
    } else expect(probe).toMatchObject({ frames: null, durationSeconds: null });
    if (container === "webm" || options.includes("-g")) expect(told?.frames).toBeGreaterThan(20);
  });

  it("reads the index of a long film in little time, and in place", async () => {
    const file = path.join(folder, "long.webm");
    await shoot(file, { container: "webm", size: "64x48", rate: 10, frames: 100 });
    const film = readFileSync(file);
    // A Void element of 256 MiB in front of the end.
    const long = new Uint8Array(film.length + (1 << 28));
    long.set(film);
    const segment = film.indexOf(Buffer.from("18538067", "hex")) + 4;
    const view = new DataView(long.buffer);
    view.setBigUint64(segment, (1n << 56n) | BigInt(long.length - segment - 8));
    long[film.length] = 0xec;
    view.setBigUint64(film.length + 1, (1n << 56n) | BigInt((1 << 28) - 9));
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const probe = probeRecording(long);
    const ms = performance.now() - started;
    expect(probe).toMatchObject({ frames: 100, durationSeconds: 10, finished: true });
    expect(process.memoryUsage().rss - before).toBeLessThan(1 << 24);
    console.log(`${long.length} bytes: ${ms.toFixed(1)} ms`);
    writeFileSync(file, film);
  });
});

const DAY = 86_400;
const NOBODY = 65_534;

/**
 * A film that is two days old, with its side files.
 *
 * @param {string} folder
 * @param {string} id
 * @param {number} [uid]
 * @param {string} [pid]
 */
function oldFilm(folder, id, uid = 0, pid = "999999999") {
  const before = Date.now() / 1_000 - 2 * DAY;
  for (const [suffix, content] of [
    ["mp4", "film"],
    ["log", "log"],
    ["pid", `${pid}\n`],
  ]) {
    const file = path.join(folder, `og-rec-${id}.${suffix}`);
    writeFileSync(file, content ?? "");
    if (process.getuid?.() === 0) chownSync(file, uid, uid);
    lutimesSync(file, before, before);
  }
}

describe.skipIf(missing("ffmpeg", "ffprobe", "Xvfb"))("a shelf", { timeout: 120_000 }, () => {
  const stage = useDesktop();
  const isUser = lacksRoot();

  it("gives the films back to a worker that has lost its handles", async (test) => {
    const tmpDir = folderOf(test);
    const { session, display } = stage;
    for (const codec of CODECS)
      await start(session, display, { tmpDir, codec, recordingId: codec });
    await sleep(2_000);
    const running = await listRecordings(session, { tmpDir });
    expect(running.map(({ recordingId, isRunning }) => [recordingId, isRunning])).toEqual(
      CODECS.map((codec) => [codec, true]),
    );
    expect(await sweepRecordings(session, { tmpDir, olderThanSeconds: 0 })).toEqual([]);
    for (const entry of running) await stopRecording(session, entry);
    const entries = await listRecordings(session, { tmpDir });
    for (const entry of entries) {
      expect(entry.isRunning).toBe(false);
      expect(Math.abs(entry.startedAt - Date.now())).toBeLessThan(60_000);
      const { bytes, sizeBytes } = await readRecordingBytes(session, entry);
      expect(sizeBytes).toBe(entry.sizeBytes);
      expect(probeRecording(bytes)).toMatchObject({
        frames: await framesOf(bytes),
        finished: true,
      });
      await deleteRecordingArtifacts(session, entry);
    }
    expect(await listRecordings(session, { tmpDir })).toEqual([]);
    expect(readdirSync(tmpDir)).toEqual([]);
  });

  it.each(CODECS)("gives back a crash-safe %s film whose ffmpeg was killed", async (codec) => {
    const tmpDir = folderOf({ onTestFinished });
    const { session, display } = stage;
    const input = { tmpDir, codec, verify: true };
    const { pidFile } = await start(session, display, { ...input, crashSafe: true });
    await sleep(2_000);
    process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
    const [entry] = await listRecordings(session, { tmpDir });
    if (entry === undefined) throw new Error("no entry");
    expect(entry.crashSafe).toBe(true);
    writeFileSync(`${entry.boxPath}.AbCdEf`, "a copy that was killed");
    const report = await stopRecording(session, entry, { report: true });
    expect(report).toMatchObject({ finalized: true, salvaged: true });
    const { bytes, salvaged } = await readRecordingBytes(session, entry);
    expect(salvaged).toBe(true);
    expect(probeRecording(bytes).finished).toBe(true);
    writeFileSync(`${entry.boxPath}.AbCdEf`, "a copy that was killed");
    await deleteRecordingArtifacts(session, entry);
    expect(readdirSync(tmpDir)).toEqual([]);

    // The next film of the id is an ordinary one.
    await start(session, display, { ...input, crashSafe: true });
    await stopRecording(session, entry);
    await start(session, display, input);
    const [ordinary] = await listRecordings(session, { tmpDir });
    expect(ordinary).toMatchObject({ isRunning: true });
    expect(ordinary).not.toHaveProperty("crashSafe");
    await stopRecording(session, ordinary ?? entry);
  });

  it("keeps a film that is made, and what is young, and loses the rest", async (test) => {
    const tmpDir = folderOf(test);
    const { session, display } = stage;
    const recording = await start(session, display, { tmpDir, recordingId: "made" });
    oldFilm(tmpDir, "orphan");
    // Another process has its number.
    oldFilm(tmpDir, "stale", 0, String(process.pid));
    writeFileSync(path.join(tmpDir, "og-rec-young.mp4"), "");
    const options = { tmpDir, olderThanSeconds: DAY };
    const planned = await sweepRecordings(session, { ...options, dryRun: true });
    expect(planned.map(({ recordingId }) => recordingId)).toEqual(["orphan", "stale"]);
    expect(readdirSync(tmpDir)).toContain("og-rec-orphan.mp4");
    expect(await sweepRecordings(session, options)).toEqual(planned);
    const files = readdirSync(tmpDir).sort();
    expect(files).toEqual([
      ..."log mp4 pid".split(" ").map((s) => `og-rec-made.${s}`),
      "og-rec-young.mp4",
    ]);
    await stopRecording(session, recording);
    expect((await readRecordingBytes(session, recording)).sizeBytes).toBeGreaterThan(0);
  });

  it("keeps films that begin again and again while it is swept", async (test) => {
    const tmpDir = folderOf(test);
    const { session, display } = stage;
    for (let round = 0; round < 8; round++) {
      oldFilm(tmpDir, "r1");
      const [recording] = await Promise.all([
        start(session, display, { tmpDir, recordingId: "r1" }),
        sleep(round * 40).then(() => sweepRecordings(session, { tmpDir, olderThanSeconds: DAY })),
      ]);
      await sleep(300);
      expect(readdirSync(tmpDir).sort()).toEqual(
        "log mp4 pid".split(" ").map((s) => `og-rec-r1.${s}`),
      );
      const [entry] = await listRecordings(session, { tmpDir });
      expect(entry?.isRunning).toBe(true);
      await stopRecording(session, recording);
      await deleteRecordingArtifacts(session, recording);
    }
  });

  it.skipIf(isUser)("has films of two users, and each sweeps its own", async (test) => {
    const tmpDir = folderOf(test);
    chmodSync(tmpDir, 0o1777);
    const { session, display } = stage;
    oldFilm(tmpDir, "of root");
    oldFilm(tmpDir, "of nobody", NOBODY);
    oldFilm(tmpDir, "mixed");
    chownSync(path.join(tmpDir, "og-rec-mixed.log"), NOBODY, NOBODY);
    writeFileSync(path.join(tmpDir, "precious"), "precious");
    symlinkSync("precious", path.join(tmpDir, "og-rec-link.mp4"));
    const made = await start(session, display, { tmpDir, recordingId: "made", runAs: "nobody" });
    const entries = await listRecordings(session, { tmpDir });
    expect(
      entries.map(({ recordingId, owner, isRunning }) => [recordingId, owner, isRunning]),
    ).toEqual([
      ["made", "nobody", true],
      ["mixed", "root", false],
      ["of nobody", "nobody", false],
      ["of root", "root", false],
    ]);
    const options = { tmpDir, olderThanSeconds: DAY };
    const ofNobody = await sweepRecordings(session, { ...options, runAs: "nobody" });
    expect(ofNobody.map(({ recordingId, files }) => [recordingId, files.length])).toEqual([
      ["mixed", 1],
      ["of nobody", 3],
    ]);
    expect(ofNobody[0]).toMatchObject({ codec: null, boxPath: null, ownerId: NOBODY });
    const ofRoot = await sweepRecordings(session, options);
    expect(ofRoot.map(({ recordingId }) => recordingId)).toEqual(["mixed", "of root"]);
    expect(readFileSync(path.join(tmpDir, "precious"), "utf8")).toBe("precious");
    const [entry] = await listRecordings(session, { tmpDir, runAs: "nobody" });
    expect(entry).toMatchObject({ recordingId: "made", runAs: "nobody", isRunning: true });
    await stopRecording(session, entry ?? made);
    expect((await readRecordingBytes(session, entry ?? made)).sizeBytes).toBeGreaterThan(0);
  });

  it.skipIf(isUser)("of a box without proc(5) has films whose process goes on", async (test) => {
    const tmpDir = folderOf(test);
    const box = harness(WITHOUT_PROC);
    oldFilm(tmpDir, "orphan");
    oldFilm(tmpDir, "alive", 0, String(process.pid));
    const entries = await listRecordings(box, { tmpDir });
    expect(entries.map(({ recordingId, isRunning }) => [recordingId, isRunning])).toEqual([
      ["alive", true],
      ["orphan", false],
    ]);
    const removed = await sweepRecordings(box, { tmpDir, olderThanSeconds: DAY });
    expect(removed.map(({ recordingId }) => recordingId)).toEqual(["orphan"]);
  });

  it.skipIf(missing("busybox"))("of a box with the tools of busybox", async (test) => {
    const folder = folderOf(test);
    const tmpDir = path.join(folder, "films");
    mkdirSync(tmpDir);
    const bin = path.join(folder, "bin");
    mkdirSync(bin);
    symlinkSync("/bin/bash", path.join(bin, "bash"));
    for (const tool of "base64 date rm sleep stat flock".split(" ")) {
      symlinkSync("/usr/bin/busybox", path.join(bin, tool));
    }
    const box = withProfile(folder, `PATH='${bin}'`);
    for (const id of ["a", "two\nlines", "日本"]) oldFilm(tmpDir, id);
    const entries = await listRecordings(box, { tmpDir });
    expect(entries.map(({ recordingId, sizeBytes }) => [recordingId, sizeBytes])).toEqual([
      ["a", 4],
      ["two\nlines", 4],
      ["日本", 4],
    ]);
    expect(await sweepRecordings(box, { tmpDir, olderThanSeconds: DAY })).toHaveLength(3);
    expect(readdirSync(tmpDir)).toEqual([]);
  });

  it.skipIf(missing("nats-server"))(
    "of a machine behind NATS has a thousand films",
    async (test) => {
      const tmpDir = folderOf(test);
      const nats = await startNatsServer();
      const connection = await connect({ servers: nats.url });
      const agent = await startAgent({
        url: nats.url,
        subject: subjectFor("w", "a"),
        root: tmpDir,
      });
      test.onTestFinished(async () => {
        await agent.stop();
        await connection.close();
        await nats.stop();
      });
      const session = new SelfhostedSession({
        ...{ workspaceId: "w", agentId: "a", relay: { host: "relay.test" } },
        controlRpc: new NatsControlRpc(async () => connection),
      });
      for (let id = 0; id < 1_000; id++) oldFilm(tmpDir, `${id} ${"x".repeat(100)}`);
      const started = performance.now();
      expect(await listRecordings(session, { tmpDir })).toHaveLength(1_000);
      const listed = performance.now();
      expect(await sweepRecordings(session, { tmpDir, olderThanSeconds: DAY })).toHaveLength(1_000);
      const swept = performance.now();
      expect(readdirSync(tmpDir)).toEqual([]);
      console.log(
        `1,000 films: listed in ${Math.round(listed - started)} ms, swept in ${Math.round(swept - listed)} ms`,
      );
    },
  );
});

/**
 * Numbers from 0 to 1 that a seed repeats (mulberry32).
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
