// What is reachable from the entry point.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("reaches no agent loop: of the SDK, modules below /sandbox, and those only when they are needed", async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL("../../index.js", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  const files = Object.entries(metafile.inputs);
  expect(files.length).toBeGreaterThan(20);
  const outside = files.flatMap(([, { imports }]) => imports.filter(({ external }) => external));
  const named = outside.filter(({ path }) => path !== "<runtime>");
  const atOnce = named.filter(({ kind }) => kind === "import-statement");
  expect(atOnce.map(({ path }) => path).filter((path) => !path.startsWith("node:"))).toEqual([]);
  const later = named.filter((each) => !atOnce.includes(each)).map(({ path }) => path);
  const binaries = later.filter((path) => path.startsWith("@opengeni/runtime-native-"));
  expect(binaries).toHaveLength(8);
  const others = later.filter((path) => !binaries.includes(path));
  expect(new Set(others)).toEqual(new Set(["@openai/agents/sandbox"]));
  // What is loaded later is named by a text, as a module or as the package that it is a part of.
  const texts = files.flatMap(([file]) =>
    [...readFileSync(file, "utf8").matchAll(/["'`](@openai\/[\w-]+(?:\/[^"'`]*)?)["'`]/g)].map(
      ([, text]) => text,
    ),
  );
  const packages = ["@openai/agents", "@openai/agents-extensions"];
  const modules = texts.filter((text) => !packages.includes(`${text}`));
  expect(modules.length).toBeGreaterThan(0);
  expect(modules.filter((text) => !/^@openai\/[\w-]+\/sandbox\b/.test(`${text}`))).toEqual([]);
});
