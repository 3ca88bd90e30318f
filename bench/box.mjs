// Scripted sessions with one recording on their box. They print its base64 as providers do.
import { randomBytes } from "node:crypto";

/** The length of a line of `base64`, in bytes of video and in characters with the line break. */
const LINE = 57;
const CHARACTERS = 77;

/** The block that a video repeats. */
const BLOCK = randomBytes(LINE * 1024);
const LINES = BLOCK.toString("base64").replace(/.{76}/g, "$&\n");

/** The length of the pieces that a provider appends to its text. */
const CHUNK = 65_536;

const BANNER = "Wall time: 0.0120 seconds\nProcess exited with code 0\nOutput:\n";

/**
 * @typedef {"exec" | "banner"} Shape What a session returns: an object, or a text with a banner.
 *
 * @typedef {"flat" | "external" | "rope"} Form How the engine has the text: in one piece on its heap,
 *   as decoding gives it; in one piece beside it, as Node gives large Latin-1; or in many, as a
 *   provider leaves it that adds up what it receives.
 */

/**
 * The text that the box prints for a video of so many bytes.
 *
 * @param {number} bytes
 * @param {Shape} shape
 * @param {Form} form
 */
export function printed(bytes, shape = "exec", form = "flat") {
  const lines = Math.floor(bytes / LINE) * CHARACTERS;
  const rest = BLOCK.toString("base64", 0, bytes % LINE);
  const banner = shape === "banner" ? BANNER : "";
  const text = Buffer.alloc(banner.length + lines + (rest && `${rest}\n`).length);
  text.write(banner);
  text.fill(LINES, banner.length, banner.length + lines);
  text.write(rest && `${rest}\n`, banner.length + lines);
  if (form === "external") return text.toString("latin1");
  if (form === "flat") return text.toString();
  let rope = "";
  for (let at = 0; at < text.length; at += CHUNK) rope += text.toString("utf8", at, at + CHUNK);
  return rope;
}

/**
 * @param {number} bytes
 * @param {Shape} shape
 * @param {string} text The text that the box prints for the video.
 */
export function boxWith(bytes, shape = "exec", text = printed(bytes, shape)) {
  const put = (/** @type {string} */ output) =>
    shape === "exec" ? { output, exitCode: 0 } : output;
  const banner = shape === "banner" ? BANNER : "";
  const [size, nothing, video] = [put(`${banner}${bytes}\n`), put(banner), put(text)];
  return {
    /** @param {{ cmd: string }} args */
    async [shape === "exec" ? "exec" : "execCommand"]({ cmd }) {
      return cmd.includes("stat -c") ? size : cmd.includes("base64") ? video : nothing;
    },
  };
}

/**
 * Whether `bytes` are those of the video.
 *
 * @param {Uint8Array} video
 * @param {number} bytes
 */
export function isVideo(video, bytes) {
  if (video.length !== bytes) return false;
  for (let at = 0; at < bytes; at += BLOCK.length) {
    const part = video.subarray(at, at + BLOCK.length);
    // The last line is the beginning of the block again.
    const whole = part.length - (bytes - at < BLOCK.length ? part.length % LINE : 0);
    if (BLOCK.compare(part, 0, whole, 0, whole) !== 0) return false;
    if (BLOCK.compare(part, whole, part.length, 0, part.length - whole) !== 0) return false;
  }
  return true;
}
