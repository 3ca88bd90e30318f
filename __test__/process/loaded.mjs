// Prints how many scripts of @openai/* are loaded: with the package, and with the first session that
// needs them.
import { Session } from "node:inspector";

const inspector = new Session();
inspector.connect();
/** @type {string[]} */
const urls = [];
inspector.on("Debugger.scriptParsed", ({ params: { url } }) => void urls.push(url));
inspector.post("Debugger.enable");
const count = () => urls.filter((url) => url.includes("/node_modules/@openai/")).length;

const { SelfhostedSession, readRecordingBytes } = await import("@opengeni/runtime-native");
if (!urls.some((url) => url.endsWith("/js/recording.js"))) throw new Error("scripts are not seen");
await readRecordingBytes({}, /** @type {any} */ ({})).catch(() => {});
const withPackage = count();
const deps = { workspaceId: "w", agentId: "a", controlRpc: /** @type {any} */ ({}) };
new SelfhostedSession({ ...deps, relay: { host: "r" } });
console.log(JSON.stringify({ withPackage, withSession: count() }));
inspector.disconnect();
