// The program that each environment runs: it loads the package, records on a scripted session, and looks
// whether each class is there once.
import { block } from "../../__test__/support/blocks.js";

const NAME = "@opengeni/runtime-native";

/** What the program prints at its end. */
export const DONE = "recorded 1000 bytes";

/** Records. `other` is the package as the other kind of module has it, where a program can have both. */
const RECORD = `async function record(api, other) {
  const video = Uint8Array.from({ length: 1_000 }, (_, at) => (at * 31) % 256);
  const box = {
    async exec({ cmd }) {
      const size = cmd.includes("stat -c") ? "1000\\n" : "";
      const output = cmd.includes("base64") ? Buffer.from(video).toString("base64") : size;
      return { output, stdout: output, stderr: "", exitCode: 0 };
    },
  };
  const recording = await api.startRecording(box, { recordingId: "r1" });
  await api.stopRecording(box, recording);
  const { bytes } = await api.readRecordingBytes(box, recording);
  if (!Buffer.from(bytes).equals(Buffer.from(video))) throw new Error("other bytes came back");
  const thrown = await api.startRecording({}, { recordingId: "r1" }).catch((error) => error);
  if (!(thrown instanceof api.RecordingUnavailableError)) throw thrown;
  for (const name of other === undefined ? [] : Object.keys(api).filter((each) => each !== "default")) {
    if (api[name] !== other[name]) throw new Error(name + " is there twice");
  }
  return "recorded " + bytes.length + " bytes";
}`;
const TYPED = RECORD.replace("(api, other)", "(api: any, other?: any): Promise<string>")
  .replace("({ cmd })", "({ cmd }: { cmd: string })")
  .replace("(error)", "(error: unknown)");

const IMPORT = `import * as api from "${NAME}/sandbox";`;
const REQUIRE = `const api = require("${NAME}/sandbox");`;
const REQUIRE_AS_WELL = `import { createRequire } from "node:module";
const other = createRequire(import.meta.url)("${NAME}");`;

/** Files that a row of the table may name. */
export const PROGRAMS = {
  // For a bundle, which has no other package beside it.
  "alone.mjs": `${IMPORT}\n${RECORD}\nconsole.log(await record(api));\n`,
  "alone.cjs": `${REQUIRE}\n${RECORD}\nrecord(api).then(console.log);\n`,
  "alone.ts": `${IMPORT}\n${TYPED}\nvoid record(api).then(console.log);\n`,

  "program.mjs": `${IMPORT}\n${REQUIRE_AS_WELL}\n${RECORD}\nconsole.log(await record(api, other));\n`,
  "program.cjs": `${REQUIRE}\n${RECORD}\nimport("${NAME}").then((other) => record(api, other)).then(console.log);\n`,
  "program.mts": `${IMPORT}\n${REQUIRE_AS_WELL}\n${TYPED}\nconsole.log(await record(api, other));\n`,
  "program.cts": `import api = require("${NAME}/sandbox");\n${TYPED}\nvoid record(api, require("${NAME}")).then(console.log);\n`,

  "program.test.cjs": `${REQUIRE}\n${RECORD}\ntest("records", async () => {
  expect(await record(api, require("${NAME}"))).toBe("${DONE}");\n});\n`,
  "program.test.ts": `${IMPORT}\n${TYPED}\ntest("records", async () => {
  expect(await record(api, require("${NAME}"))).toBe("${DONE}");\n});\n`,
  "program.test.mjs": `${IMPORT}\n${RECORD}\ntest("records", async () => {
  expect(await record(api)).toBe("${DONE}");\n});\n`,
  "vitest.test.mjs": `import { expect, test } from "vitest";\n${IMPORT}\n${REQUIRE_AS_WELL}\n${RECORD}
test("records", async () => {\n  expect(await record(api, other)).toBe("${DONE}");\n});\n`,
  "node.test.mjs": `import test from "node:test";\n${IMPORT}\n${REQUIRE_AS_WELL}\n${RECORD}
test("records", async () => console.log(await record(api, other)));\n`,
  "bun.test.mjs": `import { test } from "bun:test";\n${IMPORT}\n${REQUIRE_AS_WELL}\n${RECORD}
test("records", async () => console.log(await record(api, other)));\n`,
  "route.mjs": `${IMPORT}\n${RECORD}\nexport const dynamic = "force-dynamic";
export const GET = async () => new Response(await record(api));\n`,
  // A single executable requires what is beside it.
  "beside.cjs": `${block("docs/deploying.md", "createRequire")}${RECORD}\nrecord(api).then(console.log);\n`,
};
