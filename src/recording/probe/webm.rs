//! The elements of a `WebM` file (RFC 8794, RFC 9559).
//!
//! Elements that hold others are entered, and their ends are not looked for: no two kinds of elements
//! have one id, and the size of those at the end of a file that was not finished is unknown. No crate is
//! used: those that read pictures copy them, and the others do not count them.

use super::Film;
use crate::container::element;

/// The greatest number of elements that are read: a day of film has five million.
const MOST: usize = 1 << 24;

const CUT: &str = "an element of the WebM file is cut";
const MANY: &str = "the WebM file has too many elements";

const EBML: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TIMESTAMP_SCALE: u32 = 0x002a_d7b1;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const TRACK_TYPE: u32 = 0x83;
const CODEC_ID: u32 = 0x86;
const DEFAULT_DURATION: u32 = 0x0023_e383;
const VIDEO: u32 = 0xe0;
const PIXEL_WIDTH: u32 = 0xb0;
const PIXEL_HEIGHT: u32 = 0xba;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const BLOCK_DURATION: u32 = 0x9b;

/// A track, as far as its entry has been read.
#[derive(Default)]
struct Track {
    number: u64,
    is_video: bool,
    film: Film,
    /// The duration of a frame in nanoseconds, or 0.
    frame_ns: u64,
}

/// What the elements have told so far.
struct Told {
    is_webm: bool,
    /// Nanoseconds in a unit of time.
    scale: u64,
    /// The first track of pictures, or the one that is being read.
    track: Track,
    cluster: u64,
    frames: u64,
    /// The times of the first and the last block, and of the last one's end, in units of time.
    first: Option<f64>,
    last: f64,
    ended: f64,
    /// The time of the block that was read last.
    block: Option<f64>,
}

/// Reads whether the file says that it is `WebM`, the facts, and what is wrong with a file whose Segment
/// is whole.
pub(super) fn read(file: &[u8]) -> (bool, (Film, Option<&'static str>)) {
    let mut told = Told {
        is_webm: true,
        scale: 1_000_000,
        track: Track::default(),
        cluster: 0,
        frames: 0,
        first: None,
        last: 0.0,
        ended: 0.0,
        block: None,
    };
    let mut rest = file;
    let mut flaw = None;
    for read in 0.. {
        if rest.is_empty() {
            break;
        }
        if read == MOST {
            flaw = Some(MANY);
            break;
        }
        let Some(after) = told.take(rest) else {
            flaw = Some(CUT);
            break;
        };
        rest = after;
    }
    let is_counted = flaw != Some(MANY);
    (told.is_webm, (told.film(is_counted), flaw))
}

impl Told {
    /// Reads the element at the beginning. Returns what follows it, or its content where it is entered;
    /// `None` where it is cut.
    fn take<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let (id, rest) = bytes.split_at_checked(bytes[0].leading_zeros() as usize + 1)?;
        if id.len() > 4 {
            return None;
        }
        let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
        let (size, content) = element(rest)?;
        match id {
            TRACK_ENTRY if !self.track.is_video => self.track = Track::default(),
            // The first track of pictures is known.
            TRACK_ENTRY => return content.get(usize::try_from(size?).ok()?..),
            EBML | SEGMENT | INFO | TRACKS | VIDEO | CLUSTER | BLOCK_GROUP => {}
            _ => {
                let (content, rest) = content.split_at_checked(usize::try_from(size?).ok()?)?;
                self.note(id, content)?;
                return Some(rest);
            }
        }
        Some(content)
    }

    /// Notes an element that is not entered; `None` where it is malformed.
    fn note(&mut self, id: u32, content: &[u8]) -> Option<()> {
        let track = &mut self.track;
        let side = |content| Some(number(content)).map(|side| side.filter(|&side| side > 0));
        match id {
            DOC_TYPE => self.is_webm = content.trim_ascii_end() == b"webm",
            TIMESTAMP_SCALE => self.scale = number(content)?,
            TRACK_NUMBER => track.number = number(content)?,
            TRACK_TYPE => track.is_video = number(content)? == 1,
            CODEC_ID => {
                track.film.codec = match content {
                    b"V_VP8" => Some("vp8"),
                    b"V_VP9" => Some("vp9"),
                    b"V_AV1" => Some("av1"),
                    b"V_MPEG4/ISO/AVC" => Some("h264"),
                    b"V_MPEGH/ISO/HEVC" => Some("hevc"),
                    _ => None,
                }
            }
            DEFAULT_DURATION => track.frame_ns = number(content)?,
            PIXEL_WIDTH => track.film.width = side(content)?,
            PIXEL_HEIGHT => track.film.height = side(content)?,
            TIMESTAMP => self.cluster = number(content)?,
            SIMPLE_BLOCK | BLOCK => self.block(content)?,
            BLOCK_DURATION => self.lasts(number(content)?),
            _ => {}
        }
        Some(())
    }

    /// Counts the frames of a block.
    #[expect(clippy::cast_precision_loss, reason = "times are approximations")]
    fn block(&mut self, content: &[u8]) -> Option<()> {
        let (track, content) = element(content)?;
        self.block = None;
        if !self.track.is_video || track != Some(self.track.number) {
            return Some(());
        }
        let ([high, low, flags], laces) = content.split_first_chunk()?;
        let is_laced = flags & 0b110 != 0;
        self.frames += if is_laced { u64::from(*laces.first()?) + 1 } else { 1 };
        let time = self.cluster as f64 + f64::from(i16::from_be_bytes([*high, *low]));
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = self.last.max(time);
        self.block = Some(time);
        Some(())
    }

    /// Notes how long the last block lasts.
    #[expect(clippy::cast_precision_loss, reason = "times are approximations")]
    fn lasts(&mut self, units: u64) {
        if let Some(time) = self.block {
            self.ended = self.ended.max(time + units as f64);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "times are approximations")]
    fn film(self, is_counted: bool) -> Film {
        if !self.track.is_video {
            return Film::default();
        }
        let seconds = |units: f64| units * self.scale as f64 / 1e9;
        let of_frame = match self.track.frame_ns {
            // The frames are as far apart as they are on average.
            0 if self.frames > 1 => {
                Some(seconds((self.last - self.first.unwrap_or(0.0)) / (self.frames - 1) as f64))
            }
            0 => None,
            ns => Some(ns as f64 / 1e9),
        };
        let end = match (self.first, of_frame) {
            (None, _) => Some(0.0),
            (Some(_), _) if self.ended > self.last => Some(seconds(self.ended)),
            (Some(_), of_frame) => of_frame.map(|of_frame| seconds(self.last) + of_frame),
        };
        let end = end.filter(|end| end.is_finite() && is_counted);
        let frames = Some(self.frames).filter(|_| is_counted);
        Film { frames, duration_seconds: end, ..self.track.film }
    }
}

/// An unsigned integer of up to eight bytes.
fn number(content: &[u8]) -> Option<u64> {
    (content.len() <= 8).then(|| content.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)))
}
