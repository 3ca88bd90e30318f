// Stores that a box uploads to: servers on this machine, and what they were sent.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @typedef {object} Received
 * @property {string} method
 * @property {string} url
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {number} length
 * @property {string} sha256
 *
 * @typedef {(response: import("node:http").ServerResponse, received: Received, at: number) => void} Respond
 *   Answers a request, which is the one of this number.
 */

/** What a URL is signed with, in the tests that look for it. */
export const SIGNATURE = "5ec2e7a51e57";

/**
 * Starts a store for a test.
 *
 * @param {Pick<import("vitest").TestContext, "onTestFinished">} test
 * @param {Respond} [respond]
 * @param {(request: import("node:http").IncomingMessage) => Promise<unknown>} [before] What is awaited before a
 *   request is read.
 */
export async function startStore(
  { onTestFinished },
  respond = (response) => response.end(),
  before = async () => {},
) {
  /** @type {Received[]} */
  const received = [];
  const take = async (
    /** @type {import("node:http").IncomingMessage} */ request,
    /** @type {import("node:http").ServerResponse} */ response,
  ) => {
    await before(request);
    const hash = createHash("sha256");
    let length = 0;
    for await (const chunk of request) {
      hash.update(chunk);
      length += chunk.length;
    }
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, length, sha256: hash.digest("hex") };
    received.push(one);
    respond(response, one, received.length);
  };
  const server = createServer((request, response) => {
    // A connection that the box has cut is no failure of the test.
    take(request, response).catch(() => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const query = `X-Amz-Credential=KEYID%2F20260101&X-Amz-Signature=${SIGNATURE}`;
  return { received, port, url: `http://127.0.0.1:${port}/bucket/films/turn-7.mp4?${query}` };
}
