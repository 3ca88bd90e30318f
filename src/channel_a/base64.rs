//! Base64: read leniently from answers without a frame, and strictly where completeness is checked.

use ::base64::Engine as _;
use ::base64::alphabet::STANDARD;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Writes padding. Reads with or without padding, and ignores the unused bits.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The standard character for a character of either alphabet; `None` for others.
fn standard(byte: u8) -> Option<u8> {
    match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(byte),
        _ => byte.is_ascii_alphanumeric().then_some(byte),
    }
}

/// Decodes up to the first `=`, and skips characters that are in neither alphabet.
pub(super) fn lenient(text: &str) -> Vec<u8> {
    let mut plain: Vec<u8> =
        text.bytes().take_while(|&byte| byte != b'=').filter_map(standard).collect();
    // A single last character has less than a byte.
    if plain.len() % 4 == 1 {
        plain.pop();
    }
    ENGINE.decode(plain).unwrap_or_default()
}

/// Decodes a text that is base64 from end to end, in either alphabet, with or without padding. White space
/// is ignored.
pub(super) fn strict(text: &str) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut padding = 0;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        match standard(byte) {
            Some(byte) if padding == 0 => plain.push(byte),
            None if byte == b'=' => padding += 1,
            _ => return None,
        }
    }
    let is_padded = padding == 0 || (plain.len() + padding) % 4 == 0 && padding < 3;
    is_padded.then(|| ENGINE.decode(plain).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_decoded_is() {
        let cases: [(&str, &[u8]); 8] = [
            ("", b""),
            ("aGVsbG8=", b"hello"),
            ("aGVsbG8", b"hello"),
            ("aGVs bG8=\r\n", b"hello"),
            ("aGV=sbG8=", b"he"),
            ("-_8=", &[0xfb, 0xff]),
            ("+/8=", &[0xfb, 0xff]),
            ("aGVsb!", b"hel"),
        ];
        for (text, expected) in cases {
            assert_eq!(lenient(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["a", "aGVsbG8!", "aGV=sbG8=", "aGVsbG8==", "=", "aG=", "not base64", "é"] {
            assert_eq!(strict(text), None, "{text:?}");
        }
        for text in ["", "aGVsbG8=", "aGVsbG8", "aGVs\r\nbG8=\n", "-_8="] {
            assert_eq!(strict(text), Some(lenient(text)), "{text:?}");
        }
    }
}
