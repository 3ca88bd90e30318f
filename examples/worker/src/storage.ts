import { HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

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
    const object = { Bucket: this.#bucket, Key: key };
    await this.#client.send(
      new PutObjectCommand({
        ...object,
        Body: bytes,
        ContentType: contentType,
        ChecksumAlgorithm: "SHA256",
        ChecksumSHA256: sha256,
      }),
    );
    const head = await this.#client.send(
      new HeadObjectCommand({ ...object, ChecksumMode: "ENABLED" }),
    );
    return { sizeBytes: head.ContentLength, sha256: head.ChecksumSHA256 };
  }
}
