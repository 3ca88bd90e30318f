// What only a whole process can show: exits, threads, memory.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/**
 * Runs a script of this folder in a process of its own; rejects where it fails, crashes or hangs.
 *
 * @param {string} script
 * @param {string[]} [flags]
 * @param {string[]} [args]
 */
async function run(script, flags = [], args = []) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file, ...args], {
    timeout: 50_000,
    killSignal: "SIGKILL",
  });
  return stdout;
}

it("is one module under both entry points, imported or required", () => run("identity.mjs"));

it("makes its errors where everything is frozen", () => run("frozen.mjs"));

it("lets a process end while a command never settles", async () => {
  expect(await run("never-settles.mjs")).toBe("left by itself\n");
});

it("keeps a process alive that waits to send a request again", async () => {
  expect(await run("retries.mjs")).toBe("sent 6 times\n");
});

it("lets a process exit in the middle of everything", async () => {
  await Promise.all(Array.from({ length: 5 }, () => run("exit-in-flight.mjs")));
});

it("goes on where a thread of the pool panics, which rejects the promise", async () => {
  expect(await run("panic.mjs")).toBe("32 bytes of a digest\n");
});

it("works in several threads at once, and survives the end of one", async () => {
  expect(await run("workers.mjs")).toBe("all threads recorded\n");
});

it("leaves nothing behind after 100,000 calls", async () => {
  const growth = JSON.parse(await run("leak.mjs", ["--expose-gc"]));
  // Ten bytes for each call would be a megabyte; the heap's own noise stays below.
  expect(growth.heapUsed).toBeLessThan(1_000_000);
  expect(growth.external).toBeLessThan(100_000);
  expect(growth.rss).toBeLessThan(32_000_000);
});

it("leaves nothing behind after 10,000 aborted calls", async () => {
  const growth = JSON.parse(await run("aborts.mjs", ["--expose-gc"]));
  // A hundred bytes for each call would be a megabyte.
  expect(growth.heapUsed).toBeLessThan(1_000_000);
  expect(growth.external).toBeLessThan(100_000);
  expect(growth.rss).toBeLessThan(32_000_000);
});

it("does not wait for the time of a stream that nobody reads", async () => {
  const begun = performance.now();
  expect(await run("unread.mjs")).toBe("read\n");
  // The stream's time is ten minutes.
  expect(performance.now() - begun).toBeLessThan(60_000);
});

it("leaves nothing of operations that never end", async () => {
  // Their paths alone are 80 megabytes.
  expect(Number(await run("forgotten.mjs", ["--expose-gc"]))).toBeLessThan(32_000_000);
});

it("leaves nothing of realms that are gone", async () => {
  // The paths of their operations alone are 150 megabytes.
  expect(Number(await run("realms.mjs", ["--expose-gc"]))).toBeLessThan(48_000_000);
});

it.each(["read", "send"])("takes no more than the bytes themselves to %s them", async (what) => {
  const { length, taken } = JSON.parse(await run("memory.mjs", [], [what]));
  expect(taken).toBeGreaterThanOrEqual(length);
  // A second copy would be 64 MiB; pieces of the text and what the process does anyway are less.
  expect(taken).toBeLessThan(length + 16 * 1024 * 1024);
});

it("takes little memory for a stream, whatever its size and however slow its reader", async () => {
  const lines = (await run("streamed.mjs", [], ["96"])).trim().split("\n");
  const { isExact, size, taken, most } = JSON.parse(lines.at(-1) ?? "");
  expect([isExact, taken]).toEqual([true, size]);
  expect(size).toBe(96 * 1024 * 1024);
  expect(most).toBeLessThan(64 * 1024 * 1024);
});

it("loads nothing of the SDK before the first session that needs it", async () => {
  const { withPackage, withSession, turned } = JSON.parse(await run("loaded.mjs"));
  expect(withPackage).toBe(0);
  expect(withSession).toBeGreaterThan(0);
  // Where a session is waited for, the event loop turns meanwhile.
  expect(turned).toBe(true);
});
