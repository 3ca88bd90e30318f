// A virtual X display with moving windows.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { end, launch } from "./processes.mjs";

/** @typedef {{ display: string, stop: () => Promise<void> }} Desktop */

/** The approximate size of a window, in pixels. */
const WINDOW = { width: 320, height: 400 };

/**
 * The commands of the windows, row by row, repeated where there are more windows. Their pictures change a
 * little faster than 15 times a second, and take a few hundredths of a processor.
 *
 * @type {((side: number) => string[])[]}
 */
const PROGRAMS = [
  body("icosahedron", "midnightblue"),
  () => ["xclock", "-analog", "-update", "1"],
  body("cube", "darkgreen"),
  () => ["xeyes"],
  body("octahedron", "darkred"),
  body("icosahedron", "black"),
  body("cube", "purple4"),
  body("pyramid", "darkslategray"),
];

/**
 * Starts Xvfb on a free display, with a few X clients that keep moving.
 *
 * @param {{ width: number, height: number }} size In pixels.
 * @param {AbortSignal} [signal] Ends the start.
 * @returns {Promise<Desktop>}
 */
export async function startDesktop(size, signal) {
  signal?.throwIfAborted();
  const screen = `${size.width}x${size.height}x24`;
  const args = ["-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp"];
  const xvfb = launch("Xvfb", args, { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const display = await displayOf(xvfb, signal);
    return { display, ...startClients(xvfb, display, size) };
  } catch (error) {
    await end(xvfb);
    throw error;
  }
}

/**
 * Xvfb chooses a free number, and prints it when it accepts connections (Xserver(1)).
 *
 * @param {import("./processes.mjs").ChildProcess} xvfb
 * @param {AbortSignal} [signal]
 */
async function displayOf(xvfb, signal) {
  const lines = createInterface({
    input: /** @type {import("node:stream").Readable} */ (xvfb.stdout),
  });
  const [number] = await Promise.race([
    once(lines, "line", signal && { signal }),
    once(xvfb, "exit").then(() => {
      throw new Error("Xvfb ended before it had a display");
    }),
  ]);
  return `:${number}`;
}

/**
 * @param {import("./processes.mjs").ChildProcess} xvfb
 * @param {string} display
 * @param {{ width: number, height: number }} size
 */
function startClients(xvfb, display, size) {
  /** @type {Error | undefined} */
  let broken;
  const env = { ...process.env, DISPLAY: display };
  const clients = windows(size).map(([command = "", ...args]) =>
    launch(command, args, { env, stdio: "ignore" }),
  );
  for (const child of [...clients, xvfb]) child.on("error", (error) => (broken = error));
  return {
    async stop() {
      if (broken !== undefined) console.error(`the desktop was not complete: ${broken.message}`);
      await Promise.all([...clients, xvfb].map(end));
    },
  };
}

/**
 * The commands that cover a screen with windows.
 *
 * @param {{ width: number, height: number }} size
 */
function windows({ width, height }) {
  const columns = Math.max(2, Math.floor(width / WINDOW.width));
  const rows = Math.max(2, Math.floor(height / WINDOW.height));
  const [w, h] = [Math.floor(width / columns), Math.floor(height / rows)];
  return Array.from({ length: columns * rows }, (_, at) => {
    const [x, y] = [(at % columns) * w, Math.floor(at / columns) * h];
    const program = PROGRAMS[at % PROGRAMS.length]?.(Math.min(w, h)) ?? [];
    return [...program, "-geometry", `${w}x${h}+${x}+${y}`];
  });
}

/**
 * @param {string} shape
 * @param {string} background
 */
function body(shape, background) {
  return (/** @type {number} */ side) => {
    const width = Math.ceil(side * 0.6);
    const size = `${width}x${width}`;
    return ["ico", "-faces", "-obj", shape, "-bg", background, "-size", size, "-sleep", "0.04"];
  };
}
