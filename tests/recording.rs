//! The recording operations against scripted sessions and real files.

mod support;

use opengeni_runtime_native::input::{InputError, InputErrorKind, Value};
use opengeni_runtime_native::payload::Fault;
use opengeni_runtime_native::recording::{
    Artifact, Artifacts, Codec, Evidence, FfmpegLog, Finalized, Launch, RawStart, Reason,
    RecordingError, Running, Unfinished, delete_artifacts, read_bytes, start, stop, storage_key,
};
use opengeni_runtime_native::shell::{Exec, ExecFailure, Reply, Shell, Thrown};
use support::{LocalBox, Scripted, artifact, raw_start, reply, split_reply};

const VIDEO: &str = "/tmp/og-rec-r1.mp4";

async fn started(input: RawStart) -> (opengeni_runtime_native::recording::RecordingProcess, Exec) {
    let shell = Scripted::new(|_| Ok(reply("")));
    shell.now.set(1_234.0);
    let process = start(&shell, Launch::check(input).expect("accepted")).await.expect("started");
    let exec = shell.transcript.borrow()[0].clone();
    (process, exec)
}

async fn read(shell: &impl Shell) -> Result<Finalized, RecordingError> {
    read_bytes(shell, artifact(VIDEO, 268_435_456.0), None).await
}

fn thrown(number: u32) -> Result<Reply, ExecFailure> {
    Err(ExecFailure::Thrown(Thrown(number)))
}

#[tokio::test]
async fn a_plain_request_is_launched_with_the_defaults() {
    let (process, exec) = started(raw_start("r1")).await;
    assert_eq!(
        exec,
        Exec {
            cmd: "bash -lc 'nohup ffmpeg -hide_banner -loglevel error -y -f x11grab -draw_mouse 1 \
                  -framerate 15 -video_size 1280x800 -i :0.0 -t 600 -c:v libx264 -preset veryfast \
                  -pix_fmt yuv420p -movflags +faststart /tmp/og-rec-r1.mp4 </dev/null \
                  >/tmp/og-rec-r1.log 2>&1 & echo $! > /tmp/og-rec-r1.pid'"
                .to_owned(),
            run_as: None,
            yield_time_ms: 15_000,
            max_output_tokens: Some(4_000),
        }
    );
    assert_eq!(
        serde_json::to_string(&process).expect("plain data"),
        r#"{"recordingId":"r1","codec":"h264-mp4","boxPath":"/tmp/og-rec-r1.mp4","pidFile":"/tmp/og-rec-r1.pid","dimensions":[1280.0,800.0],"framerate":15.0,"startedAt":1234.0,"display":":0"}"#
    );
}

#[tokio::test]
async fn every_field_of_a_request_reaches_the_command() {
    let (process, exec) = started(RawStart {
        codec: "vp9-webm".into(),
        framerate: 29.97.into(),
        max_seconds: 0.5.into(),
        dimensions: [641.0, 481.0].into(),
        display: ":7".into(),
        run_as: "agent".into(),
        tmp_dir: "/var/rec".into(),
        ..raw_start("r2")
    })
    .await;
    assert!(exec.cmd.contains(
        "-framerate 29.97 -video_size 641x481 -i :7.0 -t 0.5 -c:v libvpx-vp9 -b:v 0 -crf 32 \
         -row-mt 1 /var/rec/og-rec-r2.webm </dev/null >/var/rec/og-rec-r2.log 2>&1 & echo $! > \
         /var/rec/og-rec-r2.pid"
    ));
    assert_eq!(exec.run_as.as_deref(), Some("agent"));
    assert_eq!(process.run_as.as_deref(), Some("agent"));
}

#[tokio::test]
async fn odd_sides_are_padded_for_h264_only() {
    let cases = [
        ("h264-mp4", [1280.0, 800.0], None),
        ("h264-mp4", [1281.0, 800.0], Some("-vf pad=1282:800 ")),
        ("h264-mp4", [1280.0, 801.0], Some("-vf pad=1280:802 ")),
        ("h264-mp4", [1.0, 1.0], Some("-vf pad=2:2 ")),
        ("vp9-webm", [1281.0, 801.0], None),
    ];
    for (codec, dimensions, filter) in cases {
        let input =
            RawStart { codec: codec.into(), dimensions: dimensions.into(), ..raw_start("r1") };
        let (_, exec) = started(input).await;
        assert_eq!(exec.cmd.contains("-vf"), filter.is_some(), "{codec} {dimensions:?}");
        assert!(exec.cmd.contains(filter.unwrap_or_default()), "{codec} {dimensions:?}");
    }
}

#[test]
fn bad_requests_are_refused_by_field() {
    use InputErrorKind::{Range, Type};
    type Change = fn(&mut RawStart, Value);
    let pair = |width, height| Value::Pair(Box::new([width, height]));
    let number = |n: f64| Value::Number(n);
    let id: Change = |input, value| input.recording_id = value;
    let codec: Change = |input, value| input.codec = value;
    let framerate: Change = |input, value| input.framerate = value;
    let max_seconds: Change = |input, value| input.max_seconds = value;
    let dimensions: Change = |input, value| input.dimensions = value;
    let display: Change = |input, value| input.display = value;
    let run_as: Change = |input, value| input.run_as = value;
    let tmp_dir: Change = |input, value| input.tmp_dir = value;
    let cases: Vec<(Change, Value, InputErrorKind, &str)> = vec![
        (id, Value::Absent, Type, "recordingId"),
        (id, "".into(), Type, "recordingId"),
        (id, "a/b".into(), Type, "recordingId"),
        (id, "a\0b".into(), Type, "recordingId"),
        (id, number(5.0), Type, "recordingId"),
        (codec, "h264".into(), Type, "codec"),
        (codec, Value::Other("boolean"), Type, "codec"),
        (framerate, number(f64::NAN), Range, "framerate"),
        (framerate, number(0.0), Range, "framerate"),
        (framerate, number(f64::INFINITY), Range, "framerate"),
        (framerate, "15".into(), Type, "framerate"),
        (max_seconds, number(-1.0), Range, "maxSeconds"),
        (max_seconds, number(f64::NAN), Range, "maxSeconds"),
        (dimensions, [1280.5, 800.0].into(), Range, "dimensions[0] (width)"),
        (dimensions, [1280.0, -800.0].into(), Range, "dimensions[1] (height)"),
        (dimensions, [f64::INFINITY, 800.0].into(), Range, "dimensions[0] (width)"),
        (dimensions, pair(number(1.0), Value::Absent), Type, "dimensions[1] (height)"),
        (dimensions, pair("1".into(), number(1.0)), Type, "dimensions[0] (width)"),
        (dimensions, Value::Other("object"), Type, "dimensions"),
        (display, ":0\0".into(), Type, "display"),
        (display, number(0.0), Type, "display"),
        (tmp_dir, "/tmp\0".into(), Type, "tmpDir"),
        (tmp_dir, "-tmp".into(), Type, "tmpDir"),
        (run_as, number(1_000.0), Type, "runAs"),
        (run_as, "a\0b".into(), Type, "runAs"),
    ];
    for (change, value, kind, field) in cases {
        let mut input = raw_start("r1");
        change(&mut input, value.clone());
        let error = Launch::check(input).expect_err("refused");
        assert_eq!((error.kind, error.field), (kind, field), "{value:?}");
        assert!(error.to_string().starts_with(&format!("{field} must be ")), "{error}");
    }
}

#[test]
fn bad_handles_and_limits_are_refused_by_field() {
    use Value::Absent;
    let field = |result: Result<(), InputError>| result.expect_err("refused").field;
    let artifact = |codec: Value, path: Value, started: Value, max: Value| {
        Artifact::check(&codec, path, &started, Absent, &max).map(drop)
    };
    let (codec, path, time) = (|| "vp9-webm".into(), || VIDEO.into(), || 0.0.into());

    assert_eq!(field(artifact(codec(), Absent, time(), 1.0.into())), "boxPath");
    assert_eq!(field(artifact(codec(), "a\0".into(), time(), 1.0.into())), "boxPath");
    assert_eq!(field(artifact(codec(), "-a".into(), time(), 1.0.into())), "boxPath");
    assert_eq!(field(artifact(Absent, path(), time(), 1.0.into())), "codec");
    assert_eq!(field(artifact(codec(), path(), "now".into(), 1.0.into())), "startedAt");
    assert_eq!(field(artifact(codec(), path(), f64::NAN.into(), 1.0.into())), "startedAt");
    for max in [f64::NAN, 0.0, -1.0, f64::NEG_INFINITY] {
        assert_eq!(field(artifact(codec(), path(), time(), max.into())), "maxBytes", "{max}");
    }
    assert_eq!(field(artifact(codec(), path(), time(), Absent)), "maxBytes");
    assert!(artifact(codec(), path(), time(), f64::INFINITY.into()).is_ok());
    assert_eq!(field(Running::check(1.0.into(), Absent).map(drop)), "pidFile");
    assert_eq!(field(Running::check("p".into(), 1.0.into()).map(drop)), "runAs");
    assert_eq!(field(Artifacts::check(path(), Absent, Absent).map(drop)), "pidFile");
    assert_eq!(field(Artifacts::check(Absent, "p".into(), Absent).map(drop)), "boxPath");
}

#[tokio::test]
async fn a_recording_is_read_after_its_size_was_asked_for() {
    let shell = Scripted::with_file("6\n", reply("QUJD\nREVG\n"));
    shell.now.set(3_499.0);
    let finalized = read(&shell).await.expect("read");
    assert_eq!(
        finalized,
        Finalized { content_type: "video/mp4", size_bytes: 6, duration_seconds: 2.0 }
    );
    assert_eq!(shell.kept.bytes(), b"ABCDEF");
    let transcript = shell.transcript.borrow();
    assert_eq!(
        transcript[0].cmd,
        "bash -lc 'stat -c %s /tmp/og-rec-r1.mp4 2>/dev/null || echo MISSING'"
    );
    assert_eq!(
        (transcript[0].yield_time_ms, transcript[0].max_output_tokens),
        (15_000, Some(4_000))
    );
    assert_eq!(transcript[1].cmd, "bash -lc 'base64 /tmp/og-rec-r1.mp4'");
    assert_eq!((transcript[1].yield_time_ms, transcript[1].max_output_tokens), (60_000, None));
    assert_eq!(transcript.len(), 2);
}

#[tokio::test]
async fn the_duration_ends_with_the_stop() {
    let cases = [(Some(3_500.0), 3.0), (Some(3_499.0), 2.0), (Some(0.0), 0.0), (None, 8.0)];
    for (stopped_at, seconds) in cases {
        let shell = Scripted::with_file("3", reply("QUJD"));
        shell.now.set(9_000.0);
        let read = read_bytes(&shell, artifact(VIDEO, 3.0), stopped_at).await;
        let finalized = read.expect("read");
        assert!((finalized.duration_seconds - seconds).abs() < f64::EPSILON, "{stopped_at:?}");
    }
}

#[tokio::test]
async fn standard_output_is_the_payload_where_the_provider_has_it() {
    let twice = Reply { stdout: Some("QUJD\n".to_owned()), ..reply("QUJD\n") };
    let shell = Scripted::with_file("3", twice);
    read(&shell).await.expect("read once, not twice");
    assert_eq!(shell.kept.bytes(), b"ABC");

    let noisy = split_reply("QUJD\n", "bash: warning: setlocale\n");
    let shell = Scripted::with_file("3", noisy);
    read(&shell).await.expect("standard error is no payload");

    let empty = Reply { stdout: Some(String::new()), ..reply("QUJD\n") };
    read(&Scripted::with_file("3", empty)).await.expect("an empty stream carries nothing");

    let failed = split_reply("", "base64: read error: Is a directory\n");
    let error = read(&Scripted::with_file("3", failed)).await.expect_err("nothing was printed");
    assert!(matches!(error, RecordingError::NoBytes { .. }), "{error}");

    let begun = reply("Process running with session ID 7\nOutput:\n");
    let error = read(&Scripted::with_file("3", begun)).await.expect_err("nothing was printed yet");
    assert_eq!(
        error.to_string(),
        "recording read returned 0 bytes: /tmp/og-rec-r1.mp4; exec session 7 has not finished"
    );
}

#[tokio::test]
async fn the_size_is_the_last_line_that_is_not_empty() {
    for printed in ["3", " 3 \n\n", "Welcome\n3\n", "Wall time: 1\nOutput:\n3\n", "\u{feff}3"] {
        let shell = Scripted::with_file(printed, reply("QUJD"));
        assert!(read(&shell).await.is_ok(), "{printed:?}");
    }
}

#[tokio::test]
async fn only_the_exact_bytes_are_a_recording() {
    let corrupt = |received, fault| RecordingError::Corrupt {
        path: VIDEO.to_owned(),
        expected: 6.0,
        received,
        fault,
        evidence: Evidence::default(),
    };
    let character = |offset, found| Some(Fault::Character { offset, found });
    let cases = [
        ("QUJD\n", corrupt(3, None)),
        ("QUJDREVGR0hJ", corrupt(9, None)),
        ("Welcome to box\nQUJDREVG", corrupt(15, None)),
        ("QUJD...2 tokens truncated...", corrupt(3, character(4, '.'))),
        ("QUJDREVG\nRw", corrupt(6, Some(Fault::Ending { offset: 11 }))),
        ("QUJDRQ==QUJDRQ==", corrupt(4, character(8, 'Q'))),
    ];
    for (text, expected) in cases {
        let error = read(&Scripted::with_file("6", reply(text))).await.expect_err("refused");
        assert_eq!(error.reason(), Some(Reason::FfmpegError));
        assert_eq!(error, expected, "{text:?}");
    }
}

#[tokio::test]
async fn a_bad_payload_is_explained() {
    let unfinished = Reply {
        session_id: Some(7.0),
        exit_code: None,
        ..split_reply("QUJDREVG\n", "base64: read error\n")
    };
    let error = read(&Scripted::with_file("9", unfinished)).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "recording read failed: /tmp/og-rec-r1.mp4: expected 9 bytes, got 6; exec session 7 has \
         not finished; stderr: base64: read error"
    );
    let banner = reply("Process running with session ID 8\nOutput:\nQUJDREVG\n");
    let error = read(&Scripted::with_file("9", banner)).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "recording read failed: /tmp/og-rec-r1.mp4: expected 9 bytes, got 6; exec session 8 has \
         not finished"
    );
    let error = read(&Scripted::with_file("9", reply("QUJD:"))).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "recording read failed: /tmp/og-rec-r1.mp4: expected 9 bytes, got 3; unexpected character \
         ':' at offset 4 of the base64 text"
    );
    let silent = split_reply("", "base64: /tmp/og-rec-r1.mp4: Input/output error\n");
    let silent = Reply { output: None, ..silent };
    let error = read(&Scripted::with_file("9", silent)).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "recording read returned 0 bytes: /tmp/og-rec-r1.mp4; stderr: base64: \
         /tmp/og-rec-r1.mp4: Input/output error"
    );
    let error = read(&Scripted::with_file("9", reply(" \n"))).await.expect_err("refused");
    assert_eq!(error.to_string(), "recording read returned 0 bytes: /tmp/og-rec-r1.mp4");
}

#[tokio::test]
async fn quoted_standard_error_is_bounded() {
    let noise = "é".repeat(5_000) + "the end";
    let error =
        read(&Scripted::with_file("3", split_reply("*", &noise))).await.expect_err("refused");
    let message = error.to_string();
    assert!(message.ends_with("éthe end") && message.chars().count() < 1_200);
}

#[tokio::test]
async fn a_size_that_is_not_true_reserves_no_memory() {
    let error = read_bytes(
        &Scripted::with_file("1000000000000000", reply("QUJD")),
        artifact(VIDEO, f64::INFINITY),
        None,
    )
    .await
    .expect_err("refused");
    assert!(matches!(error, RecordingError::Corrupt { received: 3, .. }), "{error}");
}

#[tokio::test]
async fn a_recording_over_the_limit_is_not_read() {
    let shell = Scripted::with_file("268435457", reply("QUJD"));
    let error = read(&shell).await.expect_err("refused");
    assert_eq!(error.to_string(), "recording 268435457B exceeds max 268435456B");
    assert_eq!(error.reason(), Some(Reason::MaxBytesExceeded));
    assert_eq!(shell.commands().len(), 1);
}

#[tokio::test]
async fn the_log_tells_why_there_is_no_recording() {
    let cases = [
        ("MISSING\n", "", Reason::BoxDeath, "recording file missing on box: /tmp/og-rec-r1.mp4"),
        ("", "", Reason::BoxDeath, "recording file missing on box: /tmp/og-rec-r1.mp4"),
        ("0\n", "", Reason::BoxDeath, "recording file empty on box: /tmp/og-rec-r1.mp4"),
        (
            "MISSING\n",
            "Could not open X display\n",
            Reason::DisplayUnavailable,
            "recording file missing on box: /tmp/og-rec-r1.mp4; ffmpeg log: Could not open X display",
        ),
        (
            "MISSING\n",
            "Welcome\n\nOutput:\n[x11grab @ 0x1] Cannot open display :9.0, error 1.\n",
            Reason::DisplayUnavailable,
            "recording file missing on box: /tmp/og-rec-r1.mp4; ffmpeg log: [x11grab @ 0x1] Cannot \
             open display :9.0, error 1.",
        ),
        (
            "MISSING\n",
            "nohup: failed to run command 'ffmpeg': No such file or directory\n",
            Reason::FfmpegError,
            "recording file missing on box: /tmp/og-rec-r1.mp4; ffmpeg log: nohup: failed to run \
             command 'ffmpeg': No such file or directory",
        ),
        (
            "0\n",
            "Unknown encoder 'libx264'\n",
            Reason::FfmpegError,
            "recording file empty on box: /tmp/og-rec-r1.mp4; ffmpeg log: Unknown encoder 'libx264'",
        ),
    ];
    for (size, log, reason, message) in cases {
        let shell = Scripted::new(move |exec| {
            Ok(reply(if exec.cmd.contains("stat") { size } else { log }))
        });
        let error = read(&shell).await.expect_err("nothing to read");
        assert_eq!((error.reason(), error.to_string().as_str()), (Some(reason), message));
        assert_eq!(
            shell.commands()[1],
            "bash -lc 'echo; echo Output:; tail -c 2000 /tmp/og-rec-r1.log 2>/dev/null'"
        );
        assert_eq!(shell.commands().len(), 2);
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_read_leaves_the_finding_as_it_is() {
    let shell =
        Scripted::new(
            |exec| {
                if exec.cmd.contains("stat") { Ok(reply("MISSING")) } else { thrown(0) }
            },
        );
    let error = read(&shell).await.expect_err("nothing to read");
    assert_eq!(
        error,
        RecordingError::Missing {
            path: VIDEO.to_owned(),
            unfinished: Unfinished::default(),
            log: FfmpegLog::default(),
            cause: Some(Thrown(0)),
        }
    );
    assert_eq!((error.reason(), error.cause()), (Some(Reason::BoxDeath), Some(Thrown(0))));
}

#[tokio::test]
async fn what_is_no_size_is_no_recording() {
    let huge = "9".repeat(400);
    let printed = ["junk\n", "NaN", "inf", "Process running\nOutput:\n", &huge];
    let no_digits = ["-3", "+3", "3.0", "4.5", "3e0", "0x3", "0o3", "0b11", "3 bytes", "\u{663}"];
    for printed in printed.into_iter().chain(no_digits) {
        let shell = Scripted::with_file(printed, reply("QUJD"));
        let error = read(&shell).await.expect_err("nothing to read");
        assert_eq!(error.reason(), Some(Reason::FfmpegError), "{printed:?}");
        assert_eq!(error.to_string(), "recording file empty on box: /tmp/og-rec-r1.mp4");
        assert_eq!(shell.commands().len(), 1);
    }
    let unfinished = Reply { session_id: Some(7.0), exit_code: None, ..reply("") };
    let shell = Scripted::new(move |_| Ok(unfinished.clone()));
    let error = read(&shell).await.expect_err("nothing to read");
    assert_eq!(
        error.to_string(),
        "recording file missing on box: /tmp/og-rec-r1.mp4; exec session 7 has not finished"
    );
}

#[tokio::test]
async fn what_the_box_says_of_itself_is_not_the_log() {
    let cases = [
        ("/bin/sh: 1: bash: not found\n", Some(127.0), Reason::BoxDeath),
        ("noise\n\nOutput:\nUnknown encoder\n", Some(1.0), Reason::FfmpegError),
        ("Unknown encoder\n", None, Reason::FfmpegError),
    ];
    for (printed, exit_code, reason) in cases {
        let shell = Scripted::new(move |exec| {
            let printed = if exec.cmd.contains("stat") { "MISSING" } else { printed };
            Ok(Reply { exit_code, ..reply(printed) })
        });
        let error = read(&shell).await.expect_err("nothing to read");
        assert_eq!(error.reason(), Some(reason), "{printed:?}");
        assert!(!error.to_string().contains("noise"));
    }
}

#[tokio::test]
async fn a_finished_command_is_not_called_unfinished() {
    let both = Reply { session_id: Some(7.0), exit_code: Some(0.0), ..reply("QUJD") };
    let error = read(&Scripted::with_file("9", both)).await.expect_err("refused");
    assert!(!error.to_string().contains("session 7"), "{error}");
}

#[tokio::test]
async fn every_command_runs_as_the_user() {
    let user = || Value::from("agent");
    let shell = Scripted::new(|exec| Ok(reply(if exec.cmd.contains("stat") { "0" } else { "" })));
    let launch = Launch::check(RawStart { run_as: user(), ..raw_start("r1") }).expect("accepted");
    start(&shell, launch).await.expect("started");
    stop(&shell, Running::check("/tmp/p".into(), user()).expect("accepted")).await;
    let codec = "vp9-webm".into();
    let artifact = Artifact::check(&codec, VIDEO.into(), &0.0.into(), user(), &1.0.into());
    read_bytes(&shell, artifact.expect("accepted"), None).await.expect_err("empty");
    let artifacts = Artifacts::check(VIDEO.into(), "/tmp/p".into(), user()).expect("accepted");
    delete_artifacts(&shell, artifacts).await;
    let users: Vec<_> = shell.transcript.borrow().iter().map(|e| e.run_as.clone()).collect();
    assert_eq!(users, vec![Some("agent".to_owned()); 5]);
}

#[tokio::test]
async fn hostile_paths_are_quoted_in_every_command() {
    let (video, pid) = ("/tmp/a b/og-rec-x;y.mp4", "/tmp/a b/og-rec-x;y.pid");
    let shell = Scripted::new(|exec| Ok(reply(if exec.cmd.contains("stat") { "0" } else { "" })));
    stop(&shell, Running::check(pid.into(), Value::Absent).expect("accepted")).await;
    read_bytes(&shell, artifact(video, 1.0), None).await.expect_err("empty");
    let commands = shell.commands();
    let quoted = |ext: &str| format!(r"'\''/tmp/a b/og-rec-x;y.{ext}'\''");
    assert_eq!(commands[0].matches(&quoted("pid")).count(), 3);
    assert_eq!(commands[0].matches("og-rec").count(), 3);
    assert!(commands[1].contains(&quoted("mp4")));
    assert!(commands[2].contains(&format!("tail -c 2000 {} ", quoted("log"))));
}

#[tokio::test]
async fn what_the_session_throws_is_passed_on() {
    let launch = Launch::check(raw_start("r1")).expect("accepted");
    let broken = Scripted::new(|_| thrown(3));
    assert_eq!(start(&broken, launch.clone()).await, Err(RecordingError::Thrown(Thrown(3))));
    assert_eq!(read(&broken).await, Err(RecordingError::Thrown(Thrown(3))));
    let broken =
        Scripted::new(|exec| if exec.cmd.contains("stat") { Ok(reply("3")) } else { thrown(4) });
    assert_eq!(read(&broken).await, Err(RecordingError::Thrown(Thrown(4))));

    let gone = Scripted::new(|_| Err(ExecFailure::Unavailable));
    assert_eq!(start(&gone, launch).await, Err(RecordingError::Unavailable));
    assert_eq!(read(&gone).await, Err(RecordingError::Unavailable));
    let mut without = Scripted::new(|_| Ok(reply("3")));
    without.can_exec = false;
    assert_eq!(read(&without).await, Err(RecordingError::FinalizeUnavailable));
    assert!(without.commands().is_empty());
}

#[tokio::test]
async fn stopping_and_deleting_never_fail() {
    let pid_file = || "/tmp/og-rec-r1.pid".into();
    let running = || Running::check(pid_file(), Value::Absent).expect("accepted");
    let artifacts = || Artifacts::check(VIDEO.into(), pid_file(), Value::Absent).expect("accepted");
    assert!(stop(&Scripted::new(|_| Ok(reply(""))), running()).await);
    for failure in [ExecFailure::Unavailable, ExecFailure::Thrown(Thrown(0))] {
        let broken = Scripted::new(move |_| Err(failure));
        assert!(!stop(&broken, running()).await);
        delete_artifacts(&broken, artifacts()).await;
    }
    let shell = Scripted::new(|_| Ok(reply("")));
    stop(&shell, running()).await;
    delete_artifacts(&shell, artifacts()).await;
    assert_eq!(
        shell.commands(),
        [
            "bash -lc 'kill -INT \"$(cat /tmp/og-rec-r1.pid)\" 2>/dev/null; \
             for i in $(seq 1 80); do kill -0 \"$(cat /tmp/og-rec-r1.pid)\" 2>/dev/null || break; \
             grep -q \"^State:.Z\" \"/proc/$(cat /tmp/og-rec-r1.pid)/status\" 2>/dev/null && break; \
             sleep 0.1; done'",
            "rm -f /tmp/og-rec-r1.mp4 /tmp/og-rec-r1.pid /tmp/og-rec-r1.log",
        ]
    );
    assert_eq!(shell.transcript.borrow()[0].yield_time_ms, 20_000);
}

#[tokio::test]
async fn files_with_hostile_names_are_read_and_deleted_and_nothing_else_runs() {
    let box_dir =
        std::env::temp_dir().join(format!("og rec '$(touch pwned)' {}", std::process::id()));
    std::fs::create_dir_all(&box_dir).expect("a directory");
    let path = |name: &str| box_dir.join(name).to_str().expect("UTF-8").to_owned();
    let video: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for name in ["og-rec-a;b.mp4", "og-rec-a;b.pid", "og-rec-a;b.log"] {
        std::fs::write(path(name), &video).expect("written");
    }

    let shell = LocalBox::default();
    let boxed = artifact(&path("og-rec-a;b.mp4"), 1e6);
    let finalized = read_bytes(&shell, boxed, None).await.expect("read");
    assert_eq!(finalized.size_bytes, 100_000);
    assert_eq!(shell.kept.bytes(), video);

    let (video, pid) = (path("og-rec-a;b.mp4"), path("og-rec-a;b.pid"));
    let artifacts = Artifacts::check(video.as_str().into(), pid.as_str().into(), Value::Absent);
    delete_artifacts(&shell, artifacts.expect("accepted")).await;
    let left = std::fs::read_dir(&box_dir).expect("the directory").count();
    std::fs::remove_dir_all(&box_dir).expect("removed");
    assert_eq!(left, 0);
    assert!(!std::path::Path::new("pwned").exists());
}

#[test]
fn codecs_name_their_containers() {
    let cases = [
        ("h264-mp4", "video/mp4", "mp4", "recordings/w/s/r.mp4"),
        ("vp9-webm", "video/webm", "webm", "recordings/w/s/r.webm"),
    ];
    for (name, content_type, extension, key) in cases {
        let codec = Codec::from_value(&name.into()).expect("a codec");
        assert_eq!((codec.content_type(), codec.extension()), (content_type, extension));
        let made = storage_key("w".into(), "s".into(), "r".into(), &name.into());
        assert_eq!(made.as_deref(), Ok(key));
    }
    let refused = storage_key("w".into(), Value::Absent, "r".into(), &"h264-mp4".into());
    assert_eq!(refused.expect_err("refused").field, "sessionId");
    assert!(Codec::from_value(&"VP9-WEBM".into()).is_err());
}
