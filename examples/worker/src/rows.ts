import { readFile, rename, writeFile } from "node:fs/promises";
import type { RecordingContentType, RecordingError } from "@opengeni/runtime/sandbox";
import type { RecordingProcess } from "@opengeni/runtime/sandbox";

/** The ids of a recording. */
export type Owner = { workspaceId: string; sessionId: string };

/** A row has the handle, so that another process can finalize the recording. */
export type RecordingRow = Owner & { recordingId: string; process: RecordingProcess } & (
    | { status: "recording" }
    | {
        status: "available";
        key: string;
        sizeBytes: number;
        /** In base64; of an object of several parts, that of their digests. */
        sha256: string | undefined;
        contentType: RecordingContentType;
        durationSeconds: number;
      }
    | { status: "failed"; reason: RecordingError["reason"] }
    | { status: "discarded" }
  );

export interface RecordingRows {
  get(recordingId: string): Promise<RecordingRow | undefined>;
  /** Inserts a row, or replaces the one with its id. The row is stored when this resolves. */
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

  /** The ids of the recordings that were begun, and neither stored nor discarded. */
  async unfinished(): Promise<string[]> {
    const rows = Object.values(await this.#read());
    return rows.filter(({ status }) => status === "recording").map((row) => row.recordingId);
  }

  commit(row: RecordingRow): Promise<void> {
    // Commits run one after the other, since each writes the whole file.
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
    // A rename replaces the file at once, so that it is never read half written.
    const next = `${this.#file}.next`;
    await writeFile(next, JSON.stringify(rows, null, 2));
    await rename(next, this.#file);
  }
}
