// Runs random callers on the old modules and on this package: `npm run fuzz:parity -- --cases 100000`.
// `--seed` repeats a run.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { isPresent } from "../__test__/parity/baseline.js";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "100000" }, seed: { type: "string" } },
});
const { cases, seed } = values;
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+$/.test(value)) throw new TypeError(`--${name} must be a whole number, got ${value}`);
}
if (!isPresent) {
  console.error("the old modules are not at hand: name their folder in OPENGENI_BASELINE");
  process.exit(1);
}
const { status } = spawnSync("npx", ["vitest", "run", "parity/fuzz", "parity/resolver"], {
  stdio: "inherit",
  env: {
    ...process.env,
    PARITY_CASES: cases,
    ...(seed === undefined ? {} : { PARITY_SEED: seed }),
  },
});
process.exitCode = status ?? 1;
