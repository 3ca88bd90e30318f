//! The way of a request to an agent and back: its failures, its limits, its reply.

use std::fmt::Display;

use serde::Serialize;

use super::control::{AgentError, code};
use super::wire::{self, Reply};
use crate::ecmascript::number_text;

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Delivery {
    /// An agent has answered it.
    #[default]
    Answered,
    /// It was handed over, and no agent has answered it: one may be carrying it out.
    Unknown,
    /// It was not delivered to any agent.
    Never,
    /// The same, since it is larger than the server accepts.
    TooLarge,
}

impl Delivery {
    /// Whether no agent can have it.
    #[must_use]
    pub fn is_never(self) -> bool {
        matches!(self, Self::Never | Self::TooLarge)
    }

    /// The delivery of a name that it was serialized to.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "answered" => Some(Self::Answered),
            "unknown" => Some(Self::Unknown),
            "never" => Some(Self::Never),
            "tooLarge" => Some(Self::TooLarge),
            _ => None,
        }
    }
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// There is no connection.
    Unconnected,
    /// Nobody listens on the subject.
    NoResponders,
    /// No answer came in time.
    Timeout,
    /// The request is larger than the server accepts.
    TooLarge,
    /// The server permits neither the request nor its answer, or not the connection.
    Denied,
    /// The connection was closed or drained by its owner.
    Closed,
    /// The connection was lost.
    Lost,
    /// The client gave another reason.
    Unknown,
}

/// What a transport's error means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The error that the caller gets in place of a response.
    pub error: AgentError,
    /// Why there is no response.
    pub fault: Fault,
    /// How far the request came.
    pub delivery: Delivery,
    /// Whether the connection is of no more use and the next request must dial anew.
    pub disconnect: bool,
}

impl Failure {
    fn of(fault: Fault, delivery: Delivery, disconnect: bool) -> Self {
        // A connection that is gone says nothing about the machine, and can be made anew.
        let again = |message| AgentError { message, ..AgentError::timeout() };
        let error = match fault {
            Fault::Unconnected | Fault::NoResponders => AgentError::offline(),
            Fault::Timeout => AgentError::timeout(),
            Fault::TooLarge => {
                AgentError::of(code::UNSUPPORTED, "the request exceeds the server's max_payload")
            }
            Fault::Denied => {
                AgentError::of(code::UNSPECIFIED, "the NATS server denied the request")
            }
            Fault::Closed => again("the connection to the NATS server is closed".to_owned()),
            Fault::Lost => {
                again("the connection to the NATS server was lost before the answer".to_owned())
            }
            Fault::Unknown => AgentError::of(code::UNSPECIFIED, "the request failed on its way"),
        };
        Self { error, fault, delivery, disconnect }
    }

    /// The request had a connection that its owner has closed or is draining, and was not handed over.
    #[must_use]
    pub fn closed() -> Self {
        Self::of(Fault::Closed, Delivery::Never, true)
    }
}

/// An error of a NATS client, or a cause of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The name of its class.
    pub name: Option<String>,
    /// Its `code`, where that is a text.
    pub code: Option<String>,
    /// Its message.
    pub message: String,
}

impl Link {
    /// What the client says by code or class. The codes are those of `nats` 2, the classes those of
    /// `@nats-io/nats-core` 3.
    fn fault(&self) -> Option<Fault> {
        let code = self.code.as_deref().unwrap_or_default();
        let name = self.name.as_deref().unwrap_or_default();
        Some(match (code, name) {
            ("503", _) | (_, "NoResponders" | "NoRespondersError") => Fault::NoResponders,
            ("MAX_PAYLOAD_EXCEEDED", _) => Fault::TooLarge,
            // Version 3 has one class for all arguments that it refuses.
            (_, "InvalidArgumentError") if self.message.contains("max_payload") => Fault::TooLarge,
            (
                "PERMISSIONS_VIOLATION"
                | "AUTHORIZATION_VIOLATION"
                | "AUTHENTICATION_EXPIRED"
                | "AUTHENTICATION_TIMEOUT"
                | "ACCOUNT_EXPIRED",
                _,
            )
            | (
                _,
                "PermissionViolationError"
                | "AuthorizationError"
                | "UserAuthenticationExpiredError",
            ) => Fault::Denied,
            ("CONNECTION_CLOSED" | "CONNECTION_DRAINING", _)
            | (_, "ClosedConnectionError" | "DrainingConnectionError") => Fault::Closed,
            ("DISCONNECT" | "CONNECTION_REFUSED", _) | (_, "ConnectionError") => Fault::Lost,
            _ if code.to_ascii_lowercase().contains("timeout") => Fault::Timeout,
            (_, "TimeoutError") => Fault::Timeout,
            _ => return None,
        })
    }

    /// Whether a permission is missing, and the connection as good as before.
    fn is_permission(&self) -> bool {
        self.code.as_deref() == Some("PERMISSIONS_VIOLATION")
            || self.name.as_deref() == Some("PermissionViolationError")
    }
}

/// Classifies what a client has thrown for a request that it was handed: the error, and its causes. A text
/// alone tells at most that the time was up.
///
/// `is_closed` says whether the connection is closed since.
#[must_use]
pub fn failure(thrown: &[Link], is_closed: bool) -> Failure {
    let is_timeout = |link: &Link| {
        let message = link.message.to_ascii_lowercase();
        message.contains("timeout") || message.contains("timed out")
    };
    let fault = thrown.iter().find_map(Link::fault).unwrap_or_else(|| match thrown.first() {
        Some(link) if is_timeout(link) => Fault::Timeout,
        // Version 3 says so of each request that is open when the connection ends.
        Some(link) if link.name.as_deref() == Some("RequestError") => Fault::Lost,
        _ => Fault::Unknown,
    });
    // Version 2 says of each request that is open when the connection ends that its time is up.
    let fault = if fault == Fault::Timeout && is_closed { Fault::Lost } else { fault };
    let delivery = match fault {
        Fault::NoResponders => Delivery::Never,
        Fault::TooLarge => Delivery::TooLarge,
        _ => Delivery::Unknown,
    };
    let disconnect = match fault {
        Fault::NoResponders | Fault::Timeout | Fault::TooLarge => is_closed,
        Fault::Denied => is_closed || !thrown.iter().any(Link::is_permission),
        _ => true,
    };
    Failure::of(fault, delivery, disconnect)
}

/// Classifies what dialling has thrown, if it has thrown anything: the error, and its causes.
#[must_use]
pub fn dial_failure(thrown: &[Link]) -> Failure {
    let is_denied = thrown.iter().find_map(Link::fault) == Some(Fault::Denied);
    let fault = if is_denied { Fault::Denied } else { Fault::Unconnected };
    Failure::of(fault, Delivery::Never, true)
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

    #[test]
    fn a_delivery_is_found_by_its_name() {
        use Delivery::{Answered, Never, TooLarge, Unknown};
        for delivery in [Answered, Unknown, Never, TooLarge] {
            let name = serde_json::to_value(delivery).expect("a name");
            assert_eq!(Delivery::of_name(name.as_str().expect("a text")), Some(delivery));
        }
        assert_eq!(Delivery::of_name("sent"), None);
    }
}
