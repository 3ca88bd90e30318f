//! The wire between a session and an agent: protobuf, as `proto/opengeni/agent/v1/control.proto`
//! has it.

mod decode;
mod encode;
mod json;
mod schema;

use std::ops::Range;

use prost::DecodeError;
use serde::ser::Error as _;
use thiserror::Error;

use decode::{Encoded, Writer};
use encode::Draft;
use json::Json;
use schema::{CONTROL_REQUEST, CONTROL_RESPONSE};

pub use encode::Refusal;

/// What a session asks of an agent, as JavaScript has it.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// The caller's name for the request.
    pub request_id: Option<String>,
    /// The epoch that the caller believes to be active.
    pub epoch: Option<f64>,
    /// JSON of the operation, without its bytes; none for a request that asks nothing.
    pub op: Option<&'a str>,
    /// The bytes of the operation. No operation has more than one field of them.
    pub bytes: Option<&'a [u8]>,
}

/// Encodes a `ControlRequest`.
///
/// # Errors
///
/// When the operation is incomplete, unknown, or has a number that its field cannot hold.
pub fn encode_request(request: Request) -> Result<Vec<u8>, Refusal> {
    let Request { request_id, epoch, op, bytes } = request;
    let missing = |field, expected| Refusal::wrong_type(field, expected);
    let request_id = request_id.ok_or_else(|| missing("requestId", "a string"))?;
    let epoch = encode::to_uint32(epoch.ok_or_else(|| missing("epoch", "a number"))?)?;
    let op = op.map_or(Ok(Json::Null), serde_json::from_str);
    let op = op.map_err(|_| Refusal::wrong_type("op", "JSON"))?;
    let properties = [
        ("requestId".into(), Json::Text(request_id.into())),
        ("epoch".into(), Json::Number(epoch.into())),
        ("op".into(), op),
    ];
    let mut draft = Draft::new(bytes);
    draft.message(&CONTROL_REQUEST, &properties)?;
    Ok(draft.encoded())
}

/// What an agent answered, as JavaScript has it.
#[derive(Debug)]
pub struct Reply {
    /// The request that it answers. An agent that could not read the request leaves it empty.
    pub request_id: Vec<u8>,
    /// JSON of the message without the bytes of its result, and of where in the reply those lie.
    pub json: String,
    /// Where they lie.
    pub bytes: Vec<View>,
}

/// A field of the result, and where in the reply its bytes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The name of the field.
    pub field: &'static str,
    /// From where to where, in bytes.
    pub range: Range<usize>,
}

/// Bytes that are no response.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct Malformed(#[from] serde_json::Error);

impl From<DecodeError> for Malformed {
    fn from(error: DecodeError) -> Self {
        Self(serde_json::Error::custom(error))
    }
}

/// Decodes a `ControlResponse`.
///
/// # Errors
///
/// When the bytes are no such message.
pub fn decode_response(reply: &[u8]) -> Result<Reply, Malformed> {
    let response = Encoded { message: &CONTROL_RESPONSE, bytes: reply };
    let mut contents = response.contents()?;
    let request_id = contents.find(|(slot, _)| slot.name == "requestId");
    let request_id = request_id.map_or(Vec::new(), |(_, content)| content.bytes().to_vec());
    let mut writer = Writer { json: Vec::with_capacity(512), ..Writer::default() };
    writer.raw("{\"response\":");
    writer.message(response)?;
    let views = writer.bytes.iter().map(|&(field, bytes)| View::of(field, bytes, reply));
    let bytes: Vec<_> = views.collect();
    writer.raw(",\"bytes\":");
    writer.views(&bytes)?;
    if writer.has_non_finite {
        writer.raw(",\"nonFinite\":true");
    }
    writer.raw("}");
    let json = String::from_utf8(writer.json).map_err(serde_json::Error::custom)?;
    Ok(Reply { request_id, json, bytes })
}

impl View {
    fn of(field: &'static str, bytes: &[u8], reply: &[u8]) -> Self {
        // Empty bytes lie nowhere.
        let is_empty = bytes.is_empty();
        let from = if is_empty { 0 } else { bytes.as_ptr() as usize - reply.as_ptr() as usize };
        Self { field, range: from..from + bytes.len() }
    }
}
