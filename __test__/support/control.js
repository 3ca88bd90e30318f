// A scripted way to an agent: keeps what is asked, and answers with what it is given.

/** @typedef {import("../../index.js").ControlRequest} ControlRequest */

const BYTES = new Uint8Array(0);

/** @type {Record<string, object>} */
const RESULTS = {
  ping: { nonce: "1", agentMonotonicMs: "0" },
  exec: { exitCode: 0, stdout: BYTES, stderr: BYTES, timedOut: false, durationMs: "0" },
  fsRead: { content: BYTES, totalSize: "0" },
  fsWrite: { bytesWritten: "0" },
  fsList: { entries: [] },
  fsStat: { exists: false, entry: undefined },
  desktopInput: {},
  desktopScreenshot: { png: BYTES, width: 0, height: 0 },
  desktopEnsure: { channel: undefined, display: undefined },
  ptyOpen: { ptyId: "", channel: undefined },
};

/**
 * @param {Record<string, object>} [results] By operation, in place of plain ones.
 * @param {(req: any) => any} [respond] In place of a response with the result.
 */
export function agentWith(results = {}, respond = undefined) {
  /** @type {{ subject: string, req: any, opts: { timeoutMs: number } }[]} */
  const asked = [];
  return {
    asked,
    /** The operations that were asked for, in their order. */
    get ops() {
      return asked.map(({ req }) => req.op);
    },
    /**
     * @param {string} subject
     * @param {ControlRequest} req
     * @param {{ timeoutMs: number }} opts
     * @returns {Promise<any>}
     */
    async request(subject, req, opts) {
      asked.push({ subject, req, opts });
      if (respond) return respond(req);
      const { $case } = /** @type {any} */ (req.op);
      const result = { $case, [$case]: { ...RESULTS[$case], ...results[$case] } };
      return { requestId: req.requestId, error: undefined, result };
    },
  };
}
