// The service over a real session on this machine, with real repositories, files and terminals: where the
// session tells its results, where it answers with a banner alone, and through a routing session over the latter.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { Manifest } from "@openai/agents/sandbox";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ChannelAConflictError,
  ChannelANotFoundError,
  ChannelAValidationError,
  RoutingSandboxSession,
  SandboxChannelAService,
} from "../../index.js";
import { missing } from "../support/tools.js";

/** @typedef {import("@openai/agents/sandbox/local").UnixLocalSandboxSession} Session */

/**
 * A session that answers with a banner alone.
 *
 * @param {Session} session
 */
const bannered = (session) => ({
  /** @param {any} args */
  execCommand: (args) => session.execCommand(args),
  /** @param {any} args */
  writeStdin: (args) => session.writeStdin(args),
  supportsPty: () => session.supportsPty(),
});

const SESSIONS = {
  /** @param {Session} session */
  exec: (session) => session,
  execCommand: bannered,
  /** @param {Session} session */
  routing(session) {
    const backend = /** @type {any} */ (bannered(session));
    const resolved = { session: backend, sandboxId: null, kind: "cloud" };
    const routing = new RoutingSandboxSession({
      readPointer: async () => ({ activeSandboxId: null, activeEpoch: 1 }),
      resolveActiveBackend: async () => resolved,
      defaultResolved: resolved,
    });
    // It has `readFile` as well, with which the service would read by no command.
    return {
      /** @param {any} args */
      exec: (args) => routing.exec(args),
      /** @param {any} args */
      writeStdin: (args) => routing.writeStdin(args),
      supportsPty: () => routing.supportsPty(),
    };
  },
};

const isLacking = missing("git", "bash", "base64", "find");

describe.skipIf(isLacking).for(/** @type {const} */ (["exec", "execCommand", "routing"]))(
  "the service over %s",
  { timeout: 120_000 },
  (kind) => {
    const method = kind === "execCommand" ? "execCommand" : "exec";
    /** @type {Session} */
    let session;
    /** @type {string} */
    let folder;
    /** @type {SandboxChannelAService} */
    let service;
    /** @type {any[]} */
    let events = [];
    /** How many commands the session has run. */
    let commands = 0;

    beforeAll(async () => {
      session = await new UnixLocalSandboxClient().create(new Manifest());
      folder = session.state.workspaceRootPath;
      const wrapped = SESSIONS[kind](session);
      const counted = new Proxy(wrapped, {
        get(target, key) {
          const value = Reflect.get(target, key, target);
          if (typeof value !== "function") return value;
          return (/** @type {any[]} */ ...args) => {
            if (key === "exec" || key === "execCommand") commands++;
            return Reflect.apply(value, target, args);
          };
        },
      });
      service = new SandboxChannelAService({
        session: /** @type {any} */ (counted),
        leaseEpoch: 7,
        emit: async (emitted) => void events.push(...emitted),
      });
    });
    afterAll(async () => {
      await session.close();
      await rm(folder, { recursive: true, force: true });
    });

    /** @param {string} name */
    const at = (name) => path.join(folder, name);

    /**
     * @param {string} directory
     * @param {...string} args
     */
    function git(directory, ...args) {
      return execFileSync("git", ["-c", "commit.gpgsign=false", ...args], {
        cwd: at(directory),
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    }

    /** @param {string} directory */
    function repository(directory) {
      mkdirSync(at(directory), { recursive: true });
      git(directory, "init", "-q", "-b", "main");
      git(directory, "config", "user.name", "Ada");
      git(directory, "config", "user.email", "ada@example.test");
    }

    /**
     * @param {string} directory
     * @param {string} subject
     */
    function commit(directory, subject) {
      git(directory, "add", "-A");
      execFileSync("git", ["commit", "-q", "--allow-empty", "--no-gpg-sign", "-F", "-"], {
        cwd: at(directory),
        input: subject,
      });
    }

    /** What was left in temporary folders of the box. */
    const leftovers = () => readdirSync("/tmp").filter((name) => /^og-[0-9a-f]{16}$/.test(name));

    describe("files", () => {
      it("are written and read back", async () => {
        const before = service.currentRevision();
        events = [];
        const written = await service.fsWrite({ path: "a/b/f.txt", content: "héllo\n" });
        expect(written).toEqual({ path: "a/b/f.txt", sizeBytes: 7, revision: before + 1 });
        expect(readFileSync(at("a/b/f.txt"), "utf8")).toBe("héllo\n");
        expect(events).toEqual([
          {
            type: "fs.changed",
            payload: {
              changes: [{ path: "a/b/f.txt", kind: "modified", isDir: false, sizeBytes: 7 }],
              source: "write",
              revision: before + 1,
              leaseEpoch: 7,
            },
          },
        ]);
        expect(await service.fsRead({ path: "a/b/f.txt" })).toEqual({
          path: "a/b/f.txt",
          encoding: "utf8",
          content: "héllo\n",
          sizeBytes: 7,
          truncated: false,
          isBinary: false,
          revision: before + 1,
        });
      });

      it("of strange names are written, read, moved and deleted", async () => {
        // The session reads no file of a name with a backslash; commands do.
        const names = [
          "-rf",
          "-v",
          "a b",
          "it's",
          '"q"',
          "$(touch x)",
          "`id`",
          "é€😀",
          "!x",
          "(",
          "*",
          ...(kind === "exec" ? [] : ["a\\b"]),
        ];
        for (const name of names) {
          await service.fsWrite({ path: name, content: name });
          expect(readFileSync(at(name), "utf8"), name).toBe(name);
          expect((await service.fsRead({ path: name })).content, name).toBe(name);
          await service.fsMove({ path: name, newPath: `moved/${name}` });
          expect(existsSync(at(name)), name).toBe(false);
          await service.fsMkdir({ path: `${name}.d/${name}` });
          expect((await service.fsList({ path: `${name}.d` })).root.children, name).toMatchObject([
            { name, path: `${name}.d/${name}`, type: "dir" },
          ]);
          await service.fsDelete({ path: `${name}.d`, recursive: true });
        }
        const { root } = await service.fsList({ path: "moved" });
        const listed = root.children?.map(({ name }) => name) ?? [];
        expect([...listed].sort()).toEqual([...names].sort());
        expect(listed).toEqual([...listed].sort((a, b) => a.localeCompare(b)));
        for (const name of names) await service.fsDelete({ path: `moved/${name}` });
        expect(readdirSync(at("moved"))).toEqual([]);
        expect(existsSync(at("x"))).toBe(false);
      });

      it("of five megabytes are written and read back, in pieces", async () => {
        const bytes = Buffer.alloc(5_000_000);
        for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
        const content = bytes.toString("base64");
        writeFileSync(at("big"), "old");
        chmodSync(at("big"), 0o751);
        await service.fsWrite({ path: "big", content, encoding: "base64" });
        expect(readFileSync(at("big")).equals(bytes)).toBe(true);
        expect(statSync(at("big")).mode & 0o777).toBe(0o751);
        expect(readdirSync(folder).filter((name) => name.startsWith(".og-"))).toEqual([]);
        const read = await service.fsRead({ path: "big" });
        expect(read).toMatchObject({ encoding: "base64", isBinary: true, truncated: false });
        expect(read.sizeBytes).toBe(bytes.length);
        expect(read.content === content).toBe(true);
        const part = await service.fsRead({ path: "big", maxBytes: 1_234_567 });
        expect(part).toMatchObject({ sizeBytes: 1_234_567, truncated: true });
        expect(part.content).toBe(bytes.subarray(0, 1_234_567).toString("base64"));
        // New, through a link, and where nothing may be.
        const text = "x".repeat(100_000);
        await service.fsWrite({ path: "new", content: text, overwrite: false });
        symlinkSync("new", at("link"));
        await service.fsWrite({ path: "link", content: `${text}!` });
        expect(readlinkSync(at("link"))).toBe("new");
        expect(readFileSync(at("new"), "utf8")).toBe(`${text}!`);
        await expect(
          service.fsWrite({ path: "new", content: text, overwrite: false }),
        ).rejects.toThrow(new ChannelAConflictError("path exists and overwrite is false: new"));
        await expect(service.fsWrite({ path: "a", content: text })).rejects.toThrow(
          ChannelAValidationError,
        );
        expect(readdirSync(folder).filter((name) => name.startsWith(".og-"))).toEqual([]);
      });

      it("are not overwritten where they must not be, nor are links to nothing", async () => {
        writeFileSync(at("there"), "old");
        symlinkSync("nowhere", at("dangling"));
        const revision = service.currentRevision();
        for (const name of ["there", "dangling"]) {
          await expect(
            service.fsWrite({ path: name, content: "new", overwrite: false }),
          ).rejects.toThrow(
            new ChannelAConflictError(`path exists and overwrite is false: ${name}`),
          );
          await expect(service.fsMove({ path: "there", newPath: name })).rejects.toThrow(
            `destination exists and overwrite is false: ${name}`,
          );
        }
        expect(service.currentRevision()).toBe(revision);
        expect(readFileSync(at("there"), "utf8")).toBe("old");
        expect(existsSync(at("nowhere"))).toBe(false);
        const attempts = await Promise.allSettled(
          ["a", "b", "c", "d"].map((content) =>
            service.fsWrite({ path: "race", content, overwrite: false }),
          ),
        );
        expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        await service.fsWrite({ path: "race", content: "e" });
        await service.fsMove({ path: "race", newPath: "there", overwrite: true });
        expect(readFileSync(at("there"), "utf8")).toBe("e");
      });

      it("that cannot be changed are told of, and nothing is emitted", async () => {
        events = [];
        const revision = service.currentRevision();
        mkdirSync(at("full/of"), { recursive: true });
        await expect(service.fsDelete({ path: "full" })).rejects.toThrow(
          /^failed to delete full: rm: cannot remove 'full': Is a directory/,
        );
        await expect(service.fsMove({ path: "absent", newPath: "b" })).rejects.toThrow(
          /^failed to move absent -> b: mv: cannot stat 'absent': No such file/,
        );
        await expect(service.fsMkdir({ path: "no/where", recursive: false })).rejects.toThrow(
          /^failed to mkdir no\/where: mkdir: cannot create directory/,
        );
        await expect(
          service.fsWrite({
            path: "no/f",
            content: "eA==",
            encoding: "base64",
            createParents: false,
          }),
        ).rejects.toThrow(/^failed to write no\/f: /);
        await expect(
          service.fsWrite({ path: "f", content: "no base64!", encoding: "base64" }),
        ).rejects.toThrow(new ChannelAValidationError("content is not valid base64: f"));
        await expect(service.fsRead({ path: "absent" })).rejects.toThrow(ChannelANotFoundError);
        await expect(service.fsRead({ path: "full" })).rejects.toThrow(ChannelANotFoundError);
        expect([service.currentRevision(), events, existsSync(at("f"))]).toEqual([
          revision,
          [],
          false,
        ]);
      });

      it("of an empty directory and of one that is not there are none, for two commands each", async () => {
        mkdirSync(at("empty"));
        for (const name of ["empty", "absent"]) {
          commands = 0;
          const { root, truncated } = await service.fsList({ path: name });
          expect([root.children, truncated, commands]).toEqual([[], false, 2]);
        }
      });

      it("in a tree of more than a megabyte are all listed", async () => {
        for (let i = 0; i < 40; i++) {
          const directory = at(`wide/directory-with-a-long-name-${i}`);
          mkdirSync(directory, { recursive: true });
          for (let j = 0; j < 300; j++) {
            writeFileSync(
              path.join(directory, `file-with-a-name-that-is-quite-long-as-well-${j}`),
              "",
            );
          }
        }
        const before = leftovers();
        const { root, truncated } = await service.fsList({
          path: "wide",
          depth: 8,
          maxEntries: 20_000,
        });
        expect(truncated).toBe(false);
        expect(root.children).toHaveLength(40);
        expect(root.children?.map(({ children }) => children?.length)).toEqual(Array(40).fill(300));
        const some = await service.fsList({ path: "wide", depth: 8, maxEntries: 5_000 });
        expect(some.truncated).toBe(true);
        /** @type {(node: import("../../index.js").FsTreeNode) => number} */
        const count = ({ children = [] }) =>
          children.reduce((sum, child) => sum + 1 + count(child), 0);
        expect(count(some.root)).toBe(5_000);
        expect(leftovers()).toEqual(before);
      });
    });

    describe("a file that is there", () => {
      const inFolder = (/** @type {string} */ name) => path.join(folder, name);
      const read = (/** @type {string} */ name) => readFileSync(inFolder(name), "utf8");

      it("stays as it was where a write fails midway", async () => {
        // What a full disk does to a write.
        const limited = (/** @type {any} */ args) => ({
          ...args,
          cmd: `ulimit -f 16; ${args.cmd}`,
        });
        const wrapped = /** @type {any} */ (SESSIONS[kind](session));
        const full = new SandboxChannelAService({
          session: /** @type {any} */ ({
            [method]: (/** @type {any} */ args) => wrapped[method](limited(args)),
          }),
          leaseEpoch: 1,
        });
        mkdirSync(inFolder("cramped"));
        writeFileSync(inFolder("cramped/kept"), "precious");
        for (const length of [50_000, 300_000]) {
          const content = "x".repeat(length);
          await expect(full.fsWrite({ path: "cramped/kept", content })).rejects.toThrow(
            "failed to write cramped/kept",
          );
          expect(read("cramped/kept")).toBe("precious");
          expect(readdirSync(inFolder("cramped"))).toEqual(["kept"]);
        }
      });

      it("keeps its mode, its other names and its device", async () => {
        writeFileSync(inFolder("mode"), "old", { mode: 0o640 });
        writeFileSync(inFolder("one"), "old");
        linkSync(inFolder("one"), inFolder("two"));
        symlinkSync("/dev/null", inFolder("void"));
        for (const content of ["short", "long ".repeat(30_000)]) {
          await service.fsWrite({ path: "mode", content });
          expect([read("mode"), statSync(inFolder("mode")).mode & 0o777]).toEqual([content, 0o640]);
          await service.fsWrite({ path: "one", content });
          expect([read("one"), read("two")]).toEqual([content, content]);
          await service.fsWrite({ path: "void", content });
          expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
        }
      });

      it("is the one that a link leads to, whatever its name ends in", async () => {
        writeFileSync(inFolder("target"), "precious");
        writeFileSync(inFolder("target\n"), "old");
        symlinkSync("target\n", inFolder("leads"));
        for (const content of ["short", "long ".repeat(30_000)]) {
          await service.fsWrite({ path: "leads", content });
          expect([read("target"), read("target\n")]).toEqual(["precious", content]);
          expect(readlinkSync(inFolder("leads"))).toBe("target\n");
        }
      });

      it("is not lost to a move onto its directory", async () => {
        mkdirSync(inFolder("occupied"));
        writeFileSync(inFolder("occupied/mover"), "precious");
        writeFileSync(inFolder("mover"), "new");
        await expect(
          service.fsMove({ path: "mover", newPath: "occupied", overwrite: true }),
        ).rejects.toThrow("Is a directory");
        expect([read("occupied/mover"), read("mover")]).toEqual(["precious", "new"]);
      });
    });

    describe("a repository", () => {
      it("tells its state, log, differences and files", async () => {
        repository("r");
        writeFileSync(at("r/a.txt"), "one\ntwo\n");
        writeFileSync(at("r/pic.png"), Buffer.from([0, 1, 2]));
        commit("r", "first");
        mkdirSync(at("r/sub"));
        writeFileSync(at("r/sub/b [x].txt"), "b\n");
        git("r", "mv", "a.txt", "renamed.txt");
        writeFileSync(at("r/renamed.txt"), "one\ntwo\nthree\n");
        writeFileSync(at("r/new.png"), Buffer.from([0, 2]));
        commit("r", "second");
        writeFileSync(at("r/sub/b [x].txt"), "changed\n");

        expect(await service.gitStatus({ path: "r" })).toMatchObject({
          isRepo: true,
          head: "main",
          files: [{ path: "sub/b [x].txt", index: null, worktree: "modified" }],
        });
        expect(await service.gitStatus({ path: "a" })).toMatchObject({ isRepo: false, files: [] });

        const { commits, hasMore } = await service.gitLog({ path: "r", maxCount: 1 });
        expect([commits.map(({ subject }) => subject), hasMore]).toEqual([["second"], true]);
        expect(await service.gitLog({ path: "r", ref: "nothing" })).toEqual({
          commits: [],
          hasMore: false,
        });

        // From a sub-directory the hunks are there as well.
        for (const directory of ["r", "r/sub"]) {
          const { files } = await service.gitDiff({ path: directory });
          expect(files).toMatchObject([
            {
              path: "sub/b [x].txt",
              status: "modified",
              additions: 1,
              deletions: 1,
              hunks: [
                {
                  lines: [
                    { type: "del", text: "b" },
                    { type: "add", text: "changed" },
                  ],
                },
              ],
            },
          ]);
        }
        const { files } = await service.gitDiff({ path: "r", fromRef: "HEAD^", toRef: "HEAD" });
        expect(files).toMatchObject([
          { path: "new.png", status: "added", isBinary: true, isImage: true },
          {
            path: "renamed.txt",
            oldPath: "a.txt",
            status: "renamed",
            additions: 1,
            hunks: [{ lines: [{}, {}, { type: "add", text: "three" }] }],
          },
          { path: "sub/b [x].txt", status: "added" },
        ]);

        const second = await service.gitShow({ path: "r", ref: "HEAD" });
        expect(second.commit).toMatchObject({ subject: "second", author: { name: "Ada" } });
        expect(second.files).toEqual(files);
        const first = await service.gitShow({ path: "r", ref: "HEAD^" });
        expect(first.files).toMatchObject([
          { path: "a.txt", status: "added", additions: 2 },
          { path: "pic.png", status: "added", isBinary: true },
        ]);
        const blob = { path: "r", ref: "HEAD^", filePath: "a.txt" };
        expect((await service.gitShow(blob)).blob).toEqual({
          content: "one\ntwo\n",
          encoding: "utf8",
          sizeBytes: 8,
          truncated: false,
        });
        await expect(service.gitShow({ ...blob, filePath: "absent" })).rejects.toThrow(
          new ChannelANotFoundError("blob not found: HEAD^:absent"),
        );
        await expect(service.gitLog({ path: "r", ref: "--all" })).rejects.toThrow(
          ChannelAValidationError,
        );
        expect(await service.detectRepos()).toEqual(["r"]);
      });

      it("with a conflict tells of each file once", async () => {
        repository("c");
        writeFileSync(at("c/f"), "a\nb\nc\n");
        commit("c", "base");
        git("c", "checkout", "-q", "-b", "side");
        writeFileSync(at("c/f"), "a\nside\nc\n");
        commit("c", "side");
        git("c", "checkout", "-q", "main");
        writeFileSync(at("c/f"), "a\nmain\nc\n");
        commit("c", "main");
        expect(() => git("c", "merge", "side")).toThrow();
        const { files } = await service.gitDiff({ path: "c" });
        expect(files).toMatchObject([{ path: "f", status: "conflicted", additions: 4 }]);
        expect(files[0]?.hunks[0]?.lines.filter(({ type }) => type === "add")).toHaveLength(4);
      });

      it("has refs that are paths as well", async () => {
        repository("both");
        mkdirSync(at("both/docs"));
        writeFileSync(at("both/docs/x"), "a\n");
        commit("both", "first");
        git("both", "branch", "docs");
        writeFileSync(at("both/docs/x"), "b\n");
        commit("both", "second");
        const { commits } = await service.gitLog({ path: "both", ref: "docs" });
        expect(commits.map(({ subject }) => subject)).toEqual(["first"]);
        for (const toRef of [undefined, "main"]) {
          const request = { path: "both", fromRef: "docs", ...(toRef && { toRef }) };
          expect((await service.gitDiff(request)).files).toMatchObject([
            { path: "docs/x", status: "modified", hunks: [{}] },
          ]);
        }
        const shown = await service.gitShow({ path: "both", ref: "docs" });
        expect(shown).toMatchObject({ commit: { subject: "first" }, files: [{ path: "docs/x" }] });
        // The name of a path alone is no ref.
        expect((await service.gitLog({ path: "both", ref: "docs/x" })).commits).toEqual([]);
      });

      it("that is not there is empty, and one that is damaged fails with git's words", async () => {
        const EMPTY = { commits: [], hasMore: false };
        mkdirSync(at("none"), { recursive: true });
        repository("fresh");
        const unknown = "1".repeat(40);
        for (const directory of ["none", "fresh"]) {
          expect(await service.gitLog({ path: directory })).toEqual(EMPTY);
          expect((await service.gitShow({ path: directory, ref: "HEAD" })).commit).toBeNull();
          expect((await service.gitDiff({ path: directory, staged: true })).files).toEqual([]);
          expect((await service.gitDiff({ path: directory, fromRef: unknown })).files).toEqual([]);
        }
        repository("hurt");
        writeFileSync(at("hurt/f"), "a\n");
        commit("hurt", "first");
        commit("hurt", "second");
        const first = git("hurt", "rev-parse", "HEAD^").trim();
        expect(await service.gitLog({ path: "hurt", ref: unknown })).toEqual(EMPTY);
        await rm(at(`hurt/.git/objects/${first.slice(0, 2)}/${first.slice(2)}`));
        await expect(service.gitLog({ path: "hurt" })).rejects.toThrow(
          /^git failed: .*Could not read [0-9a-f]{40}/s,
        );
        await expect(service.gitShow({ path: "hurt", ref: "HEAD" })).rejects.toThrow(/^git failed/);
        writeFileSync(at("hurt/.git/index"), "no index");
        events = [];
        await expect(service.gitStatus({ path: "hurt" })).rejects.toThrow(/index file/);
        await expect(service.gitDiff({ path: "hurt" })).rejects.toThrow(/index file/);
        await service.emitGitChanged("hurt", "unknown");
        expect(events).toEqual([]);
        writeFileSync(at("hurt/.git/config"), "no configuration");
        await expect(service.gitStatus({ path: "hurt" })).rejects.toThrow(/bad config/);
      });

      it("is read alike whatever its configuration says", async () => {
        repository("odd");
        writeFileSync(at("odd/f.t"), "a\n\nb\nc\n");
        mkdirSync(at("odd/sub"));
        commit("odd", "é");
        writeFileSync(at("odd/f.t"), "a\n\nb\nd\n");
        writeFileSync(at("odd/new"), "");
        writeFileSync(at("odd/.git/info/attributes"), "*.t diff=up\n");
        const looks = async () => [
          await service.gitStatus({ path: "odd" }),
          await service.gitDiff({ path: "odd/sub" }),
          await service.gitLog({ path: "odd" }),
        ];
        const plain = await looks();
        expect(plain).toMatchObject([
          { files: [{ path: "f.t" }, { path: "new" }] },
          { files: [{ hunks: [{ lines: [{}, { type: "context", text: "" }, {}, {}, {}] }] }] },
          { commits: [{ subject: "é" }] },
        ]);
        for (const [key, value] of /** @type {const} */ ([
          ["diff.relative", "true"],
          ["diff.external", "true"],
          ["diff.up.command", "true"],
          ["diff.up.textconv", "tr a-z A-Z <"],
          ["diff.suppressBlankEmpty", "true"],
          ["diff.noprefix", "true"],
          ["color.ui", "always"],
          ["status.showUntrackedFiles", "no"],
          ["i18n.logOutputEncoding", "ISO-8859-1"],
        ])) {
          git("odd", "config", key, value);
          expect([key, ...(await looks())]).toEqual([key, ...plain]);
          git("odd", "config", "--unset", key);
        }
        git("odd", "mv", "f.t", "g.t");
        git("odd", "config", "diff.renames", "false");
        git("odd", "config", "status.renames", "false");
        expect((await service.gitStatus({ path: "odd" })).files[0]?.index).toBe("renamed");
        const { files } = await service.gitDiff({ path: "odd", staged: true });
        expect(files).toMatchObject([{ path: "g.t", oldPath: "f.t", status: "renamed" }]);
      });

      it("tells of files that links and directories have replaced", async () => {
        repository("kinds");
        for (const name of ["link", "folder", 'quo"ted']) {
          writeFileSync(at(`kinds/${name}`), `${name}\n`);
        }
        commit("kinds", "first");
        for (const name of ["link", "folder", 'quo"ted']) await rm(at(`kinds/${name}`));
        symlinkSync("target", at("kinds/link"));
        for (const name of ["folder", 'quo"ted']) {
          mkdirSync(at(`kinds/${name}`));
          writeFileSync(at(`kinds/${name}/f`), "within\n");
        }
        git("kinds", "add", "-A");
        const { files } = await service.gitDiff({ path: "kinds", staged: true });
        const lines = files.map(({ path: name, status, hunks }) => [
          name,
          status,
          ...hunks.flatMap((hunk) => hunk.lines.map(({ type, text }) => `${type} ${text}`)),
        ]);
        expect(lines).toEqual([
          ["folder", "deleted", "del folder"],
          ["folder/f", "added", "add within"],
          ["link", "typechange", "del link", "add target"],
          ['quo"ted', "deleted", 'del quo"ted'],
          ['quo"ted/f', "added", "add within"],
        ]);
      });

      it("has hunks from a directory that a link leads to", async () => {
        repository("deep");
        mkdirSync(at("deep/a/b"), { recursive: true });
        writeFileSync(at("deep/a/b/f"), "a\n");
        commit("deep", "first");
        writeFileSync(at("deep/a/b/f"), "b\n");
        symlinkSync("deep/a/b", at("shortcut"));
        // A session that changes into a directory by the shell.
        const inner = /** @type {any} */ (SESSIONS[kind](session));
        const run = (/** @type {any} */ { workdir, ...args }) =>
          inner[method]({ ...args, cmd: workdir ? `cd '${workdir}' && ${args.cmd}` : args.cmd });
        const linked = new SandboxChannelAService({
          session: /** @type {any} */ ({ [method]: run }),
        });
        expect((await linked.gitDiff({ path: "shortcut" })).files).toMatchObject([
          { path: "a/b/f", status: "modified", hunks: [{ lines: [{}, {}] }] },
        ]);
      });

      it("of more than a megabyte comes whole", async () => {
        repository("big-r");
        const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i} of a file that is long`);
        writeFileSync(at("big-r/long.txt"), "");
        commit("big-r", "empty");
        writeFileSync(at("big-r/long.txt"), lines.join("\n") + "\n");
        for (let i = 0; i < 12_000; i++) {
          writeFileSync(
            at(`big-r/a-file-with-a-rather-long-name-so-that-it-adds-up-to-a-lot-${i}`),
            "",
          );
        }
        const before = leftovers();
        const status = await service.gitStatus({ path: "big-r" });
        expect(status.files).toHaveLength(12_001);
        const { files } = await service.gitDiff({ path: "big-r", maxBytesPerFile: 2_097_152 });
        expect(files).toMatchObject([{ path: "long.txt", additions: 30_000, truncated: false }]);
        expect(files[0]?.hunks[0]?.lines.map(({ text }) => text)).toEqual(lines);
        const cut = await service.gitDiff({ path: "big-r", maxBytesPerFile: 1_000_000 });
        expect(cut.files).toMatchObject([{ additions: 30_000, truncated: true, hunks: [] }]);
        commit("big-r", "x".repeat(1_200_000));
        const { commits } = await service.gitLog({ path: "big-r" });
        expect(commits.map(({ subject }) => subject.length)).toEqual([1_200_000, 5]);
        const blob = {
          path: "big-r",
          ref: "HEAD",
          filePath: "long.txt",
          maxBytesPerFile: 2_000_000,
        };
        expect((await service.gitShow(blob)).blob?.content).toBe(lines.join("\n") + "\n");
        const part = await service.gitShow({ ...blob, maxBytesPerFile: 1_000_000 });
        expect(part.blob).toMatchObject({ sizeBytes: 1_000_000, truncated: true });
        expect(leftovers()).toEqual(before);
      });
    });

    describe("a command", () => {
      it("tells its exit code, output and place", async () => {
        events = [];
        mkdirSync(at("here"), { recursive: true });
        const command = "basename $PWD; echo wrong >&2; exit 3";
        const ran = await service.terminalExec({ command, cwd: "here" });
        expect(ran).toMatchObject({ exitCode: 3, running: false });
        expect(ran.stdout).toContain("here\n");
        expect(ran.stdout + ran.stderr).toContain("wrong\n");
        expect(events.map(({ payload }) => payload.stream)).toEqual(
          kind === "exec" ? ["stdout", "stderr"] : ["stdout"],
        );
        const slow = await service.terminalExec({ command: "sleep 3; echo x", timeoutMs: 50 });
        expect(slow).toMatchObject({ exitCode: null, running: true, stdout: "" });
      });

      it("of the service that outlasts the session's patience is waited for", async () => {
        mkdirSync(at("slow-bin"), { recursive: true });
        // A repository whose configuration makes git wait.
        repository("slow");
        writeFileSync(at("slow/.git/wait"), "#!/bin/sh\nsleep 12\n", { mode: 0o755 });
        git("slow", "config", "core.fsmonitor", ".git/wait");
        writeFileSync(at("slow/f"), "");
        const status = await service.gitStatus({ path: "slow" });
        expect(status.files).toMatchObject([{ path: "f", worktree: "untracked" }]);
      });
    });

    it("a terminal is opened, written to, resized and closed", async () => {
      const { response, execSessionId, initialOutput } = await service.ptyOpen(
        { cwd: "", shell: "/bin/sh" },
        "00000000-0000-4000-8000-000000000000",
      );
      expect(response).toEqual({
        ptyId: "00000000-0000-4000-8000-000000000000",
        streamVia: "sse-events",
        supportsInput: true,
      });
      const id = /** @type {number} */ (execSessionId);
      expect([id, initialOutput]).toEqual([expect.any(Number), expect.any(String)]);
      const { ptyId } = response;
      let printed = "";
      const type = async (/** @type {string} */ data) => {
        printed += await service.ptyWrite({ ptyId, data: "ignored" }, id, data);
      };
      await service.ptyResize({ ptyId, cols: 99, rows: 33 }, id);
      await type("stty size; echo session not found\n");
      for (let i = 0; i < 20 && !/33 99/.test(printed); i++) await type("");
      expect(printed).toMatch(/33 99/);
      await service.ptyClose({ ptyId }, id);
      await expect(
        (async () => {
          for (let i = 0; i < 20; i++) await type("");
        })(),
      ).rejects.toThrow(ChannelAConflictError);
    });

    it("nothing is left behind", () => {
      expect(lstatSync(folder).isDirectory()).toBe(true);
      expect(readdirSync(folder).filter((name) => name.startsWith(".og-"))).toEqual([]);
    });
  },
);
