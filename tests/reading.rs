//! Reads in one command: the answers about size, bytes and log, and the duration.

mod support;

use opengeni_runtime_native::payload::Fault;
use opengeni_runtime_native::recording::{
    Evidence, FfmpegLog, Finalized, Reason, RecordingError, Timing, Tried, Unfinished, read_bytes,
};
use opengeni_runtime_native::shell::{Exec, ExecFailure, Instant, Reply, Shell, Thrown};
use proptest::prelude::*;
use support::{
    Disk, FakeBox, Scripted, VIDEO, artifact, framed, frames, instant, reply, script, settled,
    split_reply, timing,
};

fn read(shell: &impl Shell) -> Result<Finalized, RecordingError> {
    settled(read_bytes(shell, artifact(VIDEO, 268_435_456.0), timing(), None, false))
}

fn refused(shell: &impl Shell) -> RecordingError {
    read(shell).expect_err("refused")
}

fn thrown(number: u32) -> Result<Reply, ExecFailure> {
    Err(ExecFailure::Thrown(Thrown(number)))
}

fn asks_for_size(exec: &Exec) -> bool {
    exec.cmd.contains(&format!("stat -c %s {VIDEO}"))
}

fn unfinished(text: &str) -> Reply {
    Reply { session_id: Some(7.0), exit_code: None, ..reply(text) }
}

/// The text up to the end of the answer.
fn without_closing(text: &str) -> &str {
    text.rsplit_once("\nog-").expect("a closing line").0
}

/// A box that answers in frames. `around` adds noise to its texts.
fn noisy_box(around: fn(&Exec, &str) -> Reply) -> Scripted {
    Scripted::new(move |exec| {
        let printed = |text: &str| framed(&exec.cmd, text);
        let text = if asks_for_size(exec) {
            // The box has no tool for digests.
            let label = |text: &str| text.replace(":size\n", ":sha256\n");
            format!("{}{}", printed("6\n6:8:1:2026-01-01\n"), label(&printed("")))
        } else {
            printed("QUJD\nREVG\n")
        };
        Ok(around(exec, &text))
    })
}

#[test]
fn a_recording_is_read_after_its_size_was_asked_for() {
    let shell = Scripted::with_file("6\n", reply("QUJD\nREVG\n"));
    shell.now.set(instant(3_499.0));
    let expected = Finalized {
        content_type: "video/mp4",
        size_bytes: 6,
        duration_seconds: 2.0,
        salvaged: None,
    };
    assert_eq!(read(&shell), Ok(expected));
    assert_eq!(shell.kept.bytes(), b"ABCDEF");
    let transcript = shell.transcript.borrow();
    let [size, bytes] = transcript.as_slice() else { panic!("{transcript:?}") };
    assert!(asks_for_size(size) && !size.cmd.contains("base64"));
    assert_eq!((size.yield_time_ms, size.max_output_tokens), (15_000, Some(4_000)));
    assert!(bytes.cmd.contains("base64 /tmp/og-rec-r1.mp4") && !asks_for_size(bytes));
    assert_eq!((bytes.yield_time_ms, bytes.max_output_tokens), (60_000, None));
}

#[test]
fn what_is_around_a_frame_is_noise() {
    let noises: [fn(&Exec, &str) -> Reply; 11] = [
        |_, text| reply(text),
        |_, text| reply(&format!("Welcome!\nLast login: today{text}bye\n")),
        |_, text| reply(&text.replace('\n', "\r\n")),
        // A terminal's echo, bracketed paste and prompt.
        |exec, text| reply(&format!("$ {}\r\n\u{1b}[?2004l\r{text}\u{1b}[?2004h$ ", exec.cmd)),
        // A shell's trace.
        |exec, text| {
            let trace = format!("+ {}\n", script(&exec.cmd).replace("; ", "\n+ "));
            reply(&format!("{trace}{text}{trace}"))
        },
        |_, text| reply(&format!("Wall time: 1\nProcess exited with code 0\nOutput:\n{text}")),
        |_, text| split_reply(text, "bash: warning: setlocale: LC_ALL\n"),
        |_, text| split_reply(&format!("5\nQUJD{text}5\n"), "noise"),
        // A terminal drops a line break, and puts everything into the merged output.
        |_, text| Reply { stdout: Some("\n".to_owned()), ..reply(text) },
        |_, text| Reply { stdout: Some(without_closing(text).to_owned()), ..reply(text) },
        |_, text| Reply {
            stdout: Some("Welcome!\n".to_owned()),
            stderr: Some("noise".to_owned()),
            ..reply(text)
        },
    ];
    for (number, noise) in noises.into_iter().enumerate() {
        let shell = noisy_box(noise);
        let read = read(&shell);
        assert!(read.is_ok(), "{number}: {read:?}");
        assert_eq!(shell.kept.bytes(), b"ABCDEF", "{number}");
        assert_eq!(shell.commands().len(), 2, "{number}");
    }
}

#[test]
fn standard_output_is_the_payload_where_the_provider_has_it() {
    let twice = Reply { stdout: Some("QUJD\n".to_owned()), ..reply("QUJD\n") };
    let shell = Scripted::with_file("3", twice);
    read(&shell).expect("read once, not twice");
    assert_eq!(shell.kept.bytes(), b"ABC");

    let noisy = split_reply("QUJD\n", "bash: warning: setlocale\n");
    read(&Scripted::with_file("3", noisy)).expect("standard error is no payload");

    let empty = Reply { stdout: Some(String::new()), ..reply("QUJD\n") };
    read(&Scripted::with_file("3", empty)).expect("an empty stream carries nothing");

    let failed = split_reply("", "base64: read error: Is a directory\n");
    let error = refused(&Scripted::with_file("3", failed));
    assert!(matches!(error, RecordingError::NoBytes { .. }), "{error}");

    let begun = reply("Process running with session ID 7\nOutput:\n");
    assert_eq!(
        refused(&Scripted::with_file("3", begun)).to_string(),
        "recording read returned 0 bytes: /tmp/og-rec-r1.mp4; exec session 7 has not finished"
    );
}

#[test]
fn without_a_frame_the_size_is_the_last_line_that_is_not_empty() {
    for printed in ["3", " 3 \n\n", "Welcome\n3\n", "Wall time: 1\nOutput:\n3\n", "\u{feff}3"] {
        let shell = Scripted::with_file(printed, reply("QUJD"));
        assert!(read(&shell).is_ok(), "{printed:?}");
    }
}

#[test]
fn only_the_exact_bytes_are_a_recording() {
    let corrupt = |received, fault| RecordingError::Corrupt {
        path: VIDEO.to_owned(),
        expected: 6,
        received,
        fault,
        is_cut: false,
        evidence: Evidence::default(),
        tried: Tried { times: 1, smallest: 6 },
    };
    let character = |offset, found| Some(Fault::Character { offset, found });
    let cases = [
        ("QUJD\n", corrupt(3, None)),
        ("QUJDREVGR0hJ", corrupt(9, None)),
        ("QUJDREVGQUJDREVG", corrupt(12, None)),
        ("Welcome to box\nQUJDREVG", corrupt(15, None)),
        ("QUJD...2 tokens truncated...", corrupt(3, character(4, '.'))),
        ("QUJDREVG\nRw", corrupt(6, Some(Fault::Ending { offset: 11 }))),
        ("QUJDRQ==QUJDRQ==", corrupt(4, character(8, 'Q'))),
    ];
    for (text, expected) in cases {
        let error = refused(&Scripted::with_file("6", reply(text)));
        assert_eq!(error.reason(), Some(Reason::FfmpegError));
        assert_eq!(error, expected, "{text:?}");
    }
}

#[test]
fn a_bad_payload_is_explained() {
    let broken = Reply {
        session_id: Some(7.0),
        exit_code: None,
        ..split_reply("QUJDREVG\n", "base64: read error\n")
    };
    let silent = split_reply("", "base64: /tmp/og-rec-r1.mp4: Input/output error\n");
    let cases = [
        (
            broken,
            "recording read failed: /tmp/og-rec-r1.mp4: expected 9 bytes, got 6; exec session 7 has \
             not finished; stderr: base64: read error",
        ),
        (
            reply("Process running with session ID 8\nOutput:\nQUJDREVG\n"),
            "recording read failed: /tmp/og-rec-r1.mp4: expected 9 bytes, got 6; exec session 8 has \
             not finished",
        ),
        (
            reply("QUJD:"),
            "recording read failed: /tmp/og-rec-r1.mp4: expected 9 bytes, got 3; unexpected \
             character ':' at offset 4 of the base64 text",
        ),
        (
            Reply { output: None, ..silent },
            "recording read returned 0 bytes: /tmp/og-rec-r1.mp4; stderr: base64: \
             /tmp/og-rec-r1.mp4: Input/output error",
        ),
        (reply(" \n"), "recording read returned 0 bytes: /tmp/og-rec-r1.mp4"),
    ];
    for (answer, message) in cases {
        assert_eq!(refused(&Scripted::with_file("9", answer)).to_string(), message);
    }
}

#[test]
fn a_cut_answer_is_called_one() {
    let shell = Scripted::new(|exec| {
        let text = framed(&exec.cmd, if asks_for_size(exec) { "6\n6:8:1\n" } else { "QUJDREVG\n" });
        Ok(reply(if asks_for_size(exec) { &text } else { without_closing(&text) }))
    });
    assert_eq!(
        refused(&shell).to_string(),
        "recording read failed: /tmp/og-rec-r1.mp4: expected 6 bytes, got 6; the answer was cut on \
         the way; asked for 3 times, 6 bytes at last"
    );
}

#[test]
fn quoted_standard_error_is_bounded_and_acts_on_nothing() {
    let noise = "é".repeat(5_000) + "\u{1b}[2J\r\nforged\u{202e} the end";
    let message = refused(&Scripted::with_file("3", split_reply("*", &noise))).to_string();
    assert!(message.ends_with(r"é\u{1b}[2J\r\nforged\u{202e} the end"), "{message}");
    assert!(message.chars().count() < 1_300);
    assert!(!message.contains(char::is_control));
}

#[test]
fn a_size_that_is_not_true_reserves_no_memory() {
    let shell = Scripted::with_file("4000000000", reply("QUJD"));
    let limit = artifact(VIDEO, f64::INFINITY);
    let error = settled(read_bytes(&shell, limit, timing(), None, false)).expect_err("refused");
    assert!(matches!(error, RecordingError::Corrupt { received: 3, .. }), "{error}");
    assert!(shell.kept.bytes().len() <= 6);
}

#[test]
fn a_recording_over_the_limit_is_not_read() {
    let shell = Scripted::with_file("268435457", reply("QUJD"));
    let error = refused(&shell);
    assert_eq!(error.to_string(), "recording 268435457B exceeds max 268435456B");
    assert_eq!(error.reason(), Some(Reason::MaxBytesExceeded));
    assert_eq!(shell.commands().len(), 1);
}

#[test]
fn an_answer_in_a_frame_is_read_strictly() {
    let cases = [
        ("5\n", Ok(5)),
        ("5\n5:8:1:2026-01-01 00:00:1\n", Ok(5)),
        ("  5\r\n5:8:1\r\n", Ok(5)),
        ("Welcome\n5\n", Err("Welcome\\n5")),
        ("5\n6:8:1\n", Err("5\\n6:8:1")),
        ("5\n55:8:1\n", Err("5\\n55:8:1")),
        ("5\nbash: stat: not found\n", Err("5\\nbash: stat: not found")),
        ("five\n", Err("five")),
        ("-5\n", Err("-5")),
        ("MISSING?\n", Err("MISSING?")),
        ("", Err("")),
    ];
    for (lines, expected) in cases {
        let shell = Scripted::new(move |exec| {
            let text = if asks_for_size(exec) { lines } else { "QUJDREU=" };
            Ok(reply(&framed(&exec.cmd, text)))
        });
        let read = read(&shell);
        match expected {
            Ok(size) => assert_eq!(read.map(|finalized| finalized.size_bytes), Ok(size)),
            Err(answer) => assert_eq!(
                read.expect_err("refused").to_string(),
                format!(
                    "recording size unknown: {VIDEO}: the box answered \"{answer}\" instead of a size"
                ),
                "{lines:?}"
            ),
        }
    }
}

#[test]
fn an_answer_that_was_cut_is_asked_for_again_without_a_limit() {
    let shell = Scripted::new(|exec| {
        let text = framed(&exec.cmd, if asks_for_size(exec) { "6\n6:8:1\n" } else { "QUJDREVG\n" });
        Ok(reply(if exec.max_output_tokens.is_some() { &text[30..] } else { &text }))
    });
    read(&shell).expect("read");
    let limits: Vec<_> =
        shell.transcript.borrow().iter().map(|exec| exec.max_output_tokens).collect();
    assert_eq!(limits, [Some(4_000), None, None]);
}

#[test]
fn the_beginning_of_a_size_is_no_size() {
    let shell = Scripted::new(|exec| Ok(reply(without_closing(&framed(&exec.cmd, "12")))));
    assert_eq!(
        refused(&shell).to_string(),
        format!("recording size unknown: {VIDEO}: the box answered \"12\" instead of a size")
    );
    assert_eq!(shell.commands().len(), 2);
}

#[test]
fn what_is_no_size_is_quoted() {
    let huge = "9".repeat(400);
    let printed = ["junk\n", "NaN", "inf", &huge];
    let no_digits = ["-3", "+3", "3.0", "4.5", "3e0", "0x3", "0o3", "0b11", "3 bytes", "\u{663}"];
    for printed in printed.into_iter().chain(no_digits) {
        let shell = Scripted::with_file(printed, reply("QUJD"));
        let error = refused(&shell);
        assert_eq!(error.reason(), Some(Reason::FfmpegError), "{printed:?}");
        assert_eq!(
            error.to_string(),
            format!(
                "recording size unknown: {VIDEO}: the box answered \"{}\" instead of a size",
                printed.trim()
            )
        );
        assert_eq!(shell.commands().len(), 1);
    }
    let forged = "boo\u{1b}]0;x\u{7}\nERROR forged\u{2028}line";
    let message = refused(&Scripted::with_file(forged, reply("QUJD"))).to_string();
    assert!(message.contains(r"boo\u{1b}]0;x\u{7}\nERROR forged\u{2028}line"), "{message}");

    let long = "x".repeat(100_000) + " the end";
    let message = refused(&Scripted::with_file(&long, reply("QUJD"))).to_string();
    assert!(message.contains("x the end\"") && message.len() < 1_200);
}

#[test]
fn a_box_that_says_nothing_is_not_called_empty() {
    let error = refused(&Scripted::new(|_| Ok(unfinished(""))));
    assert_eq!(
        error.to_string(),
        "recording file missing on box: /tmp/og-rec-r1.mp4; the box answered nothing instead of a \
         size; exec session 7 has not finished"
    );
    let begun = "Process running with session ID 7\nOutput:\n";
    let error = refused(&Scripted::with_file(begun, reply("")));
    assert!(error.to_string().contains("instead of a size"), "{error}");
}

#[test]
fn a_symbolic_link_is_no_recording() {
    let shell = Scripted::new(|exec| Ok(reply(&framed(&exec.cmd, "LINK\n"))));
    let error = refused(&shell);
    assert_eq!(error.to_string(), "recording is a symbolic link on box: /tmp/og-rec-r1.mp4");
    assert_eq!(error.reason(), Some(Reason::FfmpegError));
    assert_eq!(shell.commands().len(), 1);
}

#[test]
fn the_log_tells_why_there_is_no_recording() {
    use Reason::{BoxDeath, DisplayUnavailable, FfmpegError};
    let nohup = "nohup: failed to run command 'ffmpeg': No such file or directory";
    let display = "[x11grab @ 0x1] Cannot open display :9.0, error 1.";
    let silent = "missing on box: /tmp/og-rec-r1.mp4; the box answered nothing instead of a size";
    let cases = [
        ("MISSING\n", "", BoxDeath, "missing on box: /tmp/og-rec-r1.mp4"),
        ("", "", BoxDeath, silent),
        ("0\n", "", BoxDeath, "empty on box: /tmp/og-rec-r1.mp4"),
        (
            "MISSING\n",
            "Could not open X display",
            DisplayUnavailable,
            "missing on box: /tmp/og-rec-r1.mp4",
        ),
        ("MISSING\n", display, DisplayUnavailable, "missing on box: /tmp/og-rec-r1.mp4"),
        ("MISSING\n", nohup, FfmpegError, "missing on box: /tmp/og-rec-r1.mp4"),
        ("0\n", "Unknown encoder 'libx264'", FfmpegError, "empty on box: /tmp/og-rec-r1.mp4"),
    ];
    let boxes: [fn(&Exec, &str) -> String; 3] = [
        |_, log| log.to_owned(),
        |_, log| format!("Welcome\n\nOutput:\n{log}\n"),
        |exec, log| format!("Welcome\n{}$ ", framed(&exec.cmd, &format!("GONE\n{log}\n"))),
    ];
    for (size, log, reason, words) in cases {
        let quote = if log.is_empty() { String::new() } else { format!("; ffmpeg log: {log}") };
        // A box that answers a question in a frame has not died.
        for answer in boxes.into_iter().take(if size.is_empty() { 2 } else { 3 }) {
            let shell = Scripted::new(move |exec| {
                Ok(reply(&if asks_for_size(exec) { size.to_owned() } else { answer(exec, log) }))
            });
            let error = refused(&shell);
            assert_eq!(error.to_string(), format!("recording file {words}{quote}"));
            assert_eq!(error.reason(), Some(reason));
            let commands = shell.commands();
            assert_eq!(commands.len(), 2);
            assert!(commands[1].contains("tail -c 2000 /tmp/og-rec-r1.log"), "{}", commands[1]);
            assert!(!commands[1].contains("base64"));
        }
    }
}

#[test]
fn ffmpeg_that_still_runs_is_no_dead_box() {
    for size in ["MISSING", "0"] {
        let shell = Scripted::new(move |exec| {
            Ok(reply(&framed(&exec.cmd, if asks_for_size(exec) { size } else { "RUNNING\n" })))
        });
        let error = refused(&shell);
        assert_eq!(error.reason(), Some(Reason::FfmpegError));
        assert!(error.to_string().ends_with("; ffmpeg has not finished"), "{error}");
    }
}

#[test]
fn a_log_acts_on_nothing() {
    let shell = Scripted::new(move |exec| {
        let log = "GONE\nbad\u{1b}[31m\r\nforged\n";
        Ok(reply(&framed(&exec.cmd, if asks_for_size(exec) { "MISSING" } else { log })))
    });
    let message = refused(&shell).to_string();
    assert!(message.ends_with(r"; ffmpeg log: bad\u{1b}[31m\r\nforged"), "{message}");
}

#[test]
fn a_log_that_cannot_be_read_leaves_the_finding_as_it_is() {
    let shell =
        Scripted::new(|exec| if asks_for_size(exec) { Ok(reply("MISSING")) } else { thrown(0) });
    let error = refused(&shell);
    assert_eq!(
        error,
        RecordingError::Missing {
            path: VIDEO.to_owned(),
            is_silent: false,
            unfinished: Unfinished::default(),
            log: FfmpegLog::default(),
            cause: Some(Thrown(0)),
        }
    );
    assert_eq!((error.reason(), error.cause()), (Some(Reason::BoxDeath), Some(Thrown(0))));
}

#[test]
fn what_the_box_says_of_itself_is_not_the_log() {
    let cases = [
        ("/bin/sh: 1: bash: not found\n", Some(127.0), Reason::BoxDeath),
        ("noise\n\nOutput:\nUnknown encoder\n", Some(1.0), Reason::FfmpegError),
        ("Unknown encoder\n", None, Reason::FfmpegError),
    ];
    for (printed, exit_code, reason) in cases {
        let shell = Scripted::new(move |exec| {
            let printed = if asks_for_size(exec) { "MISSING" } else { printed };
            Ok(Reply { exit_code, ..reply(printed) })
        });
        let error = refused(&shell);
        assert_eq!(error.reason(), Some(reason), "{printed:?}");
        assert!(!error.to_string().contains("noise"));
    }
}

/// An MP4 file that ffmpeg has not finished: its index is missing.
const NO_INDEX: &[u8] = b"\0\0\0\x0cftypisom\0\0\0\x0amdat..";
/// An MP4 file that ends inside a box.
const NO_END: &[u8] = b"\0\0\0\x0cftypisom\0\0\0\x0amdat.";
/// A `WebM` file whose Segment has no size.
const NO_SIZE: &[u8] = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff...";

#[test]
fn a_file_that_ffmpeg_has_not_finished_is_refused() {
    let gaps = [
        (NO_INDEX, "the MP4 file has no moov box"),
        (NO_END, "the MP4 box at offset 12 does not end within the file"),
        (NO_SIZE, "the WebM Segment has no size yet"),
    ];
    let logs = [
        (true, "", "; ffmpeg has not finished"),
        (false, "", ""),
        (false, "Error writing trailer", "; ffmpeg log: Error writing trailer"),
        (true, "No space left", "; ffmpeg has not finished; ffmpeg log: No space left"),
    ];
    for (video, gap) in gaps {
        for (is_running, log, words) in logs {
            for is_framing in [true, false] {
                let disk = Disk { is_framing, ..Disk::with(video.to_vec()) };
                let disk = Disk { is_running, log: log.to_owned(), ..disk };
                let session = FakeBox::new(disk, |text| Ok(text.to_owned()));
                let error = refused(&session);
                assert!(matches!(error, RecordingError::NotFinished { .. }), "{error}");
                assert_eq!(error.reason(), Some(Reason::FfmpegError));
                if is_framing {
                    let message = format!("recording not finished: {VIDEO}: {gap}{words}");
                    assert_eq!(error.to_string(), message);
                }
                // The log is asked for on this path only.
                assert_eq!(session.commands().len(), 3);
            }
        }
    }
}

#[test]
fn a_finished_file_and_other_bytes_pass_without_a_look_at_the_log() {
    let finished = b"\0\0\0\x0cftypisom\0\0\0\x0amdat..\0\0\0\x08moov";
    for video in [&finished[..], b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x83abc", b"no video"] {
        let disk = Disk { is_running: true, ..Disk::with(video.to_vec()) };
        let session = FakeBox::new(disk, |text| Ok(text.to_owned()));
        read(&session).expect("read");
        assert_eq!(session.commands().len(), 2);
        assert_eq!(session.kept.bytes(), video);
    }
}

#[test]
fn a_log_that_throws_leaves_a_file_unfinished() {
    let mut session = FakeBox::new(Disk::with(NO_INDEX.to_vec()), |text| {
        if text.contains("GONE") { Err(Thrown(5)) } else { Ok(text.to_owned()) }
    });
    session.shape = reply;
    let error = refused(&session);
    assert!(matches!(error, RecordingError::NotFinished { .. }), "{error}");
    assert_eq!(error.cause(), Some(Thrown(5)));
}

#[test]
fn a_digest_of_other_bytes_is_refused() {
    let other = "0".repeat(64);
    let shell = Scripted::new(move |exec| {
        let texts = if asks_for_size(exec) { vec!["3\n3:8:1\n", &other] } else { vec!["QUJD\n"] };
        let printed = frames(&exec.cmd).into_iter().zip(texts);
        Ok(reply(&printed.map(|(frame, text)| frame.around(text)).collect::<String>()))
    });
    let error = refused(&shell);
    assert_eq!(error, RecordingError::OtherDigest { path: VIDEO.to_owned() });
    assert_eq!(error.reason(), Some(Reason::FfmpegError));
}

#[test]
fn a_finished_command_is_not_called_unfinished() {
    let both = Reply { session_id: Some(7.0), exit_code: Some(0.0), ..reply("QUJD") };
    let error = refused(&Scripted::with_file("9", both));
    assert!(!error.to_string().contains("session 7"), "{error}");
}

#[test]
fn what_the_session_throws_is_passed_on() {
    assert_eq!(refused(&Scripted::new(|_| thrown(3))), RecordingError::Thrown(Thrown(3)));
    let broken = Scripted::new(|exec| if asks_for_size(exec) { Ok(reply("3")) } else { thrown(4) });
    assert_eq!(refused(&broken), RecordingError::Thrown(Thrown(4)));
    let full = Scripted::with_file("3", reply("QUJD"));
    full.kept.no_memory.set(Some(Thrown(5)));
    assert_eq!(refused(&full), RecordingError::Thrown(Thrown(5)));

    let gone = Scripted::new(|_| Err(ExecFailure::Unavailable));
    assert_eq!(refused(&gone), RecordingError::Unavailable);
    let gone = Scripted::new(|exec| {
        if asks_for_size(exec) { Ok(reply("3")) } else { Err(ExecFailure::Unavailable) }
    });
    assert_eq!(refused(&gone), RecordingError::Unavailable);
    for (can_exec, error) in [
        (Ok(false), RecordingError::FinalizeUnavailable),
        (Err(Thrown(6)), RecordingError::Thrown(Thrown(6))),
    ] {
        let mut without = Scripted::new(|_| Ok(reply("3")));
        without.can_exec = can_exec;
        assert_eq!(refused(&without), error);
        assert!(without.commands().is_empty());
    }
}

fn seconds(timing: Timing, now: Instant) -> f64 {
    let shell = Scripted::with_file("3", reply("QUJD"));
    shell.now.set(now);
    let read = settled(read_bytes(&shell, artifact(VIDEO, 3.0), timing, None, false));
    read.expect("read").duration_seconds
}

#[test]
fn the_duration_ends_with_the_stop() {
    let stopped = |ms| Some(instant(ms));
    let elsewhere =
        [(stopped(3_500.0), 3.0), (stopped(3_499.0), 2.0), (stopped(0.0), 0.0), (None, 8.0)];
    for (stopped, expected) in elsewhere {
        let timing = Timing { stopped, ..timing() };
        assert_same(seconds(timing, instant(9_000.0)), expected);
    }
}

#[test]
fn the_steady_clock_tells_where_it_can() {
    let launched = Timing { launched_ms: Some(50_000.0), ..timing() };
    // The wall clock was set forward and back by an hour.
    for epoch_ms in [3_601_000.0, -3_599_000.0] {
        let at = |seconds: f64| Instant { epoch_ms, steady_ms: 50_000.0 + seconds * 1_000.0 };
        let stopped = Timing { stopped: Some(at(2.0)), ..launched };
        assert_same(seconds(stopped, at(5.0)), 2.0);
        assert_same(seconds(launched, at(5.0)), 5.0);
    }
}

#[test]
fn no_recording_is_longer_than_its_limit() {
    for (max_seconds, expected) in [(600.0, 600.0), (4_000.0, 3_601.0), (1.0, 1.0)] {
        let timing = Timing { max_seconds: Some(max_seconds), ..timing() };
        assert_same(seconds(timing, instant(3_602_000.0)), expected);
    }
}

fn assert_same(seconds: f64, expected: f64) {
    assert!((seconds - expected).abs() < f64::EPSILON, "{seconds} for {expected}");
}

proptest! {
    #[test]
    fn durations_are_whole_seconds_within_the_limit(
        launched_ms in prop::option::of(0.0..1e7),
        ended in (0.0..1e7, 0.0..1e7),
        limit in prop::option::of(1..10_000_u32),
        is_stopped in any::<bool>(),
    ) {
        let ended = Instant { epoch_ms: ended.0, steady_ms: ended.1 };
        let max_seconds = limit.map(f64::from);
        let stopped = is_stopped.then_some(ended);
        let timing = Timing { launched_ms, stopped, max_seconds, ..timing() };
        let now = if is_stopped { instant(9e9) } else { ended };
        let seconds = seconds(timing, now);
        prop_assert!(seconds >= 0.0 && seconds.fract() == 0.0);
        prop_assert!(seconds <= max_seconds.unwrap_or(f64::INFINITY));
        let ms = launched_ms.map_or(ended.epoch_ms - 1_000.0, |launched| ended.steady_ms - launched);
        prop_assert!(seconds <= (ms / 1_000.0).max(0.0) + 0.5);
    }
}

#[test]
fn more_than_an_array_holds_is_not_read() {
    let shell = Scripted::with_file("4294967297", reply("QUJD"));
    let limit = artifact(VIDEO, f64::INFINITY);
    let error = settled(read_bytes(&shell, limit, timing(), None, false)).expect_err("refused");
    assert_eq!(error.to_string(), "recording 4294967297B exceeds max 4294967296B");
    assert_eq!(shell.commands().len(), 1);
}

#[test]
fn a_box_that_lost_one_answer_is_asked_again() {
    let with = |silent: usize| {
        let asked = std::cell::Cell::new(0);
        Scripted::new(move |exec| {
            let printed = |text: &str| framed(&exec.cmd, text);
            if !asks_for_size(exec) {
                let text = if exec.cmd.contains("base64") { "QUJDREVG\n" } else { "GONE\n" };
                return Ok(reply(&printed(text)));
            }
            asked.set(asked.get() + 1);
            let none = printed("").replace(":size\n", ":sha256\n");
            let text = format!("{}{none}", printed("6\n6:8:1:2026-01-01\n"));
            Ok(reply(if asked.get() > silent { &text } else { "" }))
        })
    };
    read(&with(1)).expect("read");
    let error = refused(&with(2));
    assert_eq!(error.reason(), Some(Reason::FfmpegError), "{error}");
}
