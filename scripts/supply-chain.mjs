// Checks the dependencies: licences, known vulnerabilities, the notices and the list of parts (SBOM). It
// needs the network, and takes some minutes to install its tools the first time.
import { spawnSync } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { crateAdvisories, packageAdvisories } from "./advisories.mjs";
import { check, report } from "./checks.mjs";

const TOOLS = "target/tools";
const PATH = `${resolve(TOOLS, "bin")}${delimiter}${process.env["PATH"]}`;

for (const [name, version, ...flags] of [
  ["cargo-deny", "0.20.2"],
  ["cargo-about", "0.9.3", "--features=cli"],
  ["cargo-cyclonedx", "0.5.9"],
]) {
  console.log(`setup: ${name} ${version}`);
  const crate = ["install", "--locked", "--quiet", "--root", TOOLS, `${name}@${version}`];
  const { status } = spawnSync("cargo", [...crate, ...flags], { stdio: "inherit" });
  if (status !== 0) throw new Error(`${name} cannot be installed`);
}

const cargo = (/** @type {string} */ name, /** @type {string[]} */ ...args) =>
  check(name, ["cargo", ...args], { PATH });
report([
  cargo("licences, bans, sources", "deny", "check", "bans", "licenses", "sources"),
  crateAdvisories({ PATH }),
  packageAdvisories(),
  cargo(
    "notices",
    ...["about", "generate", "--locked", "about.hbs", "--output-file", "THIRD-PARTY-LICENSES.md"],
  ),
  check("notices as committed", ["git", "diff", "--exit-code", "--", "THIRD-PARTY-LICENSES.md"]),
  cargo(
    "parts: sbom.cdx.json",
    ...[
      "cyclonedx",
      "--format",
      "json",
      "--spec-version",
      "1.5",
      "--override-filename",
      "sbom.cdx",
    ],
  ),
]);
