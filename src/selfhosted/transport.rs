//! The way of a request to an agent and back: its failures, its limits, its reply.

use std::fmt::Display;

use serde::Serialize;

use super::control::{AgentError, code};
use super::wire::{self, Reply};
use crate::ecmascript::number_text;

/// The meaning of a transport's error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The error that the caller gets in place of a response.
    pub error: AgentError,
    /// Whether the connection is lost and the next request must dial anew.
    pub disconnect: bool,
}

/// The code of the NATS client for a request larger than the server's `max_payload`.
const TOO_LARGE: &str = "MAX_PAYLOAD_EXCEEDED";

/// Classifies an error of the transport by its message and its `code`, where that is a text.
#[must_use]
pub fn failure(code: Option<&str>, message: &str) -> Failure {
    if code == Some(TOO_LARGE) {
        let message = "the request exceeds the server's max_payload";
        let error = AgentError::of(code::UNSUPPORTED, message);
        return Failure { error, disconnect: false };
    }
    let message = message.to_ascii_lowercase();
    let says = |words: [&str; 2]| words.iter().any(|word| message.contains(word));
    let times_out = |code: &str| code.to_ascii_lowercase().contains("timeout");
    if code == Some("503") || says(["no responders", "503"]) {
        return Failure { error: AgentError::offline(), disconnect: false };
    }
    if code.is_some_and(times_out) || says(["timeout", "timed out"]) {
        return Failure { error: AgentError::timeout(), disconnect: false };
    }
    Failure { error: AgentError::offline(), disconnect: true }
}

/// The time that a request waits for its connection, in milliseconds: its own timeout. `None`, without
/// end, for a timeout that a timer cannot run.
#[must_use]
pub fn dial_timeout(timeout_ms: f64) -> Option<f64> {
    (timeout_ms > 0.0 && timeout_ms <= f64::from(i32::MAX)).then_some(timeout_ms)
}

/// Checks the size of a request against the server's `max_payload`, both in bytes. Any size passes where
/// the limit is not known.
///
/// # Errors
///
/// When the request is larger.
pub fn check_size(size: usize, max_payload: Option<f64>) -> Result<(), AgentError> {
    match max_payload {
        #[expect(clippy::cast_precision_loss, reason = "no buffer is that large")]
        Some(max) if size as f64 > max => Err(AgentError::of(
            code::UNSUPPORTED,
            format!(
                "the request of {size} bytes exceeds the server's max_payload of {} bytes",
                number_text(max)
            ),
        )),
        _ => Ok(()),
    }
}

/// Reads the reply to the request `request_id`.
///
/// # Errors
///
/// When there are no bytes, when they are no response, or when they are the response to another request.
/// A response without an id is accepted: an agent that could not read the request does not know its id.
pub fn read_reply<'a>(reply: Option<&'a [u8]>, request_id: &str) -> Result<Reply<'a>, AgentError> {
    let malformed = |fault: &dyn Display| {
        AgentError::of(code::PROTOCOL, format!("the agent's reply is malformed: {fault}"))
    };
    let bytes = reply.ok_or_else(|| malformed(&"there are no bytes in it"))?;
    let reply = wire::decode_response(bytes).map_err(|error| malformed(&error))?;
    match reply.request_id {
        b"" => Ok(reply),
        id if id == request_id.as_bytes() => Ok(reply),
        _ => Err(AgentError::of(code::PROTOCOL, "the agent replied to another request")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_waits_for_its_connection_as_long_as_for_its_answer() {
        let cases = [(1.0, Some(1.0)), (30_000.0, Some(30_000.0)), (0.0, None), (-1.0, None)];
        let none = [f64::NAN, f64::INFINITY, 2_147_483_648.0].map(|endless| (endless, None));
        for (given, expected) in cases.into_iter().chain(none) {
            assert_eq!(dial_timeout(given), expected, "{given}");
        }
    }

    #[test]
    fn a_request_over_the_limit_is_refused_by_name() {
        assert_eq!(check_size(10, Some(10.0)), Ok(()));
        assert_eq!(check_size(10, None), Ok(()));
        let error = check_size(11, Some(10.0)).expect_err("too large");
        assert_eq!(
            error.message,
            "the request of 11 bytes exceeds the server's max_payload of 10 bytes"
        );
        assert!(!error.retryable);
    }
}
