import { describe, expect, it, vi } from "vitest";
import { SelfhostedSession, setSelfhostedApplyDiff } from "../../../index.js";
import { agentWith } from "../../support/control.js";
import { rowsOf } from "../../support/table.js";

const utf8 = (/** @type {string} */ text) => new TextEncoder().encode(text);

/**
 * @param {Record<string, object>} [results]
 * @param {string} [workingDir]
 */
function sessionWith(results, workingDir = "") {
  const agent = agentWith(results);
  const ids = { workspaceId: "w", agentId: "a" };
  const relay = { host: "relay.test" };
  const session = new SelfhostedSession({ ...ids, controlRpc: agent, relay, workingDir });
  return { agent, session };
}

/**
 * An editor whose diffs are appended, and what it asks for.
 *
 * @param {Record<string, object>} [results]
 * @param {string} [workingDir]
 */
function editorWith(results, workingDir) {
  const applyDiff = vi.fn(
    (/** @type {string} */ input, /** @type {string} */ diff) => input + diff,
  );
  setSelfhostedApplyDiff(applyDiff);
  const { agent, session } = sessionWith(results, workingDir);
  return { agent, applyDiff, editor: session.createEditor("root") };
}

/**
 * Operations, in short.
 *
 * @param {ReturnType<typeof agentWith>} agent
 */
function steps({ ops }) {
  return ops.map((op) => {
    const { $case } = op;
    const { path, cwd, command, content } = op[$case];
    if ($case === "exec") return `in ${cwd || "."}: ${command}`;
    const text = content && ` ${new TextDecoder("utf-8", { ignoreBOM: true }).decode(content)}`;
    return `${$case} ${path}${text ?? ""}`;
  });
}

// First, while there is none.
it("needs something to apply diffs with", () => {
  expect(() => sessionWith().session.createEditor()).toThrow(
    new Error(
      "selfhosted createEditor: applyDiff not injected (the runtime barrel must call setSelfhostedApplyDiff before an agent turn binds the filesystem capability)",
    ),
  );
});

it("keeps what it was created with", async () => {
  setSelfhostedApplyDiff(() => "first");
  const { session, agent } = sessionWith();
  const early = session.createEditor();
  setSelfhostedApplyDiff(() => "second");
  const late = session.createEditor();
  await early.updateFile({ path: "a", diff: "d" });
  await late.updateFile({ path: "a", diff: "d" });
  expect(steps(agent)).toEqual(["fsRead a", "fsWrite a first", "fsRead a", "fsWrite a second"]);
});

describe("createFile", () => {
  it("writes what the diff makes of nothing", async () => {
    const { editor, agent, applyDiff } = editorWith({}, "proj");
    expect(await editor.createFile({ path: "/workspace/a", diff: "new" })).toEqual({});
    expect(applyDiff.mock.calls).toEqual([["", "new", "create"]]);
    expect(steps(agent)).toEqual(["fsStat proj/a", "fsWrite proj/a new"]);
    expect(agent.ops[1].fsWrite).toMatchObject({ createParents: true, append: false });
  });

  it("leaves a file alone that is there", async () => {
    const { editor, agent } = editorWith({ fsStat: { exists: true } });
    await expect(editor.createFile({ path: "/workspace/a", diff: "new" })).rejects.toThrow(
      new Error("selfhosted createFile: file already exists: /workspace/a"),
    );
    expect(steps(agent)).toEqual(["fsStat a"]);
  });
});

describe("updateFile", () => {
  const fsRead = { content: utf8("old ") };

  it("writes what the diff makes of the whole file", async () => {
    const { editor, agent, applyDiff } = editorWith({ fsRead });
    expect(await editor.updateFile({ path: "a", diff: "new" })).toEqual({});
    expect(applyDiff.mock.calls).toEqual([["old ", "new"]]);
    expect(steps(agent)).toEqual(["fsRead a", "fsWrite a old new"]);
    expect(agent.ops[0].fsRead.length).toBe("524288");
    expect(agent.ops[1].fsWrite.createParents).toBe(true);
  });

  it("removes a file under its old name, once it is written under the new one", async () => {
    const { editor, agent } = editorWith({ fsRead }, "proj");
    await editor.updateFile({ path: "/workspace/it's", diff: "n", moveTo: "/tmp/b" });
    expect(steps(agent)).toEqual([
      "fsRead proj/it's",
      "fsWrite /tmp/b old n",
      expect.stringMatching(/^in proj: \[ .* \] \|\| \{ sh -c '\[ -d .*; \}$/),
    ]);
    const [, , command] = steps(agent);
    expect(command).toContain(String.raw`[ 'it'\''s' -ef '/tmp/b' ] ||`);
    expect(command).toContain(String.raw` sh './it'\''s' && rm -rf -- 'it'\''s'; }`);
  });

  it.each([
    ...rowsOf("removals", "sameFile"),
    { path: "d/../a", moveTo: "/workspace//a", workingDir: "/abs" },
    { path: "a", moveTo: "", workingDir: "proj" },
    { path: "a", workingDir: "proj" },
  ])("removes nothing where $path is moved to $moveTo", async ({ path, workingDir, ...more }) => {
    const { editor, agent } = editorWith({ fsRead }, workingDir);
    await editor.updateFile({ path, ...more, diff: "n" });
    expect(agent.ops.map(({ $case }) => $case)).toEqual(["fsRead", "fsWrite"]);
  });

  it("says so where the old name stays", async () => {
    const exec = { exitCode: 2, stderr: utf8("rm: read-only\n") };
    const { editor, agent } = editorWith({ fsRead, exec });
    await expect(editor.updateFile({ path: "a", diff: "n", moveTo: "b" })).rejects.toThrow(
      new Error("selfhosted updateFile: could not delete a: rm exited with 2: rm: read-only"),
    );
    expect(agent.ops).toHaveLength(3);
  });

  it("touches nothing where the working directory would go with the old name", async () => {
    const { editor, agent } = editorWith({ fsRead });
    await expect(editor.updateFile({ path: ".", diff: "n", moveTo: "b" })).rejects.toThrow(
      new Error("selfhosted updateFile: refusing to delete .: it holds the working directory"),
    );
    expect(agent.asked).toEqual([]);
  });

  it("keeps a byte order mark, and does not show it to the diff", async () => {
    const { editor, agent, applyDiff } = editorWith({ fsRead: { content: utf8("\ufeffold ") } });
    await editor.updateFile({ path: "a", diff: "n" });
    expect(applyDiff.mock.calls).toEqual([["old ", "n"]]);
    expect(steps(agent)).toEqual(["fsRead a", "fsWrite a \ufeffold n"]);
  });

  it.each([
    [Uint8Array.of(0xff, 0xfe, 0x61, 0)],
    [Uint8Array.of(0x61, 0xc3)],
    [Uint8Array.of(0xed, 0xa0, 0x80)],
  ])("writes nothing where the file is not UTF-8: %o", async (content) => {
    const { editor, agent, applyDiff } = editorWith({ fsRead: { content } });
    await expect(editor.updateFile({ path: "/workspace/a", diff: "n" })).rejects.toThrow(
      new Error("selfhosted updateFile: not UTF-8 text: /workspace/a"),
    );
    expect(applyDiff).not.toHaveBeenCalled();
    expect(steps(agent)).toEqual(["fsRead a"]);
  });

  it("passes on what the diff throws, and writes nothing", async () => {
    const thrown = Object.freeze({ line: 3 });
    const { editor, agent, applyDiff } = editorWith({ fsRead });
    applyDiff.mockImplementation(() => {
      throw thrown;
    });
    expect(await editor.updateFile({ path: "a", diff: "n" }).catch((e) => e)).toBe(thrown);
    expect(await editor.createFile({ path: "a", diff: "n" }).catch((e) => e)).toBe(thrown);
    expect(steps(agent)).toEqual(["fsRead a", "fsStat a"]);
  });
});

describe("what is no path", () => {
  /** @type {[string, (editor: any) => Promise<any>, string][]} */
  const refusals = [
    ["a file to delete", (e) => e.deleteFile({ path: "a\ud800" }), "path must be a string"],
    ["nothing to delete", (e) => e.deleteFile({}), "path must be a string, got nothing"],
    ["a file to update", (e) => e.updateFile({ path: 5 }), "path must be a string, got 5"],
    [
      "a new name",
      (e) => e.updateFile({ path: "a", diff: "", moveTo: "b\ud800" }),
      "moveTo must be a string",
    ],
  ];
  it.each(refusals)("%s is named, and nothing is sent", async (_what, run, message) => {
    const { editor, agent } = editorWith();
    const error = await run(editor).catch((e) => e);
    expect(error.constructor).toBe(TypeError);
    expect(error.message.startsWith(message)).toBe(true);
    expect(agent.asked).toEqual([]);
  });
});

describe("deleteFile", () => {
  it("fails where it is not known how the command ended", async () => {
    const bytes = new Uint8Array(0);
    const ended = { exitCode: null, stdout: bytes, stderr: bytes, timedOut: false };
    const { editor } = editorWith({ exec: { ...ended, durationMs: "0" } });
    await expect(editor.deleteFile({ path: "a" })).rejects.toThrow(
      new Error("selfhosted deleteFile: could not delete a: rm exited with null"),
    );
  });

  it.each([
    ["an exit code of another type", { exitCode: 0n, stderr: "" }, "null"],
    ["no standard error", { exitCode: 3, stdout: "" }, "3"],
    ["nothing that it knows", {}, "null"],
  ])("fails where a class of the caller's answers with %s", async (_what, result, code) => {
    class Own extends SelfhostedSession {
      exec = async () => /** @type {any} */ (result);
    }
    const ids = { workspaceId: "w", agentId: "a", relay: { host: "relay.test" } };
    setSelfhostedApplyDiff((input) => input);
    const editor = new Own({ ...ids, controlRpc: agentWith() }).createEditor();
    await expect(editor.deleteFile({ path: "a" })).rejects.toThrow(
      new Error(`selfhosted deleteFile: could not delete a: rm exited with ${code}`),
    );
  });

  it.each(rowsOf("removals", "commands"))(
    "has the machine look what $path is, and removes it",
    async ({ path, command }) => {
      const { editor, agent } = editorWith({}, "proj");
      expect(await editor.deleteFile({ path })).toEqual({});
      const [step = "", ...others] = steps(agent);
      expect(step).toMatch(/^in proj: sh -c '\[ -d [^']* exit 77' sh '/);
      expect(step.endsWith(` ${command}`)).toBe(true);
      expect(others).toEqual([]);
    },
  );

  it("refuses what the machine finds to hold the working directory", async () => {
    const { editor } = editorWith({ exec: { exitCode: 77, stderr: utf8("") } });
    await expect(editor.deleteFile({ path: "../proj" })).rejects.toThrow(
      new Error(
        "selfhosted deleteFile: refusing to delete ../proj: it holds the working directory",
      ),
    );
  });

  it.each(rowsOf("removals", "refused"))(
    "refuses $path in $workingDir",
    async ({ path, workingDir }) => {
      const { editor, agent } = editorWith({}, workingDir);
      await expect(editor.deleteFile({ path })).rejects.toThrow(
        new Error(
          `selfhosted deleteFile: refusing to delete ${path}: it holds the working directory`,
        ),
      );
      expect(agent.asked).toEqual([]);
    },
  );

  it.each([
    [1, "rm: cannot remove 'a'\n", "rm exited with 1: rm: cannot remove 'a'"],
    [127, "", "rm exited with 127"],
    [-9, " \n", "rm exited with -9"],
  ])("says so where the file stays: %i", async (exitCode, stderr, how) => {
    const { editor } = editorWith({ exec: { exitCode, stderr: utf8(stderr) } });
    await expect(editor.deleteFile({ path: "a" })).rejects.toThrow(
      new Error(`selfhosted deleteFile: could not delete a: ${how}`),
    );
  });
});
