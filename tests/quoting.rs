//! Quoting, read back by a real `sh`.

use std::process::Command;

use opengeni_runtime_native::shell::{quoted, visible, word};
use proptest::prelude::*;

fn sh(script: &str) -> Vec<u8> {
    let output = Command::new("sh").arg("-c").arg(script).output().expect("sh runs");
    assert!(output.status.success(), "sh refused {script:?}");
    output.stdout
}

/// Text with everything that means something to a shell.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z'\"\\\\$`!*?~#&|;<>(){}\\[\\] \t\n=%+,:@./-]{0,40}", "[^\u{0}]{0,20}",]
}

/// Whether a terminal or the reader of a log acts on a character: control characters (Cc), line and
/// paragraph separators, and the marks of UAX 9 that open and close directions of writing.
fn acts(c: char) -> bool {
    c.is_control() || "\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".contains(c)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_word_is_read_back_as_it_was(text in hostile()) {
        prop_assert_eq!(sh(&format!("printf %s {}", word(&text))), text.as_bytes());
    }

    #[test]
    fn a_word_survives_a_script_inside_a_script(text in hostile()) {
        let script = format!("printf %s \"$(printf %s {})\"", word(&text));
        // A command substitution drops the line breaks at its end.
        let expected = text.trim_end_matches('\n');
        prop_assert_eq!(sh(&format!("sh -c {}", quoted(&script))), expected.as_bytes());
    }

    #[test]
    fn what_people_see_acts_on_nothing(text in "[\\x00-\\x20\\x7f-\u{a0}\u{200e}-\u{2070}a\\\\é]{0,40}") {
        let shown = visible(&text);
        prop_assert!(!shown.contains(acts));
        // The others stand as they were, in their order.
        let plain = |text: &str| text.chars().filter(|&c| !acts(c) && !c.is_ascii()).collect::<String>();
        prop_assert_eq!(plain(&shown), plain(&text));
    }
}

#[test]
fn only_what_needs_quotes_gets_them() {
    let cases = [
        ("/tmp/og-rec-r1.mp4", "/tmp/og-rec-r1.mp4"),
        (":0.0", ":0.0"),
        ("aZ09_./:@%+=,-", "aZ09_./:@%+=,-"),
        ("", "''"),
        ("a b", "'a b'"),
        ("it's", r"'it'\''s'"),
        ("$(id)", "'$(id)'"),
        ("~/x", "'~/x'"),
        ("é", "'é'"),
    ];
    for (text, expected) in cases {
        assert_eq!(word(text), expected);
    }
}

#[test]
fn control_characters_are_seen() {
    let cases = [
        ("plain text, é \u{1F3A5}", "plain text, é \u{1F3A5}"),
        ("\u{1b}[31m", r"\u{1b}[31m"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\0\u{7f}\u{9b}", r"\u{0}\u{7f}\u{9b}"),
        ("\u{202e}gpj\u{2069}", r"\u{202e}gpj\u{2069}"),
        ("a\u{2028}b", r"a\u{2028}b"),
    ];
    for (text, expected) in cases {
        assert_eq!(visible(text), expected);
    }
}
