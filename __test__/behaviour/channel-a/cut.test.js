// The service over sessions that cut what commands print, each in its own way, on a real box.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChannelAConflictError, SandboxChannelAService } from "../../../index.js";
import { harness } from "../../support/harness.js";
import { rows } from "../../support/repeated.js";
import { missing } from "../../support/tools.js";
import { banner } from "../../support/workspace.js";

/**
 * What a session keeps of a text.
 *
 * @type {Record<string, (text: string) => string>}
 */
const CUTS = {
  "nothing is cut": (text) => text,
  "the last 1,048,576 characters are kept, with a notice": (text) => {
    const dropped = text.length - 1_048_576;
    const notice = `[...${dropped} characters truncated from process output...]\n`;
    return dropped > 0 ? notice + text.slice(dropped) : text;
  },
  "the last 65,536 characters are kept, in silence": (text) => text.slice(-65_536),
  "the first 65,536 characters are kept, in silence": (text) => text.slice(0, 65_536),
  "both ends are kept, and a notice between them": (text) =>
    text.length > 30_000 ? `${text.slice(0, 9_000)}…cut…${text.slice(-9_000)}` : text,
  "nothing comes above 262,144 characters": (text) => (text.length > 262_144 ? "" : text),
  "a greeting comes first, and a prompt last": (text) => `Welcome!\r\n${text}$ `,
};

/**
 * The same of sessions that keep little. Each piece of an answer takes several processes.
 *
 * @type {typeof CUTS}
 */
const NARROW_CUTS = {
  "the last 6,000 characters are kept": (text) => text.slice(-6_000),
  "the first 6,000 characters are kept": (text) => text.slice(0, 6_000),
};

/** Each answer is longer than what these sessions keep, as it is or in base64. */
const AMOUNTS = [
  { cuts: CUTS, files: 3_500, lines: 6_000, size: 300_001 },
  { cuts: NARROW_CUTS, files: 400, lines: 600, size: 30_001 },
];

const isLacking = missing("git", "bash", "base64", "find");

/** @type {string} */
let folder;
/** @type {string} */
let tmp;
beforeAll(() => {
  tmp = mkdtempSync(path.join(tmpdir(), "og-tmp-"));
});
afterAll(() => rmSync(tmp, { recursive: true }));

function useRepository() {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "og-cut-"));
    git("init", "-q", "-b", "main");
  });
  afterAll(() => rmSync(folder, { recursive: true }));
}

/** @param {...string} args */
function git(...args) {
  execFileSync("git", args, { cwd: folder, stdio: "ignore" });
}

/** @param {(text: string) => string} cut */
function serviceOver(cut) {
  const box = harness({ cwd: folder, env: { TMPDIR: tmp } });
  const session = {
    /** @param {any} args */
    async execCommand(args) {
      const { stdout = "", exitCode = 0 } = await box.exec(args);
      return banner(cut(stdout), { exitCode });
    },
  };
  return new SandboxChannelAService({ session });
}

describe.skipIf(isLacking).for(AMOUNTS)("where", { timeout: 120_000 }, (amount) => {
  const { cuts, files, size } = amount;
  const lines = Array.from({ length: amount.lines }, (_, i) => `line ${i} of a long file, é€😀`);
  const bytes = Buffer.alloc(size, 1).map((_, i) => (i * 31 + (i >> 8)) & 0xff);

  useRepository();
  beforeAll(() => {
    git("config", "user.name", "Ada");
    git("config", "user.email", "ada@example.test");
    writeFileSync(path.join(folder, "long.txt"), "");
    git("add", "long.txt");
    git("commit", "-q", "--no-gpg-sign", "-m", "first");
    writeFileSync(path.join(folder, "long.txt"), `${lines.join("\n")}\n`);
    mkdirSync(path.join(folder, "files"));
    for (let i = 0; i < files; i++) {
      writeFileSync(path.join(folder, "files", `a file of a long name, ${i}`), "");
    }
    writeFileSync(path.join(folder, "bytes"), bytes);
  });

  it.for(rows(Object.entries(cuts)))("%s, all comes whole", async ([, cut]) => {
    const service = serviceOver(cut);
    const { root, truncated } = await service.fsList({ path: "files", maxEntries: files });
    expect([root.children?.length, truncated]).toEqual([files, false]);
    const some = await service.fsList({ path: "files", maxEntries: files - 1 });
    expect([some.root.children?.length, some.truncated]).toEqual([files - 1, true]);

    git("add", "--intent-to-add", "files");
    const status = await service.gitStatus({});
    expect(status.files).toHaveLength(files + 2);
    git("reset", "-q", "files");

    const { files: diffs } = await service.gitDiff({});
    expect(diffs).toMatchObject([{ path: "long.txt", additions: lines.length, truncated: false }]);
    expect(diffs[0]?.hunks[0]?.lines.map(({ text }) => text)).toEqual(lines);

    const read = await service.fsRead({ path: "bytes", encoding: "base64" });
    expect(read.content === Buffer.from(bytes).toString("base64")).toBe(true);
    const maxBytes = Math.trunc(size / 3);
    const part = await service.fsRead({ path: "bytes", encoding: "base64", maxBytes });
    expect(part).toMatchObject({ sizeBytes: maxBytes, truncated: true });

    await service.fsWrite({ path: "copy", content: read.content, encoding: "base64" });
    expect(readFileSync(path.join(folder, "copy")).equals(bytes)).toBe(true);
    rmSync(path.join(folder, "copy"));
    expect(readdirSync(tmp)).toEqual([]);
  });
});

describe.skipIf(isLacking)("where", { timeout: 120_000 }, () => {
  useRepository();
  beforeAll(() => {
    mkdirSync(path.join(folder, "files"));
    for (let i = 0; i < 10; i++) writeFileSync(path.join(folder, "files", `${i}`), "");
  });

  it("nothing of an answer arrives, no operation takes that for all of it", async () => {
    const isRead = (/** @type {string} */ text) => text.includes("true\n");
    // The first answer comes; what is asked after it does not.
    const service = serviceOver((text) => (isRead(text) ? text : ""));
    await expect(service.gitStatus({})).rejects.toThrow(/^the answer of the box is incomplete/);
    const half = serviceOver((text) => text.slice(0, text.length / 2));
    await expect(half.fsList({ path: "files" })).rejects.toThrow(/^the answer of the box is/);
    await expect(half.fsDelete({ path: "absent" })).rejects.toThrow(/^the answer of the box is/);
    expect(half.currentRevision()).toBe(0);
  });

  it("a file changes while it is read, no mixture of the two comes", async () => {
    const box = harness({ cwd: folder });
    const session = {
      /** @param {any} args */
      async exec(args) {
        if (args.cmd.includes("tail -c +1 'changing'"))
          writeFileSync(changing, Buffer.alloc(600_000, 7));
        return box.exec(args);
      },
    };
    const changing = path.join(folder, "changing");
    writeFileSync(changing, Buffer.alloc(600_000, 8));
    const service = new SandboxChannelAService({ session });
    await expect(service.fsRead({ path: "changing" })).rejects.toThrow(
      new ChannelAConflictError("the file changed during the read; read it again: changing"),
    );
  });

  it("a piece is damaged on its way, nothing takes the file's place", async () => {
    const box = harness({ cwd: folder });
    const session = {
      /** @param {any} args */
      exec: ({ cmd }) => box.exec({ cmd: cmd.replace("printf %s 'AAAA", "printf %s 'AAAB") }),
    };
    writeFileSync(path.join(folder, "kept"), "old");
    const service = new SandboxChannelAService({ session });
    const content = "\0".repeat(200_000);
    await expect(service.fsWrite({ path: "kept", content })).rejects.toThrow(
      "failed to write kept: the content arrived damaged; write it again",
    );
    expect(readFileSync(path.join(folder, "kept"), "utf8")).toBe("old");
    expect(readdirSync(folder).filter((name) => name.startsWith(".og-"))).toEqual([]);
  });

  it("a command goes on, it is waited for, or that is told", async () => {
    /** @type {any[]} */
    const looks = [];
    let printed = "";
    /** @param {boolean} ends */
    const session = (ends) => ({
      /** @param {any} args */
      async exec({ cmd }) {
        const { stdout } = await harness({ cwd: folder }).exec({ cmd });
        printed = /** @type {string} */ (stdout);
        return { stdout: printed.slice(0, 40), sessionId: 5, exitCode: null };
      },
      /** @param {any} args */
      async writeStdin(args) {
        looks.push(args);
        const at = 40 * looks.length;
        const isLast = ends && at + 40 >= printed.length;
        return banner(printed.slice(at, at + 40), isLast ? {} : { sessionId: 5 });
      },
    });
    const service = new SandboxChannelAService({ session: session(true) });
    expect(await service.detectRepos()).toEqual([""]);
    expect(looks.length).toBeGreaterThan(0);
    expect(looks[0]).toStrictEqual({ sessionId: 5, chars: "", yieldTimeMs: 10_000 });

    const { exec } = session(true);
    const deaf = new SandboxChannelAService({ session: { exec } });
    await expect(deaf.fsMkdir({ path: "slow" })).rejects.toThrow(
      "the command has not finished; it goes on as session 5 on the box",
    );
    expect(deaf.currentRevision()).toBe(0);
    expect(existsSync(path.join(folder, "slow"))).toBe(true);
  });
});
