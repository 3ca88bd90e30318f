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
use crate::shell::{Exec, ExecFailure, Frame, Framed, Instant, Reply, Shell, word};

/// A signal that ends ffmpeg. Each is sent once to a recording, where the box has room to note that.
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
    /// The last signal that was sent; `None` where ffmpeg had ended by itself, or none could be sent.
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
    let End { signal, after_ms: exited_after_ms } = end;
    let salvaged = Film::salvaged(Some(film));
    Ok(StopReport { finalized: film.is_whole, signal, exited_after_ms, salvaged })
}

/// The end of ffmpeg, or what was sent where it has not ended.
struct End {
    signal: Option<Signal>,
    after_ms: Option<f64>,
}

/// Sends one signal after the other until ffmpeg has ended.
async fn end(shell: &impl Shell, running: &Running) -> Result<End, RecordingError> {
    let mut sent = None;
    for signal in [Signal::Interrupt, Signal::Terminate, Signal::Kill] {
        for _ in 0..signal.commands() {
            let command = |frame: &Frame, since| ending(running, signal, sent, since, frame);
            let answer = ask(shell, "stop", signal.patience(), command).await?;
            match answer.lines().rev().find_map(State::of) {
                Some(State::Gone(end)) => return Ok(end),
                Some(State::Running { is_busy, signal }) => {
                    sent = signal;
                    // Where none could be sent, there is no end to wait for.
                    if !is_busy || sent.is_none() {
                        break;
                    }
                }
                None => return Err(unreadable("recording stop unknown", &answer)),
            }
        }
    }
    Ok(End { signal: sent, after_ms: None })
}

/// What a line says of ffmpeg. Other lines are those of a login profile.
enum State {
    Gone(End),
    Running { is_busy: bool, signal: Option<Signal> },
}

impl State {
    fn of(line: &str) -> Option<Self> {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["GONE", name, after_ms] => {
                let (signal, after_ms) = (Signal::named(name), after_ms.parse().ok());
                Some(Self::Gone(End { signal, after_ms }))
            }
            ["RUNNING", work, name] => {
                Some(Self::Running { is_busy: work == "busy", signal: Signal::named(name) })
            }
            _ => None,
        }
    }
}

/// Looks at the film, and copies a crash-safe one into an ordinary file. `None` where the answer does not
/// tell.
pub(super) async fn finish(
    shell: &impl Shell,
    running: &Running,
    is_timed: bool,
) -> Result<Option<Film>, ExecFailure> {
    let command = |frame: &Frame, since| finishing(running, is_timed, since, frame);
    let words = ask(shell, "film", FILM_PATIENCE, command).await?;
    // Other lines are those of a login profile.
    let mut lines = words.lines().map(str::trim);
    let is_whole = match lines.find(|line| matches!(*line, "WHOLE" | "RUNNING" | "PARTIAL")) {
        Some(state) => state == "WHOLE",
        None => return Ok(None),
    };
    let is_salvaged = lines.clone().any(|line| line == "SALVAGED");
    let seconds = lines.find_map(seconds);
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

/// How long a film may take to be copied, in seconds.
const FILM_PATIENCE: u32 = 300;
/// How long the last command may take to come to its answer, in seconds.
pub(super) const ANSWER_TIME: u32 = 5;
/// How many commands are run on a session that does not wait for their end.
pub(super) const MOST_COMMANDS: u32 = 60;

/// Runs a command that may be repeated, again where its answer does not come whole: once where it was lost on
/// the way, and until `patience` is over, in seconds, where the session did not wait for its end. The command
/// is told the seconds since the first one.
async fn ask(
    shell: &impl Shell,
    label: &str,
    patience: u32,
    command: impl Fn(&Frame, u32) -> Exec,
) -> Result<String, ExecFailure> {
    let begun = shell.now().await;
    let (mut lost, mut unfinished) = (0, 0);
    loop {
        let since = seconds_since(shell, begun).await;
        let frame = Frame::new(label);
        let reply: Reply = shell.exec(command(&frame, since)).await?;
        let is_unfinished = reply.is_unfinished();
        *(if is_unfinished { &mut unfinished } else { &mut lost }) += 1;
        let words = match reply.framed(&frame) {
            Framed::Whole(words) => return Ok(words.trim().to_owned()),
            Framed::Bare if !is_unfinished => return Ok(reply.printed().trim().to_owned()),
            Framed::Cut(words) | Framed::Headless(words) => words,
            Framed::Bare => reply.printed(),
        };
        if lost == 2 || since >= patience + ANSWER_TIME || unfinished == MOST_COMMANDS {
            return Ok(words.trim().to_owned());
        }
    }
}

/// Whole seconds since then.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
pub(super) async fn seconds_since(shell: &impl Shell, begun: Instant) -> u32 {
    ((shell.now().await.steady_ms - begun.steady_ms) / 1_000.0) as u32
}

fn unreadable(what: &'static str, answer: &str) -> RecordingError {
    RecordingError::NoReport { what, answer: answer.to_owned() }
}

/// Shell functions about the journal `$J`.
///
/// - `og_now`: the time, in milliseconds.
/// - `og_line NAME`: its first line of this name.
/// - `og_note LINE`: adds a line to it, and makes it where it is not there.
///   The journal of another user is appended to without creating it, which `fs.protected_regular` would refuse,
///   and not through a link.
/// - `og_claim NAME`: whether this command is the first to claim the name. Appending is atomic. Where nothing
///   can be written, as on a full disk, each command is.
const JOURNAL: &str = concat!(
    r#"og_now() { local t=${EPOCHREALTIME:-$(date +%s).000000}; t=${t/[.,]/}; echo "${t%???}"; }; "#,
    r#"og_line() { og_own && grep -m 1 -E "^$1( |$)" "$J"; }; "#,
    r#"og_note() { [ -e "$J" ] || (set -C; : >"$J"); og_own || return; "#,
    r#"if [ -O "$J" ]; then echo "$1" >>"$J"; "#,
    r#"else echo "$1" | dd of="$J" oflag=append,nofollow conv=notrunc,nocreat; fi; } 2>/dev/null; "#,
    r#"og_claim() { local u=$BASHPID.$RANDOM$RANDOM; og_note "$1 $u" || return 0; "#,
    r#"[ "$(og_line "$1")" = "$1 $u" ]; }"#,
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
/// interrupt to the end, or `RUNNING` with whether ffmpeg has worked in the last moments, and the last signal.
///
/// `sent` is the last signal that an earlier command has told of. `since` counts as waited.
fn ending(
    running: &Running,
    signal: Signal,
    sent: Option<Signal>,
    since: u32,
    frame: &Frame,
) -> Exec {
    let Names { pid, journal, videos, .. } = Names::of(running);
    let (name, patience) = (signal.name(), signal.patience());
    let sent = sent.map_or("-", Signal::name);
    let deed = match signal {
        // As in the stop without a report.
        Signal::Interrupt => format!(
            "while og_waits && og_early {videos}; do e=1; sleep 0.1; og_find {videos}; done; \
             if og_waits; then [ -z \"$e\" ] || sleep 0.5; \
             if og_first; then og_note \"INT $(og_now)\"; kill -INT \"$q\" 2>/dev/null && k=INT; fi; fi"
        ),
        Signal::Terminate | Signal::Kill => format!(
            "if og_waits && og_runs {videos} && kill -0 \"$q\" 2>/dev/null && og_claim {name}; then \
             kill -{name} \"$q\" 2>/dev/null && k={name}; fi"
        ),
    };
    let script = format!(
        "q=; p=; g=; b=$(og_now); k={sent}; \
         og_waits() {{ [ -n \"$q\" ] && [ $SECONDS -lt {patience} ]; }}; \
         og_work() {{ cut -d \" \" -f 14,15 /proc/$q/s[t]at 2>/dev/null; }}; \
         if og_pid {pid}; then og_find {videos}; p=$q; {deed}; \
         while og_waits && og_runs {videos}; do \
         if [ $SECONDS -ge $(({patience}-3)) ] && [ -z \"$g\" ]; then g=$(og_work); fi; sleep 0.1; done; fi; \
         s=-; ! og_own || [ -n \"$(og_line SALVAGED)\" ] || s=INT; \
         for i in INT TERM KILL; do [ $k != $i ] && [ -z \"$(og_line $i)\" ] || s=$i; done; \
         if [ -n \"$q\" ] && og_runs {videos}; then \
         if [ \"$(og_work)\" = \"$g\" ]; then echo RUNNING idle $s; else echo RUNNING busy $s; fi; else \
         i=$(og_line INT); \
         if [ -n \"$p\" ] && [ $s != - ]; then i=${{i#INT }}; case $i in 0*|*[!0-9]*) i=;; esac; og_note \"END $s $(($(og_now)-${{i:-$b}}))\"; \
         elif [ -n \"$i\" ]; then for i in 1 2 3 4 5; do og_line END >/dev/null && break; sleep 0.1; done; fi; \
         i=$(og_line END) || i=\"END $s -\"; echo \"GONE ${{i#END }}\"; fi"
    );
    let functions = [FUNCTIONS, STOP_FUNCTIONS, JOURNAL].join("; ");
    let script = format!(
        "{PLAIN}; SECONDS={since}; e=; P={pid}; J={journal}; {functions}; {}",
        frame.around(&script)
    );
    Exec { yield_time_ms: STOP_YIELD_MS, ..ordinary(login(&script), running.run_as.as_ref()) }
}

/// Prints `WHOLE`, `PARTIAL` or `RUNNING`; whether the film was salvaged; and where `is_timed` its duration.
///
/// A program that has called ffmpeg may outlive it, and is given five seconds. A look that falls between the
/// two files of a copy that another call makes sees neither, so there is a second one.
///
/// A crash-safe film is first copied into an ordinary file. The copy has another name until it is whole, and
/// takes the film's name only where that is still the same film: a start that removes it holds the same lock, and
/// a film that grows has an ffmpeg that was not seen.
/// One copy at a time is made, where the box has `flock`. What goes wrong stands in the log.
fn finishing(running: &Running, is_timed: bool, since: u32, frame: &Frame) -> Exec {
    let Names { pid, journal, videos, .. } = Names::of(running);
    let copy = if running.is_crash_safe { copying(running) } else { String::new() };
    let duration = if is_timed {
        r#"ff\mpeg -hide_banner -nostdin -i "file:$f" 2>&1 </dev/null | grep -m 1 -o "Duration: [0-9:.]*""#
    } else {
        ":"
    };
    let script = format!(
        "q=; if og_pid {pid}; then og_find {videos}; fi; \
         while [ -e \"$J\" ] && [ -n \"$q\" ] && og_runs {videos} && [ $SECONDS -lt 5 ]; do sleep 0.1; done; \
         if [ -n \"$q\" ] && og_runs {videos}; then echo RUNNING; else \
         f=; for v in {videos}; do if [ -s \"$v\" ] && [ ! -L \"$v\" ]; then f=$v; break; fi; done; \
         og_look \"$f\"; [ -n \"$w$r\" ] || og_look \"$f\"; {copy}\
         [ -n \"$w\" ] || og_look \"$f\"; \
         if [ -n \"$w\" ]; then echo WHOLE; else echo PARTIAL; fi; \
         og_line SALVAGED || echo -; \
         [ -z \"$w\" ] || {duration}; fi"
    );
    let functions = [FUNCTIONS, STOP_FUNCTIONS, JOURNAL, LOOK].join("; ");
    let script = format!(
        "{PLAIN}; SECONDS={since}; P={pid}; J={journal}; {functions}; {}",
        frame.around(&script)
    );
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
