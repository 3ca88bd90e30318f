//! The payload decoder against a simple one that sees the whole text at once.

use opengeni_runtime_native::payload::{Decoded, Fault, PayloadDecoder};
use proptest::prelude::*;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte))
            << (8 * (3 - group.len()));
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place) & 63) as usize;
            text.push(if place <= group.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    text
}

/// What the whole text should come to: bytes and no fault, or the bytes before the fault.
fn oracle(text: &str) -> (Vec<u8>, Option<Fault>) {
    let after = |marker: &str| text.rfind(marker).map(|at| &text[at + marker.len()..]);
    let payload = after("\nOutput:\n").or(text.strip_prefix("Output:\n")).unwrap_or(text);

    let mut bytes = Vec::new();
    let mut group: Vec<(usize, char)> = Vec::new();
    let mut ended = false;
    let mut loose_bits = None;
    for (offset, found) in payload.chars().enumerate() {
        if matches!(found, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r') {
            continue;
        }
        let padding = group.iter().filter(|(_, c)| *c == '=').count();
        let fits = match found {
            _ if ended => false,
            '=' => group.len() == 2 && padding == 0 || group.len() == 3,
            _ => padding == 0 && u8::try_from(found).is_ok_and(|byte| ALPHABET.contains(&byte)),
        };
        if !fits {
            return (bytes, Some(Fault::Character { offset: offset as u64, found }));
        }
        group.push((offset, found));
        if group.len() < 4 {
            continue;
        }
        let padding = padding + usize::from(found == '=');
        let bits = group.iter().fold(0, |bits, (_, c)| {
            bits << 6 | ALPHABET.iter().position(|&a| char::from(a) == *c).unwrap_or(0)
        });
        if bits & ((1 << (8 * padding)) - 1) != 0 {
            let (offset, found) = group[3 - padding];
            loose_bits = Some(Fault::Character { offset: offset as u64, found });
        }
        bytes.extend(&u32::try_from(bits).expect("24 bits").to_be_bytes()[1..4 - padding]);
        ended = padding > 0;
        group.clear();
    }
    let length = payload.chars().count() as u64;
    (bytes, loose_bits.or((!group.is_empty()).then_some(Fault::Ending { offset: length })))
}

/// Decodes `text` in pieces that end at `cuts`.
fn decode(text: &str, cuts: &[usize], room: usize) -> (Vec<u8>, Decoded) {
    let mut cuts: Vec<usize> = cuts
        .iter()
        .map(|cut| cut % (text.len() + 1))
        .filter(|&at| text.is_char_boundary(at))
        .collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    let mut output = vec![0; room];
    let mut decoder = PayloadDecoder::default();
    for piece in cuts.windows(2) {
        decoder.push(&text.as_bytes()[piece[0]..piece[1]], &mut output);
    }
    decoder.finish(&mut output);
    (output, decoder.decoded())
}

fn check(text: &str, cuts: &[usize]) {
    let (bytes, fault) = oracle(text);
    let (output, decoded) = decode(text, cuts, bytes.len());
    assert_eq!(
        decoded,
        Decoded { length: bytes.len() as u64, fault, unfinished: None },
        "{text:?} cut at {cuts:?}"
    );
    if fault.is_none() {
        assert_eq!(output, bytes);
    }
}

/// Lines of base64 as `base64`, a terminal or an odd provider may print them.
fn base64_text() -> impl Strategy<Value = String> {
    let bytes = prop::collection::vec(any::<u8>(), 0..500);
    let line_break = prop::sample::select(vec!["", "\n", "\r\n", " ", "\t", "\n\x0b\x0c"]);
    // Lines of one length, or of several in turn.
    let widths = prop::collection::vec(1..100_usize, 1..4);
    (bytes, widths, line_break).prop_map(|(bytes, widths, line_break)| {
        let text = encode(&bytes);
        let mut rest = text.as_str();
        let mut lines = Vec::new();
        for &width in widths.iter().cycle() {
            let (line, others) = rest.split_at(width.min(rest.len()));
            lines.push(line);
            rest = others;
            if rest.is_empty() {
                break;
            }
        }
        lines.join(line_break) + line_break
    })
}

fn banner() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "Output:\n",
        "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n",
        "a\nOutput:\nOutput:\n",
        "é\nOutput:\n",
        "Output: \n",
    ])
    .prop_map(str::to_owned)
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(any::<usize>(), 0..12)
}

#[test]
fn a_shorter_line_may_end_where_no_break_is_expected() {
    check("AAAAAAA\nBBBB\nCC\nDDD\n", &[]);
}

proptest! {
    #[test]
    fn what_was_encoded_comes_back(
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
        cuts in cuts(),
    ) {
        let (output, decoded) = decode(&encode(&bytes), &cuts, bytes.len());
        prop_assert_eq!(decoded, Decoded { length: bytes.len() as u64, ..Decoded::default() });
        prop_assert_eq!(output, bytes);
    }

    #[test]
    fn pieces_never_change_the_outcome(banner in banner(), text in base64_text(), cuts in cuts()) {
        check(&(banner + &text), &cuts);
    }

    #[test]
    fn damage_is_found_where_it_is(
        banner in banner(),
        text in base64_text(),
        at in any::<usize>(),
        removed in 0..6_usize,
        added in "[A-Za-z=\\-_:.é\u{1F3A5} \n]{0,4}",
        cuts in cuts(),
    ) {
        let at = at % (text.len() + 1);
        let end = (at + removed).min(text.len());
        check(&(banner + &text[..at] + &added + &text[end..]), &cuts);
    }

    #[test]
    fn a_text_printed_twice_is_never_one_payload(
        bytes in prop::collection::vec(any::<u8>(), 1..300),
        cuts in cuts(),
    ) {
        let text = encode(&bytes) + "\n";
        let (_, decoded) = decode(&(text.clone() + &text), &cuts, bytes.len());
        prop_assert!(decoded.fault.is_some() || decoded.length == 2 * bytes.len() as u64);
    }

    #[test]
    fn bytes_beyond_the_room_are_counted(
        bytes in prop::collection::vec(any::<u8>(), 0..500),
        room in 0..500_usize,
        cuts in cuts(),
    ) {
        let (output, decoded) = decode(&encode(&bytes), &cuts, room);
        prop_assert_eq!(decoded, Decoded { length: bytes.len() as u64, ..Decoded::default() });
        let kept = (bytes.len().min(room)) / 3 * 3;
        prop_assert_eq!(&output[..kept.min(room)], &bytes[..kept.min(room)]);
    }

    #[test]
    fn any_text_at_all_is_judged_like_the_oracle(text in "\\PC{0,80}", cuts in cuts()) {
        check(&text, &cuts);
    }
}

#[test]
fn faults_name_the_first_bad_character() {
    let cases = [
        ("", None),
        ("QUJD", None),
        ("QQ==", None),
        ("QUI=\n", None),
        ("QR==", Some(Fault::Character { offset: 1, found: 'R' })),
        ("QUJDQ", Some(Fault::Ending { offset: 5 })),
        ("QUI", Some(Fault::Ending { offset: 3 })),
        ("QQ=", Some(Fault::Ending { offset: 3 })),
        ("Q===", Some(Fault::Character { offset: 1, found: '=' })),
        ("QQ==QUJD", Some(Fault::Character { offset: 4, found: 'Q' })),
        ("QUJD\n...3 tokens truncated...\nQUJD", Some(Fault::Character { offset: 5, found: '.' })),
        ("base64: /tmp/x: No such file", Some(Fault::Character { offset: 6, found: ':' })),
        ("QUJ\u{a0}D", Some(Fault::Character { offset: 3, found: '\u{a0}' })),
        ("QUJD-_", Some(Fault::Character { offset: 4, found: '-' })),
        ("x\nOutput:\nQU*D", Some(Fault::Character { offset: 2, found: '*' })),
    ];
    for (text, fault) in cases {
        assert_eq!(oracle(text).1, fault, "the oracle on {text:?}");
        check(text, &[]);
        check(text, &(0..=text.len()).collect::<Vec<_>>());
    }
}
