//! The commands that run on the box.

use super::Codec;
use super::process::{RecordingProcess, log_file};
use crate::ecmascript::number_text;
use crate::shell::{Exec, quoted, word};

/// How long a session waits for an ordinary command, in milliseconds.
const YIELD_MS: u32 = 15_000;
/// Stopping may take [`STOP_POLLS`] tenths of a second, and must end inside the yield.
const STOP_YIELD_MS: u32 = 20_000;
/// Printing a large recording takes longer than other commands.
const READ_YIELD_MS: u32 = 60_000;
/// Where sessions cut the output of ordinary commands.
const OUTPUT_TOKENS: u32 = 4_000;
/// How often a stop looks whether ffmpeg is gone, a tenth of a second apart.
const STOP_POLLS: u32 = 80;
/// How much of ffmpeg's log an error quotes.
const LOG_TAIL_BYTES: u32 = 2_000;
/// What the size command prints for a file that is not there.
pub(super) const MISSING: &str = "MISSING";

/// Launches ffmpeg in the background; the command returns at once.
pub(super) fn start(process: &RecordingProcess, max_seconds: f64) -> Exec {
    let [width, height] = process.dimensions;
    let script = format!(
        "nohup ffmpeg -hide_banner -loglevel error -y -f x11grab -draw_mouse 1 \
         -framerate {framerate} -video_size {size} -i {input} -t {limit} {encoder} {video} \
         </dev/null >{log} 2>&1 & echo $! > {pid}",
        framerate = number_text(process.framerate),
        size = word(&format!("{}x{}", number_text(width), number_text(height))),
        input = word(&format!("{}.0", process.display)),
        limit = number_text(max_seconds),
        encoder = encoder(process.codec, width, height),
        video = word(&process.box_path),
        log = word(&log_file(&process.box_path)),
        pid = word(&process.pid_file),
    );
    ordinary(login(&script), process.run_as.as_ref())
}

fn encoder(codec: Codec, width: f64, height: f64) -> String {
    match codec {
        Codec::Vp9Webm => "-c:v libvpx-vp9 -b:v 0 -crf 32 -row-mt 1".to_owned(),
        Codec::H264Mp4 => {
            let encoder = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -movflags +faststart";
            let even = |side: f64| side + side % 2.0;
            if (even(width), even(height)) == (width, height) {
                encoder.to_owned()
            } else {
                // 4:2:0 halves both sides, and libx264 refuses an odd one.
                let (width, height) = (number_text(even(width)), number_text(even(height)));
                format!("-vf pad={width}:{height} {encoder}")
            }
        }
    }
}

/// Interrupts ffmpeg, so that it ends its file properly, and waits until it is gone.
///
/// `kill -0` succeeds for a zombie, which is what ffmpeg stays where process 1 does not reap;
/// the `State` line of `/proc/PID/status` (proc(5)) tells.
pub(super) fn stop(pid_file: &str, run_as: Option<&String>) -> Exec {
    let pid = format!("$(cat {})", word(pid_file));
    let script = format!(
        "kill -INT \"{pid}\" 2>/dev/null; \
         for i in $(seq 1 {STOP_POLLS}); do \
         kill -0 \"{pid}\" 2>/dev/null || break; \
         grep -q \"^State:.Z\" \"/proc/{pid}/status\" 2>/dev/null && break; \
         sleep 0.1; done"
    );
    Exec { yield_time_ms: STOP_YIELD_MS, ..ordinary(login(&script), run_as) }
}

/// Prints the size of the video in bytes, or [`MISSING`].
pub(super) fn size(box_path: &str, run_as: Option<&String>) -> Exec {
    let video = word(box_path);
    ordinary(login(&format!("stat -c %s {video} 2>/dev/null || echo {MISSING}")), run_as)
}

/// Prints the video in base64. The output is not cut.
pub(super) fn read(box_path: &str, run_as: Option<&String>) -> Exec {
    Exec {
        yield_time_ms: READ_YIELD_MS,
        max_output_tokens: None,
        ..ordinary(login(&format!("base64 {}", word(box_path))), run_as)
    }
}

/// Prints the end of ffmpeg's log behind a banner, which sets it apart from what the login shell
/// itself may print.
pub(super) fn log_tail(box_path: &str, run_as: Option<&String>) -> Exec {
    let log = word(&log_file(box_path));
    let script = format!("echo; echo Output:; tail -c {LOG_TAIL_BYTES} {log} 2>/dev/null");
    ordinary(login(&script), run_as)
}

/// Removes video, process number and log.
pub(super) fn delete(box_path: &str, pid_file: &str, run_as: Option<&String>) -> Exec {
    let files = [word(box_path), word(pid_file), word(&log_file(box_path))];
    ordinary(format!("rm -f {}", files.join(" ")), run_as)
}

fn login(script: &str) -> String {
    format!("bash -lc {}", quoted(script))
}

fn ordinary(cmd: String, run_as: Option<&String>) -> Exec {
    Exec {
        cmd,
        run_as: run_as.cloned(),
        yield_time_ms: YIELD_MS,
        max_output_tokens: Some(OUTPUT_TOKENS),
    }
}
