//! Reading long recordings through channels that cut, lose and change texts.

mod support;

use std::cell::Cell;

use opengeni_runtime_native::recording::{Finalized, Reason, RecordingError, read_bytes};
use opengeni_runtime_native::shell::{Channel, Reply, Span, Thrown};
use proptest::prelude::*;
use support::{Disk, FakeBox, Scripted, VIDEO, artifact, base64, noise, reply, settled, timing};

/// The smallest piece that is asked for, in bytes.
const SMALLEST: u64 = 3_072;
/// More characters than a smallest piece has with its frame.
const NARROWEST: usize = 4_300;
/// Up to this length a file is read in one command.
const AT_ONCE: usize = 700_000;

fn read(session: &FakeBox) -> Result<Finalized, RecordingError> {
    read_with(session, None)
}

fn read_with(session: &FakeBox, channel: Option<Channel>) -> Result<Finalized, RecordingError> {
    settled(read_bytes(session, artifact(VIDEO, 1e9), timing(), channel, false))
}

/// The exact bytes came, or an error did.
fn assert_exact(session: &FakeBox, read: &Result<Finalized, RecordingError>) {
    if let Ok(finalized) = read {
        assert_eq!(finalized.size_bytes, session.disk.borrow().video.len() as u64);
        // Not `assert_eq`, which would print the bytes.
        assert!(session.kept.bytes() == session.disk.borrow().video, "other bytes came");
    }
}

/// Checks that the pieces join and cover the file.
fn assert_pieces(session: &FakeBox) {
    let end = session.disk.borrow().video.len() as u64;
    for piece in session.asked() {
        assert!(piece.length.is_multiple_of(3) || piece.end() == end, "{piece:?} of {end}");
        assert!(piece.end() <= end, "{piece:?} of {end}");
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the channels")]
fn through(text: &str) -> Result<String, Thrown> {
    Ok(text.to_owned())
}

/// What a channel does to texts above its limit. The texts are ASCII.
#[derive(Debug, Clone, Copy)]
enum Limit {
    KeepsFront,
    KeepsEnd,
    KeepsEndWithNotice,
    KeepsEnds,
    Empties,
    Throws,
}

const LIMITS: [Limit; 6] = [
    Limit::KeepsFront,
    Limit::KeepsEnd,
    Limit::KeepsEndWithNotice,
    Limit::KeepsEnds,
    Limit::Empties,
    Limit::Throws,
];

impl Limit {
    fn apply(self, text: &str, limit: usize) -> Result<String, Thrown> {
        if text.len() <= limit {
            return through(text);
        }
        let (front, end) = (&text[..limit], &text[text.len() - limit..]);
        let lost = text.len() - limit;
        match self {
            Self::KeepsFront => Ok(front.to_owned()),
            Self::KeepsEnd => Ok(end.to_owned()),
            Self::KeepsEndWithNotice => {
                Ok(format!("[...{lost} characters truncated from process output...]\n{end}"))
            }
            Self::KeepsEnds => {
                let half = limit / 2;
                Ok(format!("{}...{lost} truncated...{}", &front[..half], &end[half..]))
            }
            Self::Empties => Ok(String::new()),
            Self::Throws => Err(Thrown(9)),
        }
    }
}

/// What a channel does to a text that it changes.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Flips(usize),
    Drops(usize),
    Doubles,
    DoublesLine(usize),
    SwapsLines(usize),
    Empties,
    Throws,
    CutsFront(usize),
    CutsEnd(usize),
}

impl Damage {
    fn apply(self, text: &str) -> Result<String, Thrown> {
        let at = |at: usize| at % text.len().max(1);
        Ok(match self {
            Self::Flips(place) => flipped(text, at(place)),
            Self::Drops(place) => {
                let kept = text.chars().enumerate().filter(|(n, _)| *n != at(place));
                kept.map(|(_, c)| c).collect()
            }
            Self::Doubles => text.repeat(2),
            Self::DoublesLine(line) => with_lines(text, line, |lines, at| {
                lines.insert(at, lines[at]);
            }),
            Self::SwapsLines(line) => with_lines(text, line, |lines, at| {
                let next = (at + 1) % lines.len();
                lines.swap(at, next);
            }),
            Self::Empties => String::new(),
            Self::Throws => return Err(Thrown(8)),
            Self::CutsFront(place) => text[at(place)..].to_owned(),
            Self::CutsEnd(place) => text[..at(place)].to_owned(),
        })
    }
}

/// A text with its lines changed at one of them.
fn with_lines(text: &str, line: usize, change: impl Fn(&mut Vec<&str>, usize)) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if !lines.is_empty() {
        let at = line % lines.len();
        change(&mut lines, at);
    }
    lines.concat()
}

/// Damages a text other than a digest. A damaged digest would count as that of a box without the tool, and
/// the bytes would not be compared.
fn damaged(text: &str, damage: Damage) -> Result<String, Thrown> {
    const MARK: &str = ":sha256\n";
    let damaged = damage.apply(text)?;
    let digest = text.find(MARK).map(|at| &text[text[..at].rfind('\n').unwrap_or(0)..]);
    let is_spared =
        digest.is_none_or(|digest| damaged.ends_with(digest) && damaged.matches(MARK).count() == 1);
    Ok(if is_spared { damaged } else { text.to_owned() })
}

/// Replaces a character by another one of base64.
fn flipped(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if let Some(byte) = bytes.get_mut(at) {
        *byte = if *byte == b'A' { b'B' } else { b'A' };
    }
    String::from_utf8(bytes).expect("ASCII")
}

fn noisy(text: &str) -> String {
    format!(
        "Welcome to box 7\r\nbash: warning: setlocale: LC_ALL\r\n{}\r\n$ ",
        text.replace('\n', "\r\n")
    )
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<usize>;
    prop_oneof![
        at().prop_map(Damage::Flips),
        at().prop_map(Damage::Drops),
        Just(Damage::Doubles),
        at().prop_map(Damage::DoublesLine),
        at().prop_map(Damage::SwapsLines),
        Just(Damage::Empties),
        Just(Damage::Throws),
        at().prop_map(Damage::CutsFront),
        at().prop_map(Damage::CutsEnd),
    ]
}

/// Sizes around those at which the read changes, and random ones.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        1..20_usize,
        3_060..3_090_usize,
        1..100_000_usize,
        AT_ONCE - 3..=AT_ONCE + 3,
        100_000..3_000_000_usize,
    ]
}

fn shape() -> impl Strategy<Value = fn(&str) -> Reply> {
    let both = |text: &str| Reply { stdout: Some(text.to_owned()), ..reply(text) };
    let banner =
        |text: &str| reply(&format!("Wall time: 1 s\nProcess exited with code 0\nOutput:\n{text}"));
    // A terminal's line break beside the merged output.
    let merged = |text: &str| Reply { stdout: Some("\n".to_owned()), ..reply(text) };
    let shapes: [fn(&str) -> Reply; 4] = [reply, both, banner, merged];
    prop::sample::select(shapes.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever happens to any of the answers, the read returns the exact bytes or an error.
    #[test]
    fn no_other_bytes_are_a_recording(
        size in size(),
        damages in prop::collection::vec((any::<bool>(), damage()), 0..30),
        limit in NARROWEST..2_000_000_usize,
        kind in prop::sample::select(LIMITS.to_vec()),
        shape in shape(),
        is_noisy in any::<bool>(),
    ) {
        let call = Cell::new(0);
        let mut session = FakeBox::new(Disk::with(noise(size as u64, size)), move |text| {
            let now = call.replace(call.get() + 1);
            let text = kind.apply(text, limit)?;
            let text = match damages.get(now) {
                Some(&(true, damage)) => damaged(&text, damage)?,
                _ => text,
            };
            Ok(if is_noisy { noisy(&text) } else { text })
        });
        session.shape = shape;
        assert_exact(&session, &read(&session));
        assert_pieces(&session);
    }

    /// Loss is also noticed with a box that prints neither frames nor digests.
    #[test]
    fn no_other_bytes_come_without_frames_either(
        size in 1..200_000_usize,
        damages in prop::collection::vec(
            damage().prop_filter("what only a digest shows", |damage| {
                !matches!(damage, Damage::Flips(_) | Damage::SwapsLines(_))
            }),
            1..8,
        ),
        shape in shape(),
    ) {
        let call = Cell::new(0);
        let disk = Disk { is_framing: false, has_sha256sum: false, ..Disk::with(noise(7, size)) };
        let mut session = FakeBox::new(disk, move |text| {
            let now = call.replace(call.get() + 1);
            // Only the size can be compared.
            if now == 0 { through(text) } else { damages[now % damages.len()].apply(text) }
        });
        session.shape = shape;
        assert_exact(&session, &read(&session));
    }

    /// A recording is read wherever the smallest piece comes through.
    #[test]
    fn a_recording_comes_home_through_any_limit(
        size in size(),
        limit in prop_oneof![
            NARROWEST..20_000_usize,
            NARROWEST..2_000_000_usize,
            Just(65_536),
            Just(262_144),
            Just(1_048_576),
        ],
        kind in prop::sample::select(LIMITS.to_vec()),
        shape in shape(),
        is_noisy in any::<bool>(),
        has_sha256sum in any::<bool>(),
    ) {
        let disk = Disk { has_sha256sum, ..Disk::with(noise(size as u64, size)) };
        let mut session = FakeBox::new(disk, move |text| {
            let text = kind.apply(text, limit)?;
            Ok(if is_noisy { noisy(&text) } else { text })
        });
        session.shape = shape;
        let read = read(&session);
        prop_assert!(read.is_ok(), "{:?}", read);
        assert_exact(&session, &read);
        assert_pieces(&session);
    }

    /// The same where the limit changes with every command.
    #[test]
    fn a_recording_comes_home_through_limits_that_change(
        size in size(),
        limits in prop::collection::vec((NARROWEST..2_000_000_usize, prop::sample::select(LIMITS.to_vec())), 1..12),
    ) {
        let call = Cell::new(0);
        let session = FakeBox::new(Disk::with(noise(size as u64, size)), move |text| {
            let (limit, kind) = limits[call.replace(call.get() + 1) % limits.len()];
            kind.apply(text, limit)
        });
        let read = read(&session);
        assert_exact(&session, &read);
        assert_pieces(&session);
        prop_assert!(read.is_ok(), "{:?}", read);
    }
}

/// What happens to the file.
type Change = fn(&mut Disk);

fn session(size: usize, channel: impl Fn(&str) -> Result<String, Thrown> + 'static) -> FakeBox {
    FakeBox::new(Disk::with(noise(size as u64, size)), channel)
}

/// Counts the calls of a channel from 0.
fn counted(
    channel: impl Fn(usize, &str) -> Result<String, Thrown>,
) -> impl Fn(&str) -> Result<String, Thrown> {
    let call = Cell::new(0);
    move |text| channel(call.replace(call.get() + 1), text)
}

/// Checks that the pieces join, and that none was asked for twice.
fn assert_in_a_row(session: &FakeBox) {
    let mut end = 0;
    for piece in session.asked() {
        assert_eq!(piece.offset, end);
        end = piece.end();
    }
    assert_eq!(end, session.disk.borrow().video.len() as u64);
}

#[test]
fn what_fits_is_read_in_one_command() {
    for size in [1, 3, 100_000, AT_ONCE] {
        let session = session(size, through);
        assert_exact(&session, &Ok(read(&session).expect("read")));
        assert_eq!(session.asked(), [Span { offset: 0, length: size as u64 }]);
        assert_eq!(session.commands().len(), 2, "{size}");
        assert_eq!(session.kept.bytes().len(), size);
    }
}

#[test]
fn a_longer_file_is_read_in_pieces_and_looked_at_again() {
    for size in [AT_ONCE + 1, 2_500_000] {
        let session = session(size, through);
        assert_exact(&session, &Ok(read(&session).expect("read")));
        assert_pieces(&session);
        assert_in_a_row(&session);
        let commands = session.commands();
        assert_eq!(commands.len(), session.asked().len() + 2);
        assert!(commands.last().expect("one").contains(&format!("stat -c %s {VIDEO}")));
        assert!(session.asked().iter().all(|piece| piece.length <= AT_ONCE as u64 * 2));
    }
}

#[test]
fn pieces_run_as_the_others_do() {
    let session = session(AT_ONCE * 2, through);
    read(&session).expect("read");
    let transcript = session.transcript.borrow();
    let pieces: Vec<_> = transcript.iter().filter(|exec| exec.cmd.contains("base64")).collect();
    assert!(pieces.len() > 1);
    for exec in pieces {
        assert_eq!((exec.yield_time_ms, exec.max_output_tokens), (60_000, None));
    }
}

#[test]
fn a_box_that_knows_no_pieces_gives_all_of_the_file() {
    // The third text has twice the length of the first piece, and could be that piece twice.
    for size in [AT_ONCE + 1, 1_000_000, 1_399_998, 2_000_000] {
        let video = noise(3, size);
        let session = Scripted::with_file(&size.to_string(), reply(&base64(&video)));
        let finalized = settled(read_bytes(&session, artifact(VIDEO, 1e9), timing(), None, false));
        assert_eq!(finalized.expect("read").size_bytes, size as u64);
        assert!(session.kept.bytes() == video);
        let asked = session.commands().len() - 1;
        assert!(asked == if size == 1_399_998 { 2 } else { 1 }, "{size}: {asked}");
    }
}

#[test]
fn a_piece_that_comes_twice_is_not_the_file() {
    for size in [1_399_998, 60_000] {
        let disk = Disk { is_framing: false, has_sha256sum: false, ..Disk::with(noise(1, size)) };
        let twice =
            |text: &str| Ok(if text.len() > 100 { text.repeat(2) } else { text.to_owned() });
        let session = FakeBox::new(disk, twice);
        let error = read(&session).expect_err("refused");
        assert!(matches!(error, RecordingError::Corrupt { .. }), "{error}");
    }
}

#[test]
fn what_came_through_is_remembered() {
    let narrow = |text: &str| Limit::KeepsEnd.apply(text, 65_536);
    let first = session(400_000, narrow);
    read(&first).expect("read");
    assert!(first.asked().len() > 400_000 / 49_152, "some did not come through");
    let channel = first.kept.channel.get().expect("something is remembered");
    let (length, patience, at_once) = channel.known().expect("something came through");
    let known = Channel::remembered(length, patience, at_once);

    let second = session(400_000, narrow);
    assert_exact(&second, &Ok(read_with(&second, Some(known)).expect("read")));
    assert_in_a_row(&second);
    assert!(second.asked().len() < first.asked().len());
}

#[test]
fn a_channel_is_remembered_where_the_read_fails_in_the_end() {
    let mut session = session(1_000_000, |text| Limit::Empties.apply(text, 65_536));
    session.before = Box::new(|disk, _| disk.modified += 1);
    let error = read(&session).expect_err("it changes all the time");
    assert!(matches!(error, RecordingError::Changed { .. }), "{error}");
    let channel = session.kept.channel.get().expect("something is remembered");
    assert!(channel.known().is_some_and(|(length, ..)| (20_000..50_000).contains(&length)));
}

#[test]
fn pieces_shrink_and_grow_while_the_limit_does() {
    let limit = |call| if (2..40).contains(&call) { 20_000 } else { 2_000_000 };
    let session =
        session(3_000_000, counted(move |call, text| Limit::KeepsFront.apply(text, limit(call))));
    assert_exact(&session, &Ok(read(&session).expect("read")));
    assert_pieces(&session);
    let lengths: Vec<u64> = session.asked().iter().map(|piece| piece.length).collect();
    let narrowest = lengths.iter().position(|&length| length < 15_000).expect("they shrink");
    assert!(lengths[narrowest..].iter().any(|&length| length > 100_000), "and grow: {lengths:?}");
}

#[test]
fn a_file_that_changes_between_pieces_is_refused() {
    let size = 1_000_000;
    let changes: [(Change, u64); 4] = [
        (|disk| disk.video.push(7), 1_000_001),
        (|disk| disk.video.truncate(900_000), 900_000),
        (|disk| disk.video = noise(99, 1_000_000), 1_000_000),
        // Another file with the same bytes is another recording.
        (|disk| disk.inode += 1, 1_000_000),
    ];
    for (change, after) in changes {
        let mut session = session(size, through);
        let pieces = Cell::new(0);
        session.before = Box::new(move |disk, cmd| {
            pieces.set(pieces.get() + usize::from(cmd.contains("base64")));
            if pieces.get() == 2 && cmd.contains("base64") {
                change(disk);
                disk.modified += 1;
            }
        });
        let error = read(&session).expect_err("refused");
        // A file that has become shorter gives no second piece.
        if after > 900_000 {
            let path = VIDEO.to_owned();
            assert_eq!(error, RecordingError::Changed { path, before: size as u64, after });
            assert_eq!(
                error.to_string(),
                format!(
                    "recording changed on box while it was read: {VIDEO}: {size} bytes before, \
                     {after} bytes after"
                )
            );
        }
        assert_eq!(error.reason(), Some(Reason::FfmpegError));
    }
}

#[test]
fn a_file_that_is_replaced_before_it_is_read_is_refused() {
    let mut session = session(50_000, through);
    session.before = Box::new(|disk, cmd| {
        if cmd.contains("base64") {
            disk.video = noise(99, 50_000);
            disk.modified += 1;
        }
    });
    let error = read(&session).expect_err("refused");
    assert!(matches!(error, RecordingError::Changed { .. }), "{error}");
}

#[test]
fn one_flipped_character_is_mended_by_reading_that_piece_anew() {
    let session = session(
        2_500_000,
        // The second piece.
        counted(|call, text| Ok(if call == 2 { flipped(text, 1_000) } else { text.to_owned() })),
    );
    assert_exact(&session, &Ok(read(&session).expect("mended")));
    let asked = session.asked();
    let again: Vec<_> = asked.iter().filter(|piece| asked[1] == **piece).collect();
    assert_eq!(again.len(), 2, "{asked:?}");
    // All other pieces were asked for once.
    let total: u64 = asked.iter().map(|piece| piece.length).sum();
    assert_eq!(total, 2_500_000 + asked[1].length);
    let digests = session.commands().iter().filter(|cmd| cmd.contains(" | sha256sum")).count();
    assert_eq!(digests, 1);
}

#[test]
fn one_flipped_character_is_mended_where_the_file_came_at_once() {
    let session = session(
        30_000,
        counted(|call, text| Ok(if call == 1 { flipped(text, 1_000) } else { text.to_owned() })),
    );
    assert_exact(&session, &Ok(read(&session).expect("mended")));
    assert_eq!(session.asked().len(), 2);
}

#[test]
fn bytes_that_are_changed_time_after_time_are_refused() {
    for size in [30_000, 1_000_000] {
        // Answers about the file are shorter than pieces of it.
        let session = session(size, |text| {
            Ok(if text.len() > 3_000 { flipped(text, 1_000) } else { text.to_owned() })
        });
        let error = read(&session).expect_err("refused");
        assert_eq!(
            error.to_string(),
            format!(
                "recording read failed: {VIDEO}: the SHA-256 digest of what came is not that of the \
                 file"
            )
        );
        assert_eq!(error.reason(), Some(Reason::FfmpegError));
        assert!(session.commands().len() < 30, "{}", session.commands().len());
    }
}

#[test]
fn a_damaged_answer_about_the_file_is_no_other_file() {
    // The first is the size before the read, the last the size after it; digits stand at 30.
    for at in [0, 3] {
        let session = session(
            1_000_000,
            counted(move |call, text| {
                Ok(if call == at { flipped(text, 30) } else { text.to_owned() })
            }),
        );
        assert_exact(&session, &Ok(read(&session).expect("read")));
    }
}

/// A channel that throws at some calls, a new value each time.
fn throwing(at: impl Fn(usize) -> bool) -> impl Fn(&str) -> Result<String, Thrown> {
    let thrown = Cell::new(0);
    counted(
        move |call, text| {
            if at(call) { Err(Thrown(thrown.replace(thrown.get() + 1))) } else { through(text) }
        },
    )
}

#[test]
fn a_piece_that_throws_in_passing_is_asked_for_again() {
    for passing in [1..2, 1..3, 2..3, 2..4] {
        let session = session(1_500_000, throwing(move |call| passing.contains(&call)));
        assert_exact(&session, &Ok(read(&session).expect("read")));
    }
}

#[test]
fn what_is_thrown_again_and_again_is_passed_on() {
    for size in [1, 3_072, 3_073, 1_500_000] {
        let session = session(size, throwing(|call| call >= 1));
        let error = read(&session).expect_err("thrown");
        let RecordingError::Thrown(Thrown(number)) = error else { panic!("{error}") };
        // The last of those that were thrown.
        assert_eq!(number as usize, session.asked().len() - 1, "{size}");
        assert!(session.asked().len() <= 3, "{size}");
    }
    let session = session(10, throwing(|_| true));
    assert_eq!(read(&session), Err(RecordingError::Thrown(Thrown(0))));
    assert_eq!(session.commands().len(), 1);
}

#[test]
fn an_error_says_how_much_was_tried() {
    for (kind, words) in [
        (Limit::Empties, "recording read returned 0 bytes: /tmp/og-rec-r1.mp4"),
        (Limit::KeepsEnd, "; the answer was cut on the way"),
        (Limit::KeepsFront, "; the answer was cut on the way"),
    ] {
        let session = session(1_000_000, move |text| kind.apply(text, 2_000));
        let error = read(&session).expect_err("nothing comes through");
        let asked = session.asked();
        let last = asked.last().expect("one").length;
        assert_eq!((asked[0].length, last), (699_999, SMALLEST));
        let message = error.to_string();
        let tried = format!("; asked for {} times, {last} bytes at last", asked.len());
        assert!(message.contains(words) && message.ends_with(&tried), "{message}");
        assert!(asked.len() < 20, "{}", asked.len());
        assert_eq!(error.reason(), Some(Reason::FfmpegError));
    }
}

#[test]
fn a_digest_is_not_made_of_a_file_over_the_limit() {
    let session = session(1_000, through);
    let read = |max| settled(read_bytes(&session, artifact(VIDEO, max), timing(), None, false));
    let error = read(999.0).expect_err("refused");
    assert_eq!(error, RecordingError::TooLarge { size: 1_000, max: 999.0 });
    assert_eq!(session.commands().len(), 1);
    for max in [1_000.0, 1_000.5, 1e300, f64::INFINITY] {
        assert_exact(&session, &Ok(read(max).expect("read")));
    }
    let limits = session.commands().into_iter().filter_map(|cmd| {
        let (_, limit) = cmd.split_once(" -le ")?;
        Some(limit.split(' ').next()?.parse::<i64>().expect("a number for a shell"))
    });
    assert_eq!(limits.collect::<Vec<_>>(), [999, 1_000, 1_000, 1 << 32, 1 << 32]);
}
