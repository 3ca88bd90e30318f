//! What can go wrong.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::FfmpegLog;
use crate::ecmascript::number_text;
use crate::payload::Fault;
use crate::shell::{ExecFailure, Reply, Thrown};

/// The `reason` of a recording error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// ffmpeg failed, or the bytes that came are not the recording.
    FfmpegError,
    /// The recording is gone from the box without a word.
    BoxDeath,
    /// The recording is larger than the caller takes.
    MaxBytesExceeded,
    /// ffmpeg could not open the X display.
    DisplayUnavailable,
}

/// Why a recording could not be started or read.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The session had no `exec` and no `execCommand` when a command was due.
    #[error("session cannot run commands (no exec/execCommand) — recording unavailable")]
    Unavailable,
    /// The same, noticed before a read began.
    #[error("session cannot run commands (no exec/execCommand) — recording finalize unavailable")]
    FinalizeUnavailable,
    /// The session threw. What it threw is passed on as it is.
    #[error("the session threw")]
    Thrown(Thrown),
    /// There is no file.
    #[error("recording file missing on box: {path}{unfinished}{log}")]
    Missing {
        /// Where it should be.
        path: String,
        /// Whether the box was still looking.
        unfinished: Unfinished,
        /// What ffmpeg said.
        log: FfmpegLog,
        /// What the session threw when asked for the log.
        cause: Option<Thrown>,
    },
    /// The box did not answer with a size.
    #[error("recording file empty on box: {path}{unfinished}")]
    NoSize {
        /// Where the file is.
        path: String,
        /// Whether the box was still looking.
        unfinished: Unfinished,
    },
    /// The file is empty.
    #[error("recording file empty on box: {path}{log}")]
    Empty {
        /// Where it is.
        path: String,
        /// What ffmpeg said.
        log: FfmpegLog,
        /// What the session threw when asked for the log.
        cause: Option<Thrown>,
    },
    /// The file is larger than the caller takes.
    #[error("recording {}B exceeds max {}B", number_text(*size), number_text(*max))]
    TooLarge {
        /// Its size in bytes.
        size: f64,
        /// The caller's limit in bytes.
        max: f64,
    },
    /// The box printed nothing where the video should be.
    #[error("recording read returned 0 bytes: {path}{evidence}")]
    NoBytes {
        /// Where the video is.
        path: String,
        /// What else is known.
        evidence: Evidence,
    },
    /// What the box printed is not the video.
    #[error(
        "recording read failed: {path}: expected {expected} bytes, got {received}{}{evidence}",
        fault.map(|fault| format!("; {fault}")).unwrap_or_default()
    )]
    Corrupt {
        /// Where the video is.
        path: String,
        /// Its size in bytes.
        expected: f64,
        /// How many bytes came, up to the fault if there is one.
        received: u64,
        /// Where the text stopped being base64.
        fault: Option<Fault>,
        /// What else is known.
        evidence: Evidence,
    },
}

impl RecordingError {
    /// The reason, for the errors that have one.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Unavailable | Self::FinalizeUnavailable | Self::Thrown(_) => None,
            Self::Missing { log, .. } | Self::Empty { log, .. } => Some(log.reason()),
            Self::TooLarge { .. } => Some(Reason::MaxBytesExceeded),
            Self::NoSize { .. } | Self::NoBytes { .. } | Self::Corrupt { .. } => {
                Some(Reason::FfmpegError)
            }
        }
    }

    /// What the session threw on the way to this error.
    #[must_use]
    pub fn cause(&self) -> Option<Thrown> {
        match self {
            Self::Missing { cause, .. } | Self::Empty { cause, .. } => *cause,
            _ => None,
        }
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

/// The session's number for a command that had not finished; the suffix of an error message.
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

/// What a reply says beside its payload; the suffix of an error message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// Whether the command had not finished.
    pub unfinished: Unfinished,
    /// The end of standard error.
    pub stderr: String,
}

impl Evidence {
    /// How much of standard error is quoted, in characters.
    const QUOTED: usize = 1_000;

    pub(super) fn of<Text: crate::shell::Length>(reply: &Reply<Text>) -> Self {
        let stderr = reply.stderr.as_deref().unwrap_or_default().trim();
        let skipped = stderr.chars().count().saturating_sub(Self::QUOTED);
        Self {
            unfinished: Unfinished(reply.unfinished()),
            stderr: stderr.chars().skip(skipped).collect(),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unfinished.fmt(f)?;
        if !self.stderr.is_empty() {
            write!(f, "; stderr: {}", self.stderr)?;
        }
        Ok(())
    }
}
