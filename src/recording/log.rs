//! ffmpeg's log, which tells why a recording is missing or not finished.

use std::fmt;

use super::Reason;
use crate::shell::tail;

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
