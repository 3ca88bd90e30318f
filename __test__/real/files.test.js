// Recordings where something lies at their names already: older recordings, numbers of other
// processes, and what other users have planted.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { deleteRecordingArtifacts, readRecordingBytes, stopRecording } from "../../index.js";
import {
  CODECS,
  comesHome,
  film,
  folderOf,
  refusalOf,
  start,
  useDesktop,
} from "../support/films.js";
import {
  WITHOUT_PROC,
  argumentsOf,
  harness,
  processesOf,
  withProfile,
} from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

/** @typedef {import("../support/films.js").Test} Test */

const NAMES = ["og-rec-r1.mp4", "og-rec-r1.log", "og-rec-r1.pid", "og-rec-r1.pid.int"];
const SECRET = "the secret of another file\n";

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash");
const isUser = lacksRoot();
const isOtherUserLacking = missing("setpriv") || isUser;

describe.skipIf(isLacking).concurrent("where there is", { timeout: 60_000 }, () => {
  const stage = useDesktop();

  describe("a recording of the same id", () => {
    it.for(CODECS)("that goes on, %s is refused, and it goes on", async (codec, test) => {
      const tmpDir = folderOf(test);
      const recording = await start(stage.session, stage.display, { tmpDir });
      const error = await refusalOf(start(stage.session, stage.display, { tmpDir, codec }));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toMatch(
        /^recording not started; exit code 1: ffmpeg \(process \d+\) is still recording under this/,
      );
      await sleep(2_500);
      expect(processesOf(recording.boxPath)).toHaveLength(1);
      await stopRecording(stage.session, recording);
      const { frames } = await comesHome(stage.session, recording);
      expect(frames).toBeGreaterThan(10);
      await deleteRecordingArtifacts(stage.session, recording);
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("that starts at the same time, one of them starts", async (test) => {
      const folder = folderOf(test);
      const tmpDir = path.join(folder, "films");
      mkdirSync(tmpDir);
      // Each start is slow between making way and launching ffmpeg.
      const box = withProfile(folder, 'trap() { sleep 0.5; builtin trap "$@"; }');
      const attempts = await Promise.allSettled(
        [...CODECS, ...CODECS].map(async (codec, at) => {
          await sleep(at * 150);
          return start(box, stage.display, { tmpDir, codec });
        }),
      );
      const started = attempts.flatMap((attempt) =>
        attempt.status === "fulfilled" ? [attempt.value] : [],
      );
      const refused = attempts.flatMap((attempt) =>
        attempt.status === "rejected" ? [attempt.reason.message] : [],
      );
      expect(refused).toHaveLength(3);
      for (const message of refused) expect(message).toContain("is still recording under this");
      for (const recording of started) {
        await stopRecording(box, recording);
        await comesHome(box, recording);
        expect(processesOf(tmpDir)).toEqual([]);
        await deleteRecordingArtifacts(box, recording);
      }
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("that has ended, the new one takes its place", async (test) => {
      const tmpDir = folderOf(test);
      const old = await start(stage.session, stage.display, { tmpDir });
      await sleep(3_000);
      await stopRecording(stage.session, old);
      const before = await comesHome(stage.session, old);
      const { frames } = await film(stage.session, stage.display, { tmpDir }, 500);
      expect(frames).toBeLessThan(before.frames);
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("that has ended, it is not read for one that never began", async (test) => {
      const tmpDir = folderOf(test);
      const old = await start(stage.session, stage.display, { tmpDir });
      await stopRecording(stage.session, old);
      await comesHome(stage.session, old);
      const recording = await start(stage.session, ":4321", { tmpDir });
      await stopRecording(stage.session, recording);
      const error = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(error.reason).toBe("display-unavailable");
      await deleteRecordingArtifacts(stage.session, recording);
      expect(readdirSync(tmpDir)).toEqual([]);
    });
  });

  describe("a pid file", () => {
    const CONTENTS = [
      ["nothing in it", ""],
      ["-1", "-1\n"],
      ["0", "0\n"],
      ["two numbers", `${process.pid}\n${process.pid}\n`],
      ["two numbers in a line", `1 ${process.pid}\n`],
      ["a sign", `+${process.pid}\n`],
      ["words", "$(echo 1)\n"],
    ];

    it.for([...CONTENTS, ["1", "1\n"]])(
      "with %s, nobody gets a signal",
      async ([, content], test) => {
        const tmpDir = folderOf(test);
        const { box, signals } = watched(tmpDir);
        const recording = leftBehind(tmpDir);
        writeFileSync(recording.pidFile, `${content}`);
        await stopRecording(box, recording);
        expect(signals()).toBe("");
        // It stands in nobody's way.
        await film(stage.session, stage.display, { tmpDir }, 0);
      },
    );

    it.skipIf(isUser).for(CONTENTS)(
      "with %s, nobody gets a signal where there is no /proc",
      async ([, content], test) => {
        const tmpDir = folderOf(test);
        const { box, signals } = watched(tmpDir, harness(WITHOUT_PROC));
        const recording = leftBehind(tmpDir);
        writeFileSync(recording.pidFile, `${content}`);
        await stopRecording(box, recording);
        expect(signals()).toBe("");
      },
    );

    it("of a process that has ended, nobody gets a signal", async (test) => {
      const tmpDir = folderOf(test);
      const { box, signals } = watched(tmpDir);
      const child = spawn("true");
      await once(child, "exit");
      const recording = leftBehind(tmpDir);
      writeFileSync(recording.pidFile, `${child.pid}\n`);
      await stopRecording(box, recording);
      expect(signals()).toBe("");
    });

    it("of a stranger, the stranger is left alone", async (test) => {
      const tmpDir = folderOf(test);
      const stranger = strangerOf(test);
      const recording = leftBehind(tmpDir);
      writeFileSync(recording.pidFile, `${stranger.pid}\n`);
      const begun = performance.now();
      await stopRecording(stage.session, recording);
      expect(performance.now() - begun).toBeLessThan(10_000);
      await film(stage.session, stage.display, { tmpDir }, 0);
      expect(argumentsOf(stranger.pid)[0]).toBe("sleep");
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("that is a link to one, nobody gets a signal", async (test) => {
      const tmpDir = folderOf(test);
      const recording = await start(stage.session, stage.display, { tmpDir });
      const moved = path.join(tmpDir, "moved");
      writeFileSync(moved, readFileSync(recording.pidFile));
      rmSync(recording.pidFile);
      symlinkSync(moved, recording.pidFile);
      await stopRecording(stage.session, recording);
      expect(processesOf(recording.boxPath)).toHaveLength(1);
      rmSync(recording.pidFile);
      writeFileSync(recording.pidFile, readFileSync(moved));
      await stopRecording(stage.session, recording);
      await comesHome(stage.session, recording);
      expect(processesOf(recording.boxPath)).toEqual([]);
    });
  });

  describe("a symbolic link", () => {
    /**
     * Every name, with a link to a file and with one to nothing.
     *
     * @type {[name: string, target: string][]}
     */
    const LINKS = NAMES.flatMap((name) => [
      [name, "secret"],
      [name, "absent"],
    ]);

    it.for(LINKS)("at %s to what is %s, a start makes way", async ([name, target], test) => {
      const { tmpDir, unharmed } = withSecret(test);
      symlinkSync(`../${target}`, path.join(tmpDir, name));
      await film(stage.session, stage.display, { tmpDir }, 0);
      expect(readdirSync(tmpDir)).toEqual([]);
      unharmed();
    });

    it("at the marker's name, a stop still ends the recording", async (test) => {
      for (const target of ["secret", "absent"]) {
        const { tmpDir, unharmed } = withSecret(test);
        const recording = await start(stage.session, stage.display, { tmpDir });
        symlinkSync(`../${target}`, `${recording.pidFile}.int`);
        await stopRecording(stage.session, recording);
        expect(processesOf(recording.boxPath)).toEqual([]);
        await comesHome(stage.session, recording);
        await deleteRecordingArtifacts(stage.session, recording);
        expect(readdirSync(tmpDir)).toEqual([]);
        unharmed();
      }
    });

    it("at any name, neither a read nor a deletion follows it", async (test) => {
      const { tmpDir, unharmed } = withSecret(test);
      const recording = leftBehind(tmpDir);
      for (const name of NAMES) symlinkSync("../secret", path.join(tmpDir, name));
      const asLink = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(asLink.reason).toBe("ffmpeg-error");
      expect(asLink.message).toBe(`recording is a symbolic link on box: ${recording.boxPath}`);
      rmSync(recording.boxPath);
      const asMissing = await refusalOf(readRecordingBytes(stage.session, recording));
      expect(asMissing.message).toBe(`recording file missing on box: ${recording.boxPath}`);
      await stopRecording(stage.session, recording);
      await deleteRecordingArtifacts(stage.session, recording);
      expect(readdirSync(tmpDir)).toEqual([]);
      unharmed();
    });
  });

  describe.skipIf(isOtherUserLacking)("in a folder for all, what another user has planted", () => {
    const NOBODY = 65_534;
    const STRANGER = 65_533;
    const nobody = harness({
      argv: (cmd) => ["setpriv", ...identity(NOBODY), "sh", "-c", cmd],
      env: { HOME: "/nonexistent" },
      cwd: "/",
    });

    /** @param {Test} test */
    function folderForAll(test) {
      const { tmpDir, unharmed } = withSecret(test);
      chmodSync(path.dirname(tmpDir), 0o755);
      chmodSync(tmpDir, 0o1777);
      chmodSync(path.join(tmpDir, "../secret"), 0o666);
      return { tmpDir, unharmed };
    }

    /** @param {string[]} command */
    function asStranger(...command) {
      execFileSync("setpriv", [...identity(STRANGER), ...command]);
    }

    it.for(NAMES)("at %s, a start is refused", async (name, test) => {
      const { tmpDir, unharmed } = folderForAll(test);
      asStranger("ln", "-s", "../secret", path.join(tmpDir, name));
      const error = await refusalOf(start(nobody, stage.display, { tmpDir }));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toMatch(/^recording not started; exit code 1: .*not permitted/);
      expect(readdirSync(tmpDir)).toEqual([name]);
      expect(processesOf(tmpDir)).toEqual([]);
      unharmed();
    });

    it.for(["ln -s ../secret", "touch", "mkfifo -m 666", "mkdir"])(
      "at the marker's name, by %s, a stop still ends the recording",
      async (command, test) => {
        const { tmpDir, unharmed } = folderForAll(test);
        const recording = await start(nobody, stage.display, { tmpDir });
        asStranger(...command.split(" "), `${recording.pidFile}.int`);
        await stopRecording(nobody, recording);
        expect(processesOf(recording.boxPath)).toEqual([]);
        await comesHome(nobody, recording);
        await deleteRecordingArtifacts(nobody, recording);
        expect(readdirSync(tmpDir)).toEqual([path.basename(`${recording.pidFile}.int`)]);
        unharmed();
      },
    );
  });
});

/**
 * A handle of a recording whose files are not, or no longer, there.
 *
 * @param {string} tmpDir
 * @returns {import("../../index.js").RecordingProcess}
 */
function leftBehind(tmpDir) {
  return {
    recordingId: "r1",
    codec: "h264-mp4",
    boxPath: path.join(tmpDir, "og-rec-r1.mp4"),
    pidFile: path.join(tmpDir, "og-rec-r1.pid"),
    dimensions: [320, 240],
    framerate: 10,
    startedAt: Date.now(),
    display: ":0",
  };
}

/**
 * A box on which signals are written down, not sent.
 *
 * @param {string} folder
 */
function watched(folder, session = harness()) {
  const file = path.join(folder, "signals");
  return {
    box: withProfile(folder, `kill() { echo "$*" >>'${file}'; }`, session),
    signals: () => (existsSync(file) ? readFileSync(file, "utf8") : ""),
  };
}

/**
 * A process that has nothing to do with a recording.
 *
 * @param {Test} test
 */
function strangerOf({ onTestFinished }) {
  const stranger = spawn("sleep", ["300"], { stdio: "ignore" });
  onTestFinished(() => void stranger.kill());
  return { pid: Number(stranger.pid) };
}

/**
 * A folder for films, beside which a file lies that is nobody's business.
 *
 * @param {Test} test
 */
function withSecret(test) {
  const folder = folderOf(test);
  const tmpDir = path.join(folder, "films");
  const secret = path.join(folder, "secret");
  mkdirSync(tmpDir);
  writeFileSync(secret, SECRET);
  const { mtimeMs } = statSync(secret);
  return {
    tmpDir,
    /** Nobody has written to it, or made another. */
    unharmed() {
      expect(readFileSync(secret, "utf8")).toBe(SECRET);
      expect(statSync(secret).mtimeMs).toBe(mtimeMs);
      expect(readdirSync(folder)).toEqual(["films", "secret"]);
    },
  };
}

/** @param {number} id */
function identity(id) {
  return [`--reuid=${id}`, `--regid=${id}`, "--clear-groups"];
}
