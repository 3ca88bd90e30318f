// Prints how many scripts of @openai/* are loaded: with the package, and with the first session that
// needs them.
import { watchScripts } from "../support/scripts.js";

const { urls, stop } = watchScripts();
const count = () => urls.filter((url) => url.includes("/node_modules/@openai/")).length;

const { SelfhostedSandboxClient, readRecordingBytes } = await import("@opengeni/runtime-native");
if (!urls.some((url) => url.endsWith("/js/recording/recording.js")))
  throw new Error("scripts are not seen");
await readRecordingBytes({}, /** @type {any} */ ({})).catch(() => {});
const withPackage = count();
let turned = false;
setImmediate(() => (turned = true));
const relay = { host: "r" };
const controlRpcFactory = () => /** @type {any} */ ({});
const client = new SelfhostedSandboxClient({
  workspaceId: "w",
  relay,
  controlRpcFactory,
  epoch: 0,
});
await client.resume({ agentId: "a" });
console.log(JSON.stringify({ withPackage, withSession: count(), turned }));
stop();
