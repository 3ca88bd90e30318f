//! Why an operation of the service fails.

use thiserror::Error;

use super::path::PathError;
use crate::input::InputError;
use crate::shell::Thrown;

/// What is said where the session runs no commands.
const NO_COMMANDS: &str = "the box does not support command execution";
/// What is said where it has no terminals.
const NO_TERMINAL: &str = "interactive terminal unsupported on this backend";

/// Why an operation fails. Each of the first four is a class of its own to the caller.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ServiceError {
    /// What was asked for cannot be done.
    #[error("{0}")]
    Validation(String),
    /// There is no such file or blob.
    #[error("{0}")]
    NotFound(String),
    /// It is in another state than the caller expects.
    #[error("{0}")]
    Conflict(String),
    /// The session cannot do it.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The box has not answered, or not all that it had to say.
    #[error("{0}")]
    Unanswered(String),
    /// An argument is refused.
    #[error(transparent)]
    Input(#[from] InputError),
    /// What the session threw.
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
