//! How an operation ends: with what it came to, or with why it failed.

use serde::Serialize;

use crate::channel_a::{ServiceError, path::PathError};
use crate::input::{InputError, InputErrorKind};
use crate::recording::{Reason, RecordingError};
use crate::resolution::{ResolveError, RoutedToItself, Unresolvable, UnresolvableCode};
use crate::selfhosted::control::ControlError;
use crate::selfhosted::editor::EditError;
use crate::selfhosted::exec::ExecTimeout;
use crate::selfhosted::session::SessionError;
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
    /// What a machine's error means.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    control: Option<Control>,
    /// The number of the value that was thrown, where one is behind the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    thrown: Option<Thrown>,
}

/// The classes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
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
    /// `SelfhostedControlError`.
    Control,
    /// `SelfhostedExecTimeoutError`.
    ExecTimeout,
    /// `ActiveBackendUnresolvableError`.
    Unresolvable,
    /// `ChannelAValidationError`.
    ChannelValidation,
    /// `ChannelANotFoundError`.
    ChannelNotFound,
    /// `ChannelAConflictError`.
    ChannelConflict,
    /// `ChannelAUnsupportedError`.
    ChannelUnsupported,
    /// The very value that was thrown.
    Thrown,
}

/// The fields of an error of a machine.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Control {
    Control {
        #[serde(flatten)]
        error: ControlError,
        code: f64,
    },
    TimedOut(ExecTimeout),
}

impl Failure {
    /// A failure with nothing but a message.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            reason: None,
            code: None,
            control: None,
            thrown: None,
        }
    }
}

impl From<Thrown> for Failure {
    fn from(thrown: Thrown) -> Self {
        Self { thrown: Some(thrown), ..Self::new(FailureKind::Thrown, "") }
    }
}

impl From<InputError> for Failure {
    #[inline(never)]
    fn from(error: InputError) -> Self {
        let kind = match error.kind {
            InputErrorKind::Type => FailureKind::Type,
            InputErrorKind::Range => FailureKind::Range,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<RecordingError> for Failure {
    #[inline(never)]
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
    #[inline(never)]
    fn from(error: Unresolvable) -> Self {
        Self { code: Some(error.code()), ..Self::new(FailureKind::Unresolvable, error.to_string()) }
    }
}

impl From<RoutedToItself> for Failure {
    #[inline(never)]
    fn from(error: RoutedToItself) -> Self {
        Self::new(FailureKind::Unresolvable, error.to_string())
    }
}

impl From<ResolveError> for Failure {
    #[inline(never)]
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Unresolvable(error) => error.into(),
            ResolveError::Thrown(thrown) => thrown.into(),
        }
    }
}

impl From<SessionError> for Failure {
    #[inline(never)]
    fn from(error: SessionError) -> Self {
        let message = error.to_string();
        match error {
            SessionError::Thrown(thrown) => thrown.into(),
            SessionError::Control(error, code) => Self {
                control: Some(Control::Control { error, code }),
                ..Self::new(FailureKind::Control, message)
            },
            SessionError::TimedOut(error) => Self {
                control: Some(Control::TimedOut(error)),
                ..Self::new(FailureKind::ExecTimeout, message)
            },
            SessionError::Unexpected(_) => Self::new(FailureKind::Plain, message),
        }
    }
}

impl From<EditError> for Failure {
    #[inline(never)]
    fn from(error: EditError) -> Self {
        match error {
            EditError::Input(error) => error.into(),
            EditError::Thrown(thrown) => thrown.into(),
            EditError::NotText { cause, .. } => {
                Self { thrown: Some(cause), ..Self::new(FailureKind::Plain, error.to_string()) }
            }
            error => Self::new(FailureKind::Plain, error.to_string()),
        }
    }
}

impl From<ServiceError> for Failure {
    #[inline(never)]
    fn from(error: ServiceError) -> Self {
        let kind = match &error {
            ServiceError::Validation(_) => FailureKind::ChannelValidation,
            ServiceError::NotFound(_) => FailureKind::ChannelNotFound,
            ServiceError::Conflict(_) => FailureKind::ChannelConflict,
            ServiceError::Unsupported(_) => FailureKind::ChannelUnsupported,
            ServiceError::Unanswered(_) => FailureKind::Plain,
            ServiceError::Input(error) => return error.clone().into(),
            ServiceError::Thrown(thrown) => return (*thrown).into(),
        };
        Self::new(kind, error.to_string())
    }
}

impl From<PathError> for Failure {
    #[inline(never)]
    fn from(error: PathError) -> Self {
        Self::new(FailureKind::ChannelValidation, error.to_string())
    }
}

impl From<Refusal> for Failure {
    #[inline(never)]
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
enum End<T> {
    Done { done: T },
    Failed { failed: Failure },
}

/// JSON of what was come to, or of why it failed.
///
/// # Panics
///
/// When it has no JSON, which plain data has.
#[inline(never)]
pub fn end<T: Serialize>(result: Result<T, impl Into<Failure>>) -> String {
    let end = match result {
        Ok(done) => End::Done { done },
        Err(error) => End::Failed { failed: error.into() },
    };
    serde_json::to_string(&end).expect("plain data has JSON")
}
