// Small files that stand for recordings.

/** 60 bytes: a multiple of 3, so that the base64 has no padding. */
export const VIDEO = Buffer.from("not really a video, but 60 bytes of text that stand for one.");

/** @param {Buffer} bytes */
export const lines = (bytes) => bytes.toString("base64").replace(/.{76}/g, "$&\n") + "\n";

/**
 * A box of ISO/IEC 14496-12: its length, its type, and what it holds.
 *
 * @param {string} type
 * @param {string} content
 */
function mp4Box(type, content) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(8 + content.length);
  return Buffer.concat([length, Buffer.from(type + content)]);
}

const FTYP = mp4Box("ftyp", "isom");
const MDAT = mp4Box("mdat", "pictures");
const MOOV = mp4Box("moov", "where they are");

export const FINISHED_MP4 = Buffer.concat([FTYP, MOOV, MDAT]);
/** As ffmpeg leaves it when it is killed: the index is written last. */
export const UNFINISHED_MP4 = Buffer.concat([FTYP, MDAT]);
export const CUT_MP4 = FINISHED_MP4.subarray(0, -1);

/**
 * An EBML header and a Segment (RFC 8794, RFC 9559).
 *
 * @param {number[]} size The eight bytes of the Segment's size.
 */
function webm(size) {
  const header = [0x1a, 0x45, 0xdf, 0xa3, 0x80];
  const segment = [0x18, 0x53, 0x80, 0x67, ...size];
  return Buffer.concat([Buffer.from([...header, ...segment]), Buffer.from("pictures")]);
}

export const FINISHED_WEBM = webm([1, 0, 0, 0, 0, 0, 0, 8]);
/** As ffmpeg leaves it until the end: nobody knows yet how long the Segment is. */
export const UNFINISHED_WEBM = webm([1, 255, 255, 255, 255, 255, 255, 255]);
export const CUT_WEBM = FINISHED_WEBM.subarray(0, -1);

/** What is refused, although every byte of it has come. */
export const UNFINISHED_VIDEOS = [UNFINISHED_MP4, CUT_MP4, UNFINISHED_WEBM, CUT_WEBM];
