// A scripted box that understands what it is asked for, behind a channel of any kind.
import { createHash } from "node:crypto";

/**
 * @typedef {object} Asked
 * @property {string} cmd
 * @property {"size" | "file" | "piece" | "digests" | "log" | "other"} what
 * @property {number} offset Of the piece.
 * @property {number} length Of the piece.
 *
 * @typedef {(text: string, asked: Asked) => any} Channel What becomes of what a command printed.
 *
 * @typedef {object} Box
 * @property {Uint8Array} video
 * @property {string} [log]
 * @property {boolean} [hasDigests] Whether the box has the tool for digests.
 * @property {string} [state] What tells the file from another of its size.
 */

/** A login shell that greets. */
const GREETING = "Welcome!\nbash: warning: setlocale: LC_ALL: cannot change locale\n";

/**
 * A session on a box. The box may be changed while it is read.
 *
 * @param {Box} box
 * @param {Channel} [channel]
 */
export function sessionOn(box, channel = (text) => ({ output: text, stdout: text, stderr: "" })) {
  /** @type {Asked[]} */
  const asked = [];
  return {
    asked,
    /** The pieces that were asked for, the whole file included. */
    get pieces() {
      return asked.filter(({ what }) => what === "piece" || what === "file");
    },
    /** @param {{ cmd: string }} args */
    async exec({ cmd }) {
      const question = questionOf(cmd);
      asked.push(question);
      return channel(GREETING + printed(box, question), question);
    },
  };
}

/**
 * @param {string} cmd
 * @returns {Asked}
 */
function questionOf(cmd) {
  const [, offset = "1", length = "0"] = /tail -c \+(\d+) \S+ \| head -c (\d+)/.exec(cmd) ?? [];
  const piece = { offset: Number(offset) - 1, length: Number(length) };
  /** @type {[Asked["what"], boolean][]} */
  const kinds = [
    ["size", cmd.includes("stat -c %s")],
    ["piece", cmd.includes("| base64")],
    ["digests", cmd.includes("| sha256sum")],
    ["file", cmd.includes("base64 ")],
    ["log", cmd.includes("tail -c 2000")],
    ["other", true],
  ];
  const [what = "other"] = kinds.find(([, is]) => is) ?? [];
  return { cmd, what, ...piece };
}

/**
 * @param {Box} box
 * @param {Asked} asked
 */
function printed({ video, log = "", hasDigests = true, state = "1:2:3" }, asked) {
  const [framed = String, digested = String] = framesOf(asked.cmd);
  const sum = (/** @type {Uint8Array} */ bytes) =>
    `${createHash("sha256").update(bytes).digest("hex")} *-\n`;
  switch (asked.what) {
    case "size":
      return (
        framed(`${video.length}\n${video.length}:${state}\n`) +
        (asked.cmd.includes("sha256") ? digested(hasDigests ? sum(video) : "") : "")
      );
    case "file":
      return framed(lines(video));
    case "piece": {
      const part = video.subarray(asked.offset, asked.offset + asked.length);
      const isDigested = asked.cmd.includes("sha256");
      return framed(lines(part)) + (isDigested ? digested(hasDigests ? sum(part) : "") : "");
    }
    case "digests": {
      const parts = asked.cmd.matchAll(/tail -c \+(\d+) \S+ \| head -c (\d+)/g);
      const sums = Array.from(parts, ([, at, length]) =>
        sum(video.subarray(Number(at) - 1, Number(at) - 1 + Number(length))),
      );
      return framed(sums.join(""));
    }
    case "log":
      return framed(`GONE\n${log}`);
    case "other":
      return framed("");
  }
}

/** @param {Uint8Array} bytes */
export function lines(bytes) {
  return Buffer.from(bytes).toString("base64").replace(/.{76}/g, "$&\n") + "\n";
}

/**
 * The frames that a command prints, in their order: each puts its lines around a text.
 *
 * @param {string} cmd
 * @returns {((text: string) => string)[]}
 */
export function framesOf(cmd) {
  const lines = Array.from(cmd.matchAll(/printf "\\n%s:%s\\n" (\S+) ([^;' ]+)/g));
  return lines
    .filter(([, , label]) => label !== "end")
    .map(
      ([, nonce, label]) =>
        (text) =>
          `\n${nonce}:${label}\n${text}\n${nonce}:end\n`,
    );
}
