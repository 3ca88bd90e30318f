// Starts, stops and reads many recordings at the same time, in a process of its own. Measures the
// recordings per second, and the peak of memory.
//
// node --expose-gc bench/record.mjs <rival> <recordings> <bytes of each>
import { boxWith } from "./box.mjs";
import { collect, memory, startPeak } from "./measure.mjs";
import { functionsOf } from "./rivals.mjs";

const [rival = "", count = "1", size = "1024"] = process.argv.slice(2);
const recordings = Number(count);
const bytes = Number(size);
const { startRecording, stopRecording, readRecordingBytes } = await functionsOf(rival);
const session = boxWith(bytes);

/** @param {number} number */
async function record(number) {
  const recording = await startRecording(session, { recordingId: `r${number}` });
  await stopRecording(session, recording);
  const result = await readRecordingBytes(session, recording);
  if (result.bytes.length !== bytes) throw new Error(`${result.bytes.length} bytes came`);
}

const together = () => Promise.all(Array.from({ length: recordings }, (_, at) => record(at)));

for (let warm = 0; warm < Math.min(100, (1 << 23) / bytes); warm++) await record(warm);
await collect();
const before = startPeak();
// A few recordings are too short for the clock, so they are repeated.
const times = Math.ceil(100 / recordings);
const start = performance.now();
for (let made = 0; made < times; made++) await together();
const seconds = (performance.now() - start) / 1_000;
const perSecond = (recordings * times) / seconds;
console.log(JSON.stringify({ perSecond, peak: memory("VmHWM") - before }));
