import { remember } from "./channels.js";
import { Handover } from "../driver.js";
import core from "../../native.js";
import { decodePayload, digestsOf } from "./payload.js";
import { text } from "../text.js";

/** The length from which an array has pages of its own with each allocator, in bytes. */
const LONG = 1 << 25;

/** @param {number} length */
function newArray(length) {
  const array = new Uint8Array(length);
  if (length > LONG) core.keepFromForks(array);
  return array;
}

/**
 * The session's method for running commands, looked up for each call.
 *
 * @param {any} session
 */
function methodOf(session) {
  if (typeof session.exec === "function") return "exec";
  return typeof session.execCommand === "function" ? "execCommand" : undefined;
}

/** The session of one operation, with the texts and the bytes that stay in JavaScript. */
export class SessionHost {
  /** @type {Uint8Array<ArrayBuffer> | undefined} */
  bytes;
  /**
   * The texts of the last command in each lane.
   *
   * @type {{ output?: string | undefined, stdout?: string | undefined }[]}
   */
  #held = [];
  #session;
  #onProgress;

  /**
   * @param {any} session
   * @param {((progress: import("../../index.js").ReadProgress) => void) | null} [onProgress]
   */
  constructor(session, onProgress) {
    this.#session = session;
    this.#onProgress = onProgress;
  }

  /**
   * @param {number} receivedBytes
   * @param {number} totalBytes
   */
  "progress.tell"(receivedBytes, totalBytes) {
    /** @type {any} */
    const told = this.#onProgress?.({ receivedBytes, totalBytes });
    // A promise is waited for. Its rejection would have nobody else.
    if (typeof told?.then === "function") return Promise.resolve(told).then(() => undefined);
    return undefined;
  }

  "session.canExec"() {
    return methodOf(this.#session) !== undefined;
  }

  /**
   * Runs a command. Returns `undefined` where the session cannot.
   *
   * @param {string} cmd
   * @param {number} yieldTimeMs
   * @param {number | null} maxOutputTokens
   * @param {string | null} runAs
   */
  "session.exec"(cmd, yieldTimeMs, maxOutputTokens, runAs) {
    return this.#exec(cmd, yieldTimeMs, maxOutputTokens, runAs);
  }

  /**
   * Runs a command, keeps its texts in a lane, and returns their lengths.
   *
   * @param {string} cmd
   * @param {number} yieldTimeMs
   * @param {number | null} maxOutputTokens
   * @param {string | null} runAs
   * @param {number} lane
   */
  async "session.execHeld"(cmd, yieldTimeMs, maxOutputTokens, runAs, lane) {
    this.#held[lane] = {};
    const reply = await this.#exec(cmd, yieldTimeMs, maxOutputTokens, runAs);
    if (reply) {
      const [output, , stdout] = reply;
      this.#held[lane] = { output, stdout };
      reply[0] = output === undefined ? undefined : this.outlineOf(output);
      reply[2] = stdout === undefined ? undefined : this.outlineOf(stdout);
    }
    return reply;
  }

  /**
   * @param {string} cmd
   * @param {number} yieldTimeMs
   * @param {number | null} maxOutputTokens
   * @param {string | null} runAs
   * @returns {Promise<any[] | undefined>}
   */
  async #exec(cmd, yieldTimeMs, maxOutputTokens, runAs) {
    const session = this.#session;
    const name = methodOf(session);
    if (name === undefined) return undefined;
    // A session may return another method at each look-up, so the one that was found is called.
    const method = session[name];
    if (typeof method !== "function") throw new TypeError(`session.${name} is not a function`);
    const args =
      runAs == null
        ? { cmd, yieldTimeMs, maxOutputTokens: maxOutputTokens ?? null }
        : { cmd, runAs, yieldTimeMs, maxOutputTokens: maxOutputTokens ?? null };
    const result = await Reflect.apply(method, session, [args]);
    const all = text(result);
    if (all !== undefined) return [all];
    const output = text(result.output);
    const stderr = text(result.stderr);
    const stdout = text(result.stdout);
    return [output, stderr, stdout, aside(result, "sessionId"), aside(result, "exitCode")];
  }

  /**
   * Decodes a held text into a part of the bytes. The array has `total` bytes from then on.
   *
   * @param {number} lane
   * @param {"stdout" | "output"} stream
   * @param {number} offset
   * @param {number} length
   * @param {number} total
   * @param {any} slot
   */
  async "bytes.decode"(lane, stream, offset, length, total, slot) {
    const held = this.#held[lane] ?? {};
    const text = /** @type {string} */ (held[stream]);
    held[stream] = undefined;
    const place = await decodePayload(slot, text, () => this.room(lane, offset, length, total));
    const bytes = this.decoded(lane);
    return new Handover((slot, number) => core.answerDecoded(slot, number, place, bytes));
  }

  /**
   * What the core learns of a held text: its length.
   *
   * @param {string} text
   * @returns {number | [length: number, tail: string]}
   */
  outlineOf(text) {
    return text.length;
  }

  /**
   * The array for a part of the bytes.
   *
   * @param {number} _lane
   * @param {number} offset
   * @param {number} length
   * @param {number} total
   */
  room(_lane, offset, length, total) {
    const before = this.bytes;
    const bytes = before && before.length >= total ? before : newArray(total);
    if (before && before !== bytes) bytes.set(before);
    this.bytes = bytes;
    const isAll = offset === 0 && length === bytes.length;
    return isAll ? bytes : bytes.subarray(offset, offset + length);
  }

  /**
   * @param {number[]} spans
   * @param {number} lane
   */
  async "bytes.digest"(spans, lane) {
    const digests = await digestsOf(this.decoded(lane), spans);
    return new Handover((slot, number) => core.answerBytes(slot, number, digests));
  }

  "bytes.inspect"() {
    return new Handover((slot, number) => core.answerBytes(slot, number, this.decoded(0)));
  }

  /**
   * The array that a lane's text is decoded into.
   *
   * @param {number} _lane
   */
  decoded(_lane) {
    return this.bytes ?? new Uint8Array(0);
  }

  /**
   * Keeps the lengths that the session lets through, and how many commands it runs at once, for the next
   * operation.
   *
   * @param {number} through
   * @param {number} patience
   * @param {number} atOnce
   */
  "session.remember"(through, patience, atOnce) {
    remember(this.#session, [through, patience, atOnce]);
  }
}

/**
 * A number beside the texts of a result. It only explains failures, so an error of its getter is ignored.
 *
 * @param {any} result
 * @param {"sessionId" | "exitCode"} key
 */
function aside(result, key) {
  try {
    const value = result[key];
    return typeof value === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}
