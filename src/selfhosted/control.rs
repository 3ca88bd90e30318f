//! The errors of agents, and what they mean to a caller.

use serde::Serialize;

use super::transport::Delivery;
use crate::ecmascript::{number_text, same};
use crate::input::{self, InputError, Value};

/// The codes of an agent's error, as the wire has them.
pub mod code {
    /// No code of an agent's fits.
    pub(crate) const UNSPECIFIED: i32 = 0;
    /// The reply is no response to the request.
    pub const PROTOCOL: i32 = 7;
    pub(super) const NOT_FOUND: i32 = 3;
    pub(super) const CONSENT_REQUIRED: i32 = 4;
    pub(crate) const DRAINING: i32 = 6;
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
    /// The request was not delivered to any agent.
    pub never_sent: bool,
    /// The request is larger than the server accepts.
    pub payload_too_large: bool,
}

impl ControlError {
    /// Classifies an error. The agent's `retryable` counts only for codes that do not decide it.
    #[must_use]
    pub fn new(code: f64, message: &str, retryable: bool, delivery: Delivery) -> Self {
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
            never_sent: delivery.is_never(),
            payload_too_large: delivery == Delivery::TooLarge,
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

/// The greatest length of an id in a subject, in bytes. Ids are UUIDs and short names.
const LONGEST_TOKEN: usize = 256;

/// The greatest length of a subject, in bytes. The line of a request also has the subject of the reply and the
/// length of the message, and a server ends a connection with a line of more than 4,096 bytes
/// (`max_control_line`).
const LONGEST_SUBJECT: usize = 1_024;

/// Checks an id that becomes a token of a subject. Another token would be another machine's address, or
/// several machines'; a space or a line break would end the subject in the line of NATS' protocol; and a
/// line that is too long ends the connection.
///
/// # Errors
///
/// When it is no such token.
pub fn token(field: &'static str, id: Value) -> Result<String, InputError> {
    let id = input::string(field, id)?;
    let is_length = (1..=LONGEST_TOKEN).contains(&id.len());
    if !is_length || breaks_line(&id) || id.contains(['.', '*', '>']) {
        let expected = "one token of a NATS subject: not empty, of 256 bytes at most, without white \
                        space, control characters, \".\", \"*\" and \">\"";
        return Err(InputError::wrong_type(field, expected, &Value::Text(id)));
    }
    Ok(id)
}

/// Checks the subject of a request.
///
/// # Errors
///
/// When a message cannot be published to it, or to it alone.
pub fn check_subject(subject: Value) -> Result<(), InputError> {
    let subject = input::string("subject", subject)?;
    let is_empty_or_wild = |token| ["", "*", ">"].contains(&token);
    if subject.len() > LONGEST_SUBJECT
        || breaks_line(&subject)
        || subject.split('.').any(is_empty_or_wild)
    {
        let expected = "a NATS subject: of 1024 bytes at most, tokens that are not empty, without white \
                        space, control characters and wildcards";
        return Err(InputError::wrong_type("subject", expected, &Value::Text(subject)));
    }
    Ok(())
}

/// Whether a text has characters that end or damage a line of NATS' protocol.
fn breaks_line(text: &str) -> bool {
    // JavaScript counts U+FEFF as white space, and Unicode does not.
    text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_message_names_its_code() {
        let message = |code| ControlError::new(code, "", false, Delivery::Answered).message;
        assert_eq!(message(10.0), "agent error (10)");
        assert_eq!(message(-3.0), "agent error (-3)");
    }
}
