// Reads one recording through a real session, in a process of its own. Measures the wall time, the longest
// stall of the event loop, the longest stall that is neither the session's work nor a wait for a core, the
// peak of memory, and the time inside of the session's commands.
//
// node --expose-gc bench/fetch.mjs <rival> <local | unlimited> <file>
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { PROCESS } from "../__test__/support/box.js";
import { collect, memory, startPeak } from "./measure.mjs";
import { functionsOf } from "./rivals.mjs";
import { open } from "./sessions.mjs";
import { startProbe, watchWaits, watchWork } from "./stall.mjs";

/** @typedef {Pick<import("./sessions.mjs").Session, "exec">} Runs What runs commands. */

const [rival = "", channel = "local", file = ""] = process.argv.slice(2);
const { size } = statSync(file);

/** The length of a piece: as much as the local session lets through, in whole groups of base64. */
const PIECE = 699_999;

const work = watchWork();
/** The number of commands, and the time that they ran, in milliseconds. */
const made = { commands: 0, inside: 0 };

/**
 * A session whose work is measured.
 *
 * @param {Runs} session
 * @returns {Runs}
 */
function watched(session) {
  return {
    async exec(command) {
      made.commands++;
      const start = performance.now();
      try {
        return await work.run(() => session.exec(command));
      } finally {
        made.inside += performance.now() - start;
      }
    },
  };
}

/**
 * @param {Runs} session
 * @param {string} script
 */
async function printed(session, script) {
  const cmd = `bash -lc '${script}'`;
  const { output } = await session.exec({ cmd, yieldTimeMs: 60_000, maxOutputTokens: null });
  return output;
}

/**
 * Asks for the pieces one after another, and drops the answers.
 *
 * @param {Runs} session
 */
async function pieces(session) {
  for (let at = 0; at < size; at += PIECE) {
    const bytes = Math.min(PIECE, size - at);
    const groups = Math.ceil(bytes / 3) * 4;
    const text = await printed(session, `tail -c +${at + 1} ${file} | head -c ${bytes} | base64`);
    const expected = groups + Math.ceil(groups / 76);
    if (text.length !== expected) {
      throw new Error(`${told(text.length)} of ${told(expected)} characters came`);
    }
  }
}

/**
 * Reads the file in one command, and compares its digest with the box's.
 *
 * @param {Runs} session
 */
async function command(session) {
  const digest = await printed(session, `openssl dgst -sha256 -r ${file} || sha256sum ${file}`);
  const bytes = Buffer.from(await printed(session, `base64 ${file}`), "base64");
  const sum = createHash("sha256").update(bytes).digest("hex");
  if (!digest.startsWith(sum)) throw new Error("the bytes are not those of the file");
  return { bytes };
}

/** @param {number} number */
function told(number) {
  return number.toLocaleString("en");
}

/** @returns {Promise<(session: Runs) => Promise<any>>} */
async function reader() {
  if (rival === "pieces") return pieces;
  if (rival === "command") return command;
  const { readRecordingBytes } = await functionsOf(rival);
  const recording = { ...PROCESS, boxPath: file, pidFile: `${file}.pid`, startedAt: Date.now() };
  return (session) => readRecordingBytes(session, recording, Infinity);
}

async function main() {
  const session = await open(/** @type {import("./sessions.mjs").Channel} */ (channel));
  try {
    return await measure(await reader(), watched(session));
  } finally {
    await session.close();
  }
}

/**
 * @param {(session: Runs) => Promise<any>} read
 * @param {Runs} through
 */
async function measure(read, through) {
  // The first command of a session takes longer than later ones.
  await printed(through, "echo");
  Object.assign(made, { commands: 0, inside: 0 });
  await collect();
  const probe = startProbe(work.total, watchWaits());
  const before = startPeak();
  await sleep(5);
  probe.reset();
  const start = performance.now();
  const result = await read(through);
  const wall = performance.now() - start;
  // The last stall is measured by one more tick.
  await sleep(5);
  const { stall, own } = probe.stop();
  const peak = memory("VmHWM") - before;
  if (result && !readFileSync(file).equals(result.bytes)) {
    throw new Error(`other bytes came: ${told(result.bytes.length)} for ${told(size)}`);
  }
  return { wall, stall, own, peak, ...made };
}

const outcome = await main().catch((error) => ({ failed: String(error) }));
// A session may leave timers that would keep the process.
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit());
