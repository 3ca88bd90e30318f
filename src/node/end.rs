//! How an operation ends: with what it came to, or with why it failed.

use napi::Result;
use serde::Serialize;

use super::json;
use crate::input::{InputError, InputErrorKind};
use crate::recording::{Reason, RecordingError};
use crate::resolution::{Unresolvable, UnresolvableCode};
use crate::selfhosted::editor::EditError;
use crate::selfhosted::wire::Refusal;
use crate::shell::Thrown;

/// Why an operation failed, for the one place in JavaScript that makes errors.
#[derive(Serialize)]
pub(super) struct Failure {
    kind: FailureKind,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<UnresolvableCode>,
    /// The number of the value that the session threw, where one is behind the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    thrown: Option<Thrown>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum FailureKind {
    Plain,
    Type,
    Range,
    Syntax,
    Recording,
    Unavailable,
    Unresolvable,
    Thrown,
}

impl Failure {
    fn new(kind: FailureKind, message: impl ToString) -> Self {
        Self { kind, message: message.to_string(), reason: None, code: None, thrown: None }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let kind = match error.kind {
            InputErrorKind::Type => FailureKind::Type,
            InputErrorKind::Range => FailureKind::Range,
        };
        Self::new(kind, error)
    }
}

impl From<RecordingError> for Failure {
    fn from(error: RecordingError) -> Self {
        let (kind, thrown) = match error {
            RecordingError::Thrown(thrown) => (FailureKind::Thrown, Some(thrown)),
            RecordingError::Unavailable | RecordingError::FinalizeUnavailable => {
                (FailureKind::Unavailable, None)
            }
            _ => (FailureKind::Recording, error.cause()),
        };
        Self { reason: error.reason(), thrown, ..Self::new(kind, error) }
    }
}

impl From<Unresolvable> for Failure {
    fn from(error: Unresolvable) -> Self {
        Self { code: Some(error.code()), ..Self::new(FailureKind::Unresolvable, error) }
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Input(error) => error.into(),
            error => Self::new(FailureKind::Plain, error),
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
        Self::new(kind, error)
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum End<T> {
    Done { done: T },
    Failed { failed: Failure },
}

impl<T, E: Into<Failure>> From<std::result::Result<T, E>> for End<T> {
    fn from(result: std::result::Result<T, E>) -> Self {
        match result {
            Ok(done) => Self::Done { done },
            Err(error) => Self::Failed { failed: error.into() },
        }
    }
}

/// The end of an operation that needed nothing from outside.
pub(super) fn settled<T: Serialize>(
    result: std::result::Result<T, impl Into<Failure>>,
) -> Result<String> {
    json::text(&End::from(result))
}
