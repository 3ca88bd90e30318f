// Prints how many scripts of @openai/* are loaded: with the package, and with the first session that
// needs them.
import { watchScripts } from "../support/scripts.js";

const { urls, stop } = watchScripts();
const count = () => urls.filter((url) => url.includes("/node_modules/@openai/")).length;

const { SelfhostedSession, readRecordingBytes } = await import("@opengeni/runtime-native");
if (!urls.some((url) => url.endsWith("/js/recording/recording.js")))
  throw new Error("scripts are not seen");
await readRecordingBytes({}, /** @type {any} */ ({})).catch(() => {});
const withPackage = count();
const deps = { workspaceId: "w", agentId: "a", controlRpc: /** @type {any} */ ({}) };
new SelfhostedSession({ ...deps, relay: { host: "r" } });
console.log(JSON.stringify({ withPackage, withSession: count() }));
stop();
