import { ask } from "../driver.js";
import { text } from "../text.js";

/** How many units of a text are looked at for its banner, which has fewer. */
const HEAD = 1 << 10;

/**
 * The result that `exec` has, of the text that `execCommand` has. Anything but a text stays as it is.
 *
 * @param {unknown} answer Of `execCommand`.
 */
export async function resultOf(answer) {
  const raw = await answer;
  const all = text(raw);
  if (all === undefined) return raw;
  const { length, ...told } = ask("execHeader", all.slice(0, HEAD));
  const output = all.slice(length);
  return { output, stdout: output, stderr: "", ...told };
}

/**
 * The text that `execCommand` has, of the result that `exec` has: its standard output, or `output` where
 * that is empty.
 *
 * @param {unknown} answer Of `exec`.
 */
export async function textOf(answer) {
  const result = /** @type {any} */ (await answer);
  return text(result) ?? (text(result.stdout) || text(result.output) || "");
}
