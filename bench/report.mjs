// The results in words: for the terminal, and as docs/performance.md.
import { format, resolveConfig } from "prettier";
import { boundOf } from "./bounds.mjs";
import { LONGEST, bytesText } from "./reading.mjs";
import { EACH } from "./many.mjs";
import { NAMES } from "./rivals.mjs";

/**
 * @typedef {import("./rows.mjs").Row} Row
 *
 * @typedef {object} Results
 * @property {string} date
 * @property {{ cpu: string, cores: number, memory: string, system: string }} machine
 * @property {Record<string, string>} versions
 * @property {number} minutes
 * @property {import("./rows.mjs").Plan} plan
 * @property {Row[]} rows
 * @property {import("./bounds.mjs").Bounds} bounds
 * @property {import("./reading.mjs").Point[]} sizes
 * @property {ReturnType<typeof import("./many.mjs").throughput>} concurrency
 */

export const NOISE =
  "A busy machine shows in every number. Compare ratios, and several runs before believing one.";

/** @param {number} number */
function short(number) {
  if (!Number.isFinite(number)) return "—";
  if (number !== 0 && Math.abs(number) < 0.1) return number.toFixed(3);
  return Math.abs(number) < 100
    ? `${Number(number.toFixed(2))}`
    : Math.round(number).toLocaleString("en");
}

/** @param {Row} row */
function verdict({ unit, mark, measured = NaN, met }) {
  if (!mark) return { mark: "", verdict: "" };
  const of = { ratio: "×", above: `${unit} above`, value: unit }[mark.of];
  return {
    mark: `at ${mark.at} ${mark.limit} ${of}`.trimEnd(),
    verdict: `${met ? "met" : "**missed**"}: ${short(measured)}`,
  };
}

/** @param {Row} row */
function cells(row) {
  const { what, unit, ours, rival, theirs, ratio } = row;
  const said = verdict(row);
  const values = [short(ours), short(theirs)].map((value) => `${value} ${unit}`.trimEnd());
  return [short(ratio), what, values[0], `${rival}: ${values[1]}`, said.mark, said.verdict];
}

/**
 * @param {Row[]} rows
 * @param {string[]} head
 */
function table(rows, head) {
  const lines = [head, head.map(() => "---"), ...rows.map((row) => cells(row))];
  return lines.map((line) => `| ${line.slice(0, head.length).join(" | ")} |`).join("\n");
}

/** @param {Row} row */
export function line(row) {
  return cells(row).join("  ").replaceAll("**", "").trimEnd();
}

/**
 * @param {Results} results
 * @returns {string}
 */
function words({ date, machine, versions, minutes, plan, rows, bounds, sizes }) {
  const head = ["Ratio", "What", "This package", "Rival"];
  const marked = rows.filter(({ mark }) => mark);
  const missed = marked.filter(({ met }) => !met);
  const stops = sizes.filter(({ rivals }) => Object.values(rivals).every((one) => "failed" in one));
  const { cpu, cores, memory, system } = machine;
  const versionsText = Object.entries(versions).map((pair) => pair.join(" "));
  return `# Performance

Written by \`npm run bench\` on ${date}, in ${minutes} minutes: ${cpu}, ${cores} cores, ${memory} of
memory, ${system}; ${versionsText.join(", ")}.

Every ratio is this package's number by the rival's, both of the same run: the rivals take turns, and
a number is the median of ${plan.rounds} rounds. Under one is less time, less memory, or, of recordings in
a second, fewer. ${NOISE} All numbers are in
[bench/results.json](../bench/results.json).

## Marks

${marked.length - missed.length} of ${marked.length} are met.

${table(marked, [...head, "Mark", ""])}

${missed.map((row) => missedText(row, bounds)).join("\n") || "None is missed."}

## Beside them

${table(
  rows.filter(({ mark }) => !mark),
  head,
)}

## Curves

The rivals read a recording that an \`exec\` session prints as one string of base64 lines.

![Time against size](performance/time.svg)

![Longest stall against size](performance/stall.svg)

![Memory against size](performance/memory.svg)

No way passes ${bytesText(LONGEST)}: the text of such a video is the longest string of the engine, and the
provider cannot make a longer one.${stops
    .map(
      ({ bytes, rivals }) => ` Of ${bytesText(bytes)}: \`${failure(Object.values(rivals)[0])}\`.`,
    )
    .join("")} A session that has the text both as \`output\` and as
\`stdout\` stops the old module at half of that: it joins the two.

![Throughput against concurrency](performance/throughput.svg)

Each of these calls starts, stops and reads a recording of ${bytesText(EACH)}.

## Rivals

- **${NAMES.old}**: what this package replaces.
- **${NAMES.plain}**: the commands as they are, \`Buffer.from(text, "base64")\`
  (\`Uint8Array.fromBase64\` where the runtime has it), and a comparison of sizes. It does not notice
  damage that keeps the size.
- **${NAMES.bare}**: \`Buffer.from(text, "base64")\` alone, of a text that is there already.
- **protobufjs**: by reflection, which compiles the same functions as its static code. Where its own
  objects are not meant, it gives the same object as this package.
- **ts-proto**: code that it generates, with \`oneof=unions\` and \`forceLong=string\`; the same object.

The stall is the longest time between two ticks of an interval of 1 ms, so it is never less than that.
Memory is the peak of the process above what it had before the read, with the provider's string; each
read of the table is made in a process of its own.
`;
}

/** @param {any} result */
function failure(result) {
  return result?.failed.replace(/^Error: /, "");
}

/**
 * @param {Row} row
 * @param {import("./bounds.mjs").Bounds} bounds
 */
function missedText(row, bounds) {
  const bound = boundOf(row, bounds);
  const { mark, verdict: said } = verdict(row);
  return `- ${row.what}, ${mark} of ${row.rival}; ${said}.${bound ? ` The bound: ${bound}` : ""}`;
}

/** @param {Results} results */
export async function markdown(results) {
  const config = await resolveConfig(new URL("../docs/performance.md", import.meta.url));
  return format(words(results), { ...config, parser: "markdown" });
}

/** @param {Results} results */
export async function json(results) {
  const config = await resolveConfig(new URL("results.json", import.meta.url));
  return format(JSON.stringify(results), { ...config, parser: "json" });
}
