//! The wire between a session and an agent: protobuf, as `proto/opengeni/agent/v1/control.proto`
//! has it.

mod shape;

use std::ops::Range;

use bytes::Bytes;
use prost::Message;
use serde::Serialize;
use serde_json::Value;

use message::control_request::Op;
use message::control_response::Result as Outcome;
use message::{ControlRequest, ControlResponse};

pub use shape::Refusal;

#[allow(clippy::all, clippy::pedantic, reason = "generated code")]
mod message {
    include!(concat!(env!("OUT_DIR"), "/opengeni.agent.v1.rs"));
}

/// What a session asks of an agent, as JavaScript has it.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// The caller's name for the request.
    pub request_id: String,
    /// The epoch that the caller believes to be active.
    pub epoch: f64,
    /// JSON of the operation, without its bytes; none for a request that asks nothing.
    pub op: Option<&'a str>,
    /// The bytes of the operation. No operation has more than one field of them.
    pub bytes: Option<Bytes>,
}

/// Encodes a `ControlRequest`.
///
/// # Errors
///
/// When the operation is incomplete, unknown, or has a number that its field cannot hold.
pub fn encode_request(request: Request) -> Result<Vec<u8>, Refusal> {
    let Request { request_id, epoch, op, bytes } = request;
    let epoch = shape::to_uint32(epoch)?;
    let mut op = match op {
        Some(json) => shape::read_oneof("op", &parsed(json)?)?,
        None => None,
    };
    let field = match &mut op {
        Some(Op::Exec(exec)) => Some(("stdin", &mut exec.stdin)),
        Some(Op::FsWrite(write)) => Some(("content", &mut write.content)),
        Some(Op::PtyWrite(write)) => Some(("data", &mut write.data)),
        _ => None,
    };
    if let Some((name, field)) = field {
        *field = bytes.ok_or_else(|| Refusal::wrong_type(name, "a Uint8Array"))?;
    }
    let request = ControlRequest { request_id: request_id.into(), epoch, op };
    Ok(request.encode_to_vec())
}

fn parsed(json: &str) -> Result<Value, Refusal> {
    serde_json::from_str(json).map_err(|_| Refusal::wrong_type("op", "JSON"))
}

/// What an agent answered, as JavaScript has it.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The message, without the bytes of its result.
    response: ControlResponse,
    /// Where in the reply those bytes lie.
    pub bytes: Vec<View>,
}

impl Reply {
    /// The request that it answers. An agent that could not read the request leaves it empty.
    #[must_use]
    pub fn request_id(&self) -> &[u8] {
        &self.response.request_id
    }
}

/// A field of the result, and where in the reply its bytes lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The name of the field.
    pub field: &'static str,
    /// From where to where, in bytes.
    pub range: Range<usize>,
}

/// Decodes a `ControlResponse`.
///
/// # Errors
///
/// When the bytes are no such message.
pub fn decode_response(reply: Bytes) -> Result<Reply, prost::DecodeError> {
    let start = reply.as_ptr() as usize;
    let response = ControlResponse::decode(reply)?;
    let fields: &[(&'static str, &Bytes)] = match &response.result {
        Some(Outcome::Exec(exec)) => &[("stdout", &exec.stdout), ("stderr", &exec.stderr)],
        Some(Outcome::FsRead(read)) => &[("content", &read.content)],
        Some(Outcome::Git(git)) => &[("stdout", &git.stdout), ("stderr", &git.stderr)],
        Some(Outcome::DesktopScreenshot(screenshot)) => &[("png", &screenshot.png)],
        _ => &[],
    };
    let view = |&(field, bytes): &(&'static str, &Bytes)| {
        // Empty bytes lie nowhere.
        let from = if bytes.is_empty() { 0 } else { bytes.as_ptr() as usize - start };
        View { field, range: from..from + bytes.len() }
    };
    let bytes = fields.iter().map(view).collect();
    Ok(Reply { response, bytes })
}
