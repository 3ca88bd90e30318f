//! Commands on the machine: where they run, how long they may take, and what it means when one took
//! too long.

use serde::Serialize;

use super::control::{ControlError, code};
use super::path;
use crate::ecmascript::same;
use crate::input::{self, InputError, Value};

/// How long the agent has to answer, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// How much longer than the command the request may take, in milliseconds: for the way there and
/// back, and for the agent to end the command.
const MARGIN_MS: u32 = 2_000;

/// The longest time that a timer of JavaScript can wait (HTML, `setTimeout`: a signed 32-bit
/// number of milliseconds).
const LONGEST_TIMER_MS: u32 = i32::MAX as u32;

/// A command that may be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// Its text.
    pub cmd: String,
    /// Where on the machine it runs.
    pub cwd: String,
    /// How long it may take.
    pub limits: Limits,
}

impl Launch {
    /// Checks what a caller passes to a session in `working_dir` that waits `timeout_ms` for its
    /// agent.
    ///
    /// # Errors
    ///
    /// When `cmd` is no text, `workdir` is no path, or `exec_timeout_ms` is no time.
    pub fn check(
        cmd: Value,
        workdir: Value,
        exec_timeout_ms: &Value,
        working_dir: &str,
        timeout_ms: f64,
    ) -> Result<Self, InputError> {
        let cmd = input::command("cmd", cmd)?;
        let workdir = input::optional_string("workdir", workdir)?;
        let limits = Limits::new(timeout_ms, exec_timeout_ms)?;
        Ok(Self { cmd, cwd: path::map(workdir.as_deref(), working_dir), limits })
    }
}

/// The limits of one command, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// After this time the agent ends the command. 0: never.
    pub agent_ms: u32,
    /// After this time the session stops waiting for the agent.
    pub transport_ms: f64,
}

impl Limits {
    /// Without a limit of its own, the command ends in time for the session.
    fn new(timeout_ms: f64, exec_timeout_ms: &Value) -> Result<Self, InputError> {
        if *exec_timeout_ms == Value::Absent {
            let margin = (timeout_ms / 10.0).min(f64::from(MARGIN_MS));
            let agent_ms = (timeout_ms - margin).clamp(0.0, f64::from(LONGEST_TIMER_MS));
            return Ok(Self { agent_ms: whole(agent_ms.floor()), transport_ms: timeout_ms });
        }
        let max = f64::from(LONGEST_TIMER_MS - MARGIN_MS);
        let expected = "a whole number of milliseconds from 1 to 2147481647";
        let accepts = |ms: f64| ms.fract() == 0.0 && (1.0..=max).contains(&ms);
        let ms = input::number("execTimeoutMs", expected, exec_timeout_ms, accepts)?;
        Ok(Self { agent_ms: whole(ms), transport_ms: ms + f64::from(MARGIN_MS) })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "NaN is no limit: 0")]
fn whole(ms: f64) -> u32 {
    ms as u32
}

/// A command that took too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecTimeout {
    /// What it means, as every error of an agent does.
    #[serde(flatten)]
    pub error: ControlError,
    /// The code that goes with it.
    pub code: i32,
    /// Whether the command may still be running.
    pub may_be_running: bool,
}

impl ExecTimeout {
    /// The agent ended the command at its limit.
    #[must_use]
    pub fn ended(agent_ms: u32) -> Self {
        let message = format!("the agent ended the command after {agent_ms} ms");
        let error = ControlError {
            reason: None,
            ..ControlError::new(f64::from(code::TIMEOUT), &message, false)
        };
        Self::of(error, false)
    }

    /// The agent did not answer in time: nobody knows whether it began, or has ended, the command.
    /// `None` for an error of another kind.
    #[must_use]
    pub fn unanswered(code: f64, message: &str) -> Option<Self> {
        let is_timeout = same(code, f64::from(code::TIMEOUT));
        let error = is_timeout.then(|| ControlError::new(code, message, false))?;
        let message = format!("{}; the command may still be running", error.message);
        Some(Self::of(ControlError { message, ..error }, true))
    }

    /// Running the command again would run it twice.
    fn of(error: ControlError, may_be_running: bool) -> Self {
        let error = ControlError { retryable: false, ..error };
        Self { error, code: code::TIMEOUT, may_be_running }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfhosted::control::UnavailableReason;

    #[test]
    fn a_timeout_is_never_retryable_and_says_what_is_known() {
        let ended = ExecTimeout::ended(28_000);
        assert_eq!(ended.error.message, "the agent ended the command after 28000 ms");
        assert_eq!((ended.error.retryable, ended.may_be_running), (false, false));
        assert_eq!((ended.error.reason, ended.code), (None, 5));
        let lost = ExecTimeout::unanswered(5.0, "too late").expect("a timeout");
        assert_eq!(lost.error.message, "too late; the command may still be running");
        assert_eq!((lost.error.retryable, lost.may_be_running), (false, true));
        assert_eq!(lost.error.reason, Some(UnavailableReason::AgentReconnecting));
        assert_eq!(ExecTimeout::unanswered(9.0, "offline"), None);
    }
}
