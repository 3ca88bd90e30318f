//! The wire. Messages cross as JSON text, their bytes as they are.

use napi::Result;
use napi::bindgen_prelude::{Either, Uint8Array};
use napi_derive::napi;
use serde::Serialize;

use super::end::settled;
use super::json::text;
use crate::selfhosted::control::AgentError;
use crate::selfhosted::transport;
use crate::selfhosted::wire::{self, Request};

/// A request's bytes, or JSON of why it has none.
#[napi(catch_unwind)]
pub fn encode_request(
    request_id: Option<String>,
    epoch: Option<f64>,
    op: Option<String>,
    bytes: Option<&[u8]>,
) -> Result<Either<Uint8Array, String>> {
    let request = Request { request_id, epoch, op: op.as_deref(), bytes };
    match wire::encode_request(request) {
        Ok(encoded) => Ok(Either::A(encoded.into())),
        Err(refusal) => settled::<()>(Err(refusal)).map(Either::B),
    }
}

/// How long a request waits for its connection, in milliseconds; without end where there is no value.
#[napi(catch_unwind)]
pub fn dial_timeout(timeout_ms: f64) -> Option<f64> {
    transport::dial_timeout(timeout_ms)
}

/// JSON of the agent's error for a request that is too large for the server.
#[napi(catch_unwind)]
pub fn check_request_size(size: u32, max_payload: Option<f64>) -> Result<Option<String>> {
    transport::check_size(size as usize, max_payload).err().map(|error| text(&error)).transpose()
}

/// JSON of the response in a reply and of where its bytes lie, or of the agent's error for a reply
/// that cannot be taken.
#[napi(catch_unwind)]
pub fn read_reply(reply: Option<&[u8]>, request_id: String) -> Result<String> {
    match transport::read_reply(reply, &request_id) {
        Ok(reply) => Ok(reply.json),
        Err(error) => text(&Unread { error }),
    }
}

#[derive(Serialize)]
struct Unread {
    error: AgentError,
}

/// JSON of what a transport's error amounts to.
#[napi(catch_unwind)]
pub fn transport_failure(code: Option<String>, message: String) -> Result<String> {
    text(&transport::failure(code.as_deref(), &message))
}
