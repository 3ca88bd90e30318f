//! ffmpeg's log, which tells why a recording is missing or not finished.

use std::fmt;

use super::artifact::Artifact;
use super::{Reason, command};
use crate::ecmascript::trim;
use crate::shell::{ExecFailure, Frame, Framed, Reply, Shell, Thrown, body, tail};

/// How xcbgrab and the older x11grab of ffmpeg report a display they cannot open
/// (`libavdevice/xcbgrab.c`).
const NO_DISPLAY: [&str; 2] = ["cannot open display", "could not open x display"];

/// An error quotes at most this many characters of the log, all that the command asks for.
const QUOTED: usize = 2_000;

/// The state of ffmpeg and its log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FfmpegLog {
    /// Whether the answer had a frame, so that the box is known to be alive.
    pub is_answered: bool,
    /// Whether ffmpeg is running.
    pub is_running: bool,
    /// The end of its log; empty where there is none.
    pub text: String,
}

impl FfmpegLog {
    /// The reason why there is no recording.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let log = self.text.to_ascii_lowercase();
        if NO_DISPLAY.iter().any(|message| log.contains(message)) {
            Reason::DisplayUnavailable
        } else if log.is_empty() && !self.is_running {
            Reason::BoxDeath
        } else {
            Reason::FfmpegError
        }
    }
}

/// Displays as the suffix of an error message.
impl fmt::Display for FfmpegLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_running {
            write!(f, "; ffmpeg has not finished")?;
        }
        if !self.text.is_empty() {
            write!(f, "; ffmpeg log: {}", tail(&self.text, QUOTED))?;
        }
        Ok(())
    }
}

/// Asks for ffmpeg's state and the end of its log.
pub(super) async fn ffmpeg_log(
    shell: &impl Shell,
    artifact: &Artifact,
) -> (FfmpegLog, Option<Thrown>) {
    let frame = Frame::new("log");
    let reply =
        shell.exec(command::log_tail(&artifact.path, &frame, artifact.run_as.as_ref())).await;
    match reply {
        Ok(reply) => (log_of(&reply, &frame), None),
        Err(ExecFailure::Thrown(thrown)) => (FfmpegLog::default(), Some(thrown)),
        Err(ExecFailure::Unavailable) => (FfmpegLog::default(), None),
    }
}

fn log_of(reply: &Reply, frame: &Frame) -> FfmpegLog {
    match reply.framed(frame) {
        Framed::Whole(lines) | Framed::Cut(lines) => {
            let (first, log) = lines.split_once('\n').unwrap_or((lines, ""));
            let is_running = trim(first) == command::RUNNING;
            FfmpegLog { is_answered: true, is_running, text: log.trim().to_owned() }
        }
        Framed::Headless(_) => FfmpegLog::default(),
        Framed::Bare => {
            let printed = reply.printed();
            let log = body(printed);
            // Output without a banner and with an exit code other than 0 is not the log: the command
            // itself could not run.
            let is_log = log.len() < printed.len() || matches!(reply.exit_code, None | Some(0.0));
            let text = if is_log { log.trim().to_owned() } else { String::new() };
            FfmpegLog { text, ..FfmpegLog::default() }
        }
    }
}
