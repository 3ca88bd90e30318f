// A real desktop and a real terminal on a real session, launched, viewed and ended.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  DisplayStackError,
  TerminalServerError,
  ensureDisplayStack,
  ensureTerminalServer,
  exposeStreamPort,
  tearDownDisplayStack,
  tearDownTerminalServer,
} from "../../index.js";
import { VIEWER } from "../support/tokens.js";
import { missing } from "../support/tools.js";
import { typeInto, viewDesktop } from "../support/viewers.js";

/** The programs that images have. */
const IMAGE = fileURLToPath(new URL("../../testing/image", import.meta.url));
/** Where the VNC server listens, which the command of the launch has fixed. */
const VNC_PORT = 5900;
const INPUT = { ...VIEWER, streamTokenSecret: "s" };
const SMALL = { width: 640, height: 480, dpi: 96 };

/** @param {number} port */
function listens(port) {
  return spawnSync("nc", ["-z", "127.0.0.1", `${port}`]).status === 0;
}

/** A server on a port that nobody else has. */
async function occupied() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}

async function freePort() {
  const { port, close } = await occupied();
  await close();
  return port;
}

/**
 * The command lines of a program that have a text in them.
 *
 * @param {string} program
 * @param {string} text
 */
function running(program, text) {
  const lines = readdirSync("/proc").map((entry) => {
    try {
      return readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      // No process, or one that has just ended.
      return "";
    }
  });
  return lines.filter((line) => line.includes(program) && line.includes(text));
}

const isLacking = missing("Xvfb", "x11vnc", "websockify", "nc", "flock", "socat", "python3");

describe.skipIf(isLacking)("for real", () => {
  /** @type {import("@openai/agents/sandbox/local").UnixLocalSandboxSession} */
  let session;
  /** @type {{ execCommand(args: any): Promise<string> }} */
  let bannerSession;
  /** @type {string} */
  let folder;

  /**
   * Puts folders before all others on the path of the session's commands.
   *
   * @param {string[]} folders
   */
  function onPath(...folders) {
    for (const profile of [".bash_profile", ".profile"]) {
      const file = path.join(session.state.workspaceRootPath, profile);
      writeFileSync(file, `PATH='${folders.join(":")}':"$PATH"\nexport PATH\n`);
    }
  }

  /**
   * Makes a program fail, for whoever looks for it on the path.
   *
   * @param {string} program
   */
  function breaking(program) {
    const broken = mkdtempSync(path.join(folder, "broken-"));
    writeFileSync(path.join(broken, program), "#!/bin/sh\nexit 1\n");
    chmodSync(path.join(broken, program), 0o755);
    onPath(broken, IMAGE);
  }

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "og-streams-"));
    session = await new UnixLocalSandboxClient().create();
    bannerSession = { execCommand: (args) => session.execCommand(args) };
    onPath(IMAGE);
    expect(listens(VNC_PORT), `port ${VNC_PORT} is taken`).toBe(false);
  });
  afterEach(async () => {
    onPath(IMAGE);
    await tearDownDisplayStack(session);
    await tearDownTerminalServer(session);
  });
  afterAll(async () => {
    await session?.close();
    rmSync(folder, { recursive: true });
  });

  describe("a desktop", () => {
    it("is launched once, viewed through its port, and ended", async () => {
      const port = await freePort();
      const options = { port, geometry: SMALL };
      const marker = `OPENGENI_DESKTOP_UP port=${port} geometry=640x480 dpi=96`;
      expect(await ensureDisplayStack(session, options)).toEqual({ ...options, marker });
      const exposed = await exposeStreamPort(session, { ...INPUT, port, resolution: [640, 480] });
      expect(exposed.url).toBe(`ws://127.0.0.1:${port}/`);
      expect(await viewDesktop(exposed.url)).toMatchObject({ width: 640, height: 480 });

      for (const box of [session, bannerSession]) {
        const again = await ensureDisplayStack(box, options);
        expect(again).toEqual({ ...options, marker: `${marker} (precheck)` });
      }
      expect(running("Xvfb ", "640x480x24")).toHaveLength(1);
      // A connection has a process of its own for a moment.
      await expect.poll(() => running("websockify", `127.0.0.1:${port} `)).toHaveLength(1);
      expect(await viewDesktop(exposed.url)).toMatchObject({ width: 640, height: 480 });

      // What runs stays as it is, whatever is asked for.
      const geometry = { width: 800, height: 600, dpi: 96 };
      expect((await ensureDisplayStack(session, { port, geometry })).geometry).toEqual(geometry);
      expect(await viewDesktop(exposed.url)).toMatchObject({ width: 640, height: 480 });

      await tearDownDisplayStack(bannerSession);
      expect([listens(port), listens(VNC_PORT)]).toEqual([false, false]);
      expect(running("Xvfb ", "640x480x24")).toEqual([]);
      await tearDownDisplayStack(session);
      await expect(viewDesktop(exposed.url)).rejects.toThrow(/ended/);
    });

    it("is launched once by launches at the same time", async () => {
      const port = await freePort();
      const options = { port, geometry: SMALL };
      const boxes = [session, bannerSession, session, bannerSession];
      const launched = await Promise.all(boxes.map((box) => ensureDisplayStack(box, options)));
      const markers = launched.map(({ marker }) => marker.replace(/^.* dpi=96/, ""));
      expect(markers.sort()).toEqual(["", " (precheck)", " (precheck)", " (precheck)"]);
      expect(running("Xvfb ", "640x480x24")).toHaveLength(1);
      const { url } = await exposeStreamPort(session, { ...INPUT, port });
      const views = await Promise.all([viewDesktop(url), viewDesktop(url)]);
      expect(views).toMatchObject([SMALL, SMALL].map(({ width, height }) => ({ width, height })));
    });

    it.each([
      [11, "xvfb", "Xvfb", "Xvfb failed to come up"],
      [12, "x11vnc", "x11vnc", "x11vnc failed on :5900"],
      [13, "websockify", "websockify", "websockify failed on "],
    ])("that fails with %i is stopped at %s", async (exitCode, stage, program, words) => {
      breaking(program);
      const port = await freePort();
      for (const box of [session, bannerSession]) {
        const launching = ensureDisplayStack(box, { port, geometry: SMALL });
        const error = await launching.catch((error) => error);
        expect(error).toBeInstanceOf(DisplayStackError);
        expect(error).toMatchObject({ exitCode, stage });
        expect(error.message).toContain(words);
        expect(running("Xvfb ", "640x480x24")).toEqual([]);
        expect([listens(port), listens(VNC_PORT)]).toEqual([false, false]);
      }
      // It comes up once that is mended.
      onPath(IMAGE);
      await ensureDisplayStack(session, { port, geometry: SMALL });
      expect(listens(port)).toBe(true);
    });

    it("does not take somebody else's port for its own", async () => {
      const { port, close } = await occupied();
      const launching = ensureDisplayStack(session, { port, geometry: SMALL });
      await expect(launching).rejects.toMatchObject({ exitCode: 13, stage: "websockify" });
      await close();
    });

    it("is not up where the image has no program for it", async () => {
      onPath(folder);
      const error = await ensureDisplayStack(session).catch((error) => error);
      expect(error).toMatchObject({ exitCode: 127, stage: "unknown" });
      expect(error.message).toContain("opengeni-desktop-up");
      await expect(ensureDisplayStack(bannerSession)).rejects.toMatchObject({ exitCode: -1 });
      expect(await tearDownDisplayStack(session)).toBeUndefined();
    });
  });

  describe("a terminal", () => {
    it("is launched once, typed into through its port, and ended", async () => {
      const port = await freePort();
      const marker = `OPENGENI_TERMINAL_UP port=${port}`;
      expect(await ensureTerminalServer(session, { port })).toEqual({ port, marker });
      const { url } = await exposeStreamPort(session, { ...INPUT, port });
      await typeInto(url, "echo $((6 * 7)); tty", "42\r\n/dev/pts/");
      for (const box of [session, bannerSession]) {
        const again = await ensureTerminalServer(box, { port });
        expect(again).toEqual({ port, marker: `${marker} (already)` });
      }
      await tearDownTerminalServer(bannerSession);
      expect(listens(port)).toBe(false);
      await tearDownTerminalServer(session);
    });

    it("is launched once by launches at the same time", async () => {
      const port = await freePort();
      const boxes = [session, bannerSession, session];
      const launched = await Promise.all(boxes.map((box) => ensureTerminalServer(box, { port })));
      const markers = launched.map(({ marker }) => marker.replace(/^.* port=\d+/, ""));
      expect(markers.sort()).toEqual(["", " (already)", " (already)"]);
      // A look at its port has a process of its own for a moment.
      await expect.poll(() => running("websockify", `127.0.0.1:${port}`)).toHaveLength(1);
    });

    it("that fails is stopped at ttyd", async () => {
      breaking("socat");
      const port = await freePort();
      for (const box of [session, bannerSession]) {
        const error = await ensureTerminalServer(box, { port }).catch((error) => error);
        expect(error).toBeInstanceOf(TerminalServerError);
        expect(error).toMatchObject({ exitCode: 14, stage: "ttyd" });
        expect(error.message).toContain(`ttyd failed to come up on ${port}`);
      }
    });
  });
});
