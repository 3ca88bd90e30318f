//! What an agent refuses, and what that means to a caller.

use serde::Serialize;

use crate::ecmascript::{number_text, same};

/// The codes of an agent's error, as the wire has them.
pub mod code {
    /// The agent's answer is not one to the request.
    pub const PROTOCOL: i32 = 7;
    pub(super) const NOT_FOUND: i32 = 3;
    pub(super) const CONSENT_REQUIRED: i32 = 4;
    pub(super) const DRAINING: i32 = 6;
    pub(super) const FENCED: i32 = 10;
    pub(crate) const UNSUPPORTED: i32 = 1;
    pub(crate) const TIMEOUT: i32 = 5;
    pub(crate) const AGENT_OFFLINE: i32 = 9;
}

/// Why a machine is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnavailableReason {
    /// No agent answers.
    AgentOffline,
    /// The agent did not answer in time.
    AgentReconnecting,
    /// The owner has not agreed.
    ConsentRequired,
}

/// What an agent's error means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the flags that callers test")]
pub struct ControlError {
    /// What went wrong.
    pub message: String,
    /// Why the machine is not to be had, where that is what it means.
    pub reason: Option<UnavailableReason>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// The agent holds a newer epoch.
    pub fenced: bool,
    /// The agent is about to stop and takes nothing new.
    pub draining: bool,
    /// No agent answers.
    pub agent_offline: bool,
    /// There is no such file. The machine itself is there.
    pub os_not_found: bool,
}

impl ControlError {
    /// The meaning of an error with `code`, `message` and, for codes that leave it to the agent,
    /// `retryable`.
    #[must_use]
    pub fn new(code: f64, message: &str, retryable: bool) -> Self {
        use UnavailableReason::{AgentOffline, AgentReconnecting, ConsentRequired};
        let is = |known: i32| same(code, f64::from(known));
        let reason = [
            (code::CONSENT_REQUIRED, ConsentRequired),
            (code::TIMEOUT, AgentReconnecting),
            (code::AGENT_OFFLINE, AgentOffline),
        ];
        let never = is(code::CONSENT_REQUIRED) || is(code::AGENT_OFFLINE);
        let always = is(code::TIMEOUT) || is(code::DRAINING) || is(code::FENCED);
        let message = match message {
            "" => format!("agent error ({})", number_text(code)),
            message => message.to_owned(),
        };
        Self {
            message,
            reason: reason.into_iter().find(|&(known, _)| is(known)).map(|(_, reason)| reason),
            retryable: always || retryable && !never,
            fenced: is(code::FENCED),
            draining: is(code::DRAINING),
            agent_offline: is(code::AGENT_OFFLINE),
            os_not_found: is(code::NOT_FOUND),
        }
    }
}

/// An error in an agent's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgentError {
    /// One of [`code`].
    pub code: i32,
    /// What went wrong.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

impl AgentError {
    /// Nobody answers to the agent's name.
    #[must_use]
    pub fn offline() -> Self {
        Self::of(code::AGENT_OFFLINE, "no agent responded (offline)")
    }

    /// Nobody answered in time.
    #[must_use]
    pub fn timeout() -> Self {
        Self { retryable: true, ..Self::of(code::TIMEOUT, "the agent did not respond in time") }
    }

    /// An answer with nothing in it.
    #[must_use]
    pub fn empty_response() -> Self {
        Self::of(code::PROTOCOL, "agent returned an empty control response")
    }

    pub(super) fn of(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: false }
    }
}

/// Where an agent is addressed.
#[must_use]
pub fn subject(workspace_id: &str, agent_id: &str) -> String {
    format!("agent.{workspace_id}.{agent_id}.rpc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_message_names_its_code() {
        assert_eq!(ControlError::new(10.0, "", false).message, "agent error (10)");
        assert_eq!(ControlError::new(-3.0, "", false).message, "agent error (-3)");
    }
}
