// Starts a NATS server on a port of this machine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/** @typedef {{ url: string, port: number, stop: () => Promise<void> }} NatsServer */

/**
 * Starts `nats-server`.
 *
 * @param {{ port?: number, maxPayload?: number, config?: string }} [options] The port, by default a free
 *   one; the largest message in bytes, by default the server's own 1 MiB; more lines of the configuration.
 * @returns {Promise<NatsServer>}
 */
export async function startNatsServer({ port = -1, maxPayload = 1 << 20, config: more = "" } = {}) {
  const directory = mkdtempSync(path.join(tmpdir(), "nats-"));
  const config = path.join(directory, "nats.conf");
  const lines = [`listen: "127.0.0.1:${port}"`, `max_payload: ${maxPayload}`, more];
  writeFileSync(config, lines.join("\n"));
  // In a process group of its own, since Ctrl+C in a terminal would end it before what is connected to it.
  const server = spawn("nats-server", ["--config", config], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exit = once(server, "exit");
  const bound = await Promise.race([
    listening(server.stderr),
    exit.then(() => {
      throw new Error("nats-server ended before it listened");
    }),
  ]);
  // The log is read to its end, since a full pipe would block the server.
  server.stderr.resume();
  return {
    url: `nats://127.0.0.1:${bound}`,
    port: bound,
    async stop() {
      server.kill("SIGKILL");
      await exit;
      rmSync(directory, { recursive: true });
    },
  };
}

/**
 * The port that the server's log names.
 *
 * @param {import("node:stream").Readable} log
 */
async function listening(log) {
  for await (const line of createInterface({ input: log })) {
    const port = /Listening for client connections on \S+:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  return new Promise(() => {});
}
