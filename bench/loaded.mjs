// Prints how many modules a script loads, itself apart, and how many of those are of @openai/*.
import { Session } from "node:inspector";
import { pathToFileURL } from "node:url";

const session = new Session();
session.connect();
/** @type {string[]} */
const urls = [];
session.on("Debugger.scriptParsed", ({ params: { url } }) => void urls.push(url));
session.post("Debugger.enable");
// What was there before is told of at once.
const already = urls.length;
const { href } = pathToFileURL(process.argv[2] ?? "");
await import(href);
const loaded = urls.slice(already).filter((url) => url && !url.startsWith("node:") && url !== href);
const strangers = loaded.filter((url) => url.includes("@openai"));
session.disconnect();
console.log(JSON.stringify({ modules: loaded.length, strangers: strangers.length }));
