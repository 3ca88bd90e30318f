// What the session classes of providers make of a command and of what it prints. The commands are run
// for real, on this machine.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROVIDERS } from "../support/providers.js";
import { missing } from "../support/tools.js";

const KIB = 1024;
const MIB = 1024 * KIB;

/** How many characters of each output Modal's class holds: the last ones. */
const MODAL_HOLDS = MIB;

const isLacking = missing("bash", "cat");

/** @param {keyof typeof PROVIDERS} name */
function provided(name) {
  /** @type {import("../support/providers.js").Provided} */
  let box;

  beforeAll(async () => {
    box = await PROVIDERS[name]();
  });
  afterAll(async () => {
    await box?.close();
  });

  return {
    get session() {
      return box.session;
    },
    /**
     * @param {string} cmd
     * @param {object} [args]
     */
    async run(cmd, args) {
      // Declared as a number, and taken as none.
      const maxOutputTokens = /** @type {any} */ (null);
      return parsed(await box.session.execCommand({ cmd, maxOutputTokens, ...args }));
    },
    /**
     * What comes of a command that prints so many characters of base64.
     *
     * @param {number} length
     */
    async print(length) {
      const text = randomBytes(Math.ceil((length * 3) / 4))
        .toString("base64")
        .slice(0, length);
      writeFileSync(path.join(box.session.state.manifest.root, "text"), text);
      return compared((await this.run("cat text")).output, text);
    },
  };
}

/**
 * The lines before the output, by what they say, and the output.
 *
 * @param {string} response
 */
function parsed(response) {
  const banner =
    /^Chunk ID: [0-9a-f]{6}\nWall time: [0-9.]+ seconds\nProcess (exited with code|running with session ID) (-?[0-9]+)\nOutput:\n/;
  const [head = "", state, number] = banner.exec(response) ?? [];
  expect(head).not.toBe("");
  const output = response.slice(head.length);
  return state === "exited with code"
    ? { exitCode: Number(number), output }
    : { sessionId: Number(number), output };
}

/**
 * What of a text an output holds behind a notice.
 *
 * @param {string} output
 * @param {string} text
 */
function compared(output, text) {
  const [notice = ""] = /^\[\.\.\.[^\n]*\n/.exec(output) ?? [];
  const held = output.slice(notice.length);
  const part = held === text ? "all" : text.endsWith(held) ? "end" : "another";
  return { notice, part, length: held.length };
}

/** @param {number} length */
function whole(length) {
  return { notice: "", part: "all", length };
}

describe.skipIf(isLacking).each(/** @type {const} */ (["modal", "e2b", "daytona"]))(
  "%s",
  (name) => {
    const box = provided(name);

    it("runs commands by execCommand alone", async () => {
      expect("exec" in box.session).toBe(false);
      const { exitCode, output } = await box.run("echo hi");
      expect([exitCode, output.trimEnd()]).toEqual([0, "hi"]);
    });

    it("runs them in the workspace", async () => {
      expect((await box.run("pwd")).output.trimEnd()).toBe(box.session.state.manifest.root);
    });

    it("tells the exit code", async () => {
      expect(await box.run("printf half; exit 3")).toEqual({ exitCode: 3, output: "half" });
    });

    it("reads and writes files", async () => {
      await box.session
        .createEditor()
        .createFile({ type: "create_file", path: "a/b.txt", diff: "+hello" });
      const bytes = await box.session.readFile({ path: "a/b.txt" });
      expect(new TextDecoder().decode(bytes)).toBe("hello");
    });
  },
);

describe.skipIf(isLacking)("output of modal", () => {
  const box = provided("modal");

  it.each([64 * KIB, MIB - 4, MODAL_HOLDS])("lets %i characters through", async (length) => {
    expect(await box.print(length)).toEqual(whole(length));
  });

  it.each([MODAL_HOLDS + 1, 1.5 * MIB, 8 * MIB])(
    "lets the end of %i characters through, behind a notice",
    async (length) => {
      expect(await box.print(length)).toEqual({
        notice: `[...${length - MODAL_HOLDS} characters truncated from process output...]\n`,
        part: "end",
        length: MODAL_HOLDS,
      });
    },
  );

  it("appends standard error, both without the white space at their ends", async () => {
    const { output } = await box.run("printf 'err \\n' >&2; printf ' out \\n\\n'");
    expect(output).toBe(" out\nerr");
  });

  it("counts standard error apart, and puts a notice before each", async () => {
    await box.print(MODAL_HOLDS + 1);
    const { output } = await box.run("cat text; cat text >&2");
    const notice = "[...1 characters truncated from process output...]\n";
    expect(output.length).toBe(2 * (notice.length + MODAL_HOLDS) + 1);
    expect(output.lastIndexOf(notice)).toBe(notice.length + MODAL_HOLDS + 1);
  });

  it("returns before the command has finished, and the rest by its session ID", async () => {
    const begun = await box.run("printf early; until [ -e go ]; do sleep 0.02; done; printf late", {
      yieldTimeMs: 200,
    });
    expect(begun).toMatchObject({ sessionId: 1 });
    writeFileSync(path.join(box.session.state.manifest.root, "go"), "");
    const rest = await box.session.writeStdin({ sessionId: 1, yieldTimeMs: 10_000 });
    const { exitCode, output } = parsed(rest);
    expect([exitCode, begun.output + output]).toEqual([0, "earlylate"]);
  });
});

describe.skipIf(isLacking).each(/** @type {const} */ (["e2b", "daytona"]))(
  "output of %s",
  (name) => {
    const box = provided(name);

    it.each([64 * KIB, MIB - 4, 1.5 * MIB, 8 * MIB])(
      "lets %i characters through",
      async (length) => {
        expect(await box.print(length)).toEqual(whole(length));
      },
    );

    it("has the white space at its ends", async () => {
      expect((await box.run("printf ' out \\n\\n'")).output).toBe(" out \n\n");
    });

    it("is returned when the command has finished, not before", async () => {
      const finished = await box.run("printf early; sleep 0.5; printf late", { yieldTimeMs: 1 });
      expect(finished).toEqual({ exitCode: 0, output: "earlylate" });
    });
  },
);

describe.skipIf(isLacking)("standard error", () => {
  const script = "printf out; printf err >&2; printf more";

  describe("of e2b", () => {
    const box = provided("e2b");

    it("follows standard output", async () => {
      expect((await box.run(script)).output).toBe("outmore\nerr");
    });

    it("is left out when it is blank", async () => {
      expect((await box.run("printf out; echo >&2")).output).toBe("out");
    });
  });

  describe("of daytona", () => {
    const box = provided("daytona");

    it("is amid standard output", async () => {
      expect((await box.run(script)).output).toBe("outerrmore");
    });
  });
});
