//! Why an operation of the service fails.

use thiserror::Error;

use super::path::PathError;
use crate::input::InputError;
use crate::shell::Thrown;

/// The message where the session runs no commands.
const NO_COMMANDS: &str = "the box does not support command execution";
/// The message where the session has no terminals.
const NO_TERMINAL: &str = "interactive terminal unsupported on this backend";

/// The reason of a failure. The first four have classes of their own in JavaScript.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ServiceError {
    /// The request cannot be carried out.
    #[error("{0}")]
    Validation(String),
    /// There is no such file or blob.
    #[error("{0}")]
    NotFound(String),
    /// The box is in another state than the request allows.
    #[error("{0}")]
    Conflict(String),
    /// The session has no method for the request.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The answer of the box is missing or incomplete, or git fails.
    #[error("{0}")]
    Unanswered(String),
    /// An argument is refused.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The session threw.
    #[error("the session threw")]
    Thrown(Thrown),
}

impl ServiceError {
    pub(super) fn no_commands() -> Self {
        Self::Unsupported(NO_COMMANDS)
    }

    pub(super) fn no_terminal() -> Self {
        Self::Unsupported(NO_TERMINAL)
    }
}

impl From<PathError> for ServiceError {
    fn from(error: PathError) -> Self {
        Self::Validation(error.to_string())
    }
}

impl From<Thrown> for ServiceError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}
