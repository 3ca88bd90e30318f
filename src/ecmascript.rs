//! The rules of ECMAScript for texts and numbers that public results and messages follow.

/// `Number::toString`: the text of a number in a JavaScript template literal.
pub(crate) fn number_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// `String.prototype.trim`: removes white space and line terminators at both ends.
///
/// Unicode's `White_Space` and ECMAScript's differ in two characters: U+0085 and U+FEFF.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_white)
}

/// The same at the start alone.
pub(crate) fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_white)
}

fn is_white(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// `parseInt`: the number that a text begins with, in digits of `radix`; nothing where it is NaN.
pub(crate) fn parse_int(text: &str, radix: u32) -> Option<f64> {
    let (sign, digits) = signed(trim_start(text));
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let digits = Some(&digits[..end]).filter(|digits| !digits.is_empty())?;
    let add = |number: f64, digit: char| {
        number * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or_default())
    };
    let number = if radix == 10 { digits.parse().ok()? } else { digits.chars().fold(0.0, add) };
    Some(sign * number)
}

/// `parseFloat`, of what is finite: the decimal number that a text begins with.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let (sign, text) = signed(trim_start(text));
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    let mut end = whole;
    let mut has_digits = whole > 0;
    if text[end..].starts_with('.') {
        let fraction = digits(end + 1);
        has_digits |= fraction > 0;
        end += 1 + fraction;
    }
    if !has_digits {
        return None;
    }
    if text[end..].starts_with(['e', 'E']) {
        let signed = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + signed);
        end += if exponent > 0 { 1 + signed + exponent } else { 0 };
    }
    let number: f64 = text[..end].parse().ok()?;
    Some(sign * number).filter(|number| number.is_finite())
}

fn signed(text: &str) -> (f64, &str) {
    match text.strip_prefix('-') {
        Some(text) => (-1.0, text),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    }
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
    fn integers_are_read_as_far_as_they_go() {
        let cases = [
            ("12", Some(12.0), Some(10.0)),
            (" \u{feff}-7x", Some(-7.0), Some(-7.0)),
            ("+755", Some(755.0), Some(493.0)),
            ("89", Some(89.0), None),
            ("", None, None),
            ("-", None, None),
            ("x1", None, None),
            ("99999999999999999999999", Some(1e23), None),
        ];
        for (text, decimal, octal) in cases {
            assert_eq!((parse_int(text, 10), parse_int(text, 8)), (decimal, octal), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        let cases = [
            ("1700000000.1234567890", Some(1_700_000_000.123_456_8)),
            (" -1.5e2x", Some(-150.0)),
            ("1.", Some(1.0)),
            (".5", Some(0.5)),
            ("5.e1", Some(50.0)),
            ("1e", Some(1.0)),
            ("1e+", Some(1.0)),
            (".", None),
            ("", None),
            ("e1", None),
            ("Infinity", None),
            ("1e999", None),
            ("0x10", Some(0.0)),
        ];
        for (text, number) in cases {
            assert_eq!(parse_float(text), number, "{text:?}");
        }
    }

    #[test]
    fn trim_follows_the_white_space_of_ecmascript() {
        assert_eq!(trim("\u{feff} \t\u{a0}12\u{2028}\r\n"), "12");
        assert_eq!(trim("\u{85}12"), "\u{85}12");
    }
}
