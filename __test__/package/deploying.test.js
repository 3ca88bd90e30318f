// The settings of docs/deploying.md are what `npm run test:environments` does.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROGRAMS } from "../../scripts/environments/programs.mjs";
import { codeIn, settings } from "../../scripts/environments/settings.mjs";
import { ENVIRONMENTS } from "../../scripts/environments/table.mjs";

const all = settings();

describe.each([...all])("%s", (tool, setting) => {
  const tried = ENVIRONMENTS.filter(({ recipe }) => recipe === tool);

  it("is an environment", () => expect(tried).not.toEqual([]));

  it("is set so there", () => {
    const texts = tried.flatMap(({ run, files = {}, programs = [] }) => [
      ...[run, ...Object.values(files)],
      ...programs.map((program) => PROGRAMS[program]),
    ]);
    const code = codeIn(setting).map((each) => each.replace(/<.*>$/, ""));
    for (const each of code) expect(texts).toContainEqual(expect.stringContaining(each));
    // What needs no setting has no file of settings for the package.
    if (setting === "") expect(texts.join("\n")).not.toMatch(/external|loader/i);
  });
});

it("each environment's row is there", () => {
  const recipes = ENVIRONMENTS.flatMap(({ recipe = [] }) => recipe);
  expect(recipes.filter((recipe) => !all.has(recipe))).toEqual([]);
});

it("docs/environments.md has all environments, with these settings", () => {
  const page = readFileSync(new URL("../../docs/environments.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => /^\| (?!Environment |-)/.test(line));
  const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()));
  expect(cells.map(([, name, , setting]) => [name, setting])).toEqual(
    ENVIRONMENTS.map(({ name, recipe = "" }) => [name, all.get(recipe) ?? ""]),
  );
});
