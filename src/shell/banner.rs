//! The banner that some sessions put before a command's output.

use memchr::memmem;

/// The line that ends a banner, with the line break before it.
const MARKER: &[u8] = b"\nOutput:\n";

/// Where the text after the last banner begins, or `None` where there is no banner.
fn end(text: &[u8]) -> Option<usize> {
    // The forward search is the vectorised one, and nearly every text has no marker.
    memmem::find(text, MARKER).and_then(|_| memmem::rfind(text, MARKER)).map(|at| at + MARKER.len())
}

/// The words before the session's number for a command that had not finished.
const UNFINISHED: &[u8] = b"Process running with session ID ";

/// The most digits that a number has: those of the largest integer of 64 bits.
const LONGEST_NUMBER: usize = 20;

/// The session's number for a command that had not finished, as its banner tells.
pub(crate) fn unfinished(banner: &[u8]) -> Option<f64> {
    number(digits_after(banner, UNFINISHED)?.0)
}

/// The exit code of a command that has finished, as its banner tells.
pub(crate) fn exit_code(banner: &[u8]) -> Option<f64> {
    number(digits_after(banner, b"Process exited with code ")?.0)
}

/// The digits after the first `words`, up to one too many, and whether `text` goes on after them.
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

/// Reads the banner of a text that comes in pieces, wherever the pieces end.
pub(crate) struct Banner {
    /// The end of the text so far. What begins in it may end in the next piece.
    tail: Vec<u8>,
    /// What digits follow the first [`UNFINISHED`], once that is clear.
    digits: Option<Vec<u8>>,
}

impl Default for Banner {
    fn default() -> Self {
        // As if a line ended just before the text: a banner may begin with its first character.
        Self { tail: vec![b'\n'], digits: None }
    }
}

impl Banner {
    /// The longest text that is looked for: the words, a number, and the character after it.
    const LONGEST: usize = UNFINISHED.len() + LONGEST_NUMBER + 1;

    /// Where the text after the last banner begins in the next piece, if a banner ends there.
    pub(crate) fn end(&self, piece: &[u8]) -> Option<usize> {
        end(piece).or_else(|| {
            let overlap = MARKER.len() - 1;
            let tail = &self.tail[self.tail.len().saturating_sub(overlap)..];
            let seam = [tail, &piece[..piece.len().min(overlap)]].concat();
            end(&seam)?.checked_sub(tail.len())
        })
    }

    /// Takes note of a piece of the text.
    pub(crate) fn pass(&mut self, piece: &[u8]) {
        self.pass_base64(piece);
        if self.digits.is_none() {
            self.digits = digits_within(piece);
        }
    }

    /// Takes note of a piece of which no line has a blank before its end, so that the words are not all in
    /// it.
    pub(crate) fn pass_base64(&mut self, piece: &[u8]) {
        if self.digits.is_none() {
            self.tail.extend_from_slice(&piece[..piece.len().min(Self::LONGEST)]);
            self.digits = digits_within(&self.tail);
            self.tail.truncate(self.tail.len() - piece.len().min(Self::LONGEST));
        }
        self.tail.extend_from_slice(&piece[piece.len().saturating_sub(Self::LONGEST)..]);
        self.tail.drain(..self.tail.len().saturating_sub(Self::LONGEST));
    }

    /// The session's number for a command that had not finished, as far as the text tells.
    pub(crate) fn unfinished(&self) -> Option<f64> {
        number(self.digits.as_ref()?)
    }
}

/// The digits after the first words, unless `text` ends before they do.
fn digits_within(text: &[u8]) -> Option<Vec<u8>> {
    let (digits, is_ended) = digits_after(text, UNFINISHED)?;
    (is_ended || digits.len() > LONGEST_NUMBER).then(|| digits.to_vec())
}

/// What a command printed, without the banner before it.
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
