// Every difference of the channel service: the command and the reading of 0.2.0, on the same box, against
// the service.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import {
  SandboxChannelAService,
  isExecSessionLostBanner,
  parseNumstatZ,
  parsePorcelainV2,
  parseUnifiedPatch,
} from "../../index.js";
import { harness } from "../support/harness.js";
import { banner } from "../support/workspace.js";
import { difference, everyRowIsShown } from "./sides.js";

const folder = mkdtempSync(path.join(tmpdir(), "og-channel-"));
const repo = path.join(folder, "repo");

/** A session as most providers have it: one text, with a banner before it. */
const cloud = {
  /** @param {any} args */
  async execCommand({ cmd, workdir = "" }) {
    const { output = "", exitCode = 0 } = await harness({
      cwd: path.join(folder, workdir),
      merges: true,
    }).exec({ cmd });
    return banner(output, { exitCode });
  },
};

/** A session that tells everything. */
const local = {
  /** @param {any} args */
  exec: ({ cmd, workdir = "" }) => harness({ cwd: path.join(folder, workdir) }).exec({ cmd }),
};

/** @param {any} session */
const over = (session) => new SandboxChannelAService({ session });

/**
 * What 0.2.0 has of a command.
 *
 * @param {any} session
 * @param {string} cmd
 * @param {string} [workdir]
 * @returns {Promise<{ stdout: string, stderr: string, exitCode: number | null }>}
 */
async function old(session, cmd, workdir) {
  if (session.exec) {
    const {
      stdout,
      output = "",
      stderr = "",
      exitCode = null,
    } = await session.exec({ cmd, workdir });
    return { stdout: stdout ?? output, stderr, exitCode };
  }
  const text = await session.execCommand({ cmd, workdir });
  return { stdout: text.slice(text.indexOf("\nOutput:\n") + 9), stderr: "", exitCode: null };
}

/**
 * Whether 0.2.0 takes a command for one that has failed.
 *
 * @param {{ exitCode: number | null }} ran
 */
const hasFailed = ({ exitCode }) => exitCode !== null && exitCode !== 0;

/**
 * What `run` comes to: the error's text where it fails.
 *
 * @param {() => unknown} run
 */
async function outcomeOf(run) {
  try {
    return await run();
  } catch (error) {
    return String(error);
  }
}

/** @param {string} name */
const at = (name) => path.join(folder, name);

/** @param {...string} args */
function git(...args) {
  return execFileSync("git", args, {
    cwd: repo,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** @param {string} subject */
function commit(subject) {
  git("add", "-A");
  git("commit", "-q", "--no-gpg-sign", "-m", subject);
}

/**
 * How 0.2.0 compares: what it has of each file.
 *
 * @param {string} range
 * @param {string} [workdir]
 */
async function oldDiff(range, workdir = "repo") {
  const command = "git -c core.quotePath=false diff --no-color";
  const { stdout } = await old(local, `${command} -z --numstat ${range}`.trim(), workdir);
  const files = [];
  for (const { newPath: name, additions, binary } of parseNumstatZ(stdout)) {
    if (binary) {
      files.push([name, "modified", additions, 0]);
      continue;
    }
    const patch = await old(local, `${command} -U3 ${range} -- '${name}'`, workdir);
    const { status, hunks } = parseUnifiedPatch(patch.stdout);
    files.push([name, status, additions, hunks.flatMap(({ lines }) => lines).length]);
  }
  return files;
}

/** @param {import("../../index.js").ChannelAGitDiffRequest} request */
async function newDiff(request) {
  const { files } = await over(local).gitDiff({ path: "repo", ...request });
  return told(files);
}

/** @param {import("../../index.js").GitFileDiff[]} files */
function told(files) {
  return files.map(({ path: name, status, additions, hunks }) => [
    name,
    status,
    additions,
    hunks.flatMap(({ lines }) => lines).length,
  ]);
}

beforeAll(() => {
  mkdirSync(path.join(repo, "sub"), { recursive: true });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.test");
  writeFileSync(path.join(repo, "a"), "1\n2\n3\n4\n");
  writeFileSync(path.join(repo, "sub/b"), "b\n");
  commit("first");
  git("mv", "a", "z");
  writeFileSync(path.join(repo, "z"), "1\n2\n3\n4\n5\n");
  writeFileSync(path.join(repo, "pic"), Buffer.from([0, 1]));
  commit("second");
  writeFileSync(path.join(repo, "sub/b"), "changed\n");
  mkdirSync(at("directory/in"), { recursive: true });
  mkdirSync(at("many"));
  for (let i = 0; i < 2_000; i++) writeFileSync(at(`many/a file of a rather long name, ${i}`), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

difference(
  "F1",
  "a failed change is told, where a banner has the exit code",
  {
    old: async () => hasFailed(await old(cloud, "rm -f 'directory'")),
    new: () => outcomeOf(() => over(cloud).fsDelete({ path: "directory" })),
  },
  {
    old: false,
    new: "ChannelAValidationError: failed to delete directory: rm: cannot remove 'directory': Is a directory\n",
  },
);

difference(
  "F1",
  "a command of the caller's has its exit code",
  {
    old: async () => (await old(cloud, "exit 3")).exitCode,
    new: async () => (await over(cloud).terminalExec({ command: "exit 3" })).exitCode,
  },
  { old: null, new: 3 },
);

difference(
  "F2",
  "a file that is not there is not an empty one",
  {
    old: async () => {
      const ran = await old(local, "base64 'absent' 2>/dev/null | head -c 14");
      return hasFailed(ran) ? "not found" : ran.stdout;
    },
    new: () => outcomeOf(() => over(local).fsRead({ path: "absent", maxBytes: 10 })),
  },
  { old: "", new: "ChannelANotFoundError: file not found: absent" },
);

difference(
  "F2",
  "nor is a file of a commit",
  {
    old: async () => {
      const ran = await old(local, "git cat-file blob 'HEAD:no' 2>/dev/null | base64", "repo");
      return hasFailed(ran) ? "not found" : ran.stdout;
    },
    new: () => outcomeOf(() => over(local).gitShow({ path: "repo", ref: "HEAD", filePath: "no" })),
  },
  { old: "", new: "ChannelANotFoundError: blob not found: HEAD:no" },
);

difference(
  "F3",
  "a long file is written",
  {
    old: () =>
      outcomeOf(async () => {
        const base64 = Buffer.alloc(150_000, 97).toString("base64");
        await old(local, `printf %s '${base64}' | base64 -d > 'long'`);
      }),
    new: async () => {
      await over(local).fsWrite({ path: "long", content: "a".repeat(150_000) });
      return readFileSync(at("long"), "utf8").length;
    },
  },
  { old: "Error: spawn E2BIG", new: 150_000 },
);

difference(
  "F4",
  "a name that looks like an option is a name",
  {
    old: async () => {
      writeFileSync(at("-v"), "");
      const ran = await old(local, "rm -f '-v'");
      return [hasFailed(ran), existsSync(at("-v"))];
    },
    new: async () => {
      writeFileSync(at("-v"), "");
      await over(local).fsDelete({ path: "-v" });
      return [false, existsSync(at("-v"))];
    },
  },
  { old: [false, true], new: [false, false] },
);

difference(
  "F4",
  "a ref that looks like an option is refused",
  {
    old: async () => {
      await old(
        local,
        "git -c core.quotePath=false diff --no-color -z --numstat '--output=leak'",
        "repo",
      );
      const isThere = existsSync(path.join(repo, "leak"));
      rmSync(path.join(repo, "leak"), { force: true });
      return isThere;
    },
    new: () => outcomeOf(() => newDiff({ fromRef: "--output=leak" })),
  },
  {
    old: true,
    new: "ChannelAValidationError: fromRef must not begin with a dash: --output=leak",
  },
);

difference(
  "F5",
  "what the session cuts is not taken for all of it",
  {
    old: async () => {
      const { stdout } = await old(cut, "find 'many' -mindepth 1 -maxdepth 1 -printf '%y\\t%p\\0'");
      return stdout.split("\0").filter(Boolean).length < 2_000;
    },
    new: async () => {
      const { root } = await over(cut).fsList({ path: "many" });
      return root.children?.length;
    },
  },
  { old: true, new: 2_000 },
);

/** A session that keeps the end of what a command prints, in silence. */
const cut = {
  /** @param {any} args */
  async exec(args) {
    const result = await local.exec(args);
    return { ...result, stdout: result.stdout?.slice(-20_000), output: undefined };
  },
};

difference(
  "F6",
  "a renamed file is one",
  {
    old: async () => (await oldDiff("'HEAD^' 'HEAD'"))[1],
    new: async () => (await newDiff({ fromRef: "HEAD^", toRef: "HEAD" }))[1],
  },
  { old: ["z", "added", 1, 5], new: ["z", "renamed", 1, 4] },
);

difference(
  "F7",
  "a sub-directory has hunks",
  {
    old: () => oldDiff("", "repo/sub"),
    new: () => newDiff({ path: "repo/sub" }),
  },
  { old: [["sub/b", "modified", 1, 0]], new: [["sub/b", "modified", 1, 2]] },
);

difference(
  "F8",
  "the first commit has files",
  {
    old: () => oldDiff("'HEAD~1^' 'HEAD~1'"),
    new: async () => told((await over(local).gitShow({ path: "repo", ref: "HEAD~1" })).files),
  },
  {
    old: [],
    new: [
      ["a", "added", 4, 4],
      ["sub/b", "added", 1, 1],
    ],
  },
);

difference(
  "F9",
  "a file that is not merged is told of once",
  {
    old: async () => {
      conflict();
      const files = await oldDiff("");
      git("merge", "--abort");
      return files.filter(([name]) => name === "z");
    },
    new: async () => {
      conflict();
      const files = await newDiff({});
      git("merge", "--abort");
      return files.filter(([name]) => name === "z");
    },
  },
  {
    old: [
      ["z", "modified", 0, 0],
      ["z", "modified", 4, 0],
    ],
    new: [["z", "conflicted", 4, 8]],
  },
);

/** Leaves a merge that has to be ended by hand. */
function conflict() {
  git("stash", "-q");
  git("checkout", "-q", "-B", "side", "main");
  writeFileSync(path.join(repo, "z"), "side\n2\n3\n4\n5\n");
  commit("side");
  git("checkout", "-q", "-B", "other", "main");
  writeFileSync(path.join(repo, "z"), "other\n2\n3\n4\n5\n");
  commit("other");
  try {
    git("merge", "side");
  } catch {
    // That is what it is for.
  }
}

difference(
  "F10",
  "a picture that is new is added",
  {
    old: async () => (await oldDiff("'main^' 'main'"))[0],
    new: async () => (await newDiff({ fromRef: "main^", toRef: "main" }))[0],
  },
  { old: ["pic", "modified", 0, 0], new: ["pic", "added", 0, 0] },
);

difference(
  "F11",
  "the editor makes no directories that are not to be made",
  {
    old: async () => {
      const ran = await old(local, "printf %s '' | base64 -d > 'nowhere/f'");
      return hasFailed(ran) && "the editor writes nowhere/f";
    },
    new: async () => {
      const createFile = async () => {
        throw new Error("asked to write");
      };
      let asked = false;
      const createEditor = () => ({ createFile: () => ((asked = true), createFile()) });
      const service = over({ ...local, createEditor });
      const writing = service.fsWrite({ path: "nowhere/f", content: "", createParents: false });
      await outcomeOf(() => writing);
      return asked;
    },
  },
  { old: "the editor writes nowhere/f", new: false },
);

difference(
  "F12",
  "what is no base64 is refused",
  {
    old: () => Buffer.from("no base64!", "base64").length,
    new: () =>
      outcomeOf(() =>
        over(local).fsWrite({ path: "f", content: "no base64!", encoding: "base64" }),
      ),
  },
  { old: 6, new: "ChannelAValidationError: content is not valid base64: f" },
);

/** A session that answers while its command goes on. */
const impatient = {
  /** @param {any} args */
  async exec({ cmd }) {
    const { stdout = "" } = await local.exec({ cmd });
    return { stdout: stdout.slice(0, 30), exitCode: null, sessionId: 1, rest: stdout.slice(30) };
  },
};

difference(
  "F13",
  "a command that goes on is waited for",
  {
    old: async () => (await old(impatient, "printf '%060d' 0")).stdout.length,
    new: async () => {
      let rest = "";
      const session = {
        /** @param {any} args */
        async exec(args) {
          const result = await impatient.exec(args);
          rest = result.rest;
          return result;
        },
        writeStdin: async () => banner(rest, { exitCode: 0 }),
      };
      return (await over(session).detectRepos()).length + 59;
    },
  },
  { old: 30, new: 60 },
);

difference(
  "F14",
  "what a program in a terminal prints does not end the terminal",
  {
    old: () => isExecSessionLostBanner(banner("session not found\n", { sessionId: 1 }), 1),
    new: async () => {
      const session = { writeStdin: async () => banner("session not found\n", { sessionId: 1 }) };
      return over(session).ptyWrite({ ptyId: "p", data: "" }, 1, "");
    },
  },
  { old: true, new: "session not found\n" },
);

difference(
  "F15",
  "a command reads no more than was asked for",
  {
    old: async () => {
      writeFileSync(at("twenty"), "x".repeat(20_000));
      const { stdout } = await old(local, "base64 'twenty' 2>/dev/null | head -c 14000");
      return Buffer.from(stdout.replaceAll("\n", ""), "base64").length;
    },
    new: async () => (await over(local).fsRead({ path: "twenty", maxBytes: 10_000 })).sizeBytes,
  },
  { old: 10_364, new: 10_000 },
);

difference(
  "F16",
  "a link to nothing is something",
  {
    old: async () => {
      symlinkSync("nothing", at("link"));
      const { exitCode } = await old(local, "test -e 'link'");
      if (exitCode !== 0) await old(local, "printf %s 'eA==' | base64 -d > 'link'");
      const isWritten = existsSync(at("nothing"));
      rmSync(at("nothing"), { force: true });
      return isWritten;
    },
    new: async () => {
      const write = { path: "link", content: "x", overwrite: false };
      const outcome = await outcomeOf(() => over(local).fsWrite(write));
      return [lstatSync(at("link")).isSymbolicLink(), existsSync(at("nothing")), outcome];
    },
  },
  {
    old: true,
    new: [true, false, "ChannelAConflictError: path exists and overwrite is false: link"],
  },
);

difference(
  "F17",
  "permissions are told without the find of GNU",
  {
    old: async () => {
      const mode =
        "$(stat -f %Lp 'twenty' 2>/dev/null || stat -c %a 'twenty' 2>/dev/null || echo 0)";
      const { stdout } = await old(local, `printf %s "${mode}"`);
      return /^[0-7]+$/.test(stdout);
    },
    new: async () => {
      // A `find` that knows no -printf.
      const session = {
        /** @param {any} args */
        exec: (args) => local.exec({ ...args, cmd: args.cmd.replace(" -printf ", " -unknown ") }),
      };
      const { root } = await over(session).fsList({ path: "" });
      return root.children?.find(({ name }) => name === "twenty")?.mode === 0o644;
    },
  },
  { old: false, new: true },
);

difference(
  "F18",
  "what profiles and merged errors add is no part of an answer",
  {
    old: async () => {
      const { stdout } = await old(
        noisy,
        "git rev-parse --is-inside-work-tree 2>/dev/null",
        "repo",
      );
      return stdout.trim() === "true";
    },
    new: async () => (await over(noisy).gitStatus({ path: "repo" })).isRepo,
  },
  { old: false, new: true },
);

/** A session whose shells greet. */
const noisy = {
  /** @param {any} args */
  exec: (args) => local.exec({ ...args, cmd: `echo Welcome!; ${args.cmd}` }),
};

difference(
  "F19",
  "a field of the wrong kind is named, and nothing runs",
  {
    old: async () => (await old(local, `find . -mindepth 1 -maxdepth ${NaN} -print0`)).stdout,
    new: () => outcomeOf(() => over(local).fsList({ path: "", depth: NaN })),
  },
  { old: "", new: "RangeError: depth must be a whole number that is not negative, got NaN" },
);

difference(
  "F19",
  "NUL, which no command can carry, is refused",
  {
    old: () => outcomeOf(() => old(local, "rm -f 'a\0b'")),
    new: () => outcomeOf(() => over(local).fsDelete({ path: "a\0b" })),
  },
  {
    old: expect.stringContaining("ERR_INVALID_ARG_VALUE"),
    new: "ChannelAValidationError: NUL characters are not allowed: a\\u{0}b",
  },
);

difference(
  "F20",
  "a box without bash is no empty directory",
  {
    old: async () => (await old(bashless, "bash -lc 'find . -print0'")).stdout,
    new: () => outcomeOf(() => over(bashless).fsList({ path: "" })),
  },
  { old: "", new: "Error: the box has no bash, which lists files; install it in the image" },
);

/** A session on a box without bash. */
const bashless = {
  /** @param {any} args */
  exec: (args) => local.exec({ ...args, cmd: args.cmd.replace(/^bash/, "no-such-shell") }),
};

/** A routing session over one that has `execCommand` alone. */
const routed = {
  /** @param {any} args */
  exec: (args) => cloud.execCommand(args),
};

difference(
  "F21",
  "an exec that answers with a text has answered",
  {
    old: async () => (await old(routed, "echo hi")).stdout,
    new: async () => {
      const { stdout, exitCode } = await over(routed).terminalExec({ command: "echo hi" });
      return [stdout, exitCode, (await over(routed).gitStatus({ path: "repo" })).isRepo];
    },
  },
  { old: "", new: ["hi\n", 0, true] },
);

/** A session whose disk is full soon. */
const full = {
  /** @param {any} args */
  exec: ({ cmd }) => local.exec({ cmd: `ulimit -f 16; ${cmd}` }),
};
const LONG = Buffer.alloc(50_000, "x");

difference(
  "F22",
  "a file survives a write that fails midway",
  {
    old: async () => {
      writeFileSync(at("kept"), "precious");
      await old(full, `printf %s '${LONG.toString("base64")}' | base64 -d > 'kept'`);
      return readFileSync(at("kept"), "utf8") === "precious";
    },
    new: async () => {
      writeFileSync(at("kept"), "precious");
      const write = { path: "kept", content: `${LONG}` };
      const outcome = await outcomeOf(() => over(full).fsWrite(write));
      return [readFileSync(at("kept"), "utf8"), `${outcome}`.slice(0, 47)];
    },
  },
  { old: false, new: ["precious", "ChannelAValidationError: failed to write kept: "] },
);
difference(
  "F22",
  "a file is not moved into a directory of its new name",
  {
    old: async () => {
      mkdirSync(at("dest"), { recursive: true });
      writeFileSync(at("dest/mover"), "precious");
      writeFileSync(at("mover"), "new");
      await old(local, "mv -f 'mover' 'dest'");
      return readFileSync(at("dest/mover"), "utf8");
    },
    new: async () => {
      writeFileSync(at("dest/mover"), "precious");
      writeFileSync(at("mover"), "new");
      const move = { path: "mover", newPath: "dest", overwrite: true };
      const outcome = await outcomeOf(() => over(local).fsMove(move));
      return [readFileSync(at("dest/mover"), "utf8"), outcome];
    },
  },
  {
    old: "new",
    new: [
      "precious",
      "ChannelAValidationError: failed to move mover -> dest: dest: Is a directory\n",
    ],
  },
);

/**
 * What `look` sees of a repository that `change` has changed, which is as before afterwards.
 *
 * @param {() => void} change
 * @param {() => Promise<unknown>} look
 */
async function seen(change, look) {
  try {
    git("checkout", "-q", "-f", "main");
    git("clean", "-q", "-f", "-d");
    change();
    return await look();
  } finally {
    rmSync(path.join(repo, ".git/index"), { force: true });
    git("reset", "-q", "--hard");
    git("clean", "-q", "-f", "-d");
  }
}

/** Makes a branch with the name of a directory. */
const branch = () => git("branch", "-f", "sub", "main");

difference(
  "F26",
  "a ref that is a path as well is a ref",
  {
    old: () => seen(branch, async () => (await old(local, "git log -n1 'sub'", "repo")).stdout),
    new: () =>
      seen(branch, async () => {
        const { commits } = await over(local).gitLog({ path: "repo", ref: "sub", maxCount: 1 });
        return commits.map(({ subject }) => subject);
      }),
  },
  { old: "", new: ["second"] },
);

/** Writes what is no index. */
const damage = () => writeFileSync(path.join(repo, ".git/index"), "no index");

difference(
  "F23",
  "a repository that git cannot read is not clean",
  {
    old: () =>
      seen(damage, async () => {
        const command = "git status --porcelain=v2 --branch -z";
        return parsePorcelainV2((await old(local, command, "repo")).stdout).files;
      }),
    new: () => seen(damage, () => outcomeOf(() => over(local).gitStatus({ path: "repo" }))),
  },
  { old: [], new: expect.stringMatching(/^Error: git failed: .*index file/) },
);

/** Changes a file of a repository with a program of its own for differences. */
function configure() {
  git("config", "diff.external", "true");
  writeFileSync(path.join(repo, "sub/b"), "c\n");
}

difference(
  "F24",
  "the configuration does not decide what hunks there are",
  {
    old: () => seen(configure, () => oldDiff("")),
    new: async () => {
      const files = await seen(configure, () => newDiff({}));
      git("config", "--unset", "diff.external");
      return files;
    },
  },
  { old: [["sub/b", "modified", 1, 0]], new: [["sub/b", "modified", 1, 2]] },
);

/** Puts a link in the place of a file. */
function link() {
  rmSync(path.join(repo, "sub/b"));
  symlinkSync("b2", path.join(repo, "sub/b"));
}

difference(
  "F25",
  "a file that has become a link is not new",
  { old: () => seen(link, () => oldDiff("")), new: () => seen(link, () => newDiff({})) },
  { old: [["sub/b", "added", 1, 4]], new: [["sub/b", "typechange", 1, 2]] },
);

everyRowIsShown(/^F/);
