// Installs what the demo needs, builds the addon, and runs the demo: see main.mjs.
import { setup } from "../scripts/setup.mjs";
import { main, readOptions } from "./main.mjs";

const options = readOptions();
/** @type {import("../scripts/setup.mjs").Part[]} */
const display = options.display === undefined ? ["display"] : [];
setup("sandbox", "recording", ...display);
await main(options);
