//! The commands of an upload.
//!
//! Any process of the box can read the text of a command in proc(5), so no command holds the URL or a header.
//! The box makes a random key as long as curl's configuration. It prints the key, which no other process sees,
//! and the next command has the configuration combined with it. The configuration is then in the memory of
//! the shell and curl only.

use super::{TRIES, bytes};
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
/// A directory that no upload has begun in, or whose upload has died, is removed after this many seconds.
const ABANDONED_SECONDS: u32 = 60;
/// A launch that has taken the key has a process within this many seconds.
const LAUNCH_SECONDS: u32 = 10;

/// The directories of one attempt, which only their user can enter.
///
/// Their names are made here, so that every ending can remove them. Each command that makes one has a name of its
/// own. It is in the folder of the video, or in memory where that one is full.
pub(super) struct Place {
    name: String,
    video: String,
    run_as: Option<String>,
}

/// The directory that the box has made, as a word of the shell.
pub(super) struct Directory(String);

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

    /// Where a command, or several by a brace expansion, may make a directory.
    fn directories(&self, tried: &str) -> [String; 2] {
        let place = |folder| format!("{}-{tried}", word(&format!("{folder}/{}", self.name)));
        [place(folder(&self.video)), place("/dev/shm")]
    }

    /// All of them.
    fn all(&self) -> String {
        self.directories(&format!("{{1..{TRIES}}}")).join(" ")
    }

    /// The directory in which a key is, and the key, of what [`Self::prepare`] has printed.
    pub(super) fn made(
        &self,
        tried: u32,
        length: usize,
        printed: &str,
    ) -> Option<(Directory, Vec<u8>)> {
        let (number, key) = printed.trim().split_once('\n')?;
        let [first, second] = self.directories(&tried.to_string());
        let directory = match number.trim() {
            "1" => first,
            "2" => second,
            _ => return None,
        };
        let key = bytes(key).filter(|key| key.len() == length)?;
        Some((Directory(directory), key))
    }

    /// Makes a directory with a key of `length` bytes, and prints which one, and the key in hexadecimal.
    ///
    /// What removes a directory that nobody uses begins first, since the answer may be lost, and the caller may have
    /// ended before this runs. Where this is given twice, the second one makes the other directory.
    pub(super) fn prepare(
        &self,
        tried: u32,
        length: usize,
        delay_seconds: u32,
        frame: &Frame,
    ) -> Exec {
        let directories = self.directories(&tried.to_string()).join(" ");
        let script = format!(
            "umask 077; sleep {delay_seconds}; \
             if ! type -P curl >/dev/null; then echo \"{NO_CURL}\"; else {OWN}; at=0; \
             for d in {directories}; do at=$((at + 1)); mkdir \"$d\" || continue; \
             {{ $own bash -c {remover} {NAME} \"$d\" </dev/null >/dev/null 2>&1 9<&- & }}; \
             if head -c {length} /dev/urandom >\"$d/key\" && \
             [ \"$(wc -c <\"$d/key\")\" -eq {length} ]; \
             then echo \"$at\"; od -An -v -tx1 \"$d/key\"; break; fi; rm -rf \"$d\"; done; fi",
            remover = quoted(&remover()),
        );
        self.framed(&script, frame)
    }

    /// Begins the upload, unless it has begun, and reports on it. It may be given again.
    ///
    /// curl has a session of its own, so that it outlives the command.
    pub(super) fn launch(
        &self,
        Directory(directory): &Directory,
        cipher: &str,
        wait: f64,
        frame: &Frame,
    ) -> Exec {
        let video = word(&self.video);
        let worker = quoted(&worker());
        let script = format!(
            "set +a; umask 077; export -n config key; d={directory}; \
             case {video} in /*) video={video};; *) video=$PWD/{video};; esac; \
             if mv \"$d/key\" \"$d/used\" 2>/dev/null; then \
             LC_ALL=C; key=$(od -An -v -tx1 \"$d/used\" | tr -d \" \\n\"); rm -f \"$d/used\"; \
             cipher={cipher}; config=; for ((i = 0; i < ${{#cipher}}; i += 2)); do \
             printf -v c \"\\\\x%02x\" $((16#${{cipher:i:2}} ^ 16#${{key:i:2}})); config+=$c; done; \
             {OWN}; \
             {{ printf \"%b\" \"$config\" | $own bash -c {worker} {NAME} \"$d\" \
             >/dev/null 2>&1 9<&- & }}; unset config key; fi; \
             SECONDS=0; while [ $SECONDS -lt 5 ] && [ -d \"$d\" ] && [ ! -e \"$d/begun\" ]; do sleep 0.05; done; \
             {report}",
            report = report(wait),
        );
        self.framed(&script, frame)
    }

    /// Reports on the upload: at its end, or after so many seconds.
    pub(super) fn poll(&self, Directory(directory): &Directory, wait: f64, frame: &Frame) -> Exec {
        let script = format!("d={directory}; video={}; {}", word(&self.video), report(wait));
        self.framed(&script, frame)
    }

    /// Ends what is left of the upload, and removes the directories. Where `waits`, the command
    /// that makes one may still be running, and is waited for. Where the session does not run this one, the processes
    /// of a directory end and remove it by themselves.
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
        let all = self.all();
        let script = format!(
            "{LIVES}; {wait}for d in {all}; do for f in watch pid; do if og_lives $f; then w=$n; \
             kill -KILL -- \"-$w\" 2>/dev/null || {{ kill -KILL \"$w\"; \
             ! og_pid \"$d/curl\" || kill -KILL \"$n\"; }} 2>/dev/null; \
             for i in {{1..40}}; do og_lives $f || break; sleep 0.05; done; fi; done; rm -rf \"$d\"; done",
            wait = if waits {
                format!(
                    "for i in {{1..30}}; do for d in {all}; do [ ! -e \"$d\" ] || break 2; done; \
                     sleep 0.1; done; "
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

/// A shell function: whether the process in `$d/pid`, or in another file, has not ended. Its number is in `n` then.
const LIVES: &str = concat!(
    r#"og_lives() { og_pid "$d/${1:-pid}" || return; "#,
    r#"if [ -d /proc/self ]; then og_is "$n" "$d" "$d"; else kill -0 "$n" 2>/dev/null; fi; }"#,
);

/// Puts into `own` what gives a process a session of its own, and has it live on without the terminal.
const OWN: &str = "own=$(type -P setsid >/dev/null && echo setsid); trap \"\" HUP";

/// What removes a directory that is not used, and ends with it. The one that moves the key has the directory: this, or
/// a launch.
fn remover() -> String {
    format!(
        "{PLAIN}; {FUNCTIONS}; {LIVES}; umask 077; d=$1; echo $$ >\"$d/watch\" || exit; \
         for ((;;)); do for ((i = 0; i < {ABANDONED_SECONDS}; i++)); do sleep 1 || exit; \
         [ -d \"$d\" ] || exit; done; \
         mv \"$d/key\" \"$d/used\" || sleep {LAUNCH_SECONDS}; og_lives || rm -rf \"$d\"; done"
    )
}

/// What runs beside the commands. It gets curl's configuration at its standard input, waits for curl's end,
/// and keeps that for [`KEPT_SECONDS`].
///
/// What the store answers has its end kept, with the report that curl prints last.
fn worker() -> String {
    format!(
        "{PLAIN}; set +a; umask 077; echo $$ >\"$1/pid\" || exit; IFS= read -r -d \"\" config; \
         : >\"$1/begun\" || exit; \
         printf %s \"$config\" | sh -c \"echo \\$\\$ >\\\"\\$1/curl\\\" && exec curl -q -K -\" \
         {NAME} \"$1\" | tail -c 2000 >\"$1/out\"; \
         echo \"${{PIPESTATUS[1]}}\" >\"$1/end.new\"; mv \"$1/end.new\" \"$1/end\"; unset config; \
         for ((i = 0; i < {KEPT_SECONDS}; i++)); do sleep 1; [ -d \"$1\" ] || exit; done; rm -rf \"$1\""
    )
}

/// Waits up to `wait` seconds for the end, and prints how far the upload of `$video` from `$d` is:
///
/// - [`SENT`] and the number of bytes that curl has read, where proc(5) tells;
/// - [`ENDED`] and curl's exit code, then what the store has said and curl's report, in hexadecimal;
/// - nothing where it ended without an end.
fn report(wait: f64) -> String {
    format!(
        "{LIVES}; SECONDS=0; \
         for ((i = 0; i < {tenths}; i++)); do [ $SECONDS -le {seconds} ] && [ ! -e \"$d/end\" ] && og_lives || \
         break; sleep 0.1; done; \
         l=; og_lives && l=1; \
         if [ -e \"$d/end\" ]; then echo {ENDED} \"$(head -c 9 \"$d/end\")\"; \
         tail -c 2000 \"$d/out\" | od -An -v -tx1 | tr -d \" \\n\"; echo .; \
         elif [ -n \"$l\" ]; then p=; og_pid \"$d/curl\" && for f in /proc/$n/fd/*; do \
         if [ \"$f\" -ef \"$video\" ]; then while read -r k v; do [ \"$k\" != pos: ] || p=$v; \
         done <\"/proc/$n/fdinfo/${{f##*/}}\"; fi; done 2>/dev/null; echo {SENT} $p; fi",
        tenths = (wait * 10.0).ceil(),
        seconds = wait.ceil(),
    )
}
