//! The options of a start, stops with a report, and what a read makes of both.

mod support;

use opengeni_runtime_native::input::{InputErrorKind, Value};
use opengeni_runtime_native::recording::{
    Artifact, Artifacts, Finalized, Launch, RawStart, Reason, RecordingError, RecordingProcess,
    Running, Signal, StopReport, Timing, delete_artifacts, read_bytes, start, stop,
    stop_and_report,
};
use opengeni_runtime_native::shell::{Exec, ExecFailure, Reply, Thrown};
use support::{Scripted, VIDEO, framed, frames, raw_start, reply, script, settled, timing};

const PID_FILE: &str = "/tmp/og-rec-r1.pid";

fn crash_safe(codec: &str) -> RawStart {
    RawStart { codec: codec.into(), crash_safe: Value::Flag(true), ..raw_start("r1") }
}

fn limited(codec: &str, max_bytes: f64) -> RawStart {
    RawStart { codec: codec.into(), max_bytes: max_bytes.into(), ..raw_start("r1") }
}

/// The handle and the script of a start.
fn started(input: RawStart) -> (RecordingProcess, String) {
    let shell = Scripted::new(|_| Ok(reply("")));
    let launch = Launch::check(input).expect("accepted");
    let (process, _) = settled(start(&shell, launch, false)).expect("started");
    let commands = shell.commands();
    assert_eq!(commands.len(), 1);
    (process, script(&commands[0]))
}

/// A start without what is random in it.
fn plain(cmd: &str) -> String {
    cmd.replace(&frames(cmd)[0].nonce, "NONCE")
}

/// The label of a command's frame.
fn label(exec: &Exec) -> String {
    frames(&exec.cmd)[0].label.clone()
}

/// A session that answers each command by its label, and the labels that came.
fn answering(answer: impl Fn(&str, usize) -> &'static str + 'static) -> Scripted {
    let calls = std::cell::Cell::new(0);
    Scripted::new(move |exec| {
        calls.set(calls.get() + 1);
        let label = frames(&exec.cmd).first().map(|frame| frame.label.clone()).unwrap_or_default();
        Ok(reply(&framed_or_bare(&exec.cmd, answer(&label, calls.get()))))
    })
}

fn framed_or_bare(cmd: &str, text: &str) -> String {
    if frames(cmd).is_empty() { text.to_owned() } else { framed(cmd, text) }
}

fn running(is_crash_safe: bool) -> Running {
    let running = Running::check(VIDEO.into(), PID_FILE.into(), Value::Absent).expect("accepted");
    running.crash_safe(&Value::Flag(is_crash_safe)).expect("accepted")
}

#[test]
fn options_that_are_off_change_nothing() {
    let off = RawStart {
        verify: Value::Flag(false),
        crash_safe: Value::Flag(false),
        dispose: Value::Flag(false),
        ..raw_start("r1")
    };
    let (process, plain_start) = started(raw_start("r1"));
    let (same, start) = started(off);
    assert_eq!(plain(&start), plain(&plain_start));
    assert_eq!(
        serde_json::to_string(&same).expect("plain data"),
        serde_json::to_string(&process).expect("plain data")
    );
    let stop_commands = |is_crash_safe| {
        let shell = Scripted::new(|_| Ok(reply("")));
        assert!(settled(stop(&shell, running(is_crash_safe))));
        shell.commands()
    };
    let [plain_stop] = stop_commands(false).try_into().expect("one command");
    let [same_stop, _] = stop_commands(true).try_into().expect("two commands");
    assert_eq!(plain_stop, same_stop);
}

#[test]
fn a_crash_safe_film_is_written_in_short_fragments() {
    let (process, start) = started(crash_safe("h264-mp4"));
    assert!(start.contains(
        "-movflags +frag_keyframe+empty_moov+default_base_moof$y -frag_duration 250000 \
         -force_key_frames \"expr:gte(t,n_forced)\" -flush_packets 1 /tmp/og-rec-r1.mp4 "
    ));
    assert!(start.contains("grep -q hybrid_fragmented"));
    assert!(!start.contains("faststart") && !start.contains("-fs "));
    let json = serde_json::to_string(&process).expect("plain data");
    assert!(json.ends_with(r#""display":":0","crashSafe":true}"#), "{json}");

    let (_, start) = started(crash_safe("vp9-webm"));
    assert!(
        start.contains("-cpu-used 8 -lag-in-frames 0 -cluster_time_limit 250 -force_key_frames ")
    );
    assert!(!start.contains("hybrid"));
}

#[test]
fn a_limit_leaves_room_for_the_end_of_the_film() {
    let limit_of = |input: RawStart| {
        let (_, start) = started(input);
        let (_, rest) = start.split_once("-fs ").expect("a limit");
        rest.split(' ').next().and_then(|number| number.parse::<f64>().ok()).expect("a number")
    };
    for max_bytes in [1.0, 1.5, 40_000.0, 1e6, 1e9, 1e15, f64::MAX] {
        let limit = limit_of(limited("h264-mp4", max_bytes));
        assert!(limit >= 1.0 && limit <= max_bytes.ceil(), "{max_bytes}: {limit}");
        assert!(limit >= (max_bytes / 2.0).floor().min(9e15), "{max_bytes}: {limit}");
    }
    assert!(limit_of(limited("h264-mp4", 1e9)) > 0.99e9);
    // The encoder holds no pictures back that would come after the limit.
    let (_, start) = started(limited("h264-mp4", 5e6));
    assert!(start.contains(" -tune zerolatency -movflags +faststart -flush_packets 1 "));
    let (process, start) = started(limited("vp9-webm", 5e6));
    assert!(start.contains("-lag-in-frames 0 -cluster_time_limit 250 -flush_packets 1 "));
    assert_eq!(process.max_bytes, Some(5e6));
    // Without a limit only the room is looked at.
    let (process, start) = started(limited("vp9-webm", f64::INFINITY));
    assert!(start.contains("33554432 are needed") && !start.contains("-fs "));
    assert_eq!(process.max_bytes, None);
    let both = RawStart { crash_safe: Value::Flag(true), ..limited("h264-mp4", 1_000.5) };
    assert!(started(both).1.contains("2001 are needed"));
}

#[test]
fn wrong_options_are_refused() {
    let refused = |input: RawStart| {
        let error = Launch::check(input).expect_err("refused");
        (error.field.to_string(), error.kind)
    };
    let text = || Value::from("yes");
    let flag = InputErrorKind::Type;
    assert_eq!(refused(RawStart { verify: text(), ..raw_start("r1") }), ("verify".into(), flag));
    let input = RawStart { crash_safe: 1.0.into(), ..raw_start("r1") };
    assert_eq!(refused(input), ("crashSafe".into(), flag));
    assert_eq!(refused(RawStart { dispose: text(), ..raw_start("r1") }), ("dispose".into(), flag));
    for max_bytes in [0.0, -1.0, f64::NAN] {
        let range = ("maxBytes".to_owned(), InputErrorKind::Range);
        assert_eq!(refused(limited("h264-mp4", max_bytes)), range);
    }
    let handle = Running::check(VIDEO.into(), PID_FILE.into(), Value::Absent).expect("accepted");
    assert_eq!(handle.crash_safe(&text()).expect_err("refused").field, "crashSafe");
}

/// What a start that verifies comes to on a box with these answers, and its commands.
fn verified(
    answer: impl Fn(&str, usize) -> &'static str + 'static,
) -> (Result<(), RecordingError>, Vec<Exec>) {
    let shell = answering(answer);
    let launch = Launch::check(RawStart { verify: Value::Flag(true), ..raw_start("r1") });
    let verified = settled(start(&shell, launch.expect("accepted"), false)).map(|_| ());
    (verified, shell.transcript.take())
}

#[test]
fn a_start_that_verifies_asks_whether_ffmpeg_writes() {
    let (verified, commands) = verified(|label, _| if label == "verify" { "WRITES\n" } else { "" });
    assert_eq!(verified, Ok(()));
    let labels: Vec<_> = commands.iter().map(label).collect();
    assert_eq!(labels, ["start", "verify"]);
    assert!(commands[0].cmd.contains("-fpsprobesize 0 -i "));
    assert_eq!(commands[1].yield_time_ms, 20_000);
}

#[test]
fn a_start_whose_ffmpeg_fails_is_undone() {
    let no_display = "GONE\n[x11grab @ 0x1] Cannot open display :9, error 1.\n";
    let cases = [
        (no_display, Reason::DisplayUnavailable, "ffmpeg has ended; ffmpeg log: [x11grab"),
        ("GONE\nUnknown encoder\n", Reason::FfmpegError, "ffmpeg has ended; ffmpeg log: Unknown"),
        ("GONE\n", Reason::FfmpegError, "recording not started: ffmpeg has ended"),
        ("SILENT\n", Reason::FfmpegError, "ffmpeg has written nothing in 15 seconds"),
        ("what?", Reason::FfmpegError, "recording not verified: the box answered \"what?\""),
    ];
    for (answer, reason, words) in cases {
        let (verified, commands) =
            verified(move |label, _| if label == "verify" { answer } else { "" });
        let error = verified.expect_err("not started");
        assert_eq!(error.reason(), Some(reason), "{answer}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(commands.last().expect("a last command").cmd.contains("kill -$i"));
    }
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let (verified, commands) = verified(|label, call| match (label, call) {
        ("verify", 2 | 3) => "",
        _ => "WRITES\n",
    });
    assert_eq!((verified, commands.len()), (Ok(()), 4));
}

/// A report on a box with these answers, and the labels of the commands.
fn reported(
    is_crash_safe: bool,
    answer: impl Fn(&str, usize) -> &'static str + 'static,
) -> (Result<StopReport, RecordingError>, Vec<Exec>) {
    let shell = answering(answer);
    let report = settled(stop_and_report(&shell, running(is_crash_safe)));
    (report, shell.transcript.take())
}

fn signals(commands: &[Exec]) -> Vec<&'static str> {
    let sent = |cmd: &str| {
        ["INT", "TERM", "KILL"].into_iter().find(|name| cmd.contains(&format!("kill -{name} ")))
    };
    commands.iter().map(|exec| sent(&exec.cmd).unwrap_or("film")).collect()
}

#[test]
fn a_report_says_how_ffmpeg_has_ended() {
    let cases = [
        ("GONE INT 1200", "WHOLE\n-", Some(Signal::Interrupt), Some(1_200.0), true, None),
        ("GONE - -", "WHOLE\n-", None, None, true, None),
        ("GONE INT -", "PARTIAL\n-", Some(Signal::Interrupt), None, false, None),
        (
            "GONE KILL 24000",
            "WHOLE\nSALVAGED",
            Some(Signal::Kill),
            Some(24_000.0),
            true,
            Some(true),
        ),
    ];
    for (end, film, signal, exited_after_ms, finalized, salvaged) in cases {
        let (report, commands) =
            reported(true, move |label, _| if label == "stop" { end } else { film });
        assert_eq!(report, Ok(StopReport { finalized, signal, exited_after_ms, salvaged }));
        assert_eq!(signals(&commands), ["INT", "film"]);
    }
    let report = StopReport {
        finalized: true,
        signal: Some(Signal::Terminate),
        exited_after_ms: None,
        salvaged: None,
    };
    assert_eq!(
        serde_json::to_string(&report).expect("plain data"),
        r#"{"finalized":true,"signal":"SIGTERM","exitedAfterMs":null}"#
    );
}

#[test]
fn a_report_escalates_in_bounded_time() {
    let all =
        |busy: &'static str| move |label: &str, _| if label == "stop" { busy } else { "RUNNING" };
    let (report, commands) = reported(false, all("RUNNING idle KILL"));
    assert_eq!(signals(&commands), ["INT", "TERM", "KILL", "film"]);
    let report = report.expect("a report");
    assert_eq!((report.finalized, report.signal), (false, Some(Signal::Kill)));
    assert_eq!(report.exited_after_ms, None);
    let (report, _) = reported(false, all("RUNNING idle -"));
    assert_eq!(report.expect("a report").signal, None, "nothing could be sent");
    let (_, commands) = reported(false, all("RUNNING busy INT"));
    assert_eq!(signals(&commands), ["INT", "INT", "INT", "TERM", "KILL", "film"]);
    assert!(commands.iter().all(|exec| exec.yield_time_ms <= 60_000));
}

#[test]
fn a_report_is_no_guess() {
    let (report, _) = reported(false, |_, _| "");
    let error = report.expect_err("no report");
    assert_eq!(error.reason(), Some(Reason::FfmpegError));
    assert!(error.to_string().contains("instead of a report"), "{error}");
    let (report, _) = reported(false, |label, _| if label == "stop" { "GONE INT 5" } else { "?" });
    assert!(report.expect_err("no report").to_string().starts_with("recording state unknown"));
    let failures = [
        (ExecFailure::Thrown(Thrown(3)), RecordingError::Thrown(Thrown(3))),
        (ExecFailure::Unavailable, RecordingError::Unavailable),
    ];
    for (failure, error) in failures {
        let shell = Scripted::new(move |_| Err(failure));
        assert_eq!(settled(stop_and_report(&shell, running(false))), Err(error));
    }
}

#[test]
fn a_session_that_does_not_wait_is_asked_again() {
    let calls = std::cell::Cell::new(0);
    let shell = Scripted::new(move |exec| {
        calls.set(calls.get() + 1);
        if calls.get() < 19 {
            return Ok(Reply { session_id: Some(7.0), exit_code: None, ..reply("") });
        }
        let film = label(exec) == "film";
        Ok(reply(&framed(&exec.cmd, if film { "WHOLE\n-" } else { "GONE INT 70000" })))
    });
    let report = settled(stop_and_report(&shell, running(false))).expect("a report");
    assert_eq!(report.exited_after_ms, Some(70_000.0));
    assert_eq!(shell.transcript.borrow().len(), 20);
    let never =
        Scripted::new(|_| Ok(Reply { session_id: Some(7.0), exit_code: None, ..reply("") }));
    settled(stop_and_report(&never, running(false))).expect_err("no report");
    assert_eq!(never.transcript.borrow().len(), 60);
}

#[test]
fn a_start_that_verifies_asks_a_session_that_does_not_wait_again() {
    let calls = std::cell::Cell::new(0);
    let shell = Scripted::new(move |exec| {
        calls.set(calls.get() + 1);
        Ok(match calls.get() {
            1 => reply(&framed(&exec.cmd, "")),
            2..10 => Reply { session_id: Some(7.0), exit_code: None, ..reply("") },
            _ => reply(&framed(&exec.cmd, "WRITES\n")),
        })
    });
    let launch = Launch::check(RawStart { verify: Value::Flag(true), ..raw_start("r1") });
    settled(start(&shell, launch.expect("accepted"), false)).expect("started");
    assert_eq!(shell.transcript.borrow().len(), 10);
}

#[test]
fn lines_of_a_login_profile_are_no_answer() {
    let (verified, _) = verified(|label, _| match label {
        "verify" => "bash: warning: GONE\nWRITES\n",
        _ => "",
    });
    assert_eq!(verified, Ok(()));
    let (report, _) = reported(true, |label, _| match label {
        "stop" => "bash: warning\nGONE INT 5\nbye",
        _ => "bash: warning: WHOLE\nPARTIAL\nbash: warning\nSALVAGED",
    });
    let report = report.expect("a report");
    assert_eq!((report.finalized, report.salvaged), (false, Some(true)));
    assert_eq!((report.signal, report.exited_after_ms), (Some(Signal::Interrupt), Some(5.0)));
}

#[test]
fn a_name_without_room_for_its_copy_is_refused() {
    let with = |length: usize, crash_safe| RawStart {
        recording_id: "x".repeat(length).as_str().into(),
        ..RawStart { crash_safe: Value::Flag(crash_safe), ..raw_start("r1") }
    };
    Launch::check(with(236, true)).expect("accepted");
    Launch::check(with(240, false)).expect("accepted");
    let error = Launch::check(with(237, true)).expect_err("refused");
    assert_eq!(error.field, "recordingId");
    let words =
        "recordingId must be a string of up to 236 bytes with crashSafe, got one of 237 bytes";
    assert_eq!(error.to_string(), words);
}

/// Reads a recording whose handle has these options, on a box that says this of its film.
fn read_with(
    crash_safe: bool,
    limit: &Value,
    film: &'static str,
    timing: Timing,
) -> (Result<Finalized, RecordingError>, Vec<String>) {
    let shell = Scripted::new(move |exec| {
        let cmd = &exec.cmd;
        Ok(reply(&if cmd.contains("stat -c %s /") {
            "3\n".to_owned()
        } else if cmd.contains("base64 /") {
            "QUJD\n".to_owned()
        } else {
            framed_or_bare(cmd, film)
        }))
    });
    let artifact = Artifact::check(&"h264-mp4".into(), VIDEO.into(), Value::Absent, &9.0.into());
    let artifact = artifact.expect("accepted").started_with(&Value::Flag(crash_safe), limit);
    let read = settled(read_bytes(&shell, artifact.expect("accepted"), timing, None, false));
    (read, shell.commands())
}

#[test]
fn a_film_with_options_has_its_own_length() {
    let film = "WHOLE\nSALVAGED\nDuration: 01:02:03.60";
    let (read, commands) = read_with(true, &Value::Absent, film, timing());
    let read = read.expect("read");
    assert_eq!((read.duration_seconds, read.salvaged), (3_724.0, Some(true)));
    assert_eq!(commands.len(), 3);
    let (read, commands) =
        read_with(false, &5.0.into(), "WHOLE\n-\nDuration: 00:00:07.40", timing());
    let read = read.expect("read");
    assert_eq!((read.duration_seconds, read.salvaged), (7.0, None));
    // Only a crash-safe film is copied.
    assert!(!commands[0].contains("mktemp"), "{}", commands[0]);
    // No film is longer than its limit.
    let most = Timing { max_seconds: Some(5.5), ..timing() };
    let (read, _) = read_with(true, &Value::Absent, "WHOLE\n-\nDuration: 00:00:07.40", most);
    assert!((read.expect("read").duration_seconds - 5.0).abs() < f64::EPSILON);
    // A double that does not know the question.
    let (read, _) = read_with(true, &Value::Absent, "", timing());
    assert_eq!(read.expect("read").salvaged, None);
    let (read, commands) = read_with(false, &Value::Absent, film, timing());
    assert_eq!((read.expect("read").salvaged, commands.len()), (None, 2));
}

#[test]
fn a_deletion_removes_unfinished_copies() {
    for (is_crash_safe, tail) in [(false, ".pid.int"), (true, ":alnum:]]")] {
        let shell = Scripted::new(|_| Ok(reply("")));
        let artifacts = Artifacts::check(VIDEO.into(), PID_FILE.into(), Value::Absent);
        let artifacts = artifacts.expect("accepted").crash_safe(&Value::Flag(is_crash_safe));
        settled(delete_artifacts(&shell, artifacts.expect("accepted")));
        let [cmd] = shell.commands().try_into().expect("one command");
        assert!(script(&cmd).ends_with(tail), "{cmd}");
    }
}
