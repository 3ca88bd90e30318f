//! POSIX shell quoting, and quotes for people.

use std::borrow::Cow;

use memchr::memchr;

/// `text` in single quotes, each single quote inside it written as `'\''` (POSIX.1-2024, Shell
/// Command Language, 2.2.2).
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    let mut rest = text;
    while let Some(at) = memchr(b'\'', rest.as_bytes()) {
        quoted.push_str(&rest[..at]);
        quoted.push_str(r"'\''");
        rest = &rest[at + 1..];
    }
    quoted.push_str(rest);
    quoted.push('\'');
    quoted
}

/// `text` as one word of a shell command: as it stands where every character is plain, quoted
/// otherwise.
#[must_use]
pub fn word(text: &str) -> Cow<'_, str> {
    let plain = |byte| {
        matches!(
            byte,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'
            | b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b'=' | b',' | b'-'
        )
    };
    if !text.is_empty() && text.bytes().all(plain) { text.into() } else { quoted(text).into() }
}

/// Escapes the characters that a terminal or a log viewer would act on: control characters, line and paragraph
/// separators, and marks that change the direction of writing.
#[must_use]
pub fn visible(text: &str) -> String {
    let acts =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// The last characters of a text, `most` of them, as [`visible`] shows them.
#[must_use]
pub fn tail(text: &str, most: usize) -> String {
    let skipped = text.chars().count().saturating_sub(most);
    visible(&text.chars().skip(skipped).collect::<String>())
}
