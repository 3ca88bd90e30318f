// Installs what the benchmark needs, and builds the addon.
import { setup } from "../scripts/setup.mjs";

setup("sandbox", "recording", "display", "rivals");
