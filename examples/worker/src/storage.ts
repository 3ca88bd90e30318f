import { createHash } from "node:crypto";
import { HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

/** The description of a stored object. */
export type StoredObject = { sizeBytes: number | undefined; sha256: string | undefined };

export interface ObjectStorage {
  /** Uploads an object, and returns what storage has now. Checksums are in base64. */
  put(
    key: string,
    bytes: Uint8Array,
    about: { contentType: string; sha256: string },
  ): Promise<StoredObject>;
}

/** The length of the parts of an upload, in bytes. S3 takes no shorter ones but the last. */
const PART = 5 * 1024 * 1024;
/** How long a presigned URL holds, in seconds. */
const PRESIGNED_SECONDS = 900;

/** A bucket of an S3-compatible server. */
export class S3Storage implements ObjectStorage {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(
    key: string,
    bytes: Uint8Array,
    { contentType, sha256 }: { contentType: string; sha256: string },
  ): Promise<StoredObject> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: bytes,
        ContentType: contentType,
        ChecksumAlgorithm: "SHA256",
        ChecksumSHA256: sha256,
      }),
    );
    return this.head(key);
  }

  /** What storage has now. */
  async head(key: string): Promise<StoredObject> {
    const head = await this.#client.send(
      new HeadObjectCommand({ Bucket: this.#bucket, Key: key, ChecksumMode: "ENABLED" }),
    );
    // That of an object of several parts ends in their number.
    return { sizeBytes: head.ContentLength, sha256: head.ChecksumSHA256?.split("-")[0] };
  }

  /**
   * Uploads a stream in parts, each with its checksum, and returns what was sent. No more than the parts in
   * flight are in memory. After a failure, of the stream too, there is no object.
   */
  async putStream(
    key: string,
    stream: ReadableStream<Uint8Array>,
    { contentType, signal }: { contentType: string; signal?: AbortSignal | undefined },
  ): Promise<StoredObject & { sizeBytes: number; sha256: string }> {
    const sent = new Digest();
    const upload = new Upload({
      client: this.#client,
      partSize: PART,
      params: {
        Bucket: this.#bucket,
        Key: key,
        Body: stream.pipeThrough(sent.through()),
        ContentType: contentType,
        ChecksumAlgorithm: "SHA256",
      },
    });
    const abort = () => void upload.abort();
    signal?.addEventListener("abort", abort);
    try {
      await upload.done();
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    return { sizeBytes: sent.sizeBytes, sha256: sent.sha256() };
  }

  /** The request by which whoever has it can put one object. */
  async presign(
    key: string,
    contentType: string,
  ): Promise<{ url: string; requiredHeaders: Record<string, string> }> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ContentType: contentType,
    });
    const url = await getSignedUrl(this.#client, command, {
      expiresIn: PRESIGNED_SECONDS,
      signableHeaders: new Set(["content-type"]),
    });
    return { url, requiredHeaders: { "Content-Type": contentType } };
  }
}

/** Hashes as S3 does: an object of one part as it is, one of several by the digests of its parts. */
class Digest {
  sizeBytes = 0;
  #part = createHash("sha256");
  readonly #parts: Buffer[] = [];

  through(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      transform: (chunk, controller) => {
        this.#update(chunk);
        controller.enqueue(chunk);
      },
    });
  }

  #update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const filled = this.sizeBytes % PART;
      if (filled === 0 && this.sizeBytes > 0) {
        this.#parts.push(this.#part.digest());
        this.#part = createHash("sha256");
      }
      const piece = chunk.subarray(at, at + PART - filled);
      this.#part.update(piece);
      this.sizeBytes += piece.length;
      at += piece.length;
    }
  }

  sha256(): string {
    const last = this.#part.digest();
    if (this.#parts.length === 0) return last.toString("base64");
    return createHash("sha256")
      .update(Buffer.concat([...this.#parts, last]))
      .digest("base64");
  }
}
