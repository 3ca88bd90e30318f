//! What ffmpeg's log says about a recording that is not there, or not finished.

use std::fmt;

use super::Reason;
use crate::shell::tail;

/// How xcbgrab and the older x11grab of ffmpeg report a display they cannot open
/// (`libavdevice/xcbgrab.c`).
const NO_DISPLAY: [&str; 2] = ["cannot open display", "could not open x display"];

/// How much of the log is quoted, in characters: as much as is asked for.
const QUOTED: usize = 2_000;

/// What the box can still tell of ffmpeg.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FfmpegLog {
    /// Whether the box has answered, in a frame.
    pub is_answered: bool,
    /// Whether ffmpeg is still there.
    pub is_running: bool,
    /// The end of its log; empty where there is none.
    pub text: String,
}

impl FfmpegLog {
    /// Why there is no recording.
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

/// The suffix of an error message.
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
