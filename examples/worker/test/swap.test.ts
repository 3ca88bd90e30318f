import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import type { UnixLocalSandboxSession } from "@openai/agents/sandbox/local";
import { beforeAll, afterAll, beforeEach, describe, expect, it } from "vitest";
import { agentWith } from "../../../__test__/support/control.js";
import { missing } from "../../../__test__/support/tools.js";
import { resolverOf, swapSandbox, type Turn } from "../src/swap.ts";
import { emptyDirectory } from "./support.ts";

const isLacking = missing("python3");

describe.skipIf(isLacking)("a swap", () => {
  let box: UnixLocalSandboxSession;
  let sibling: typeof box;
  let directory: ReturnType<typeof emptyDirectory>;
  let agent: ReturnType<typeof agentWith>;
  let turn: Turn;

  beforeAll(async () => {
    box = await new UnixLocalSandboxClient().create();
    sibling = await new UnixLocalSandboxClient().create();
  });
  afterAll(async () => {
    await box?.close();
    await sibling?.close();
  });
  beforeEach(() => {
    directory = emptyDirectory();
    directory.sandboxes.set("sib", { id: "sib", kind: "modal", name: "S", enrollmentId: null });
    directory.sandboxes.set("pc", { id: "pc", kind: "selfhosted", name: "P", enrollmentId: "a1" });
    directory.sandboxes.set("new", { id: "new", kind: "selfhosted", name: "N", enrollmentId: "" });
    agent = agentWith({ exec: { exitCode: 0, stdout: Buffer.from("hello") } });
    turn = {
      workspaceId: "w1",
      box,
      boxKind: "local",
      directory,
      controlRpcFactory: () => agent,
      relay: { host: "relay.test" },
      establishModalTarget: async () => sibling,
    };
  });

  /** The session that the pointer leads to. */
  async function active() {
    const { session } = await resolverOf(turn)(await directory.readPointer());
    return session;
  }

  it("leads to another box and home again", async () => {
    expect(await active()).toBe(box);
    expect(await swapSandbox(turn, "sib")).toEqual({ status: 200, kind: "modal" });
    expect(await active()).toBe(sibling);
    expect(await swapSandbox(turn, null)).toEqual({ status: 200, kind: "local" });
    expect(await active()).toBe(box);
    expect(await directory.readPointer()).toEqual({ activeSandboxId: null, activeEpoch: 3 });
  });

  it("leads to a machine, whose requests carry the pointer's epoch", async () => {
    expect(await swapSandbox(turn, "pc")).toEqual({ status: 200, kind: "selfhosted" });
    const machine = await active();
    expect(await machine.exec?.({ cmd: "echo hello" })).toMatchObject({ output: "hello" });
    expect(agent.asked).toMatchObject([{ subject: "agent.w1.a1.rpc", req: { epoch: 2 } }]);
  });

  it.each([
    ["gone", "active sandbox gone not found in workspace w1"],
    ["new", "selfhosted sandbox new has no enrollment (agent id) to address"],
  ])("to %s is refused, and the pointer stays", async (sandboxId, message) => {
    expect(await swapSandbox(turn, sandboxId)).toEqual({ status: 409, message });
    expect(await directory.readPointer()).toEqual({ activeSandboxId: null, activeEpoch: 1 });
  });

  it("is not refused for a database that fails", async () => {
    const failure = new Error("the database is gone");
    directory.getSandbox = () => Promise.reject(failure);
    await expect(swapSandbox(turn, "pc")).rejects.toBe(failure);
  });
});
