//! The places of the parts of a text, as numbers.
//!
//! The host has the text, and slices its parts out of it. So no text crosses back, and half a surrogate pair,
//! which UTF-8 cannot hold, is kept. It crosses to the core as U+FFFD, which is one unit of UTF-16, too.

use memchr::memchr_iter;

use crate::ecmascript::number_text;

/// The number of bits of a digit.
const BITS: u32 = 5;
/// The largest integer up to which a double holds each integer exactly.
const LARGEST: u64 = 1 << 53;
/// The first of the digits that end a number.
const LAST: u8 = b'#';
/// The first of the digits that are followed by another. JSON escapes no digit of either kind.
const MORE: u8 = b']';
/// The character before and after a number that is no such integer.
const QUOTE: u8 = b'~';

/// Writes numbers into one short text, each with as many characters as it needs.
#[derive(Debug, Default)]
pub(super) struct Outline {
    digits: Vec<u8>,
}

impl Outline {
    /// Appends a length, a count or a choice.
    #[inline]
    pub(super) fn count(&mut self, count: usize) {
        let digit = |at: u32| u8::try_from((count >> at) & ((1 << BITS) - 1)).unwrap_or_default();
        let mut at = 0;
        while count >> at >= 1 << BITS {
            at += BITS;
        }
        while at > 0 {
            self.digits.push(MORE + digit(at));
            at -= BITS;
        }
        self.digits.push(LAST + digit(0));
    }

    /// Appends any number.
    pub(super) fn number(&mut self, number: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is checked"
        )]
        let count = number as u64;
        #[expect(clippy::cast_precision_loss, reason = "it is checked")]
        if count < LARGEST && (count as f64).to_bits() == number.to_bits() {
            self.count(usize::try_from(count).unwrap_or_default());
        } else {
            self.digits.push(QUOTE);
            self.digits.extend_from_slice(number_text(number).as_bytes());
            self.digits.push(QUOTE);
        }
    }

    /// Appends the place of a part: its distance from the end of the last part, and its length.
    #[inline]
    pub(super) fn part(&mut self, (skipped, length): (usize, usize)) {
        self.count(skipped);
        self.count(length);
    }

    /// The text of the outline.
    pub(super) fn finish(self) -> String {
        String::from_utf8(self.digits).unwrap_or_default()
    }
}

/// Measures the parts of a text in UTF-16 units, from the first part to the last.
#[derive(Debug)]
pub(super) struct Ruler<'a> {
    text: &'a str,
    /// Whether UTF-16 has as many units as UTF-8.
    is_ascii: bool,
    /// The end of the last part, in bytes.
    at: usize,
}

impl<'a> Ruler<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, is_ascii: text.is_ascii(), at: 0 }
    }

    /// The number of units between the end of the last part and `part`, and the length of `part`.
    ///
    /// # Panics
    ///
    /// When `part` does not follow the last part in the text.
    #[inline]
    pub(super) fn measure(&mut self, part: &str) -> (usize, usize) {
        let from = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let to = from + part.len();
        let skipped = self.units(self.at, from);
        let length = self.units(from, to);
        self.at = to;
        (skipped, length)
    }

    /// The length of the beginning of the text, in units.
    pub(super) fn end_of(&self, first: &str) -> usize {
        self.units(0, first.len())
    }

    #[inline]
    fn units(&self, from: usize, to: usize) -> usize {
        if self.is_ascii { to - from } else { units(&self.text.as_bytes()[from..to]) }
    }
}

/// The length of a text in UTF-8, in UTF-16 units: one for each character, and one more for one of four bytes.
pub(super) fn units(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

/// The records of a text. Each ends with a separator.
#[derive(Debug)]
pub(super) struct Records<'a> {
    text: &'a str,
    ends: memchr::Memchr<'a>,
    /// The beginning of the next record, in bytes.
    from: usize,
    /// Whether the text behind the last separator is a record.
    is_whole: bool,
}

impl<'a> Records<'a> {
    /// The records of a whole text. As in JavaScript's `split`, the last one is behind the last separator.
    pub(super) fn of(text: &'a str, separator: u8) -> Self {
        Self::of_piece(text, separator, true)
    }

    /// The records of a piece of a text.
    pub(super) fn of_piece(text: &'a str, separator: u8, is_last: bool) -> Self {
        debug_assert!(separator.is_ascii(), "a record ends between characters");
        Self { text, ends: memchr_iter(separator, text.as_bytes()), from: 0, is_whole: is_last }
    }

    /// Whether another piece of the text follows.
    pub(super) fn go_on(&self) -> bool {
        !self.is_whole
    }

    /// The part that has not been read.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.read().len()..]
    }

    /// Goes back to the beginning of a record.
    pub(super) fn unread(&mut self, record: &str) {
        self.from = record.as_ptr() as usize - self.text.as_ptr() as usize;
    }

    /// The part that has been read.
    pub(super) fn read(&self) -> &'a str {
        &self.text[..self.from.min(self.text.len())]
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let end = match self.ends.next() {
            Some(end) => end,
            None if self.is_whole && self.from <= self.text.len() => self.text.len(),
            None => return None,
        };
        let record = &self.text[self.from..end];
        self.from = end + 1;
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let written = |number: f64| {
            let mut outline = Outline::default();
            outline.number(number);
            outline.finish()
        };
        assert_eq!(written(0.0), "#");
        assert_eq!(written(31.0), "B");
        assert_eq!(written(32.0), "^#");
        assert_eq!(written(1e23), "~1e+23~");
        assert_eq!(written(f64::INFINITY), "~Infinity~");
        assert_eq!(written(-1.5), "~-1.5~");
        assert_eq!(written(9_007_199_254_740_992.0), "~9007199254740992~");
    }

    proptest! {
        #[test]
        fn parts_are_measured_as_javascript_counts(parts in prop::collection::vec(".{0,4}", 1..8)) {
            let text = parts.concat();
            let mut ruler = Ruler::new(&text);
            let mut from = 0;
            for (at, part) in parts.iter().enumerate() {
                let to = from + part.len();
                if at % 2 == 1 {
                    let before: usize = parts[at - 1].encode_utf16().count();
                    let measured = ruler.measure(&text[from..to]);
                    prop_assert_eq!(measured, (before, part.encode_utf16().count()));
                }
                from = to;
            }
        }

        #[test]
        fn records_are_those_of_a_split(text in "[ab|]{0,12}") {
            let split: Vec<_> = text.split('|').collect();
            prop_assert_eq!(Records::of(&text, b'|').collect::<Vec<_>>(), split.clone());
            let mut records = Records::of_piece(&text, b'|', false);
            let read: Vec<_> = records.by_ref().collect();
            prop_assert_eq!(read.as_slice(), &split[..split.len() - 1]);
            prop_assert_eq!(records.read(), text.rsplit_once('|').map_or("", |(_, tail)| {
                &text[..text.len() - tail.len()]
            }));
        }
    }
}
