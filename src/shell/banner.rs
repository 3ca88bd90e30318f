//! The banner that some sessions put before a command's output.

use memchr::memmem;

/// The line that ends a banner, with the line break before it.
const MARKER: &[u8] = b"\nOutput:\n";

/// Where the text after the last banner begins, or `None` where there is no banner.
pub(crate) fn end(text: &[u8]) -> Option<usize> {
    // The forward search is the vectorised one, and nearly every text has no marker.
    memmem::find(text, MARKER).and_then(|_| memmem::rfind(text, MARKER)).map(|at| at + MARKER.len())
}

/// The session's number for a command that had not finished, as its banner tells.
pub(crate) fn unfinished(banner: &[u8]) -> Option<f64> {
    number_after(banner, b"Process running with session ID ")
}

/// The exit code of a command that has finished, as its banner tells.
pub(crate) fn exit_code(banner: &[u8]) -> Option<f64> {
    number_after(banner, b"Process exited with code ")
}

fn number_after(banner: &[u8], words: &[u8]) -> Option<f64> {
    let number = &banner[memmem::find(banner, words)? + words.len()..];
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&number[..digits]).ok()?.parse().ok()
}

/// How many bytes at the end of a piece of text can begin a marker that the next piece ends.
pub(crate) const OVERLAP: usize = MARKER.len() - 1;

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
        let cases: [(&[u8], _); 4] = [
            (b"Wall time: 1 s\nProcess running with session ID 12\nOutput:\n", Some(12.0)),
            (b"Process exited with code 0\nOutput:\n", None),
            (b"Process running with session ID x", None),
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
