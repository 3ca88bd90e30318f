// What the real git prints of a repository that has every state in it, against what git tells in other ways.
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseNumstatZ, parsePorcelainV2, parseUnifiedPatch } from "../../index.js";

const root = mkdtempSync(path.join(tmpdir(), "git-"));
const env = {
  PATH: process.env["PATH"],
  HOME: root,
  GIT_CONFIG_NOSYSTEM: "1",
  ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.c" },
  ...{ GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.c" },
};

/** @param {string} repo */
const inRepo = (repo) => {
  const cwd = path.join(root, repo);
  mkdirSync(cwd, { recursive: true });
  /** @type {(...args: string[]) => string} */
  const git = (...args) =>
    execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    }).toString();
  const write = (/** @type {string | Buffer} */ name, /** @type {string | Buffer} */ content) =>
    writeFileSync(Buffer.concat([Buffer.from(`${cwd}/`), Buffer.from(name)]), content);
  /** @type {(...args: string[]) => void} */
  const tryGit = (...args) => {
    try {
      git(...args);
    } catch {
      // A merge with conflicts fails.
    }
  };
  return { cwd, git, tryGit, write };
};

/** @type {(...changes: string[]) => string} */
const lines = (...changes) =>
  Array.from(
    { length: 60 },
    (_, at) => `line ${at}${changes.includes(`${at}`) ? " changed" : ""}\n`,
  ).join("");

/** @type {(repo: ReturnType<typeof inRepo>, ...more: string[]) => ReturnType<typeof parsePorcelainV2>} */
const status = ({ git }, ...more) =>
  parsePorcelainV2(git("status", "--porcelain=v2", "--branch", "-z", ...more));

/** Names that are no words of the shell's, nor UTF-8. */
const ODD = [
  "with space",
  " lead",
  "tab\tin",
  "line\nin",
  'quote"in',
  "back\\in",
  "é😀",
  "-v",
  "a  b",
];
const BYTES = Buffer.from([0x62, 0xff, 0xfe, 0x63]);

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("a repository with changes", () => {
  const repo = inRepo("changed");
  beforeAll(() => {
    const { cwd, git, write } = repo;
    const sub = inRepo("sub");
    sub.git("init", "-q", "-b", "main");
    sub.write("f", "1\n");
    sub.git("add", ".");
    sub.git("commit", "-qm", "1");
    git("init", "-q", "-b", "main");
    git("config", "status.renames", "copies");
    git("config", "diff.renames", "copies");
    for (const name of [
      "staged",
      "both",
      "worktree",
      "gone",
      "gone staged",
      "typed",
      "mode",
      "crlf",
      "open",
    ])
      write(name, lines());
    write("from", `${lines()}renamed\n`);
    write("source", `${lines()}copied\n`);
    write("picture.png", Buffer.from([0, 1, 2]));
    for (const name of ODD) write(name, lines());
    write(BYTES, lines());
    write(".gitignore", "ignored*\n");
    git("submodule", "--quiet", "add", sub.cwd, "module");
    git("add", ".");
    git("commit", "-qm", "first");
    write("staged", lines("3", "40"));
    write("both", lines("3"));
    write("source", `${lines("59")}copied\n`);
    write("copy", `${lines()}copied\n`);
    write("new", "one\ntwo");
    git("mv", "from", "to a place");
    git("rm", "-q", "gone staged");
    git("add", ".");
    write("both", lines("3", "9"));
    write("worktree", lines("1"));
    for (const name of ODD) write(name, lines("7"));
    write(BYTES, lines("8"));
    rmSync(path.join(cwd, "gone"));
    rmSync(path.join(cwd, "typed"));
    symlinkSync("both", path.join(cwd, "typed"));
    chmodSync(path.join(cwd, "mode"), 0o755);
    write("picture.png", Buffer.from([0, 9, 9, 9]));
    write("crlf", lines().replaceAll("\n", "\r\n"));
    write("open", lines().trimEnd());
    write("untracked\tfile", "");
    write("ignored file", "");
    writeFileSync(path.join(cwd, "module", "f"), "2\n");
  });

  /** What `git diff --name-status -z` tells: the letter of each path, and what it was called before. */
  /** @type {(...args: string[]) => Map<any, any>} */
  const named = (...args) => {
    const records = repo.git("diff", "--name-status", "-z", ...args).split("\0");
    const found = new Map();
    while (records.length > 1) {
      const [letter = ""] = records.shift() ?? "";
      const old = "RC".includes(letter) ? records.shift() : null;
      found.set(records.shift(), { letter, old });
    }
    return found;
  };
  const WORDS = {
    A: "added",
    M: "modified",
    D: "deleted",
    R: "renamed",
    C: "copied",
    T: "typechange",
  };

  it("has the states that git's differences have", () => {
    const { files } = status(repo, "--ignored");
    const cached = named("--cached");
    const worktree = named();
    /** @type {(...args: string[]) => string[]} */
    const others = (...args) =>
      repo
        .git("ls-files", "--others", "-z", ...args)
        .split("\0")
        .slice(0, -1);
    const untracked = new Set(others("--exclude-standard"));
    const ignored = new Set(others("--ignored", "--exclude-standard"));
    const word = (/** @type {any} */ entry) => WORDS[/** @type {"A"} */ (entry?.letter)] ?? null;
    const all = new Set([...cached.keys(), ...worktree.keys(), ...untracked, ...ignored]);
    const expected = [...all].map((path) => ({
      path,
      oldPath: cached.get(path)?.old ?? null,
      index: word(cached.get(path)),
      worktree: untracked.has(path)
        ? "untracked"
        : ignored.has(path)
          ? "ignored"
          : word(worktree.get(path)),
      isConflicted: false,
    }));
    const byPath = (/** @type {{ path: string }} */ a, /** @type {{ path: string }} */ b) =>
      a.path < b.path ? -1 : 1;
    expect([...files].sort(byPath)).toStrictEqual(expected.sort(byPath));
    const seen = new Set(files.flatMap(({ index, worktree }) => [index, worktree]));
    const every = [...Object.values(WORDS), "untracked", "ignored", null];
    expect(seen).toStrictEqual(new Set(every));
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([...ODD, "b��c", "module"]),
    );
  });

  it.each([{ args: [] }, { args: ["--cached"] }, { args: ["HEAD"] }])(
    "has the counts of lines of $args",
    ({ args }) => {
      const entries = parseNumstatZ(repo.git("diff", "-z", "--numstat", ...args));
      const names = named(...args);
      expect(entries.map(({ newPath }) => newPath)).toStrictEqual([...names.keys()]);
      for (const { newPath, oldPath, additions, deletions, binary } of entries) {
        expect(oldPath).toBe(names.get(newPath).old);
        expect(binary).toBe(newPath === "picture.png");
        // A file whose name is no UTF-8 cannot be asked for by it. Of a module that is changed within, git
        // prints a hunk and counts no lines; of a file that became a link, two patches.
        if (
          ["module", "typed"].includes(newPath) ||
          binary ||
          oldPath !== null ||
          newPath.includes("\ufffd")
        )
          continue;
        const text = repo.git("diff", ...args, "--", newPath);
        const { hunks, status } = parseUnifiedPatch(text);
        const of = (/** @type {string} */ type) =>
          hunks.flatMap(({ lines }) => lines).filter((line) => line.type === type);
        expect([of("add").length, of("del").length]).toStrictEqual([additions, deletions]);
        const { letter } = names.get(newPath);
        expect(status).toBe(
          { A: "added", D: "deleted" }[/** @type {"A"} */ (letter)] ?? "modified",
        );
        for (const { oldStart, oldLines, newStart, newLines, lines } of hunks) {
          const sides = /** @type {const} */ (["oldNo", "newNo"]).map((side) =>
            lines.map((line) => line[side]).filter((no) => no !== null),
          );
          const range = (/** @type {number} */ from, /** @type {number} */ count) =>
            Array.from({ length: count }, (_, at) => from + at);
          expect(sides).toStrictEqual([range(oldStart, oldLines), range(newStart, newLines)]);
        }
      }
    },
  );

  it("has patches that make the new file of the old one", () => {
    for (const name of ["worktree", "crlf", "open", "with space"]) {
      const old = repo.git("show", `:${name}`).split("\n");
      const { hunks } = parseUnifiedPatch(repo.git("diff", "-U0", "--", name));
      for (const { oldStart, oldLines, lines } of hunks.toReversed()) {
        const added = lines.filter(({ type }) => type === "add").map(({ text }) => text);
        const from = oldLines === 0 ? oldStart : oldStart - 1;
        expect(old.splice(from, oldLines, ...added)).toStrictEqual(
          lines.filter(({ type }) => type === "del").map(({ text }) => text),
        );
      }
      const made = execFileSync("cat", ["--", name], { cwd: repo.cwd }).toString();
      expect(old.join("\n").trimEnd()).toBe(made.trimEnd());
    }
  });
});

describe("branches", () => {
  it("are none before the first commit", () => {
    const repo = inRepo("empty");
    repo.git("init", "-q", "-b", "main");
    repo.write("f", "");
    const { head, detached, upstream, files } = status(repo);
    expect([head, detached, upstream, files.length]).toStrictEqual(["main", false, null, 1]);
  });

  it("are ahead and behind, and may be left", () => {
    const origin = inRepo("origin");
    origin.git("init", "-q", "-b", "main");
    const commit = (
      /** @type {ReturnType<typeof inRepo>} */ { git },
      /** @type {number} */ times,
    ) => {
      for (; times > 0; times--) git("commit", "-q", "--allow-empty", "-m", `${times}`);
    };
    commit(origin, 1);
    const clone = inRepo("clone");
    clone.git("clone", "-q", origin.cwd, ".");
    commit(origin, 3);
    commit(clone, 2);
    clone.git("fetch", "-q");
    const branch = { head: "main", detached: false, upstream: "origin/main", ahead: 2, behind: 3 };
    expect(status(clone)).toStrictEqual({ isRepo: true, ...branch, files: [] });
    clone.git("checkout", "-q", "--detach");
    expect(status(clone)).toMatchObject({ head: null, detached: true, upstream: null, ahead: 0 });
  });
});

it("every kind of conflict is one", () => {
  const repo = inRepo("conflicts");
  const { cwd, git, tryGit, write } = repo;
  git("init", "-q", "-b", "main");
  for (const name of ["both modified", "deleted by us", "deleted by them", "renamed apart"])
    write(name, `${name}\n${lines()}`);
  git("add", ".");
  git("commit", "-qm", "base");
  git("checkout", "-qb", "theirs");
  write("both modified", "theirs\n");
  write("deleted by us", `theirs\n${lines()}`);
  git("rm", "-q", "deleted by them");
  write("both added", "theirs\n");
  renameSync(path.join(cwd, "renamed apart"), path.join(cwd, "to theirs"));
  git("add", "-A");
  git("commit", "-qm", "theirs");
  git("checkout", "-q", "main");
  write("both modified", "ours\n");
  git("rm", "-q", "deleted by us");
  write("deleted by them", `ours\n${lines()}`);
  write("both added", "ours\n");
  renameSync(path.join(cwd, "renamed apart"), path.join(cwd, "to ours"));
  git("add", "-A");
  git("commit", "-qm", "ours");
  tryGit("merge", "-q", "theirs");
  const unmerged = new Set(
    git("diff", "--name-only", "--diff-filter=U", "-z").split("\0").slice(0, -1),
  );
  const letters = new Set(
    git("status", "--porcelain", "-z")
      .split("\0")
      .filter((one) => /^[AUD]{2} /.test(one))
      .map((one) => one.slice(0, 2)),
  );
  expect(letters).toStrictEqual(new Set(["UU", "AA", "DU", "UD", "DD", "AU", "UA"]));
  const { files } = status(repo);
  const conflicted = files.filter(({ isConflicted }) => isConflicted);
  expect(new Set(conflicted.map(({ path }) => path))).toStrictEqual(unmerged);
  for (const { index, worktree } of conflicted)
    expect([index, worktree]).toStrictEqual(["conflicted", "conflicted"]);
  // A combined diff has no hunks.
  expect(parseUnifiedPatch(git("diff", "--", "both modified"))).toStrictEqual({
    hunks: [],
    status: "modified",
  });
});
