import { observed } from "../diagnostics.js";
import { run } from "../driver.js";
import { checkFunction, given } from "../given.js";
import { DEFAULT_MAX_BYTES, about, knownOf } from "./recording.js";
import { limitsOf } from "./options.js";
import { SessionHost } from "./session.js";

/**
 * @typedef {import("../../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../../index.js").UploadRecordingInput} UploadRecordingInput
 * @typedef {import("../../index.js").UploadRecordingResult} UploadRecordingResult
 */

/** The session of one upload, with who observes it. */
class UploadHost extends SessionHost {
  #onProgress;

  /**
   * @param {unknown} session
   * @param {UploadRecordingInput["onProgress"]} onProgress
   */
  constructor(session, onProgress) {
    super(session);
    this.#onProgress = onProgress;
  }

  /**
   * @param {number} sentBytes
   * @param {number} totalBytes
   */
  "upload.sent"(sentBytes, totalBytes) {
    // What it returns is not awaited: a promise of its own is no business of the upload's.
    this.#onProgress?.({ sentBytes, totalBytes });
  }
}

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {UploadRecordingInput} input
 * @returns {Promise<UploadRecordingResult>}
 */
export async function uploadRecordingArtifact(session, process, input) {
  const {
    url,
    requiredHeaders,
    maxBytes = DEFAULT_MAX_BYTES,
    maxSeconds,
    signal,
    timeoutMs,
    onProgress,
  } = given("input", input);
  const limits = limitsOf(signal, timeoutMs);
  if (onProgress !== undefined) checkFunction("onProgress", onProgress);
  const known = knownOf(process, maxBytes);
  return observed(
    "recording",
    "uploadRecordingArtifact",
    about(process, known[1]),
    () =>
      run(
        "uploadRecordingArtifact",
        [...known, url, pairs(requiredHeaders), maxSeconds, onProgress !== undefined],
        new UploadHost(session, onProgress),
        limits,
      ),
    ({ sizeBytes, durationSeconds }) => ({ sizeBytes, durationSeconds }),
  );
}

/**
 * The names and values of a plain object. Another value stays as it is: the entries of a `Map` or of `Headers`
 * are not its properties.
 *
 * @param {any} headers
 */
function pairs(headers) {
  const isPlain = typeof headers === "object" && headers !== null && !(Symbol.iterator in headers);
  return isPlain ? Object.entries(headers) : Array.isArray(headers) ? {} : headers;
}
