//! Starting and stopping ffmpeg.

use super::process::Request;
use super::{RawStart, RecordingError, RecordingProcess, command};
use crate::input::{self, InputError, Value};
use crate::shell::{ExecFailure, Shell};

/// A checked request to start.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch(Request);

impl Launch {
    /// Checks what the caller asked for.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(input: RawStart) -> Result<Self, InputError> {
        input.check().map(Self)
    }
}

/// Launches ffmpeg on the box.
///
/// # Errors
///
/// Where the session cannot run commands or throws. That ffmpeg itself failed shows when the
/// recording is read.
pub async fn start(shell: &impl Shell, launch: Launch) -> Result<RecordingProcess, RecordingError> {
    let Request { process, max_seconds } = launch.0;
    shell.exec(command::start(&process, max_seconds)).await?;
    Ok(RecordingProcess { started_at: shell.now().await, ..process })
}

/// What stopping needs of a handle.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    pid_file: String,
    run_as: Option<String>,
}

impl Running {
    /// Checks these fields of the caller's handle.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(pid_file: Value, run_as: Value) -> Result<Self, InputError> {
        Ok(Self { pid_file: input::path("pidFile", pid_file)?, run_as: input::run_as(run_as)? })
    }
}

/// Interrupts ffmpeg and waits until it is gone, for eight seconds at most. Says whether the
/// session carried the command out; a recording that was never started, or has ended, is no
/// failure.
pub async fn stop(shell: &impl Shell, running: Running) -> bool {
    let stopped = shell.exec(command::stop(&running.pid_file, running.run_as.as_ref())).await;
    !matches!(stopped, Err(ExecFailure::Unavailable | ExecFailure::Thrown(_)))
}
