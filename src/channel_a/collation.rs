//! The order of `String.prototype.localeCompare` for printable ASCII.
//!
//! The order depends on the locale. Many locales order printable ASCII as Unicode does, and this module has
//! that order. The host compares other texts, and texts in other locales.

use std::cmp::Ordering;

/// The printable characters that are no letters, in the order of Unicode.
const MARKS: &[u8] = b" _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";

/// The place of each character of ASCII, from 1. A letter has the same place in both cases. Characters that
/// are not printable have 0.
const PLACES: [u8; 128] = places();

const fn places() -> [u8; 128] {
    let mut places = [0; 128];
    let mut place = 1;
    while (place as usize) <= MARKS.len() {
        places[MARKS[place as usize - 1] as usize] = place;
        place += 1;
    }
    let mut letter = b'a';
    while letter <= b'z' {
        places[letter as usize] = place;
        places[letter.to_ascii_uppercase() as usize] = place;
        place += 1;
        letter += 1;
    }
    places
}

fn place(byte: u8) -> u8 {
    PLACES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Whether [`Plain`] can order a text.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| place(byte) > 0)
}

/// The number of characters in a key.
const KEYED: usize = 9;

/// A plain text, ordered by letters and marks. Where these are equal, small letters come before capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plain<'a> {
    /// The places of the first characters, in which most texts differ.
    key: u64,
    text: &'a str,
}

impl<'a> Plain<'a> {
    /// A text for which [`is_plain`] holds.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let place = |at| bytes.get(at).map_or(0, |byte| place(*byte));
        Self { key: (0..KEYED).fold(0, |key, at| key << 7 | u64::from(place(at))), text }
    }

    fn rest(&self) -> impl Iterator<Item = u8> {
        self.text.bytes().skip(KEYED).map(place)
    }
}

impl Ord for Plain<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_places = self.key.cmp(&other.key).then_with(|| self.rest().cmp(other.rest()));
        // In ASCII the capitals come first.
        by_places.then_with(|| other.text.cmp(self.text))
    }
}

impl PartialOrd for Plain<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::{Plain, is_plain};

    #[test]
    fn names_are_in_the_order_of_a_dictionary() {
        let ordered = [
            "",
            " ",
            "_x",
            "-",
            ".l",
            "~",
            "$",
            "10",
            "9",
            "a",
            "A",
            "a b",
            "a.b",
            "a0",
            "aB",
            "Ab",
            "b",
            "B",
            "module-1",
            "Module-1",
            "module-10",
            "module-9",
            "zzzzzzzzzz",
            "zzzzzzzzzZ",
        ];
        for pair in ordered.windows(2) {
            assert!(Plain::new(pair[0]) < Plain::new(pair[1]), "{pair:?}");
            assert!(Plain::new(pair[1]) > Plain::new(pair[0]), "{pair:?}");
        }
        assert_eq!(Plain::new("a"), Plain::new("a"));
    }

    #[test]
    fn plain_is_what_is_printed() {
        assert!(is_plain("a Z~"));
        assert!(!is_plain("é"));
        assert!(!is_plain("a\tb"));
        assert!(!is_plain("\u{7f}"));
    }
}
