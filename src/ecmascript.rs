//! The rules of ECMAScript for texts and numbers that public results and messages follow.

/// `Number::toString`: the text of a number in a JavaScript template literal.
pub(crate) fn number_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// `String.prototype.trim`: removes white space and line terminators at both ends.
///
/// Unicode's `White_Space` and ECMAScript's differ in two characters: U+0085 and U+FEFF.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}')
}

/// `Number(text)` of a text that has no white space around it, and is not empty; NaN for what is none.
pub(crate) fn number_of(text: &str) -> f64 {
    let radix = match text.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => {
            let is_decimal = text.bytes().all(|byte| b"0123456789+-.eE".contains(&byte));
            return match text.trim_start_matches(['+', '-']) {
                "Infinity" if text.len() < 10 => f64::INFINITY.copysign(sign(text)),
                _ if is_decimal => text.parse().unwrap_or(f64::NAN),
                _ => f64::NAN,
            };
        }
    };
    let digits = &text[2..];
    if digits.is_empty() {
        return f64::NAN;
    }
    let digit = |sum: f64, c: char| {
        c.to_digit(radix).map(|digit| sum * f64::from(radix) + f64::from(digit))
    };
    digits.chars().try_fold(0.0, digit).unwrap_or(f64::NAN)
}

fn sign(text: &str) -> f64 {
    if text.starts_with('-') { -1.0 } else { 1.0 }
}

/// `===` of two numbers. NaN equals no number.
#[expect(clippy::float_cmp, reason = "the numbers are codes, ports and epochs")]
pub(crate) fn same(a: f64, b: f64) -> bool {
    a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_a_template_literal() {
        let cases = [
            (15.0, "15"),
            (29.97, "29.97"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1e+21"),
            (1e-7, "1e-7"),
            (268_435_456.0, "268435456"),
            (f64::INFINITY, "Infinity"),
            (f64::NAN, "NaN"),
            (-0.0, "0"),
        ];
        for (number, text) in cases {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn texts_are_numbers_as_number_has_them() {
        let cases = [
            ("80", 80.0),
            ("0x50", 80.0),
            ("0B11", 3.0),
            ("0o17", 15.0),
            ("+80", 80.0),
            ("080", 80.0),
            ("1e3", 1000.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("-Infinity", f64::NEG_INFINITY),
        ];
        for (text, number) in cases {
            assert!(same(number_of(text), number), "{text}");
        }
        let none =
            ["abc", "0x", "+0x50", "1_0", "inf", "NaN", "--1", "8 0", "８０", "e5", ".", "1e"];
        for text in none {
            assert!(number_of(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn trim_follows_the_white_space_of_ecmascript() {
        assert_eq!(trim("\u{feff} \t\u{a0}12\u{2028}\r\n"), "12");
        assert_eq!(trim("\u{85}12"), "\u{85}12");
    }
}
