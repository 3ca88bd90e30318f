//! The payload decoder against a simple one that sees the whole text at once.

mod support;

use opengeni_runtime_native::payload::{Decoded, Digester, Fault, FramedDecoder, Framing, digest};
use opengeni_runtime_native::shell::{Frame, Framed, Span};
use proptest::prelude::*;
use support::{ALPHABET, FrameText, encode, frames, noise, sha256};

/// The expected result of a whole text: all bytes, or the bytes before the fault.
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
    feed(FramedDecoder::default(), text, cuts, room)
}

fn feed(mut decoder: FramedDecoder, text: &str, cuts: &[usize], room: usize) -> (Vec<u8>, Decoded) {
    let mut cuts: Vec<usize> = cuts
        .iter()
        .map(|cut| cut % (text.len() + 1))
        .filter(|&at| text.is_char_boundary(at))
        .collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    let mut output = vec![0; room];
    for piece in cuts.windows(2) {
        // The greatest number of bytes that so many characters have.
        let part = (text[..piece[1]].chars().count() * 3).div_ceil(4).min(room);
        decoder.push(&text.as_bytes()[piece[0]..piece[1]], &mut output[..part]);
    }
    decoder.finish(&mut output);
    (output, decoder.decoded())
}

fn check(text: &str, cuts: &[usize]) {
    let (bytes, fault) = oracle(text);
    let (output, decoded) = decode(text, cuts, bytes.len());
    assert_eq!(
        decoded,
        Decoded { length: bytes.len() as u64, fault, ..Decoded::default() },
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

#[test]
fn a_character_is_whole_wherever_a_long_piece_is_divided() {
    for length in (1 << 16) - 4..(1 << 16) + 4 {
        for found in ["\u{e9}", "\u{20ac}", "\u{1F3A5}"] {
            check(&("A".repeat(length) + found + "QUJD"), &[]);
        }
    }
}

#[test]
fn a_banner_names_the_command_that_has_not_finished() {
    let text = "Process running with session ID 7\nOutput:\nQUJD";
    let (_, decoded) = decode(text, &[], 3);
    assert_eq!(decoded, Decoded { length: 3, unfinished: Some(7.0), ..Decoded::default() });
}

/// A text with an exec banner, noise before it and lines of base64 after it.
fn with_banner(noise: &str, number: &str) -> String {
    let banner = format!("{noise}Process running with session ID {number}\nOutput:\n");
    banner + &(encode(&[7; 99]) + "\n").repeat(3)
}

#[test]
fn a_banner_is_read_wherever_the_text_is_cut() {
    let long = "9".repeat(400);
    let zeros = "0".repeat(30) + "7";
    for number in ["7", "12345678901234567890", "123456789012345678901", "x", "", &long, &zeros] {
        for noise in ["", "Wall time: 1 s\n", "Process\n", "Process running with session ID "] {
            let text = with_banner(noise, number);
            let uncut = decode(&text, &[], 297);
            assert_eq!(uncut.1.length, 297, "{text:?}");
            for cut in 0..=text.len() {
                assert_eq!(decode(&text, &[cut], 297), uncut, "{text:?} cut at {cut}");
            }
            let everywhere: Vec<_> = (0..=text.len()).collect();
            assert_eq!(decode(&text, &everywhere, 297), uncut, "{text:?} cut everywhere");
        }
    }
}

/// A frame, and how it is printed.
fn frame() -> (Frame, FrameText) {
    let frame = Frame::new("0+6");
    let [text] = frames(&frame.around("x")).try_into().expect("one frame");
    (frame, text)
}

/// How much of its frame a text has, and its payload.
fn framed_oracle<'a>(frame: &FrameText, text: &'a str) -> (Framing, &'a str) {
    let mut opened = None;
    let mut is_closed = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let mark = line.strip_suffix('\n').unwrap_or(line).trim_end_matches(['\r', ' ']);
        let is_closing = mark == format!("{}:end", frame.nonce);
        if let (Some(opened), true) = (opened, is_closing) {
            return (Framing::Whole, &text[opened..start]);
        }
        if opened.is_none() && mark == format!("{}:{}", frame.nonce, frame.label) {
            opened = Some(at);
        }
        is_closed |= is_closing;
    }
    match opened {
        Some(opened) => (Framing::Cut, &text[opened..]),
        None if is_closed => (Framing::Cut, text),
        None => (Framing::Bare, text),
    }
}

/// The text in which `<` and `>` stand for the two marks, and `#` for their number.
fn filled(template: &str, frame: &FrameText) -> String {
    let opening = format!("#:{}", frame.label);
    template.replace('<', &opening).replace('>', "#:end").replace('#', &frame.nonce)
}

/// Checks the result of such a text.
fn check_framed(template: &str, cuts: &[usize]) {
    let (frame, printed) = frame();
    let text = filled(template, &printed);
    let (framing, payload) = framed_oracle(&printed, &text);
    let (bytes, fault) = oracle(payload);
    let expected = Decoded { length: bytes.len() as u64, fault, framing, ..Decoded::default() };
    let (output, decoded) = feed(FramedDecoder::new(frame.clone()), &text, cuts, bytes.len());
    assert_eq!(decoded, expected, "{template:?} cut at {cuts:?}");
    if fault.is_none() {
        assert_eq!(output, bytes, "{template:?} cut at {cuts:?}");
    }
    let read = match framing {
        Framing::Whole => Framed::Whole(payload),
        // Without the opening line the payload is all of the text.
        Framing::Cut if payload.len() == text.len() => Framed::Headless(payload),
        Framing::Cut => Framed::Cut(payload),
        Framing::Bare => Framed::Bare,
    };
    assert_eq!(frame.read(&text), read, "{template:?}");
}

/// More bytes than a line of a frame can have.
const LONG: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
                    AAAAAAAAAAAAAAAAAAAA";

/// Text around and in frames, with texts that resemble a line of a frame.
fn framed_text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "\n<\n",
        "\n>\n",
        "\n<\r\n",
        "\r\n>\r\n",
        "<\n",
        ">\n",
        "<",
        ">",
        " <\n",
        "< \n",
        "<x\n",
        ">x\n",
        "#:0+66\n",
        "#:\n",
        "#\n",
        "\n",
        "\r\n",
        " ",
        "QUJD\n",
        "QUJDREVGR0hJSktM\r\n",
        "QQ==",
        "QUI",
        "=",
        "Welcome!\n",
        LONG,
        "\u{1b}[?2004l\r",
        "\nOutput:\n",
        "Output:\n",
        "caf\u{e9} \u{1F3A5}",
    ]);
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_frame_is_found_wherever_the_text_is_cut(text in framed_text(), cuts in cuts()) {
        check_framed(&text, &cuts);
    }
}

/// Text in which banners, numbers and frames stand in any order.
fn banner_text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "Process running with session ID ",
        "Process",
        " running with session ID",
        " 7",
        "12",
        "00000000000000000000",
        "\nOutput:\n",
        "\n",
        "\r\n",
        "\n<\n",
        "\n>\n",
        "QUJD",
        "QUI=",
        "caf\u{e9}:",
    ]);
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_number_of_a_command_is_found_wherever_the_text_is_cut(text in banner_text(), cuts in cuts()) {
        let (frame, printed) = frame();
        let text = filled(&text, &printed);
        let read = |cuts: &[usize]| feed(FramedDecoder::new(frame.clone()), &text, cuts, 1_000).1;
        let uncut = read(&[]);
        prop_assert_eq!(read(&cuts), uncut);
        for cut in 0..text.len() {
            prop_assert_eq!(read(&[cut]), uncut, "cut at {}", cut);
        }
    }
}

proptest! {
    #[test]
    fn a_framed_recording_is_found_in_any_noise(
        before in "[ -~\n\r\u{e9}]{0,200}",
        bytes in prop::collection::vec(any::<u8>(), 0..1_000),
        after in "[ -~\n\r\u{e9}]{0,200}",
        cuts in cuts(),
    ) {
        let (frame, printed) = frame();
        let text = before + &printed.around(&encode(&bytes)) + &after;
        let (output, decoded) = feed(FramedDecoder::new(frame), &text, &cuts, bytes.len());
        let length = bytes.len() as u64;
        let expected = Decoded { length, framing: Framing::Whole, ..Decoded::default() };
        prop_assert_eq!((output, decoded), (bytes, expected));
    }

    #[test]
    fn a_part_of_a_framed_recording_is_never_taken_for_all_of_it(
        bytes in prop::collection::vec(any::<u8>(), 1..300),
        ends in any::<[prop::sample::Index; 2]>(),
    ) {
        let (frame, printed) = frame();
        let text = printed.around(&encode(&bytes));
        let [one, other] = ends.map(|end| end.index(text.len() + 1));
        let (start, end) = (one.min(other), one.max(other));
        let (_, decoded) = feed(FramedDecoder::new(frame), &text[start..end], &[], bytes.len());
        // The line breaks at its ends are dropped, and nothing else.
        let is_whole = start <= 1 && end >= text.len() - 1;
        prop_assert_eq!(decoded.framing == Framing::Whole, is_whole);
    }

    #[test]
    fn digests_are_those_of_the_parts(
        length in 0..2_000_usize,
        offset in 0..3_000_usize,
        part in 0..3_000_usize,
    ) {
        let bytes = noise(7, length);
        let span = Span { offset: offset as u64, length: part as u64 };
        let there = &bytes[offset.min(length)..(offset + part).min(length)];
        prop_assert_eq!(digest(&bytes, span), sha256(there));
    }

    #[test]
    fn digests_are_the_same_whatever_the_steps(
        length in 0..2_000_usize,
        spans in prop::collection::vec((0..3_000_u64, 0..3_000_u64), 0..5),
        step in 1..700_usize,
    ) {
        let bytes = noise(7, length);
        let spans = spans.into_iter().map(|(offset, length)| Span { offset, length });
        let spans: Vec<_> = spans.collect();
        let mut digester = Digester::new(spans.clone());
        let all: Vec<_> = spans.iter().map(|&span| digest(&bytes, span)).collect();
        let steps = spans.len() * length / step + 1;
        let made = (0..steps).find_map(|_| digester.advance(&bytes, step));
        prop_assert_eq!(made, Some(all));
    }
}

#[test]
fn a_line_of_a_frame_stands_alone() {
    let long = format!("{LONG}<\nQUJD\n{LONG}>\n");
    let cases = [
        ("\n<\nQUJD\n>\n", Framing::Whole),
        ("<\r\nQUJD\r\n\r\n>\r\n$ ", Framing::Whole),
        ("<\nQUJD\n>", Framing::Whole),
        ("$ printf <\nQUJD\n >\n", Framing::Bare),
        ("x<\nQUJD\n>x\n", Framing::Bare),
        ("#:0+66\nQUJD\n#:ended\n", Framing::Bare),
        ("<\nQUJD\n", Framing::Cut),
        ("QUJD\n>\n", Framing::Cut),
        (">\nQUJD\n<\n", Framing::Cut),
        (&long, Framing::Bare),
        ("<\n>\n<\nQUJD\n>\n", Framing::Whole),
    ];
    for (template, framing) in cases {
        let (_, printed) = frame();
        let text = filled(template, &printed);
        assert_eq!(framed_oracle(&printed, &text).0, framing, "the oracle on {template:?}");
        check_framed(template, &[]);
        check_framed(template, &(0..=text.len()).collect::<Vec<_>>());
        for cut in 0..text.len() {
            check_framed(template, &[cut]);
        }
    }
}

#[test]
fn what_is_before_a_frame_tells_of_the_command() {
    let (frame, printed) = frame();
    let banner = "Process running with session ID 7\nOutput:\n";
    let text = banner.to_owned() + &printed.around("QUJD");
    let (output, decoded) = feed(FramedDecoder::new(frame), &text, &[], 3);
    let framing = Framing::Whole;
    assert_eq!(
        decoded,
        Decoded { length: 3, unfinished: Some(7.0), framing, ..Decoded::default() }
    );
    assert_eq!(output, b"ABC");
}
