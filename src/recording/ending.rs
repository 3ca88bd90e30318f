//! What becomes of a film after its stop: the report of a stop that escalates, and the copy of a
//! crash-safe film.
//!
//! The marker of the stop is also a journal on the box. The first line of a kind counts, so calls from
//! several processes agree on who sends which signal, and on what came of it.

use std::borrow::Cow;

use serde::Serialize;

use super::capture::Running;
use super::command::{
    COPY, FUNCTIONS, PLAIN, READ_YIELD_MS, STOP_FUNCTIONS, STOP_YIELD_MS, folder, login, ordinary,
    stop_marker,
};
use super::process::log_file;
use super::{Artifact, RecordingError};
use crate::shell::{Exec, ExecFailure, Frame, Framed, Reply, Shell, word};

/// A signal that ends ffmpeg. Each is sent once to a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Signal {
    /// ffmpeg finishes its file.
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// To ffmpeg a second request, at which it leaves the file as it is.
    #[serde(rename = "SIGTERM")]
    Terminate,
    /// The kernel ends ffmpeg.
    #[serde(rename = "SIGKILL")]
    Kill,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
            Self::Kill => "KILL",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Interrupt, Self::Terminate, Self::Kill].into_iter().find(|s| s.name() == name)
    }

    /// How long a command waits for ffmpeg's end, in seconds.
    fn patience(self) -> u32 {
        match self {
            Self::Interrupt => 18,
            Self::Terminate => 6,
            Self::Kill => 5,
        }
    }

    /// How many commands wait while ffmpeg works.
    fn commands(self) -> u32 {
        match self {
            Self::Interrupt => 3,
            Self::Terminate | Self::Kill => 1,
        }
    }
}

/// What came of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StopReport {
    /// Whether the file is finished.
    pub finalized: bool,
    /// The last signal that was sent; `None` where ffmpeg had ended by itself.
    pub signal: Option<Signal>,
    /// The time from the interrupt to ffmpeg's end, in milliseconds; `None` where no report has seen it.
    pub exited_after_ms: Option<f64>,
    /// Whether ffmpeg had left the film unfinished, so that it was repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salvaged: Option<bool>,
}

/// A film after the end of ffmpeg.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Film {
    pub(super) is_whole: bool,
    pub(super) is_salvaged: bool,
    pub(super) seconds: Option<f64>,
}

impl Film {
    /// The field `salvaged` of a result, which is there only where it is true.
    pub(super) fn salvaged(film: Option<Self>) -> Option<bool> {
        film.filter(|film| film.is_salvaged).map(|_| true)
    }
}

/// Stops a recording, whatever it takes, and reports what came of it.
///
/// # Errors
///
/// When the session cannot run commands or throws, and when its answers are no report.
pub async fn stop_and_report(
    shell: &impl Shell,
    running: Running,
) -> Result<StopReport, RecordingError> {
    let end = end(shell, &running).await?;
    let film = finish(shell, &running, false).await?;
    let Some(film) = film else { return Err(unreadable("recording state unknown", "")) };
    let (signal, exited_after_ms) = match end {
        Some(End { signal, after_ms }) => (signal, after_ms),
        None => (Some(Signal::Kill), None),
    };
    let salvaged = Film::salvaged(Some(film));
    Ok(StopReport { finalized: film.is_whole, signal, exited_after_ms, salvaged })
}

/// The end of ffmpeg.
struct End {
    signal: Option<Signal>,
    after_ms: Option<f64>,
}

/// Sends one signal after the other until ffmpeg has ended; `None` where it has not.
async fn end(shell: &impl Shell, running: &Running) -> Result<Option<End>, RecordingError> {
    for signal in [Signal::Interrupt, Signal::Terminate, Signal::Kill] {
        for _ in 0..signal.commands() {
            let words = ask(shell, "stop", |frame| ending(running, signal, frame)).await?;
            let words: Vec<_> = words.split_whitespace().collect();
            match words[..] {
                ["GONE", name, after_ms] => {
                    let after_ms = after_ms.parse().ok();
                    return Ok(Some(End { signal: Signal::named(name), after_ms }));
                }
                ["RUNNING", "busy"] => {}
                ["RUNNING", _] => break,
                _ => return Err(unreadable("recording stop unknown", &words.join(" "))),
            }
        }
    }
    Ok(None)
}

/// Looks at the film, and copies a crash-safe one into an ordinary file. `None` where the answer does not
/// tell.
pub(super) async fn finish(
    shell: &impl Shell,
    running: &Running,
    is_timed: bool,
) -> Result<Option<Film>, ExecFailure> {
    let words = ask(shell, "film", |frame| finishing(running, is_timed, frame)).await?;
    let mut lines = words.lines().map(str::trim);
    let is_whole = match lines.next() {
        Some("WHOLE") => true,
        Some("RUNNING" | "PARTIAL") => false,
        _ => return Ok(None),
    };
    let is_salvaged = lines.next() == Some("SALVAGED");
    let seconds = lines.next().and_then(seconds);
    Ok(Some(Film { is_whole, is_salvaged, seconds }))
}

/// The film of a handle with options whose films can end by themselves; `None` for other handles.
pub(super) async fn film(
    shell: &impl Shell,
    artifact: &Artifact,
) -> Result<Option<Film>, ExecFailure> {
    match artifact.running() {
        Some(running) => finish(shell, &running, true).await,
        None => Ok(None),
    }
}

/// Reads ffmpeg's `Duration: 00:01:02.34`.
fn seconds(line: &str) -> Option<f64> {
    let mut parts = line.strip_prefix("Duration: ")?.splitn(3, ':').map(str::parse::<f64>);
    let mut next = || parts.next()?.ok();
    Some(next()? * 3_600.0 + next()? * 60.0 + next()?)
}

/// Runs a command that may be repeated, again where its answer does not come whole: once where it was lost on
/// the way, and more often where the session did not wait for its end.
async fn ask(
    shell: &impl Shell,
    label: &str,
    command: impl Fn(&Frame) -> Exec,
) -> Result<String, ExecFailure> {
    let mut tries = [2, 6];
    loop {
        let frame = Frame::new(label);
        let reply: Reply = shell.exec(command(&frame)).await?;
        let is_unfinished = reply.is_unfinished();
        let left = &mut tries[usize::from(is_unfinished)];
        *left -= 1;
        let words = match reply.framed(&frame) {
            Framed::Whole(words) => return Ok(words.trim().to_owned()),
            Framed::Bare if !is_unfinished => return Ok(reply.printed().trim().to_owned()),
            Framed::Cut(words) | Framed::Headless(words) => words,
            Framed::Bare => reply.printed(),
        };
        if *left == 0 {
            return Ok(words.trim().to_owned());
        }
    }
}

fn unreadable(what: &'static str, answer: &str) -> RecordingError {
    RecordingError::NoReport { what, answer: answer.to_owned() }
}

/// Shell functions about the journal `$J`.
///
/// - `og_now`: the time, in milliseconds.
/// - `og_own`: whether the journal is a file of this user.
/// - `og_line NAME`: its first line of this name.
/// - `og_note LINE`: adds a line to it, and makes it where it is not there.
/// - `og_claim NAME`: whether this command is the first to claim the name. Appending is atomic.
const JOURNAL: &str = concat!(
    r#"og_now() { local t=${EPOCHREALTIME:-$(date +%s).000000}; t=${t/[.,]/}; echo "${t%???}"; }; "#,
    r#"og_own() { [ -f "$J" ] && [ ! -L "$J" ] && [ -O "$J" ]; }; "#,
    r#"og_line() { og_own && grep -m 1 -E "^$1( |$)" "$J"; }; "#,
    r#"og_note() { [ -e "$J" ] || (set -C; : >"$J"); og_own && echo "$1" >>"$J"; } 2>/dev/null; "#,
    r#"og_claim() { local u=$BASHPID.$RANDOM$RANDOM; og_own || return 0; "#,
    r#"og_note "$1 $u" && [ "$(og_line "$1")" = "$1 $u" ]; }"#,
);

/// Shell functions about files.
///
/// - `og_hex FILE OFFSET LENGTH`: these bytes in hexadecimal.
/// - `og_look FILE`: `w` is 1 then where ffmpeg has finished the file, and `r` where a copy would be a better
///   one: an MP4 file with fragments or with the index at its end, and a `WebM` file without its size. The
///   numbers are the names of the boxes `moof`, `moov` and `mdat` (ISO/IEC 14496-12), and the ids of EBML and
///   of a Segment (RFC 9559).
pub(super) const LOOK: &str = concat!(
    r#"og_hex() { tail -c +$(($2+1)) "$1" 2>/dev/null | head -c "$3" | od -An -v -tx1 | tr -d " \n"; }; "#,
    r#"og_look() { local h s o=0 k= z; w=; r=; z=$(s\tat -c %s "$1" 2>/dev/null) || z=0; h=$(og_hex "$1" 0 64); "#,
    r#"case $h in 1a45dfa3*18538067*) s=${h#*18538067}; o=$(((${#h}-${#s})/2+8)); s=${s:0:16}; r=1; "#,
    r#"if [ "$s" != 01ffffffffffffff ] && [ $((16#${s:2}+o)) = "$z" ] && "#,
    r#"head -c 65536 "$1" | LC_ALL=C grep -qa $(printf "\037C\266u"); then r=; w=1; fi;; "#,
    r#"????????66747970*) while [ $o -lt "$z" ] && [ ${#k} -lt 90 ]; do h=$(og_hex "$1" $o 16); "#,
    r#"[ ${#h} -ge 16 ] || break; s=$((16#${h:0:8})); "#,
    r#"case $s:${h:8:8} in 0:6d6f6f76) break;; 0:*) s=$((z-o));; 1:*) s=$((16#0${h:16:16}));; esac; "#,
    r#"[ $s -ge 8 ] || break; case ${h:8:8} in 6d6f6f76) "#,
    r#"tail -c +$((o+1)) "$1" | head -c $((s<4096?s:4096)) | grep -qa trak || break;; esac; "#,
    r#"k="$k ${h:8:8}"; o=$((o+s)); case $k in *6d6f6f66) break;; esac; done; "#,
    r#"case $k in *6d6f6f66) r=1; [ "$(tail -c 12 "$1" | head -c 4)" != mfro ] || w=1;; "#,
    r#"*6d6f6f76*6d646174*) [ $o != "$z" ] || w=1;; "#,
    r#"*6d646174*6d6f6f76*) r=1; [ $o != "$z" ] || w=1;; esac;; esac; }"#,
);

/// Sends a signal, and waits for ffmpeg's end. Prints `GONE` with the last signal and the time from the
/// interrupt to the end, or `RUNNING` with whether ffmpeg has worked in the last moments.
fn ending(running: &Running, signal: Signal, frame: &Frame) -> Exec {
    let Names { pid, journal, videos, .. } = Names::of(running);
    let (name, patience) = (signal.name(), signal.patience());
    let send = match signal {
        // As in the stop without a report.
        Signal::Interrupt => format!(
            "while og_waits && og_early {videos}; do e=1; sleep 0.1; og_find {videos}; done; \
             if og_waits; then [ -z \"$e\" ] || sleep 0.5; \
             if og_first; then og_note \"INT $(og_now)\"; kill -INT \"$q\" 2>/dev/null; fi; fi"
        ),
        Signal::Terminate | Signal::Kill => format!(
            "if og_waits && og_runs {videos} && og_claim {name}; then kill -{name} \"$q\" 2>/dev/null; fi"
        ),
    };
    let script = format!(
        "q=; p=; g=; b=$(og_now); \
         og_first() {{ [ ! -p {journal} ] && (set -C; : >{journal}) || [ -L {journal} ] || \
         [ \"$(s\\tat -c %u {journal})\" != \"$(s\\tat -c %u {pid})\" ]; }} 2>/dev/null; \
         og_waits() {{ [ -n \"$q\" ] && [ $SECONDS -lt {patience} ]; }}; \
         og_work() {{ cut -d \" \" -f 14,15 /proc/$q/s[t]at 2>/dev/null; }}; \
         if og_pid {pid}; then og_find {videos}; p=$q; {send}; \
         while og_waits && og_runs {videos}; do \
         if [ $SECONDS -ge $(({patience}-3)) ] && [ -z \"$g\" ]; then g=$(og_work); fi; sleep 0.1; done; fi; \
         if [ -n \"$q\" ] && og_runs {videos}; then \
         if [ \"$(og_work)\" = \"$g\" ]; then echo RUNNING idle; else echo RUNNING busy; fi; else \
         s=-; ! og_own || [ -n \"$(og_line SALVAGED)\" ] || s=INT; \
         for i in INT TERM KILL; do [ -z \"$(og_line $i)\" ] || s=$i; done; i=$(og_line INT); \
         if [ -n \"$p\" ] && [ $s != - ]; then i=${{i#INT }}; og_note \"END $s $(($(og_now)-${{i:-$b}}))\"; \
         elif [ -n \"$i\" ]; then for i in 1 2 3 4 5; do og_line END >/dev/null && break; sleep 0.1; done; fi; \
         i=$(og_line END) || i=\"END $s -\"; echo \"GONE ${{i#END }}\"; fi"
    );
    let functions = [FUNCTIONS, STOP_FUNCTIONS, JOURNAL].join("; ");
    let script =
        format!("{PLAIN}; SECONDS=0; e=; J={journal}; {functions}; {}", frame.around(&script));
    Exec { yield_time_ms: STOP_YIELD_MS, ..ordinary(login(&script), running.run_as.as_ref()) }
}

/// Prints `WHOLE`, `PARTIAL` or `RUNNING`; whether the film was salvaged; and where `is_timed` its duration.
///
/// A crash-safe film is first copied into an ordinary file. The copy has another name until it is whole, and
/// takes the film's name only where that is still the same film: a start that removes it holds the same lock, and
/// a film that grows has an ffmpeg that was not seen.
/// One copy at a time is made, where the box has `flock`. What goes wrong stands in the log.
fn finishing(running: &Running, is_timed: bool, frame: &Frame) -> Exec {
    let Names { pid, journal, videos, .. } = Names::of(running);
    let copy = if running.is_crash_safe { copying(running) } else { String::new() };
    let duration = if is_timed {
        r#"ff\mpeg -hide_banner -nostdin -i "file:$f" 2>&1 </dev/null | grep -m 1 -o "Duration: [0-9:.]*""#
    } else {
        ":"
    };
    let script = format!(
        "q=; if og_pid {pid}; then og_find {videos}; fi; \
         if [ -n \"$q\" ] && og_runs {videos}; then echo RUNNING; else \
         f=; for v in {videos}; do if [ -s \"$v\" ] && [ ! -L \"$v\" ]; then f=$v; break; fi; done; \
         og_look \"$f\"; {copy}\
         if [ -n \"$w\" ]; then echo WHOLE; else echo PARTIAL; fi; \
         og_line SALVAGED || echo -; \
         [ -z \"$w\" ] || {duration}; fi"
    );
    let functions = [FUNCTIONS, STOP_FUNCTIONS, JOURNAL, LOOK].join("; ");
    let script = format!("{PLAIN}; SECONDS=0; J={journal}; {functions}; {}", frame.around(&script));
    Exec { yield_time_ms: READ_YIELD_MS, ..ordinary(login(&script), running.run_as.as_ref()) }
}

/// Copies the film `$f`, and looks at it again.
fn copying(running: &Running) -> String {
    let Names { folder, log, .. } = Names::of(running);
    format!(
        "og_copy() {{ local t i k=mp4; case $f in *.webm) k=webm;; esac; \
         flock -n 8 2>/dev/null; case $? in 1) flock -w 50 8;; \
         0) for t in \"$f\"{COPY}; do [ ! -f \"$t\" ] || unlink \"$t\"; done;; esac; \
         og_look \"$f\"; [ -n \"$r\" ] || return; \
         i=$(s\\tat -c %d:%i:%s \"$f\"); t=$(mktemp \"$f.XXXXXX\") || return; \
         if ff\\mpeg -nostdin -hide_banner -loglevel error -y -fflags +discardcorrupt -abort_on empty_output \
         -i \"file:$f\" -map 0 -c copy -movflags +faststart -f $k \"file:$t\" </dev/null 8<&- && \
         k=$w && og_look \"$t\" && [ -n \"$w\" ]; then sync \"$t\"; chmod \"$(s\\tat -c %a \"$f\")\" \"$t\"; \
         exec 9<{folder}; flock -w 5 9; [ \"$(s\\tat -c %d:%i:%s \"$f\")\" = \"$i\" ] && \
         {{ [ -n \"$k\" ] || og_note SALVAGED; }}; \
         [ \"$(s\\tat -c %d:%i:%s \"$f\")\" = \"$i\" ] && mv -f \"$t\" \"$f\" || unlink \"$t\"; exec 9<&-; \
         else unlink \"$t\"; fi; }}; \
         if [ -n \"$r\" ]; then l={log}; [ -f \"$l\" ] && [ ! -L \"$l\" ] || l=/dev/null; \
         og_copy 8<\"$f\" 2>>\"$l\" >&2; og_look \"$f\"; fi; "
    )
}

/// The files of a recording, as words of a shell.
struct Names {
    pid: String,
    journal: String,
    videos: String,
    folder: String,
    log: String,
}

impl Names {
    fn of(Running { videos, pid_file, .. }: &Running) -> Self {
        let owned = |path: &str| word(path).into_owned();
        let [video, _] = videos;
        Self {
            pid: owned(pid_file),
            journal: owned(&stop_marker(pid_file)),
            videos: videos.each_ref().map(|path| word(path)).map(Cow::into_owned).join(" "),
            folder: owned(folder(video)),
            log: owned(&log_file(video)),
        }
    }
}
