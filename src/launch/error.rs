//! Why a server is not up.

use thiserror::Error;

use super::Server;
use crate::ecmascript::number_text;
use crate::shell::Thrown;

/// Why a server is not up.
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
        /// What was launched.
        server: Server,
        /// The exit code of the command, or the one that its text tells.
        exit_code: f64,
        /// What it printed.
        output: String,
    },
    /// The session threw. What it threw is passed on as it is.
    #[error("the session threw")]
    Thrown(Thrown),
}

impl From<Thrown> for LaunchError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}
