//! How an operation ends: with what it came to, or with why it failed.

use serde::Serialize;

use crate::input::{InputError, InputErrorKind};
use crate::recording::{Reason, RecordingError};
use crate::resolution::{RoutedToItself, Unresolvable, UnresolvableCode};
use crate::selfhosted::editor::EditError;
use crate::selfhosted::wire::Refusal;
use crate::shell::Thrown;

/// Why an operation failed, for the one place of the host that makes errors.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// The class of the error.
    pub kind: FailureKind,
    /// What it says.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<UnresolvableCode>,
    /// The number of the value that was thrown, where one is behind the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    thrown: Option<Thrown>,
}

/// The classes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// `Error`.
    Plain,
    /// `TypeError`.
    Type,
    /// `RangeError`.
    Range,
    /// `SyntaxError`.
    Syntax,
    /// `RecordingError`.
    Recording,
    /// `RecordingUnavailableError`.
    Unavailable,
    /// `ActiveBackendUnresolvableError`.
    Unresolvable,
    /// The very value that was thrown.
    Thrown,
}

impl Failure {
    /// A failure with nothing but a message.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), reason: None, code: None, thrown: None }
    }
}

impl From<Thrown> for Failure {
    fn from(thrown: Thrown) -> Self {
        Self { thrown: Some(thrown), ..Self::new(FailureKind::Thrown, "") }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let kind = match error.kind {
            InputErrorKind::Type => FailureKind::Type,
            InputErrorKind::Range => FailureKind::Range,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<RecordingError> for Failure {
    fn from(error: RecordingError) -> Self {
        match error {
            RecordingError::Thrown(thrown) => thrown.into(),
            RecordingError::Unavailable | RecordingError::FinalizeUnavailable => {
                Self::new(FailureKind::Unavailable, error.to_string())
            }
            _ => Self {
                reason: error.reason(),
                thrown: error.cause(),
                ..Self::new(FailureKind::Recording, error.to_string())
            },
        }
    }
}

impl From<Unresolvable> for Failure {
    fn from(error: Unresolvable) -> Self {
        Self { code: Some(error.code()), ..Self::new(FailureKind::Unresolvable, error.to_string()) }
    }
}

impl From<RoutedToItself> for Failure {
    fn from(error: RoutedToItself) -> Self {
        Self::new(FailureKind::Unresolvable, error.to_string())
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Input(error) => error.into(),
            error => Self::new(FailureKind::Plain, error.to_string()),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(error: Refusal) -> Self {
        let kind = match error {
            Refusal::Type { .. } => FailureKind::Type,
            Refusal::Range { .. } => FailureKind::Plain,
            Refusal::Syntax(_) => FailureKind::Syntax,
        };
        Self::new(kind, error.to_string())
    }
}

/// The end of an operation, or the answer to a question.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum End<T> {
    Done { done: T },
    Failed { failed: Failure },
}

impl<T: Serialize> End<T> {
    /// JSON of it.
    pub(super) fn text(result: Result<T, Failure>) -> String {
        let end = match result {
            Ok(done) => Self::Done { done },
            Err(failed) => Self::Failed { failed },
        };
        serde_json::to_string(&end).expect("plain data has JSON")
    }
}
