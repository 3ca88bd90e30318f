//! Tells from a file's container whether ffmpeg has finished the file.
//!
//! An MP4 file is a row of boxes (ISO/IEC 14496-12, 4.2) with the index in `moov`, which ffmpeg
//! writes last. A `WebM` file is an EBML header and a Segment (RFC 8794, RFC 9559), whose size ffmpeg
//! fills in at the end.

use std::fmt;

use memchr::memmem;

use crate::shell::Span;

/// The kind and state of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Neither MP4 nor `WebM`.
    Other,
    /// A file that ffmpeg has finished.
    Finished,
    /// A file that ffmpeg has not finished.
    Unfinished(Gap),
}

/// What is missing from a file that is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// An MP4 box ends beyond the file, or the file ends inside a box's header.
    Box {
        /// Where the box begins, in bytes.
        offset: u64,
    },
    /// An MP4 file without its index.
    Index,
    /// The Segment of a `WebM` file has no size yet.
    SegmentSize,
    /// The Segment of a `WebM` file does not end with the file.
    SegmentEnd,
    /// A `WebM` file without a Segment.
    Segment,
    /// The MP4 file is a row of whole fragments without an end: there may be more of it.
    Fragments,
    /// The file has its headers and index but no picture: ffmpeg ended before the first one.
    Pictures,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Box { offset } => {
                write!(f, "the MP4 box at offset {offset} does not end within the file")
            }
            Self::Index => write!(f, "the MP4 file has no moov box"),
            Self::SegmentSize => write!(f, "the WebM Segment has no size yet"),
            Self::SegmentEnd => write!(f, "the WebM Segment does not end with the file"),
            Self::Segment => write!(f, "the WebM file has no Segment"),
            Self::Fragments => write!(f, "the fragments of the MP4 file have no end (mfra box)"),
            Self::Pictures => write!(f, "the file has no pictures"),
        }
    }
}

impl Container {
    /// Classifies a whole file.
    #[must_use]
    pub fn of(file: &[u8]) -> Self {
        // A whole file leaves nothing else to look at.
        Survey::of(file.len() as u64).take(file).unwrap_or(Self::Other)
    }
}

/// Classifies a file by parts of it.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about the file")]
pub struct Survey {
    size: u64,
    /// The beginning of the next part, in bytes.
    at: u64,
    has_index: bool,
    /// Whether the index says that fragments follow.
    is_fragmented: bool,
    has_fragments: bool,
    /// Whether the last box is the end of a row of fragments.
    has_end: bool,
}

impl Survey {
    /// The length of a part, in bytes.
    const PART: u64 = 2_048;

    /// The survey of a file of so many bytes.
    #[must_use]
    pub fn of(size: u64) -> Self {
        Self {
            size,
            at: 0,
            has_index: false,
            is_fragmented: false,
            has_fragments: false,
            has_end: false,
        }
    }

    /// The next part to look at.
    #[must_use]
    pub fn part(&self) -> Span {
        Span { offset: self.at, length: Self::PART.min(self.size - self.at) }
    }

    /// Takes the next part, or more. Returns what the file is, where no other part tells more.
    pub fn take(&mut self, bytes: &[u8]) -> Option<Container> {
        if self.at > 0 || bytes.get(4..8) == Some(b"ftyp") {
            self.pass_boxes(bytes)
        } else if bytes.starts_with(&EBML) {
            let gap = webm_gap(bytes, self.size);
            Some(gap.map_or(Container::Finished, Container::Unfinished))
        } else {
            Some(Container::Other)
        }
    }

    /// Passes over the boxes of an MP4 file that begin in a part.
    fn pass_boxes(&mut self, bytes: &[u8]) -> Option<Container> {
        let mut rest = bytes;
        while self.at < self.size {
            let left = self.size - self.at;
            let cut = Some(Container::Unfinished(Gap::Box { offset: self.at }));
            let Some((header, length, kind)) = mp4_header(rest, left) else {
                let is_all = rest.len() as u64 == left;
                return cut.filter(|_| is_all);
            };
            if length < header || length > left {
                return cut;
            }
            let whole = usize::try_from(length).ok().and_then(|end| rest.split_at_checked(end));
            let (whole, next) = whole.unwrap_or_default();
            // ffmpeg writes the size of a long moov box last. A moov box of size 0 is not complete.
            if kind == *b"moov" && !rest.starts_with(&[0; 4]) {
                self.has_index = true;
                let index = whole.get(8..).unwrap_or_default();
                if holds(index, *b"mvhd") && !holds(index, *b"trak") {
                    return Some(Container::Unfinished(Gap::Pictures));
                }
                self.is_fragmented = holds(index, *b"mvex");
            }
            self.has_fragments |= kind == *b"moof";
            self.has_end = kind == *b"mfra";
            self.at += length;
            rest = next;
        }
        let gap = match self {
            Self { has_index: false, .. } => Some(Gap::Index),
            Self { has_fragments: true, has_end: false, .. } => Some(Gap::Fragments),
            Self { is_fragmented: true, has_fragments: false, .. } => Some(Gap::Pictures),
            _ => None,
        };
        Some(gap.map_or(Container::Finished, Container::Unfinished))
    }
}

/// Whether a row of boxes has one of the type `wanted`.
fn holds(mut boxes: &[u8], wanted: [u8; 4]) -> bool {
    while let Some((header, length, kind)) = mp4_header(boxes, boxes.len() as u64) {
        if kind == wanted {
            return true;
        }
        let next = usize::try_from(length).ok().filter(|_| length >= header);
        let Some(next) = next.and_then(|length| boxes.get(length..)) else { return false };
        boxes = next;
    }
    false
}

/// The length of a box's header, the length of the box, and its type, where `left` bytes are left; `None` where
/// the header is cut.
pub(crate) fn mp4_header(bytes: &[u8], left: u64) -> Option<(u64, u64, [u8; 4])> {
    let (size, rest) = bytes.split_first_chunk()?;
    let (kind, rest) = rest.split_first_chunk()?;
    Some(match u32::from_be_bytes(*size) {
        0 => (8, left, *kind),
        1 => (16, u64::from_be_bytes(*rest.first_chunk()?), *kind),
        size => (8, size.into(), *kind),
    })
}

/// Element ids of `WebM` (RFC 8794, 11.2.1; RFC 9559, 5.1).
const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
const INFO: [u8; 4] = [0x15, 0x49, 0xa9, 0x66];
const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

/// What is missing from a `WebM` file of so many bytes, by the beginning of it.
fn webm_gap(head: &[u8], size: u64) -> Option<Gap> {
    let segment = element(&head[EBML.len()..])
        .and_then(|(size, data)| data.get(usize::try_from(size?).ok()?..))
        .and_then(|rest| element(rest.strip_prefix(&SEGMENT)?));
    let Some((length, data)) = segment else { return Some(Gap::Segment) };
    let Some(length) = length else { return Some(Gap::SegmentSize) };
    if length != size - (head.len() - data.len()) as u64 {
        return Some(Gap::SegmentEnd);
    }
    let holds = |id: [u8; 4]| memmem::find(data, &id).is_some();
    let is_all = head.len() as u64 == size;
    (is_all && !holds(CLUSTER) && holds(INFO)).then_some(Gap::Pictures)
}

/// Reads the size field of an element. Returns the size and the bytes after the field. The size is `None`
/// where all bits of the field are set, which means that it is unknown (RFC 8794, 4 and 6.2).
pub(crate) fn element(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let more = bytes.first()?.leading_zeros() as usize;
    let (size, data) = bytes.split_at_checked(more + 1)?;
    let mask = (1_u64 << (7 * size.len().min(8))) - 1;
    let value = size.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte)) & mask;
    (size.len() <= 8).then_some(((value != mask).then_some(value), data))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        let size = u32::try_from(data.len() + 8).expect("short");
        [&size.to_be_bytes()[..], &kind, data].concat()
    }

    #[test]
    fn an_mp4_file_is_finished_where_its_boxes_add_up_and_have_an_index() {
        let (ftyp, moov) = (boxed(*b"ftyp", b"isom"), boxed(*b"moov", b"index"));
        let mdat = boxed(*b"mdat", &[7; 100]);
        let long = [&[0, 0, 0, 1][..], b"mdat", &20_u64.to_be_bytes(), b"data"].concat();
        let open = [&[0; 4][..], b"mdat", &[7; 9]].concat();
        let gap = |offset| Container::Unfinished(Gap::Box { offset });
        let index = Container::Unfinished(Gap::Index);
        let mvhd = boxed(*b"mvhd", b"0");
        let film = [&mvhd[..], &boxed(*b"trak", b"0")].concat();
        let cases = [
            ([&ftyp[..], &moov, &mdat].concat(), Container::Finished),
            ([&ftyp[..], &mdat, &moov].concat(), Container::Finished),
            ([&ftyp[..], &long, &moov].concat(), Container::Finished),
            ([&ftyp[..], &moov, &open].concat(), Container::Finished),
            (ftyp.clone(), index),
            ([&ftyp[..], &[0; 4], &moov[4..]].concat(), index),
            ([&ftyp[..], &boxed(*b"moov", &mvhd)].concat(), Container::Unfinished(Gap::Pictures)),
            ([&ftyp[..], &boxed(*b"moov", &film)].concat(), Container::Finished),
            ([&ftyp[..], &mdat].concat(), index),
            ([&ftyp[..], &open].concat(), index),
            ([&ftyp[..], &moov, &mdat[..50]].concat(), gap(25)),
            ([&ftyp[..], &moov, &mdat[..7]].concat(), gap(25)),
            ([&ftyp[..], &moov, &mdat, &[0; 3]].concat(), gap(133)),
            ([&ftyp[..], &[0, 0, 0, 7], b"free"].concat(), gap(12)),
            ([&ftyp[..], &[0, 0, 0, 1], b"mdat", &[0; 4]].concat(), gap(12)),
        ];
        for (file, expected) in cases {
            assert_eq!(Container::of(&file), expected, "{file:?}");
        }
    }

    #[test]
    fn a_row_of_fragments_is_finished_where_it_has_an_end() {
        let (ftyp, mfra) = (boxed(*b"ftyp", b"isom"), boxed(*b"mfra", b"0"));
        let moov = boxed(
            *b"moov",
            &[boxed(*b"mvhd", b"0"), boxed(*b"trak", b"0"), boxed(*b"mvex", b"0")].concat(),
        );
        let fragment = [boxed(*b"moof", b"0"), boxed(*b"mdat", b"data")].concat();
        let cut = (ftyp.len() + moov.len() + fragment.len() + 9) as u64;
        let cases = [
            ([&ftyp[..], &moov, &fragment, &fragment, &mfra].concat(), Container::Finished),
            ([&ftyp[..], &moov, &fragment].concat(), Container::Unfinished(Gap::Fragments)),
            ([&ftyp[..], &moov].concat(), Container::Unfinished(Gap::Pictures)),
            ([&ftyp[..], &moov, &mfra].concat(), Container::Unfinished(Gap::Pictures)),
            (
                [&ftyp[..], &moov, &fragment, &fragment[..15]].concat(),
                Container::Unfinished(Gap::Box { offset: cut }),
            ),
        ];
        for (file, expected) in cases {
            assert_eq!(Container::of(&file), expected, "{file:?}");
        }
    }

    #[test]
    fn a_webm_file_is_finished_where_its_segment_ends_with_it() {
        let header = [&EBML[..], &[0x83], b"doc"].concat();
        let with = |size: &[u8], data: &[u8]| [&header[..], &SEGMENT, size, data].concat();
        let unknown = [1, 255, 255, 255, 255, 255, 255, 255];
        let cases = [
            (with(&[0x83], b"abc"), Container::Finished),
            (with(&[0x40, 3], b"abc"), Container::Finished),
            (with(&[1, 0, 0, 0, 0, 0, 0, 3], b"abc"), Container::Finished),
            (with(&unknown, b"abc"), Container::Unfinished(Gap::SegmentSize)),
            (with(&[0xff], b"abc"), Container::Unfinished(Gap::SegmentSize)),
            (with(&[0x84], b"abc"), Container::Unfinished(Gap::SegmentEnd)),
            (with(&[0x82], b"abc"), Container::Unfinished(Gap::SegmentEnd)),
            (with(&[0], b"abc"), Container::Unfinished(Gap::Segment)),
            (with(&[0x85], &[&INFO[..], &[0x80]].concat()), Container::Unfinished(Gap::Pictures)),
            (with(&[0x88], &[INFO, CLUSTER].concat()), Container::Finished),
            (header.clone(), Container::Unfinished(Gap::Segment)),
            (EBML.to_vec(), Container::Unfinished(Gap::Segment)),
        ];
        for (file, expected) in cases {
            assert_eq!(Container::of(&file), expected, "{file:?}");
        }
    }

    #[test]
    fn other_bytes_are_no_container() {
        for file in [&b""[..], b"abc", b"not really a video", b"\0\0\0\x08moov"] {
            assert_eq!(Container::of(file), Container::Other);
        }
    }
}
