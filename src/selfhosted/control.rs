//! The errors of agents, and what they mean to a caller.

use serde::Serialize;

use crate::ecmascript::{number_text, same};

/// The codes of an agent's error, as the wire has them.
pub mod code {
    /// The reply is no response to the request.
    pub const PROTOCOL: i32 = 7;
    pub(super) const NOT_FOUND: i32 = 3;
    pub(super) const CONSENT_REQUIRED: i32 = 4;
    pub(super) const DRAINING: i32 = 6;
    pub(crate) const FENCED: i32 = 10;
    pub(crate) const UNSUPPORTED: i32 = 1;
    pub(crate) const TIMEOUT: i32 = 5;
    pub(crate) const AGENT_OFFLINE: i32 = 9;
}

/// Why a machine is unavailable.
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

/// An agent's error as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the flags that callers test")]
pub struct ControlError {
    /// The message. Without one of the agent's it names the code.
    pub message: String,
    /// Why the machine is unavailable; `None` where the error does not mean that.
    pub reason: Option<UnavailableReason>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// The agent holds a newer epoch.
    pub fenced: bool,
    /// The agent is about to stop, and takes no new requests.
    pub draining: bool,
    /// No agent answers.
    pub agent_offline: bool,
    /// The file does not exist. The machine is available.
    pub os_not_found: bool,
}

impl ControlError {
    /// Classifies an error. The agent's `retryable` counts only for codes that do not decide it.
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

/// An error as the protocol has it, sent by an agent or made in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgentError {
    /// One of [`code`].
    pub code: i32,
    /// The message.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

impl AgentError {
    /// No agent listens on the subject.
    #[must_use]
    pub fn offline() -> Self {
        Self::of(code::AGENT_OFFLINE, "no agent responded (offline)")
    }

    /// The agent did not answer in time.
    #[must_use]
    pub fn timeout() -> Self {
        Self { retryable: true, ..Self::of(code::TIMEOUT, "the agent did not respond in time") }
    }

    /// The response has neither a result nor an error.
    #[must_use]
    pub fn empty_response() -> Self {
        Self::of(code::PROTOCOL, "agent returned an empty control response")
    }

    pub(super) fn of(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: false }
    }
}

/// The NATS subject of an agent.
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
