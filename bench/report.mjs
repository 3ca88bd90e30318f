// Writes the results as text: for the terminal, and as docs/performance.md.
import { format, resolveConfig } from "prettier";
import { boundOf } from "./bounds.mjs";
import { LONGEST, bytesText, decimalText } from "./reading.mjs";
import { EACH } from "./many.mjs";
import { NAMES } from "./rivals.mjs";

/**
 * @typedef {import("./rows.mjs").Row} Row
 *
 * @typedef {object} Results
 * @property {string} date
 * @property {{ cpu: string, cores: number, memory: string, system: string, load: number }} machine
 * @property {Record<string, string>} versions
 * @property {number} minutes
 * @property {import("./rows.mjs").Plan} plan
 * @property {Row[]} rows
 * @property {import("./bounds.mjs").Bounds} bounds
 * @property {import("./reading.mjs").Point[]} sizes
 * @property {import("./real.mjs").Point[]} real
 * @property {import("./films.mjs").Films} films
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
  const rounded = short(measured);
  // With fewer digits, a mark that is missed by little would look like one that is met.
  const told = !met && rounded === short(mark.limit) ? measured.toPrecision(5) : rounded;
  return {
    mark: `at ${mark.at} ${short(mark.limit)} ${of}`.trimEnd(),
    verdict: `${met ? "met" : "**missed**"}: ${told}`,
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

/**
 * The table of reads through a real session, by size.
 *
 * @param {import("./real.mjs").Point[]} points
 */
function realTable(points) {
  const lines = points.map(({ bytes, rivals }) => {
    const { native, pieces, old } = /** @type {Record<string, any>} */ (rivals);
    const took = [native, pieces, old].map((one) =>
      one.failed ? `failed: ${failure(one)}` : `${short(one.wall)} ms`,
    );
    return [decimalText(bytes), short(native.wall / pieces.wall), ...took];
  });
  const head = ["Recording", "Ratio", NAMES.native, NAMES.pieces, NAMES.old];
  return [head, head.map(() => "---"), ...lines]
    .map((line) => `| ${line.join(" | ")} |`)
    .join("\n");
}

/** @param {import("./films.mjs").Film} film */
function filmText({ frames, expected, stop, pixels, isLeft }) {
  const left = isLeft ? ", with ffmpeg still at work" : "";
  return (
    `${frames} of ${short(expected)} frames in \`${pixels}\`, and a stop that returns after ` +
    `${short(stop)} ms${left}`
  );
}

/** @param {Row} row */
export function line(row) {
  return cells(row).join("  ").replaceAll("**", "").trimEnd();
}

/**
 * @param {Results} results
 * @returns {string}
 */
function words(results) {
  const { date, machine, versions, minutes, plan, rows, bounds, sizes, real, films } = results;
  const head = ["Ratio", "What", "This package", "Rival"];
  const marked = rows.filter(({ mark }) => mark);
  const missed = marked.filter(({ met }) => !met);
  const stops = sizes.filter(({ rivals }) => Object.values(rivals).every((one) => "failed" in one));
  const { cpu, cores, memory, system, load } = machine;
  const versionsText = Object.entries(versions).map((pair) => pair.join(" "));
  return `# Performance

Written by \`npm run bench\` on ${date}, in about ${minutes} min: ${cpu}, ${cores} cores, ${memory} of
memory, ${system}, a load of ${load} when it began; ${versionsText.join(", ")}.

Every ratio is this package's number by the rival's, both of the same run: the rivals take turns, and
a number is the median of ${plan.rounds} rounds. Under one is less time, less memory, or, of recordings in
a second, fewer. ${NOISE} All numbers are in
[bench/results.json](../bench/results.json).

## Marks

${marked.length - missed.length} of ${marked.length} are met.

${table(marked, [...head, "Mark", ""])}

${missedText(missed, bounds, rows)}

## Beside them

${table(
  rows.filter(({ mark }) => !mark),
  head,
)}

## Through a real session

A recording on the box of \`UnixLocalSandboxClient\`, of \`@openai/agents\`, which keeps the last
1,048,576 characters of what a command prints: 776,217 bytes of a recording.

${realTable(real)}

![Time against size, through a real session](performance/real.svg)

A read is told in three parts: what passes inside of the session's commands, what outside of them,
and the longest stalls of the event loop. The whole stall is the longest time between two ticks; the
session's own work on this thread, starting processes and taking what they print, is in it. The own
stall is the longest without that work, and without the time in which the thread was ready to run and
no core was free: what is left is this package's, the engine's and the probe's. Memory is held against
what the same pieces take when they are thrown away.

The unlimited session is \`execFile\` of \`node:child_process\` with \`bash\`: it keeps all that a command
prints. Both sessions have a home of their own, so that no login profile of the machine is run.

## Streams

The memory of \`readRecordingStream\` above that of the idle process, in MiB, with a reader that waits 5 ms
before each piece (\`node __test__/process/streamed.mjs 4096\`, and \`1024 local\`). The local session of
\`@openai/agents\` takes 58 MiB by itself for commands that print as much.

| Session  | Recording | at 1/4 | at 1/2 | at 3/4 | at the end | at most |
| -------- | --------- | ------ | ------ | ------ | ---------- | ------- |
| Scripted | 4 GiB     | 40     | 37     | 39     | 45         | 47      |
| Local    | 1 GiB     | 55     | 27     | 23     | 29         | 74      |

## Films

A virtual display of 1280×800 with something moving on it, filmed in VP9 for ${plan.film} s through the
local session:

- **${NAMES.native}**: ${filmText(films.native)}.
- **${NAMES.old}**: ${filmText(films.old)}.

What is not \`yuv420p\` few browsers play.

## Curves

The rivals read a recording that a scripted \`exec\` session prints as one string of base64 lines,
whichever part it is asked for, as it is in the tables where no real session is named. It has no digest
to compare.

![Time against size](performance/time.svg)

![Longest stall against size](performance/stall.svg)

![Memory against size](performance/memory.svg)

In one string no way passes ${bytesText(LONGEST)}: the text of such a video is the longest of the engine, and the
provider cannot make a longer one. Read in pieces, a recording may be larger.${stops
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
- **${NAMES.pieces}**: 699,999 bytes at a time by \`tail -c +K FILE | head -c L | base64\`, through the same
  session, one after another. Nothing is made of what comes: no way through the session that asks for
  such pieces can take less.
- **${NAMES.command}**: \`base64 FILE\`, \`Buffer.from(text, "base64")\`, and the digest that the box has of
  the file against that of \`node:crypto\`.
- **protobufjs**: by reflection, which compiles the same functions as its static code. Where its own
  objects are not meant, it gives the same object as this package.
- **ts-proto**: code that it generates, with \`oneof=unions\` and \`forceLong=string\`; the same object.

A text is one string on the engine's heap, as decoding UTF-8 gives it; where it says so, an external
one, as Node gives large Latin-1, which \`Buffer.from\` reads without a copy, or a rope, as \`+=\` leaves
it, which the engine copies into one piece first.

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
 * The missed marks, grouped by their reason.
 *
 * @param {Row[]} missed
 * @param {import("./bounds.mjs").Bounds} bounds
 * @param {Row[]} rows
 */
function missedText(missed, bounds, rows) {
  /** @type {Map<string, Set<string>>} */
  const byBound = new Map();
  for (const row of missed) {
    const bound = boundOf(row, bounds, rows) ?? "nothing was measured that says why.";
    byBound.set(bound, (byBound.get(bound) ?? new Set()).add(row.what));
  }
  const lines = [...byBound].map(([bound, whats]) => `- ${[...whats].join("; ")}: ${bound}`);
  return lines.length === 0 ? "None is missed." : `Missed:\n\n${lines.join("\n")}`;
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
