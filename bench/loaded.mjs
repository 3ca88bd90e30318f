// Prints how many modules an import of the package loads, and how many of those are of @openai/*.
import { Session } from "node:inspector";

const session = new Session();
session.connect();
/** @type {string[]} */
const urls = [];
session.on("Debugger.scriptParsed", ({ params: { url } }) => void urls.push(url));
session.post("Debugger.enable");
// What was there before is told of at once.
const already = urls.length;
await import("../index.js");
const loaded = urls.slice(already).filter((url) => url && !url.startsWith("node:"));
const strangers = loaded.filter((url) => url.includes("@openai"));
session.disconnect();
console.log(JSON.stringify({ modules: loaded.length, strangers: strangers.length }));
