// Installs what the demo of routing needs, builds the addon, and runs the demo: see route-main.mjs.
import { setup } from "../scripts/setup.mjs";
import { main, readOptions } from "./route-main.mjs";

const options = readOptions();
setup("sandbox", "machine");
await main(options);
