//! Waiting until ffmpeg writes, after a start.

use super::command::{
    CRASH_SAFE, FUNCTIONS, LOG_TAIL_BYTES, PLAIN, STOP_FUNCTIONS, STOP_YIELD_MS, login, ordinary,
    stop_marker,
};
use super::ending::{ANSWER_TIME, LOOK, MOST_COMMANDS, seconds_since};
use super::log::FfmpegLog;
use super::process::log_file;
use super::{RecordingError, RecordingProcess};
use crate::ecmascript::trim;
use crate::shell::{Exec, Frame, Framed, Shell, word};

/// How long ffmpeg may take until it writes, in seconds.
pub(super) const PATIENCE: u32 = 15;

/// Waits until ffmpeg has encoded its first picture and goes on, or has made a whole film.
///
/// # Errors
///
/// When ffmpeg has ended or does not write, and when nothing tells. ffmpeg is ended then, and what it has
/// left is removed unless the video has something in it.
pub(super) async fn until_it_writes(
    shell: &impl Shell,
    process: &RecordingProcess,
) -> Result<(), RecordingError> {
    let verified = verified(shell, process).await;
    if verified.is_err() {
        // The caller gets no handle, so nobody else ends it. The error is the one that counts.
        let _ = match shell.clean_up() {
            Some(shell) => shell.exec(abandoning(process)).await,
            None => shell.exec(abandoning(process)).await,
        };
    }
    verified
}

async fn verified(shell: &impl Shell, process: &RecordingProcess) -> Result<(), RecordingError> {
    let mut answer = String::new();
    let begun = shell.now().await;
    let mut lost = 0;
    for _ in 0..MOST_COMMANDS {
        let since = seconds_since(shell, begun).await;
        let frame = Frame::new("verify");
        let reply = shell.exec(verifying(process, since, &frame)).await?;
        let words = match reply.framed(&frame) {
            Framed::Bare => reply.printed(),
            Framed::Whole(words) | Framed::Cut(words) | Framed::Headless(words) => words,
        };
        // Lines before that of the state are those of a login profile.
        let mut lines = words.lines().map(trim);
        let is_running = match lines.find(|line| matches!(*line, "WRITES" | "SILENT" | "GONE")) {
            Some("WRITES") => return Ok(()),
            Some(state) => state == "SILENT",
            None => {
                words.trim().clone_into(&mut answer);
                // An answer may be lost on the way, or the session did not wait for it.
                lost += u32::from(!reply.is_unfinished());
                if lost == 3 || since >= PATIENCE + ANSWER_TIME {
                    break;
                }
                continue;
            }
        };
        let text = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
        let log = FfmpegLog { is_answered: true, is_running, text };
        return Err(RecordingError::NotVerified { log });
    }
    Err(RecordingError::NoReport { what: "recording not verified", answer })
}

/// Waits until there is something in the video and ffmpeg still runs a moment later, or has made a whole
/// film by then: ffmpeg writes a header before its first picture, and ends with a trailer. Prints `WRITES`,
/// `SILENT` or `GONE`, and the end of the log. `since` counts as waited.
fn verifying(process: &RecordingProcess, since: u32, frame: &Frame) -> Exec {
    let (video, pid) = (word(&process.box_path), word(&process.pid_file));
    let log = log_file(&process.box_path);
    let log = word(&log);
    let script = format!(
        "s=; while [ -z \"$s\" ]; do q=; if og_pid {pid}; then og_find {video} {video}; fi; \
         if [ -n \"$q\" ] && og_runs {video} {video}; then \
         if [ -s {video} ]; then [ -z \"$e\" ] || s=WRITES; e=1; \
         elif [ $SECONDS -ge {PATIENCE} ]; then s=SILENT; fi; \
         else og_look {video}; s=${{w:+WRITES}}; s=${{s:-GONE}}; fi; \
         [ -n \"$s\" ] || sleep 0.2; done; echo $s; \
         [ ! -f {log} ] || [ -L {log} ] || tail -c {LOG_TAIL_BYTES} {log} 2>/dev/null"
    );
    let functions = [FUNCTIONS, STOP_FUNCTIONS, LOOK].join("; ");
    let script = format!("{PLAIN}; SECONDS={since}; e=; {functions}; {}", frame.around(&script));
    Exec { yield_time_ms: STOP_YIELD_MS, ..ordinary(login(&script), process.run_as.as_ref()) }
}

/// Ends ffmpeg within seconds, and removes what it has left, where the video is empty.
fn abandoning(process: &RecordingProcess) -> Exec {
    let (video, pid) = (word(&process.box_path), word(&process.pid_file));
    let (log, marker) = (log_file(&process.box_path), stop_marker(&process.pid_file));
    let (log, marker) = (word(&log), word(&marker));
    let script = format!(
        "q=; if og_pid {pid}; then og_find {video} {video}; fi; for i in TERM KILL; do \
         if [ -n \"$q\" ] && og_runs {video} {video}; then kill -$i \"$q\"; fi 2>/dev/null; \
         for j in {{1..20}}; do [ -n \"$q\" ] && og_runs {video} {video} || break; sleep 0.1; done; done; \
         if [ ! -s {video} ]; then for f in {video} {log} {pid} {marker} {video}{CRASH_SAFE}; do \
         if [ -e \"$f\" ] || [ -L \"$f\" ]; then unlink \"$f\"; fi; done; fi"
    );
    let functions = [FUNCTIONS, STOP_FUNCTIONS].join("; ");
    ordinary(login(&format!("{PLAIN}; {functions}; {script}")), process.run_as.as_ref())
}
