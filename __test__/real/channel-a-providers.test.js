// The service over the session classes of providers, whose boxes are this machine.
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { ChannelANotFoundError, SandboxChannelAService } from "../../index.js";
import { PROVIDERS } from "../support/providers.js";
import { missing } from "../support/tools.js";

const isLacking = missing("git", "bash", "base64", "find");

describe.skipIf(isLacking).for(/** @type {(keyof typeof PROVIDERS)[]} */ (Object.keys(PROVIDERS)))(
  "the session of %s",
  { timeout: 60_000 },
  (name) => {
    it("is worked on", async () => {
      const { session, close } = await PROVIDERS[name]();
      try {
        /** @type {any[]} */
        const events = [];
        const service = new SandboxChannelAService({
          session: /** @type {any} */ (session),
          emit: async (emitted) => void events.push(...emitted),
        });
        const content = "é\n".repeat(80_000);
        await service.fsWrite({ path: "d/long.txt", content });
        expect((await service.fsRead({ path: "d/long.txt" })).content === content).toBe(true);
        await service.fsWrite({ path: "d/-v", content: "x", overwrite: false });
        await expect(
          service.fsWrite({ path: "d/-v", content: "y", overwrite: false }),
        ).rejects.toThrow("path exists and overwrite is false: d/-v");
        await expect(service.fsDelete({ path: "d" })).rejects.toThrow(/^failed to delete d: /);
        await expect(service.fsRead({ path: "absent" })).rejects.toThrow(ChannelANotFoundError);
        const { root } = await service.fsList({ path: "d" });
        expect(root.children?.map(({ path, type }) => [path, type])).toEqual([
          ["d/-v", "file"],
          ["d/long.txt", "file"],
        ]);
        expect(events).toHaveLength(2);

        const folder = session.state.manifest.root;
        execFileSync("git", ["init", "-q", "-b", "main"], { cwd: folder });
        expect(await service.gitStatus({})).toMatchObject({ isRepo: true, head: "main" });
        execFileSync("git", ["add", "."], { cwd: folder });
        const { files } = await service.gitDiff({ staged: true });
        const long = files.find(({ path }) => path === "d/long.txt");
        expect(long).toMatchObject({ status: "added", additions: 80_000, truncated: false });
        expect(long?.hunks[0]?.lines).toHaveLength(80_000);

        const ran = await service.terminalExec({ command: "echo hi; exit 4" });
        // Modal's class trims what commands print.
        const stdout = expect.stringMatching(/^hi\n?$/);
        expect(ran).toMatchObject({ stdout, exitCode: 4, running: false });
      } finally {
        await close();
      }
    });
  },
);
