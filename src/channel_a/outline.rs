//! What was found in a text, as numbers that say where.
//!
//! The host has the text, and slices its parts out of it: no text crosses twice, and what has no UTF-8
//! (half a surrogate pair) stays what it is. It crosses inwards as U+FFFD, which counts one unit as well.

use memchr::memchr_iter;

use crate::ecmascript::number_text;

/// How many values a digit has, in bits.
const BITS: u32 = 5;
/// The largest integer up to which each has a text of its own as a double.
const LARGEST: u64 = 1 << 53;
/// The first digit of those that end a number.
const LAST: u8 = b'#';
/// The first digit of those that are followed by another. Neither kind has a character that JSON escapes.
const MORE: u8 = b']';
/// What a number that is no such integer stands between.
const QUOTE: u8 = b'~';

/// Writes numbers, each in as many characters as it needs, so that the whole is one short text.
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

    /// Appends where a part of the text is: how far behind the last one it begins, and its length.
    #[inline]
    pub(super) fn part(&mut self, (skipped, length): (usize, usize)) {
        self.count(skipped);
        self.count(length);
    }

    /// The outline as it crosses.
    pub(super) fn finish(self) -> String {
        String::from_utf8(self.digits).unwrap_or_default()
    }
}

/// Measures parts of a text in UTF-16, in the order in which they stand there.
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

    /// How many units there are from the end of the last part to `part`, and in it.
    ///
    /// # Panics
    ///
    /// When `part` is no later part of the text.
    #[inline]
    pub(super) fn measure(&mut self, part: &str) -> (usize, usize) {
        let from = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let to = from + part.len();
        let skipped = self.units(self.at, from);
        let length = self.units(from, to);
        self.at = to;
        (skipped, length)
    }

    /// How many units the first part of the text has.
    pub(super) fn end_of(&self, first: &str) -> usize {
        self.units(0, first.len())
    }

    #[inline]
    fn units(&self, from: usize, to: usize) -> usize {
        if self.is_ascii { to - from } else { units(&self.text.as_bytes()[from..to]) }
    }
}

/// How many units UTF-8 has in UTF-16: one for each character, and one more for those of four bytes.
pub(super) fn units(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

/// The records of a text, each of which a separator ends.
#[derive(Debug)]
pub(super) struct Records<'a> {
    text: &'a str,
    ends: memchr::Memchr<'a>,
    /// Where the next one begins.
    from: usize,
    /// Whether what is behind the last separator is a record, too.
    is_whole: bool,
}

impl<'a> Records<'a> {
    /// The records of all of a text. As in JavaScript's `split`, there is one behind the last separator.
    pub(super) fn of(text: &'a str, separator: u8) -> Self {
        Self::of_piece(text, separator, true)
    }

    /// The records of a piece of a text, which is the last one where it `is_last`.
    pub(super) fn of_piece(text: &'a str, separator: u8, is_last: bool) -> Self {
        debug_assert!(separator.is_ascii(), "a record ends between characters");
        Self { text, ends: memchr_iter(separator, text.as_bytes()), from: 0, is_whole: is_last }
    }

    /// Whether what is missing is in the next piece of the text.
    pub(super) fn go_on(&self) -> bool {
        !self.is_whole
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.read().len()..]
    }

    /// Goes back to where a record began.
    pub(super) fn unread(&mut self, record: &str) {
        self.from = record.as_ptr() as usize - self.text.as_ptr() as usize;
    }

    /// What has been read.
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
