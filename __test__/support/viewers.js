// Viewers of streams: what connects to a desktop or a terminal by a WebSocket.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * A connection to a WebSocket.
 *
 * @param {string} url
 */
function connect(url) {
  const script = fileURLToPath(new URL("websocket.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--experimental-websocket", script, url], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  let received = Buffer.alloc(0);
  let hasEnded = false;
  /** @type {() => void} */
  let wake = () => {};
  child.stdout.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
    wake();
  });
  child.on("close", () => {
    hasEnded = true;
    wake();
  });
  /** @param {() => boolean} isThere */
  const until = async (isThere) => {
    while (!isThere()) {
      if (hasEnded) throw new Error(`the stream ended after ${received.length} bytes`);
      await new Promise((resolve) => (wake = () => resolve(undefined)));
    }
  };
  return {
    /** @param {string | Uint8Array} bytes */
    send: (bytes) => child.stdin.write(bytes),
    /**
     * The next bytes.
     *
     * @param {number} length
     */
    async take(length) {
      await until(() => received.length >= length);
      const taken = received.subarray(0, length);
      received = received.subarray(length);
      return taken;
    },
    /**
     * Waits for a text.
     *
     * @param {string} text
     */
    find: (text) => until(() => received.includes(text)),
    close: () => child.stdin.end(),
  };
}

/**
 * Completes the handshake of a VNC client (RFC 6143, 7.1 to 7.3), and gives the size of the desktop.
 *
 * @param {string} url
 */
export async function viewDesktop(url) {
  const socket = connect(url);
  try {
    const version = await socket.take(12);
    if (`${version}` !== "RFB 003.008\n") throw new Error(`the version is ${version}`);
    socket.send(version);
    const [kinds = 0] = await socket.take(1);
    const security = await socket.take(kinds);
    if (!security.includes(1)) throw new Error(`the security types are ${security.join()}`);
    socket.send(new Uint8Array([1]));
    const result = (await socket.take(4)).readUInt32BE();
    if (result !== 0) throw new Error(`the security result is ${result}`);
    // Others may watch as well.
    socket.send(new Uint8Array([1]));
    const init = await socket.take(24);
    const name = await socket.take(init.readUInt32BE(20));
    return { width: init.readUInt16BE(0), height: init.readUInt16BE(2), name: `${name}` };
  } finally {
    socket.close();
  }
}

/**
 * Types a line into a terminal, and waits for what it prints.
 *
 * @param {string} url
 * @param {string} line
 * @param {string} printed
 */
export async function typeInto(url, line, printed) {
  const socket = connect(url);
  try {
    socket.send(`${line}\n`);
    await socket.find(printed);
  } finally {
    socket.close();
  }
}
