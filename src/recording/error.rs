//! The errors of starting and reading a recording.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::{FfmpegLog, UploadFailure};
use crate::container::Gap;
use crate::ecmascript::number_text;
use crate::payload::Fault;
use crate::shell::{ExecFailure, Reply, Thrown, tail, visible};

/// The `reason` of a recording error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// ffmpeg failed, or the bytes that came are not the recording.
    FfmpegError,
    /// The recording is not on the box, and no log says why.
    BoxDeath,
    /// The recording is larger than the caller's limit.
    MaxBytesExceeded,
    /// ffmpeg could not open the X display.
    DisplayUnavailable,
    /// The box has not sent the recording to the store.
    UploadFailed,
}

/// Why a recording could not be started or read.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The session has neither `exec` nor `execCommand`.
    #[error("session cannot run commands (no exec/execCommand) — recording unavailable")]
    Unavailable,
    /// The same, before the first command of a read.
    #[error("session cannot run commands (no exec/execCommand) — recording finalize unavailable")]
    FinalizeUnavailable,
    /// The session threw. The value is passed on as it is.
    #[error("the session threw")]
    Thrown(Thrown),
    /// The command that launches ffmpeg failed.
    #[error("recording not started{}{}", exit_code(*code), after(": ", words))]
    NotStarted {
        /// Its exit code, where the session reports one.
        code: Option<f64>,
        /// What it printed.
        words: String,
    },
    /// ffmpeg has ended, or does not write.
    #[error(
        "recording not started: {}{log}",
        if log.is_running { "ffmpeg has written nothing in 15 seconds" } else { "ffmpeg has ended" }
    )]
    NotVerified {
        /// ffmpeg's log.
        log: FfmpegLog,
    },
    /// The answer of the box does not tell what was asked.
    #[error("{what}: the box answered \"{}\" instead of a report", tail(answer, QUOTED))]
    NoReport {
        /// What is not known.
        what: &'static str,
        /// The answer.
        answer: String,
    },
    /// There is no file.
    #[error(
        "recording file missing on box: {}{}{unfinished}{log}",
        visible(path),
        if *is_silent { "; the box answered nothing instead of a size" } else { "" }
    )]
    Missing {
        /// The path on the box.
        path: String,
        /// Whether the command printed nothing.
        is_silent: bool,
        /// Whether the command had not finished.
        unfinished: Unfinished,
        /// ffmpeg's log.
        log: FfmpegLog,
        /// The value that the session threw when asked for the log.
        cause: Option<Thrown>,
    },
    /// The answer of the box is no size.
    #[error(
        "recording size unknown: {}: the box answered \"{}\" instead of a size{unfinished}",
        visible(path),
        tail(answer, QUOTED)
    )]
    NoSize {
        /// The path on the box.
        path: String,
        /// The answer.
        answer: String,
        /// Whether the command had not finished.
        unfinished: Unfinished,
    },
    /// The path is a symbolic link.
    #[error("recording is a symbolic link on box: {}", visible(path))]
    Link {
        /// The path on the box.
        path: String,
    },
    /// The file is empty.
    #[error("recording file empty on box: {}{log}", visible(path))]
    Empty {
        /// The path on the box.
        path: String,
        /// ffmpeg's log.
        log: FfmpegLog,
        /// The value that the session threw when asked for the log.
        cause: Option<Thrown>,
    },
    /// The file is larger than the caller's limit.
    #[error("recording {size}B exceeds max {}B", number_text(*max))]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The caller's limit in bytes.
        max: f64,
    },
    /// The file ends before the offset at which the read is to begin.
    #[error("recording of {size} bytes ends before the offset {offset}: {}", visible(path))]
    BeyondEnd {
        /// The path on the box.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The offset in bytes.
        offset: u64,
    },
    /// The commands that print the video printed no bytes.
    #[error("recording read returned 0 bytes: {}{evidence}{tried}", visible(path))]
    NoBytes {
        /// The path on the box.
        path: String,
        /// What the reply says beside its payload.
        evidence: Evidence,
        /// How often the piece was asked for.
        tried: Tried,
    },
    /// The text that arrived is not the piece that was asked for.
    #[error(
        "recording read failed: {}: expected {expected} bytes, got {received}{}{}{evidence}{tried}",
        visible(path),
        fault.map(|fault| format!("; {fault}")).unwrap_or_default(),
        if *is_cut { "; the answer was cut on the way" } else { "" }
    )]
    Corrupt {
        /// The path on the box.
        path: String,
        /// The number of bytes asked for.
        expected: u64,
        /// The number of bytes that came, up to the fault if there is one.
        received: u64,
        /// Where the text stops being base64.
        fault: Option<Fault>,
        /// Whether a line of the frame was missing.
        is_cut: bool,
        /// What the reply says beside its payload.
        evidence: Evidence,
        /// How often the piece was asked for.
        tried: Tried,
    },
    /// The file changed during the read.
    #[error(
        "recording changed on box while it was read: {}: {before} bytes before, {after} bytes after",
        visible(path)
    )]
    Changed {
        /// The path on the box.
        path: String,
        /// Its size before, in bytes.
        before: u64,
        /// Its size after, in bytes.
        after: u64,
    },
    /// All pieces came, but their digest is not that of the file.
    #[error(
        "recording read failed: {}: the SHA-256 digest of what came is not that of the file",
        visible(path)
    )]
    OtherDigest {
        /// The path on the box.
        path: String,
    },
    /// The recordings of a directory could not be read or removed.
    #[error("recordings not {what}: {}: {}", visible(path), tail(answer, QUOTED))]
    Directory {
        /// What was to be done.
        what: &'static str,
        /// The directory on the box.
        path: String,
        /// The answer of the box, or what is wrong with it.
        answer: String,
    },
    /// ffmpeg has not finished the file.
    #[error("recording not finished: {}: {gap}{log}", visible(path))]
    NotFinished {
        /// The path on the box.
        path: String,
        /// What the file lacks.
        gap: Gap,
        /// ffmpeg's log.
        log: FfmpegLog,
        /// The value that the session threw when asked for the log.
        cause: Option<Thrown>,
    },
    /// The box has not sent the file to the store.
    #[error("recording not uploaded: {}: {failure}", visible(path))]
    NotUploaded {
        /// The path on the box.
        path: String,
        /// Why.
        failure: UploadFailure,
    },
}

impl RecordingError {
    /// The reason; `None` for an unavailable session and a thrown value.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Unavailable | Self::FinalizeUnavailable | Self::Thrown(_) => None,
            // The box answered the question after this one, so it has not died.
            Self::Missing { is_silent: true, log, .. } if log.is_answered => {
                Some(Reason::FfmpegError)
            }
            Self::Missing { log, .. } | Self::Empty { log, .. } => Some(log.reason()),
            // The box has answered, so it has not died.
            Self::NotVerified { log } => match log.reason() {
                Reason::DisplayUnavailable => Some(Reason::DisplayUnavailable),
                _ => Some(Reason::FfmpegError),
            },
            Self::TooLarge { .. } => Some(Reason::MaxBytesExceeded),
            Self::NotUploaded { .. } => Some(Reason::UploadFailed),
            _ => Some(Reason::FfmpegError),
        }
    }

    /// The value that the session threw when asked for the log.
    #[must_use]
    pub fn cause(&self) -> Option<Thrown> {
        match self {
            Self::Missing { cause, .. }
            | Self::Empty { cause, .. }
            | Self::NotFinished { cause, .. } => *cause,
            _ => None,
        }
    }
}

/// An error quotes at most this many characters of a box's output.
const QUOTED: usize = 1_000;

/// `words` and the end of `text`; empty where `text` is.
fn after(words: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{words}{}", tail(text, QUOTED)) }
}

fn exit_code(code: Option<f64>) -> String {
    code.map(|code| format!("; exit code {}", number_text(code))).unwrap_or_default()
}

/// How often a piece was asked for. Displays as the suffix of an error message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tried {
    /// The number of commands.
    pub times: u32,
    /// The length that the last of them asked for, in bytes.
    pub smallest: u64,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.times > 1 {
            write!(f, "; asked for {} times, {} bytes at last", self.times, self.smallest)?;
        }
        Ok(())
    }
}

impl From<ExecFailure> for RecordingError {
    fn from(failure: ExecFailure) -> Self {
        match failure {
            ExecFailure::Unavailable => Self::Unavailable,
            ExecFailure::Thrown(thrown) => Self::Thrown(thrown),
        }
    }
}

impl From<Thrown> for RecordingError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// The exec session's number of an unfinished command. Displays as the suffix of an error message.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Unfinished(pub Option<f64>);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(session) => {
                write!(f, "; exec session {} has not finished", number_text(session))
            }
            None => Ok(()),
        }
    }
}

/// What a reply says beside its payload. Displays as the suffix of an error message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// Whether the command had not finished.
    pub unfinished: Unfinished,
    /// Standard error.
    pub stderr: String,
}

impl Evidence {
    pub(super) fn of<Text: crate::shell::Length>(reply: &Reply<Text>) -> Self {
        let stderr = reply.stderr.as_deref().unwrap_or_default().trim().to_owned();
        Self { unfinished: Unfinished(reply.unfinished()), stderr }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.unfinished, after("; stderr: ", &self.stderr))
    }
}
