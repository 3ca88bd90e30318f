//! The banner that some sessions put before a command's output.

use memchr::memmem;

/// The line that ends a banner, with the line break before it.
const MARKER: &[u8] = b"\nOutput:\n";

/// Where the text after the last banner begins, or `None` where there is no banner.
pub(crate) fn end(text: &[u8]) -> Option<usize> {
    // The forward search is the vectorised one, and nearly every text has no marker.
    memmem::find(text, MARKER).and_then(|_| memmem::rfind(text, MARKER)).map(|at| at + MARKER.len())
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
    use super::body;

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
