// An S3-compatible server on this machine: moto, in a virtual environment of its own.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const VERSION = "5.2.5";
/** The parts of moto[server] that S3 needs. All of it would be twice as large. */
const PACKAGES = [`moto[s3]==${VERSION}`, "flask==3.1.3", "flask-cors==6.0.5"];

const environment = fileURLToPath(new URL(`../../target/moto-${VERSION}`, import.meta.url));
const python = path.join(environment, "bin/python");

/** Installs the server, unless it is there. */
function install() {
  // This file is written last. Without it the installation was interrupted.
  const complete = path.join(environment, "complete");
  if (existsSync(complete)) return;
  console.log(`object storage: installing moto ${VERSION} in ${environment}`);
  /** @type {import("node:child_process").ExecFileSyncOptions} */
  const visible = { stdio: "inherit" };
  execFileSync("python3", ["-m", "venv", "--clear", environment], visible);
  execFileSync(python, ["-m", "pip", "install", "--quiet", ...PACKAGES], visible);
  writeFileSync(complete, "");
}

/**
 * Starts the server on a free port. Its objects are in memory, and any credentials will do. Unlike
 * S3 it takes an object whose checksum is not the one that was sent with it.
 *
 * @returns {Promise<{ endpoint: string, stop: () => Promise<void> }>}
 */
export async function startObjectStorage() {
  install();
  const server = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exit = once(server, "exit");
  const endpoint = await Promise.race([
    listening(server.stderr),
    exit.then(() => {
      throw new Error("moto ended before it listened");
    }),
  ]);
  // The log is read to its end, since a full pipe would block the server.
  server.stderr.resume();
  return {
    endpoint,
    async stop() {
      server.kill();
      await exit;
    },
  };
}

/**
 * Where the server says it listens.
 *
 * @param {import("node:stream").Readable} log
 */
async function listening(log) {
  for await (const line of createInterface({ input: log })) {
    const endpoint = /Running on (http:\S+)/.exec(line)?.[1];
    if (endpoint !== undefined) return endpoint;
  }
  return new Promise(() => {});
}
