//! POSIX shell quoting.

/// `text` in single quotes, each single quote inside it written as `'\''` (POSIX.1-2024, Shell
/// Command Language, 2.2.2).
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `text` as one word of a shell command: as it stands where every character is plain, quoted
/// otherwise.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+=,-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { quoted(text) }
}
