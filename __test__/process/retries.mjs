// The wait before a request is sent again is all that keeps the process alive.
import { SelfhostedSession } from "@opengeni/runtime-native";

let sent = 0;
const controlRpc = {
  request: async (/** @type {string} */ _subject, /** @type {any} */ { requestId }) => {
    sent++;
    const error = { code: 6, message: "draining", retryable: true, detail: {} };
    return { requestId, error, result: undefined };
  },
};
const session = new SelfhostedSession({
  ...{ workspaceId: "w", agentId: "a", controlRpc, relay: { host: "relay.test" } },
  retry: { drainingExec: 5, baseMs: 50, factor: 1 },
});
await session.exec({ cmd: "true" }).catch(() => {});
console.log(`sent ${sent} times`);
