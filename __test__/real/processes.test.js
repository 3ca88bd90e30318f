// Processes that real commands leave running, on two real sessions that number them alike.
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { afterAll, expect, it } from "vitest";
import { RoutingSandboxSession } from "../../index.js";

/** @type {any[]} */
const boxes = await Promise.all([1, 2].map(() => new UnixLocalSandboxClient().create()));
afterAll(() => Promise.all(boxes.map((box) => box.close())));

const CAT = { cmd: "cat", yieldTimeMs: 100 };
/** The end of `cat`, which reads no more then. */
const INTERRUPT = "\u0003";

it.each(/** @type {const} */ (["exec", "execCommand"]))(
  "the input of %s reaches its own process through swaps",
  async (method) => {
    let active = 0;
    const session = new RoutingSandboxSession({
      readPointer: async () => ({ activeSandboxId: `box ${active}`, activeEpoch: active }),
      resolveActiveBackend: async ({ activeEpoch, activeSandboxId }) => ({
        session: boxes[activeEpoch % 2],
        sandboxId: activeSandboxId,
        kind: "local",
      }),
      atMostOnce: true,
    });
    const start = async () => {
      const started = /** @type {any} */ (await session[method](CAT));
      return started.sessionId ?? Number(/session ID (\d+)/.exec(started)?.[1]);
    };
    const write = (/** @type {number} */ sessionId, /** @type {string} */ chars) =>
      session.writeStdin({ sessionId, chars, yieldTimeMs: 200 });

    const first = await start();
    active = 1;
    expect(await write(first, "one\n")).toMatch(/running with session ID .*\none\n$/s);
    // The second box has no process of this number.
    const direct = await boxes[1].writeStdin({ sessionId: first, chars: "" });
    expect(direct).toMatch("session not found");

    expect(await write(first, INTERRUPT)).toMatch("Process exited with code");
    // It has ended, so the number means what it means on the active box.
    const second = await start();
    expect(second).toBe(first);
    active = 2;
    expect(await write(second, "two\n")).toMatch(/running with session ID .*\ntwo\n$/s);
    expect(await write(second, INTERRUPT)).toMatch("Process exited with code");
    expect(await write(second, "")).toMatch("session not found");
  },
);
