//! Listing and sweeping a directory of this machine by the commands of the core.

mod support;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use opengeni_runtime_native::input::{InputErrorKind, Value};
use opengeni_runtime_native::recording::{
    Codec, Directory, RecordingEntry, RecordingError, Sweep, SweptRecording, list, sweep,
};
use opengeni_runtime_native::shell::ExecFailure;
use support::{LocalBox, Scripted, reply, settled};

const DAY: u64 = 86_400;

/// A film that is two days old, with its side files.
fn film(session: &LocalBox, id: &str) {
    for (suffix, content) in [("mp4", "film"), ("log", "log"), ("pid", "999999999\n")] {
        old(session, &format!("og-rec-{id}.{suffix}"), content);
    }
}

fn old(session: &LocalBox, name: &str, content: &str) {
    session.write(name, content);
    let file = OpenOptions::new().write(true).open(session.home.join(name)).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_secs(2 * DAY)).expect("set");
}

fn directory(session: &LocalBox) -> Directory {
    Directory::check(session.path("").as_str().into(), Value::Absent).expect("accepted")
}

async fn listed(session: &LocalBox) -> Vec<RecordingEntry> {
    list(session, &directory(session)).await.expect("listed")
}

async fn swept(session: &LocalBox, is_dry: bool) -> Vec<SweptRecording> {
    let path = session.path("").trim_end_matches('/').to_owned();
    let seconds = 86_400.0.into();
    let checked = Sweep::check(path.into(), Value::Absent, &seconds, &Value::Flag(is_dry));
    sweep(session, &checked.expect("accepted")).await.expect("swept")
}

fn ids(entries: &[SweptRecording]) -> Vec<&str> {
    entries.iter().map(|entry| entry.recording_id.as_str()).collect()
}

/// A process with a path as its last argument, like ffmpeg.
struct Running(Child);

impl Running {
    fn with(name: &str, path: &str) -> Self {
        // It ends with its standard input.
        let script = r#"exec -a "$0" bash -c 'read; :' x "$1""#;
        let mut command = Command::new("bash");
        Self::of(command.args(["-c", script, name, path]))
    }

    fn of(command: &mut Command) -> Self {
        let process = Self(command.stdin(Stdio::piped()).spawn().expect("it runs"));
        std::thread::sleep(Duration::from_millis(200));
        process
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn entries_have_what_a_handle_needs() {
    let session = LocalBox::new("entries");
    film(&session, "a");
    old(&session, "og-rec-b.webm", "film of b");
    for other in ["og-rec-", "og-rec-c", "og-rec-c.txt", "og-rec-.mp4", "other.mp4", "og-rec-d.log"]
    {
        old(&session, other, "");
    }
    let entries = listed(&session).await;
    let [a, b] = &entries[..] else { panic!("{entries:?}") };
    let metadata = std::fs::metadata(session.home.join("og-rec-a.pid")).expect("there");
    assert_eq!(
        *a,
        RecordingEntry {
            recording_id: "a".to_owned(),
            codec: Codec::H264Mp4,
            box_path: format!("{}/og-rec-a.mp4", session.path("")),
            pid_file: format!("{}/og-rec-a.pid", session.path("")),
            started_at: metadata.mtime().unsigned_abs() * 1_000,
            run_as: None,
            crash_safe: None,
            size_bytes: 4,
            modified_at: metadata.mtime().unsigned_abs() * 1_000,
            is_running: false,
            owner_id: metadata.uid().into(),
            owner: a.owner.clone(),
        }
    );
    assert_eq!((b.recording_id.as_str(), b.codec, b.size_bytes), ("b", Codec::Vp9Webm, 9));
}

#[tokio::test]
async fn the_mark_of_a_crash_safe_film_is_its_own() {
    let session = LocalBox::new("marks");
    for id in ["a", "b", "c"] {
        film(&session, id);
    }
    old(&session, "og-rec-a.webm", "film of the same id");
    old(&session, "og-rec-a.mp4.safe", "");
    // That of another user, and a link.
    old(&session, "og-rec-b.mp4.safe", "");
    let is_foreign = chown(session.home.join("og-rec-b.mp4.safe"), Some(65_534), None).is_ok();
    symlink(session.home.join("og-rec-c.pid"), session.home.join("og-rec-c.mp4.safe")).expect("ok");
    let entries = listed(&session).await;
    let marks: Vec<_> =
        entries.iter().map(|entry| (entry.box_path.rsplit_once('/'), entry.crash_safe)).collect();
    let home = session.path("");
    let at = |name| Some((home.as_str(), name));
    let marked = [
        (at("og-rec-a.mp4"), Some(true)),
        (at("og-rec-a.webm"), None),
        (at("og-rec-b.mp4"), (!is_foreign).then_some(true)),
        (at("og-rec-c.mp4"), None),
    ];
    assert_eq!(marks, marked);
    assert_eq!(swept(&session, false).await[0].files.len(), 5);
    assert!(!session.exists("og-rec-a.mp4.safe"));
}

#[tokio::test]
async fn odd_names_are_names() {
    let session = LocalBox::new("names");
    let mut expected = vec![
        "two\nlines",
        "sp ace",
        "'quoted'",
        "\"$(echo x)\"",
        "`id`",
        "日本語",
        "ü",
        "a:b",
        "a.mp4",
        "a.pid",
        "-n",
        "*",
        "?",
        "[a]",
        "\\",
        "tab\t",
        "a\nog-rec-b",
        "end\n",
        "]",
        "$f",
        "🎬",
    ];
    for id in &expected {
        film(&session, id);
    }
    let entries = listed(&session).await;
    let mut found: Vec<_> = entries.iter().map(|entry| entry.recording_id.as_str()).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert!(entries.iter().all(|entry| entry.size_bytes == 4));
    let removed = swept(&session, false).await;
    assert_eq!(removed.len(), expected.len());
    assert!(removed.iter().all(|removed| removed.files.len() == 3), "{removed:?}");
    assert_eq!(std::fs::read_dir(&session.home).expect("there").count(), 0);
}

#[tokio::test]
async fn a_name_that_is_no_text_is_passed_over() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let session = LocalBox::new("bytes");
    let name = session.home.join(OsStr::from_bytes(b"og-rec-\xff.mp4"));
    File::create(name).expect("made");
    film(&session, "a");
    assert_eq!(listed(&session).await.len(), 1);
}

#[tokio::test]
async fn thousands_of_files_come_in_pages_that_get_through() {
    let mut session = LocalBox::new("many");
    for id in 0..1_000 {
        film(&session, &format!("{id:04}"));
    }
    // A harness that keeps the last 64 KiB.
    session.channel = |text| text[text.len().saturating_sub(65_536)..].to_owned();
    assert_eq!(listed(&session).await.len(), 1_000);
    // One that keeps very little.
    session.channel = |text| text[text.len().saturating_sub(9_000)..].to_owned();
    let entries = listed(&session).await;
    assert_eq!(entries.len(), 1_000);
    assert!(entries.is_sorted_by_key(|entry| &entry.recording_id));
    session.channel = |text| text;
    assert_eq!(swept(&session, true).await.len(), 1_000);
    assert_eq!(swept(&session, false).await.len(), 1_000);
    assert_eq!(listed(&session).await, []);
}

#[tokio::test]
async fn an_answer_that_never_comes_whole_is_an_error() {
    let mut session = LocalBox::new("cut");
    film(&session, "a");
    session.channel = |text| text[text.len().saturating_sub(40)..].to_owned();
    let error = list(&session, &directory(&session)).await.expect_err("cut");
    assert!(error.to_string().ends_with("the answer was cut on the way"), "{error}");
}

#[tokio::test]
async fn a_film_that_is_made_runs_and_stays() {
    let session = LocalBox::new("running");
    for id in ["ffmpeg", "wrapped", "read", "source", "stale"] {
        film(&session, id);
    }
    let path = |id| session.path(&format!("og-rec-{id}.mp4"));
    let _ffmpeg = Running::with("/usr/bin/ffmpeg", &path("ffmpeg"));
    let wrapped = Running::with("wrapper", &path("wrapped"));
    old(&session, "og-rec-wrapped.pid", &format!("{}\n", wrapped.0.id()));
    // It has the path of the film, and does not make it.
    let _reader = Running::with("tail", &path("read"));
    let _source = Running::of(Command::new("bash").args([
        "-c",
        r#"exec -a ffmpeg bash -c 'read; :' -i "$0" -f null -"#,
        &path("source"),
    ]));
    // A film of the same name is made elsewhere.
    let _elsewhere = Running::with("ffmpeg", "/elsewhere/og-rec-stale.mp4");
    // Another process has the number by now.
    let other = Running::with("other", "/elsewhere");
    old(&session, "og-rec-stale.pid", &format!("{}\n", other.0.id()));
    let running: Vec<_> =
        listed(&session).await.into_iter().filter(|entry| entry.is_running).collect();
    let running: Vec<_> = running.iter().map(|entry| entry.recording_id.as_str()).collect();
    assert_eq!(running, ["ffmpeg", "wrapped"]);
    assert_eq!(ids(&swept(&session, false).await), ["stale"]);
    assert!(session.exists("og-rec-source.mp4"));
    assert!(session.exists("og-rec-read.mp4") && session.exists("og-rec-ffmpeg.log"));
}

#[tokio::test]
async fn what_is_young_a_link_or_of_another_name_stays() {
    let session = LocalBox::new("stays");
    film(&session, "young");
    session.write("og-rec-young.log", "new");
    old(&session, "precious", "precious");
    for name in ["og-rec-link.mp4", "og-rec-old.pid.int"] {
        symlink(session.home.join("precious"), session.home.join(name)).expect("linked");
    }
    std::fs::create_dir(session.home.join("og-rec-folder.mp4")).expect("made");
    for name in ["og-rec-a.txt", "og-rec-a.mp4.bak", "xog-rec-a.mp4", "og-rec-.log"] {
        old(&session, name, "");
    }
    old(&session, "og-rec-old.log", "log");
    old(&session, "og-rec-old.mp4.a1B2c3", "an unfinished copy");
    old(&session, "og-rec-old.mp4.a1B2c", "of another name");
    let removed = swept(&session, false).await;
    assert_eq!(ids(&removed), ["old"]);
    assert_eq!((removed[0].codec, &removed[0].box_path), (None, &None));
    assert_eq!(removed[0].files.len(), 2);
    assert_eq!(std::fs::read_dir(&session.home).expect("there").count(), 3 + 1 + 2 + 1 + 4 + 1);
    assert_eq!(session.read("precious"), "precious");
}

#[tokio::test]
async fn what_changes_after_the_look_stays() {
    let mut session = LocalBox::new("changed");
    for id in ["a", "b", "c", "d", "e"] {
        film(&session, id);
    }
    // What has happened when the answer to the look is there.
    session.channel = |text| {
        if !text.contains(":list\n") {
            return text;
        }
        let home = std::env::temp_dir().join(format!("og-box-{}-changed", std::process::id()));
        let file = |name: &str| home.join(name);
        std::fs::remove_file(file("og-rec-a.mp4")).expect("there");
        std::fs::write(file("og-rec-a.mp4"), "film").expect("written");
        std::fs::write(file("og-rec-b.log"), "more").expect("written");
        std::fs::remove_file(file("og-rec-c.pid")).expect("there");
        std::fs::rename(file("og-rec-d.mp4"), file("film")).expect("moved");
        symlink(file("film"), file("og-rec-d.mp4")).expect("linked");
        text
    };
    assert_eq!(ids(&swept(&session, false).await), ["e"]);
    assert_eq!(session.read("film"), "film");
    assert!(session.exists("og-rec-d.log"));
}

#[tokio::test]
async fn a_locked_directory_is_not_swept() {
    let session = LocalBox::new("locked");
    film(&session, "a");
    let _lock = Running::of(Command::new("flock").arg(&session.home).arg("cat"));
    let checked = Sweep::check(session.path("").into(), Value::Absent, &0.0.into(), &Value::Absent);
    let checked = checked.expect("accepted");
    let error = sweep(&session, &checked).await.expect_err("locked");
    assert!(error.to_string().contains("locked the directory"), "{error}");
    assert!(session.exists("og-rec-a.mp4"));
}

#[tokio::test]
async fn a_relative_directory_is_below_that_of_the_shell() {
    let session = LocalBox::new("relative");
    std::fs::create_dir(session.home.join("films")).expect("made");
    old(&session, "films/og-rec-a.mp4", "film");
    let directory = Directory::check("films".into(), Value::Absent).expect("accepted");
    let entries = list(&session, &directory).await.expect("listed");
    assert_eq!(entries[0].box_path, session.path("films/og-rec-a.mp4"));
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_error() {
    let session = LocalBox::new("missing");
    let missing = Directory::check(session.path("none").into(), Value::Absent).expect("accepted");
    let error = list(&session, &missing).await.expect_err("none");
    let expected =
        format!("recordings not listed: {}: No such file or directory", session.path("none"));
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn noise_of_profiles_does_no_harm() {
    let session = LocalBox::new("noise");
    session.set_profile(
        "echo hello; set -f; shopt -s nullglob dotglob; CDPATH=/; GLOBIGNORE='*'; IFS=o",
    );
    film(&session, "a");
    assert_eq!(listed(&session).await.len(), 1);
    assert_eq!(swept(&session, false).await.len(), 1);
}

#[test]
fn what_the_session_throws_is_the_error() {
    let directory = Directory::check(Value::Absent, Value::Absent).expect("accepted");
    let shell = Scripted::new(|_| Err(ExecFailure::Unavailable));
    assert_eq!(settled(list(&shell, &directory)), Err(RecordingError::Unavailable));
    let shell = Scripted::new(|_| Ok(reply("bash: not found\n")));
    let error = settled(list(&shell, &directory)).expect_err("no frame");
    assert!(error.to_string().contains("/tmp: the box answered bash: not found"), "{error}");
    let [exec] = shell.transcript.take().try_into().expect("one command");
    for word in ["ffmpeg ", "kill", "stat", "base64", "rm "] {
        assert!(!exec.cmd.contains(word), "{word}: {}", exec.cmd);
    }
}

#[test]
fn wrong_options_are_refused() {
    let kinds = |seconds: Value, dry: Value| {
        Sweep::check(Value::Absent, Value::Absent, &seconds, &dry)
            .map_err(|error| (error.kind, error.field))
    };
    assert!(kinds(f64::INFINITY.into(), Value::Absent).is_ok());
    for (seconds, dry, kind, field) in [
        (f64::NAN.into(), Value::Absent, InputErrorKind::Range, "olderThanSeconds"),
        ((-1.0).into(), Value::Absent, InputErrorKind::Range, "olderThanSeconds"),
        (Value::Absent, Value::Absent, InputErrorKind::Type, "olderThanSeconds"),
        (0.0.into(), "yes".into(), InputErrorKind::Type, "dryRun"),
    ] {
        assert_eq!(kinds(seconds, dry), Err((kind, field.into())));
    }
}
