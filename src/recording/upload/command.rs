//! The commands of an upload.
//!
//! Any process of the box can read the text of a command in proc(5), so no command holds the URL or a header.
//! The box makes a random key as long as curl's configuration. It prints the key, which no other process sees,
//! and the next command has the configuration combined with it. The configuration is then in the memory of
//! the shell and curl only.

use crate::recording::artifact::Artifact;
use crate::recording::command::{FUNCTIONS, PLAIN, folder, login, ordinary};
use crate::shell::{Exec, Frame, Framed, Shell, quoted, word};

/// What the first command prints where the box has no curl.
pub(super) const NO_CURL: &str = "no curl";
/// The name of the process that sees to an upload.
const NAME: &str = "og-upload";
/// How long an end that nobody has asked for is kept, in seconds.
const KEPT_SECONDS: u32 = 120;
/// The first word of a report on an upload that goes on.
pub(super) const SENT: &str = "sent";
/// The same of one that has ended.
pub(super) const ENDED: &str = "ended";

/// A clean-up whose answer is lost is given this many times.
const CLEANINGS: u32 = 2;
/// The directory of one attempt, which only its user can enter.
///
/// Its name is made here, so that every ending can remove it. It is in the folder of the video, or in memory
/// where that one is full.
pub(super) struct Place {
    name: String,
    video: String,
    run_as: Option<String>,
}

impl Place {
    /// A place beside the recording, with a new random name. Nothing is there yet.
    pub(super) fn new(artifact: &Artifact) -> Self {
        let nonce = Frame::new(NAME).prefix();
        let nonce = nonce.trim_start_matches("og-").trim_end_matches(':');
        Self {
            name: format!("{NAME}-{nonce}"),
            video: artifact.path.clone(),
            run_as: artifact.run_as.clone(),
        }
    }

    /// Shell text that puts the directory into `d`, and `else_text` where there is none.
    fn found(&self, else_text: &str) -> String {
        let (first, second) = self.directories();
        format!("d={first}; [ -d \"$d\" ] || d={second}; [ -d \"$d\" ] || {else_text}")
    }

    fn directories(&self) -> (String, String) {
        let folder = folder(&self.video);
        let place = |folder: &str| word(&format!("{folder}/{}", self.name)).into_owned();
        (place(folder), place("/dev/shm"))
    }

    /// Makes the directory with a key of `length` bytes, and prints the key in hexadecimal.
    pub(super) fn prepare(&self, length: usize, delay_seconds: u32, frame: &Frame) -> Exec {
        let (first, second) = self.directories();
        let script = format!(
            "umask 077; sleep {delay_seconds}; \
             if ! type -P curl >/dev/null; then echo \"{NO_CURL}\"; else \
             for d in {first} {second}; do mkdir \"$d\" || continue; \
             if head -c {length} /dev/urandom >\"$d/key\" && \
             [ \"$(wc -c <\"$d/key\")\" -eq {length} ]; \
             then od -An -v -tx1 \"$d/key\"; break; fi; rm -rf \"$d\"; done; fi"
        );
        self.framed(&script, frame)
    }

    /// Begins the upload, unless it has begun, and reports on it. It may be given again.
    ///
    /// curl has a session of its own, so that it outlives the command.
    pub(super) fn launch(&self, cipher: &str, wait: f64, frame: &Frame) -> Exec {
        let none = self.found("d=");
        let video = word(&self.video);
        let worker = quoted(&worker());
        let script = format!(
            "set +a; umask 077; export -n config key; {none}; \
             case {video} in /*) video={video};; *) video=$PWD/{video};; esac; \
             if [ -n \"$d\" ] && mv \"$d/key\" \"$d/used\" 2>/dev/null; then \
             LC_ALL=C; key=$(od -An -v -tx1 \"$d/used\" | tr -d \" \\n\"); rm -f \"$d/used\"; \
             cipher={cipher}; config=; for ((i = 0; i < ${{#cipher}}; i += 2)); do \
             printf -v c \"\\\\x%02x\" $((16#${{cipher:i:2}} ^ 16#${{key:i:2}})); config+=$c; done; \
             own=$(type -P setsid >/dev/null && echo setsid); trap \"\" HUP; \
             {{ printf \"%b\" \"$config\" | $own bash -c {worker} {NAME} \"$d\" \
             >/dev/null 2>&1 9<&- & }}; unset config key; fi; \
             SECONDS=0; while [ $SECONDS -lt 5 ] && [ -d \"$d\" ] && [ ! -e \"$d/begun\" ]; do sleep 0.05; done; \
             {report}",
            report = report(wait),
        );
        self.framed(&script, frame)
    }

    /// Reports on the upload: at its end, or after so many seconds.
    pub(super) fn poll(&self, wait: f64, frame: &Frame) -> Exec {
        let script = format!("{}; video={}; {}", self.found("d="), word(&self.video), report(wait));
        self.framed(&script, frame)
    }

    /// Ends what is left of the upload, and removes the directory. Where `waits`, the command
    /// that makes it may still be running, and is waited for. Where the session does not run this one, the process in
    /// the directory ends and removes it by itself.
    pub(super) async fn clean(&self, shell: &impl Shell, waits: bool) {
        for _ in 0..CLEANINGS {
            let frame = Frame::new("clean");
            let reply = shell.exec(self.cleaning(waits, &frame)).await;
            if reply.is_ok_and(|reply| matches!(reply.framed(&frame), Framed::Whole(_))) {
                break;
            }
        }
    }

    fn cleaning(&self, waits: bool, frame: &Frame) -> Exec {
        let (first, second) = self.directories();
        let script = format!(
            "{LIVES}; {wait}for d in {first} {second}; do if og_lives; then w=$n; \
             kill -KILL -- \"-$w\" 2>/dev/null || {{ kill -KILL \"$w\"; \
             ! og_pid \"$d/curl\" || kill -KILL \"$n\"; }} 2>/dev/null; \
             for i in {{1..40}}; do og_lives || break; sleep 0.05; done; fi; rm -rf \"$d\"; done",
            wait = if waits {
                format!(
                    "for i in {{1..30}}; do [ ! -e {first} ] && [ ! -e {second} ] || break; sleep 0.1; \
                     done; "
                )
            } else {
                String::new()
            },
        );
        self.framed(&script, frame)
    }

    /// Its output is not cut: it is a key, or shorter than one.
    fn framed(&self, script: &str, frame: &Frame) -> Exec {
        let script = format!("{PLAIN}; {FUNCTIONS}; {}", frame.around(script));
        Exec { max_output_tokens: None, ..ordinary(login(&script), self.run_as.as_ref()) }
    }
}

/// A shell function: whether the process in `$d` has not ended. Its number is in `n` then.
const LIVES: &str = concat!(
    r#"og_lives() { og_pid "$d/pid" || return; "#,
    r#"if [ -d /proc/self ]; then og_is "$n" "$d" "$d"; else kill -0 "$n" 2>/dev/null; fi; }"#,
);

/// What runs beside the commands. It gets curl's configuration at its standard input, waits for curl's end,
/// and keeps that for [`KEPT_SECONDS`].
///
/// What the store answers has its end kept, with the report that curl prints last.
fn worker() -> String {
    format!(
        "{PLAIN}; set +a; umask 077; echo $$ >\"$1/pid\" || exit; IFS= read -r -d \"\" config; \
         : >\"$1/begun\" || exit; \
         printf %s \"$config\" | sh -c \"echo \\$\\$ >\\\"\\$1/curl\\\" && exec curl -q -K - 2>\\\"\\$1/err\\\"\" \
         {NAME} \"$1\" | tail -c 2000 >\"$1/out\"; \
         echo \"${{PIPESTATUS[1]}}\" >\"$1/end.new\"; mv \"$1/end.new\" \"$1/end\"; unset config; \
         for ((i = 0; i < {KEPT_SECONDS}; i++)); do sleep 1; [ -d \"$1\" ] || exit; done; rm -rf \"$1\""
    )
}

/// Waits up to `wait` seconds for the end, and prints how far the upload of `$video` from `$d` is:
///
/// - [`SENT`] and the number of bytes that curl has read, where proc(5) tells;
/// - [`ENDED`] and curl's exit code, then what the store and curl have said, in hexadecimal;
/// - nothing where it ended without an end.
fn report(wait: f64) -> String {
    format!(
        "{LIVES}; SECONDS=0; \
         for ((i = 0; i < {tenths}; i++)); do [ $SECONDS -le {seconds} ] && [ ! -e \"$d/end\" ] && og_lives || \
         break; sleep 0.1; done; \
         l=; og_lives && l=1; \
         if [ -e \"$d/end\" ]; then echo {ENDED} \"$(head -c 9 \"$d/end\")\"; \
         for f in out err; do tail -c 2000 \"$d/$f\" | od -An -v -tx1 | tr -d \" \\n\"; echo .; done; \
         elif [ -n \"$l\" ]; then p=; og_pid \"$d/curl\" && for f in /proc/$n/fd/*; do \
         if [ \"$f\" -ef \"$video\" ]; then while read -r k v; do [ \"$k\" != pos: ] || p=$v; \
         done <\"/proc/$n/fdinfo/${{f##*/}}\"; fi; done 2>/dev/null; echo {SENT} $p; fi",
        tenths = (wait * 10.0).ceil(),
        seconds = wait.ceil(),
    )
}
