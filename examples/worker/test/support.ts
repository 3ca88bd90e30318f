import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { RecordingProcess } from "@opengeni/runtime/sandbox";
import type { Directory } from "../src/swap.ts";
import type { RecordingRow, RecordingRows } from "../src/rows.ts";

declare module "vitest" {
  interface ProvidedContext {
    alias: "on" | "off";
    /** Of the object storage. */
    endpoint: string;
  }
}

export function s3(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
}

/** A bucket of a new name. */
export async function createBucket(client: S3Client): Promise<string> {
  const bucket = `recordings-${crypto.randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}

/** Commits until it has to commit a row of that status. */
export function refusing(rows: RecordingRows, status: RecordingRow["status"]): RecordingRows {
  return {
    get: (recordingId) => rows.get(recordingId),
    async commit(row) {
      if (row.status === status) throw new Error("the database is gone");
      await rows.commit(row);
    },
  };
}

/**
 * Lets ffmpeg film for a second. It listens for signals before it opens its file; one that comes
 * earlier is lost on it.
 */
export async function film({ boxPath }: Pick<RecordingProcess, "boxPath">): Promise<void> {
  while (!statSync(boxPath, { throwIfNoEntry: false })?.size) await sleep(20);
  await sleep(1_000);
}

/** A directory of no sandboxes but the session's own, until some are added. */
export function emptyDirectory() {
  const sandboxes = new Map<string, NonNullable<Awaited<ReturnType<Directory["getSandbox"]>>>>();
  let pointer: Awaited<ReturnType<Directory["readPointer"]>> = {
    activeSandboxId: null,
    activeEpoch: 1,
  };
  return {
    sandboxes,
    readPointer: async () => pointer,
    writePointer: async (next: typeof pointer) => {
      pointer = next;
    },
    getSandbox: async (sandboxId: string) => sandboxes.get(sandboxId) ?? null,
  } satisfies Directory & { sandboxes: unknown };
}
