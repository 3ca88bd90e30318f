//! The banner that some sessions put before a command's output, such as
//! `Wall time: 1 s\nProcess exited with code 0\nOutput:\n`.

use memchr::memmem;
use serde::Serialize;

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

/// What a banner tells of its command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// For how long the session has waited, in seconds; 0 where the banner does not say.
    pub wall_time_seconds: f64,
    /// The exit code of a command that has finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<f64>,
    /// The number of a command that goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<f64>,
}

impl Told {
    /// What the lines of a banner tell.
    pub(crate) fn by(banner: &str) -> Self {
        let mut told = Self::default();
        for line in banner.lines() {
            told.take(line);
        }
        // A command that goes on has no exit code.
        told.exit_code = told.exit_code.filter(|_| told.session_id.is_none());
        told
    }

    /// Takes in a line; whether it is one that banners have.
    fn take(&mut self, line: &str) -> bool {
        if let Some(seconds) = line.strip_prefix("Wall time: ") {
            let seconds = seconds.split_ascii_whitespace().next().unwrap_or_default();
            self.wall_time_seconds = seconds
                .parse()
                .ok()
                .filter(|seconds: &f64| seconds.is_finite())
                .unwrap_or_default();
        } else if let Some(code) = line.strip_prefix("Process exited with code ") {
            let code = code.trim_end().parse::<i32>().ok().map(f64::from);
            self.exit_code = self.exit_code.or(code);
        } else if let Some(id) = line.strip_prefix("Process running with session ID ") {
            let id = id.trim_end().as_bytes();
            let id = id.iter().all(u8::is_ascii_digit).then(|| number(id)).flatten();
            self.session_id = self.session_id.or(id);
        } else {
            return ["Chunk ID: ", "Original token count: "]
                .iter()
                .any(|words| line.starts_with(words));
        }
        true
    }
}

/// The banner that a text begins with: lines that only banners have, up to the line `Output:`. What a command
/// has printed itself is not looked at, so it may hold such lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    /// Its length in bytes, with the line that ends it.
    pub length: usize,
    /// What it tells.
    pub told: Told,
}

impl Header {
    /// Reads the banner of a text; `None` where the text begins with none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut length = 0;
        for line in text.split_inclusive('\n') {
            if line == "Output:\n" {
                return Some(Self { length: length + line.len(), told: Told::by(&text[..length]) });
            }
            if !Told::default().take(line) {
                return None;
            }
            length += line.len();
        }
        None
    }
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
    use super::{Header, Told, body, exit_code, unfinished};

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
    fn a_header_is_lines_of_a_banner_alone() {
        let told = |wall_time_seconds, exit_code, session_id| {
            Some(Told { wall_time_seconds, exit_code, session_id })
        };
        let cases = [
            (
                "Chunk ID: 1a\nWall time: 0.25 seconds\nProcess exited with code -1\n|Output:\nx",
                told(0.25, Some(-1.0), None),
            ),
            (
                "Process running with session ID 7\nOriginal token count: 9\n|Output:\n",
                told(0.0, None, Some(7.0)),
            ),
            // What the command has printed tells nothing.
            (
                "Wall time: 1 s\n|Output:\nProcess exited with code 3\nOutput:\n",
                told(1.0, None, None),
            ),
            (
                "Process exited with code 0\n|Output:\nProcess running with session ID 7\nOutput:\n",
                told(0.0, Some(0.0), None),
            ),
            ("Wall time: inf s\nProcess exited with code x\n|Output:\n", told(0.0, None, None)),
            ("Process running with session ID 7x\n|Output:\n", told(0.0, None, None)),
            ("Process running with session ID +7\n|Output:\n", told(0.0, None, None)),
            ("|Output:\nx", told(0.0, None, None)),
            // Without its last line, or with another one, there is no banner.
            ("Process exited with code 3\n", None),
            ("Process exited with code 3\nOutput:", None),
            ("Process exited with code 3\nOutput:\r\n", None),
            ("done\nProcess exited with code 3\nOutput:\n", None),
            ("Process exited with code 3\ndone\nOutput:\n", None),
            (" Process exited with code 3\nOutput:\n", None),
            ("\nOutput:\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let length = text.find('|').map(|at| at + "Output:\n".len());
            let header = Header::read(&text.replacen('|', "", 1));
            assert_eq!(header.map(|header| header.told), expected, "{text:?}");
            assert_eq!(header.map(|header| header.length), length, "{text:?}");
        }
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
