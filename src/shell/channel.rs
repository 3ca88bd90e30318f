//! Chooses the lengths of the pieces that a file is read in, and how many of them are asked for at once, by what
//! the session lets through.

/// The smallest piece that is asked for, in bytes.
pub(crate) const SMALLEST: u64 = 3 * 1_024;
/// The largest piece that is asked for, in bytes.
const LARGEST: u64 = 6 * 1_024 * 1_024;
/// The first piece that is asked for, in bytes. Its base64 with line breaks has 945,614 characters, less
/// than the 1,048,576 that the sessions of `@openai/agents` keep.
const FIRST: u64 = 700_000;
/// The least and the greatest number of whole pieces after which a length that failed is tried again.
const PATIENCE: (u32, u32) = (16, 1_024);
/// The greatest number of pieces that are asked for at once.
pub(crate) const LANES: Lane = 4;
/// The number of whole pieces after which half of them become all again.
const RECOVERY: u32 = 64;

/// The number of a place for one piece, below `LANES`.
pub type Lane = u32;

/// The length of the next piece of a session's output. It doubles while pieces come whole. After one that
/// does not, it is the length that has come through before, or half of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// The length of the next piece in bytes.
    length: u64,
    /// The greatest length that is asked for, in bytes.
    most: u64,
    /// The greatest length that has come through, in bytes; 0 where none has.
    through: u64,
    /// The number of whole pieces after which the length grows.
    patience: u32,
    /// The number of pieces of this length that have come whole.
    whole: u32,
    /// The number of commands that the session runs at once.
    at_once: u32,
    /// The number of pieces that have come whole since several failed because they were asked for at once.
    since: u32,
}

impl Default for Channel {
    fn default() -> Self {
        Self {
            length: FIRST,
            most: LARGEST,
            through: 0,
            patience: 1,
            whole: 0,
            at_once: LANES,
            since: 0,
        }
    }
}

impl Channel {
    /// A channel with the values that [`Self::known`] returned.
    #[must_use]
    pub fn remembered(through: u64, patience: u32, at_once: u32) -> Self {
        let through = through.clamp(SMALLEST, LARGEST);
        Self {
            length: through,
            through,
            patience: patience.clamp(1, PATIENCE.1),
            at_once: at_once.clamp(1, LANES),
            ..Self::default()
        }
    }

    /// The same channel, with pieces of at most so many bytes.
    pub(crate) fn up_to(self, most: u64) -> Self {
        Self { length: self.length.min(most), most, ..self }
    }

    /// The length that has come through, in bytes; the number of whole pieces after which a longer one is
    /// tried; and the number of commands that the session runs at once. `None` where no piece has come
    /// through.
    #[must_use]
    pub fn known(&self) -> Option<(u64, u32, u32)> {
        (self.through > 0).then_some((self.through, self.patience, self.at_once))
    }

    /// The length of the next piece where `rest` bytes are left: one that has come through before where
    /// `is_safe`.
    pub(crate) fn piece(&self, rest: u64, is_safe: bool) -> u64 {
        let is_safe = is_safe && self.through > 0;
        let length = if is_safe { self.through.min(self.length) } else { self.length };
        if rest <= length { rest } else { groups(length) }
    }

    /// The number of commands that the session runs at once.
    pub(crate) fn at_once(&self) -> u32 {
        self.at_once
    }

    /// Records that of several pieces only so many came whole, and another one as soon as it was asked for
    /// alone.
    pub(crate) fn runs(&mut self, at_once: usize) {
        let at_once = u32::try_from(at_once).unwrap_or(self.at_once);
        (self.at_once, self.since) = (at_once.clamp(1, self.at_once), 0);
    }

    /// Whether a piece of `length` or more has come through.
    pub(crate) fn carries(&self, length: u64) -> bool {
        length <= self.through
    }

    /// Records that a piece of `length` came whole.
    pub(crate) fn came_whole(&mut self, length: u64) {
        self.since += 1;
        if self.at_once > 1 && self.since >= RECOVERY {
            self.at_once = LANES;
        }
        if length < groups(self.length) {
            return;
        }
        if self.through > 0 && self.through < groups(self.length) {
            self.patience = 1;
        }
        self.through = self.through.max(self.length);
        self.whole += 1;
        if self.whole >= self.patience && self.length < self.most {
            self.length = groups(self.length * 2).min(self.most);
            self.whole = 0;
        }
    }

    /// Records that a piece of `length` did not come whole.
    pub(crate) fn failed(&mut self, length: u64) {
        let (first, last) = PATIENCE;
        self.whole = 0;
        if length <= SMALLEST {
            // No length is shorter, so this failure says nothing about the length.
            return;
        }
        let half = groups(length / 2).max(SMALLEST);
        if self.through < length {
            let is_grown = self.through > 0;
            self.patience = if is_grown { self.patience * 2 } else { self.patience };
            self.length = half.max(self.through);
        } else {
            (self.length, self.through) = (half, 0);
        }
        self.patience = self.patience.clamp(first, last);
    }
}

/// Rounds down to whole groups of base64, 3 bytes each.
fn groups(length: u64) -> u64 {
    length / 3 * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths that are asked for where a session lets `limit` bytes through.
    fn asked(channel: &mut Channel, size: u64, limit: impl Fn(u64) -> u64) -> Vec<u64> {
        let mut lengths = Vec::new();
        let mut at = 0;
        while at < size {
            let length = channel.piece(size - at, false);
            lengths.push(length);
            if length <= limit(at) {
                channel.came_whole(length);
                at += length;
            } else {
                channel.failed(length);
            }
        }
        lengths
    }

    #[test]
    fn what_fits_is_asked_for_at_once() {
        assert_eq!(asked(&mut Channel::default(), 700_000, |_| 700_000), [700_000]);
        assert_eq!(asked(&mut Channel::default(), 700_001, |_| 800_000)[0], 699_999);
    }

    #[test]
    fn pieces_grow_where_all_come_through() {
        let lengths = asked(&mut Channel::default(), 1 << 28, |_| u64::MAX);
        assert_eq!(lengths[..5], [699_999, 1_399_998, 2_799_996, 5_599_992, LARGEST]);
        assert!(lengths.len() < 50, "{}", lengths.len());
    }

    #[test]
    fn a_limit_costs_few_pieces_that_do_not_come_through() {
        for limit in [3_072, 49_000, 190_000, 700_000, 5_000_000] {
            let lengths = asked(&mut Channel::default(), 1 << 26, |_| limit);
            let lost = lengths.iter().filter(|&&length| length > limit).count();
            assert!(lost <= 8 + lengths.len() / 16, "{limit}: {lost} of {}", lengths.len());
            assert!(
                lengths
                    .iter()
                    .all(|length| *length >= SMALLEST || *lengths.last().unwrap() == *length)
            );
        }
    }

    #[test]
    fn what_came_through_is_remembered() {
        let mut channel = Channel::default();
        asked(&mut channel, 1 << 22, |_| 49_000);
        let (through, patience, at_once) = channel.known().expect("something came through");
        let mut again = Channel::remembered(through, patience, at_once);
        assert!(asked(&mut again, 40_000, |_| 49_000).len() == 1);
        assert!(again.length <= 49_000);
    }

    #[test]
    fn a_limit_that_is_lifted_lets_pieces_grow_again() {
        let limit = |at| if at < 1 << 20 { 49_000 } else { u64::MAX };
        let lengths = asked(&mut Channel::default(), 1 << 28, limit);
        assert_eq!(lengths.iter().max(), Some(&LARGEST));
        assert!(lengths.len() < 200, "{}", lengths.len());
    }

    #[test]
    fn every_piece_but_the_last_is_whole_groups() {
        let mut channel = Channel::remembered(100_001, 7, 4);
        let lengths = asked(&mut channel, 9_999_999, |at| if at % 2 == 0 { 50_000 } else { 9_000 });
        assert!(lengths[..lengths.len() - 1].iter().all(|length| length % 3 == 0));
    }
}
