// A session that answers by a script, as a box with the service's frames or as a double without them.

/**
 * @typedef {object} Scripted What a command comes to.
 * @property {string} [stdout]
 * @property {string} [stderr]
 * @property {number | null} [exitCode] Default 0.
 * @property {number} [sessionId]
 *
 * @typedef {(cmd: string) => Scripted | undefined} Script Of the command as it was sent.
 */

/**
 * What a box prints of a framed command.
 *
 * @param {string} cmd
 * @param {Scripted} answer
 */
export function framed(cmd, { stdout = "", stderr = "", exitCode = 0 }) {
  const [, nonce, label] = /** @type {RegExpMatchArray} */ (
    /printf "\\n%s:%s\\n" (og-[0-9a-f]+) (\S+);/.exec(cmd)
  );
  const printed = label === "done" ? stdout + stderr : stdout;
  const status = cmd.includes("%s:exit:%s") ? `\n${nonce}:exit:${exitCode}\n` : "";
  return `\n${nonce}:${label}\n${printed}${status}\n${nonce}:end\n`;
}

/**
 * @param {Script} script
 * @param {{ kind?: "exec" | "execCommand", frames?: boolean }} [as]
 */
export function scripted(script, { kind = "exec", frames = true } = {}) {
  /** @type {any[]} */
  const calls = [];
  /** @param {any} args */
  function answer(args) {
    calls.push(args);
    const answer = script(args.cmd) ?? {};
    const isFramed = frames && args.cmd.includes('printf "\\n%s:%s\\n"');
    return { ...answer, stdout: isFramed ? framed(args.cmd, answer) : (answer.stdout ?? "") };
  }
  const session = {
    /** @param {any} args */
    async exec(args) {
      if (this !== session) throw new Error("called on something else");
      const { stdout, stderr = "", exitCode = 0, sessionId } = answer(args);
      return { output: stdout, stdout, stderr, exitCode, sessionId, wallTimeSeconds: 0.5 };
    },
    /** @param {any} args */
    async execCommand(args) {
      if (this !== session) throw new Error("called on something else");
      const { stdout, exitCode = 0, sessionId } = answer(args);
      return banner(stdout, { exitCode, sessionId });
    },
  };
  const { exec, execCommand } = session;
  Object.assign(session, { exec: undefined, execCommand: undefined });
  Object.assign(session, kind === "exec" ? { exec } : { execCommand });
  return { session: /** @type {any} */ (session), calls };
}

/**
 * What `execCommand` answers.
 *
 * @param {string} output
 * @param {{ exitCode?: number | null, sessionId?: number | undefined }} how
 */
export function banner(output, { exitCode = 0, sessionId }) {
  const end =
    sessionId === undefined
      ? `Process exited with code ${exitCode}`
      : `Process running with session ID ${sessionId}`;
  return `Chunk ID: abc123\nWall time: 0.1000 seconds\n${end}\nOutput:\n${output}`;
}
