//! Quoting, read back by a real `sh`.

use std::process::Command;

use opengeni_runtime_native::shell::{quoted, word};
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
