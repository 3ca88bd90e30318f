// Fetches a program, on a machine that may have neither curl nor wget: node download.mjs <url> <file>
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const [url = "", file = ""] = process.argv.slice(2);
const response = await fetch(url);
if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, new Uint8Array(await response.arrayBuffer()), { mode: 0o755 });
