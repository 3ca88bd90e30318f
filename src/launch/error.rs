//! The errors of a launch.

use thiserror::Error;

use super::Server;
use crate::ecmascript::number_text;
use crate::shell::Thrown;

/// The reason why a server is not up.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LaunchError {
    /// The session runs no commands.
    #[error(
        "provider session cannot run commands (no exec/execCommand) — {} unavailable",
        .0.facts().tier
    )]
    Unsupported(Server),
    /// The launch failed.
    #[error(
        "{} failed at stage \"{}\" (exit {}){}{output}",
        server.facts().noun,
        server.stage(*exit_code),
        number_text(*exit_code),
        if output.is_empty() { "" } else { ":\n" }
    )]
    Failed {
        /// The server.
        server: Server,
        /// The exit code of the command, or that of its output.
        exit_code: f64,
        /// The output of the command.
        output: String,
    },
    /// The session threw. The value reaches the caller unchanged.
    #[error("the session threw")]
    Thrown(Thrown),
}

impl From<Thrown> for LaunchError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}
