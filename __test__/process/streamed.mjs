// Prints how much memory a stream takes above the idle process, for a reader that is slower than the box.
//
//   node __test__/process/streamed.mjs <size in MiB> [local]
//
// The box is a scripted one, or with `local` this machine, through the local session of @openai/agents. Each
// line but the last is a point of the curve: the bytes that were taken and the memory, in MiB.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readRecordingStream } from "@opengeni/runtime-native";
import { PROCESS } from "../support/box.js";
import { framesOf } from "../support/channel.js";

const MIB = 1 << 20;
const [, , mebibytes = "96", kind] = process.argv;
const size = Number(mebibytes) * MIB;
/** The bytes of the file, again and again. Its period is no multiple of a piece's length. */
const PATTERN = Uint8Array.from({ length: 1_000_003 }, (_, at) => (at * at) >> 7);

/**
 * @param {number} offset
 * @param {number} length
 */
function bytesAt(offset, length) {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length;) {
    const from = (offset + at) % PATTERN.length;
    const part = PATTERN.subarray(from, from + length - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const scripted = {
  async exec(/** @type {{ cmd: string }} */ { cmd }) {
    await setTimeout(1);
    const [framed, digested] = framesOf(cmd);
    if (cmd.includes("stat -c %s")) return { output: framed?.(`${size}\n${size}:1:2:3\n`) };
    const [, first = "1", length = "0"] = /tail -c \+(\d+) \S+ \| head -c (\d+)/.exec(cmd) ?? [];
    const bytes = bytesAt(Number(first) - 1, Number(length));
    const sum = createHash("sha256").update(bytes).digest("hex");
    const output = `${framed?.(bytes.toString("base64"))}${digested?.(`${sum} *stdin\n`) ?? ""}`;
    return { output, stdout: output, stderr: "" };
  },
};

async function local() {
  const { UnixLocalSandboxClient } = await import("@openai/agents/sandbox/local");
  const session = await new UnixLocalSandboxClient().create();
  const folder = mkdtempSync(join(tmpdir(), "og-streamed-"));
  const boxPath = join(folder, "og-rec-r1.mp4");
  const file = await open(boxPath, "w");
  for (let at = 0; at < size; at += MIB) await file.write(bytesAt(at, Math.min(MIB, size - at)));
  await file.close();
  const close = async () => {
    rmSync(folder, { recursive: true });
    await session.close();
  };
  return { session, recording: { ...PROCESS, boxPath, pidFile: `${boxPath}.pid` }, close };
}

const box =
  kind === "local" ? await local() : { session: scripted, recording: PROCESS, close: () => {} };
const rss = () => process.memoryUsage().rss;
globalThis.gc?.();
const idle = rss();
let [taken, most] = [0, 0];
const watch = setInterval(() => (most = Math.max(most, rss() - idle)), 5);
let isExact = true;
try {
  let next = 0;
  const begun = performance.now();
  for await (const piece of /** @type {any} */ (readRecordingStream(box.session, box.recording))) {
    isExact &&= Buffer.compare(piece, bytesAt(taken, piece.length)) === 0;
    taken += piece.length;
    most = Math.max(most, rss() - idle);
    if (taken >= next) {
      console.log(JSON.stringify({ taken: taken / MIB, above: (rss() - idle) / MIB }));
      next += size / 8;
    }
    // The reader stores each piece.
    await setTimeout(5);
  }
  const ms = performance.now() - begun;
  console.log(JSON.stringify({ isExact, size, taken, idle, most, ms }));
} finally {
  clearInterval(watch);
  await box.close();
}
