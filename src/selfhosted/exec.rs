//! Commands on the machine: their working directory, their time limits, and the error for a command that
//! took too long.

use serde::Serialize;

use super::control::{ControlError, code};
use super::path;
use super::transport::Delivery;
use crate::ecmascript::same;
use crate::input::{self, InputError, Value};

/// The default time that the agent has for a response, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// The request may take this much longer than the command, in milliseconds, for the way there and back and
/// for the agent to end the command.
const MARGIN_MS: u32 = 2_000;

/// The longest time that a timer of JavaScript can wait, in milliseconds (HTML, `setTimeout`: a signed
/// 32-bit number).
const LONGEST_TIMER_MS: u32 = i32::MAX as u32;

/// A checked command.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// The text of the command.
    pub cmd: String,
    /// The directory on the machine in which it runs.
    pub cwd: String,
    /// The time limits.
    pub limits: Limits,
}

impl Launch {
    /// Checks the arguments of `exec`. `working_dir` and `timeout_ms` are those of the session.
    ///
    /// # Errors
    ///
    /// When `cmd` is no text, `workdir` no path, or `exec_timeout_ms` no time.
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
    /// The agent ends the command after this time; 0 means never.
    pub agent_ms: u32,
    /// The session stops waiting for the agent after this time.
    pub transport_ms: f64,
}

impl Limits {
    /// Without `execTimeoutMs`, the agent ends the command before the session stops waiting: earlier by a
    /// tenth of `timeout_ms`, and by [`MARGIN_MS`] at most.
    fn new(timeout_ms: f64, exec_timeout_ms: &Value) -> Result<Self, InputError> {
        if *exec_timeout_ms == Value::Absent {
            let margin = (timeout_ms / 10.0).min(f64::from(MARGIN_MS));
            let agent_ms = (timeout_ms - margin).clamp(0.0, f64::from(LONGEST_TIMER_MS));
            return Ok(Self { agent_ms: whole(agent_ms.floor()), transport_ms: timeout_ms });
        }
        let max = f64::from(LONGEST_TIMER_MS - MARGIN_MS);
        let expected = "a whole number of milliseconds from 0 to 2147481647";
        let accepts = |ms: f64| ms.fract() == 0.0 && (0.0..=max).contains(&ms);
        let ms = input::number("execTimeoutMs", expected, exec_timeout_ms, accepts)?;
        // Without a limit on the machine, the session waits as long as for any other answer.
        let transport_ms = if ms > 0.0 { ms + f64::from(MARGIN_MS) } else { timeout_ms };
        Ok(Self { agent_ms: whole(ms), transport_ms })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "NaN is no limit: 0")]
fn whole(ms: f64) -> u32 {
    ms as u32
}

/// A command that took too long, or whose answer is lost.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecTimeout {
    /// The fields of an agent's error.
    #[serde(flatten)]
    pub error: ControlError,
    /// Its code.
    pub code: f64,
    /// Whether the command may still be running.
    pub may_be_running: bool,
}

impl ExecTimeout {
    /// The agent ended the command at its limit.
    #[must_use]
    pub fn ended(agent_ms: u32) -> Self {
        let message = format!("the agent ended the command after {agent_ms} ms");
        let code = f64::from(code::TIMEOUT);
        let error = ControlError::new(code, &message, false, Delivery::Answered);
        Self::of(ControlError { reason: None, ..error }, code, false)
    }

    /// No agent has said what came of the command, so it may not have begun or may still be running.
    /// `None` for an error that says it.
    #[must_use]
    pub fn unanswered(code: f64, message: &str, delivery: Delivery) -> Option<Self> {
        let is_unanswered = match delivery {
            Delivery::Unknown => true,
            Delivery::Answered => same(code, f64::from(code::TIMEOUT)),
            Delivery::Never | Delivery::TooLarge => false,
        };
        is_unanswered.then(|| Self::lost(code, message, delivery))
    }

    /// The agent has replied, and not said what came of the command.
    #[must_use]
    pub fn unread(message: &str) -> Self {
        Self::lost(code::PROTOCOL.into(), message, Delivery::Unknown)
    }

    fn lost(code: f64, message: &str, delivery: Delivery) -> Self {
        let error = ControlError::new(code, message, false, delivery);
        let message = format!("{}; the command may still be running", error.message);
        Self::of(ControlError { message, ..error }, code, true)
    }

    /// Never retryable: a retry could run the command twice.
    fn of(error: ControlError, code: f64, may_be_running: bool) -> Self {
        let error = ControlError { retryable: false, ..error };
        Self { error, code, may_be_running }
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
        assert_eq!((ended.error.reason, ended.code), (None, 5.0));
        let lost = ExecTimeout::unanswered(5.0, "too late", Delivery::Answered);
        let lost = lost.expect("a timeout");
        assert_eq!(lost.error.message, "too late; the command may still be running");
        assert_eq!((lost.error.retryable, lost.may_be_running), (false, true));
        assert_eq!(lost.error.reason, Some(UnavailableReason::AgentReconnecting));
    }

    #[test]
    fn a_command_may_be_running_where_no_agent_can_say() {
        let is_unanswered = |code, delivery| ExecTimeout::unanswered(code, "m", delivery).is_some();
        assert!(is_unanswered(5.0, Delivery::Answered));
        assert!(!is_unanswered(9.0, Delivery::Answered));
        for code in [0.0, 5.0, 7.0, 9.0] {
            assert!(is_unanswered(code, Delivery::Unknown), "{code}");
            assert!(!is_unanswered(code, Delivery::Never), "{code}");
            assert!(!is_unanswered(code, Delivery::TooLarge), "{code}");
        }
    }
}
