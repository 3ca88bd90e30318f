import { readFile, rename, writeFile } from "node:fs/promises";
import type { RecordingContentType, RecordingError } from "@opengeni/runtime/sandbox";
import type { RecordingProcess } from "@opengeni/runtime/sandbox";

/** Whose recording it is. */
export type Owner = { workspaceId: string; sessionId: string };

/** The handle is kept with the row: whoever finalizes need not be the process that began. */
export type RecordingRow = Owner & { recordingId: string; process: RecordingProcess } & (
    | { status: "recording" }
    | {
        status: "available";
        key: string;
        sizeBytes: number;
        sha256: string;
        contentType: RecordingContentType;
        durationSeconds: number;
      }
    | { status: "failed"; reason: RecordingError["reason"] }
    | { status: "discarded" }
  );

export interface RecordingRows {
  get(recordingId: string): Promise<RecordingRow | undefined>;
  /** Puts a row in place of the one of its id. It is kept once this resolves. */
  commit(row: RecordingRow): Promise<void>;
}

/** Rows in a JSON file, by their ids. */
export class JsonFileRows implements RecordingRows {
  readonly #file: string;
  #lastCommit: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async get(recordingId: string): Promise<RecordingRow | undefined> {
    return (await this.#read())[recordingId];
  }

  commit(row: RecordingRow): Promise<void> {
    // One after the other: each writes the whole file.
    const commit = this.#lastCommit.then(() => this.#write(row));
    this.#lastCommit = commit.catch(() => undefined);
    return commit;
  }

  async #read(): Promise<Record<string, RecordingRow>> {
    try {
      return JSON.parse(await readFile(this.#file, "utf8"));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
      throw error;
    }
  }

  async #write(row: RecordingRow): Promise<void> {
    const rows = await this.#read();
    rows[row.recordingId] = row;
    // A rename replaces the file as a whole, so that it is never seen half written.
    const next = `${this.#file}.next`;
    await writeFile(next, JSON.stringify(rows, null, 2));
    await rename(next, this.#file);
  }
}
