//! Uploads: what is refused before anything runs, the commands, and the meaning of their answers.

mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::recording::{
    RawUpload, Reason, RecordingError, Upload, UploadFailure, UploadFailureKind, upload,
};
use opengeni_runtime_native::shell::{Exec, ExecFailure, Reply, Shell as _, Thrown};
use support::{Scripted, VIDEO, artifact, framed, frames, instant, reply, script, settled, timing};

const URL: &str =
    "https://store.test/films/turn-7.mp4?X-Amz-Credential=KEYID%2F2026&X-Amz-Signature=5ec2e7";
const TOKEN: &str = r#"to"ken\5ec2e7"#;

fn raw(url: &str, headers: &[(&str, &str)]) -> RawUpload {
    let pair = |(name, value): &(&str, &str)| Value::List(vec![(*name).into(), (*value).into()]);
    RawUpload {
        url: url.into(),
        required_headers: Value::List(headers.iter().map(pair).collect()),
        max_seconds: Value::Absent,
    }
}

fn request() -> Upload {
    Upload::check(raw(URL, &[("content-type", "video/mp4"), ("x-token", TOKEN), ("x-none", "")]))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What a box reports at curl's end.
fn ended(exec: &Exec, exit_code: u8, status: u16, sent: u64, body: &str) -> Reply {
    let config = CONFIG.with_borrow(Clone::clone);
    let nonce = config.split("write-out = \"\\n").nth(1).and_then(|rest| rest.split('%').next());
    let out = format!("{body}\n{}{status:03}:{sent}:000:0.1\n", nonce.expect("curl reports"));
    let hex =
        |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    reply(&framed(&exec.cmd, &format!("ended {exit_code}\n{}.", hex(&out))))
}

thread_local! {
    /// The configuration that the last launch had.
    static CONFIG: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A session whose box has a file of 5 bytes, gives keys of zeros, and reports on uploads like `report`, which is told
/// the number of the launches and the command.
fn session(report: impl Fn(u32, &Exec) -> Result<Reply, ExecFailure> + 'static) -> Scripted {
    let launches = Rc::new(Cell::new(0));
    Scripted::new(move |exec| {
        let script = script(&exec.cmd);
        if let Some(rest) = script.split("head -c ").find(|part| part.contains("/dev/urandom")) {
            let length: usize =
                rest.split(' ').next().and_then(|n| n.parse().ok()).expect("a length");
            return Ok(reply(&framed(&exec.cmd, &format!("1\n{}", " 00".repeat(length)))));
        }
        if let Some((_, rest)) = script.split_once("cipher=") {
            let cipher = rest.split(';').next().expect("the cipher");
            let bytes = cipher.as_bytes().chunks(2).map(|pair| {
                u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex")
            });
            CONFIG.set(String::from_utf8(bytes.collect()).expect("text"));
            launches.set(launches.get() + 1);
        }
        match frames(&exec.cmd)[0].label.as_str() {
            "upload" => report(launches.get(), exec),
            "size" => Ok(reply(&framed(&exec.cmd, "5\n5:1:2:now"))),
            "0+5" => Ok(reply(&framed(&exec.cmd, "aGVsbG8="))),
            _ => Ok(reply(&framed(&exec.cmd, ""))),
        }
    })
}

fn uploaded(shell: &Scripted) -> Result<u64, RecordingError> {
    let artifact = artifact(VIDEO, 100.0);
    settled(upload(shell, &artifact, timing(), request(), false)).map(|done| done.size_bytes)
}

fn failure(shell: &Scripted) -> UploadFailure {
    let error = uploaded(shell).expect_err("refused");
    assert_eq!(error.reason(), Some(Reason::UploadFailed));
    assert!(!error.to_string().contains("5ec2e7"), "{error}");
    match error {
        RecordingError::NotUploaded { failure, .. } => failure,
        error => panic!("{error}"),
    }
}

/// The labels of the commands' frames.
fn labels(shell: &Scripted) -> Vec<String> {
    shell.commands().iter().map(|cmd| frames(cmd)[0].label.clone()).collect()
}

#[test]
fn an_upload_takes_six_commands() {
    let shell = session(|_, exec| Ok(ended(exec, 0, 200, 5, "")));
    assert_eq!(uploaded(&shell), Ok(5));
    assert_eq!(labels(&shell), ["size", "0+5", "key", "upload", "clean", "size"]);
}

#[test]
fn curl_is_told_by_its_configuration_alone() {
    let shell = session(|_, exec| Ok(ended(exec, 0, 200, 5, "")));
    uploaded(&shell).expect("uploaded");
    let config = CONFIG.with_borrow(Clone::clone);
    let (config, report) = config.split_once("write-out").expect("an option");
    let expected = [
        // The options that curl 7.42 has.
        "silent\ngloboff\npath-as-is\nproto = \"=http,https\"\nspeed-limit = 1\n",
        "speed-time = 30\nmax-time = 300\nconnect-timeout = 30\n",
        &format!("url = \"{URL}\"\nupload-file = \"{VIDEO}\"\n"),
    ];
    assert_eq!(config, expected.concat());
    let headers = concat!(
        "header = \"content-type: video/mp4\"\n",
        "header = \"x-token: to\\\"ken\\\\5ec2e7\"\n",
        "header = \"x-none;\"\n",
    );
    assert!(report.ends_with(headers), "{report}");
    for cmd in shell.commands() {
        for secret in ["store.test", "5ec2e7", "KEYID", "turn-7", "to\\\"ken"] {
            assert!(!cmd.contains(secret), "{cmd}");
        }
    }
}

#[test]
fn what_may_pass_is_tried_once_more_in_the_time_that_is_left() {
    let passing = [
        (0, 503),
        (0, 429),
        (0, 408),
        (7, 0),
        (28, 0),
        (55, 0),
        (56, 0),
        // The answer broke off.
        (18, 200),
        (56, 200),
    ];
    for (code, status) in passing {
        let shell = session(move |launches, exec| {
            Ok(if launches == 1 {
                ended(exec, code, status, 0, "")
            } else {
                ended(exec, 0, 201, 5, "")
            })
        });
        assert_eq!(uploaded(&shell), Ok(5), "{code} {status}");
        let attempt = ["key", "upload", "clean"];
        assert_eq!(labels(&shell)[2..8], [attempt, attempt].concat());
        assert!(CONFIG.with_borrow(|config| config.contains("\nmax-time = 299\n")));
    }
    let lasting = [(0, 403), (0, 301), (0, 404), (60, 0), (26, 0), (127, 0)];
    for (code, status) in lasting {
        let shell = session(move |_, exec| Ok(ended(exec, code, status, 0, "")));
        let failure = failure(&shell);
        assert_eq!(failure.exit_code, Some(code));
        assert_eq!(failure.status, Some(status).filter(|status| *status > 0));
        assert_eq!(labels(&shell), ["size", "0+5", "key", "upload", "clean"]);
    }
}

#[test]
fn only_a_whole_file_counts_as_sent() {
    let shell = session(|_, exec| Ok(ended(exec, 0, 200, 4, "")));
    let early = failure(&shell);
    assert_eq!((early.kind, early.status), (UploadFailureKind::Failed, Some(200)));
    assert_eq!(early.words, "the store has answered after 4 bytes of 5");
    let shell = session(|_, exec| Ok(ended(exec, 18, 200, 5, "")));
    assert_eq!(failure(&shell).kind, UploadFailureKind::Failed);
    // No report of curl.
    let shell = session(|_, exec| Ok(reply(&framed(&exec.cmd, "ended 0\n."))));
    assert_eq!(failure(&shell).kind, UploadFailureKind::Failed);
    // The store has said something like it.
    let shell = session(|_, exec| Ok(ended(exec, 0, 403, 5, "og-0000000000000000:200:5:000")));
    assert_eq!(failure(&shell).status, Some(403));
}

#[test]
fn a_connection_that_was_never_made_is_told_from_one_that_took_too_long() {
    for (connected, kind) in
        [("0.1", UploadFailureKind::TimedOut), ("0.000000", UploadFailureKind::Unreachable)]
    {
        let shell = session(move |_, exec| {
            let reply = ended(exec, 28, 0, 0, "");
            let hex = |text: &str| {
                text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
            };
            let output =
                reply.output.map(|text| text.replace(&hex(":0.1"), &hex(&format!(":{connected}"))));
            Ok(Reply { output, ..reply })
        });
        assert_eq!(failure(&shell).kind, kind);
    }
}

#[test]
fn a_report_that_is_lost_is_asked_for_again_and_then_the_box_is_cleaned() {
    let lost = Rc::new(Cell::new(0));
    let losing = Rc::clone(&lost);
    let shell = session(move |_, exec| {
        losing.set(losing.get() + 1);
        match losing.get() {
            1 | 4 => Err(ExecFailure::Thrown(Thrown(7))),
            2 => Ok(reply("")),
            3 => Ok(reply(&framed(&exec.cmd, "sent 3"))),
            5 => Ok(reply(&framed(&exec.cmd, "ended 0\n00"))),
            _ => Ok(ended(exec, 0, 204, 5, "")),
        }
    });
    assert_eq!(uploaded(&shell), Ok(5));
    assert_eq!(lost.get(), 6);

    let shell = session(|_, _| Err(ExecFailure::Thrown(Thrown(7))));
    assert_eq!(uploaded(&shell), Err(RecordingError::Thrown(Thrown(7))));
    assert_eq!(labels(&shell)[3..], ["upload", "upload", "upload", "clean"]);
    let shell = session(|_, exec| Ok(reply(&framed(&exec.cmd, ""))));
    assert_eq!(failure(&shell).words, "the process that sends it is gone");
}

#[test]
fn a_key_that_is_lost_is_made_again_in_another_directory() {
    let asked = Rc::new(Cell::new(0));
    let box_ = session(|_, exec| Ok(ended(exec, 0, 200, 5, "")));
    let counted = Rc::clone(&asked);
    let shell = Scripted::new(move |exec| {
        let reply = settled(box_.exec(exec.clone()));
        if frames(&exec.cmd)[0].label != "key" {
            return reply;
        }
        counted.set(counted.get() + 1);
        match counted.get() {
            1 => Err(ExecFailure::Thrown(Thrown(7))),
            2 => Ok(Reply { output: Some(String::new()), ..reply? }),
            // The command ran twice.
            _ => reply.map(|reply| Reply {
                output: reply.output.map(|text| text.replace("\n1\n", "\n2\n")),
                ..reply
            }),
        }
    });
    assert_eq!(uploaded(&shell), Ok(5));
    assert_eq!(labels(&shell)[2..7], ["key", "key", "key", "upload", "clean"]);
    let launch = script(&shell.commands()[5]);
    let (_, rest) = launch.split_once("d=/dev/shm/og-upload-").expect("the second directory");
    assert_eq!(rest.split(';').next().expect("a name").rsplit('-').next(), Some("3"));

    let shell = session(|_, _| unreachable!());
    let shell = Scripted::new(move |exec| match frames(&exec.cmd)[0].label.as_str() {
        "key" => Err(ExecFailure::Thrown(Thrown(7))),
        _ => settled(shell.exec(exec.clone())),
    });
    assert_eq!(uploaded(&shell), Err(RecordingError::Thrown(Thrown(7))));
    assert_eq!(labels(&shell)[2..], ["key", "key", "key", "clean"]);
}

#[test]
fn only_known_codes_of_a_store_are_quoted() {
    for (body, words) in [
        (
            "<Error><Code>SignatureDoesNotMatch</Code><Message>5ec2e7</Message></Error>",
            "SignatureDoesNotMatch",
        ),
        ("<Error><Code>KEYID</Code></Error>", ""),
        ("<Code>AccessDenied 5ec2e7</Code>", ""),
        ("<Code>AccessDenied", ""),
        ("AccessDenied 5ec2e7", ""),
        ("", ""),
    ] {
        let shell = session(move |_, exec| Ok(ended(exec, 0, 403, 5, body)));
        assert_eq!(failure(&shell).words, words, "{body}");
    }
    // What curl prints is not quoted either, nor a report that cannot be read.
    let shell = session(|_, exec| Ok(reply(&framed(&exec.cmd, "ended 0 5ec2e7"))));
    assert_eq!(failure(&shell).words, "the box does not report on it");
}

#[test]
fn a_key_is_as_long_as_what_it_hides() {
    for key in ["", "1", "1\n00 00", "1\nzz", "3\n00", "no curl"] {
        let shell = Scripted::new(move |exec| {
            let answer = match frames(&exec.cmd)[0].label.as_str() {
                "size" => "5",
                "key" => key,
                "0+5" => "aGVsbG8=",
                label => {
                    assert_ne!(label, "upload");
                    ""
                }
            };
            Ok(reply(&framed(&exec.cmd, answer)))
        });
        let expected =
            if key == "no curl" { UploadFailureKind::NoCurl } else { UploadFailureKind::Failed };
        assert_eq!(failure(&shell).kind, expected);
    }
}

#[test]
fn an_upload_that_outlasts_its_time_is_given_up() {
    // Each report comes a minute later.
    let shell = Rc::<Scripted>::new_cyclic(|shell| {
        let shell = shell.clone();
        session(move |_, exec| {
            let now = &shell.upgrade().expect("it is asked").now;
            now.set(instant(now.get().steady_ms + 60_000.0));
            Ok(reply(&framed(&exec.cmd, "sent 3")))
        })
    });
    let artifact = artifact(VIDEO, 100.0);
    let error =
        settled(upload(&*shell, &artifact, timing(), request(), true)).expect_err("given up");
    assert_eq!(shell.now.get(), instant(360_000.0));
    assert_eq!(shell.kept.told.take(), [(3, 5)]);
    assert_eq!(error.to_string(), format!("recording not uploaded: {VIDEO}: the time is up"));
}

#[test]
fn a_url_or_header_that_curl_would_take_otherwise_is_refused() {
    let urls = [
        "",
        "ftp://store.test/a",
        "file:///etc/passwd",
        "store.test/a",
        "https://",
        "https:///a",
        "https://store.test",
        "https://store.test/",
        "https://store.test/a/",
        "https://store.test/a/?x=5ec2e7",
        "https://store.test/a?x=5ec2e7/",
        "https://user:5ec2e7@store.test/a",
        "https://store.test\\@other.test/a",
        "https://store.test/5ec2e7 a",
        "https://store.test/5ec2e7\na",
        "https://store.test/5ec2e7\u{e9}",
        "https://store.test/5ec2e7\0",
    ];
    for url in urls {
        let error = Upload::check(raw(url, &[])).err().unwrap_or_else(|| panic!("{url:?}"));
        assert_eq!(error.field, "url");
        assert!(!error.to_string().contains("5ec2e7"), "{error}");
    }
    let headers = [
        ("x-a", "5ec2e7\r\nx-b: c"),
        ("x-a", "5ec2e7\n"),
        ("x-a", "5ec2e7\0"),
        ("x-a", "5ec2e7\u{e9}"),
        ("x-a", "5ec2e7\x7f"),
        ("x a", ""),
        ("x-a:", ""),
        ("@file", ""),
        ("x\r\ny", ""),
        ("", ""),
        ("Transfer-Encoding", "chunked"),
    ];
    for header in headers {
        let error =
            Upload::check(raw(URL, &[header])).err().unwrap_or_else(|| panic!("{header:?}"));
        assert!(error.field.starts_with("requiredHeaders"), "{error}");
        assert!(!error.to_string().contains("5ec2e7"), "{error}");
    }
    let long = "v".repeat(20_000);
    assert!(Upload::check(raw(URL, &[("x-a", &long)])).is_err());
    for url in ["HTTPS://store.test/a", "http://[::1]:9000/a%20b?x=1#f", "https://s.test/a?b@c"] {
        assert!(Upload::check(raw(url, &[])).is_ok(), "{url}");
    }
    for seconds in [0.0, 0.5, 300.5, f64::NAN, f64::INFINITY] {
        let raw = RawUpload { max_seconds: seconds.into(), ..raw(URL, &[]) };
        assert_eq!(Upload::check(raw).err().expect("refused").field, "maxSeconds");
    }
}
