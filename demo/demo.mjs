// Records a desktop through a real sandbox session, in both codecs, and checks what came of it.
//
//   npm run demo                        a virtual display
//   npm run demo -- --display :0        one that is there
//   npm run demo -- --seconds 10        longer
import { parseArgs } from "node:util";
import { setup } from "../scripts/setup.mjs";

const { values } = parseArgs({
  options: {
    display: { type: "string" },
    seconds: { type: "string", default: "5" },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 1)) {
  console.error(`--seconds must be a number from 1, got ${values.seconds}`);
  process.exit(1);
}

/** @type {import("../scripts/setup.mjs").Part[]} */
const display = values.display === undefined ? ["display"] : [];
setup("sandbox", "recording", ...display);
// Only now is there anything to import.
const { record } = await import("./record.mjs");
try {
  process.exitCode = (await record({ display: values.display, seconds })) ? 0 : 1;
} catch (error) {
  console.error(`${error}`);
  process.exitCode = 1;
}
