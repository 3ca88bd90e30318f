//! The end of an operation: its result, or its failure.

use serde::Serialize;

use crate::channel_a::{ServiceError, path::PathError};
use crate::ecmascript::number_text;
use crate::input::{InputError, InputErrorKind};
use crate::launch::{LaunchError, Server};
use crate::lifecycle::{
    ConfigError, EnvelopeError, EnvironmentError, EstablishError, NetworkError, PortsError,
};
use crate::recording::{Reason, RecordingError, UploadFailure, UploadFailureKind};
use crate::resolution::{
    NoBackendYet, ResolveError, RoutedToItself, Unresolvable, UnresolvableCode,
};
use crate::selfhosted::control::ControlError;
use crate::selfhosted::editor::EditError;
use crate::selfhosted::exec::ExecTimeout;
use crate::selfhosted::session::SessionError;
use crate::selfhosted::wire::Refusal;
use crate::shell::Thrown;
use crate::stream::{EmptySecret, ExposeError, InvalidClaims, Issue, MalformedEndpoint, MintError};

/// A failure, in the form from which the host makes the error.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// The class of the error.
    pub kind: FailureKind,
    /// The message.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<UnresolvableCode>,
    /// The backend that cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    detail: Option<Detail>,
    /// The number of the thrown value that is the cause, if any.
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
    /// `DOMException` with the name `DataError`.
    Data,
    /// `ZodError`.
    Claims,
    /// `StreamPortUnavailableError`.
    StreamPort,
    /// `DisplayStackError`.
    DisplayStack,
    /// `DisplayStackUnsupportedError`.
    DisplayStackUnsupported,
    /// `TerminalServerError`.
    TerminalServer,
    /// `TerminalServerUnsupportedError`.
    TerminalServerUnsupported,
    /// `SandboxConfigError`.
    Config,
    /// `ChannelAValidationError`.
    ChannelValidation,
    /// `ChannelANotFoundError`.
    ChannelNotFound,
    /// `ChannelAConflictError`.
    ChannelConflict,
    /// `ChannelAUnsupportedError`.
    ChannelUnsupported,
    /// The thrown value itself.
    Thrown,
}

/// The fields of an error beside its message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Detail {
    /// The fields of an error of a machine.
    Control {
        #[serde(flatten)]
        error: ControlError,
        code: f64,
    },
    /// The fields of the error of a command that took too long.
    TimedOut(ExecTimeout),
    /// The field of the error of an upload.
    Upload(NotUploaded),
    /// The faults of the claims of a token.
    Issues(Vec<Issue>),
    /// The arguments of the constructors of a launch's errors.
    Launch {
        /// The text of the exit code, since JSON has no form for some numbers, such as NaN.
        exit_code: String,
        output: String,
    },
}

/// How an upload failed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NotUploaded {
    failure: UploadFailureKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curl_exit_code: Option<u8>,
}

impl Failure {
    /// A failure with a message alone.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            reason: None,
            code: None,
            backend: None,
            detail: None,
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
                detail: match &error {
                    RecordingError::NotUploaded { failure, .. } => {
                        let &UploadFailure { kind, status, exit_code, .. } = failure;
                        Some(Detail::Upload(NotUploaded {
                            failure: kind,
                            http_status: status,
                            curl_exit_code: exit_code,
                        }))
                    }
                    _ => None,
                },
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

impl From<NoBackendYet> for Failure {
    #[inline(never)]
    fn from(error: NoBackendYet) -> Self {
        Self::new(FailureKind::Plain, error.to_string())
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
                detail: Some(Detail::Control { error, code }),
                ..Self::new(FailureKind::Control, message)
            },
            SessionError::TimedOut(error) => Self {
                detail: Some(Detail::TimedOut(error)),
                ..Self::new(FailureKind::ExecTimeout, message)
            },
            SessionError::Unexpected(_) | SessionError::Unranged(_) | SessionError::Changed(_) => {
                Self::new(FailureKind::Plain, message)
            }
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

impl From<ConfigError> for Failure {
    #[inline(never)]
    fn from(error: ConfigError) -> Self {
        let message = error.to_string();
        Self { backend: Some(error.backend), ..Self::new(FailureKind::Config, message) }
    }
}

impl From<EstablishError> for Failure {
    #[inline(never)]
    fn from(error: EstablishError) -> Self {
        match error {
            EstablishError::Config(error) => error.into(),
            EstablishError::Thrown(thrown) => thrown.into(),
        }
    }
}

impl From<NetworkError> for Failure {
    #[inline(never)]
    fn from(error: NetworkError) -> Self {
        match error {
            NetworkError::Thrown(thrown) => thrown.into(),
            error @ NetworkError::Refused { .. } => {
                Self::new(FailureKind::Plain, error.to_string())
            }
        }
    }
}

/// Errors with a message alone.
macro_rules! plain {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            #[inline(never)]
            fn from(error: $error) -> Self {
                Self::new(FailureKind::Plain, error.to_string())
            }
        })*
    };
}

plain!(EnvelopeError, EnvironmentError, PortsError);

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
            Refusal::Type { .. } | Refusal::Unknown { .. } => FailureKind::Type,
            Refusal::Range { .. } => FailureKind::Plain,
            Refusal::Syntax(_) => FailureKind::Syntax,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<InvalidClaims> for Failure {
    #[inline(never)]
    fn from(error: InvalidClaims) -> Self {
        let message = error.to_string();
        let detail = Some(Detail::Issues(error.issues));
        Self { detail, ..Self::new(FailureKind::Claims, message) }
    }
}

impl From<EmptySecret> for Failure {
    fn from(error: EmptySecret) -> Self {
        Self::new(FailureKind::Data, error.to_string())
    }
}

impl From<MintError> for Failure {
    fn from(error: MintError) -> Self {
        match error {
            MintError::Claims(error) => error.into(),
            MintError::Key(error) => error.into(),
        }
    }
}

impl From<MalformedEndpoint> for Failure {
    fn from(error: MalformedEndpoint) -> Self {
        match error {
            MalformedEndpoint::Text(error) => error.into(),
            part @ MalformedEndpoint::Part { .. } => {
                Self::new(FailureKind::StreamPort, part.to_string())
            }
        }
    }
}

impl From<ExposeError> for Failure {
    #[inline(never)]
    fn from(error: ExposeError) -> Self {
        let message = error.to_string();
        match error {
            ExposeError::Unsupported => Self::new(FailureKind::StreamPort, message),
            ExposeError::Unresolved { cause, .. } => {
                Self { thrown: Some(cause), ..Self::new(FailureKind::StreamPort, message) }
            }
            ExposeError::Endpoint(error) => error.into(),
            ExposeError::Input(error) => error.into(),
            ExposeError::Claims(error) => error.into(),
            ExposeError::Key(error) => error.into(),
            ExposeError::Thrown(thrown) => thrown.into(),
        }
    }
}

impl From<LaunchError> for Failure {
    #[inline(never)]
    fn from(error: LaunchError) -> Self {
        let message = error.to_string();
        match error {
            LaunchError::Unsupported(Server::Desktop) => {
                Self::new(FailureKind::DisplayStackUnsupported, message)
            }
            LaunchError::Unsupported(Server::Terminal) => {
                Self::new(FailureKind::TerminalServerUnsupported, message)
            }
            LaunchError::Failed { server, exit_code, output } => {
                let kind = match server {
                    Server::Desktop => FailureKind::DisplayStack,
                    Server::Terminal => FailureKind::TerminalServer,
                };
                let exit_code = number_text(exit_code);
                let detail = Some(Detail::Launch { exit_code, output });
                // The class of the error adds the rest of the message.
                Self { detail, ..Self::new(kind, "") }
            }
            LaunchError::Thrown(thrown) => thrown.into(),
        }
    }
}

/// What an operation came to, or the answer to a question.
#[derive(Serialize)]
struct Done<T> {
    done: T,
}

#[derive(Serialize)]
struct Failed {
    failed: Failure,
}

/// The JSON of a result or a failure.
///
/// # Panics
///
/// When the result has no JSON; plain data always has.
#[inline(never)]
pub fn end<T: Serialize>(result: Result<T, impl Into<Failure>>) -> String {
    match result {
        Ok(done) => json(&Done { done }),
        Err(error) => failed(error.into()),
    }
}

// It is not part of the above, of which there is one for each type.
#[inline(never)]
fn failed(failed: Failure) -> String {
    json(&Failed { failed })
}

fn json(end: &impl Serialize) -> String {
    serde_json::to_string(end).expect("plain data has JSON")
}
