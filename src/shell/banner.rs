//! The banner that some sessions put before a command's output, such as
//! `Wall time: 1 s\nProcess exited with code 0\nOutput:\n`.

use memchr::memmem;

/// The line that ends a banner, with the line break before it.
const MARKER: &[u8] = b"\nOutput:\n";

/// The end of the last banner, where the output begins; `None` without a banner.
fn end(text: &[u8]) -> Option<usize> {
    // Nearly every text has no marker, and only the forward search is vectorised.
    memmem::find(text, MARKER).and_then(|_| memmem::rfind(text, MARKER)).map(|at| at + MARKER.len())
}

/// The words before the number of an unfinished command.
const UNFINISHED: &[u8] = b"Process running with session ID ";

/// The number of digits of the largest 64-bit integer. A longer number is ignored.
const LONGEST_NUMBER: usize = 20;

/// The number that a banner gives an unfinished command.
pub(crate) fn unfinished(banner: &[u8]) -> Option<f64> {
    number(digits_after(banner, UNFINISHED)?.0)
}

/// The exit code in the banner of a finished command.
pub(crate) fn exit_code(banner: &[u8]) -> Option<f64> {
    number(digits_after(banner, b"Process exited with code ")?.0)
}

/// Returns the digits after the first `words`, at most one more than a number has, and whether `text`
/// goes on after them.
fn digits_after<'a>(text: &'a [u8], words: &[u8]) -> Option<(&'a [u8], bool)> {
    let rest = &text[memmem::find(text, words)? + words.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.take(LONGEST_NUMBER + 1).count();
    Some((&rest[..length], length < rest.len()))
}

fn number(digits: &[u8]) -> Option<f64> {
    let digits = std::str::from_utf8(digits).ok()?;
    (digits.len() <= LONGEST_NUMBER).then(|| digits.parse().ok())?
}

/// Reads the banner of a text that arrives in pieces, wherever the pieces end.
pub(crate) struct Banner {
    /// The end of the text so far: a line of a banner may begin in it and end in the next piece.
    tail: Vec<u8>,
    /// The digits after the first [`UNFINISHED`]; `None` until they are complete.
    digits: Option<Vec<u8>>,
}

impl Default for Banner {
    fn default() -> Self {
        // A text may begin with the line that ends a banner; the marker has a line break before it.
        Self { tail: vec![b'\n'], digits: None }
    }
}

impl Banner {
    /// The length of the longest text to find, in bytes: the words, a number, and one character more.
    const LONGEST: usize = UNFINISHED.len() + LONGEST_NUMBER + 1;

    /// The end of the last banner in the next piece; `None` where no banner ends in it.
    pub(crate) fn end(&self, piece: &[u8]) -> Option<usize> {
        end(piece).or_else(|| {
            let overlap = MARKER.len() - 1;
            let tail = &self.tail[self.tail.len().saturating_sub(overlap)..];
            let seam = [tail, &piece[..piece.len().min(overlap)]].concat();
            end(&seam)?.checked_sub(tail.len())
        })
    }

    /// Passes over a piece of the text.
    pub(crate) fn pass(&mut self, piece: &[u8]) {
        self.pass_base64(piece);
        if self.digits.is_none() {
            self.digits = digits_within(piece);
        }
    }

    /// Passes over a piece of base64. It has no blanks inside of its lines, so [`UNFINISHED`] can begin or
    /// end in it, but not lie within it.
    pub(crate) fn pass_base64(&mut self, piece: &[u8]) {
        if self.digits.is_none() {
            self.tail.extend_from_slice(&piece[..piece.len().min(Self::LONGEST)]);
            self.digits = digits_within(&self.tail);
            self.tail.truncate(self.tail.len() - piece.len().min(Self::LONGEST));
        }
        self.tail.extend_from_slice(&piece[piece.len().saturating_sub(Self::LONGEST)..]);
        self.tail.drain(..self.tail.len().saturating_sub(Self::LONGEST));
    }

    /// The number that the banner gives an unfinished command.
    pub(crate) fn unfinished(&self) -> Option<f64> {
        number(self.digits.as_ref()?)
    }
}

/// The digits after the first [`UNFINISHED`]; `None` where `text` may end inside of them.
fn digits_within(text: &[u8]) -> Option<Vec<u8>> {
    let (digits, is_ended) = digits_after(text, UNFINISHED)?;
    (is_ended || digits.len() > LONGEST_NUMBER).then(|| digits.to_vec())
}

/// Returns a command's output without the banner before it.
#[must_use]
pub fn body(output: &str) -> &str {
    match end(output.as_bytes()) {
        Some(start) => &output[start..],
        None => output.strip_prefix("Output:\n").unwrap_or(output),
    }
}

#[cfg(test)]
mod tests {
    use super::{body, exit_code, unfinished};

    #[test]
    fn a_banner_names_the_command_that_goes_on() {
        let cases: [(&[u8], _); 5] = [
            (b"Wall time: 1 s\nProcess running with session ID 12\nOutput:\n", Some(12.0)),
            (b"Process exited with code 0\nOutput:\n", None),
            (b"Process running with session ID x", None),
            (b"Process running with session ID 000000000000000000012\n", None),
            (b"", None),
        ];
        for (banner, expected) in cases {
            assert_eq!(unfinished(banner), expected);
        }
        assert_eq!(
            exit_code(b"Wall time: 1 s\nProcess exited with code 127\nOutput:\n"),
            Some(127.0)
        );
        assert_eq!(exit_code(b"Process running with session ID 12\nOutput:\n"), None);
    }

    #[test]
    fn the_last_banner_ends_where_the_output_begins() {
        let cases = [
            ("", ""),
            ("plain", "plain"),
            ("Output:\nx", "x"),
            ("Wall time: 1\nOutput:\nx", "x"),
            ("a\nOutput:\nb\nOutput:\nc", "c"),
            ("Output:\nOutput:\nc", "c"),
            ("Output: x", "Output: x"),
            ("a Output:\nb", "a Output:\nb"),
            ("é\nOutput:\né", "é"),
        ];
        for (output, expected) in cases {
            assert_eq!(body(output), expected, "{output:?}");
        }
    }
}
