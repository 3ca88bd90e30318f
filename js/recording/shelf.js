import { observed } from "../diagnostics.js";
import { inquire, run } from "../driver.js";
import { limitsOf, optionsOf } from "./options.js";
import { SessionHost } from "./session.js";

/**
 * @typedef {import("../../index.js").ListRecordingsOptions} ListRecordingsOptions
 * @typedef {import("../../index.js").SweepRecordingsOptions} SweepRecordingsOptions
 */

/**
 * @param {unknown} session
 * @param {ListRecordingsOptions} [options]
 * @returns {Promise<import("../../index.js").RecordingEntry[]>}
 */
export async function listRecordings(session, options) {
  const { tmpDir, runAs, signal, timeoutMs } = optionsOf(options);
  const limits = limitsOf(signal, timeoutMs);
  return await observed("recording", "listRecordings", { tmpDir }, () =>
    run("listRecordings", [tmpDir, runAs], new SessionHost(session), limits),
  );
}

/**
 * @param {unknown} session
 * @param {SweepRecordingsOptions} options
 * @returns {Promise<import("../../index.js").SweptRecording[]>}
 */
export async function sweepRecordings(session, options) {
  const { tmpDir, runAs, olderThanSeconds, dryRun, signal, timeoutMs } = optionsOf(options);
  const limits = limitsOf(signal, timeoutMs);
  return await observed("recording", "sweepRecordings", { tmpDir }, () =>
    run(
      "sweepRecordings",
      [tmpDir, runAs, olderThanSeconds, dryRun],
      new SessionHost(session),
      limits,
    ),
  );
}

/**
 * @param {Uint8Array} bytes
 * @returns {import("../../index.js").RecordingProbe}
 */
export function probeRecording(bytes) {
  return inquire("probeRecording", kept(bytes));
}

/**
 * The bytes, copied where another thread may change them while they are read.
 *
 * @param {Uint8Array} bytes
 */
function kept(bytes) {
  const isShared =
    typeof SharedArrayBuffer === "function" && bytes?.buffer instanceof SharedArrayBuffer;
  return isShared ? new Uint8Array(bytes) : bytes;
}
