// The service over a session that answers by a script: what it runs, and what it makes of the answers.
import { describe, expect, it } from "vitest";
import {
  ChannelAConflictError,
  ChannelANotFoundError,
  ChannelAUnsupportedError,
  ChannelAValidationError,
  SandboxChannelAService,
} from "../../../index.js";
import { banner, scripted } from "../../support/workspace.js";

/** @typedef {import("../../../index.js").SandboxChannelAServiceOptions} Options */

/**
 * A service over a script, and what comes of it.
 *
 * @param {import("../../support/workspace.js").Script} script
 * @param {{ kind?: "exec" | "execCommand", frames?: boolean, members?: object } & Partial<Options>} [as]
 */
function serviceOver(script, { kind, frames, members, ...options } = {}) {
  const { session, calls } = scripted(script, {
    ...(kind && { kind }),
    ...(frames !== undefined && { frames }),
  });
  Object.assign(session, members);
  /** @type {any[]} */
  const events = [];
  const emit = async (/** @type {any[]} */ emitted) => void events.push(emitted);
  const service = new SandboxChannelAService({ session, emit, leaseEpoch: 3, ...options });
  return { service, calls, events, commands: () => calls.map(({ cmd }) => cmd) };
}

const NOTHING = () => undefined;
const BOX_KINDS = [
  { kind: /** @type {const} */ ("exec"), frames: true },
  { kind: /** @type {const} */ ("exec"), frames: false },
  { kind: /** @type {const} */ ("execCommand"), frames: true },
  { kind: /** @type {const} */ ("execCommand"), frames: false },
];

const yes = () => true;

describe("capabilities", () => {
  const any = async () => "";
  it.for([
    { session: {}, fs: [false, true], exec: false, pty: false },
    { session: { exec: any }, fs: [false, false], exec: true, pty: false },
    { session: { execCommand: any }, fs: [false, true], exec: true, pty: false },
    { session: { readFile: any }, fs: [false, true], exec: false, pty: false },
    { session: { readFile: any, exec: any }, fs: [true, false], exec: true, pty: false },
    { session: { readFile: any, execCommand: any }, fs: [true, true], exec: true, pty: false },
    { session: { readFile: any, createEditor: any }, fs: [true, false], exec: false, pty: false },
    { session: { supportsPty: yes, writeStdin: any }, fs: [false, true], exec: false, pty: true },
    {
      session: { supportsPty: () => false, writeStdin: any },
      fs: [false, true],
      exec: false,
      pty: false,
    },
  ])("of $session are those of its methods", ({ session, fs, exec, pty }) => {
    const service = new SandboxChannelAService({
      session: /** @type {any} */ (session),
      workspaceRoot: "/w",
    });
    expect(service.capabilities(["a"])).toEqual({
      FileSystem: { available: fs[0], readOnly: fs[1], root: "/w" },
      Terminal: { events: exec, exec, pty: { available: pty } },
      Git: { available: exec, repos: ["a"] },
    });
  });
});

describe("a session", () => {
  it("without commands cannot be worked on", async () => {
    const service = new SandboxChannelAService({ session: {} });
    const error = new ChannelAUnsupportedError("the box does not support command execution");
    for (const operation of [
      () => service.fsList({ path: "" }),
      () => service.fsRead({ path: "a" }),
      () => service.fsWrite({ path: "a", content: "" }),
      () => service.fsDelete({ path: "a" }),
      () => service.gitStatus({ path: "" }),
      () => service.gitShow({ ref: "HEAD" }),
      () => service.terminalExec({ command: "true" }),
      () => service.ptyOpen({}, "p"),
    ]) {
      await expect(operation()).rejects.toThrow(error);
    }
    expect(await service.detectRepos()).toEqual([]);
    await service.emitGitChanged("", "commit");
  });

  it("throws what it throws", async () => {
    const thrown = { not: "an error" };
    const session = {
      exec: () => Promise.reject(thrown),
      writeStdin: () => Promise.reject(thrown),
    };
    const service = new SandboxChannelAService({ session: /** @type {any} */ (session) });
    for (const operation of [
      () => service.fsList({ path: "" }),
      () => service.fsWrite({ path: "a", content: "" }),
      () => service.gitLog({}),
      () => service.terminalExec({ command: "true" }),
      () => service.ptyWrite({ ptyId: "p", data: "" }, 1, ""),
      () => service.ptyResize({ ptyId: "p", cols: 1, rows: 1 }, 1),
    ]) {
      expect(await operation().catch((error) => error)).toBe(thrown);
    }
    await service.ptyClose({ ptyId: "p" }, 1);
    expect(await service.detectRepos()).toEqual([]);
    await service.emitGitChanged("", "commit");
  });

  it("is looked at anew for every command", async () => {
    const { service, calls } = serviceOver(NOTHING);
    const { session } = scripted(() => ({ stdout: "second" }), { frames: false });
    await service.terminalExec({ command: "a" });
    const box = /** @type {any} */ ({ exec: undefined, execCommand: session.execCommand });
    const late = new SandboxChannelAService({ session: box });
    box.exec = async () => ({ stdout: "late", exitCode: 0 });
    expect((await late.terminalExec({ command: "b" })).stdout).toBe("late");
    expect(calls).toHaveLength(1);
  });

  it("is asked with what the request says, and never told to cut", async () => {
    const { service, calls } = serviceOver(NOTHING, { runAs: "ada" });
    await service.fsDelete({ path: "a" });
    await service.fsList({ path: "" });
    await service.gitStatus({ path: "/r/" });
    await service.terminalExec({ command: "x", cwd: "d", timeoutMs: 5 });
    await service.ptyOpen({ cwd: "" }, "p");
    const cmd = expect.any(String);
    expect(calls).toStrictEqual([
      { cmd, runAs: "ada" },
      { cmd, workdir: undefined, runAs: "ada" },
      { cmd, workdir: undefined, runAs: "ada" },
      { cmd, workdir: "r", runAs: "ada" },
      { cmd: "x", workdir: "d", yieldTimeMs: 5, runAs: "ada" },
      {
        cmd: "/bin/bash",
        workdir: undefined,
        tty: true,
        login: true,
        yieldTimeMs: 250,
        runAs: "ada",
      },
    ]);
    const rooted = serviceOver(NOTHING, { workspaceRoot: "/w" });
    await rooted.service.fsDelete({ path: "a/" });
    await rooted.service.fsList({ path: "b" });
    await rooted.service.gitLog({ path: "/r/" });
    await rooted.service.terminalExec({ command: "x" });
    expect(rooted.calls.map((call) => call.workdir)).toEqual([undefined, "/w", "/w", "/w/r", "/w"]);
    expect(rooted.commands()[0]).toContain("rm -f '/w/a'");
  });
});

describe.for(BOX_KINDS)("over $kind, frames: $frames,", (as) => {
  describe("fsList", () => {
    const lines = (/** @type {string[]} */ ...entries) =>
      entries.map((line) => `${line}\0`).join("");

    it("runs find, and again in another way where it prints nothing", async () => {
      const { service, commands } = serviceOver(NOTHING, as);
      expect(await service.fsList({ path: "" })).toEqual({
        root: {
          name: "",
          path: "",
          type: "dir",
          sizeBytes: null,
          mtimeMs: null,
          mode: null,
          children: [],
          truncated: false,
        },
        revision: 0,
        truncated: false,
      });
      const [first, second] = commands();
      expect(first).toMatch(/^bash -lc '/);
      expect(first).toContain(
        "find . -mindepth 1 -maxdepth 1 -printf '\\''%y\\t%s\\t%T@\\t%m\\t%p\\0'\\'' 2>/dev/null",
      );
      expect(second).toContain(
        "find . -mindepth 1 -maxdepth 1 -print0 2>/dev/null | while IFS= read -r -d '\\'''\\'' p; do",
      );
      expect(commands()).toHaveLength(2);
    });

    it.for([
      [{ path: "/src/", depth: 0 }, "find '\\''src'\\'' -mindepth 1 -maxdepth 1 -printf"],
      [{ path: "..", depth: 3 }, "find '\\''..'\\'' -mindepth 1 -maxdepth 3 -printf"],
      [{ path: "/etc" }, "find '\\''etc'\\'' -mindepth"],
      [{ path: "-x" }, "find '\\''./-x'\\'' -mindepth"],
      [{ path: "", includeHidden: false }, "-maxdepth 1 -not -path '\\''*/.*'\\'' -printf"],
    ])("of %j runs %s", async ([request, part]) => {
      const { service, commands } = serviceOver(NOTHING, as);
      await service.fsList(/** @type {any} */ (request));
      expect(commands()[0]).toContain(part);
    });

    it("makes a tree of it", async () => {
      const stdout = lines(
        "broken",
        "d\t4096\t1700000000.1234567890\t755\t./z",
        "f\t12\t1700000000.5\t644\t./z/a\tb",
        "f\tx\tx\tx\t./é",
        "l\t3\t1\t777\t./B",
        "p\t0\t1\t600\t./b",
        "f\t1\t1\t644\t./a",
        "f\t1\t1\t644\t./A",
        "f\t1\t1\t644\t./10",
        "f\t1\t1\t644\t./9",
        "f\t1\t1\t644\t./.l",
        "f\t1\t1\t644\t./_x",
      );
      const { service, commands } = serviceOver(() => ({ stdout }), as);
      const { root, truncated } = await service.fsList({ path: "" });
      expect(truncated).toBe(false);
      expect(root.children?.map(({ name }) => name)).toEqual([
        "z",
        "_x",
        ".l",
        "10",
        "9",
        "a",
        "A",
        "b",
        "B",
        "é",
      ]);
      expect(root.children?.[0]).toEqual({
        name: "z",
        path: "z",
        type: "dir",
        sizeBytes: null,
        mtimeMs: 1_700_000_000_123,
        mode: 0o755,
        children: [
          {
            name: "a\tb",
            path: "z/a\tb",
            type: "file",
            sizeBytes: 12,
            mtimeMs: 1_700_000_000_500,
            mode: 0o644,
            truncated: false,
          },
        ],
        truncated: false,
      });
      expect(commands()).toHaveLength(1);
      const some = await service.fsList({ path: "", maxEntries: 11 });
      expect(some.truncated).toBe(false);
      expect((await service.fsList({ path: "", maxEntries: 10 })).truncated).toBe(true);
    });
  });

  describe("fsRead", () => {
    const encoded = (/** @type {string} */ text) => Buffer.from(text).toString("base64");

    it("reads by a command", async () => {
      const { service, calls } = serviceOver(() => ({ stdout: `${encoded("hello")}\n` }), as);
      expect(await service.fsRead({ path: "a/f/" })).toEqual({
        path: "a/f",
        encoding: "utf8",
        content: "hello",
        sizeBytes: 5,
        truncated: false,
        isBinary: false,
        revision: 0,
      });
      expect(Object.keys(calls[0])).toEqual(["cmd"]);
      expect(calls[0].cmd).toContain("base64 'a/f' 2>/dev/null | head -c 7340032");
    });

    it.for([
      [1, 2],
      [2, 3],
      [3, 5],
      [5, 7],
      [10, 14],
      [45, 63],
    ])("asks for %i bytes as %i characters", async ([maxBytes, characters]) => {
      const { service, commands } = serviceOver(NOTHING, as);
      await service.fsRead({ path: "f", maxBytes });
      expect(commands()[0]).toContain(`| head -c ${characters};`);
    });

    it("does not find what is not there", async () => {
      const { service } = serviceOver(() => ({ exitCode: 1 }), as);
      await expect(service.fsRead({ path: "f" })).rejects.toThrow(
        new ChannelANotFoundError("file not found: f"),
      );
    });

    it("knows what is no text", async () => {
      const { service } = serviceOver(() => ({ stdout: encoded("a\0b") }), as);
      expect(await service.fsRead({ path: "f", encoding: "utf8" })).toMatchObject({
        encoding: "base64",
        content: encoded("a\0b"),
        isBinary: true,
      });
    });
  });

  describe("fsWrite", () => {
    it("writes, counts and tells", async () => {
      const { service, commands, events } = serviceOver(NOTHING, { ...as, revision: 4 });
      expect(await service.fsWrite({ path: "d/it's/", content: "hé" })).toEqual({
        path: "d/it's",
        sizeBytes: 3,
        revision: 5,
      });
      expect(commands()[0]).toContain("mkdir -p 'd'");
      expect(commands()[1]).toContain("printf %s 'aMOp' | base64 -d > 'd/it'\\''s'");
      expect(service.currentRevision()).toBe(5);
      expect(events).toEqual([
        [
          {
            type: "fs.changed",
            payload: {
              changes: [{ path: "d/it's", kind: "modified", isDir: false, sizeBytes: 3 }],
              source: "write",
              revision: 5,
              leaseEpoch: 3,
            },
          },
        ],
      ]);
    });

    it("does not overwrite where it must not", async () => {
      const { service, commands, events } = serviceOver(NOTHING, as);
      await expect(service.fsWrite({ path: "f", content: "", overwrite: false })).rejects.toThrow(
        new ChannelAConflictError("path exists and overwrite is false: f"),
      );
      expect(commands()).toHaveLength(1);
      expect(commands()[0]).toContain("test -e 'f'");
      expect([events, service.currentRevision()]).toEqual([[], 0]);
      const late = serviceOver((cmd) => ({ exitCode: cmd.includes("base64") ? 17 : 1 }), as);
      await expect(
        late.service.fsWrite({ path: "f", content: "", overwrite: false }),
      ).rejects.toThrow(ChannelAConflictError);
    });

    it("says why it fails", async () => {
      const { service, events } = serviceOver(() => ({ exitCode: 2 }), as);
      await expect(service.fsWrite({ path: "f", content: "x" })).rejects.toThrow(
        new ChannelAValidationError("failed to write f: exit 2"),
      );
      expect([events, service.currentRevision()]).toEqual([[], 0]);
    });

    it("falls back on the editor, for text", async () => {
      /** @type {any[]} */
      const created = [];
      const createEditor = (/** @type {any} */ ...args) => ({
        createFile: async (/** @type {any} */ operation) => void created.push([args, operation]),
      });
      const { service, events } = serviceOver(() => ({ exitCode: 1, stderr: "sh: no\n" }), {
        ...as,
        runAs: "ada",
        members: { createEditor },
      });
      await service.fsWrite({ path: "d/f", content: "a\nb\n" });
      expect(created).toEqual([[["ada"], { type: "create_file", path: "d/f", diff: "+a\n+b\n+" }]]);
      expect(events).toHaveLength(1);
      await expect(
        service.fsWrite({ path: "f", content: "YQ==", encoding: "base64" }),
      ).rejects.toThrow(ChannelAValidationError);
      expect(created).toHaveLength(1);
    });

    it.for([undefined, () => ({}), () => ({ createFile: () => Promise.reject(new Error()) })])(
      "fails where the editor cannot (%#)",
      async (createEditor) => {
        const { service } = serviceOver(() => ({ exitCode: 1 }), {
          ...as,
          members: { createEditor },
        });
        await expect(service.fsWrite({ path: "f", content: "x" })).rejects.toThrow(
          "failed to write f: exit 1",
        );
      },
    );
  });

  it("deletes, moves and makes directories", async () => {
    const { service, commands, events } = serviceOver(
      (cmd) => ({ exitCode: cmd.includes("test -e") ? 1 : 0 }),
      as,
    );
    expect(await service.fsDelete({ path: "a" })).toEqual({ revision: 1 });
    expect(await service.fsDelete({ path: "-rf", recursive: true })).toEqual({ revision: 2 });
    expect(await service.fsMove({ path: "a", newPath: "d/b" })).toEqual({
      path: "a",
      newPath: "d/b",
      revision: 3,
    });
    expect(
      await service.fsMove({ path: "a", newPath: "b", overwrite: true, createParents: false }),
    ).toMatchObject({ revision: 4 });
    expect(await service.fsMkdir({ path: "d/" })).toEqual({ path: "d", revision: 5 });
    expect(await service.fsMkdir({ path: "d", recursive: false })).toEqual({
      path: "d",
      revision: 6,
    });
    const parts = [
      "rm -f 'a'",
      "rm -rf './-rf'",
      "test -e 'd/b'",
      "mkdir -p 'd'",
      "mv 'a' 'd/b'",
      "mv -f 'a' 'b'",
      "mkdir -p 'd'",
      "mkdir 'd'",
    ];
    expect(commands()).toEqual(parts.map((part) => expect.stringContaining(part)));
    expect(events.map(([event]) => event.payload.changes)).toMatchObject([
      [{ path: "a", kind: "deleted", isDir: false, sizeBytes: null }],
      [{ path: "-rf", kind: "deleted" }],
      [
        { path: "a", kind: "deleted", isDir: false, sizeBytes: null },
        { path: "d/b", kind: "created", isDir: false, sizeBytes: null },
      ],
      [{ path: "a" }, { path: "b" }],
      [{ path: "d", kind: "created", isDir: true, sizeBytes: null }],
      [{ path: "d", kind: "created" }],
    ]);
  });

  it("says why a change fails", async () => {
    const isOwn = as.kind === "exec" || as.frames;
    const { service } = serviceOver(() => ({ exitCode: 1, stderr: "no way" }), as);
    const words = isOwn ? "no way" : "exit 1";
    await expect(service.fsDelete({ path: "a" })).rejects.toThrow(
      new ChannelAValidationError(`failed to delete a: ${words}`),
    );
    await expect(service.fsMove({ path: "a", newPath: "b", overwrite: true })).rejects.toThrow(
      new ChannelAValidationError(`failed to move a -> b: ${words}`),
    );
    await expect(service.fsMkdir({ path: "a" })).rejects.toThrow(
      new ChannelAValidationError(`failed to mkdir a: ${words}`),
    );
    expect(service.currentRevision()).toBe(0);
  });

  it("reads the state of a repository", async () => {
    const { service, commands, events } = serviceOver(
      (cmd) => ({
        stdout: cmd.includes("rev-parse")
          ? "true\n"
          : "# branch.head main\0# branch.ab +1 -2\0? a b\0",
      }),
      as,
    );
    const status = {
      isRepo: true,
      head: "main",
      detached: false,
      upstream: null,
      ahead: 1,
      behind: 2,
      files: [
        { path: "a b", oldPath: null, index: null, worktree: "untracked", isConflicted: false },
      ],
      revision: 0,
    };
    expect(await service.gitStatus({ path: "" })).toEqual(status);
    expect(commands()).toEqual([
      expect.stringContaining("git rev-parse --is-inside-work-tree 2>/dev/null"),
      expect.stringContaining("git status --porcelain=v2 --branch -z"),
    ]);
    await service.emitGitChanged("", "stage");
    const { head, ahead, behind } = status;
    expect(events).toEqual([
      [
        {
          type: "git.changed",
          payload: {
            head,
            dirty: true,
            ahead,
            behind,
            changedFileCount: 1,
            reason: "stage",
            revision: 0,
            leaseEpoch: 3,
          },
        },
      ],
    ]);
  });

  it("tells where there is no repository", async () => {
    const { service, events } = serviceOver(() => ({ exitCode: 128 }), as);
    expect(await service.gitStatus({ path: "x" })).toEqual({
      isRepo: false,
      head: null,
      detached: false,
      upstream: null,
      ahead: 0,
      behind: 0,
      files: [],
      revision: 0,
    });
    await service.emitGitChanged("x", "unknown");
    expect(events[0][0].payload).toMatchObject({ head: null, dirty: false, changedFileCount: 0 });
  });

  it.for([
    [{}, "", ""],
    [{ staged: true }, " --cached", "--cached"],
    [{ fromRef: "HEAD~1", toRef: "HEAD" }, " 'HEAD~1' 'HEAD'", "'HEAD~1' 'HEAD'"],
    [{ fromRef: "a", staged: true }, " 'a'", "'a'"],
    [{ toRef: "a" }, "", ""],
    [{ fromRef: "", toRef: "" }, "", ""],
  ])("compares %j", async ([request, summary, range]) => {
    const patch = "diff --git a/a b b/a b\n@@ -1 +1,2 @@ f()\n x\n+y\n";
    const { service, commands } = serviceOver(
      (cmd) => ({ stdout: cmd.includes("--numstat") ? "1\t0\ta b\0-\t-\ti.SVG\0" : patch }),
      as,
    );
    const pathspec = ["x y", "z"];
    const { files } = await service.gitDiff({
      .../** @type {any} */ (request),
      pathspec,
      contextLines: 0,
    });
    const git = "git -c core.quotePath=false diff --no-color";
    expect(commands()[0]).toContain(`${git} -z --numstat${summary || " "} -- 'x y' 'z'`);
    expect(commands()[2]).toContain(`${git} -U0 ${range} -- 'a b'`);
    expect(files).toEqual([
      {
        path: "a b",
        oldPath: null,
        status: "modified",
        isBinary: false,
        isImage: false,
        additions: 1,
        deletions: 0,
        hunks: [
          {
            oldStart: 1,
            oldLines: 1,
            newStart: 1,
            newLines: 2,
            header: "f()",
            lines: [
              { type: "context", oldNo: 1, newNo: 1, text: "x" },
              { type: "add", oldNo: null, newNo: 2, text: "y" },
            ],
          },
        ],
        truncated: false,
      },
      {
        path: "i.SVG",
        oldPath: null,
        status: "modified",
        isBinary: true,
        isImage: true,
        additions: 0,
        deletions: 0,
        hunks: [],
        truncated: false,
      },
    ]);
  });

  it("leaves hunks out that are too many", async () => {
    const patch = "@@ -1 +1 @@\n-é\n+y\n";
    const { service } = serviceOver(
      (cmd) => ({ stdout: cmd.includes("--numstat") ? "1\t1\tf\0" : patch }),
      as,
    );
    const bytes = Buffer.byteLength(patch);
    const whole = await service.gitDiff({ maxBytesPerFile: bytes });
    expect(whole.files).toMatchObject([{ truncated: false, hunks: [{}] }]);
    const cut = await service.gitDiff({ maxBytesPerFile: bytes - 1 });
    expect(cut.files).toMatchObject([{ truncated: true, hunks: [], status: "modified" }]);
  });

  const COMMIT = "s\x1fsh\x1fp q\x1fA\x1fa@x\x1f1\x1fC\x1fc@x\x1fx\x1fsub\x1fbody\n\x1fmore\n\x1e";

  it("reads the log", async () => {
    const { service, commands } = serviceOver(() => ({ stdout: `${COMMIT}\n${COMMIT}\n` }), as);
    const commit = {
      sha: "s",
      shortSha: "sh",
      parents: ["p", "q"],
      author: { name: "A", email: "a@x", timestamp: 1 },
      committer: { name: "C", email: "c@x", timestamp: 0 },
      subject: "sub",
      body: "body\n\x1fmore\n",
      refs: [],
    };
    expect(await service.gitLog({ maxCount: 1, skip: 2, pathspec: ["a"] })).toEqual({
      commits: [commit],
      hasMore: true,
    });
    expect(commands()[0]).toContain(
      "git log --format='%H\x1f%h\x1f%P\x1f%an\x1f%ae\x1f%at\x1f%cn\x1f%ce\x1f%ct\x1f%s\x1f%b\x1e' " +
        "-n2 --skip=2 'HEAD' -- 'a'",
    );
    const failing = serviceOver(() => ({ stdout: COMMIT, exitCode: 128 }), as);
    expect(await failing.service.gitLog({})).toEqual({ commits: [], hasMore: false });
  });

  it("shows commits", async () => {
    const { service, commands } = serviceOver(
      (cmd) => ({ stdout: cmd.includes("git log") ? COMMIT : "" }),
      as,
    );
    expect(await service.gitShow({ ref: "v1" })).toMatchObject({
      commit: { sha: "s" },
      files: [],
      blob: null,
      revision: 0,
    });
    expect(commands()).toEqual([
      expect.stringContaining("-n2 --skip=0 'v1'"),
      expect.stringContaining("--numstat 'v1^' 'v1'"),
    ]);
  });

  it("shows files", async () => {
    const { service, commands } = serviceOver(() => ({ stdout: "aGVsbG8=\n" }), as);
    const request = { ref: "v1", filePath: "a b", maxBytesPerFile: 4 };
    expect(await service.gitShow(request)).toEqual({
      commit: null,
      files: [],
      blob: { content: "hell", encoding: "utf8", sizeBytes: 4, truncated: true },
      revision: 0,
    });
    expect(commands()[0]).toContain("git cat-file blob 'v1:a b' 2>/dev/null | base64");
    expect((await service.gitShow({ ...request, maxBytesPerFile: 5 })).blob?.truncated).toBe(false);
    const missing = serviceOver(() => ({ exitCode: 128 }), as);
    await expect(missing.service.gitShow(request)).rejects.toThrow(
      new ChannelANotFoundError("blob not found: v1:a b"),
    );
  });

  it("finds repositories", async () => {
    const { service, commands } = serviceOver(() => ({ stdout: "./.git\n./a/b/.git\n" }), as);
    expect(await service.detectRepos()).toEqual(["", "a/b"]);
    expect(commands()[0]).toContain("find . -maxdepth 3 -name .git -type d 2>/dev/null");
  });

  it("runs a command of the caller's as it is", async () => {
    const { service, calls, events } = serviceOver(
      () => ({ stdout: "out", stderr: "err", exitCode: 3 }),
      as,
    );
    const isTold = as.kind === "exec";
    expect(await service.terminalExec({ command: "make 'x'", timeoutMs: 7 })).toEqual({
      stdout: "out",
      stderr: isTold ? "err" : "",
      exitCode: 3,
      running: false,
      wallTimeSeconds: isTold ? 0.5 : 0,
    });
    expect(calls).toStrictEqual([{ cmd: "make 'x'", workdir: undefined, yieldTimeMs: 7 }]);
    const [[first, second]] = events;
    const { commandId } = first.payload;
    expect(commandId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const type = "sandbox.command.output.delta";
    expect(first).toEqual({ type, payload: { stream: "stdout", chunk: "out", commandId, seq: 0 } });
    expect(second).toEqual(
      isTold ? { type, payload: { stream: "stderr", chunk: "err", commandId, seq: 1 } } : undefined,
    );
    await service.terminalExec({ command: "x", emitStream: false });
    expect(events).toHaveLength(1);
  });

  it("tells that a command goes on", async () => {
    const { service, events } = serviceOver(() => ({ exitCode: null, sessionId: 0 }), as);
    expect(await service.terminalExec({ command: "x" })).toMatchObject({
      exitCode: null,
      running: true,
    });
    expect(events).toEqual([]);
  });
});

describe("fsRead by the session's own means", () => {
  /**
   * @param {any} readFile
   * @param {object} [options]
   */
  const over = (readFile, options = {}) =>
    serviceOver(() => ({ stdout: "aGVsbG8=" }), { members: { readFile }, ...options });

  it("asks for the file, and tells what came", async () => {
    /** @type {any[]} */
    const asked = [];
    const readFile = async (/** @type {any} */ args) => {
      asked.push(args);
      return new Uint8Array([104, 0xff, 105]);
    };
    const { service, calls } = over(readFile, { workspaceRoot: "/w", runAs: "ada" });
    expect(await service.fsRead({ path: "f", maxBytes: 3 })).toMatchObject({
      path: "f",
      encoding: "utf8",
      content: "h\ufffdi",
      sizeBytes: 3,
      truncated: true,
      isBinary: false,
    });
    expect(asked).toStrictEqual([{ path: "/w/f", maxBytes: 3, runAs: "ada" }]);
    expect(calls).toEqual([]);
  });

  it.for([
    ["héllo", 5, { content: "héllo", sizeBytes: 6, truncated: true }],
    ["", 5, { content: "", sizeBytes: 0, truncated: false }],
    [Buffer.alloc(20, 97), 5, { sizeBytes: 20, truncated: true }],
    [Buffer.concat([Buffer.alloc(8192, 97), Buffer.alloc(1)]), 1e6, { isBinary: false }],
    [
      Buffer.concat([Buffer.alloc(8191, 97), Buffer.alloc(1)]),
      1e6,
      { isBinary: true, encoding: "base64" },
    ],
  ])("%# takes what comes", async ([content, maxBytes, expected]) => {
    const { service } = over(async () => content);
    expect(await service.fsRead({ path: "f", maxBytes: Number(maxBytes) })).toMatchObject(
      /** @type {any} */ (expected),
    );
  });

  it.for([
    [new Error("ENOENT"), "file not found: f (ENOENT)"],
    ["text", "file not found: f (text)"],
    [
      new Error('Sandbox path "x" escapes the workspace root.'),
      'file not found: f (Sandbox path "x" escapes the workspace root.)',
    ],
  ])("does not find what it throws at: %s", async ([error, message]) => {
    const { service } = over(() => Promise.reject(error));
    await expect(service.fsRead({ path: "f" })).rejects.toThrow(
      new ChannelANotFoundError(/** @type {string} */ (message)),
    );
  });

  it("reads by a command what leads out of the workspace", async () => {
    const { service, calls } = over(() =>
      Promise.reject(new Error("failed remote validation: workspace escape: /tmp/p")),
    );
    expect((await service.fsRead({ path: "f" })).content).toBe("hello");
    expect(calls).toHaveLength(1);
  });
});

describe("a refused request", () => {
  it.for([
    ["", "path is required"],
    ["//", "path is required"],
    [undefined, "path is required"],
    ["/a", "absolute paths are not allowed: /a"],
    ["a/../b", "path traversal is not allowed: a/../b"],
    ["a\0b", "NUL characters are not allowed: a\\u{0}b"],
  ])("of the path %j runs nothing", async ([path, message]) => {
    const { service, calls } = serviceOver(NOTHING);
    const error = new ChannelAValidationError(/** @type {string} */ (message));
    const at = /** @type {any} */ (path);
    for (const operation of [
      () => service.fsRead({ path: at }),
      () => service.fsWrite({ path: at, content: "" }),
      () => service.fsDelete({ path: at }),
      () => service.fsMove({ path: at, newPath: "b" }),
      () => service.fsMove({ path: "b", newPath: at }),
      () => service.fsMkdir({ path: at }),
    ]) {
      await expect(operation()).rejects.toThrow(error);
    }
    expect(calls).toEqual([]);
  });

  it("of options makes no service", () => {
    const { session } = scripted(NOTHING);
    const made = (/** @type {any} */ options) => () =>
      new SandboxChannelAService({ session, ...options });
    expect(made({ workspaceRoot: 1 })).toThrow("workspaceRoot must be a string");
    expect(made({ leaseEpoch: "1" })).toThrow("leaseEpoch must be a finite number");
    expect(made({ revision: NaN })).toThrow("revision must be a finite number");
    expect(
      made({ workspaceRoot: null, leaseEpoch: null, revision: null })().currentRevision(),
    ).toBe(0);
  });

  it("names its field", async () => {
    const { service, calls } = serviceOver(NOTHING);
    const any = (/** @type {object} */ request) => /** @type {any} */ (request);
    for (const [operation, message] of /** @type {[() => Promise<unknown>, string][]} */ ([
      [() => service.fsList(any({ path: 1 })), "path must be a string"],
      [() => service.fsList({ path: "", depth: NaN }), "depth must be a whole number"],
      [() => service.fsList({ path: "", depth: 1.5 }), "depth must be a whole number"],
      [() => service.fsRead(any({ path: "f", encoding: "hex" })), "encoding must be "],
      [() => service.fsRead({ path: "f", maxBytes: -1 }), "maxBytes must be a whole number"],
      [() => service.fsWrite(any({ path: "f", content: 1 })), "content must be a string"],
      [() => service.gitDiff(any({ pathspec: "x" })), "pathspec must be an array of strings"],
      [() => service.gitDiff(any({ pathspec: [1] })), "pathspec must be an array of strings"],
      [() => service.gitLog({ ref: "-x" }), "ref must not begin with a dash: -x"],
      [() => service.gitDiff({ fromRef: "--output=f" }), "fromRef must not begin with a dash"],
      [() => service.terminalExec(any({})), "command must be a string"],
      [() => service.ptyResize({ ptyId: "", cols: 0, rows: 1 }, 1), "cols must be "],
      [
        () => service.ptyWrite({ ptyId: "", data: "" }, /** @type {any} */ ("1"), ""),
        "execSessionId must be a number",
      ],
    ])) {
      await expect(operation()).rejects.toThrow(message);
    }
    expect(calls).toEqual([]);
  });
});

describe("an emitter", () => {
  it("fails nothing", async () => {
    for (const emit of [
      () => Promise.reject(new Error("no")),
      () => {
        throw new Error("no");
      },
      undefined,
    ]) {
      const { service } = serviceOver(() => ({ stdout: "x" }), { frames: false, emit });
      expect(await service.fsMkdir({ path: "d" })).toEqual({ path: "d", revision: 1 });
      expect(await service.terminalExec({ command: "x" })).toMatchObject({ stdout: "x" });
      await service.emitGitChanged("", "fetch");
    }
  });

  it("sees the revision that the response has", async () => {
    /** @type {SandboxChannelAService} */
    let service;
    /** @type {number[]} */
    const seen = [];
    const emit = async () => void seen.push(service.currentRevision());
    ({ service } = serviceOver(NOTHING, { emit, revision: 9 }));
    const { revision } = await service.fsMkdir({ path: "d" });
    expect([seen, revision]).toEqual([[10], 10]);
  });
});

describe("a result of exec", () => {
  it.for([
    [
      { stdout: "", output: "x" },
      { stdout: "", stderr: "" },
    ],
    [{ output: "x" }, { stdout: "x" }],
    [{}, { stdout: "", stderr: "", exitCode: null, running: false, wallTimeSeconds: 0 }],
    [{ exitCode: null, sessionId: 0 }, { running: true }],
    [{ exitCode: null, sessionId: "1" }, { running: false }],
    [
      { exitCode: 0, sessionId: 1 },
      { running: false, exitCode: 0 },
    ],
  ])("%j is %j", async ([result, expected]) => {
    const session = { exec: async () => result };
    const service = new SandboxChannelAService({ session: /** @type {any} */ (session) });
    expect(await service.terminalExec({ command: "x" })).toMatchObject(
      /** @type {any} */ (expected),
    );
  });
});

describe("a terminal", () => {
  const PTY = "00000000-0000-4000-8000-000000000000";

  /** @param {any} [members] */
  function over(members = {}) {
    /** @type {any[]} */
    const written = [];
    const session = {
      exec: async () => ({ stdout: "$ ", sessionId: 0 }),
      supportsPty: () => true,
      async writeStdin(/** @type {any} */ args) {
        if (this !== session) throw new Error("called on something else");
        written.push(args);
        return banner("out", { sessionId: 0 });
      },
      ...members,
    };
    const service = new SandboxChannelAService({ session: /** @type {any} */ (session) });
    return { service, written };
  }

  it("is opened in a shell", async () => {
    const { service } = over();
    expect(await service.ptyOpen({ shell: "/bin/zsh" }, PTY)).toEqual({
      response: { ptyId: PTY, streamVia: "sse-events", supportsInput: true },
      execSessionId: 0,
      shell: "/bin/zsh",
      initialOutput: "$ ",
    });
    const plain = over({ supportsPty: undefined });
    expect(await plain.service.ptyOpen({}, PTY)).toMatchObject({
      response: { supportsInput: false },
      shell: "/bin/bash",
    });
    const named = over({
      exec: undefined,
      execCommand: async () => banner("$ ", { sessionId: 12 }),
    });
    expect(await named.service.ptyOpen({}, PTY)).toMatchObject({
      execSessionId: 12,
      initialOutput: "$ ",
    });
  });

  it("is written to, resized and closed", async () => {
    const { service, written } = over();
    expect(await service.ptyWrite({ ptyId: PTY, data: "no" }, 0, "ls\n")).toBe("out");
    await service.ptyResize({ ptyId: PTY, cols: 90, rows: 20 }, 0);
    await service.ptyClose({ ptyId: PTY }, 0);
    await service.ptyClose({ ptyId: PTY }, null);
    expect(written).toStrictEqual([
      { sessionId: 0, chars: "ls\n", yieldTimeMs: 250 },
      { sessionId: 0, chars: "stty cols 90 rows 20\n", yieldTimeMs: 50 },
      { sessionId: 0, chars: "\u0004", yieldTimeMs: 50 },
    ]);
  });

  it("cannot be had without input", async () => {
    const { service } = over({ writeStdin: undefined });
    await expect(service.ptyWrite({ ptyId: PTY, data: "" }, 0, "x")).rejects.toThrow(
      new ChannelAUnsupportedError("interactive terminal unsupported on this backend"),
    );
    await service.ptyResize({ ptyId: PTY, cols: 1, rows: 1 }, 0);
    await service.ptyClose({ ptyId: PTY }, 0);
  });

  it.for([
    ["write_stdin failed: session not found: 1", true],
    [banner("write_stdin failed: session not found: 1", { exitCode: 1 }), true],
    [banner("$ grep: session not found\n", { sessionId: 1 }), false],
    ["plain output", false],
  ])("that answers %j is lost: %s", async ([answer, isLost]) => {
    const { service } = over({ writeStdin: async () => answer });
    const writing = service.ptyWrite({ ptyId: PTY, data: "" }, 1, "x");
    if (isLost) {
      await expect(writing).rejects.toThrow(
        new ChannelAConflictError("pty session lost on the live box; reopen the terminal"),
      );
    } else {
      expect(await writing).not.toContain("Chunk ID");
    }
  });
});
