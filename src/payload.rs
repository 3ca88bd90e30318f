//! Decodes base64 text to bytes, piece by piece and strictly.
//!
//! The payload is the text inside the frame. Without a frame it is the text after an exec banner, and
//! without a banner all of the text.
//!
//! ASCII white space may stand anywhere. Everything else must be canonical base64 of the standard
//! alphabet with padding (RFC 4648, section 4): a text that was cut, doubled or mixed with other
//! output is a [`Fault`], never a different sequence of bytes.

use std::collections::VecDeque;
use std::fmt;

use base64::engine::{DecodePaddingMode, Engine, GeneralPurposeConfig, Simd};
use base64::{DecodeError, DecodeSliceError};
use memchr::memmem::Finder;
use memchr::{memchr, memchr2_iter, memrchr};

use sha2::{Digest as _, Sha256};

use crate::shell::{Banner, Digest, Frame, Mark, Span};

/// Where and how a text stops being base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A character that base64 does not allow in this place.
    Character {
        /// Its place in the payload, in characters.
        offset: u64,
        /// The character.
        found: char,
    },
    /// The text ends inside a group of four characters.
    Ending {
        /// The length of the payload, in characters.
        offset: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { offset, found } => {
                write!(f, "unexpected character {found:?} at offset {offset} of the base64 text")
            }
            Self::Ending { offset } => {
                write!(f, "the base64 text breaks off at offset {offset}, inside a group of four")
            }
        }
    }
}

/// The result of decoding a text. The bytes themselves are in the caller's output.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Decoded {
    /// The number of bytes decoded, up to the fault if there is one.
    pub length: u64,
    /// Why the text is not base64; `None` where it is.
    pub fault: Option<Fault>,
    /// The exec session's number, where the banner says that the command has not finished.
    pub unfinished: Option<f64>,
    /// How much of the frame the text has.
    pub framing: Framing,
}

/// Returns the SHA-256 digest of a part of `bytes`. A part that ends beyond them ends with them.
#[must_use]
pub fn digest(bytes: &[u8], span: Span) -> Digest {
    Sha256::digest(part(bytes, span)).into()
}

/// Returns a part of `bytes`. A part that ends beyond them ends with them.
fn part(bytes: &[u8], span: Span) -> &[u8] {
    let at = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    &bytes[at(span.offset)..at(span.end())]
}

/// Computes the SHA-256 digests of parts of an array, a bounded number of bytes at a time.
pub struct Digester {
    /// The parts that are not hashed yet; the first may be the rest of one.
    rest: VecDeque<Span>,
    hasher: Sha256,
    made: Vec<Digest>,
}

impl Digester {
    /// A digester of these parts.
    #[must_use]
    pub fn new(spans: Vec<Span>) -> Self {
        Self { rest: spans.into(), hasher: Sha256::new(), made: Vec::new() }
    }

    /// Hashes the next `count` bytes. Returns all digests after the last part, and `None` before.
    ///
    /// `bytes` is the whole array, the same in every call.
    pub fn advance(&mut self, bytes: &[u8], count: usize) -> Option<Vec<Digest>> {
        let mut count = count;
        while let Some(span) = self.rest.front_mut() {
            let there = part(bytes, *span);
            let (next, later) = there.split_at(count.min(there.len()));
            self.hasher.update(next);
            if !later.is_empty() {
                span.offset += next.len() as u64;
                span.length -= next.len() as u64;
                return None;
            }
            count -= next.len();
            self.made.push(self.hasher.finalize_reset().into());
            self.rest.pop_front();
        }
        Some(std::mem::take(&mut self.made))
    }
}

/// How much of its frame a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// No line of a frame.
    #[default]
    Bare,
    /// One of the two lines is missing: the text was cut.
    Cut,
    /// Both lines.
    Whole,
}

/// Decodes a text that arrives in pieces.
///
/// The caller owns the output and passes its beginning with every call. The part that is passed has room
/// for the bytes of the text up to the end of the piece, three for every four characters, or is all of
/// the output. Any of it may be written: at a banner or a frame the payload starts again at the first
/// byte. Bytes that find no room are counted and dropped.
#[derive(Default)]
pub struct FramedDecoder {
    frame: Option<(Frame, Finder<'static>)>,
    /// The unfinished last line of the pieces so far, where it can still become a line of the frame.
    held: Vec<u8>,
    /// Whether the text before `held` ends inside a line.
    is_within_line: bool,
    place: Place,
    /// Whether the frame's closing line came before any opening line.
    is_headless: bool,
    payload: PayloadDecoder,
}

/// Where the decoder is, relative to the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Before,
    Inside,
    After,
}

impl FramedDecoder {
    /// A piece is decoded this many bytes at a time, so that the text, the text without its line breaks
    /// and the output stay in a core's cache.
    const AT_ONCE: usize = 1 << 16;

    /// No line of a frame is longer, in bytes, with the blanks that may follow it.
    const LONGEST_LINE: usize = 96;

    /// A decoder of the answer to the command that prints `frame`.
    #[must_use]
    pub fn new(frame: Frame) -> Self {
        let finder = Finder::new(&frame.prefix()).into_owned();
        Self { frame: Some((frame, finder)), ..Self::default() }
    }

    /// Takes the next piece of the text, which is UTF-8.
    pub fn push(&mut self, piece: &[u8], output: &mut [u8]) {
        let mut rest = piece;
        while !rest.is_empty() {
            let (part, later) = rest.split_at(character_end(rest, Self::AT_ONCE));
            self.push_part(part, output);
            rest = later;
        }
    }

    fn push_part(&mut self, part: &[u8], output: &mut [u8]) {
        let mut rest = part;
        if !self.held.is_empty() {
            let line = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            self.held.extend_from_slice(&rest[..line]);
            rest = &rest[line..];
            if self.held.ends_with(b"\n") || self.held.len() > Self::LONGEST_LINE {
                let held = std::mem::take(&mut self.held);
                self.lines(&held, output);
            }
        }
        let last_line = memrchr(b'\n', rest).map_or(0, |end| end + 1);
        let is_fresh = last_line > 0 || !self.is_within_line;
        if is_fresh && rest.len() - last_line <= Self::LONGEST_LINE {
            let (lines, held) = rest.split_at(last_line);
            self.held.extend_from_slice(held);
            rest = lines;
        }
        self.lines(rest, output);
    }

    /// Takes note that there is no more text.
    pub fn finish(&mut self, output: &mut [u8]) {
        let held = std::mem::take(&mut self.held);
        self.lines(&held, output);
        self.payload.finish(output);
    }

    /// The result so far; the final one after [`Self::finish`].
    #[must_use]
    pub fn decoded(&self) -> Decoded {
        let framing = match self.place {
            Place::Before if !self.is_headless => Framing::Bare,
            Place::Before | Place::Inside => Framing::Cut,
            Place::After => Framing::Whole,
        };
        Decoded { framing, ..self.payload.decoded() }
    }

    /// Decodes text that neither begins nor ends inside a line of the frame.
    fn lines(&mut self, text: &[u8], output: &mut [u8]) {
        let mut rest = text;
        while let Some((mark, start, end)) = self.next_mark(rest, text) {
            let before = &rest[..start];
            match (self.place, mark) {
                (Place::Before, Mark::Open) => {
                    self.payload.push(before, output);
                    let unfinished = self.payload.decoded().unfinished;
                    self.payload = PayloadDecoder::default();
                    self.payload.decoded.unfinished = unfinished;
                    self.place = Place::Inside;
                }
                (Place::Inside, Mark::Close) => {
                    self.payload.push(before, output);
                    self.place = Place::After;
                }
                (Place::Before, Mark::Close) => {
                    self.is_headless = true;
                    self.payload.push(&rest[..end], output);
                }
                (Place::Inside, Mark::Open) => self.payload.push(&rest[..end], output),
                (Place::After, _) => {}
            }
            rest = &rest[end..];
        }
        if self.place != Place::After {
            self.payload.push(rest, output);
        }
        if !text.is_empty() {
            self.is_within_line = !text.ends_with(b"\n");
        }
    }

    /// Finds the next line of the frame in `rest`, the end of `text`. Returns where it begins and ends.
    fn next_mark(&self, rest: &[u8], text: &[u8]) -> Option<(Mark, usize, usize)> {
        let (frame, finder) = self.frame.as_ref()?;
        let skipped = text.len() - rest.len();
        finder.find_iter(rest).find_map(|at| {
            let is_line = match (skipped + at).checked_sub(1) {
                Some(before) => text[before] == b'\n',
                None => !self.is_within_line,
            };
            let start = at + finder.needle().len();
            let (mark, length) = is_line.then(|| frame.mark(&rest[start..]))??;
            Some((mark, at, start + length))
        })
    }
}

/// Decodes text without a frame: drops a banner, and decodes the rest.
struct PayloadDecoder {
    inner_groups: Simd,
    last_group: Simd,
    banner: Banner,
    /// The number of characters of the payload so far, white space included.
    offset: u64,
    /// The last one to four characters, with their offsets. They wait for the next piece: only the last
    /// group may hold padding, and which group is the last is known at the end of the text.
    waiting: Vec<(u64, u8)>,
    decoded: Decoded,
    compact: Vec<u8>,
    spill: Vec<u8>,
}

impl Default for PayloadDecoder {
    fn default() -> Self {
        let engine =
            |padding| Simd::standard(GeneralPurposeConfig::new().with_decode_padding_mode(padding));
        Self {
            inner_groups: engine(DecodePaddingMode::RequireNone),
            last_group: engine(DecodePaddingMode::RequireCanonical),
            banner: Banner::default(),
            offset: 0,
            waiting: Vec::new(),
            decoded: Decoded::default(),
            compact: Vec::new(),
            spill: Vec::new(),
        }
    }
}

impl PayloadDecoder {
    /// Takes the next piece of the text, which is UTF-8.
    fn push(&mut self, piece: &[u8], output: &mut [u8]) {
        if self.decoded.fault.is_none() && self.decode_lines(piece, output) {
            return self.banner.pass_base64(piece);
        }
        let end = self.banner.end(piece);
        let (banner, payload) = piece.split_at(end.unwrap_or_default());
        if end.is_some() {
            self.banner.pass(banner);
            self.offset = 0;
            self.waiting.clear();
            self.decoded = Decoded { unfinished: self.banner.unfinished(), ..Decoded::default() };
        }
        if end.is_none() || !self.decode_lines(payload, output) {
            self.decode(payload, output);
        }
        self.banner.pass(payload);
    }

    /// Takes note that there is no more text.
    fn finish(&mut self, output: &mut [u8]) {
        // The decoder may live until a garbage collection; its buffers need not.
        (self.compact, self.spill) = (Vec::new(), Vec::new());
        let waiting = std::mem::take(&mut self.waiting);
        if self.decoded.fault.is_some() || waiting.is_empty() {
            return;
        }
        let group: Vec<u8> = waiting.iter().map(|&(_, byte)| byte).collect();
        let mut bytes = [0; 3];
        match self.last_group.decode_slice(&group, &mut bytes) {
            Ok(length) => self.keep(&bytes[..length], output),
            Err(DecodeSliceError::DecodeError(DecodeError::InvalidLastSymbol {
                offset: at,
                ..
            })) => self.blame(&waiting, character(waiting[at])),
            Err(_) => self.blame(&waiting, Fault::Ending { offset: self.offset }),
        }
    }

    /// The result so far; the final one after [`Self::finish`].
    fn decoded(&self) -> Decoded {
        self.decoded
    }

    /// Decodes a piece that consists of lines of base64, as nearly every piece does. Returns `false`, and
    /// decodes nothing, for any other piece. A banner has a colon, so it is never taken for base64.
    fn decode_lines(&mut self, piece: &[u8], output: &mut [u8]) -> bool {
        let mut compact = self.compact_waiting(piece.len());
        extend_lines(&mut compact, piece);
        let groups = whole_groups(&compact);
        let (inner, last) = compact.split_at(groups);
        let is_base64 = last.iter().all(|&byte| is_of_alphabet(byte) || byte == b'=')
            && self.decode_groups(inner, output);
        if is_base64 {
            self.wait_for_more(last.len(), piece);
        }
        self.compact = compact;
        is_base64
    }

    fn decode(&mut self, payload: &[u8], output: &mut [u8]) {
        if self.decoded.fault.is_some() {
            return;
        }
        let ascii = ascii_prefix(payload);
        self.decode_ascii(&payload[..ascii], output);
        if let (Some(found), None) = (first_character(&payload[ascii..]), self.decoded.fault) {
            let waiting = std::mem::take(&mut self.waiting);
            self.blame(&waiting, Fault::Character { offset: self.offset, found });
        }
    }

    /// Records the fault in `group`, the last of the text: its first misplaced character, or
    /// `otherwise` where there is none.
    fn blame(&mut self, group: &[(u64, u8)], otherwise: Fault) {
        let bytes: Vec<u8> = group.iter().map(|&(_, byte)| byte).collect();
        let misplaced = first_misplaced(&bytes);
        self.decoded.length += bytes_in_groups(&bytes[..misplaced.unwrap_or(bytes.len())]);
        self.decoded.fault = Some(misplaced.map_or(otherwise, |at| character(group[at])));
    }

    fn decode_ascii(&mut self, text: &[u8], output: &mut [u8]) {
        let mut compact = self.compact_waiting(text.len());
        extend_without(&mut compact, memchr2_iter(b'\n', b'\r', text), text);
        compact.retain(|&byte| !is_white_space(byte));
        let groups = whole_groups(&compact);
        if self.decode_groups(&compact[..groups], output) {
            self.wait_for_more(compact.len() - groups, text);
        } else {
            // A group before the last has neither padding nor unused bits, so a bad one has a misplaced
            // character.
            let at = first_misplaced(&compact).unwrap_or_default();
            self.decoded.length += bytes_in_groups(&compact[..at]);
            let blamed = self.characters(text).nth(at);
            self.decoded.fault = blamed.map(character);
            self.offset += text.len() as u64;
        }
        self.compact = compact;
    }

    /// Returns the buffer for text without white space. It begins with the characters that wait, and has
    /// room for `text_len` more bytes.
    fn compact_waiting(&mut self, text_len: usize) -> Vec<u8> {
        let mut compact = std::mem::take(&mut self.compact);
        compact.clear();
        compact.reserve(self.waiting.len() + text_len);
        compact.extend(self.waiting.iter().map(|&(_, byte)| byte));
        compact
    }

    /// Keeps the last `count` characters for the next piece, and counts `text` as passed.
    fn wait_for_more(&mut self, count: usize, text: &[u8]) {
        let mut waiting: Vec<_> = self.characters(text).rev().take(count).collect();
        waiting.reverse();
        self.waiting = waiting;
        self.offset += text.len() as u64;
    }

    /// The characters that wait and those of `text`, without white space.
    fn characters<'a>(
        &'a self,
        text: &'a [u8],
    ) -> impl DoubleEndedIterator<Item = (u64, u8)> + use<'a> {
        let fed = text.iter().enumerate().filter(|&(_, &byte)| !is_white_space(byte));
        let fed = fed.map(|(at, &byte)| (self.offset + at as u64, byte));
        self.waiting.iter().copied().chain(fed)
    }

    /// Decodes groups of four characters that are not the last ones. Returns `false` where one is bad.
    fn decode_groups(&mut self, groups: &[u8], output: &mut [u8]) -> bool {
        let length = groups.len() / 4 * 3;
        let start = usize::try_from(self.decoded.length).unwrap_or(usize::MAX);
        let room = output.get_mut(start..).and_then(|rest| rest.get_mut(..length));
        if let Some(room) = room {
            let decoded = self.inner_groups.decode_slice(groups, room).is_ok();
            self.decoded.length += if decoded { length as u64 } else { 0 };
            return decoded;
        }
        let mut spill = std::mem::take(&mut self.spill);
        spill.resize(length, 0);
        let decoded = self.inner_groups.decode_slice(groups, &mut spill).is_ok();
        if decoded {
            self.keep(&spill, output);
        }
        self.spill = spill;
        decoded
    }

    /// Counts `bytes`, and copies those that the output has room for.
    fn keep(&mut self, bytes: &[u8], output: &mut [u8]) {
        let start = usize::try_from(self.decoded.length).unwrap_or(usize::MAX);
        if let Some(room) = output.get_mut(start..) {
            let length = room.len().min(bytes.len());
            room[..length].copy_from_slice(&bytes[..length]);
        }
        self.decoded.length += bytes.len() as u64;
    }
}

fn character((offset, byte): (u64, u8)) -> Fault {
    Fault::Character { offset, found: char::from(byte) }
}

fn ascii_prefix(text: &[u8]) -> usize {
    text.iter().position(|byte| !byte.is_ascii()).unwrap_or(text.len())
}

/// Returns the last end of a character in `text` within its first `most` bytes.
fn character_end(text: &[u8], most: usize) -> usize {
    let is_within = |at: usize| text.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    let end = text.len().min(most);
    (end.saturating_sub(3)..=end).rev().find(|&at| at > 0 && !is_within(at)).unwrap_or(end)
}

fn first_character(text: &[u8]) -> Option<char> {
    /// The longest character of UTF-8, in bytes.
    const LONGEST: usize = 4;
    String::from_utf8_lossy(&text[..text.len().min(LONGEST)]).chars().next()
}

/// The white space of ASCII, the vertical tab included (`isspace` in the POSIX locale).
fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Appends the lines of `text` without the white space at their ends. Lines mostly have the same length
/// and the same line break, so the next break is first looked for one line's length further on. A break
/// that this passes over stays in the text, which is then no base64.
fn extend_lines(compact: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(end) = memchr(b'\n', rest) {
        let length = trimmed(&rest[..end]).len();
        let line_break = &rest[length..=end];
        let lines = rest.chunks_exact(end + 1).take_while(|line| &line[length..] == line_break);
        let count = lines.map(|line| compact.extend_from_slice(&line[..length])).count();
        rest = &rest[count * (end + 1)..];
    }
    compact.extend_from_slice(trimmed(rest));
}

/// Returns a line without the white space at its end.
fn trimmed(line: &[u8]) -> &[u8] {
    let length = line.iter().rposition(|&byte| !is_white_space(byte)).map_or(0, |last| last + 1);
    &line[..length]
}

/// Appends `text` without the bytes at `breaks`.
fn extend_without(compact: &mut Vec<u8>, breaks: impl Iterator<Item = usize>, text: &[u8]) {
    let mut line = 0;
    for end in breaks {
        compact.extend_from_slice(&text[line..end]);
        line = end + 1;
    }
    compact.extend_from_slice(&text[line..]);
}

/// The length of the whole groups in a text that are followed by another character, in bytes.
fn whole_groups(compact: &[u8]) -> usize {
    compact.len().saturating_sub(1) / 4 * 4
}

fn is_of_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// The number of bytes in the whole groups of `text`, which has no misplaced character.
fn bytes_in_groups(text: &[u8]) -> u64 {
    let groups = &text[..text.len() / 4 * 4];
    let padding = groups.iter().rev().take_while(|&&byte| byte == b'=').count();
    (groups.len() / 4 * 3 - padding) as u64
}

/// The place of the first misplaced character. A text is groups of four characters of the alphabet; the
/// last group may end in `=` or `==`.
fn first_misplaced(text: &[u8]) -> Option<usize> {
    let mut padded = false;
    text.iter().enumerate().position(|(at, &byte)| {
        let fits = match (byte, at % 4) {
            (b'=', 2) => !padded,
            (b'=', 3) => !padded || text[at - 1] == b'=',
            (b'=', _) => false,
            _ => !padded && is_of_alphabet(byte),
        };
        padded |= byte == b'=';
        !fits
    })
}

#[cfg(test)]
mod tests {
    use super::{FramedDecoder, PayloadDecoder};
    use crate::shell::Frame;

    #[test]
    fn lines_are_decoded_once_whatever_ends_them() {
        for text in
            ["QUJD\nQUJD\n", "QUJD\r\nQUJD\r\n", "QUJD\r\nQUJD\r", "\r\nQUJD \t\r\nQUJD \t\r\n"]
        {
            let mut decoder = PayloadDecoder::default();
            assert!(decoder.decode_lines(text.as_bytes(), &mut [0; 6]), "{text:?}");
            assert_eq!(decoder.decoded.length, 3, "{text:?}");
        }
    }

    /// The capacity of a decoder's buffers, in bytes.
    fn kept(decoder: &FramedDecoder) -> usize {
        let FramedDecoder { held, payload, .. } = decoder;
        let PayloadDecoder { waiting, compact, spill, .. } = payload;
        let waiting = waiting.capacity() * size_of_val(&(0_u64, 0_u8));
        held.capacity() + waiting + compact.capacity() + spill.capacity()
    }

    #[test]
    fn no_text_makes_a_decoder_keep_more_than_a_few_pieces() {
        const PIECE: usize = 1 << 12;
        let frame = Frame::new("x");
        let prefix = frame.prefix();
        let texts = [
            "A".to_owned(),
            "=".to_owned(),
            "\n".to_owned(),
            " ".to_owned(),
            "é".to_owned(),
            format!("{prefix}x\n"),
            format!("{prefix}end"),
            format!("{prefix}x\nQUJD\n\nOutput:\n"),
            "Process running with session ID 1".to_owned(),
            format!("\n{}", "A".repeat(90)),
            "A\r\n".to_owned(),
        ];
        for text in texts {
            for length in [1, 7, 100, PIECE] {
                let mut decoder = FramedDecoder::new(frame.clone());
                let text = text.as_bytes().repeat(64 * length.max(100) / text.len());
                for piece in text.chunks(length) {
                    decoder.push(piece, &mut []);
                    let most = 4 * length + 2 * FramedDecoder::LONGEST_LINE + 512;
                    assert!(kept(&decoder) <= most, "{} > {most}", kept(&decoder));
                }
                decoder.finish(&mut []);
                assert!(kept(&decoder) <= 512, "{}", kept(&decoder));
            }
        }
    }
}
