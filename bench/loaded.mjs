// Prints the number of modules that a script loads, without itself, and how many of them are of @openai/*.
import { pathToFileURL } from "node:url";
import { watchScripts } from "../__test__/support/scripts.js";

const { urls, stop } = watchScripts();
const already = urls.length;
const { href } = pathToFileURL(process.argv[2] ?? "");
await import(href);
const loaded = urls.slice(already).filter((url) => url && !url.startsWith("node:") && url !== href);
const strangers = loaded.filter((url) => url.includes("@openai"));
stop();
console.log(JSON.stringify({ modules: loaded.length, strangers: strangers.length }));
