// Random callers on the old modules and on this package: `npm run fuzz:parity -- --cases 100000`. A
// run that failed is seen again with its `--seed`.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "100000" }, seed: { type: "string" } },
});
const { cases, seed } = values;
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+$/.test(value)) throw new TypeError(`--${name} must be a whole number, got ${value}`);
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
