//! The codec between a session and an agent: protobuf, by `proto/opengeni/agent/v1/control.proto`.

mod decode;
mod encode;
mod format;
mod schema;
mod value;

use thiserror::Error;

use super::control::AgentError;
use decode::{Encoded, Recorder};
use encode::Draft;
use schema::{CONTROL_REQUEST, CONTROL_RESPONSE, Field, Kind};

pub use decode::{Scalar, Tape};
pub use encode::Refusal;
pub use value::{Property, Value};

/// A `ControlRequest`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request<'a> {
    /// The id of the request: a text.
    pub request_id: Value<'a>,
    /// The epoch that the caller takes for active: a number.
    pub epoch: Value<'a>,
    /// The operation; `Null` for a request without one.
    pub op: Value<'a>,
}

impl<'a> Request<'a> {
    /// Reads a request that JavaScript gives in parts. `json` is an array of the request's id, the name of
    /// the operation, an array of the values of its fields, and one of the names of fields that it has and
    /// the protocol has not. `bytes` is the value of the operation's field of bytes.
    ///
    /// # Errors
    ///
    /// When `json` is no array, or there is such a name.
    pub fn of_parts(
        json: &'a str,
        epoch: Option<f64>,
        bytes: Option<&'a [u8]>,
    ) -> Result<Self, Refusal> {
        let refusal = |_| Refusal::wrong_type("a request", "JSON");
        let parts: Vec<Value> = serde_json::from_str(json).map_err(refusal)?;
        let mut parts = parts.into_iter();
        let (request_id, case, values) = (parts.next(), parts.next(), parts.next());
        if let (Some(Value::Text(case)), Some(Value::Array(names))) = (&case, parts.next())
            && !names.is_empty()
        {
            let names = names.iter().filter_map(Value::text).collect::<Vec<_>>().join(", ");
            return Err(Refusal::Unknown { operation: case.to_string(), names });
        }
        Ok(Self {
            request_id: request_id.unwrap_or_default(),
            epoch: epoch.map_or(Value::Null, Value::from),
            op: case.map_or(Value::Null, |case| operation(case, values, bytes)),
        })
    }
}

/// Puts an operation together from its parts.
fn operation<'a>(case: Value<'a>, values: Option<Value<'a>>, bytes: Option<&'a [u8]>) -> Value<'a> {
    let (Value::Text(name), Some(Value::Array(values))) = (&case, values) else {
        return Value::object([("$case", case)]);
    };
    let slots = CONTROL_REQUEST.0.iter().flat_map(|slot| slot.fields);
    let Some(&Field { name, kind: Kind::Message(message), .. }) =
        slots.into_iter().find(|field| field.name == name)
    else {
        return Value::object([("$case", case)]);
    };
    let mut values = values;
    for (slot, value) in message.0.iter().zip(&mut values) {
        if let ([Field { kind: Kind::Bytes, .. }], Some(bytes)) = (slot.fields, bytes) {
            *value = bytes.into();
        }
    }
    Value::case(name, Value::Fields(values))
}

/// Encodes a `ControlRequest`.
///
/// # Errors
///
/// When the operation is unknown, lacks a field, or has a number that its field cannot hold.
pub fn encode_request(request: Request) -> Result<Vec<u8>, Refusal> {
    let Request { request_id, epoch, op } = request;
    let request = Value::Fields(vec![request_id, epoch, op]);
    let mut draft = Draft::new();
    draft.message("request", &CONTROL_REQUEST, &request)?;
    Ok(draft.encoded())
}

/// The greatest number of items in all lists and maps of a reply. Making an item takes the event loop a
/// fraction of a microsecond. A reply of 1 MiB, the default limit of NATS, has room for fewer entries with
/// a name, a path and a kind.
pub const MAX_ITEMS: usize = 1 << 18;

/// The greatest length of all texts of a reply, in bytes: 64 for each of [`MAX_ITEMS`]. It is far below
/// the longest string of an engine. Files and output are bytes, and do not count.
pub const MAX_TEXT: usize = 1 << 24;

/// Why bytes are no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// They end within a value.
    #[error("it ends too early")]
    Truncated,
    /// A varint has more than 64 bits.
    #[error("a varint has more than 64 bits")]
    Varint,
    /// The key of a field has the number 0, a number above 2^29 - 1, or an unknown wire type.
    #[error("the key of a field is invalid")]
    Key,
    /// A group ends that has not begun.
    #[error("a group ends that has not begun")]
    Group,
    /// Groups are nested too deeply.
    #[error("groups are nested too deeply")]
    Depth,
    /// Lists and maps have too many items.
    #[error("it has more than {MAX_ITEMS} items in lists and maps")]
    Items,
    /// There is too much text.
    #[error("it has more than {MAX_TEXT} bytes of text")]
    Text,
}

/// A decoded `ControlResponse`.
#[derive(Debug)]
pub struct Reply<'a> {
    /// The id of the request that it answers; empty from an agent that could not read the request.
    pub request_id: &'a [u8],
    /// The error, which counts also beside a result.
    pub error: Option<AgentError>,
    /// The result of the operation.
    pub result: Option<Outcome<'a>>,
    /// The whole response, for JavaScript.
    pub tape: Tape,
}

/// The result of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The name of the operation, as `$case` has it, or of the field.
    pub case: &'static str,
    message: Encoded<'a>,
}

impl<'a> Outcome<'a> {
    /// The value of the field `name`, or its default where it is absent. `None` for an unknown field, a
    /// message, a list or a map.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Scalar<'a>> {
        self.message.scalar(name)
    }

    /// The message in the field `name`; `None` where it is absent, or the field holds no message.
    #[must_use]
    pub fn message(&self, name: &str) -> Option<Self> {
        let (case, message) = self.message.message(name)?;
        Some(Self { case, message })
    }
}

/// Decodes a `ControlResponse`.
///
/// # Errors
///
/// When the bytes are no such message, or exceed [`MAX_ITEMS`] or [`MAX_TEXT`].
pub fn decode_response(reply: &[u8]) -> Result<Reply<'_>, Malformed> {
    let response = Encoded { message: &CONTROL_RESPONSE, bytes: reply };
    let mut recorder = Recorder::new(Tape::of_response(), reply);
    let (mut request_id, mut error, mut result) = (&[][..], None, None);
    for (slot, held) in response.contents()? {
        recorder.slot(response, slot, held)?;
        let Some((field, payload)) = held.content else {
            continue;
        };
        let bytes = payload.bytes();
        match (slot.name, &field.kind) {
            ("requestId", _) => request_id = bytes,
            ("error", &Kind::Message(message)) => error = Some(Encoded { message, bytes }),
            ("result", &Kind::Message(message)) => {
                result = Some(Outcome { case: field.name, message: Encoded { message, bytes } });
            }
            _ => {}
        }
    }
    Ok(Reply { request_id, error: error.map(agent_error), result, tape: recorder.tape })
}

#[expect(clippy::cast_possible_truncation, reason = "the number of an enum")]
fn agent_error(error: Encoded) -> AgentError {
    let code = match error.scalar("code") {
        Some(Scalar::Number(code)) => code as i32,
        _ => 0,
    };
    let message = match error.scalar("message") {
        Some(Scalar::Text(message)) => message.into_owned(),
        _ => String::new(),
    };
    let retryable = error.scalar("retryable") == Some(Scalar::Bool(true));
    AgentError { code, message, retryable }
}
