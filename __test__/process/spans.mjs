// Prints the spans that the program given as an argument makes of a start that succeeds and one that fails.
import { trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { startRecording } from "../../index.js";
import { boxWith, videoOf } from "../support/box.js";

const exporter = new InMemorySpanExporter();
const spanProcessors = [new SimpleSpanProcessor(exporter)];
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
await import(/** @type {string} */ (process.argv[2]));

await startRecording(boxWith(videoOf(10)), { recordingId: "r1" });
await startRecording(
  { exec: () => Promise.reject(new TypeError("no")) },
  { recordingId: "r2" },
).catch(() => {});
const spans = exporter.getFinishedSpans();
console.log(
  JSON.stringify(spans.map(({ name, status, attributes }) => [name, status, attributes])),
);
