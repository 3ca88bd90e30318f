// Sessions whose commands run in a shell of this machine.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * @typedef {{ cmd: string, yieldTimeMs?: number, maxOutputTokens?: number | null }} Command
 * @typedef {object} Session
 * @property {(command: Command) => Promise<{ output: string }>} exec
 * @property {() => Promise<void>} close
 *
 * @typedef {"local" | "unlimited"} Channel How much of what a command prints comes through: 1,048,576
 *   characters, or all of it.
 */

const run = promisify(execFile);

/**
 * @param {Channel} channel
 * @returns {Promise<Session>}
 */
export async function open(channel) {
  if (channel === "unlimited") return unlimited();
  const { UnixLocalSandboxClient } = await import("@openai/agents/sandbox/local");
  return /** @type {any} */ (await new UnixLocalSandboxClient().create());
}

/** @returns {Session} */
function unlimited() {
  // The session has a home of its own, as the local session does, so that no login profile of this machine
  // runs.
  const home = mkdtempSync(join(tmpdir(), "bench-home-"));
  const options = { maxBuffer: Infinity, env: { ...process.env, HOME: home } };
  return {
    async exec({ cmd }) {
      const { stdout } = await run("bash", ["-c", cmd], options);
      return { output: stdout };
    },
    async close() {
      rmSync(home, { recursive: true });
    },
  };
}
