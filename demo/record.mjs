import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { startDesktop } from "../testing/desktop.mjs";
import { killRecorders } from "../testing/processes.mjs";
import { contactSheet } from "./contact-sheet.mjs";
import { cleanly } from "./lifetime.mjs";
import { createProgress } from "./progress.mjs";
import { faultsOf, table } from "./report.mjs";
import { take } from "./take.mjs";

/** @type {Pick<import("./take.mjs").Options, "codec" | "way">[]} */
const FILMS = [
  { codec: "h264-mp4", way: "bytes" },
  { codec: "vp9-webm", way: "stream" },
];

/**
 * Makes a recording in each codec, and prints the results.
 *
 * @param {import("./main.mjs").Options} options
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} Whether all checks passed.
 */
export function record(options, signal) {
  return cleanly(async (afterwards) => {
    mkdirSync(options.to, { recursive: true });
    const { directory, remove } = createDirectory();
    afterwards(remove);
    const progress = createProgress();
    afterwards(progress.stop);
    signal.addEventListener("abort", () => progress.step(`${signal.reason.message}: cleaning up`));

    const display = options.display ?? (await ownDisplay(options, signal, afterwards));
    const session = await new UnixLocalSandboxClient({
      workspaceBaseDir: directory,
      defaultShell: fileURLToPath(new URL("apart.sh", import.meta.url)),
    }).create();
    afterwards(() => session.close());

    /** @type {import("./take.mjs").Take[]} */
    const takes = [];
    for (const film of FILMS) {
      const { size, seconds } = options;
      takes.push(
        await take({ ...film, session, display, size, seconds, directory, progress, signal }),
      );
    }
    progress.step("drawing the contact sheet");
    const sheet = path.join(directory, "contact-sheet.png");
    await contactSheet(takes, sheet, signal);
    progress.stop();

    const faults = takes.flatMap(faultsOf);
    console.log(table(takes));
    for (const file of [...takes.map(({ file }) => file), sheet]) {
      console.log(publish(file, options.to));
    }
    for (const fault of faults) console.error(fault);
    if (faults.length === 0) console.log("no faults");
    return faults.length === 0;
  });
}

/**
 * Makes the directory for all temporary files of this run, so that runs at the same time do not disturb
 * each other. At the exit of the process it is removed, and an ffmpeg that still writes there is killed.
 */
function createDirectory() {
  const directory = mkdtempSync(path.join(realpathSync(tmpdir()), "opengeni-demo-"));
  const remove = () => {
    process.off("exit", remove);
    killRecorders(directory);
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.on("exit", remove);
  return { directory, remove };
}

/**
 * @param {import("./main.mjs").Options} options
 * @param {AbortSignal} signal
 * @param {(step: () => unknown) => void} afterwards
 */
async function ownDisplay({ size }, signal, afterwards) {
  const desktop = await startDesktop(size, signal);
  afterwards(desktop.stop);
  return desktop.display;
}

/**
 * Moves a file into a folder. Readers there never see a part of it.
 *
 * @param {string} file
 * @param {string} folder
 */
function publish(file, folder) {
  const published = path.join(folder, path.basename(file));
  const part = path.join(folder, `.${process.pid}-${path.basename(file)}`);
  try {
    copyFileSync(file, part);
    renameSync(part, published);
  } finally {
    rmSync(part, { force: true });
  }
  return published;
}
