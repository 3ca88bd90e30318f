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
    fn trim_follows_the_white_space_of_ecmascript() {
        assert_eq!(trim("\u{feff} \t\u{a0}12\u{2028}\r\n"), "12");
        assert_eq!(trim("\u{85}12"), "\u{85}12");
    }
}
