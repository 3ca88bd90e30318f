import { observed } from "../diagnostics.js";
import { run } from "../driver.js";
import { given } from "../given.js";
import { observerOf } from "./options.js";
import { about, readingOf } from "./recording.js";
import { SessionHost } from "./session.js";

/**
 * @typedef {import("../../index.js").RecordingProcess} RecordingProcess
 * @typedef {import("../../index.js").UploadRecordingInput} UploadRecordingInput
 * @typedef {import("../../index.js").RecordingArtifact} RecordingArtifact
 */

/**
 * @param {unknown} session
 * @param {RecordingProcess} process
 * @param {UploadRecordingInput} input
 * @returns {Promise<RecordingArtifact>}
 */
export async function uploadRecordingArtifact(session, process, input) {
  const { url, requiredHeaders, maxSeconds, maxBytes, signal, timeoutMs, onProgress } = given(
    "input",
    input,
  );
  const observer = observerOf(onProgress);
  const { args, boxPath, limits } = readingOf(process, { maxBytes, signal, timeoutMs });
  const host = new SessionHost(
    session,
    observer &&
      (({ receivedBytes, totalBytes }) => observer({ sentBytes: receivedBytes, totalBytes })),
  );
  return observed(
    "recording",
    "uploadRecordingArtifact",
    about(process, boxPath),
    () =>
      run(
        "uploadRecordingArtifact",
        [...args, url, pairs(requiredHeaders), maxSeconds, observer !== null],
        host,
        limits,
      ),
    ({ sizeBytes, durationSeconds }) => ({ sizeBytes, durationSeconds }),
  );
}

/**
 * The names and values of a plain object. Another value stays as it is, and so does what is iterated, such as a
 * `Map` or `Headers`: its entries are not its properties.
 *
 * @param {any} headers
 */
function pairs(headers) {
  if (Array.isArray(headers)) return {};
  const isPlain = typeof headers === "object" && headers !== null && !(Symbol.iterator in headers);
  return isPlain ? Object.entries(headers) : headers;
}
