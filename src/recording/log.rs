//! What ffmpeg's log says about a recording that is not there.

use std::fmt;

use super::Reason;

/// How xcbgrab and the older x11grab of ffmpeg report a display they cannot open
/// (`libavdevice/xcbgrab.c`).
const NO_DISPLAY: [&str; 2] = ["cannot open display", "could not open x display"];

/// The end of ffmpeg's log; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FfmpegLog(pub String);

impl FfmpegLog {
    /// Why there is no recording.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let log = self.0.to_ascii_lowercase();
        if log.is_empty() {
            Reason::BoxDeath
        } else if NO_DISPLAY.iter().any(|message| log.contains(message)) {
            Reason::DisplayUnavailable
        } else {
            Reason::FfmpegError
        }
    }
}

/// The suffix of an error message.
impl fmt::Display for FfmpegLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; ffmpeg log: {}", self.0) }
    }
}
