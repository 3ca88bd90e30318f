// The programs that the real tests need. Where one is missing the tests say so and fail in CI.
import { spawnSync } from "node:child_process";

/** @param {string[]} commands */
export function missing(...commands) {
  const absent = commands.filter(
    (command) => spawnSync("sh", ["-c", `command -v ${command}`]).status !== 0,
  );
  if (absent.length > 0) {
    console.log(`skipped: ${absent.join(", ")} not found; npm test installs them where it may`);
    if (process.env["CI"] !== undefined) throw new Error(`CI lacks ${absent.join(", ")}`);
  }
  return absent.length > 0;
}

/** Whether these tests may not mount and become another user, which they then say. */
export function lacksRoot() {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) console.log("skipped: what only root may do is tested as root only");
  return !isRoot;
}
