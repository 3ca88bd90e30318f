// Follows an active pointer from a sandbox to a machine behind NATS and back, while both are at work.
import { setup } from "../scripts/setup.mjs";

setup("sandbox", "machine");
// Only now is there anything to import.
const { route } = await import("./route.mjs");
try {
  process.exitCode = (await route()) ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
