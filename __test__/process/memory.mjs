// Prints how much memory is taken at most, in bytes, while a file of 64 MiB is sent, or while a
// recording of that size is read.
//
// node __test__/process/memory.mjs <send | read>
import { NatsControlRpc, readRecordingBytes } from "@opengeni/runtime-native";
import { PROCESS } from "../support/box.js";

const LENGTH = 64 * 1024 * 1024;

/** How much the whole process takes: the engine does not count what an addon gives it. */
async function send() {
  const content = new Uint8Array(LENGTH).fill(7);
  const fsWrite = { path: "p", content, createParents: true, append: false, mode: 0 };
  const op = /** @type {const} */ ({ $case: "fsWrite", fsWrite });
  let length = 0;
  const rpc = new NatsControlRpc(async () => ({
    async request(_subject, payload) {
      ({ length } = payload);
      return { data: new Uint8Array(0) };
    },
  }));
  const { rss } = process.memoryUsage();
  await rpc.request("s", { requestId: "r", epoch: 0, op }, { timeoutMs: 1_000 });
  if (length < LENGTH) throw new Error(`${length} bytes were sent`);
  return process.resourceUsage().maxRSS * 1024 - rss;
}

/** How much is taken outside the heap. */
async function read() {
  const base64 = `${"AAAA".repeat(Math.floor(LENGTH / 3))}AA==`;
  const box = {
    exec: async (/** @type {{ cmd: string }} */ { cmd }) => ({
      output: cmd.includes("stat -c") ? `${LENGTH}` : base64,
    }),
  };
  const before = process.memoryUsage().external;
  let most = 0;
  let isOver = false;
  const look = () => {
    most = Math.max(most, process.memoryUsage().external - before);
    if (!isOver) setImmediate(look);
  };
  look();
  const { bytes } = await readRecordingBytes(box, PROCESS);
  look();
  isOver = true;
  if (bytes.length !== LENGTH) throw new Error(`${bytes.length} bytes came`);
  return most;
}

const taken = await (process.argv[2] === "send" ? send() : read());
console.log(JSON.stringify({ length: LENGTH, taken }));
