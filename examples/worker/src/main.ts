// The worker as a program. Both commands end with the film in storage and none on the box:
//   film <recordingId>   films the display for a minute, or until SIGTERM
//   recover              stores what an earlier process has begun and not stored
import { setTimeout as sleep } from "node:timers/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { UnixLocalSandboxClient } from "@openai/agents/sandbox/local";
import { archiveRecording } from "./archive.ts";
import { beginRecording } from "./recording.ts";
import { JsonFileRows } from "./rows.ts";
import { S3Storage } from "./storage.ts";

const { ROWS = "recordings.json", BUCKET = "recordings", DISPLAY = ":0" } = process.env;
const [command, recordingId = ""] = process.argv.slice(2);

const rows = new JsonFileRows(ROWS);
// Region, credentials and endpoint are those of the environment. A presigned request cannot have the
// checksum of what is not known yet.
const client = new S3Client({
  forcePathStyle: true,
  requestChecksumCalculation: "WHEN_REQUIRED",
});
const services = { rows, storage: new S3Storage(client, BUCKET) };
const box = await new UnixLocalSandboxClient().create();

if (command === "film") {
  const terminated = new AbortController();
  process.once("SIGTERM", () => terminated.abort());
  const input = { recordingId, display: DISPLAY, dimensions: [320, 240] as [number, number] };
  await beginRecording(box, services, { workspaceId: "w1", sessionId: "s1" }, input);
  console.log(`films ${recordingId}`);
  await sleep(60_000, undefined, { signal: terminated.signal }).catch(() => {});
}
const unfinished = command === "film" ? [recordingId] : await rows.unfinished();
for (const id of unfinished) {
  const { key, sizeBytes } = await archiveRecording(box, services, id);
  console.log(`stored ${key}, ${sizeBytes} bytes`);
}
await box.close();
process.exit(); // timers of the SDK's session run for another minute
