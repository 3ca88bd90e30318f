// The JavaScript and the binary are of one version: what is said where they are not.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import core from "../../native.js";
import { HERE } from "../../scripts/support.mjs";

const NAME = "@opengeni/runtime-native";
const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const { version } = manifest;

/** @type {string} */
let folder;

/** A copy without a binary. */
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "og-version-"));
  for (const name of ["index.js", "native.js", "requires.cjs", "js", "package.json"]) {
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

/**
 * What an import of the copy says.
 *
 * @param {Record<string, string>} [env]
 */
async function said(env) {
  const code =
    'import("./index.js").then(() => console.log("loaded"), (e) => console.log(e.message))';
  const options = { cwd: folder, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", code], options);
  return stdout.trim();
}

/**
 * A stand-in for a binary.
 *
 * @param {string} file
 * @param {string} exported
 */
function standIn(file, exported) {
  const place = path.join(folder, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, `module.exports = ${exported};`);
  return place;
}

it("is the same one", () => {
  expect(core.VERSION).toBe(version);
});

it("is named where what was built is not of it", async () => {
  const binary = `runtime-native.${HERE}.node`;
  cpSync(path.join(root, binary), path.join(folder, binary));
  expect(await said()).toBe("loaded");
  writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ ...manifest, version: "9.0.0" }),
  );
  expect(await said()).toBe(
    `${NAME} has version 9.0.0, but ./${binary} is of version ${version}. Build it with: npm run build`,
  );
});

it.each([
  ['{ VERSION: "0.1.0" }', "version 0.1.0"],
  ["{}", "another version"],
])("is named where the package of the binary has another one: %s", async (exported, found) => {
  const binary = `${NAME}-${HERE}`;
  standIn(`node_modules/${binary}/index.js`, exported);
  expect(await said()).toBe(
    `${NAME} has version ${version}, but ${binary} is of ${found}. ` +
      `Install it with: npm install ${binary}@${version}`,
  );
});

it("is named where the library that is given has another one", async () => {
  const given = standIn("given.cjs", "{}");
  expect(await said({ NAPI_RS_NATIVE_LIBRARY_PATH: given })).toBe(
    `${NAME} has version ${version}, but NAPI_RS_NATIVE_LIBRARY_PATH=${given} is of another ` +
      "version. Set it to one of the same version",
  );
});
