//! The commands as they run on this machine, with a stand-in for ffmpeg.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::recording::{
    Artifacts, Finalized, Launch, RawStart, RecordingError, RecordingProcess, Running,
    delete_artifacts, read_bytes, start, stop,
};
use support::{LocalBox, artifact, noise, raw_start, timing};

/// The stand-in for ffmpeg: writes the beginning of an MP4 file, waits for an interrupt, takes a while to
/// finish the file, and writes the number of interrupts into it. It can be told to listen late. It ends by
/// itself after a time, in case a test fails.
const FFMPEG: &str = r#"#!/usr/bin/perl
use strict; use warnings;
my $video = $ARGV[-1];
my $home = $ENV{HOME};
sub rest { select(undef, undef, undef, 0.05) }
if (-e "$home/no-display") { print STDERR "Cannot open display :9\n"; exit 1 }
if (-e "$home/late") { rest() for 1 .. 10 }
my $interrupts = 0;
$SIG{INT} = sub { $interrupts++ };
open(my $file, '>', $video) or exit 1;
syswrite($file, "\0\0\0\x0cftypisom");
for (1 .. 1200) { last if $interrupts; rest() }
rest() for 1 .. 10;
syswrite($file, "\0\0\0\x08moov");
syswrite($file, pack("N", 9) . "free$interrupts");
"#;

/// The file that it leaves after one interrupt.
const FILM: &[u8] = b"\0\0\0\x0cftypisom\0\0\0\x08moov\0\0\0\x09free1";

/// A box with the stand-in first on the path of login shells.
fn desktop(name: &str) -> LocalBox {
    let session = LocalBox::new(name);
    fs::create_dir(session.home.join("bin")).expect("a directory");
    session.write("bin/ffmpeg", FFMPEG);
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(session.home.join("bin/ffmpeg"), executable).expect("executable");
    session.set_profile("PATH=$HOME/bin:$PATH\n");
    fs::create_dir(session.home.join("rec")).expect("a directory");
    session
}

/// A request for a recording in the box's own folder.
fn request(session: &LocalBox, recording_id: &str) -> RawStart {
    RawStart { tmp_dir: session.path("rec").as_str().into(), ..raw_start(recording_id) }
}

async fn started(session: &LocalBox, input: RawStart) -> Result<RecordingProcess, RecordingError> {
    let launch = Launch::check(input).expect("accepted");
    start(session, launch, false).await.map(|(process, _)| process)
}

async fn stopped(session: &LocalBox, process: &RecordingProcess) {
    let RecordingProcess { box_path, pid_file, .. } = process;
    let running = Running::check(box_path.as_str().into(), pid_file.as_str().into(), Value::Absent);
    assert!(stop(session, running.expect("accepted")).await);
}

async fn read(session: &LocalBox, box_path: &str) -> Result<Finalized, RecordingError> {
    read_bytes(session, artifact(box_path, 1e9), timing(), None, false).await
}

async fn deleted(session: &LocalBox, process: &RecordingProcess) {
    let RecordingProcess { box_path, pid_file, .. } = process;
    let artifacts =
        Artifacts::check(box_path.as_str().into(), pid_file.as_str().into(), Value::Absent);
    delete_artifacts(session, artifacts.expect("accepted")).await;
}

fn pid(process: &RecordingProcess) -> u32 {
    let text = fs::read_to_string(&process.pid_file).expect("a process number");
    text.trim().parse().expect("one number")
}

fn is_there(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

/// The value of a field of `/proc/PID/status`.
fn status(pid: u32, field: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t"));
    line.expect("a field").to_owned()
}

fn session_of(pid: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it is there");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    fields.split(' ').nth(3).expect("a session").parse().expect("a number")
}

/// Waits until the stand-in listens. It has begun its file then.
async fn begun(process: &RecordingProcess) {
    let start = Instant::now();
    while fs::metadata(&process.box_path).map_or(0, |file| file.len()) == 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "it has not begun");
        let mut pause = tokio::process::Command::new("sleep");
        pause.arg("0.02").status().await.expect("a while");
    }
}

fn names(session: &LocalBox) -> Vec<String> {
    let entries = fs::read_dir(session.home.join("rec")).expect("a directory");
    let names = entries.map(|entry| entry.expect("one").file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

/// A process that ends with the test.
struct Bystander(Child);

impl Bystander {
    /// A process with these words among its arguments, which ends at an interrupt.
    fn with(words: &[&str]) -> Self {
        let mut command = Command::new("/usr/bin/perl");
        Self(command.args(["-e", "sleep 60"]).args(words).spawn().expect("perl runs"))
    }

    fn is_untouched(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_none()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_recording_lives_from_start_to_deletion() {
    let session = desktop("life");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    let ffmpeg = pid(&process);
    begun(&process).await;
    // It outlives the terminal and the process group of the command.
    assert_eq!(session_of(ffmpeg), ffmpeg);
    let ignored = u64::from_str_radix(&status(ffmpeg, "SigIgn"), 16).expect("a mask");
    assert_eq!(ignored & 1, 1, "SIGHUP is ignored");

    let unfinished = read(&session, &process.box_path).await.expect_err("not finished");
    let message = unfinished.to_string();
    assert!(message.ends_with("no moov box; ffmpeg has not finished"), "{message}");

    stopped(&session, &process).await;
    assert!(!is_there(ffmpeg));
    let finalized = read(&session, &process.box_path).await.expect("read");
    assert_eq!(finalized.size_bytes, FILM.len() as u64);
    assert_eq!(session.kept.bytes(), FILM);

    deleted(&session, &process).await;
    assert_eq!(names(&session), [""; 0]);
}

#[tokio::test]
async fn a_recording_is_interrupted_once_however_often_it_is_stopped() {
    let session = desktop("stops");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    begun(&process).await;
    tokio::join!(
        stopped(&session, &process),
        stopped(&session, &process),
        stopped(&session, &process)
    );
    assert!(!is_there(pid(&process)));
    stopped(&session, &process).await;
    assert_eq!(fs::read(&process.box_path).expect("a film"), FILM);
}

#[tokio::test]
async fn a_stop_waits_until_ffmpeg_listens() {
    let session = desktop("late");
    session.write("late", "");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    stopped(&session, &process).await;
    assert!(!is_there(pid(&process)));
    assert_eq!(fs::read(&process.box_path).expect("a film"), FILM);
}

#[tokio::test]
async fn a_wrapper_of_ffmpeg_is_stopped_through_its_child() {
    let session = desktop("wrapper");
    fs::rename(session.home.join("bin/ffmpeg"), session.home.join("bin/real")).expect("renamed");
    session.write("bin/ffmpeg", "#!/bin/bash\n\"$HOME/bin/real\" \"$@\"\ntrue\n");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(session.home.join("bin/ffmpeg"), executable).expect("executable");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    begun(&process).await;
    stopped(&session, &process).await;
    assert_eq!(fs::read(&process.box_path).expect("a film"), FILM);
}

#[tokio::test]
async fn a_stale_process_number_interrupts_no_stranger() {
    let session = desktop("stale");
    let mut stranger = Bystander::with(&["/tmp/another.mp4"]);
    let process = started(&session, request(&session, "r1")).await.expect("started");
    begun(&process).await;
    stopped(&session, &process).await;
    deleted(&session, &process).await;
    session.write("rec/og-rec-r1.pid", stranger.0.id().to_string());
    let start = Instant::now();
    stopped(&session, &process).await;
    assert!(start.elapsed() < Duration::from_secs(5), "there is nothing to wait for");
    assert!(stranger.is_untouched());
}

#[tokio::test]
async fn only_one_number_is_a_process_number() {
    let session = desktop("numbers");
    let video = session.path("rec/og-rec-r1.mp4");
    session.write("rec/og-rec-r1.mp4", FILM);
    // A process whose arguments look like those of this recording's ffmpeg.
    let mut lookalike = Bystander::with(&[&video]);
    let number = lookalike.0.id();
    let running = || {
        let pid = session.path("rec/og-rec-r1.pid");
        Running::check(video.as_str().into(), pid.as_str().into(), Value::Absent).expect("accepted")
    };
    for text in [
        format!("{number} {number}"),
        format!("{number}\n{number}\n"),
        format!("0{number}"),
        format!("+{number}"),
        format!("{number}x"),
        format!("x{number}"),
        "$$".to_owned(),
        String::new(),
    ] {
        session.write("rec/og-rec-r1.pid", &text);
        assert!(stop(&session, running()).await);
        assert!(lookalike.is_untouched(), "{text:?}");
    }
    // A link to a file with the right number is refused, too.
    session.write("number", number.to_string());
    fs::remove_file(session.home.join("rec/og-rec-r1.pid")).expect("removed");
    symlink(session.home.join("number"), session.home.join("rec/og-rec-r1.pid")).expect("a link");
    assert!(stop(&session, running()).await);
    assert!(lookalike.is_untouched());
}

#[tokio::test]
async fn a_start_makes_way_for_its_own_files() {
    let session = desktop("older");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    begun(&process).await;
    stopped(&session, &process).await;
    // ffmpeg fails before it opens its file. The older recording is not taken for the new one.
    session.write("no-display", "");
    let process = started(&session, request(&session, "r1")).await.expect("launched");
    stopped(&session, &process).await;
    let error = read(&session, &process.box_path).await.expect_err("nothing was filmed");
    assert!(error.to_string().contains("Cannot open display"), "{error}");

    fs::remove_file(session.home.join("no-display")).expect("removed");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    begun(&process).await;
    stopped(&session, &process).await;
    read(&session, &process.box_path).await.expect("the marker of the older stop is gone");
}

#[tokio::test]
async fn a_second_recording_of_one_name_is_refused_while_the_first_runs() {
    let session = desktop("twice");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    begun(&process).await;
    for codec in ["h264-mp4", "vp9-webm"] {
        let input = RawStart { codec: codec.into(), ..request(&session, "r1") };
        let error = started(&session, input).await.expect_err("refused");
        assert!(matches!(error, RecordingError::NotStarted { .. }), "{error}");
        assert!(error.to_string().contains("still recording"), "{error}");
    }
    stopped(&session, &process).await;
    assert_eq!(fs::read(&process.box_path).expect("a film"), FILM);
}

#[tokio::test]
async fn planted_links_lead_nowhere() {
    for (name, is_dangling) in [("links", false), ("dangling", true)] {
        let session = desktop(name);
        let victim = session.home.join("victim");
        let plant = |file: &str| {
            let file = session.home.join("rec").join(file);
            let _ = fs::remove_file(&file);
            symlink(&victim, file).expect("a link");
        };
        if !is_dangling {
            session.write("victim", "precious");
        }
        let is_spared = |at: &str| {
            let content = fs::read_to_string(&victim).ok();
            let expected = (!is_dangling).then(|| "precious".to_owned());
            assert_eq!(content, expected, "{name} at the {at}");
        };

        for file in ["og-rec-r1.mp4", "og-rec-r1.log", "og-rec-r1.pid", "og-rec-r1.pid.int"] {
            plant(file);
        }
        let process = started(&session, request(&session, "r1")).await.expect("started");
        begun(&process).await;
        is_spared("start");
        stopped(&session, &process).await;
        is_spared("stop");
        read(&session, &process.box_path).await.expect("read");

        plant("og-rec-r1.mp4");
        let error = read(&session, &process.box_path).await.expect_err("a link");
        assert!(matches!(error, RecordingError::Link { .. }), "{error}");
        fs::remove_file(&process.box_path).expect("removed");
        plant("og-rec-r1.log");
        let error = read(&session, &process.box_path).await.expect_err("missing");
        assert!(!error.to_string().contains("precious"), "{error}");

        plant("og-rec-r1.mp4");
        deleted(&session, &process).await;
        is_spared("deletion");
        assert_eq!(names(&session), [""; 0]);
    }
}

#[tokio::test]
async fn a_relative_directory_is_found_from_anywhere() {
    let mut session = desktop("relative");
    fs::create_dir(session.home.join("rec:x")).expect("a directory");
    let input = RawStart { tmp_dir: "rec:x".into(), ..raw_start("r1") };
    let process = started(&session, input).await.expect("started");
    assert_eq!(process.box_path, session.path("rec:x/og-rec-r1.mp4"));
    assert_eq!(process.pid_file, session.path("rec:x/og-rec-r1.pid"));
    begun(&process).await;
    // ffmpeg would take a path that begins with a name and a colon for a protocol.
    let arguments =
        fs::read_to_string(format!("/proc/{}/cmdline", pid(&process))).expect("it runs");
    let output = arguments.trim_end_matches('\0').rsplit('\0').next().expect("arguments");
    assert!(output.starts_with('/') || output.starts_with("file:"), "{output}");

    session.working_dir = "/".into();
    session.set_profile("PATH=$HOME/bin:$PATH; cd /usr\n");
    stopped(&session, &process).await;
    assert_eq!(
        read(&session, &process.box_path).await.expect("read").size_bytes,
        FILM.len() as u64
    );
    deleted(&session, &process).await;
    let left = fs::read_dir(session.home.join("rec:x")).expect("a directory").count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_start_that_cannot_be_says_why() {
    let session = desktop("refusals");
    let missing = RawStart { tmp_dir: "/nowhere/at all".into(), ..raw_start("r1") };
    let error = started(&session, missing).await.expect_err("refused").to_string();
    assert!(error.starts_with("recording not started; exit code 1: "), "{error}");
    assert!(error.contains("No such file or directory"), "{error}");

    let long = request(&session, &"x".repeat(300));
    let error = started(&session, long).await.expect_err("refused").to_string();
    assert!(error.contains("File name too long"), "{error}");
    assert_eq!(names(&session), [""; 0]);

    session.set_profile("exec /bin/false\n");
    let error = started(&session, request(&session, "r1")).await.expect_err("refused").to_string();
    assert_eq!(error, "recording not started; exit code 1");
}

#[tokio::test]
async fn hostile_names_are_names_and_nothing_else_runs() {
    let session = desktop("hostile");
    let folder = "rec/a b'$(touch pwned)\n;";
    fs::create_dir(session.home.join(folder)).expect("a directory");
    let id = "x;touch pwned`touch pwned`\"'é";
    let input = RawStart {
        tmp_dir: session.path(folder).as_str().into(),
        display: ":9;touch pwned".into(),
        ..raw_start(id)
    };
    let process = started(&session, input).await.expect("started");
    begun(&process).await;
    stopped(&session, &process).await;
    read(&session, &process.box_path).await.expect("read");
    assert_eq!(session.kept.bytes(), FILM);
    deleted(&session, &process).await;
    assert_eq!(fs::read_dir(session.home.join(folder)).expect("a directory").count(), 0);
    assert!(!session.exists("pwned"));
}

/// Reads a file of this size from a box, and checks its bytes.
async fn assert_read(session: &LocalBox, size: usize) {
    let video = noise(size as u64, size);
    session.write("film.mp4", &video);
    let read = read(session, &session.path("film.mp4")).await;
    let finalized = read.unwrap_or_else(|error| panic!("{size}: {error}"));
    assert_eq!(finalized.size_bytes, size as u64);
    assert!(session.kept.bytes() == video, "other bytes came of {size}");
}

#[tokio::test]
async fn real_files_come_home() {
    for size in [1, 100_000, 1_500_000] {
        assert_read(&LocalBox::new(&format!("files-{size}")), size).await;
    }
}

#[tokio::test]
async fn real_files_come_home_through_channels_that_cut() {
    // The limits of known sessions, and lower ones.
    let channels: [fn(String) -> String; 2] = [
        |text| match text.len().checked_sub(65_536) {
            Some(lost @ 1..) => format!("[...{lost} characters truncated...]\n{}", &text[lost..]),
            _ => text,
        },
        |text| if text.len() > 262_144 { String::new() } else { text },
    ];
    for (number, channel) in channels.into_iter().enumerate() {
        let mut session = LocalBox::new(&format!("cut-{number}"));
        session.channel = channel;
        assert_read(&session, 1_500_000).await;
    }
}

#[tokio::test]
async fn what_a_login_profile_does_changes_nothing() {
    let profiles = [
        "echo Welcome; echo warning >&2\n",
        "set -x\n",
        "set -euo pipefail\n",
        "set -f -v -C\n",
        "IFS=0123456789\n",
        "set -o posix; set +B\n",
        "alias base64='echo no' stat='echo no' printf='echo no'\n",
        "printf '\\033[?2004h'; trap 'echo bye' EXIT\n",
        "cd /usr; umask 077\n",
    ];
    for (number, profile) in profiles.into_iter().enumerate() {
        let session = desktop(&format!("profile-{number}"));
        session.set_profile(&format!("PATH=$HOME/bin:$PATH\n{profile}"));
        let process = started(&session, request(&session, "r1")).await.expect(profile);
        begun(&process).await;
        stopped(&session, &process).await;
        read(&session, &process.box_path).await.expect(profile);
        assert_eq!(session.kept.bytes(), FILM, "{profile}");
        deleted(&session, &process).await;
        assert_eq!(names(&session), [""; 0], "{profile}");
        if number < 3 {
            assert_read(&session, 800_000).await;
        }
    }
}

/// The tools that commands use beside the shell's builtins.
const TOOLS: [&str; 12] = [
    "stat",
    "base64",
    "tail",
    "head",
    "sha256sum",
    "rm",
    "cut",
    "grep",
    "sleep",
    "cat",
    "setsid",
    "unlink",
];

/// The path of a tool on this machine.
fn which(tool: &str) -> Option<String> {
    let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output();
    let path = String::from_utf8(found.expect("sh runs").stdout).expect("a path");
    Some(path.trim().to_owned()).filter(|path| !path.is_empty())
}

fn applets(busybox: &str) -> Vec<String> {
    let list = Command::new(busybox).arg("--list").output().expect("busybox runs").stdout;
    String::from_utf8(list).expect("names").lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn the_tools_of_busybox_are_enough() {
    let Some(busybox) = which("busybox") else {
        println!("skipped: this machine has no busybox");
        return;
    };
    let applets = applets(&busybox);
    if let Some(missing) = TOOLS.iter().find(|tool| !applets.iter().any(|name| name == **tool)) {
        println!("skipped: the busybox of this machine has no {missing}");
        return;
    }
    let session = desktop("busybox");
    fs::create_dir(session.home.join("applets")).expect("a directory");
    for tool in TOOLS {
        symlink(&busybox, session.home.join("applets").join(tool)).expect("a link");
    }
    // Not every busybox has it, and every recording needs it.
    let nohup = which("nohup").expect("a tool of every machine");
    symlink(nohup, session.home.join("applets/nohup")).expect("a link");
    session.set_profile("PATH=$HOME/bin:$HOME/applets\n");
    let process = started(&session, request(&session, "r1")).await.expect("started");
    assert_eq!(session_of(pid(&process)), pid(&process));
    begun(&process).await;
    tokio::join!(stopped(&session, &process), stopped(&session, &process));
    read(&session, &process.box_path).await.expect("read");
    assert_eq!(session.kept.bytes(), FILM);
    deleted(&session, &process).await;
    assert_eq!(names(&session), [""; 0]);
    assert_read(&session, 1_500_000).await;
}

#[tokio::test]
async fn a_box_without_digests_is_read_all_the_same() {
    let session = desktop("plain");
    for tool in ["sha256sum", "openssl"] {
        session.write(&format!("bin/{tool}"), "#!/bin/sh\nexit 1\n");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(session.home.join("bin").join(tool), executable).expect("executable");
    }
    assert_read(&session, 1_500_000).await;
}
