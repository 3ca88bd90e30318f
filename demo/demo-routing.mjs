// Moves an active pointer from a sandbox to a machine behind NATS and back, while commands run on both.
import { setup } from "../scripts/setup.mjs";

setup("sandbox", "machine");
// Imported after the setup, which installs and builds what the demo imports.
const { route } = await import("./route.mjs");
try {
  process.exitCode = (await route()) ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
