// A machine of its own: Node and npm, nothing to build with, and no way to anywhere.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** What a project is that holds nothing yet. */
const EMPTY = { private: true, type: "module" };

/**
 * @param {object} [manifest] Of the project on the machine.
 */
export function machineWith(manifest = EMPTY) {
  const folder = mkdtempSync(path.join(tmpdir(), "og-install-"));
  const bin = path.join(folder, "bin");
  const project = path.join(folder, "project");
  mkdirSync(bin);
  for (const command of ["node", "npm", "sh"]) {
    const found = execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
    symlinkSync(command === "node" ? process.execPath : realpathSync(found), `${bin}/${command}`);
  }
  mkdirSync(project);
  writeFileSync(path.join(project, "package.json"), JSON.stringify(manifest));
  return {
    folder,
    project,
    modules: path.join(project, "node_modules"),
    /** Where npm asks for packages. Nobody is there, unless a test is. */
    registry: "http://127.0.0.1:9",

    /**
     * Runs a program in the project.
     *
     * @param {string} command
     * @param {...string} args
     */
    run(command, ...args) {
      return this.runWith({}, command, ...args);
    },

    /**
     * @param {Record<string, string>} env
     * @param {string} command
     * @param {...string} args
     */
    async runWith(env, command, ...args) {
      const { stdout } = await promisify(execFile)(path.join(bin, command), args, {
        cwd: project,
        env: {
          PATH: bin,
          HOME: folder,
          npm_config_registry: this.registry,
          npm_config_fetch_retries: "0",
          ...env,
        },
      });
      return stdout;
    },

    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
