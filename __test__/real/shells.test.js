// Recordings through the shells, tools and files that boxes have.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { describe, expect, it } from "vitest";
import { deleteRecordingArtifacts, readRecordingBytes, stopRecording } from "../../index.js";
import {
  CODECS,
  comesHome,
  film,
  folderOf,
  mountedFor,
  refusalOf,
  start,
  until,
  useDesktop,
} from "../support/films.js";
import {
  TERMINAL,
  WITHOUT_PROC,
  harness,
  processesOf,
  withProfile,
  withWrapper,
} from "../support/harness.js";
import { lacksRoot, missing } from "../support/tools.js";

/** @typedef {import("../support/films.js").Test} Test */

/** Profiles that change what shells do or print, and leave them running. */
const PROFILES = {
  "prints on standard output": "echo 'Welcome!'; printf 'no line break'",
  "prints on standard error": "echo 'mesg: ttyname failed' >&2",
  "prints much": 'for i in {1..3000}; do echo "line $i of a long greeting"; done',
  "prints when it ends": "trap 'echo bye; echo bye >&2' EXIT",
  "traces to standard output": "exec 2>&1; set -xv",
  "set -x": "set -x",
  "set -e": "set -e",
  "set -u": "set -u",
  "set -o noclobber": "set -o noclobber",
  "set -m": "set -m",
  "set -f": "set -f",
  "set -o posix": "set -o posix",
  "set +B": "set +B",
  "another IFS": "IFS=/",
  "a narrow umask": "umask 077",
  failglob: "shopt -s failglob nullglob",
};

const isLacking = missing("ffmpeg", "ffprobe", "Xvfb", "ico", "python3", "bash");
const isTerminalLacking = missing("script");
const isBusyboxLacking = missing("busybox");
const isSshLacking = missing("/usr/sbin/sshd", "ssh", "ssh-keygen");
const isUser = lacksRoot();

describe.skipIf(isLacking).concurrent("a box", { timeout: 120_000 }, () => {
  const stage = useDesktop();

  /**
   * A box with no other tools than these.
   *
   * @param {string} folder
   * @param {string[]} tools
   * @param {string[]} [ofBusybox]
   */
  function withTools(folder, tools, ofBusybox = []) {
    const bin = path.join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    for (const tool of tools) symlinkSync(whereIs(tool), path.join(bin, tool));
    for (const tool of ofBusybox) symlinkSync(whereIs("busybox"), path.join(bin, tool));
    return withProfile(folder, `PATH='${bin}'`, stage.session);
  }

  /** @param {string} folder A folder for films in a folder with other things. */
  function filmsIn(folder) {
    const films = path.join(folder, "films");
    mkdirSync(films);
    return films;
  }

  describe("whose profile", () => {
    it.for(Object.entries(PROFILES))("%s, films and reads", async ([, profile], test) => {
      const folder = folderOf(test);
      const tmpDir = filmsIn(folder);
      await film(withProfile(folder, profile, stage.session), stage.display, { tmpDir });
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("prints everywhere, films and reads where standard error is in the output", async (test) => {
      const folder = folderOf(test);
      const tmpDir = filmsIn(folder);
      const noise = "echo out; echo err >&2; set -x; trap 'echo bye >&2' EXIT";
      const box = withProfile(folder, noise, harness(merged()));
      await film(box, stage.display, { tmpDir, codec: "vp9-webm" });
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("changes the directory, films and reads with a relative tmpDir", async (test) => {
      const folder = folderOf(test);
      const elsewhere = path.join(folder, "elsewhere");
      mkdirSync(path.join(elsewhere, "films"), { recursive: true });
      const box = withProfile(folder, `cd '${elsewhere}'`, stage.session);
      const { recording } = await film(box, stage.display, { tmpDir: "films" });
      expect(recording.boxPath).toBe(path.join(elsewhere, "films/og-rec-r1.mp4"));
      expect(readdirSync(path.join(elsewhere, "films"))).toEqual([]);
    });

    it.for(["exec sh", "exit 0"])(
      "is %s, answers nothing, which is said",
      async (profile, test) => {
        const folder = folderOf(test);
        const tmpDir = filmsIn(folder);
        const box = withProfile(folder, profile);
        const recording = await start(box, stage.display, { tmpDir });
        await stopRecording(box, recording);
        const error = await refusalOf(readRecordingBytes(box, recording));
        expect(error.reason).toBe("box-death");
        expect(error.message).toContain("the box answered nothing");
        await deleteRecordingArtifacts(box, recording);
        expect(readdirSync(tmpDir)).toEqual([]);
      },
    );

    it("is exit 3, does not start", async (test) => {
      const folder = folderOf(test);
      const box = withProfile(folder, "echo 'no shell for you' >&2; exit 3", stage.session);
      const error = await refusalOf(start(box, stage.display, { tmpDir: folder }));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toBe("recording not started; exit code 3: no shell for you");
    });
  });

  it("with a locale that is not installed films and reads", async (test) => {
    const tmpDir = folderOf(test);
    const box = harness(merged({ LC_ALL: "xx_XX.UTF-8" }));
    const { stdout } = await harness().exec({ cmd: "LC_ALL=xx_XX.UTF-8 bash -c true 2>&1" });
    expect(stdout).toContain("cannot change locale");
    await film(box, stage.display, { tmpDir });
    expect(readdirSync(tmpDir)).toEqual([]);
  });

  it("whose home is the workspace films and reads there", async (test) => {
    const own = await new UnixLocalSandboxClient().create();
    test.onTestFinished(() => own.close());
    await own.exec({ cmd: "echo 'echo hello; mkdir -p films' >.bash_profile" });
    const { recording } = await film(own, stage.display, { tmpDir: "films" });
    expect(path.basename(path.dirname(recording.boxPath))).toBe("films");
    expect(path.isAbsolute(recording.boxPath)).toBe(true);
    expect((await own.exec({ cmd: "ls -A films" })).stdout).toBe("hello\n");
  });

  it("that runs commands as another user films and reads as that user", async (test) => {
    if (isUser) return;
    const tmpDir = folderOf(test);
    chmodSync(tmpDir, 0o777);
    const recording = await start(stage.session, stage.display, { tmpDir, runAs: "nobody" });
    expect(lstatSync(recording.boxPath).uid).not.toBe(0);
    await sleep(2_000);
    await stopRecording(stage.session, recording);
    await comesHome(stage.session, recording);
    await deleteRecordingArtifacts(stage.session, recording);
    expect(readdirSync(tmpDir)).toEqual([]);
  });

  describe("with other tools", () => {
    const TOOLS = "base64 cut grep head rm sleep stat tail unlink".split(" ");
    // Debian's busybox has no nohup.
    const OTHERS = ["bash", "ffmpeg", "nohup"];

    it.skipIf(isBusyboxLacking)("of busybox films and reads", async (test) => {
      const folder = folderOf(test);
      const tmpDir = filmsIn(folder);
      const box = withTools(folder, OTHERS, [...TOOLS, "setsid", "sha256sum"]);
      for (const codec of CODECS) {
        await film(box, stage.display, { tmpDir, codec });
      }
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("and without those that are optional films and reads", async (test) => {
      const folder = folderOf(test);
      const tmpDir = filmsIn(folder);
      await film(withTools(folder, [...OTHERS, ...TOOLS]), stage.display, { tmpDir });
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it.skipIf(isUser)("and no /proc films and reads", async (test) => {
      const tmpDir = folderOf(test);
      const box = harness(WITHOUT_PROC);
      // Without it, a process that has ended and is not reaped looks as if it went on.
      await film(box, stage.display, { tmpDir });
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("without bash does not start, and says so", async (test) => {
      const folder = folderOf(test);
      const tmpDir = filmsIn(folder);
      mkdirSync(path.join(folder, "bin"));
      symlinkSync(whereIs("sh"), path.join(folder, "bin/sh"));
      const box = harness({ env: { PATH: path.join(folder, "bin") } });
      const error = await refusalOf(start(box, stage.display, { tmpDir }));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toMatch(/^recording not started; exit code 127: .*bash.*not found/);
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it("and an ffmpeg that is a child of a script films and reads", async (test) => {
      const folder = folderOf(test);
      const tmpDir = filmsIn(folder);
      const finished = path.join(folder, "finished");
      const script = `"$FFMPEG" "$@"; status=$?; >'${finished}'; exit $status`;
      const box = withWrapper(folder, script, stage.session);
      for (const ms of [0, 2_000]) {
        const recording = await start(box, stage.display, { tmpDir });
        await sleep(ms);
        await stopRecording(box, recording);
        await comesHome(box, recording);
        await until(() => processesOf(recording.boxPath).length === 0, 2_000);
        expect(existsSync(finished)).toBe(true);
        await deleteRecordingArtifacts(box, recording);
      }
      expect(readdirSync(tmpDir)).toEqual([]);
    });
  });

  describe("with terminals", () => {
    it.skipIf(isTerminalLacking)("of their own films 20 of 20 times, and reads", async (test) => {
      const tmpDir = folderOf(test);
      const box = harness(TERMINAL);
      const recordings = [];
      for (let at = 0; at < 20; at++) {
        const input = { tmpDir, recordingId: `r${at}`, framerate: 2, maxSeconds: 20 };
        recordings.push(await start(box, stage.display, { ...input, dimensions: [64, 64] }));
      }
      expect(recordings.filter(({ boxPath }) => processesOf(boxPath).length === 1)).toEqual(
        recordings,
      );
      for (const recording of recordings) {
        await stopRecording(box, recording);
        await comesHome(box, recording);
        await deleteRecordingArtifacts(box, recording);
      }
      expect(readdirSync(tmpDir)).toEqual([]);
    });

    it.skipIf(isSshLacking || isUser)("through ssh films and reads", async (test) => {
      const folder = folderOf(test);
      const tmpDir = filmsIn(folder);
      const ssh = await startSshServer(test, folder);
      const box = harness({ argv: (cmd) => [...ssh, cmd], merges: true });
      for (const codec of CODECS) {
        await film(box, stage.display, { tmpDir, codec });
      }
      expect(readdirSync(tmpDir)).toEqual([]);
    });
  });

  it("whose harness ends the process group of each command films and reads", async (test) => {
    const tmpDir = folderOf(test);
    const box = harness({ endsGroup: true });
    for (const codec of CODECS) {
      await film(box, stage.display, { tmpDir, codec });
    }
    expect(readdirSync(tmpDir)).toEqual([]);
  });

  describe("whose folder", () => {
    const NAMES = [
      "rec:x",
      "two words",
      'it\'s "quoted"',
      "$(touch out)`touch out`",
      "a\nb",
      "*?[a]~",
      "é😀",
    ];

    it.for(NAMES)("is %j films and reads", async (name, test) => {
      const folder = folderOf(test);
      const tmpDir = path.join(folder, name);
      mkdirSync(tmpDir);
      await film(harness({ cwd: folder }), stage.display, { tmpDir });
      expect(readdirSync(tmpDir)).toEqual([]);
      const { recording } = await film(harness({ cwd: folder }), stage.display, { tmpDir: name });
      expect(recording.boxPath).toBe(path.join(tmpDir, "og-rec-r1.mp4"));
      expect(readdirSync(tmpDir)).toEqual([]);
      expect(readdirSync(folder)).toEqual([name]);
    });

    it("is not there does not start, and says so", async (test) => {
      const folder = folderOf(test);
      const tmpDir = path.join(folder, "absent");
      const error = await refusalOf(start(stage.session, stage.display, { tmpDir }));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toMatch(
        /^recording not started; exit code 1: .*No such file or directory/,
      );
      expect(readdirSync(folder)).toEqual([]);
    });

    it.skipIf(isUser)("is read-only does not start, and says so", async (test) => {
      const tmpDir = mountedFor(test, "ro");
      const error = await refusalOf(start(stage.session, stage.display, { tmpDir }));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toMatch(/^recording not started; exit code 1: .*Read-only file system/);
      expect(processesOf(tmpDir)).toEqual([]);
    });

    it.skipIf(isUser)("is full does not start, says so and leaves nothing there", async (test) => {
      const tmpDir = mountedFor(test, "size=64k");
      const filler = path.join(tmpDir, "filler");
      await harness().exec({ cmd: `head -c 1M /dev/zero >'${filler}'` });
      const error = await refusalOf(start(stage.session, stage.display, { tmpDir }));
      expect(error.reason).toBe("ffmpeg-error");
      expect(error.message).toMatch(
        /^recording not started; exit code 1: .*No space left on device/,
      );
      expect(readdirSync(tmpDir)).toEqual(["filler"]);
      expect(processesOf(tmpDir)).toEqual([]);
    });

    it("cannot hold so long a name does not start, says so and leaves nothing there", async (test) => {
      const tmpDir = folderOf(test);
      // With 241 to 244 only the name of what a stop leaves there is too long.
      for (const length of [240, 241, 244, 245, 300]) {
        const recordingId = "x".repeat(length);
        const attempt = start(stage.session, stage.display, { tmpDir, recordingId });
        if (length === 240) {
          const recording = await attempt;
          await stopRecording(stage.session, recording);
          await deleteRecordingArtifacts(stage.session, recording);
        } else {
          const error = await refusalOf(attempt);
          expect(error.reason).toBe("ffmpeg-error");
          expect(error.message).toMatch(
            /^recording not started; exit code 1: .*File name too long/,
          );
        }
        expect(readdirSync(tmpDir)).toEqual([]);
        expect(processesOf(tmpDir)).toEqual([]);
      }
    });
  });
});

/** @param {string} tool */
function whereIs(tool) {
  return execFileSync("bash", ["-c", `type -P ${tool}`], { encoding: "utf8" }).trim();
}

/**
 * A harness that has one text for both outputs.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import("../support/harness.js").Kind}
 */
function merged(env = {}) {
  return { argv: (cmd) => ["sh", "-c", `exec 2>&1; ${cmd}`], merges: true, env };
}

/**
 * A server for ssh on this machine, without anything of its configuration.
 *
 * @param {Test} test
 * @param {string} folder
 * @returns {Promise<[string, ...string[]]>} What runs a command through it, in a terminal.
 */
async function startSshServer(test, folder) {
  const [host, user] = ["host", "user"].map((name) => path.join(folder, name));
  for (const key of [host, user]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", `${key}`]);
  }
  const port = await freePort();
  // sshd wants this folder, which a machine has where sshd is a service.
  mkdirSync("/run/sshd", { recursive: true });
  const options = [
    `Port=${port}`,
    "ListenAddress=127.0.0.1",
    `HostKey=${host}`,
    "PidFile=none",
    `AuthorizedKeysFile=${user}.pub`,
    "PermitRootLogin=yes",
    "StrictModes=no",
    "UsePAM=no",
  ].flatMap((option) => ["-o", option]);
  const server = spawn("/usr/sbin/sshd", ["-D", "-f", "/dev/null", ...options], {
    stdio: "ignore",
  });
  test.onTestFinished(() => void server.kill());
  const client = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
    "BatchMode=yes",
  ].flatMap((option) => ["-o", option]);
  const target = ["-p", `${port}`, "-i", `${user}`, ...client, "root@127.0.0.1"];
  for (let tries = 0; tries < 100; tries++) {
    const { exitCode } = await harness({ argv: () => ["ssh", ...target, "true"] }).exec({
      cmd: "",
    });
    if (exitCode === 0) return ["ssh", "-tt", ...target];
    await sleep(100);
  }
  throw new Error("the ssh server does not answer");
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
