//! Starting, stopping and deleting recordings, and what is refused before anything runs.

mod support;

use opengeni_runtime_native::input::{InputError, InputErrorKind, Value};
use opengeni_runtime_native::recording::{
    Artifact, Artifacts, Codec, Launch, RawStart, Reason, RecordingError, RecordingProcess,
    Running, Stop, Timing, delete_artifacts, read_bytes, start, stop, storage_key,
};
use opengeni_runtime_native::shell::{Exec, ExecFailure, Instant, Reply, Thrown};
use support::{
    Scripted, VIDEO, artifact, framed, instant, raw_start, reply, script, settled, split_reply,
    timing,
};

const PID_FILE: &str = "/tmp/og-rec-r1.pid";

/// The answer of a box to a command.
type Answer = fn(&Exec) -> Reply;

fn launch(input: RawStart) -> Launch {
    Launch::check(input).expect("accepted")
}

/// The handle and the command of a recording on a box that answers nothing.
fn started(input: RawStart) -> (RecordingProcess, Exec) {
    let shell = Scripted::new(|_| Ok(reply("")));
    shell.now.set(Instant { epoch_ms: 1_234.0, steady_ms: 5.0 });
    let (process, now) = settled(start(&shell, launch(input), false)).expect("started");
    assert_eq!(now, Instant { epoch_ms: 1_234.0, steady_ms: 5.0 });
    let [exec] = shell.transcript.take().try_into().expect("one command");
    (process, exec)
}

/// The result of a start on a box with this answer.
fn start_with(
    input: RawStart,
    answer: impl Fn(&Exec) -> Reply + 'static,
) -> Result<RecordingProcess, RecordingError> {
    let shell = Scripted::new(move |exec| Ok(answer(exec)));
    settled(start(&shell, launch(input), false)).map(|(process, _)| process)
}

fn running() -> Running {
    Running::check(VIDEO.into(), PID_FILE.into(), Value::Absent).expect("accepted")
}

fn artifacts() -> Artifacts {
    Artifacts::check(VIDEO.into(), PID_FILE.into(), Value::Absent).expect("accepted")
}

/// Checks that the text holds all of these, in this order.
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("no {part:?} in {rest}"));
        rest = after;
    }
}

#[test]
fn a_plain_request_is_launched_with_the_defaults() {
    let (process, exec) = started(raw_start("r1"));
    assert_in_order(
        &exec.cmd,
        &[
            "bash -lc '",
            // A hang-up between the two does not end it.
            "trap \"\" HUP",
            "nohup ffmpeg ",
            "-loglevel error -y ",
            "-f x11grab ",
            "-draw_mouse 1 ",
            "-framerate 15 ",
            "-video_size 1280x800 ",
            "-i :0.0 ",
            "-t 600 ",
            "-c:v libx264 ",
            " /tmp/og-rec-r1.mp4 ",
            "echo $! > /tmp/og-rec-r1.pid",
        ],
    );
    assert_eq!((exec.yield_time_ms, exec.max_output_tokens), (15_000, Some(4_000)));
    assert_eq!(exec.run_as, None);
    assert_eq!(
        serde_json::to_string(&process).expect("plain data"),
        r#"{"recordingId":"r1","codec":"h264-mp4","boxPath":"/tmp/og-rec-r1.mp4","pidFile":"/tmp/og-rec-r1.pid","dimensions":[1280.0,800.0],"framerate":15.0,"startedAt":1234.0,"display":":0"}"#
    );
}

#[test]
fn every_field_of_a_request_reaches_the_command() {
    let (process, exec) = started(RawStart {
        codec: "vp9-webm".into(),
        framerate: 29.97.into(),
        max_seconds: 0.5.into(),
        dimensions: [640.0, 480.0].into(),
        display: ":7".into(),
        run_as: "agent".into(),
        tmp_dir: "/var/rec".into(),
        ..raw_start("r2")
    });
    assert_in_order(
        &exec.cmd,
        &[
            "-framerate 29.97 ",
            "-video_size 640x480 ",
            "-i :7.0 ",
            "-t 0.5 ",
            "-c:v libvpx-vp9 ",
            "-pix_fmt yuv420p -deadline realtime -cpu-used 8",
            " /var/rec/og-rec-r2.webm ",
            "echo $! > /var/rec/og-rec-r2.pid",
        ],
    );
    assert_eq!(exec.run_as.as_deref(), Some("agent"));
    assert_eq!(process.run_as.as_deref(), Some("agent"));
    assert_eq!(process.box_path, "/var/rec/og-rec-r2.webm");
    assert_eq!(process.pid_file, "/var/rec/og-rec-r2.pid");
}

#[test]
fn odd_sides_are_padded() {
    let cases = [
        ([1280.0, 800.0], None),
        ([1281.0, 800.0], Some("-vf pad=1282:800 ")),
        ([1280.0, 801.0], Some("-vf pad=1280:802 ")),
        ([1.0, 1.0], Some("-vf pad=2:2 ")),
    ];
    for codec in ["h264-mp4", "vp9-webm"] {
        for (dimensions, filter) in cases {
            let input =
                RawStart { codec: codec.into(), dimensions: dimensions.into(), ..raw_start("r1") };
            let (process, exec) = started(input);
            assert_eq!(exec.cmd.contains("-vf"), filter.is_some(), "{codec} {dimensions:?}");
            assert!(exec.cmd.contains(filter.unwrap_or_default()), "{codec} {dimensions:?}");
            // The arguments are those of the request.
            let [width, height] = dimensions;
            assert!(exec.cmd.contains(&format!("-video_size {width}x{height} ")));
            assert_same(process.dimensions[0], width);
        }
    }
}

fn assert_same(a: f64, b: f64) {
    assert!((a - b).abs() < f64::EPSILON, "{a} {b}");
}

#[test]
fn a_display_without_a_screen_gets_one() {
    let cases = [
        (":0", ":0.0"),
        (":0.0", ":0.0"),
        (":0.1", ":0.1"),
        (":10", ":10.0"),
        ("localhost:10", "localhost:10.0"),
        ("host:10.0", "host:10.0"),
        ("10.0.0.5:1", "10.0.0.5:1.0"),
        ("my.host:1", "my.host:1.0"),
        ("::1:1", "::1:1.0"),
    ];
    for (display, input) in cases {
        let (process, exec) = started(RawStart { display: display.into(), ..raw_start("r1") });
        assert!(exec.cmd.contains(&format!(" -i {input} ")), "{display}: {}", exec.cmd);
        assert_eq!(process.display, display);
    }
}

#[test]
fn numbers_have_no_exponents() {
    let cases = [
        (1e-6, "0.000001"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e12, "1000000000000"),
        (9_223_372_036_854.0, "9223372036854"),
    ];
    for (max_seconds, text) in cases {
        let (_, exec) = started(RawStart { max_seconds: max_seconds.into(), ..raw_start("r1") });
        assert!(exec.cmd.contains(&format!(" -t {text} ")), "{}", exec.cmd);
    }
}

#[test]
fn a_start_whose_command_succeeds_is_one() {
    let answers: [Answer; 6] = [
        |_| reply(""),
        |_| Reply { exit_code: None, ..reply("") },
        |_| reply("Welcome!\n"),
        |_| reply("Process exited with code 0\nOutput:\n"),
        |exec| reply(&framed(&exec.cmd, "")),
        // The session did not wait for it to end.
        |exec| Reply {
            session_id: Some(7.0),
            exit_code: None,
            ..reply(framed(&exec.cmd, "").split_once("\n\n").expect("an opening line").0)
        },
    ];
    for answer in answers {
        let process = start_with(raw_start("r1"), answer).expect("started");
        assert_eq!(process.box_path, VIDEO);
    }
}

#[test]
fn a_start_whose_command_fails_is_refused_with_the_words_of_the_shell() {
    let answers: [(Answer, &str); 6] = [
        (
            |_| Reply { exit_code: Some(127.0), ..reply("sh: 1: bash: not found\n") },
            "recording not started; exit code 127: sh: 1: bash: not found",
        ),
        (
            |_| Reply { exit_code: Some(126.0), ..split_reply("Welcome!", "permission denied\n") },
            "recording not started; exit code 126: permission denied",
        ),
        (
            |_| Reply {
                exit_code: None,
                ..reply("Process exited with code 127\nOutput:\nbash: not found")
            },
            "recording not started; exit code 127: \
             Process exited with code 127\\nOutput:\\nbash: not found",
        ),
        (|_| Reply { exit_code: Some(1.0), ..reply("") }, "recording not started; exit code 1"),
        // The script ended before its last line.
        (
            |exec| {
                let text = framed(&exec.cmd, "/tmp/x: No such file or directory");
                let (begun, _) = text.rsplit_once("\nog-").expect("a closing line");
                Reply { exit_code: None, ..reply(&format!("Welcome!\n{begun}\n")) }
            },
            "recording not started: /tmp/x: No such file or directory",
        ),
        (
            |exec| {
                let text = framed(&exec.cmd, "");
                let (begun, _) = text.rsplit_once("\nog-").expect("a closing line");
                let words = "rm: \u{1b}[31mno\nforged\n";
                Reply { exit_code: Some(1.0), ..split_reply(begun, words) }
            },
            r"recording not started; exit code 1: rm: \u{1b}[31mno\nforged",
        ),
    ];
    for (answer, message) in answers {
        let error = start_with(raw_start("r1"), answer).expect_err("refused");
        assert!(matches!(error, RecordingError::NotStarted { .. }), "{error}");
        assert_eq!(error.to_string(), message);
        assert_eq!(error.reason(), Some(Reason::FfmpegError));
    }
}

#[test]
fn a_relative_directory_becomes_absolute() {
    let input = || RawStart { tmp_dir: "rec:x".into(), ..raw_start("r1") };
    let answers: [Answer; 2] = [
        |exec| reply(&framed(&exec.cmd, "/home/agent\n")),
        |exec| reply(&format!("hi\r\n{}", framed(&exec.cmd, "/home/agent\r\n"))),
    ];
    for answer in answers {
        let process = start_with(input(), answer).expect("started");
        assert_eq!(process.box_path, "/home/agent/rec:x/og-rec-r1.mp4");
        assert_eq!(process.pid_file, "/home/agent/rec:x/og-rec-r1.pid");
    }
    // Without an answer the paths stay as they are.
    let process = start_with(input(), |_| reply("")).expect("started");
    assert_eq!(process.box_path, "rec:x/og-rec-r1.mp4");
    // Absolute paths do not depend on the answer.
    let process = start_with(raw_start("r1"), |exec| reply(&framed(&exec.cmd, "/home/agent\n")));
    assert_eq!(process.expect("started").box_path, VIDEO);
}

#[test]
fn what_the_session_throws_at_a_start_is_passed_on() {
    let failures = [
        (ExecFailure::Thrown(Thrown(3)), RecordingError::Thrown(Thrown(3))),
        (ExecFailure::Unavailable, RecordingError::Unavailable),
    ];
    for (failure, error) in failures {
        let shell = Scripted::new(move |_| Err(failure));
        assert_eq!(settled(start(&shell, launch(raw_start("r1")), false)), Err(error));
    }
}

/// One recording from start to deletion on a test double, which knows commands by their words.
fn whole_life() -> Vec<Exec> {
    let shell = Scripted::with_file("3\n", reply("QUJD\n"));
    let (process, _) = settled(start(&shell, launch(raw_start("r1")), false)).expect("started");
    assert!(settled(stop(&shell, running())));
    let artifact = artifact(&process.box_path, 3.0);
    settled(read_bytes(&shell, artifact, timing(), None, false)).expect("read");
    settled(delete_artifacts(&shell, artifacts()));
    shell.transcript.take()
}

#[test]
fn a_recording_takes_five_commands() {
    let words = [
        "nohup ffmpeg",
        "kill -INT",
        "stat -c %s /tmp/og-rec-r1.mp4",
        "base64 /tmp/og-rec-r1.mp4",
        "rm -f /tmp/og-rec-r1.mp4 /tmp/og-rec-r1.pid /tmp/og-rec-r1.log",
    ];
    let life = whole_life();
    assert_eq!(life.len(), words.len());
    for (place, exec) in life.iter().enumerate() {
        let known: Vec<_> = (0..5).filter(|&word| exec.cmd.contains(words[word])).collect();
        assert_eq!(known, [place], "{}", exec.cmd);
        assert!(exec.cmd.starts_with("bash -lc '"), "the same shell for all of them");
        assert_eq!(exec.max_output_tokens, if place == 3 { None } else { Some(4_000) });
    }
    let yields: Vec<_> = life.iter().map(|exec| exec.yield_time_ms).collect();
    assert_eq!(yields, [15_000, 20_000, 15_000, 60_000, 15_000]);
    assert!(life[1].cmd.contains(PID_FILE));
}

#[test]
fn every_command_runs_as_the_user() {
    let user = || Value::from("agent");
    let shell =
        Scripted::new(|exec| Ok(reply(if exec.cmd.contains("stat -c %s") { "0" } else { "" })));
    settled(start(&shell, launch(RawStart { run_as: user(), ..raw_start("r1") }), false))
        .expect("started");
    let running = Running::check(VIDEO.into(), PID_FILE.into(), user()).expect("accepted");
    settled(stop(&shell, running));
    let artifact = Artifact::check(&"vp9-webm".into(), VIDEO.into(), user(), &1.0.into());
    let artifact = artifact.expect("accepted");
    settled(read_bytes(&shell, artifact, timing(), None, false)).expect_err("empty");
    let artifacts = Artifacts::check(VIDEO.into(), PID_FILE.into(), user()).expect("accepted");
    settled(delete_artifacts(&shell, artifacts));
    let users: Vec<_> = shell.transcript.borrow().iter().map(|e| e.run_as.clone()).collect();
    assert_eq!(users, vec![Some("agent".to_owned()); 5]);
}

#[test]
fn hostile_paths_are_quoted_in_every_command() {
    let stem = "/tmp/a b/og-rec-x;y";
    let (video, pid) = (format!("{stem}.mp4"), format!("{stem}.pid"));
    let (video, pid): (&str, &str) = (&video, &pid);
    let shell =
        Scripted::new(|exec| Ok(reply(if exec.cmd.contains("stat -c %s") { "0" } else { "" })));
    let input = RawStart { tmp_dir: "/tmp/a b".into(), ..raw_start("x;y") };
    settled(start(&shell, launch(input), false)).expect("started");
    let running = Running::check(video.into(), pid.into(), Value::Absent).expect("accepted");
    settled(stop(&shell, running));
    settled(read_bytes(&shell, artifact(video, 1.0), timing(), None, false)).expect_err("empty");
    let artifacts = Artifacts::check(video.into(), pid.into(), Value::Absent).expect("accepted");
    settled(delete_artifacts(&shell, artifacts));
    let commands = shell.commands();
    assert_eq!(commands.len(), 5);
    for cmd in commands {
        let script = script(&cmd);
        assert!(script.contains("og-rec-x;y"), "{script}");
        // Each is all of a quoted text.
        for (_, rest) in script.match_indices(stem).map(|(at, _)| script.split_at(at - 1)) {
            let (word, _) = rest[1..].split_once('\'').unwrap_or_else(|| panic!("{rest}"));
            assert!(rest.starts_with('\'') && !word[stem.len()..].contains(' '), "{rest}");
        }
        assert_eq!(script.matches("og-rec-x;y").count(), script.matches(stem).count());
    }
}

#[test]
fn stopping_and_deleting_never_fail() {
    assert!(settled(stop(&Scripted::new(|_| Ok(reply(""))), running())));
    for failure in [ExecFailure::Unavailable, ExecFailure::Thrown(Thrown(0))] {
        let broken = Scripted::new(move |_| Err(failure));
        assert!(!settled(stop(&broken, running())));
        settled(delete_artifacts(&broken, artifacts()));
        assert_eq!(broken.commands().len(), 2);
    }
}

#[test]
fn a_handle_without_its_video_is_stopped_by_its_process_number() {
    let shell = Scripted::new(|_| Ok(reply("")));
    let running = Running::check(Value::Absent, PID_FILE.into(), Value::Absent).expect("accepted");
    settled(stop(&shell, running));
    let [cmd] = shell.commands().try_into().expect("one");
    assert!(cmd.contains("/tmp/og-rec-r1.mp4 /tmp/og-rec-r1.webm"), "{cmd}");
}

#[test]
fn bad_requests_are_refused_by_field() {
    use InputErrorKind::{Range, Type};
    type Change = fn(&mut RawStart, Value);
    let pair = |width, height| Value::List(vec![width, height]);
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
        (codec, Value::Flag(true), Type, "codec"),
        (framerate, number(f64::NAN), Range, "framerate"),
        (framerate, number(0.0), Range, "framerate"),
        (framerate, number(1e-7), Range, "framerate"),
        (framerate, number(0.99), Range, "framerate"),
        (framerate, number(1_000.5), Range, "framerate"),
        (framerate, number(1e21), Range, "framerate"),
        (framerate, number(f64::INFINITY), Range, "framerate"),
        (framerate, "15".into(), Type, "framerate"),
        (max_seconds, number(-1.0), Range, "maxSeconds"),
        (max_seconds, number(f64::NAN), Range, "maxSeconds"),
        (max_seconds, number(0.0), Range, "maxSeconds"),
        (max_seconds, number(1e-7), Range, "maxSeconds"),
        (max_seconds, number(1e21), Range, "maxSeconds"),
        (max_seconds, number(9_007_199_254_740_991.0), Range, "maxSeconds"),
        (max_seconds, number(9_223_372_036_855.0), Range, "maxSeconds"),
        (max_seconds, number(f64::INFINITY), Range, "maxSeconds"),
        (max_seconds, "600".into(), Type, "maxSeconds"),
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
        (run_as, Value::Flag(true), Type, "runAs"),
    ];
    for (change, value, kind, field) in cases {
        let mut input = raw_start("r1");
        change(&mut input, value.clone());
        let error = Launch::check(input).expect_err("refused");
        assert_eq!((error.kind, error.field.as_ref()), (kind, field), "{value:?}");
        assert!(error.to_string().starts_with(&format!("{field} must be ")), "{error}");
    }
}

#[test]
fn the_ends_of_the_ranges_are_accepted() {
    for framerate in [1.0, 1_000.0] {
        launch(RawStart { framerate: framerate.into(), ..raw_start("r1") });
    }
    for max_seconds in [1e-6, 9_223_372_036_854.0] {
        let launch = launch(RawStart { max_seconds: max_seconds.into(), ..raw_start("r1") });
        assert_same(launch.max_seconds(), max_seconds);
    }
    // An empty user is the session's own.
    let (process, exec) = started(RawStart { run_as: "".into(), ..raw_start("r1") });
    assert_eq!((process.run_as, exec.run_as), (None, None));
}

#[test]
fn bad_handles_and_limits_are_refused_by_field() {
    use Value::Absent;
    let field = |result: Result<(), InputError>| result.expect_err("refused").field;
    let artifact = |codec: Value, path: Value, max: Value| {
        Artifact::check(&codec, path, Absent, &max).map(drop)
    };
    let (codec, path) = (|| "vp9-webm".into(), || VIDEO.into());

    assert_eq!(field(artifact(codec(), Absent, 1.0.into())), "boxPath");
    assert_eq!(field(artifact(codec(), "a\0".into(), 1.0.into())), "boxPath");
    assert_eq!(field(artifact(codec(), "-a".into(), 1.0.into())), "boxPath");
    assert_eq!(field(artifact(Absent, path(), 1.0.into())), "codec");
    for max in [f64::NAN, 0.0, -1.0, f64::NEG_INFINITY] {
        assert_eq!(field(artifact(codec(), path(), max.into())), "maxBytes", "{max}");
    }
    assert_eq!(field(artifact(codec(), path(), Absent)), "maxBytes");
    assert!(artifact(codec(), path(), f64::INFINITY.into()).is_ok());
    let stop = |path, pid, user| Running::check(path, pid, user).map(drop);
    assert_eq!(field(stop(path(), 1.0.into(), Absent)), "pidFile");
    assert_eq!(field(stop(path(), "p".into(), 1.0.into())), "runAs");
    assert_eq!(field(stop(7.0.into(), "p".into(), Absent)), "boxPath");
    assert_eq!(field(Artifacts::check(path(), Absent, Absent).map(drop)), "pidFile");
    assert_eq!(field(Artifacts::check(Absent, "p".into(), Absent).map(drop)), "boxPath");
}

#[test]
fn what_is_no_time_is_refused() {
    let check = |time: Value| Timing::check(&time, None, &[], None);
    for time in [
        Value::Absent,
        "now".into(),
        "".into(),
        f64::NAN.into(),
        f64::INFINITY.into(),
        Value::Flag(true),
    ] {
        assert_eq!(check(time.clone()).expect_err("refused").field, "startedAt", "{time:?}");
    }
    let stopped = Some(instant(3.0));
    let expected =
        Timing { started_at: 1.0, launched_ms: Some(2.0), stopped, max_seconds: Some(4.0) };
    let stop = |called_at, refused| Stop { called_at, refused };
    let later = instant(9.0);
    let stops = [
        vec![stop(instant(3.0), None), stop(later, Some(false))],
        vec![stop(later, Some(true)), stop(instant(3.0), Some(false)), stop(later, None)],
        vec![stop(later, Some(true)), stop(instant(3.0), Some(true))],
    ];
    for stops in stops {
        assert_eq!(Timing::check(&1.0.into(), Some(2.0), &stops, Some(4.0)), Ok(expected));
    }
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
    assert!(Codec::from_value(&"VP9-WEBM".into()).is_err());
}

#[test]
fn no_two_recordings_have_one_key() {
    let key = |parts: [Value; 3]| {
        let [workspace, session, recording] = parts;
        storage_key(workspace, session, recording, &"h264-mp4".into())
    };
    for bad in
        ["", ".", "..", "a/b", "/", "a\0"].map(Value::from).into_iter().chain([Value::Absent])
    {
        for (place, field) in ["workspaceId", "sessionId", "recordingId"].into_iter().enumerate() {
            let mut parts = ["w", "s", "r"].map(Value::from);
            parts[place] = bad.clone();
            let error = key(parts).expect_err("refused");
            assert_eq!(
                (error.kind, error.field.as_ref()),
                (InputErrorKind::Type, field),
                "{bad:?}"
            );
        }
    }
    let odd = key(["...", "a b", "é\n"].map(Value::from));
    assert_eq!(odd.as_deref(), Ok("recordings/.../a b/é\n.mp4"));
}
