// A virtual X display with something moving on it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** @typedef {{ display: string, stop: () => void }} Desktop */

/**
 * Starts Xvfb on a free display and a few X clients that never stand still.
 *
 * @param {{ width: number, height: number }} size In pixels.
 * @returns {Promise<Desktop>}
 */
export async function startDesktop({ width, height }) {
  /** @type {Error | undefined} */
  let broken;
  const xvfb = spawn(
    "Xvfb",
    ["-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  // Xvfb chooses a free number, and prints it when it accepts connections (Xserver(1)).
  const [number] = await Promise.race([
    once(createInterface({ input: xvfb.stdout }), "line"),
    once(xvfb, "exit").then(() => {
      throw new Error("Xvfb ended before it had a display");
    }),
  ]);
  const display = `:${number}`;
  const half = Math.floor(width / 2);
  const clients = [
    ["ico", "-faces", "-sleep", "0.02", "-geometry", `${half}x${half}+0+0`],
    ["xclock", "-analog", "-update", "1", "-geometry", `${half}x${half}+${half}+0`],
    ["xeyes", "-geometry", `${half}x${Math.max(1, height - half)}+${half}+${half}`],
  ].map(([command = "", ...args]) =>
    spawn(command, args, { env: { ...process.env, DISPLAY: display }, stdio: "ignore" }),
  );
  for (const child of [...clients, xvfb]) {
    child.on("error", (error) => (broken = error));
  }
  return {
    display,
    stop() {
      if (broken !== undefined) console.error(`the desktop was not complete: ${broken.message}`);
      for (const child of [...clients, xvfb]) child.kill();
    },
  };
}
