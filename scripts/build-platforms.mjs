// Builds the addon for Linux x64 and arm64 with the glibc of older distributions and with musl, tests
// what was built, and puts it into the packages below npm/. Runs on Debian 12 x64. Arguments: the platforms;
// default: those that are supported.
import { copyFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { compile, neededToBuild } from "./platforms/compile.mjs";
import { neededToTest, nodeFor } from "./platforms/nodes.mjs";
import { fail, provide } from "./setup.mjs";
import { PLATFORMS } from "./support.mjs";

const asked = process.argv.slice(2);
const platforms = asked.length > 0 ? asked : PLATFORMS;
provide(platforms.flatMap((platform) => [...neededToBuild(platform), ...neededToTest(platform)]));
// Imported after the setup, which installs vitest.
const { behaviour } = await import("./platforms/behaviour.mjs");

/** @type {Record<string, import("./binary.mjs").Found & { "tests passed": number }>} */
const built = {};
for (const platform of platforms) {
  const place = `npm/${platform}/runtime-native.${platform}.node`;
  rmSync(place, { force: true });
  const { file, ...found } = compile(platform);
  console.log(`testing ${platform}`);
  const passed = await behaviour(resolve(file), nodeFor(platform));
  if (passed === 0) fail(`the tests of ${platform} failed`);
  copyFileSync(file, place);
  built[platform] = { ...found, "tests passed": passed };
}
console.table(built);
